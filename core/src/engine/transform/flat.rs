//! Mapping of records to common resources without trees, for transformations that only rename, convert and omit fields:
//! of documents, and of rows whose fields are mapped into objects or arrays.
//! [`ColumnMapping`](super::columnar::ColumnMapping) does the same for rows that stay rows.

use serde_json::Value as Json;

use super::convert::{self, Masks, Type};
use super::mapping::Mapping;
use super::mapping_spec::MappingSpec;
use super::path::Place;
use crate::engine::script::{Budget, MEMBER_BYTES, TooLarge};
use crate::record::slices::{Reach, Reading, Slice, Slices};
use crate::record::{Row, Schema, Value, json_key};

/// Mapping from paths of documents, or from columns of rows, to members of the result.
#[derive(Clone, Debug)]
pub(crate) struct FlatMapping {
    /// Paths of documents.
    paths: Slices,
    sources: Vec<Source>,
    members: Vec<Member>,
}

/// Source of a member of the result.
#[derive(Clone, Debug)]
struct Source {
    /// Number of its path or column; `None` if the vendor has no such field.
    place: Option<usize>,
    kind: Option<Type>,
    masks: Masks,
    default: Option<Json>,
}

/// Values of a record.
#[derive(Clone, Copy)]
enum Values<'a> {
    Document { record: &'a str, reading: &'a Reading },
    Row(Row<'a>),
}

/// Member of the result, or of an object in it.
#[derive(Clone, Debug)]
struct Member {
    /// Name, as [`json_key`] writes it.
    key: Vec<u8>,
    node: Node,
}

#[derive(Clone, Debug)]
enum Node {
    /// Number of a source.
    Value(usize),
    Object(Vec<Member>),
    /// Items by their index.
    Array(Vec<(usize, Self)>),
}

/// The result of writing a value.
#[derive(Clone, Copy)]
struct Written {
    /// Whether the record has the value, which may be null.
    exists: bool,
    /// Whether it was written: it exists, and is no null that is left out.
    written: bool,
}

impl FlatMapping {
    /// Compiles the mapping. Returns `None` if it is not simple enough.
    pub fn compile(recipe: &MappingSpec, mapping: &Mapping, model: &Schema) -> Option<Self> {
        if !recipe.scripts.is_empty() || mapping.passes_to_common() {
            return None;
        }
        let mut compiled = Self { paths: Slices::default(), sources: Vec::new(), members: Vec::new() };
        let mut suppressed: Vec<Member> = Vec::new();
        for field in mapping.fields() {
            let path = field.path.as_ref()?;
            if field.suppressed_to_common {
                // It removes nothing but what another field writes.
                let names: Vec<Place<'_>> = path.members()?.into_iter().map(Place::Member).collect();
                insert(&mut suppressed, &names, usize::MAX)?;
                continue;
            }
            let place = match &field.vendor {
                Some(vendor) if model.is_documents() => Some(compiled.paths.add(vendor.members()?, Reach::Whole)),
                Some(vendor) => model.position(vendor.members().filter(|names| names.len() == 1)?.first()?),
                // A malformed path refers to nothing.
                None => None,
            };
            let source = compiled.sources.len();
            compiled.sources.push(Source {
                place,
                kind: field.kind,
                masks: field.masks.clone(),
                default: field.default.clone(),
            });
            insert(&mut compiled.members, &path.places()?, source)?;
        }
        (!overlap(&suppressed, &compiled.members)).then_some(compiled)
    }

    /// Appends a record, mapped; see [`Row::write_json`] for `nulls`.
    ///
    /// # Errors
    /// Fails if the record is too large; a part of it was written in that case.
    pub fn write(
        &self,
        row: Row<'_>,
        nulls: bool,
        (reading, budget): (&mut Reading, &mut Budget),
        out: &mut Vec<u8>,
    ) -> Result<(), TooLarge> {
        let values = match (row.schema().is_documents(), row.get(0)) {
            (false, _) => Values::Row(row),
            (true, Value::Json(record)) => {
                self.paths.read(record, reading, |_, _| true);
                Values::Document { record, reading }
            }
            (true, _) => return Ok(()),
        };
        self.write_object(&self.members, values, nulls, budget, out).map(drop)
    }

    fn write_node(
        &self,
        node: &Node,
        values: Values<'_>,
        nulls: bool,
        budget: &mut Budget,
        out: &mut Vec<u8>,
    ) -> Result<Written, TooLarge> {
        match node {
            Node::Object(members) => {
                let exists = self.write_object(members, values, nulls, budget, out)?;
                Ok(Written { exists, written: exists })
            }
            Node::Array(items) => {
                let exists = self.write_array(items, values, nulls, budget, out)?;
                Ok(Written { exists, written: exists })
            }
            Node::Value(source) => {
                let before = out.len();
                let written = self.sources[*source].write(values, nulls, out);
                budget.take(out.len() - before)?;
                Ok(written)
            }
        }
    }

    /// Appends an object. Returns whether the record has any of its values.
    fn write_object(
        &self,
        members: &[Member],
        values: Values<'_>,
        nulls: bool,
        budget: &mut Budget,
        out: &mut Vec<u8>,
    ) -> Result<bool, TooLarge> {
        let start = out.len();
        out.push(b'{');
        let mut found = false;
        for Member { key, node } in members {
            let before = out.len();
            out.extend_from_slice(&key[usize::from(before == start + 1)..]);
            let Written { exists, written } = self.write_node(node, values, nulls, budget, out)?;
            found |= exists;
            if !written {
                out.truncate(before);
            }
        }
        out.push(b'}');
        Ok(found)
    }

    /// Appends an array, with null for the items before one that exists. Returns whether the record has any of its values.
    fn write_array(
        &self,
        items: &[(usize, Node)],
        values: Values<'_>,
        nulls: bool,
        budget: &mut Budget,
        out: &mut Vec<u8>,
    ) -> Result<bool, TooLarge> {
        let start = out.len();
        let separate = |out: &mut Vec<u8>| out.push(if out.len() == start { b'[' } else { b',' });
        let (mut length, mut found) = (0, false);
        for (index, node) in items {
            let before = out.len();
            let missing = if nulls { index - length } else { 0 };
            budget.take(missing * MEMBER_BYTES)?;
            for _ in 0..missing {
                separate(out);
                out.extend_from_slice(b"null");
            }
            separate(out);
            let Written { exists, written } = self.write_node(node, values, nulls, budget, out)?;
            if !written {
                out.truncate(before);
            }
            if exists {
                (length, found) = (index + 1, true);
            }
        }
        if out.len() == start {
            out.push(b'[');
        }
        out.push(b']');
        Ok(found)
    }
}

/// Returns whether a path of one is the beginning of a path of the other.
fn overlap(some: &[Member], others: &[Member]) -> bool {
    some.iter().any(|one| {
        others.iter().filter(|other| other.key == one.key).any(|other| match (&one.node, &other.node) {
            (Node::Object(some), Node::Object(others)) => overlap(some, others),
            _ => true,
        })
    })
}

/// Adds a member at a path. Returns `None` if it collides with another one, or if it belongs to an object or array that other
/// members follow already: such a one is where the first of its values that *exists* is, which differs by record.
fn insert(members: &mut Vec<Member>, path: &[Place<'_>], source: usize) -> Option<()> {
    let (Place::Member(name), rest) = path.split_first()? else { return None };
    let key = json_key(name);
    match members.iter().position(|member| member.key == key) {
        None => members.push(Member { key, node: Node::of(rest, source)? }),
        Some(at) if at + 1 == members.len() => members[at].node.add(rest, source)?,
        Some(_) => return None,
    }
    Some(())
}

impl Node {
    fn of(path: &[Place<'_>], source: usize) -> Option<Self> {
        let mut node = match path.first() {
            None => return Some(Self::Value(source)),
            Some(Place::Member(_)) => Self::Object(Vec::new()),
            Some(Place::Index(_)) => Self::Array(Vec::new()),
        };
        node.add(path, source)?;
        Some(node)
    }

    /// Adds a value below. Returns `None` if it collides with another one.
    fn add(&mut self, path: &[Place<'_>], source: usize) -> Option<()> {
        match (self, path.split_first()?) {
            (Self::Object(members), (Place::Member(_), _)) => insert(members, path, source),
            (Self::Array(items), (Place::Index(index), rest)) => {
                match items.binary_search_by_key(index, |(known, _)| *known) {
                    Ok(at) => items[at].1.add(rest, source),
                    Err(at) => {
                        items.insert(at, (*index, Self::of(rest, source)?));
                        Some(())
                    }
                }
            }
            _ => None,
        }
    }
}

impl<'a> Values<'a> {
    /// Returns a value. Returns `None` if the record does not have it.
    fn get(&self, place: usize) -> Option<Value<'a>> {
        let value = match *self {
            Self::Document { record, reading } => match reading.part(record, place) {
                Slice::Text(text) => Value::Json(text),
                _ => return None,
            },
            Self::Row(row) => row.get(place),
        };
        Some(match value {
            Value::Json("null") => Value::Null,
            Value::Float(number) if !number.is_finite() => Value::Null,
            value => value,
        })
    }
}

impl Source {
    /// Appends the value.
    fn write(&self, values: Values<'_>, nulls: bool, out: &mut Vec<u8>) -> Written {
        let value = self.place.and_then(|place| values.get(place));
        let value = match (value.filter(|value| *value != Value::Null || self.default.is_none()), &self.default) {
            (Some(Value::Null), _) if !nulls => return Written { exists: true, written: false },
            (Some(value), _) if self.keeps(value) => {
                value.write_json(nulls, out);
                return Written { exists: true, written: true };
            }
            (Some(value), _) => value.to_json(),
            (None, Some(default)) => default.clone(),
            (None, None) => return Written { exists: false, written: false },
        };
        let value = convert::to_common(value, self.kind, &self.masks);
        let written = nulls || !value.is_null();
        if written {
            Value::Json(&value.to_string()).write_json(nulls, out);
        }
        Written { exists: true, written }
    }

    /// Returns whether the value is of the wanted type already.
    fn keeps(&self, value: Value<'_>) -> bool {
        match (self.kind, value) {
            (None | Some(Type::Array | Type::Other), _) | (Some(Type::Text), Value::Text(_) | Value::Date(_)) => true,
            (Some(Type::Text), Value::Json(text)) => text.starts_with('"'),
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use proptest::prelude::*;
    use serde_json::json;

    use super::*;
    use crate::record::reader::tree_of;
    use crate::record::samples::json as any_json;
    use crate::record::{Batch, Column, Kind, strip_nulls};

    fn field() -> impl Strategy<Value = Json> {
        let path = prop::sample::select(vec![
            "a",
            "b",
            "c.d",
            "c.e",
            "f.g.h",
            "c",
            "a.x",
            "l[0]",
            "l[2]",
            "l[1].x",
            "l[1].y",
            "c.m[1][1]",
            "c.m[1][0]",
        ]);
        let vendor = prop::sample::select(vec!["a", "b", "a.b", "a.b.c", "d", "n", "nope", ""]);
        let kind = prop::sample::select(vec!["", "string", "number", "int", "boolean", "date", "array", "address"]);
        let settings = prop::sample::select(vec![
            json!([]),
            json!([]),
            json!([{"type": "remove", "properties": {"fromVendor": true}}]),
            json!([{"type": "defaultValue", "properties": {"value": "5"}}]),
            json!([{"type": "transformDate", "properties": {"pattern": "dd.MM.yyyy"}}]),
        ]);
        (path, vendor, kind, settings).prop_map(|(path, vendor, kind, settings)| {
            let text = |text: &str| if text.is_empty() { Json::Null } else { text.into() };
            json!({"path": path, "vendorPath": text(vendor), "type": text(kind), "configuration": settings})
        })
    }

    /// Returns a row with values of every kind.
    fn row_of(record: &Json) -> Batch {
        let kinds = [("a", Kind::Text), ("b", Kind::Date), ("d", Kind::Float), ("a.b", Kind::Int), ("n", Kind::Json)];
        let columns = kinds.map(|(name, kind)| Column { name: name.into(), kind });
        let mut batch = Batch::new(Arc::new(Schema::new(columns)));
        let (json, text) = (record.to_string(), record["a"].to_string());
        let values = [
            record["a"].as_str().map_or(Value::Text(&text), Value::Text),
            record["b"].as_i64().map_or(Value::Null, |seconds| Value::Date(seconds % 1_000_000_000)),
            record["d"].as_f64().map_or(Value::Null, Value::Float),
            Value::Int(7),
            Value::Json(&json),
        ];
        values.into_iter().for_each(|value| batch.push(value));
        batch
    }

    proptest! {
        /// Records are mapped as their trees are.
        #[test]
        fn records_are_mapped_as_trees_are(
            fields in prop::collection::vec(field(), 0..6),
            record in any_json(),
        ) {
            let mut known = std::collections::HashSet::new();
            let fields: Vec<Json> = fields.into_iter().filter(|field| known.insert(field["path"].clone())).collect();
            let pass = json!([{"type": "passThrough", "properties": {"fromVendor": false}}]);
            let recipe = MappingSpec {
                fields: serde_json::from_value(json!(fields)).expect("fields"),
                settings: serde_json::from_value(pass).expect("settings"),
                ..MappingSpec::default()
            };
            let mapping = Mapping::compile(&recipe);
            let mut documents = Batch::new(Schema::documents());
            documents.push_document(&record.to_string()).expect("a document");
            for batch in [documents, row_of(&record)] {
                let Some(flat) = FlatMapping::compile(&recipe, &mapping, batch.schema()) else { continue };
                let row = batch.row(0);
                let mut expected = mapping.to_common(&row.to_json(), &mut Budget::unlimited()).expect("room");
                for nulls in [true, false] {
                    if !nulls {
                        strip_nulls(&mut expected);
                    }
                    let mut out = Vec::new();
                    let (mut reading, mut budget) = (Reading::default(), Budget::unlimited());
                    flat.write(row, nulls, (&mut reading, &mut budget), &mut out).expect("room");
                    let mut text = String::from_utf8(out).unwrap();
                    if !batch.schema().is_documents() {
                        // Rows and trees write large numbers in different forms.
                        text = tree_of(&text).to_string();
                    }
                    prop_assert_eq!(text, expected.to_string(), "{:?}", recipe);
                }
            }
        }
    }

    #[test]
    fn objects_that_are_declared_in_parts_are_left_to_trees() {
        let fields = ["c.d", "a", "c.e"].map(|path| json!({"path": path, "vendorPath": path}));
        let recipe = MappingSpec {
            fields: serde_json::from_value(json!(fields)).expect("fields"),
            settings: serde_json::from_value(json!([{"type": "passThrough", "properties": {"fromVendor": false}}]))
                .expect("settings"),
            ..MappingSpec::default()
        };
        let mapping = Mapping::compile(&recipe);
        assert!(FlatMapping::compile(&recipe, &mapping, &Schema::documents()).is_none());
    }

    #[test]
    fn records_are_bounded() {
        let fields: Vec<Json> = (0..40).map(|at| json!({"path": format!("copy{at}"), "vendorPath": "a"})).collect();
        let pass = json!([{"type": "passThrough", "properties": {"fromVendor": false}}]);
        let recipe = MappingSpec {
            fields: serde_json::from_value(json!(fields)).expect("fields"),
            settings: serde_json::from_value(pass).expect("settings"),
            ..MappingSpec::default()
        };
        let mapping = Mapping::compile(&recipe);
        let flat = FlatMapping::compile(&recipe, &mapping, &Schema::documents()).expect("a flat mapping");
        let mut record = Batch::new(Schema::documents());
        record.push_document(&format!("{{\"a\":\"{}\"}}", "x".repeat(1 << 20))).expect("a document");
        let mut out = Vec::new();
        let (mut reading, mut budget) = (Reading::default(), Budget::of_page(usize::MAX));
        assert!(flat.write(record.row(0), true, (&mut reading, &mut budget), &mut out).is_err());
        assert!(out.len() < 18 << 20);
    }
}
