//! The handlers, one file a family of the route table.

pub(crate) mod bulk;
pub(crate) mod catalog;
pub(crate) mod instances;
pub(crate) mod objects;
pub(crate) mod organizations;
pub(crate) mod people;
pub(crate) mod records;
pub(crate) mod unoffered;
