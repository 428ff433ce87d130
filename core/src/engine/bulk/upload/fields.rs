//! Fields that the columns of an uploaded file may name.

use std::collections::HashMap;

use super::columns::Columns;
use crate::element::ObjectInfo;
use crate::engine::transform::{MappingSpec, Type};
use crate::record::Kind;
use crate::warning::{nearest, short};

/// Returns the fields of an object, or of the common resource that a mapping makes of it, with their types. Empty if they
/// are not known.
pub(super) fn of(object: &ObjectInfo, recipe: Option<&MappingSpec>) -> HashMap<String, Kind> {
    let own = || object.fields.iter().map(|field| (field.name.to_string(), field.kind));
    let Some(recipe) = recipe else { return own().collect() };
    if !recipe.scripts.is_empty() {
        // Scripts may read any member.
        return HashMap::new();
    }
    let mapped = recipe.fields.iter().map(|field| {
        let kind = field.kind.as_deref().map_or(Kind::Text, |word| Type::of(word).kind());
        (field.path.clone(), kind)
    });
    match recipe.passes("toVendor") {
        true => own().chain(mapped).collect(),
        false => mapped.collect(),
    }
}

/// Checks the columns of a file of an object: those that are needed exist, and the others are fields or variables of the
/// path.
pub(super) fn check(
    object: &str,
    columns: &Columns,
    fields: &HashMap<String, Kind>,
    needed: &[String],
    path: &[String],
    sends_unknown: bool,
) -> Result<(), String> {
    let has = |name: &str| columns.names().any(|column| column == name);
    if let Some(missing) = needed.iter().find(|name| !has(name)) {
        return Err(format!("The file has no column {missing}"));
    }
    if fields.is_empty() || sends_unknown {
        return Ok(());
    }
    let first = |name: &str| name.split(['.', '[']).next().unwrap_or_default().to_owned();
    let is_known = |column: &str| {
        path.iter().any(|name| name == column)
            || fields.keys().any(|field| field == column || first(field) == first(column))
    };
    match columns.names().find(|column| !is_known(column) && !needed.iter().any(|name| name == column)) {
        Some(column) => {
            let meant = nearest(column, fields.keys().map(String::as_str));
            let meant = meant.map(|meant| format!(" Did you mean {meant}?")).unwrap_or_default();
            Err(format!("{object} has no field {}, which is a column of the file.{meant}", short(column)))
        }
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wrong_column_is_named() {
        let fields = HashMap::from([("email".to_owned(), Kind::Text), ("address.city".to_owned(), Kind::Text)]);
        let checked = |header: &[&str], needed: &[&str], sends_unknown| {
            let owned = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
            let columns = Columns::of(&owned(header), |_| None)?;
            check("contacts", &columns, &fields, &owned(needed), &["listId".to_owned()], sends_unknown)
        };
        assert_eq!(checked(&["email", "address.zip", "listId"], &["listId"], false), Ok(()));
        assert_eq!(checked(&["email"], &["id"], false), Err("The file has no column id".to_owned()));
        let wrong = checked(&["emial"], &[], false).expect_err("no field");
        assert_eq!(wrong, "contacts has no field emial, which is a column of the file. Did you mean email?");
        assert_eq!(checked(&["emial"], &[], true), Ok(()));
    }
}
