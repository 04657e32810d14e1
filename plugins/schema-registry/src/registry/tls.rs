//! `schema.registry.ssl.*`: PEM only.

use ferry_sdk::config::Config;
use ferry_sdk::{Error, Result};
use ureq::tls::{Certificate, ClientCert, PemItem, PrivateKey, RootCerts, TlsConfig, parse_pem};

const PREFIX: &str = "schema.registry.ssl.";

/// Whom to trust and who we are; without any key, whom Mozilla trusts.
pub fn config(config: &Config) -> Result<TlsConfig> {
    let mut tls = TlsConfig::builder();
    if let Some((key, pem)) = pem(config, "truststore", "truststore.certificates")? {
        let (certificates, _) = items(&key, &pem)?;
        if certificates.is_empty() {
            return Err(Error::config(format!("{key} holds no certificate in the format PEM")));
        }
        tls = tls.root_certs(RootCerts::new_with_certs(&certificates));
    }
    let own = match (secret(config, "keystore.key"), secret(config, "keystore.certificate.chain")) {
        (Some(key), Some(chain)) => Some((format!("{PREFIX}keystore.key"), format!("{key}\n{chain}"))),
        _ => pem(config, "keystore", "keystore.key")?,
    };
    if let Some((key, pem)) = own {
        let (certificates, private) = items(&key, &pem)?;
        let (Some(private), false) = (private, certificates.is_empty()) else {
            return Err(Error::config(format!(
                "{key} must hold a private key without password and its certificate chain in the format PEM"
            )));
        };
        tls = tls.client_cert(Some(ClientCert::new_with_certs(&certificates, private)));
    }
    Ok(tls.build())
}

fn secret(config: &Config, key: &str) -> Option<String> {
    config.password(&format!("{PREFIX}{key}")).map(|s| s.reveal().to_owned()).filter(|s| !s.is_empty())
}

/// The key that names the text, and the text.
fn pem(config: &Config, store: &str, inline: &str) -> Result<Option<(String, String)>> {
    let (kind, location) = (format!("{PREFIX}{store}.type"), format!("{PREFIX}{store}.location"));
    let path = config.string(&location).filter(|path| !path.is_empty());
    if let Some(text) = secret(config, inline) {
        return Ok(Some((format!("{PREFIX}{inline}"), text)));
    }
    let Some(path) = path else { return Ok(None) };
    // Kafka's default is JKS.
    let found = config.string(&kind).unwrap_or_else(|| "JKS".to_owned());
    if !found.eq_ignore_ascii_case("PEM") {
        return Err(Error::config(format!(
            "{kind}={found} is not supported by Ferry: {found} is a format of Java. Write {path} as PEM \
             (keytool -exportcert -rfc, or openssl pkcs12 -in FILE -out FILE.pem -nodes) and set {kind}=PEM"
        )));
    }
    let text = std::fs::read_to_string(&path)
        .map_err(|error| Error::config(format!("{location}: cannot read {path}: {error}")))?;
    Ok(Some((location, text)))
}

type Items = (Vec<Certificate<'static>>, Option<PrivateKey<'static>>);

fn items(key: &str, pem: &str) -> Result<Items> {
    let (mut certificates, mut private) = (Vec::new(), None);
    for item in parse_pem(pem.as_bytes()) {
        match item.map_err(|error| Error::config(format!("{key} is not PEM: {error}")))? {
            PemItem::Certificate(certificate) => certificates.push(certificate),
            PemItem::PrivateKey(key) => private = Some(key),
            _ => {}
        }
    }
    Ok((certificates, private))
}
