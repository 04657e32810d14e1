//! The `ssl.*` settings of https listeners.

use std::path::PathBuf;

use ferry_plugin_abi::config::{ConfigMap, ConfigValue, Secret};

use crate::clients::{self, ClientKind};
use crate::error::{ConfigError, Result};
use crate::evaluate::{Given, evaluate};
use crate::worker::DEF;

/// Whether clients are asked for certificates (`ssl.client.auth`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ClientAuth {
    /// They are not.
    None,
    /// They are; one that shows none is let in all the same.
    Requested,
    /// Nobody is let in without.
    Required,
}

/// Where keys or trusted certificates are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Store {
    /// The key that names the file or holds the text, with the prefix it was found under.
    pub key: String,
    /// `ssl.*store.type` as written: JKS, PKCS12 or PEM.
    pub kind: String,
    /// The file, where there is one.
    pub location: Option<PathBuf>,
    /// The file's password.
    pub password: Option<Secret>,
}

/// TLS as a listener serves it (`SSLUtils.createServerSideSslContextFactory`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TlsConfig {
    /// `listeners.https.` or `admin.listeners.https.` where keys have that prefix, else empty.
    pub prefix: String,
    /// `ssl.keystore.*`.
    pub keystore: Store,
    /// `ssl.key.password`.
    pub key_password: Option<Secret>,
    /// `ssl.keystore.key`: a private key as PEM.
    pub private_key: Option<Secret>,
    /// `ssl.keystore.certificate.chain`: certificates as PEM.
    pub certificate_chain: Option<Secret>,
    /// `ssl.truststore.*`.
    pub truststore: Store,
    /// `ssl.truststore.certificates`: certificates as PEM.
    pub trusted: Option<Secret>,
    /// `ssl.client.auth`.
    pub client_auth: ClientAuth,
    /// `ssl.enabled.protocols`.
    pub protocols: Vec<String>,
    /// `ssl.cipher.suites`; empty for all.
    pub cipher_suites: Vec<String>,
}

impl TlsConfig {
    /// The settings with the prefix, or without it where no key has it (`valuesWithPrefixAllOrNothing`).
    pub(super) fn new(raw: &ConfigMap, prefix: &str) -> Result<Self> {
        let own = raw.with_prefix(prefix);
        let (settings, prefix) = if own.is_empty() { (raw.clone(), "") } else { (own, prefix) };
        let values = Values { settings: &settings };
        let (keystore, truststore) = ("ssl.keystore", "ssl.truststore");
        Ok(Self {
            prefix: prefix.to_owned(),
            keystore: values.store(prefix, keystore)?,
            key_password: values.secret("ssl.key.password")?,
            private_key: values.secret("ssl.keystore.key")?,
            certificate_chain: values.secret("ssl.keystore.certificate.chain")?,
            truststore: values.store(prefix, truststore)?,
            trusted: values.secret("ssl.truststore.certificates")?,
            client_auth: match values.text("ssl.client.auth")?.as_deref() {
                Some("required") => ClientAuth::Required,
                Some("requested") => ClientAuth::Requested,
                _ => ClientAuth::None,
            },
            protocols: values.list("ssl.enabled.protocols")?,
            cipher_suites: values.list("ssl.cipher.suites")?,
        })
    }
}

/// Settings under the definitions that Kafka's clients share with the worker.
struct Values<'a> {
    settings: &'a ConfigMap,
}

impl Values<'_> {
    fn value(&self, name: &str) -> Result<ConfigValue> {
        let Some(key) = DEF.key(name).or_else(|| clients::def(ClientKind::Admin).key(name)) else {
            return Ok(ConfigValue::Null);
        };
        let (value, errors) = evaluate(key, name, Given::of(self.settings, name));
        match errors.into_iter().next() {
            Some(error) => Err(ConfigError::message(error)),
            None => Ok(value),
        }
    }

    fn text(&self, name: &str) -> Result<Option<String>> {
        Ok(match self.value(name)? {
            ConfigValue::Null => None,
            value => value.to_text().filter(|text| !text.is_empty()),
        })
    }

    fn secret(&self, name: &str) -> Result<Option<Secret>> {
        Ok(match self.value(name)? {
            ConfigValue::Password(secret) if !secret.reveal().is_empty() => Some(secret),
            _ => None,
        })
    }

    fn list(&self, name: &str) -> Result<Vec<String>> {
        Ok(match self.value(name)? {
            ConfigValue::List(list) => list,
            _ => Vec::new(),
        })
    }

    /// `part` is `ssl.keystore` or `ssl.truststore`.
    fn store(&self, prefix: &str, part: &str) -> Result<Store> {
        Ok(Store {
            key: format!("{prefix}{part}.location"),
            kind: self.text(&format!("{part}.type"))?.unwrap_or_default(),
            location: self.text(&format!("{part}.location"))?.map(PathBuf::from),
            password: self.secret(&format!("{part}.password"))?,
        })
    }
}
