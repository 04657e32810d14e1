//! Entity tags: what has not changed is not sent again, and nobody overwrites what he has not seen.

use ferry_tests::{Answer, Request, Worker};
use serde_json::json;

use super::Served;

fn tag(answer: &Answer) -> String {
    answer
        .header("etag")
        .unwrap_or_else(|| panic!("{} has no ETag: {}", answer.status, answer.body))
        .to_owned()
}

#[test]
fn what_has_not_changed_is_not_sent_again() {
    let served = Served::start("etag-read");
    let rest = served.worker.rest();
    rest.create("a", served.source());
    for path in ["/connectors/a", "/connectors/a/config"] {
        let first = rest.get(path).expect(200);
        for method in ["GET", "HEAD"] {
            let again = rest.send(&Request::new(method, path).header("If-None-Match", &tag(&first)));
            assert_eq!(
                (again.status, again.body.as_str(), tag(&again)),
                (304, "", tag(&first)),
                "{method} {path}"
            );
            let other = rest.send(&Request::new(method, path).header("If-None-Match", "\"other\""));
            assert_eq!((other.status, tag(&other)), (200, tag(&first)), "{method} {path}");
        }
        let put =
            rest.send(&Request::new("PATCH", "/connectors/a/config").json(&json!({"x": path}).to_string()));
        assert_eq!(tag(&put.expect(200)), tag(&rest.get("/connectors/a/config")));
        let changed = rest.send(&Request::new("GET", path).header("If-None-Match", &tag(&first)));
        assert_eq!(changed.status, 200);
        assert_ne!(tag(&changed), tag(&first));
    }
}

#[test]
fn nobody_overwrites_what_he_has_not_seen() {
    let served = Served::start("etag-write");
    let rest = served.worker.rest();
    let path = "/connectors/a/config";
    let put = |name: &str, value: &str, more: &str| {
        let mut config = served.source();
        config["x"] = json!(more);
        rest.send(&Request::new("PUT", path).json(&config.to_string()).header(name, value))
    };
    let said = |answer: &Answer| answer.json()["message"].as_str().unwrap_or_default().to_owned();

    let absent = put("If-Match", "*", "0");
    assert_eq!(
        (absent.status, said(&absent).as_str()),
        (412, "Connector a does not exist, and If-Match says that it must")
    );
    let first = put("If-None-Match", "*", "1").expect(201);
    let there = put("If-None-Match", "*", "2");
    assert_eq!(
        (there.status, said(&there).as_str()),
        (412, "Connector a exists, and If-None-Match says that it must not")
    );

    let second = put("If-Match", &tag(&first), "2").expect(200);
    let late = put("If-Match", &tag(&first), "3");
    let sentence = format!(
        "The configuration of connector a is another one by now: its ETag is {}. Read it again, and repeat the change",
        tag(&second)
    );
    assert_eq!((late.status, late.json()), (412, json!({"error_code": 412, "message": sentence})));

    let patch =
        |value: &str| rest.send(&Request::new("PATCH", path).json(r#"{"x":"4"}"#).header("If-Match", value));
    assert_eq!(patch(&tag(&first)).status, 412);
    let third = patch(&tag(&second)).expect(200);
    let delete = |value: &str| rest.send(&Request::new("DELETE", "/connectors/a").header("If-Match", value));
    assert_eq!(delete(&tag(&second)).status, 412);
    assert_eq!(rest.get(path).json()["x"], "4");
    // The tag of the connector names its configuration as well.
    let whole = tag(&rest.get("/connectors/a"));
    assert_ne!(whole, tag(&third));
    assert_eq!(delete(&whole).status, 204);
    assert_eq!(rest.get("/connectors/a").status, 404);
}
