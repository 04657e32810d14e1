//! TLS and SASL settings: Java's key stores and login modules in librdkafka's words.

use crate::{ClientConfig, Error, ErrorKind, Result};
use std::collections::BTreeMap;

/// Names this file translates; everything else of `ssl.` and `sasl.` passes or is dropped elsewhere.
const NAMES: [&str; 14] = [
    "sasl.jaas.config",
    "sasl.mechanism",
    "security.protocol",
    "ssl.endpoint.identification.algorithm",
    "ssl.key.password",
    "ssl.keystore.certificate.chain",
    "ssl.keystore.key",
    "ssl.keystore.location",
    "ssl.keystore.password",
    "ssl.keystore.type",
    "ssl.truststore.certificates",
    "ssl.truststore.location",
    "ssl.truststore.password",
    "ssl.truststore.type",
];

pub(super) fn is_security(name: &str) -> bool {
    NAMES.contains(&name)
}

/// Adds librdkafka's security settings for those of the user.
pub(super) fn translate(user: &ClientConfig, out: &mut BTreeMap<String, String>) -> Result<()> {
    let get = |name: &str| user.get(name).map(str::trim).filter(|value| !value.is_empty());
    let mut set = |name: &str, value: &str| {
        out.insert(name.to_owned(), value.to_owned());
    };
    if let Some(protocol) = get("security.protocol") {
        set("security.protocol", &protocol.to_ascii_lowercase());
    }
    if let Some(mechanism) = get("sasl.mechanism") {
        set("sasl.mechanism", mechanism);
    }
    if let Some(algorithm) = user.get("ssl.endpoint.identification.algorithm").map(str::trim) {
        set("ssl.endpoint.identification.algorithm", if algorithm.is_empty() { "none" } else { algorithm });
    }
    if let Some(pem) = get("ssl.truststore.certificates") {
        set("ssl.ca.pem", pem);
    }
    if let Some(path) = get("ssl.truststore.location") {
        match store_type("ssl.truststore", path, get("ssl.truststore.type"))? {
            StoreType::Pem => set("ssl.ca.location", path),
            StoreType::Pkcs12 => return Err(convert("ssl.truststore.location", path, "PKCS12")),
        }
    }
    if let Some(key) = get("ssl.keystore.key") {
        set("ssl.key.pem", key);
    }
    if let Some(chain) = get("ssl.keystore.certificate.chain") {
        set("ssl.certificate.pem", chain);
    }
    if let Some(password) = get("ssl.key.password") {
        set("ssl.key.password", password);
    }
    if let Some(path) = get("ssl.keystore.location") {
        match store_type("ssl.keystore", path, get("ssl.keystore.type"))? {
            StoreType::Pem => {
                set("ssl.certificate.location", path);
                set("ssl.key.location", path);
            }
            StoreType::Pkcs12 => {
                set("ssl.keystore.location", path);
                if let Some(password) = get("ssl.keystore.password") {
                    set("ssl.keystore.password", password);
                }
            }
        }
    }
    if let Some(jaas) = get("sasl.jaas.config") {
        let login = Login::parse(jaas)?;
        set("sasl.username", &login.username);
        set("sasl.password", &login.password);
    }
    Ok(())
}

enum StoreType {
    Pem,
    Pkcs12,
}

/// What a store is: as told, else by its first bytes (Java would take it for JKS).
fn store_type(prefix: &str, path: &str, told: Option<&str>) -> Result<StoreType> {
    let read = || {
        std::fs::read(path).map_err(|error| {
            Error::new(ErrorKind::Config, format!("{prefix}.location={path} cannot be read: {error}"))
        })
    };
    match told.map(str::to_ascii_uppercase).as_deref() {
        Some("PEM") => return Ok(StoreType::Pem),
        Some("PKCS12") => return Ok(StoreType::Pkcs12),
        Some("JKS") | None => {}
        Some(other) => {
            return Err(Error::new(
                ErrorKind::Config,
                format!("{prefix}.type={other} is not PEM, PKCS12 or JKS"),
            ));
        }
    }
    let bytes = read()?;
    if bytes.starts_with(&[0xfe, 0xed, 0xfe, 0xed]) {
        return Err(convert(&format!("{prefix}.location"), path, "JKS"));
    }
    // PKCS12 is DER: a sequence with a long length.
    Ok(if bytes.starts_with(&[0x30, 0x82]) || bytes.starts_with(&[0x30, 0x80]) {
        StoreType::Pkcs12
    } else {
        StoreType::Pem
    })
}

fn convert(name: &str, path: &str, kind: &str) -> Error {
    let how = match (kind, name.contains("trust")) {
        ("JKS", true) => format!("keytool -exportcert -rfc -keystore {path} -alias ALIAS > ca.pem"),
        ("JKS", false) => format!(
            "keytool -importkeystore -srckeystore {path} -destkeystore keys.p12 -deststoretype PKCS12"
        ),
        _ => format!("openssl pkcs12 -in {path} -nokeys -out ca.pem"),
    };
    Error::new(
        ErrorKind::Config,
        format!("{name}={path} is a {kind} store, which only a JVM reads here; convert it once: {how}"),
    )
}

/// User and password of a JAAS login module.
#[derive(PartialEq)]
struct Login {
    username: String,
    password: String,
}

impl Login {
    /// Parses `…PlainLoginModule required username="…" password="…";` (or `ScramLoginModule`).
    fn parse(jaas: &str) -> Result<Self> {
        let refused = |why: String| Error::new(ErrorKind::Config, format!("sasl.jaas.config {why}"));
        let words = words(jaas).ok_or_else(|| refused("has an unfinished quotation".to_owned()))?;
        let module = words.first().map_or("", String::as_str);
        let class = module.rsplit('.').next().unwrap_or(module);
        if class != "PlainLoginModule" && class != "ScramLoginModule" {
            let class: String = class.chars().filter(|c| c.is_ascii_alphanumeric()).take(60).collect();
            return Err(refused(format!(
                "names the login module {class}; PlainLoginModule and ScramLoginModule are supported"
            )));
        }
        let find = |name: &str| {
            let found = words.iter().find_map(|word| word.strip_prefix(name)?.strip_prefix('='));
            found.map(str::to_owned).ok_or_else(|| refused(format!("has no {name}")))
        };
        Ok(Self { username: find("username")?, password: find("password")? })
    }
}

/// Splits at spaces and `;`, honouring double and single quotes and backslashes within them.
fn words(text: &str) -> Option<Vec<String>> {
    let (mut all, mut word, mut quote) = (Vec::new(), String::new(), None);
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        match quote {
            Some(open) if c == open => quote = None,
            Some(_) if c == '\\' => word.push(chars.next()?),
            Some(_) => word.push(c),
            None if c == '"' || c == '\'' => quote = Some(c),
            None if c.is_whitespace() || c == ';' => {
                if !word.is_empty() {
                    all.push(std::mem::take(&mut word));
                }
            }
            None => word.push(c),
        }
    }
    if !word.is_empty() {
        all.push(word);
    }
    quote.is_none().then_some(all)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn jaas_logins_are_read() {
        let login = |jaas: &str| Login::parse(jaas).map(|login| (login.username, login.password));
        let found = login(
            r#"org.apache.kafka.common.security.plain.PlainLoginModule required username="alice" password="a \"b\"; c=d";"#,
        );
        assert_eq!(found.unwrap(), ("alice".to_owned(), r#"a "b"; c=d"#.to_owned()));
        let found = login(
            "org.apache.kafka.common.security.scram.ScramLoginModule required\n  username='u'\n  password=p;",
        );
        assert_eq!(found.unwrap(), ("u".to_owned(), "p".to_owned()));
        let error = login(r#"com.example.Krb5LoginModule required password="hush";"#).unwrap_err();
        assert_eq!(
            error.to_string(),
            "sasl.jaas.config names the login module Krb5LoginModule; PlainLoginModule and ScramLoginModule are supported"
        );
        assert_eq!(
            login("PlainLoginModule required username=u;").unwrap_err().to_string(),
            "sasl.jaas.config has no password"
        );
    }

    #[test]
    fn a_java_key_store_is_refused_with_the_mend() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("trust.jks");
        std::fs::write(&path, [0xfe, 0xed, 0xfe, 0xed, 0]).unwrap();
        let path = path.to_str().unwrap();
        let config = ClientConfig::new().with("ssl.truststore.location", path);
        let error = translate(&config, &mut BTreeMap::new()).unwrap_err();
        assert_eq!(
            error.to_string(),
            format!(
                "ssl.truststore.location={path} is a JKS store, which only a JVM reads here; convert it once: \
                 keytool -exportcert -rfc -keystore {path} -alias ALIAS > ca.pem"
            )
        );
    }

    #[test]
    fn pem_stores_become_locations() {
        let config = ClientConfig::new()
            .with("security.protocol", "SASL_SSL")
            .with("ssl.truststore.type", "PEM")
            .with("ssl.truststore.location", "/ca.pem")
            .with("ssl.keystore.type", "PEM")
            .with("ssl.keystore.location", "/me.pem")
            .with("ssl.endpoint.identification.algorithm", "");
        let mut out = BTreeMap::new();
        translate(&config, &mut out).unwrap();
        let lines: Vec<String> = out.iter().map(|(name, value)| format!("{name}={value}")).collect();
        assert_eq!(
            lines,
            [
                "security.protocol=sasl_ssl",
                "ssl.ca.location=/ca.pem",
                "ssl.certificate.location=/me.pem",
                "ssl.endpoint.identification.algorithm=none",
                "ssl.key.location=/me.pem",
            ]
        );
    }
}
