//! The forms that a timestamp can have (`TimestampTranslator`).

use ferry_sdk::data::java::class_name;
use ferry_sdk::data::{
    Arena, DATE, Schema, SchemaBuilder, SchemaRef, SchemaType, TIME, TIMESTAMP, ValueRef, View,
};
use ferry_sdk::java::SimpleDateFormat;
use ferry_sdk::{Error, Result};

use crate::schema::shown;

const MILLIS_PER_DAY: i64 = 86_400_000;

/// One form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Text in the user's format.
    Text,
    /// Time since the epoch.
    Unix,
    Date,
    Time,
    Timestamp,
}

/// What a unix time counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Precision {
    Seconds,
    #[default]
    Milliseconds,
    Microseconds,
    Nanoseconds,
}

impl Precision {
    /// The precision of that name.
    pub fn named(name: &str) -> Self {
        match name {
            "seconds" => Self::Seconds,
            "microseconds" => Self::Microseconds,
            "nanoseconds" => Self::Nanoseconds,
            _ => Self::Milliseconds,
        }
    }
    /// As `TimeUnit.toMillis`: what is too large stays at the end of the range.
    fn to_millis(self, time: i64) -> i64 {
        match self {
            Self::Seconds => time.saturating_mul(1000),
            Self::Milliseconds => time,
            Self::Microseconds => time / 1000,
            Self::Nanoseconds => time / 1_000_000,
        }
    }
    fn of_millis(self, millis: i64) -> i64 {
        match self {
            Self::Seconds => millis / 1000,
            Self::Milliseconds => millis,
            Self::Microseconds => millis.saturating_mul(1000),
            Self::Nanoseconds => millis.saturating_mul(1_000_000),
        }
    }
}

/// How texts and unix times are written.
#[derive(Default)]
pub struct Forms {
    /// None was given.
    pub format: Option<SimpleDateFormat>,
    pub precision: Precision,
}

impl Kind {
    /// The value of `target.type`.
    pub fn named(name: &str) -> Option<Self> {
        let names = [
            ("string", Self::Text),
            ("unix", Self::Unix),
            ("Date", Self::Date),
            ("Time", Self::Time),
            ("Timestamp", Self::Timestamp),
        ];
        names.into_iter().find(|(n, _)| *n == name).map(|(_, kind)| kind)
    }

    /// The form of values of `schema`.
    pub fn of_schema(schema: &Schema) -> Result<Self> {
        match (schema.name(), schema.kind()) {
            (Some(TIMESTAMP), _) => Ok(Self::Timestamp),
            (Some(DATE), _) => Ok(Self::Date),
            (Some(TIME), _) => Ok(Self::Time),
            (_, SchemaType::String) => Ok(Self::Text),
            (_, SchemaType::Int64) => Ok(Self::Unix),
            _ => Err(Error::fatal(format!(
                "Schema {} does not correspond to a known timestamp type format",
                shown(schema)
            ))),
        }
    }

    /// The form of a value without a schema; not null.
    pub fn of_value(value: ValueRef<'_>) -> Result<Self> {
        match value.view() {
            View::Instant(_) => Ok(Self::Timestamp),
            View::Int64(_) => Ok(Self::Unix),
            View::Str(_) => Ok(Self::Text),
            _ => Err(Error::data(format!(
                "TimestampConverter does not support class {} objects as timestamps",
                class_name(value)
            ))),
        }
    }

    /// The schema of this form.
    pub fn schema(self, optional: bool) -> SchemaRef {
        let builder = match self {
            Self::Text => SchemaBuilder::new(SchemaType::String),
            Self::Unix => SchemaBuilder::new(SchemaType::Int64),
            Self::Date => SchemaBuilder::date(),
            Self::Time => SchemaBuilder::time(),
            Self::Timestamp => SchemaBuilder::timestamp(),
        };
        builder.set_optional(optional).build()
    }

    /// Milliseconds since the epoch of a value in this form.
    pub fn read(self, forms: &Forms, value: ValueRef<'_>) -> Result<i64> {
        match (self, value.view()) {
            (Self::Text, View::Str(text)) => parse(forms, text),
            (Self::Unix, View::Int64(time)) => Ok(forms.precision.to_millis(time)),
            (Self::Date | Self::Time | Self::Timestamp, View::Instant(millis)) => Ok(millis),
            _ => Err(Error::data(format!(
                "Expected {}, but found class {}",
                match self {
                    Self::Text => "string timestamp to be a String",
                    Self::Unix => "Unix timestamp to be a Long",
                    Self::Date => "Date to be a java.util.Date",
                    Self::Time => "Time to be a java.util.Date",
                    Self::Timestamp => "Timestamp to be a java.util.Date",
                },
                class_name(value)
            ))),
        }
    }

    /// The moment in this form. `text` is memory for texts.
    pub fn write<'a>(self, forms: &Forms, millis: i64, arena: &'a Arena, text: &mut String) -> ValueRef<'a> {
        match self {
            Self::Text => {
                text.clear();
                // A text is not asked for without a format: the configuration is refused.
                if let Some(format) = &forms.format {
                    format.append(millis, text);
                }
                ValueRef::str(arena.str(text))
            }
            Self::Unix => ValueRef::int64(forms.precision.of_millis(millis)),
            Self::Date => ValueRef::instant(millis.wrapping_sub(millis.rem_euclid(MILLIS_PER_DAY))),
            Self::Time => ValueRef::instant(millis.rem_euclid(MILLIS_PER_DAY)),
            Self::Timestamp => ValueRef::instant(millis),
        }
    }
}

fn parse(forms: &Forms, text: &str) -> Result<i64> {
    let Some(format) = &forms.format else {
        // The JVM fails like this where a text comes in and no format was given.
        return Err(Error::data(
            "Cannot invoke \"java.text.SimpleDateFormat.parse(String)\" because \"config.format\" is null",
        )
        .class("java.lang.NullPointerException"));
    };
    format.parse(text).ok_or_else(|| {
        Error::data(format!(
            "Could not parse timestamp: value ({text}) does not match pattern ({})",
            format.pattern()
        ))
        .caused_by(Error::data(format!("Unparseable date: \"{text}\"")).class("java.text.ParseException"))
    })
}
