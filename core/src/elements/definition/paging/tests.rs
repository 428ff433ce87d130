//! Paging, statement by statement.

use std::collections::BTreeMap;

use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use proptest::prelude::*;
use url::Url;

use super::super::answer::{Read, read};
use super::super::document::Definition;
use super::super::request::PageValues;
use super::super::settings::Settings;
use super::super::testing::{definition, values};
use super::*;
use crate::vendor::{VendorAnswer, VendorErrorKind};

/// A list with these members of the resource, and this configuration.
struct List {
    definition: Definition,
    values: BTreeMap<String, String>,
}

impl List {
    fn new(resource: &str, configuration: &[(&str, &str)]) -> Self {
        let document = format!(
            r#"{{"name":"x","authentication":{{"type":"none"}},"resources":[{{"method":"GET","path":"/things"{resource}}}]}}"#
        );
        Self { definition: definition(&document), values: values(configuration) }
    }

    /// Creates a list that declares these parameters as `name` or `name>vendorName` or `name>no-op`.
    fn declaring(names: &str, configuration: &[(&str, &str)]) -> Self {
        Self::new(&format!(r#","parameters":[{}]"#, parameters(names)), configuration)
    }

    fn settings(&self) -> Settings<'_> {
        Settings::new(&self.definition, &self.values)
    }

    fn mode(&self) -> Mode {
        mode(self.settings(), &self.definition.resources[0])
    }

    fn values(&self, walk: &Walk) -> PageValues {
        walk.values(self.mode(), sizes(self.settings()))
    }

    fn read(&self, headers: &[(&str, &str)], body: &str) -> Read {
        let header = |(name, value): &(&str, &str)| {
            (HeaderName::try_from(*name).unwrap(), HeaderValue::try_from(*value).unwrap())
        };
        let headers: HeaderMap = headers.iter().map(header).collect();
        let answer = VendorAnswer { status: StatusCode::OK, headers, body: body.to_owned().into() };
        read(&self.definition, &self.definition.resources[0], answer).unwrap()
    }

    fn advance(&self, walk: &Walk, headers: &[(&str, &str)], body: &str) -> Result<Advance, String> {
        let asked = Url::parse("https://api.example/v1/things?limit=2").unwrap();
        let read = self.read(headers, body);
        advance(self.settings(), &self.definition.resources[0], self.mode(), walk, &read, &asked)
            .map_err(|error| format!("{:?} {}", error.kind, error.message.unwrap_or_default()))
    }

    /// Returns the cursor of the next page.
    fn cursor(&self, headers: &[(&str, &str)], body: &str) -> Option<String> {
        let next = self.advance(&Walk::first(2), headers, body).unwrap().next?;
        let values = self.values(&next);
        values.cursor.or_else(|| values.address.map(|address| format!("at {address}")))
    }
}

fn parameters(names: &str) -> String {
    let parameter = |name: &str| {
        let (name, vendor) = name.split_once('>').unwrap_or((name, name));
        let target = if vendor == "no-op" { "no-op" } else { "query" };
        format!(r#"{{"type":"query","name":"{name}","vendorName":"{vendor}","vendorType":"{target}"}}"#)
    };
    names.split_whitespace().map(parameter).collect::<Vec<_>>().join(",")
}

#[test]
fn sizes_have_defaults_and_a_maximum() {
    // Spec E 6.2, 6.3.
    let sizes_of = |configuration: &[(&str, &str)]| {
        let Sizes { min, max, default } = sizes(List::new("", configuration).settings());
        (min, max, default)
    };
    assert_eq!(sizes_of(&[]), (1, 1000, 200));
    assert_eq!(sizes_of(&[("pagination.max", "50")]), (1, 50, 50));
    assert_eq!(sizes_of(&[("pagination.max", "500")]), (1, 500, 200));
    let json = r#"{"minPageSize":"5","maxPageSize":300,"defaultPageSize":"20"}"#;
    assert_eq!(sizes_of(&[("pagination.max", "50"), ("pagination", json)]), (5, 300, 20));
    assert_eq!(sizes_of(&[("pagination.max", "none"), ("pagination", "{")]), (1, 1000, 200));
    let list = List::new("", &[("pagination.max", "50")]);
    let sizes = sizes(list.settings());
    let of_call = |asked| sizes.of_call(list.settings(), asked);
    assert_eq!([of_call(None), of_call(Some(7)), of_call(Some(51))], [Ok((50, false)), Ok((7, false)), Ok((50, true))]);
    let third = definition(r#"{"name":"x","authentication":{"type":"none"},"paginatorVersion":"V3"}"#);
    let refused = sizes.of_call(Settings::new(&third, &BTreeMap::new()), Some(51)).err();
    assert_eq!(refused.map(|refused| refused.0).as_deref(), Some("pageSize must be between 1 and 50"));
}

#[test]
fn pages_have_the_values_of_their_type() {
    // Spec E 6.4 to 6.6, 6.8, 6.9.
    let page = |kind: &str, start: &str, number: u64| {
        let list =
            List::declaring("page pageSize", &[("pagination.type", kind), ("pagination.page.startindex", start)]);
        let values = list.values(&Walk::at(number, 20));
        assert_eq!(values.size, Some(20));
        values.page.unwrap()
    };
    for (kind, start, first, third) in [
        ("page", "", 1, 3),
        ("Page 1", "", 1, 3),
        ("page starts with 1", "", 1, 3),
        ("page", "5", 5, 7),
        ("page 0", "", 0, 2),
        ("PAGE STARTS WITH 0", "", 0, 2),
        ("page 0", "2", 2, 4),
        ("offset", "", 0, 40),
        ("offset", "1", 1, 41),
        ("", "", 1, 3),
        ("other", "", 1, 3),
    ] {
        assert_eq!((page(kind, start, 1), page(kind, start, 3)), (first, third), "{kind} {start}");
    }
}

#[test]
fn the_mode_follows_from_what_is_declared() {
    // Spec E 6.7, 6.10, 6.12, 6.14 to 6.16, 6.37.
    let mode = |names: &str, kind: &str| List::declaring(names, &[("pagination.type", kind)]).mode();
    assert_eq!(mode("page pageSize", "page"), Mode::Page { first: 1 });
    assert_eq!(mode("page>offset pageSize>limit", "offset"), Mode::Offset { first: 0 });
    assert_eq!(mode("nextPage>cursor pageSize", "page"), Mode::Cursor { as_page: false, goes_out: true });
    assert_eq!(mode("page>after pageSize", "cursor"), Mode::Cursor { as_page: true, goes_out: true });
    assert_eq!(mode("nextPage>no-op pageSize", "cursor"), Mode::Cursor { as_page: false, goes_out: false });
    assert_eq!(mode("", "page"), Mode::Whole { first: 1 });
    assert_eq!(mode("page>no-op pageSize>no-op", "page"), Mode::Whole { first: 1 });
    assert_eq!(mode("pageSize>limit", "page"), Mode::SizeOnly);
    assert_eq!(mode("page", "offset"), Mode::PageOnly { first: 0, by_offset: true });
    let typed = |kind: &str| {
        List::new(&format!(r#","paginationType":"{kind}","parameters":[{}]"#, parameters("page pageSize")), &[])
    };
    assert_eq!(typed("VENDOR_NOT_SUPPORTED").mode(), Mode::Whole { first: 1 });
    assert_eq!(typed("NO_PAGINATION").mode(), Mode::Plain { first: 1 });
    // A token that a template has goes out; one that none has does not.
    let token = |template: &str| {
        let own = format!(
            r#","parameters":[{{"type":"query","name":"nextPage","vendorName":"c","vendorType":"bodyToken"}},
               {{"type":"value","name":"{template}","vendorName":"q","vendorType":"query"}}]"#
        );
        List::new(&own, &[]).mode()
    };
    assert_eq!(token("from {c}"), Mode::Cursor { as_page: false, goes_out: true });
    assert_eq!(token("from {d}"), Mode::Cursor { as_page: false, goes_out: false });
}

#[test]
fn resources_that_cannot_page_ask_for_everything() {
    // Spec E 6.15.
    let whole = List::new(
        &format!(r#","paginationType":"VENDOR_NOT_SUPPORTED","parameters":[{}]"#, parameters("page pageSize")),
        &[("pagination.max", "50")],
    );
    let values = whole.values(&Walk::at(3, 10));
    assert_eq!((values.page, values.size), (Some(1), Some(50)));
    let size_only = List::declaring("pageSize", &[("pagination.max", "50")]);
    assert_eq!(size_only.values(&Walk::at(3, 10)).size, Some(30));
    assert_eq!(size_only.values(&Walk::at(9, 10)).size, Some(50));
    let page_only = List::declaring("page", &[]);
    assert_eq!(page_only.values(&Walk::at(3, 10)).page, Some(3));
    assert!(page_only.advance(&Walk::first(10), &[], "[1]").unwrap().next.is_some());
    assert!(page_only.advance(&Walk::first(10), &[], "[]").unwrap().next.is_none());
    assert!(whole.advance(&Walk::first(1), &[], "[1]").unwrap().next.is_none());
}

#[test]
fn numbered_pages_end_with_a_short_one() {
    // Spec E 6.17, 6.18, 6.33.
    let list = List::declaring("page pageSize", &[]);
    let first = Walk::first(2);
    let next = list.advance(&first, &[], "[1,2]").unwrap().next.unwrap();
    assert_eq!((next.number(), next.size()), (2, 2));
    assert_eq!(list.values(&next).page, Some(2));
    let end = Advance { next: None, repeated: None, whole: false };
    assert_eq!(list.advance(&next, &[], "[3]"), Ok(end.clone()));
    assert_eq!(list.advance(&next, &[], "[]"), Ok(end.clone()));
    assert_eq!(list.advance(&next, &[], "[1,2]"), Ok(Advance { repeated: Some(Repeat::Page), ..end.clone() }));
    assert_eq!(list.advance(&next, &[], "[1,2,3]"), Ok(Advance { whole: true, ..end }));
    // The position survives its text, so that another process can go on.
    assert_eq!(Walk::read(&next.to_string()), Some(next.clone()));
    assert_eq!(Walk::read("anything"), None);
    let last = Walk::at(MAX_PAGES, 2);
    assert_eq!(list.advance(&last, &[], "[1,2]").unwrap_err(), "PagingLoop the list has more than 100000 pages");
}

#[test]
fn cursors_are_found() {
    // Spec E 6.20, 6.21, 6.23 to 6.25, 6.36.
    let list = |key: &str| {
        let key = if key.is_empty() { String::new() } else { format!(r#""nextPageKey":"{key}","#) };
        List::new(
            &format!(r#",{key}"rootKey":"data.items","parameters":[{}]"#, parameters("nextPage>cursor pageSize>limit")),
            &[],
        )
    };
    let body =
        |next: &str| format!(r#"{{"data":{{"items":[1],"nextId":{next}}},"page":{{"next":{next}}},"cursor":{next}}}"#);
    let some = |text: &str| Some(text.to_owned());
    assert_eq!(list("data.nextId").cursor(&[], &body("\"a b\"")), some("a b"));
    assert_eq!(list("body.page.next").cursor(&[], &body("17")), some("17"));
    assert_eq!(list("header.X-Next").cursor(&[("x-next", "h")], &body("1")), some("h"));
    assert_eq!(list("header.X-Next").cursor(&[], &body("1")), None);
    let address = "\"https://other.example/x?limit=2&cursor=Zm9v%3D+1\"";
    assert_eq!(list("body.page.next?cursor").cursor(&[], &body(address)), some("Zm9v= 1"));
    assert_eq!(list("page.next?cursor").cursor(&[], &body("\"/x?cursor=r\"")), some("r"));
    assert_eq!(list("page.next?missing").cursor(&[], &body(address)), None);
    assert_eq!(list("elements-next-page-token").cursor(&[], &body("1")), None);
    for nothing in ["null", "false", "0", "\"0\"", "\"\"", "\" \"", "\"null\""] {
        assert_eq!(list("data.nextId").cursor(&[], &body(nothing)), None, "{nothing}");
    }
    assert_eq!(list("data.missing").cursor(&[], &body("1")), None);
    let link = [(
        "link",
        "<https://api.example/v1/things?cursor=p>; rel=\"prev\", </v1/things?cursor=n%201&limit=2>; rel=\"next\"",
    )];
    assert_eq!(list("").cursor(&link, &body("1")), some("n 1"));
    let other = [("link", "</v1/more?x=1>; rel=next")];
    assert_eq!(list("").cursor(&other, &body("1")), some("at https://api.example/v1/more?x=1"));
    assert_eq!(list("").cursor(&[], &body("\"m\"")), some("m"));
}

#[test]
fn addresses_of_other_hosts_are_refused() {
    // Spec E 6.22, 6.34.
    let list = List::new(&format!(r#","nextPageKey":"next","parameters":[{}]"#, parameters("nextPage")), &[]);
    let next = |address: &str| list.advance(&Walk::first(2), &[], &format!(r#"{{"next":"{address}"}}"#));
    let own = next("https://api.example/v1/things?after=2").unwrap().next.unwrap();
    let values = list.values(&own);
    assert_eq!(
        (values.cursor, values.address.map(String::from)),
        (None, Some("https://api.example/v1/things?after=2".into()))
    );
    for other in [
        "https://evil.example/v1",
        "http://api.example/v1",
        "https://api.example:8443/v1",
        "https://user@api.example/v1",
        "https://api.example@evil.example/",
        "https://api.example.evil.example/",
        "https://",
        "HTTPS://evil.example/",
    ] {
        let refused = next(other).unwrap_err();
        assert_eq!(refused, "MalformedResponse The address of the next page has another host", "{other}");
    }
    let caller = list.values(&Walk::of_caller("https://evil.example/", 2));
    assert_eq!((caller.cursor.as_deref(), caller.address), (Some("https://evil.example/"), None));
}

#[test]
fn loops_of_cursors_are_found() {
    // Spec E 6.33: a cursor that was seen before in the walk, in loops of any length.
    let list = List::new(&format!(r#","nextPageKey":"next","parameters":[{}]"#, parameters("nextPage")), &[]);
    for length in [1_u64, 2, 3, 7, 20] {
        let mut walk = Walk::first(2);
        let mut pages = 0;
        loop {
            pages += 1;
            assert!(pages < 100, "a loop of {length} was not found");
            let body = format!(r#"{{"next":"c{}","n":{pages}}}"#, pages % length);
            let advance = list.advance(&walk, &[], &body).unwrap();
            if advance.repeated == Some(Repeat::Cursor) {
                break;
            }
            walk = Walk::read(&advance.next.unwrap().to_string()).unwrap();
        }
        // No page of a short loop is read twice.
        assert!(length > 8 || pages == length + 1, "{pages} pages of a loop of {length}");
    }
    // A walk without a loop goes on.
    let mut walk = Walk::first(2);
    for page in 0..200 {
        walk = list.advance(&walk, &[], &format!(r#"{{"next":"c{page}"}}"#)).unwrap().next.unwrap();
    }
}

#[test]
fn equal_pages_under_new_cursors_fail() {
    let list =
        List::new(&format!(r#","nextPageKey":"next","rootKey":"|all","parameters":[{}]"#, parameters("nextPage")), &[]);
    let page = |number: u64, records: &str| format!(r#"{{"next":"c{number}","all":[{records}],"at":{number}}}"#);
    let walked = |records: &dyn Fn(u64) -> String| {
        let mut walk = Walk::first(2);
        for number in 1..50 {
            match list.advance(&walk, &[], &page(number, &records(number))) {
                Ok(advance) => walk = Walk::read(&advance.next.unwrap().to_string()).unwrap(),
                Err(error) => return Err((number, error)),
            }
        }
        Ok(())
    };
    let message = "PagingLoop 10 pages in a row have the same records under different cursors";
    assert_eq!(walked(&|_| r#"{"id":1},{"id":2}"#.to_owned()), Err((10, message.to_owned())));
    assert_eq!(walked(&|number| format!(r#"{{"id":{}}}"#, number / 9)), Ok(()), "nine are equal, the tenth differs");
    assert_eq!(walked(&|_| String::new()), Ok(()), "empty pages are no repeats");
}

#[test]
fn the_hash_of_a_page_does_not_depend_on_its_root_key() {
    // Spec E 6.33: an equal body is a repeat, wherever the list is in it.
    let list = |root: &str, body: &str| {
        let list = List::new(&format!(r#","rootKey":"{root}","parameters":[{}]"#, parameters("page pageSize")), &[]);
        let next = list.advance(&Walk::first(1), &[], body).unwrap().next.unwrap();
        (
            list.advance(&next, &[], body).unwrap().repeated,
            list.advance(&next, &[], &body.replace('7', "8")).unwrap().repeated,
        )
    };
    for (root, body) in [
        ("", "[7]"),
        ("|a", r#"{"a":[1],"b":7}"#),
        ("|a", r#"{"b":7,"a":[1]}"#),
        ("|a", r#"{"a":[7]}"#),
        ("|a[*].b", r#"{"a":[{"b":7}]}"#),
    ] {
        assert_eq!(list(root, body), (Some(Repeat::Page), None), "{root} {body}");
    }
}

proptest! {
    /// No text of a cursor or header makes the reader panic, and a foreign host is never called.
    #[test]
    fn any_cursor_is_read(next in "[ -~]{0,30}", link in "[ -~]{0,40}") {
        let list = List::declaring("nextPage>cursor", &[]);
        let body = serde_json::json!({"cursor": next}).to_string();
        if let Ok(Advance { next: Some(walk), .. }) = list.advance(&Walk::first(2), &[("link", &link)], &body)
            && let Some(address) = list.values(&walk).address
        {
            prop_assert_eq!(address.host_str(), Some("api.example"));
        }
    }
}

#[test]
fn errors_of_paging_are_the_vendors() {
    let list = List::new(&format!(r#","nextPageKey":"next","parameters":[{}]"#, parameters("nextPage")), &[]);
    let read = list.read(&[], r#"{"next":"https://evil.example/"}"#);
    let asked = Url::parse("https://api.example/").unwrap();
    let error = advance(list.settings(), &list.definition.resources[0], list.mode(), &Walk::first(1), &read, &asked);
    assert_eq!(error.unwrap_err().kind, VendorErrorKind::MalformedResponse);
}

#[test]
fn scripts_send_what_parameters_do_not() {
    // Spec E 6.11, 6.37, 7.68.
    let mode = |names: &str, kind: &str, scripts: &[(&str, &str)], more: &str| {
        let hook = |(side, body): &(&str, &str)| format!(r#"{{"type":"{side}Request","body":"{body}"}}"#);
        let hooks: Vec<String> = scripts.iter().map(hook).collect();
        let resource = format!(r#","parameters":[{}],"hooks":[{}]{more}"#, parameters(names), hooks.join(","));
        let list = List::new(&resource, &[("pagination.type", kind)]);
        (list.mode(), passes_cursor(list.settings(), &list.definition.resources[0]))
    };
    let cursor = |goes_out| Mode::Cursor { as_page: false, goes_out };
    let reads = ("pre", "done({request_vendor_parameters: {c: request_parameters.nextPage}})");
    let gives = ("post", "done({response_headers: {'elements-next-page-token': 1}})");
    assert_eq!(mode("nextPage>no-op", "page", &[reads], ""), (cursor(true), false));
    assert_eq!(mode("nextPage>no-op", "page", &[gives], ""), (cursor(false), false));
    assert_eq!(mode("", "cursor", &[reads], ""), (cursor(true), false));
    assert_eq!(mode("page pageSize", "page", &[reads, gives], ""), (cursor(true), false));
    assert_eq!(mode("page pageSize", "page", &[gives], ""), (Mode::Page { first: 1 }, true));
    let pages = ("pre", "const {page, pageSize} = request_parameters;");
    assert_eq!(mode("page>no-op pageSize>no-op", "page", &[pages], ""), (Mode::Page { first: 1 }, true));
    let other = ("pre", "const pages = request_parameters.homepage");
    assert_eq!(mode("page>no-op pageSize>no-op", "page", &[other], ""), (Mode::Whole { first: 1 }, true));
    let chain = r#","nextResource":"GET:/things""#;
    assert_eq!(mode("page pageSize", "page", &[], chain), (Mode::Whole { first: 1 }, false));
}
