//! The grammar of spec P 8.1, parsed by recursive descent over characters, because keywords depend on what follows.

use std::borrow::Cow;

use super::cursor::{Cursor, Result, is_blank};
use super::{Comparison, Expr, Literal, Operator, ParseError, Test};

/// Maximum nesting of parentheses.
const MAX_DEPTH: usize = 200;

/// Maximum number of comparisons in a condition.
const MAX_COMPARISONS: usize = 10_000;

/// Parses the condition of a `where` parameter. Returns `None` if it is blank.
///
/// # Errors
/// Returns the position and what was expected there.
pub fn parse_where(text: &str) -> Result<Option<Expr>> {
    if is_blank(text) {
        return Ok(None);
    }
    let mut cursor = Cursor::new(text)?;
    let expression = cursor.condition()?;
    cursor.end("AND, OR or the end")?;
    Ok(Some(expression))
}

/// Splits the `fields` parameter, ignoring white space around commas (spec P 7.3).
///
/// # Errors
/// Returns the position of a field that is listed twice.
pub fn parse_fields(text: &str) -> Result<Vec<String>> {
    let mut fields: Vec<String> = Vec::new();
    let mut start = 0;
    for part in text.split(',') {
        let field = part.trim();
        if is_listed(field, &fields) {
            return Err(ParseError::new(text, start + part.len() - part.trim_start().len(), ONCE));
        }
        if !field.is_empty() {
            fields.push(field.to_owned());
        }
        start += part.len() + 1;
    }
    Ok(fields)
}

/// Expectation reported for a field that is listed twice.
pub(super) const ONCE: &str = "each field once";

/// Returns whether a list has this field, in any spelling of its path: `[*]` may be omitted.
pub(super) fn is_listed(field: &str, list: &[String]) -> bool {
    let field = bare(field);
    list.iter().any(|known| bare(known) == field)
}

fn bare(field: &str) -> Cow<'_, str> {
    if field.contains('[') { field.replace("[*]", "").into() } else { field.into() }
}

impl Cursor<'_> {
    /// Parses a condition.
    pub fn condition(&mut self) -> Result<Expr> {
        self.skip_blanks();
        let start = self.position();
        let expression = self.or_expression(0)?;
        // Every record is tested with each comparison, except for IN, which looks its values up.
        if expression.comparisons().len() > MAX_COMPARISONS {
            return Err(self.at(start).error(&format!("at most {MAX_COMPARISONS} comparisons (IN takes many values)")));
        }
        Ok(expression)
    }

    fn or_expression(&mut self, depth: usize) -> Result<Expr> {
        let mut parts = vec![self.and_expression(depth)?];
        while self.keyword("OR") {
            parts.push(self.and_expression(depth)?);
        }
        Ok(if parts.len() == 1 { parts.remove(0) } else { Expr::Or(parts) })
    }

    fn and_expression(&mut self, depth: usize) -> Result<Expr> {
        let mut parts = vec![self.unary(depth)?];
        while self.keyword("AND") {
            parts.push(self.unary(depth)?);
        }
        Ok(if parts.len() == 1 { parts.remove(0) } else { Expr::And(parts) })
    }

    fn unary(&mut self, depth: usize) -> Result<Expr> {
        if let Some(after) = self.after_keyword("NOT")
            && !self.is_operator_at(after)
        {
            self.go_to(after);
            return Ok(Expr::Not(Box::new(self.primary(depth)?)));
        }
        self.primary(depth)
    }

    fn primary(&mut self, depth: usize) -> Result<Expr> {
        if !self.take('(') {
            return self.comparison().map(Expr::Is);
        }
        if depth >= MAX_DEPTH {
            return Err(self.error("fewer parentheses"));
        }
        let inner = self.or_expression(depth + 1)?;
        self.expect(')', "AND, OR or ')'")?;
        Ok(inner)
    }

    /// Returns whether an operator follows, so that the word before it is a field although it is a keyword elsewhere.
    fn is_operator_at(&self, at: usize) -> bool {
        let mut ahead = self.at(at);
        ahead.skip_blanks();
        let negated = ahead.keyword("NOT");
        (!negated && ahead.rest().starts_with(['=', '!', '<', '>']))
            || ["LIKE", "IN"].into_iter().any(|word| ahead.after_keyword(word).is_some())
            || (!negated && ahead.after_keyword("IS").is_some())
    }

    fn comparison(&mut self) -> Result<Comparison> {
        let field = self.field()?;
        let negated = self.keyword("NOT");
        let test = if self.keyword("LIKE") {
            let pattern = self.value()?;
            if negated { Test::NotLike(pattern) } else { Test::Like(pattern) }
        } else if self.keyword("IN") {
            let members = self.members()?;
            if negated { Test::NotIn(members) } else { Test::In(members) }
        } else if negated {
            return Err(self.error("LIKE or IN"));
        } else if self.keyword("IS") {
            let not = self.keyword("NOT");
            if !self.keyword("NULL") {
                return Err(self.error("NULL"));
            }
            if not { Test::NotNull } else { Test::Null }
        } else {
            self.operator_and_value()?
        };
        Ok(Comparison { field, test })
    }

    fn operator_and_value(&mut self) -> Result<Test> {
        self.skip_blanks();
        let operators = [
            ("!=", Operator::NotEqual),
            ("<>", Operator::NotEqual),
            ("<=", Operator::LessOrEqual),
            (">=", Operator::GreaterOrEqual),
            ("=", Operator::Equal),
            ("<", Operator::Less),
            (">", Operator::Greater),
        ];
        let found = operators.into_iter().find(|(sign, _)| self.rest().starts_with(sign));
        let (sign, operator) = found.ok_or_else(|| self.error("=, !=, <, >, <=, >=, LIKE, IN or IS"))?;
        self.skip(sign.len());
        let value = self.value()?;
        // The bare word null tests for absence; the quoted one is a string (spec P 8.4).
        let is_null = !value.quoted && value.text.eq_ignore_ascii_case("null");
        Ok(match operator {
            Operator::Equal if is_null => Test::Null,
            Operator::NotEqual if is_null => Test::NotNull,
            _ => Test::Compare(operator, value),
        })
    }

    fn members(&mut self) -> Result<Vec<Literal>> {
        self.expect('(', "'('")?;
        let mut members = vec![self.value()?];
        while self.take(',') {
            members.push(self.value()?);
        }
        self.expect(')', "',' or ')'")?;
        Ok(members)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn printed(text: &str) -> std::result::Result<String, String> {
        let parsed = parse_where(text).map_err(|error| error.to_string())?;
        Ok(parsed.map(|expression| expression.to_string()).unwrap_or_default())
    }

    #[test]
    fn what_the_documentation_shows_is_read() {
        for (text, wanted) in [
            ("", ""),
            (" name='O''Brien' ", "name = 'O''Brien'"),
            (r"name='O\'Brien'", "name = 'O''Brien'"),
            ("`meta.lastUpdate` > '2024'", "`meta.lastUpdate` > '2024'"),
            ("'Last Seen'>\"x\"", "`Last Seen` > 'x'"),
            ("active=true and count = 1 OR t=notes.txt", "active = true AND count = 1 OR t = notes.txt"),
            ("a=1 AND (b=2 OR c=3)", "a = 1 AND (b = 2 OR c = 3)"),
            ("from='+1' AND not = 2 and in in (1, 'b')", "`from` = '+1' AND `not` = 2 AND `in` IN (1, 'b')"),
            ("not a is null", "NOT a IS NULL"),
            ("a != null and b = NULL and c='null'", "a IS NOT NULL AND b IS NULL AND c = 'null'"),
            ("x[*].y <> 1 and x[0] not like 'a%'", "x[*].y != 1 AND x[0] NOT LIKE 'a%'"),
            ("Name=’x’", "Name = ’x’"),
            ("meta.$ref:a-b='1'", "meta.$ref:a-b = '1'"),
        ] {
            assert_eq!(printed(text).as_deref(), Ok(wanted), "{text}");
            assert_eq!(printed(wanted).as_deref(), Ok(wanted), "again: {wanted}");
        }
    }

    #[test]
    fn a_list_of_fields_has_each_once() {
        assert_eq!(
            parse_fields(" id , user.name,,ID ").as_deref(),
            Ok(&["id", "user.name", "ID"].map(str::to_owned)[..])
        );
        for (text, column) in [("id,id", 4), ("id, email ,\tid", 13), ("é,a[*].b, a.b", 11)] {
            assert_eq!(parse_fields(text).map_err(|error| error.column), Err(column), "{text}");
        }
    }

    #[test]
    fn everything_else_says_where_it_fails() {
        for (text, place) in [
            ("a", "column 2"),
            ("a=", "column 3"),
            ("a='x", "column 3"),
            ("(a=1", "column 5"),
            ("a=1)", "column 4"),
            ("a=1 AND", "column 8"),
            ("a = = 1", "column 5"),
            ("a in ()", "column 7"),
            ("a=1\n b", "line 2, column 2"),
            ("1=a", "column 1"),
        ] {
            let error = printed(text).expect_err(text);
            assert!(error.starts_with("Error parsing query: ") && error.contains(place), "{text}: {error}");
        }
        let many = |count: usize| vec!["a=1"; count].join(" or ");
        assert!(printed(&many(MAX_COMPARISONS)).is_ok());
        let error = printed(&many(MAX_COMPARISONS + 1)).expect_err("too many");
        assert!(error.contains("at most 10000 comparisons"), "{error}");
        assert!(printed(&"(".repeat(100_000)).is_err());
        assert!(printed(&format!("{}a=1", "not ".repeat(10_000))).is_err());
    }
}
