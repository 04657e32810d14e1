//! What a JSON Schema is, told apart as Everit's loader does it: by `type`, by `enum`, `const`, `allOf`, `anyOf` and
//! `oneOf`, by keywords that only one type has; several of these at once are an `allOf`.

use serde_json::{Map, Value as Json};

/// A schema and the document it stands in.
#[derive(Clone, Copy)]
pub struct Node<'j> {
    /// The schema.
    pub json: &'j Json,
    /// Where its references lead.
    pub document: &'j Json,
}

/// What Everit would make of a schema.
pub enum Class<'j> {
    Boolean,
    Number {
        integer: bool,
    },
    Text,
    Null,
    Array,
    Object,
    Enum(Vec<&'j Json>),
    Combined {
        all: bool,
        members: Vec<Member<'j>>,
    },
    Reference(&'j str),
    /// Anything.
    Empty,
    Unsupported(&'static str),
}

/// A part of a combination: a whole schema, or one aspect of the schema it stands in.
pub enum Member<'j> {
    Whole(Node<'j>),
    Aspect(Class<'j>),
}

/// The word for a part of an `allOf`.
pub fn kind_of(class: &Class<'_>, json: &Json) -> &'static str {
    match class {
        Class::Enum(_) if json.get("enum").is_none() => "const",
        Class::Enum(_) => "enum",
        Class::Number { .. } => "number",
        Class::Text => "string",
        Class::Combined { .. } => "combined",
        Class::Reference(_) => "reference",
        _ => "other",
    }
}

/// Whether the object `json` must have the property `name`.
pub fn is_required(json: &Json, name: &str) -> bool {
    json["required"].as_array().is_some_and(|list| list.iter().any(|item| item == name))
}

/// Whether it permits null alone.
pub fn is_null(member: &Member<'_>) -> bool {
    match member {
        Member::Whole(node) => matches!(classify(*node), Class::Null),
        Member::Aspect(class) => matches!(class, Class::Null),
    }
}

const ARRAY_WORDS: [&str; 6] =
    ["items", "additionalItems", "minItems", "maxItems", "uniqueItems", "contains"];
const TEXT_WORDS: [&str; 4] = ["minLength", "maxLength", "pattern", "format"];
const NUMBER_WORDS: [&str; 5] = ["minimum", "maximum", "multipleOf", "exclusiveMinimum", "exclusiveMaximum"];
const OBJECT_WORDS: [&str; 8] = [
    "properties",
    "required",
    "minProperties",
    "maxProperties",
    "dependencies",
    "patternProperties",
    "propertyNames",
    "additionalProperties",
];

/// What Everit would make of `node`.
pub fn classify(node: Node<'_>) -> Class<'_> {
    let object = match node.json {
        Json::Bool(false) => return Class::Unsupported("FalseSchema"),
        Json::Object(object) => object,
        _ => return Class::Empty,
    };
    if let Some(Json::String(reference)) = object.get("$ref") {
        return Class::Reference(reference);
    }
    let mut aspects = Vec::new();
    if let Some(Json::Array(values)) = object.get("enum") {
        aspects.push(Class::Enum(values.iter().collect()));
    }
    for (word, all) in [("allOf", true), ("anyOf", false), ("oneOf", false)] {
        if let Some(Json::Array(list)) = object.get(word) {
            let whole = |json| Member::Whole(Node { json, ..node });
            aspects.push(Class::Combined { all, members: list.iter().map(whole).collect() });
        }
    }
    if object.contains_key("not") {
        aspects.push(Class::Unsupported("NotSchema"));
    }
    if let Some(value) = object.get("const") {
        aspects.push(Class::Enum(vec![value]));
    }
    if object.contains_key("if") {
        aspects.push(Class::Unsupported("ConditionalSchema"));
    }
    aspects.extend(typed(object));
    match aspects.len() {
        0 => Class::Empty,
        1 => aspects.remove(0),
        _ => Class::Combined { all: true, members: aspects.into_iter().map(Member::Aspect).collect() },
    }
}

/// What `type` says, or else the words that only one type has.
fn typed(object: &Map<String, Json>) -> Option<Class<'_>> {
    let named = |name: &str| match name {
        "string" => Class::Text,
        "integer" => Class::Number { integer: true },
        "number" => Class::Number { integer: false },
        "boolean" => Class::Boolean,
        "null" => Class::Null,
        "array" => Class::Array,
        "object" => Class::Object,
        _ => Class::Unsupported("Schema of an unknown type"),
    };
    match object.get("type") {
        Some(Json::String(name)) => return Some(named(name)),
        Some(Json::Array(names)) => {
            let members = names.iter().filter_map(Json::as_str).map(|name| Member::Aspect(named(name)));
            return Some(Class::Combined { all: false, members: members.collect() });
        }
        _ => {}
    }
    let has = |words: &[&str]| words.iter().any(|word| object.contains_key(*word));
    if has(&ARRAY_WORDS) {
        Some(Class::Array)
    } else if has(&TEXT_WORDS) {
        Some(Class::Text)
    } else if has(&NUMBER_WORDS) {
        Some(Class::Number { integer: false })
    } else if has(&OBJECT_WORDS) {
        Some(Class::Object)
    } else {
        None
    }
}
