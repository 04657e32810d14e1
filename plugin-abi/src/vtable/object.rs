//! An object on its way to the other side: a pointer that only its maker understands, and a table.

use abi_stable::StableAbi;

/// What the functions of a table get as their first argument.
pub(super) type This = *mut u8;

/// An object and the functions to call it with. One thread at a time calls it, unless its trait is
/// `Sync`.
#[repr(C)]
#[derive(StableAbi)]
pub struct Object<T> {
    this: This,
    table: T,
}

impl<T> Object<T> {
    /// Gives `object` away; the table's `release` gets it back.
    pub(super) fn export<O>(object: O, table: T) -> Self {
        Self { this: Box::into_raw(Box::new(object)).cast(), table }
    }
}

/// A table whose objects can be released.
pub(super) trait Table: Copy {
    fn release(self) -> unsafe extern "C" fn(This);
}

/// An object of the other side.
pub(super) struct Imported<T: Table> {
    pub(super) this: This,
    pub(super) table: T,
}

// SAFETY: every exported object is `Send` (the traits of `crate::api` require it), and tables are
// functions that live as long as the process.
unsafe impl<T: Table> Send for Imported<T> {}

impl<T: Table> From<Object<T>> for Imported<T> {
    fn from(object: Object<T>) -> Self {
        Self { this: object.this, table: object.table }
    }
}

impl<T: Table> Drop for Imported<T> {
    fn drop(&mut self) {
        // SAFETY: `this` came with this table, and is not used afterwards.
        unsafe { (self.table.release())(self.this) }
    }
}

/// # Safety
/// `this` is from [`Object::export`] of an `O`, and nobody else uses it meanwhile.
pub(super) unsafe fn object<'a, O>(this: This) -> &'a mut O {
    // SAFETY: by the caller.
    unsafe { &mut *this.cast::<O>() }
}

/// # Safety
/// `this` is from [`Object::export`] of an `O`, and this is its last use.
pub(super) unsafe extern "C" fn release<O>(this: This) {
    // SAFETY: by the caller. What the object runs when dropped is guarded.
    drop(unsafe { Box::from_raw(this.cast::<O>()) });
}
