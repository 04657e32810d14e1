//! `DropHeaders`: headers taken off by name.

use ferry_sdk::Result;
use ferry_sdk::api::{Outcome, Transform};
use ferry_sdk::config::{Config, ConfigDef, ConfigMap};
use ferry_sdk::data::{Arena, Header, Record};

use crate::buffer::Buffer;
use crate::keys;

/// What it accepts.
pub fn config_def() -> ConfigDef {
    ConfigDef::new().define(keys::names("headers", "The name of the headers to be removed."))
}

/// `org.apache.kafka.connect.transforms.DropHeaders`
#[derive(Default)]
pub struct DropHeaders {
    names: Vec<String>,
    buffer: Buffer<Header<'static>>,
}

impl Transform for DropHeaders {
    fn configure(&mut self, config: &ConfigMap) -> Result<()> {
        self.names = Config::parse(&config_def(), config)?.list("headers").unwrap_or_default();
        Ok(())
    }

    fn apply<'a>(&mut self, record: &mut Record<'a>, arena: &'a Arena) -> Result<Outcome> {
        let dropped = |header: &Header<'_>| self.names.iter().any(|name| name == header.key());
        if record.headers().iter().any(dropped) {
            let mut kept = self.buffer.take();
            kept.extend(record.headers().iter().filter(|header| !dropped(header)));
            record.set_headers(arena.headers(&kept));
            self.buffer.give(kept);
        }
        Ok(Outcome::Keep)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ferry_sdk::data::{Scratch, ValueRef};

    #[test]
    fn all_headers_of_the_names_go() {
        let mut transform = DropHeaders::default();
        transform.configure(&ConfigMap::from([("headers", "a, b ,a")])).unwrap();
        let scratch = Scratch::new();
        let headers = ["a", "c", "b", "a", "d", "c"].map(|name| Header::new(name, None, ValueRef::NULL));
        let mut record = Record::to("t").with_headers(scratch.arena().headers(&headers));
        assert_eq!(transform.apply(&mut record, scratch.arena()), Ok(Outcome::Keep));
        assert_eq!(record.headers().iter().map(Header::key).collect::<Vec<_>>(), ["c", "d", "c"]);
    }

    #[test]
    fn a_record_without_them_keeps_its_headers_where_they_are() {
        let mut transform = DropHeaders::default();
        transform.configure(&ConfigMap::from([("headers", "x")])).unwrap();
        let scratch = Scratch::new();
        let headers = scratch.arena().headers(&[Header::new("a", None, ValueRef::NULL)]);
        let mut record = Record::to("t").with_headers(headers);
        assert_eq!(transform.apply(&mut record, scratch.arena()), Ok(Outcome::Keep));
        assert!(std::ptr::eq(record.headers(), headers));
    }

    #[test]
    fn wants_a_name() {
        let complaint = |headers| {
            DropHeaders::default()
                .configure(&ConfigMap::from([("headers", headers)]))
                .unwrap_err()
                .message()
                .to_owned()
        };
        assert_eq!(
            complaint(""),
            "Configuration 'headers' must not be empty. Valid values include: any non-empty value"
        );
        assert_eq!(complaint("a,,b"), "Configuration 'headers' values must not be empty.");
    }
}
