//! User-defined objects: their definitions, and the transformations from an element's objects (spec P 9).

mod bound;
mod chain;
mod columnar;
mod condition;
mod convert;
mod definition;
mod flat;
mod mapping;
mod mapping_spec;
mod path;
mod scripted;
mod tabular;
mod transformation;
mod tree;

pub(crate) use bound::{BoundMapping, Form, Shown};
pub(crate) use chain::{chain, merged_fields};
pub(crate) use condition::Names;
pub(crate) use convert::{Type, boolean_of, number_of};
pub(crate) use definition::{DEFAULT_TYPE, DefinitionField, Shape, Types, check_name, definition_view};
pub(crate) use flat::FlatMapping;
pub(crate) use mapping::Mapping;
pub(crate) use mapping_spec::MappingSpec;
pub(crate) use scripted::{MappingDirection, kept_results, rewritten, transformed};
pub(crate) use tabular::{Tabular, as_additional, leaf_names};
pub(crate) use transformation::{MappedField, Setting, Transformation, transformation_view};
pub(crate) use tree::{Tree, field_paths};
