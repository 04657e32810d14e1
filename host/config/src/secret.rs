//! Keeps the values of secret settings out of logs, dumps and error texts.

/// What is printed in place of a secret (the text of Kafka's `Password`).
pub const HIDDEN: &str = "[hidden]";

/// Parts of a key name that mark its value as a secret, in lower case.
const MARKS: [&str; 12] = [
    "password",
    "passwd",
    "passphrase",
    "secret",
    "token",
    "jaas",
    "credential",
    "private.key",
    "api.key",
    "access.key",
    "ssl.keystore.key",
    "key.pem",
];

/// Names that hold a mark and are no secrets: switches, addresses and lifetimes.
const HARMLESS_ENDINGS: [&str; 9] =
    [".url", ".uri", ".class", ".file", ".path", ".ms", ".seconds", ".enable", ".enabled"];

/// Whether the name of a key says that its value is a secret. Errs on the side of hiding.
pub fn is_secret(key: &str) -> bool {
    let key = key.to_ascii_lowercase();
    // `oauth.token.endpoint.url` says where to ask, `password.file` where to look.
    if HARMLESS_ENDINGS.iter().any(|ending| key.ends_with(ending)) {
        return false;
    }
    MARKS.iter().any(|mark| key.contains(mark) || key.replace(['_', '-'], ".").contains(mark))
        || key.ends_with(".pem")
        || key.ends_with(".apikey")
}

/// The value as it may be shown: itself, or `[hidden]` for a secret key.
///
/// User names and passwords inside a URL (`scheme://user:password@host`) hide the whole value too.
pub fn shown<'a>(key: &str, value: &'a str) -> &'a str {
    if !value.is_empty() && (is_secret(key) || has_userinfo(value)) { HIDDEN } else { value }
}

fn has_userinfo(value: &str) -> bool {
    let Some((_, rest)) = value.split_once("://") else { return false };
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    authority.rsplit_once('@').is_some_and(|(userinfo, _)| userinfo.contains(':'))
}

/// `key = value` lines fit for a log, in the order given.
pub fn dump<'a>(entries: impl IntoIterator<Item = (&'a str, &'a str)>) -> String {
    let mut out = String::new();
    for (key, value) in entries {
        out.push_str(key);
        out.push_str(" = ");
        out.push_str(shown(key, value));
        out.push('\n');
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hides_what_is_secret_and_nothing_else() {
        let entries = [
            ("bootstrap.servers", "a:9092"),
            ("producer.sasl.jaas.config", "PlainLoginModule required password=\"x\";"),
            ("ssl.keystore.password", "x"),
            ("ssl.keystore.key", "-----BEGIN"),
            ("connection.password", "x"),
            ("connection.url", "jdbc:postgresql://db/x"),
            ("es.url", "https://elastic:changeme@es:9200"),
            ("aws_secret_access_key", "x"),
            ("sasl.oauthbearer.token.endpoint.url", "https://idp/token"),
            ("ssl.truststore.location", "/a.jks"),
            ("client.key.pem", "x"),
            ("password", ""),
            ("key.converter", "Json"),
        ];
        assert_eq!(
            dump(entries),
            "bootstrap.servers = a:9092\n\
             producer.sasl.jaas.config = [hidden]\n\
             ssl.keystore.password = [hidden]\n\
             ssl.keystore.key = [hidden]\n\
             connection.password = [hidden]\n\
             connection.url = jdbc:postgresql://db/x\n\
             es.url = [hidden]\n\
             aws_secret_access_key = [hidden]\n\
             sasl.oauthbearer.token.endpoint.url = https://idp/token\n\
             ssl.truststore.location = /a.jks\n\
             client.key.pem = [hidden]\n\
             password = \n\
             key.converter = Json\n"
        );
    }
}
