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
mod json;
#[cfg(feature = "arrow")]
mod page;
mod schema;
#[cfg(feature = "embedded")]
pub(crate) mod table;
mod typed;

pub use batch::{Batch, Row, Value};
pub use check::MalformedJson;
pub(crate) use csv::write_csv_text;
pub use date::{format_seconds, parse_iso, parse_vendor};
pub(crate) use json::json_key;
pub use json::{strip_nulls, write_json_text};
pub use schema::{Column, Kind, Schema};
