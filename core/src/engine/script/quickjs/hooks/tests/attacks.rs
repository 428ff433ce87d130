//! Scripts that try to harm: they end within their limits, and the next script is not affected.

use std::time::Instant;

use proptest::prelude::*;

use super::*;

/// The limits, a time of 500 ms among them.
#[tokio::test(flavor = "multi_thread")]
async fn limits_stop_attacks() {
    let hasty = Pool::new(ScriptLimits { time: Duration::from_millis(500), ..ScriptLimits::default() });
    let patient = Pool::new(ScriptLimits::default());
    for (body, wanted) in [
        ("while (true) {}", "stopped after 0.5 seconds"),
        ("for (;;) { try { while (true) {} } catch (e) {} finally { continue } }", "stopped after 0.5 seconds"),
        ("done({}); while (true) {}", "stopped after 0.5 seconds"),
        ("function f() { Promise.resolve().then(f) } f();", "stopped after 0.5 seconds"),
        ("function f() { queueMicrotask(f) } f();", "stopped after 0.5 seconds"),
        ("(async () => { for (;;) await null })()", "stopped after 0.5 seconds"),
        ("/^(a+)+$/.test('a'.repeat(40) + 'b');", "stopped after 0.5 seconds"),
        ("done({get a() { while (true) {} }})", "stopped after 0.5 seconds"),
        ("done({toJSON() { while (true) {} }})", "stopped after 0.5 seconds"),
        ("done(new Proxy({}, {ownKeys() { while (true) {} }}))", "stopped after 0.5 seconds"),
        ("done(new Proxy([], {get: (t, k) => k === 'length' ? 2 ** 53 - 1 : undefined}))", "stopped after 0.5 seconds"),
        ("throw {toString() { while (true) {} }, toJSON() { while (true) {} }}", "stopped after 0.5 seconds"),
        ("print({toJSON() { while (true) {} }})", "stopped after 0.5 seconds"),
        (
            "Object.defineProperty(request_vendor_headers, 'x', {enumerable: true, get() { while (true) {} }})",
            "stopped after 0.5 seconds",
        ),
        ("const b = Buffer.alloc(1e6, 97); for (;;) b.toString('base64')", "stopped after 0.5 seconds"),
        (
            "const b = Buffer.alloc(1e6); for (;;) require('crypto').createHash('sha512').update(b).digest()",
            "stopped after 0.5 seconds",
        ),
        ("const s = 'a'.repeat(1e6); for (;;) new TextEncoder().encode(s)", "stopped after 0.5 seconds"),
        ("const s = 'a=b&'.repeat(1e5); for (;;) new URLSearchParams(s)", "stopped after 0.5 seconds"),
        ("for (;;) new URL('https://a.test/' + 'b/../'.repeat(1e5))", "stopped after 0.5 seconds"),
        (
            "for (;;) require('querystring').parse('a=b&'.repeat(1e5), null, null, {maxKeys: 0})",
            "stopped after 0.5 seconds",
        ),
        ("const a = []; while (true) a.push({a: 1});", "memory"),
        ("const a = []; while (true) a.push(Buffer.alloc(1e6));", "memory"),
        ("const a = [], s = 'a'.repeat(1e6); while (true) a.push(new TextEncoder().encode(s));", "memory"),
        ("const a = []; while (true) a.push(require('crypto').randomBytes(1e6));", "memory"),
        ("done({a: 'x'.repeat(1 << 29)});", "memory"),
        ("const s = 'x'.repeat(1 << 20); done({a: Array(70).fill(s)});", "memory"),
        ("const s = 'x'.repeat(2 << 20); done({a: Array(17).fill(s)});", "more than 32 MiB"),
        ("let a = 1; for (let i = 0; i < 40; i++) a = [a, a]; done({a});", ""),
        ("let s = 'x'; while (true) s += s;", "too long"),
        ("function f() { f() } f();", "stack"),
        ("const a = {toJSON() { return {a} }}; done({a})", "stack"),
        ("const p = new Proxy({}, {get(t, k, r) { return r[k] }}); p.x", "stack"),
        ("let a = []; for (let i = 0; i < 1e5; i++) a = [a]; done({a});", "stack"),
        ("let a = []; for (let i = 0; i < 200; i++) a = [a]; done({a});", "nested deeper than 128"),
        ("JSON.parse('['.repeat(1e6))", "stack"),
        ("eval('['.repeat(1e6))", "stack"),
        ("new Function('('.repeat(1e6))", "stack"),
        ("done({a: 2n ** 70000n})", "BigInt is too large"),
        ("Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)", "Error"),
        ("import('fs')", "Error"),
        (
            "throw new Proxy(new Error('x'), {get() { throw 1 }, getPrototypeOf() { throw 2 }})",
            "GET /things/preRequest",
        ),
        ("throw {get stack() { throw 1 }, get message() { throw 2 }}", "GET /things/preRequest"),
        ("Error.prepareStackTrace = () => { throw 1 }; x.y", "GET /things/preRequest"),
        (
            "Object.defineProperty(Error.prototype, 'stack', {get() { while (true) {} }}); throw Object.create(Error.prototype)",
            "stopped after 0.5 seconds",
        ),
    ] {
        let begin = Instant::now();
        let pool = if wanted.contains("0.5") || wanted.is_empty() { &hasty } else { &patient };
        let got = match run_on(pool, &script(body)).await {
            Ok(done) => format!("{done:?}"),
            Err(failure) => failure.to_string(),
        };
        assert!(got.starts_with("GET /things/preRequest") && got.contains(wanted), "{body}: {got}");
        assert!(begin.elapsed() < Duration::from_secs(20), "{body}: {:?}", begin.elapsed());
        let after = run_on(pool, &script("done({ok: 1})")).await.expect("a script after it");
        assert_eq!(parsed(&after.changes), json!({"ok": 1}));
    }
}

/// A script changes the objects of its own realm; what the engine gives and takes is not affected.
#[tokio::test]
async fn what_a_script_changes_stays_with_it() {
    for (body, wanted) in [
        ("Object.prototype.polluted = 1; Array.prototype.push = null; done({a: {}})", json!({"a": {}})),
        ("JSON.stringify = () => 'x'; JSON.parse = null; done({a: response_body.items.length})", json!({"a": 2})),
        (
            "Object.defineProperty = null; Reflect.apply = null; Object.keys = null; done({a: request_method})",
            json!({"a": "GET"}),
        ),
        (
            "String.prototype.toLowerCase = () => 'no'; done({a: response_headers['Content-TYPE']})",
            json!({"a": "text/plain"}),
        ),
        ("Array.prototype.includes = () => true; request_vendor_headers.x = 1; done()", json!({})),
        ("Object.prototype.toJSON = () => 1; done({a: 2})", json!({})),
        (
            "response_body.__proto__.x = 1; configuration.constructor = 2; done({a: configuration.constructor, b: ({}).x})",
            json!({"a": 2}),
        ),
        (
            "for (const name of Object.getOwnPropertyNames(globalThis)) { if (name !== 'done') try { delete globalThis[name] } catch (e) {} } \
            done({a: 1})",
            json!({"a": 1}),
        ),
        ("const d = done; done = null; d({a: 1})", json!({"a": 1})),
        ("delete request_body; done({a: typeof request_body})", json!({"a": "undefined"})),
        ("try { throw null } catch (e) { done({a: e}) }", json!({"a": null})),
        (
            "done.call(null, {a: arguments.callee === undefined, b: typeof arguments.callee.caller})",
            json!({"a": false, "b": "undefined"}),
        ),
        (
            "done({a: (() => {}).constructor('return this')() === globalThis, b: eval('this') === globalThis})",
            json!({"a": true, "b": true}),
        ),
        (
            "done({a: typeof std, b: typeof process, c: typeof module, d: typeof global, e: typeof load})",
            json!({"a": "undefined", "b": "undefined", "c": "undefined", "d": "undefined", "e": "undefined"}),
        ),
    ] {
        assert_eq!(changes(body).await, wanted, "{body}");
    }
    assert_eq!(changes("throw undefined").await, json!("GET /things/preRequest:1:1: undefined"));
    for body in ["}); while (0) {} (function () {", "}), (function () {", "}, {", "} {", "*/ }); /*", "}); f({"] {
        let got = changes(body).await;
        assert!(
            got.as_str().is_some_and(|got| got.contains("SyntaxError") || got.contains("ReferenceError")),
            "{body}: {got}"
        );
    }
}

/// The scripts of one call share a limit (spec E 7.60).
#[tokio::test]
async fn scripts_of_a_call_share_their_time() {
    let pool = Pool::new(ScriptLimits { time: Duration::from_millis(600), ..ScriptLimits::default() });
    let elements = pool.of_elements(1);
    for urgency in [Urgency::Live, Urgency::Bulk] {
        let mut call = elements.begin(urgency);
        let busy = script("const end = Date.now() + 250; while (Date.now() < end) {} done({a: 1})");
        let mut ended = 0;
        for _ in 0..2 {
            ended += usize::from(call.run(&busy, &names()).await.is_ok());
        }
        let failure = call.run(&busy, &names()).await.expect_err("the time is up");
        assert!(failure.to_string().contains("stopped after 0.6 seconds"), "{failure}");
        let failure = call.run(&script("done()"), &names()).await;
        assert!(ended > 0 && failure.is_err_and(|failure| failure.message.contains("0.6 seconds")));
        assert!(elements.begin(urgency).run(&script("done()"), &names()).await.is_ok());
    }
}

/// A script that cannot be stopped is given up (spec E 7.60).
#[tokio::test(flavor = "multi_thread")]
async fn scripts_that_cannot_be_stopped_are_given_up() {
    let pool = Pool::new(ScriptLimits { time: Duration::from_millis(50), ..ScriptLimits::default() });
    let begin = Instant::now();
    let failure = run_on(&pool, &script("CE.stall(8000)")).await.expect_err("given up");
    assert!(failure.to_string().contains("stopped after 0.05 seconds"), "{failure}");
    assert!(begin.elapsed() < Duration::from_secs(7), "{:?}", begin.elapsed());
    assert!(run_on(&pool, &script("done()")).await.is_ok());
}

#[tokio::test(flavor = "multi_thread")]
async fn calls_that_are_dropped_free_their_threads() {
    let pool = Pool::new(ScriptLimits::default());
    let endless = script("while (true);");
    let (elements, given) = (pool.of_elements(1), names());
    for _ in 0..12 {
        let mut call = elements.begin(Urgency::Live);
        assert!(tokio::time::timeout(Duration::from_millis(20), call.run(&endless, &given)).await.is_err());
    }
    assert!(run_on(&pool, &script("done()")).await.is_ok());
}

fn value() -> impl Strategy<Value = Json> {
    let leaf = prop_oneof![
        Just(Json::Null),
        any::<bool>().prop_map(Json::from),
        any::<i64>().prop_map(Json::from),
        (-1e9..1e9).prop_map(|number: f64| json!(number)),
        ".{0,12}".prop_map(Json::from),
    ];
    leaf.prop_recursive(4, 24, 4, |inner| {
        let name = prop_oneof![Just("__proto__".to_owned()), Just("constructor".to_owned()), ".{0,6}", "[0-9]{1,3}"];
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..4).prop_map(Json::from),
            proptest::collection::vec((name, inner), 0..4)
                .prop_map(|members| Json::Object(members.into_iter().collect())),
        ]
    })
}

/// Whatever a script gets and gives back stays the same (spec E 7.53, 7.70).
#[test]
fn values_survive_the_way_in_and_out() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let pool = pool();
    let elements = pool.of_elements(1);
    let config = ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() };
    proptest!(config, |(value in value())| {
        let given = vec![("response_body", value.to_string())];
        let run = async { elements.begin(Urgency::Live).run(&script("done({response_body})"), &given).await };
        let done = runtime.block_on(run).expect("done");
        let got: Json = serde_json::from_str(&done.changes["response_body"]).expect("JSON");
        prop_assert!(same(&got, &value), "{} {}", got, value);
    });
}

/// Returns whether values are the same, whatever the form of their numbers.
fn same(a: &Json, b: &Json) -> bool {
    match (a, b) {
        (Json::Number(a), Json::Number(b)) => a == b || a.as_f64() == b.as_f64(),
        (Json::Array(a), Json::Array(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b)),
        (Json::Object(a), Json::Object(b)) => {
            a.len() == b.len() && a.iter().all(|(name, value)| b.get(name).is_some_and(|other| same(value, other)))
        }
        _ => a == b,
    }
}
