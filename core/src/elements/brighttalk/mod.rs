//! The BrightTALK element: webinars, their audiences and surveys, read from the Channel Owner Reporting API v1.
//!
//! Normative: the vendor specification (cited as BT). [`table`] is the single source of the objects and their
//! fields; [`call`] names what can be asked of the vendor.

pub mod call;
pub(crate) mod counts;
pub mod derive;
pub mod endpoint;
pub mod error;
pub mod info;
pub mod paths;
pub mod plan;
pub mod records;
pub mod scan;
pub mod table;
pub mod vendor;
pub mod xml;

pub use info::INFO;
