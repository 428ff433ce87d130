//! Scripts of elements, by the statements of spec E 7.

mod attacks;
mod libraries;
mod network;
mod pace;

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::{Value as Json, json};

use super::super::pool::Scripts as Pool;
use crate::element::{Done, FailureCause, Script, ScriptFailure, Urgency};
use crate::engine::script::ScriptLimits;

fn pool() -> Pool {
    Pool::new(ScriptLimits { time: Duration::from_secs(5), ..ScriptLimits::default() })
}

fn script(body: &str) -> Script {
    Script { name: "GET /things/preRequest".to_owned(), body: body.into(), is_legacy: false }
}

fn names() -> Vec<(&'static str, String)> {
    vec![
        ("request_method", json!("GET").to_string()),
        ("request_body", "null".to_owned()),
        ("request_vendor_parameters", json!({"page": 2, "q": "x y"}).to_string()),
        ("request_vendor_headers", json!({"Accept": "application/json"}).to_string()),
        ("request_parameters", json!({"pageSize": 200}).to_string()),
        ("response_headers", json!({"content-type": "text/plain", "link": ["a", "b"]}).to_string()),
        ("response_body", r#"{"items":[{"id":1},{"id":2}],"__proto__":{"x":1},"n":9007199254740993}"#.to_owned()),
        ("configuration", json!({"base.url": "https://api.test", "user": null}).to_string()),
    ]
}

async fn run_on(pool: &Pool, script: &Script) -> Result<Done, ScriptFailure> {
    pool.of_elements(1).begin(Urgency::Live).run(script, &names()).await
}

async fn outcome(body: &str) -> Result<Done, ScriptFailure> {
    run_on(&pool(), &script(body)).await
}

async fn done(body: &str) -> Done {
    outcome(body).await.unwrap_or_else(|failure| panic!("{body}: {failure}"))
}

fn parsed(texts: &BTreeMap<String, String>) -> Json {
    let parse = |(name, json): (&String, &String)| (name.clone(), serde_json::from_str(json).expect("JSON"));
    Json::Object(texts.iter().map(parse).collect())
}

/// Returns what `done` was given, or the error.
async fn changes(body: &str) -> Json {
    match outcome(body).await {
        Ok(done) => parsed(&done.changes),
        Err(failure) => json!(failure.to_string()),
    }
}

/// Spec E 7.2 to 7.7.
#[tokio::test]
async fn bodies_are_those_of_functions() {
    for (body, wanted) in [
        ("done({a: request_method});", json!({"a": "GET"})),
        (
            "done({a: typeof this, b: this === globalThis, c: (function () { return this })() === this})",
            json!({"a": "object", "b": true, "c": true}),
        ),
        (
            "undeclared = 5; var i; for (i = 0; i < 2; i++) other = i; done({a: undeclared, b: other, c: this.other})",
            json!({"a": 5, "b": 1, "c": 1}),
        ),
        (
            "const response_body = 1; let request_method = 2; var configuration = {}; done({response_body, request_method, configuration})",
            json!({"response_body": 1, "request_method": 2, "configuration": {}}),
        ),
        ("var response_body; done({a: typeof response_body})", json!({"a": "undefined"})),
        ("function done2() { done({a: 1}) } done2(); return; done({a: 2})", json!({"a": 1})),
        (
            "request_method = 'POST'; configuration = {x: 1}; done({request_method, configuration})",
            json!({"request_method": "POST", "configuration": {"x": 1}}),
        ),
        ("done({a: 1}); done({a: 2}); throw new Error('late')", json!({"a": 1})),
        ("if (!undefined) done(); missing.member", json!({})),
        ("const a = {x: 1}; done({a}); a.x = 2; request_body.x", json!({"a": {"x": 1}})),
        ("Promise.resolve(5).then((a) => done({a}))", json!({"a": 5})),
        ("(async () => { await null; await null; done({a: 1}) })()", json!({"a": 1})),
        ("queueMicrotask(() => done({a: 1}))", json!({"a": 1})),
        ("with ({a: 7}) { done({a}) }", json!({"a": 7})),
        ("var a = 010; done({a, b: arguments.length}) // last", json!({"a": 8, "b": 0})),
        ("done({a: typeof response_status_code})", json!({"a": "undefined"})),
        ("'use strict'; done({a: this === globalThis, b: request_method})", json!({"a": true, "b": "GET"})),
    ] {
        assert_eq!(changes(body).await, wanted, "{body}");
    }
    for (body, was_called) in [("", false), ("done()", true), ("done(5)", true), ("var x = 1", false)] {
        let Done { was_called: got, changes, contents, .. } = done(body).await;
        assert_eq!((got, changes.len(), contents.len()), (was_called, 0, 0), "{body}");
    }
}

/// Spec E 7.2 and 7.6.
#[tokio::test]
async fn legacy_bodies_return() {
    let pool = pool();
    for (body, wanted, was_called) in [
        ("return {a: 1};", json!({"a": 1}), true),
        ("done({a: 2}); return {a: 1};", json!({"a": 2}), true),
        ("", json!({}), false),
        ("return null", json!({}), true),
        ("request_vendor_headers.x = 1; return changes; var changes = {b: 1}", json!({}), false),
    ] {
        let legacy = Script { is_legacy: true, ..script(body) };
        let got = run_on(&pool, &legacy).await.expect("done");
        assert_eq!((parsed(&got.changes), got.was_called), (wanted, was_called), "{body}");
    }
    assert_eq!(changes("return {a: 1}").await, json!({}));
}

/// Spec E 7.4: the contents of two maps.
#[tokio::test]
async fn maps_changed_in_place_count() {
    for (body, wanted) in [
        ("delete request_vendor_parameters.q; done()", json!({"request_vendor_parameters": {"page": 2}})),
        (
            "request_vendor_headers['X-A'] = '1'",
            json!({"request_vendor_headers": {"Accept": "application/json", "X-A": "1"}}),
        ),
        (
            "var map = request_vendor_headers; request_vendor_headers = {b: 1}; map.c = 2; done({})",
            json!({"request_vendor_headers": {"Accept": "application/json", "c": 2}}),
        ),
        ("request_vendor_headers = {b: 1}; done()", json!({})),
        ("done(); request_vendor_headers.late = 1", json!({})),
        ("request_vendor_headers.a = 1; delete request_vendor_headers.a; request_parameters.x = 1; done()", json!({})),
        (
            "request_vendor_parameters.page = 3; done({request_vendor_parameters})",
            json!({"request_vendor_parameters": {"page": 3, "q": "x y"}}),
        ),
    ] {
        assert_eq!(parsed(&done(body).await.contents), wanted, "{body}");
    }
}

/// Spec E 7.30, 7.53 and 7.70.
#[tokio::test]
async fn values_are_plain_and_copied() {
    for (body, wanted) in [
        (
            "done({a: response_headers['Content-Type'], b: response_headers.LINK, c: 'LiNk' in response_headers, d: response_headers.none})",
            json!({"a": "text/plain", "b": ["a", "b"], "c": true}),
        ),
        (
            "done({a: response_headers.hasOwnProperty('Link'), b: Object.keys(response_headers), c: response_headers.hasOwnProperty('no')})",
            json!({"a": true, "b": ["content-type", "link"], "c": false}),
        ),
        ("done({response_headers})", json!({"response_headers": {"content-type": "text/plain", "link": ["a", "b"]}})),
        (
            "done({a: response_body.items instanceof Array, b: response_body instanceof Object, c: configuration.user})",
            json!({"a": true, "b": true, "c": null}),
        ),
        (
            "done({a: Object.keys(response_body), x: response_body.x, p: Object.getPrototypeOf(response_body) === Object.prototype})",
            json!({"a": ["items", "__proto__", "n"], "p": true}),
        ),
        (
            "done({a: new Date(0), b: undefined, c() {}, d: [undefined, NaN], e: new Map([[1, 2]]), f: Symbol('x')})",
            json!({"a": "1970-01-01T00:00:00.000Z", "d": [null, null], "e": {}}),
        ),
        ("done({a: response_body.n, b: '\\ud800'})", json!({"a": 9_007_199_254_740_993_i64, "b": "\u{fffd}"})),
        (
            "done({['__proto__']: 1, constructor: 2, toString: 3})",
            json!({"__proto__": 1, "constructor": 2, "toString": 3}),
        ),
        ("done([1, 2])", json!({})),
        ("done('text')", json!({})),
        ("done(null)", json!({})),
        ("done({toJSON: () => ({a: 1})})", json!({"a": 1})),
        ("done(new Proxy({a: 1}, {}))", json!({"a": 1})),
        (
            "const a = getArray(); a.add(1); a.add(2); const b = getMap(); b.x = a.size(); done({a, b, c: a.get(1)})",
            json!({"a": [1, 2], "b": {"x": 2}, "c": 2}),
        ),
        (
            "done({a: typeof Java, b: typeof setTimeout, c: notify.email('a', 'b')})",
            json!({"a": "undefined", "b": "undefined"}),
        ),
    ] {
        assert_eq!(changes(body).await, wanted, "{body}");
    }
    let body = done("done({response_body})").await;
    assert_eq!(
        body.changes["response_body"],
        r#"{"items":[{"id":1},{"id":2}],"__proto__":{"x":1},"n":9007199254740993}"#
    );
}

/// Spec E 7.61.
#[tokio::test]
async fn errors_name_their_place_in_the_body() {
    for (body, wanted) in [
        ("x.y", "1:1: ReferenceError: x is not defined"),
        ("\n  throw new TypeError('no');\n", "2:13: TypeError: no"),
        ("let a = 1;\nlet a = 2;", "2:7: SyntaxError"),
        ("done(", "1:6: SyntaxError: unexpected end of the script"),
        ("throw 'text';", "1:1: text"),
        ("var a = {}; a.a = a; done({a});", "1:22: TypeError: circular reference"),
        ("var a = {}; a.a = a; try { done({a}) } catch (e) {} done({})", "TypeError: circular reference"),
        ("done({get a() { throw new Error('got') }})", "1:27: Error: got"),
        ("(async () => {\n await null; throw new Error('later') })()", "2:24: Error: later"),
        ("}); (function () {", "SyntaxError: the script closes the function"),
        ("Java.type('x')", "1:1: ReferenceError: Java is not defined"),
        ("require('moment')", "Error: The module moment is not available"),
        ("require('https')", "Error: network access is not available"),
        ("throw request_body.x", "TypeError: cannot read property 'x' of null"),
    ] {
        let failure = outcome(body).await.expect_err(body);
        let got = failure.to_string();
        assert!(got.starts_with("GET /things/preRequest:") && got.contains(wanted), "{body}: {got}");
        assert_eq!(failure.cause, FailureCause::Script);
    }
}

/// Spec E 7.7.
#[tokio::test]
async fn nothing_survives_a_script() {
    let pool = pool();
    let mut call = pool.of_elements(1).begin(Urgency::Live);
    let leave = "left = 1; Object.prototype.left = 2; CE.left = 3; require('lodash').left = 4; Array.prototype.left = done; done()";
    let look = "done({a: [typeof left, ({}).left, CE.left, require('lodash').left, [].left].map(String)})";
    for _ in 0..3 {
        call.run(&script(leave), &names()).await.expect("done");
        let seen = call.run(&script(look), &names()).await.expect("done");
        assert_eq!(parsed(&seen.changes), json!({"a": vec!["undefined"; 5]}));
    }
}

/// Spec E 7.34: lines for the trace.
#[tokio::test]
async fn console_lines_are_kept_and_bounded() {
    let body = "console.log('a', 1, {b: [2]}); print(); console.error(new Error('c')); console.assert(true); \
        console.x(undefined, null, () => 1, Symbol('d')); print({toJSON() { throw 1 }}); done(); print('late')";
    let lines = ["a 1 {\"b\":[2]}", "", "Error: c", "undefined null () => 1 Symbol(d)", "?", "late"];
    assert_eq!(done(body).await.console, lines);
    let lines = done("for (let i = 0; i < 2000; i++) print('x'.repeat(2000)); done()").await.console;
    assert!(lines.len() == 17 && lines.iter().all(|line| line.len() == 1000), "{}", lines.len());
    let failure = outcome("print('before'); throw 1").await.expect_err("thrown");
    assert_eq!(failure.console, ["before"]);
}
