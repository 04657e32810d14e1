//! Keystores and trust stores of every kind: their keys and certificates.

use std::path::Path;

use ferry_config::worker::{Store, TlsConfig};
use p12_keystore::{KeyStore, KeyStoreEntry, Pkcs12ImportPolicy};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};

use super::{jks, pem};

type Result<T, E = String> = std::result::Result<T, E>;

/// A private key and the certificates that speak for it, its own first.
#[derive(Debug)]
pub(super) struct Identity {
    /// Its name in the keystore; PEM has none.
    pub(super) alias: String,
    pub(super) key: PrivateKeyDer<'static>,
    pub(super) chain: Vec<CertificateDer<'static>>,
}

/// What was found in one store.
#[derive(Debug, Default)]
pub(super) struct Found {
    pub(super) identities: Vec<Identity>,
    pub(super) trusted: Vec<CertificateDer<'static>>,
}

/// The keystore: inline PEM, or a file.
pub(super) fn keys(config: &TlsConfig) -> Result<Found> {
    let name = |key: &str| format!("{}{key}", config.prefix);
    let key_password = config.key_password.as_ref().map(|secret| secret.reveal());
    let Some(inline) = &config.private_key else {
        if config.keystore.location.is_none() {
            return Err(format!("no valid keystore: set {}", config.keystore.key));
        }
        return file(&config.keystore, key_password, true);
    };
    let chain = config.certificate_chain.as_ref().ok_or_else(|| {
        format!("{} needs {}", name("ssl.keystore.key"), name("ssl.keystore.certificate.chain"))
    })?;
    let key = pem::private_key(inline.reveal(), key_password)
        .map_err(|error| format!("{}: {error}", name("ssl.keystore.key")))?;
    let chain = pem::certificates(chain.reveal())
        .map_err(|error| format!("{}: {error}", name("ssl.keystore.certificate.chain")))?;
    Ok(Found { identities: vec![Identity { alias: String::new(), key, chain }], trusted: Vec::new() })
}

/// Whom to trust: the trust store, or what is in the keystore where there is none (as Jetty does it).
pub(super) fn trusted(config: &TlsConfig, keys: &Found) -> Result<Vec<CertificateDer<'static>>> {
    if let Some(inline) = &config.trusted {
        return pem::certificates(inline.reveal())
            .map_err(|error| format!("{}ssl.truststore.certificates: {error}", config.prefix));
    }
    let own;
    let found = match config.truststore.location {
        Some(_) => {
            own = file(&config.truststore, None, false)?;
            &own
        }
        None => keys,
    };
    // A key's own certificate is trusted, too (`TrustStoreUtil`).
    let of_keys = found.identities.iter().filter_map(|identity| identity.chain.first());
    Ok(found.trusted.iter().chain(of_keys).cloned().collect())
}

/// A store's file by what is in it: JKS and PKCS12 are each taken for the other, as the JDK does.
fn file(store: &Store, key_password: Option<&str>, with_keys: bool) -> Result<Found> {
    let Some(path) = &store.location else { return Ok(Found::default()) };
    let blame = |error: String| format!("{} ({}): {error}", path.display(), store.key);
    let bytes = std::fs::read(path).map_err(|error| blame(error.to_string()))?;
    let password = store.password.as_ref().map(|secret| secret.reveal());
    let magic = bytes.first_chunk().map(|first| u32::from_be_bytes(*first));
    match (store.kind.to_ascii_uppercase().as_str(), magic) {
        ("PEM", _) => from_pem(&bytes, key_password, with_keys),
        ("JKS" | "PKCS12", Some(jks::MAGIC)) => from_jks(&bytes, password, key_password, with_keys),
        (_, Some(jks::JCEKS_MAGIC)) => Err(convert(path, "JCEKS")),
        ("JKS" | "PKCS12", _) => from_pkcs12(&bytes, password, path),
        (other, _) => Err(convert(path, other)),
    }
    .map_err(blame)
}

fn convert(path: &Path, kind: &str) -> String {
    format!(
        "keystores of type {kind} are not read; `keytool -importkeystore -srckeystore {} -srcstoretype {kind} -destkeystore \
         NEW.p12 -deststoretype pkcs12` makes one that is",
        path.display()
    )
}

fn from_pem(bytes: &[u8], key_password: Option<&str>, with_keys: bool) -> Result<Found> {
    let text = String::from_utf8_lossy(bytes);
    let chain = pem::certificates(&text)?;
    Ok(if with_keys {
        let key = pem::private_key(&text, key_password)?;
        Found { identities: vec![Identity { alias: String::new(), key, chain }], trusted: Vec::new() }
    } else {
        Found { identities: Vec::new(), trusted: chain }
    })
}

/// A key has the password of the store where none of its own is set.
fn from_jks(
    bytes: &[u8],
    password: Option<&str>,
    key_password: Option<&str>,
    with_keys: bool,
) -> Result<Found> {
    let mut found = Found::default();
    for entry in jks::read(bytes, password)? {
        match entry {
            jks::Entry::Trusted(certificate) => found.trusted.push(certificate),
            // Whom a trust store trusts is known without opening its keys.
            jks::Entry::Key { chain, .. } if !with_keys => found.trusted.extend(chain.into_iter().next()),
            jks::Entry::Key { alias, key, chain } => {
                let opener =
                    key_password.or(password).ok_or("its private key needs ssl.keystore.password")?;
                let key = PrivatePkcs8KeyDer::from(jks::open_key(&key, opener)?).into();
                found.identities.push(Identity { alias, key, chain });
            }
        }
    }
    Ok(found)
}

fn from_pkcs12(bytes: &[u8], password: Option<&str>, path: &Path) -> Result<Found> {
    let store = KeyStore::from_pkcs12(bytes, password.unwrap_or_default(), Pkcs12ImportPolicy::Strict).map_err(
        |error| {
            format!(
                "it is no PKCS12 file, its password is another, or it is encrypted in a way that is not read ({error}); \
                 `keytool -list -keystore {}` tells which, `keytool -importkeystore` writes it anew",
                path.display()
            )
        },
    )?;
    let mut found = Found::default();
    let certificate = |found: &p12_keystore::Certificate| CertificateDer::from(found.as_der().to_vec());
    for (alias, entry) in store.entries() {
        match entry {
            KeyStoreEntry::PrivateKeyChain(entry) => found.identities.push(Identity {
                alias: alias.clone(),
                key: PrivatePkcs8KeyDer::from(entry.key().as_der().to_vec()).into(),
                chain: entry.certs().iter().map(certificate).collect(),
            }),
            KeyStoreEntry::Certificate(entry) => found.trusted.push(certificate(entry)),
            KeyStoreEntry::Secret(_) => {}
        }
    }
    Ok(found)
}
