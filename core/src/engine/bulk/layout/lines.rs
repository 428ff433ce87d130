//! One JSON object a line (spec P 10.6).

use std::io::{self, Write};

use super::RowWriter;
use crate::engine::transform::Tree;
use crate::query::Projection;
use crate::record::{Batch, Row};

/// Content of a line.
pub(super) enum Lines {
    /// All columns of the row.
    Rows,
    /// The requested columns.
    Projected(Projection),
    /// Columns named by paths, as nested objects.
    Tree(Tree),
    /// The JSON in this column.
    Document(usize),
}

impl Lines {
    fn write(&self, row: Row<'_>, nulls: bool, out: &mut Vec<u8>) {
        match self {
            Self::Rows => row.write_json(nulls, out),
            Self::Projected(projection) => projection.write_json(row, nulls, out),
            Self::Tree(tree) => tree.write_json(row, nulls, out),
            Self::Document(column) => row.get(*column).write_json(nulls, out),
        }
    }
}

pub(super) struct LinesWriter<'a, W> {
    pub lines: &'a Lines,
    /// Whether null fields are written.
    pub nulls: bool,
    /// Whether every scalar is written as a string (`convertToNativeType`).
    pub texts: bool,
    pub out: W,
}

impl<W: Write> RowWriter for LinesWriter<'_, W> {
    fn rows(&mut self, batch: &Batch) -> io::Result<()> {
        let mut lines = Vec::with_capacity(batch.text_len() * 2);
        for row in batch.rows() {
            let start = lines.len();
            self.lines.write(row, self.nulls, &mut lines);
            if self.texts {
                scalars_as_texts(&mut lines, start);
            }
            lines.push(b'\n');
        }
        self.out.write_all(&lines)
    }

    fn finish(self: Box<Self>) -> io::Result<()> {
        let mut out = self.out;
        out.flush()
    }
}

/// Converts the scalars of the object at the end of the buffer to strings.
fn scalars_as_texts(out: &mut Vec<u8>, start: usize) {
    if let Ok(mut json) = serde_json::from_slice::<serde_json::Value>(&out[start..]) {
        to_texts(&mut json);
        out.truncate(start);
        let _ = serde_json::to_writer(out, &json);
    }
}

fn to_texts(json: &mut serde_json::Value) {
    match json {
        serde_json::Value::Array(items) => items.iter_mut().for_each(to_texts),
        serde_json::Value::Object(members) => members.values_mut().for_each(to_texts),
        serde_json::Value::Bool(_) | serde_json::Value::Number(_) => *json = json.to_string().into(),
        serde_json::Value::Null | serde_json::Value::String(_) => {}
    }
}
