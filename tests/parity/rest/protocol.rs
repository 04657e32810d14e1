//! Requests that are odd in themselves: methods, types, paths, queries and the shapes of bodies.

use ferry_tests::Request;

use super::{Step, bare, step};

/// All endpoints of a standalone worker but `/admin/loggers`, about things that are not there.
const PATHS: &[&str] = &[
    "/",
    "/health",
    "/connectors",
    "/connectors/x",
    "/connectors/x/config",
    "/connectors/x/status",
    "/connectors/x/tasks",
    "/connectors/x/tasks/0/status",
    "/connectors/x/tasks/0/restart",
    "/connectors/x/restart",
    "/connectors/x/pause",
    "/connectors/x/resume",
    "/connectors/x/stop",
    "/connectors/x/topics",
    "/connectors/x/topics/reset",
    "/connectors/x/offsets",
    "/connectors/x/fence",
    "/connector-plugins",
    "/connector-plugins/x/config",
    "/connector-plugins/x/config/validate",
];

/// Those that read a body.
const WITH_BODY: &[(&str, &str)] = &[
    ("POST", "/connectors"),
    ("PUT", "/connectors/x/config"),
    ("PATCH", "/connectors/x/config"),
    ("POST", "/connectors/x/tasks"),
    ("PATCH", "/connectors/x/offsets"),
    ("PUT", "/connector-plugins/x/config/validate"),
];

/// Requests in order; none of them makes a connector.
pub fn table() -> Vec<Step> {
    [methods(), sent_types(), wanted_types(), paths(), queries(), bodies()].into_iter().flatten().collect()
}

/// Every method on every endpoint, without a body.
fn methods() -> Vec<Step> {
    let methods = ["GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE", "TRACE", "BREW", "get"];
    PATHS.iter().flat_map(|path| methods.map(|method| bare(method, path))).collect()
}

/// Bodies of all kinds of types, also where none is read.
fn sent_types() -> Vec<Step> {
    let types = [
        "application/json;charset=ISO-8859-1",
        "APPLICATION/JSON",
        "application/json;",
        "application/json; charset=nope",
        "application/vnd.api+json",
        "application/*",
        "*/*",
        "text/plain",
        "text/json",
        "json",
        "application/",
        "/json",
        "application/json, text/plain",
        "application/json text/plain",
        "multipart/form-data; boundary=x",
        "",
    ];
    let readers = WITH_BODY.iter().flat_map(|(method, path)| {
        types.map(|kind| step(Request::new(method, path).body("[[").header("Content-Type", kind)))
    });
    let others = [
        ("GET", "/"),
        ("GET", "/connectors"),
        ("GET", "/connectors/x"),
        ("DELETE", "/connectors/x"),
        ("PUT", "/connectors/x/pause"),
        ("PUT", "/connectors/x/fence"),
        ("PUT", "/connectors"),
        ("POST", "/nope"),
        ("OPTIONS", "/connectors"),
        ("POST", "/connectors/x/restart"),
        ("DELETE", "/connectors/x/offsets"),
    ];
    let others = others.into_iter().flat_map(|(method, path)| {
        ["text/plain", "application/json", "nope", "*/*"]
            .map(|kind| step(Request::new(method, path).body("x").header("Content-Type", kind)))
    });
    let bare = WITH_BODY.iter().map(|(method, path)| step(Request::new(method, path).body("[[")));
    readers.chain(others).chain(bare).collect()
}

/// What clients say they take.
fn wanted_types() -> Vec<Step> {
    let types = [
        "application/json",
        "application/json;q=0",
        "application/json;charset=utf-8",
        "application/*;q=0.2",
        "*/json",
        "*",
        "*/*",
        "text/html",
        "text/html;q=0.9,application/json;q=0.1",
        "application/xml, text/*",
        "nope",
        "application/",
        ";",
        ",",
        "application/json;q=x",
        "application/json;q=2",
        "",
    ];
    let paths = [
        ("GET", "/"),
        ("GET", "/health"),
        ("GET", "/connectors"),
        ("GET", "/connectors/x"),
        ("DELETE", "/connectors/x"),
        ("PUT", "/connectors/x/stop"),
        ("PUT", "/connectors/x/fence"),
        ("GET", "/nope"),
        ("OPTIONS", "/connectors"),
        ("HEAD", "/connector-plugins"),
    ];
    let all = paths
        .into_iter()
        .flat_map(|(method, path)| types.map(|kind| step(Request::new(method, path).header("Accept", kind))));
    all.collect()
}

/// Paths that need care.
fn paths() -> Vec<Step> {
    let paths = [
        "/connectors//",
        "/connectors/x//",
        "/connectors/x/status/",
        "//",
        "/Connectors",
        "/connectors/x/Status",
        "/connectors/%78/status",
        "/%63onnectors",
        "/connectors;a=b",
        "/connectors;a=b/x",
        "/connectors/x;a=b;c/config",
        "/connectors/;a=b/config",
        "/connectors/a%3Bb",
        "/connectors/a%3Fb",
        "/connectors/a%23b",
        "/connectors/a%2Fb",
        "/connectors/a%25b",
        "/connectors/a%5Cb",
        "/connectors/a%0Ab",
        "/connectors/a%7Fb",
        "/connectors/%20",
        "/connectors/%2E",
        "/connectors/..",
        "/connectors/../connectors",
        "/connectors/./x",
        "/connectors/x/../y",
        "/connectors/%C3%A9",
        "/connectors/e%CC%81",
        "/connectors/%F0%9F%98%80/tasks/0/status",
        "/connectors/%E2%82",
        "/connectors/%80",
        "/connectors/%",
        "/connectors/%4",
        "/connectors/a+b",
        "/connectors/a&b=c",
        "/connectors/a:b@c",
        "/connectors/a'b(c)*!$,=~",
        "/connectors/a|b",
        "/connectors/a\"b",
        "/connectors/a<b>",
        "/connectors/a{b}",
        "/connectors/a[b]",
        "/connectors/a^b`",
        "/connectors/x/tasks/00/status",
        "/connectors/x/tasks/+1/status",
        "/connectors/x/tasks/1.0/status",
        "/connectors/x/tasks/%31/status",
        "/connectors/x/tasks/ ",
        "/connectors/x/tasks/2147483647/status",
        "/connectors/x/tasks/2147483648/status",
        "/connectors/x/tasks/-2147483648/status",
        "/connectors/x/tasks/0x1/status",
        "/connectors/x/tasks/%D9%A1/status",
        "/connector-plugins/a%2Fb/config",
        "/connector-plugins/%20/config",
        "/connector-plugins/a.b$C/config",
    ];
    let mut all: Vec<Step> =
        paths.into_iter().filter(|path| !path.contains("tasks/ ")).map(|path| bare("GET", path)).collect();
    for task in ["00", "+1", "1.0", "2147483648", "-1", "x"] {
        all.push(bare("POST", &format!("/connectors/x/tasks/{task}/restart")));
    }
    all.push(bare("GET", &format!("/connectors/{}", "n".repeat(2000))));
    all
}

/// Queries that need care.
fn queries() -> Vec<Step> {
    let mut all = Vec::new();
    for query in [
        "?",
        "?&&",
        "?=",
        "?expand",
        "?expand=",
        "?expand=STATUS",
        "?expand=status,info",
        "?expand=%73tatus",
        "?Expand=status",
        "?expand=nope&expand=info",
        "?forward=true",
        "?a=%zz",
        "?a=%80",
        "?expand=%00",
        "?a;b=c",
    ] {
        all.push(bare("GET", &format!("/connectors{query}")));
    }
    for query in [
        "?connectorsOnly",
        "?connectorsOnly=",
        "?connectorsOnly=True",
        "?connectorsOnly=true&connectorsOnly=false",
        "?connectorsonly=false",
    ] {
        all.push(bare("GET", &format!("/connector-plugins{query}")));
    }
    for query in
        ["?version=", "?version=latest", "?version=LATEST", "?version=%28", "?version=9&version=latest"]
    {
        all.push(bare("GET", &format!("/connector-plugins/x/config{query}")));
    }
    for query in [
        "?includeTasks",
        "?includeTasks=1",
        "?includeTasks=yes&onlyFailed=TRUE",
        "?includeTasks=false&includeTasks=true",
        "?onlyFailed=false",
        "?forward=nope",
    ] {
        all.push(bare("POST", &format!("/connectors/x/restart{query}")));
    }
    for query in ["?forward=true", "?forward=false", "?forward="] {
        all.push(bare("PUT", &format!("/connectors/x/stop{query}")));
        all.push(bare("DELETE", &format!("/connectors/x{query}")));
    }
    all
}

/// Bodies of wrong shapes, at every endpoint that reads one; and where none is read.
fn bodies() -> Vec<Step> {
    let shapes = [
        "",
        " ",
        "null",
        "true",
        "1",
        "1e400",
        "\"x\"",
        "\"\"",
        "[]",
        "[null]",
        "[{}]",
        "[[]]",
        "[1]",
        "{}",
        "{\"a\":{}}",
        "{\"a\":[]}",
        "{\"a\":null}",
        "{\"a\":1,\"a\":\"2\"}",
        "{\"\":\"\"}",
        "{\"config\":{},\"name\":1}",
        "{\"config\":{},\"name\":null}",
        "{\"config\":{},\"name\":true,\"initial_state\":1}",
        "{\"offsets\":[{\"partition\":{\"a\":1}}]}",
        "{\"offsets\":[{\"partition\":[],\"offset\":{}}]}",
        "{\"offsets\":\"x\"}",
        "{\"offsets\":[null]}",
        "{",
        "{]",
        "[}",
        "{}{}",
        "{} ]",
        "nope",
        "tru",
        "NaN",
        "-",
        "01",
        "{a:1}",
        "{\"a\" 1}",
        "{\"a\":1,}",
        "// x\n{}",
        "\u{feff}{}",
        "{\"a\":\"\\x\"}",
        "{\"a\":\"\\ud800\"}",
        "{\"a\":\"\t\"}",
    ];
    let all = WITH_BODY
        .iter()
        .flat_map(|(method, path)| shapes.map(|body| step(Request::new(method, path).json(body))));
    let unread = [
        ("PUT", "/connectors/x/pause"),
        ("PUT", "/connectors/x/fence"),
        ("POST", "/connectors/x/restart"),
        ("DELETE", "/connectors/x"),
        ("GET", "/connectors"),
    ];
    let unread = unread.into_iter().flat_map(|(method, path)| {
        ["{", "{\"a\":1}"].map(|body| step(Request::new(method, path).json(body)))
    });
    all.chain(unread).collect()
}
