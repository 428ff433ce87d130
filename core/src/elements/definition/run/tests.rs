//! Rules of scripts, with canned changes in place of an engine.

use std::collections::BTreeMap;

use bytes::Bytes;
use http::header::{AUTHORIZATION, CONTENT_TYPE};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use serde_json::{Value, json};

use super::super::answer::{self, Content, json_of};
use super::super::document::Definition;
use super::super::request::{InputBody, PageValues};
use super::super::testing::definition;
use super::*;
use crate::element::PathValues;
use crate::query::{Expr, parse_where};
use crate::vendor::VendorAnswer;

/// A call of the first resource of a definition.
struct Case {
    definition: Definition,
    values: BTreeMap<String, String>,
    path: PathValues,
    query: Vec<(String, String)>,
    headers: HeaderMap,
    body: InputBody,
    condition: Option<Expr>,
    page: Option<PageValues>,
}

fn case(method: &str, resource: &str) -> Case {
    let definition = definition(&format!(
        r#"{{"name":"x","key":"acme","hub":"crm","authentication":{{"type":"custom"}},"configuration":[
            {{"key":"base.url","defaultValue":"https://api.example/v1"}},{{"key":"none"}},
            {{"key":"password","defaultValue":"hush-hush"}},{{"key":"region","defaultValue":"eu"}}],
            "resources":[{{"method":"{method}","path":"/hubs/crm/things/{{id}}"{resource}}}]}}"#
    ));
    Case {
        definition,
        values: BTreeMap::new(),
        path: [("id".to_owned(), "4/2".to_owned())].into_iter().collect(),
        query: Vec::new(),
        headers: HeaderMap::new(),
        body: InputBody::Empty,
        condition: None,
        page: None,
    }
}

impl Case {
    fn input(&self) -> Input<'_> {
        Input {
            settings: Settings::new(&self.definition, &self.values),
            path: &self.path,
            query: &self.query,
            headers: &self.headers,
            body: &self.body,
            condition: self.condition.as_ref(),
            page: self.page.as_ref(),
            previous: None,
        }
    }

    fn query(mut self, name: &str, value: &str) -> Self {
        self.query.push((name.to_owned(), value.to_owned()));
        self
    }

    fn resource(&self) -> &DefinedResource {
        &self.definition.resources[0]
    }

    /// Applies changes of scripts before the call. Returns the request as sent.
    fn sent(&self, changes: &[Value]) -> Result<Built, Refused> {
        let input = self.input();
        let mut open = Open::of(self.resource(), &input, true)?;
        for change in changes {
            changes::before(&done(change), &mut open, &mut Replaced::default(), false);
        }
        open.finish(self.resource(), &input)
    }

    fn url(&self, changes: &[Value]) -> String {
        self.sent(changes).map_or_else(|refused| refused.0, |built| built.request.url.to_string())
    }

    fn body(&self, changes: &[Value]) -> String {
        let built = self.sent(changes).unwrap();
        String::from_utf8_lossy(&built.request.body).into_owned()
    }

    /// Returns the names that a script sees, parsed.
    fn names(&self, reply: Option<(&Reply, bool)>) -> BTreeMap<&'static str, Value> {
        let input = self.input();
        let open = Open::of(self.resource(), &input, true).unwrap();
        let names = Names {
            resource: self.resource(),
            input: &input,
            values: &self.values,
            instance_id: Some(7),
            open: &open,
            replaced: &Replaced::default(),
            previous: None,
            reply,
        };
        // It sees every name.
        let all = names.of("eval").into_iter();
        all.map(|(name, text)| (name, serde_json::from_str(&text).expect(name))).collect()
    }

    fn reply(&self, status: u16, body: &str) -> Reply {
        let headers = HeaderMap::from_iter([(CONTENT_TYPE, HeaderValue::from_static("application/json"))]);
        let status = StatusCode::from_u16(status).unwrap();
        let answer = VendorAnswer { status, headers, body: Bytes::from(body.to_owned()) };
        match answer::read(&self.definition, self.resource(), answer.clone()) {
            Ok(read) => Reply::of_read(read, status.as_u16()),
            Err(error) => Reply::of_failure(error, ErrorBody::of(&answer), answer.headers),
        }
    }
}

/// Creates the outcome of a script from what it gave to `done`.
fn done(changes: &Value) -> Done {
    let members = |name: &str| {
        let members = changes.get(name).and_then(Value::as_object).cloned().unwrap_or_default();
        members.into_iter().map(|(name, value)| (name, value.to_string())).collect()
    };
    Done { changes: members("done"), contents: members("contents"), was_called: true, console: Vec::new() }
}

fn text(read: &Read) -> String {
    json_of(&read.content).map_or_else(String::new, std::borrow::Cow::into_owned)
}

#[test]
fn scripts_see_the_call() {
    // Spec E 7.8 to 7.26, 7.74.
    let mut case = case(
        "GET",
        r#","vendorPath":"/t/{id}?v=1","vendorMethod":"POST","rootKey":"in|out","parameters":[
            {"name":"id","type":"path","vendorName":"id","vendorType":"path"},
            {"name":"q","type":"query","vendorName":"query","vendorType":"query"},
            {"name":"k","type":"value","vendorName":"X-Key","vendorType":"header"},
            {"name":"body","type":"body","vendorName":"body","vendorType":"body"}]"#,
    )
    .query("q", "a b")
    .query("q", "c")
    .query("where", "a='x'  and b > '1' or not c like '%y'");
    case.condition = parse_where("a='x'  and b > '1' or not c like '%y'").unwrap();
    case.body = InputBody::Json(r#"{"a": 1}"#.to_owned());
    case.headers.insert("x-one", HeaderValue::from_static("1"));
    case.headers.insert(AUTHORIZATION, HeaderValue::from_static("User secret"));
    let names = case.names(None);
    let is = |name: &str, value: Value| assert_eq!(names[name], value, "{name}");
    is("request_method", json!("GET"));
    is("request_vendor_method", json!("POST"));
    is("request_path", json!("/hubs/crm/things/4/2"));
    is("request_path_variables", json!({"id": "4/2"}));
    is("request_parameters", json!({"q": ["a b", "c"], "where": "a = 'x' AND b > '1' OR NOT c LIKE '%y'"}));
    is("request_headers", json!({"x-one": "1"}));
    is("request_body", json!(r#"{"a": 1}"#));
    is("request_body_map", json!({"a": 1}));
    is(
        "request_expression",
        json!([{"attribute": "a", "operator": "=", "value": "x"}, {"attribute": "b", "operator": ">", "value": "1"},
            {"attribute": "c", "operator": "like", "value": "%y"}]),
    );
    is("request_vendor_path", json!("/t/4%2F2?v=1"));
    is("request_vendor_url", json!("https://api.example/v1/t/4%2F2?v=1"));
    is("request_vendor_parameters", json!({"query": ["a b", "c"]}));
    is(
        "request_vendor_headers",
        json!({"Accept": "application/json", "Content-Type": "application/json", "X-Key": "k"}),
    );
    is("request_vendor_body", json!(r#"{"in":{"a":1}}"#));
    is("request_vendor_body_map", json!({"in": {"a": 1}}));
    is("request_root_key", json!("in"));
    is("response_root_key", json!("out"));
    is("request_previous_response", Value::Null);
    is("request_previous_response_headers", Value::Null);
    is("object_name", json!("things"));
    is("meta_data", json!({"objectName": "things", "elementKey": "acme", "instanceId": 7}));
    is("metadata", json!({"objectName": "things", "elementKey": "acme", "instanceId": 7}));
    is("multipart_hook_context_items", json!([]));
    let configuration = &names["configuration"];
    assert_eq!((&configuration["none"], &configuration["region"]), (&Value::Null, &json!("eu")), "spec E 3.3");
    assert!(names.keys().all(|name| !name.starts_with("response_b")), "before the call there is no answer");
}

#[test]
fn names_that_a_script_does_not_have_are_left_out() {
    let case = case("GET", "");
    let (input, replaced) = (case.input(), Replaced::default());
    let open = Open::of(case.resource(), &input, true).unwrap();
    let (resource, values) = (case.resource(), &case.values);
    let names = Names {
        resource,
        input: &input,
        values,
        instance_id: None,
        open: &open,
        replaced: &replaced,
        previous: None,
        reply: None,
    };
    let names: Vec<_> = names.of("done({x: request_method})").into_iter().map(|(name, _)| name).collect();
    assert_eq!(names, ["request_method"]);
}

#[test]
fn page_and_size_are_numbers() {
    // Spec E 6.11, 6.26, 7.11.
    let parameters = r#","parameters":[{"name":"page","type":"query","vendorName":"start","vendorType":"query"},
        {"name":"pageSize","type":"query","vendorName":"limit","vendorType":"query"}]"#;
    let mut case = case("GET", parameters).query("page", "3").query("nextPage", "sealed");
    case.page = Some(PageValues {
        number: 3,
        page: Some(40),
        size: Some(20),
        cursor: Some("c/1".into()),
        ..PageValues::default()
    });
    let names = case.names(None);
    assert_eq!(names["request_parameters"], json!({"page": 3, "pageSize": 20, "nextPage": "c/1"}));
    assert_eq!(names["request_vendor_parameters"], json!({"start": 40, "limit": 20}));
    case.page = None;
    case.query.clear();
    assert_eq!(case.names(None)["request_parameters"], json!({"page": 1, "pageSize": 200}), "also when not given");
}

#[test]
fn scripts_change_the_request() {
    // Spec E 7.37 to 7.42.
    let case = case(
        "POST",
        r#","vendorPath":"/t","parameters":[{"name":"1","type":"value","vendorName":"a","vendorType":"query"},
            {"name":"x%2Fy","type":"value","vendorName":"b","vendorType":"query"},
            {"name":"Basic k","type":"value","vendorName":"Authorization","vendorType":"header"}]"#,
    );
    let params = |params: Value| json!({"done": {"request_vendor_parameters": params}});
    let base = "https://api.example/v1/t";
    assert_eq!(case.url(&[]), format!("{base}?a=1&b=x%2Fy"));
    let url = case.url(&[params(json!({"a": null, "b": "x/y", "c": ["1", null, {"d": 1}], "e": true}))]);
    assert_eq!(url, format!("{base}?b=x%2Fy&c=1&c=%7B%22d%22%3A1%7D&e=true"));
    let whole = json!({"contents": {"request_vendor_parameters": {"b": "x/y", "n": 1}}});
    assert_eq!(case.url(&[whole]), format!("{base}?b=x%2Fy&n=1"), "spec E 7.4: members that the script deleted");
    // Spec E 5.96.
    for (given, sent) in [
        ("%7B%22a%22%3A1%7D", "%7B%22a%22%3A1%7D"),
        ("a+b%20c", "a%2Bb%20c"),
        ("50% off", "50%25%20off"),
        ("%7B a", "%257B%20a"),
        ("a b", "a%20b"),
    ] {
        assert_eq!(case.url(&[params(json!({"a": null, "b": given}))]), format!("{base}?b={sent}"), "{given}");
    }
    let headers = json!({"done": {"request_vendor_headers": {"accept": "text/csv", "content-type": null, "X-N": 7,
        "Authorization": null, "Host": "evil.example"}}});
    let built = case.sent(&[headers]).unwrap();
    let sent = &built.request.headers;
    assert_eq!(["accept", "x-n"].map(|name| sent[name].to_str().unwrap()), ["text/csv", "7"]);
    assert!(!sent.contains_key("content-type") && !sent.contains_key("host") && !sent.contains_key(AUTHORIZATION));
    assert!(built.authorized, "spec E 5.1: a script's null counts as set");
    let wrong = json!({"done": {"request_vendor_headers": {"X-N": "a\nb"}}});
    assert_eq!(case.sent(&[wrong]).err().unwrap().0, "Invalid value for header: X-N");
    let body = |body: Value| json!({"done": {"request_vendor_body": body}});
    assert_eq!(case.body(&[body(json!({"a": [1, null]}))]), r#"{"a":[1,null]}"#);
    assert_eq!(case.body(&[body(json!("plain"))]), "plain");
    assert_eq!(case.body(&[body(json!("plain")), body(Value::Null)]), "");
    let wrapped = json!({"done": {"request_root_key": "a.b", "request_vendor_body": {"c": 1}}});
    assert_eq!(case.body(&[wrapped]), r#"{"a":{"b":{"c":1}}}"#);
    let method = json!({"done": {"request_vendor_method": "patch", "request_vendor_path": null}});
    assert_eq!(case.sent(&[method]).unwrap().request.method, "PATCH");
}

#[test]
fn scripts_change_the_address() {
    // Spec E 5.58, 5.88, 5.96, 7.39.
    let mut case = case(
        "GET",
        r#","vendorPath":"/t/{id}/{more}","parameters":[
            {"name":"id","type":"path","vendorName":"id","vendorType":"path"},
            {"name":"z","type":"query","vendorName":"z","vendorType":"query"}]"#,
    )
    .query("z", "1");
    let path = |path: &str| [json!({"done": {"request_vendor_path": path}})];
    let base = "https://api.example";
    assert_eq!(case.url(&[]), "value for 'more' not passed");
    assert_eq!(case.names(None)["request_vendor_path"], json!("/t/4%2F2/{more}"), "left for the scripts");
    let sent = Case {
        query: vec![],
        ..self::case(
            "GET",
            r#","vendorPath":"/t/{path}","parameters":[
        {"name":"path","type":"query","vendorName":"path","vendorType":"path"}]"#,
        )
    };
    let mut open = Open::of(sent.resource(), &sent.input(), true).unwrap();
    assert_eq!(open.address(sent.resource(), &sent.input()).path, "/t/{path}", "declared, without value");
    let built = open.finish(sent.resource(), &sent.input()).unwrap();
    assert_eq!(built.request.url.as_str(), "https://api.example/v1/t/");
    assert_eq!(open.address(sent.resource(), &sent.input()).path, "/t/", "spec E 7.35: as sent");
    assert_eq!(case.url(&path("/u/{id}")), format!("{base}/v1/u/4%2F2?z=1"));
    assert_eq!(
        case.url(&path("u v/%20/ä?a=b c&d={region}#x")),
        format!("{base}/v1/u%20v/%20/%C3%A4?a=b%20c&d=eu%23x&z=1")
    );
    assert_eq!(case.url(&path("https://other.example/{region}")), "https://other.example/eu?z=1");
    assert_eq!(case.url(&path("?a=1")), format!("{base}/v1?a=1&z=1"));
    assert_eq!(
        case.url(&path("/u/{password}")),
        "value for 'password' not passed",
        "masked values fill no such address"
    );
    assert_eq!(case.url(&path("/u?f={\"a\":1}")), format!("{base}/v1/u?f=%7B%22a%22:1%7D&z=1"));
    assert_eq!(case.url(&path("/u/{id}/x")), format!("{base}/v1/u/4%2F2/x?z=1"));
    case.values.insert("base.url".to_owned(), "https://api.example".to_owned());
    assert_eq!(case.url(&path("&a@evil.example/x")), "https://api.example/&a@evil.example/x?z=1");
    case.values.insert("base.url".to_owned(), "https://{missing}.example".to_owned());
    assert_eq!(case.url(&path("/u")), "No value for {missing}");
    assert_eq!(case.url(&path("https://other.example/u")), "https://other.example/u?z=1", "needs no base address");
}

#[test]
fn a_call_can_be_left_out() {
    // Spec E 7.36, 7.46, 5.94.
    let case = case("GET", r#","rootKey":"|items""#);
    let before = |changes: Value| {
        let mut open = Open::of(case.resource(), &case.input(), true).unwrap();
        changes::before(&done(&json!({"done": changes})), &mut open, &mut Replaced::default(), false)
    };
    assert!(before(json!({"response_body": [1]})).is_none(), "only together with continue");
    assert!(before(json!({"continue": "false"})).is_none());
    let reply = before(json!({"continue": false})).unwrap();
    assert_eq!((reply.status(), reply.is_error(), reply.body(false)), (200, false, None));
    assert!(matches!(reply.finish(case.resource()).unwrap().content, Content::Empty));
    let reply = before(json!({"continue": false, "response_body": {"items": [1, 2]}})).unwrap();
    assert_eq!(case.names(Some((&reply, false)))["response_body"], json!({"items": [1, 2]}));
    assert_eq!(text(&reply.finish(case.resource()).unwrap()), "[1,2]", "the root key is applied");
    let reply = before(json!({"continue": false, "response_status_code": 404})).unwrap();
    assert_eq!(reply.finish(case.resource()).unwrap_err().by_script.unwrap().status, 404);
    let reply = before(json!({"response_error_message": "no"})).unwrap();
    let failure = reply.finish(case.resource()).unwrap_err().by_script.unwrap();
    assert_eq!((failure.status, failure.message.as_deref()), (400, Some("no")));
    let reply = before(json!({"continue": false, "response_iserror": true})).unwrap();
    assert!(reply.is_error_for_scripts() && reply.status() == 400);
}

#[test]
fn scripts_see_the_answer() {
    // Spec E 7.27 to 7.32, 7.69.
    let case = case("GET", r#","rootKey":"|data.items""#);
    let reply = case.reply(201, r#"{"data": {"items": [{"a": 1}]}}"#);
    let own = case.names(Some((&reply, false)));
    assert_eq!(own["response_body"], json!([{"a": 1}]));
    assert_eq!(own["response_body_map"], json!([{"a": 1}]));
    assert_eq!(own["response_body_raw_map"], json!({"data": {"items": [{"a": 1}]}}));
    assert_eq!(own["response_body_raw"], json!(r#"{"data": {"items": [{"a": 1}]}}"#));
    assert_eq!(own["response_headers"], json!({"content-type": "application/json"}));
    assert_eq!((&own["response_status_code"], &own["response_iserror"]), (&json!(201), &json!(false)));
    assert_eq!(own["response_error"], Value::Null);
    let global = case.names(Some((&reply, true)));
    assert_eq!(global["response_body"], json!({"data": {"items": [{"a": 1}]}}), "before the root key");
    let reply = case.reply(422, r#"{"data": {"items": []}, "message": "bad"}"#);
    let names = case.names(Some((&reply, false)));
    assert_eq!(names["response_body"], json!({"data": {"items": []}, "message": "bad"}), "spec E 7.35");
    assert_eq!((&names["response_iserror"], &names["response_error"]), (&json!(true), &json!("bad")));
    let reply = case.reply(500, "<html>");
    let names = case.names(Some((&reply, false)));
    assert_eq!((&names["response_body"], &names["response_body_map"]), (&json!("<html>"), &Value::Null));
    let reply = case.reply(302, "");
    assert_eq!(case.names(Some((&reply, false)))["response_iserror"], json!(true));
}

/// Returns what becomes of an answer after the changes of scripts, each of which is global or not.
fn after(case: &Case, mut reply: Reply, changes: &[(Value, bool)]) -> Result<Read, VendorError> {
    for (change, is_global) in changes {
        changes::after(&done(&json!({"done": change})), &mut reply, *is_global);
    }
    reply.finish(case.resource())
}

#[test]
fn scripts_change_the_body() {
    // Spec E 5.75, 7.44, 7.69, 7.71.
    let case = case("GET", r#","rootKey":"|boards""#);
    let body = |change: Value, is_global| [(json!({"response_body": change}), is_global)];
    let wrapped = || case.reply(200, r#"{"boards": [1]}"#);
    let other = || case.reply(200, r#"{"x": 1}"#);
    let of = |reply: Reply, changes: &[(Value, bool)]| text(&after(&case, reply, changes).unwrap());
    assert_eq!(of(wrapped(), &[]), "[1]");
    assert_eq!(of(other(), &body(json!({"boards": [2]}), false)), "[2]", "the path led nowhere before");
    assert_eq!(
        of(wrapped(), &body(json!({"boards": [2]}), false)),
        r#"{"boards":[2]}"#,
        "a record may have the member"
    );
    assert_eq!(of(wrapped(), &body(json!({"boards": [2]}), true)), "[2]", "a global one");
    let both = [body(json!({"boards": [2]}), false), [(json!({"console": 1}), true)]].concat();
    assert_eq!(of(wrapped(), &both), r#"{"boards":[2]}"#, "a global one that returns none changes nothing");
    assert_eq!(of(wrapped(), &body(json!("[3, {}]"), false)), "[3,{}]", "a text that is JSON");
    assert_eq!(of(wrapped(), &body(json!("plain"), false)), r#""plain""#);
    assert_eq!(of(wrapped(), &body(Value::Null, false)), "[1]", "spec E 7.53");
    assert_eq!(of(wrapped(), &[(json!({"response_body_raw": "raw"}), false)]), r#""raw""#, "spec E 7.47");
    let returned = after(&case, other(), &body(json!({"y": 1}), false)).unwrap();
    assert!(returned.found, "spec E 9.28: a script returned it");
}

#[test]
fn scripts_make_and_mend_errors() {
    // Spec E 5.81, 7.45, 7.46, 7.54.
    let case = case("GET", "");
    let failure = |status: u16, body: &str, change: Value| {
        let error = after(&case, case.reply(status, body), &[(change, false)]).unwrap_err();
        error.by_script.map(|by| (by.status, by.message.unwrap_or_default(), by.provider_message.unwrap_or_default()))
    };
    let is = |status: u16, message: &str, provider: &str| Some((status, message.to_owned(), provider.to_owned()));
    let (fault, ok) = (r#"{"fault":{"text":"title taken"}}"#, "{}");
    let made = failure(422, fault, json!({"response_error_message": "title taken", "response_status_code": 422}));
    assert_eq!(made, is(422, "title taken", fault), "spec E 11.9");
    assert_eq!(failure(200, ok, json!({"response_status_code": 404})), is(404, "", ""));
    assert_eq!(failure(200, ok, json!({"response_error": "no"})), is(400, "no", ""));
    assert_eq!(failure(200, ok, json!({"response_error": "no", "response_status_code": 200})), is(400, "no", ""));
    let raw = json!({"response_status_code": 409, "response_body_raw": "clash", "response_body": {"message": "m"}});
    assert_eq!(failure(200, ok, raw), is(409, "", "clash"));
    let body = json!({"response_status_code": 409, "response_body": {"message": "m"}});
    assert_eq!(failure(200, ok, body), is(409, "", "m"));
    let same = json!({"response_error_message": "m", "response_status_code": 503});
    assert_eq!(failure(404, r#"{"message":"gone"}"#, same), is(503, "m", "gone"));
    let unsaid =
        after(&case, case.reply(404, "{}"), &[(json!({"response_body": {"message": "m"}}), false)]).unwrap_err();
    assert!(unsaid.by_script.is_none() && unsaid.status == Some(404), "status and message are the vendor's");
    assert_eq!(unsaid.provider_message().as_deref(), Some("m"));
    let mended = json!({"response_status_code": 200, "response_body": []});
    assert_eq!(text(&after(&case, case.reply(404, "{}"), &[(mended, false)]).unwrap()), "[]");
    let mended = json!({"response_status_code": 200});
    assert_eq!(text(&after(&case, case.reply(404, r#"{"a":1}"#), &[(mended, false)]).unwrap()), r#"{"a":1}"#);
    let both = [(json!({"response_error": "no"}), false), (json!({"response_status_code": 202}), true)];
    assert!(after(&case, case.reply(200, ok), &both).is_ok(), "a later script mends an earlier one's error");
}

#[test]
fn headers_of_scripts_are_those_of_the_platform() {
    // Spec E 5.84, 6.23, 7.48.
    let case = case("GET", "");
    let headers =
        json!({"response_headers": {"Elements-Next-Page-Token": 42, "elements-total-count": 7, "X-Own": "no"}});
    let read = after(&case, case.reply(200, "[]"), &[(headers, false)]).unwrap();
    let by_script = read.by_script.unwrap();
    assert_eq!(by_script.cursor.as_deref(), Some("42"));
    let names: Vec<&HeaderName> = by_script.headers.keys().collect();
    assert_eq!(names, ["elements-total-count"]);
    let end = json!({"response_headers": {"elements-next-page-token": null}});
    let read = after(&case, case.reply(200, "[]"), &[(end, false)]).unwrap();
    assert_eq!(read.by_script.unwrap().cursor.as_deref(), Some(""));
}

#[test]
fn only_what_changed_is_stored() {
    // Spec E 7.49, 7.51, 7.53, 7.55.
    let given = r#"{"a":"1","b":null,"c":"x","n":"5"}"#;
    let written =
        |changes: Value, is_before| changes::configuration(&done(&json!({"done": changes})), given, is_before);
    let all = json!({"configuration": {"a": "1", "b": null, "c": null, "n": 5, "new": {"x": [1]}, "flag": true}});
    let mut values: BTreeMap<String, String> = [("c".to_owned(), "x".to_owned())].into();
    written(all.clone(), false).unwrap().apply(&mut values);
    let expected = [("flag", "true"), ("new", r#"{"x":[1]}"#)].map(|(key, value)| (key.to_owned(), value.to_owned()));
    assert_eq!(values, expected.into());
    assert!(written(all, true).unwrap().is_empty(), "without effect before the call");
    assert!(written(json!({"connection_identity": "me"}), true).unwrap().has("connection.identity"));
    assert!(
        written(json!({"configuration": {"a": "x".repeat((64 << 10) + 1)}}), false).unwrap_err().contains("64 KiB")
    );
    assert!(written(json!({"configuration": "x"}), false).unwrap().is_empty());
    let many = |count: usize, size: usize| -> Value {
        let members = (0..count).map(|n| (format!("k{n}"), Value::from("x".repeat(size)))).collect();
        json!({"configuration": Value::Object(members)})
    };
    assert!(written(many(900, 1), false).is_ok());
    assert!(written(many(1_000, 1), false).unwrap_err().contains("1000 keys"));
    assert!(written(many(20, 60_000), false).unwrap_err().contains("1 MiB"));
}

#[test]
fn chains_have_at_most_five_steps() {
    // Spec E 7.63 to 7.65, 7.73.
    let chain = |steps: &[(&str, Option<&str>)]| {
        let resource =
            |(path, next): &(&str, Option<&str>)| json!({"method": "GET", "path": path, "nextResource": next});
        let resources: Vec<Value> = steps.iter().map(resource).collect();
        let document = json!({"name": "x", "authentication": {"type": "none"}, "resources": resources});
        let definition = definition(&document.to_string());
        let steps = chain::steps(&definition, &definition.resources[0]);
        steps.map(|steps| steps.len()).map_err(|refused| refused.0)
    };
    assert_eq!(chain(&[("/a", Some("GET:/hubs/other/b")), ("/hubs/crm/b", Some(" get:/c ")), ("/c", None)]), Ok(3));
    assert_eq!(chain(&[("/a", Some("GET:/nowhere"))]), Err("The next resource GET:/nowhere is not known".to_owned()));
    let long = Err("A chain may have at most 5 resources".to_owned());
    assert_eq!(chain(&[("/a", Some("GET:/a"))]), long, "a circle is a long chain");
    let names = ["/a", "/b", "/c", "/d", "/e", "/f"];
    let step = |at: usize| Some(["GET:/b", "GET:/c", "GET:/d", "GET:/e", "GET:/f"][at]);
    let of = |count: usize| -> Vec<(&str, Option<&str>)> {
        (0..count).map(|at| (names[at], if at + 1 < count { step(at) } else { None })).collect()
    };
    assert_eq!(chain(&of(5)), Ok(5));
    assert_eq!(chain(&of(6)), long);
}

#[test]
fn errors_of_scripts_have_no_secrets() {
    // Spec E 7.61.
    let case = case("GET", "");
    let failure = ScriptFailure {
        script: "GET /things/preRequest".to_owned(),
        place: Some((3, 14)),
        message: "no hush-hush in region eu".to_owned(),
        cause: FailureCause::Script,
        console: Vec::new(),
    };
    let error = errors::failed(&failure, case.input().settings, true);
    let text = format!("GET /things/preRequest:3:14: no {} in region eu", crate::auth::MASK);
    assert_eq!(error.message.as_deref(), Some(&*text));
    assert_eq!(error.kind, VendorErrorKind::Script);
    assert!(error.leaves_outcome_open(), "the vendor was called");
    assert!(!errors::failed(&failure, case.input().settings, false).leaves_outcome_open());
}
