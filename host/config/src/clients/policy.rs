//! Which client settings a connector may override (`connector.client.config.override.policy`, KIP-458, KIP-1188).

use ferry_plugin_abi::config::ConfigMap;

use super::ClientKind;
use crate::error::{ConfigError, Result};
use crate::secret;

/// Key of the policy.
pub(crate) const POLICY: &str = "connector.client.config.override.policy";
/// Key of the names that the policy Allowlist allows.
pub(crate) const ALLOWLIST: &str = "connector.client.config.override.allowlist";

/// Which client settings a connector may override.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OverridePolicy {
    /// Everything (`AllConnectorClientConfigOverridePolicy`).
    All,
    /// Nothing (`NoneConnectorClientConfigOverridePolicy`).
    None,
    /// Who the client is, and how it says so (`PrincipalConnectorClientConfigOverridePolicy`).
    Principal,
    /// These names (`AllowlistConnectorClientConfigOverridePolicy`).
    Allowlist(Vec<String>),
}

impl OverridePolicy {
    /// The policy of a class name or alias.
    ///
    /// # Errors
    /// Another class: policies are not pluggable.
    pub(crate) fn new(class: &str, allowlist: Vec<String>) -> Result<Self> {
        let name = class.strip_prefix("org.apache.kafka.connect.connector.policy.").unwrap_or(class);
        match name.strip_suffix("ConnectorClientConfigOverridePolicy").unwrap_or(name) {
            "All" => Ok(Self::All),
            "None" => Ok(Self::None),
            "Principal" => Ok(Self::Principal),
            "Allowlist" => Ok(Self::Allowlist(allowlist)),
            _ => Err(ConfigError::invalid(
                POLICY,
                class,
                "String must be one of: All, None, Principal, Allowlist (policies written in Java cannot be loaded)",
            )),
        }
    }

    /// The complaint about overriding this setting, if the policy forbids it.
    pub fn complaint(&self, setting: &str) -> Option<String> {
        const PRINCIPAL: [&str; 3] = ["sasl.jaas.config", "sasl.mechanism", "security.protocol"];
        let policy = match self {
            Self::None => "None",
            Self::Principal if !PRINCIPAL.contains(&setting) => "Principal",
            Self::Allowlist(allowed) if !allowed.iter().any(|name| name == setting) => "Allowlist",
            Self::All | Self::Principal | Self::Allowlist(_) => return None,
        };
        Some(format!(
            "The '{policy}' policy does not allow '{setting}' to be overridden in the connector configuration."
        ))
    }

    /// Checks the overrides of one client before it is made: the policy may be stricter today than when
    /// the connector was created (mirrors `Worker.connectorClientConfigOverrides`).
    ///
    /// # Errors
    /// All settings that are forbidden, in the JVM's words.
    pub fn check(&self, client: ClientKind, connector: &ConfigMap) -> Result<()> {
        let overrides = connector.with_prefix(client.override_prefix());
        let forbidden: Vec<String> = overrides
            .iter()
            .filter_map(|(name, value)| {
                let complaint = self.complaint(name)?;
                let value = secret::shown(name, value);
                Some(format!(
                    "ConfigValue(name={name}, value={value}, recommendedValues=[], errorMessages=[{complaint}], visible=true)"
                ))
            })
            .collect();
        if forbidden.is_empty() {
            return Ok(());
        }
        Err(ConfigError::message(format!("Client Config Overrides not allowed [{}]", forbidden.join(", "))))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_to_class_names_and_aliases() {
        let policy =
            |name: &str| OverridePolicy::new(name, vec!["acks".to_owned()]).map_err(|e| e.to_string());
        assert_eq!(policy("All"), Ok(OverridePolicy::All));
        assert_eq!(policy("NoneConnectorClientConfigOverridePolicy"), Ok(OverridePolicy::None));
        let class = "org.apache.kafka.connect.connector.policy.PrincipalConnectorClientConfigOverridePolicy";
        assert_eq!(policy(class), Ok(OverridePolicy::Principal));
        assert_eq!(policy("Allowlist"), Ok(OverridePolicy::Allowlist(vec!["acks".to_owned()])));
        let refused = "Invalid value com.example.Mine for configuration connector.client.config.override.policy: String \
            must be one of: All, None, Principal, Allowlist (policies written in Java cannot be loaded)";
        assert_eq!(policy("com.example.Mine"), Err(refused.to_owned()));
    }

    #[test]
    fn checks_each_client_by_its_prefix() {
        let connector = ConfigMap::from([
            ("producer.override.acks", "1"),
            ("producer.override.sasl.jaas.config", "hush"),
            ("consumer.override.group.id", "g"),
        ]);
        let check =
            |policy: &OverridePolicy, client| policy.check(client, &connector).map_err(|e| e.to_string());
        assert_eq!(check(&OverridePolicy::All, ClientKind::Producer), Ok(()));
        assert_eq!(check(&OverridePolicy::None, ClientKind::Admin), Ok(()));
        let allowlist = OverridePolicy::Allowlist(vec!["group.id".to_owned()]);
        assert_eq!(check(&allowlist, ClientKind::Consumer), Ok(()));
        let expected = "Client Config Overrides not allowed [ConfigValue(name=acks, value=1, recommendedValues=[], \
            errorMessages=[The 'None' policy does not allow 'acks' to be overridden in the connector configuration.], \
            visible=true), ConfigValue(name=sasl.jaas.config, value=[hidden], recommendedValues=[], errorMessages=[The 'None' \
            policy does not allow 'sasl.jaas.config' to be overridden in the connector configuration.], visible=true)]";
        assert_eq!(check(&OverridePolicy::None, ClientKind::Producer), Err(expected.to_owned()));
    }
}
