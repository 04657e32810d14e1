//! Schemas: immutable, shared by a counted pointer, readable from both sides of the boundary.

use std::ops::Deref;
use std::ptr::NonNull;
use std::sync::atomic::{AtomicUsize, Ordering, fence};

use abi_stable::StableAbi;

use super::arena::Held;
use super::{ArenaOwner, Slice, Str, ValueRef};

/// The types of `org.apache.kafka.connect.data.Schema.Type`.
#[repr(u8)]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, StableAbi)]
pub enum SchemaType {
    /// 8-bit signed integer
    Int8 = 0,
    /// 16-bit signed integer
    Int16 = 1,
    /// 32-bit signed integer
    Int32 = 2,
    /// 64-bit signed integer
    Int64 = 3,
    /// 32-bit IEEE 754
    Float32 = 4,
    /// 64-bit IEEE 754
    Float64 = 5,
    /// true or false
    Boolean = 6,
    /// UTF-8 text
    String = 7,
    /// bytes
    Bytes = 8,
    /// list of one element schema
    Array = 9,
    /// key and value schema
    Map = 10,
    /// named fields
    Struct = 11,
}

impl SchemaType {
    /// Kafka's constant name: `INT32`, `STRING`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Int8 => "INT8",
            Self::Int16 => "INT16",
            Self::Int32 => "INT32",
            Self::Int64 => "INT64",
            Self::Float32 => "FLOAT32",
            Self::Float64 => "FLOAT64",
            Self::Boolean => "BOOLEAN",
            Self::String => "STRING",
            Self::Bytes => "BYTES",
            Self::Array => "ARRAY",
            Self::Map => "MAP",
            Self::Struct => "STRUCT",
        }
    }
    /// The type of that constant name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }
    /// All types, in the order of their declaration.
    pub const ALL: [Self; 12] = [
        Self::Int8,
        Self::Int16,
        Self::Int32,
        Self::Int64,
        Self::Float32,
        Self::Float64,
        Self::Boolean,
        Self::String,
        Self::Bytes,
        Self::Array,
        Self::Map,
        Self::Struct,
    ];
    /// Whether it is none of ARRAY, MAP and STRUCT (`Type.isPrimitive`).
    pub const fn is_primitive(self) -> bool {
        !matches!(self, Self::Array | Self::Map | Self::Struct)
    }
}

/// A field of a STRUCT.
#[repr(C)]
#[derive(StableAbi)]
pub struct Field {
    name: Str<'static>,
    schema: SchemaRef,
}

impl Field {
    pub(crate) fn new(name: &'static str, schema: SchemaRef) -> Self {
        Self { name: Str::new(name), schema }
    }
    /// Its name.
    pub fn name(&self) -> &str {
        self.name.or_empty()
    }
    /// Its schema.
    pub fn schema(&self) -> &SchemaRef {
        &self.schema
    }
}

/// One schema. Made by [`crate::data::SchemaBuilder`], held through [`SchemaRef`].
#[repr(C)]
#[derive(StableAbi)]
pub struct Schema {
    refs: AtomicUsize,
    release: unsafe extern "C" fn(*const Schema),
    kind: SchemaType,
    optional: bool,
    has_version: bool,
    has_default: bool,
    version: i32,
    hash: u64,
    name: Str<'static>,
    doc: Str<'static>,
    default: ValueRef<'static>,
    parameters: Slice<'static, [Str<'static>; 2]>,
    fields: Slice<'static, Field>,
    key: *const Schema,
    value: *const Schema,
}

// SAFETY: immutable but for the atomic counter; everything it points to is owned by its owner.
unsafe impl Send for Schema {}
// SAFETY: as above.
unsafe impl Sync for Schema {}

impl Schema {
    /// Its type.
    pub fn kind(&self) -> SchemaType {
        self.kind
    }
    /// Whether null is a value of it.
    pub fn is_optional(&self) -> bool {
        self.optional
    }
    /// Its name; logical types are known by it.
    pub fn name(&self) -> Option<&str> {
        self.name.get()
    }
    /// Its version.
    pub fn version(&self) -> Option<i32> {
        self.has_version.then_some(self.version)
    }
    /// Its documentation.
    pub fn doc(&self) -> Option<&str> {
        self.doc.get()
    }
    /// Its default value.
    pub fn default_value(&self) -> Option<ValueRef<'_>> {
        self.has_default.then_some(self.default)
    }
    /// Its parameters in insertion order.
    pub fn parameters(&self) -> impl ExactSizeIterator<Item = (&str, &str)> {
        self.parameters.get().iter().map(|[k, v]| (k.or_empty(), v.or_empty()))
    }
    /// The parameter `name`.
    pub fn parameter(&self, name: &str) -> Option<&str> {
        self.parameters().find(|(k, _)| *k == name).map(|(_, v)| v)
    }
    /// The fields of a STRUCT; none for other types.
    pub fn fields(&self) -> &[Field] {
        self.fields.get()
    }
    /// The field `name` and its index.
    pub fn field(&self, name: &str) -> Option<(usize, &Field)> {
        self.fields().iter().enumerate().find(|(_, f)| f.name() == name)
    }
    /// The key schema of a MAP.
    pub fn key_schema(&self) -> Option<&Schema> {
        // SAFETY: null or a schema this one's owner holds.
        unsafe { self.key.as_ref() }
    }
    /// The value schema of a MAP, the element schema of an ARRAY.
    pub fn value_schema(&self) -> Option<&Schema> {
        // SAFETY: as above.
        unsafe { self.value.as_ref() }
    }
    /// A hash of all the above; equal schemas have equal hashes within one run of one build.
    pub fn structural_hash(&self) -> u64 {
        self.hash
    }
    #[cfg(test)]
    pub(super) fn holders(&self) -> &AtomicUsize {
        &self.refs
    }
    /// A counted pointer to it.
    pub fn share(&self) -> SchemaRef {
        self.refs.fetch_add(1, Ordering::Relaxed);
        SchemaRef(NonNull::from(self))
    }
}

impl PartialEq for Schema {
    fn eq(&self, other: &Self) -> bool {
        std::ptr::eq(self, other)
            || (self.kind == other.kind
                && self.optional == other.optional
                && self.name() == other.name()
                && self.version() == other.version()
                && self.doc() == other.doc()
                && self.default_value() == other.default_value()
                && self.parameters().eq(other.parameters())
                && self.key_schema() == other.key_schema()
                && self.value_schema() == other.value_schema()
                && self.fields().len() == other.fields().len()
                && self
                    .fields()
                    .iter()
                    .zip(other.fields())
                    .all(|(a, b)| a.name() == b.name() && **a.schema() == **b.schema()))
    }
}
impl Eq for Schema {}

impl std::fmt::Debug for Schema {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut out = f.debug_struct(self.kind.name());
        if let Some(name) = self.name() {
            out.field("name", &name);
        }
        out.field("optional", &self.optional);
        for field in self.fields() {
            out.field(field.name(), field.schema());
        }
        out.finish_non_exhaustive()
    }
}

/// A counted pointer to a [`Schema`]; cloning it is one atomic increment, on either side.
#[repr(transparent)]
#[derive(StableAbi)]
pub struct SchemaRef(NonNull<Schema>);

// SAFETY: `Schema` is Send and Sync and the counter is atomic.
unsafe impl Send for SchemaRef {}
// SAFETY: as above.
unsafe impl Sync for SchemaRef {}

impl Deref for SchemaRef {
    type Target = Schema;
    fn deref(&self) -> &Schema {
        // SAFETY: alive while a counted pointer exists.
        unsafe { self.0.as_ref() }
    }
}
impl Clone for SchemaRef {
    fn clone(&self) -> Self {
        self.share()
    }
}
impl Drop for SchemaRef {
    fn drop(&mut self) {
        if self.refs.fetch_sub(1, Ordering::Release) == 1 {
            fence(Ordering::Acquire);
            // SAFETY: this was the last pointer; the maker's function frees it.
            unsafe { (self.release)(self.0.as_ptr()) }
        }
    }
}
impl PartialEq for SchemaRef {
    fn eq(&self, other: &Self) -> bool {
        **self == **other
    }
}
impl Eq for SchemaRef {}
impl std::fmt::Debug for SchemaRef {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        (**self).fmt(f)
    }
}

impl SchemaRef {
    pub(super) fn into_held(self) -> Held {
        unsafe extern "C" fn release(object: *const u8) {
            // SAFETY: made from a counted pointer below.
            drop(SchemaRef(unsafe { NonNull::new_unchecked(object.cast_mut().cast()) }));
        }
        let object = self.0.as_ptr().cast_const().cast();
        std::mem::forget(self);
        // SAFETY: the count moves into the `Held`.
        unsafe { Held::new(object, release) }
    }
}

/// What a schema is made from, all owned by its arena and its children.
pub(crate) struct SchemaParts<'b> {
    pub kind: SchemaType,
    pub optional: bool,
    pub version: Option<i32>,
    pub hash: u64,
    pub name: Option<&'b str>,
    pub doc: Option<&'b str>,
    pub default: Option<&'b crate::data::Value>,
    pub parameters: &'b [(String, String)],
    pub fields: &'b [(String, SchemaRef)],
    pub key: Option<SchemaRef>,
    pub value: Option<SchemaRef>,
}

#[repr(C)]
struct SchemaOwner {
    head: Schema,
    fields: Vec<Field>,
    parameters: Vec<[Str<'static>; 2]>,
    children: [Option<SchemaRef>; 2],
    arena: Box<ArenaOwner>,
}

impl SchemaParts<'_> {
    pub(crate) fn build(self) -> SchemaRef {
        let owned = ArenaOwner::new();
        // SAFETY: the arena lives in a box that the schema's owner keeps; nothing is removed from it.
        let arena: &'static super::Arena = unsafe { &*std::ptr::from_ref(owned.arena()) };
        let text = |t: Option<&str>| Str::option(t.map(|t| arena.str(t)));
        let owner = Box::new(SchemaOwner {
            head: Schema {
                refs: AtomicUsize::new(1),
                release,
                kind: self.kind,
                optional: self.optional,
                has_version: self.version.is_some(),
                has_default: self.default.is_some(),
                version: self.version.unwrap_or(0),
                hash: self.hash,
                name: text(self.name),
                doc: text(self.doc),
                default: self.default.map_or(ValueRef::NULL, |d| d.put(arena)),
                parameters: Slice::default(),
                fields: Slice::default(),
                key: self.key.as_deref().map_or(std::ptr::null(), std::ptr::from_ref),
                value: self.value.as_deref().map_or(std::ptr::null(), std::ptr::from_ref),
            },
            fields: self.fields.iter().map(|(n, s)| Field::new(arena.str(n), s.clone())).collect(),
            parameters: self
                .parameters
                .iter()
                .map(|(k, v)| [Str::new(arena.str(k)), Str::new(arena.str(v))])
                .collect(),
            children: [self.key, self.value],
            arena: owned,
        });
        let owner = Box::leak(owner);
        // SAFETY: both vectors live in the owner beside the head and never change.
        unsafe {
            owner.head.fields = Slice::new(&*std::ptr::from_ref(owner.fields.as_slice()));
            owner.head.parameters = Slice::new(&*std::ptr::from_ref(owner.parameters.as_slice()));
        }
        // The pointer covers the whole owner, so that `release` may take it back.
        // SAFETY: a leaked box is not null.
        SchemaRef(unsafe { NonNull::new_unchecked(std::ptr::from_mut(owner).cast()) })
    }
}

unsafe extern "C" fn release(schema: *const Schema) {
    // SAFETY: every `Schema` is the first field of a boxed `SchemaOwner` (only maker: `build`).
    let owner = unsafe { Box::from_raw(schema.cast_mut().cast::<SchemaOwner>()) };
    let SchemaOwner { fields, children, arena, .. } = *owner;
    // What the arena's default value may point to goes last.
    drop((fields, children));
    drop(arena);
}
