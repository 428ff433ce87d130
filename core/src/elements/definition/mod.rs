//! Elements that are documents: definitions as the hosted platforms export them (spec E).

pub mod check;
pub mod describe;
pub mod document;
#[cfg(test)]
pub(crate) mod testing;
