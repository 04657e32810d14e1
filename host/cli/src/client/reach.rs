//! Why a worker could not be reached.

use std::io::ErrorKind;

use crate::failure::{Exit, Failure};

/// Whether a URL names this machine; no proxy is asked for it.
pub(super) fn is_here(base: &str) -> bool {
    let host = base.split_once("://").map_or(base, |(_, rest)| rest);
    let host = host.split('/').next().unwrap_or_default();
    let host = match host.strip_prefix('[') {
        Some(rest) => rest.split(']').next().unwrap_or_default(),
        None => host.rsplit_once(':').map_or(host, |(host, _)| host),
    };
    host == "localhost" || host.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
}

/// The URL holds what none may hold.
pub(super) fn bad_url(url: &str, error: &dyn std::fmt::Display) -> Failure {
    Failure::config(format!("{url} is not the URL of a worker: {error}"))
}

/// What ureq says, in words for an operator.
pub(super) fn failure(base: &str, error: ureq::Error) -> Failure {
    let say =
        |what: String, mend: &str| Failure::new(Exit::Unreachable, format!("{base}: {what}")).mend(mend);
    let other = "is the worker running, and is it the right URL (--url, FERRY_URL, --profile)?";
    match error {
        ureq::Error::Io(io) => match io.kind() {
            ErrorKind::ConnectionRefused => say(
                "connection refused: nothing listens there".to_owned(),
                "start the worker, or name it with --url, FERRY_URL or --profile",
            ),
            ErrorKind::InvalidData => insecure(base, &io),
            ErrorKind::TimedOut => say("no answer in time".to_owned(), other),
            ErrorKind::ConnectionReset | ErrorKind::UnexpectedEof | ErrorKind::BrokenPipe => say(
                format!("the connection broke: {io}"),
                "does the listener want https, or a client certificate (--cert, --key)?",
            ),
            _ if io.get_ref().is_some_and(|inner| inner.to_string().contains("ertificate")) => {
                insecure(base, &io)
            }
            _ => say(format!("cannot be reached: {io}"), other),
        },
        ureq::Error::HostNotFound => say("the name of the host is not known".to_owned(), other),
        ureq::Error::Timeout(what) => say(format!("no answer in time ({what})"), other),
        ureq::Error::Tls(_) | ureq::Error::Rustls(_) | ureq::Error::Pem(_) => insecure(base, &error),
        ureq::Error::Protocol(error) => say(
            format!("does not speak HTTP: {error}"),
            "does the listener want https? Then write https:// in the URL",
        ),
        ureq::Error::ConnectProxyFailed(why) => say(
            format!("the proxy refuses the connection: {why}"),
            "check HTTPS_PROXY; NO_PROXY names hosts that need no proxy",
        ),
        error => say(format!("cannot be reached: {error}"), other),
    }
}

fn insecure(base: &str, error: &dyn std::fmt::Display) -> Failure {
    let text = error.to_string();
    let mend = if text.contains("InvalidContentType") || text.contains("corrupt message") {
        "the listener does not speak TLS: write http:// in the URL"
    } else if text.contains("UnknownIssuer")
        || text.contains("SelfSigned")
        || text.contains("CaUsedAsEndEntity")
    {
        "trust its certificate authority with --ca FILE (PEM), or ca in the profile"
    } else if text.contains("NotValidForName") || text.contains("not valid for name") {
        "the certificate is for another host: use a name that it holds in the URL"
    } else if text.contains("xpired") || text.contains("NotValidYet") {
        "the certificate is out of date: check it and the clock of this machine"
    } else if text.contains("CertificateRequired")
        || text.contains("certificate required")
        || text.contains("BadCertificate")
    {
        "the worker wants a client certificate: give --cert FILE and --key FILE (PEM)"
    } else {
        "check --ca, --cert and --key, and whether the listener speaks TLS at all"
    };
    Failure::new(Exit::Unreachable, format!("{base}: no secure connection: {text}")).mend(mend)
}

/// None of several URLs answered.
pub(super) fn all(failures: Vec<Failure>) -> Failure {
    let lines: Vec<String> = failures.iter().map(|failure| failure.message.clone()).collect();
    Failure::new(Exit::Unreachable, format!("no worker answers:\n  {}", lines.join("\n  ")))
        .mend("start one, or name others with --url, FERRY_URL or --profile")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn knows_this_machine() {
        let found = [
            "http://localhost:8083",
            "http://127.0.0.2",
            "https://[::1]:8083/x",
            "http://localhost.example.com",
            "http://10.0.0.1:80",
        ]
        .map(is_here);
        assert_eq!(found, [true, true, true, false, false]);
    }
}
