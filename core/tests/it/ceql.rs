//! CEQL against a second implementation of the specification (P 8): evaluation against a slow evaluator that shares no
//! code with the engine's, the printer against the parser, and pushed-down conditions against those that are not.

mod expressions;
mod pushed_down;
mod reference;
mod rows;

use elementkit::query::{self, Expr, Filter, Operand, parse_order_by, parse_select, parse_where};
use proptest::prelude::*;
use serde_json::{Value, json};

/// The item of spec P 8.8.
const ITEM: &str = r#"{"id":7,"email":"a@x.org","active":false,"score":"12","note":null,"tags":["red","blue"],"user":{"city":"Bonn"}}"#;

/// The table of spec P 8.8, row by row.
const EXAMPLES: [(&str, bool); 27] = [
    ("id='7'", true),
    ("id=7", true),
    ("id='7.0'", true),
    ("active='FALSE'", true),
    ("active = false", true),
    ("score > 9", true),
    ("score > '9'", false),
    ("email = 'A@X.ORG'", false),
    ("email LIKE '%X.ORG'", true),
    ("email like 'A@x.org'", true),
    ("email LIKE 'a_x.org'", false),
    ("note IS NULL", true),
    ("absent IS NULL", true),
    ("note = null", true),
    ("note = ''", false),
    ("note != 'x'", false),
    ("absent != 'x'", false),
    ("absent NOT IN ('x')", false),
    ("NOT absent = 'x'", true),
    ("tags = 'red'", true),
    ("tags IN ('green','blue')", true),
    ("tags != 'red'", false),
    ("user.city='Bonn' AND id=8 OR active=false", true),
    ("user.city='Bonn' AND (id=8 OR `active`=true)", false),
    // From the text of P 8.3 and 8.4.
    ("`user.city`='Bonn'", true),
    ("\"email\" = \"a@x.org\"", true),
    ("id = 7 AND NOT (id = 8)", true),
];

#[test]
fn the_worked_examples_pass() {
    let item: serde_json::Value = serde_json::from_str(ITEM).unwrap();
    let batch = rows::batch(&item);
    for (text, wanted) in EXAMPLES {
        let condition = parse_where(text).unwrap_or_else(|error| panic!("{error}")).unwrap();
        let held = Filter::compile(&condition, batch.schema()).matches(batch.row(0));
        assert_eq!(held, wanted, "{text}");
        assert_eq!(reference::holds(&condition, &item, &[]), wanted, "the reference: {text}");
    }
}

#[test]
fn parse_errors_are_shown_below_the_text() {
    for (text, wanted) in [
        ("a=1 AND", "expected a field name but found the end at line 1, column 8\na=1 AND\n       ^"),
        ("a = = 1", "expected a value but found \"=\" at line 1, column 5\na = = 1\n    ^"),
        (
            "a = 1\nAND b ?",
            "expected =, !=, <, >, <=, >=, LIKE, IN or IS but found \"?\" at line 2, column 7\nAND b ?\n      ^",
        ),
        ("(a=1", "expected AND, OR or ')' but found the end at line 1, column 5\n(a=1\n    ^"),
        ("a in ()", "expected a value but found \")\" at line 1, column 7\na in ()\n      ^"),
        ("ä='x", "expected a closing ' but found \"'x\" at line 1, column 3\nä='x\n  ^"),
        ("a=1 b=2", "expected AND, OR or the end but found \"b=2\" at line 1, column 5\na=1 b=2\n    ^"),
        (
            "not not a=1",
            "expected =, !=, <, >, <=, >=, LIKE, IN or IS but found \"a=1\" at line 1, column 9\nnot not a=1\n        ^",
        ),
    ] {
        assert_eq!(parse_where(text).unwrap_err().to_string(), format!("Error parsing query: {wanted}"));
    }
    let long = parse_where(&format!("{} = 1 AND ? {}", "a".repeat(500), "b".repeat(500))).unwrap_err();
    assert_eq!((long.column, long.excerpt.chars().nth(long.before), long.excerpt.len()), (510, Some('?'), 100));
    for (text, wanted) in [
        ("select * contacts", "expected FROM but found \"contacts\" at line 1, column 10"),
        (
            "select * from contacts were id = 1",
            "expected WHERE, LIMIT, ORDER BY or the end but found \"were\" at line 1, column 24",
        ),
        ("select * from contacts limit -1", "expected a whole number but found \"-1\" at line 1, column 30"),
    ] {
        let text = parse_select(text).unwrap_err().to_string();
        assert!(text.starts_with(&format!("Error parsing query: {wanted}\n")), "{text}");
    }
}

/// Grammar of P 8.1 beyond the examples: blanks, semicolons and keywords.
#[test]
fn the_grammar_is_followed_exactly() {
    for text in [
        "a = x;y",
        "a = b\u{a0}c",
        "\t\r\na\n=\n1 ",
        "a='1'and(b=2)",
        "a=1 or`b c`=2",
        "a like'x%'",
        "a in('x')",
        "by = 1 AND limit != 2",
    ] {
        assert!(parse_where(text).is_ok(), "{text}");
    }
    for text in [
        "a = '1' 2",
        "a = 'x''",
        "a == 1",
        "a <> ",
        "= 1",
        "a = 1 AND AND b = 2",
        "a IS 1",
        "a NOT = 1",
        "a[x] = 1",
        "a..b = 1",
        "\u{a0}",
        "a IN (1,)",
        "a = (1)",
        "`` = 1",
        "NOT",
    ] {
        assert!(parse_where(text).is_err(), "{text}");
    }
    for text in [
        "select * from contacts;",
        "SELECT id,`a b` FROM \"x y\" LIMIT 5 WHERE a=b; ",
        "select from from order order by by desc, asc limit 0",
    ] {
        assert!(parse_select(text).is_ok(), "{text}: {:?}", parse_select(text));
    }
    for text in [
        "select * from contacts;;",
        "select * from 'x'",
        "select * from x where a = 1 where b = 2",
        "select *, id from x",
        "select id, from x",
        "select * from \"\"",
        "select * from x order a",
    ] {
        assert!(parse_select(text).is_err(), "{text}");
    }
    for text in ["a", "a asc", "a.b DESC , `c d`"] {
        assert!(parse_order_by(text).is_ok(), "{text}");
    }
    for text in ["a up", "a desc b", "", "a,", "1"] {
        assert!(parse_order_by(text).is_err(), "{text}");
    }
}

proptest! {
    #[test]
    fn what_is_printed_is_read_back(condition in expressions::condition(&expressions::NAMES)) {
        let printed = condition.to_string();
        prop_assert_eq!(parse_where(&printed), Ok(Some(condition)), "{}", printed);
    }

    #[test]
    fn statements_are_read_back(statement in expressions::statement()) {
        let printed = statement.to_string();
        prop_assert_eq!(parse_select(&printed), Ok(statement), "{}", printed);
    }

    #[test]
    fn any_text_is_read_or_refused_in_its_place(text in "[ a-z()=<>!'\"`%,.;0-9\\n\\[\\]*-]{0,40}|\\PC{0,20}") {
        match parse_where(&text) {
            Ok(Some(condition)) => prop_assert_eq!(parse_where(&condition.to_string()), Ok(Some(condition))),
            Ok(None) => prop_assert!(text.trim().is_empty()),
            Err(error) => {
                let line = text.split('\n').nth(error.line - 1).expect("a line");
                prop_assert!(error.column <= line.chars().count() + 1);
            }
        }
    }

    #[test]
    fn evaluation_is_as_the_specification_says(condition in expressions::condition(&expressions::FIELDS), item in rows::item()) {
        let batch = rows::batch(&item);
        let held = Filter::compile(&condition, batch.schema()).matches(batch.row(0));
        prop_assert_eq!(held, reference::holds(&condition, &item, &["when"]), "{} on {}", condition, item);
    }
}

#[test]
fn dates_with_fractions_are_told_apart() {
    let item = json!({"then": "2024-01-01T00:00:00.250Z"});
    for (text, wanted) in [
        ("then > '2024-01-01T00:00:00.2Z'", true),
        ("then = '2024-01-01 01:00:00.25+0100'", true),
        ("then < '2024-01-01T00:00:00.250000001Z'", true),
        ("then < 2024-01-01T00:00:00.3", true),
        ("then > 2024-01-01", true),
    ] {
        let condition = parse_where(text).unwrap().unwrap();
        let batch = rows::batch(&item);
        assert_eq!(Filter::compile(&condition, batch.schema()).matches(batch.row(0)), wanted, "{text}");
        assert_eq!(reference::holds(&condition, &item, &[]), wanted, "the reference: {text}");
    }
}

/// Builds a condition of `tests/scenarios/conditions.json`, as the packages do with their builders.
fn built(given: &Value) -> Expr {
    let both = |name: &str| given[name].as_array().map(|both| (built(&both[0]), built(&both[1])));
    if let Some((left, right)) = both("and") {
        return left.and(right);
    }
    if let Some((left, right)) = both("or") {
        return left.or(right);
    }
    if given["not"].is_object() {
        return built(&given["not"]).not();
    }
    let operand = |value: &Value| match value {
        Value::Bool(value) => Operand::from(*value),
        Value::String(value) => Operand::from(value.as_str()),
        value => value.as_i64().map_or_else(|| Operand::from(value.as_f64().unwrap()), Operand::from),
    };
    let (field, value) = (query::field(given["field"].as_str().unwrap()), &given["value"]);
    match given["is"].as_str().unwrap() {
        "=" => field.eq(operand(value)),
        "!=" => field.ne(operand(value)),
        "<" => field.lt(operand(value)),
        "<=" => field.le(operand(value)),
        ">" => field.gt(operand(value)),
        ">=" => field.ge(operand(value)),
        "like" => field.like(value.as_str().unwrap()),
        "in" => field.is_in(value.as_array().unwrap().iter().map(operand)),
        "null" => field.is_null(),
        "not null" => field.is_not_null(),
        other => panic!("no operator {other}"),
    }
}

/// The packages compare the text; this test also checks its meaning, whatever brackets it needs.
#[test]
fn conditions_are_those_of_every_language() {
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/scenarios/conditions.json");
    let cases: Vec<Value> = serde_json::from_str(&std::fs::read_to_string(file).unwrap()).unwrap();
    assert!(cases.len() > 20);
    for case in cases {
        let text = case["text"].as_str().unwrap();
        assert_eq!(Some(built(&case["condition"])), parse_where(text).unwrap(), "{text}");
    }
}
