//! Why TLS with a worker does not come about.

use rustls::{AlertDescription as Alert, CertificateError, Error};

use crate::failure::{Exit, Failure};
use crate::output::timestamp;

/// The error of TLS behind one of a connection.
pub(super) fn behind(error: &std::io::Error) -> Option<&Error> {
    error.get_ref()?.downcast_ref()
}

/// An error of TLS, in words for an operator.
pub(super) fn failure(base: &str, error: &Error) -> Failure {
    let (what, mend) = match error {
        Error::InvalidCertificate(error) => theirs(error),
        Error::AlertReceived(alert) => refused(*alert),
        Error::InvalidMessage(_) => (
            format!("the listener does not speak TLS ({error})"),
            "write http:// in the URL, or name the port for https",
        ),
        error => (format!("no secure connection: {error}"), "check --ca, --cert and --key"),
    };
    Failure::new(Exit::Unreachable, format!("{base}: {what}")).mend(mend)
}

/// What is wrong with the certificate of the worker.
fn theirs(error: &CertificateError) -> (String, &'static str) {
    const DATE: &str = "the worker needs a new certificate, if the clock of this machine is right";
    let date = |time: rustls::pki_types::UnixTime| timestamp(time.as_secs() * 1000);
    match error {
        CertificateError::UnknownIssuer => (
            "the certificate of the worker is not trusted".to_owned(),
            "trust its certificate authority with --ca FILE (PEM), or ca in the profile",
        ),
        CertificateError::ExpiredContext { not_after, .. } => {
            (format!("the certificate of the worker has expired at {}", date(*not_after)), DATE)
        }
        CertificateError::NotValidYetContext { not_before, .. } => {
            (format!("the certificate of the worker is not valid before {}", date(*not_before)), DATE)
        }
        CertificateError::NotValidForNameContext { presented, .. } => {
            let names: Vec<String> = presented.iter().map(|name| plain(name)).collect();
            let holds = if names.is_empty() { "nobody".to_owned() } else { names.join(", ") };
            (
                format!("the certificate of the worker is for {holds}"),
                "use a name that it holds in the URL, or give the worker a certificate for this one",
            )
        }
        error => (
            format!("the certificate of the worker cannot be trusted: {error}"),
            "give the worker another one, or trust it with --ca FILE (PEM)",
        ),
    }
}

/// `DnsName("x")` as `x`.
fn plain(name: &str) -> String {
    name.split('"').nth(1).unwrap_or(name).to_owned()
}

/// Why the worker ends the handshake.
fn refused(alert: Alert) -> (String, &'static str) {
    match alert {
        Alert::CertificateRequired => (
            "the worker wants a client certificate".to_owned(),
            "give --cert FILE and --key FILE (PEM), or cert and key in the profile",
        ),
        Alert::CertificateExpired => (
            "the worker refuses the client certificate: it has expired".to_owned(),
            "give a new one with --cert FILE and --key FILE (PEM), or cert and key in the profile",
        ),
        // The JVM worker says this, too, where there is no certificate.
        Alert::BadCertificate | Alert::CertificateUnknown | Alert::UnknownCA | Alert::CertificateRevoked => (
            "the worker does not trust the client certificate, or wants one".to_owned(),
            "give one that it trusts with --cert FILE and --key FILE (PEM), or cert and key in the profile",
        ),
        Alert::ProtocolVersion | Alert::HandshakeFailure | Alert::InsufficientSecurity => (
            format!("the worker speaks TLS in no way that is known here ({alert:?})"),
            "look at ssl.enabled.protocols and ssl.cipher.suites of the worker: TLS 1.2 and 1.3 are spoken here",
        ),
        alert => (
            format!("the worker refuses the secure connection ({alert:?})"),
            "the log of the worker may say why",
        ),
    }
}
