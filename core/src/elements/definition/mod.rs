//! Elements that are documents: definitions as the hosted platforms export them (spec E).

pub mod answer;
pub mod check;
mod configuration;
pub mod convert;
pub mod describe;
pub mod document;
mod element;
pub mod export;
pub mod json;
mod objects;
pub mod paging;
pub mod refused;
pub mod request;
pub mod schema;
pub mod settings;
pub mod shapes;
pub mod template;
#[cfg(test)]
pub(crate) mod testing;
pub mod xml;

pub use element::DefinedElement;
