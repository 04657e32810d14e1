//! The description of the REST API as a page to read: one document, no scripts, nothing from elsewhere.

use std::fmt::Write;

use axum::http::StatusCode;
use ferry_runtime::herder::HerderError;
use serde_json::{Map, Value};

use crate::answer::{self, Reply};
use crate::api::Call;
use crate::openapi;

/// The type of the page.
pub(crate) const HTML: &str = "text/html; charset=utf-8";

const STYLE: &str = "\
:root{color-scheme:light dark;--line:#8884;--soft:#8882}
body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:auto;padding:1rem}
code,.method{font-family:ui-monospace,monospace}
h2{margin-top:2.5rem;border-bottom:1px solid var(--line)}
details{border:1px solid var(--line);border-radius:.4rem;margin:.5rem 0;padding:.4rem .8rem}
summary{cursor:pointer}
.method{display:inline-block;min-width:4.5rem;font-weight:bold}
table{border-collapse:collapse;margin:.5rem 0;width:100%}
td,th{border:1px solid var(--line);padding:.2rem .6rem;text-align:left;vertical-align:top}
th{background:var(--soft);font-weight:normal}";

pub(crate) async fn answer(call: Call) -> Result<Reply, HerderError> {
    Ok(answer::typed(StatusCode::OK, HTML, page(&openapi::of_listener(&call)).into_bytes()))
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value[key].as_str().unwrap_or_default()
}

fn entries(value: &Value) -> impl Iterator<Item = (&String, &Value)> {
    value.as_object().into_iter().flatten()
}

/// The page for an OpenAPI document.
fn page(document: &Value) -> String {
    let title = format!("{} {}", text(&document["info"], "title"), text(&document["info"], "version"));
    let title = escape(&title);
    let mut html = format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width\">\n<title>{title}</title>\n\
         <style>\n{STYLE}\n</style>\n</head>\n<body>\n<h1>{title}</h1>\n<p>{}</p>\n\
         <p>The same for programs: <a href=\"openapi.json\">openapi.json</a>.</p>\n",
        escape(text(&document["info"], "description"))
    );
    let mut last = "";
    for (path, item) in entries(&document["paths"]) {
        for (method, operation) in entries(item).filter(|(method, _)| *method != "parameters") {
            let tag = operation["tags"][0].as_str().unwrap_or_default();
            if tag != last {
                let _ = writeln!(html, "<h2>{}</h2>", escape(tag));
                last = tag;
            }
            html.push_str(&self::operation(path, method, operation, &item["parameters"]));
        }
    }
    html.push_str("<h2 id=\"responses\">What any endpoint may answer</h2>\n");
    html.push_str(&answers("answer", entries(&document["components"]["responses"])));
    html.push_str("<h2 id=\"schemas\">Entities</h2>\n");
    for (name, schema) in entries(&document["components"]["schemas"]) {
        let name = escape(name);
        let _ = write!(html, "<h3 id=\"{name}\"><code>{name}</code></h3>\n{}", entity(schema));
    }
    html.push_str("</body>\n</html>\n");
    html
}

fn operation(path: &str, method: &str, operation: &Value, shared: &Value) -> String {
    let mut html = format!(
        "<details id=\"{}\">\n<summary><span class=\"method\">{}</span> <code>{}</code> {}</summary>\n",
        escape(text(operation, "operationId")),
        escape(&method.to_uppercase()),
        escape(path),
        escape(text(operation, "summary"))
    );
    let parameters = [shared, &operation["parameters"]].into_iter().filter_map(Value::as_array).flatten();
    let rows: Vec<[String; 4]> = parameters
        .map(|one| {
            let name = format!("<code>{}</code>", escape(text(one, "name")));
            [name, escape(text(one, "in")), kind(&one["schema"]), escape(text(one, "description"))]
        })
        .collect();
    html.push_str(&table(["parameter", "in", "type", ""], &rows));
    for (media, body) in entries(&operation["requestBody"]["content"]) {
        let _ = writeln!(html, "<p>Body, <code>{}</code>: {}</p>", escape(media), kind(&body["schema"]));
    }
    let own = entries(&operation["responses"]).filter(|(_, response)| response["$ref"].is_null());
    html.push_str(&answers("status", own));
    html.push_str("</details>\n");
    html
}

/// Answers by their statuses or names.
fn answers<'a>(by: &str, answers: impl Iterator<Item = (&'a String, &'a Value)>) -> String {
    let row = |(name, response): (&String, &Value)| {
        let types = entries(&response["content"]).map(|(media, _)| format!("<code>{}</code>", escape(media)));
        let body = entries(&response["content"]).next().map(|(_, body)| kind(&body["schema"]));
        let types: Vec<String> = types.collect();
        [escape(name), escape(text(response, "description")), types.join("<br>"), body.unwrap_or_default()]
    };
    table([by, "", "type", "body"], &answers.map(row).collect::<Vec<_>>())
}

fn table(heads: [&str; 4], rows: &[[String; 4]]) -> String {
    if rows.is_empty() {
        return String::new();
    }
    let row = |cells: Vec<String>| format!("<tr>{}</tr>\n", cells.concat());
    let head = row(heads.iter().map(|head| format!("<th>{head}</th>")).collect());
    let body = rows.iter().map(|cells| row(cells.iter().map(|cell| format!("<td>{cell}</td>")).collect()));
    format!("<table>\n{head}{}</table>\n", body.collect::<String>())
}

fn entity(schema: &Value) -> String {
    let mut html = format!("<p>{}</p>\n", escape(text(schema, "description")));
    let required =
        |name: &str| schema["required"].as_array().is_some_and(|list| list.iter().any(|one| one == name));
    let rows: Vec<[String; 4]> = entries(&schema["properties"])
        .map(|(name, property)| {
            let always = if required(name) { "always" } else { "" };
            [
                format!("<code>{}</code>", escape(name)),
                kind(property),
                always.to_owned(),
                escape(text(property, "description")),
            ]
        })
        .collect();
    html.push_str(&table(["property", "type", "there", ""], &rows));
    if rows.is_empty() {
        let _ = writeln!(html, "<p>{}</p>", kind(schema));
    }
    html
}

/// What a schema is, in a few words; what has a name of its own is a link.
fn kind(schema: &Value) -> String {
    if let Some(name) = schema["$ref"].as_str().and_then(|link| link.rsplit('/').next()) {
        let name = escape(name);
        return format!("<a href=\"#{name}\">{name}</a>");
    }
    let choice = ["anyOf", "oneOf", "enum"].iter().find_map(|key| schema[*key].as_array());
    if let Some(list) = choice {
        let one = |one: &Value| match one {
            Value::Object(_) => kind(one),
            value => format!("<code>{}</code>", escape(&value.to_string())),
        };
        return list.iter().map(one).collect::<Vec<_>>().join(" or ");
    }
    if let Some(value) = schema.get("const") {
        return format!("<code>{}</code>", escape(&value.to_string()));
    }
    let names: Vec<&str> = match &schema["type"] {
        Value::Array(list) => list.iter().filter_map(Value::as_str).collect(),
        Value::String(name) => vec![name],
        _ => return "anything".to_owned(),
    };
    let one = |name: &str| match (name, &schema["items"], &schema["additionalProperties"]) {
        ("array", items, _) if !items.is_null() => format!("list of {}", kind(items)),
        ("object", _, Value::Object(values)) => {
            format!("object of {}", kind(&Value::Object(Map::clone(values))))
        }
        _ => escape(name),
    };
    names.into_iter().map(one).collect::<Vec<_>>().join(" or ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::routes::{self, Serves};

    #[test]
    fn the_page_shows_every_operation_and_leads_nowhere_else() {
        let html = page(&openapi::document(Serves::Everything, true, "<1>"));
        for operation in routes::all().flat_map(|route| route.operations) {
            let shown = html.contains(&format!("<details id=\"{}\">", operation.id));
            assert_eq!(shown, !operation.hidden, "{}", operation.id);
        }
        assert!(html.contains("&lt;1&gt;") && !html.contains("<1>"), "{html}");
        for outside in ["http:", "https:", "<script", "<link", "<img"] {
            assert!(!html.contains(outside), "{outside}: {html}");
        }
        // Every link leads to something.
        for link in html.split("href=\"#").skip(1).filter_map(|rest| rest.split('"').next()) {
            assert!(html.contains(&format!("id=\"{link}\"")), "#{link} leads nowhere");
        }
        for tag in ["details", "table", "tr", "td", "th", "summary", "code", "p"] {
            let (open, close) = (
                html.matches(&format!("<{tag}>")).count() + html.matches(&format!("<{tag} ")).count(),
                html.matches(&format!("</{tag}>")).count(),
            );
            assert_eq!(open, close, "{tag}");
        }
    }
}
