//! Memory for the parts of a new value, kept from record to record.

use ferry_sdk::data::{Entry, Header, ValueRef};

/// A vector whose memory outlives its elements: each record's borrow from another arena.
pub struct Buffer<T>(Vec<T>);

/// Without memory yet.
impl<T> Default for Buffer<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

/// The same memory for elements of the same layout: collecting in place moves none.
fn emptied<T, U>(mut items: Vec<T>) -> Vec<U> {
    items.clear();
    items.into_iter().filter_map(|_| None).collect()
}

macro_rules! lend {
    ($type:ident) => {
        impl Buffer<$type<'static>> {
            /// An empty vector; give it back.
            pub fn take<'a>(&mut self) -> Vec<$type<'a>> {
                emptied(std::mem::take(&mut self.0))
            }
            /// Takes the memory back.
            pub fn give(&mut self, items: Vec<$type<'_>>) {
                self.0 = emptied(items);
            }
        }
    };
}
lend!(ValueRef);
lend!(Entry);
lend!(Header);

#[cfg(test)]
mod tests {
    use super::*;
    use ferry_sdk::data::Scratch;

    #[test]
    fn the_second_record_finds_the_memory_of_the_first() {
        let mut buffer = Buffer::<ValueRef<'static>>::default();
        let scratch = Scratch::new();
        let mut first = buffer.take();
        first.extend([ValueRef::str(scratch.arena().str("a")); 100]);
        let (memory, capacity) = (first.as_ptr() as usize, first.capacity());
        buffer.give(first);
        let second: Vec<ValueRef<'_>> = buffer.take();
        assert!(second.is_empty());
        assert_eq!((second.as_ptr() as usize, second.capacity()), (memory, capacity));
    }
}
