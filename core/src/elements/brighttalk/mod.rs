//! The BrightTALK element: webinars, their audiences and surveys, read from the Channel Owner Reporting API v1.
//!
//! Normative: the vendor specification (cited as BT). [`table`] is the single source of the objects and their fields;
//! [`call`] defines the calls to the vendor.

#[cfg(feature = "embedded")]
pub mod call;
mod connect;
#[cfg(feature = "embedded")]
mod connector;
#[cfg(feature = "embedded")]
pub mod derive;
#[cfg(feature = "embedded")]
mod element;
#[cfg(feature = "embedded")]
pub mod endpoint;
#[cfg(feature = "embedded")]
pub mod error;
pub mod info;
#[cfg(feature = "embedded")]
pub mod paths;
#[cfg(feature = "embedded")]
pub mod plan;
#[cfg(feature = "embedded")]
mod read_plan;
#[cfg(feature = "embedded")]
pub mod records;
#[cfg(feature = "embedded")]
pub mod table;
#[cfg(all(test, feature = "embedded"))]
pub(crate) mod testing;
#[cfg(feature = "embedded")]
pub mod vendor;
#[cfg(feature = "embedded")]
pub mod xml;

pub use connect::ConnectOptions;
#[cfg(feature = "embedded")]
pub use element::{Brighttalk, DERIVED};
pub use info::INFO;
