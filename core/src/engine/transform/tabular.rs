//! Columns of common resources whose records are kept as JSON (spec P 10.6, 16.5).

use serde_json::{Map, Value};

use super::convert::{self, Masks, Type};
use super::mapping_spec::MappingSpec;
use super::path::Path;
use super::transformation::MappedField;
use crate::record::{Kind, Schema};

/// Name of the member in which the model collects unknown members.
const ADDITIONAL: &str = "additional";

/// Fixed columns: first the mapped fields in stored order, then the model's columns that pass through.
#[derive(Clone, Debug)]
pub(crate) struct Tabular {
    pub columns: Vec<TabularColumn>,
}

/// Column, and the path of its values in a record.
#[derive(Clone, Debug)]
pub(crate) struct TabularColumn {
    pub name: String,
    pub path: Vec<String>,
    /// `None` if the type is unspecified.
    pub kind: Option<Kind>,
}

impl Tabular {
    pub fn of(recipe: &MappingSpec, model: &Schema) -> Self {
        let mut columns: Vec<TabularColumn> = Vec::new();
        for field in recipe.shown_fields() {
            let Some(path) = Path::parse(&field.path) else { continue };
            let names = path.leading_members();
            if names.is_empty() || columns.iter().any(|known| known.path == names) {
                continue;
            }
            let vendor = field.vendor_path.as_deref().and_then(|name| model.position(name));
            let own = vendor.map(|column| model.columns()[column].kind);
            // An array is one column, whatever is mapped in its members.
            let whole = path.members().is_some();
            let kind = if whole { kind_of(field, own, !recipe.scripts.is_empty()) } else { Some(Kind::Json) };
            let name = if whole { field.path.clone() } else { names.join(".") };
            columns.push(TabularColumn { name, path: names, kind });
        }
        // All members of documents pass through, so they have no columns of their own.
        if recipe.passes("fromVendor") && !model.is_documents() {
            let passing =
                model.columns().iter().filter(|column| column.name != ADDITIONAL && !recipe.takes(&column.name));
            columns.extend(passing.map(|column| TabularColumn {
                name: column.name.clone().into_owned(),
                path: vec![column.name.clone().into_owned()],
                kind: Some(column.kind),
            }));
        }
        Self { columns }
    }

    /// Returns the members of a record beyond these columns.
    pub fn rest(&self, record: &Value) -> Map<String, Value> {
        let Value::Object(members) = record else { return Map::new() };
        let mut rest = Map::new();
        for (name, value) in members {
            let mut value = value.clone();
            let below = self.columns.iter().filter(|column| column.path.first() == Some(name));
            let paths: Vec<&[String]> = below.map(|column| &column.path[1..]).collect();
            if paths.iter().any(|path| path.is_empty()) || value.is_null() {
                continue;
            }
            let nested = !paths.is_empty();
            paths.into_iter().for_each(|path| remove(path, &mut value));
            if !(nested && value.as_object().is_some_and(Map::is_empty)) {
                rest.insert(name.clone(), value);
            }
        }
        rest
    }
}

/// Returns the type of a whole mapped field. A script may change its values, so then only the declared type counts.
fn kind_of(field: &MappedField, own: Option<Kind>, scripted: bool) -> Option<Kind> {
    let declared = field.kind.as_deref().map(Type::of);
    let own = own.filter(|_| declared.is_none() || !scripted);
    convert::column_kind(declared, own, &Masks::of(field), field.default_value())
}

fn remove(path: &[String], value: &mut Value) {
    let (Some((name, rest)), Value::Object(members)) = (path.split_first(), value) else { return };
    if rest.is_empty() {
        members.shift_remove(name);
    } else if let Some(member) = members.get_mut(name) {
        remove(rest, member);
        if member.as_object().is_some_and(Map::is_empty) {
            members.shift_remove(name);
        }
    }
}

/// Returns the dotted names of an object's leaves; arrays count as leaves.
pub(crate) fn leaf_names(members: &Map<String, Value>) -> Vec<String> {
    fn collect(prefix: &str, members: &Map<String, Value>, names: &mut Vec<String>) {
        for (name, value) in members {
            let name = if prefix.is_empty() { name.clone() } else { format!("{prefix}.{name}") };
            match value {
                Value::Object(inner) if !inner.is_empty() => collect(&name, inner, names),
                Value::Null => {}
                _ => names.push(name),
            }
        }
    }
    let mut names = Vec::new();
    collect("", members, &mut names);
    names
}

/// Returns the rest as the single column of typed formats. Members of the model's own `additional` are merged into it.
pub(crate) fn as_additional(mut rest: Map<String, Value>) -> Map<String, Value> {
    if let Some(Value::Object(inner)) = rest.get(ADDITIONAL) {
        let inner = inner.clone();
        rest.shift_remove(ADDITIONAL);
        for (name, value) in inner {
            rest.entry(name).or_insert(value);
        }
    }
    rest
}
