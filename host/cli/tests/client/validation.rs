//! validate and dry runs.

use crate::{Fake, Files, json, run};

const INFOS: &str = r#"{"name":"X","error_count":3,"groups":[],"configs":[
 {"definition":{},"value":{"name":"connector.class","value":"X","recommended_values":[],"errors":[],"visible":true}},
 {"definition":{},"value":{"name":"tasks.max","value":null,"recommended_values":[],"errors":["Invalid value x for configuration tasks.max: Not a number of type INT","Invalid value null for configuration tasks.max: Value must be non-null"],"visible":true}},
 {"definition":{},"value":{"name":"mode","value":"fast","recommended_values":["slow","slower"],"errors":["Invalid value fast for configuration mode"],"visible":true}},
 {"definition":{},"value":{"name":"db.password","value":"hunter2","recommended_values":[],"errors":["too short"],"visible":true}}]}"#;
const GOOD: &str = r#"{"name":"X","error_count":0,"groups":[],"configs":[{"value":{"name":"connector.class","value":"X","errors":[]}}]}"#;

#[test]
fn validates() {
    let files = Files::new(&[
        ("bad.json", r#"{"name":"bad","connector.class":"X","tasks.max":"x"}"#),
        ("no.json", r#"{"name":"no"}"#),
    ]);
    let worker = Fake::new(&[(
        "PUT /connector-plugins/X/config/validate",
        &[json(200, INFOS), json(200, INFOS), json(200, GOOD), json(200, GOOD)],
    )]);
    let bad = files.path("bad.json");
    let shown = [
        run(&worker, &["connectors", "validate", &bad]),
        run(&worker, &["connectors", "validate", &bad, "--json"]),
        run(&worker, &["connectors", "validate", &bad, "--all"]),
        run(&worker, &["connectors", "validate", &bad, "--dry-run"]),
        run(&worker, &["connectors", "validate", &files.path("no.json")]),
    ];
    insta::assert_snapshot!(files.plain(&shown.join("\n")));
}

#[test]
fn tries() {
    let ok = format!(
        r#"{{"name":"X","ok":true,"validation":{GOOD},"steps":[{{"step":"validate","ok":true}},{{"step":"poll","ok":true,"message":"1 record"}}],"record":{{"topic":"t","value":"v"}}}}"#
    );
    let failed = format!(
        r#"{{"name":"X","ok":false,"validation":{GOOD},"steps":[{{"step":"validate","ok":true}},{{"step":"start","ok":false,"message":"no such file\n/in"}},{{"step":"converter","ok":false,"message":"no JSON","setting":"value.converter","class":"x.JsonConverter"}}]}}"#
    );
    let wrong = format!(
        r#"{{"name":"X","ok":false,"validation":{INFOS},"steps":[{{"step":"validate","ok":false,"message":"3 errors"}}]}}"#
    );
    let files = Files::new(&[("x.json", r#"{"name":"x","connector.class":"X"}"#)]);
    let worker = Fake::new(&[(
        "PUT /connector-plugins/X/config/dry-run",
        &[json(200, &ok), json(200, &failed), json(200, &wrong), json(200, &ok)],
    )]);
    let path = files.path("x.json");
    let shown = [
        run(&worker, &["connectors", "create", &path, "--dry-run"]),
        run(&worker, &["connectors", "validate", &path, "--dry-run"]),
        run(&worker, &["connectors", "validate", &path, "--dry-run"]),
        run(&worker, &["connectors", "create", &path, "--dry-run", "--json"]),
    ];
    insta::assert_snapshot!(files.plain(&shown.join("\n")) + &worker.changes());
}
