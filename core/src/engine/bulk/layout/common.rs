//! Columns and lines of common resources (spec P 10.6, 16.5).

use std::collections::BTreeSet;
use std::sync::Arc;

use super::format::Format;
use super::lines::Lines;
use super::table::{CellKind, Table, TableColumn};
use super::{Layout, Spare, Style};
use crate::engine::transform::{BoundMapping, Form, Tabular};
use crate::query::Projection;
use crate::record::Schema;
#[cfg(feature = "arrow")]
use crate::record::nested::NestedColumns;
use crate::record::shape::DocumentColumns;
use crate::record::slices::Reach;

/// Position of the record in rows that are kept as JSON; the second column holds the members without a column.
const RECORD: usize = 0;
const REST: usize = 1;
const ADDITIONAL: &str = "additional";

/// Input of a layout.
pub(crate) struct Selected<'a> {
    /// Transformation that the rows come from.
    pub applied: Option<&'a BoundMapping>,
    /// Columns of the rows.
    pub schema: Arc<Schema>,
    /// SELECT list.
    pub fields: Option<&'a [String]>,
}

/// Contents of the rows that their schema does not tell.
pub(crate) struct Found<'a> {
    /// Names of further members that occur.
    pub additional: &'a BTreeSet<String>,
    /// Columns of documents, in formats that have columns.
    pub documents: Option<DocumentColumns>,
    /// Nested columns of documents in their place.
    #[cfg(feature = "arrow")]
    pub nested: Option<NestedColumns>,
}

impl<'a> Found<'a> {
    /// Rows that are no documents, or a format that needs no columns.
    pub fn members(additional: &'a BTreeSet<String>) -> Self {
        Self::columns(additional, None)
    }

    /// Columns of documents.
    pub fn columns(additional: &'a BTreeSet<String>, documents: Option<DocumentColumns>) -> Self {
        Self {
            additional,
            documents,
            #[cfg(feature = "arrow")]
            nested: None,
        }
    }
}

impl Layout {
    /// Creates the layout of a selection.
    pub fn of(format: Format, selected: &Selected<'_>, found: &Found<'_>, style: Style) -> Self {
        let Selected { applied, schema, fields } = selected;
        let (schema, fields, additional) = (schema.as_ref(), *fields, found.additional);
        let Some(applied) = applied else {
            let layout = Self::new(format, schema, fields, additional, style);
            #[cfg(feature = "arrow")]
            let layout = Self { nested: found.nested.clone(), ..layout };
            return match &found.documents {
                Some(columns) => Self { table: Table::of_documents(columns), ..layout },
                None => layout,
            };
        };
        let table = match (format.is_columnar(), applied.tabular()) {
            (true, _) => Table::typed(selected),
            (false, None) => Table::spread(schema, fields, additional),
            (false, Some(tabular)) => Table::spread_records(&tabular, fields, additional),
        };
        let lines = match applied.form() {
            Form::Columns(flat) => Lines::Tree(flat.tree(fields)),
            Form::Records(_) => Lines::Document(RECORD),
        };
        Self {
            format,
            table,
            lines,
            style,
            #[cfg(feature = "arrow")]
            nested: None,
            spare: Spare::default(),
        }
    }
}

impl Table {
    /// Returns the columns of formats with typed columns.
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
                    // A mapped field of the same name keeps its name.
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

    /// Returns the columns of records that are kept as JSON, followed by those of further members, sorted.
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
            reach: Reach::Through,
            rest: false,
        });
        let known: Vec<TableColumn> = known.collect();
        let Some(fields) = fields else { return Self { columns: known } };
        let of = |field: &String| known.iter().find(|column| column.name == *field).cloned();
        Self { columns: fields.iter().map(|field| of(field).unwrap_or_else(|| part(field))).collect() }
    }
}

/// Returns an untyped column for a member of a record.
fn part(name: &str) -> TableColumn {
    let path = name.split('.').map(str::to_owned).collect();
    TableColumn {
        name: name.to_owned(),
        kind: CellKind::Any,
        column: Some(RECORD),
        path,
        reach: Reach::Through,
        rest: false,
    }
}

/// Returns the column of all other members of a record, as one object.
fn additional(column: Option<usize>) -> TableColumn {
    TableColumn {
        name: ADDITIONAL.to_owned(),
        kind: CellKind::Json,
        column,
        path: Vec::new(),
        reach: Reach::Through,
        rest: false,
    }
}

impl Lines {
    /// Creates lines of the model's rows.
    pub fn of_model(schema: &Schema, fields: Option<&[String]>) -> Self {
        fields.map_or(Self::Rows, |fields| Self::Projected(Projection::compile(fields, schema)))
    }
}
