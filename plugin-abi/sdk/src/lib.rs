//! Write a Ferry connector: one trait, one macro.
