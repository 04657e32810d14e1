//! Borrowed slices and strings with a fixed layout.

use std::marker::PhantomData;

use abi_stable::StableAbi;

/// `&'a [T]` with a fixed layout.
#[repr(C)]
#[derive(StableAbi)]
pub struct Slice<'a, T> {
    ptr: *const T,
    len: usize,
    lifetime: PhantomData<&'a T>,
}

impl<T> Clone for Slice<'_, T> {
    fn clone(&self) -> Self {
        *self
    }
}
impl<T> Copy for Slice<'_, T> {}

// SAFETY: a `Slice` is a shared reference to its elements and nothing else.
unsafe impl<T: Sync> Send for Slice<'_, T> {}
// SAFETY: as above.
unsafe impl<T: Sync> Sync for Slice<'_, T> {}

impl<'a, T> Slice<'a, T> {
    /// Borrows `items`.
    pub const fn new(items: &'a [T]) -> Self {
        Self { ptr: items.as_ptr(), len: items.len(), lifetime: PhantomData }
    }

    /// The elements.
    pub const fn get(self) -> &'a [T] {
        // SAFETY: made from a slice with lifetime 'a by `new`.
        unsafe { std::slice::from_raw_parts(self.ptr, self.len) }
    }
}

impl<'a, T> Default for Slice<'a, T> {
    fn default() -> Self {
        Self::new(&[])
    }
}

/// `Option<&'a str>` with a fixed layout.
#[repr(C)]
#[derive(Clone, Copy, StableAbi)]
pub struct Str<'a> {
    ptr: *const u8,
    len: usize,
    lifetime: PhantomData<&'a u8>,
}

// SAFETY: a `Str` is a shared reference to bytes.
unsafe impl Send for Str<'_> {}
// SAFETY: as above.
unsafe impl Sync for Str<'_> {}

impl<'a> Str<'a> {
    /// No string.
    pub const NONE: Self = Self { ptr: std::ptr::null(), len: 0, lifetime: PhantomData };

    /// Borrows `text`.
    pub const fn new(text: &'a str) -> Self {
        Self { ptr: text.as_ptr(), len: text.len(), lifetime: PhantomData }
    }

    /// Borrows `text` if there is one.
    pub const fn option(text: Option<&'a str>) -> Self {
        match text {
            Some(text) => Self::new(text),
            None => Self::NONE,
        }
    }

    /// The text, or `None`.
    pub const fn get(self) -> Option<&'a str> {
        if self.ptr.is_null() {
            return None;
        }
        // SAFETY: made from a `str` with lifetime 'a by `new`.
        Some(unsafe { std::str::from_utf8_unchecked(std::slice::from_raw_parts(self.ptr, self.len)) })
    }

    /// The text, or an empty one.
    pub const fn or_empty(self) -> &'a str {
        match self.get() {
            Some(text) => text,
            None => "",
        }
    }
}

impl Default for Str<'_> {
    fn default() -> Self {
        Self::NONE
    }
}
