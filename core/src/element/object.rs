//! Objects of an element: the kinds of its records.

use std::sync::Arc;

use super::Text;
use crate::record::{Column, Kind, Schema};

/// An object of an element: an index into [`Element::objects`](super::Element::objects).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ObjectId(pub u16);

/// Description of an object.
#[derive(Clone, Debug)]
pub struct ObjectInfo {
    /// The short name, always accepted in `from`.
    pub name: Text,
    /// The name that discovery shows.
    pub long_name: Text,
    /// Further names accepted in `from`.
    pub aliases: Vec<Text>,
    /// Whether the published element has the object; the others are extensions, hidden with `published_only`.
    pub published: bool,
    /// Whether the object depends on assumed paths of the vendor.
    pub experimental: bool,
    /// Field with an email address. Records without one are left out of bulk files if the instance asks for it.
    pub email: Option<Text>,
    /// Fields that identify a record.
    pub primary_key: Vec<Text>,
    /// Last-modified fields, of which the first with a value applies; empty for objects that are always read whole.
    pub last_modified: Vec<Text>,
    /// Names that conditions may use though no record has them: filters of the vendor.
    pub filters: Vec<Text>,
    /// Fields with the id of a parent. A condition must name one of them where the published element cannot list all
    /// records (spec P 9.14).
    pub parent_fields: Vec<Text>,
    /// One line for documentation.
    pub doc: Text,
    /// Whether records may have other fields than those listed.
    pub open: bool,
    /// Whether discovery lists the object.
    pub listed: bool,
    /// The fields in output order.
    pub fields: Vec<FieldInfo>,
    /// Columns of the records, made from the fields.
    pub schema: Arc<Schema>,
}

/// One field of an object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldInfo {
    /// Name on the wire.
    pub name: Text,
    /// Type of the values.
    pub kind: Kind,
    /// One line for documentation, with the unit of a number.
    pub doc: Text,
    /// Type in the terms of the vendor, for instance `decimal`.
    pub native_type: Text,
    /// Whether the vendor sets the field, so that writes cannot.
    pub read_only: bool,
    /// Whether the values identify people, so that assistants do not get them (`privacy`).
    pub personal: bool,
}

impl FieldInfo {
    /// Creates a field with the native type that JSON has for its values.
    pub fn new(name: impl Into<Text>, kind: Kind, doc: impl Into<Text>) -> Self {
        let native_type = match kind {
            Kind::Id | Kind::Int => "integer",
            Kind::Float => "decimal",
            Kind::Bool => "boolean",
            Kind::Date | Kind::Text => "string",
            Kind::Json => "array",
        };
        Self {
            name: name.into(),
            kind,
            doc: doc.into(),
            native_type: native_type.into(),
            read_only: false,
            personal: false,
        }
    }

    /// Sets the native type.
    #[must_use]
    pub fn native(self, native_type: impl Into<Text>) -> Self {
        Self { native_type: native_type.into(), ..self }
    }

    /// Marks a field whose values identify people, as names and addresses do.
    #[must_use]
    pub fn personal(self) -> Self {
        Self { personal: true, ..self }
    }

    /// Marks a field that the vendor sets, as ids and times of changes usually are.
    #[must_use]
    pub fn read_only(self) -> Self {
        Self { read_only: true, ..self }
    }
}

impl ObjectInfo {
    /// Creates a published object with the same short and long name, identified by `id` if it has that field.
    pub fn new(name: impl Into<Text>, doc: impl Into<Text>, fields: Vec<FieldInfo>) -> Self {
        let name = name.into();
        let column = |field: &FieldInfo| Column { name: field.name.clone(), kind: field.kind };
        let id = fields.iter().filter(|field| field.name == "id").map(|field| field.name.clone());
        Self {
            long_name: name.clone(),
            name,
            aliases: Vec::new(),
            published: true,
            experimental: false,
            email: None,
            primary_key: id.collect(),
            last_modified: Vec::new(),
            filters: Vec::new(),
            parent_fields: Vec::new(),
            doc: doc.into(),
            open: false,
            listed: true,
            schema: Arc::new(Schema::new(fields.iter().map(column))),
            fields,
        }
    }

    /// Returns every accepted name of the object.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        [&self.name, &self.long_name].into_iter().chain(&self.aliases).map(|name| &**name)
    }

    /// Returns a field.
    pub fn field(&self, name: &str) -> Option<&FieldInfo> {
        self.fields.iter().find(|field| field.name == name)
    }
}

/// Finds an object by its short, long or other name, exactly first, then case-insensitively (spec BT 2.3).
pub fn find_object(objects: &[ObjectInfo], name: &str) -> Option<ObjectId> {
    let by = |same: fn(&str, &str) -> bool| objects.iter().position(|info| info.names().any(|known| same(known, name)));
    let position = by(|known, name| known == name).or_else(|| by(str::eq_ignore_ascii_case))?;
    u16::try_from(position).ok().map(ObjectId)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exact_names_take_precedence() {
        let object = |name: &'static str| ObjectInfo::new(name, "", vec![FieldInfo::new("id", Kind::Text, "")]);
        let objects = [object("Deals"), ObjectInfo { aliases: vec!["x".into()], ..object("deals") }];
        assert_eq!(find_object(&objects, "deals"), Some(ObjectId(1)));
        assert_eq!(find_object(&objects, "DEALS"), Some(ObjectId(0)));
        assert_eq!(find_object(&objects, "X"), Some(ObjectId(1)));
        assert_eq!(find_object(&objects, "y"), None);
        assert_eq!(objects[0].primary_key, ["id"]);
        assert_eq!(objects[0].schema.columns()[0].kind, Kind::Text);
    }
}
