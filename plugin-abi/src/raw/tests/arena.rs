//! Values stay where they are, aligned and unchanged, however much follows them.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::Counted;
use crate::data::*;

#[test]
fn values_stay_while_the_arena_grows() {
    let scratch = Scratch::new();
    let arena = scratch.arena();
    let mut texts: Vec<(String, &str)> = Vec::new();
    let mut values: Vec<(Vec<i64>, &[ValueRef<'_>])> = Vec::new();
    // Odd lengths between aligned things, beyond the first chunk, and larger than any chunk at the end.
    for round in 0..2_000_usize {
        let text = "x".repeat(round % 37) + &round.to_string();
        texts.push((text.clone(), arena.str(&text)));
        let numbers: Vec<i64> = (0..round as i64 % 5).collect();
        let nodes: Vec<ValueRef<'_>> = numbers.iter().map(|n| ValueRef::int64(*n)).collect();
        values.push((numbers, arena.values(&nodes)));
    }
    let large = vec![7_u8; 3 << 20];
    assert_eq!(arena.bytes(&large), large);
    assert!(texts.iter().all(|(was, is)| was == is));
    for (numbers, nodes) in values {
        assert_eq!(nodes.as_ptr().align_offset(align_of::<ValueRef<'_>>()), 0);
        assert_eq!(numbers, nodes.iter().filter_map(|node| node.as_i64()).collect::<Vec<_>>());
    }
    assert!(arena.used() > 3 << 20);
}

#[test]
fn nothing_is_a_value_too() {
    let scratch = Scratch::new();
    let arena = scratch.arena();
    assert_eq!(arena.str(""), "");
    assert_eq!(arena.bytes(&[]), &[0_u8; 0]);
    assert!(arena.values(&[]).is_empty() && arena.entries(&[]).is_empty() && arena.headers(&[]).is_empty());
    let decimal = arena.decimal(&[], 2);
    assert_eq!((decimal.unscaled(), decimal.scale()), (&[0_u8; 0][..], 2));
    assert_eq!(ValueRef::str("").as_str(), Some(""));
    assert_eq!(ValueRef::array(&[]).view(), View::Array(&[]));
}

#[test]
fn a_reset_lets_go_of_what_was_kept_and_is_used_again() {
    let alive = Arc::new(AtomicUsize::new(0));
    let mut scratch = Scratch::new();
    for round in 0..3 {
        let arena = scratch.arena();
        let kept = Counted::new(&alive, "kept");
        let twice = [arena.keep(kept.clone()), arena.keep(kept)];
        let others: Vec<_> = (0..10).map(|n| arena.keep(Counted::new(&alive, &n.to_string()))).collect();
        assert_eq!(twice.map(|k| k.text.as_str()), ["kept"; 2]);
        assert_eq!(others[9].text, "9");
        assert_eq!(arena.str(&"y".repeat(10_000)).len(), 10_000);
        assert_eq!(alive.load(Ordering::SeqCst), 11, "round {round}");
        scratch.reset();
        assert_eq!(alive.load(Ordering::SeqCst), 0);
        assert_eq!(scratch.arena().used(), 0);
    }
}
