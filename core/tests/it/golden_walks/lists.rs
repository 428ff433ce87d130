//! Demands for whole lists: every object, every path with ids, pages and orders.

use brighttalk_sim::{Config, PageOver};
use serde_json::json;

use super::demand::{Demand, Group, both, demand};
use super::world::{Setting, simulated, small};

pub fn groups() -> Vec<Group> {
    // Larger pages are refused instead of cut.
    let refusing = |page_max| simulated(Config { page_over: PageOver::Reject, page_max, page_default: 5, ..small() });
    let derived = Setting { derived: true, ..simulated(small()) };
    vec![
        Group { name: "objects", setting: simulated(small()), demands: objects() },
        Group { name: "paths", setting: simulated(small()), demands: paths() },
        Group { name: "single records", setting: simulated(small()), demands: single_records() },
        Group { name: "pages", setting: simulated(small()), demands: pages() },
        Group { name: "orders", setting: simulated(small()), demands: orders() },
        Group { name: "refused page size", setting: refusing(60), demands: refused_page_size() },
        Group { name: "refused page size of a job", setting: refusing(60), demands: refused_page_size_of_a_job() },
        Group { name: "refused small page size", setting: refusing(40), demands: refused_small_page_size() },
        Group { name: "derived fields", setting: derived, demands: derived_fields() },
    ]
}

fn objects() -> Vec<Demand> {
    vec![
        both("channels", "/channels", "select * from channels"),
        both("webcasts", "/webcasts", "select * from webcasts"),
        both("contacts", "/contacts", "select * from contacts"),
        both("activities", "/activities", "select * from activities"),
        both("registrations", "/registrations", "select * from registrations"),
        both("viewings", "/viewings", "select * from viewings"),
        both("surveys", "/surveys", "select * from surveys"),
        both("responses", "/responses", "select * from responses"),
        both(
            "access summaries",
            "/subscriberWebcastAttachmentAccessSummaries",
            "select * from subscriberWebcastAttachmentAccessSummaries",
        ),
        both("attachments", "/webcastAttachments", "select * from webcastAttachments"),
        demand("another name of an object").query("select id from channelsWebcastsRegistrations"),
        demand("an unknown object").get("/unknown").query("select * from unknown"),
    ]
}

fn paths() -> Vec<Demand> {
    vec![
        demand("channels of the user").get("/hubs/marketing/users/9001/channels"),
        demand("channels of another user").get("/hubs/marketing/users/9002/channels"),
        both("webcasts of a channel", "/channels/1002/webcasts", "select * from webcasts where channelId = 1002"),
        both("contacts of a channel", "/channels/1002/contacts", "select * from contacts where channelId = 1002"),
        both("activities of a channel", "/channels/1002/activities", "select * from activities where channelId = 1002"),
        both(
            "registrations of a channel",
            "/channels/1002/registrations",
            "select * from registrations where channelId = 1002",
        ),
        both("viewings of a channel", "/channels/1002/viewings", "select * from viewings where channelId = 1002"),
        both("surveys of a channel", "/channels/1003/surveys", "select * from surveys where channelId = 1003"),
        both("responses of a channel", "/channels/1003/responses", "select * from responses where channelId = 1003"),
        both(
            "access summaries of a channel",
            "/channels/1002/subscriberWebcastAttachmentAccessSummaries",
            "select * from subscriberWebcastAttachmentAccessSummaries where channelId = 1002",
        ),
        both(
            "attachments of a channel",
            "/channels/1002/webcastAttachments",
            "select * from webcastAttachments where channelId = 1002",
        ),
        both(
            "activities of a webcast",
            "/channels/1001/webcasts/10003/activities",
            "select * from activities where channelId = 1001 and webcastId = 10003",
        ),
        both(
            "registrations of a webcast",
            "/channels/1001/webcasts/10003/registrations",
            "select * from registrations where channelId = 1001 and webcastId = 10003",
        ),
        both(
            "viewings of a webcast",
            "/channels/1001/webcasts/10003/viewings",
            "select * from viewings where channelId = 1001 and webcastId = 10003",
        ),
        both(
            "access summaries of a webcast",
            "/channels/1001/webcasts/10003/subscriberAttachmentAccessSummaries",
            "select * from subscriberWebcastAttachmentAccessSummaries where channelId = 1001 and webcastId = 10003",
        ),
        both(
            "attachments of a webcast",
            "/channels/1001/webcasts/10002/attachments",
            "select * from webcastAttachments where channelId = 1001 and webcastId = 10002",
        ),
        both("responses of a survey", "/surveys/60002/responses", "select * from responses where surveyId = 60002"),
        both(
            "responses of an inactive survey",
            "/surveys/60007/responses",
            "select * from responses where surveyId = 60007",
        ),
    ]
}

fn single_records() -> Vec<Demand> {
    let missing = json!({"match": {"path": "/v1/channel_subscriber/*"}, "fault": {"type": "status", "status": 404, "body": "empty"}});
    let forbidden = json!({"match": {"path": "/v1/channel_subscriber/*"},
        "fault": {"type": "status", "status": 403, "code": "NotAuthorisedForChannel"}});
    vec![
        both(
            "a webcast",
            "/channels/1001/webcasts/10003",
            "select * from webcasts where channelId = 1001 and id = 10003",
        )
        .in_order(),
        demand("a webcast that is missing").get("/channels/1001/webcasts/10099"),
        demand("a webcast of another channel").get("/channels/1001/webcasts/10007"),
        demand("a webcast of a missing channel").get("/channels/1999/webcasts/10003"),
        demand("a survey").get("/surveys/60003"),
        demand("a survey that is missing").get("/surveys/60999"),
        both(
            "a contact",
            "/channels/1001/contacts/5000003",
            "select * from contacts where channelId = 1001 and id = 5000003",
        )
        .in_order(),
        demand("a contact below another channel").get("/channels/1002/contacts/5000003"),
        demand("a contact with an id that is no number").get("/channels/1001/contacts/x"),
        demand("a contact that is found by scanning").get("/channels/1001/contacts/5000003").faults(missing.clone()),
        demand("a contact that scanning does not find").get("/channels/1001/contacts/5000013").faults(missing.clone()),
        demand("a contact below a missing channel").get("/channels/1999/contacts/5000003").faults(missing),
        demand("a contact that is forbidden").get("/channels/1001/contacts/5000003").faults(forbidden),
        demand("fields of a single record").get("/channels/1001/webcasts/10003?fields=id,title"),
    ]
}

/// Every page is read, unless a demand says so; pages of the vendor have four records.
fn pages() -> Vec<Demand> {
    vec![
        demand("tokens within pages of the vendor").follow("/channels/1001/contacts?pageSize=3"),
        demand("tokens across pages and channels").follow("/contacts?pageSize=7"),
        demand("tokens at the ends of pages").follow("/contacts?pageSize=4"),
        demand("tokens across scans").follow("/contacts?where=lastUpdated > '2030-03-10'&pageSize=2"),
        demand("tokens into a scan").follow("/contacts?where=lastUpdated > '2030-03-10'&pageSize=5"),
        demand("tokens across webcasts").follow("/registrations?pageSize=5"),
        demand("tokens across surveys").follow("/responses?pageSize=3"),
        demand("tokens of a list without pages").follow("/surveys?pageSize=1"),
        demand("tokens with a residual condition").follow("/contacts?where=email like '%1%'&pageSize=5"),
        demand("tokens of one list").follow("/channels/1001/webcasts/10003/viewings?pageSize=2"),
        demand("tokens of an order").follow("/contacts?orderBy=email&pageSize=15"),
        demand("a token of another list").get("/contacts?pageSize=5").get("/activities?pageSize=5&nextPage={token}"),
        demand("a token with another page size")
            .get("/contacts?pageSize=5")
            .get("/contacts?pageSize=9&nextPage={token}"),
        demand("a malformed token").get("/contacts?nextPage=x"),
        demand("an empty token").get("/channels/1001/contacts?nextPage="),
        demand("a page number").get("/contacts?page=3&pageSize=5"),
        demand("a page number beyond the end").get("/contacts?page=30&pageSize=5"),
        demand("a page number, then tokens").follow("/contacts?page=6&pageSize=5"),
        demand("a page number of an order").get("/contacts?page=2&pageSize=10&orderBy=id desc"),
        demand("a page size above the maximum").get("/channels/1001/contacts?pageSize=6000"),
        demand("a page size of zero").get("/channels/1001/contacts?pageSize=0"),
        demand("a count").get("/contacts?pageSize=5&returnCount=true"),
        demand("a count with a token")
            .get("/contacts?pageSize=5")
            .get("/contacts?pageSize=5&returnCount=true&nextPage={token}"),
        demand("a count with a condition").get("/contacts?where=email like '%1%'&pageSize=2&includeTotalCount=true"),
        demand("a count of an order").get("/webcasts?orderBy=id&pageSize=2&returnCount=true"),
        demand("fields")
            .get("/channels/1001/contacts?fields=id,email,nothing")
            .query("select id, email, nothing from contacts where channelId = 1001"),
    ]
}

fn orders() -> Vec<Demand> {
    vec![
        both("an order", "/contacts?orderBy=email", "select * from contacts order by email"),
        both(
            "an order of two fields, descending",
            "/activities?orderBy=totalViewings desc,id&pageSize=20",
            "select * from activities order by totalViewings desc, id limit 20",
        ),
        both("an order of nested lists", "/registrations?orderBy=id", "select * from registrations order by id"),
        both(
            "an order with a condition",
            "/viewings?where=webcastStatus = 'live'&orderBy=duration desc",
            "select * from viewings where webcastStatus = 'live' order by duration desc",
        ),
        both("an order of channels", "/channels?orderBy=name desc", "select * from channels order by name desc"),
        both("an order by an unknown field", "/channels?orderBy=nothing", "select * from channels order by nothing"),
        both(
            "an order of nothing",
            "/contacts?where=id = 'x'&orderBy=id",
            "select * from contacts where id = 'x' order by id",
        ),
    ]
}

/// In one group, because the size is not sent again after it was refused.
fn refused_page_size() -> Vec<Demand> {
    vec![
        demand("a page size that is accepted").get("/channels/1001/contacts?pageSize=55"),
        demand("a page size that is refused").get("/contacts"),
        demand("no page size afterwards")
            .get("/channels/1001/contacts?pageSize=7")
            .query("select * from contacts where channelId = 1001"),
    ]
}

fn refused_page_size_of_a_job() -> Vec<Demand> {
    vec![
        demand("a page size that is refused").query("select * from contacts where channelId = 1001"),
        demand("no page size afterwards").query("select * from webcasts").get("/webcasts"),
    ]
}

fn refused_small_page_size() -> Vec<Demand> {
    vec![
        demand("a small page size that is refused").get("/channels/1001/contacts?pageSize=45").download(
            json!({"objectName": "contacts", "format": "txt/csv", "where": "channelId = 1001", "pageSize": 45}),
        ),
    ]
}

fn derived_fields() -> Vec<Demand> {
    vec![
        both("activities", "/activities", "select * from activities"),
        both(
            "activities of a webcast",
            "/channels/1001/webcasts/10003/activities",
            "select * from activities where channelId = 1001 and webcastId = 10003",
        ),
        both(
            "a condition on a derived field",
            "/activities?where=activityType = 'live'",
            "select id, activityType from activities where activityType = 'live'",
        ),
        both(
            "an order by a derived field",
            "/activities?orderBy=totalViewingDurationMinutes desc,id",
            "select * from activities order by totalViewingDurationMinutes desc, id",
        ),
        demand("tokens").follow("/activities?pageSize=20&fields=id,activityUrl"),
        both("contacts", "/channels/1001/contacts", "select * from contacts where channelId = 1001"),
    ]
}
