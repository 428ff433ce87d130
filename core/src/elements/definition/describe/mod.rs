//! Descriptions of an element that is a document: its objects, their fields, and its Swagger document (spec E 8). Pure
//! functions of the definition.

mod catalogue;
mod metadata;
mod names;
mod operations;
mod platform;
mod schemas;
mod swagger;

#[cfg(test)]
mod tests;

use serde_json::Value;

use super::DefinedElement;
use crate::element::{Describe, Element};

pub use catalogue::capabilities;
pub use metadata::{Field, FieldMethod, metadata};
pub use names::{object_of, object_of_path};
pub use swagger::{object_document, swagger};

impl Describe for DefinedElement {
    fn swagger(&self) -> Value {
        swagger(self.definition(), self.info().id)
    }

    fn object_swagger(&self, object: &str) -> Option<Value> {
        object_document(self.definition(), self.info().id, object)
    }

    fn fields(&self, object: &str) -> Option<Vec<Value>> {
        let fields = metadata(self.definition(), object);
        let shown = fields.iter().filter_map(|field| serde_json::to_value(field).ok()).collect();
        (!fields.is_empty()).then_some(shown)
    }
}
