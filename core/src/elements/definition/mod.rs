//! Elements that are documents: definitions as the hosted platforms export them (spec E).

pub mod check;
pub mod describe;
pub mod document;
pub mod export;
#[cfg(test)]
pub(crate) mod testing;
