//! TLS and SASL settings of the Java clients as librdkafka's.

use crate::config::Settings;
use crate::{Error, ErrorKind, Result};
use std::collections::BTreeMap;

/// The settings read here and nowhere else.
pub(super) const NAMES: &[&str] = &[
    "security.protocol",
    "sasl.jaas.config",
    "sasl.mechanism",
    "ssl.truststore.location",
    "ssl.truststore.type",
    "ssl.truststore.password",
    "ssl.truststore.certificates",
    "ssl.keystore.location",
    "ssl.keystore.type",
    "ssl.keystore.password",
    "ssl.key.password",
    "ssl.keystore.key",
    "ssl.keystore.certificate.chain",
    "ssl.endpoint.identification.algorithm",
    "ssl.protocol",
    "ssl.provider",
    "ssl.enabled.protocols",
    "ssl.keymanager.algorithm",
    "ssl.trustmanager.algorithm",
    "ssl.secure.random.implementation",
    "ssl.cipher.suites",
];

/// Adds librdkafka's settings for those above.
pub(super) fn translate(settings: &Settings<'_>, pairs: &mut BTreeMap<String, String>) -> Result<()> {
    let mut set = |name: &str, value: &str| pairs.insert(name.to_owned(), value.to_owned());
    let protocol = settings.get("security.protocol").unwrap_or("PLAINTEXT").to_ascii_lowercase();
    set("security.protocol", &protocol);
    if protocol.starts_with("sasl") {
        let mechanism = settings.get("sasl.mechanism").unwrap_or("GSSAPI");
        set("sasl.mechanism", mechanism);
        if let Some(jaas) = settings.get("sasl.jaas.config") {
            let (user, password) = login(jaas, mechanism)?;
            set("sasl.username", &user);
            set("sasl.password", &password);
        }
    }
    if !protocol.ends_with("ssl") {
        return Ok(());
    }
    // Java checks the broker's name unless the setting is there and empty.
    match settings.0.get("ssl.endpoint.identification.algorithm").map(str::trim) {
        Some("") => set("ssl.endpoint.identification.algorithm", "none"),
        Some(algorithm) => set("ssl.endpoint.identification.algorithm", &algorithm.to_ascii_lowercase()),
        None => set("ssl.endpoint.identification.algorithm", "https"),
    };
    if let Some(certificates) = settings.get("ssl.truststore.certificates") {
        set("ssl.ca.pem", certificates);
    }
    if let Some(location) = settings.get("ssl.truststore.location") {
        let kind = settings.get("ssl.truststore.type").unwrap_or("JKS");
        if !kind.eq_ignore_ascii_case("pem") && !looks_like_pem(location) {
            return Err(Error::new(
                ErrorKind::Config,
                format!(
                    "ssl.truststore.location={location} is a {kind} file, which only Java reads: export its \
                     certificates as PEM (keytool -exportcert -rfc) and set ssl.truststore.type=PEM, or put them \
                     into ssl.truststore.certificates"
                ),
            ));
        }
        set("ssl.ca.location", location);
    }
    if let Some(suites) = settings.get("ssl.cipher.suites").filter(|suites| suites.contains('-')) {
        // OpenSSL's names have dashes; Java's have none and TLS 1.3's are always on.
        set("ssl.cipher.suites", &suites.replace(',', ":"));
    }
    let key_password = settings.get("ssl.key.password");
    if let Some(key) = settings.get("ssl.keystore.key") {
        set("ssl.key.pem", key);
    }
    if let Some(chain) = settings.get("ssl.keystore.certificate.chain") {
        set("ssl.certificate.pem", chain);
    }
    if let Some(location) = settings.get("ssl.keystore.location") {
        let kind = settings.get("ssl.keystore.type").unwrap_or("JKS");
        if kind.eq_ignore_ascii_case("pem") || looks_like_pem(location) {
            set("ssl.certificate.location", location);
            set("ssl.key.location", location);
        } else if kind.eq_ignore_ascii_case("pkcs12") || has_extension(location, &["p12", "pfx"]) {
            set("ssl.keystore.location", location);
            if let Some(password) = settings.get("ssl.keystore.password") {
                set("ssl.keystore.password", password);
            }
        } else {
            return Err(Error::new(
                ErrorKind::Config,
                format!(
                    "ssl.keystore.location={location} is a {kind} file, which only Java reads: convert it (keytool \
                     -importkeystore -deststoretype pkcs12) and set ssl.keystore.type=PKCS12"
                ),
            ));
        }
    }
    if let Some(password) = key_password {
        set("ssl.key.password", password);
    }
    Ok(())
}

fn looks_like_pem(location: &str) -> bool {
    has_extension(location, &["pem", "crt", "cer"])
}

fn has_extension(location: &str, wanted: &[&str]) -> bool {
    let extension = std::path::Path::new(location).extension().and_then(|extension| extension.to_str());
    extension.is_some_and(|extension| wanted.iter().any(|wanted| extension.eq_ignore_ascii_case(wanted)))
}

/// User and password of a JAAS line such as `…PlainLoginModule required username="u" password="p";`.
///
/// No part of the line reaches an error.
fn login(jaas: &str, mechanism: &str) -> Result<(String, String)> {
    let broken = |what: &str| Error::new(ErrorKind::Config, format!("sasl.jaas.config {what}"));
    let (module, options) =
        jaas.trim().split_once(char::is_whitespace).ok_or_else(|| broken("has no options"))?;
    if !module.ends_with("PlainLoginModule") && !module.ends_with("ScramLoginModule") {
        return Err(broken(&format!(
            "names a login module that is not available for {mechanism}: PlainLoginModule and ScramLoginModule are"
        )));
    }
    let options =
        options_of(options).ok_or_else(|| broken("is not a list of name=\"value\" closed by a semicolon"))?;
    let of = |name: &str| options.get(name).cloned().ok_or_else(|| broken(&format!("lacks {name}")));
    Ok((of("username")?, of("password")?))
}

/// The options of a JAAS line, after its module.
fn options_of(text: &str) -> Option<BTreeMap<String, String>> {
    let mut options = BTreeMap::new();
    let mut rest = text.trim_start();
    // The control flag.
    rest = rest.split_once(char::is_whitespace).map_or("", |(_, rest)| rest).trim_start();
    loop {
        rest = rest.trim_start();
        if rest.is_empty() || rest.starts_with(';') {
            return Some(options);
        }
        let (name, after) = rest.split_once('=')?;
        let after = after.trim_start();
        let quote = after.chars().next()?;
        let mut value = String::new();
        if quote == '"' || quote == '\'' {
            let mut letters = after[1..].char_indices();
            loop {
                match letters.next()? {
                    (_, '\\') => value.push(letters.next()?.1),
                    (at, letter) if letter == quote => {
                        rest = &after[1 + at + 1..];
                        break;
                    }
                    (_, letter) => value.push(letter),
                }
            }
        } else {
            let end =
                after.find(|letter: char| letter.is_whitespace() || letter == ';').unwrap_or(after.len());
            value.push_str(&after[..end]);
            rest = &after[end..];
        }
        options.insert(name.trim().to_owned(), value);
    }
}
