//! Texts with every value in its place: JSON and YAML become one kind of tree.

pub mod json;
pub mod yaml;

use std::fmt;

use ferry_config::properties::{Place, Span};

/// A value and where it stands.
#[derive(Debug, Clone, PartialEq)]
pub struct Node {
    /// Where.
    pub at: Span,
    /// What.
    pub kind: Kind,
}

/// What a [`Node`] is.
#[derive(Debug, Clone, PartialEq)]
pub enum Kind {
    /// `null`
    Null,
    /// `true` or `false`
    Bool(bool),
    /// A number as it is written.
    Number(String),
    /// A string.
    Text(String),
    /// An array.
    List(Vec<Node>),
    /// An object in its order; a name may be there more than once.
    Map(Vec<(Key, Node)>),
}

/// A name in an object.
#[derive(Debug, Clone, PartialEq)]
pub struct Key {
    /// Where it stands.
    pub at: Span,
    /// The name.
    pub text: String,
}

/// Why a text cannot be read, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// Where.
    pub at: Place,
    /// What is wrong, as a sentence that begins in lower case.
    pub why: String,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} (line {}, column {})", self.why, self.at.line, self.at.column)
    }
}

impl Node {
    /// What it is, for messages: with its article.
    pub fn noun(&self) -> &'static str {
        match self.kind {
            Kind::Null => "null",
            Kind::Bool(_) => "a boolean",
            Kind::Number(_) => "a number",
            Kind::Text(_) => "a string",
            Kind::List(_) => "a list",
            Kind::Map(_) => "a map",
        }
    }

    /// The entries, if it is a map.
    pub fn entries(&self) -> Option<&[(Key, Node)]> {
        match &self.kind {
            Kind::Map(entries) => Some(entries),
            _ => None,
        }
    }

    /// What stands under `name`, if it is a map; of several the last, as everybody reads JSON.
    pub fn get(&self, name: &str) -> Option<&Node> {
        self.entries()?.iter().rev().find(|(key, _)| key.text == name).map(|(_, node)| node)
    }

    /// A setting's text as Jackson reads a scalar into a string; `None` for null, a list or a map.
    pub fn scalar(&self) -> Option<String> {
        match &self.kind {
            Kind::Bool(value) => Some(value.to_string()),
            Kind::Number(text) | Kind::Text(text) => Some(text.clone()),
            Kind::Null | Kind::List(_) | Kind::Map(_) => None,
        }
    }

    /// The same as JSON, without places. Integers beyond 64 bits become floating-point numbers.
    pub fn to_json(&self) -> serde_json::Value {
        use serde_json::Value;
        match &self.kind {
            Kind::Null => Value::Null,
            Kind::Bool(value) => Value::Bool(*value),
            Kind::Number(text) => serde_json::from_str(text).unwrap_or_else(|_| Value::String(text.clone())),
            Kind::Text(text) => Value::String(text.clone()),
            Kind::List(items) => Value::Array(items.iter().map(Self::to_json).collect()),
            Kind::Map(entries) => {
                Value::Object(entries.iter().map(|(key, node)| (key.text.clone(), node.to_json())).collect())
            }
        }
    }
}
