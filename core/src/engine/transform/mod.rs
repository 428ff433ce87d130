//! The user's own objects: their definitions, and the transformations that make them from an element's objects
//! (spec P 9).

mod chain;
mod definition;
mod transformation;

pub(crate) use chain::{chain, merged_fields};
pub(crate) use definition::{DefinitionField, Shape, check_name, definition_view};
pub(crate) use transformation::{MappedField, Setting, Transformation, transformation_view};
