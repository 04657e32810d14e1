//! `ssl.cipher.suites` by their names in Java.

use rustls::SupportedCipherSuite;
use rustls::crypto::ring;

/// As Java calls it: the name of the standard.
fn name(suite: &SupportedCipherSuite) -> String {
    let debug = format!("{:?}", suite.suite());
    debug.strip_prefix("TLS13_").map_or(debug.clone(), |rest| format!("TLS_{rest}"))
}

/// Those of these names, in their order; all where none is named.
pub(super) fn chosen(names: &[String]) -> Result<Vec<SupportedCipherSuite>, String> {
    let known = ring::ALL_CIPHER_SUITES;
    if names.is_empty() {
        return Ok(known.to_vec());
    }
    let find = |wanted: &String| {
        known.iter().find(|suite| name(suite) == *wanted).copied().ok_or_else(|| {
            let all: Vec<String> = known.iter().map(name).collect();
            format!("Unsupported CipherSuite: {wanted} in ssl.cipher.suites; there are {}", all.join(", "))
        })
    };
    names.iter().map(find).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn suites_have_the_names_of_the_standard() {
        let names: Vec<String> = chosen(&[]).unwrap().iter().map(name).collect();
        assert_eq!(names.len(), 9);
        assert!(names.iter().any(|name| name == "TLS_AES_256_GCM_SHA384"));
        assert!(names.iter().any(|name| name == "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256"));
        assert_eq!(chosen(&names[1..3]).unwrap().len(), 2);
        let refused = chosen(&["TLS_RSA_WITH_AES_128_CBC_SHA".to_owned()]).unwrap_err();
        assert!(refused.starts_with(
            "Unsupported CipherSuite: TLS_RSA_WITH_AES_128_CBC_SHA in ssl.cipher.suites; there are TLS_AES_"
        ));
    }
}
