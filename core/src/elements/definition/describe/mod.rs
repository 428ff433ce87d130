//! Descriptions of an element that is a document: its objects, their fields, and its Swagger document (spec E 8). Pure
//! functions of the definition.

mod metadata;
mod names;
mod operations;
mod platform;
mod schemas;
mod swagger;

#[cfg(test)]
mod tests;

pub use metadata::{Field, FieldMethod, metadata};
pub use names::object_of;
pub use swagger::{object_document, swagger};
