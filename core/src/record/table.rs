//! The columns of a result and the cells of its rows. Columns need not be those of the model: a column is a name, a
//! type and the path of its values.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::outline::{Span, SpanKind};
use super::outlined::Values;
use super::reader::string_of;
use super::slices::{Reach, Reading, Slice, Slices};
use super::{Kind, Row, Schema, Value, format_seconds, parse_iso};

/// Column of the model for fields that the model does not have.
const ADDITIONAL: &str = "additional";

/// Type of a column of a table (spec P 16.5), ignored by formats without types.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum CellKind {
    Int,
    Float,
    Bool,
    Date,
    Text,
    /// The compact JSON text of any value.
    Json,
    /// Unspecified: strings unchanged, everything else as JSON.
    Any,
}

impl From<Kind> for CellKind {
    fn from(kind: Kind) -> Self {
        match kind {
            Kind::Id | Kind::Int => Self::Int,
            Kind::Float => Self::Float,
            Kind::Bool => Self::Bool,
            Kind::Date => Self::Date,
            Kind::Text => Self::Text,
            Kind::Json => Self::Json,
        }
    }
}

/// One column of a result.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct TableColumn {
    pub name: String,
    pub kind: CellKind,
    /// Column of the stored rows; `None` if they do not have the name.
    pub column: Option<usize>,
    /// Path inside the column if it contains an object.
    pub path: Vec<String>,
    /// The values that the path leads to.
    pub reach: Reach,
    /// Whether it has everything for which no other column has a place, as JSON.
    pub rest: bool,
}

/// The columns of a result in order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Table {
    pub columns: Vec<TableColumn>,
}

impl Table {
    /// Creates the columns of a SELECT list in its order, or all of the model in table order, including `additional`.
    pub fn new(schema: &Schema, fields: Option<&[String]>) -> Self {
        let columns = match fields {
            Some(fields) => fields.iter().map(|field| TableColumn::of(field, schema)).collect(),
            None => schema.columns().iter().map(|column| TableColumn::of(&column.name, schema)).collect(),
        };
        Self { columns }
    }

    /// Creates columns like [`new`](Self::new), but replaces `additional` by its members at the end (spec P 10.6).
    pub fn spread(schema: &Schema, fields: Option<&[String]>, additional: &BTreeSet<String>) -> Self {
        let mut table = Self::new(schema, fields);
        if fields.is_none() {
            table.columns.retain(|column| column.name != ADDITIONAL);
            table.columns.extend(additional.iter().map(|member| TableColumn {
                name: format!("{ADDITIONAL}.{member}"),
                kind: CellKind::Any,
                column: schema.position(ADDITIONAL),
                path: vec![member.clone()],
                reach: Reach::Through,
                rest: false,
            }));
        }
        table
    }
}

impl TableColumn {
    fn of(field: &str, schema: &Schema) -> Self {
        let column = |kind, column, path| Self {
            name: field.to_owned(),
            kind,
            column,
            path,
            reach: Reach::Through,
            rest: false,
        };
        // Column names of a common resource may contain dots.
        if let Some(position) = schema.position(field).filter(|_| !schema.is_documents()) {
            return column(schema.columns()[position].kind.into(), Some(position), Vec::new());
        }
        // Below arrays a path applies to every element, with or without `[*]` (spec P 7.5).
        let bare = field.replace("[*]", "");
        let mut parts = bare.split('.');
        if schema.is_documents() {
            return column(CellKind::Any, Some(0), parts.map(str::to_owned).collect());
        }
        let position = schema.position(parts.next().unwrap_or_default());
        let path: Vec<String> = parts.map(str::to_owned).collect();
        let kind = match position {
            Some(position) if path.is_empty() => schema.columns()[position].kind.into(),
            _ => CellKind::Any,
        };
        column(kind, position, path)
    }
}

/// Reads the cells of the rows of a table. The paths of its columns are compiled once.
pub(crate) struct CellReader {
    places: Vec<Place>,
    inside: Vec<Inside>,
    /// Text of a cell that was made for the row.
    made: Vec<u8>,
}

/// Paths inside a column of the stored rows.
struct Inside {
    column: usize,
    paths: Slices,
    /// Types of the columns of the paths.
    kinds: Vec<CellKind>,
    /// Whether a column has what the paths leave.
    has_rest: bool,
    /// Parts of the column in one row.
    reading: Reading,
}

/// Location of the values of a column.
enum Place {
    Absent,
    Column(usize),
    /// Position in [`CellReader::inside`], and number of the path.
    Inside(usize, usize),
    /// Everything that the paths at this position in [`CellReader::inside`] leave.
    Rest(usize),
}

/// The cells of one row.
pub(crate) struct Cells<'a, 'r> {
    reader: &'r mut CellReader,
    row: Row<'a>,
    /// Position in [`CellReader::inside`] whose parts were read last, and the text that they are of.
    read: Option<(usize, &'a str)>,
    /// Values of that text, if they are known.
    spans: Option<&'a [Span]>,
}

/// Content of a row in a column.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Cell<'a> {
    Value(Value<'a>),
    /// Text of a value inside JSON; never null.
    Inner(&'a str),
}

/// Content of a row in a column, if it is known since the page of the row was checked.
#[derive(Clone, Copy, Debug)]
pub(crate) enum KnownCell<'a> {
    Null,
    /// Range of the text of the row, as it is in a line of CSV.
    Plain(usize, usize),
    /// Any other cell.
    Other(Cell<'a>),
}

impl CellReader {
    pub fn new(table: &Table) -> Self {
        let mut inside: Vec<Inside> = Vec::new();
        let place = |column: &TableColumn| {
            let Some(stored) = column.column else { return Place::Absent };
            if column.path.is_empty() && column.reach == Reach::Through && !column.rest {
                return Place::Column(stored);
            }
            let at = inside.iter().position(|known| known.column == stored).unwrap_or_else(|| {
                inside.push(Inside::of(stored));
                inside.len() - 1
            });
            if column.rest {
                inside[at].has_rest = true;
                return Place::Rest(at);
            }
            let Inside { paths, kinds, .. } = &mut inside[at];
            kinds.push(column.kind);
            Place::Inside(at, paths.add(column.path.iter().map(String::as_str), column.reach))
        };
        Self { places: table.columns.iter().map(place).collect(), inside, made: Vec::new() }
    }

    /// Returns the columns of the stored rows that the columns of the table are, if none has a path.
    pub fn columns(&self) -> Option<Vec<usize>> {
        let column = |place: &Place| if let Place::Column(stored) = place { Some(*stored) } else { None };
        self.places.iter().map(column).collect()
    }

    /// Returns the cells of a row.
    pub fn cells<'a>(&mut self, row: Row<'a>) -> Cells<'a, '_> {
        Cells { reader: self, row, read: None, spans: None }
    }

    /// Calls `take` with the text of a row and each of its cells in order, if they are known. Returns `false` without a
    /// call if the row must be [read](Self::cells).
    #[inline]
    pub fn each_known<'a>(&mut self, row: Row<'a>, mut take: impl FnMut(&'a str, KnownCell<'_>)) -> bool {
        let Self { places, inside, made } = self;
        let [inside] = &mut inside[..] else { return false };
        let Value::Json(text) = row.get(inside.column) else { return false };
        let Some(values) = row.outlined(inside.column).filter(|values| inside.place(text, *values)) else {
            return false;
        };
        let (taken, spans) = (inside.reading.values(), values.1);
        let span_at = |path: usize| spans.get(*taken.get(path)? as usize);
        // `take` is called at one place, so that it is compiled into the loop.
        for place in places {
            let cell = match place {
                Place::Inside(_, path) => span_at(*path).map_or(KnownCell::Null, |span| KnownCell::of(*span, text)),
                Place::Rest(_) => KnownCell::Other(inside.rest(text, made)),
                Place::Column(stored) => KnownCell::Other(Cell::Value(row.get(*stored))),
                Place::Absent => KnownCell::Null,
            };
            take(text, cell);
        }
        true
    }

    /// Returns the number of values of a row that do not fit the types of their columns.
    pub fn unfit(&mut self, table: &Table, row: Row<'_>) -> u64 {
        let mut cells = self.cells(row);
        table.columns.iter().enumerate().filter(|(at, column)| !cells.get(*at).fits(column.kind)).count() as u64
    }
}

impl Inside {
    fn of(column: usize) -> Self {
        Self { column, paths: Slices::default(), kinds: Vec::new(), has_rest: false, reading: Reading::default() }
    }

    fn read(&mut self, text: &str) {
        let Self { paths, kinds, reading, .. } = self;
        match self.has_rest {
            true => paths.read(text, reading, |path, text| Cell::Inner(text).fits(kinds[path])),
            false => paths.read(text, reading, |_, _| true),
        }
    }

    /// Finds the parts of a text whose values are known. Returns `false` if it must be read.
    #[inline]
    fn place(&mut self, text: &str, values: Values<'_>) -> bool {
        let Self { paths, kinds, reading, .. } = self;
        let is_typed = |kind: &CellKind| !matches!(kind, CellKind::Any | CellKind::Json);
        let fits = |path: usize, text: &str| Cell::Inner(text).fits(kinds[path]);
        let checks = self.has_rest && kinds.iter().any(is_typed);
        paths.place(text, values, reading, checks.then_some(fits))
    }

    /// Returns what no other column has a place for. A value that does not fit its column is part of it.
    fn rest<'m>(&self, text: &str, made: &'m mut Vec<u8>) -> Cell<'m> {
        if !self.reading.has_leftover() {
            return Cell::Value(Value::Null);
        }
        made.clear();
        self.paths.write_rest(text, &|path, text| Cell::Inner(text).fits(self.kinds[path]), made);
        match std::str::from_utf8(made) {
            Ok(text) if !text.is_empty() => Cell::Inner(text),
            _ => Cell::Value(Value::Null),
        }
    }
}

impl<'a> KnownCell<'a> {
    #[inline]
    fn of(span: Span, text: &'a str) -> Self {
        match span.kind {
            SpanKind::Null => Self::Null,
            SpanKind::Plain => Self::Plain(span.start as usize + 1, span.end as usize - 1),
            SpanKind::Scalar => Self::Plain(span.start as usize, span.end as usize),
            SpanKind::Text | SpanKind::Array => Self::Other(Cell::Inner(span.of(text))),
        }
    }
}

impl<'a> Cells<'a, '_> {
    /// Returns the cell in a column of the table.
    #[inline]
    pub fn get(&mut self, column: usize) -> Cell<'_> {
        let (at, path) = match self.reader.places[column] {
            Place::Absent => return Cell::Value(Value::Null),
            Place::Column(stored) => return Cell::Value(self.row.get(stored)),
            Place::Inside(at, path) => (at, Some(path)),
            Place::Rest(at) => (at, None),
        };
        let Some(text) = self.read(at) else { return Cell::Value(Value::Null) };
        let Some(path) = path else { return self.reader.inside[at].rest(text, &mut self.reader.made) };
        if let Some(spans) = self.spans {
            return match self.reader.inside[at].reading.part_of(spans, path) {
                None | Some(Span { kind: SpanKind::Null, .. }) => Cell::Value(Value::Null),
                Some(span) => Cell::Inner(span.of(text)),
            };
        }
        match self.reader.inside[at].reading.part(text, path) {
            Slice::Missing | Slice::Text("null") => Cell::Value(Value::Null),
            Slice::Text(text) | Slice::Gathered(text) => Cell::Inner(text),
        }
    }

    /// Returns the cell in a column of the table as it is in a line of CSV. `None` if it needs another form there.
    #[inline]
    pub fn plain(&mut self, column: usize) -> Option<&'a str> {
        let Place::Inside(at, path) = self.reader.places[column] else { return None };
        let text = self.read(at)?;
        if self.spans.is_some() {
            return None;
        }
        self.reader.inside[at].reading.plain(text, path)
    }

    /// Reads the parts of a column with paths, unless they were read last. Returns its text.
    #[inline]
    fn read(&mut self, at: usize) -> Option<&'a str> {
        if let Some((last, text)) = self.read
            && last == at
        {
            return Some(text);
        }
        let inside = &mut self.reader.inside[at];
        let Value::Json(text) = self.row.get(inside.column) else { return None };
        self.spans = None;
        match self.row.outlined(inside.column) {
            Some(values) if inside.place(text, values) => self.spans = Some(values.1),
            _ => inside.read(text),
        }
        self.read = Some((at, text));
        Some(text)
    }
}

impl Cell<'_> {
    #[cfg(feature = "arrow")]
    pub fn is_null(self) -> bool {
        self == Self::Value(Value::Null)
    }

    /// Returns the text that [`write_text`](Self::write_text) writes, if the cell has it as it is.
    #[cfg(feature = "arrow")]
    pub fn plain(&self) -> Option<&str> {
        match self {
            Self::Value(Value::Text(text)) => Some(text),
            Self::Inner(text) if text.starts_with(['{', '[']) => None,
            Self::Inner(text) => match text.strip_prefix('"').and_then(|text| text.strip_suffix('"')) {
                Some(inner) => memchr::memchr(b'\\', inner.as_bytes()).is_none().then_some(inner),
                None => Some(text),
            },
            Self::Value(_) => None,
        }
    }

    pub fn is_text(self) -> bool {
        match self {
            Self::Value(value) => matches!(value, Value::Text(_)),
            Self::Inner(text) => text.starts_with('"'),
        }
    }

    /// Returns whether the cell fits a column of this type; one that does not fit becomes null (spec P 16.5).
    pub fn fits(self, kind: CellKind) -> bool {
        match (kind, self) {
            (CellKind::Any | CellKind::Json, _) | (_, Self::Value(Value::Null)) => true,
            (CellKind::Int, cell) => cell.int().is_some(),
            (CellKind::Float, cell) => cell.float().is_some(),
            (CellKind::Bool, cell) => cell.bool().is_some(),
            (CellKind::Date, cell) => cell.date().is_some(),
            (CellKind::Text, Self::Value(value)) => matches!(value, Value::Text(_) | Value::Date(_)),
            (CellKind::Text, Self::Inner(text)) => text.starts_with('"'),
        }
    }

    pub fn int(self) -> Option<i64> {
        match self {
            Self::Value(Value::Int(number)) => Some(number),
            Self::Inner(text) => text.parse().ok(),
            Self::Value(_) => None,
        }
    }

    #[allow(clippy::cast_precision_loss)] // a count of a column declared as a decimal number
    pub fn float(self) -> Option<f64> {
        match self {
            Self::Value(Value::Float(number)) => Some(number),
            Self::Value(Value::Int(number)) => Some(number as f64),
            Self::Inner(text) => text.parse().ok().filter(|number: &f64| number.is_finite()),
            Self::Value(_) => None,
        }
    }

    pub fn bool(self) -> Option<bool> {
        match self {
            Self::Value(Value::Bool(truth)) => Some(truth),
            Self::Inner(text) => text.parse().ok(),
            Self::Value(_) => None,
        }
    }

    /// Returns seconds since the epoch.
    pub fn date(self) -> Option<i64> {
        match self {
            Self::Value(Value::Date(seconds)) => Some(seconds),
            Self::Value(Value::Text(text)) => parse_iso(text),
            Self::Inner(text) => string_of(text).as_deref().and_then(parse_iso),
            Self::Value(_) => None,
        }
    }

    /// Appends the cell as text: strings and dates unchanged, everything else as compact JSON. Null appends nothing.
    pub fn write_text(self, nulls: bool, out: &mut Vec<u8>) {
        match self {
            Self::Value(Value::Null) => {}
            Self::Value(Value::Text(text)) => out.extend_from_slice(text.as_bytes()),
            Self::Value(Value::Date(seconds)) => format_seconds(seconds, out),
            Self::Value(other) => other.write_json(nulls, out),
            Self::Inner(text) => match string_of(text) {
                Some(text) => out.extend_from_slice(text.as_bytes()),
                None => Value::Json(text).write_json(nulls, out),
            },
        }
    }

    /// Appends the cell as JSON including nulls. A null cell appends nothing.
    #[cfg(feature = "arrow")]
    pub fn write_json(self, out: &mut Vec<u8>) {
        match self {
            Self::Value(Value::Null) => {}
            Self::Value(other) => other.write_json(true, out),
            Self::Inner(text) => out.extend_from_slice(text.as_bytes()),
        }
    }
}
