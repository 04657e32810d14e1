//! The macros of ferry-sdk.
