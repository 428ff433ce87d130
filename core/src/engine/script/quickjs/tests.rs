use std::time::{Duration, Instant};

use serde_json::{Value as Json, json};

use super::Scripts;
use crate::engine::script::{Configuration, Input, Outcome, Phase, Purpose, Script, ScriptLimits};

fn script(body: &str) -> Script {
    Script {
        object_name: "people".to_owned(),
        level: "account".to_owned(),
        body: body.to_owned(),
        legacy: false,
        filter_empty_response: false,
    }
}

fn scripts() -> Scripts {
    Scripts::new(ScriptLimits { time: Duration::from_millis(500), ..ScriptLimits::default() })
}

fn input(record: Json) -> Input {
    Input { original: record.clone(), transformed: record }
}

/// A text that says all of an outcome.
fn shown(outcome: &Outcome) -> String {
    match outcome {
        Outcome::Value(json) => json.to_string(),
        Outcome::Dropped => "dropped".to_owned(),
        Outcome::Failed(error) => error.to_string(),
    }
}

async fn run_on(scripts: &Scripts, chain: Vec<Script>, record: Json) -> String {
    let mut runner = scripts.runner(1, chain, Phase::Request, Configuration::default());
    let outcomes = runner.run(Purpose::FromVendor, vec![input(record)]).await.expect("a thread");
    assert_eq!(outcomes.len(), 1);
    shown(&outcomes[0])
}

async fn run(body: &str) -> String {
    run_on(&scripts(), vec![script(body)], json!({"id": 9, "mail": "d@x.org", "list": [1, {"a": null}]})).await
}

#[tokio::test]
async fn results_are_what_done_was_given_first() {
    for (body, wanted) in [
        (
            "transformedObject.src = 'bt'; done(transformedObject);",
            r#"{"id":9,"mail":"d@x.org","list":[1,{"a":null}],"src":"bt"}"#,
        ),
        ("done({a: 1}); done({a: 2}); throw new Error('late');", r#"{"a":1}"#),
        ("const x = {a: 1}; done(x); x.a = 2;", r#"{"a":1}"#),
        ("done();", "{}"),
        ("done(null);", "{}"),
        (
            "done({n: [undefined, NaN, 1.5, 2.0, 1e21, -0, 4294967296], f() {}, u: undefined})",
            r#"{"n":[null,null,1.5,2,1e+21,0,4294967296]}"#,
        ),
        (
            "done({d: new Date(0), s: new String('x'), r: /a/, m: new Map([[1, 2]])})",
            r#"{"d":"1970-01-01T00:00:00.000Z","s":"x","r":{},"m":{}}"#,
        ),
        (
            "done({fromVendor, isWhere, same: originalObject !== transformedObject, t: typeof this})",
            r#"{"fromVendor":true,"isWhere":false,"same":true,"t":"undefined"}"#,
        ),
        ("Promise.resolve(5).then((x) => done({x}));", r#"{"x":5}"#),
        ("done('\\ud800')", "\"\u{fffd}\""),
        (
            "done(configuration)",
            r#"{"protocol":"","host":"","pathPrefix":"","userSecret":"","organizationSecret":"","elementInstanceToken":""}"#,
        ),
        ("console.log('x'); console.error({}); done({})", "{}"),
        ("done({__proto__: {x: 1}, ['__proto__']: 2})", r#"{"__proto__":2}"#),
        ("var transformedObject = 3; done({x: transformedObject})", r#"{"x":3}"#),
    ] {
        assert_eq!(run(body).await, wanted, "{body}");
    }
}

#[tokio::test]
async fn failures_say_where_and_why() {
    for (body, wanted) in [
        ("done(", "Script people/account, line 1, column 6: SyntaxError: unexpected end of the script"),
        ("let a = 1;\n  a = b;\ndone(a);", "Script people/account, line 2, column 7: ReferenceError: b is not defined"),
        (
            "function f() {\n  throw new TypeError('no');\n}\nf();",
            "Script people/account, line 2, column 13: TypeError: no",
        ),
        ("// nothing\nlet a = 1;", "Script people/account, line 2, column 11: done() was not called"),
        ("", "Script people/account, line 1, column 1: done() was not called"),
        (
            "transformedObject = {};",
            "Script people/account, line 1, column 1: TypeError: 'transformedObject' is read-only",
        ),
        ("done = null;", "Script people/account, line 1, column 1: TypeError: 'done' is read-only"),
        ("x = 1;", "Script people/account, line 1, column 1: ReferenceError: x is not defined"),
        ("\n throw 'text';", "Script people/account, line 2, column 2: text"),
        ("throw {code: 5};", "Script people/account, line 1, column 1: {\"code\":5}"),
        (
            "const a = {}; a.a = a; done(a);",
            "Script people/account, line 1, column 29: TypeError: the value is cyclic or nested deeper than 128",
        ),
        ("done(1n);", "Script people/account, line 1, column 1: TypeError: a BigInt cannot be a value of a record"),
        ("require('fs')", "Script people/account, line 1, column 1: Error: fs is not available"),
    ] {
        assert_eq!(run(body).await, wanted, "{body}");
    }
}

#[tokio::test]
async fn limits_end_what_would_not_end() {
    let scripts = scripts();
    for (body, wanted) in [
        ("while (true) {}", "stopped after 0.5 seconds"),
        ("for (;;) { try { while (true) {} } catch (e) {} }", "stopped after 0.5 seconds"),
        ("done(1); while (true) {}", "stopped after 0.5 seconds"),
        ("function f() { Promise.resolve().then(f) } f();", "stopped after 0.5 seconds"),
        ("/^(a+)+$/.test('a'.repeat(40) + 'b'); done();", "stopped after 0.5 seconds"),
        ("for (;;) { [...Array(100000).keys()].sort((a, b) => b - a) }", "stopped after 0.5 seconds"),
        ("Array.prototype.indexOf.call({length: 2 ** 53 - 1}, 1); done();", "stopped after 0.5 seconds"),
        ("const a = []; while (true) a.push({a: 1});", "memory"),
        ("let s = 'x'; while (true) s += s; done(s)", "too long"),
        ("const a = []; while (true) a.push(new Float64Array(1 << 20));", "memory"),
        ("done('x'.repeat(1 << 29));", "memory"),
        ("let a = 1; for (let i = 0; i < 40; i++) a = [a, a]; done(a);", ""),
        ("function f() { f() } f();", "stack"),
        ("done(JSON.parse('['.repeat(1e6)))", "stack"),
        ("new RegExp('('.repeat(1e6))", "too many captures"),
        ("eval('['.repeat(1e6))", "stack"),
        ("let a = []; for (let i = 0; i < 1e5; i++) a = [a]; done(a);", "nested"),
        ("let a = []; for (let i = 0; i < 1e5; i++) a = [a]; done({a: String(a)});", "stack"),
        ("let a = []; for (let i = 0; i < 1e5; i++) a = [a]; done({a: a.flat(Infinity)});", "stack"),
        ("let a = []; for (let i = 0; i < 1e5; i++) a = {a}; done({a: JSON.stringify(a)});", "stack"),
    ] {
        let begin = Instant::now();
        let got = run_on(&scripts, vec![script(body)], json!({})).await;
        assert!(got.starts_with("Script people/account") && got.contains(wanted), "{body}: {got}");
        assert!(begin.elapsed() < Duration::from_secs(30), "{body}");
        assert_eq!(run_on(&scripts, vec![script("done({ok: 1})")], json!({})).await, r#"{"ok":1}"#);
    }
}
