//! Scanning and finding, compared with serde_json.

use proptest::prelude::*;
use serde_json::Value;

use super::*;

/// Returns JSON values; texts have quotes, escapes, brackets and characters of several bytes.
fn any_json() -> impl Strategy<Value = Value> {
    let text = prop_oneof!["[a-z]{0,4}", "[\"\\\\\\[\\]{},:é😀\\n\\u{1}]{0,6}"];
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        (-1e9..1e9).prop_map(Value::from),
        text.clone().prop_map(Value::from),
    ];
    leaf.prop_recursive(5, 64, 6, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            prop::collection::vec((text.clone(), inner), 0..6)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

/// Returns the text of a value with white space from a list between its tokens.
fn spaced(value: &Value, spaces: &[usize]) -> String {
    const SPACES: [&str; 6] = ["", "", " ", "\n", "\t\r\n ", "   "];
    let compact = value.to_string();
    let mut out = String::new();
    let (mut in_string, mut escaped, mut next) = (false, false, 0);
    for one in compact.chars() {
        let outside = !in_string;
        if one == '"' && !escaped {
            in_string = !in_string;
        }
        escaped = in_string && one == '\\' && !escaped;
        let is_token = outside && matches!(one, '{' | '}' | '[' | ']' | ',' | ':' | '"');
        let mut space = |out: &mut String| {
            if is_token && !spaces.is_empty() {
                out.push_str(SPACES[spaces[next % spaces.len()] % SPACES.len()]);
                next += 1;
            }
        };
        space(&mut out);
        out.push(one);
        if !in_string {
            space(&mut out);
        }
    }
    out
}

fn ranges(text: &str, found: &Found) -> Option<Vec<Value>> {
    let read = |range: &std::ops::Range<usize>| serde_json::from_str(&text[range.clone()]).unwrap();
    Some(match found.target.as_ref()? {
        Target::One(range) => vec![read(range)],
        Target::List(items) => items.iter().map(read).collect(),
    })
}

proptest! {
    /// Ranges of records equal the items that serde_json finds below nested root keys, whatever white space there is,
    /// and whatever stands beside them (spec E 5.73).
    #[test]
    fn slices_equal_items(
        items in prop::collection::vec(any_json(), 0..6),
        beside in prop::collection::vec(any_json(), 4),
        spaces in prop::collection::vec(0_usize..6, 1..8),
        keys in prop::collection::vec("[a-z\"é:]{1,3}", 0..4),
    ) {
        let mut whole = Value::from(items.clone());
        for (key, beside) in keys.iter().zip(&beside) {
            let mut object = serde_json::Map::new();
            object.insert("BEFORE".into(), beside.clone());
            object.insert(key.clone(), whole);
            object.insert("AFTER".into(), beside.clone());
            whole = Value::Object(object);
        }
        let text = spaced(&whole, &spaces);
        let path = Path { steps: keys.iter().rev().cloned().map(Step::Member).collect() };
        let found = find(&text, &path).unwrap();
        prop_assert_eq!(ranges(&text, &found), Some(items.clone()));
        let compact = whole.to_string();
        prop_assert_eq!(found.is_compact, text.trim() == compact);
        // Values beside the way are found without a second search, and equal those of a search.
        for depth in 0..keys.len() {
            let mut steps: Vec<Step> = path.steps[..depth].to_vec();
            steps.push(Step::Member("AFTER".into()));
            let other = Path { steps };
            let value: Value = serde_json::from_str(found.other(&text, &other).unwrap()).unwrap();
            prop_assert_eq!(&value, &beside[keys.len() - 1 - depth]);
            prop_assert_eq!(found.other(&text, &other), find_all(&text, &other));
        }
        prop_assert_eq!(found.other(&text, &path).map(|text| serde_json::from_str::<Value>(text).unwrap()), Some(Value::from(items)));
    }

    /// The grammar is that of serde_json, for texts that are damaged JSON.
    #[test]
    fn damaged_texts_are_refused_as_by_serde(value in any_json(), at in any::<prop::sample::Index>(), with in "[\"\\\\{}\\[\\],:0-9eE.+tfn \\u{0}a-c-]{0,2}") {
        let mut text = value.to_string();
        let mut cut = at.index(text.len() + 1);
        while !text.is_char_boundary(cut) { cut -= 1; }
        let rest = text.split_off(cut);
        let mut rest = rest.chars();
        rest.next();
        let damaged = format!("{text}{with}{}", rest.as_str());
        let serde = serde_json::from_str::<serde::de::IgnoredAny>(&damaged).is_ok();
        prop_assert_eq!(find(&damaged, &Path::default()).is_ok(), serde, "{}", damaged);
    }

    /// No text makes the scanner panic, whatever the path.
    #[test]
    fn any_text_is_scanned(text in "[\\[\\]{}\",:\\\\ ntrue0-9.é-]{0,40}", path in "[a-z.\\[\\]*0-9]{0,12}") {
        let path = Path::of(&path);
        let _ = (find(&text, &path), find_all(&text, &path), kind_of(&text));
        if find(&text, &Path::default()).is_ok() {
            let value: Value = serde_json::from_str(&text).unwrap();
            prop_assert_eq!(serde_json::from_str::<Value>(&compact(&text)).unwrap(), value);
        }
    }

    /// White space is removed and nothing else.
    #[test]
    fn compact_texts_are_those_of_serde(value in any_json(), spaces in prop::collection::vec(0_usize..6, 1..8)) {
        let text = spaced(&value, &spaces);
        let compacted = compact(&text);
        prop_assert_eq!(&*compacted, value.to_string());
    }

    /// Strings are decoded as by serde_json; texts without JSON meaning are quoted back.
    #[test]
    fn strings_survive(text in any::<String>()) {
        let quoted = quote(&text);
        let decoded = text_of(&quoted);
        prop_assert_eq!(decoded.as_deref(), Some(text.as_str()));
    }
}

#[test]
fn paths_have_the_forms_of_root_keys() {
    // Spec E 5.73.
    let text = r#"{"data":[1,2],"items":{"a":1},"events":[{"data":{"o":{"w":7}}}],"soap:E":{"soap:B":[8]},"list":[{"x":[1]},{"x":2},{}]}"#;
    let at = |path: &str| find(text, &Path::of(path)).map(|found| ranges(text, &found)).unwrap();
    let json = |values: &str| serde_json::from_str::<Vec<Value>>(values).ok();
    assert_eq!(at("data"), json("[1,2]"));
    assert_eq!(at(".data"), json("[1,2]"));
    assert_eq!(at("data[*]"), json("[1,2]"));
    assert_eq!(at("data[1]"), json("[2]"));
    assert_eq!(at("items[*]"), json(r#"[{"a":1}]"#));
    assert_eq!(at("events[0].data.o.w"), json("[7]"));
    assert_eq!(at("soap:E.soap:B"), json("[8]"));
    assert_eq!(at("list[*].x"), json("[1,2]"));
    assert_eq!(at("nothing"), None);
    assert_eq!(at("data[2]"), None);
    assert_eq!(at("data.x"), None);
    let array = "[[1,2],3]";
    let inner = find(array, &Path::of("[0]")).unwrap();
    assert_eq!(ranges(array, &inner), json("[1,2]"));
    // `[*]` makes an array of a single value, in the target too.
    assert!(matches!(find(text, &Path::of("items[*]")).unwrap().target, Some(Target::List(_))));
}

#[test]
fn the_last_of_equal_names_counts() {
    let text = r#"{"a":[1],"b":1,"a":[2],"b":2}"#;
    let found = find(text, &Path::of("a")).unwrap();
    assert_eq!(ranges(text, &found), Some(vec![Value::from(2)]));
    assert_eq!((found.other(text, &Path::of("b")), found.other(text, &Path::of("a[0]"))), (Some("2"), Some("2")));
    let escaped = r#"{"\u0061":{"x":1}}"#;
    assert_eq!(find_all(escaped, &Path::of("a.x")), Some("1"));
}

#[test]
fn depth_is_bounded() {
    // Spec E 5.93.
    let nested = |depth: usize| format!("{}1{}", "[".repeat(depth), "]".repeat(depth));
    assert!(find(&nested(200), &Path::default()).is_ok());
    assert_eq!(find(&nested(201), &Path::default()).err(), Some(Fault::TooDeep));
    assert_eq!(find(&"[".repeat(1 << 20), &Path::default()).err(), Some(Fault::TooDeep));
    let every = "[*]".repeat(100_000);
    assert!(find("1", &Path::of(&every)).is_ok());
}

#[test]
fn surrogates_without_partner_are_replaced() {
    assert_eq!(text_of(r#""a\ud800b\n\u0041""#).as_deref(), Some("a\u{fffd}b\nA"));
    assert_eq!(text_of(r#""\ud83d\ude00""#).as_deref(), Some("😀"));
    for (json, wanted) in [
        (
            r#"{"\ud83d":"a\uDBFFb\udc00","b":"\ud83d\ude00\\ud800"}"#,
            "{\"\u{fffd}\":\"a\u{fffd}b\u{fffd}\",\"b\":\"\\ud83d\\ude00\\\\ud800\"}",
        ),
        (r#""\ud83d\ud83d\ude00\u0041""#, "\"\u{fffd}\\ud83d\\ude00\\u0041\""),
        (r#""\u00e9\n""#, r#""\u00e9\n""#),
    ] {
        assert_eq!(with_whole_characters(json), wanted);
    }
    for broken in [r#""\ud8"#, r#""\ud"#, r#""\ud80é"#, "\"\\ud800\\"] {
        assert!(!with_whole_characters(broken).is_empty());
    }
}
