//! A batch of records: written once through [`Records`], then shared and immutable.

use std::ptr::NonNull;
use std::sync::atomic::{AtomicUsize, Ordering, fence};

use abi_stable::StableAbi;

use super::{Arena, ArenaOwner, Slice};
use crate::data::Record;

/// The part of a batch that both sides know.
#[doc(hidden)]
#[repr(C)]
#[derive(StableAbi)]
pub struct BatchHead {
    refs: AtomicUsize,
    release: unsafe extern "C" fn(*const BatchHead),
    records: Slice<'static, Record<'static>>,
    bytes: usize,
}

#[repr(C)]
struct BatchOwner {
    head: BatchHead,
    records: Vec<Record<'static>>,
    arena: Box<ArenaOwner>,
}

/// Records and all they point to, counted: a clone is one atomic increment, on either side of the
/// boundary, and the side that made it frees it when the last clone is dropped, on any thread.
#[repr(transparent)]
#[derive(StableAbi)]
pub struct Batch(NonNull<BatchHead>);

// SAFETY: immutable once built; the counter is atomic and the owner's parts are Send.
unsafe impl Send for Batch {}
// SAFETY: as above: only `&Record` is reachable, which is plain shared data.
unsafe impl Sync for Batch {}

/// The writer of one batch. `'a` is the life of the batch: all that a record points to comes from
/// [`Records::arena`] or is `'static`, which the compiler holds you to.
pub struct Records<'a> {
    arena: &'a Arena,
    records: Vec<Record<'a>>,
    bytes: usize,
}

impl<'a> Records<'a> {
    /// Where the values of this batch live.
    pub fn arena(&self) -> &'a Arena {
        self.arena
    }
    /// Appends a record.
    #[inline]
    pub fn push(&mut self, record: Record<'a>) {
        self.records.push(record);
    }
    /// Makes room for `more` records.
    pub fn reserve(&mut self, more: usize) {
        self.records.reserve(more);
    }
    /// Counts bytes that the batch keeps alive outside its arena ([`Arena::keep`]).
    pub fn account(&mut self, bytes: usize) {
        self.bytes += bytes;
    }
    /// Records so far.
    pub fn len(&self) -> usize {
        self.records.len()
    }
    /// Whether there are none yet.
    pub fn is_empty(&self) -> bool {
        self.records.is_empty()
    }
    /// Takes back the record pushed last.
    pub fn pop(&mut self) -> Option<Record<'a>> {
        self.records.pop()
    }
}

impl Batch {
    /// Builds a batch: `write` fills it. Its error is passed through and the batch dropped.
    pub fn build<E>(write: impl for<'a> FnOnce(&mut Records<'a>) -> Result<(), E>) -> Result<Self, E> {
        let arena = ArenaOwner::new();
        let mut writer = Records { arena: arena.arena(), records: Vec::new(), bytes: 0 };
        write(&mut writer)?;
        let Records { records, bytes, .. } = writer;
        let bytes = bytes + arena.arena().used();
        // SAFETY: `write` is generic over 'a, so all that the records point to is in the arena, held by
        // it, or 'static; the arena moves into the owner beside them.
        let records: Vec<Record<'static>> =
            unsafe { std::mem::transmute::<Vec<Record<'_>>, Vec<Record<'static>>>(records) };
        Ok(Self::own(records, arena, bytes))
    }

    fn own(records: Vec<Record<'static>>, arena: Box<ArenaOwner>, bytes: usize) -> Self {
        let bytes = bytes + records.len() * size_of::<Record<'_>>();
        let owner = Box::leak(Box::new(BatchOwner {
            head: BatchHead { refs: AtomicUsize::new(1), release, records: Slice::default(), bytes },
            records,
            arena,
        }));
        // SAFETY: the vector lives in the owner beside the head and never changes.
        owner.head.records = unsafe { Slice::new(&*std::ptr::from_ref(owner.records.as_slice())) };
        // SAFETY: a leaked box is not null; the pointer covers the whole owner.
        Self(unsafe { NonNull::new_unchecked(std::ptr::from_mut(owner).cast()) })
    }

    fn head(&self) -> &BatchHead {
        // SAFETY: alive while a counted pointer exists.
        unsafe { self.0.as_ref() }
    }

    /// The records.
    pub fn records(&self) -> &[Record<'_>] {
        self.head().records.get()
    }
    /// How many.
    pub fn len(&self) -> usize {
        self.records().len()
    }
    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.records().is_empty()
    }
    /// Memory that it holds, in bytes.
    pub fn bytes(&self) -> usize {
        self.head().bytes
    }

    /// Whether somebody else holds it too, on either side.
    pub fn is_shared(&self) -> bool {
        self.head().refs.load(Ordering::Acquire) > 1
    }

    /// A batch of other records (say, the same ones transformed) that may point into this one:
    /// it keeps this one alive and copies nothing of it.
    pub fn derive<E>(
        &self,
        write: impl for<'a> FnOnce(&'a [Record<'a>], &mut Records<'a>) -> Result<(), E>,
    ) -> Result<Self, E> {
        let source = std::sync::Arc::new(self.clone());
        Self::build(|out| {
            let source = out.arena().keep(source);
            write(source.records(), out)
        })
    }
}

impl Clone for Batch {
    fn clone(&self) -> Self {
        self.head().refs.fetch_add(1, Ordering::Relaxed);
        Self(self.0)
    }
}
impl Drop for Batch {
    fn drop(&mut self) {
        if self.head().refs.fetch_sub(1, Ordering::Release) == 1 {
            fence(Ordering::Acquire);
            // SAFETY: this was the last pointer; the maker's function frees it.
            unsafe { (self.head().release)(self.0.as_ptr()) }
        }
    }
}
impl std::fmt::Debug for Batch {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(self.records()).finish()
    }
}

unsafe extern "C" fn release(batch: *const BatchHead) {
    // SAFETY: every `BatchHead` is the first field of a boxed `BatchOwner` (only maker: `own`).
    let BatchOwner { records, arena, .. } = *unsafe { Box::from_raw(batch.cast_mut().cast::<BatchOwner>()) };
    drop(records);
    drop(arena);
}
