//! Whom to trust and who we are: PEM files, else the certificates of the system.

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
                .mend("a key with a password cannot be used: openssl pkey -in FILE -out FILE.pem")
        })?;
        tls = tls.client_cert(Some(ClientCert::new_with_certs(&certificates, private)));
    }
    Ok(tls.build())
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
