//! Converters, statement by statement.

use std::collections::BTreeMap;

use super::*;
use crate::elements::definition::testing::{definition, values};
use crate::query::parse_where;

/// Returns what is sent and what remains, both as text.
fn converted(converter: &str, condition: &str) -> (String, String) {
    converted_with(converter, condition, &BTreeMap::new())
}

fn converted_with(converter: &str, condition: &str, values: &BTreeMap<String, String>) -> (String, String) {
    let element = definition(r#"{"name":"x","authentication":{"type":"none"}}"#);
    let condition = parse_where(condition).unwrap().unwrap();
    let Converted { sent, residual } = convert(converter, &condition, Settings::new(&element, values)).unwrap();
    (sent.map(|sent| sent.text()).unwrap_or_default(), residual.map(String::from).unwrap_or_default())
}

#[test]
fn equal_fields_become_parameters() {
    // Spec E 5.39, 5.40, 5.45.
    for (condition, sent, rest) in [
        ("a='1' and b='x y'", "a=1&b=x%20y", ""),
        ("status='open' AND priority>2", "status=open", "priority > 2"),
        ("a IN ('1') AND b IN (1,2)", "a=1", "b IN (1, 2)"),
        ("a=1 OR b=2", "", "a = 1 OR b = 2"),
        ("a=1 AND a=2 AND b=3", "b=3", "a = 1 AND a = 2"),
        ("NOT a=1 AND b=true", "b=true", "NOT a = 1"),
        ("(a=1 AND b=2) AND c=3", "a=1&b=2&c=3", ""),
        ("a=null AND b!=1 AND c LIKE 'x'", "", "a IS NULL AND b != 1 AND c LIKE 'x'"),
        ("`a b`='c&d'", "a%20b=c%26d", ""),
    ] {
        assert_eq!(converted("toQueryParameters", condition), (sent.to_owned(), rest.to_owned()), "{condition}");
    }
}

#[test]
fn odata_says_most() {
    // Spec E 5.41 to 5.43.
    for (condition, v4, v3, rest) in [
        ("a=1 AND b!='x'", "a eq 1 and b ne 'x'", "", ""),
        ("a>1 AND b>=2 AND c<3 AND d<=4.5", "a gt 1 and b ge 2 and c lt 3 and d le 4.5", "", ""),
        ("a=1 AND (b=2 OR c=3)", "a eq 1 and (b eq 2 or c eq 3)", "", ""),
        ("a=1 OR b=2 AND c=3", "a eq 1 or (b eq 2 and c eq 3)", "", ""),
        ("NOT (a=1 OR b=2)", "not (a eq 1 or b eq 2)", "", ""),
        ("a IS NULL AND b IS NOT NULL", "a eq null and b ne null", "", ""),
        ("a.b IN (1,'x')", "(a/b eq 1 or a/b eq 'x')", "", ""),
        ("a='O''Brien'", "a eq 'O''Brien'", "", ""),
        ("a=true AND b='true' AND c=open", "a eq true and b eq 'true' and c eq 'open'", "", ""),
        ("a LIKE 'x%' AND b LIKE '%x' AND c LIKE 'x'", "startswith(a,'x') and endswith(b,'x') and c eq 'x'", "", ""),
        ("a LIKE '%x%'", "contains(a,'x')", "substringof('x',a)", ""),
        ("a='2024-01-02T03:04:05Z'", "a eq 2024-01-02T03:04:05Z", "a eq datetime'2024-01-02T03:04:05'", ""),
        (
            "a='2024-01-02T03:04:05.678+01:00'",
            "a eq 2024-01-02T03:04:05.678+01:00",
            "a eq datetime'2024-01-02T02:04:05.678'",
            "",
        ),
        ("a='2024-01-02T03:04:05'", "a eq 2024-01-02T03:04:05Z", "a eq datetime'2024-01-02T03:04:05'", ""),
        ("a='2024-01-02'", "a eq '2024-01-02'", "", ""),
        ("a='2024-13-45T00:00:00Z' AND b='T'", "a eq '2024-13-45T00:00:00Z' and b eq 'T'", "", ""),
        ("a LIKE '_x%' AND b LIKE '%'", "startswith(a,'_x')", "", "b LIKE '%'"),
        ("a=null AND b=-1.5e3 AND c='1'", "a eq null and b eq -1.5e3 and c eq '1'", "", ""),
        // What is evaluated here, alone or with what OR joins to it.
        ("a=1 AND b LIKE 'x%y'", "a eq 1", "", "b LIKE 'x%y'"),
        ("a=1 OR b LIKE 'x%y'", "", "", "a = 1 OR b LIKE 'x%y'"),
        ("a LIKE '%' AND b=1", "b eq 1", "", "a LIKE '%'"),
        ("a NOT IN (1) AND b NOT LIKE 'x' AND c=1", "c eq 1", "", "a NOT IN (1) AND b NOT LIKE 'x'"),
        ("`a eq 1 or b`=1", "", "", "`a eq 1 or b` = 1"),
    ] {
        assert_eq!(converted("toODataFilter", condition), text(v4, rest), "{condition}");
        let v3 = if v3.is_empty() { v4 } else { v3 };
        assert_eq!(converted("toODataV3Filter", condition), text(v3, rest), "{condition}");
    }
    // Spec E 3.41.
    let dates = values(&[("odata.date.fields", "a, c")]);
    let sent = converted_with("toODataFilter", "a='2024-01-02' AND b='2024-01-02T00:00:00Z' AND c>=x", &dates).0;
    assert_eq!(sent, "a eq datetime'2024-01-02T00:00:00' and b eq 2024-01-02T00:00:00Z and c ge 'x'");
}

fn text(sent: &str, rest: &str) -> (String, String) {
    (sent.to_owned(), rest.to_owned())
}

#[test]
fn the_rest_is_evaluated_here() {
    // Spec E 5.40, 5.44, 6.29, 6.30.
    let rest = |parameters: &str| {
        let element = definition(&format!(
            r#"{{"name":"x","authentication":{{"type":"none"}},"resources":[{{"method":"GET","path":"/t","parameters":[{parameters}]}}]}}"#
        ));
        let condition = parse_where("a = 1 AND b > 2").unwrap().unwrap();
        let values = BTreeMap::new();
        let rest = residual(Settings::new(&element, &values), &element.resources[0], &condition);
        rest.map(|rest| rest.map(String::from).unwrap_or_default()).map_err(|refused| refused.0)
    };
    let ok = |text: &str| Ok(text.to_owned());
    assert_eq!(rest(""), ok("a = 1 AND b > 2"));
    let parameter = |converter: &str, target: &str| {
        format!(r#"{{"type":"query","name":"where","vendorName":"{converter}","vendorType":"{target}"}}"#)
    };
    assert_eq!(rest(&parameter("converter:toQueryParameters", "query")), ok("b > 2"));
    assert_eq!(rest(&parameter("converter:toODataFilter", "query")), ok(""));
    assert_eq!(rest(&parameter("q", "query")), ok(""));
    for target in ["no-op", "body", "bodyToken"] {
        assert_eq!(rest(&parameter("where", target)), ok(""), "{target}");
    }
    let refused = Err("The search of this resource is not available".to_owned());
    for converter in ["toBazaarvoice", "toQuickbase", "toWiql", "unknown"] {
        assert_eq!(rest(&parameter(&format!("converter:{converter}"), "query")), refused);
    }
    // A parameter that does nothing (spec E 1.76) sends nothing.
    assert_eq!(rest(&parameter("where", "unknown")), ok("a = 1 AND b > 2"));
}
