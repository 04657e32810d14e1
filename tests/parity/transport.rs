//! What lies around every REST request: origins, added headers, passwords, certificates, admin listeners, the access
//! log; and how a worker refuses settings of these.

use std::process::{Command, Stdio};

use ferry_tests::{
    Answer, Broker, Certificates, FerryWorker, JvmWorker, KEY, LONG, PASSWORD, Place, Rest, Setup, Worker,
    curl, free_port, wait_for, wait_until,
};
use serde_json::{Map, Value, json};

use crate::{Kind, compare, golden, run_name};

#[test]
fn the_jvm_answers_through_its_listeners_as_recorded() {
    compare(Kind::Jvm, "rest-transport", observe);
}

#[test]
fn ferry_answers_through_its_listeners_like_the_jvm() {
    compare(Kind::Ferry, "rest-transport", observe);
}

const EXTENSION: &str = "org.apache.kafka.connect.rest.basic.auth.extension.BasicAuthSecurityRestExtension";
const MODULE: &str = "org.apache.kafka.connect.rest.basic.auth.extension.PropertyFileLoginModule";
const USER: [&str; 2] = ["-u", "anna:ge:heim"];

/// Three listeners: http with passwords, https that requires certificates, and an admin one that requests them.
struct Ports {
    http: u16,
    https: u16,
    admin: u16,
}

/// Keystores as an operator makes them: JKS with a password of its own for the key, PKCS12 by openssl and by keytool.
fn keystores(place: &Place) -> Certificates<'_> {
    let made = Certificates::new(place);
    let stores = ["-srcstorepass", PASSWORD, "-deststorepass", PASSWORD, "-noprompt"];
    made.keytool(&[
        &["-importkeystore", "-srckeystore", "server.p12", "-srcalias", "1", "-destalias", "rest"],
        &["-destkeystore", "server.jks", "-deststoretype", "JKS", "-destkeypass", "of-the-key"],
        &stores,
    ]);
    // More of them beside the one for localhost: for other names, and of another algorithm.
    for (name, names, key) in [
        ("one", Some("DNS:one.example.org,DNS:both.example.org"), KEY),
        ("wild", Some("DNS:*.example.org,DNS:*.example.net"), KEY),
        ("rsa.example.org", None, &["-newkey", "rsa:2048", "-nodes"]),
        ("rsa.test", Some("DNS:both.example.org"), &["-newkey", "rsa:2048", "-nodes"]),
    ] {
        made.identity_for(name, names, key);
        made.pkcs12(name, &["-name", name]);
    }
    for name in ["server", "one", "wild", "rsa.example.org", "rsa.test"] {
        let store = format!("{name}.p12");
        made.keytool(&[
            &[
                "-importkeystore",
                "-srckeystore",
                &store,
                "-destkeystore",
                "many.p12",
                "-deststoretype",
                "PKCS12",
            ],
            &stores,
        ]);
    }
    for (store, kind) in [("trust.jks", "JKS"), ("trust.p12", "PKCS12")] {
        made.keytool(&[
            &["-importcert", "-noprompt", "-alias", "ca", "-file", "ca.crt"],
            &["-keystore", store, "-storetype", kind, "-storepass", PASSWORD],
        ]);
    }
    made
}

fn setup(broker: &Broker, place: &Place, ports: &Ports) -> Setup {
    let users = place.write("users.properties", "anna = ge:heim\nempty=\n");
    let jaas = place.write(
        "jaas.conf",
        format!("// Who may ask.\nKafkaConnect {{\n  {MODULE} required\n  file=\"{users}\";\n}};\n"),
    );
    let jvm = format!("-Djava.security.auth.login.config={jaas}");
    let mut setup = Setup::standalone(&broker.bootstrap, place)
        .with("listeners", &format!("http://127.0.0.1:{},HTTPS://127.0.0.1:{}", ports.http, ports.https))
        .with("admin.listeners", &format!("https://127.0.0.1:{}", ports.admin))
        .with("rest.advertised.listener", "https")
        .with("rest.extension.classes", EXTENSION)
        .with("access.control.allow.origin", r"http://.*\.example\.org,https://one")
        .with("access.control.allow.methods", "GET,PUT")
        .with(
            "response.http.headers.config",
            r#"set X-Frame-Options: DENY,"add Cache-Control: no-cache, no-store",ADD X-Frame-Options: ALLOW,addDate Later: 60000,add X-Twice: a,add X-Twice: b"#,
        )
        .env("KAFKA_OPTS", &jvm)
        .env("CONNECT_JVM_ARGS", &jvm)
        .env("CONNECT_USER", USER[1]);
    let at = |name: &str| place.at(name);
    for (prefix, name, value) in [
        // What has no prefix does not count where something has.
        ("", "keystore.location", "/nowhere".to_owned()),
        ("listeners.https.", "keystore.location", at("server.jks")),
        ("listeners.https.", "keystore.password", PASSWORD.to_owned()),
        ("listeners.https.", "key.password", "of-the-key".to_owned()),
        ("listeners.https.", "truststore.location", at("trust.jks")),
        ("listeners.https.", "truststore.password", PASSWORD.to_owned()),
        ("listeners.https.", "client.auth", "required".to_owned()),
        ("admin.listeners.https.", "keystore.location", at("many.p12")),
        ("admin.listeners.https.", "keystore.type", "PKCS12".to_owned()),
        ("admin.listeners.https.", "keystore.password", PASSWORD.to_owned()),
        ("admin.listeners.https.", "truststore.location", at("trust.p12")),
        ("admin.listeners.https.", "truststore.type", "PKCS12".to_owned()),
        ("admin.listeners.https.", "truststore.password", PASSWORD.to_owned()),
        ("admin.listeners.https.", "client.auth", "requested".to_owned()),
    ] {
        setup = setup.with(&format!("{prefix}ssl.{name}"), &value);
    }
    setup
}

fn observe(kind: Kind, broker: &Broker) -> Value {
    let place = Place::new(&format!("transport-{}", kind.name()));
    keystores(&place);
    let ports = Ports { http: free_port(), https: free_port(), admin: free_port() };
    let setup = setup(broker, &place, &ports).with("rest.advertised.port", &ports.https.to_string());
    let mut worker: Box<dyn Worker> = match kind {
        Kind::Jvm => Box::new(JvmWorker::start_on(&setup, ports.http)),
        Kind::Ferry => Box::new(FerryWorker::spawn(&setup)),
    };
    let http = Rest::local(ports.http);
    let health = format!("http://{}/health", http.address);
    let healthy = [USER[0], USER[1], &health];
    wait_until(LONG, "the worker answers /health", || {
        curl(&healthy).is_ok_and(|answer| answer.status == 200)
    });
    let mut cases = Map::new();
    let run = run_name(kind, "transport");
    for (name, arguments) in requests(&ports, &place, &run) {
        let answer = curl(&arguments).ok().map_or(json!("no answer"), |answer| shown(&answer, &ports, &run));
        assert!(cases.insert(name.clone(), answer).is_none(), "{name} is there twice");
    }
    for (name, arguments) in handshakes() {
        let shown = certificate(ports.admin, &arguments);
        assert!(cases.insert(name.clone(), json!(shown)).is_none(), "{name} is there twice");
    }
    cases.insert("access log".to_owned(), json!(access_log(worker.as_ref(), &http)));
    worker.stop();
    Value::Object(cases)
}

/// What is asked, by its name: curl's arguments.
fn requests(ports: &Ports, place: &Place, run: &str) -> Vec<(String, Vec<String>)> {
    let text = |list: &[&str]| list.iter().map(|&part| part.to_owned()).collect::<Vec<String>>();
    let mut all = Vec::new();
    let http = format!("http://127.0.0.1:{}", ports.http);
    let mut ask = |arguments: &[&str], path: &str| {
        let name = [arguments, &[path]].concat().join(" ");
        all.push((name, [text(arguments), vec![format!("{http}{path}")]].concat()));
    };
    let preflight = ["-X", "OPTIONS", "-H", "Access-Control-Request-Method: PUT"];
    for origin in ["http://a.example.org", "https://ONE", "https://two", "null", "https://two  https://one"] {
        let origin = format!("Origin: {origin}");
        ask(&[&USER[..], &["-H", &origin]].concat(), "/connectors");
        ask(&[&USER[..], &preflight, &["-H", &origin]].concat(), "/connectors");
    }
    let origin = ["-H", "Origin: https://one"];
    ask(&[&USER[..], &origin, &preflight[..2]].concat(), "/connectors");
    ask(&[&preflight[..], &origin].concat(), "/connectors");
    ask(&[&preflight[..], &origin].concat(), "/nope");
    ask(&[&USER[..], &["--head"]].concat(), "/connectors");
    ask(&["--head"], "/connectors");
    for path in ["/", "/health", "/connectors", "/connectors/x", "/nope", "/admin/loggers", "//connectors"] {
        ask(&[], path);
        ask(&USER, path);
    }
    for credentials in ["anna:falsch", "nobody:", "empty:", "anna:"] {
        ask(&["-u", credentials], "/connectors");
    }
    for header in
        ["Bearer x", "basic YW5uYTpnZTpoZWlt", "Basic", "Basic !!", "Basic YQ=", "Basic YW5uYTpnZTpoZWlt=x"]
    {
        ask(&["-H", &format!("Authorization: {header}")], "/connectors");
    }
    let json = ["-H", "Content-Type: application/json", "-d", "[]"];
    ask(&[&["-X", "POST"], &json[..]].concat(), "/connectors/x/tasks");
    ask(&["-X", "PUT"], "/connectors/x/fence");
    ask(&["-X", "PUT"], "/connectors/x/pause");
    ask(&["-X", "POST"], "/connectors/x/fence");
    ask(&["-H", "Accept: text/plain"], "/connectors");
    ask(&["-H", "Content-Type: text/plain", "-d", "x"], "/connectors");
    let long = "a".repeat(9000);
    all.push(("a long header".to_owned(), text(&["-H", &format!("X: {long}"), &format!("{http}/health")])));
    all.push(("a long path".to_owned(), text(&[&format!("{http}/{long}")])));
    all.push(("no host".to_owned(), text(&["-H", "Host:", &format!("{http}/health")])));

    let (ca, https) = (place.at("ca.crt"), format!("https://localhost:{}", ports.https));
    let admin = format!("https://localhost:{}", ports.admin);
    let mut tls = |name: &str, certificate: &str, more: &[&str], url: &str| {
        let own = place.at(certificate);
        let mut arguments = text(&["--http1.1", "--cacert", &ca]);
        if !certificate.is_empty() {
            arguments.extend(text(&["--cert", &own]));
        }
        arguments.extend(text(&[more, &[url]].concat()));
        all.push((
            format!("{name}, {}", if certificate.is_empty() { "no certificate" } else { certificate }),
            arguments,
        ));
    };
    let file = format!(
        "{{\"name\":\"{run}\",\"config\":{{\"connector.class\":\"FileStreamSource\",\"topic\":\"t\",\"tasks.max\":\"0\"}}}}"
    );
    for certificate in ["", "client.pem", "stranger.pem"] {
        tls("https /connectors", certificate, &USER, &format!("{https}/connectors"));
        tls(
            "https TLS 1.2",
            certificate,
            &[&USER[..], &["--tls-max", "1.2"]].concat(),
            &format!("{https}/connectors"),
        );
        tls("admin /connectors", certificate, &origin, &format!("{admin}/connectors"));
        tls("admin /health", certificate, &[], &format!("{admin}/health"));
        tls("admin loggers", certificate, &[], &format!("{admin}/admin/loggers/root"));
    }
    // A name that is in no certificate, in the handshake and without it.
    let (nobody, bare) = (
        format!("https://nobody.test:{}/health", ports.admin),
        format!("https://127.0.0.1:{}/health", ports.admin),
    );
    let resolve = format!("nobody.test:{}:127.0.0.1", ports.admin);
    tls("admin as nobody.test", "", &["-k", "--resolve", &resolve], &nobody);
    let resolve_main = format!("nobody.test:{}:127.0.0.1", ports.https);
    let main = format!("https://nobody.test:{}/connectors", ports.https);
    for more in [&["-H", "Accept: application/json"][..], &["-X", "PUT"], &["--head"], &USER] {
        let all = [&["-k", "--resolve", &resolve_main, "-H", "Origin: https://one"], more].concat();
        tls(&format!("https as nobody.test {}", more.join(" ")), "client.pem", &all, &main);
    }
    tls("admin as LOCALHOST", "", &["-H", "Host: LOCALHOST:1"], &format!("{admin}/health"));
    tls("admin as 127.0.0.1", "", &["-H", "Host: 127.0.0.1"], &format!("{admin}/health"));
    tls("admin as its common name", "", &["-H", "Host: server"], &format!("{admin}/health"));
    tls("admin by address, as nobody.test", "", &["-k", "-H", "Host: nobody.test"], &bare);
    tls("https TLS 1.1", "client.pem", &["--tls-max", "1.1"], &format!("{https}/connectors"));
    tls("https without a password", "client.pem", &[], &format!("{https}/connectors"));
    let create = [&USER[..], &["-H", "Content-Type: application/json", "-d", &file]].concat();
    tls("https, a bad connector", "client.pem", &create, &format!("{https}/connectors"));
    all
}

/// Names that a client may ask for, signatures that it may take: openssl's arguments.
fn handshakes() -> Vec<(String, Vec<&'static str>)> {
    let mut all = Vec::new();
    for version in ["-tls1_2", "-tls1_3"] {
        for name in [
            "localhost",
            "one.example.org",
            "ONE.Example.org",
            "two.example.org",
            "example.net",
            "deep.two.example.org",
            "rsa.example.org",
            "both.example.org",
            "nobody.test",
            "",
        ] {
            // Once is enough for what does not hang on the version.
            let schemes = ["", "RSA-PSS+SHA256:RSA+SHA256"];
            for schemes in &schemes[..if version == "-tls1_2" { 1 } else { 2 }] {
                let mut arguments = vec![version];
                arguments.extend(if name.is_empty() {
                    vec!["-noservername"]
                } else {
                    vec!["-servername", name]
                });
                if !schemes.is_empty() {
                    arguments.extend(["-sigalgs", *schemes]);
                }
                all.push((format!("certificate, {}", arguments.join(" ")), arguments));
            }
        }
    }
    all
}

/// The subject of the certificate that a listener shows.
fn certificate(port: u16, arguments: &[&str]) -> String {
    let output = Command::new("openssl")
        .args(["s_client", "-connect", &format!("127.0.0.1:{port}")])
        .args(arguments)
        .stdin(Stdio::null())
        .output()
        .expect("openssl runs");
    let said = String::from_utf8_lossy(&output.stdout);
    let subject = said.lines().find_map(|line| line.strip_prefix("subject="));
    subject.unwrap_or("none").to_owned()
}

/// Status, body, and the headers that do not tell one server from the other.
fn shown(answer: &Answer, ports: &Ports, run: &str) -> Value {
    let mut headers = Map::new();
    for (name, value) in &answer.headers {
        let own = ["date", "server", "connection", "content-length", "transfer-encoding"];
        if own.contains(&name.as_str()) {
            continue;
        }
        let value = match name.as_str() {
            "later" => "${date}".to_owned(),
            // A set.
            "access-control-allow-methods" | "allow" => {
                let mut all: Vec<&str> = value.split(',').map(str::trim).collect();
                all.sort_unstable();
                all.join(",")
            }
            _ => value.clone(),
        };
        let all = headers.entry(name.clone()).or_insert(json!([]));
        all.as_array_mut().expect("a list").push(json!(value));
    }
    let body = match serde_json::from_str::<Value>(&answer.body) {
        Ok(Value::Object(mut body)) => {
            for name in ["version", "commit", "kafka_cluster_id"] {
                body.entry(name).and_modify(|value| *value = json!("${any}"));
            }
            json!(body)
        }
        Ok(body) => body,
        // The line that names Jetty is Jetty's.
        Err(_) => json!(
            answer
                .body
                .lines()
                .filter(|line| !line.contains("Powered by") && !line.is_empty())
                .collect::<Vec<_>>()
        ),
    };
    let seen = json!({"status": answer.status, "headers": headers, "body": body});
    golden::replace(
        &seen,
        &[(run, "${run}"), (&ports.https.to_string(), "${https}"), (&ports.admin.to_string(), "${admin}")],
    )
}

/// The lines of three requests, without date and duration.
fn access_log(worker: &dyn Worker, http: &Rest) -> Vec<String> {
    let agent = "the \"log\" is read";
    for (path, more) in
        [("/connectors?expand=info", &USER[..]), ("/health", &["-e", "https://one/"]), ("/nope", &["-I"])]
    {
        let url = format!("http://{}{path}", http.address);
        curl(&[&["-A", agent, &url], more].concat()).expect("an answer");
    }
    let lines = || {
        let log = worker.log();
        let marked = log.lines().filter(|line| line.contains("\\\"log\\\""));
        marked.map(without_times).collect::<Option<Vec<String>>>().expect("whole lines")
    };
    // They are written once the answers have been sent.
    wait_for(LONG, "three lines", || Some(lines()).filter(|lines| lines.len() == 3))
}

fn without_times(line: &str) -> Option<String> {
    let line = &line[line.find("127.0.0.1 - - [")?..];
    let (head, rest) = line.split_once('[')?;
    let (date, rest) = rest.split_once(']')?;
    let (request, after) = rest.split_once(" is read\" ")?;
    let millis = after.split(' ').next()?;
    let shape: String = date
        .chars()
        .map(|c| {
            if c.is_ascii_digit() {
                '0'
            } else if c.is_ascii_alphabetic() {
                'a'
            } else {
                c
            }
        })
        .collect();
    millis.parse::<u64>().ok()?;
    Some(format!("{head}[{shape}]{request} is read\" 0"))
}
