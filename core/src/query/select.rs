//! SELECT statements and `orderBy` (spec P 8.1, 8.7).

use super::Select;
use super::cursor::{Cursor, Result, without_semicolon};
use super::order::OrderBy;
use super::parser::{ONCE, is_listed};

/// Parses a SELECT statement.
///
/// # Errors
/// Returns the position and what was expected there.
pub fn parse_select(text: &str) -> Result<Select> {
    // A bare value may contain a semicolon, but the final one ends the statement.
    let mut cursor = Cursor::new(without_semicolon(text))?;
    let select = cursor.select()?;
    cursor.end("WHERE, LIMIT, ORDER BY or the end")?;
    Ok(select)
}

/// Parses the `orderBy` parameter: fields with `asc` or `desc`, separated by commas.
///
/// # Errors
/// Returns the position and what was expected there.
pub fn parse_order_by(text: &str) -> Result<Vec<OrderBy>> {
    let mut cursor = Cursor::new(text)?;
    let order = cursor.order_list()?;
    cursor.end("',' or the end")?;
    Ok(order)
}

impl Cursor<'_> {
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
                select.condition = Some(self.condition()?);
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
            self.skip_blanks();
            let before = self.position();
            let field = self.field()?.name;
            if is_listed(&field, &fields) {
                return Err(self.at(before).error(ONCE));
            }
            fields.push(field);
        }
        Ok(Some(fields))
    }

    fn object(&mut self) -> Result<String> {
        self.skip_blanks();
        let rest = self.rest();
        if rest.starts_with(['`', '"']) {
            let before = self.position();
            return match self.quoted()? {
                Some(name) if !name.is_empty() => Ok(name),
                _ => Err(self.at(before).error("an object")),
            };
        }
        let length = rest.find(|next| !is_in_object(next)).unwrap_or(rest.len());
        if !is_bare_object(&rest[..length]) {
            return Err(self.error("an object"));
        }
        self.skip(length);
        Ok(rest[..length].to_owned())
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
}

fn is_in_object(next: char) -> bool {
    next.is_alphanumeric() || matches!(next, '_' | '-' | '.' | '/')
}

/// Returns whether the name of an object needs no quotes.
pub(super) fn is_bare_object(name: &str) -> bool {
    name.starts_with(|first: char| first.is_alphabetic() || first == '_') && name.chars().all(is_in_object)
}

#[cfg(test)]
mod tests {
    use super::*;

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
            "select id, email, `id` from x",
            "select a[*].b, a.b from x",
        ] {
            assert!(parse_select(bad).is_err(), "{bad}");
        }
    }
}
