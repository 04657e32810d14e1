//! Java's own keystore format (`sun.security.provider.JavaKeyStore`), read.

use rustls::pki_types::CertificateDer;
use sha1::{Digest, Sha1};

/// The first four bytes of a file.
pub(super) const MAGIC: u32 = 0xfeed_feed;
/// Those of the variant with stronger encryption, which is not read.
pub(super) const JCEKS_MAGIC: u32 = 0xcece_cece;
/// What the JDK mixes into the digest of a file, after its password.
const WHITENER: &[u8] = b"Mighty Aphrodite";
/// The algorithm of its private keys: 1.3.6.1.4.1.42.2.17.1.1, as DER.
const PROTECTOR: &[u8] = &[0x2b, 0x06, 0x01, 0x04, 0x01, 0x2a, 0x02, 0x11, 0x01, 0x01];
const DIGEST: usize = 20;

/// An entry of a keystore.
pub(super) enum Entry {
    /// A private key, still encrypted, and its certificates.
    Key { alias: String, key: Vec<u8>, chain: Vec<CertificateDer<'static>> },
    /// Somebody to trust.
    Trusted(CertificateDer<'static>),
}

/// Its entries. Without a password the file's digest is not looked at, as in Java.
pub(super) fn read(file: &[u8], password: Option<&str>) -> Result<Vec<Entry>, String> {
    if let Some(password) = password {
        let (content, digest) = file.split_at(file.len().saturating_sub(DIGEST));
        let mut sum = Sha1::new();
        sum.update(utf16(password));
        sum.update(WHITENER);
        sum.update(content);
        if sum.finalize().as_slice() != digest {
            return Err("Keystore was tampered with, or password was incorrect".to_owned());
        }
    }
    let mut rest = Reader(file);
    let _magic = rest.u32()?;
    let version = rest.u32()?;
    if !(1..=2).contains(&version) {
        return Err(format!("Invalid keystore format (version {version})"));
    }
    let count = rest.u32()?;
    (0..count).map(|_| rest.entry(version)).collect()
}

/// Big-endian numbers and lengths before what they count (`java.io.DataInputStream`).
struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn take(&mut self, count: usize) -> Result<&'a [u8], String> {
        let (taken, rest) =
            self.0.split_at_checked(count).ok_or("Invalid keystore format (it ends too early)")?;
        self.0 = rest;
        Ok(taken)
    }

    fn number(&mut self, bytes: usize) -> Result<u32, String> {
        Ok(self.take(bytes)?.iter().fold(0, |number, byte| number << 8 | u32::from(*byte)))
    }

    fn u32(&mut self) -> Result<u32, String> {
        self.number(4)
    }

    fn block(&mut self) -> Result<&'a [u8], String> {
        let length = self.u32()?;
        self.take(length as usize)
    }

    fn text(&mut self) -> Result<&'a [u8], String> {
        let length = self.number(2)?;
        self.take(length as usize)
    }

    fn entry(&mut self, version: u32) -> Result<Entry, String> {
        let kind = self.u32()?;
        let alias = String::from_utf8_lossy(self.text()?).into_owned();
        let _created = self.take(8)?;
        match kind {
            1 => {
                let key = self.block()?.to_vec();
                let count = self.u32()?;
                let chain = (0..count).map(|_| self.certificate(version)).collect::<Result<_, _>>()?;
                Ok(Entry::Key { alias, key, chain })
            }
            2 => Ok(Entry::Trusted(self.certificate(version)?)),
            other => Err(format!("Unrecognized keystore entry: {other}")),
        }
    }

    fn certificate(&mut self, version: u32) -> Result<CertificateDer<'static>, String> {
        if version == 2 {
            let _kind = self.text()?;
        }
        Ok(self.block()?.to_vec().into())
    }
}

/// A private key opened: PKCS#8 (`sun.security.provider.KeyProtector`).
pub(super) fn open_key(wrapped: &[u8], password: &str) -> Result<Vec<u8>, String> {
    let protected = octets(wrapped).ok_or("its private key is in a form that is not known; `keytool -importkeystore -srckeystore FILE -destkeystore NEW -deststoretype pkcs12` writes it anew")?;
    let inner = protected.len().checked_sub(2 * DIGEST).ok_or("its private key is cut off")?;
    let (salt, rest) = protected.split_at(DIGEST);
    let (hidden, digest) = rest.split_at(inner);
    let password = utf16(password);
    let round = |before: &[u8]| Sha1::new().chain_update(&password).chain_update(before).finalize();
    let mut key = Vec::with_capacity(inner);
    let mut pad = round(salt);
    for part in hidden.chunks(DIGEST) {
        key.extend(part.iter().zip(pad.iter()).map(|(byte, pad)| byte ^ pad));
        pad = round(&pad);
    }
    if round(&key).as_slice() != digest {
        return Err("Cannot recover key: ssl.key.password is not its password".to_owned());
    }
    Ok(key)
}

/// The octets of an `EncryptedPrivateKeyInfo`: SEQUENCE { SEQUENCE { OID, NULL }, OCTET STRING }, the OID being
/// the JDK's own.
fn octets(der: &[u8]) -> Option<&[u8]> {
    let (outer, _) = element(der, 0x30)?;
    let (algorithm, rest) = element(outer, 0x30)?;
    let (oid, _) = element(algorithm, 0x06)?;
    let (octets, _) = element(rest, 0x04)?;
    (oid == PROTECTOR).then_some(octets)
}

/// The content of a DER element of this tag, and what follows it.
fn element(der: &[u8], tag: u8) -> Option<(&[u8], &[u8])> {
    let (&found, rest) = der.split_first()?;
    let (&first, rest) = rest.split_first()?;
    let (length, rest) = if first < 0x80 {
        (usize::from(first), rest)
    } else {
        let (bytes, rest) = rest.split_at_checked(usize::from(first & 0x7f))?;
        (bytes.iter().fold(0, |length, byte| length << 8 | usize::from(*byte)), rest)
    };
    (found == tag).then(|| rest.split_at_checked(length))?
}

fn utf16(text: &str) -> Vec<u8> {
    text.encode_utf16().flat_map(u16::to_be_bytes).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A file with one trusted certificate, under a password.
    fn file(password: &str) -> Vec<u8> {
        let mut file = Vec::new();
        for number in [MAGIC, 2, 1, 2] {
            file.extend(number.to_be_bytes());
        }
        file.extend([0, 1, b'a', 0, 0, 0, 0, 0, 0, 0, 0, 0, 5]);
        file.extend(b"X.509");
        file.extend([0, 0, 0, 2, 0x30, 0]);
        let mut sum = Sha1::new();
        sum.update(utf16(password));
        sum.update(WHITENER);
        sum.update(&file);
        file.extend(sum.finalize());
        file
    }

    #[test]
    fn reads_what_the_password_vouches_for() {
        let good = file("geheim");
        for password in [Some("geheim"), None] {
            let entries = read(&good, password).unwrap();
            assert!(matches!(&entries[..], [Entry::Trusted(found)] if found.as_ref() == [0x30, 0]));
        }
        let refused = read(&good, Some("x")).err().unwrap();
        assert_eq!(refused, "Keystore was tampered with, or password was incorrect");
        // However it is cut off, it is an error and no panic.
        for end in 0..good.len() - DIGEST {
            assert!(read(&good[..end], None).is_err(), "{end}");
        }
        assert!(open_key(&[0x30, 0x84, 0xff, 0xff, 0xff, 0xff], "p").is_err());
    }
}
