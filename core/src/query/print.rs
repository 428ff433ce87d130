//! Conditions and statements as text that parses back to the same value.

use std::fmt::{self, Display, Formatter};

use super::cursor::{is_bare_field, is_bare_value};
use super::select::is_bare_object;
use super::{Comparison, Expr, Field, Literal, Operator, OrderBy, Select, Test};

/// Words with another meaning in the position of a field.
const KEYWORDS: [&str; 15] =
    ["AND", "ASC", "BY", "DESC", "FROM", "IN", "IS", "LIKE", "LIMIT", "NOT", "NULL", "OR", "ORDER", "SELECT", "WHERE"];

impl Display for Expr {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Or(parts) => joined(f, parts, " OR ", |part| matches!(part, Self::Or(_))),
            Self::And(parts) => joined(f, parts, " AND ", |part| matches!(part, Self::Or(_) | Self::And(_))),
            Self::Not(part) if matches!(**part, Self::Is(_)) => write!(f, "NOT {part}"),
            Self::Not(part) => write!(f, "NOT ({part})"),
            Self::Is(comparison) => comparison.fmt(f),
        }
    }
}

fn joined(f: &mut Formatter<'_>, parts: &[Expr], between: &str, bracket: impl Fn(&Expr) -> bool) -> fmt::Result {
    for (position, part) in parts.iter().enumerate() {
        if position > 0 {
            f.write_str(between)?;
        }
        if bracket(part) {
            write!(f, "({part})")?;
        } else {
            part.fmt(f)?;
        }
    }
    Ok(())
}

impl Display for Comparison {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        self.field.fmt(f)?;
        match &self.test {
            Test::Compare(operator, value) => write!(f, " {operator} {value}"),
            Test::Like(pattern) => write!(f, " LIKE {pattern}"),
            Test::NotLike(pattern) => write!(f, " NOT LIKE {pattern}"),
            Test::In(members) => write!(f, " IN ({})", Members(members)),
            Test::NotIn(members) => write!(f, " NOT IN ({})", Members(members)),
            Test::Null => f.write_str(" IS NULL"),
            Test::NotNull => f.write_str(" IS NOT NULL"),
        }
    }
}

struct Members<'a>(&'a [Literal]);

impl Display for Members<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        listed(f, self.0, |f, member| member.fmt(f))
    }
}

impl Display for Operator {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Equal => "=",
            Self::NotEqual => "!=",
            Self::Less => "<",
            Self::Greater => ">",
            Self::LessOrEqual => "<=",
            Self::GreaterOrEqual => ">=",
        })
    }
}

impl Display for Field {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        if self.quoted { ticked(f, &self.name) } else { name(f, &self.name) }
    }
}

/// Prints a name, in backticks if it would be parsed as something else without them.
fn name(f: &mut Formatter<'_>, name: &str) -> fmt::Result {
    let plain = is_bare_field(name) && !KEYWORDS.iter().any(|keyword| name.eq_ignore_ascii_case(keyword));
    if plain { f.write_str(name) } else { ticked(f, name) }
}

fn ticked(f: &mut Formatter<'_>, name: &str) -> fmt::Result {
    write!(f, "`{}`", name.replace('`', "``"))
}

impl Display for Literal {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        if self.is_not_finite() {
            f.write_str(&self.text)
        } else if self.quoted || !is_bare_value(&self.text) {
            write!(f, "'{}'", self.text.replace('\\', "\\\\").replace('\'', "''"))
        } else {
            f.write_str(&self.text)
        }
    }
}

impl Display for OrderBy {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.field, if self.descending { " DESC" } else { "" })
    }
}

impl Display for Select {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        self.clauses(f)?;
        // The parser drops a final semicolon, so a bare value that ends with one needs another.
        match self.condition.as_ref().map(Expr::comparisons).and_then(|all| all.last().copied()) {
            Some(last) if self.order_by.is_empty() && self.limit.is_none() && last.to_string().ends_with(';') => {
                f.write_str(";")
            }
            _ => Ok(()),
        }
    }
}

impl Select {
    fn clauses(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str("SELECT ")?;
        match self.fields.as_deref() {
            None => f.write_str("*")?,
            Some(fields) => listed(f, fields, |f, field| name(f, field))?,
        }
        f.write_str(" FROM ")?;
        if is_bare_object(&self.object) {
            f.write_str(&self.object)?
        } else {
            ticked(f, &self.object)?
        }
        if let Some(condition) = &self.condition {
            write!(f, " WHERE {condition}")?;
        }
        if !self.order_by.is_empty() {
            f.write_str(" ORDER BY ")?;
            listed(f, &self.order_by, |f, order| order.fmt(f))?;
        }
        match self.limit {
            Some(limit) => write!(f, " LIMIT {limit}"),
            None => Ok(()),
        }
    }
}

fn listed<T>(f: &mut Formatter<'_>, parts: &[T], print: impl Fn(&mut Formatter<'_>, &T) -> fmt::Result) -> fmt::Result {
    for (position, part) in parts.iter().enumerate() {
        if position > 0 {
            f.write_str(", ")?;
        }
        print(f, part)?;
    }
    Ok(())
}
