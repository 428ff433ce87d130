//! The grammar of spec P 8.1, by recursive descent over characters: which word is a keyword depends on what follows.

use std::fmt;

use super::order::OrderBy;
use super::{Comparison, Expr, Field, Literal, Operator, Select, Test};

/// Longest text that is parsed.
const MAX_LENGTH: usize = 64 << 10;
/// Deepest nesting of parentheses and NOT.
const MAX_DEPTH: usize = 200;

/// Why a text is no query, and where (spec P 8.6).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParseError {
    /// The line, from 1.
    pub line: usize,
    /// The column in characters, from 1.
    pub column: usize,
    /// What was expected there.
    pub expected: String,
    /// What stands there instead.
    pub found: String,
}

impl fmt::Display for ParseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { line, column, expected, found } = self;
        write!(f, "Error parsing query: expected {expected} but found {found} at line {line}, column {column}")
    }
}

impl std::error::Error for ParseError {}

type Result<T> = std::result::Result<T, ParseError>;

/// Reads the condition of a `where` parameter; blank means none.
///
/// # Errors
/// The position and what was expected there.
pub fn parse_where(text: &str) -> Result<Option<Expr>> {
    if text.trim().is_empty() {
        return Ok(None);
    }
    let mut parser = Parser::new(text)?;
    let expression = parser.or_expression(0)?;
    parser.end()?;
    Ok(Some(expression))
}

/// Reads a SELECT statement.
///
/// # Errors
/// The position and what was expected there.
pub fn parse_select(text: &str) -> Result<Select> {
    let mut parser = Parser::new(text)?;
    let select = parser.select()?;
    parser.take(';');
    parser.end()?;
    Ok(select)
}

/// Reads the `orderBy` parameter: fields with `asc` or `desc`, separated by commas.
///
/// # Errors
/// The position and what was expected there.
pub fn parse_order_by(text: &str) -> Result<Vec<OrderBy>> {
    let mut parser = Parser::new(text)?;
    let order = parser.order_list()?;
    parser.end()?;
    Ok(order)
}

/// Splits the `fields` parameter; blanks around commas do not matter (spec P 7.3).
pub fn parse_fields(text: &str) -> Vec<String> {
    text.split(',').map(|field| field.trim().to_owned()).filter(|field| !field.is_empty()).collect()
}

struct Parser<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Parser<'a> {
    fn new(text: &'a str) -> Result<Self> {
        let parser = Self { text, at: 0 };
        if text.len() > MAX_LENGTH { Err(parser.error(&format!("at most {MAX_LENGTH} bytes"))) } else { Ok(parser) }
    }

    fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    fn skip_blanks(&mut self) {
        self.at = self.text.len() - self.rest().trim_start_matches([' ', '\t', '\r', '\n']).len();
    }

    fn take(&mut self, wanted: char) -> bool {
        self.skip_blanks();
        let found = self.rest().starts_with(wanted);
        self.at += if found { wanted.len_utf8() } else { 0 };
        found
    }

    fn expect(&mut self, wanted: char) -> Result<()> {
        if self.take(wanted) { Ok(()) } else { Err(self.error(&format!("{wanted:?}"))) }
    }

    fn end(&mut self) -> Result<()> {
        self.skip_blanks();
        if self.rest().is_empty() { Ok(()) } else { Err(self.error("the end")) }
    }

    /// The word at this place, when it is this keyword, with what follows it; nothing is taken.
    fn after_keyword(&mut self, keyword: &str) -> Option<usize> {
        self.skip_blanks();
        let head = self.rest().get(..keyword.len())?;
        let next = self.rest()[keyword.len()..].chars().next();
        let whole = head.eq_ignore_ascii_case(keyword) && next.is_none_or(|next| !is_name(next) && next != '.');
        whole.then_some(self.at + keyword.len())
    }

    fn keyword(&mut self, keyword: &str) -> bool {
        let after = self.after_keyword(keyword);
        self.at = after.unwrap_or(self.at);
        after.is_some()
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
        if depth > MAX_DEPTH {
            return Err(self.error("fewer parentheses"));
        }
        if let Some(after) = self.after_keyword("NOT")
            && !self.is_operator_at(after)
        {
            self.at = after;
            return Ok(Expr::Not(Box::new(self.unary(depth + 1)?)));
        }
        if self.take('(') {
            let inner = self.or_expression(depth + 1)?;
            self.expect(')')?;
            return Ok(inner);
        }
        self.comparison().map(Expr::Is)
    }

    /// Whether an operator stands here, so that the word before it is a field although it is a keyword elsewhere.
    fn is_operator_at(&self, at: usize) -> bool {
        let mut ahead = Parser { text: self.text, at };
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
        let (sign, operator) = found.ok_or_else(|| self.error("an operator"))?;
        self.at += sign.len();
        let value = self.value()?;
        // The bare word null asks for absence; the quoted one is a text (spec P 8.4).
        let is_null = !value.quoted && value.text.eq_ignore_ascii_case("null");
        Ok(match operator {
            Operator::Equal if is_null => Test::Null,
            Operator::NotEqual if is_null => Test::NotNull,
            _ => Test::Compare(operator, value),
        })
    }

    fn members(&mut self) -> Result<Vec<Literal>> {
        self.expect('(')?;
        let mut members = vec![self.value()?];
        while self.take(',') {
            members.push(self.value()?);
        }
        self.expect(')')?;
        Ok(members)
    }

    fn field(&mut self) -> Result<Field> {
        self.skip_blanks();
        if let Some(name) = self.quoted()? {
            return if name.is_empty() { Err(self.error("a field name")) } else { Ok(Field { name, quoted: true }) };
        }
        let start = self.at;
        self.name()?;
        loop {
            if self.rest().starts_with('.') {
                self.at += 1;
                self.name()?;
            } else if self.rest().starts_with('[') {
                self.index()?;
            } else {
                return Ok(Field { name: self.text[start..self.at].to_owned(), quoted: false });
            }
        }
    }

    fn name(&mut self) -> Result<()> {
        let rest = self.rest();
        if !rest.starts_with(|first: char| first.is_alphabetic() || matches!(first, '_' | '$' | '@')) {
            return Err(self.error("a field name"));
        }
        self.at += rest.find(|next| !is_name(next)).unwrap_or(rest.len());
        Ok(())
    }

    fn index(&mut self) -> Result<()> {
        let inner = self.rest()[1..].split_once(']').map(|(inner, _)| inner);
        match inner {
            Some(inner) if inner == "*" || (!inner.is_empty() && inner.bytes().all(|byte| byte.is_ascii_digit())) => {
                self.at += inner.len() + 2;
                Ok(())
            }
            _ => Err(self.error("[*] or [number]")),
        }
    }

    fn value(&mut self) -> Result<Literal> {
        self.skip_blanks();
        if let Some(text) = self.quoted()? {
            return Ok(Literal { text, quoted: true });
        }
        let rest = self.rest();
        let ends = |next: char| next.is_whitespace() || "(),'\"`=<>!;".contains(next);
        let length = rest.find(ends).unwrap_or(rest.len());
        if length == 0 {
            return Err(self.error("a value"));
        }
        self.at += length;
        Ok(Literal { text: rest[..length].to_owned(), quoted: false })
    }

    /// A quoted text at this place: `'` and `"` with doubling and backslashes, `` ` `` with doubling.
    fn quoted(&mut self) -> Result<Option<String>> {
        let Some(quote) = self.rest().chars().next().filter(|first| matches!(first, '\'' | '"' | '`')) else {
            return Ok(None);
        };
        let opening = self.at;
        self.at += 1;
        let mut text = String::new();
        let mut characters = self.rest().char_indices().peekable();
        while let Some((at, character)) = characters.next() {
            let next = characters.peek().map(|&(_, next)| next);
            if character == quote && next == Some(quote) {
                characters.next();
                text.push(quote);
            } else if character == quote {
                self.at += at + 1;
                return Ok(Some(text));
            } else if character == '\\' && quote != '`' && matches!(next, Some('\'' | '"' | '\\')) {
                text.extend(characters.next().map(|(_, escaped)| escaped));
            } else {
                text.push(character);
            }
        }
        self.at = opening;
        Err(self.error(&format!("a closing {quote}")))
    }

    fn select(&mut self) -> Result<Select> {
        if !self.keyword("SELECT") {
            return Err(self.error("SELECT"));
        }
        let fields = self.select_list()?;
        if !self.keyword("FROM") {
            return Err(self.error("FROM"));
        }
        let mut select = Select { fields, object: self.object()?, condition: None, limit: None, order_by: Vec::new() };
        loop {
            if select.condition.is_none() && self.keyword("WHERE") {
                select.condition = Some(self.or_expression(0)?);
            } else if select.limit.is_none() && self.keyword("LIMIT") {
                select.limit = Some(self.digits()?);
            } else if select.order_by.is_empty() && self.keyword("ORDER") {
                if !self.keyword("BY") {
                    return Err(self.error("BY"));
                }
                select.order_by = self.order_list()?;
            } else {
                return Ok(select);
            }
        }
    }

    fn select_list(&mut self) -> Result<Option<Vec<String>>> {
        if self.take('*') {
            return Ok(None);
        }
        let mut fields = vec![self.field()?.name];
        while self.take(',') {
            fields.push(self.field()?.name);
        }
        Ok(Some(fields))
    }

    fn object(&mut self) -> Result<String> {
        self.skip_blanks();
        if !self.rest().starts_with('\'')
            && let Some(name) = self.quoted()?
        {
            return Ok(name);
        }
        let rest = self.rest();
        let allowed = |next: char| next.is_alphanumeric() || matches!(next, '_' | '-' | '.' | '/');
        let length = rest.find(|next| !allowed(next)).unwrap_or(rest.len());
        if !rest.starts_with(|first: char| first.is_alphabetic() || first == '_') {
            return Err(self.error("an object"));
        }
        self.at += length;
        Ok(rest[..length].to_owned())
    }

    fn digits(&mut self) -> Result<u64> {
        self.skip_blanks();
        let rest = self.rest();
        let length = rest.find(|next: char| !next.is_ascii_digit()).unwrap_or(rest.len());
        let number = rest[..length].parse().map_err(|_| self.error("a whole number"))?;
        self.at += length;
        Ok(number)
    }

    fn order_list(&mut self) -> Result<Vec<OrderBy>> {
        let mut order = vec![self.order()?];
        while self.take(',') {
            order.push(self.order()?);
        }
        Ok(order)
    }

    fn order(&mut self) -> Result<OrderBy> {
        let field = self.field()?;
        let descending = self.keyword("DESC");
        if !descending {
            self.keyword("ASC");
        }
        Ok(OrderBy { field, descending })
    }

    fn error(&self, expected: &str) -> ParseError {
        let before = &self.text[..self.at];
        let line = before.matches('\n').count() + 1;
        let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
        let rest = self.rest().trim_start();
        let length = rest.char_indices().nth(20).map_or(rest.len(), |(at, _)| at);
        let word = rest[..length].split_whitespace().next().map(|word| format!("{word:?}"));
        ParseError { line, column, expected: expected.to_owned(), found: word.unwrap_or_else(|| "the end".to_owned()) }
    }
}

fn is_name(next: char) -> bool {
    next.is_alphanumeric() || matches!(next, '_' | '$' | '@' | '-' | ':')
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
            ("from='+1' AND not = 2 and in in (1, 'b')", "from = '+1' AND not = 2 AND in IN (1, 'b')"),
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
        assert!(printed(&"(".repeat(100_000)).is_err());
        assert!(printed(&format!("{}a=1", "not ".repeat(10_000))).is_err());
    }

    #[test]
    fn statements_take_their_clauses_in_any_order() {
        let select =
            parse_select("select id, `a.b` from contacts limit 5 WHERE a = 1 order by b desc, c;").expect("valid");
        assert_eq!(select.fields, Some(vec!["id".to_owned(), "a.b".to_owned()]));
        assert_eq!((select.object.as_str(), select.limit), ("contacts", Some(5)));
        assert_eq!(select.order_by.len(), 2);
        assert!(select.order_by[0].descending);
        assert_eq!(parse_select("SELECT * FROM `x y`").map(|select| select.object).as_deref(), Ok("x y"));
        for bad in [
            "select * contacts",
            "select from x y",
            "* from x",
            "select * from",
            "select * from x limit a",
            "select * from x where",
            "select * from x; y",
        ] {
            assert!(parse_select(bad).is_err(), "{bad}");
        }
    }
}
