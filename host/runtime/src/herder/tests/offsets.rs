//! Offsets of a stopped source.

use serde_json::json;

use super::fakes::{Fake, source};
use super::shown;
use crate::herder::{ConnectorOffset, ConnectorOffsets, Herder, Write};

fn offsets(pairs: &[(&str, Option<i64>)]) -> ConnectorOffsets {
    let one = |(file, position): &(&str, Option<i64>)| ConnectorOffset {
        partition: json!({"filename": file}),
        offset: position.map_or(serde_json::Value::Null, |position| json!({"position": position})),
    };
    ConnectorOffsets { offsets: pairs.iter().map(one).collect() }
}

#[tokio::test]
async fn offsets_of_a_source_are_altered_and_reset() {
    let fake = Fake::new();
    let herder = &*fake.herder;
    herder.put_config("a", source("a", &[("alter", "yes")]), Write::Create(None)).await.unwrap();
    herder.stop("a").await.unwrap();
    let mut found = vec![shown(herder.offsets("a").await)];
    // Of a partition that is there twice the last one counts.
    let wanted = offsets(&[("x", Some(1)), ("y", Some(5)), ("x", Some(3))]);
    found.push(shown(herder.alter_offsets("a", wanted).await));
    found.push(shown(herder.offsets("a").await));
    found.push(shown(herder.alter_offsets("a", offsets(&[("y", None)])).await));
    found.push(shown(herder.offsets("a").await));
    found.push(shown(herder.reset_offsets("a").await));
    found.push(shown(herder.offsets("a").await));
    assert_eq!(
        found,
        [
            r#"{"offsets":[]}"#,
            r#"{"message":"The offsets for this connector have been altered successfully"}"#,
            r#"{"offsets":[{"partition":{"filename":"y"},"offset":{"position":5}},{"partition":{"filename":"x"},"offset":{"position":3}}]}"#,
            r#"{"message":"The offsets for this connector have been altered successfully"}"#,
            r#"{"offsets":[{"partition":{"filename":"x"},"offset":{"position":3}}]}"#,
            r#"{"message":"The offsets for this connector have been reset successfully"}"#,
            r#"{"offsets":[]}"#,
        ]
    );
}

#[tokio::test]
async fn a_connector_may_refuse_other_offsets() {
    let fake = Fake::new();
    let herder = &*fake.herder;
    let mut found = Vec::new();
    for (name, alter) in [("a", "no"), ("b", "bad"), ("c", "unknown")] {
        herder.put_config(name, source(name, &[("alter", alter)]), Write::Create(None)).await.unwrap();
        herder.stop(name).await.unwrap();
        found.push(shown(herder.alter_offsets(name, offsets(&[("x", Some(1))])).await));
    }
    assert_eq!(
        found,
        [
            r#"{"message":"The Connect framework-managed offsets for this connector have been altered successfully. However, if this connector manages offsets externally, they will need to be manually altered in the system that the connector uses."}"#,
            "500 position must be a number",
            "500 Failed to modify offsets for connector c because it doesn't support external modification of offsets",
        ]
    );
}
