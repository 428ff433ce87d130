//! Elements that are documents: definitions as the hosted platforms export them (spec E).

pub mod describe;
pub mod document;
