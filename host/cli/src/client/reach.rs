//! Why a worker could not be reached.

use std::io::ErrorKind;

use super::insecure;
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
    if let ureq::Error::Io(io) = &error
        && let Some(insecure) = insecure::behind(io)
    {
        return insecure::failure(base, insecure);
    }
    match error {
        ureq::Error::Rustls(error) => insecure::failure(base, &error),
        ureq::Error::Io(io) => match io.kind() {
            ErrorKind::ConnectionRefused => say(
                "connection refused: nothing listens there".to_owned(),
                "start the worker, or name it with --url, FERRY_URL or --profile",
            ),
            ErrorKind::TimedOut => say("no answer in time".to_owned(), other),
            ErrorKind::ConnectionReset | ErrorKind::UnexpectedEof | ErrorKind::BrokenPipe => say(
                format!("the connection broke: {io}"),
                "does the listener want https, or a client certificate (--cert, --key)?",
            ),
            _ => say(format!("cannot be reached: {io}"), other),
        },
        ureq::Error::HostNotFound => say("the name of the host is not known".to_owned(), other),
        ureq::Error::Timeout(what) => say(format!("no answer in time ({what})"), other),
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
