//! Demands that only jobs have: limits, starts of partitions, continuations.

use serde_json::{Value, json};

use super::demand::{Demand, Group, demand};
use super::faults::without_address;
use super::world::{Setting, simulated, small};

pub fn groups() -> Vec<Group> {
    let ignoring = Setting { skip_without_email: true, ..simulated(small()) };
    vec![
        Group { name: "jobs from and to", setting: simulated(small()), demands: from_and_to() },
        Group { name: "jobs with a limit", setting: simulated(small()), demands: limits() },
        Group { name: "jobs with watermarks", setting: simulated(small()), demands: watermarks() },
        Group { name: "downloads", setting: simulated(small()), demands: downloads() },
        Group { name: "jobs without people who have no address", setting: ignoring, demands: with_addresses_only() },
    ]
}

fn from_and_to() -> Vec<Demand> {
    let query = |name, statement| demand(name).query(statement);
    vec![
        query("contacts from", "select * from contacts&from=2030-03-10"),
        query("contacts from and to", "select * from contacts&from=2030-03-10&to=2030-06-01"),
        query("contacts to", "select * from contacts&to=2029-06-01"),
        query("activities from", "select * from activities&from=2030-06-01T12:00:00Z"),
        query("activities since the last run", "select * from activities&lastRunDate=2030-06-01"),
        query("from over the last run", "select * from activities&from=2030-09-01&lastRunDate=2030-06-01"),
        query(
            "from with a later condition",
            "select * from activities where lastUpdated > '2030-11-01'&from=2030-06-01",
        ),
        query("registrations from", "select * from registrations&from=2030-06-01"),
        query("channels from", "select * from channels&from=2030-01-01"),
        query("surveys from", "select * from surveys&from=2030-06-01"),
        query(
            "access summaries from",
            "select * from subscriberWebcastAttachmentAccessSummaries&from=2030-06-01&to=2030-11-01",
        ),
        query("from after to", "select * from contacts&from=2030-06-01&to=2029-06-01"),
        query("an invalid date", "select * from contacts&from=yesterday"),
    ]
}

fn limits() -> Vec<Demand> {
    let query = |name, statement| demand(name).query(statement).in_order();
    vec![
        query("within the first page", "select * from contacts limit 3"),
        query("at the end of a page", "select * from contacts limit 4"),
        query("across channels", "select * from contacts limit 14"),
        query("zero", "select * from contacts limit 0"),
        query("of a condition", "select * from contacts where email like '%1%' limit 5"),
        query("of nested lists", "select * from registrations limit 5"),
        query("of channels", "select * from channels limit 2"),
        query("larger than the list", "select * from channels limit 100"),
        demand("of an order").query("select * from contacts order by email limit 5"),
        demand("zero, of an order").query("select * from contacts order by email limit 0").in_order(),
        query("of an unpaged list", "select * from surveys limit 1"),
        query("of a limit and its continuation", "select * from contacts limit 6")
            .query("select * from contacts limit 20&continueFromJobId={job}")
            .in_order()
            .query("select * from contacts&continueFromJobId={job}"),
        query("continued by another list", "select * from contacts limit 6")
            .query("select * from activities&continueFromJobId={job}"),
    ]
}

fn watermarks() -> Vec<Demand> {
    let query = |name, statement| demand(name).query(statement);
    vec![
        query(
            "of channels",
            r#"select * from contacts&watermarks=[{"watermark":"2030-06-01T00:00:00Z","partitions":["1001"]},{"watermark":"2030-09-01T00:00:00Z","partitions":["1002"]}]"#,
        ),
        query(
            "with from",
            r#"select * from activities&from=2030-09-01&watermarks=[{"watermark":"2030-06-01T00:00:00Z","partitions":["1001"]},{"partitions":["1002"]}]"#,
        ),
        query(
            "of webcasts",
            r#"select * from registrations&watermarks=[{"watermark":"2030-06-01T00:00:00Z","partitions":["1001/10001","1001/10002","1002/10009"]}]"#,
        ),
        query(
            "of a channel that is gone",
            r#"select * from contacts&watermarks=[{"watermark":"2030-06-01T00:00:00Z","partitions":["1001","1999"]}]"#,
        ),
        query(
            "of an object with one list",
            r#"select * from channels&watermarks=[{"watermark":"2030-06-01T00:00:00Z","partitions":[""]}]"#,
        ),
        query(
            "of a survey's own list",
            r#"select * from responses where surveyId = 60002&watermarks=[{"watermark":"2030-06-01T00:00:00Z","partitions":["0/60002"]}]"#,
        ),
        query(
            "of a channel that fails",
            r#"select * from contacts&watermarks=[{"watermark":"2030-06-01T00:00:00Z","partitions":["1001","1002","1003"]}]"#,
        )
        .faults(json!([
            {"match": {"path": "/v1/channel/1002/*"}, "fault": {"type": "status", "status": 403, "code": "NotAuthorisedForChannel"}},
            {"match": {"path": "/v1/channel/1003/*"}, "fault": {"type": "field", "record": 0, "remove": ["@id"]}}
        ])),
        query("that are malformed", r#"select * from contacts&watermarks=[{"partitions":["x"]}]"#),
    ]
}

fn downloads() -> Vec<Demand> {
    let of = |name, members: Value| {
        let mut body = json!({"objectName": "contacts", "format": "txt/csv"});
        body.as_object_mut().unwrap().extend(members.as_object().unwrap().clone());
        demand(name).download(body)
    };
    let continued = json!({"objectName": "contacts", "format": "txt/csv", "continueFromJobId": "{job}"});
    let registrations = json!({"objectName": "registrations", "format": "txt/csv", "apiLimit": 9});
    let rest = json!({"objectName": "registrations", "format": "txt/csv", "continueFromJobId": "{job}"});
    let channels = "channelId in (1001, 1002)";
    vec![
        of("whole", json!({})),
        of("a page size", json!({"pageSize": 3, "where": "channelId = 1001"})),
        of("a page size above that of the vendor", json!({"pageSize": 3000, "where": "channelId = 1001"})),
        of("fields and a limit", json!({"selectFields": "id,email", "limit": 5})).in_order(),
        of("dates", json!({"from": "2030-03-10", "to": "2030-06-01"})),
        of(
            "dates of another field",
            json!({"from": "2029-06-01", "to": "2030-06-01", "filterDateField": "lastSubscribed"}),
        ),
        of("dates of a field that is not a date", json!({"from": "2029-06-01", "filterDateField": "email"})),
        of("a limit of calls", json!({"apiLimit": 3})).in_order().download(continued.clone()),
        of("a limit of one call", json!({"apiLimit": 1})).in_order().download(continued),
        of("a limit of calls of two scans", json!({"apiLimit": 2, "where": channels, "query": {"since": "2030-03-10"}}))
            .in_order()
            .download(json!({"objectName": "contacts", "format": "txt/csv", "where": channels, "apiLimit": 1, "query": {"since": "2030-03-10"}, "continueFromJobId": "{job}"}))
            .in_order()
            .download(json!({"objectName": "contacts", "format": "txt/csv", "where": channels, "query": {"since": "2030-03-10"}, "continueFromJobId": "{job}"})),
        demand("a limit of calls of nested lists").download(registrations).in_order().download(rest),
        demand("a limit of calls that the enumeration exceeds")
            .download(json!({"objectName": "registrations", "format": "txt/csv", "apiLimit": 2}))
            .in_order(),
        demand("a limit of calls of channels")
            .download(json!({"objectName": "channels", "format": "application/jsonl", "apiLimit": 1, "pageSize": 2}))
            .in_order(),
        of("without nulls", json!({"filterNulls": false, "where": "channelId = 1001"})),
        of("a condition and an unknown member", json!({"where": "subscribed = true", "whereabouts": 1})),
    ]
}

fn with_addresses_only() -> Vec<Demand> {
    vec![
        demand("contacts").get("/contacts").query("select * from contacts").faults(without_address()),
        demand("responses").get("/responses").query("select id from responses"),
        demand("a limit").query("select * from contacts limit 30").in_order().faults(without_address()),
        demand("a person").query("select * from contacts where id = 5000023").in_order().faults(without_address()),
        demand("channels").query("select * from channels"),
    ]
}
