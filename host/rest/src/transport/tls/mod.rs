//! TLS of https listeners: from settings and keystores to what a connection is served with.

mod client_cert;
mod jks;
mod pem;
mod reload;
mod sni;
mod store;
mod suites;

use std::sync::Arc;

use ferry_config::worker::{ClientAuth, TlsConfig};
use rustls::crypto::{CryptoProvider, ring};
use rustls::server::{NoClientAuth, danger::ClientCertVerifier};
use rustls::sign::CertifiedKey;
use rustls::{ServerConfig, SupportedProtocolVersion};

pub(super) use reload::Reloading;
pub(super) use sni::{Choice, Names};

type Result<T, E = String> = std::result::Result<T, E>;

/// What a listener serves: its keys, whom it trusts, and how it encrypts.
fn served(config: &TlsConfig) -> Result<Choice> {
    let keys = store::keys(config)?;
    let provider = Arc::new(CryptoProvider {
        cipher_suites: suites::chosen(&config.cipher_suites)?,
        ..ring::default_provider()
    });
    let verifier = verifier(config, &keys, &provider)?;
    let wrong = |error: rustls::Error| format!("ssl.enabled.protocols, ssl.cipher.suites: {error}");
    let builder = ServerConfig::builder_with_provider(provider.clone())
        .with_protocol_versions(&protocols(&config.protocols)?)
        .map_err(wrong)?
        .with_client_cert_verifier(verifier);
    let (mut usable, mut refusals) = (Vec::new(), Vec::new());
    for identity in keys.identities {
        match CertifiedKey::from_der(identity.chain, identity.key, &provider) {
            Ok(key) => usable.push((identity.alias, key)),
            // A keystore may hold keys of algorithms that are gone.
            Err(rustls::Error::General(_)) => {
                refusals
                    .push("its algorithm is none of RSA (2,048 bits or more), ECDSA and Ed25519".to_owned());
            }
            Err(error) => refusals.push(error.to_string()),
        }
    }
    Choice::new(usable, &builder).ok_or_else(|| {
        let why = if refusals.is_empty() { "there is none".to_owned() } else { refusals.join("; ") };
        format!("no usable private key in {}: {why}", config.keystore.key)
    })
}

fn verifier(
    config: &TlsConfig,
    keys: &store::Found,
    provider: &Arc<CryptoProvider>,
) -> Result<Arc<dyn ClientCertVerifier>> {
    let required = match config.client_auth {
        ClientAuth::None => return Ok(Arc::new(NoClientAuth)),
        ClientAuth::Requested => false,
        ClientAuth::Required => true,
    };
    client_cert::verifier(store::trusted(config, keys)?, required, provider)
        .map_err(|error| format!("{}: {error}", config.truststore.key))
}

/// TLS 1.2 and 1.3; older names are passed over, as newer JVMs do, unless nothing else is left.
fn protocols(names: &[String]) -> Result<Vec<&'static SupportedProtocolVersion>> {
    let known = |name: &String| match name.as_str() {
        "TLSv1.3" => Ok(Some(&rustls::version::TLS13)),
        "TLSv1.2" => Ok(Some(&rustls::version::TLS12)),
        "TLSv1.1" | "TLSv1" | "SSLv3" | "SSLv2Hello" => Ok(None),
        other => Err(format!("Unsupported protocol {other} in ssl.enabled.protocols")),
    };
    if names.is_empty() {
        return Ok(rustls::ALL_VERSIONS.to_vec());
    }
    let found: Vec<_> = names.iter().map(known).collect::<Result<Vec<_>>>()?.into_iter().flatten().collect();
    if found.is_empty() {
        return Err(format!(
            "ssl.enabled.protocols={}: protocols older than TLSv1.2 are not spoken",
            names.join(",")
        ));
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn old_protocols_are_passed_over() {
        let names = |list: &[&str]| list.iter().map(|&name| name.to_owned()).collect::<Vec<_>>();
        let count = |list: &[&str]| protocols(&names(list)).map(|found| found.len());
        assert_eq!(count(&[]), Ok(2));
        assert_eq!(count(&["TLSv1.1", "TLSv1.2"]), Ok(1));
        assert_eq!(
            count(&["TLSv1.1"]).unwrap_err(),
            "ssl.enabled.protocols=TLSv1.1: protocols older than TLSv1.2 are not spoken"
        );
        assert_eq!(count(&["QUIC"]).unwrap_err(), "Unsupported protocol QUIC in ssl.enabled.protocols");
    }
}
