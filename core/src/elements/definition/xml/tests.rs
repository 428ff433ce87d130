//! XML to JSON and back.

use proptest::prelude::*;

use super::*;

fn json(xml: &str) -> Option<String> {
    to_json(xml).ok()
}

fn some(json: &str) -> Option<String> {
    Some(json.to_owned())
}

#[test]
fn elements_become_members() {
    // Spec E 5.68, 5.69, 5.70 and the answer of E 11.11.
    let order = r#"<soap:Envelope xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/"><soap:Body><GetOrderResponse>
  <Order state="open"><Id>10042</Id><Zip>01067</Zip><Paid>true</Paid><Line sku="A-1">2</Line><Line sku="B-7">1</Line><Note/></Order>
</GetOrderResponse></soap:Body></soap:Envelope>"#;
    let inner = r#"{"@state":"open","Id":10042,"Zip":"01067","Paid":true,"Line":[{"@sku":"A-1","$":2},{"@sku":"B-7","$":1}],"Note":""}"#;
    assert_eq!(
        json(order),
        Some(format!(r#"{{"soap:Envelope":{{"soap:Body":{{"GetOrderResponse":{{"Order":{inner}}}}}}}}}"#))
    );
    assert_eq!(json("\u{feff}<?xml version='1.0'?><!-- c --><a>x<!-- c -->y<?p q?></a>"), some(r#"{"a":"xy"}"#));
    assert_eq!(json("<a>&lt;&#65;&#x42;&amp;<![CDATA[<b>&amp;]]></a>"), some(r#"{"a":"<AB&<b>&amp;"}"#));
    assert_eq!(json(r#"<a xmlns="u" xmlns:x="v" x:b="1&quot;"/>"#), some(r#"{"a":{"@x:b":"1\""}}"#));
    assert_eq!(
        json(r#"<a><b xsi:nil="true" c="1"/><b>1</b><c/><b>2</b></a>"#),
        some(r#"{"a":{"b":[null,1,2],"c":""}}"#)
    );
    assert_eq!(json("<a> x <b/> y </a>"), some(r#"{"a":{"$":"x  y","b":""}}"#));
}

#[test]
fn texts_become_numbers_and_booleans() {
    // Spec E 5.69.
    for (text, wanted) in [
        ("0", "0"),
        ("-1.50", "-1.50"),
        ("123456789012345", "123456789012345"),
        ("1234567890123456", "\"1234567890123456\""),
        ("01", "\"01\""),
        ("+1", "\"+1\""),
        (".5", "\".5\""),
        ("1.", "\"1.\""),
        (" 1", "\" 1\""),
        ("false", "false"),
        ("True", "\"True\""),
        ("null", "\"null\""),
    ] {
        assert_eq!(json(&format!("<a>{text}</a>")), Some(format!("{{\"a\":{wanted}}}")), "{text}");
    }
    assert_eq!(json("<a b='1' c='true'/>"), some(r#"{"a":{"@b":"1","@c":"true"}}"#));
}

#[test]
fn hostile_documents_are_refused() {
    // Spec E 5.70, 5.93.
    let bomb = r#"<!DOCTYPE a [<!ENTITY x "y"><!ENTITY z "&x;&x;">]><a>&z;</a>"#;
    for document in [
        bomb,
        "<!DOCTYPE html><html/>",
        r#"<!DOCTYPE a SYSTEM "file:///etc/passwd"><a/>"#,
        "<a>&undefined;</a>",
        "<a b='&undefined;'/>",
        "<a>&#0;</a>",
        "<a>",
        "<a></b>",
        "<a/><b/>",
        "<a/>text",
        "text",
        "",
        "<!-- -->",
        "<a b='1' b='2'/>",
    ] {
        assert_eq!(to_json(document), Err(Unreadable), "{document}");
    }
    let nested = |depth: usize| format!("{}{}", "<a>".repeat(depth), "</a>".repeat(depth));
    assert!(to_json(&nested(200)).is_ok());
    assert_eq!(to_json(&nested(201)), Err(Unreadable));
    assert_eq!(to_json(&"<a>".repeat(1 << 18)), Err(Unreadable));
}

#[test]
fn many_names_take_linear_time() {
    let children: String = (0..50_000).map(|number| format!("<n{number}/>")).collect();
    let json = to_json(&format!("<a>{children}</a>")).unwrap();
    assert!(json.ends_with("\"n49999\":\"\"}}"));
}

#[test]
fn many_attributes_take_linear_time_and_have_a_limit() {
    // Spec E 5.93.
    let attributes = |count: usize| (0..count).map(|number| format!(" a{number}=''")).collect::<String>();
    let begun = std::time::Instant::now();
    let json = to_json(&format!("<a{}/>", attributes(200_000))).unwrap();
    assert!(json.ends_with("\"@a199999\":\"\"}}"));
    assert!(begun.elapsed() < std::time::Duration::from_secs(20), "{:?}", begun.elapsed());
    for count in [1, 15, 16, 17, 40] {
        let twice = format!("<a{} a{}=''/>", attributes(count), count / 2);
        assert_eq!(to_json(&twice), Err(Unreadable), "{count}");
    }
    let long = "x".repeat(1 << 20);
    assert_eq!(to_json(&format!("<a b='{long}'/>")).unwrap().len(), long.len() + r#"{"a":{"@b":""}}"#.len());
    assert_eq!(to_json(&format!("<a>{}</a>", "<b c=''/>".repeat(2_000_000))), Err(Unreadable));
}

/// Returns a value that has one form in XML: no nulls, no empty objects, and no lists of fewer than two.
fn any_element() -> impl Strategy<Value = serde_json::Value> {
    use serde_json::{Value, json};
    let text = "[ -~é\\n\\t]{0,8}".prop_map(|text| json!(format!("x{text}x")));
    let leaf =
        prop_oneof![text, any::<i32>().prop_map(Value::from), any::<bool>().prop_map(Value::from), Just(json!(""))];
    let attributes = prop::collection::btree_map("@[a-z]{1,3}", "[ -~é]{0,6}".prop_map(Value::from), 0..3);
    leaf.prop_recursive(6, 64, 4, move |inner| {
        let list = prop::collection::vec(inner.clone(), 2..4)
            .prop_filter("no lists in lists", |list| list.iter().all(|item| !item.is_array()));
        let member = prop_oneof![3 => inner, 1 => list.prop_map(Value::from)];
        let members = prop::collection::btree_map("([a-z]{1,2}:)?[a-z_][a-z0-9.-]{0,3}", member, 1..4);
        (attributes.clone(), members)
            .prop_map(|(attributes, members)| Value::Object(attributes.into_iter().chain(members).collect()))
    })
    .prop_filter("no list as root", |value| !value.is_array())
}

proptest! {
    /// Whatever has one form in XML survives (spec E 5.65, 5.68, 5.69).
    #[test]
    fn any_tree_survives(value in any_element()) {
        let written = serde_json::json!({"p:root": value});
        let xml = document_of(&written.to_string()).unwrap();
        let read: serde_json::Value = serde_json::from_str(&to_json(&xml).unwrap()).unwrap();
        prop_assert_eq!(read, written, "{}", xml);
    }

    /// No text makes the reader panic, and all that it makes is JSON.
    #[test]
    fn any_text_is_read(text in "(<|>|/|a|b|&|;|#|\"|'|=| |!|\\[|\\]|-|\\?|é|<a>|</a>|<b c='d'>|<!\\[CDATA\\[|\\]\\]>|&lt;){0,30}") {
        if let Ok(json) = to_json(&text) {
            prop_assert!(serde_json::from_str::<serde_json::Value>(&json).is_ok(), "{}", json);
        }
    }

    /// Documents that were written read back (spec E 5.65, 5.68): texts, attributes, nulls and repeated elements.
    #[test]
    fn documents_survive(text in "[ -~é\\n]{1,12}", attribute in "[ -~é]{0,12}", number in -99999_i32..99999, flag in any::<bool>()) {
        let written = serde_json::json!({"r": {"@a": attribute, "t": format!("x{text}"), "list": [number, flag, "x"], "e": ""}});
        let xml = document_of(&written.to_string()).unwrap();
        let read: serde_json::Value = serde_json::from_str(&to_json(&xml).unwrap()).unwrap();
        prop_assert_eq!(read, written);
    }
}
