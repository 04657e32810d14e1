//! Where source offsets are kept (`OffsetBackingStore` with its reader and writer).

use std::path::Path;
use std::sync::Mutex;

use base64::prelude::{BASE64_STANDARD, Engine};
use ferry_plugin_abi::data::Value;
use ferry_plugin_abi::{Error, Result};
use serde_json::{Map, Value as Json};

use super::{FileOffsetStore, offset_key, offset_value};
use crate::executor::lock;

/// Source offsets by connector and source partition. Shared by all tasks.
pub trait OffsetStore: Send + Sync {
    /// The stored offset of each partition.
    fn get(&self, connector: &str, partitions: &[Value]) -> Result<Vec<Option<Value>>>;
    /// Stores offsets, `None` removes one. When it returns they survive the process.
    fn put(&self, connector: &str, offsets: &[(Value, Option<Value>)]) -> Result<()>;
    /// Every partition of `connector` with its offset.
    fn all(&self, connector: &str) -> Result<Vec<(Value, Value)>>;
}

/// Has no offsets and takes none: there is nothing behind it.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoOffsets;

impl OffsetStore for NoOffsets {
    fn get(&self, _connector: &str, partitions: &[Value]) -> Result<Vec<Option<Value>>> {
        Ok(vec![None; partitions.len()])
    }
    fn put(&self, _connector: &str, _offsets: &[(Value, Option<Value>)]) -> Result<()> {
        Err(Error::fatal("offsets cannot be stored here"))
    }
    fn all(&self, _connector: &str) -> Result<Vec<(Value, Value)>> {
        Ok(Vec::new())
    }
}

/// Offsets in the JVM's own offset file (`FileOffsetBackingStore`).
///
/// The whole file is written each time, so that tasks which store offsets at the same moment, as all do when the
/// worker stops, share one write: who waits for the writer finds his own in what that one writes next.
pub struct FileOffsets {
    known: Mutex<Known>,
    /// The last change that is in the file; who holds the lock writes.
    written: Mutex<u64>,
}

struct Known {
    store: FileOffsetStore,
    /// How often offsets were set.
    changes: u64,
}

impl FileOffsets {
    /// Opens the file; one that is missing or empty has no offsets.
    pub fn open(path: &Path) -> Result<Self> {
        FileOffsetStore::open(path)
            .map(|store| Self { known: Mutex::new(Known { store, changes: 0 }), written: Mutex::new(0) })
            .map_err(|error| Error::config(error.to_string()))
    }
}

impl OffsetStore for FileOffsets {
    fn get(&self, connector: &str, partitions: &[Value]) -> Result<Vec<Option<Value>>> {
        let store = &lock(&self.known).store;
        let read = |partition| {
            let stored = store.get(&to_key(connector, partition)?);
            stored.map(|bytes| parse(connector, bytes)).transpose()
        };
        partitions.iter().map(read).collect()
    }

    fn put(&self, connector: &str, offsets: &[(Value, Option<Value>)]) -> Result<()> {
        let entries = to_records(connector, offsets)?;
        let change = {
            let mut known = lock(&self.known);
            known.store.set(entries);
            known.changes += 1;
            known.changes
        };
        let mut written = lock(&self.written);
        if *written >= change {
            return Ok(());
        }
        let (last, image) = {
            let known = lock(&self.known);
            (known.changes, known.store.image())
        };
        image.write().map_err(|error| Error::retriable(error.to_string()))?;
        *written = last;
        Ok(())
    }

    fn all(&self, connector: &str) -> Result<Vec<(Value, Value)>> {
        let store = &lock(&self.known).store;
        let mut all = Vec::new();
        for (key, offset) in store.all() {
            if let Some(partition) = partition_of(connector, key) {
                all.push((partition, parse(connector, offset)?));
            }
        }
        Ok(all)
    }
}

/// The key of a source partition.
pub(super) fn to_key(connector: &str, partition: &Value) -> Result<Vec<u8>> {
    Ok(offset_key(connector, &to_object(partition)?))
}

/// Offsets as keys and values.
pub(super) fn to_records(
    connector: &str,
    offsets: &[(Value, Option<Value>)],
) -> Result<Vec<super::OffsetRecord>> {
    let record = |(partition, offset): &(Value, Option<Value>)| {
        let offset = offset.as_ref().map(to_object).transpose()?;
        Ok((to_key(connector, partition)?, offset.as_ref().map(offset_value)))
    };
    offsets.iter().map(record).collect()
}

/// The source partition of a key, if it is one of `connector`. Keys of other writers are none of ours.
pub(super) fn partition_of(connector: &str, key: &[u8]) -> Option<Value> {
    let Ok(Json::Array(key)) = serde_json::from_slice(key) else { return None };
    match key.as_slice() {
        [Json::String(name), partition @ Json::Object(_)] if name == connector => Some(from_json(partition)),
        _ => None,
    }
}

/// A stored offset.
pub(super) fn parse(connector: &str, bytes: &[u8]) -> Result<Value> {
    serde_json::from_slice(bytes).map(|json| from_json(&json)).map_err(|error| {
        Error::config(format!("a stored offset of connector {connector} is no JSON: {error}"))
    })
}

/// A source partition or offset as JSON: a map from strings to primitives (`OffsetUtils`).
fn to_object(value: &Value) -> Result<Map<String, Json>> {
    let Value::Map(entries) = value else {
        return Err(Error::data("Offsets must be specified as a Map"));
    };
    let entry = |(key, value): &(Value, Value)| {
        let Value::String(key) = key else {
            return Err(Error::data("Offsets may only use String keys"));
        };
        let json = match value {
            Value::Null => Json::Null,
            Value::Bool(v) => (*v).into(),
            Value::String(v) => v.as_str().into(),
            Value::Float32(v) => (*v).into(),
            Value::Float64(v) => (*v).into(),
            Value::Bytes(v) => BASE64_STANDARD.encode(v).into(),
            other => other.as_i64().map(Json::from).ok_or_else(|| {
                let found = match other {
                    Value::Array(_) => "ARRAY",
                    Value::Struct(_) => "STRUCT",
                    _ => "MAP",
                };
                Error::data(format!(
                    "Offsets may only contain primitive types as values, but field {key} contains {found}"
                ))
            })?,
        };
        Ok((key.clone(), json))
    };
    entries.iter().map(entry).collect()
}

fn from_json(json: &Json) -> Value {
    match json {
        Json::Null => Value::Null,
        Json::Bool(v) => Value::Bool(*v),
        Json::Number(v) => {
            v.as_i64().map_or_else(|| Value::Float64(v.as_f64().unwrap_or(f64::NAN)), Value::Int64)
        }
        Json::String(v) => Value::String(v.clone()),
        Json::Array(items) => Value::Array(items.iter().map(from_json).collect()),
        Json::Object(fields) => Value::map(fields.iter().map(|(k, v)| (k.as_str(), from_json(v)))),
    }
}
