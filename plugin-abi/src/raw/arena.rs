//! The bump allocator that a batch's values live in, usable from both sides of the boundary.

use std::cell::{Cell, RefCell, UnsafeCell};
use std::mem::{MaybeUninit, align_of, size_of, size_of_val};
use std::sync::Arc;

use abi_stable::StableAbi;

use super::schema::{Schema, SchemaRef};
use super::{Decimal, Entry, ValueRef};

/// Where values are put: bumps a pointer, and calls its owner only for a new chunk.
///
/// Memory stays where it is until the arena's owner ends, so what is borrowed from an `&'a Arena`
/// lives for `'a`. Not `Sync`: one thread fills it.
#[repr(C)]
#[derive(StableAbi)]
pub struct Arena {
    cursor: Cell<usize>,
    end: Cell<usize>,
    used: Cell<usize>,
    grow: unsafe extern "C" fn(&Arena, usize, usize) -> *mut u8,
    hold: unsafe extern "C" fn(&Arena, Held),
}

/// Something an arena keeps alive: a schema, a buffer, another batch.
#[repr(C)]
#[derive(StableAbi)]
pub(crate) struct Held {
    object: *const u8,
    release: unsafe extern "C" fn(*const u8),
}

impl Drop for Held {
    fn drop(&mut self) {
        // SAFETY: `object` was given with this very function and is released once.
        unsafe { (self.release)(self.object) }
    }
}

impl Held {
    /// # Safety
    /// `release(object)` may be called once, from any thread.
    pub(crate) unsafe fn new(object: *const u8, release: unsafe extern "C" fn(*const u8)) -> Self {
        Self { object, release }
    }
}

impl Arena {
    fn alloc(&self, size: usize, align: usize) -> *mut u8 {
        let start = (self.cursor.get() + align - 1) & !(align - 1);
        if start + size <= self.end.get() {
            self.cursor.set(start + size);
            self.used.set(self.used.get() + size);
            return start as *mut u8;
        }
        // SAFETY: `grow` belongs to the owner that this arena is the head of.
        unsafe { (self.grow)(self, size, align) }
    }

    fn copy<T: Copy>(&self, items: &[T]) -> &[T] {
        if items.is_empty() {
            return &[];
        }
        let to = self.alloc(size_of_val(items), align_of::<T>()).cast::<T>();
        // SAFETY: `alloc` gave exclusive, aligned memory of this size that stays for `&self`.
        unsafe {
            std::ptr::copy_nonoverlapping(items.as_ptr(), to, items.len());
            std::slice::from_raw_parts(to, items.len())
        }
    }

    /// Copies `text` in.
    pub fn str(&self, text: &str) -> &str {
        // SAFETY: a copy of valid UTF-8.
        unsafe { std::str::from_utf8_unchecked(self.copy(text.as_bytes())) }
    }
    /// Copies `bytes` in.
    pub fn bytes(&self, bytes: &[u8]) -> &[u8] {
        self.copy(bytes)
    }
    /// Copies the nodes in, not what they point to.
    pub fn values<'a>(&'a self, values: &[ValueRef<'a>]) -> &'a [ValueRef<'a>] {
        self.copy(values)
    }
    /// Copies the entries in, not what they point to.
    pub fn entries<'a>(&'a self, entries: &[Entry<'a>]) -> &'a [Entry<'a>] {
        self.copy(entries)
    }
    /// Copies headers in, not what they point to.
    pub fn headers<'a>(&'a self, headers: &[crate::data::Header<'a>]) -> &'a [crate::data::Header<'a>] {
        self.copy(headers)
    }
    /// Copies a decimal in, digits and all.
    pub fn decimal(&self, unscaled: &[u8], scale: i32) -> &Decimal<'_> {
        let decimal = Decimal::new(self.copy(unscaled), scale);
        &self.copy(std::slice::from_ref(&decimal))[0]
    }
    /// Keeps `schema` alive as long as the arena.
    pub fn schema<'a>(&'a self, schema: &SchemaRef) -> &'a Schema {
        let held = schema.clone().into_held();
        let pointer: *const Schema = &**schema;
        // SAFETY: `hold` belongs to this arena's owner; the schema outlives `&self` once held.
        unsafe {
            (self.hold)(self, held);
            &*pointer
        }
    }
    /// Keeps `object` alive as long as the arena, for values that point into it without a copy.
    pub fn keep<T: Send + Sync + 'static>(&self, object: Arc<T>) -> &T {
        unsafe extern "C" fn release<T>(object: *const u8) {
            // SAFETY: `object` came from `Arc::into_raw` below.
            drop(unsafe { Arc::from_raw(object.cast::<T>()) });
        }
        let pointer = Arc::into_raw(object);
        // SAFETY: the arena's owner releases it once, when the arena ends.
        unsafe {
            (self.hold)(self, Held::new(pointer.cast(), release::<T>));
            &*pointer
        }
    }
    /// Bytes handed out so far.
    pub fn used(&self) -> usize {
        self.used.get()
    }
}

/// Memory with the largest alignment that values need, written through pointers.
type Chunk = Box<[UnsafeCell<MaybeUninit<u128>>]>;

/// An arena with its chunks; the head is first, so a pointer to it is a pointer to the owner.
#[repr(C)]
pub(crate) struct ArenaOwner {
    head: Arena,
    chunks: RefCell<Vec<Chunk>>,
    held: RefCell<Vec<Held>>,
}

// SAFETY: chunks are plain memory and `Held` objects may be released on any thread.
unsafe impl Send for ArenaOwner {}

const FIRST_CHUNK: usize = 4 << 10;
const LARGEST_CHUNK: usize = 1 << 20;

impl ArenaOwner {
    pub(crate) fn new() -> Box<Self> {
        Box::new(Self {
            head: Arena { cursor: Cell::new(0), end: Cell::new(0), used: Cell::new(0), grow, hold },
            chunks: RefCell::default(),
            held: RefCell::default(),
        })
    }

    pub(crate) fn arena(&self) -> &Arena {
        // Through the owner's own pointer, so that `grow` and `hold` may go back to the owner.
        // SAFETY: the head is the first field of a `repr(C)` struct.
        unsafe { &*std::ptr::from_ref(self).cast::<Arena>() }
    }
}

/// An arena of one's own, for values that live until the next [`Scratch::reset`].
pub struct Scratch(Box<ArenaOwner>);

impl Scratch {
    /// An empty one; it allocates on first use.
    pub fn new() -> Self {
        Self(ArenaOwner::new())
    }
    /// Where the values go.
    pub fn arena(&self) -> &Arena {
        self.0.arena()
    }
    /// Forgets all values, keeps the newest chunk for the next use.
    pub fn reset(&mut self) {
        let owner = &mut *self.0;
        owner.held.get_mut().clear();
        let chunks = owner.chunks.get_mut();
        if let Some(last) = chunks.pop() {
            chunks.clear();
            owner.head.cursor.set(last.as_ptr() as usize);
            owner.head.end.set(last.as_ptr() as usize + last.len() * size_of::<u128>());
            chunks.push(last);
        }
        owner.head.used.set(0);
    }
}

impl Default for Scratch {
    fn default() -> Self {
        Self::new()
    }
}

unsafe extern "C" fn grow(arena: &Arena, size: usize, align: usize) -> *mut u8 {
    // SAFETY: every `Arena` is the first field of an `ArenaOwner` (its only maker is `ArenaOwner::new`).
    let owner = unsafe { &*std::ptr::from_ref(arena).cast::<ArenaOwner>() };
    let mut chunks = owner.chunks.borrow_mut();
    let usual = chunks.last().map_or(FIRST_CHUNK, |c| (c.len() * size_of::<u128>() * 2).min(LARGEST_CHUNK));
    let units = usual.max(size + align).div_ceil(size_of::<u128>());
    let chunk: Chunk = {
        let mut units_vec = Vec::with_capacity(units);
        // SAFETY: `MaybeUninit` needs no initialisation.
        unsafe { units_vec.set_len(units) };
        units_vec.into_boxed_slice()
    };
    let start = chunk.as_ptr() as usize;
    arena.cursor.set(start);
    arena.end.set(start + units * size_of::<u128>());
    chunks.push(chunk);
    drop(chunks);
    arena.alloc(size, align)
}

unsafe extern "C" fn hold(arena: &Arena, object: Held) {
    // SAFETY: as in `grow`.
    let owner = unsafe { &*std::ptr::from_ref(arena).cast::<ArenaOwner>() };
    let mut held = owner.held.borrow_mut();
    // Records of one batch mostly share their schemas, and each of a chain of transforms adds one or two: hold
    // them once.
    if !held.iter().rev().take(16).any(|h| h.object == object.object) {
        held.push(object);
    }
}
