//! Records inside the engine: a [`Schema`] defines names and types of the columns, a [`Batch`] stores the rows of one
//! page in two flat buffers, and a [`Row`] is a view of one of them.
//!
//! A page is parsed into a batch once, which is then filtered, stored and written; no record becomes a map or a tree
//! in between. The same representation serves live reads, bulk segments, CSV, JSON and Arrow.

mod batch;
#[cfg(feature = "embedded")]
pub(crate) mod binary;
mod check;
#[cfg(feature = "arrow")]
pub(crate) mod columnar;
mod csv;
mod date;
mod document;
pub(crate) mod extract;
#[cfg(feature = "embedded")]
mod fields;
mod json;
pub(crate) mod kept;
#[cfg(feature = "arrow")]
pub(crate) mod nested;
mod nulls;
#[cfg(feature = "embedded")]
mod order;
#[cfg(feature = "embedded")]
pub(crate) mod outline;
#[cfg(feature = "embedded")]
pub(crate) mod outlined;
#[cfg(feature = "arrow")]
mod page;
pub(crate) mod reader;
#[cfg(test)]
pub(crate) mod samples;
mod schema;
#[cfg(feature = "embedded")]
pub(crate) mod shape;
#[cfg(feature = "embedded")]
pub(crate) mod slices;
#[cfg(feature = "embedded")]
pub(crate) mod table;
mod typed;

pub use batch::{Batch, Row, Value};
pub use check::MalformedJson;
pub(crate) use check::compact;
#[cfg(feature = "embedded")]
pub(crate) use check::{MAX_DEPTH, value_end};
pub(crate) use csv::write_csv_text;
#[cfg(feature = "embedded")]
pub(crate) use csv::{write_csv_json, write_csv_part};
pub use date::{format_seconds, parse_iso, parse_vendor};
#[cfg(feature = "embedded")]
pub(crate) use fields::FieldReader;
pub(crate) use json::json_key;
pub use json::{strip_nulls, write_json_text};
pub use schema::{Column, Kind, Schema};
