use std::ops::Range;
use std::sync::Arc;

use super::Schema;
#[cfg(feature = "embedded")]
use super::outline::Outline;
#[cfg(feature = "embedded")]
use super::outlined::{Outlined, Values};
#[cfg(feature = "embedded")]
use crate::utf8::Utf8;

/// Rows of one schema in two flat buffers: fixed-size cells, and the text they refer to.
#[derive(Clone, Debug)]
pub struct Batch {
    schema: Arc<Schema>,
    cells: Vec<Cell>,
    text: String,
    /// Page of the vendor at the beginning of the text, if rows are parts of one.
    page: Option<Page>,
    /// Values of records in the text that are known.
    #[cfg(feature = "embedded")]
    outlined: Outlined,
}

/// Page that the rows of a batch are parts of.
#[derive(Clone, Copy, Debug)]
struct Page {
    length: usize,
    /// Whether it has no white space between its tokens.
    compact: bool,
}

/// Size in bytes from which a page is left once most of its rows are gone.
const LEFT_FROM: usize = 64 << 10;

#[derive(Clone, Copy, Debug)]
enum Cell {
    Null,
    Bool(bool),
    Int(i64),
    Float(f64),
    Date(i64),
    Text(Span),
    Json(Span),
}

#[derive(Clone, Copy, Debug)]
struct Span {
    start: u32,
    length: u32,
}

/// Value of one field of one row.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Value<'a> {
    /// Absent or null, which are equivalent (spec BT 2.2).
    Null,
    /// A boolean.
    Bool(bool),
    /// An integer: an id, a count, seconds or bytes.
    Int(i64),
    /// A decimal number.
    Float(f64),
    /// A time in seconds since the epoch.
    Date(i64),
    /// Text.
    Text(&'a str),
    /// An array or object as compact JSON text. The record of a document is any value.
    Json(&'a str),
}

impl Batch {
    /// Creates an empty batch of this schema.
    pub fn new(schema: Arc<Schema>) -> Self {
        Self {
            schema,
            cells: Vec::new(),
            text: String::new(),
            page: None,
            #[cfg(feature = "embedded")]
            outlined: Outlined::default(),
        }
    }

    /// Returns the columns of every row.
    pub fn schema(&self) -> &Arc<Schema> {
        &self.schema
    }

    /// Returns the number of rows.
    pub fn len(&self) -> usize {
        self.cells.len() / self.schema.width().max(1)
    }

    /// Returns whether the batch has no rows.
    pub fn is_empty(&self) -> bool {
        self.cells.is_empty()
    }

    /// Returns the size of the text in the rows, in bytes.
    pub fn text_len(&self) -> usize {
        self.text.len()
    }

    /// Reserves space for rows with this many bytes of text.
    pub fn reserve(&mut self, text: usize) {
        self.text.reserve(text);
    }

    /// Appends the next value of a row that is built value by value.
    pub(crate) fn push(&mut self, value: Value<'_>) {
        let cell = self.cell_of(value);
        self.cells.push(cell);
    }

    /// Appends a row of nulls; fill it with [`set_last`](Self::set_last).
    pub fn push_null_row(&mut self) {
        self.cells.resize(self.cells.len() + self.schema.width(), Cell::Null);
    }

    /// Sets one field of the last row.
    ///
    /// The text of a value set earlier for the same field stays in the buffer until the batch is dropped.
    #[inline]
    pub fn set_last(&mut self, column: usize, value: Value<'_>) {
        let cell = self.cell_of(value);
        self.put_last(column, cell);
    }

    /// Returns one field of the last row.
    pub fn last(&self, column: usize) -> Value<'_> {
        let start = self.cells.len() - self.schema.width();
        self.value(self.cells[start + column])
    }

    /// Removes the last row.
    pub fn pop_row(&mut self) {
        let length = self.cells.len().saturating_sub(self.schema.width());
        self.cells.truncate(length);
    }

    /// Keeps only the first rows.
    pub fn truncate(&mut self, rows: u64) {
        let rows = usize::try_from(rows).unwrap_or(usize::MAX);
        self.cells.truncate(rows.saturating_mul(self.schema.width()));
    }

    /// Appends a copy of a row from a batch of the same schema.
    pub fn push_row(&mut self, row: Row<'_>) {
        debug_assert_eq!(self.schema.width(), row.batch.schema.width());
        row.values().for_each(|value| self.push(value));
    }

    /// Returns one row, counted from 0.
    ///
    /// # Panics
    /// Panics if the row does not exist.
    pub fn row(&self, index: usize) -> Row<'_> {
        assert!(index < self.len(), "row {index} of {}", self.len());
        Row { batch: self, index }
    }

    /// Returns all rows in order.
    pub fn rows(&self) -> impl ExactSizeIterator<Item = Row<'_>> {
        (0..self.len()).map(|index| Row { batch: self, index })
    }

    /// Keeps the rows for which `keep` is true.
    pub fn retain(&mut self, mut keep: impl FnMut(Row<'_>) -> bool) {
        let width = self.schema.width();
        let kept: Vec<bool> = self.rows().map(&mut keep).collect();
        if kept.iter().all(|&keep| keep) {
            return;
        }
        let mut cell = 0;
        self.cells.retain(|_| {
            let keep = kept[cell / width];
            cell += 1;
            keep
        });
        self.leave_page();
    }

    /// Begins with a page, of which rows are parts.
    pub(super) fn pin(&mut self, page: String, compact: bool) {
        self.page = Some(Page { length: page.len(), compact });
        self.text = page;
    }

    /// Adds the values that were found when the page was checked.
    #[cfg(feature = "embedded")]
    pub(super) fn pin_values(&mut self, outlined: Outlined) {
        self.outlined = outlined;
    }

    /// Returns whether the record at a position of the page has no white space between its tokens.
    pub(super) fn pinned_compact(&self, start: usize) -> bool {
        self.page.is_some_and(|page| page.compact || self.has_outline(start))
    }

    /// Returns whether the record at a position has a known outline, and thus no white space between its tokens.
    #[cfg(feature = "embedded")]
    fn has_outline(&self, start: usize) -> bool {
        self.outlined.at(start, self.cells.len()).is_some()
    }

    #[cfg(not(feature = "embedded"))]
    fn has_outline(&self, _start: usize) -> bool {
        false
    }

    /// Appends a row of one document that has an outline: the texts of its values, and their lengths with whether they are
    /// strings without escapes and commas. Returns `false` if it has other values.
    #[cfg(feature = "embedded")]
    pub(super) fn push_outlined(&mut self, outline: &Arc<Outline>, values: &str, lengths: &[(u32, bool)]) -> bool {
        let Some(range) = self.outlined.append(outline, values, lengths, &mut self.text) else { return false };
        let (start, length) = (range.start as u32, range.len() as u32);
        self.cells.push(Cell::Json(Span { start, length }));
        true
    }

    /// Returns a part of the page.
    pub(super) fn pinned(&self, range: Range<usize>) -> &str {
        assert!(self.page.as_ref().is_some_and(|page| range.end <= page.length), "{range:?} of the page");
        &self.text[range]
    }

    /// Appends a part of the page as JSON.
    #[allow(clippy::cast_possible_truncation)] // as in `append`
    pub(super) fn push_pinned(&mut self, range: Range<usize>) {
        let length = self.pinned(range.clone()).len();
        self.cells.push(Cell::Json(Span { start: range.start as u32, length: length as u32 }));
    }

    /// Copies the rows out of a large page if few are left, so that it need not be kept for them.
    fn leave_page(&mut self) {
        let spans = |cell: &Cell| match cell {
            Cell::Text(span) | Cell::Json(span) => span.length as usize,
            _ => 0,
        };
        let left: usize = self.cells.iter().map(spans).sum();
        if self.page.is_none() || self.text.len() < LEFT_FROM || left > self.text.len() / 4 {
            return;
        }
        let page = std::mem::replace(&mut self.text, String::with_capacity(left));
        self.page = None;
        #[cfg(feature = "embedded")]
        self.outlined.clear();
        for cell in &mut self.cells {
            if let Cell::Text(span) | Cell::Json(span) = cell {
                let start = span.start as usize;
                let length = span.length;
                span.start = u32::try_from(self.text.len()).unwrap_or(u32::MAX);
                self.text.push_str(&page[start..start + length as usize]);
            }
        }
    }

    /// Removes all rows but keeps the capacity.
    pub fn clear(&mut self) {
        self.cells.clear();
        self.text.clear();
        self.page = None;
        #[cfg(feature = "embedded")]
        self.outlined.clear();
    }

    /// Creates a batch whose cells were built by a [`RawRows`].
    #[cfg(feature = "embedded")]
    fn of_raw(schema: Arc<Schema>, cells: Vec<Cell>, text: String) -> Option<Self> {
        let is_between = |at: u32| text.is_char_boundary(at as usize);
        let is_whole = |cell: &Cell| match cell {
            Cell::Text(Span { start, length }) | Cell::Json(Span { start, length }) => {
                is_between(*start) && is_between(start + length)
            }
            _ => true,
        };
        cells.iter().all(is_whole).then(|| Self { cells, text, ..Self::new(schema) })
    }

    fn put_last(&mut self, column: usize, cell: Cell) {
        let start = self.cells.len() - self.schema.width();
        self.cells[start + column] = cell;
    }

    #[inline]
    fn cell_of(&mut self, value: Value<'_>) -> Cell {
        match value {
            Value::Null => Cell::Null,
            Value::Bool(value) => Cell::Bool(value),
            Value::Int(value) => Cell::Int(value),
            Value::Float(value) => Cell::Float(value),
            Value::Date(value) => Cell::Date(value),
            Value::Text(text) => Cell::Text(self.append(text)),
            Value::Json(text) => Cell::Json(self.append(text)),
        }
    }

    /// Appends text to the buffer. Pages are far smaller than 4 GiB (spec BT 1.12 Q17), so 32-bit offsets always fit.
    #[allow(clippy::cast_possible_truncation)]
    fn append(&mut self, text: &str) -> Span {
        let start = self.text.len() as u32;
        self.text.push_str(text);
        Span { start, length: text.len() as u32 }
    }

    #[inline]
    fn value(&self, cell: Cell) -> Value<'_> {
        match cell {
            Cell::Null => Value::Null,
            Cell::Bool(value) => Value::Bool(value),
            Cell::Int(value) => Value::Int(value),
            Cell::Float(value) => Value::Float(value),
            Cell::Date(value) => Value::Date(value),
            Cell::Text(span) => Value::Text(self.span(span)),
            Cell::Json(span) => Value::Json(self.span(span)),
        }
    }

    #[inline]
    fn span(&self, span: Span) -> &str {
        let start = span.start as usize;
        &self.text[start..start + span.length as usize]
    }
}

/// Rows whose text is not known to be UTF-8 until the last one is there, so that it is checked at once.
#[cfg(feature = "embedded")]
pub(super) struct RawRows {
    schema: Arc<Schema>,
    cells: Vec<Cell>,
    text: Vec<u8>,
}

#[cfg(feature = "embedded")]
impl RawRows {
    /// Creates rows with space for this many bytes of text.
    pub fn new(schema: &Arc<Schema>, text: usize) -> Self {
        Self { schema: Arc::clone(schema), cells: Vec::new(), text: Vec::with_capacity(text) }
    }

    /// Appends the next value.
    #[inline]
    pub fn push(&mut self, value: RawValue<'_>) {
        let cell = match value {
            RawValue::Null => Cell::Null,
            RawValue::Bool(value) => Cell::Bool(value),
            RawValue::Int(value) => Cell::Int(value),
            RawValue::Float(value) => Cell::Float(value),
            RawValue::Date(value) => Cell::Date(value),
            RawValue::Text(text) => Cell::Text(self.append(text)),
            RawValue::Json(text) => Cell::Json(self.append(text)),
        };
        self.cells.push(cell);
    }

    #[allow(clippy::cast_possible_truncation)] // as in `Batch::append`
    #[inline]
    fn append(&mut self, text: &[u8]) -> Span {
        let start = self.text.len() as u32;
        self.text.extend_from_slice(text);
        Span { start, length: text.len() as u32 }
    }

    /// Returns the rows. `None` if a text is not UTF-8.
    pub fn into_batch(self) -> Option<Batch> {
        let text = Utf8::of(self.text.into())?.into_string();
        Batch::of_raw(self.schema, self.cells, text)
    }
}

/// Value of a [`RawRows`], whose text is bytes.
#[cfg(feature = "embedded")]
#[derive(Clone, Copy)]
pub(super) enum RawValue<'a> {
    Null,
    Bool(bool),
    Int(i64),
    Float(f64),
    Date(i64),
    Text(&'a [u8]),
    Json(&'a [u8]),
}

#[cfg(feature = "embedded")]
impl<'a> RawValue<'a> {
    /// Returns the value. `None` if its text is not UTF-8.
    pub fn checked(self) -> Option<Value<'a>> {
        let text = |bytes| simdutf8::basic::from_utf8(bytes).ok();
        Some(match self {
            Self::Null => Value::Null,
            Self::Bool(value) => Value::Bool(value),
            Self::Int(value) => Value::Int(value),
            Self::Float(value) => Value::Float(value),
            Self::Date(value) => Value::Date(value),
            Self::Text(bytes) => Value::Text(text(bytes)?),
            Self::Json(bytes) => Value::Json(text(bytes)?),
        })
    }
}

/// One row of a [`Batch`].
#[derive(Clone, Copy, Debug)]
pub struct Row<'a> {
    batch: &'a Batch,
    index: usize,
}

impl<'a> Row<'a> {
    /// Returns the values of a document, if they are known since the page was checked.
    #[cfg(feature = "embedded")]
    #[inline]
    pub(crate) fn outlined(&self, column: usize) -> Option<Values<'a>> {
        match self.batch.cells[self.index * self.batch.schema.width() + column] {
            Cell::Json(span) => self.batch.outlined.at(span.start as usize, self.index),
            _ => None,
        }
    }

    /// Returns the columns of this row.
    pub fn schema(&self) -> &'a Schema {
        &self.batch.schema
    }

    /// Returns the value of a column by position.
    #[inline]
    pub fn get(&self, column: usize) -> Value<'a> {
        let cell = self.batch.cells[self.index * self.batch.schema.width() + column];
        self.batch.value(cell)
    }

    /// Returns the values of all columns in order.
    pub fn values(&self) -> impl ExactSizeIterator<Item = Value<'a>> + use<'a> {
        let (batch, width) = (self.batch, self.batch.schema.width());
        let cells = &batch.cells[self.index * width..(self.index + 1) * width];
        cells.iter().map(|cell| batch.value(*cell))
    }

    /// Returns the values of these columns.
    #[cfg(feature = "embedded")]
    #[inline]
    pub(crate) fn values_of(&self, columns: &[usize]) -> impl Iterator<Item = Value<'a>> {
        let (batch, width) = (self.batch, self.batch.schema.width());
        let cells = &batch.cells[self.index * width..(self.index + 1) * width];
        columns.iter().map(move |column| batch.value(cells[*column]))
    }

    /// Returns the value of a field by exact name; null if the schema has no such column.
    pub fn field(&self, name: &str) -> Value<'a> {
        self.schema().position(name).map_or(Value::Null, |column| self.get(column))
    }
}
