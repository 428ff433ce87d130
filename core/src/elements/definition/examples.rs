//! The worked examples of spec E 11, as far as requests and answers go. That of E 11.2 is without its scripts.

use std::collections::BTreeMap;

use http::header::{AUTHORIZATION, CONTENT_TYPE};
use http::{HeaderMap, HeaderValue, StatusCode};
use url::Url;

use super::answer::{self, Content, Read};
use super::convert;
use super::document::Definition;
use super::paging::{self, Walk};
use super::request::{self, Built, Input, InputBody, PageValues};
use super::settings::Settings;
use super::testing::{definition, resource, values};
use crate::element::PathValues;
use crate::query::parse_where;
use crate::vendor::{VendorAnswer, VendorErrorKind};

const ACME_DESK: &str = r##"{"key":"acmedesk","name":"Acme Desk","hub":"helpdesk","authentication":{"type":"custom"},
 "configuration":[
  {"key":"base.url","name":"Base URL","type":"TEXTFIELD_1000","defaultValue":"https://{subdomain}.desk.example/api","hideFromConsole":true},
  {"key":"subdomain","name":"Subdomain","type":"TEXTFIELD_64","required":true},{"key":"api.key","name":"API key","type":"PASSWORD","required":true},
  {"key":"pagination.type","name":"Paging","type":"TEXTFIELD_32","defaultValue":"page","hideFromConsole":true},
  {"key":"pagination.max","name":"Largest page","type":"TEXTFIELD_32","defaultValue":"50","hideFromConsole":true}],
 "parameters":[
  {"name":"Token ${configuration.api.key}","type":"value","vendorName":"Authorization","vendorType":"header"},
  {"name":"subdomain","type":"configuration","vendorName":"subdomain","vendorType":"path"}],
 "resources":[
  {"method":"GET","path":"/hubs/helpdesk/auth-validation","vendorPath":"/me.json","type":"provisionAuthValidation"},
  {"method":"GET","path":"/hubs/helpdesk/tickets","vendorPath":"/tickets.json","rootKey":"|tickets","description":"Search for tickets",
   "model":{"name":"ticketsList","swagger":{"ticketsList":{"type":"array","items":{"type":"ticketsListObject"}},"ticketsListObject":{"properties":{"id":{"type":"integer"},"subject":{"type":"string"},"priority":{"type":"integer"}}}}},
   "parameters":[
    {"name":"where","type":"query","vendorName":"converter:toQueryParameters","vendorType":"query"},{"name":"page","type":"query","vendorName":"page","vendorType":"query"},
    {"name":"pageSize","type":"query","vendorName":"per_page","vendorType":"query"}]},
  {"method":"PATCH","path":"/hubs/helpdesk/tickets/{id}","vendorPath":"/tickets/{ticketId}.json","vendorMethod":"PUT","rootKey":"ticket|ticket",
   "parameters":[{"name":"id","type":"path","vendorName":"ticketId","vendorType":"path","required":true},{"name":"body","type":"body","vendorName":"body","vendorType":"body","required":true}]}]}"##;

const QUILL: &str = r##"{
 "key": "quill",
 "name": "Quill",
 "hub": "documents",
 "authentication": {
  "type": "oauth2"
 },
 "configuration": [
  {
   "key": "base.url",
   "name": "Base URL",
   "type": "TEXTFIELD_1000",
   "defaultValue": "https://api.quill.example/v2"
  },
  {
   "key": "oauth.api.key",
   "name": "Client id",
   "type": "TEXTFIELD_128",
   "required": true
  },
  {
   "key": "oauth.api.secret",
   "name": "Client secret",
   "type": "PASSWORD",
   "required": true
  },
  {
   "key": "oauth.callback.url",
   "name": "Callback",
   "type": "TEXTFIELD_1000",
   "required": true
  },
  {
   "key": "oauth.scope",
   "name": "Scope",
   "type": "TEXTFIELD_64",
   "defaultValue": "notes.read notes.write"
  },
  {
   "key": "oauth.authorization.url",
   "name": "Authorize",
   "type": "TEXTFIELD_1000",
   "internal": true,
   "defaultValue": "https://quill.example/authorize?access_type=offline"
  },
  {
   "key": "oauth.token.url",
   "name": "Token",
   "type": "TEXTFIELD_1000",
   "internal": true,
   "defaultValue": "https://quill.example/token"
  },
  {
   "key": "oauth.basic.header",
   "name": "Basic header",
   "type": "BOOLEAN",
   "defaultValue": "true"
  },
  {
   "key": "pagination.type",
   "name": "Paging",
   "type": "TEXTFIELD_32",
   "defaultValue": "cursor"
  },
  {
   "key": "pagination.max",
   "name": "Largest page",
   "type": "TEXTFIELD_32",
   "defaultValue": "100"
  }
 ],
 "resources": [
  {
   "method": "GET",
   "path": "/hubs/documents/notes",
   "vendorPath": "/notes",
   "rootKey": "|items",
   "nextPageKey": "body.links.next?cursor",
   "parameters": [
    {
     "name": "where",
     "type": "query",
     "vendorName": "where",
     "vendorType": "no-op"
    },
    {
     "name": "nextPage",
     "type": "query",
     "vendorName": "cursor",
     "vendorType": "query"
    },
    {
     "name": "pageSize",
     "type": "query",
     "vendorName": "limit",
     "vendorType": "query"
    }
   ]
  },
  {
   "method": "POST",
   "path": "/hubs/documents/notes",
   "vendorPath": "/notes",
   "rootKey": "note|",
   "parameters": [
    {
     "name": "body",
     "type": "body",
     "vendorName": "body",
     "vendorType": "body",
     "required": true
    }
   ]
  }
 ]
}"##;

const SOAP_SHOP: &str = r##"{"key":"soapshop","name":"Soap Shop","hub":"ecommerce","protocolType":"soap","authentication":{"type":"custom"},
 "configuration":[
  {"key":"base.url","name":"Base URL","type":"TEXTFIELD_1000","defaultValue":"https://shop.example/ws"},{"key":"username","name":"User","type":"TEXTFIELD_128","required":true},
  {"key":"password","name":"Password","type":"PASSWORD","required":true},{"key":"session.id","name":"Session","type":"TEXTFIELD_128","internal":true},
  {"key":"expires_in","name":"Lifetime","type":"TEXTFIELD_32","defaultValue":"1200","hideFromConsole":true}],
 "parameters":[
  {"name":"text/xml; charset=utf-8","type":"value","vendorName":"Content-Type","vendorType":"header"}],
 "resources":[
  {"method":"POST","path":"/hubs/ecommerce/login","type":"provisionAuthValidation",
   "parameters":[
    {"name":"<s:Envelope xmlns:s=\"http://schemas.xmlsoap.org/soap/envelope/\"><s:Body><Login><User>{u}</User><Password>{p}</Password></Login></s:Body></s:Envelope>","type":"value","vendorName":"body","vendorType":"body"},
    {"name":"username","type":"configuration","vendorName":"u","vendorType":"bodyToken"},{"name":"password","type":"configuration","vendorName":"p","vendorType":"bodyToken"},
    {"name":"Login","type":"value","vendorName":"SOAPAction","vendorType":"header"},
    {"name":"session.id","type":"configuration","vendorName":"s:Envelope.s:Body.LoginResponse.Session","vendorType":"bodyField","source":"response"}]},
  {"method":"GET","path":"/hubs/ecommerce/orders/{id}","vendorMethod":"POST","rootKey":"|s:Envelope.s:Body.GetOrderResponse.Order",
   "parameters":[
    {"name":"<s:Envelope xmlns:s=\"http://schemas.xmlsoap.org/soap/envelope/\"><s:Header><Session>{sid}</Session></s:Header><s:Body><GetOrder><Id>{id}</Id></GetOrder></s:Body></s:Envelope>","type":"value","vendorName":"body","vendorType":"body"},
    {"name":"session.id","type":"configuration","vendorName":"sid","vendorType":"bodyToken"},
    {"name":"id","type":"path","vendorName":"id","vendorType":"bodyToken","required":true},{"name":"GetOrder","type":"value","vendorName":"SOAPAction","vendorType":"header"}]}]}"##;

struct Instance {
    definition: Definition,
    values: BTreeMap<String, String>,
}

impl Instance {
    fn new(document: &str, configuration: &[(&str, &str)]) -> Self {
        Self { definition: definition(document), values: values(configuration) }
    }

    fn settings(&self) -> Settings<'_> {
        Settings::new(&self.definition, &self.values)
    }

    fn build(&self, place: &str, input: &Input<'_>) -> Built {
        request::build(resource(&self.definition, place), input).unwrap()
    }

    /// Reads a list call: its condition, and the request for the page.
    fn list(&self, place: &str, condition: &str, walk: &Walk) -> (Built, Option<String>) {
        let resource = resource(&self.definition, place);
        let condition = parse_where(condition).unwrap();
        let rest = condition.as_ref().and_then(|it| convert::residual(self.settings(), resource, it).unwrap());
        let values = walk.values(paging::mode(self.settings(), resource), paging::sizes(self.settings()));
        let (condition, page) = (condition.as_ref(), Some(&values));
        let built = self.build(place, &Input { condition, page, ..Input::empty(self.settings()) });
        (built, rest.map(String::from))
    }

    fn read(&self, place: &str, status: u16, media_type: &str, body: &str) -> Result<Read, String> {
        let headers = HeaderMap::from_iter([(CONTENT_TYPE, HeaderValue::try_from(media_type).unwrap())]);
        let answer =
            VendorAnswer { status: StatusCode::from_u16(status).unwrap(), headers, body: body.to_owned().into() };
        answer::read(&self.definition, resource(&self.definition, place), answer)
            .map_err(|error| format!("{:?} {}", error.kind, error.provider_message().unwrap_or_default()))
    }

    fn next(&self, place: &str, walk: &Walk, read: &Read, asked: &Url) -> Option<PageValues> {
        let resource = resource(&self.definition, place);
        let mode = paging::mode(self.settings(), resource);
        let next = paging::advance(self.settings(), resource, mode, walk, read, asked).unwrap().next?;
        Some(next.values(mode, paging::sizes(self.settings())))
    }
}

fn line(built: &Built) -> String {
    format!("{} {}", built.request.method, built.request.url)
}

fn header<'b>(built: &'b Built, name: &str) -> &'b str {
    built.request.headers.get(name).map_or("", |value| value.to_str().unwrap())
}

fn one(read: &Read) -> &str {
    match &read.content {
        Content::One(text) => std::str::from_utf8(text).unwrap(),
        other => panic!("{other:?}"),
    }
}

fn list(read: &Read) -> Vec<&str> {
    match &read.content {
        Content::List(records) => records.texts().collect(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn an_api_key_and_pages() {
    let desk = Instance::new(ACME_DESK, &[("subdomain", "acme"), ("api.key", "k-1")]);
    // Spec E 11.1.
    let check = desk.build("GET /auth-validation", &Input::empty(desk.settings()));
    assert_eq!(line(&check), "GET https://acme.desk.example/api/me.json");
    for (name, value) in
        [("authorization", "Token k-1"), ("accept", "application/json"), ("content-type", "application/json")]
    {
        assert_eq!(header(&check, name), value);
    }
    let refused = desk.read("GET /auth-validation", 401, "application/json", r#"{"error":"bad token"}"#);
    assert_eq!(refused.err().as_deref(), Some("Unauthorized bad token"));
    // Spec E 11.2.
    let second = Walk::at(2, 3);
    let (asked, rest) = desk.list("GET /tickets", "status='open'", &second);
    assert_eq!(line(&asked), "GET https://acme.desk.example/api/tickets.json?status=open&page=2&per_page=3");
    assert_eq!(rest, None);
    let body = r#"{"tickets":[{"id":4,"subject":"a"},{"id":5,"subject":null},{"id":6,"subject":"c"}],"total":7}"#;
    let read = desk.read("GET /tickets", 200, "application/json", body).unwrap();
    assert_eq!(list(&read), [r#"{"id":4,"subject":"a"}"#, r#"{"id":5,"subject":null}"#, r#"{"id":6,"subject":"c"}"#]);
    assert_eq!(desk.next("GET /tickets", &second, &read, &asked.request.url).and_then(|next| next.page), Some(3));
    // Spec E 11.3.
    let first = Walk::first(paging::sizes(desk.settings()).max);
    let (asked, rest) = desk.list("GET /tickets", "status='open' AND priority>2", &first);
    assert_eq!(line(&asked), "GET https://acme.desk.example/api/tickets.json?status=open&page=1&per_page=50");
    assert_eq!(rest.as_deref(), Some("priority > 2"));
    // Spec E 11.4.
    let path: PathValues = [("id".to_owned(), "4".to_owned())].into_iter().collect();
    let body = InputBody::Json(r#"{"subject":"x"}"#.to_owned());
    let input = Input { path: &path, body: &body, ..Input::empty(desk.settings()) };
    let written = desk.build("PATCH /tickets/{id}", &input);
    assert_eq!(line(&written), "PUT https://acme.desk.example/api/tickets/4.json");
    assert_eq!(written.request.body, r#"{"ticket":{"subject":"x"}}"#);
    let read =
        desk.read("PATCH /tickets/{id}", 200, "application/json", r#"{"ticket":{"id":4,"subject":"x"}}"#).unwrap();
    assert_eq!(one(&read), r#"{"id":4,"subject":"x"}"#);
    let without = Input { body: &InputBody::Empty, ..input };
    let refused = request::build(resource(&desk.definition, "PATCH /tickets/{id}"), &without);
    assert_eq!(refused.err().map(|refused| refused.0).as_deref(), Some("required parameter 'body' not found"));
}

#[test]
fn oauth_a_cursor_and_a_write() {
    let quill = Instance::new(QUILL, &[("oauth.user.token", "at1")]);
    // Spec E 11.8 without its script: the condition goes nowhere, and nothing is evaluated here.
    let walk = Walk::first(2);
    let (asked, rest) = quill.list("GET /notes", "tag='red' AND owner='ann'", &walk);
    assert_eq!((line(&asked).as_str(), rest), ("GET https://api.quill.example/v2/notes?limit=2", None));
    assert!(!asked.authorized && !asked.request.headers.contains_key(AUTHORIZATION));
    let body = r#"{"items":[{"id":"n1"},{"id":"n2"}],"links":{"next":"https://api.quill.example/v2/notes?limit=2&cursor=Zm9v%3D"}}"#;
    let read = quill.read("GET /notes", 200, "application/json", body).unwrap();
    assert_eq!(list(&read), [r#"{"id":"n1"}"#, r#"{"id":"n2"}"#]);
    let next = quill.next("GET /notes", &walk, &read, &asked.request.url).unwrap();
    assert_eq!(next.cursor.as_deref(), Some("Zm9v="));
    let following = quill.build("GET /notes", &Input { page: Some(&next), ..Input::empty(quill.settings()) });
    assert_eq!(line(&following), "GET https://api.quill.example/v2/notes?cursor=Zm9v%3D&limit=2");
    let last = quill.read("GET /notes", 200, "application/json", r#"{"items":[{"id":"n3"}],"links":{}}"#).unwrap();
    assert_eq!(quill.next("GET /notes", &walk, &last, &asked.request.url), None);
    // Spec E 11.9.
    let body = InputBody::Json(r#"{"title":"t"}"#.to_owned());
    let written = quill.build("POST /notes", &Input { body: &body, ..Input::empty(quill.settings()) });
    assert_eq!(written.request.body, r#"{"note":{"title":"t"}}"#);
}

#[test]
fn a_token_login_and_soap() {
    let mut shop = Instance::new(SOAP_SHOP, &[("username", "ann"), ("password", "a<b")]);
    // Spec E 11.10.
    let login = shop.build("POST /login", &Input::empty(shop.settings()));
    assert_eq!(line(&login), "POST https://shop.example/ws");
    assert_eq!((header(&login, "soapaction"), header(&login, "content-type")), ("Login", "text/xml; charset=utf-8"));
    let body = String::from_utf8_lossy(&login.request.body);
    assert!(body.contains("<User>ann</User><Password>a&lt;b</Password>"), "{body}");
    let answer = r#"<s:Envelope xmlns:s="x"><s:Body><LoginResponse><Session>S-77</Session></LoginResponse></s:Body></s:Envelope>"#;
    let read = shop.read("POST /login", 200, "text/xml", answer).unwrap();
    assert_eq!(read.stored, [("session.id".to_owned(), "S-77".to_owned())]);
    shop.values.extend(read.stored);
    // Spec E 11.11.
    let path: PathValues = [("id".to_owned(), "10042".to_owned())].into_iter().collect();
    let order = shop.build("GET /orders/{id}", &Input { path: &path, ..Input::empty(shop.settings()) });
    assert_eq!(line(&order), "POST https://shop.example/ws");
    let body = String::from_utf8_lossy(&order.request.body);
    assert!(body.contains("<Session>S-77</Session>") && body.contains("<Id>10042</Id>"), "{body}");
    let answer = r#"<soap:Envelope xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/"><soap:Body><GetOrderResponse>
  <Order state="open"><Id>10042</Id><Zip>01067</Zip><Paid>true</Paid><Line sku="A-1">2</Line><Line sku="B-7">1</Line><Note/></Order>
</GetOrderResponse></soap:Body></soap:Envelope>"#;
    let read = shop.read("GET /orders/{id}", 200, "text/xml; charset=utf-8", answer).unwrap();
    assert_eq!(
        one(&read),
        r#"{"@state":"open","Id":10042,"Zip":"01067","Paid":true,"Line":[{"@sku":"A-1","$":2},{"@sku":"B-7","$":1}],"Note":""}"#
    );
    // Spec E 11.12.
    let fault = "<soap:Fault><faultcode>soap:Client</faultcode><faultstring>No such order</faultstring></soap:Fault>";
    let refused = shop.read("GET /orders/{id}", 500, "text/xml", fault).err();
    assert_eq!(refused, Some(format!("{:?} soap:Client: No such order", VendorErrorKind::BadRequest)));
}
