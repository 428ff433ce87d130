//! Application of a transformation to the records of one object: translates conditions for the vendor and maps the
//! returned records.

use super::columnar::ColumnMapping;
use super::condition::Names;
use super::definition::Shape;
use super::flat::FlatMapping;
use super::mapping::Mapping;
use super::mapping_spec::MappingSpec;
use super::scripted::{MappingDirection, kept_results, rewritten, transformed};
use super::tabular::Tabular;
use super::tree::field_paths;
use crate::engine::failure::Failure;
use crate::engine::script::{Budget, PAGE_BYTES, Runner};
use crate::engine::store::{DefinitionTx, InstanceRow, Instances, Scope, Store, TransformationRow};
use crate::query::{Expr, OrderBy, kept};
use crate::record::kept::Kept;
use crate::record::slices::Reading;
use crate::record::{Batch, Schema, strip_nulls};

/// Mapping spec, compiled for the records of an object.
#[derive(Clone, Debug)]
pub(crate) struct BoundMapping {
    pub recipe: MappingSpec,
    names: Names,
    form: Form,
    /// Mapping record by record without trees, if that is sufficient.
    flat: Option<FlatMapping>,
    /// Columns of the vendor's object.
    model: Schema,
}

/// Method of mapping records.
#[derive(Clone, Debug)]
pub(crate) enum Form {
    /// Column by column.
    Columns(ColumnMapping),
    /// Record by record, as JSON.
    Records(Mapping),
}

/// Options for writing records.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Shown<'a> {
    /// Paths to keep (spec P 7.5).
    pub fields: Option<&'a [String]>,
    /// Whether nulls are written (spec P 7.9).
    pub nulls: bool,
}

impl Scope {
    /// Returns the scope that an instance sees.
    pub fn of_instance(organization: i64, instance: &InstanceRow) -> Self {
        Self { organization, account: Some(instance.account_id), instances: Instances::One(instance.id) }
    }
}

impl MappingSpec {
    /// Returns the spec of an object for an element as seen in this scope, or `None` if no transformation maps it.
    pub async fn find(store: &Store, scope: Scope, element_id: i64, name: &str) -> Result<Option<Self>, Failure> {
        let mut definition_tx = store.definition_tx().await?;
        let rows = definition_tx.visible_transformations(scope, Some(element_id), Some(name)).await?;
        Self::merged(&mut definition_tx, scope, name, rows).await
    }

    /// Returns the spec as it would be if a transformation were stored. It is of the lowest level of the scope. Fields that
    /// its object does not define have the types that it gives.
    pub async fn with_draft(store: &Store, scope: Scope, draft: TransformationRow) -> Result<Option<Self>, Failure> {
        let (name, element_id) = (draft.name.clone(), draft.element_id);
        let mut definition_tx = store.definition_tx().await?;
        let mut rows = definition_tx.visible_transformations(scope, Some(element_id), Some(&name)).await?;
        rows.retain(|row| row.owner != draft.owner);
        rows.push(draft);
        Self::merged(&mut definition_tx, scope, &name, rows).await
    }

    async fn merged(
        definition_tx: &mut DefinitionTx,
        scope: Scope,
        name: &str,
        rows: Vec<TransformationRow>,
    ) -> Result<Option<Self>, Failure> {
        if rows.is_empty() {
            return Ok(None);
        }
        let definitions = definition_tx.visible_definitions(scope, Some(name)).await?;
        Ok(Self::of(rows, &Shape::of(&definitions)))
    }
}

impl BoundMapping {
    /// Compiles a spec for records of this model.
    pub fn new(recipe: MappingSpec, model: &Schema) -> Self {
        let mapping = Mapping::compile(&recipe);
        let (form, flat) = match ColumnMapping::compile(&recipe, &mapping, model) {
            Some(columns) => (Form::Columns(columns), None),
            None => {
                let flat = FlatMapping::compile(&recipe, &mapping, model);
                (Form::Records(mapping), flat)
            }
        };
        Self { names: Names::of(&recipe), form, flat, recipe, model: model.clone() }
    }

    /// Compiles a spec for a SELECT list. A list that names more than whole columns requires whole records.
    pub fn selecting(recipe: MappingSpec, model: &Schema, fields: Option<&[String]>) -> Self {
        Self::new(recipe, model).for_fields(fields)
    }

    /// Adapts the mapping to another SELECT list.
    pub fn for_fields(self, fields: Option<&[String]>) -> Self {
        let applied = self;
        let whole = |flat: &ColumnMapping| fields.is_none_or(|fields| fields.iter().all(|field| flat.has_whole(field)));
        match &applied.form {
            Form::Columns(flat) if !whole(flat) => {
                let mapping = Mapping::compile(&applied.recipe);
                let flat = FlatMapping::compile(&applied.recipe, &mapping, &applied.model);
                Self { form: Form::Records(mapping), flat, ..applied }
            }
            _ => applied,
        }
    }

    pub fn form(&self) -> &Form {
        &self.form
    }

    /// Returns the mapping record by record without trees, if that is sufficient.
    pub fn flat(&self) -> Option<&FlatMapping> {
        self.flat.as_ref()
    }

    /// Returns the columns of a table if records are kept as JSON.
    pub fn tabular(&self) -> Option<Tabular> {
        matches!(self.form, Form::Records(_)).then(|| Tabular::of(&self.recipe, &self.model))
    }

    /// Translates a condition to the vendor's names.
    pub fn translated(&self, condition: &Expr) -> Result<Expr, Failure> {
        self.names.condition(condition)
    }

    /// Rewrites a condition with the scripts, then translates it to the vendor's names.
    pub async fn condition(&self, condition: Expr, runner: Option<&mut Runner>) -> Result<Expr, Failure> {
        let condition = match runner.filter(|_| self.recipe.rewrites_conditions()) {
            Some(runner) => rewritten(condition, runner).await?,
            None => condition,
        };
        self.translated(&condition)
    }

    /// Translates an order to the vendor's names.
    pub fn order(&self, order: &[OrderBy]) -> Result<Vec<OrderBy>, Failure> {
        self.names.order(order)
    }

    /// Appends the records of a batch as comma-separated JSON objects. Returns the number of records.
    pub async fn write_records(
        &self,
        batch: &Batch,
        runner: Option<&mut Runner>,
        shown: Shown<'_>,
        out: &mut Vec<u8>,
    ) -> Result<usize, Failure> {
        if let Some(flat) = &self.flat {
            return write_flat(flat, batch, shown, out);
        }
        match &self.form {
            Form::Columns(flat) => {
                let (tree, mut scratch, mut left) = (flat.tree(shown.fields), Vec::new(), PAGE_BYTES);
                for (position, row) in batch.rows().enumerate() {
                    separate(position, out);
                    let mut budget = Budget::of_page(left);
                    flat.write_json(&tree, row, shown.nulls, (&mut scratch, &mut budget), out)?;
                    left -= budget.spent();
                }
                Ok(batch.len())
            }
            Form::Records(mapping) => {
                let records = batch.rows().map(|row| row.to_json()).collect();
                let outcomes = transformed(mapping, runner, MappingDirection::FromVendor, records).await?;
                let records = kept_results(outcomes)?;
                let count = records.len();
                let fields = shown.fields.map(field_paths);
                for (position, mut record) in records.into_iter().enumerate() {
                    if let Some(fields) = &fields {
                        record = kept(&record, fields);
                    }
                    if !shown.nulls {
                        strip_nulls(&mut record);
                    }
                    separate(position, out);
                    // Writing to memory cannot fail.
                    let _ = serde_json::to_writer(&mut *out, &record);
                }
                Ok(count)
            }
        }
    }
}

/// Appends the records of a batch, mapped without trees, as comma-separated JSON objects.
fn write_flat(flat: &FlatMapping, batch: &Batch, shown: Shown<'_>, out: &mut Vec<u8>) -> Result<usize, Failure> {
    let kept = shown.fields.map(Kept::of_documents);
    let (mut whole, mut left, mut reading) = (Vec::new(), PAGE_BYTES, Reading::default());
    for (position, row) in batch.rows().enumerate() {
        separate(position, out);
        let mut budget = Budget::of_page(left);
        match &kept {
            None => flat.write(row, shown.nulls, (&mut reading, &mut budget), out)?,
            Some(kept) => {
                whole.clear();
                flat.write(row, shown.nulls, (&mut reading, &mut budget), &mut whole)?;
                kept.write(std::str::from_utf8(&whole).unwrap_or_default(), shown.nulls, out);
            }
        }
        left -= budget.spent();
    }
    Ok(batch.len())
}

fn separate(position: usize, out: &mut Vec<u8>) {
    if position > 0 {
        out.push(b',');
    }
}
