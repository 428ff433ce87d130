//! The columns and lines of common resources (spec P 10.6, 16.5).

use std::collections::BTreeSet;
use std::sync::Arc;

use super::format::Format;
use super::lines::Lines;
use super::table::{CellKind, Table, TableColumn};
use super::{Layout, Style};
use crate::engine::transform::{BoundMapping, Form, Tabular};
use crate::query::Projection;
use crate::record::Schema;

/// Where records are kept as JSON, the record is the first column, what no other column has the second.
const RECORD: usize = 0;
const REST: usize = 1;
const ADDITIONAL: &str = "additional";

/// What is laid out.
pub(crate) struct Selected<'a> {
    /// The transformation the rows come from.
    pub applied: Option<&'a BoundMapping>,
    /// The columns of the rows.
    pub schema: Arc<Schema>,
    /// The SELECT list.
    pub fields: Option<&'a [String]>,
}

impl Layout {
    /// The layout of what was selected. `additional` are the names of further members that occur.
    pub fn of(format: Format, selected: &Selected<'_>, additional: &BTreeSet<String>, style: Style) -> Self {
        let Selected { applied, schema, fields } = selected;
        let (schema, fields) = (schema.as_ref(), *fields);
        let Some(applied) = applied else { return Self::new(format, schema, fields, additional, style) };
        let table = match (format.is_columnar(), applied.tabular()) {
            (true, _) => Table::typed(selected),
            (false, None) => Table::spread(schema, fields, additional),
            (false, Some(tabular)) => Table::spread_records(&tabular, fields, additional),
        };
        let lines = match applied.form() {
            Form::Columns(flat) => Lines::Tree(flat.tree(fields)),
            Form::Records(_) => Lines::Document(RECORD),
        };
        Self { format, table, lines, style }
    }
}

impl Table {
    /// The columns of the formats whose columns have types.
    pub fn typed(Selected { applied, schema, fields }: &Selected<'_>) -> Self {
        let (schema, fields) = (schema.as_ref(), *fields);
        match (applied, applied.and_then(BoundMapping::tabular)) {
            (None, _) => Self::new(schema, fields),
            (Some(_), None) => {
                let mut table = Self::new(schema, fields);
                if fields.is_none() {
                    table.columns.retain(|column| column.name != ADDITIONAL);
                    table.columns.push(additional(schema.position(ADDITIONAL)));
                }
                table
            }
            (Some(_), Some(tabular)) => {
                let mut table = Self::of_records(&tabular, fields);
                if fields.is_none() {
                    // A mapped field of this name keeps it.
                    let mut rest = additional(Some(REST));
                    while table.columns.iter().any(|column| column.name == rest.name) {
                        rest.name.push('_');
                    }
                    table.columns.push(rest);
                }
                table
            }
        }
    }

    /// The columns of records that are kept as JSON, with those of further members behind them, sorted.
    fn spread_records(tabular: &Tabular, fields: Option<&[String]>, additional: &BTreeSet<String>) -> Self {
        let mut table = Self::of_records(tabular, fields);
        if fields.is_none() {
            let further = additional.iter().filter(|name| !tabular.columns.iter().any(|column| column.name == **name));
            table.columns.extend(further.map(|name| part(name)));
        }
        table
    }

    fn of_records(tabular: &Tabular, fields: Option<&[String]>) -> Self {
        let known = tabular.columns.iter().map(|column| TableColumn {
            name: column.name.clone(),
            kind: column.kind.map_or(CellKind::Any, Into::into),
            column: Some(RECORD),
            path: column.path.clone(),
        });
        let known: Vec<TableColumn> = known.collect();
        let Some(fields) = fields else { return Self { columns: known } };
        let of = |field: &String| known.iter().find(|column| column.name == *field).cloned();
        Self { columns: fields.iter().map(|field| of(field).unwrap_or_else(|| part(field))).collect() }
    }
}

/// A part of a record that nobody has typed.
fn part(name: &str) -> TableColumn {
    let path = name.split('.').map(str::to_owned).collect();
    TableColumn { name: name.to_owned(), kind: CellKind::Any, column: Some(RECORD), path }
}

/// Everything else a record holds, as one object.
fn additional(column: Option<usize>) -> TableColumn {
    TableColumn { name: ADDITIONAL.to_owned(), kind: CellKind::Json, column, path: Vec::new() }
}

impl Lines {
    /// Rows as the model has them.
    pub fn of_model(schema: &Schema, fields: Option<&[String]>) -> Self {
        fields.map_or(Self::Rows, |fields| Self::Projected(Projection::compile(fields, schema)))
    }
}
