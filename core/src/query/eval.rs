//! Evaluation of conditions against records (spec P 8.5).

use super::field_path::{FieldPaths, FieldValues};
use super::predicate::Predicate;
use super::{Comparison, Expr};
use crate::record::{Row, Schema};

/// A condition compiled for the rows of one schema: names are resolved and literals parsed.
#[derive(Clone, Debug)]
pub struct Filter {
    node: Node,
    fields: FieldPaths,
}

#[derive(Clone, Debug)]
enum Node {
    And(Vec<Node>),
    Or(Vec<Node>),
    Not(Box<Node>),
    /// Test of the field with this number.
    Is(usize, Predicate),
}

impl Filter {
    /// Compiles a condition.
    pub fn compile(condition: &Expr, schema: &Schema) -> Self {
        let mut fields = FieldPaths::new(schema);
        let node = Node::compile(condition, schema, &mut fields);
        Self { node, fields }
    }

    /// Returns whether a row of that schema matches.
    pub fn matches(&self, row: Row<'_>) -> bool {
        self.node.matches(&self.fields, &self.fields.values(row))
    }
}

impl Node {
    fn compile(condition: &Expr, schema: &Schema, fields: &mut FieldPaths) -> Self {
        let mut all = |parts: &[Expr]| parts.iter().map(|part| Self::compile(part, schema, fields)).collect();
        match condition {
            Expr::And(parts) => Self::And(all(parts)),
            Expr::Or(parts) => Self::Or(all(parts)),
            Expr::Not(part) => Self::Not(Box::new(Self::compile(part, schema, fields))),
            Expr::Is(Comparison { field, test }) => Self::Is(fields.add(field, schema), Predicate::of(test)),
        }
    }

    fn matches(&self, fields: &FieldPaths, values: &FieldValues<'_>) -> bool {
        match self {
            Self::And(parts) => parts.iter().all(|part| part.matches(fields, values)),
            Self::Or(parts) => parts.iter().any(|part| part.matches(fields, values)),
            Self::Not(part) => !part.matches(fields, values),
            Self::Is(field, question) => fields.ask(*field, values, question),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::borrow::Cow;
    use std::sync::Arc;

    use super::super::parse_where;
    use super::*;
    use crate::record::{Batch, Column, Kind, Value};

    /// Returns the record of spec P 8.8 with two dates.
    fn item() -> Batch {
        let column = |name, kind| Column { name: Cow::Borrowed(name), kind };
        let schema = Schema::new([
            column("id", Kind::Id),
            column("email", Kind::Text),
            column("active", Kind::Bool),
            column("score", Kind::Text),
            column("note", Kind::Text),
            column("tags", Kind::Json),
            column("user", Kind::Json),
            column("when", Kind::Date),
            column("then", Kind::Text),
        ]);
        let mut batch = Batch::new(Arc::new(schema));
        batch.push_null_row();
        for (at, value) in [
            (0, Value::Int(7)),
            (1, Value::Text("a@x.org")),
            (2, Value::Bool(false)),
            (3, Value::Text("12")),
            (5, Value::Json(r#"["red","blue"]"#)),
            (6, Value::Json(r#"{"city":"Bonn","a.b":1,"list":[{"n":1},{"n":null}]}"#)),
            (7, Value::Date(1_704_110_400)),
            (8, Value::Text("2024-01-01 13:00:00+01:00")),
        ] {
            batch.set_last(at, value);
        }
        batch
    }

    /// Returns whether a condition holds for the record, as a row of columns and, equally, as a document.
    fn holds(text: &str) -> bool {
        let batch = item();
        let condition = parse_where(text).unwrap_or_else(|error| panic!("{text}: {error}"));
        let Some(condition) = condition else { return true };
        let matches = |batch: &Batch| Filter::compile(&condition, batch.schema()).matches(batch.row(0));
        let mut document = Batch::new(Schema::documents());
        document.push_document(&batch.row(0).to_json().to_string()).expect("JSON");
        // Dates are texts in documents, so a whole number does not mean milliseconds.
        let dated = text.contains("when");
        assert!(dated || matches(&batch) == matches(&document), "{text}");
        matches(&batch)
    }

    #[test]
    fn documents_are_asked_by_path() {
        let mut batch = Batch::new(Schema::documents());
        let record = r#"{"a":{"b":[1,"x"]},"a.b":"quoted","big":12345678901234567890,"t":"2024-01-01T00:00:00Z"}"#;
        batch.push_document(record).expect("JSON");
        for (text, wanted) in [
            ("a.b = 'x'", true),
            ("a.b[0] = 1", true),
            ("`a.b` = 'quoted'", true),
            ("`a.b` = 'x'", false),
            ("big > 9223372036854775807", true),
            ("t >= 2023-12-31", true),
            ("c is null and not a is null", true),
            ("c != 'x'", false),
        ] {
            let condition = parse_where(text).ok().flatten().expect(text);
            assert_eq!(Filter::compile(&condition, batch.schema()).matches(batch.row(0)), wanted, "{text}");
        }
    }

    #[test]
    fn the_worked_examples_pass() {
        for text in [
            "id='7'",
            "id=7",
            "id='7.0'",
            "active='FALSE'",
            "active = false",
            "score > 9",
            "email LIKE '%X.ORG'",
            "email like 'A@x.org'",
            "note IS NULL",
            "absent IS NULL",
            "note = null",
            "NOT absent = 'x'",
            "tags = 'red'",
            "tags IN ('green','blue')",
            "user.city='Bonn' AND id=8 OR active=false",
        ] {
            assert!(holds(text), "{text}");
        }
        for text in [
            "score > '9'",
            "email = 'A@X.ORG'",
            "email LIKE 'a_x.org'",
            "note = ''",
            "note != 'x'",
            "absent != 'x'",
            "absent NOT IN ('x')",
            "tags != 'red'",
            "user.city='Bonn' AND (id=8 OR `active`=true)",
        ] {
            assert!(!holds(text), "{text}");
        }
    }

    #[test]
    fn dates_compare_as_instants() {
        for text in [
            "when = '2024-01-01T12:00:00Z'",
            "when = '2024-01-01 13:00:00+0100'",
            "when > 2024-01-01",
            "when = 1704110400000",
            "when < 1704110400001",
            "when < '2024-01-01T12:00:00.5Z'",
            "then < '2024-01-01T12:00:00.0000000001Z'",
            "then = '2024-01-01T12:00:00Z'",
            "then >= 2024-01-01",
            "when like '2024-01-01T12%'",
            "when in ('x', '2024-01-01T12:00:00Z')",
        ] {
            assert!(holds(text), "{text}");
        }
        assert!(!holds("when > '2024-01-01T12:00:00Z'"));
    }

    #[test]
    fn arrays_match_by_any_element() {
        for text in [
            "tags[0] = 'red'",
            "tags[*] = 'blue'",
            "user.list.n = 1",
            "user.list[0].n = 1",
            "user.list.n is null",
            "user.list.n is not null",
            "tags is not null",
            "user is not null",
            "tags[*] is not null",
            "tags not in ('x')",
            "user.list.n != 2",
        ] {
            assert!(holds(text), "{text}");
        }
        for text in [
            "tags[1] = 'red'",
            "tags[9] = 'red'",
            "user.list.n != 1",
            "tags > 'z'",
            "user = 'x'",
            "user != 'x'",
            "email.x = 1",
        ] {
            assert!(!holds(text), "{text}");
        }
        assert!(holds("tags[9] is null"));
    }
}
