//! Script engine based on QuickJS.

mod admission;
mod convert;
mod helpers;
mod hooks;
mod library;
mod machine;
mod pool;
mod runner;
mod sandbox;
mod stack;
#[cfg(test)]
mod tests;
mod turns;
mod watch;
mod worker;

pub(crate) use pool::Scripts;
pub(crate) use runner::Runner;
