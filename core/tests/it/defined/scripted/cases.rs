//! The cases of `tests/scenarios/scripts`: each names the statements of spec E that it proves.

use std::collections::{BTreeSet, VecDeque};
use std::path::Path;

use elementkit::elements::definition::check::rules;
use serde_json::{Value, json};

use super::definition::definition;
use super::matching::{compare, compare_answer, compare_asked};
use crate::defined::world::{Answer, Reply, Vendor, World, encoded};
use crate::support::pattern::{Values, fill};

/// Statements of section 7 of spec E that are proved elsewhere.
const ELSEWHERE: &[&str] = &["7.62"];

/// An engine with a vendor, in which each case has an element of its own.
struct Suite {
    world: World,
    cases: usize,
}

fn files() -> Vec<(String, Vec<Value>)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/scenarios/scripts");
    let mut paths: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    let read = |path: std::path::PathBuf| {
        let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
        (name, serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap())
    };
    paths.into_iter().map(read).collect()
}

#[test]
fn every_statement_has_a_case() {
    let files = files();
    let cases = files.iter().flat_map(|(_, cases)| cases);
    let named: BTreeSet<&str> =
        cases.flat_map(|case| case["spec"].as_array().unwrap()).map(|number| number.as_str().unwrap()).collect();
    let all = (1..=74).map(|number| format!("7.{number}"));
    let missing: Vec<String> =
        all.filter(|number| !named.contains(number.as_str()) && !ELSEWHERE.contains(&number.as_str())).collect();
    assert!(missing.is_empty(), "no case names {missing:?}");
}

/// Every remark of a check is one of what the engine refuses or leaves out, as a case shows.
#[test]
fn every_remark_has_a_case() {
    let files = files();
    let cases = files.iter().flat_map(|(_, cases)| cases);
    let remarks = cases.flat_map(|case| case["remarks"].as_array().into_iter().flatten());
    let named: BTreeSet<&str> = remarks.map(|remark| remark["code"].as_str().unwrap()).collect();
    // The first one needs a program without script engine. Files of folders are no part of a document.
    let missing = rules::ALL.iter().filter(|rule| !named.contains(rule.code));
    let missing: Vec<_> = missing.map(|rule| rule.code).collect();
    assert_eq!(missing, ["script", "script-missing", "unused-file"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn every_case_passes() {
    let vendor = Vendor::start(|_| Reply::json(json!({}))).await;
    let world = World::bare(vendor, json!({"authentication": {"type": "none"}})).await;
    let mut suite = Suite { world, cases: 0 };
    let only = std::env::var("CASE").ok();
    let (mut failed, mut count) = (Vec::new(), 0);
    for (file, cases) in files() {
        for case in cases {
            let name = format!("{file}: {}", case["case"].as_str().unwrap());
            if only.as_ref().is_some_and(|only| !name.contains(only)) {
                continue;
            }
            count += 1;
            let wrong = suite.run(&case).await;
            if !wrong.is_empty() {
                failed.push(format!("E {} {name}\n    {}", case["spec"], wrong.join("\n    ")));
            }
        }
    }
    eprintln!("{count} cases, {} failed", failed.len());
    assert!(failed.is_empty(), "{}", failed.join("\n"));
}

impl Suite {
    /// Runs a case. Returns what differs from its expectations.
    async fn run(&mut self, case: &Value) -> Vec<String> {
        self.cases += 1;
        let key = format!("case{}", self.cases);
        let mut values = Values::new();
        values.insert("vendor".to_owned(), self.world.vendor.origin.clone().into());
        values.insert("key".to_owned(), key.clone().into());
        let mut case = case.clone();
        for part in ["element", "resource", "values"] {
            case[part] = fill(&case[part], &values);
        }
        let document = definition(&case, &key, &self.world.vendor.origin);
        let imported = self.world.own("POST", "/elements", Some(document)).await;
        if imported.status != 200 {
            return vec![format!("the import: {}", imported.text)];
        }
        let wrong = remarks(&case["remarks"], &imported.body["warnings"]);
        if !wrong.is_empty() {
            return wrong;
        }
        let (created, wrong) = self.provision(&case["provision"], &key, &case["values"]).await;
        if !wrong.is_empty() || created.status != 200 {
            return wrong;
        }
        values.insert("id".to_owned(), created.body["id"].clone());
        let mut wrong = Vec::new();
        let calls = case["calls"].as_array().cloned().unwrap_or_else(|| vec![case.clone()]);
        for call in calls {
            let call = fill(&call, &values);
            let line = call["call"].as_str().or(call["walk"].as_str()).unwrap().to_owned();
            let found = if call["walk"].is_string() { self.walk(&call).await } else { self.call(&call).await };
            wrong.extend(found.into_iter().map(|text| format!("{line}: {text}")));
        }
        wrong
    }

    /// Makes the instance.
    async fn provision(&mut self, expected: &Value, key: &str, values: &Value) -> (Answer, Vec<String>) {
        self.answers(&expected["vendor"]);
        let values = if values.is_object() { values.clone() } else { json!({}) };
        let new = json!({"element": {"key": key}, "name": key, "configuration": values});
        let created = self.world.own("POST", "/instances", Some(new)).await;
        let ok = json!({"status": 200});
        let answer = if expected["answer"].is_object() { &expected["answer"] } else { &ok };
        let mut wrong = compare_answer(answer, &created);
        let asked = self.world.vendor.asked();
        if expected["asked"].is_array() {
            wrong.extend(compare_asked(&expected["asked"], &asked));
        }
        if let Some(token) = created.body["token"].as_str() {
            self.world.token = format!("User {}, Element {token}", crate::support::USER);
        }
        (created, wrong.into_iter().map(|text| format!("the instance: {text}")).collect())
    }

    async fn call(&self, call: &Value) -> Vec<String> {
        self.answers(&call["vendor"]);
        let (method, path) = call["call"].as_str().unwrap().split_once(' ').unwrap();
        let traces = call["steps"].is_array();
        if traces {
            self.world.call("PUT", "/instances/trace-logging", None).await;
        }
        let answer = self.send(method, path, call).await;
        let mut wrong = compare_answer(&call["answer"], &answer);
        if traces {
            let steps = self.steps(&answer).await;
            wrong.extend(compare(&call["steps"], Some(&steps), "steps"));
        }
        let asked = self.world.vendor.asked();
        if call["asked"].is_array() {
            wrong.extend(compare_asked(&call["asked"], &asked));
        }
        wrong
    }

    /// Returns the steps of a traced call, of all its vendor calls.
    async fn steps(&self, answer: &Answer) -> Value {
        let id = answer.header("elements-trace-id").unwrap_or_default();
        let trace = self.world.own("GET", &format!("/elements/case{}/trace/{id}", self.cases), None).await;
        let calls = trace.body["vendorRequests"].as_array().cloned().unwrap_or_default();
        calls.iter().filter_map(|call| call["steps"].as_array()).flatten().cloned().collect()
    }

    async fn send(&self, method: &str, path: &str, call: &Value) -> Answer {
        let mut headers = vec![("authorization", self.world.token.as_str())];
        let given = call["headers"].as_object();
        headers.extend(given.into_iter().flatten().map(|(name, value)| (name.as_str(), value.as_str().unwrap())));
        let body = match (&call["body"], &call["text"]) {
            (_, Value::String(text)) => Some(text.clone()),
            (Value::Null, _) => None,
            (body, _) => Some(body.to_string()),
        };
        if body.is_some() && !headers.iter().any(|(name, _)| *name == "content-type") {
            headers.push(("content-type", "application/json"));
        }
        self.world.send(method, path, &headers, body.map(Into::into)).await
    }

    /// Reads a list to its end.
    async fn walk(&self, call: &Value) -> Vec<String> {
        self.answers(&call["vendor"]);
        let (_, path) = call["walk"].as_str().unwrap().split_once(' ').unwrap();
        let separator = if path.contains('?') { '&' } else { '?' };
        let (mut rows, mut next) = (Vec::new(), None::<String>);
        for _ in 0..20 {
            let page = next.map_or(path.to_owned(), |token| format!("{path}{separator}nextPage={}", encoded(&token)));
            let answer = self.send("GET", &page, &Value::Null).await;
            let Some(part) = answer.body.as_array().filter(|_| answer.status == 200) else {
                return vec![format!("{page}: {} {}", answer.status, answer.text)];
            };
            rows.extend(part.clone());
            next = answer.next().map(str::to_owned);
            if next.is_none() {
                break;
            }
        }
        let mut wrong = compare(&call["rows"], Some(&Value::from(rows)), "rows");
        wrong.extend(next.map(|_| "the list does not end".to_owned()));
        let asked = self.world.vendor.asked();
        if call["asked"].is_array() {
            wrong.extend(compare_asked(&call["asked"], &asked));
        }
        wrong
    }

    /// Sets the answers of the vendor: one, or one after the other; the last one is repeated.
    fn answers(&self, answers: &Value) {
        self.world.vendor.asked();
        let mut queue: VecDeque<Value> = match answers {
            Value::Array(answers) => answers.iter().cloned().collect(),
            Value::Null => [json!({"body": {}})].into(),
            one => [one.clone()].into(),
        };
        self.world.vendor.play(move |_| {
            let answer = if queue.len() > 1 { queue.pop_front().unwrap() } else { queue[0].clone() };
            reply(&answer)
        });
    }
}

/// Compares the remarks of the import with the expected ones: what is not remarked runs.
fn remarks(expected: &Value, found: &Value) -> Vec<String> {
    let found = found.as_array().into_iter().flatten();
    let mut found: Vec<Value> = found.map(|one| json!({"pointer": one["pointer"], "code": one["code"]})).collect();
    let mut expected = expected.as_array().cloned().unwrap_or_default();
    // The case does not say in which order its parts become a document.
    found.sort_by_key(Value::to_string);
    expected.sort_by_key(Value::to_string);
    compare(&expected.into(), Some(&found.into()), "remarks")
}

fn reply(answer: &Value) -> Reply {
    let status = answer["status"].as_u64().map_or(200, |status| u16::try_from(status).unwrap());
    let mut reply = match (&answer["body"], &answer["text"]) {
        (_, Value::String(text)) => Reply { status, headers: Vec::new(), body: text.clone().into() },
        (Value::Null, _) => Reply { status, headers: Vec::new(), body: "".into() },
        (body, _) => Reply::status(status, body.clone()),
    };
    for (name, value) in answer["headers"].as_object().into_iter().flatten() {
        let values = value.as_array().cloned().unwrap_or_else(|| vec![value.clone()]);
        for value in values {
            reply = reply.header(name.clone(), value.as_str().unwrap());
        }
    }
    reply
}
