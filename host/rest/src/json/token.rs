//! The tokens of JSON, with Jackson's names for them.

use super::fault::Fault;

/// One token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Token {
    StartObject,
    EndObject,
    StartArray,
    EndArray,
    Field(String),
    /// Jackson reads the characters of a string only when they are wanted, so a fault in them shows then.
    Text(Result<String, Box<Fault>>),
    /// As written.
    Integer(String),
    /// As written.
    Float(String),
    True,
    False,
    Null,
}

impl Token {
    /// The constant of `JsonToken`.
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::StartObject => "START_OBJECT",
            Self::EndObject => "END_OBJECT",
            Self::StartArray => "START_ARRAY",
            Self::EndArray => "END_ARRAY",
            Self::Field(_) => "FIELD_NAME",
            Self::Text(_) => "VALUE_STRING",
            Self::Integer(_) => "VALUE_NUMBER_INT",
            Self::Float(_) => "VALUE_NUMBER_FLOAT",
            Self::True => "VALUE_TRUE",
            Self::False => "VALUE_FALSE",
            Self::Null => "VALUE_NULL",
        }
    }

    /// What an error message calls the value that begins with it.
    pub(crate) fn kind(&self) -> &'static str {
        match self {
            Self::StartObject | Self::EndObject | Self::Field(_) => "Object value",
            Self::StartArray | Self::EndArray => "Array value",
            Self::Text(_) => "String value",
            Self::Integer(_) => "Integer value",
            Self::Float(_) => "Floating-point value",
            Self::True | Self::False => "Boolean value",
            Self::Null => "Null value",
        }
    }
}
