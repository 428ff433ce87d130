//! CEQL, the platform's query expression (spec P 8): the part of an SQL query after WHERE, and SELECT statements.

mod ast;
mod build;
mod cursor;
mod eval;
mod field_path;
mod like;
mod literal;
mod members;
mod order;
mod parse_error;
mod parser;
mod predicate;
mod print;
mod project;
mod select;

pub use ast::{Comparison, Expr, Field, Literal, Operator, Select, Test};
pub use build::{Operand, field, property, select};
pub use eval::Filter;
pub use order::{OrderBy, RowOrder, SortKey, compare_rows};
pub use parse_error::ParseError;
pub use parser::{parse_fields, parse_where};
pub use project::Projection;
#[cfg(feature = "embedded")]
pub(crate) use project::{kept, write_parts};
pub use select::{parse_order_by, parse_select};
