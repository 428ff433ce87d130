use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use super::json_key;

/// Type of a column (spec BT 2.2). Every column may also be absent, which is `null`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Kind {
    /// An identifier: a JSON number, 64-bit.
    Id,
    /// A count, or a length in seconds or bytes: a JSON number, 64-bit.
    Int,
    /// A decimal number.
    Float,
    /// `true` or `false`.
    Bool,
    /// A time in whole seconds, written `YYYY-MM-DDThh:mm:ssZ`.
    Date,
    /// Text.
    Text,
    /// An array or an object, stored as compact JSON text that includes nulls. The record of a document is any value.
    Json,
}

/// One column of a [`Schema`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Column {
    /// Name of the field on the wire, for instance `lastUpdated`.
    pub name: Cow<'static, str>,
    /// Type of the values.
    pub kind: Kind,
}

/// The columns of a [`Batch`](super::Batch), in output order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Schema {
    columns: Vec<Column>,
    /// Names of the columns in the form of [`json_key`].
    keys: Vec<Vec<u8>>,
    /// Whether rows are documents; the only column is then the record.
    pub(super) documents: bool,
}

impl Schema {
    /// Creates a schema of these columns in output order.
    pub fn new(columns: impl IntoIterator<Item = Column>) -> Self {
        let columns: Vec<Column> = columns.into_iter().collect();
        let keys = columns.iter().map(|column| json_key(&column.name)).collect();
        Self { columns, keys, documents: false }
    }

    pub(crate) fn keys(&self) -> &[Vec<u8>] {
        &self.keys
    }

    /// Returns the columns in output order.
    pub fn columns(&self) -> &[Column] {
        &self.columns
    }

    /// Returns the number of columns.
    pub fn width(&self) -> usize {
        self.columns.len()
    }

    /// Returns the position of the column with exactly this name.
    pub fn position(&self, name: &str) -> Option<usize> {
        self.columns.iter().position(|column| column.name == name)
    }
}
