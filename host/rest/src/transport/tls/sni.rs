//! Which of several certificates a connection gets: the one for the name that the client asks for (Jetty's
//! `SslContextFactory.Server.sniSelect`); and whether what it asks for then is what the certificate is for.

use std::collections::BTreeSet;
use std::net::IpAddr;
use std::sync::Arc;

use rustls::sign::{CertifiedKey, SingleCertAndKey};
use rustls::{ConfigBuilder, ServerConfig, SignatureScheme, server::WantsServerCert};
use x509_parser::extensions::GeneralName;
use x509_parser::parse_x509_certificate;

/// Whom a certificate is for (Jetty's `X509`): names in lower case, and addresses.
#[derive(Debug, Default, PartialEq)]
pub(in crate::transport) struct Names {
    hosts: BTreeSet<String>,
    /// What stands behind `*.`.
    wilds: BTreeSet<String>,
    addresses: BTreeSet<IpAddr>,
}

impl Names {
    /// Those of the extension for it, and the common names.
    fn of(certificate: &[u8]) -> Self {
        let mut names = Self::default();
        let Ok((_, certificate)) = parse_x509_certificate(certificate) else { return names };
        let alternatives = certificate.subject_alternative_name().ok().flatten();
        for name in alternatives.iter().flat_map(|found| &found.value.general_names) {
            match name {
                GeneralName::DNSName(name) => names.add(name),
                GeneralName::IPAddress(bytes) => names.addresses.extend(address(bytes)),
                _ => {}
            }
        }
        let common = certificate.subject().iter_common_name().filter_map(|name| name.as_str().ok());
        common.for_each(|name| names.add(name));
        names
    }

    fn add(&mut self, name: &str) {
        let name = name.to_ascii_lowercase();
        match name.strip_prefix("*.") {
            Some(domain) => self.wilds.insert(domain.to_owned()),
            None => self.hosts.insert(name),
        };
    }

    /// Whether it is for this host: a name or an address, IPv6 in brackets or not.
    pub(in crate::transport) fn fit(&self, host: &str) -> bool {
        let host = host.to_ascii_lowercase();
        let domain = host.split_once('.').map(|(_, domain)| domain);
        let address = host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
        self.hosts.contains(&host)
            || self.wilds.contains(&host)
            || domain.is_some_and(|domain| self.wilds.contains(domain))
            || address.is_ok_and(|address| self.addresses.contains(&address))
    }
}

fn address(bytes: &[u8]) -> Option<IpAddr> {
    match bytes.len() {
        4 => <[u8; 4]>::try_from(bytes).ok().map(IpAddr::from),
        _ => <[u8; 16]>::try_from(bytes).ok().map(IpAddr::from),
    }
}

/// What a connection is served with.
#[derive(Debug)]
pub(in crate::transport) struct Served {
    key: Arc<CertifiedKey>,
    /// Whom its certificate is for.
    pub(in crate::transport) names: Arc<Names>,
    /// It, whom it trusts, and how it encrypts.
    pub(in crate::transport) config: Arc<ServerConfig>,
}

/// All keys of a keystore that can be used, in the order in which the JDK looks at them.
#[derive(Debug)]
pub(in crate::transport) struct Choice(Vec<Served>);

impl Choice {
    /// Of keys by their aliases; `None` where there are none.
    pub(super) fn new(
        mut keys: Vec<(String, CertifiedKey)>,
        builder: &ConfigBuilder<ServerConfig, WantsServerCert>,
    ) -> Option<Self> {
        let count = keys.len();
        keys.sort_by_key(|(alias, _)| bucket(alias, count));
        let served = |(_, key): (String, CertifiedKey)| {
            let names = key.cert.first().map(|own| Names::of(own)).unwrap_or_default();
            let mut config =
                builder.clone().with_cert_resolver(Arc::new(SingleCertAndKey::from(key.clone())));
            config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
            Served { key: Arc::new(key), names: Arc::new(names), config: Arc::new(config) }
        };
        (count > 0).then(|| Self(keys.into_iter().map(served).collect()))
    }

    /// For a client that asks for this name, or for none, and takes these signatures, best first. Where none fits,
    /// what comes back ends the handshake.
    pub(in crate::transport) fn choose(
        &self,
        host: Option<&str>,
        schemes: &[SignatureScheme],
    ) -> Option<&Served> {
        let fits = |served: &&Served| host.is_some_and(|host| served.names.fit(host));
        let known = self.0.iter().find(fits);
        let best = schemes.iter().find_map(|scheme| {
            let mut usable =
                self.0.iter().filter(|served| served.key.key.choose_scheme(&[*scheme]).is_some());
            match known {
                // Whoever is for this name alone goes before one for many.
                Some(_) => usable.filter(fits).min_by_key(|served| served.names.wilds.len()),
                None => usable.next(),
            }
        });
        best.or(known).or(self.0.first())
    }
}

/// Where a `java.util.HashMap` of so many keys has this one: `SunX509` keeps keys in one, and takes the first for
/// clients that ask for no name it knows.
fn bucket(alias: &str, count: usize) -> u32 {
    let mut size = 16;
    while count * 4 > size * 3 {
        size *= 2;
    }
    let hash = alias
        .to_lowercase()
        .encode_utf16()
        .fold(0_u32, |hash, unit| hash.wrapping_mul(31).wrapping_add(u32::from(unit)));
    let mask = u32::try_from(size - 1).unwrap_or(u32::MAX);
    (hash ^ (hash >> 16)) & mask
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(list: &[&str]) -> Names {
        let mut names = Names::default();
        list.iter().for_each(|name| names.add(name));
        names
    }

    #[test]
    fn a_wildcard_stands_for_one_part_or_for_none() {
        let names = names(&["One.example.org", "*.Example.org"]);
        let fit = ["ONE.example.org", "two.example.org", "example.org", "a.b.example.org", "org"]
            .map(|host| names.fit(host));
        assert_eq!(fit, [true, true, true, false, false]);
    }

    #[test]
    fn addresses_are_compared_as_such() {
        let mut names = names(&["localhost"]);
        names
            .addresses
            .extend([address(&[127, 0, 0, 1]), address(&[0; 16]), address(&[1])].into_iter().flatten());
        let fit = ["127.0.0.1", "[::]", "::0", "127.0.0.2", "[::1]"].map(|host| names.fit(host));
        assert_eq!(fit, [true, true, true, false, false]);
    }

    #[test]
    fn what_is_no_certificate_is_for_no_name() {
        assert_eq!(Names::of(b"no certificate"), Names::default());
    }

    #[test]
    fn aliases_are_where_java_has_them() {
        // "a".hashCode() is 97, "rest".hashCode() 3496916.
        assert_eq!((bucket("a", 1), bucket("A", 12), bucket("a", 13)), (1, 1, 1));
        assert_eq!(bucket("rest", 1), (3_496_916 ^ (3_496_916 >> 16)) & 15);
        assert_eq!(bucket("rest", 13), (3_496_916 ^ (3_496_916 >> 16)) & 31);
    }
}
