//! `access.control.allow.*`: which pages of other origins may ask (Jetty's `CrossOriginHandler`).

use crate::error::{ConfigError, Result};
use crate::pattern::WholeMatch;

/// Cross-origin settings.
#[derive(Debug, Clone)]
pub struct Cors {
    /// `None`: any origin.
    origins: Option<Vec<WholeMatch>>,
    /// As `Access-Control-Allow-Methods` has them.
    pub methods: String,
}

impl Cors {
    /// `None` where no origin is allowed.
    pub(super) fn new(origins: &str, methods: &str) -> Result<Option<Self>> {
        if origins.trim().is_empty() {
            return Ok(None);
        }
        let origins: Vec<&str> = origins.split(',').map(str::trim).filter(|o| !o.is_empty()).collect();
        let methods = if methods.trim().is_empty() { "GET,POST,HEAD" } else { methods.trim() };
        let pattern = |origin: &&str| {
            WholeMatch::new(&format!("(?i){origin}"))
                .map_err(|error| ConfigError::invalid("access.control.allow.origin", origin, error))
        };
        let origins = match origins.contains(&"*") {
            true => None,
            false => Some(origins.iter().map(pattern).collect::<Result<_>>()?),
        };
        Ok(Some(Self { origins, methods: methods.to_owned() }))
    }

    /// Whether one of the origins in a request's `Origin` is allowed.
    pub fn allows(&self, origin: &str) -> bool {
        let Some(patterns) = &self.origins else { return true };
        let mut asked = origin.split(' ').map(str::trim).filter(|origin| !origin.is_empty());
        asked.any(|origin| patterns.iter().any(|pattern| pattern.matches(origin)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn origins_are_patterns_in_any_case() {
        let cors = Cors::new(r"https?://[^.]+\.example\.org , http://a", " ").unwrap().unwrap();
        let asked = [
            "https://b.Example.org",
            "http://a",
            "http://c http://a",
            "http://ab",
            "http://bexample.org",
            "",
        ];
        assert_eq!(asked.map(|origin| cors.allows(origin)), [true, true, true, false, false, false]);
        assert_eq!(cors.methods, "GET,POST,HEAD");
        let any = Cors::new("http://x,*", "PUT, DELETE").unwrap().unwrap();
        assert!(any.allows("null"));
        assert_eq!(any.methods, "PUT, DELETE");
        assert!(Cors::new(" ", "GET").unwrap().is_none());
        let refused = Cors::new("*.example.org", "").unwrap_err().to_string();
        assert!(
            refused
                .starts_with("Invalid value *.example.org for configuration access.control.allow.origin: ")
        );
    }
}
