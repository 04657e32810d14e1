//! `JsonConverter`: JSON with its schema in an envelope, or without.
//!
//! Both directions are one pass between the record and the bytes. The envelope of a schema is
//! written once and kept ([`envelope`]); a message that begins with the bytes of the last envelope
//! is read without looking at its schema again ([`known`]).

mod coerce;
mod config;
mod encoding;
mod envelope;
mod escape;
mod known;
mod read;
mod scan;
mod schema;
mod write;

pub use config::config_def;

use ferry_sdk::Result;
use ferry_sdk::api::{Converter, Role};
use ferry_sdk::config::ConfigMap;
use ferry_sdk::data::{Arena, Schema, ValueRef};

use config::Settings;
use envelope::Envelopes;
use known::Known;

/// `org.apache.kafka.connect.json.JsonConverter`
#[derive(Debug, Default)]
pub struct JsonConverter {
    settings: Settings,
    written: Envelopes,
    read: Known,
}

impl Converter for JsonConverter {
    fn configure(&mut self, config: &ConfigMap, role: Role) -> Result<()> {
        self.settings = Settings::parse(config, role)?;
        self.written = Envelopes::new(self.settings.cache_size);
        self.read = Known::new(&self.settings)?;
        Ok(())
    }

    fn from_connect(
        &mut self,
        _: &str,
        schema: Option<&Schema>,
        value: ValueRef<'_>,
        out: &mut Vec<u8>,
    ) -> Result<bool> {
        if schema.is_none() && value.is_null() {
            return Ok(false);
        }
        let start = out.len();
        let done = if self.settings.schemas {
            self.written.write(&self.settings, schema, value, out)
        } else {
            write::value(&self.settings, schema, value, out)
        };
        if done.is_err() {
            out.truncate(start);
        }
        done.map(|()| true)
    }

    fn to_connect<'a>(
        &mut self,
        _: &str,
        bytes: Option<&'a [u8]>,
        arena: &'a Arena,
    ) -> Result<(Option<&'a Schema>, ValueRef<'a>)> {
        match bytes {
            None => Ok((None, ValueRef::NULL)),
            Some(bytes) => self.read.read(&self.settings, bytes, arena),
        }
    }
}
