//! `transformationData` (spec P 6.1): what is mapped for an instance.

use serde_json::{Value, json};

use crate::engine::call::Call;
use crate::engine::failure::Failure;
use crate::engine::store::{InstanceRow, Instances, Owner, Scope, TransformationRow};

/// The transformations that the instances of the caller's account see.
pub(crate) struct Mapped(Vec<TransformationRow>);

impl Mapped {
    pub async fn of(call: &Call) -> Result<Self, Failure> {
        let user = call.caller.user()?;
        let scope = Scope {
            organization: user.organization_id,
            account: Some(user.account_id),
            instances: Instances::OfAccount,
        };
        Ok(Self(call.engine.store.shapes().await?.visible_transformations(scope, None, None).await?))
    }

    /// One entry for each object; the most specific level names the vendor's object.
    pub fn data(&self, instance: &InstanceRow) -> Vec<Value> {
        let visible = |row: &&TransformationRow| {
            let own = !matches!(row.owner, Owner::Instance(id) if id != instance.id);
            own && row.element_id == instance.element_id
        };
        let rows: Vec<&TransformationRow> = self.0.iter().filter(visible).collect();
        let objects = rows.chunk_by(|left, right| left.name == right.name);
        let last = objects.filter_map(|rows| rows.iter().max_by_key(|row| row.owner.rank()));
        last.map(|row| json!({"objectName": row.name, "vendorName": row.body.vendor_name})).collect()
    }
}
