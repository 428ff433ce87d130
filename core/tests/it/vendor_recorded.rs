//! Every recorded vendor response parses to the expected records (spec BT 1.12, part 2).

use elementkit::elements::brighttalk::call::{Endpoint, Ids};
use elementkit::elements::brighttalk::xml::{ParseOptions, ParsedPage, parse};
use serde_json::{Value, json};

use crate::support;

/// Returns the request of each file (the table of INDEX.md).
fn request_of(name: &str) -> (Endpoint, Ids) {
    let channel = Ids { channel: Some(1), ..Ids::default() };
    let webcast = Ids { webcast: Some(2), ..channel };
    let survey = Ids { survey: Some(1), ..Ids::default() };
    match name {
        "channels-page1" | "invalid-channel-created-date" | "invalid-channel-id" => {
            (Endpoint::MyChannels, Ids::default())
        }
        "subscribers-with-next" | "subscribers-subscribed-since-last" => (Endpoint::ChannelSubscribers, channel),
        "activities-channel-since-expand" => (Endpoint::ChannelActivities, channel),
        "activities-webcast-since-expand" | "activities-webcast-with-next" => (Endpoint::WebcastActivities, webcast),
        "survey-responses-with-next" => (Endpoint::SurveyResponses, survey),
        "survey-inactive" => (Endpoint::Survey, survey),
        "surveys-for-channel" => (Endpoint::ChannelSurveys, channel),
        "registrations-viewed-since-last" => (Endpoint::WebcastRegistrations, webcast),
        "viewings-with-next" => (Endpoint::WebcastViewings, webcast),
        "webcasts-page1" | "webcasts-page2" | "webcasts-with-next" | "webcasts-since-last" => {
            (Endpoint::ChannelWebcasts, channel)
        }
        other => panic!("no request known for {other}.xml"),
    }
}

fn as_json(page: &ParsedPage) -> Value {
    let record = |row: elementkit::record::Row<'_>| -> Value {
        let mut text = Vec::new();
        row.write_json(false, &mut text);
        serde_json::from_slice(&text).unwrap()
    };
    let link = |link: &elementkit::elements::brighttalk::xml::Link| {
        let mut found = json!({"rel": link.rel, "href": link.href});
        if let Some(title) = &link.title {
            found["title"] = json!(title);
        }
        found
    };
    let links = page.links.iter().map(|links| Value::from_iter(links.iter().map(link)));
    json!({
        "root": page.root,
        "next": page.next.as_ref().map(|next| json!({"href": next.href, "cursor": next.cursor, "pageSize": next.page_size})),
        "records": Value::from_iter(page.batch.rows().map(record)),
        "links": Value::from_iter(links),
        "warnings": Value::from_iter(page.warnings.iter().map(|warning| {
            json!({"code": warning.code, "path": warning.path, "detail": warning.detail})
        })),
    })
}

#[test]
fn recorded_responses_parse_to_their_expected_documents() {
    let Some(dir) = support::recorded_dir() else { return };
    let mut files = 0;
    for entry in std::fs::read_dir(&dir).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|ending| ending != "xml") {
            continue;
        }
        let name = path.file_stem().unwrap().to_str().unwrap();
        let (endpoint, ids) = request_of(name);
        let text = std::fs::read_to_string(&path).unwrap();
        let page = parse(&text, endpoint.info(), &ids, ParseOptions { links: true }).unwrap();
        let expected = std::fs::read(dir.join("expected").join(format!("{name}.json"))).unwrap();
        let expected: Value = serde_json::from_slice(&expected).unwrap();
        let found = as_json(&page);
        for part in ["root", "next", "records", "links", "warnings"] {
            assert_eq!(found[part], expected[part], "{name}: {part}");
        }
        files += 1;
    }
    assert_eq!(files, 17, "files in {}", dir.display());
}
