//! Complete specification of a mapping, which can be stored with a bulk job (spec P 9.7).

use serde::{Deserialize, Serialize};

use super::chain::{chain, merged_fields};
use super::definition::Shape;
use super::transformation::{MappedField, Setting};
use crate::engine::store::TransformationRow;

/// Effective mapping of one object and element after inheritance.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct MappingSpec {
    /// Name of the common resource.
    pub name: String,
    pub vendor_name: String,
    /// Fields, with the definition's type if the transformation declares none.
    pub fields: Vec<MappedField>,
    /// Settings, one of each type.
    pub settings: Vec<Setting>,
    /// Scripts in order of execution: organization, account, instance.
    pub scripts: Vec<RecipeScript>,
}

/// Script of a chain.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct RecipeScript {
    pub level: String,
    pub body: String,
    pub legacy: bool,
    pub filter_empty_response: bool,
}

impl MappingSpec {
    /// Merges the visible transformations of one object. Returns `None` if there are none.
    pub fn of(rows: Vec<TransformationRow>, shape: &Shape) -> Option<Self> {
        let chain = chain(rows);
        let first = chain.first()?;
        let fields = merged_fields(&chain).into_iter().map(|(_, field)| {
            let kind = field.kind.clone().or_else(|| shape.kind(&field.path).map(str::to_owned));
            MappedField { kind, ..field.clone() }
        });
        let mut settings: Vec<Setting> = Vec::new();
        for setting in chain.iter().flat_map(|row| &row.body.configuration) {
            if !settings.iter().any(|known| known.kind == setting.kind) {
                settings.push(setting.clone());
            }
        }
        let scripts = chain.iter().rev().filter_map(|row| {
            let script = row.body.filled_script()?;
            Some(RecipeScript {
                level: row.owner.level().to_owned(),
                body: script.body.clone(),
                legacy: row.body.is_legacy,
                filter_empty_response: script.filter_empty_response,
            })
        });
        Some(Self {
            name: first.name.clone(),
            vendor_name: first.body.vendor_name.clone(),
            fields: fields.collect(),
            settings,
            scripts: scripts.collect(),
        })
    }

    /// Returns whether properties that no field maps are kept in a direction, `fromVendor` or `toVendor`.
    pub fn passes(&self, direction: &str) -> bool {
        self.setting("passThrough").is_none_or(|setting| setting.flag(direction, true))
    }

    /// Returns whether scripts rewrite the conditions of a `where`.
    pub fn rewrites_conditions(&self) -> bool {
        self.setting("applyJSOnQueryFieldValue").is_some_and(|setting| setting.flag("toVendor", true))
    }

    /// Returns whether documents show it (`addToDocumentation`, spec P 9.4).
    pub fn is_documented(&self) -> bool {
        self.setting("addToDocumentation").is_some()
    }

    /// Returns the fields that records have, in stored order.
    pub fn shown_fields(&self) -> impl Iterator<Item = &MappedField> {
        self.fields.iter().filter(|field| !field.is_suppressed("fromVendor"))
    }

    /// Returns whether a vendor's property is moved or overwritten, and so does not pass through under its name.
    pub fn takes(&self, property: &str) -> bool {
        let moved = |field: &MappedField| field.vendor_path.as_deref() == Some(property);
        self.fields.iter().any(|field| moved(field) || field.path.split(['.', '[']).next() == Some(property))
    }

    fn setting(&self, kind: &str) -> Option<&Setting> {
        self.settings.iter().find(|setting| setting.kind == kind)
    }
}
