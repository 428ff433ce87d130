//! The handlers, one file per family of the route table.

pub(crate) mod authentication;
pub(crate) mod bulk;
pub(crate) mod catalog;
pub(crate) mod common_resources;
pub(crate) mod definitions;
mod discovery;
pub(crate) mod docs;
pub(crate) mod elements;
pub(crate) mod execute;
pub(crate) mod formulas;
mod input;
pub(crate) mod instances;
mod level;
pub(crate) mod not_implemented;
pub(crate) mod oauth;
pub(crate) mod objects;
pub(crate) mod organizations;
pub(crate) mod people;
pub(crate) mod put_transformation;
mod query_warnings;
pub(crate) mod records;
mod source;
pub(crate) mod transformations;
pub(crate) mod usage;
pub(crate) mod vdrs;
pub(crate) mod writes;
