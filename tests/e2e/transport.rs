//! Listeners: HTTP/2, keystores that change, clients that take their time, and settings that cannot be served.

use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use ferry_tests::{
    Bed, Certificates, FerryWorker, LONG, PASSWORD, Place, Rest, Setup, Worker, curl, free_port, wait_for,
    wait_until,
};

use crate::setup;

/// A worker on these listeners, once it answers on the first, which is http.
fn start(setup: &Setup, http: u16) -> FerryWorker {
    let worker = FerryWorker::spawn(setup);
    let health = ["--max-time", "120", &format!("http://127.0.0.1:{http}/health")];
    wait_until(LONG, "the worker answers", || curl(&health).is_ok_and(|answer| answer.status == 200));
    worker
}

/// With http and https, and a keystore in PEM.
fn https(setup: Setup, place: &Place, http: u16, https: u16) -> Setup {
    setup
        .with("listeners", &format!("http://127.0.0.1:{http},https://127.0.0.1:{https}"))
        .with("listeners.https.ssl.keystore.type", "PEM")
        .with("listeners.https.ssl.keystore.location", &place.at("keystore.pem"))
}

/// The version of HTTP that an answer came with.
fn version(arguments: &[&str]) -> String {
    let answer = curl(&[&["-w", "\n%{http_version}"], arguments].concat()).expect("an answer").expect(200);
    answer.body.lines().next_back().unwrap_or_default().to_owned()
}

#[test]
fn http_2_is_spoken_with_and_without_tls() {
    let (bed, place, ports) = (Bed::embedded(), Place::new("http2"), (free_port(), free_port()));
    let made = Certificates::new(&place);
    made.join("keystore.pem", &["server.pem"]);
    let mut worker = start(&https(setup(&bed, &place), &place, ports.0, ports.1), ports.0);
    let (plain, secure) =
        (format!("http://127.0.0.1:{}/", ports.0), format!("https://localhost:{}/", ports.1));
    let ca = place.at("ca.crt");
    assert_eq!(version(&[&plain]), "1.1");
    assert_eq!(version(&["--http2-prior-knowledge", &plain]), "2");
    assert_eq!(version(&["--cacert", &ca, &secure]), "2");
    assert_eq!(version(&["--cacert", &ca, "--http1.1", &secure]), "1.1");
    // Who is asked over HTTP/2 still knows by which name.
    let body =
        r#"{"name":"two","config":{"connector.class":"FileStreamSource","topic":"t","file":"/nowhere"}}"#;
    let create = ["-H", "Content-Type: application/json", "-d", body, "--cacert", &ca];
    let created =
        curl(&[&create[..], &[&format!("{secure}connectors")]].concat()).expect("an answer").expect(201);
    assert_eq!(created.header("location"), Some(format!("{secure}connectors/two").as_str()));
    worker.stop();
}

#[test]
fn keystores_are_read_again_when_they_change() {
    let (bed, place, ports) = (Bed::embedded(), Place::new("reload"), (free_port(), free_port()));
    let made = Certificates::new(&place);
    made.join("keystore.pem", &["server.pem"]);
    let mut worker = start(&https(setup(&bed, &place), &place, ports.0, ports.1), ports.0);
    let url = format!("https://localhost:{}/", ports.1);
    let ask = |trusted: &str| {
        curl(&["--cacert", &place.at(trusted), &url]).is_ok_and(|answer| answer.status == 200)
    };
    assert!(ask("ca.crt"));
    made.openssl(&[
        &["req", "-x509", "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost", "-nodes"],
        &["-newkey", "rsa:2048", "-keyout", "other.key", "-out", "other.crt"],
    ]);
    made.join("keystore.pem", &["other.key", "other.crt"]);
    assert!(!ask("ca.crt") && ask("other.crt"), "the new one is served");
    // What cannot be used is told of, and the one before it is served.
    made.join("keystore.pem", &["other.crt"]);
    assert!(ask("other.crt"));
    let log = worker.log();
    let told: Vec<&str> = log.lines().filter(|line| line.contains("cannot be used")).collect();
    assert!(told.len() == 1 && told[0].contains("it holds no -----BEGIN PRIVATE KEY-----"), "{log}");
    made.join("keystore.pem", &["server.pem"]);
    assert!(ask("ca.crt") && !ask("other.crt"));
    worker.stop();
}

#[test]
fn keys_may_be_inline_and_encrypted() {
    let (bed, place, ports) = (Bed::embedded(), Place::new("inline"), (free_port(), free_port()));
    let made = Certificates::new(&place);
    let password = format!("pass:{PASSWORD}");
    made.openssl(&[&[
        "pkcs8",
        "-topk8",
        "-v2",
        "aes256",
        "-in",
        "server.key",
        "-out",
        "locked.key",
        "-passout",
        &password,
    ]]);
    // As it comes out of a properties file whose lines go on.
    let one_line = |name: &str| String::from_utf8(place.read(name)).expect("PEM").replace('\n', " ");
    let setup = setup(&bed, &place)
        .with("listeners", &format!("http://127.0.0.1:{},https://127.0.0.1:{}", ports.0, ports.1))
        .with("ssl.keystore.key", &one_line("locked.key"))
        .with("ssl.key.password", PASSWORD)
        .with("ssl.keystore.certificate.chain", &one_line("server.crt"))
        .with("ssl.truststore.certificates", &one_line("ca.crt"))
        .with("ssl.client.auth", "required")
        .with("ssl.enabled.protocols", "TLSv1.2")
        .with("ssl.cipher.suites", "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256");
    let mut worker = start(&setup, ports.0);
    let (ca, client, stranger) = (place.at("ca.crt"), place.at("client.pem"), place.at("stranger.pem"));
    let url = format!("https://localhost:{}/", ports.1);
    let ask = |arguments: &[&str]| curl(&[&["--cacert", &ca, &url], arguments].concat()).is_ok();
    assert!(ask(&["--cert", &client]));
    assert!(!ask(&["--cert", &stranger]) && !ask(&[]));
    assert!(!ask(&["--cert", &client, "--tlsv1.3"]), "only TLS 1.2 is enabled");
    assert!(!ask(&["--cert", &client, "--ciphers", "ECDHE-ECDSA-AES128-GCM-SHA256"]));
    assert!(!worker.log().contains(PASSWORD));
    worker.stop();
}

/// As OpenSSL 1 and older JDKs write it; `ssl.keystore.type` is JKS where nothing is set, which the JDK does not mind.
#[test]
fn keystores_may_be_old_pkcs12() {
    let (bed, place, ports) = (Bed::embedded(), Place::new("old-p12"), (free_port(), free_port()));
    let made = Certificates::new(&place);
    let password = format!("pass:{PASSWORD}");
    made.openssl(&[
        &["pkcs12", "-export", "-in", "server.pem", "-out", "old.p12", "-passout", &password],
        &["-keypbe", "PBE-SHA1-3DES", "-certpbe", "PBE-SHA1-3DES", "-macalg", "sha1"],
    ]);
    let setup = setup(&bed, &place)
        .with("listeners", &format!("http://127.0.0.1:{},https://127.0.0.1:{}", ports.0, ports.1))
        .with("ssl.keystore.location", &place.at("old.p12"))
        .with("ssl.keystore.password", PASSWORD);
    let mut worker = start(&setup, ports.0);
    let answer = curl(&["--cacert", &place.at("ca.crt"), &format!("https://localhost:{}/", ports.1)]);
    assert_eq!(answer.expect("an answer").status, 200);
    worker.stop();
}

/// Whoever watches events does not hold up the end of the worker, which waits a minute for requests.
#[test]
fn streams_of_events_end_with_the_worker() {
    let (bed, place, port) = (Bed::embedded(), Place::new("watched"), free_port());
    let setup = setup(&bed, &place).with("listeners", &format!("http://127.0.0.1:{port}"));
    let mut worker = start(&setup, port);
    let mut stream = TcpStream::connect(("127.0.0.1", port)).expect("a connection");
    stream.set_read_timeout(Some(LONG)).expect("a time-out");
    stream.write_all(b"GET /events HTTP/1.1\r\nHost: x\r\n\r\n").expect("written");
    let mut start = [0; 15];
    stream.read_exact(&mut start).expect("an answer");
    assert_eq!(start, *b"HTTP/1.1 200 OK");
    worker.stop();
    let mut rest = String::new();
    stream.read_to_string(&mut rest).expect("a whole stream");
    assert!(rest.ends_with("\r\n0\r\n\r\n"), "{rest:?}");
}

/// Sends a byte whenever nothing comes, until the server has ended the connection; returns what came.
fn drip(stream: &mut TcpStream, byte: u8) -> String {
    stream.set_read_timeout(Some(Duration::from_millis(20))).expect("a time-out");
    let mut came = Vec::new();
    wait_for(LONG, "the server ends the connection", || {
        let mut buffer = [0; 4096];
        match stream.read(&mut buffer) {
            Ok(0) => return Some(()),
            Ok(count) => came.extend_from_slice(&buffer[..count]),
            Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {
                if stream.write_all(&[byte]).is_err() {
                    return Some(());
                }
            }
            Err(_) => return Some(()),
        }
        None
    });
    String::from_utf8(came).expect("text")
}

#[test]
fn clients_that_take_their_time_are_cut_off() {
    let (bed, place, ports) = (Bed::embedded(), Place::new("slow"), (free_port(), free_port()));
    let made = Certificates::new(&place);
    made.join("keystore.pem", &["server.pem"]);
    let setup =
        https(setup(&bed, &place), &place, ports.0, ports.1).with("ferry.rest.idle.timeout.ms", "1000");
    let mut worker = start(&setup, ports.0);
    let connect = |port: u16| TcpStream::connect(("127.0.0.1", port)).expect("a connection");
    let mut silent = [connect(ports.0), connect(ports.1)];
    let mut head = connect(ports.0);
    head.write_all(b"GET / HTTP/1.1\r\nHost: x\r\nX: ").expect("written");
    // Nobody waits for them.
    let url = format!("http://127.0.0.1:{}/", ports.0);
    wait_until(LONG, "others are answered", || curl(&[&url]).is_ok_and(|answer| answer.status == 200));
    assert_eq!(drip(&mut head, b'a'), "");
    for stream in &mut silent {
        stream.set_read_timeout(Some(LONG)).expect("a time-out");
        assert_eq!(stream.read(&mut [0; 1]).expect("an end"), 0);
    }
    // Where this test is too slow to send its head in time, there is no answer.
    let answer = wait_for(LONG, "an answer to half a body", || {
        let mut body = connect(ports.0);
        let begun = "POST /connectors HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 100000\r\n\r\n[";
        body.write_all(begun.as_bytes()).ok()?;
        Some(drip(&mut body, b' ')).filter(|answer| !answer.is_empty())
    });
    assert!(answer.starts_with("HTTP/1.1 408 Request Timeout\r\n"), "{answer}");
    let message = "The body did not come in time (ferry.rest.idle.timeout.ms).";
    assert!(answer.ends_with(&format!(r#"{{"error_code":408,"message":"{message}"}}"#)), "{answer}");
    worker.stop();
}

/// Whether a connection answers a request; it stays open.
fn answers(stream: &mut TcpStream) -> bool {
    stream.set_read_timeout(Some(LONG)).expect("a time-out");
    let asked = stream.write_all(b"GET /health HTTP/1.1\r\nHost: x\r\n\r\n");
    let mut start = [0; 12];
    asked.is_ok() && stream.read_exact(&mut start).is_ok() && start == *b"HTTP/1.1 200"
}

#[test]
fn the_longest_idle_connection_makes_room() {
    let (bed, place, port) = (Bed::embedded(), Place::new("room"), free_port());
    let setup = setup(&bed, &place)
        .with("listeners", &format!("http://127.0.0.1:{port}"))
        .with("ferry.rest.connections.max", "2");
    let mut worker = start(&setup, port);
    let connect = || TcpStream::connect(("127.0.0.1", port)).expect("a connection");
    let mut first = connect();
    assert!(answers(&mut first));
    let mut second = connect();
    assert!(answers(&mut second));
    let mut third = connect();
    assert!(answers(&mut third));
    // The answer to the first may not have been read to its end.
    let mut rest = Vec::new();
    assert!(first.read_to_end(&mut rest).is_ok() || !rest.is_empty(), "the first was closed");
    assert!(!answers(&mut first));
    // Connections that are open and idle do not hold up the end.
    worker.stop();
}

#[test]
fn listeners_that_cannot_be_served_are_named_at_the_start() {
    let (bed, place) = (Bed::embedded(), Place::new("unserved"));
    let made = Certificates::new(&place);
    let at = |name: &str| place.at(name);
    let (https, store) = (("listeners", "https://127.0.0.1:0"), "listeners.https.ssl.keystore.location");
    let (p12, pem) = (at("server.p12"), at("server.pem"));
    made.openssl(&[&["genpkey", "-algorithm", "ED448", "-out", "odd.key"]]);
    made.join("odd.pem", &["odd.key", "server.crt"]);
    let (odd, jceks) = (at("odd.pem"), place.write("old.jceks", [0xce, 0xce, 0xce, 0xce, 0, 0, 0, 2]));
    let kind = ("listeners.https.ssl.keystore.type", "PEM");
    let extension = ("rest.extension.classes", "BasicAuthSecurityRestExtension");
    let cases: [(&[(&str, &str)], String); 9] = [
        (&[https], "no valid keystore: set ssl.keystore.location".to_owned()),
        (&[https, (store, "/nowhere")], format!("/nowhere ({store}): No such file or directory")),
        (
            &[https, (store, &p12), ("listeners.https.ssl.keystore.password", "falsch")],
            format!("{p12} ({store}): it is no PKCS12 file, its password is another, or"),
        ),
        (
            &[https, (store, &jceks)],
            format!("{jceks} ({store}): keystores of type JCEKS are not read; `keytool "),
        ),
        (
            &[https, (store, &odd), kind],
            format!("no usable private key in {store}: its algorithm is none of RSA"),
        ),
        (
            &[https, (store, &pem), kind, ("listeners.https.ssl.cipher.suites", "TLS_OLD")],
            "Unsupported CipherSuite: TLS_OLD in ssl.cipher.suites; there are TLS13_"
                .replace("TLS13_", "TLS_"),
        ),
        (
            &[https, (store, &pem), kind, ("listeners.https.ssl.enabled.protocols", "TLSv1")],
            "ssl.enabled.protocols=TLSv1: protocols older than TLSv1.2 are not spoken".to_owned(),
        ),
        (
            &[extension],
            "Failed to retrieve JAAS configuration: set ferry.rest.jaas.config, or KAFKA_OPTS=".to_owned(),
        ),
        (
            &[extension, ("ferry.rest.jaas.config", "/nowhere")],
            "Failed to retrieve JAAS configuration: /nowhere: No such file or directory".to_owned(),
        ),
    ];
    for (settings, why) in cases {
        let setup = settings.iter().fold(setup(&bed, &place), |setup, (name, value)| setup.with(name, value));
        let mut worker = FerryWorker::spawn(&setup);
        let status = wait_for(LONG, "the worker ends", || worker.ended());
        assert_eq!(status.code(), Some(2), "{settings:?}");
        let expected = format!("Unable to initialize REST server: {why}");
        assert!(worker.log().contains(&expected), "{expected}\n{}", worker.log());
        std::fs::remove_file(place.at("ferry.log")).expect("a log");
    }
}

#[test]
fn a_jaas_file_may_be_named_by_a_property() {
    let (bed, place, port) = (Bed::embedded(), Place::new("jaas"), free_port());
    let users = place.write("users", "anna=geheim\n");
    let class = "org.apache.kafka.connect.rest.basic.auth.extension.PropertyFileLoginModule";
    let jaas = place.write("jaas.conf", format!("KafkaConnect {{ {class} required file=\"{users}\"; }};"));
    let setup = setup(&bed, &place)
        .with("listeners", &format!("http://127.0.0.1:{port}"))
        .with("rest.extension.classes", "BasicAuthSecurityRestExtension")
        .with("ferry.rest.jaas.config", &jaas);
    let mut worker = FerryWorker::spawn(&setup);
    let url = format!("http://127.0.0.1:{port}/connectors");
    wait_until(LONG, "anna is let in", || {
        curl(&["-u", "anna:geheim", &url]).is_ok_and(|answer| answer.status == 200)
    });
    let answer = Rest::local(port).get("/connectors").expect(401);
    assert_eq!(answer.body, "User cannot access the resource.");
    worker.stop();
}
