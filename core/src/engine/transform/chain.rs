//! What counts for an object where several levels map it (spec P 9.7).

use super::definition::bare;
use super::transformation::MappedField;
use crate::engine::store::{Owner, TransformationRow};

/// The transformations of one object and element that count, the most specific first.
///
/// They come as the store lists them, from the highest level down. The chain goes up for as long as each level
/// inherits.
pub(crate) fn chain(mut rows: Vec<TransformationRow>) -> Vec<TransformationRow> {
    rows.sort_by_key(|row| std::cmp::Reverse(row.owner.rank()));
    let inheriting = rows.iter().take_while(|row| row.body.inherits()).count();
    rows.truncate(inheriting + 1);
    rows
}

/// The fields of a chain with their levels: a path that a more specific level has is not taken again.
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
