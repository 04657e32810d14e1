//! What is wrong with a body, in Jackson's words and with Jackson's line and column.

/// A place in a body, both from 1; columns count bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) line: usize,
    pub(crate) column: usize,
}

impl std::fmt::Display for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "[Source: REDACTED (`StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION` disabled); line: {}, column: {}]",
            self.line, self.column
        )
    }
}

/// A body that cannot be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Fault {
    message: String,
    place: Place,
    /// The way to the bad part, from the outside.
    chain: Vec<String>,
    /// Whether the JSON itself is broken; else it only has the wrong shape.
    syntax: bool,
}

impl Fault {
    /// Not JSON (`JsonParseException`).
    pub(crate) fn syntax(message: impl Into<String>, place: Place) -> Box<Self> {
        Box::new(Self { message: message.into(), place, chain: Vec::new(), syntax: true })
    }
    /// JSON, but not what is wanted (`JsonMappingException`).
    pub(crate) fn shape(message: impl Into<String>, place: Place) -> Box<Self> {
        Box::new(Self { message: message.into(), place, chain: Vec::new(), syntax: false })
    }
    /// It happened inside this field of an object of this Java class.
    pub(crate) fn in_field(mut self: Box<Self>, class: &str, field: &str) -> Box<Self> {
        self.chain.insert(0, format!("{class}[\"{field}\"]"));
        self
    }
    /// It happened in this entry of a map. Jackson adds no entry to an error of syntax there.
    pub(crate) fn in_entry(self: Box<Self>, key: &str) -> Box<Self> {
        if self.syntax { self } else { self.in_field("java.util.LinkedHashMap", key) }
    }
    /// It happened in this item of a list.
    pub(crate) fn in_item(mut self: Box<Self>, index: usize) -> Box<Self> {
        self.chain.insert(0, format!("java.util.ArrayList[{index}]"));
        self
    }
}

impl std::fmt::Display for Fault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}\n at {}", self.message, self.place)?;
        if !self.chain.is_empty() {
            write!(f, " (through reference chain: {})", self.chain.join("->"))?;
        }
        Ok(())
    }
}
