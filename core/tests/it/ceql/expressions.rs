//! Random conditions and statements.

use elementkit::query::{Comparison, Expr, Field, Literal, Operator, OrderBy, Select, Test};
use proptest::prelude::*;

/// Names that are difficult for a printer.
pub const NAMES: [&str; 14] = [
    "id",
    "user.city",
    "not",
    "AND",
    "from",
    "a[*].b[0]",
    "Last Seen",
    "`",
    "a'b",
    "1st",
    "$ref:x-y",
    "é",
    "desc",
    "x;",
];
/// The fields of the items in [`super::rows`], and paths into them.
pub const FIELDS: [&str; 14] = [
    "number",
    "text",
    "flag",
    "when",
    "nested",
    "nested.x",
    "nested[0]",
    "nested[*]",
    "nested.x[*].y",
    "nested.x.y",
    "x.y",
    "text.x",
    "absent",
    "when[0]",
];

fn field(names: &'static [&'static str]) -> impl Strategy<Value = Field> {
    (prop::sample::select(names), any::<bool>()).prop_map(|(name, property)| {
        if property { elementkit::query::property(name) } else { elementkit::query::field(name) }
    })
}

pub fn literal() -> impl Strategy<Value = Literal> {
    let texts = [
        "a",
        "A",
        "7",
        "7.0",
        "007",
        "-300",
        "1e21",
        "1.",
        ".5",
        "1.e2",
        "true",
        "FALSE",
        "null",
        "2024-01-01",
        "2024-01-01T12:00:00Z",
        "2024-01-01T12:00:00.25Z",
        "1704110400000",
        "0",
        "2024-1-1",
        "É",
        "x;",
    ];
    let quoted = ["", "it's", "back\\slash", "a b", "\\", "\"", "`", "2024-01-01 13:00:00+0100", "%", "\n"];
    prop_oneof![
        4 => (prop::sample::select(texts.to_vec()), any::<bool>())
            .prop_map(|(text, quoted)| Literal { text: text.to_owned(), quoted }),
        1 => prop::sample::select(quoted.to_vec()).prop_map(|text| Literal { text: text.to_owned(), quoted: true }),
    ]
}

fn pattern() -> impl Strategy<Value = Literal> {
    "[aAé27.:%\\\\-]{0,5}".prop_map(|text| Literal { text, quoted: true })
}

fn operator() -> impl Strategy<Value = Operator> {
    use Operator::{Equal, Greater, GreaterOrEqual, Less, LessOrEqual, NotEqual};
    prop::sample::select(vec![Equal, NotEqual, Less, Greater, LessOrEqual, GreaterOrEqual])
}

/// Returns any test.
pub fn test() -> impl Strategy<Value = Test> {
    let list = || prop::collection::vec(literal(), 1..4);
    prop_oneof![
        6 => (operator(), literal()).prop_map(|(operator, literal)| compared(operator, literal)),
        2 => prop_oneof![pattern(), literal()].prop_map(Test::Like),
        2 => prop_oneof![pattern(), literal()].prop_map(Test::NotLike),
        1 => list().prop_map(Test::In),
        1 => list().prop_map(Test::NotIn),
        1 => Just(Test::Null),
        1 => Just(Test::NotNull),
    ]
}

/// Builds a comparison. The bare word null tests for absence.
fn compared(operator: Operator, literal: Literal) -> Test {
    match operator {
        Operator::Equal if !literal.quoted && literal.text == "null" => Test::Null,
        Operator::NotEqual if !literal.quoted && literal.text == "null" => Test::NotNull,
        _ => Test::Compare(operator, literal),
    }
}

/// Returns conditions over these fields.
pub fn condition(names: &'static [&'static str]) -> impl Strategy<Value = Expr> {
    nested((field(names), test()).prop_map(|(field, test)| Expr::Is(Comparison { field, test })))
}

/// Returns conditions built from others.
pub fn nested(one: impl Strategy<Value = Expr> + 'static) -> impl Strategy<Value = Expr> {
    one.prop_recursive(3, 12, 3, |inner| {
        let some = || prop::collection::vec(inner.clone(), 2..4);
        prop_oneof![
            some().prop_map(Expr::And),
            some().prop_map(Expr::Or),
            inner.clone().prop_map(|inner| Expr::Not(Box::new(inner))),
        ]
    })
}

pub fn statement() -> impl Strategy<Value = Select> {
    let order = (field(&NAMES), any::<bool>()).prop_map(|(field, descending)| OrderBy { field, descending });
    let name = || prop::sample::select(NAMES.to_vec()).prop_map(str::to_owned);
    (
        // A field may be selected once.
        prop::option::of(prop::collection::btree_set(name(), 1..4)),
        prop_oneof![name(), Just("channels/x.y".to_owned())],
        prop::option::of(condition(&NAMES)),
        prop::option::of(any::<u64>()),
        prop::collection::vec(order, 0..3),
    )
        .prop_map(|(fields, object, condition, limit, order_by)| Select {
            fields: fields.map(|fields| fields.into_iter().collect()),
            object,
            condition,
            limit,
            order_by,
        })
}
