//! One plugin per way to misbehave: each is refused or contained, the reason is visible, and all
//! others go on.

mod build;
mod child;
mod contained;
mod metrics;
mod providers;
mod refused;
mod shared;
mod stuck;
mod transactions;
mod usable;
mod worker;
