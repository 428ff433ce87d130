//! Documents that an element makes itself.

use serde_json::Value;

/// Documents of an element whose author describes it in more detail than objects and resources can. They replace those
/// that the engine makes from the objects and resources.
pub trait Describe: Send + Sync {
    /// Returns the Swagger 2.0 document of all operations, those of the platform included, without host and schemes.
    fn swagger(&self) -> Value;

    /// Returns the Swagger 2.0 document of the operations of one object. `None` if no operation has it.
    fn object_swagger(&self, object: &str) -> Option<Value>;

    /// Returns the fields of an object: the items of `fields` in its metadata (spec P 7.6). `None` if the author
    /// describes none.
    fn fields(&self, object: &str) -> Option<Vec<Value>>;

    /// Returns the vendor's name of an object, if it differs. `None` by default.
    fn vendor_name(&self, object: &str) -> Option<&str> {
        let _ = object;
        None
    }

    /// Adds the fields that an object has in the account only to its Swagger document (spec E 8.49). `fields` are those of
    /// its metadata. Changes nothing by default.
    fn add_custom_fields(&self, document: &mut Value, object: &str, fields: &[Value]) {
        let _ = (document, object, fields);
    }
}
