//! Evaluating a condition against a record (spec P 8.5).

use std::borrow::Cow;
use std::cmp::Ordering;

use serde_json::Value as Json;

use super::like::Like;
use super::literal::{Instant, Number, Reading};
use super::{Comparison, Expr, Field, Literal, Operator, Test};
use crate::record::{Row, Schema, Value, format_seconds};

/// A condition made ready for the rows of one schema: names looked up, literals read.
#[derive(Clone, Debug)]
pub struct Filter {
    node: Node,
}

#[derive(Clone, Debug)]
enum Node {
    And(Vec<Node>),
    Or(Vec<Node>),
    Not(Box<Node>),
    Is(Place, Question),
}

/// Where a field is found.
#[derive(Clone, Debug)]
struct Place {
    /// The column; none when the schema has no such field.
    column: Option<usize>,
    /// What follows inside the column's JSON.
    path: Vec<Step>,
}

#[derive(Clone, Debug)]
enum Step {
    Member(String),
    Index(usize),
    /// `[*]`, which walking into an array means anyway.
    Every,
}

#[derive(Clone, Debug)]
enum Question {
    Compare(Operator, Reading),
    Like(Like),
    In(Vec<Reading>),
    Null,
    NotNull,
    /// The positive question, which no element may satisfy.
    Negative(Box<Question>),
}

/// A value being asked about.
#[derive(Clone, Copy, Debug)]
enum Scalar<'a> {
    Bool(bool),
    Number(Number),
    Date(i64),
    Text(&'a str),
}

impl Filter {
    /// Makes a condition ready.
    pub fn compile(condition: &Expr, schema: &Schema) -> Self {
        Self { node: Node::compile(condition, schema) }
    }

    /// Whether a row of that schema meets it.
    pub fn matches(&self, row: Row<'_>) -> bool {
        self.node.matches(row)
    }
}

impl Node {
    fn compile(condition: &Expr, schema: &Schema) -> Self {
        let all = |parts: &[Expr]| parts.iter().map(|part| Self::compile(part, schema)).collect();
        match condition {
            Expr::And(parts) => Self::And(all(parts)),
            Expr::Or(parts) => Self::Or(all(parts)),
            Expr::Not(part) => Self::Not(Box::new(Self::compile(part, schema))),
            Expr::Is(Comparison { field, test }) => Self::Is(Place::find(field, schema), Question::of(test)),
        }
    }

    fn matches(&self, row: Row<'_>) -> bool {
        match self {
            Self::And(parts) => parts.iter().all(|part| part.matches(row)),
            Self::Or(parts) => parts.iter().any(|part| part.matches(row)),
            Self::Not(part) => !part.matches(row),
            Self::Is(place, question) => place.ask(row, question),
        }
    }
}

impl Place {
    /// A quoted field is one single name first (spec P 8.3).
    fn find(field: &Field, schema: &Schema) -> Self {
        let single = field.quoted || !field.name.contains(['.', '[']);
        if let Some(column) = schema.position(&field.name).filter(|_| single) {
            return Self { column: Some(column), path: Vec::new() };
        }
        let mut steps = steps_of(&field.name);
        let first = if steps.is_empty() { None } else { Some(steps.remove(0)) };
        let column = match first {
            Some(Step::Member(name)) => schema.position(&name),
            _ => None,
        };
        Self { column, path: steps }
    }

    fn ask(&self, row: Row<'_>, question: &Question) -> bool {
        let value = self.column.map_or(Value::Null, |column| row.get(column));
        match value {
            Value::Null => matches!(question, Question::Null),
            Value::Json(text) => match serde_json::from_str(text) {
                Ok(json) => ask_json(Some(&json), &self.path, question),
                Err(_) => false,
            },
            // A path into something that has no members leads nowhere.
            _ if !self.path.is_empty() => matches!(question, Question::Null),
            Value::Bool(value) => question.answer(Scalar::Bool(value)),
            Value::Int(value) => question.answer(Scalar::Number(Number::Int(value))),
            Value::Float(value) => question.answer(Scalar::Number(Number::Float(value))),
            Value::Date(seconds) => question.answer(Scalar::Date(seconds)),
            Value::Text(text) => question.answer(Scalar::Text(text)),
        }
    }
}

/// `a.b[0].c[*]` as steps.
fn steps_of(path: &str) -> Vec<Step> {
    let mut steps = Vec::new();
    for part in path.split('.') {
        let (name, indexes) = part.find('[').map_or((part, ""), |at| part.split_at(at));
        match indexes_of(indexes) {
            Some(indexes) if !name.is_empty() => {
                steps.push(Step::Member(name.to_owned()));
                steps.extend(indexes);
            }
            // A quoted name may hold brackets that are no index.
            _ => steps.push(Step::Member(part.to_owned())),
        }
    }
    steps
}

fn indexes_of(mut text: &str) -> Option<Vec<Step>> {
    let mut steps = Vec::new();
    while !text.is_empty() {
        let (index, rest) = text.strip_prefix('[')?.split_once(']')?;
        let digits = !index.is_empty() && index.bytes().all(|byte| byte.is_ascii_digit());
        steps.push(match index {
            "*" => Step::Every,
            _ if digits => Step::Index(index.parse().unwrap_or(usize::MAX)),
            _ => return None,
        });
        text = rest;
    }
    Some(steps)
}

/// The first value at the end of a path that can be compared.
fn first<'a>(json: &'a Json, path: &[Step]) -> Option<&'a Json> {
    match (json, path) {
        (Json::Array(items), [Step::Index(index), rest @ ..]) => first(items.get(*index)?, rest),
        (Json::Array(items), [Step::Every, rest @ ..]) => items.iter().find_map(|item| first(item, rest)),
        (Json::Array(items), path) => items.iter().find_map(|item| first(item, path)),
        (Json::Object(members), [Step::Member(name), rest @ ..]) => first(members.get(name)?, rest),
        (value, []) => scalar_of(value).map(|_| value),
        _ => None,
    }
}

/// What a row is sorted by in a path below one of its columns.
pub(super) fn first_below(row: Row<'_>, field: &Field) -> Option<Json> {
    let Place { column, path } = Place::find(field, row.schema());
    match row.get(column?) {
        Value::Json(text) => first(&serde_json::from_str(text).ok()?, &path).cloned(),
        _ => None,
    }
}

/// Asks what lies at the end of a path. In an array any element may answer; a negative question wants that no
/// element satisfies the positive one, and that there is one at all.
fn ask_json(json: Option<&Json>, path: &[Step], question: &Question) -> bool {
    if let Question::Negative(positive) = question {
        return has_scalar(json, path) && !ask_json(json, path, positive);
    }
    let about_null = matches!(question, Question::Null | Question::NotNull);
    match (json, path) {
        (None | Some(Json::Null), _) => matches!(question, Question::Null),
        // An array or object is something, whatever is in it.
        (Some(_), []) if about_null => matches!(question, Question::NotNull),
        (Some(Json::Array(items)), [Step::Index(index), rest @ ..]) => ask_json(items.get(*index), rest, question),
        (Some(Json::Array(items)), [Step::Every, rest @ ..]) => ask_any(items, rest, question),
        (Some(Json::Array(items)), path) => ask_any(items, path, question),
        (Some(Json::Object(members)), [Step::Member(name), rest @ ..]) => ask_json(members.get(name), rest, question),
        (Some(value), []) => scalar_of(value).is_some_and(|scalar| question.answer(scalar)),
        // A path into something that has no members leads nowhere.
        _ => matches!(question, Question::Null),
    }
}

fn ask_any(items: &[Json], path: &[Step], question: &Question) -> bool {
    items.iter().any(|item| ask_json(Some(item), path, question))
}

/// Whether there is anything at the end of the path that a comparison could hold for.
fn has_scalar(json: Option<&Json>, path: &[Step]) -> bool {
    match (json, path) {
        (None | Some(Json::Null), _) => false,
        (Some(Json::Array(items)), [Step::Index(index), rest @ ..]) => has_scalar(items.get(*index), rest),
        (Some(Json::Array(items)), [Step::Every, rest @ ..]) => items.iter().any(|item| has_scalar(Some(item), rest)),
        (Some(Json::Array(items)), path) => items.iter().any(|item| has_scalar(Some(item), path)),
        (Some(Json::Object(members)), [Step::Member(name), rest @ ..]) => has_scalar(members.get(name), rest),
        (Some(value), []) => scalar_of(value).is_some(),
        _ => false,
    }
}

fn scalar_of(json: &Json) -> Option<Scalar<'_>> {
    match json {
        Json::Bool(value) => Some(Scalar::Bool(*value)),
        Json::Number(number) => {
            let whole = number.as_i64().map(Number::Int);
            whole.or_else(|| number.as_f64().map(Number::Float)).map(Scalar::Number)
        }
        Json::String(text) => Some(Scalar::Text(text)),
        Json::Null | Json::Array(_) | Json::Object(_) => None,
    }
}

impl Question {
    fn of(test: &Test) -> Self {
        let negative = |positive| Self::Negative(Box::new(positive));
        let readings = |members: &[Literal]| members.iter().map(Reading::of).collect();
        match test {
            Test::Compare(Operator::NotEqual, value) => negative(Self::Compare(Operator::Equal, Reading::of(value))),
            Test::Compare(operator, value) => Self::Compare(*operator, Reading::of(value)),
            Test::Like(pattern) => Self::Like(Like::compile(&pattern.text)),
            Test::NotLike(pattern) => negative(Self::Like(Like::compile(&pattern.text))),
            Test::In(members) => Self::In(readings(members)),
            Test::NotIn(members) => negative(Self::In(readings(members))),
            Test::Null => Self::Null,
            Test::NotNull => Self::NotNull,
        }
    }

    fn answer(&self, value: Scalar<'_>) -> bool {
        match self {
            Self::Compare(operator, reading) => compare(value, *operator, reading),
            Self::Like(like) => like.matches(&value.canonical()),
            Self::In(members) => members.iter().any(|member| compare(value, Operator::Equal, member)),
            Self::Null => false,
            Self::NotNull => true,
            Self::Negative(positive) => !positive.answer(value),
        }
    }
}

/// The coercions of spec P 8.5, rule 3: the first that applies.
fn compare(value: Scalar<'_>, operator: Operator, reading: &Reading) -> bool {
    if let (Scalar::Bool(left), Some(right)) = (value, reading.boolean) {
        return match operator {
            Operator::Equal => left == right,
            Operator::NotEqual => left != right,
            _ => false,
        };
    }
    let order = typed_order(value, reading).unwrap_or_else(|| (*value.canonical()).cmp(&*reading.canonical));
    match operator {
        Operator::Equal => order == Ordering::Equal,
        Operator::NotEqual => order != Ordering::Equal,
        Operator::Less => order == Ordering::Less,
        Operator::Greater => order == Ordering::Greater,
        Operator::LessOrEqual => order != Ordering::Greater,
        Operator::GreaterOrEqual => order != Ordering::Less,
    }
}

fn typed_order(value: Scalar<'_>, reading: &Reading) -> Option<Ordering> {
    match value {
        Scalar::Number(left) => reading.number.and_then(|right| left.compare(right)),
        Scalar::Date(seconds) => {
            let millis = match reading.number {
                Some(Number::Int(millis)) => Some(Instant::of_millis(millis)),
                _ => None,
            };
            Some(Instant::of_seconds(seconds).cmp(&reading.date.or(millis)?))
        }
        Scalar::Text(text) => {
            if let Some(right) = reading.date
                && let Some(left) = Instant::read(text)
            {
                return Some(left.cmp(&right));
            }
            let number = reading.number.filter(|_| !reading.quoted)?;
            Number::read(text)?.compare(number)
        }
        Scalar::Bool(_) => None,
    }
}

impl<'a> Scalar<'a> {
    /// The text that texts are compared by.
    fn canonical(self) -> Cow<'a, str> {
        match self {
            Self::Bool(value) => Cow::Borrowed(if value { "true" } else { "false" }),
            Self::Number(number) => Cow::Owned(number.canonical()),
            Self::Date(seconds) => {
                let mut out = Vec::with_capacity(20);
                format_seconds(seconds, &mut out);
                Cow::Owned(String::from_utf8(out).unwrap_or_default())
            }
            Self::Text(text) => Cow::Borrowed(text),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::super::parse_where;
    use super::*;
    use crate::record::{Batch, Column, Kind};

    /// The item of spec P 8.8, with two dates.
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

    fn holds(text: &str) -> bool {
        let batch = item();
        let condition = parse_where(text).unwrap_or_else(|error| panic!("{text}: {error}"));
        condition.is_none_or(|condition| Filter::compile(&condition, batch.schema()).matches(batch.row(0)))
    }

    #[test]
    fn the_worked_examples_hold() {
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
    fn arrays_answer_by_any_element() {
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
