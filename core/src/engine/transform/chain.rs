//! Inheritance of transformations where several levels map an object (spec P 9.7).

use super::definition::bare;
use super::transformation::MappedField;
use crate::engine::store::{Owner, TransformationRow};

/// Returns the effective transformations of one object and element, the most specific first.
///
/// The store lists them from the highest level down. The chain extends upwards for as long as each level inherits.
pub(crate) fn chain(mut rows: Vec<TransformationRow>) -> Vec<TransformationRow> {
    rows.sort_by_key(|row| std::cmp::Reverse(row.owner.rank()));
    let inheriting = rows.iter().take_while(|row| row.body.inherits()).count();
    rows.truncate(inheriting + 1);
    rows
}

/// Returns the fields of a chain with their levels. A path of a more specific level overrides the same path above it.
pub(crate) fn merged_fields(chain: &[TransformationRow]) -> Vec<(Owner, &MappedField)> {
    let mut fields: Vec<(Owner, &MappedField)> = Vec::new();
    for row in chain {
        for field in &row.body.fields {
            if !fields.iter().any(|(_, known)| bare(&known.path) == bare(&field.path)) {
                fields.push((row.owner, field));
            }
        }
    }
    fields
}
