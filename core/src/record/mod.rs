//! Records as they travel through the engine: a [`Schema`] names and types the columns, a [`Batch`] holds
//! the rows of one page in two flat buffers, a [`Row`] looks at one of them.
//!
//! A page is parsed into a batch once and is then filtered, stored and written out from there; no record
//! becomes a map or a tree on the way. The same shape serves live reads, bulk segments, CSV, JSON and Arrow.

mod batch;
#[cfg(feature = "embedded")]
pub(crate) mod binary;
#[cfg(feature = "arrow")]
pub(crate) mod columnar;
mod csv;
mod date;
mod json;
#[cfg(feature = "arrow")]
mod page;
mod schema;
#[cfg(feature = "embedded")]
pub(crate) mod table;

pub use batch::{Batch, Row, Value};
pub(crate) use csv::write_csv_text;
pub use date::{format_seconds, parse_iso, parse_vendor};
pub(crate) use json::json_key;
pub use json::{strip_nulls, write_json_text};
pub use schema::{Column, Kind, Schema};
