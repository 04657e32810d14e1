//! Holds the borders between crates: who may use whom, where rdkafka and axum may be, where `unsafe` may be.

mod borders;
mod unsafe_code;
