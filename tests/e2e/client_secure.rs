//! The command line as a client of workers that want more than a URL: https, certificates of clients, passwords.

use ferry_tests::{
    Bed, Certificates, FerryWorker, KEY, LONG, Place, Spoken, Worker, curl, ferry_command, free_port,
    wait_until,
};

use crate::{setup, topic};

/// A worker with a listener for http and one for https that requires certificates; both ask for passwords.
struct Secured<'p> {
    worker: FerryWorker,
    place: &'p Place,
    certificates: Certificates<'p>,
    http: u16,
    https: u16,
}

impl<'p> Secured<'p> {
    fn start(bed: &Bed, place: &'p Place) -> Self {
        let certificates = Certificates::new(place);
        let (http, https) = (free_port(), free_port());
        let users = place.write("users", "anna=ge:heim\n");
        let class = "org.apache.kafka.connect.rest.basic.auth.extension.PropertyFileLoginModule";
        let jaas =
            place.write("jaas.conf", format!("KafkaConnect {{ {class} required file=\"{users}\"; }};"));
        certificates.join("rest.pem", &["server.pem"]);
        let mut setup = setup(bed, place)
            .with("listeners", &format!("http://127.0.0.1:{http},https://127.0.0.1:{https}"))
            .with("rest.advertised.port", &https.to_string())
            .with("rest.extension.classes", "BasicAuthSecurityRestExtension")
            .with("ferry.rest.jaas.config", &jaas);
        for (name, value) in [
            ("keystore.location", place.at("rest.pem")),
            ("keystore.type", "PEM".to_owned()),
            ("truststore.location", place.at("ca.crt")),
            ("truststore.type", "PEM".to_owned()),
            ("client.auth", "required".to_owned()),
        ] {
            setup = setup.with(&format!("listeners.https.ssl.{name}"), &value);
        }
        let worker = FerryWorker::spawn(&setup);
        let health = format!("http://127.0.0.1:{http}/health");
        wait_until(LONG, "anna is let in", || {
            curl(&["-u", "anna:ge:heim", &health]).is_ok_and(|answer| answer.status == 200)
        });
        Self { worker, place, certificates, http, https }
    }

    /// The file of profiles: `secure` is right in all.
    fn profiles(&self) {
        let at = |name: &str| self.place.at(name);
        std::fs::create_dir_all(at("ferry")).expect("a folder");
        let trust = format!("ca = \"{}\"\n", at("ca.crt"));
        let url = format!("url = \"https://127.0.0.1:{}\"\n", self.https);
        let identity = |name: &str| format!("cert = \"{0}\"\nkey = \"{0}\"\n", at(name));
        let env = "user = \"anna\"\npassword_env = \"REST_PASSWORD\"\n";
        let file = format!("user = \"anna\"\npassword_command = \"cat {}\"\n", at("password"));
        let wrong = "user = \"anna\"\npassword = \"falsch\"\n";
        self.place.write("password", "ge:heim\n");
        let (client, stranger, old) = (identity("client.pem"), identity("stranger.pem"), identity("old.pem"));
        let profiles = [
            ("secure", [&url, &trust, &client, env]),
            ("file", [&url, &trust, &client, &file]),
            ("wrong-password", [&url, &trust, &client, wrong]),
            ("untrusting", [&url, "", &client, env]),
            ("nobody", [&url, &trust, "", env]),
            ("stranger", [&url, &trust, &stranger, env]),
            ("expired", [&url, &trust, &old, env]),
        ];
        let text = profiles
            .map(|(name, lines): (&str, [&str; 4])| format!("[profiles.{name}]\n{}\n", lines.concat()));
        self.place.write("ferry/config.toml", text.concat());
    }

    fn run(&self, words: &[&str]) -> String {
        let (http, https) = (self.http.to_string(), self.https.to_string());
        let folder = self.place.path().display().to_string();
        let fair = [(http.as_str(), "HTTP"), (&https, "HTTPS"), (&folder, "FILES")];
        let filled: Vec<String> = words
            .iter()
            .map(|word| word.replace("FILES", &folder).replace("HTTPS", &https).replace("HTTP", &http))
            .collect();
        let arguments: Vec<&str> = filled.iter().map(String::as_str).collect();
        let mut command = ferry_command(&arguments);
        command.env("XDG_CONFIG_HOME", self.place.path()).env("REST_PASSWORD", "ge:heim");
        for name in ["FERRY_URL", "FERRY_PROFILE", "FERRY_USER", "FERRY_PASSWORD"] {
            command.env_remove(name);
        }
        Spoken::of(&mut command).with(&fair).shown(words)
    }
}

#[test]
fn secured_workers_are_looked_after() {
    let (bed, place, topic) = (Bed::embedded(), Place::new("secured"), topic("secured"));
    let mut secured = Secured::start(&bed, &place);
    secured.profiles();
    place.write("in", "");
    place.write(
        "source.properties",
        format!("name=good\nconnector.class=FileStreamSource\nfile={}\ntopic={topic}\n", place.at("in")),
    );
    let shown: String = [
        &["connectors", "apply", "FILES/source.properties", "--wait", "--profile", "secure"][..],
        &["connectors", "list", "--profile", "file"],
        &[
            "connectors",
            "list",
            "--url",
            "https://localhost:HTTPS",
            "--ca",
            "FILES/ca.crt",
            "--cert",
            "FILES/client.pem",
            "--key",
            "FILES/client.pem",
            "--user",
            "anna:ge:heim",
        ],
        &["connectors", "delete", "good", "--profile", "secure"],
        &["connectors", "list", "--url", "http://anna:ge%3Aheim@127.0.0.1:HTTP"],
    ]
    .into_iter()
    .map(|words| secured.run(words))
    .collect();
    insta::assert_snapshot!(shown);
    secured.worker.stop();
}

#[test]
fn whoever_is_not_let_in_is_told_why() {
    let (bed, place) = (Bed::embedded(), Place::new("locked"));
    let mut secured = Secured::start(&bed, &place);
    secured.profiles();
    secured.certificates.expired("old");
    let mut shown: String = [
        &["connectors", "list", "--profile", "wrong-password"][..],
        &["connectors", "list", "--profile", "untrusting"],
        &["connectors", "list", "--profile", "untrusting", "--ca", "FILES/stranger.crt"],
        &["connectors", "list", "--profile", "nobody"],
        &["connectors", "list", "--profile", "stranger"],
        &["connectors", "list", "--profile", "expired"],
        &["connectors", "list", "--profile", "secure", "--user", "otto"],
        &["connectors", "list", "--profile", "secure", "--url", "http://127.0.0.1:HTTPS"],
        &["connectors", "list", "--profile", "secure", "--url", "https://127.0.0.1:HTTP"],
        &["connectors", "list", "--url", "http://127.0.0.1:HTTP"],
        &["connectors", "list", "--profile", "secure", "--ca", "FILES/nowhere.crt"],
        &["connectors", "list", "--profile", "secure", "--ca", "FILES/users"],
        &["connectors", "list", "--profile", "nobody", "--cert", "FILES/client.pem", "--key", "FILES/ca.crt"],
        &[
            "connectors",
            "list",
            "--profile",
            "nobody",
            "--cert",
            "FILES/client.pem",
            "--key",
            "FILES/stranger.pem",
        ],
        &["connectors", "list", "--profile", "nobody", "--cert", "FILES/client.pem"],
        &["connectors", "list", "--json", "--profile", "untrusting"],
    ]
    .into_iter()
    .map(|words| secured.run(words))
    .collect();
    // The worker's own certificate is out of date, then one for somebody else.
    for name in ["old", "other"] {
        if name == "other" {
            secured.certificates.identity_for(name, Some("DNS:other.example.org"), KEY);
        }
        secured.certificates.join("rest.pem", &[&format!("{name}.pem")]);
        shown += &secured.run(&["connectors", "list", "--profile", "secure"]);
    }
    insta::assert_snapshot!(shown);
    secured.worker.stop();
}
