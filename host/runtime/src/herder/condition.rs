//! What a change of a connector is bound to: the configuration that a client has seen (`If-Match`).

use ferry_plugin_abi::config::ConfigMap;
use sha2::{Digest, Sha256};

use super::{HerderError, Result};

/// Names a configuration, in its order: equal for equal ones, and for no others.
pub fn tag(config: &ConfigMap) -> String {
    let mut hash = Sha256::new();
    for text in config.iter().flat_map(|(key, value)| [key, value]) {
        hash.update((text.len() as u64).to_le_bytes());
        hash.update(text);
    }
    hash.finalize().iter().take(16).map(|byte| format!("{byte:02x}")).collect()
}

/// What must hold of a connector when it is changed or deleted. It is looked at in one step with the change.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Condition {
    /// Nothing.
    #[default]
    Always,
    /// There is one (`If-Match: *`).
    Exists,
    /// There is none (`If-None-Match: *`).
    Absent,
    /// Its configuration has one of these [`tag`]s.
    Is(Vec<String>),
}

impl Condition {
    /// Whether a connector with this configuration, or none, may be changed.
    ///
    /// # Errors
    /// 412 with a sentence.
    pub(super) fn check(&self, name: &str, config: Option<&ConfigMap>) -> Result<()> {
        let refusal = match (self, config) {
            (Self::Always, _) | (Self::Exists, Some(_)) | (Self::Absent, None) => return Ok(()),
            (Self::Is(tags), Some(config)) if tags.contains(&tag(config)) => return Ok(()),
            (Self::Absent, Some(_)) => {
                format!("Connector {name} exists, and If-None-Match says that it must not")
            }
            (_, None) => format!("Connector {name} does not exist, and If-Match says that it must"),
            (_, Some(config)) => format!(
                "The configuration of connector {name} is another one by now: its ETag is \"{}\". Read it again, and repeat the change",
                tag(config)
            ),
        };
        Err(HerderError::new(412, refusal))
    }
}

/// How a configuration is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Write {
    /// Only where there is no connector of that name (`POST /connectors`); what it shall do at first.
    Create(Option<ferry_config::connector_file::InitialState>),
    /// Over what is there, or anew (`PUT /connectors/{c}/config`).
    Put(Condition),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_tell_configurations_apart() {
        let tags = [&[("a", "b"), ("c", "d")][..], &[("c", "d"), ("a", "b")], &[("a", "bc"), ("", "d")], &[]]
            .map(|pairs| tag(&ConfigMap::from_iter(pairs.iter().copied())));
        for (at, one) in tags.iter().enumerate() {
            assert_eq!(one.len(), 32);
            assert!(!tags[at + 1..].contains(one), "{tags:?}");
        }
        assert_eq!(tag(&ConfigMap::new()), tags[3]);
    }

    #[test]
    fn says_what_does_not_hold() {
        let config = ConfigMap::from_iter([("a", "b")]);
        let good = Condition::Is(vec!["x".to_owned(), tag(&config)]);
        for (condition, config) in [
            (Condition::Always, None),
            (Condition::Absent, None),
            (Condition::Exists, Some(&config)),
            (good.clone(), Some(&config)),
        ] {
            assert_eq!(condition.check("c", config), Ok(()), "{condition:?}");
        }
        let said = |condition: &Condition, config| {
            let refused = condition.check("c", config).unwrap_err();
            assert_eq!(refused.status, 412);
            refused.message
        };
        let other = ConfigMap::from_iter([("a", "c")]);
        assert_eq!(
            [said(&good, Some(&other)), said(&good, None), said(&Condition::Absent, Some(&other))],
            [
                format!(
                    "The configuration of connector c is another one by now: its ETag is \"{}\". Read it again, and repeat the change",
                    tag(&other)
                ),
                "Connector c does not exist, and If-Match says that it must".to_owned(),
                "Connector c exists, and If-None-Match says that it must not".to_owned(),
            ]
        );
    }
}
