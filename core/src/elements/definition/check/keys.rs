//! Remarks about keys that are probably misspelt. Unknown keys are accepted (spec E 1.2), so a slip has no other sign.

use serde_json::Value;

use super::super::schema::keys::{Kind, TABLES, Table, table};
use super::rules::MISSPELT_KEY;
use super::{Remarks, entries};

pub fn check(document: &Value, remarks: &mut Remarks) {
    object(document, "", &TABLES[0], remarks);
}

fn object(value: &Value, pointer: &str, table_of: &Table, remarks: &mut Remarks) {
    for key in value.as_object().into_iter().flat_map(|members| members.keys()) {
        let Some((_, kind)) = table_of.types().find(|(name, _)| name == key) else {
            if let Some(meant) = similar(key, table_of).filter(|meant| value.get(meant).is_none()) {
                let message = format!("the key {key} is unknown; {meant} is similar");
                let key = key.replace('~', "~0").replace('/', "~1");
                remarks.add(&MISSPELT_KEY, format!("{pointer}/{key}"), message);
            }
            continue;
        };
        match kind {
            Kind::Object(name) => {
                if let Some(inner) = table(name) {
                    object(&value[key.as_str()], &format!("{pointer}/{key}"), inner, remarks);
                }
            }
            Kind::List(name) => {
                let Some(inner) = table(name) else { continue };
                for (pointer, entry) in entries(value, pointer, key) {
                    object(entry, &pointer, inner, remarks);
                }
            }
            _ => {}
        }
    }
}

/// Returns the key of the table that an unknown one resembles.
fn similar(key: &str, table: &Table) -> Option<&'static str> {
    let lower = key.to_lowercase();
    let distance = |name: &str| strsim::osa_distance(&lower, &name.to_lowercase());
    let (nearest, name) = table.types().map(|(name, _)| (distance(name), name)).min()?;
    (nearest <= usize::from(name.len() > 3) + usize::from(name.len() > 8)).then_some(name)
}
