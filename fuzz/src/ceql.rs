//! CEQL: any text is read or refused with a place inside it; what is read prints as itself.

use elementkit::query::{ParseError, parse_order_by, parse_select, parse_where};

pub(crate) fn check(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    match parse_where(&text) {
        Ok(Some(expression)) => {
            let printed = expression.to_string();
            let again = parse_where(&printed);
            assert_eq!(again.as_ref(), Ok(&Some(expression)), "{printed}");
        }
        Ok(None) => assert!(text.trim().is_empty()),
        Err(error) => is_inside(&text, &error),
    }
    if let Err(error) = parse_select(&text) {
        is_inside(&text, &error);
    }
    if let Err(error) = parse_order_by(&text) {
        is_inside(&text, &error);
    }
}

fn is_inside(text: &str, error: &ParseError) {
    let line = text.split('\n').nth(error.line - 1).unwrap_or_else(|| panic!("{error}"));
    assert!(error.column <= line.chars().count() + 1, "{error}");
    assert!(error.to_string().starts_with("Error parsing query: "));
}
