//! CEQL, the platform's query expression (spec P 8): the part of an SQL query after WHERE, and SELECT statements.

mod ast;
mod eval;
mod like;
mod literal;
mod order;
mod parser;
mod print;
mod project;

pub use ast::{Comparison, Expr, Field, Literal, Operator, Select, Test};
pub use eval::Filter;
pub use order::{OrderBy, SortKey};
pub use parser::{ParseError, parse_fields, parse_order_by, parse_select, parse_where};
pub use project::Projection;
pub(crate) use project::kept;
