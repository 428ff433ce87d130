//! Demands for lists that are missing or forbidden, and demands that the vendor disturbs.

use brighttalk_sim::{Config, NotFound};
use serde_json::{Value, json};

use super::demand::{Demand, Group, both, demand};
use super::world::{sharing, simulated, small};

pub fn groups() -> Vec<Group> {
    let strict = simulated(Config { not_found: NotFound::Strict, ..small() });
    vec![
        Group { name: "missing in the path", setting: simulated(small()), demands: missing_in_the_path() },
        Group { name: "missing in a condition", setting: simulated(small()), demands: missing_in_a_condition() },
        Group { name: "missing, with status 404", setting: strict, demands: missing_with_404() },
        Group { name: "missing in an enumeration", setting: simulated(small()), demands: missing_in_an_enumeration() },
        Group { name: "every list is missing", setting: simulated(small()), demands: every_list_is_missing() },
        Group { name: "rejected cursors", setting: simulated(small()), demands: rejected_cursors() },
        Group { name: "pages that repeat", setting: simulated(small()), demands: pages_that_repeat() },
        Group { name: "answers that fail", setting: simulated(small()), demands: answers_that_fail() },
        Group { name: "records in several lists", setting: sharing(), demands: records_in_several_lists() },
    ]
}

fn missing_in_the_path() -> Vec<Demand> {
    vec![
        demand("a channel").get("/channels/1999/contacts"),
        demand("a channel of nested lists").get("/channels/1999/registrations"),
        demand("a channel, with a condition on the webcast").get("/channels/1999/viewings?where=webcastId = 10003"),
        demand("a channel, with a condition on the survey").get("/channels/1999/responses?where=surveyId = 60001"),
        demand("a channel that is forbidden").get("/channels/1004/contacts"),
        demand("a channel of nested lists that is forbidden").get("/channels/1004/registrations"),
        demand("a webcast").get("/channels/1001/webcasts/10099/viewings"),
        demand("a webcast, by a condition").get("/channels/1001/viewings?where=webcastId = 10099"),
        demand("a webcast by id, by a condition").get("/channels/1001/webcasts?where=id = 10099"),
        demand("a survey").get("/surveys/60999/responses"),
        demand("a survey of a channel, by a condition").get("/channels/1001/responses?where=surveyId = 60999"),
        demand("a survey that is forbidden").get("/surveys/60004/responses"),
    ]
}

fn missing_in_a_condition() -> Vec<Demand> {
    vec![
        both("a channel", "/contacts?where=channelId = 1999", "select * from contacts where channelId = 1999"),
        both(
            "one of two channels",
            "/contacts?where=channelId in (1001, 1999)",
            "select * from contacts where channelId in (1001, 1999)",
        ),
        both(
            "two of two channels",
            "/contacts?where=channelId in (1998, 1999)",
            "select * from contacts where channelId in (1998, 1999)",
        ),
        both(
            "a channel that is forbidden",
            "/contacts?where=channelId = 1004",
            "select * from contacts where channelId = 1004",
        ),
        both(
            "one of two channels is forbidden",
            "/contacts?where=channelId in (1001, 1004)",
            "select * from contacts where channelId in (1001, 1004) limit 1000",
        )
        .in_order(),
        both(
            "a channel of nested lists",
            "/registrations?where=channelId in (1001, 1999)",
            "select * from registrations where channelId in (1001, 1999)",
        ),
        both(
            "a channel of nested lists that is forbidden",
            "/registrations?where=channelId in (1001, 1004)",
            "select * from registrations where channelId in (1001, 1004)",
        ),
        both(
            "a webcast",
            "/viewings?where=channelId = 1001 and webcastId = 10099",
            "select * from viewings where channelId = 1001 and webcastId = 10099",
        ),
        both(
            "a webcast by id",
            "/webcasts?where=channelId = 1001 and id = 10099",
            "select * from webcasts where channelId = 1001 and id = 10099",
        )
        .in_order(),
        both("a survey", "/responses?where=surveyId = 60999", "select * from responses where surveyId = 60999"),
        both(
            "a survey of a channel",
            "/responses?where=surveyId = 60999 and channelId = 1001",
            "select * from responses where surveyId = 60999 and channelId = 1001",
        ),
        both(
            "a survey that is forbidden",
            "/responses?where=surveyId = 60004",
            "select * from responses where surveyId = 60004",
        ),
    ]
}

fn missing_with_404() -> Vec<Demand> {
    vec![
        demand("a channel in the path").get("/channels/1999/contacts"),
        both(
            "a channel in a condition",
            "/contacts?where=channelId = 1999",
            "select * from contacts where channelId = 1999",
        ),
    ]
}

/// Removes the address of the second person on each page of a channel's contacts.
pub fn without_address() -> Value {
    json!([{"match": {"path": "/v1/channel/1002/subscribers"}, "fault": {"type": "field", "record": 1, "remove": ["user/email"]}}])
}

/// Refuses a path with a code of the vendor.
fn refusal(path: &str, status: u16, code: &str) -> Value {
    json!({"match": {"path": path}, "fault": {"type": "status", "status": status, "code": code, "message": "Refused."}})
}

fn missing_in_an_enumeration() -> Vec<Demand> {
    let contacts = |name| both(name, "/contacts", "select * from contacts");
    let registrations = |name| both(name, "/registrations", "select * from registrations");
    let once = json!({"match": {"path": "/v1/channel/1002/webcasts"}, "times": 1,
        "fault": {"type": "status", "status": 403, "code": "NotAuthorisedForChannel"}});
    vec![
        contacts("a channel").faults(json!([refusal("/v1/channel/1002/*", 400, "ChannelNotFound")])),
        contacts("a channel that is forbidden").faults(json!([refusal("/v1/channel/1002/*", 403, "NotAuthorisedForChannel")])),
        contacts("the second page of a channel").faults(json!([
            {"match": {"path": "/v1/channel/1002/subscribers", "page": 2}, "fault": {"type": "status", "status": 404, "body": "empty"}}
        ])),
        registrations("the webcasts of a channel").faults(json!([refusal("/v1/channel/1002/webcasts", 400, "ChannelNotFound")])),
        registrations("a webcast").faults(json!([refusal("/v1/channel/1002/webcast/10009/*", 404, "WebcastNotFound")])),
        registrations("a webcast that is forbidden")
            .faults(json!([refusal("/v1/channel/1002/webcast/10009/*", 403, "NotAuthorisedForChannel")])),
        both(
            "a webcast of a channel that is named",
            "/channels/1002/registrations",
            "select * from registrations where channelId = 1002",
        )
        .faults(json!([refusal("/v1/channel/1002/webcast/10009/*", 404, "WebcastNotFound")])),
        both(
            "a webcast that is forbidden, of a channel that a condition names",
            "/registrations?where=channelId = 1002",
            "select * from registrations where channelId = 1002",
        )
        .faults(json!([refusal("/v1/channel/1002/webcast/10009/*", 403, "NotAuthorisedForChannel")])),
        both("a survey", "/responses", "select * from responses")
            .faults(json!([refusal("/v1/survey/60002/*", 404, "SurveyNotFound")])),
        demand("tokens beyond a missing channel")
            .follow("/contacts?pageSize=9")
            .faults(json!([refusal("/v1/channel/1002/*", 400, "ChannelNotFound")])),
        demand("channels that are missing cannot be listed")
            .get("/contacts")
            .query("select * from contacts")
            .faults(json!([refusal("/v1/my/channels", 403, "NotAuthorised")])),
        demand("a channel whose webcasts are listed again")
            .query("select * from registrations")
            .query("select * from registrations&continueFromJobId={job}")
            .faults(json!([once])),
    ]
}

fn every_list_is_missing() -> Vec<Demand> {
    let all = |path, code| json!([refusal(path, 400, code)]);
    vec![
        both("channels", "/contacts", "select * from contacts").faults(all("/v1/channel/*", "ChannelNotFound")),
        both("channels of nested lists", "/registrations", "select * from registrations")
            .faults(all("/v1/channel/*", "ChannelNotFound")),
        both("webcasts", "/registrations", "select * from registrations")
            .faults(all("/v1/channel/*/registrations", "WebcastNotFound")),
        both(
            "webcasts of a channel",
            "/channels/1001/registrations",
            "select * from registrations where channelId = 1001",
        )
        .faults(all("/v1/channel/*/registrations", "WebcastNotFound")),
        demand("an order").get("/contacts?orderBy=id").faults(all("/v1/channel/*", "ChannelNotFound")),
    ]
}

/// Rejects cursors from the second page of a list on.
fn expired(path: &str, times: Option<u64>) -> Value {
    json!({"match": {"path": path, "page": 2}, "times": times, "fault": {"type": "cursor_expired", "after_pages": 0}})
}

fn rejected_cursors() -> Vec<Demand> {
    let contacts = |name| both(name, "/channels/1001/contacts", "select * from contacts where channelId = 1001");
    let path = "/v1/channel/1001/subscribers";
    vec![
        contacts("once").faults(json!([expired(path, Some(1))])),
        contacts("always").faults(json!([expired(path, None)])),
        both("once, in one of several lists", "/contacts", "select * from contacts")
            .faults(json!([expired("/v1/channel/1002/subscribers", Some(1))])),
        both("once, with an order", "/contacts?orderBy=id", "select * from contacts order by id")
            .faults(json!([expired("/v1/channel/1002/subscribers", Some(1))])),
        both("once, with a limit", "/channels/1001/contacts?pageSize=6", "select * from contacts where channelId = 1001 limit 6")
            .in_order()
            .faults(json!([expired(path, Some(1))])),
        both("once, in an enumeration", "/registrations", "select * from registrations")
            .faults(json!([expired("/v1/channel/1002/webcasts", Some(1))])),
        both("always, in an enumeration", "/registrations", "select * from registrations")
            .faults(json!([expired("/v1/channel/1002/webcasts", None)])),
        both(
            "once, in the second scan",
            "/channels/1001/contacts?where=lastUpdated > '2030-03-10'",
            "select * from contacts where channelId = 1001 and lastUpdated > '2030-03-10'",
        )
        .faults(json!([{"match": {"path": path, "query": {"unsubscribedSince": "2030-03-10T00:00:00Z"}}, "times": 1,
            "fault": {"type": "status", "status": 400, "code": "CursorExpired"}}])),
        demand("that of a token")
            .get("/channels/1001/contacts?pageSize=4")
            .get("/channels/1001/contacts?pageSize=4&nextPage={token}")
            .faults(json!([expired(path, None)])),
        demand("one after that of a token")
            .get("/channels/1001/contacts?pageSize=6")
            .get("/channels/1001/contacts?pageSize=6&nextPage={token}")
            .faults(json!([{"match": {"path": path, "page": 3}, "times": 1, "fault": {"type": "cursor_expired", "after_pages": 0}}])),
        demand("resumed after it was always rejected")
            .query("select * from contacts where channelId = 1001")
            .resume()
            .faults(json!([expired(path, None)])),
    ]
}

fn pages_that_repeat() -> Vec<Demand> {
    let contacts = |name| both(name, "/channels/1001/contacts", "select * from contacts where channelId = 1001");
    let page = |page: u64, times: Option<u64>, fault: Value| json!([{"match": {"path": "/v1/channel/1001/subscribers", "page": page}, "times": times, "fault": fault}]);
    let to_second = json!({"type": "loop", "to_page": 2});
    vec![
        contacts("a loop, once").faults(page(2, Some(1), to_second.clone())),
        contacts("a loop, always").faults(page(2, None, to_second.clone())),
        demand("a loop that tokens lead into")
            .follow("/channels/1001/contacts?pageSize=4")
            .faults(page(2, None, to_second)),
        contacts("a page twice").faults(page(2, Some(1), json!({"type": "duplicate_page"}))),
        contacts("an overlap").faults(page(2, None, json!({"type": "overlap", "records": 2}))),
        contacts("three empty pages").faults(page(2, Some(1), json!({"type": "empty_pages", "count": 3}))),
        contacts("twelve empty pages").faults(page(2, None, json!({"type": "empty_pages", "count": 12}))),
        contacts("short pages").faults(page(2, Some(1), json!({"type": "short_page", "records": 1}))),
        demand("tokens through empty pages").follow("/channels/1001/contacts?pageSize=4").faults(page(
            2,
            Some(1),
            json!({"type": "empty_pages", "count": 3}),
        )),
        demand("tokens through an overlap").follow("/channels/1001/contacts?pageSize=4").faults(page(
            2,
            None,
            json!({"type": "overlap", "records": 2}),
        )),
        contacts("pages in another order").faults(page(1, None, json!({"type": "reorder"}))),
    ]
}

fn answers_that_fail() -> Vec<Demand> {
    let contacts = |name| both(name, "/channels/1001/contacts", "select * from contacts where channelId = 1001");
    let page = |page: u64, times: Option<u64>, fault: Value| json!([{"match": {"path": "/v1/channel/1001/subscribers", "page": page}, "times": times, "fault": fault}]);
    let status =
        |status: u16, code: &str| json!({"type": "status", "status": status, "code": code, "message": "Refused."});
    vec![
        contacts("unavailable, twice").faults(page(2, Some(2), status(503, "ServiceUnavailable"))),
        contacts("unavailable, so that the job waits").faults(page(2, Some(6), status(503, "ServiceUnavailable"))),
        contacts("unauthorized").faults(page(2, None, status(401, "Unauthorized"))),
        contacts("a bad request").faults(page(2, None, status(400, "InvalidDate"))),
        contacts("a list that disappears while it is read").faults(page(3, None, status(404, "ChannelNotFound"))),
        both(
            "a list that a condition names disappears while it is read",
            "/contacts?where=channelId = 1001",
            "select * from contacts where channelId = 1001",
        )
        .faults(page(3, None, status(404, "ChannelNotFound"))),
        contacts("a list that is forbidden while it is read").faults(page(3, None, status(403, "NotAuthorisedForChannel"))),
        contacts("a page that cannot be read").faults(page(2, None, json!({"type": "malformed", "kind": "mismatched_tag"}))),
        contacts("an error with status 200").faults(page(2, Some(2), json!({"type": "malformed", "kind": "error_200"}))),
        contacts("no cursor in the next link").faults(page(1, None, json!({"type": "next_broken", "kind": "no_cursor"}))),
        contacts("a record without id")
            .faults(page(2, None, json!({"type": "field", "record": 1, "remove": ["@id"], "set": {}}))),
        contacts("a value that does not fit")
            .faults(page(2, None, json!({"type": "field", "record": 1, "set": {"lastSubscribed": "yesterday"}}))),
        both("a webcast without id in an enumeration", "/channels/1001/registrations", "select * from registrations where channelId = 1001")
            .faults(json!([{"match": {"path": "/v1/channel/1001/webcasts"}, "fault": {"type": "field", "record": 0, "remove": ["@id"]}}])),
        demand("resumed after a refusal")
            .query("select * from contacts where channelId = 1001")
            .resume()
            .faults(page(2, None, status(401, "Unauthorized"))),
    ]
}

fn records_in_several_lists() -> Vec<Demand> {
    vec![
        both("viewings", "/viewings", "select * from viewings"),
        both("activities", "/activities", "select * from activities"),
        both("webcasts", "/webcasts", "select * from webcasts"),
        both("registrations, some forbidden", "/registrations", "select * from registrations"),
        both("surveys", "/surveys", "select * from surveys"),
        both("responses of a shared survey", "/responses", "select * from responses"),
        both(
            "viewings of the second channel",
            "/viewings?where=channelId = 8",
            "select * from viewings where channelId = 8",
        ),
        demand("tokens").follow("/viewings?pageSize=5"),
        both("an order", "/viewings?orderBy=id", "select * from viewings order by id"),
        demand("a limit, and its continuation")
            .query("select * from viewings limit 8")
            .in_order()
            .query("select * from viewings&continueFromJobId={job}"),
        both("a response of a shared survey", "/responses?where=id = 601", "select * from responses where id = 601")
            .in_order(),
    ]
}
