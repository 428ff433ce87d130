//! Descriptions of an element that is a document: its objects, their fields, and its Swagger document (spec E 8). Pure
//! functions of the definition.

mod catalogue;
mod custom;
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
use super::document::Definition;
use crate::element::{Describe, Element};

pub use catalogue::capabilities;
pub use custom::{add_custom_fields, with_own_fields};
pub use metadata::{Field, FieldMethod, metadata, primary_key, shown};
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
        (!fields.is_empty()).then(|| shown(&fields))
    }

    fn vendor_name(&self, object: &str) -> Option<&str> {
        vendor_name(self.definition(), object)
    }

    fn add_custom_fields(&self, document: &mut Value, object: &str, fields: &[Value]) {
        add_custom_fields(document, object, fields);
    }
}

/// Returns the vendor's name of an object, if the definition has one (spec E 8.3).
pub fn vendor_name<'d>(definition: &'d Definition, object: &str) -> Option<&'d str> {
    definition.objects.iter().find(|known| known.name == object)?.vendor_name.as_deref()
}
