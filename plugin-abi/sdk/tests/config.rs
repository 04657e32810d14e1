//! What `derive(Config)` makes of a struct.

use ferry_sdk::Config;
use ferry_sdk::config::{ConfigDef, ConfigKey, ConfigMap, ConfigType, Importance, Secret, Validator, Width};
use std::time::Duration;

/// Reads from somewhere.
///
/// A second paragraph
/// in two lines.
#[derive(Config, Debug, PartialEq)]
struct Settings {
    /// Where to
    /// read from.
    #[config(non_empty, group = "Connection", width = long, display = "URL", dependents("user"))]
    url: String,
    /// Who reads.
    #[config(group = "Connection", importance = low)]
    user: Option<String>,
    /// How to prove it.
    #[config(order = 7)]
    password: Option<Secret>,
    /// Records at once.
    #[config(default = 500, range(1..=1000))]
    batch_size: i32,
    /// How it is written.
    #[config(name = "format", default = "line", one_of("line", "json"))]
    kind: String,
    /// How long to wait.
    #[config(default = 1500)]
    wait: Duration,
    /// Topics.
    #[config(default = "a,b")]
    topics: Vec<String>,
    /// Port.
    #[config(default = 80)]
    port: u16,
    /// Whether to be strict.
    #[config(default = false)]
    strict: bool,
    /// Ratio.
    #[config(default = 0.5, range(0..=1))]
    ratio: f64,
    /// Which class.
    #[config(class, default = "x.Y")]
    handler: String,
}

#[test]
fn keys_follow_from_fields() {
    let key = |name: &str, kind, importance, doc: &str| ConfigKey::new(name, kind, importance, doc);
    let range = |min, max| Validator::Range { min, max };
    let mut url = key("url", ConfigType::String, Importance::High, "Where to read from.")
        .valid(Validator::NonEmptyString)
        .shown("Connection", 0, Width::Long, "URL");
    url.dependents = vec!["user".into()];
    let mut user = key("user", ConfigType::String, Importance::Low, "Who reads.").or_null();
    (user.group, user.order) = (Some("Connection".into()), 1);
    let mut password =
        key("password", ConfigType::Password, Importance::Medium, "How to prove it.").or_null();
    password.order = 7;
    let medium = Importance::Medium;
    let expected: ConfigDef = [
        url,
        user,
        password,
        key("batch.size", ConfigType::Int, medium, "Records at once.")
            .or("500")
            .valid(range(Some(1.0), Some(1000.0))),
        key("format", ConfigType::String, medium, "How it is written.")
            .or("line")
            .valid(Validator::OneOf(vec!["line".into(), "json".into()])),
        key("wait", ConfigType::Long, medium, "How long to wait.").or("1500").valid(range(Some(0.0), None)),
        key("topics", ConfigType::List, medium, "Topics.").or("a,b"),
        key("port", ConfigType::Int, medium, "Port.").or("80").valid(range(Some(0.0), Some(65535.0))),
        key("strict", ConfigType::Boolean, medium, "Whether to be strict.").or("false"),
        key("ratio", ConfigType::Double, medium, "Ratio.").or("0.5").valid(range(Some(0.0), Some(1.0))),
        key("handler", ConfigType::Class, medium, "Which class.").or("x.Y"),
    ]
    .into_iter()
    .collect();
    assert_eq!(Settings::def(), expected);
    assert_eq!(Settings::DOC, "Reads from somewhere.\nA second paragraph in two lines.");
}

#[test]
fn values_are_read_with_their_defaults() {
    let given = ConfigMap::from([("url", "http://x"), ("password", "secret"), ("batch.size", " 7 ")]);
    let settings = Settings::parse(&given).unwrap();
    assert_eq!(
        settings,
        Settings {
            url: "http://x".into(),
            user: None,
            password: Some(Secret::new("secret")),
            batch_size: 7,
            kind: "line".into(),
            wait: Duration::from_millis(1500),
            topics: vec!["a".into(), "b".into()],
            port: 80,
            strict: false,
            ratio: 0.5,
            handler: "x.Y".into(),
        }
    );
    assert!(!format!("{settings:?}").contains("secret"), "{settings:?}");
}

#[test]
fn complaints_are_kafkas() {
    let complaint = |key: &str, value: &str| {
        let mut given = ConfigMap::from([("url", "x")]);
        given.insert(key, value);
        Settings::parse(&given).unwrap_err().message().to_owned()
    };
    assert_eq!(
        Settings::parse(&ConfigMap::new()).unwrap_err().message(),
        "Missing required configuration \"url\" which has no default value."
    );
    assert_eq!(complaint("url", ""), "Invalid value  for configuration url: String must be non-empty");
    assert_eq!(
        complaint("batch.size", "x"),
        "Invalid value x for configuration batch.size: Not a number of type INT"
    );
    assert_eq!(
        complaint("batch.size", "0"),
        "Invalid value 0 for configuration batch.size: Value must be at least 1"
    );
    assert_eq!(
        complaint("format", "xml"),
        "Invalid value xml for configuration format: String must be one of: line, json"
    );
    assert_eq!(
        complaint("port", "70000"),
        "Invalid value 70000 for configuration port: Value must be no more than 65535"
    );
}

#[test]
fn all_attributes_are_known_to_the_table() {
    // The derive refuses what it does not know; the table of `Config` lists what it knows.
    let table = include_str!("../src/settings.rs");
    for known in include_str!("../../sdk-macros/src/attributes.rs")
        .lines()
        .find_map(|line| line.strip_prefix("const KNOWN: &str = \""))
        .or_else(|| include_str!("../../sdk-macros/src/attributes.rs").split("const KNOWN: &str =").nth(1))
        .and_then(|rest| rest.trim_start_matches(['\n', ' ', '"']).split('"').next())
        .expect("the list of attributes")
        .split(", ")
    {
        assert!(
            table.contains(&format!("| `{known}")) || table.contains(&format!("`{known} =")),
            "{known} is not in the table"
        );
    }
}
