//! `transformationData` (spec P 6.1): the mappings of an instance.

use std::sync::Arc;

use serde_json::{Value, json};

use crate::engine::call::Call;
use crate::engine::failure::Failure;
use crate::engine::store::{InstanceRow, Instances, Owner, Scope, TransformationRow};

/// The transformations that are visible to instances of one account.
pub(crate) struct Mapped(Arc<Vec<TransformationRow>>);

impl Mapped {
    pub async fn of(call: &Call, instances: &[InstanceRow]) -> Result<Self, Failure> {
        let organization = call.caller.user()?.organization_id;
        let scope = match instances {
            [] => return Ok(Self(Arc::default())),
            [one] => Scope::of_instance(organization, one),
            [one, ..] => Scope { instances: Instances::OfAccount, ..Scope::of_instance(organization, one) },
        };
        Ok(Self(call.engine.store.transformations_in(scope).await?))
    }

    /// Returns common resource and vendor object of each mapping by name; the most specific level determines the
    /// object.
    pub fn names(&self, instance: &InstanceRow) -> Vec<(&str, &str)> {
        let visible = |row: &&TransformationRow| {
            let own = !matches!(row.owner, Owner::Instance(id) if id != instance.id);
            own && row.element_id == instance.element_id
        };
        let rows: Vec<&TransformationRow> = self.0.iter().filter(visible).collect();
        let objects = rows.chunk_by(|left, right| left.name == right.name);
        let last = objects.filter_map(|rows| rows.iter().max_by_key(|row| row.owner.rank()));
        last.map(|row| (row.name.as_str(), row.body.vendor_name.as_str())).collect()
    }

    /// Returns the mappings as an instance shows them.
    pub fn data(&self, instance: &InstanceRow) -> Vec<Value> {
        let entry = |(name, vendor): (&str, &str)| json!({"objectName": name, "vendorName": vendor});
        self.names(instance).into_iter().map(entry).collect()
    }
}
