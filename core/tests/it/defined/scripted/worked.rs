//! The worked examples of spec E 11: the definitions are read out of the document, and run as they are written there.

use std::path::Path;
use std::time::Duration;

use serde_json::{Value, json};

use crate::defined::world::{Answer, Asked, Reply, Vendor, World, encoded};
use crate::support::USER;

/// An example with its vendor. Addresses of the document lead to the test's vendor, which gets `https://api.example/x`
/// as `/api.example/x`.
struct Example {
    world: World,
    key: String,
}

/// Returns the definitions of section 11.
fn definitions() -> Vec<Value> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/spec/element-definition.md");
    let text = std::fs::read_to_string(path).unwrap();
    let (_, section) = text.split_once("\n## 11. Worked examples").unwrap();
    let (section, _) = section.split_once("\n## 12.").unwrap();
    let blocks = section.split("\n```json\n").skip(1).map(|block| block.split_once("\n```").unwrap().0);
    blocks.map(|block| serde_json::from_str(block).unwrap()).collect()
}

impl Example {
    async fn new(key: &str) -> Self {
        let vendor = Vendor::start(|_| Reply::json(json!({}))).await;
        let document = definitions().into_iter().find(|document| document["key"] == key).unwrap();
        let document = document.to_string().replace("https://", &format!("{}/", vendor.origin));
        let world = World::bare(vendor, json!({"authentication": {"type": "none"}})).await;
        let imported = world.own("POST", "/elements", Some(serde_json::from_str(&document).unwrap())).await;
        assert_eq!((imported.status, &imported.body["warnings"]), (200, &json!([])), "{}", imported.text);
        Self { world, key: key.to_owned() }
    }

    /// Makes the instance.
    async fn create(&mut self, configuration: Value, granted: Option<Value>) -> Answer {
        let mut new = json!({"element": {"key": self.key}, "name": "one", "configuration": configuration});
        new["providerData"] = granted.unwrap_or_default();
        let answer = self.world.own("POST", "/instances", Some(new)).await;
        if let Some(token) = answer.body["token"].as_str() {
            self.world.token = format!("User {USER}, Element {token}");
            self.world.id = answer.body["id"].as_i64().unwrap();
        }
        answer
    }

    async fn created(&mut self, configuration: Value, granted: Option<Value>) {
        let answer = self.create(configuration, granted).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
    }

    /// Answers with these, one after the other.
    fn answers(&self, answers: impl IntoIterator<Item = Reply>) {
        let mut answers = answers.into_iter().collect::<Vec<_>>().into_iter();
        self.world.vendor.play(move |asked| answers.next().unwrap_or_else(|| panic!("another request: {asked:?}")));
    }

    /// Returns the requests as the document writes them: method and address.
    fn asked(&self) -> Vec<(String, Asked)> {
        let line = |asked: Asked| (format!("{} https:/{}", asked.method, asked.raw), asked);
        self.world.vendor.asked().into_iter().map(line).collect()
    }

    fn one_asked(&self) -> (String, Asked) {
        let mut asked = self.asked();
        assert_eq!(asked.len(), 1, "{asked:?}");
        asked.remove(0)
    }
}

fn xml(body: &str) -> Reply {
    Reply::of("text/xml; charset=utf-8", body.to_owned())
}

fn is_default(asked: &Asked) -> bool {
    (asked.header("accept"), asked.header("content-type")) == (Some("application/json"), Some("application/json"))
}

/// Spec E 11.1, E 11.2.
#[tokio::test]
async fn acme_desk_is_connected_and_read() {
    let mut desk = Example::new("acmedesk").await;
    let values = json!({"subdomain": "acme", "api.key": "k-1"});
    desk.answers([Reply::status(401, json!({"error": "bad token"}))]);
    let refused = desk.create(values.clone(), None).await;
    let (line, asked) = desk.one_asked();
    assert_eq!(
        (&*line, asked.header("authorization")),
        ("GET https://acme.desk.example/api/me.json", Some("Token k-1"))
    );
    assert!(is_default(&asked), "{asked:?}");
    assert_eq!((refused.status, &refused.body["providerMessage"]), (401, &json!("bad token")), "{}", refused.text);
    assert_eq!(refused.body["message"], "Failed to authenticate with the provider");
    assert_eq!(desk.world.own("GET", "/instances", None).await.status, 404, "no instance");

    desk.answers([Reply::json(json!({}))]);
    desk.created(values, None).await;
    desk.one_asked();
    let rows = r#"{"tickets":[{"id":4,"subject":"a"},{"id":5,"subject":null},{"id":6,"subject":"c"}],"total":7}"#;
    desk.answers([Reply::of("application/json", rows)]);
    let page = desk.world.get("/tickets?where=status='open'&page=2&pageSize=3").await;
    assert_eq!(desk.one_asked().0, "GET https://acme.desk.example/api/tickets.json?status=open&page=2&per_page=3");
    assert_eq!(page.text, r#"[{"id":4,"subject":"a"},{"id":5},{"id":6,"subject":"c"}]"#);
    assert_eq!((page.status, page.header("elements-returned-count")), (200, Some("3")));
    assert!(page.next().is_some(), "the page is full (spec E 6.18)");
}

/// Spec E 11.3, E 11.4.
#[tokio::test]
async fn acme_desk_is_searched_and_written() {
    let mut desk = Example::new("acmedesk").await;
    desk.created(json!({"subdomain": "acme", "api.key": "k-1"}), None).await;
    desk.asked();
    desk.world.vendor.play(|asked| {
        let page = asked.number("page").unwrap();
        // The third match shows that the page has a successor.
        let ticket = |n: usize| json!({"id": page * 100 + n, "priority": if n == 0 || n == page - 1 { 2 + page % 2 } else { 1 }});
        Reply::json(json!({"tickets": (0..50).map(ticket).collect::<Vec<_>>()}))
    });
    let found = desk.world.get("/tickets?where=status='open'%20AND%20priority%3E2&pageSize=2").await;
    assert_eq!(found.each("id"), [100, 300], "{}", found.text);
    let lines: Vec<String> = desk.asked().into_iter().map(|(line, _)| line).collect();
    let page = |n: usize| format!("GET https://acme.desk.example/api/tickets.json?status=open&page={n}&per_page=50");
    assert_eq!(lines, [page(1), page(2), page(3)]);

    desk.answers([Reply::json(json!({"ticket": {"id": 4, "subject": "x"}}))]);
    let changed = desk.world.call("PATCH", "/tickets/4", Some(json!({"subject": "x"}))).await;
    let (line, asked) = desk.one_asked();
    assert_eq!(
        (&*line, &*asked.body),
        ("PUT https://acme.desk.example/api/tickets/4.json", &br#"{"ticket":{"subject":"x"}}"#[..])
    );
    assert_eq!((changed.status, &*changed.text), (200, r#"{"id":4,"subject":"x"}"#));
    let refused = desk.world.call("PATCH", "/tickets/4", None).await;
    assert_eq!((refused.status, &refused.body["message"]), (400, &json!("required parameter 'body' not found")));
    assert!(desk.asked().is_empty());
}

/// Spec E 11.5.
#[tokio::test]
async fn acme_desk_is_documented() {
    let desk = Example::new("acmedesk").await;
    let docs = desk.world.own("GET", "/elements/acmedesk/docs", None).await.body;
    let list = &docs["paths"]["/tickets"]["get"];
    let parameters = list["parameters"].as_array().unwrap();
    let mut names: Vec<&str> = parameters.iter().map(|parameter| parameter["name"].as_str().unwrap()).collect();
    names.sort_unstable();
    assert_eq!(names, ["Authorization", "fields", "nextPage", "pageSize", "where"], "{list}");
    let size = parameters.iter().find(|parameter| parameter["name"] == "pageSize").unwrap();
    assert_eq!((&size["format"], &list["operationId"]), (&json!("int64"), &json!("getTickets")));
    assert_eq!(
        list["responses"]["200"]["schema"],
        json!({"type": "array", "items": {"$ref": "#/definitions/ticketsListObject"}})
    );
    let update = &docs["paths"]["/tickets/{id}"]["patch"];
    assert_eq!(update["operationId"], "updateTicketById");
    let body = update["parameters"].as_array().unwrap().iter().find(|parameter| parameter["in"] == "body").unwrap();
    assert_eq!(body["type"], "string", "{body}");
    assert!(docs["definitions"]["ticketsListObject"].is_object() && docs["definitions"]["ticketsList"].is_null());
    assert!(!docs.to_string().contains("auth-validation"));
}

/// Lifetime of a token that a test waits for.
const LIFETIME: Duration = Duration::from_secs(4);
const CALLBACK: &str = "https%3A%2F%2Fapp.example%2Fcb";

/// Connects Quill, and returns it with the request of its tokens.
async fn quill(lifetime: Duration) -> (Example, (String, Asked)) {
    let mut quill = Example::new("quill").await;
    let seconds = lifetime.as_secs();
    quill.answers([Reply::json(json!({"access_token": "at1", "refresh_token": "rt1", "expires_in": seconds}))]);
    let values =
        json!({"oauth.api.key": "cid", "oauth.api.secret": "sec", "oauth.callback.url": "https://app.example/cb"});
    quill.created(values, Some(json!({"code": "c0de"}))).await;
    let asked = quill.one_asked();
    (quill, asked)
}

/// Spec E 11.6, E 11.7.
#[tokio::test]
async fn quill_is_connected_and_refreshed() {
    let (quill, (line, asked)) = quill(LIFETIME).await;
    let basic = Some("Basic Y2lkOnNlYw==");
    assert_eq!((&*line, asked.header("authorization")), ("POST https://quill.example/token", basic));
    let form = |asked: &Asked| String::from_utf8(asked.body.to_vec()).unwrap();
    let exchange =
        format!("grant_type=authorization_code&code=c0de&redirect_uri={CALLBACK}&client_id=cid&client_secret=sec");
    assert_eq!(form(&asked), exchange);

    let query = format!("apiKey=cid&apiSecret=sec&callbackUrl={CALLBACK}&state=s1");
    let url = quill.world.own("GET", &format!("/elements/quill/oauth/url?{query}"), None).await;
    let expected = format!(
        "https://quill.example/authorize?access_type=offline&response_type=code&client_id=cid&redirect_uri={CALLBACK}\
         &scope=notes.read%20notes.write&state=s1"
    );
    let found = url.body["oauthUrl"].as_str().unwrap().replace(&format!("{}/", quill.world.vendor.origin), "https://");
    assert_eq!((found, &url.body["element"], &url.body["state"]), (expected, &json!("quill"), &json!("s1")));

    // Half of a lifetime as short as this one is the margin (spec E 4.20). For 1,800 s it is a minute.
    quill.world.vendor.play(|asked| match asked.path.as_str() {
        "/quill.example/token" => Reply::json(json!({"access_token": "at2", "expires_in": 1800})),
        _ => Reply::json(json!({"items": []})),
    });
    quill.world.get("/notes").await;
    assert_eq!(quill.one_asked().1.header("authorization"), Some("Bearer at1"), "not due yet");
    tokio::time::sleep(LIFETIME / 2).await;
    quill.world.get("/notes").await;
    let asked = quill.asked();
    assert_eq!((&*asked[0].0, asked[0].1.header("authorization")), ("POST https://quill.example/token", basic));
    assert_eq!(form(&asked[0].1), "grant_type=refresh_token&refresh_token=rt1&client_id=cid&client_secret=sec");
    assert_eq!(asked[1].1.header("authorization"), Some("Bearer at2"));
}

/// Spec E 11.8.
#[tokio::test]
async fn quill_is_searched_page_by_page() {
    let (quill, _) = quill(Duration::from_mins(30)).await;
    let next = "https://api.quill.example/v2/notes?limit=2&cursor=Zm9v%3D";
    quill.answers([
        Reply::json(json!({"items": [{"id": "n1"}, {"id": "n2"}], "links": {"next": next}})),
        Reply::json(json!({"items": [{"id": "n3"}], "links": {}})),
    ]);
    let path = "/notes?where=tag='red'%20AND%20owner='ann'&pageSize=2";
    let first = quill.world.get(path).await;
    let (line, asked) = quill.one_asked();
    assert_eq!(line, "GET https://api.quill.example/v2/notes?limit=2&q=tag%3Ared%20owner%3Aann");
    assert_eq!(asked.header("authorization"), Some("Bearer at1"));
    assert_eq!(first.text, r#"[{"id":"n1"},{"id":"n2"}]"#);
    let token = encoded(first.next().unwrap());
    let last = quill.world.get(&format!("{path}&nextPage={token}")).await;
    let (line, asked) = quill.one_asked();
    assert!(line.contains("cursor=Zm9v%3D"), "{line}");
    assert_eq!(asked.get("q"), Some("tag:red owner:ann"));
    assert_eq!((last.text.as_str(), last.next()), (r#"[{"id":"n3"}]"#, None));
}

/// Spec E 11.9.
#[tokio::test]
async fn quill_is_written() {
    let (quill, _) = quill(Duration::from_mins(30)).await;
    let empty = Reply { status: 201, headers: Vec::new(), body: "".into() };
    quill.answers([
        empty.header("Location", "/v2/notes/n9"),
        Reply::status(422, json!({"fault": {"text": "title taken"}})),
    ]);
    let made = quill.world.call("POST", "/notes", Some(json!({"title": "t"}))).await;
    let (line, asked) = quill.one_asked();
    assert_eq!((&*line, &*asked.body), ("POST https://api.quill.example/v2/notes", &br#"{"note":{"title":"t"}}"#[..]));
    assert_eq!((made.status, &*made.text), (200, r#"{"id":"n9"}"#));
    let taken = quill.world.call("POST", "/notes", Some(json!({"title": "t"}))).await;
    assert_eq!((taken.status, &taken.body["message"]), (422, &json!("title taken")), "{}", taken.text);
    assert_eq!(taken.body["providerMessage"], r#"{"fault":{"text":"title taken"}}"#);
}

const ENVELOPE: &str = "http://schemas.xmlsoap.org/soap/envelope/";

/// Spec E 11.10.
#[tokio::test]
async fn the_soap_shop_is_connected() {
    let mut shop = Example::new("soapshop").await;
    let login = |session: &str| {
        xml(&format!(
            "<s:Envelope xmlns:s=\"{ENVELOPE}\"><s:Body><LoginResponse><Session>{session}</Session></LoginResponse>\
             </s:Body></s:Envelope>"
        ))
    };
    shop.answers([login("S-77")]);
    shop.created(json!({"username": "ann", "password": "a<b"}), None).await;
    let (line, asked) = shop.one_asked();
    let body = |asked: &Asked| String::from_utf8(asked.body.to_vec()).unwrap();
    assert_eq!((&*line, asked.header("soapaction")), ("POST https://shop.example/ws", Some("Login")));
    assert_eq!(asked.header("content-type"), Some("text/xml; charset=utf-8"));
    assert!(body(&asked).contains("<User>ann</User><Password>a&lt;b</Password>"), "{}", body(&asked));

    let order = "<s:Envelope xmlns:s=\"x\"><s:Body><GetOrderResponse><Order><Id>1</Id></Order></GetOrderResponse></s:Body></s:Envelope>";
    shop.answers([xml(order), login("S-78"), xml(order)]);
    let path = format!("/instances/{}?reAuthenticate=false", shop.world.id);
    // Half of a lifetime as short as this one is the margin (spec E 4.20). For 1,200 s it is a minute.
    let shorter = json!({"configuration": {"expires_in": LIFETIME.as_secs().to_string()}});
    assert_eq!(shop.world.own("PATCH", &path, Some(shorter)).await.status, 200);
    shop.world.get("/orders/1").await;
    assert!(body(&shop.one_asked().1).contains("<Session>S-77</Session>"));
    tokio::time::sleep(LIFETIME / 2).await;
    shop.world.get("/orders/1").await;
    let asked = shop.asked();
    assert_eq!((asked.len(), asked[0].1.header("soapaction")), (2, Some("Login")));
    assert!(body(&asked[1].1).contains("<Session>S-78</Session>"));
}

/// Spec E 11.11, E 11.12.
#[tokio::test]
async fn the_soap_shop_is_read() {
    let mut shop = Example::new("soapshop").await;
    let order = format!(
        "<soap:Envelope xmlns:soap=\"{ENVELOPE}\"><soap:Body><GetOrderResponse>\n  \
         <Order state=\"open\"><Id>10042</Id><Zip>01067</Zip><Paid>true</Paid><Line sku=\"A-1\">2</Line>\
         <Line sku=\"B-7\">1</Line><Note/></Order>\n</GetOrderResponse></soap:Body></soap:Envelope>"
    );
    let fault = "<soap:Fault><faultcode>soap:Client</faultcode><faultstring>No such order</faultstring></soap:Fault>";
    let session = "<s:Envelope xmlns:s=\"x\"><s:Body><LoginResponse><Session>S-77</Session></LoginResponse></s:Body></s:Envelope>";
    shop.answers([xml(session), xml(&order), Reply { status: 500, ..xml(fault) }]);
    shop.created(json!({"username": "ann", "password": "a<b"}), None).await;
    shop.asked();
    let read = shop.world.get("/orders/10042").await;
    let (line, asked) = shop.one_asked();
    let body = String::from_utf8(asked.body.to_vec()).unwrap();
    assert_eq!((&*line, asked.header("soapaction")), ("POST https://shop.example/ws", Some("GetOrder")));
    assert!(body.contains("<Session>S-77</Session>") && body.contains("<Id>10042</Id>"), "{body}");
    let expected = json!({"@state": "open", "Id": 10042, "Zip": "01067", "Paid": true,
        "Line": [{"@sku": "A-1", "$": 2}, {"@sku": "B-7", "$": 1}], "Note": ""});
    assert_eq!((read.status, &read.body), (200, &expected), "{}", read.text);
    let missing = shop.world.get("/orders/10043").await;
    assert_eq!((missing.status, &missing.body["message"]), (400, &json!("Bad Request")), "{}", missing.text);
    assert_eq!(missing.body["providerMessage"], "soap:Client: No such order");
}
