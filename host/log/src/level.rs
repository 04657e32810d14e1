//! The levels of log4j2 (`org.apache.logging.log4j.Level`).

use tracing::level_filters::LevelFilter;

/// A level as operators name it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[allow(missing_docs)]
pub enum Level {
    Off,
    Fatal,
    Error,
    Warn,
    Info,
    Debug,
    Trace,
    All,
}

const NAMES: [(&str, Level); 8] = [
    ("OFF", Level::Off),
    ("FATAL", Level::Fatal),
    ("ERROR", Level::Error),
    ("WARN", Level::Warn),
    ("INFO", Level::Info),
    ("DEBUG", Level::Debug),
    ("TRACE", Level::Trace),
    ("ALL", Level::All),
];

impl Level {
    /// The level of this name, in any case and with blanks around it (`Level.getLevel`).
    pub fn of(name: &str) -> Option<Self> {
        let name = name.trim();
        NAMES.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, level)| *level)
    }

    /// Its name.
    pub fn name(self) -> &'static str {
        NAMES[self as usize].0
    }

    /// The events it lets pass. None of Ferry's is fatal: what ends a worker is an error.
    pub fn filter(self) -> LevelFilter {
        match self {
            Self::Off | Self::Fatal => LevelFilter::OFF,
            Self::Error => LevelFilter::ERROR,
            Self::Warn => LevelFilter::WARN,
            Self::Info => LevelFilter::INFO,
            Self::Debug => LevelFilter::DEBUG,
            Self::Trace | Self::All => LevelFilter::TRACE,
        }
    }
}

impl From<LevelFilter> for Level {
    fn from(filter: LevelFilter) -> Self {
        match filter {
            LevelFilter::OFF => Self::Off,
            LevelFilter::ERROR => Self::Error,
            LevelFilter::WARN => Self::Warn,
            LevelFilter::INFO => Self::Info,
            LevelFilter::DEBUG => Self::Debug,
            LevelFilter::TRACE => Self::Trace,
        }
    }
}

/// A filter as a number, for atomics.
pub(crate) fn number(filter: LevelFilter) -> u8 {
    Level::from(filter) as u8
}

/// The filter of a number.
pub(crate) fn filter(number: u8) -> LevelFilter {
    NAMES.get(usize::from(number)).map_or(LevelFilter::TRACE, |(_, level)| level.filter())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_are_named_as_in_log4j() {
        for (name, level) in NAMES {
            assert_eq!((level.name(), Level::of(&format!(" {} ", name.to_lowercase()))), (name, Some(level)));
            assert_eq!(filter(number(level.filter())), level.filter());
        }
        assert_eq!(["", "zzz", "INFOO"].map(Level::of), [None; 3]);
    }
}
