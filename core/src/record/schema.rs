use std::borrow::Cow;

use super::json_key;

/// What a column holds (spec BT 2.2). Every column may also be absent, which is `null`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// An identifier: a JSON number, 64-bit.
    Id,
    /// A count, or a length in seconds or bytes: a JSON number, 64-bit.
    Int,
    /// A decimal number.
    Float,
    /// `true` or `false`.
    Bool,
    /// An instant in whole seconds, written `YYYY-MM-DDThh:mm:ssZ`.
    Date,
    /// Text.
    Text,
    /// An array or an object, kept as its compact JSON text with nulls in it.
    Json,
}

/// One column of a [`Schema`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Column {
    /// The field's name on the wire, for instance `lastUpdated`.
    pub name: Cow<'static, str>,
    /// The type of its values.
    pub kind: Kind,
}

/// The columns of a [`Batch`](super::Batch), in output order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Schema {
    columns: Vec<Column>,
    /// The name of each column as [`json_key`] writes it.
    keys: Vec<Vec<u8>>,
}

impl Schema {
    /// A schema of the given columns in output order.
    pub fn new(columns: impl IntoIterator<Item = Column>) -> Self {
        let columns: Vec<Column> = columns.into_iter().collect();
        Self { keys: columns.iter().map(|column| json_key(&column.name)).collect(), columns }
    }

    pub(crate) fn keys(&self) -> &[Vec<u8>] {
        &self.keys
    }

    /// The columns in output order.
    pub fn columns(&self) -> &[Column] {
        &self.columns
    }

    /// How many columns there are.
    pub fn width(&self) -> usize {
        self.columns.len()
    }

    /// The position of the column with exactly this name.
    pub fn position(&self, name: &str) -> Option<usize> {
        self.columns.iter().position(|column| column.name == name)
    }
}
