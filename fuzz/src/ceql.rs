//! CEQL: any text is parsed or rejected with a position inside it; parsed conditions print as themselves, can be
//! planned for every object and evaluated on any record.

use std::borrow::Cow;
use std::sync::{Arc, LazyLock};

use elementkit::elements::brighttalk::call::Ids;
use elementkit::elements::brighttalk::plan::Demand;
use elementkit::elements::brighttalk::table::OBJECTS;
use elementkit::query::{Expr, Filter, ParseError, RowOrder, parse_order_by, parse_select, parse_where};
use elementkit::record::{Batch, Column, Kind, Schema, Value};

/// A record with a value of each kind.
static RECORD: LazyLock<Batch> = LazyLock::new(|| {
    let column = |name, kind| Column { name: Cow::Borrowed(name), kind };
    let columns = [
        column("id", Kind::Id),
        column("n", Kind::Text),
        column("a", Kind::Json),
        column("b", Kind::Bool),
        column("lastUpdated", Kind::Date),
    ];
    let mut batch = Batch::new(Arc::new(Schema::new(columns)));
    batch.push_null_row();
    batch.set_last(0, Value::Int(7));
    batch.set_last(1, Value::Text("O'Brien 100%"));
    batch.set_last(2, Value::Json(r#"[{"b":[1,null,"x"]},{"b":{"c":"2024-01-01"}}]"#));
    batch.set_last(3, Value::Bool(true));
    batch.set_last(4, Value::Date(1_704_110_400));
    batch
});

pub(crate) fn check(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    match parse_where(&text) {
        Ok(Some(condition)) => is_usable(condition),
        Ok(None) => assert!(text.trim().is_empty()),
        Err(error) => is_inside(&text, &error),
    }
    match parse_select(&text) {
        Ok(statement) => {
            let printed = statement.to_string();
            assert_eq!(parse_select(&printed).as_ref(), Ok(&statement), "{printed}");
        }
        Err(error) => is_inside(&text, &error),
    }
    match parse_order_by(&text) {
        Ok(orders) => drop(RowOrder::compile(&orders, RECORD.schema()).keys(RECORD.row(0))),
        Err(error) => is_inside(&text, &error),
    }
}

fn is_usable(condition: Expr) {
    let printed = condition.to_string();
    // A condition and its negation are never both true, and never both false.
    let holds = |condition: &Expr| Filter::compile(condition, RECORD.schema()).matches(RECORD.row(0));
    assert_ne!(holds(&condition), holds(&condition.clone().not()), "{printed}");
    for object in OBJECTS.iter().map(|info| info.object) {
        let demand = Demand { condition: Some(condition.clone()), ..Demand::new(object, Ids::default()) };
        // Rejected only for a pseudo-field.
        let _ = demand.plan();
    }
    // Printed text is longer than the original, so it may exceed the limit.
    if printed.len() < 60_000 {
        assert_eq!(parse_where(&printed), Ok(Some(condition)), "{printed}");
    }
}

fn is_inside(text: &str, error: &ParseError) {
    let line = text.split('\n').nth(error.line - 1).unwrap_or_else(|| panic!("{error}"));
    assert!(error.column <= line.chars().count() + 1, "{error}");
    assert!(error.before <= error.excerpt.chars().count(), "{error}");
    assert!(error.to_string().starts_with("Error parsing query: "));
}
