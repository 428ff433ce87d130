//! Requests, statement by statement.

use std::collections::BTreeMap;

use http::HeaderMap;
use http::header::{ACCEPT, CONTENT_TYPE, HeaderName, HeaderValue};
use proptest::prelude::*;

use super::*;
use crate::elements::definition::document::Definition;
use crate::elements::definition::testing::{definition, resource};
use crate::query::parse_where;

/// A definition with one resource of these parameters.
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

impl Case {
    /// Creates a case of `METHOD /things` with these members of the resource, and these global parameters.
    fn new(method: &str, resource: &str, global: &str) -> Self {
        let document = format!(
            r#"{{"name":"x","authentication":{{"type":"custom"}},"parameters":[{global}],"configuration":[
                {{"key":"base.url","defaultValue":"https://api.example/v1"}},{{"key":"empty"}}],
                "resources":[{{"method":"{method}","path":"/hubs/general/things"{resource}}}]}}"#
        );
        Self::of(&document)
    }

    fn of(document: &str) -> Self {
        Self {
            definition: definition(document),
            values: BTreeMap::new(),
            path: PathValues::default(),
            query: Vec::new(),
            headers: HeaderMap::new(),
            body: InputBody::Empty,
            condition: None,
            page: None,
        }
    }

    fn value(mut self, key: &str, value: &str) -> Self {
        self.values.insert(key.to_owned(), value.to_owned());
        self
    }

    fn query(mut self, name: &str, value: &str) -> Self {
        self.query.push((name.to_owned(), value.to_owned()));
        self
    }

    fn path(mut self, name: &str, value: &str) -> Self {
        let known: Vec<_> = self.path.iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        self.path = known.into_iter().chain([(name.to_owned(), value.to_owned())]).collect();
        self
    }

    fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.insert(HeaderName::try_from(name).unwrap(), HeaderValue::try_from(value).unwrap());
        self
    }

    fn json(mut self, body: &str) -> Self {
        self.body = InputBody::Json(body.to_owned());
        self
    }

    fn condition(mut self, condition: &str) -> Self {
        self.condition = parse_where(condition).unwrap();
        self
    }

    fn page(mut self, page: PageValues) -> Self {
        self.page = Some(page);
        self
    }

    fn built_of(&self, place: &str) -> Result<Built, Refused> {
        let input = Input {
            settings: Settings::new(&self.definition, &self.values),
            path: &self.path,
            query: &self.query,
            headers: &self.headers,
            body: &self.body,
            condition: self.condition.as_ref(),
            page: self.page.as_ref(),
            previous: None,
        };
        build(resource(&self.definition, place), &input)
    }

    fn built(&self) -> Result<Built, Refused> {
        let first = &self.definition.resources[0];
        self.built_of(&format!("{} {}", first.method, first.path))
    }

    fn url(&self) -> String {
        self.built().map_or_else(|refused| refused.0, |built| built.request.url.to_string())
    }

    fn body(&self) -> String {
        let built = self.built().map(|built| String::from_utf8_lossy(&built.request.body).into_owned());
        built.unwrap_or_else(|refused| refused.0)
    }

    fn sent_header(&self, name: HeaderName) -> String {
        let built = self.built().unwrap();
        String::from_utf8_lossy(built.request.headers.get(name).map_or(b"", |value| value.as_bytes())).into_owned()
    }
}

fn refused(case: &Case) -> String {
    case.built().err().map(|refused| refused.0).unwrap_or_default()
}

/// Returns the resource members for these parameters.
fn with(parameters: &str) -> String {
    format!(r#","vendorPath":"/things","parameters":[{parameters}]"#)
}

#[test]
fn sources_reach_a_query() {
    // Spec E 5.10 to 5.16, 5.18, 5.19, 5.31: every source to a query, in document order.
    let parameters = with(
        r#"{"type":"value","name":"a b","vendorName":"v","vendorType":"query"},
           {"type":"customValue","name":"cv","vendorName":"cv","vendorType":"query"},
           {"type":"configuration","name":"key","vendorName":"k","vendorType":"query"},
           {"type":"header","name":"X-One","vendorName":"h","vendorType":"query"},
           {"type":"path","name":"id","vendorName":"p","vendorType":"query"},
           {"type":"query","name":"q","vendorName":"$q[]","vendorType":"query"},
           {"type":"bodyField","name":"a.b","vendorName":"f","vendorType":"query"},
           {"type":"bodyField","name":"list","vendorName":"l","vendorType":"query"},
           {"type":"form","name":"flag","vendorName":"fl","vendorType":"query"},
           {"type":"no-op","name":"n","vendorName":"n","vendorType":"query"},
           {"type":"query","name":"absent","vendorName":"absent","vendorType":"query"}"#,
    );
    let case = Case::new("POST", &parameters, "")
        .value("key", "k/1")
        .header("x-one", "é")
        .path("id", "7")
        .query("q", "1&2")
        .query("q", "3")
        .query("unknown", "never sent on, spec E 5.59")
        .json(r#"{"a":{"b":1.50},"list":[1,"x",{"y":2}],"flag":true}"#);
    assert_eq!(
        case.url(),
        "https://api.example/v1/things?v=a%20b&cv=cv&k=k%2F1&h=%C3%A9&p=7&%24q%5B%5D=1%262&%24q%5B%5D=3&f=1.50\
         &l=1&l=x&l=%7B%22y%22%3A2%7D&fl=true"
    );
    // Spec E 5.19: an object as value.
    let spread =
        Case::new("POST", &with(r#"{"type":"body","name":"body","vendorName":"body","vendorType":"query"}"#), "");
    assert_eq!(
        spread.json(r#"{"email":"a@x","n":1,"none":null,"o":{"b":[1, 2]}}"#).url(),
        "https://api.example/v1/things?email=a%40x&n=1&o=%7B%22b%22%3A%5B1%2C2%5D%7D"
    );
}

#[test]
fn later_parameters_replace_and_queries_add_up() {
    // Spec E 5.4, before E 5.10: global parameters first, later ones replace; values of a query add up.
    let global = r#"{"type":"value","name":"one","vendorName":"X-A","vendorType":"header"},
        {"type":"value","name":"1","vendorName":"q","vendorType":"query"}"#;
    let own = with(
        r#"{"type":"value","name":"two","vendorName":"x-a","vendorType":"header"},
           {"type":"value","name":"2","vendorName":"q","vendorType":"query"}"#,
    );
    let case = Case::new("GET", &own, global);
    assert_eq!(case.sent_header(HeaderName::from_static("x-a")), "two");
    assert_eq!(case.url(), "https://api.example/v1/things?q=1&q=2");
}

#[test]
fn literals_are_filled() {
    // Spec E 5.32 to 5.36.
    let literal = |name: &str| {
        let own = with(&format!(r#"{{"type":"value","name":"{name}","vendorName":"X-L","vendorType":"header"}}"#));
        Case::new("POST", &own, "")
            .value("a.key", "v")
            .value("username", "ann")
            .value("password", "p)w")
            .header("x-h", "hv")
            .path("id", "7")
            .query("q", "qv")
            .json(r#"{"b":{"c":5}}"#)
            .sent_header(HeaderName::from_static("x-l"))
    };
    assert_eq!(literal("${configuration.a.key}|${header.X-H}|${body.b.c}|${query.q}|${path.id}"), "v|hv|5|qv|7");
    assert_eq!(literal("${a.key} ${username}"), "v ann");
    assert_eq!(literal("Basic CE.b64(${configuration.username}:${configuration.password})"), "Basic YW5uOnApdw==");
    assert_eq!(literal("CE.md5(abc)"), "900150983cd24fb0d6963f7d28e17f72");
    // Spec E 5.36: what cannot be filled stays.
    assert_eq!(
        literal("${nothing} {x} ${query.z} {} { ${webhookCallbackUrl}"),
        "${nothing} {x} ${query.z} {} { ${webhookCallbackUrl}"
    );
    assert_eq!(literal("a${configuration.empty}b"), "ab");
    assert_eq!(literal("${configuration.empty}"), "");
}

#[test]
fn literals_for_addresses_are_not_encoded_twice() {
    // Spec E 5.37.
    let own = with(
        r#"{"type":"value","name":"Name='Bill+Number'%20x%2","vendorName":"q","vendorType":"query"},
           {"type":"value","name":"${query.v}+a","vendorName":"w","vendorType":"query"}"#,
    );
    let url = Case::new("GET", &own, "").query("v", "1+1 %41").url();
    // A value is encoded as a whole (spec E 5.96, last sentence).
    assert_eq!(url, "https://api.example/v1/things?q=Name%3D%27Bill+Number%27%20x%252&w=1%2B1%20%2541+a");
}

#[test]
fn values_are_never_read_again() {
    // Spec E 5.86.
    let own = r#","vendorPath":"/things/{id}","parameters":[
        {"type":"path","name":"id","vendorName":"id","vendorType":"path"},
        {"type":"value","name":"CE.b64(${query.q}) ${query.q}","vendorName":"X-L","vendorType":"header"},
        {"type":"query","name":"q","vendorName":"t","vendorType":"bodyToken"},
        {"type":"value","name":"{\"a\":\"{t} ${query.q}\"}","vendorName":"body","vendorType":"body"}]"#;
    let case = Case::new("POST", own, "")
        .value("secret", "s3cret")
        .path("id", "{base.url}${configuration.secret}")
        .query("q", "${configuration.secret}{t}CE.b64(x)\"");
    let built = case.built().unwrap();
    let shown = format!("{} {:?} {:?}", built.request.url, built.request.headers, built.request.body);
    assert!(!shown.contains("s3cret"), "{shown}");
    assert_eq!(case.body(), r#"{"a":"${configuration.secret}{t}CE.b64(x)\" ${configuration.secret}{t}CE.b64(x)\""}"#);
}

#[test]
fn secrets_of_the_platform_are_no_values() {
    // Spec E 5.95.
    let own = with(
        r#"{"type":"header","name":"Authorization","vendorName":"X-A","vendorType":"header"},
           {"type":"header","name":"cookie","vendorName":"c","vendorType":"query"},
           {"type":"value","name":"${header.authorization}${header.Proxy-Authorization}","vendorName":"X-L","vendorType":"header"}"#,
    );
    let case = Case::new("GET", &own, "")
        .header("authorization", "User s3cret")
        .header("proxy-authorization", "s3cret")
        .header("cookie", "s3cret");
    let built = case.built().unwrap();
    assert_eq!(built.request.url.as_str(), "https://api.example/v1/things");
    assert!(built.request.headers.get("x-a").is_none());
    assert_eq!(built.request.headers["x-l"], "${header.authorization}${header.Proxy-Authorization}");
}

#[test]
fn tokens_fill_templates() {
    let template = |template: &str, more: &str| {
        with(&format!(
            r#"{{"type":"value","name":{},"vendorName":"body","vendorType":"body"}}{more}"#,
            serde_json::Value::from(template)
        ))
    };
    let whole = r#",{"type":"body","name":"body","vendorName":"data","vendorType":"bodyToken"}"#;
    // Spec E 5.47, first form: the whole body.
    let case = Case::new("POST", &template(r#"{"d": {data}, "x": "{a}"}"#, whole), "");
    assert_eq!(case.json(r#"{"a": 1}"#).body(), r#"{"d": {"a":1}, "x": "{a}"}"#);
    // Spec E 5.47, second form, and E 5.48: members of the body, by their context.
    let case = Case::new("POST", &template(r#"{"a":{o.n},"b":"{o.t}","c":{o.t},"d":{o.j},"e":{z}}"#, whole), "");
    assert_eq!(
        case.json(r#"{"o":{"n":1e2,"t":"x\"y","j":"[1]"}}"#).body(),
        r#"{"a":1e2,"b":"x\"y","c":"x\"y","d":[1],"e":{z}}"#
    );
    // Spec E 5.48 in XML.
    let case = Case::new("POST", &template("<a>{o.t}</a>{o}<z>{list}</z>", whole), "");
    assert_eq!(
        case.json(r#"{"o":{"t":"<&","@id":"no","n":1},"list":[{"i":1},{"i":2}]}"#).body(),
        "<a>&lt;&amp;</a><t>&lt;&amp;</t><n>1</n><z><i>1</i><i>2</i></z>"
    );
    // Spec E 5.46, 5.49, 5.87: a token with a parameter is filled by it or stays.
    let named = r#",{"type":"query","name":"q","vendorName":"o","vendorType":"bodyToken"},
        {"type":"body","name":"body","vendorName":"data","vendorType":"bodyToken"}"#;
    let case = Case::new("POST", &template("<a>{o}</a><b>{p}</b>", named), "").json(r#"{"o":"body","p":"P"}"#);
    assert_eq!(case.body(), "<a>{o}</a><b>P</b>");
    assert_eq!(case.query("q", "Q").body(), "<a>Q</a><b>P</b>");
}

#[test]
fn query_templates_know_page_and_condition() {
    // Spec E 5.50.
    let own = with(
        r#"{"type":"query","name":"where","vendorName":"where","vendorType":"bodyToken"},
           {"type":"value","name":"SELECT Id where {where} LIMIT {pageSize} OFFSET {page} {nextPage}","vendorName":"q","vendorType":"query"}"#,
    );
    let page = PageValues { page: Some(20), size: Some(10), ..PageValues::default() };
    let case = Case::new("GET", &own, "").condition("a = 'x y'").page(page);
    assert_eq!(
        case.url(),
        "https://api.example/v1/things?q=SELECT%20Id%20where%20a%20%3D%20%27x%20y%27%20LIMIT%2010%20OFFSET%2020%20%7BnextPage%7D"
    );
    let odata = with(
        r#"{"type":"query","name":"where","vendorName":"converter:toODataFilter","vendorType":"no-op"},
           {"type":"value","name":"{where}","vendorName":"f","vendorType":"query"}"#,
    );
    assert_eq!(Case::new("GET", &odata, "").condition("a = 1").url(), "https://api.example/v1/things?f=a%20eq%201");
}

#[test]
fn required_parameters_are_asked_for() {
    // Spec E 5.51, 5.52.
    let own = |kind: &str, name: &str| {
        with(&format!(r#"{{"type":"{kind}","name":"{name}","vendorName":"v","vendorType":"query","required":true}}"#))
    };
    for (kind, name) in [("query", "q"), ("header", "h"), ("body", "body"), ("bodyField", "a"), ("form", "f")] {
        assert_eq!(refused(&Case::new("POST", &own(kind, name), "")), format!("required parameter '{name}' not found"));
    }
    assert_eq!(refused(&Case::new("POST", &own("query", "q"), "").query("q", "")), "");
    assert_eq!(refused(&Case::new("POST", &own("body", "body"), "").json("{}")), "");
    for (kind, name) in [
        ("configuration", "no"),
        ("value", "x"),
        ("query", "page"),
        ("query", "pageSize"),
        ("query", "nextPage"),
        ("no-op", "n"),
    ] {
        assert_eq!(refused(&Case::new("POST", &own(kind, name), "")), "", "{kind} {name}");
    }
    let system = format!(r#","type":"onProvision"{}"#, own("query", "q"));
    assert_eq!(refused(&Case::new("POST", &system, "")), "");
    // A condition that cannot be sent is given all the same.
    let condition = with(
        r#"{"type":"query","name":"where","vendorName":"converter:toQueryParameters","vendorType":"query","required":true}"#,
    );
    assert_eq!(refused(&Case::new("GET", &condition, "").condition("a > 1")), "");
}

#[test]
fn addresses_are_joined() {
    // Spec E 5.54, 5.55.
    let url = |base: &str, path: &str| {
        let own = if path == "-" { String::new() } else { format!(r#","vendorPath":"{path}""#) };
        Case::new("GET", &own, "").value("base.url", base).url()
    };
    assert_eq!(url("https://h.example/a/", "/b"), "https://h.example/a/b");
    assert_eq!(url("https://h.example/a", "b/"), "https://h.example/a/b/");
    assert_eq!(url("https://h.example/a", "-"), "https://h.example/a");
    assert_eq!(url("https://h.example/a", ""), "https://h.example/a");
    assert_eq!(url("https://h.example/a", "?x=1"), "https://h.example/a?x=1");
    assert_eq!(url("https://h.example/a?x=1", "&y=2"), "https://h.example/a?x=1&y=2");
    assert_eq!(url("https://h.example/a", "https://other.example/z"), "https://other.example/z");
    assert_eq!(url("https://h.example/a?k=1", "/b?l=2"), "https://h.example/a/b?k=1&l=2");
    // Spec E 5.97.
    assert_eq!(url("https://h.example/a", "/b//c"), "https://h.example/a/b//c");
    assert_eq!(url(" ", "/b"), "Missing required configuration: base.url");
    assert_eq!(url("no address", "/b"), "Invalid value for configuration: base.url");
}

#[test]
fn kept_queries_take_the_values_of_parameters() {
    // Spec E 5.55, 5.56.
    let own = r#","vendorPath":"/t?fixed=1&country={c}&q=old","parameters":[
        {"type":"query","name":"c","vendorName":"c","vendorType":"path"},
        {"type":"query","name":"q","vendorName":"q","vendorType":"query"},
        {"type":"value","name":"2","vendorName":"z","vendorType":"query"}]"#;
    let case = Case::new("GET", own, "").query("c", "a&b/c").query("q", "n").query("q", "m");
    assert_eq!(
        case.url(),
        "https://api.example/v1/t?fixed=1&country=a%26b%2Fc&q=n&z=2&q=m".replace("&z=2&q=m", "&q=m&z=2")
    );
}

#[test]
fn path_values_are_one_part() {
    // Spec E 5.20, 5.57, 5.58, 5.97, 3.19.
    let own = r#","vendorPath":"/t/{:id}/{conf}/{lit}/{plain}","parameters":[
        {"type":"path","name":"id","vendorName":":id","vendorType":"path"},
        {"type":"configuration","name":"c","vendorName":"conf","vendorType":"path"},
        {"type":"value","name":"a%20b+c/d","vendorName":"lit","vendorType":"path"}]"#;
    let case = |id: &str, c: &str| Case::new("GET", own, "").path("id", id).value("c", c).value("plain", "x/y z");
    assert_eq!(case("a/b?#%2F", "x/y").url(), "https://api.example/v1/t/a%2Fb%3F%23%252F/x/y/a%20b+c%2Fd/x/y%20z");
    assert_eq!(case("..", "x").url(), "Invalid value for path: id");
    assert_eq!(case("1", "x/../y").url(), "Invalid value for path: c");
    assert_eq!(case("%2e%2e", "x").url(), "https://api.example/v1/t/%252e%252e/x/a%20b+c%2Fd/x/y%20z");
    // Spec E 5.58: an unknown placeholder, and one of a parameter without value.
    let own =
        r#","vendorPath":"/t/{q}/{z}","parameters":[{"type":"query","name":"q","vendorName":"q","vendorType":"path"}]"#;
    assert_eq!(refused(&Case::new("GET", own, "")), "value for 'z' not passed");
    assert_eq!(Case::new("GET", own, "").value("z", "1").url(), "https://api.example/v1/t//1");
    // Spec E 5.97: parts that together make `..`.
    let own =
        r#","vendorPath":"/t/.{q}/x","parameters":[{"type":"query","name":"q","vendorName":"q","vendorType":"path"}]"#;
    assert_eq!(refused(&Case::new("GET", own, "").query("q", ".")), "Invalid value for path: q");
    let own = r#","vendorPath":"/t/{q}/x","parameters":[{"type":"value","name":"%2e%2E","vendorName":"q","vendorType":"path"}]"#;
    assert_eq!(refused(&Case::new("GET", own, "")), "Invalid value for path: %2e%2E");
}

#[test]
fn hosts_are_never_the_callers() {
    // Spec E 3.18, 3.19, 3.39.
    let global = r#"{"type":"configuration","name":"subdomain","vendorName":"sub","vendorType":"path"}"#;
    let case = |base: &str| Case::new("GET", r#","vendorPath":"/t""#, global).value("base.url", base);
    let one = |base: &str, value: &str| case(base).value("subdomain", value).url();
    assert_eq!(one("https://{sub}.desk.example/api", "acme"), "https://acme.desk.example/api/t");
    for wrong in ["evil.example/x?", "a@b", "a:1", "a#", "ä", "a%2f", "a b", "a\\b"] {
        assert_eq!(
            one("https://{sub}.desk.example/api", wrong),
            "Invalid value for configuration: subdomain",
            "{wrong}"
        );
    }
    assert_eq!(one("{sub}", "https://whole.example/a%20b?k=1"), "https://whole.example/a%20b/t?k=1");
    assert_eq!(one("https://{sub}", "whole.example:8443/x"), "https://whole.example:8443/x/t");
    assert_eq!(refused(&case("https://{sub}.desk.example")), "No value for {sub}");
    assert_eq!(refused(&case("https://h.example/{other}")), "No value for {other}");
    assert_eq!(case("https://{other}.example/{other}").value("other", "o").url(), "https://o.example/o/t");
    // A caller's value never names the host, nor does a literal that would bring one.
    for parameter in [
        r#"{"type":"query","name":"q","vendorName":"sub","vendorType":"path"}"#,
        r#"{"type":"header","name":"q","vendorName":"sub","vendorType":"path"}"#,
        r#"{"type":"path","name":"q","vendorName":"sub","vendorType":"path"}"#,
    ] {
        let own = format!(r#","vendorPath":"/t/{{sub}}","parameters":[{parameter}]"#);
        let case = Case::new("GET", &own, "").value("base.url", "https://{sub}.desk.example").query("q", "evil");
        let case = case.header("q", "evil").path("q", "evil");
        assert_eq!(refused(&case), "No value for {sub}", "{parameter}");
        assert_eq!(case.value("sub", "acme").url(), "https://acme.desk.example/t/evil");
    }
    let literal = r#","vendorPath":"https://{sub}.desk.example/","parameters":[
        {"type":"value","name":"${query.q}","vendorName":"sub","vendorType":"path"}]"#;
    let shown = Case::new("GET", literal, "").query("q", "evil").url();
    assert_eq!(shown, "Invalid value for configuration: ${query.q}");
}

#[test]
fn headers_have_defaults_and_limits() {
    // Spec E 5.60, 5.62, 5.89.
    let case = Case::new("GET", "", "");
    assert_eq!(case.sent_header(ACCEPT), "application/json");
    assert_eq!(case.sent_header(CONTENT_TYPE), "application/json");
    let own = with(
        r#"{"type":"value","name":"text/csv","vendorName":"accept","vendorType":"header"},
           {"type":"value","name":"evil.example","vendorName":"Host","vendorType":"header"},
           {"type":"value","name":"9","vendorName":"content-length","vendorType":"header"},
           {"type":"value","name":"gzip","vendorName":"Accept-Encoding","vendorType":"header"},
           {"type":"query","name":"q","vendorName":"X-Q","vendorType":"header"}"#,
    );
    let case = Case::new("GET", &own, "").query("q", "  é  ").header("x-other", "never sent");
    let built = case.built().unwrap();
    assert_eq!(
        built.request.headers.keys().map(HeaderName::as_str).collect::<Vec<_>>(),
        ["accept", "content-type", "x-q"]
    );
    assert_eq!(case.sent_header(HeaderName::from_static("x-q")), "é");
    for wrong in ["a\nb", "a\u{0}b", "a\tb", "a\u{7f}b"] {
        let case = Case::new("GET", &own, "").query("q", wrong);
        assert_eq!(refused(&case), "Invalid value for header: X-Q");
    }
    let wrong = with(r#"{"type":"value","name":"x","vendorName":"no token","vendorType":"header"}"#);
    assert_eq!(refused(&Case::new("GET", &wrong, "")), "Invalid value for header: no token");
}

#[test]
fn authorization_of_parameters_is_known() {
    // Spec E 4.16, 4.38.
    let authorized = |parameter: &str| {
        let case = Case::new("GET", &with(parameter), "").value("oauth.user.token", "t");
        case.built().unwrap().authorized
    };
    assert!(authorized(r#"{"type":"value","name":"x","vendorName":"authorization","vendorType":"header"}"#));
    assert!(authorized(r#"{"type":"configuration","name":"oauth.user.token","vendorName":"t","vendorType":"query"}"#));
    assert!(authorized(r#"{"type":"value","name":"a ${oauth.user.token}","vendorName":"t","vendorType":"query"}"#));
    assert!(!authorized(r#"{"type":"configuration","name":"other","vendorName":"t","vendorType":"query"}"#));
}

#[test]
fn bodies_are_made_and_wrapped() {
    // Spec E 5.15, 5.16, 5.22, 5.23, 5.31, 5.63, 5.64, 5.91.
    let body = r#"{"type":"body","name":"body","vendorName":"body","vendorType":"body"}"#;
    let wrapped = format!(r#","vendorPath":"/t","rootKey":"a.b|x","parameters":[{body}]"#);
    assert_eq!(
        Case::new("POST", &wrapped, "").json(r#"{"n":12345678901234567890.10}"#).body(),
        r#"{"a":{"b":{"n":12345678901234567890.10}}}"#
    );
    assert_eq!(Case::new("POST", &wrapped, "").body(), "");
    assert_eq!(Case::new("GET", &wrapped, "").json("{}").body(), "");
    let one_part = format!(r#","vendorPath":"/t","rootKey":"x","parameters":[{body}]"#);
    assert_eq!(Case::new("POST", &one_part, "").json("{}").body(), "{}");
    let fields = with(
        r#"{"type":"bodyField","name":"a.x","vendorName":"p.q","vendorType":"bodyField"},
           {"type":"query","name":"n","vendorName":"p.n","vendorType":"bodyField","vendorDataType":"integer"},
           {"type":"query","name":"b","vendorName":"p.b","vendorType":"bodyField","vendorDataType":"boolean"},
           {"type":"query","name":"t","vendorName":"list[1].t","vendorType":"bodyField"},
           {"type":"value","name":"const","vendorName":"c","vendorType":"bodyField"}"#,
    );
    let case = Case::new("POST", &fields, "").json(r#"{"a":{"x":[1, null]},"rest":1}"#);
    assert_eq!(
        case.query("n", "05").query("b", "true").query("t", "5").body(),
        r#"{"p":{"q":[1,null],"n":"05","b":true},"list":[null,{"t":"5"}],"c":"const"}"#
    );
    // Spec E 5.22: a literal goes before a body value, and is not wrapped; a GET sends it (spec E 5.91).
    let literal = format!(
        r#","vendorPath":"/t","rootKey":"a|","parameters":[{{"type":"value","name":"{{\"l\":1}}","vendorName":"body","vendorType":"body"}},{body}]"#
    );
    assert_eq!(Case::new("POST", &literal, "").json("{}").body(), r#"{"l":1}"#);
    assert_eq!(Case::new("GET", &literal, "").body(), r#"{"l":1}"#);
}

#[test]
fn forms_set_their_type() {
    // Spec E 5.14, 5.25, 5.61, 5.90.
    let global = r#"{"type":"value","name":"application/json","vendorName":"Content-Type","vendorType":"header"}"#;
    let own = with(
        r#"{"type":"form","name":"a","vendorName":"A","vendorType":"form"},
           {"type":"bodyField","name":"o","vendorName":"o","vendorType":"form"},
           {"type":"value","name":"authorization_code","vendorName":"grant_type","vendorType":"form"},
           {"type":"bodyField","name":"b","vendorName":"b","vendorType":"bodyField"}"#,
    );
    let case = Case::new("POST", &own, global).json(r#"{"a":"x &y","b":1,"o":{"m":[1, 2],"n":null}}"#);
    assert_eq!(case.body(), "A=x%20%26y&m=%5B1%2C2%5D&grant_type=authorization_code");
    assert_eq!(case.sent_header(CONTENT_TYPE), "application/x-www-form-urlencoded");
    // A literal of the resource wins.
    let own = own.replace(
        r#""parameters":["#,
        r#""parameters":[{"type":"value","name":"text/x-form","vendorName":"content-type","vendorType":"header"},"#,
    );
    assert_eq!(Case::new("POST", &own, global).json(r#"{"a":"x"}"#).sent_header(CONTENT_TYPE), "text/x-form");
}

#[test]
fn multipart_bodies_have_their_boundary() {
    // Spec E 5.26, 5.30, 5.90.
    let file = FormField {
        name: "file".into(),
        file_name: Some("a\"\r\nX: y.txt".into()),
        media_type: Some("text/plain\r\nX: y".into()),
        content: "content".into(),
        rest: None,
    };
    let own = with(
        r#"{"type":"multipart","name":"file","vendorName":"upload","vendorType":"multipart"},
           {"type":"query","name":"t","vendorName":"text","vendorType":"multipart"},
           {"type":"value","name":"multipart/form-data","vendorName":"Content-Type","vendorType":"header"}"#,
    );
    let mut case = Case::new("POST", &own, "").query("t", "x");
    case.body = InputBody::Form(vec![file.clone()]);
    let built = case.built().unwrap();
    let media_type = built.request.headers[CONTENT_TYPE].to_str().unwrap();
    let boundary = media_type.strip_prefix("multipart/form-data; boundary=").unwrap();
    assert_eq!(
        built.request.body,
        format!(
            "--{boundary}\r\nContent-Disposition: form-data; name=\"upload\"; filename=\"a%22%0D%0AX: y.txt\"\r\n\
             Content-Type: text/plainX: y\r\n\r\ncontent\r\n--{boundary}\r\nContent-Disposition: form-data; \
             name=\"text\"\r\n\r\nx\r\n--{boundary}--\r\n"
        )
    );
    // Spec E 5.30: a file as `body` is the body as it is.
    let own = with(r#"{"type":"multipart","name":"file","vendorName":"attachment","vendorType":"body"}"#);
    let mut case = Case::new("POST", &own, "");
    case.body = InputBody::Form(vec![FormField { media_type: Some("text/plain".into()), ..file }]);
    assert_eq!((case.body(), case.sent_header(CONTENT_TYPE)), ("content".to_owned(), "text/plain".to_owned()));
    // Spec E 5.90: a literal that is a multipart body gives its boundary.
    let own = with(
        r#"{"type":"value","name":"--abc\r\n\r\nx\r\n--abc--","vendorName":"body","vendorType":"body"},
           {"type":"value","name":"multipart/form-data; boundary=","vendorName":"Content-Type","vendorType":"header"}"#,
    );
    assert_eq!(Case::new("POST", &own, "").sent_header(CONTENT_TYPE), "multipart/form-data; boundary=abc");
}

#[test]
fn json_becomes_xml() {
    // Spec E 5.65, 5.66, 5.93.
    let own = with(
        r#"{"type":"body","name":"body","vendorName":"body","vendorType":"body"},
           {"type":"value","name":"application/xml","vendorName":"Content-Type","vendorType":"header"}"#,
    );
    let body = |json: &str| Case::new("POST", &own, "").json(json).body();
    assert_eq!(
        body(r#"{"s:a":{"@id":"1\"","b":[1,{"$":"t<","@x":true}],"n":null,"o":{},"z":"é"}}"#),
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?><s:a id=\"1&quot;\"><b>1</b><b x=\"true\">t&lt;</b><n/><o/><z>é</z></s:a>"
    );
    for several in [r#"{"a":1,"b":2}"#, "[]", "{}", "5", r#"{"a":[1,2]}"#] {
        assert_eq!(body(several), "The body needs one root element", "{several}");
    }
    assert_eq!(body(r#"{"a":{"b c":1}}"#), "The body has a member that is no XML name: b c");
    assert_eq!(body(r#"{"a":"\u0001"}"#), "The body has a character that XML does not have");
    // Spec E 5.66: the default of a literal that is XML.
    let own = with(r#"{"type":"value","name":" <a/>","vendorName":"body","vendorType":"body"}"#);
    assert_eq!(Case::new("POST", &own, "").sent_header(CONTENT_TYPE), "text/xml; charset=utf-8");
}

#[test]
fn values_for_the_instance_are_remembered() {
    // Spec E 5.27 to 5.29.
    let own = with(
        r#"{"type":"query","name":"q","vendorName":"kept","vendorType":"configuration"},
           {"type":"header","name":"h","vendorName":"${x}","vendorType":"value"},
           {"type":"query","name":"z","vendorName":"z","vendorType":"no-op"}"#,
    );
    let built = Case::new("GET", &own, "").query("q", "1").query("z", "2").header("h", "3").built().unwrap();
    assert_eq!(built.remember, [("kept".to_owned(), "1".to_owned())]);
    assert_eq!(built.request.url.as_str(), "https://api.example/v1/things");
}

#[test]
fn pages_go_out_by_name() {
    // Spec E 6.10, 6.13, 6.22.
    let own = with(
        r#"{"type":"query","name":"page","vendorName":"$skip","vendorType":"query"},
           {"type":"query","name":"pageSize","vendorName":"limit","vendorType":"query"},
           {"type":"query","name":"nextPage","vendorName":"page[after]","vendorType":"query"},
           {"type":"query","name":"offset","vendorName":"offset","vendorType":"query"}"#,
    );
    let case = Case::new("GET", &own, "").query("nextPage", "sealed").query("page", "9").query("offset", "3");
    let values = PageValues { page: Some(40), size: Some(20), ..PageValues::default() };
    assert_eq!(case.page(values).url(), "https://api.example/v1/things?%24skip=40&limit=20&offset=3");
    let cursor = PageValues { size: Some(20), cursor: Some("a b".into()), ..PageValues::default() };
    assert_eq!(
        Case::new("GET", &own, "").page(cursor).url(),
        "https://api.example/v1/things?limit=20&page%5Bafter%5D=a%20b"
    );
    let address = PageValues { address: Url::parse("https://api.example/n?x=1").ok(), ..PageValues::default() };
    assert_eq!(Case::new("GET", &own, "").page(address).url(), "https://api.example/n?x=1");
}

#[test]
fn login_addresses_are_filled() {
    // Spec E 3.18.
    let case = Case::new("GET", "", "").value("site", "acme");
    let settings = Settings::new(&case.definition, &case.values);
    let other = [("tenant".to_owned(), "t/1".to_owned()), ("site".to_owned(), "evil".to_owned())];
    let fill = |text: &str| login_address(text, settings, &other).map_err(|refused| refused.0);
    assert_eq!(fill(" https://{site}.example/{tenant}?a={tenant} "), Ok("https://acme.example/t%2F1?a=t%2F1".into()));
    assert_eq!(fill("https://{none}.example"), Err("No value for {none}".into()));
}

proptest! {
    /// Spec E 5.57: values come back as they were, whatever they are.
    #[test]
    fn values_survive_the_address(value in "\\PC{0,30}", id in "\\PC{1,30}") {
        prop_assume!(id != "." && id != "..");
        let own = r#","vendorPath":"/t/{id}/end","parameters":[
            {"type":"path","name":"id","vendorName":"id","vendorType":"path"},
            {"type":"query","name":"q","vendorName":"q","vendorType":"query"}]"#;
        let built = Case::new("GET", own, "").path("id", &id).query("q", &value).built().unwrap();
        let url = built.request.url;
        let parts: Vec<_> = url.path_segments().unwrap().collect();
        prop_assert_eq!(parts.len(), 4);
        let decoded = percent_encoding::percent_decode_str(parts[2]).decode_utf8().unwrap().into_owned();
        prop_assert_eq!(decoded, id);
        let pairs: Vec<_> = url.query_pairs().into_owned().collect();
        prop_assert_eq!(pairs, [("q".to_owned(), value)]);
    }

    /// Spec E 5.86: a value in a JSON or XML template never changes its structure, and is never a placeholder.
    #[test]
    fn values_keep_the_structure_of_templates(value in "[ -~é\\n]{0,30}") {
        let own = |template: &str| with(&format!(
            r#"{{"type":"value","name":{},"vendorName":"body","vendorType":"body"}},
               {{"type":"query","name":"q","vendorName":"t","vendorType":"bodyToken"}}"#,
            serde_json::Value::from(template)
        ));
        let case = Case::new("POST", &own(r#"{"a":"{t}","s":"${configuration.secret}"}"#), "")
            .value("secret", "s3cret").query("q", &value);
        let body: serde_json::Value = serde_json::from_str(&case.body()).unwrap();
        prop_assert_eq!(&body["a"], &serde_json::Value::from(value.as_str()));
        prop_assert_eq!(&body["s"], "s3cret");
        let case = Case::new("POST", &own("<a>{t}</a>"), "").query("q", &value);
        let json = crate::elements::definition::xml::to_json(&case.body()).unwrap();
        let json: serde_json::Value = serde_json::from_str(&json).unwrap();
        let read = match &json["a"] { serde_json::Value::String(text) => text.clone(), other => other.to_string() };
        prop_assert_eq!(read, value);
    }
}
