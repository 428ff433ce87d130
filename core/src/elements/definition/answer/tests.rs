//! Answers, statement by statement.

use http::header::CONTENT_TYPE;
use http::{HeaderName, StatusCode};
use proptest::prelude::*;

use super::*;
use crate::elements::definition::testing::definition;

fn answer(status: u16, media_type: &str, body: impl Into<Bytes>) -> VendorAnswer {
    let mut headers = HeaderMap::new();
    if !media_type.is_empty() {
        headers.insert(CONTENT_TYPE, HeaderValue::try_from(media_type).unwrap());
    }
    VendorAnswer { status: StatusCode::from_u16(status).unwrap(), headers, body: body.into() }
}

/// Reads an answer with these members of the resource.
fn read_with(resource: &str, answer: VendorAnswer) -> Result<Read, VendorError> {
    let document = format!(
        r#"{{"name":"x","authentication":{{"type":"none"}},"resources":[{{"method":"GET","path":"/things"{resource}}}]}}"#
    );
    let definition = definition(&document);
    read(&definition, &definition.resources[0], answer)
}

/// Returns the content as JSON, with a mark of its form.
fn shown(read: &Read) -> String {
    match &read.content {
        Content::Empty => "empty".to_owned(),
        Content::List(records) => format!("[{}]", records.texts().collect::<Vec<_>>().join(",")),
        Content::One(text) => String::from_utf8_lossy(text).into_owned(),
        Content::Text(text) => format!("text {text}"),
        Content::Stream { media_type, .. } => format!("stream {media_type:?}"),
        Content::Bytes { media_type, bytes } => format!("bytes {} {media_type:?}", bytes.len()),
    }
}

fn content(resource: &str, media_type: &str, body: &str) -> String {
    match read_with(resource, answer(200, media_type, body.to_owned())) {
        Ok(read) => shown(&read),
        Err(error) => format!("{:?}: {}", error.kind, error.message.unwrap_or_default()),
    }
}

const UNREADABLE: &str = "MalformedResponse: The vendor's answer could not be read";

#[test]
fn bodies_are_read_by_their_type() {
    // Spec E 5.67, 5.71.
    for (media_type, body, wanted) in [
        ("application/json", r#"{"a":1}"#, r#"{"a":1}"#),
        ("application/vnd.api+json; charset=utf-8", "[1, 2]", "[1,2]"),
        ("text/json", "5", "5"),
        ("", r#" {"a":1} "#, r#"{"a":1}"#),
        ("text/plain", "[1]", "[1]"),
        ("text/plain", "[1", "text [1"),
        ("text/html", "<html><br></html>", "text <html><br></html>"),
        ("", "<a>1</a>", r#"{"a":1}"#),
        ("application/json", "<a>1</a>", r#"{"a":1}"#),
        ("application/xml", r#"{"a":1}"#, r#"{"a":1}"#),
        ("application/atom+xml", "<a/>", r#"{"a":""}"#),
        ("text/plain", "<?xml version='1.0'?><a>1</a>", r#"{"a":1}"#),
        ("", "plain", "text plain"),
        ("application/json", "", "empty"),
        ("application/json", " \n", "empty"),
        ("application/json", "{", UNREADABLE),
        ("application/json", "<html>", UNREADABLE),
        ("application/json", "null", "null"),
        ("application/xml", "<!DOCTYPE a><a/>", UNREADABLE),
        ("application/pdf", "{", "bytes 1 Some(\"application/pdf\")"),
    ] {
        assert_eq!(content("", media_type, body), wanted, "{media_type} {body}");
    }
    // Spec E 5.93.
    assert_eq!(content("", "application/json", &"[".repeat(300)), UNREADABLE);
    let latin = answer(200, "application/json; charset=ISO-8859-1", &b"{\"a\":\"\xe9\"}"[..]);
    assert_eq!(shown(&read_with("", latin).unwrap()), r#"{"a":"é"}"#);
    let xml = answer(200, "text/xml", &b"<?xml version=\"1.0\" encoding='iso-8859-1'?><a>\xe9</a>"[..]);
    assert_eq!(shown(&read_with("", xml).unwrap()), r#"{"a":"é"}"#);
    let wrong = read_with("", answer(200, "application/json", &b"\"\xe9\""[..]));
    assert_eq!(wrong.err().map(|error| error.kind), Some(VendorErrorKind::MalformedResponse));
    let redirect = read_with("", answer(302, "", ""));
    assert_eq!(redirect.err().and_then(|error| error.message).as_deref(), Some("The vendor redirects"));
}

#[test]
fn root_keys_unwrap() {
    // Spec E 5.63, 5.73, 5.74.
    let root = |key: &str, body: &str| content(&format!(r#","rootKey":"{key}""#), "application/json", body);
    assert_eq!(root("data", r#"{"data":[1, {"a":2}],"n":1}"#), r#"[1,{"a":2}]"#);
    assert_eq!(root("ticket|ticket", r#"{"ticket":{"id":4}}"#), r#"{"id":4}"#);
    assert_eq!(root("note|", r#"{"note":1}"#), r#"{"note":1}"#);
    assert_eq!(root("|[0]", "[[1],2]"), "[1]");
    assert_eq!(root("items[*]", r#"{"items":{"a":1}}"#), r#"[{"a":1}]"#);
    assert_eq!(root("nowhere", r#"{"data":1}"#), r#"{"data":1}"#);
    assert_eq!(root("nowhere", "[1,2]"), "[1,2]");
    assert_eq!(root("|s:E.s:B", r#"{"soap:E":{"soap:B":[1]}}"#), "[1]");
    assert_eq!(root("|s:E", r#"{"a:E":1,"b:E":2}"#), r#"{"a:E":1,"b:E":2}"#);
    let led = |body: &str| read_with(r#","rootKey":"data""#, answer(200, "", body.to_owned())).unwrap().found;
    assert!(led(r#"{"data":[]}"#) && !led(r#"{"other":[]}"#));
    // Records are slices of the page, not copies.
    let page = Bytes::from_static(br#"{"data":[{"a": 1},{"b":2}]}"#);
    let read = read_with(r#","rootKey":"data""#, answer(200, "application/json", page.clone())).unwrap();
    let Content::List(records) = &read.content else { panic!("a list") };
    assert_eq!(records.page.as_ptr(), page.as_ptr());
    assert_eq!(records.items, [9..17, 18..25]);
}

#[test]
fn lists_of_one_are_lists_in_xml() {
    // Spec E 5.92.
    let list = r#","rootKey":"|Os.O","parameters":[{"type":"query","name":"page","vendorType":"no-op"}]"#;
    let xml = |resource: &str, body: &str| content(resource, "text/xml", body);
    assert_eq!(xml(list, "<Os><O><i>1</i></O></Os>"), r#"[{"i":1}]"#);
    assert_eq!(xml(list, "<Os><O><i>1</i></O><O><i>2</i></O></Os>"), r#"[{"i":1},{"i":2}]"#);
    assert_eq!(xml(list, "<Os/>"), "[]");
    assert_eq!(xml(list, "<Os>\n</Os>"), "[]");
    assert_eq!(xml(list, "<Os><Error>no</Error></Os>"), r#"{"Os":{"Error":"no"}}"#);
    let single = r#","rootKey":"|Os.O""#;
    assert_eq!(xml(single, "<Os><O><i>1</i></O></Os>"), r#"{"i":1}"#);
    let model = r#","rootKey":"|Os.O","model":{"name":"l","swagger":{"l":{"type":"array"}}}"#;
    assert_eq!(xml(model, "<Os><O><i>1</i></O></Os>"), r#"[{"i":1}]"#);
    // Not for JSON.
    assert_eq!(content(list, "application/json", r#"{"Os":{"O":{"i":1}}}"#), r#"{"i":1}"#);
}

#[test]
fn response_parameters_store_and_answer() {
    // Spec E 5.77, 5.78, 5.84.
    let resource = r#","rootKey":"inner","parameters":[
        {"source":"response","type":"configuration","name":"token","vendorType":"bodyField","vendorName":"auth.tokens[0]"},
        {"source":"response","type":"configuration","name":"n","vendorType":"body","vendorName":"auth.n"},
        {"source":"response","type":"configuration","name":"rooted","vendorType":"bodyToken","vendorName":"x"},
        {"source":"response","type":"configuration","name":"h","vendorType":"header","vendorName":"X-Token"},
        {"source":"response","type":"configuration","name":"none","vendorType":"bodyField","vendorName":"auth.none"},
        {"source":"response","type":"header","name":"X-Out","vendorType":"bodyField","vendorName":"auth.n"},
        {"source":"response","type":"bodyField","name":"n","vendorType":"bodyField","vendorName":"auth.n"}]"#;
    let body = r#"{"auth":{"tokens":["t"],"n":5,"none":null},"inner":{"x":true,"n":"old"}}"#;
    let mut vendor = answer(200, "application/json", body);
    for (name, value) in
        [("x-token", "ht"), ("content-disposition", "attachment"), ("retry-after", "3"), ("x-other", "no")]
    {
        vendor.headers.insert(HeaderName::from_static(name), HeaderValue::from_static(value));
    }
    let read = read_with(resource, vendor).unwrap();
    let stored: Vec<_> = read.stored.iter().map(|(key, value)| (key.as_str(), value.as_str())).collect();
    assert_eq!(stored, [("token", "t"), ("n", "5"), ("rooted", "true"), ("h", "ht")]);
    assert_eq!(
        read.headers.keys().map(HeaderName::as_str).collect::<Vec<_>>(),
        ["content-disposition", "retry-after", "x-out"]
    );
    assert_eq!(shown(&read), r#"{"x":true,"n":5}"#);
}

#[test]
fn errors_have_the_vendors_message() {
    // Spec E 5.79.
    let message = |media_type: &str, body: &str| {
        let error = error_of(&answer(422, media_type, body.to_owned()));
        assert_eq!((error.kind, error.status), (VendorErrorKind::BadRequest, Some(422)));
        error.provider_message().unwrap_or_default()
    };
    for (body, wanted) in [
        (r#"{"error":{"message":"em"},"message":5}"#, "em"),
        (r#"{"error":"e","message":"m"}"#, "m"),
        (r#"{"errors":[{"message":"first"}],"title":"t"}"#, "first"),
        (r#"{"error":"e","error_description":"d"}"#, "d"),
        (r#"{"detail":"d","title":"t"}"#, "d"),
        (r#"{"Message":"M"}"#, "M"),
        (r#"{"other":"o"}"#, r#"{"other":"o"}"#),
        ("<html>no</html>", "<html>no</html>"),
        ("", "HTTP 422"),
    ] {
        assert_eq!(message("", body), wanted);
    }
    assert_eq!(message("", &"é".repeat(3000)).chars().count(), 2000);
    assert_eq!(error_of(&answer(404, "", "")).kind, VendorErrorKind::NotFound);
    assert_eq!(error_of(&answer(503, "", "")).kind, VendorErrorKind::Unavailable);
}

#[test]
fn soap_faults_are_told_apart() {
    // Spec E 5.79, 5.80, 11.12.
    let fault = |inner: &str| {
        let body = format!("<s:Envelope><s:Body><s:Fault>{inner}</s:Fault></s:Body></s:Envelope>");
        let error = error_of(&answer(500, "text/xml", body));
        (error.kind, error.provider_message().unwrap_or_default())
    };
    assert_eq!(
        fault("<faultcode>soap:Client</faultcode><faultstring>No such order</faultstring>"),
        (VendorErrorKind::BadRequest, "soap:Client: No such order".to_owned())
    );
    assert_eq!(fault("<faultcode>s:Server</faultcode><faultstring>x</faultstring>").0, VendorErrorKind::Unavailable);
    assert_eq!(
        fault("<s:Code><s:Value>s:Sender</s:Value></s:Code><s:Reason><s:Text xml:lang='en'>bad</s:Text></s:Reason>"),
        (VendorErrorKind::BadRequest, "s:Sender: bad".to_owned())
    );
    let alone = error_of(&answer(
        500,
        "",
        "<soap:Fault><faultcode>soap:Client</faultcode><faultstring>No</faultstring></soap:Fault>",
    ));
    assert_eq!(
        (alone.kind, alone.provider_message().as_deref()),
        (VendorErrorKind::BadRequest, Some("soap:Client: No"))
    );
}

proptest! {
    /// No answer makes the reader panic.
    #[test]
    fn any_answer_is_read(status in 200_u16..600, media_type in "(application/json|text/xml|text/html|)(; charset=[a-z0-9-]{0,8})?", body in any::<Vec<u8>>(), json in "[\\[\\]{}\",:a<>/ &;0-9]{0,30}", key in "[a-z.\\[\\]*0-9:]{0,8}") {
        let resource = format!(r#","rootKey":"|{key}""#);
        let _ = read_with(&resource, answer(status, &media_type, body));
        let _ = read_with(&resource, answer(status, &media_type, json));
    }
}
