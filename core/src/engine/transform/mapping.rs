//! Mapping of one record at a time, as JSON (spec P 9.6, 9.8): for dry runs, for scripts, and for mappings that reach
//! into nested values. [`ColumnMapping`](super::ColumnMapping) maps whole batches if that is sufficient.

use serde_json::{Map, Value};

use super::convert::{self, Masks, Type};
use super::mapping_spec::MappingSpec;
use super::path::{Found, Path};
use super::transformation::MappedField;
use crate::engine::script::{Budget, TooLarge, weight};

/// Compiled mapping.
#[derive(Clone, Debug)]
pub(crate) struct Mapping {
    fields: Vec<Field>,
    passes_to_common: bool,
    passes_to_vendor: bool,
}

/// Compiled field of a mapping.
#[derive(Clone, Debug)]
pub(super) struct Field {
    /// `None` if the path is malformed; nothing is written then.
    pub path: Option<Path>,
    pub vendor: Option<Path>,
    pub kind: Option<Type>,
    vendor_kind: Option<Type>,
    pub masks: Masks,
    pub default: Option<Value>,
    pub suppressed_to_common: bool,
    suppressed_to_vendor: bool,
}

impl Mapping {
    pub fn compile(recipe: &MappingSpec) -> Self {
        Self {
            fields: recipe.fields.iter().map(Field::compile).collect(),
            passes_to_common: recipe.passes("fromVendor"),
            passes_to_vendor: recipe.passes("toVendor"),
        }
    }

    /// Maps a vendor's record to the common resource, before its scripts.
    ///
    /// # Errors
    /// Fails if the record is too large.
    pub fn to_common(&self, source: &Value, budget: &mut Budget) -> Result<Value, TooLarge> {
        let mut out = beginning(self.passes_to_common, source, budget)?;
        if self.passes_to_common {
            for field in &self.fields {
                field.moved_to_common().into_iter().for_each(|path| path.remove(&mut out));
            }
        }
        for field in &self.fields {
            field.write_to_common(source, &mut out, budget)?;
        }
        Ok(out)
    }

    /// Maps a record of the common resource to the vendor's, before its scripts.
    ///
    /// # Errors
    /// Fails if the record is too large.
    pub fn to_vendor(&self, source: &Value, budget: &mut Budget) -> Result<Value, TooLarge> {
        let mut out = beginning(self.passes_to_vendor, source, budget)?;
        if self.passes_to_vendor {
            for field in &self.fields {
                field.moved_to_vendor().into_iter().for_each(|path| path.remove(&mut out));
            }
        }
        for field in &self.fields {
            field.write_to_vendor(source, &mut out, budget)?;
        }
        Ok(out)
    }

    pub(super) fn fields(&self) -> &[Field] {
        &self.fields
    }

    pub(super) fn passes_to_common(&self) -> bool {
        self.passes_to_common
    }
}

/// Returns the initial content of a mapped record.
fn beginning(passes: bool, source: &Value, budget: &mut Budget) -> Result<Value, TooLarge> {
    if !passes {
        return Ok(Value::Object(Map::new()));
    }
    budget.take(weight(source))?;
    Ok(source.clone())
}

impl Field {
    fn compile(field: &MappedField) -> Self {
        let vendor = field.vendor_path.as_deref().filter(|path| !path.is_empty());
        Self {
            path: Path::parse(&field.path),
            vendor: vendor.and_then(Path::parse),
            kind: field.kind.as_deref().map(Type::of),
            vendor_kind: field.vendor_type.as_deref().map(Type::of),
            masks: Masks::of(field),
            default: field.default_value().cloned(),
            suppressed_to_common: field.is_suppressed("fromVendor"),
            suppressed_to_vendor: field.is_suppressed("toVendor"),
        }
    }

    /// Returns the property that a mapping moves, and that therefore does not pass through as well.
    fn moved_to_common(&self) -> Option<&Path> {
        self.vendor.as_ref().filter(|vendor| vendor.is_plain() && self.path.as_ref() != Some(vendor))
    }

    fn moved_to_vendor(&self) -> Option<&Path> {
        let vendor = self.vendor.as_ref().filter(|vendor| vendor.is_plain())?;
        self.path.as_ref().filter(|path| path.is_plain() && *path != vendor)
    }

    fn write_to_common(&self, source: &Value, out: &mut Value, budget: &mut Budget) -> Result<(), TooLarge> {
        let Some(path) = &self.path else { return Ok(()) };
        if self.suppressed_to_common {
            path.remove(out);
            return Ok(());
        }
        let mut found = self.vendor.as_ref().map_or(Found::Missing, |vendor| vendor.read(source));
        if !path.has_every()
            && let Found::Many(_) = found
        {
            let whole = self.kind == Some(Type::Array);
            found = found.collapsed(whole).map_or(Found::Missing, Found::One);
        }
        let convert = |value: Option<Value>| {
            let value =
                value.filter(|value| !value.is_null() || self.default.is_none()).or_else(|| self.default.clone());
            value.map(|value| convert::to_common(value, self.kind, &self.masks))
        };
        match found.map(&convert) {
            Found::Missing => Ok(()),
            found => path.write(out, found, budget),
        }
    }

    fn write_to_vendor(&self, source: &Value, out: &mut Value, budget: &mut Budget) -> Result<(), TooLarge> {
        let Some(vendor) = self.vendor.as_ref().filter(|vendor| vendor.is_plain()) else { return Ok(()) };
        if self.suppressed_to_vendor {
            vendor.remove(out);
            return Ok(());
        }
        let found = self.path.as_ref().map_or(Found::Missing, |path| path.read(source));
        let found = if vendor.has_every() { found } else { found.collapsed(false).map_or(Found::Missing, Found::One) };
        match found.map(&|value| value.map(|value| convert::to_vendor(value, self.vendor_kind, &self.masks))) {
            Found::Missing => Ok(()),
            found => vendor.write(out, found, budget),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn value() -> impl Strategy<Value = Value> {
        prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::Bool),
            any::<i32>().prop_map(Value::from),
            ".{0,6}".prop_map(Value::from),
            prop::collection::vec(any::<u8>(), 0..3).prop_map(|items| json!(items)),
        ]
    }

    proptest! {
        /// Mappings that only rename fields are reversible.
        #[test]
        fn there_and_back_is_the_same(
            names in prop::sample::subsequence(vec!["id", "email", "phone", "level", "country"], 0..5),
            values in prop::collection::vec(value(), 5),
            nested in any::<bool>(),
        ) {
            let fields: Vec<Value> = names
                .iter()
                .map(|name| json!({"path": if nested { format!("x.{name}.y") } else { format!("x_{name}") }, "vendorPath": name}))
                .collect();
            let fields = serde_json::from_value(json!(fields)).expect("fields");
            let mapping = Mapping::compile(&MappingSpec { fields, ..MappingSpec::default() });
            let all = ["id", "email", "phone", "level", "country"].into_iter().map(str::to_owned);
            let record: Value = Value::Object(all.zip(values).collect());
            let common = mapping.to_common(&record, &mut Budget::unlimited()).expect("room");
            prop_assert_eq!(mapping.to_vendor(&common, &mut Budget::unlimited()), Ok(record.clone()));
            prop_assert!(names.iter().all(|name| common.get(name).is_none()));
        }

        /// Arbitrary paths and records cause no panic.
        #[test]
        fn no_mapping_breaks_on_any_record(
            paths in prop::collection::vec(("[a-c.\\[\\]*0-9=?(@)`']{0,12}", "[a-c.\\[\\]*0-9=?(@)`']{0,12}"), 0..4),
            record in value(),
            passes in any::<bool>(),
        ) {
            let fields: Vec<Value> = paths
                .iter()
                .enumerate()
                .map(|(at, (path, vendor))| json!({"path": format!("{path}{at}"), "vendorPath": vendor, "type": "date"}))
                .collect();
            let settings = json!([{"type": "passThrough", "properties": {"fromVendor": passes, "toVendor": passes}}]);
            let mapping = Mapping::compile(&MappingSpec {
                fields: serde_json::from_value(json!(fields)).expect("fields"),
                settings: serde_json::from_value(settings).expect("settings"),
                ..MappingSpec::default()
            });
            for record in [record.clone(), json!({"a": record, "b": [{"c": 1}, null], "c": {"a": [1]}})] {
                let (mut there, mut back) = (Budget::unlimited(), Budget::unlimited());
                let _ = (mapping.to_common(&record, &mut there), mapping.to_vendor(&record, &mut back));
            }
        }

        /// A mapped record is never larger than the amount charged to its budget.
        #[test]
        fn budgets_count_all_that_is_made(
            paths in prop::collection::vec("[a-c](\\[[0-9*]\\])?(\\.[a-c](\\[[0-9*]\\])?)?", 0..6),
            vendors in prop::collection::vec("(a|b|b\\[\\*\\]|b\\[\\*\\]\\.c|c\\.a)", 6),
            record in value(),
            passes in any::<bool>(),
        ) {
            let fields: Vec<Value> =
                paths.iter().zip(&vendors).map(|(path, vendor)| json!({"path": path, "vendorPath": vendor})).collect();
            let settings = json!([{"type": "passThrough", "properties": {"fromVendor": passes, "toVendor": passes}}]);
            let mapping = Mapping::compile(&MappingSpec {
                fields: serde_json::from_value(json!(fields)).expect("fields"),
                settings: serde_json::from_value(settings).expect("settings"),
                ..MappingSpec::default()
            });
            let source = json!({"a": record, "b": [{"c": 1}, {"c": "xy"}, null], "c": {"a": [1, 2]}});
            let mut budget = Budget::unlimited();
            let made = mapping.to_common(&source, &mut budget).expect("room");
            // The object itself exists before anything is charged.
            prop_assert!(weight(&made) <= budget.spent() + weight(&json!({})), "{:?}", made);
            let mut short = Budget::of_page(budget.spent().saturating_sub(1));
            prop_assert_eq!(mapping.to_common(&source, &mut short).is_err(), budget.spent() > 0);
        }
    }
}
