//! Elements that are documents: definitions as the hosted platforms export them (spec E).

pub mod check;
mod configuration;
pub mod describe;
pub mod document;
mod element;
pub mod export;
mod objects;
pub mod schema;
pub mod shapes;
#[cfg(test)]
pub(crate) mod testing;

pub use element::DefinedElement;
