//! PEM as Kafka takes it: sections anywhere in a text, broken into lines or not.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rustls::pki_types::{
    CertificateDer, PrivateKeyDer, PrivatePkcs1KeyDer, PrivatePkcs8KeyDer, PrivateSec1KeyDer,
};

/// One `-----BEGIN label-----` … `-----END label-----`.
struct Section {
    label: String,
    /// Between the two lines, as it stands there.
    body: String,
}

fn sections(text: &str) -> Vec<Section> {
    let mut found = Vec::new();
    let mut rest = text;
    while let Some((_, begun)) = rest.split_once("-----BEGIN ") {
        let Some((label, body)) = begun.split_once("-----") else { break };
        let Some((body, after)) = body.split_once("-----END ") else { break };
        found.push(Section { label: label.trim().to_owned(), body: body.to_owned() });
        rest = after;
    }
    found
}

impl Section {
    fn der(&self) -> Result<Vec<u8>, String> {
        let letters: String = self.body.chars().filter(|c| !c.is_whitespace()).collect();
        STANDARD.decode(letters).map_err(|error| format!("{}: {error}", self.label))
    }
}

/// All certificates of a text.
pub(super) fn certificates(text: &str) -> Result<Vec<CertificateDer<'static>>, String> {
    let certificates = sections(text).into_iter().filter(|section| section.label == "CERTIFICATE");
    let found = certificates.map(|section| section.der().map(Into::into)).collect::<Result<Vec<_>, _>>()?;
    if found.is_empty() {
        return Err("it holds no -----BEGIN CERTIFICATE-----".to_owned());
    }
    Ok(found)
}

/// The first private key of a text; an encrypted one needs a password.
pub(super) fn private_key(text: &str, password: Option<&str>) -> Result<PrivateKeyDer<'static>, String> {
    let section = sections(text)
        .into_iter()
        .find(|section| section.label.ends_with("PRIVATE KEY"))
        .ok_or("it holds no -----BEGIN PRIVATE KEY-----")?;
    if section.body.contains("DEK-Info") {
        return Err(
            "its private key is encrypted in the way of PKCS#1; `openssl pkcs8 -topk8 -in KEY -out NEW` writes it anew"
                .to_owned(),
        );
    }
    let der = section.der()?;
    Ok(match section.label.as_str() {
        "RSA PRIVATE KEY" => PrivatePkcs1KeyDer::from(der).into(),
        "EC PRIVATE KEY" => PrivateSec1KeyDer::from(der).into(),
        "ENCRYPTED PRIVATE KEY" => {
            let password = password.ok_or("its private key is encrypted; set ssl.key.password")?;
            PrivatePkcs8KeyDer::from(decrypt(&der, password)?).into()
        }
        _ => PrivatePkcs8KeyDer::from(der).into(),
    })
}

/// An `EncryptedPrivateKeyInfo` (PKCS#8) opened.
fn decrypt(der: &[u8], password: &str) -> Result<Vec<u8>, String> {
    let wrapped = pkcs8::EncryptedPrivateKeyInfoRef::try_from(der).map_err(|error| {
        format!(
            "its encrypted private key cannot be read ({error}); `openssl pkcs8 -topk8 -v2 aes256 -in KEY -out NEW` writes \
             it anew"
        )
    })?;
    let opened = wrapped
        .decrypt(password)
        .map_err(|error| format!("ssl.key.password does not open its private key ({error})"))?;
    Ok(opened.as_bytes().to_vec())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_sections_in_any_layout() {
        let one_line = "x -----BEGIN CERTIFICATE----- AAEC AwQ= -----END CERTIFICATE----------BEGIN CERTIFICATE-----\nBQ==\r\n-----END CERTIFICATE-----";
        let found: Vec<Vec<u8>> = certificates(one_line).unwrap().iter().map(|c| c.to_vec()).collect();
        assert_eq!(found, [vec![0, 1, 2, 3, 4], vec![5]]);
        assert_eq!(certificates("no").unwrap_err(), "it holds no -----BEGIN CERTIFICATE-----");
        assert!(certificates("-----BEGIN CERTIFICATE-----!-----END CERTIFICATE-----").is_err());
    }

    #[test]
    fn says_what_a_key_lacks() {
        let key = |text: &str| private_key(text, None).unwrap_err();
        assert_eq!(key(""), "it holds no -----BEGIN PRIVATE KEY-----");
        assert_eq!(
            key("-----BEGIN ENCRYPTED PRIVATE KEY-----\nAA==\n-----END ENCRYPTED PRIVATE KEY-----"),
            "its private key is encrypted; set ssl.key.password"
        );
        let old = "-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: DES,1\n\nAA==\n-----END RSA PRIVATE KEY-----";
        assert!(key(old).contains("openssl pkcs8 -topk8"));
    }
}
