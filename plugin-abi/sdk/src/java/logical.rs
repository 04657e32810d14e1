//! The rules of Connect's logical types (`Decimal`, `Date`, `Time`, `Timestamp` of its data package), for converters.

use ferry_plugin_abi::data::{DATE, DECIMAL, Schema, TIME, TIMESTAMP};

use crate::{Error, ErrorKind, Result};

const DAY: i64 = 86_400_000;

/// The logical types that converters treat specially.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Logical {
    /// BYTES with a scale.
    Decimal,
    /// INT32 days since the epoch.
    Date,
    /// INT32 milliseconds of the day.
    Time,
    /// INT64 milliseconds since the epoch.
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

    /// Its simple name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Decimal => "Decimal",
            Self::Date => "Date",
            Self::Time => "Time",
            Self::Timestamp => "Timestamp",
        }
    }

    /// The number that is written for the instant `millis` (`fromLogical`).
    ///
    /// # Errors
    /// A Date with a time, or a Time beyond a day.
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

    /// The instant in milliseconds that the number means (`toLogical`).
    ///
    /// # Errors
    /// A Time beyond a day.
    pub fn decode(self, number: i64) -> Result<i64> {
        match self {
            Self::Date => Ok(number.wrapping_mul(DAY)),
            Self::Time if !(0..=DAY).contains(&number) => Err(Error::data(
                "Time values must use number of milliseconds greater than 0 and less than 86400000",
            )),
            _ => Ok(number),
        }
    }
}

/// The scale of a Decimal schema (`Decimal.scale`).
///
/// # Errors
/// It has none, in the words and classes of the JVM.
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

/// `bytes` without what only repeats the sign (`BigInteger.toByteArray`); none are zero.
pub fn minimal(bytes: &[u8]) -> &[u8] {
    let mut bytes = bytes;
    while let [first, second, ..] = bytes {
        let repeats = (*first == 0 && *second < 0x80) || (*first == 0xff && *second >= 0x80);
        if !repeats {
            break;
        }
        bytes = &bytes[1..];
    }
    if bytes.is_empty() { &[0] } else { bytes }
}

/// That a Decimal has the scale of its schema (`Decimal.fromLogical`).
///
/// # Errors
/// It has another.
pub fn check_scale(schema: i32, value: i32) -> Result<()> {
    if schema == value {
        return Ok(());
    }
    Err(Error::data(format!(
        "Decimal value has mismatching scale for given Decimal schema. Schema has scale {schema}, value has scale {value}."
    )))
}
