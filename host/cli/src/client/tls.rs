//! Whom to trust and who we are: PEM files, else the certificates of the system.

use rustls::crypto::ring;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::sign::CertifiedKey;
use ureq::tls::{Certificate, ClientCert, PemItem, PrivateKey, RootCerts, TlsConfig, parse_pem};

use crate::failure::{Failure, Result};
use crate::target::Target;

/// The settings of a target.
pub(super) fn config(target: &Target) -> Result<TlsConfig> {
    let mut tls = TlsConfig::builder().root_certs(RootCerts::PlatformVerifier);
    if let Some(file) = &target.ca {
        let (certificates, _) = items("ca", file)?;
        if certificates.is_empty() {
            return Err(wrong("ca", file, "holds no certificate in the format PEM"));
        }
        tls = tls.root_certs(RootCerts::new_with_certs(&certificates));
    }
    if let Some((cert, key)) = &target.identity {
        let (certificates, _) = items("cert", cert)?;
        if certificates.is_empty() {
            return Err(wrong("cert", cert, "holds no certificate in the format PEM"));
        }
        let (_, private) = items("key", key)?;
        let private = private.ok_or_else(|| {
            wrong("key", key, "holds no private key in the format PEM")
                .mend("one with a password cannot be used: openssl pkey -in FILE -out NEW.pem takes it away")
        })?;
        belong(cert, key, &certificates, &private)?;
        tls = tls.client_cert(Some(ClientCert::new_with_certs(&certificates, private)));
    }
    Ok(tls.build())
}

/// ureq takes any key and panics where it is not the certificate's.
fn belong(
    cert: &str,
    key: &str,
    chain: &[Certificate<'static>],
    private: &PrivateKey<'static>,
) -> Result<()> {
    let chain = chain.iter().map(|one| CertificateDer::from(one.der().to_vec())).collect();
    let der = private.der().to_vec();
    let wanting = |error: String| wrong("key", key, &format!("cannot be used with {cert}: {error}"));
    // It tells the kinds of keys apart by what is in them.
    let private = PrivateKeyDer::try_from(der).map_err(|error| wanting(error.to_owned()))?;
    match CertifiedKey::from_der(chain, private, &ring::default_provider()) {
        Ok(_) => Ok(()),
        Err(rustls::Error::InconsistentKeys(_)) => {
            Err(wrong("key", key, &format!("is not the key of the certificate in {cert}")))
        }
        Err(error) => Err(wanting(error.to_string())),
    }
}

fn wrong(option: &str, file: &str, what: &str) -> Failure {
    Failure::config(format!("--{option} {file} {what}"))
}

type Items = (Vec<Certificate<'static>>, Option<PrivateKey<'static>>);

fn items(option: &str, file: &str) -> Result<Items> {
    let bytes =
        std::fs::read(file).map_err(|error| wrong(option, file, &format!("cannot be read: {error}")))?;
    let (mut certificates, mut private) = (Vec::new(), None);
    for item in parse_pem(&bytes) {
        match item.map_err(|error| wrong(option, file, &format!("is not PEM: {error}")))? {
            PemItem::Certificate(certificate) => certificates.push(certificate),
            PemItem::PrivateKey(key) => private = Some(key),
            _ => {}
        }
    }
    Ok((certificates, private))
}
