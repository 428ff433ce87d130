//! Mapping of a vendor's row before it is stored: unchanged, or to the record of a common resource (spec P 10.3, 9.12).

use std::collections::BTreeSet;
use std::sync::{Arc, LazyLock};

use serde_json::{Map, Value as Json};

use super::frame::Frame;
use super::layout::Table;
use super::layout::table::CellReader;
use super::spec::JobPlan;
use super::stop::Stop;
use super::worker::Work;
use crate::engine::script::{Budget, Outcome, PAGE_BYTES, TooLarge};
use crate::engine::transform::{
    BoundMapping, FlatMapping, Form, MappingDirection, Tabular, as_additional, field_paths, leaf_names, transformed,
};
use crate::query::{RowOrder, kept};
use crate::record::kept::Kept;
use crate::record::slices::Reading;
use crate::record::{Batch, Column, Kind, Row, Schema, Value};

/// Columns of records that are kept as JSON: the record, and its members beyond the columns of a table.
pub(super) static DOCUMENT: LazyLock<Arc<Schema>> = LazyLock::new(|| {
    let column = |name: &'static str| Column { name: name.into(), kind: Kind::Json };
    Arc::new(Schema::new([column("record"), column("additional")]))
});

/// Maps the rows of one parent.
pub(super) struct RowMapper<'a> {
    applied: Option<&'a BoundMapping>,
    /// Sort keys of rows, in the vendor's names.
    order: RowOrder,
    /// Mapper of records that are kept as JSON.
    document: Document,
    /// Selected parts of documents.
    parts: Option<Kept>,
    /// Results of the scripts and mappings for the rows of a page.
    outcomes: Vec<Option<Outcome>>,
    /// Bytes that the remaining rows of the page may take.
    left: usize,
    /// Holds one row.
    out: Batch,
    scratch: Vec<u8>,
    /// Parts of one row.
    reading: Reading,
    /// Requested columns; no others are stored.
    wanted: Vec<bool>,
    /// Typed columns of the result, which a value may not fit. Values of the model always fit.
    table: Option<(Table, CellReader)>,
    additional: Option<usize>,
}

/// Outcome of storing a row.
pub(super) enum Stored {
    /// Written to the frame: its size, and the number of values that do not fit their typed columns.
    Written { bytes: u64, unfit: u64 },
    /// Its script returned an empty result, or no more rows are wanted.
    Dropped,
    /// Its script failed, or it is too large.
    Failed(String),
}

impl<'a> RowMapper<'a> {
    pub fn new(plan: &'a JobPlan) -> Self {
        let result = &plan.result;
        let (schema, fields) = (result.stored_schema(), result.select.fields.as_deref());
        let applied = result.applied.as_ref();
        let flat = applied.and_then(BoundMapping::flat).is_some();
        let parts = fields.filter(|_| schema.is_documents() || flat).map(Kept::of_documents);
        let tabular = applied.and_then(BoundMapping::tabular);
        Self {
            wanted: if tabular.is_some() || parts.is_some() {
                vec![true; schema.width()]
            } else {
                wanted(fields, &schema)
            },
            table: applied
                .map(|_| Table::typed(&result.selected()))
                .map(|table| (table.clone(), CellReader::new(&table))),
            additional: schema.position("additional"),
            document: Document { fields: fields.map(field_paths), tabular },
            outcomes: Vec::new(),
            parts,
            left: PAGE_BYTES,
            out: Batch::new(schema),
            scratch: Vec::new(),
            reading: Reading::default(),
            applied,
            order: RowOrder::compile(&result.order, &plan.plan.schema),
        }
    }

    /// Begins a page.
    pub fn begin_page(&mut self) {
        self.left = PAGE_BYTES;
    }

    /// Returns whether rows must be prepared, a page at a time.
    pub fn prepares(&self) -> bool {
        self.document.tabular.is_some() && self.flat().is_none()
    }

    fn flat(&self) -> Option<&'a FlatMapping> {
        self.applied.and_then(BoundMapping::flat)
    }

    /// Maps a record without a tree.
    fn map_flat(&mut self, row: Row<'_>) -> Result<(), TooLarge> {
        self.scratch.clear();
        let Some(flat) = self.flat() else { return Ok(()) };
        let mut budget = Budget::of_page(self.left);
        flat.write(row, true, (&mut self.reading, &mut budget), &mut self.scratch)?;
        self.left -= budget.spent();
        let mut mapped = std::str::from_utf8(&self.scratch).unwrap_or_default();
        let mut selected = Vec::new();
        if let Some(kept) = &self.parts {
            kept.write(mapped, true, &mut selected);
            mapped = std::str::from_utf8(&selected).unwrap_or_default();
        }
        self.out.clear();
        self.out.push_null_row();
        self.out.set_last(0, Value::Json(mapped));
        Ok(())
    }

    /// Maps the wanted rows of a page and runs their scripts.
    pub async fn prepare(&mut self, work: &Work<'_>, batch: &Batch, wanted: &[bool]) -> Result<(), Stop> {
        let Some(Form::Records(mapping)) = self.applied.map(BoundMapping::form) else { return Ok(()) };
        let rows = batch.rows().zip(wanted).filter(|(_, wanted)| **wanted);
        let records: Vec<Json> = rows.map(|(row, _)| row.to_json()).collect();
        let mut runner = work.runner();
        let outcomes = tokio::select! {
            outcomes = transformed(mapping, runner.as_mut(), MappingDirection::FromVendor, records) => outcomes,
            // Dropping the run ends the script.
            () = work.control.asked() => return Err(Stop::Requested),
        };
        let mut outcomes = outcomes?.into_iter();
        work.give_runner_back(runner);
        self.outcomes = wanted.iter().map(|wanted| if *wanted { outcomes.next() } else { None }).collect();
        Ok(())
    }

    /// Adds a row of the page to the frame, unless `take` returns `false` because no more are wanted. Adds the names of
    /// its further members to `names`.
    pub fn store(
        &mut self,
        (position, row): (usize, Row<'_>),
        frame: &mut Frame,
        names: &mut BTreeSet<String>,
        take: impl FnOnce() -> bool,
    ) -> Stored {
        let mut found = Vec::new();
        let keys = self.order.keys(row);
        let row = match self.applied.map(BoundMapping::form) {
            None => match (&self.parts, row.get(0)) {
                (Some(parts), Value::Json(record)) => {
                    self.scratch.clear();
                    parts.write(record, true, &mut self.scratch);
                    self.out.clear();
                    self.out.push(std::str::from_utf8(&self.scratch).map_or(Value::Null, Value::Json));
                    self.out.row(0)
                }
                _ => row,
            },
            Some(Form::Columns(flat)) => {
                self.out.clear();
                let mut budget = Budget::of_page(self.left);
                if let Err(error) = flat.push(row, &mut self.scratch, &mut budget, &mut self.out) {
                    return Stored::Failed(error.to_string());
                }
                self.left -= budget.spent();
                self.out.row(0)
            }
            Some(Form::Records(_)) if self.flat().is_some() => {
                if let Err(error) = self.map_flat(row) {
                    return Stored::Failed(error.to_string());
                }
                self.out.row(0)
            }
            Some(Form::Records(_)) => match self.outcomes.get_mut(position).and_then(Option::take) {
                Some(Outcome::Value(record)) => {
                    self.out.clear();
                    found = self.document.push(&record, &mut self.out);
                    self.out.row(0)
                }
                Some(Outcome::Failed(reason)) => return Stored::Failed(reason),
                Some(Outcome::Dropped) | None => return Stored::Dropped,
            },
        };
        if !take() {
            return Stored::Dropped;
        }
        if self.document.tabular.is_none() {
            found = members(self.additional.map(|column| row.get(column)));
        }
        names.extend(found);
        let unfit = self.table.as_mut().map_or(0, |(table, cells)| cells.unfit(table, row));
        Stored::Written { bytes: frame.push(&keys, row, &self.wanted), unfit }
    }
}

/// Builds rows of [`DOCUMENT`].
pub(super) struct Document {
    /// SELECT list as paths.
    pub fields: Option<Vec<Vec<String>>>,
    pub tabular: Option<Tabular>,
}

impl Document {
    /// Adds a record as a row. Returns the names of its members beyond the columns of a table.
    pub fn push(&self, record: &Json, out: &mut Batch) -> Vec<String> {
        out.push_null_row();
        if let Some(fields) = &self.fields {
            out.set_last(0, Value::Json(&kept(record, fields).to_string()));
            return Vec::new();
        }
        out.set_last(0, Value::Json(&record.to_string()));
        let rest = self.tabular.as_ref().map(|tabular| tabular.rest(record)).unwrap_or_default();
        let names = leaf_names(&rest);
        if !rest.is_empty() {
            out.set_last(1, Value::Json(&Json::Object(as_additional(rest)).to_string()));
        }
        names
    }
}

/// Returns the names of the members of an object; the columns of a CSV file depend on them (spec P 10.6).
pub(super) fn members(value: Option<Value<'_>>) -> Vec<String> {
    let Some(Value::Json(text)) = value else { return Vec::new() };
    let members: Map<String, Json> = serde_json::from_str(text).unwrap_or_default();
    members.into_iter().map(|(name, _)| name).collect()
}

fn wanted(fields: Option<&[String]>, schema: &Schema) -> Vec<bool> {
    let first = |field: &str| field.split(['.', '[']).next().unwrap_or_default().to_owned();
    let asked =
        |name: &str| fields.is_none_or(|fields| fields.iter().any(|field| field == name || first(field) == name));
    schema.columns().iter().map(|column| asked(&column.name)).collect()
}
