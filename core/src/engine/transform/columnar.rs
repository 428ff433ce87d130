//! Mapping of whole batches, for transformations that only rename, convert and omit fields, which most do. Values are
//! copied from column to column, without building a tree for each record.

use std::io::Write;
use std::sync::Arc;

use serde_json::Value as Json;

use super::convert::{self, Masks, Type, boolean_of, number_of};
use super::mapping::{Field, Mapping};
use super::mapping_spec::MappingSpec;
use super::tree::{Cells, Tree};
use crate::engine::script::{Budget, MEMBER_BYTES, TooLarge};
use crate::record::{Batch, Column, Kind, Row, Schema, Value, format_seconds};

/// Mapping from the columns of one schema to those of another.
///
/// The columns of the result are named by their paths: first the mapped fields in stored order, then the model's
/// columns that pass through (spec P 10.6).
#[derive(Clone, Debug)]
pub(crate) struct ColumnMapping {
    schema: Arc<Schema>,
    sources: Vec<Source>,
}

/// Source of a column of the result.
#[derive(Clone, Debug)]
struct Source {
    /// `None` if the vendor has no such field.
    column: Option<usize>,
    /// Names of its path.
    path: Vec<String>,
    kind: Option<Type>,
    masks: Masks,
    /// Default value, in the declared type.
    default: Option<Json>,
}

/// A row of the model, seen through the columns of the result.
struct Mapped<'a> {
    flat: &'a ColumnMapping,
    row: Row<'a>,
}

impl Cells for Mapped<'_> {
    fn cell<'a>(&'a self, column: usize, scratch: &'a mut Vec<u8>) -> Value<'a> {
        scratch.clear();
        self.flat.sources[column].value(self.row, scratch)
    }
}

impl ColumnMapping {
    /// Compiles the mapping. Returns `None` if it is not simple enough to be mapped by columns.
    pub fn compile(recipe: &MappingSpec, mapping: &Mapping, model: &Schema) -> Option<Self> {
        if !recipe.scripts.is_empty() || model.is_documents() {
            return None;
        }
        let mut mapped: Vec<(Source, Column)> = Vec::new();
        let mut suppressed: Vec<Vec<String>> = Vec::new();
        let mut passing = vec![mapping.passes_to_common(); model.width()];
        for (field, stored) in mapping.fields().iter().zip(&recipe.fields) {
            let path: Vec<String> = field.path.as_ref()?.members()?.into_iter().map(str::to_owned).collect();
            let vendor = match &field.vendor {
                Some(vendor) => Some(vendor.members().filter(|members| members.len() == 1)?.concat()),
                // A malformed path refers to nothing.
                None => None,
            };
            let column = vendor.as_ref().and_then(|name| model.position(name));
            hide(&mut passing, model, field, &path, column)?;
            if field.suppressed_to_common {
                suppressed.push(path);
                continue;
            }
            let default = field.default.clone().map(|value| convert::to_common(value, field.kind, &field.masks));
            let source = Source { column, path, kind: field.kind, masks: field.masks.clone(), default };
            let column = Column { name: stored.path.clone().into(), kind: source.column_kind(model) };
            mapped.push((source, column));
        }
        // A field without a value does not hide a property of the same name that passes through.
        let passes = |path: &[String]| model.position(&path.concat()).is_some_and(|at| path.len() == 1 && passing[at]);
        mapped.retain(|(source, _)| source.is_present() || !passes(&source.path));
        let paths = mapped.iter().map(|(source, _)| &source.path).chain(&suppressed);
        let paths: Vec<&[String]> = paths.map(Vec::as_slice).collect();
        if overlap(&paths) {
            return None;
        }
        let model = model.columns().iter().enumerate().filter(|(position, _)| passing[*position]);
        mapped.extend(model.map(|(position, column)| (Source::passing(position, column), column.clone())));
        let (sources, columns): (Vec<Source>, Vec<Column>) = mapped.into_iter().unzip();
        // A batch without columns has no rows, but the (empty) records exist.
        if sources.is_empty() {
            return None;
        }
        Some(Self { schema: Arc::new(Schema::new(columns)), sources })
    }

    /// Returns the columns of the result.
    pub fn schema(&self) -> &Arc<Schema> {
        &self.schema
    }

    /// Returns whether a name is that of one column or of no column, as opposed to an object of several columns or a
    /// part of one.
    pub fn has_whole(&self, field: &str) -> bool {
        let first = field.split(['.', '[']).next().unwrap_or_default();
        let root = |source: &Source| source.path.first().is_some_and(|root| root == first);
        self.schema.position(field).is_some() || !self.sources.iter().any(root)
    }

    /// Returns the tree that writes rows of the result as records; `fields` keeps only the named ones.
    pub fn tree(&self, fields: Option<&[String]>) -> Tree {
        let columns = self.columns().enumerate().filter(|(_, (_, present))| *present);
        Tree::of(columns.map(|(at, (path, _))| (at, path)), fields)
    }

    /// Returns the path of each column, and whether records have it: fields that the vendor does not have are omitted.
    fn columns(&self) -> impl Iterator<Item = (&[String], bool)> {
        self.sources.iter().map(|source| (source.path.as_slice(), source.is_present()))
    }

    /// Appends a row, mapped, as a JSON object of this tree, without intermediate copies.
    ///
    /// # Errors
    /// Fails if the record is too large; a part of it was written in that case.
    pub fn write_json(
        &self,
        tree: &Tree,
        row: Row<'_>,
        nulls: bool,
        (scratch, budget): (&mut Vec<u8>, &mut Budget),
        out: &mut Vec<u8>,
    ) -> Result<(), TooLarge> {
        tree.write(&Mapped { flat: self, row }, nulls, (scratch, budget), out)
    }

    /// Adds a row, mapped, to a batch of the result's schema.
    ///
    /// # Errors
    /// Fails if the record is too large; a part of it was added in that case, and the batch must be cleared.
    pub fn push(
        &self,
        row: Row<'_>,
        scratch: &mut Vec<u8>,
        budget: &mut Budget,
        out: &mut Batch,
    ) -> Result<(), TooLarge> {
        for source in &self.sources {
            scratch.clear();
            let value = source.value(row, scratch);
            budget.take(weight_of(value))?;
            out.push(value);
        }
        Ok(())
    }
}

/// Excludes columns from passing through that are moved or that a field overwrites. Returns `None` if a field reaches
/// into a JSON column.
fn hide(passing: &mut [bool], model: &Schema, field: &Field, path: &[String], column: Option<usize>) -> Option<()> {
    // A field that keeps its name replaces the column itself.
    if let Some(column) = column {
        passing[column] = false;
    }
    let Some(root) = path.first().and_then(|root| model.position(root)) else { return Some(()) };
    let nested = path.len() > 1;
    if nested && passing[root] && (model.columns()[root].kind == Kind::Json || field.suppressed_to_common) {
        // Suppressing a path below a value without members has no effect, but only then.
        return (field.suppressed_to_common && model.columns()[root].kind != Kind::Json).then_some(());
    }
    let writes = field.suppressed_to_common || column.is_some() || field.default.is_some();
    if writes {
        passing[root] = false;
    }
    Some(())
}

/// Returns whether one path is a prefix of another.
fn overlap(paths: &[&[String]]) -> bool {
    let below = |(at, path): (usize, &&[String])| {
        paths.iter().enumerate().any(|(other, whole)| at != other && whole.starts_with(path))
    };
    paths.iter().enumerate().any(below)
}

impl Source {
    /// Returns the source of an unchanged column of the model.
    fn passing(position: usize, column: &Column) -> Self {
        Self {
            column: Some(position),
            path: vec![column.name.clone().into_owned()],
            kind: None,
            masks: Masks::default(),
            default: None,
        }
    }

    /// Returns whether records have the property at all.
    fn is_present(&self) -> bool {
        self.column.is_some() || self.default.is_some()
    }

    /// Returns the type of the result's column: the declared one, or that of the model.
    fn column_kind(&self, model: &Schema) -> Kind {
        let own = self.column.map(|column| model.columns()[column].kind);
        convert::column_kind(self.kind, own, &self.masks, self.default.as_ref()).unwrap_or(Kind::Text)
    }

    fn value<'a>(&'a self, row: Row<'a>, scratch: &'a mut Vec<u8>) -> Value<'a> {
        let value = self.column.map_or(Value::Null, |column| row.get(column));
        match (value, &self.default, self.kind) {
            (Value::Null, None, _) => Value::Null,
            (Value::Null, Some(default), _) => json_value(default, scratch),
            (value, _, None | Some(Type::Array | Type::Other)) => value,
            (value, _, Some(kind)) => self.convert(value, kind, scratch),
        }
    }

    /// Converts a column's value as spec P 9.13 defines; see [`convert`](mod@convert) for the same on JSON.
    fn convert<'a>(&self, value: Value<'a>, kind: Type, scratch: &'a mut Vec<u8>) -> Value<'a> {
        match (kind, value) {
            (Type::Text, Value::Text(_)) => value,
            (Type::Text, Value::Date(seconds)) => {
                format_seconds(seconds, scratch);
                text_in(scratch)
            }
            (Type::Text, Value::Float(number)) => {
                // Writing to memory cannot fail.
                let _ = write!(scratch, "{number}");
                text_in(scratch)
            }
            (Type::Text, value) => {
                value.write_json(true, scratch);
                text_in(scratch)
            }
            (Type::Number | Type::Int, Value::Bool(value)) => Value::Int(i64::from(value)),
            (Type::Int, Value::Float(_)) | (Type::Number | Type::Int, Value::Text(_)) => number(value, kind),
            (Type::Boolean, Value::Text(text)) => boolean_of(text).map_or(value, Value::Bool),
            (Type::Boolean, Value::Int(number @ (0 | 1))) => Value::Bool(number == 1),
            (Type::Boolean, Value::Float(number)) => boolean_of(&number.to_string()).map_or(value, Value::Bool),
            (Type::Date, value) if self.masks.write_common(value, scratch) => text_in(scratch),
            (_, value) => value,
        }
    }
}

fn weight_of(value: Value<'_>) -> usize {
    match value {
        Value::Text(text) | Value::Json(text) => MEMBER_BYTES + text.len(),
        _ => MEMBER_BYTES,
    }
}

fn text_in(scratch: &[u8]) -> Value<'_> {
    std::str::from_utf8(scratch).map_or(Value::Null, Value::Text)
}

#[allow(clippy::cast_possible_truncation)]
fn number(value: Value<'_>, kind: Type) -> Value<'_> {
    let read = match value {
        Value::Text(text) => number_of(text).and_then(|number| match (number.as_i64(), number.as_f64()) {
            (Some(whole), _) => Some(Value::Int(whole)),
            (None, Some(float)) => Some(Value::Float(float)),
            _ => None,
        }),
        other => Some(other),
    };
    match read {
        Some(Value::Float(float)) if kind == Type::Int && float.abs() < 9.2e18 => Value::Int(float.trunc() as i64),
        Some(number) => number,
        None => value,
    }
}

/// Returns a JSON value as a column's value; the text of an array or object is written to the buffer.
fn json_value<'a>(json: &'a Json, scratch: &'a mut Vec<u8>) -> Value<'a> {
    match json {
        Json::Null => Value::Null,
        Json::Bool(value) => Value::Bool(*value),
        Json::Number(number) => match (number.as_i64(), number.as_f64()) {
            (Some(whole), _) => Value::Int(whole),
            (None, Some(float)) => Value::Float(float),
            _ => Value::Null,
        },
        Json::String(text) => Value::Text(text),
        nested => {
            let _ = serde_json::to_writer(&mut *scratch, nested);
            std::str::from_utf8(scratch).map_or(Value::Null, Value::Json)
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn model() -> Arc<Schema> {
        let column = |name: &'static str, kind| Column { name: name.into(), kind };
        Arc::new(Schema::new([
            column("id", Kind::Id),
            column("email", Kind::Text),
            column("when", Kind::Date),
            column("flag", Kind::Bool),
            column("score", Kind::Float),
            column("extra", Kind::Json),
        ]))
    }

    type Cells = (Option<i64>, Option<String>, Option<i64>, Option<bool>, Option<f64>, u8);

    fn batch(rows: &[Cells]) -> Batch {
        const EXTRA: [Value<'_>; 4] =
            [Value::Null, Value::Json("{\"x\":1,\"y\":null}"), Value::Json("[1,2]"), Value::Json("{}")];
        let mut batch = Batch::new(model());
        for (id, email, when, flag, score, extra) in rows {
            batch.push_null_row();
            batch.set_last(0, id.map_or(Value::Null, Value::Int));
            batch.set_last(1, email.as_deref().map_or(Value::Null, Value::Text));
            batch.set_last(2, when.map_or(Value::Null, |when| Value::Date(when.rem_euclid(4_000_000_000))));
            batch.set_last(3, flag.map_or(Value::Null, Value::Bool));
            batch.set_last(4, score.map_or(Value::Null, Value::Float));
            batch.set_last(5, EXTRA[usize::from(extra % 4)]);
        }
        batch
    }

    fn field() -> impl Strategy<Value = Json> {
        let path =
            prop::sample::select(vec!["id", "email", "a", "a.b", "p.q", "p.r", "when", "extra", "extra.x", "email.z"]);
        let vendor = prop::sample::select(vec![
            "id", "email", "when", "flag", "score", "extra", "nope", "", "extra.x", "extra[0]",
        ]);
        let kind = prop::sample::select(vec!["", "string", "number", "int", "boolean", "date", "array", "address"]);
        let settings = prop::sample::select(vec![
            json!([]),
            json!([]),
            json!([]),
            json!([{"type": "remove", "properties": {"fromVendor": true}}]),
            json!([{"type": "defaultValue", "properties": {"value": "5"}}]),
            json!([{"type": "transformDate", "properties": {"pattern": "dd.MM.yyyy"}}]),
            json!([{"type": "transformDate", "properties": {"pattern": "EEE d/MMM/yy", "vendorPattern": "yyyy-dd-MM"}}]),
            json!([{"type": "transformDate",
                "properties": {"pattern": "yyyy.M.d", "vendorPattern": "yyyy-dd-MM'T'HH:mm:ssX"}}]),
        ]);
        (path, vendor, kind, settings).prop_map(|(path, vendor, kind, settings)| {
            let text = |text: &str| if text.is_empty() { Json::Null } else { text.into() };
            json!({"path": path, "vendorPath": text(vendor), "type": text(kind), "configuration": settings})
        })
    }

    fn recipe(fields: Vec<Json>, passes: bool) -> MappingSpec {
        let mut known = std::collections::HashSet::new();
        let fields: Vec<Json> = fields.into_iter().filter(|field| known.insert(field["path"].clone())).collect();
        let pass = json!([{"type": "passThrough", "properties": {"fromVendor": passes}}]);
        MappingSpec {
            fields: serde_json::from_value(json!(fields)).expect("fields"),
            settings: serde_json::from_value(pass).expect("settings"),
            ..MappingSpec::default()
        }
    }

    /// Many fields that copy one large column make a row far larger than the vendor's.
    #[test]
    fn rows_are_bounded() {
        let fields = (0..40).map(|at| json!({"path": format!("copy{at}"), "vendorPath": "email"})).collect();
        let recipe = recipe(fields, true);
        let mapping = Mapping::compile(&recipe);
        let batch = batch(&[(Some(1), Some("x".repeat(1 << 20)), None, None, None, 0)]);
        let flat = ColumnMapping::compile(&recipe, &mapping, batch.schema()).expect("a flat mapping");
        let (mut mapped, mut scratch, mut out) = (Batch::new(Arc::clone(flat.schema())), Vec::new(), Vec::new());
        let budget = || Budget::of_page(usize::MAX);
        assert!(flat.push(batch.row(0), &mut scratch, &mut budget(), &mut mapped).is_err());
        assert!(mapped.text_len() < 17 << 20);
        let writes = flat.write_json(&flat.tree(None), batch.row(0), true, (&mut scratch, &mut budget()), &mut out);
        assert!(writes.is_err() && out.len() < 18 << 20);
        assert!(mapping.to_common(&batch.row(0).to_json(), &mut budget()).is_err());
    }

    proptest! {
        /// Whole batches and single records are mapped identically.
        #[test]
        fn batches_are_mapped_as_records_are(
            fields in prop::collection::vec(field(), 0..6),
            passes in any::<bool>(),
            rows in prop::collection::vec(
                (any::<Option<i64>>(), prop::option::of("(yes|[0-9]{1,3}(\\.[0-9])?|2024-02-0[1-9]|.{0,5})"),
                 any::<Option<i64>>(), any::<Option<bool>>(), prop::option::of((-999_i32..999).prop_map(|score| f64::from(score) / 4.0)), any::<u8>()), 1..4),
        ) {
            let recipe = recipe(fields, passes);
            let mapping = Mapping::compile(&recipe);
            let batch = batch(&rows);
            if let Some(flat) = ColumnMapping::compile(&recipe, &mapping, batch.schema()) {
                let tree = flat.tree(None);
                let (mut mapped, mut scratch) = (Batch::new(Arc::clone(flat.schema())), Vec::new());
                for (position, source) in batch.rows().enumerate() {
                    let mut budget = Budget::unlimited();
                    flat.push(source, &mut scratch, &mut budget, &mut mapped).expect("room");
                    let mut out = Vec::new();
                    flat.write_json(&tree, source, true, (&mut scratch, &mut budget), &mut out).expect("room");
                    let got: Json = serde_json::from_slice(&out).expect("JSON");
                    prop_assert_eq!(Ok(got), mapping.to_common(&source.to_json(), &mut budget), "{:?}", recipe);
                    for nulls in [true, false] {
                        let (mut stored, mut direct) = (Vec::new(), Vec::new());
                        tree.write_json(mapped.row(position), nulls, &mut stored);
                        flat.write_json(&tree, source, nulls, (&mut scratch, &mut budget), &mut direct).expect("room");
                        prop_assert_eq!(stored, direct, "{:?}", recipe);
                    }
                }
            }
        }
    }

    #[test]
    fn plain_mappings_are_flat_and_others_are_not() {
        let compiled = |fields: Json, passes: bool| {
            let Json::Array(fields) = fields else { return false };
            let recipe = recipe(fields, passes);
            ColumnMapping::compile(&recipe, &Mapping::compile(&recipe), &model()).is_some()
        };
        let flat = |fields: Json| compiled(fields, true);
        assert!(flat(json!([])));
        assert!(!compiled(json!([]), false));
        assert!(flat(json!([{"path": "a.b", "vendorPath": "id"}, {"path": "a.c", "vendorPath": "extra"}])));
        assert!(!flat(json!([{"path": "a", "vendorPath": "extra.x"}])));
        assert!(!flat(json!([{"path": "a[*]", "vendorPath": "id"}])));
        assert!(!flat(json!([{"path": "extra.y", "vendorPath": "id"}])));
        assert!(!flat(json!([{"path": "a", "vendorPath": "id"}, {"path": "a.b", "vendorPath": "email"}])));
    }
}
