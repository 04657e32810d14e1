//! A schema registry of a few lines, which notes every request.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::WebPkiClientVerifier;
use serde_json::{Value as Json, json};

/// A request as it came.
#[derive(Clone, Debug)]
pub struct Request {
    /// Method, path and query.
    pub line: String,
    /// Header lines.
    pub headers: Vec<String>,
    /// The body; null without one.
    pub body: Json,
}

/// Answers until the test program ends.
#[derive(Clone)]
pub struct Fake {
    /// Where it listens.
    pub url: String,
    requests: Arc<Mutex<Vec<Request>>>,
}

/// Status and body of an answer.
pub type Answer = (u16, Json);

impl Fake {
    /// One that gives ids to schemas from 1, and has each in every subject as version 3.
    pub fn start() -> Self {
        Self::answering(registry())
    }

    /// The same behind TLS, with the certificate in `tls`; `clients` must have one, too.
    pub fn secure(clients: bool) -> Self {
        let config = Arc::new(server_config(clients));
        let wrap = move |stream: TcpStream| {
            let connection = rustls::ServerConnection::new(config.clone()).ok()?;
            Some(rustls::StreamOwned::new(connection, stream))
        };
        let fake = Self::listening(registry(), wrap);
        Self { url: fake.url.replace("http://127.0.0.1", "https://localhost"), ..fake }
    }

    /// One that answers as told.
    pub fn answering(answer: impl Fn(&Request) -> Answer + Send + 'static) -> Self {
        Self::listening(answer, Some)
    }

    /// All requests so far.
    pub fn requests(&self) -> Vec<Request> {
        self.requests.lock().expect("requests").clone()
    }

    fn listening<S: Read + Write>(
        answer: impl Fn(&Request) -> Answer + Send + 'static,
        wrap: impl Fn(TcpStream) -> Option<S> + Send + 'static,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let requests: Arc<Mutex<Vec<Request>>> = Arc::default();
        let fake = Self { url, requests: requests.clone() };
        std::thread::spawn(move || {
            for mut stream in listener.incoming().flatten().filter_map(wrap) {
                // A client that leaves early is none of this thread's worries.
                let _ = serve(&mut stream, &answer, &requests);
            }
        });
        fake
    }
}

/// Gives ids to schemas from 1, and has each in every subject as version 3.
fn registry() -> impl Fn(&Request) -> Answer + Send + 'static {
    let schemas: Mutex<Vec<Json>> = Mutex::default();
    move |request| {
        let mut schemas = schemas.lock().expect("schemas");
        if let Some(rest) = request.line.strip_prefix("GET /schemas/ids/") {
            let id: usize = rest.split(['?', ' ']).next().and_then(|id| id.parse().ok()).unwrap_or(0);
            return match id.checked_sub(1).and_then(|at| schemas.get(at)) {
                Some(schema) => (200, schema.clone()),
                None => (404, json!({"error_code": 40403, "message": "Schema not found"})),
            };
        }
        if request.line.contains("/versions/latest") {
            return match schemas.last() {
                Some(schema) => {
                    let mut answer = schema.clone();
                    answer["id"] = json!(schemas.len());
                    answer["version"] = json!(3);
                    (200, answer)
                }
                None => (404, json!({"error_code": 40401, "message": "Subject not found."})),
            };
        }
        let at = schemas.iter().position(|schema| *schema == request.body).unwrap_or_else(|| {
            schemas.push(request.body.clone());
            schemas.len() - 1
        });
        (200, json!({"id": at + 1, "version": 3}))
    }
}

fn server_config(clients: bool) -> rustls::ServerConfig {
    let certificate = |pem: &[u8]| CertificateDer::from_pem_slice(pem).expect("a certificate");
    let key = PrivateKeyDer::from_pem_slice(include_bytes!("tls/server.key")).expect("a key");
    let chain = vec![certificate(include_bytes!("tls/server.pem"))];
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = rustls::ServerConfig::builder_with_provider(provider.clone());
    let builder = builder.with_safe_default_protocol_versions().expect("versions");
    let builder = if clients {
        let mut roots = rustls::RootCertStore::empty();
        roots.add(certificate(include_bytes!("tls/ca.pem"))).expect("a root");
        let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider);
        builder.with_client_cert_verifier(verifier.build().expect("a verifier"))
    } else {
        builder.with_no_client_auth()
    };
    builder.with_single_cert(chain, key).expect("a certificate and its key")
}

fn serve(
    stream: &mut (impl Read + Write),
    answer: &impl Fn(&Request) -> Answer,
    requests: &Mutex<Vec<Request>>,
) -> std::io::Result<()> {
    let mut lines = BufReader::new(&mut *stream);
    let mut line = String::new();
    lines.read_line(&mut line)?;
    let mut request = Request { line: line.trim().to_owned(), headers: Vec::new(), body: Json::Null };
    let mut length = 0;
    loop {
        let mut header = String::new();
        lines.read_line(&mut header)?;
        let header = header.trim().to_owned();
        if header.is_empty() {
            break;
        }
        if let Some(value) = header.to_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse().unwrap_or(0);
        }
        request.headers.push(header);
    }
    let mut body = vec![0; length];
    lines.read_exact(&mut body)?;
    request.body = serde_json::from_slice(&body).unwrap_or(Json::Null);
    requests.lock().expect("requests").push(request.clone());
    let (status, body) = answer(&request);
    let body = body.to_string();
    let length = body.len();
    write!(stream, "HTTP/1.1 {status} X\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{body}")?;
    stream.flush()
}
