//! `HasHeaderKey`: there is a header of that name.

use ferry_sdk::Result;
use ferry_sdk::api::Predicate;
use ferry_sdk::config::{Config, ConfigDef, ConfigKey, ConfigMap, ConfigType, Importance, Validator};
use ferry_sdk::data::Record;

/// What it accepts.
pub fn config_def() -> ConfigDef {
    ConfigDef::new().define(
        ConfigKey::new("name", ConfigType::String, Importance::Medium, "The header name.")
            .valid(Validator::NonEmptyString),
    )
}

/// `org.apache.kafka.connect.transforms.predicates.HasHeaderKey`
#[derive(Default)]
pub struct HasHeaderKey {
    name: String,
}

impl Predicate for HasHeaderKey {
    fn configure(&mut self, config: &ConfigMap) -> Result<()> {
        self.name = Config::parse(&config_def(), config)?.string("name").unwrap_or_default();
        Ok(())
    }
    fn test(&mut self, record: &Record<'_>) -> Result<bool> {
        Ok(record.headers().iter().any(|header| header.key() == self.name))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ferry_sdk::data::{Header, ValueRef};

    #[test]
    fn one_header_of_the_name_is_enough() {
        let mut predicate = HasHeaderKey::default();
        predicate.configure(&ConfigMap::from([("name", "b")])).unwrap();
        let headers = ["a", "b", "b"].map(|name| Header::new(name, None, ValueRef::NULL));
        assert_eq!(predicate.test(&Record::to("t").with_headers(&headers)), Ok(true));
        assert_eq!(predicate.test(&Record::to("t").with_headers(&headers[..1])), Ok(false));
        assert_eq!(predicate.test(&Record::to("t")), Ok(false));
    }

    #[test]
    fn wants_a_name() {
        let complaint = |config| HasHeaderKey::default().configure(&config).unwrap_err().message().to_owned();
        assert_eq!(
            complaint(ConfigMap::from([("name", "")])),
            "Invalid value  for configuration name: String must be non-empty"
        );
        assert_eq!(
            complaint(ConfigMap::new()),
            "Missing required configuration \"name\" which has no default value."
        );
    }
}
