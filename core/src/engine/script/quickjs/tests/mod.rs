#![allow(clippy::print_stdout)] // prints measurements

mod places;
mod values;

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

/// Returns an outcome as a string.
fn shown(outcome: &Outcome) -> String {
    match outcome {
        Outcome::Value(json) => json.to_string(),
        Outcome::Dropped => "dropped".to_owned(),
        Outcome::Failed(reason) => reason.clone(),
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
        ("done({x: '\\ud800', '\\ud800': 1})", "{\"x\":\"\u{fffd}\",\"\u{fffd}\":1}"),
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
        (
            "done({x: 2n ** 64n});",
            "Script people/account, line 1, column 1: RangeError: a BigInt of a record must fit into 64 bits",
        ),
        (
            "(async () => {\n  await null; throw new Error('later') })()",
            "Script people/account, line 2, column 25: Error: later",
        ),
        (
            "Promise.reject(new Error('caught')).catch(() => {});",
            "Script people/account, line 1, column 53: done() was not called",
        ),
        ("require('fs')", "Script people/account, line 1, column 1: Error: Cannot find module 'fs'"),
    ] {
        assert_eq!(run(body).await, wanted, "{body}");
    }
}

#[tokio::test]
async fn limits_stop_endless_scripts() {
    let (hasty, patient) = (scripts(), Scripts::new(ScriptLimits::default()));
    for (body, wanted) in [
        ("while (true) {}", "stopped after 0.5 seconds"),
        ("for (;;) { try { while (true) {} } catch (e) {} }", "stopped after 0.5 seconds"),
        ("done({}); while (true) {}", "stopped after 0.5 seconds"),
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
        ("1n << 70000n", "BigInt is too large"),
        ("eval('['.repeat(1e6))", "stack"),
        ("let a = []; for (let i = 0; i < 1e5; i++) a = [a]; done(a);", "nested"),
        ("let a = []; for (let i = 0; i < 1e5; i++) a = [a]; done({a: String(a)});", "stack"),
        ("let a = []; for (let i = 0; i < 1e5; i++) a = [a]; done({a: a.flat(Infinity)});", "stack"),
        ("let a = []; for (let i = 0; i < 1e5; i++) a = {a}; done({a: JSON.stringify(a)});", "stack"),
    ] {
        let begin = Instant::now();
        let scripts = if wanted.contains("0.5") { &hasty } else { &patient };
        let got = run_on(scripts, vec![script(body)], json!({})).await;
        assert!(got.starts_with("Script people/account") && got.contains(wanted), "{body}: {got}");
        assert!(begin.elapsed() < Duration::from_secs(30), "{body}");
        assert_eq!(run_on(scripts, vec![script("done({ok: 1})")], json!({})).await, r#"{"ok":1}"#);
    }
}

#[tokio::test]
async fn helpers_answer_as_on_the_hosted_platform() {
    for (expression, wanted) in [
        ("CE.md5('abc')", json!("900150983cd24fb0d6963f7d28e17f72")),
        ("CE.b64('abc')", json!("YWJj")),
        ("CE.decode64(CE.b64('Zoë € 😀'))", json!("Zoë € 😀")),
        (
            "[CE.decode64('YWI'), CE.decode64('YW I=\\n'), CE.decode64('_-8='), CE.decode64('Y')]",
            json!(["ab", "ab", "\u{fffd}\u{fffd}", ""]),
        ),
        (
            "CE.hmac('sha256')('hex')('key', 'text')",
            json!("6afa9046a9579cad143a384c1b564b9a250d27d6f6a63f9f20bf3a7594c9e2c6"),
        ),
        ("CE.hmacSha256Hex('key', 'text') === CE.hmac('SHA-256')('hex')('key', 'text')", json!(true)),
        (
            "CE.hmacSha1Hex('key', 'The quick brown fox jumps over the lazy dog')",
            json!("de7c9b85b8b78aa6bc8a7a36f70a90701c9db4d9"),
        ),
        (
            "CE.hmacMd5Hex('key', 'The quick brown fox jumps over the lazy dog')",
            json!("80070713463e7749b90c2dc24911e275"),
        ),
        (
            "CE.hmacSha1Base64('key', 'The quick brown fox jumps over the lazy dog')",
            json!("3nybhbi3iqa8ino29wqQcBydtNk="),
        ),
        ("CE.hmacSha512Base64('k', 't').length", json!(88)),
        (
            "[CE.currencyCode('United States'), CE.currencyCode('gb'), CE.currencyCode('nowhere')]",
            json!(["USD", "GBP", null]),
        ),
        ("[CE.currencySymbol('EUR'), CE.currencySymbol('usd'), CE.currencySymbol('?')]", json!(["€", "$", null])),
        (
            "[CE.iso2CountryCode('france'), CE.iso3CountryCode('mexico'), CE.iso2CountryCode('CÔTE D\\'IVOIRE')]",
            json!(["FR", "MEX", "CI"]),
        ),
        ("/^[a-z2-7]{10}$/.test(CE.randomString()) && CE.randomString() !== CE.randomString()", json!(true)),
        ("/^[a-z2-7]+@example\\.com$/.test(CE.randomEmail())", json!(true)),
        ("Object.isFrozen(CE)", json!(true)),
        ("require('lodash').get({a: {b: [1, 2]}}, 'a.b[1]')", json!(2)),
        ("require('lodash').VERSION", json!("4.18.1")),
        ("require('lodash') === require('lodash')", json!(true)),
        ("require('lodash/get')({a: 1}, 'a')", json!(1)),
        ("require('lodash/string').kebabCase('fooBar')", json!("foo-bar")),
        ("require('lodash/fp').map((x) => x + 1)([1, 2])", json!([2, 3])),
        ("require('lodash/fp/flow')((x) => x + 1, (x) => x * 2)(1)", json!(4)),
        ("require('lodash').template('a<%= b %>')({b: 1})", json!("a1")),
        ("require('lodash').cloneDeep({d: new Date(0)}).d.getTime()", json!(0)),
        ("require('util').format('%s %d %j', 'a', 1, {b: 2})", json!("a 1 {\"b\":2}")),
        ("require('util').inspect({a: [1, {b: 'x'}]})", json!("{ a: [ 1, { b: 'x' } ] }")),
        ("require('util').isArray([])", json!(true)),
        ("require('util').types.isDate(new Date())", json!(true)),
    ] {
        let body = format!("done({{x: {expression}}})");
        let got = run(&body).await;
        assert_eq!(got, json!({ "x": wanted }).to_string(), "{expression}");
    }
    for (name, message) in [
        ("axios", "network access is not available"),
        ("http", "network access is not available"),
        ("https", "network access is not available"),
        ("lodash/nothing", "Cannot find module 'lodash/nothing'"),
        ("lodash/../fs", "Cannot find module 'lodash/../fs'"),
        ("os", "Cannot find module 'os'"),
    ] {
        let got = run(&format!("require('{name}')")).await;
        assert_eq!(got, format!("Script people/account, line 1, column 1: Error: {message}"));
    }
    for (body, wanted) in [
        ("CE.hmac('sha3')('hex')('a', 'b')", "Error: Invalid digest: sha3"),
        ("import('os').then(done, (error) => { throw error })", "Error"),
        ("import x from 'os'", "SyntaxError"),
    ] {
        let got = run(body).await;
        assert!(got.contains(wanted), "{body}: {got}");
    }
}

#[tokio::test]
async fn jobs_do_not_see_the_state_of_each_other() {
    let scripts = scripts();
    let leave = "globalThis.left = 1; Array.prototype.left = 2; Object.prototype.toJSON = undefined; \
        require('lodash').left = 3; console.left = 4; CE.constructor.left = 5; done({left: 1});";
    let look = "done({seen: [typeof left, [].left, require('lodash').left, console.left === 4, CE.constructor.left, \
        'toJSON' in {}].map(String)})";
    for organization in [1, 1, 2, 1] {
        for (body, wanted) in [
            (leave, r#"{"left":1}"#),
            (look, r#"{"seen":["undefined","undefined","undefined","false","undefined","false"]}"#),
        ] {
            let mut runner = scripts.runner(organization, vec![script(body)], Phase::Bulk, Configuration::default());
            let outcomes = runner.run(Purpose::FromVendor, vec![input(json!({}))]).await.expect("a thread");
            assert_eq!(shown(&outcomes[0]), wanted, "{organization}");
        }
    }
}

#[tokio::test]
async fn chained_scripts_pass_on_results_and_forms_differ() {
    let scripts = scripts();
    let legacy =
        Script { legacy: true, ..script("transformedObject.b = originalObject.id; return transformedObject;") };
    let first = script("transformedObject.a = 1; originalObject.id = 0; done(transformedObject);");
    let chain = vec![first.clone(), legacy.clone()];
    assert_eq!(run_on(&scripts, chain, json!({"id": 7})).await, r#"{"id":7,"a":1,"b":7}"#);
    let undefined = Script { body: "return;".to_owned(), ..legacy.clone() };
    assert_eq!(run_on(&scripts, vec![undefined], json!({"id": 7})).await, "{}");
    let none = Script { body: "done(1)".to_owned(), ..legacy };
    let got = run_on(&scripts, vec![none], json!({})).await;
    assert_eq!(got, "Script people/account, line 1, column 1: ReferenceError: done is not defined");
    let drops = Script { filter_empty_response: true, ..script("done(originalObject.id > 7 ? {x: 1} : {})") };
    assert_eq!(run_on(&scripts, vec![drops.clone(), first], json!({"id": 7})).await, "dropped");
    assert_eq!(run_on(&scripts, vec![drops], json!({"id": 8})).await, r#"{"x":1}"#);
    assert_eq!(run_on(&scripts, vec![], json!({"id": 8})).await, r#"{"id":8}"#);
}

#[tokio::test]
async fn a_bulk_job_goes_on_after_each_kind_of_failure() {
    let scripts = Scripts::new(ScriptLimits { time: Duration::from_millis(100), ..ScriptLimits::default() });
    let body = "const {id} = originalObject; if (id === 1) while (true) {} if (id === 2) throw new Error('two'); \
        if (id === 3) 'x'.repeat(1 << 28); done({id});";
    let mut bulk = scripts.runner(1, vec![script(body)], Phase::Bulk, Configuration::default());
    for _ in 0..2 {
        let inputs = (0..6).map(|id| input(json!({ "id": id }))).collect();
        let outcomes = bulk.run(Purpose::FromVendor, inputs).await.expect("a thread");
        let shown: Vec<String> = outcomes.iter().map(shown).collect();
        assert_eq!(shown.len(), 6);
        assert_eq!(
            (shown[0].as_str(), shown[4].as_str(), shown[5].as_str()),
            (r#"{"id":0}"#, r#"{"id":4}"#, r#"{"id":5}"#)
        );
        assert!(shown[1].ends_with("stopped after 0.1 seconds"), "{}", shown[1]);
        assert!(shown[2].ends_with("Error: two"), "{}", shown[2]);
        assert!(shown[3].ends_with("more than 64 MiB of memory would be needed"), "{}", shown[3]);
    }
    let mut live = scripts.runner(1, vec![script(body)], Phase::Request, Configuration::default());
    let inputs = (0..6).map(|id| input(json!({ "id": id }))).collect();
    assert_eq!(live.run(Purpose::FromVendor, inputs).await.expect("a thread").len(), 2);
}

#[tokio::test]
async fn syntax_is_checked_without_a_run() {
    let scripts = scripts();
    assert_eq!(scripts.check(1, &script("while (true) {}")).await.expect("a thread"), None);
    let error = scripts.check(1, &script("let a = 1;\nlet a = 2;")).await.expect("a thread").expect("an error");
    assert_eq!((error.script.as_str(), error.place), ("people/account", Some((2, 7))));
}

/// Library functions that would run forever or for very long are stopped, instead of being left behind.
#[tokio::test]
async fn library_functions_are_interrupted() {
    let scripts = Scripts::new(ScriptLimits { time: Duration::from_millis(100), ..ScriptLimits::default() });
    for body in [
        "[].reverse.call({length: 2 ** 53 - 2})",
        "[].unshift.call({length: 2 ** 52}, 1)",
        "[].shift.call({length: 2 ** 53 - 1})",
        "[].copyWithin.call({length: 2 ** 53 - 1}, 1, 0)",
        "[].concat({length: 2 ** 53 - 1, [Symbol.isConcatSpreadable]: true})",
        "[].concat(Object.assign([], {length: 4294967295}))",
        "[].join.call({length: 2 ** 53 - 1}, '')",
        "[].join.call({length: 2 ** 53 - 1})",
        "[].toLocaleString.call({length: 2 ** 53 - 1})",
        "[].fill.call({length: 2 ** 53 - 1}, 1)",
        "[].includes.call({length: 2 ** 53 - 1}, 1)",
        "[].indexOf.call({length: 2 ** 53 - 1}, 1)",
        "[].lastIndexOf.call({length: 2 ** 53 - 1}, 1)",
        "[].findLast.call({length: 2 ** 53 - 1}, Boolean)",
        "[].forEach.call({length: 2 ** 53 - 1}, () => {})",
        "[].splice.call({length: 2 ** 53 - 2}, 1, 0, 1)",
        "[].slice.call({length: 2 ** 32 - 1})",
        "[].sort.call({length: 2 ** 53 - 1})",
        "[].flat.call([Object.assign([], {length: 4294967295})])",
        "[].flatMap.call({length: 2 ** 53 - 1}, (x) => x)",
        "Reflect.apply([].reverse, {length: 2 ** 53 - 2}, [])",
        "new Set([].values.call({length: 2 ** 53 - 1}))",
        "const a = []; Object.defineProperty(a, 0, {get() { a.length = 4294967295 }}); a[1] = 1; new Set(a)",
        "[].values.call({length: 2 ** 53 - 1}).drop(2 ** 53 - 1).next()",
        "new Set([1, 2]).isDisjointFrom({size: 1, has() {}, keys: () => [].values.call({length: 2 ** 53 - 1})})",
        "JSON.stringify(new Proxy([], {get: (t, k) => k === 'length' ? 2 ** 53 - 1 : undefined}))",
        "const a = 'a'.repeat(1.2e6); a.indexOf('a'.repeat(6e5) + 'b')",
        "const a = 'a'.repeat(1.2e6); a.includes('a'.repeat(6e5) + 'b')",
        "const a = 'a'.repeat(1.2e6); a.lastIndexOf('a'.repeat(6e5) + 'b')",
        "const a = 'a'.repeat(6e5); a.replaceAll('a'.repeat(3e5) + 'b', '')",
        "const a = 'a'.repeat(6e5); a.split('a'.repeat(3e5) + 'b')",
        "const a = 'a'.repeat(2e6), b = 'a'.repeat(2e6 - 1) + 'b'; [...Array(1e5)].map((_, i) => i & 1 ? a : b).sort()",
        "const a = 'a'.repeat(2e6), b = 'a'.repeat(2e6 - 1) + 'b'; for (;;) a === b",
        "const a = ' '.repeat(2e6); for (;;) Number(a)",
        "const a = new Float64Array(3e5).map((_, i) => 7919 * i % 3e5); for (;;) a.sort()",
        "const a = new Uint8Array(5e6); for (;;) a.indexOf(1)",
        "let x = 1n << 65000n; for (;;) String(x)",
        "for (;;) BigInt('9'.repeat(19000))",
        "const s = 'a'.repeat(1e6); for (;;) CE.md5(s)",
        "const s = 'a'.repeat(1e6); for (;;) CE.hmacSha256Hex(s, s)",
        "const s = 'a'.repeat(1e6); for (;;) try { CE.decode64(s) } catch {}",
        "'a'.repeat(30000).replace(/(a+)+b/, '')",
        "const keys = [...Array(2e5).keys()].map(String); Object.keys(new Proxy({}, {ownKeys: () => keys}))",
    ] {
        let begin = Instant::now();
        let got = run_on(&scripts, vec![script(&format!("{body}; done({{}})"))], json!({})).await;
        assert!(got.contains("stopped after 0.1 seconds"), "{body}: {got}");
        // The error of a helper may lack the position on a busy machine.
        assert!(got.contains("line 1") || body.contains("CE."), "{body}: {got}");
        // A thread that cannot be stopped is given up two seconds after its limit.
        assert!(begin.elapsed() < Duration::from_secs(2), "{body}: {:?}", begin.elapsed());
    }
}

#[tokio::test]
async fn combining_marks_are_ordered_in_linear_time() {
    for (expression, wanted) in [
        (r"'a\u0301\u0316'.normalize('NFD')", "a\u{316}\u{301}"),
        (r"'a\u0316\u0301\u0327\u0323'.normalize('NFD')", "a\u{327}\u{316}\u{323}\u{301}"),
        (r"'\u1ea5'.normalize('NFD').normalize()", "\u{1ea5}"),
        (r"'' + ('a' + '\u0301\u0316'.repeat(5e5)).normalize('NFD').lastIndexOf('\u0316')", "500000"),
    ] {
        let scripts = Scripts::new(ScriptLimits::default());
        let got = run_on(&scripts, vec![script(&format!("done({{x: {expression}}})"))], json!({})).await;
        assert_eq!(got, json!({ "x": wanted }).to_string(), "{expression}");
    }
}

/// The time zone of the process is read once and must not be changed while threads run, so this runs in a separate
/// process.
#[tokio::test]
async fn local_time_is_utc_whatever_the_zone_of_the_process() {
    const MARK: &str = "ELEMENTKIT_TEST_ZONE";
    let body = "const d = new Date('2025-03-09T02:30:00'); done({a: [d.toISOString(), d.getHours(), d.getTimezoneOffset(), \
        new Date(2025, 2, 9, 2, 30).toISOString(), Date.parse('Mar 9, 2025 02:30'), new Date(0).toString(), d.setHours(5)]})";
    let wanted = json!({"a": ["2025-03-09T02:30:00.000Z", 2, 0, "2025-03-09T02:30:00.000Z", 1_741_487_400_000_i64,
        "Thu Jan 01 1970 00:00:00 GMT+0000", 1_741_498_200_000_i64]});
    if std::env::var_os(MARK).is_some() {
        assert_eq!(run(body).await, wanted.to_string());
        return;
    }
    for zone in ["America/New_York", "Asia/Kathmandu", "EST5EDT,M3.2.0,M11.1.0"] {
        let mut test = std::process::Command::new(std::env::current_exe().expect("this program"));
        let name = "engine::script::quickjs::tests::local_time_is_utc_whatever_the_zone_of_the_process";
        test.args(["--exact", name, "--nocapture"]).env("TZ", zone).env(MARK, "1");
        let output = test.output().expect("this program runs");
        let said = String::from_utf8_lossy(&output.stdout);
        assert!(output.status.success() && said.contains("1 passed"), "{zone}: {said}");
    }
}

/// `cargo test --release -p elementkit --lib pace_of_scripts -- --ignored --nocapture`
#[tokio::test]
#[ignore = "measures"]
async fn pace_of_scripts() {
    let scripts = Scripts::new(ScriptLimits::default());
    let record = json!({"id": 9, "channelId": 42, "userId": 77, "email": "d@x.org", "firstName": null,
        "subscribed": true, "lastSubscribed": "2024-02-01T00:00:00Z"});
    let mapped = json!({"id": 9, "mail": "d@x.org", "name": "(none)"});
    let body = "transformedObject.src = 'bt'; done(transformedObject);";
    let mut runner = scripts.runner(1, vec![script(body)], Phase::Bulk, Configuration::default());
    for round in 0..6 {
        let inputs = vec![Input { original: record.clone(), transformed: mapped.clone() }; 20_000];
        let begin = Instant::now();
        let outcomes = runner.run(Purpose::FromVendor, inputs).await.expect("a thread");
        println!("round {round}: {:.2} us a record", begin.elapsed().as_secs_f64() * 1e6 / outcomes.len() as f64);
    }
    for (name, body) in
        [("live", body), ("lodash", "require('lodash'); done({})"), ("fp", "require('lodash/fp'); done({})")]
    {
        let begin = Instant::now();
        for _ in 0..50 {
            run_on(&scripts, vec![script(body)], mapped.clone()).await;
        }
        println!("{name}: {:.0} us a request of one record", begin.elapsed().as_secs_f64() * 1e6 / 50.0);
    }
}

/// A refused allocation is an error wherever it happens: in the creation of a context, in a library, in a result.
#[tokio::test]
async fn scripts_may_run_out_of_memory_anywhere() {
    let body = "const _ = require('lodash'); const list = _.range(50).map((id) => ({id, text: `t${id}`.repeat(3)})); \
        const groups = _.groupBy(list, ({id}) => id % 3); const copy = JSON.parse(JSON.stringify(groups)); \
        class A extends Map { get(x) { return super.get(x) ?? /x(.)/.exec(String(x)) } } new A([[1, 2]]).get('xy'); \
        function* g() { yield* list } [...g()].sort((a, b) => b.id - a.id); \
        done({copy, when: new Date(0), sum: list.reduce((sum, {id}) => sum + id, 0)});";
    let (mut ended, mut done) = (0, 0);
    for kilobytes in (64..2600).step_by(61) {
        let limits = ScriptLimits { memory_bytes: kilobytes << 10, ..ScriptLimits::default() };
        let scripts = Scripts::new(limits);
        let mut runner = scripts.runner(1, vec![script(body)], Phase::Bulk, Configuration::default());
        match runner.run(Purpose::FromVendor, vec![input(json!({"id": 1}))]).await.as_deref() {
            Ok([Outcome::Value(_)]) => done += 1,
            _ => ended += 1,
        }
    }
    assert!(ended > 0 && done > 0);
}
