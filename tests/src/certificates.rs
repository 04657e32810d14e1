//! Keys and certificates for tests of TLS, made by openssl and keytool as operators make them.

use std::process::Command;

use crate::place::Place;

/// The password of every store, and of every key that has one.
pub const PASSWORD: &str = "changeit";

/// A folder with these files:
///
/// * `ca.crt`: whom all but strangers trust;
/// * `server.pem`, `server.p12`: key and certificate of `localhost` and 127.0.0.1, by the CA;
/// * `client.pem`: the same of a client; `stranger.pem`: of one that made it itself.
#[derive(Debug)]
pub struct Certificates<'a> {
    place: &'a Place,
}

impl<'a> Certificates<'a> {
    /// Makes them in `place`.
    ///
    /// # Panics
    /// When openssl cannot.
    pub fn new(place: &'a Place) -> Self {
        let made = Self { place };
        made.openssl(&[
            &["req", "-x509", "-subj", "/CN=test ca", "-keyout", "ca.key", "-out", "ca.crt", "-days", "3650"],
            KEY,
        ]);
        made.identity("server");
        made.identity("client");
        made.openssl(&[
            &["req", "-x509", "-subj", "/CN=stranger", "-keyout", "stranger.key", "-out", "stranger.crt"],
            KEY,
        ]);
        made.join("stranger.pem", &["stranger.key", "stranger.crt"]);
        made.pkcs12("server", &[]);
        made
    }

    /// As [`Certificates::identity`], but the certificate was good in 2019 only.
    pub fn expired(&self, name: &str) {
        let (key, crt, csr) = (format!("{name}.key"), format!("{name}.crt"), format!("{name}.csr"));
        let subject = format!("/CN={name}");
        self.openssl(&[&["req", "-new", "-subj", &subject, "-keyout", &key, "-out", &csr], KEY]);
        self.place.write("index", "");
        self.place.write("serial", "01\n");
        let config = "[ca]\ndefault_ca=d\n[d]\ndatabase=index\nserial=serial\nnew_certs_dir=.\ndefault_md=sha256\npolicy=p\n\
                      x509_extensions=e\n[p]\ncommonName=supplied\n[e]\nsubjectAltName=DNS:localhost,IP:127.0.0.1\n";
        self.place.write("ca.cnf", config);
        self.openssl(&[
            &["ca", "-batch", "-notext", "-config", "ca.cnf", "-cert", "ca.crt", "-keyfile", "ca.key"],
            &["-startdate", "20190101000000Z", "-enddate", "20200101000000Z", "-in", &csr, "-out", &crt],
        ]);
        self.join(&format!("{name}.pem"), &[&key, &crt]);
    }

    /// `NAME.p12` of `NAME.pem`.
    pub fn pkcs12(&self, name: &str, more: &[&str]) {
        let (pem, p12, password) = (format!("{name}.pem"), format!("{name}.p12"), format!("pass:{PASSWORD}"));
        self.openssl(&[&["pkcs12", "-export", "-in", &pem, "-out", &p12, "-passout", &password], more]);
    }

    /// A file's path.
    pub fn at(&self, name: &str) -> String {
        self.place.at(name)
    }

    /// A key and a certificate by the CA under a new serial number, in `NAME.pem`.
    pub fn identity(&self, name: &str) {
        self.identity_for(name, Some("DNS:localhost,IP:127.0.0.1"), KEY);
    }

    /// The same for these names (as openssl writes `subjectAltName`), with a key that is made like this.
    pub fn identity_for(&self, name: &str, names: Option<&str>, new_key: &[&str]) {
        let (key, crt, csr) = (format!("{name}.key"), format!("{name}.crt"), format!("{name}.csr"));
        let names = names.map(|names| format!("subjectAltName={names}\n"));
        // Without any extension it would be one of version 1, which is not taken any more.
        self.place.write("san", names.unwrap_or_default() + "basicConstraints=CA:FALSE\n");
        let subject = format!("/CN={name}");
        self.openssl(&[&["req", "-new", "-subj", &subject, "-keyout", &key, "-out", &csr], new_key]);
        self.openssl(&[
            &["x509", "-req", "-in", &csr, "-CA", "ca.crt", "-CAkey", "ca.key", "-CAcreateserial"],
            &["-days", "3650", "-extfile", "san", "-out", &crt],
        ]);
        self.join(&format!("{name}.pem"), &[&key, &crt]);
    }

    /// One file of several, written beside and renamed: nobody sees half of it.
    pub fn join(&self, name: &str, parts: &[&str]) {
        let text: Vec<u8> = parts.iter().flat_map(|part| self.place.read(part)).collect();
        let new = self.place.write(&format!("{name}.new"), text);
        std::fs::rename(new, self.at(name)).expect("a file that can be renamed");
    }

    /// Runs openssl in the folder.
    ///
    /// # Panics
    /// When it fails.
    pub fn openssl(&self, arguments: &[&[&str]]) {
        self.run("openssl", arguments);
    }

    /// Runs the JDK's keytool in the folder.
    ///
    /// # Panics
    /// When it fails.
    pub fn keytool(&self, arguments: &[&[&str]]) {
        self.run("keytool", arguments);
    }

    fn run(&self, program: &str, arguments: &[&[&str]]) {
        let arguments = arguments.concat();
        let output = Command::new(program)
            .args(&arguments)
            .current_dir(self.place.path())
            .output()
            .unwrap_or_else(|e| panic!("{program}: {e}"));
        let said = [output.stdout, output.stderr].concat();
        assert!(output.status.success(), "{program} {arguments:?}: {}", String::from_utf8_lossy(&said));
    }
}

/// A new key that needs no time to be made.
pub const KEY: &[&str] = &["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];
