//! The logical types' rules (`Decimal`, `Date`, `Time`, `Timestamp` of Connect's data package).

use ferry_sdk::data::{DATE, DECIMAL, Schema, TIME, TIMESTAMP};
use ferry_sdk::{Error, ErrorKind, Result};

pub const DAY: i64 = 86_400_000;

/// The logical types that converters treat specially.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Logical {
    Decimal,
    Date,
    Time,
    Timestamp,
}

impl Logical {
    /// Which one `schema` is, by its name alone.
    #[inline]
    pub fn of(schema: &Schema) -> Option<Self> {
        match schema.name()? {
            DECIMAL => Some(Self::Decimal),
            DATE => Some(Self::Date),
            TIME => Some(Self::Time),
            TIMESTAMP => Some(Self::Timestamp),
            _ => None,
        }
    }

    pub const fn name(self) -> &'static str {
        match self {
            Self::Decimal => "Decimal",
            Self::Date => "Date",
            Self::Time => "Time",
            Self::Timestamp => "Timestamp",
        }
    }

    /// The number that is written for the instant `millis`.
    pub fn encode(self, millis: i64) -> Result<i64> {
        match self {
            Self::Date if millis.rem_euclid(DAY) != 0 => Err(Error::data(
                "Kafka Connect Date type should not have any time fields set to non-zero values.",
            )),
            Self::Date => Ok(millis.div_euclid(DAY)),
            Self::Time if !(0..=DAY).contains(&millis) => Err(Error::data(
                "Kafka Connect Time type should not have any date fields set to non-zero values.",
            )),
            _ => Ok(millis),
        }
    }

    /// The instant that the number means.
    pub fn decode(self, number: i64) -> Result<i64> {
        match self {
            Self::Date => Ok(number * DAY),
            Self::Time if !(0..=DAY).contains(&number) => Err(Error::data(
                "Time values must use number of milliseconds greater than 0 and less than 86400000",
            )),
            _ => Ok(number),
        }
    }
}

/// The scale of a Decimal schema (`Decimal.scale`).
pub fn scale(schema: &Schema) -> Result<i32> {
    let Some(text) = schema.parameter("scale") else {
        return Err(match schema.parameters().len() {
            0 => Error::data(
                "Cannot invoke \"java.util.Map.get(Object)\" because the return value of \
                 \"org.apache.kafka.connect.data.Schema.parameters()\" is null",
            )
            .class("java.lang.NullPointerException"),
            _ => Error::data("Invalid Decimal schema: scale parameter not found."),
        });
    };
    text.parse().map_err(|_| {
        Error::data(format!("For input string: \"{text}\""))
            .class("java.lang.NumberFormatException")
            .context(ErrorKind::Data, "Invalid scale parameter found in Decimal schema: ")
    })
}
