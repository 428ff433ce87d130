//! Objects of a definition (spec E 8.1), with the fields that their models list.

use std::collections::HashSet;

use super::describe::{self, object_of};
use super::document::{DefinedResource, Definition, ResourceType};
use crate::element::{FieldInfo, ObjectId, ObjectInfo};
use crate::record::{Kind, Schema};

impl DefinedResource {
    /// Returns whether the path ends with a variable, as that of one record does.
    pub(super) fn ends_with_variable(&self) -> bool {
        self.path.rsplit('/').next().is_some_and(|last| last.starts_with('{'))
    }
}

/// The objects of the resources that can be called, in order of first appearance.
pub(super) struct Objects {
    pub infos: Vec<ObjectInfo>,
}

impl Objects {
    pub fn of<'d>(definition: &'d Definition, resources: impl Iterator<Item = &'d DefinedResource> + Clone) -> Self {
        let mut infos: Vec<ObjectInfo> = Vec::new();
        for resource in resources.clone() {
            let name = object_of(resource);
            let is_listed = resource.kind == ResourceType::Api;
            match infos.iter_mut().find(|info| info.name == name) {
                Some(known) => known.listed |= is_listed,
                None => infos.push(ObjectInfo { listed: is_listed, ..ObjectInfo::new(name, "", Vec::new()) }),
            }
        }
        infos.iter_mut().for_each(|info| describe(info, definition, resources.clone()));
        Self { infos }
    }

    /// Returns the object of a resource.
    pub fn id(&self, resource: &DefinedResource) -> ObjectId {
        let name = object_of(resource);
        let position = self.infos.iter().position(|info| info.name == name).unwrap_or_default();
        ObjectId(u16::try_from(position).unwrap_or(u16::MAX))
    }
}

fn describe<'d>(info: &mut ObjectInfo, definition: &Definition, resources: impl Iterator<Item = &'d DefinedResource>) {
    let own: Vec<&DefinedResource> = resources.filter(|resource| info.name == object_of(resource)).collect();
    let declared = definition.objects.iter().find(|object| info.name == object.name);
    let fields = describe::metadata(definition, &info.name);
    let key = describe::primary_key(declared, &fields).to_owned();
    let updated = declared.and_then(|object| object.updated.as_ref()).map(|date| date.name.clone());
    info.aliases = alias(&info.name).into_iter().map(Into::into).collect();
    info.doc = own.iter().find_map(|resource| resource.description.clone()).unwrap_or_default().into();
    info.primary_key = vec![key.into()];
    info.last_modified = updated.filter(|name| !name.is_empty()).into_iter().map(Into::into).collect();
    info.open = true;
    info.schema = Schema::documents();
    info.fields = columns(&fields);
}

/// Returns the name in the other form, `listsSearch` for `lists_search`, if it differs (spec E 8.1).
fn alias(name: &str) -> Option<String> {
    let mut parts = name.split('_');
    let mut alias = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let mut letters = part.chars();
        alias.extend(letters.next().map(|first| first.to_ascii_uppercase()));
        alias.push_str(letters.as_str());
    }
    (alias != name).then_some(alias)
}

/// Returns the columns of the records: the leaves of the metadata, arrays as one (spec E 9.13).
fn columns(fields: &[describe::Field]) -> Vec<FieldInfo> {
    let mut columns: Vec<FieldInfo> = Vec::new();
    let mut known = HashSet::new();
    for field in fields {
        let (path, is_array) = match field.vendor_path.split_once("[*]") {
            Some((path, _)) => (path, true),
            None => (&*field.vendor_path, false),
        };
        if path.is_empty() || !known.insert(path) {
            continue;
        }
        let native = &field.written_type;
        let kind = match (&*field.kind, &**native) {
            _ if is_array => Kind::Json,
            (_, "array" | "object") => Kind::Json,
            ("number", "integer") => Kind::Int,
            ("number", _) => Kind::Float,
            ("boolean", _) => Kind::Bool,
            ("date", _) => Kind::Date,
            _ => Kind::Text,
        };
        let native = if is_array { "array".to_owned() } else { native.clone() };
        let column = FieldInfo::new(path.to_owned(), kind, "").native(native);
        columns.push(if field.read_only { column.read_only() } else { column });
    }
    columns
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn objects_have_the_names_and_fields_of_the_definition() {
        let document = json!({"name": "x", "authentication": {"type": "none"}, "objects": [
            {"name": "lists_search", "primaryKeyName": "key.id", "updatedDateName": "changed"}],
            "resources": [
            {"method": "GET", "path": "/lists/{id}/search", "model": {"name": "all", "swagger": {
                "all": {"type": "array", "items": {"type": "one"}},
                "one": {"properties": {"key": {"properties": {"id": {"type": "integer", "x-primary-key": true}}},
                    "tags": {"type": "array", "items": {"type": "string"}}, "parent": {"$ref": "one"}, "other": {"type": "sub"},
                    "at": {"type": "string", "format": "date-time"}}},
                "sub": {"properties": {"a": {"type": "unknown"}}}}}},
            {"method": "GET", "path": "/hidden", "type": "apiNoDocumentation"},
            {"method": "GET", "path": "/things/{id}", "objectName": "stuff"}]});
        let definition = Definition::read(&document).unwrap_or_else(|problems| panic!("{problems:?}"));
        let objects = Objects::of(&definition, definition.resources.iter()).infos;
        let named = |info: &ObjectInfo| (info.name.to_string(), info.listed);
        let expected = [("lists_search", true), ("hidden", false), ("stuff", true)];
        assert_eq!(objects.iter().map(named).collect::<Vec<_>>(), expected.map(|(name, is)| (name.to_owned(), is)));
        let search = &objects[0];
        assert_eq!((&*search.aliases, &*search.primary_key), (&["listsSearch".into()][..], &["key.id".into()][..]));
        assert_eq!(search.last_modified, ["changed"]);
        let fields: Vec<_> = search.fields.iter().map(|field| (&*field.name, field.kind)).collect();
        let expected = [("at", Kind::Date), ("key.id", Kind::Int), ("other.a", Kind::Text), ("tags", Kind::Json)];
        let mut sorted = fields.clone();
        sorted.sort_by_key(|(name, _)| *name);
        assert_eq!(sorted, expected);
        assert_eq!((objects[1].primary_key[0].as_ref(), search.open), ("id", true));
    }
}
