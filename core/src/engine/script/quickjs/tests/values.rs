//! Conversion of values into scripts and out of them.

use proptest::prelude::*;
use serde_json::{Value as Json, json};

use super::*;

#[tokio::test]
async fn results_that_are_no_objects_fail() {
    for (body, line, wanted) in [
        ("done([originalObject.id, 2]);", 1, "TypeError: done() takes one object, not an array"),
        ("\ndone(originalObject.id)", 2, "TypeError: done() takes one object, not a number"),
        ("done('x')", 1, "TypeError: done() takes one object, not a string"),
        ("done(true)", 1, "TypeError: done() takes one object, not a boolean"),
        ("done(9n)", 1, "TypeError: done() takes one object, not a number"),
        ("done(new Date(0))", 1, "TypeError: done() takes one object, not a string"),
        ("done(new Proxy([], {}))", 1, "TypeError: done() takes one object, not an array"),
        ("try { done(1) } catch {}", 1, "done() was not called"),
    ] {
        let got = run(body).await;
        assert!(
            got.starts_with(&format!("Script people/account, line {line}, ")) && got.ends_with(wanted),
            "{body}: {got}"
        );
    }
    for (body, wanted) in [
        ("return [1];", Err("an array")),
        ("return 5", Err("a number")),
        ("return 'x'", Err("a string")),
        ("return {a: 1}", Ok(r#"{"a":1}"#)),
        ("return null", Ok("{}")),
        ("return () => 1", Ok("{}")),
    ] {
        let got = run_on(&scripts(), vec![Script { legacy: true, ..script(body) }], json!({})).await;
        match wanted {
            Ok(wanted) => assert_eq!(got, wanted, "{body}"),
            Err(kind) => assert!(
                got.ends_with(&format!("the script must return an object, not {kind}")) && got.contains("line 1"),
                "{body}: {got}"
            ),
        }
    }
    for (body, wanted) in [("done(Symbol('a'))", "{}"), ("done(undefined)", "{}"), ("done(() => 1)", "{}")] {
        assert_eq!(run(body).await, wanted, "{body}");
    }
}

/// Integers that a double cannot represent, and the largest that it can.
fn integers() -> Json {
    json!([
        9_007_199_254_740_991_i64,
        9_007_199_254_740_992_i64,
        9_007_199_254_740_993_i64,
        999_999_999_999_999_999_i64,
        i64::MAX,
        i64::MIN,
        -9_007_199_254_740_993_i64,
        u64::MAX,
        9_223_372_036_854_775_808_u64,
        0,
        -1,
        1.5,
        1e18,
    ])
}

#[tokio::test]
async fn integers_are_exact() {
    let record = json!({ "n": integers() });
    for body in [
        "done(transformedObject)",
        "done({n: originalObject.n.map((x) => x)})",
        "done(JSON.parse(JSON.stringify(originalObject)))",
        "done({...require('lodash').cloneDeep(originalObject)})",
        "done(new (class { constructor() { this.n = originalObject.n } }))",
        "done({toJSON: () => originalObject})",
        "done(new Proxy(originalObject, {}))",
        "done({n: originalObject.n.map((x) => typeof x === 'bigint' ? BigInt(String(x)) : x)})",
        "done({n: originalObject.n.map((x) => typeof x === 'bigint' ? Object(x) : new Number(x))})",
        "done({n: originalObject.n.map((x) => typeof x === 'bigint' ? JSON.rawJSON(`${x}`) : x)})",
    ] {
        // 1e18 is a float whose value is an integer.
        let wanted = record.to_string().replace("1e+18", "1000000000000000000");
        assert_eq!(run_on(&scripts(), vec![script(body)], record.clone()).await, wanted, "{body}");
    }
    for (expression, wanted) in [
        ("typeof originalObject.n[0]", json!("number")),
        ("typeof originalObject.n[1]", json!("bigint")),
        ("originalObject.n[2] === 9007199254740993n && originalObject.n[2] !== originalObject.n[1]", json!(true)),
        ("originalObject.n[2] == '9007199254740993'", json!(true)),
        ("`${originalObject.n[7]}`", json!("18446744073709551615")),
        ("originalObject.n[3] + 1n", json!(1_000_000_000_000_000_000_i64)),
        ("{[originalObject.n[3]]: 1}", json!({"999999999999999999": 1})),
        ("[5n, -5n, BigInt(originalObject.n[0])]", json!([5, -5, 9_007_199_254_740_991_i64])),
        ("JSON.stringify({a: 9007199254740993n})", json!("{\"a\":9007199254740993}")),
        (
            "JSON.parse('{\"a\": [9007199254740993, -1e30, 0.1, \"9007199254740993\"]}').a",
            json!([9_007_199_254_740_993_i64, -1e30, 0.1, "9007199254740993"]),
        ),
        ("JSON.parse('[9007199254740993]', (k, v) => typeof v === 'bigint' ? `${v}` : v)", json!(["9007199254740993"])),
        ("2 ** 53 + 2", json!(9_007_199_254_740_994_i64)),
    ] {
        let got = run_on(&scripts(), vec![script(&format!("done({{x: {expression}}})"))], record.clone()).await;
        assert_eq!(got, json!({ "x": wanted }).to_string(), "{expression}");
    }
    // Inexact arithmetic fails with an error.
    for (body, wanted) in [("originalObject.n[2] + 1", "BigInt"), ("Math.max(originalObject.n[2], 1)", "BigInt")] {
        let got = run_on(&scripts(), vec![script(body)], record.clone()).await;
        assert!(got.contains("TypeError") && got.contains(wanted), "{body}: {got}");
    }
}

#[tokio::test]
async fn locales_that_are_not_known_are_errors() {
    for (expression, wanted) in [
        ("new Date('2025-07-01T00:05:09Z').toLocaleDateString()", "7/1/2025"),
        ("new Date('2025-12-31T13:05:09Z').toLocaleTimeString('en-US')", "1:05:09 PM"),
        ("new Date('2025-07-01T00:05:09Z').toLocaleString('en-US', {timeZone: 'UTC'})", "7/1/2025, 12:05:09 AM"),
        (
            "new Date('2025-07-01T12:05:09Z').toLocaleString(['en-US', 'en'], {timeZone: undefined})",
            "7/1/2025, 12:05:09 PM",
        ),
        ("new Date(NaN).toLocaleString()", "Invalid Date"),
        ("(1234567.8915).toLocaleString()", "1,234,567.892"),
        ("(-1234.5).toLocaleString('en-US', {minimumFractionDigits: 2})", "-1,234.50"),
        ("(999).toLocaleString(undefined, {maximumFractionDigits: 0})", "999"),
        ("(1e21).toLocaleString()", "1,000,000,000,000,000,000,000"),
        (
            "(0.1).toLocaleString() + (-0).toLocaleString() + NaN.toLocaleString() + (-1/0).toLocaleString()",
            "0.1-0NaN-∞",
        ),
        ("(1234).toLocaleString('en', {useGrouping: false})", "1234"),
        ("12345678901234567890n.toLocaleString()", "12,345,678,901,234,567,890"),
        ("[1234.5, 6789].toLocaleString()", "1,234.5,6,789"),
        ("'I'.toLocaleLowerCase() + 'i'.toLocaleUpperCase('en-US')", "iI"),
        ("String('a'.localeCompare('b'))", "-1"),
        ("typeof Intl", "undefined"),
    ] {
        assert_eq!(
            run(&format!("done({{x: {expression}}})")).await,
            json!({ "x": wanted }).to_string(),
            "{expression}"
        );
    }
    for (expression, wanted) in [
        ("new Date(0).toLocaleDateString('en-US', {timeZone: 'America/New_York'})", "timeZone: America/New_York"),
        ("new Date(0).toLocaleDateString('en-US', {year: 'numeric', month: 'long'})", "the option year"),
        ("new Date(0).toLocaleString('de-DE')", "the locale de-DE"),
        ("new Date(0).toLocaleTimeString(['de'])", "the locale de"),
        ("(1).toLocaleString('de')", "the locale de"),
        ("(1).toLocaleString('en-US', {style: 'currency', currency: 'USD'})", "the option style"),
        ("'I'.toLocaleLowerCase('tr')", "the locale tr"),
        ("'a'.localeCompare('b', 'sv')", "the locale sv"),
        ("'a'.localeCompare('b', undefined, {numeric: true})", "the option numeric"),
    ] {
        let got = run(&format!("done({{x: {expression}}})")).await;
        assert!(
            got.contains("RangeError") && got.contains(&format!("{wanted} is not supported")),
            "{expression}: {got}"
        );
    }
}

/// Unusual values that conversions must handle.
#[tokio::test]
async fn odd_values_are_converted_or_fail() {
    let scripts = Scripts::new(ScriptLimits::default());
    for (value, wanted) in [
        ("Object.assign([1], {length: 4294967295})", "the record takes more than 16 MiB"),
        ("Object.assign([1], {length: 2 ** 31})", "the record takes more than 16 MiB"),
        ("Object.assign([], {length: 3})", "[null,null,null]"),
        ("new Proxy([1, 2], {get: (t, k) => k === 'length' ? 2 ** 53 : t[k]})", "the record takes more than 16 MiB"),
        ("new Proxy([1, 2], {get: (t, k) => k === 'length' ? 'x' : t[k]})", "[]"),
        ("new Proxy([1, 2], {get: (t, k) => k === 'length' ? NaN : t[k]})", "[]"),
        ("new Proxy([1, 2], {})", "[1,2]"),
        ("new Proxy({a: 1}, {ownKeys() { throw new Error('no keys') }})", "Error: no keys"),
        ("new Proxy({a: 1}, {getPrototypeOf() { throw new Error('no prototype') }})", "{\"a\":1}"),
        ("(() => { const {proxy, revoke} = Proxy.revocable({}, {}); revoke(); return proxy })()", "revoked"),
        ("{get a() { throw new Error('no value') }}", "Error: no value"),
        ("{toJSON() { throw 'no JSON' }}", "no JSON"),
        ("{toJSON: 5}", "{\"toJSON\":5}"),
        ("{toJSON(key) { return [key, this.a] }, a: 1}", "[\"\",1]"),
        ("[Symbol('a'), () => 1, undefined, NaN]", "[null,null,null,null]"),
        ("{[Symbol('a')]: 1, b: 2}", "{\"b\":2}"),
        ("[new String('x'), new Number(1.5), new Boolean(false), Object(5n)]", "[\"x\",1.5,false,5]"),
        ("new Uint8Array([1, 2])", "{\"0\":1,\"1\":2}"),
        (
            "(() => { const b = new ArrayBuffer(8), a = new Uint8Array(b); b.transfer(); return [a.length, a] })()",
            "[0,{}]",
        ),
        ("new Error('e')", "{}"),
        ("/a/g", "{}"),
        ("new Map([[1, 2]])", "{}"),
        ("Object.create(null)", "{}"),
        ("Object.create({inherited: 1}, {own: {value: 2, enumerable: true}})", "{\"own\":2}"),
        ("JSON.rawJSON('1e2')", "100"),
        ("'a\\\\0b'", "\"a\\u0000b\""),
        ("new Date(NaN)", "null"),
        ("globalThis", "{"),
        ("'x'.repeat(2 ** 24)", "the record takes more than 16 MiB"),
        ("Array(300000).fill(0)", "the record takes more than 16 MiB"),
        (
            "(() => { let o = {a: 1}; for (let i = 0; i < 60; i++) o = {l: o, r: o}; return o })()",
            "the record takes more than 16 MiB",
        ),
        ("(() => { const o = {}; o.o = o; return o })()", "cyclic"),
        ("(() => { let o = []; for (let i = 0; i < 127; i++) o = [o]; return o.length })()", "1"),
        (
            "(() => { let a = Array(2e5).fill(0); for (let i = 0; i < 120; i++) { const b = Array(2e5); b[0] = a; a = b } return a })()",
            "the record takes more than 16 MiB",
        ),
        ("(() => { Object.prototype.toJSON = 1; Array.prototype.length; return {a: [1]} })()", "{\"a\":[1]}"),
        (
            "(() => { String.prototype.toWellFormed = BigInt.prototype.toString = Number.prototype.valueOf = null; \
          Function.prototype.call = Reflect.apply = null; return ['\\\\ud800', 2n ** 60n, new Number(1)] })()",
            "[\"\u{fffd}\",1152921504606846976,1]",
        ),
    ] {
        let body = format!("done({{v: {value}}})").replace("\\\\", "\\");
        let got = run_on(&scripts, vec![script(&body)], json!({})).await;
        let is_error = got.starts_with("Script");
        assert!(
            if is_error { got.contains(wanted) } else { got.starts_with(&format!("{{\"v\":{wanted}")) },
            "{value}: {got}"
        );
    }
}

#[tokio::test]
async fn pages_are_bounded_too() {
    let scripts = scripts();
    let body = "done({id: originalObject.id, text: 'x'.repeat(originalObject.id === 2 ? 17e6 : 12e6)})";
    let mut bulk = scripts.runner(1, vec![script(body)], Phase::Bulk, Configuration::default());
    for _ in 0..2 {
        let inputs = (0..8).map(|id| input(json!({ "id": id }))).collect();
        let outcomes = bulk.run(Purpose::FromVendor, inputs).await.expect("a thread");
        let shown: Vec<String> = outcomes.iter().map(shown).collect();
        assert!(shown[2].contains("the record takes more than 16 MiB"), "{}", shown[2]);
        for (id, shown) in shown.iter().enumerate().filter(|(id, _)| *id != 2) {
            // Five times 12 MB fit.
            let fits = id < 6;
            assert_eq!(shown.starts_with(&format!("{{\"id\":{id}")), fits, "{id}: {:.80}", shown);
            assert!(fits || shown.contains("more than 64 MiB together"), "{id}: {shown}");
        }
    }
}

fn value() -> impl Strategy<Value = Json> {
    let leaf = prop_oneof![
        Just(Json::Null),
        any::<bool>().prop_map(Json::Bool),
        any::<i64>().prop_map(Json::from),
        any::<u64>().prop_map(Json::from),
        any::<i32>().prop_map(Json::from),
        any::<f64>().prop_map(Json::from),
        ".{0,8}".prop_map(Json::from),
    ];
    leaf.prop_recursive(4, 40, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Json::from),
            prop::collection::vec((".{0,6}|__proto__|constructor|toJSON|length", inner), 0..6)
                .prop_map(|members| Json::Object(members.into_iter().collect())),
        ]
    })
}

proptest! {
    /// Data that a script does not touch stays unchanged, also through its own JSON.
    #[test]
    fn records_come_through_unchanged(records in prop::collection::vec(value(), 1..8)) {
        // A float whose value is an integer is converted to that integer.
        fn written(json: &Json) -> Json {
            match json {
                Json::Number(number) if number.is_f64() => {
                    let float = number.as_f64().unwrap_or_default();
                    let text = format!("{float}");
                    text.parse::<i64>().map(Json::from).or_else(|_| text.parse::<u64>().map(Json::from)).unwrap_or_else(|_| json.clone())
                }
                Json::Array(items) => items.iter().map(written).collect(),
                Json::Object(members) => Json::Object(members.iter().map(|(name, value)| (name.clone(), written(value))).collect()),
                other => other.clone(),
            }
        }
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        let scripts = Scripts::new(ScriptLimits::default());
        for body in ["done({v: originalObject.v})", "done({v: JSON.parse(JSON.stringify(originalObject.v))})"] {
            let mut runner = scripts.runner(1, vec![script(body)], Phase::Bulk, Configuration::default());
            let inputs: Vec<Input> = records.iter().map(|record| input(json!({ "v": record }))).collect();
            let outcomes = runtime.block_on(runner.run(Purpose::FromVendor, inputs)).expect("a thread");
            for (record, outcome) in records.iter().zip(outcomes) {
                let Outcome::Value(got) = &outcome else { panic!("{record}: {}", shown(&outcome)) };
                prop_assert_eq!(&got["v"], &written(record), "{}", body);
            }
        }
    }
}
