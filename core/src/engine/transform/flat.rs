//! Mapping of documents to common resources without trees, for transformations that only rename, convert and omit fields.
//! [`ColumnMapping`](super::columnar::ColumnMapping) does the same for rows with columns.

use serde_json::Value as Json;

use super::convert::{self, Masks, Type};
use super::mapping::Mapping;
use super::mapping_spec::MappingSpec;
use crate::engine::script::{Budget, TooLarge};
use crate::record::reader::tree_of;
use crate::record::slices::{Reach, Reading, Slice, Slices};
use crate::record::{Schema, Value, json_key};

/// Mapping from paths of documents to members of the result.
#[derive(Clone, Debug)]
pub(crate) struct DocumentMapping {
    paths: Slices,
    sources: Vec<Source>,
    members: Vec<Member>,
}

/// Source of a member of the result.
#[derive(Clone, Debug)]
struct Source {
    /// Number of its path; `None` if the vendor has no such field.
    path: Option<usize>,
    kind: Option<Type>,
    masks: Masks,
    default: Option<Json>,
}

/// Parts of a record.
#[derive(Clone, Copy)]
struct Parts<'a> {
    record: &'a str,
    reading: &'a Reading,
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
}

impl DocumentMapping {
    /// Compiles the mapping. Returns `None` if it is not simple enough.
    pub fn compile(recipe: &MappingSpec, mapping: &Mapping, model: &Schema) -> Option<Self> {
        if !model.is_documents() || !recipe.scripts.is_empty() || mapping.passes_to_common() {
            return None;
        }
        let mut compiled = Self { paths: Slices::default(), sources: Vec::new(), members: Vec::new() };
        let mut suppressed: Vec<Member> = Vec::new();
        for field in mapping.fields() {
            let path = field.path.as_ref()?.members()?;
            if field.suppressed_to_common {
                // It removes nothing but what another field writes.
                insert(&mut suppressed, &path, usize::MAX)?;
                continue;
            }
            let vendor = match &field.vendor {
                Some(vendor) => Some(compiled.paths.add(vendor.members()?, Reach::Whole)),
                // A malformed path refers to nothing.
                None => None,
            };
            let source = compiled.sources.len();
            compiled.sources.push(Source {
                path: vendor,
                kind: field.kind,
                masks: field.masks.clone(),
                default: field.default.clone(),
            });
            insert(&mut compiled.members, &path, source)?;
        }
        (!overlap(&suppressed, &compiled.members)).then_some(compiled)
    }

    /// Appends a record, mapped; see [`Row::write_json`](crate::record::Row::write_json) for `nulls`.
    ///
    /// # Errors
    /// Fails if the record is too large; a part of it was written in that case.
    pub fn write(
        &self,
        record: &str,
        nulls: bool,
        (reading, budget): (&mut Reading, &mut Budget),
        out: &mut Vec<u8>,
    ) -> Result<(), TooLarge> {
        self.paths.read(record, reading, |_, _| true);
        self.write_members(&self.members, Parts { record, reading }, nulls, budget, out).map(drop)
    }

    /// Appends an object. Returns whether the record has any of its values.
    fn write_members(
        &self,
        members: &[Member],
        parts: Parts<'_>,
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
            let written = match node {
                Node::Object(below) => {
                    let any = self.write_members(below, parts, nulls, budget, out)?;
                    found |= any;
                    any
                }
                Node::Value(source) => {
                    let (exists, written) = self.sources[*source].write(parts, nulls, out);
                    found |= exists;
                    budget.take(out.len() - before)?;
                    written
                }
            };
            if !written {
                out.truncate(before);
            }
        }
        out.push(b'}');
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

/// Adds a member at a path. Returns `None` if it collides with another one, or if it belongs to an object that other
/// members follow already: such an object is where the first of its values that *exists* is, which differs by record.
fn insert(members: &mut Vec<Member>, path: &[&str], source: usize) -> Option<()> {
    let (first, rest) = path.split_first()?;
    let key = json_key(first);
    let known = members.iter().position(|member| member.key == key);
    match (known, rest.is_empty()) {
        (None, true) => members.push(Member { key, node: Node::Value(source) }),
        (None, false) => {
            let mut below = Vec::new();
            insert(&mut below, rest, source)?;
            members.push(Member { key, node: Node::Object(below) });
        }
        (Some(at), false) if at + 1 == members.len() => match &mut members[at].node {
            Node::Object(below) => insert(below, rest, source)?,
            Node::Value(_) => return None,
        },
        (Some(_), _) => return None,
    }
    Some(())
}

impl Source {
    /// Appends the value. Returns whether there is one, and whether it was written.
    fn write(&self, Parts { record, reading }: Parts<'_>, nulls: bool, out: &mut Vec<u8>) -> (bool, bool) {
        let text = match self.path.map_or(Slice::Missing, |path| reading.part(record, path)) {
            Slice::Text(text) if text != "null" || self.default.is_none() => Some(text),
            _ => None,
        };
        let unchanged = |text: &str| match self.kind {
            None | Some(Type::Array | Type::Other) => true,
            Some(Type::Text) => text.starts_with('"'),
            _ => false,
        };
        let value = match (text, &self.default) {
            (Some("null"), _) if !nulls => return (true, false),
            (Some(text), _) if unchanged(text) => {
                Value::Json(text).write_json(nulls, out);
                return (true, true);
            }
            (Some(text), _) => tree_of(text),
            (None, Some(default)) => default.clone(),
            (None, None) => return (false, false),
        };
        let value = convert::to_common(value, self.kind, &self.masks);
        if value.is_null() && !nulls {
            return (true, false);
        }
        Value::Json(&value.to_string()).write_json(nulls, out);
        (true, true)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;
    use crate::record::samples::json as any_json;
    use crate::record::strip_nulls;

    fn field() -> impl Strategy<Value = Json> {
        let path = prop::sample::select(vec!["a", "b", "c.d", "c.e", "f.g.h", "c", "a.x"]);
        let vendor = prop::sample::select(vec!["a", "b", "a.b", "a.b.c", "d", "nope", ""]);
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

    proptest! {
        /// Texts and trees are mapped identically.
        #[test]
        fn documents_are_mapped_as_trees_are(
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
            if let Some(flat) = DocumentMapping::compile(&recipe, &mapping, &Schema::documents()) {
                let mut expected = mapping.to_common(&record, &mut Budget::unlimited()).expect("room");
                for nulls in [true, false] {
                    if !nulls {
                        strip_nulls(&mut expected);
                    }
                    let mut out = Vec::new();
                    let (mut reading, mut budget) = (Reading::default(), Budget::unlimited());
                    flat.write(&record.to_string(), nulls, (&mut reading, &mut budget), &mut out).expect("room");
                    prop_assert_eq!(String::from_utf8(out).unwrap(), expected.to_string(), "{:?}", recipe);
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
        assert!(DocumentMapping::compile(&recipe, &mapping, &Schema::documents()).is_none());
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
        let flat = DocumentMapping::compile(&recipe, &mapping, &Schema::documents()).expect("a flat mapping");
        let record = format!("{{\"a\":\"{}\"}}", "x".repeat(1 << 20));
        let mut out = Vec::new();
        let (mut reading, mut budget) = (Reading::default(), Budget::of_page(usize::MAX));
        assert!(flat.write(&record, true, (&mut reading, &mut budget), &mut out).is_err());
        assert!(out.len() < 18 << 20);
    }
}
