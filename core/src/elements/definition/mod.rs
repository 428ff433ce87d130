//! Elements that are documents: definitions as the hosted platforms export them (spec E).

pub mod answer;
mod authorize;
mod caller_body;
pub mod check;
mod configuration;
mod connector;
pub mod convert;
mod dates;
pub mod describe;
mod discovery;
pub mod document;
mod element;
#[cfg(test)]
mod examples;
pub mod export;
pub mod json;
mod login;
pub mod masks;
mod nested;
mod oauth;
mod objects;
pub mod openapi;
pub mod outline;
mod page;
pub mod paging;
pub mod parts;
mod plan;
pub mod refused;
pub mod request;
mod run;
pub mod schema;
mod session;
pub mod settings;
pub mod shapes;
pub mod template;
#[cfg(test)]
pub(crate) mod testing;
pub mod xml;

pub use element::DefinedElement;
