//! Every way a body can be bad, with what the JVM worker (4.3.1) said of it.

use serde::Deserialize;

use super::{config, create, offsets};

#[derive(Deserialize)]
struct Case {
    kind: String,
    /// One character for each byte.
    body: String,
    message: String,
}

#[test]
fn says_of_bad_bodies_what_the_jvm_says() {
    let cases: Vec<Case> = serde_json::from_str(include_str!("../golden/bodies.json")).unwrap();
    let mut wrong = Vec::new();
    for Case { kind, body, message } in &cases {
        let bytes: Vec<u8> = body.chars().map(|c| u8::try_from(u32::from(c)).unwrap()).collect();
        let found = match kind.as_str() {
            "create" => create(&bytes).map(|_| ()),
            "config" => config(&bytes).map(|_| ()),
            _ => offsets(&bytes).map(|_| ()),
        };
        let found = match found {
            Ok(()) => "accepted".to_owned(),
            Err(error) => format!("{} {}", error.status, error.message),
        };
        if found != format!("500 {message}") {
            wrong.push(format!("{kind} {body:?}\n  jvm   {message}\n  ferry {found}"));
        }
    }
    assert!(wrong.is_empty(), "{} of {} differ\n{}", wrong.len(), cases.len(), wrong.join("\n"));
}

#[test]
fn reads_good_bodies() {
    let found = create(br#"{"name":" a ","config":{"x":1.50,"y":true,"z":null,"x":"2","\u00e9":"\ud83d\ude00"},"initial_state":"paused"}"#);
    let found = found.unwrap();
    let config = found.config.unwrap();
    let entries: Vec<_> = config.config.iter().collect();
    assert_eq!(entries, [("x", "2"), ("y", "true"), ("é", "😀")]);
    assert_eq!((config.nulls, found.name.as_deref()), (vec!["z".to_owned()], Some(" a ")));
    let offsets =
        offsets(br#"{"offsets":[{"partition":{"f":"x"},"offset":{"p":12,"q":[1.5,{}]}},{"partition":{}}]}"#);
    let text = serde_json::to_string(&offsets.unwrap()).unwrap();
    assert_eq!(
        text,
        r#"{"offsets":[{"partition":{"f":"x"},"offset":{"p":12,"q":[1.5,{}]}},{"partition":{},"offset":null}]}"#
    );
}
