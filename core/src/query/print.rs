//! Conditions as text; what is printed is read back as the same condition.

use std::fmt::{self, Display, Formatter};

use super::{Comparison, Expr, Field, Literal, Operator, Test};

impl Display for Expr {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Or(parts) => joined(f, parts, " OR ", |part| matches!(part, Self::Or(_))),
            Self::And(parts) => joined(f, parts, " AND ", |part| matches!(part, Self::Or(_) | Self::And(_))),
            Self::Not(part) if matches!(**part, Self::Or(_) | Self::And(_)) => write!(f, "NOT ({part})"),
            Self::Not(part) => write!(f, "NOT {part}"),
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
        for (position, member) in self.0.iter().enumerate() {
            if position > 0 {
                f.write_str(", ")?;
            }
            member.fmt(f)?;
        }
        Ok(())
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
        if self.quoted { write!(f, "`{}`", self.name.replace('`', "``")) } else { f.write_str(&self.name) }
    }
}

impl Display for Literal {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        if self.quoted {
            write!(f, "'{}'", self.text.replace('\\', "\\\\").replace('\'', "''"))
        } else {
            f.write_str(&self.text)
        }
    }
}
