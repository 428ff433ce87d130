//! A page of a list in a format of result files, with the columns and lines of a job that selects the same fields.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::io;
use std::sync::{Arc, Mutex, PoisonError, Weak};

use http::StatusCode;

use super::layout::{Format, Found, Layout, Selected, Style};
use super::list_columns::ListColumns;
use super::result_plan::leaves_of;
use super::row_mapper::{DOCUMENT, Document, members};
use crate::element::{Element, ObjectId, ObjectInfo};
use crate::engine::failure::Failure;
use crate::engine::script::{Budget, PAGE_BYTES, Runner};
use crate::engine::transform::{BoundMapping, Form, MappingDirection, field_paths, kept_results, transformed};
use crate::record::kept::Kept;
use crate::record::shape::DocumentColumns;
use crate::record::slices::Reading;
use crate::record::{Batch, Schema, Value};

/// Object of a list.
pub(crate) struct ListedObject<'a> {
    pub element: &'a Arc<dyn Element>,
    pub id: ObjectId,
    pub layouts: &'a Layouts,
    /// Columns of the list, if the object declares none.
    pub columns: ListColumns,
}

/// Rows of a page, with what writes them.
pub(crate) struct ListedRows<'a> {
    pub rows: Cow<'a, Batch>,
    pub layout: Arc<Layout>,
    /// Whether the layout depends on the object only, so that the pages that follow have the same one.
    pub is_of_object: bool,
    /// Columns that were found in its records or in those of the first page, for the pages that follow.
    pub columns: Option<DocumentColumns>,
}

impl ListedObject<'_> {
    fn info(&self) -> &ObjectInfo {
        self.element.object(self.id)
    }

    /// Returns the columns of documents that no declaration tells: those of the first page.
    fn undeclared_columns(&self, page: &Batch) -> Option<DocumentColumns> {
        if !self.info().fields.is_empty() {
            return None;
        }
        self.columns.on(page)
    }
}

/// Maximum number of layouts that are kept.
const MOST_LAYOUTS: usize = 16;

/// Layouts that were last used. Pages of a list have the same one, and making it takes longer than writing dozens of records.
#[derive(Default)]
pub(crate) struct Layouts(Mutex<Vec<KnownLayout>>);

struct KnownLayout {
    /// Keeps the address from being used again.
    element: Weak<dyn Element>,
    object: ObjectId,
    schema: Arc<Schema>,
    fields: Option<Vec<String>>,
    form: (Format, Style),
    layout: Arc<Layout>,
}

impl Layouts {
    /// Returns the layout of an object, made only if it is not known.
    fn of(
        &self,
        object: &ListedObject<'_>,
        schema: &Arc<Schema>,
        fields: Option<&[String]>,
        form: (Format, Style),
        make: impl FnOnce() -> Layout,
    ) -> Arc<Layout> {
        let lock = || self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let is_it = |known: &KnownLayout| {
            let (same, own) = (Weak::as_ptr(&known.element), Arc::as_ptr(object.element));
            std::ptr::addr_eq(same, own)
                && (known.object, known.form) == (object.id, form)
                && known.schema == *schema
                && known.fields.as_deref() == fields
        };
        if let Some(known) = lock().iter().find(|known| is_it(known)) {
            return Arc::clone(&known.layout);
        }
        let layout = Arc::new(make());
        let mut known = lock();
        if known.len() == MOST_LAYOUTS {
            known.remove(0);
        }
        known.push(KnownLayout {
            element: Arc::downgrade(object.element),
            object: object.id,
            schema: Arc::clone(schema),
            fields: fields.map(<[String]>::to_vec),
            form,
            layout: Arc::clone(&layout),
        });
        layout
    }
}

/// Returns the rows of a batch of an object, as a transformation shows them, for a format.
pub(crate) async fn listed_rows<'a>(
    batch: &'a Batch,
    object: &ListedObject<'_>,
    applied: Option<&BoundMapping>,
    runner: Option<&mut Runner>,
    fields: Option<&[String]>,
    (format, style): (Format, Style),
) -> Result<ListedRows<'a>, Failure> {
    let applied = applied.map(|applied| applied.clone().for_fields(fields));
    let (rows, additional) = match &applied {
        None => (Cow::Borrowed(batch), names_in(batch, fields)),
        Some(applied) => match applied.form() {
            Form::Columns(flat) => {
                let (mut mapped, mut scratch) = (Batch::new(Arc::clone(flat.schema())), Vec::new());
                let mut left = PAGE_BYTES;
                for row in batch.rows() {
                    let mut budget = Budget::of_page(left);
                    flat.push(row, &mut scratch, &mut budget, &mut mapped)?;
                    left -= budget.spent();
                }
                let names = names_in(&mapped, fields);
                (Cow::Owned(mapped), names)
            }
            Form::Records(_) if applied.flat().is_some() => {
                (Cow::Owned(mapped_without_trees(applied, batch, fields)?), BTreeSet::new())
            }
            Form::Records(mapping) => {
                let records = batch.rows().map(|row| row.to_json()).collect();
                let records = kept_results(transformed(mapping, runner, MappingDirection::FromVendor, records).await?)?;
                let document = Document { fields: fields.map(field_paths), tabular: applied.tabular() };
                let mut rows = Batch::new(Arc::clone(&DOCUMENT));
                let names = records.iter().flat_map(|record| document.push(record, &mut rows)).collect();
                (Cow::Owned(rows), names)
            }
        },
    };
    let selected = Selected { applied: applied.as_ref(), schema: Arc::clone(rows.schema()), fields };
    let make = |columns| Layout::of(format, &selected, &Found::columns(&additional, columns), style);
    let kept = |make: &dyn Fn() -> Layout| object.layouts.of(object, rows.schema(), fields, (format, style), make);
    let (has_columns, typed) = (rows.schema().is_documents() && format.has_columns(), format.is_columnar());
    let of_leaves = || Some(DocumentColumns::of_stream(&leaves_of(object.info()), fields, typed));
    let is_plain = has_columns && applied.is_none();
    let columns = if is_plain && fields.is_none() { object.undeclared_columns(&rows) } else { None };
    let (layout, is_of_object) = match &columns {
        Some(columns) => (Arc::new(make(Some(columns.clone().typed(typed)))), false),
        None if is_plain => (kept(&|| make(of_leaves())), true),
        None if has_columns => (Arc::new(make(of_leaves())), false),
        None if applied.is_none() && additional.is_empty() => (kept(&|| make(None)), true),
        None => (Arc::new(make(None)), false),
    };
    Ok(ListedRows { rows, layout, is_of_object, columns })
}

/// Maps records without trees.
fn mapped_without_trees(applied: &BoundMapping, batch: &Batch, fields: Option<&[String]>) -> Result<Batch, Failure> {
    let (mut rows, kept) = (Batch::new(Arc::clone(&DOCUMENT)), fields.map(Kept::of_documents));
    let (mut left, mut record, mut selected) = (PAGE_BYTES, Vec::new(), Vec::new());
    let mut reading = Reading::default();
    for row in batch.rows() {
        let Some(flat) = applied.flat() else { continue };
        record.clear();
        selected.clear();
        let mut budget = Budget::of_page(left);
        flat.write(row, true, (&mut reading, &mut budget), &mut record)?;
        left -= budget.spent();
        let mut mapped = std::str::from_utf8(&record).unwrap_or_default();
        if let Some(kept) = &kept {
            kept.write(mapped, true, &mut selected);
            mapped = std::str::from_utf8(&selected).unwrap_or_default();
        }
        rows.push_null_row();
        rows.set_last(0, Value::Json(mapped));
    }
    Ok(rows)
}

/// Appends rows as one file. With `head`, a CSV file begins with its header line.
pub(crate) fn write_rows<'a>(
    layout: &Layout,
    head: bool,
    pages: impl IntoIterator<Item = &'a Batch>,
    out: &mut Vec<u8>,
) -> Result<(), Failure> {
    let write = || {
        let mut writer = layout.writer(head, out)?;
        pages.into_iter().try_for_each(|rows| writer.rows(rows))?;
        writer.finish()
    };
    write().map_err(|_: io::Error| Failure::plain(StatusCode::INTERNAL_SERVER_ERROR))
}

/// Returns the names of the members of `additional` if they are separate columns.
fn names_in(batch: &Batch, fields: Option<&[String]>) -> BTreeSet<String> {
    let column = batch.schema().position("additional").filter(|_| fields.is_none());
    column.into_iter().flat_map(|column| batch.rows().flat_map(move |row| members(Some(row.get(column))))).collect()
}
