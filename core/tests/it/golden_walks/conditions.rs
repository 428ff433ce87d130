//! Demands with conditions: those that the vendor checks, those that choose its lists, and those that the engine checks.

use serde_json::json;

use super::demand::{Demand, Group, both, demand};
use super::faults::without_address;
use super::world::{simulated, small};

pub fn groups() -> Vec<Group> {
    vec![
        Group { name: "dates", setting: simulated(small()), demands: dates() },
        Group { name: "filters", setting: simulated(small()), demands: filters() },
        Group { name: "chosen lists", setting: simulated(small()), demands: chosen_lists() },
        Group { name: "residual conditions", setting: simulated(small()), demands: residual() },
        Group { name: "rejected conditions", setting: simulated(small()), demands: rejected() },
    ]
}

/// Reads contacts that meet a condition.
fn contacts(name: &'static str, line: &'static str, statement: &'static str) -> Demand {
    assert!(line.starts_with("/contacts?where=") && statement.starts_with("select * from contacts where "));
    both(name, line, statement)
}

fn dates() -> Vec<Demand> {
    vec![
        contacts(
            "contacts subscribed since",
            "/contacts?where=lastSubscribed > '2030-01-01'",
            "select * from contacts where lastSubscribed > '2030-01-01'",
        ),
        contacts(
            "contacts subscribed between",
            "/contacts?where=lastSubscribed >= '2029-06-01' and lastSubscribed < '2030-06-01T00:00:00.500Z'",
            "select * from contacts where lastSubscribed >= '2029-06-01' and lastSubscribed < '2030-06-01T00:00:00.500Z'",
        ),
        contacts(
            "contacts that left since",
            "/contacts?where=unsubscribed > '2030-03-01'",
            "select * from contacts where unsubscribed > '2030-03-01'",
        ),
        contacts(
            "contacts that left since, but are subscribed",
            "/contacts?where=unsubscribed > '2030-03-01' and subscribed = true",
            "select * from contacts where unsubscribed > '2030-03-01' and subscribed = true",
        ),
        contacts(
            "contacts updated since, in two scans",
            "/contacts?where=lastUpdated > '2030-03-10'",
            "select * from contacts where lastUpdated > '2030-03-10'",
        ),
        contacts(
            "subscribed contacts updated since, in one scan",
            "/contacts?where=lastUpdated > '2030-03-10' and subscribed = true",
            "select * from contacts where lastUpdated > '2030-03-10' and subscribed = true",
        ),
        contacts(
            "contacts updated and subscribed since",
            "/contacts?where=lastUpdated > '2030-03-10' and lastSubscribed > '2030-06-01'",
            "select * from contacts where lastUpdated > '2030-03-10' and lastSubscribed > '2030-06-01'",
        ),
        contacts(
            "contacts by the filters of the vendor",
            "/contacts?where=subscribedSince = '2030-01-01'",
            "select * from contacts where subscribedSince = '2030-01-01'",
        ),
        contacts(
            "contacts by two filters of the vendor",
            "/contacts?where=subscribedSince = '2029-01-15' and unsubscribedSince = '2030-03-10'",
            "select * from contacts where subscribedSince = '2029-01-15' and unsubscribedSince = '2030-03-10'",
        ),
        demand("the parameter since of contacts")
            .get("/contacts?since=2030-03-10")
            .download(json!({"objectName": "contacts", "format": "txt/csv", "query": {"since": "2030-03-10"}})),
        demand("the parameter since of activities")
            .get("/activities?since=2030-06-01")
            .download(json!({"objectName": "activities", "format": "txt/csv", "query": {"since": "2030-06-01"}})),
        demand("the parameter since of surveys")
            .get("/surveys?since=2030-06-01")
            .download(json!({"objectName": "surveys", "format": "txt/csv", "query": {"since": "2030-06-01"}})),
        demand("the parameter since of channels")
            .get("/channels?since=2030-06-01")
            .download(json!({"objectName": "channels", "format": "txt/csv", "query": {"since": "2030-06-01"}})),
        both(
            "the latest of three starts",
            "/activities?since=2030-06-01&where=since = '2030-01-01' and lastUpdated > '2030-09-01'",
            "select * from activities where since = '2030-01-01' and lastUpdated > '2030-09-01'",
        ),
        both(
            "registrations created since",
            "/registrations?where=created > '2030-06-01'",
            "select * from registrations where created > '2030-06-01'",
        ),
        both(
            "responses updated since",
            "/responses?where=lastUpdated >= '2030-06-01'",
            "select * from responses where lastUpdated >= '2030-06-01'",
        ),
        both(
            "access summaries since",
            "/subscriberWebcastAttachmentAccessSummaries?where=since = '2030-06-01'",
            "select * from subscriberWebcastAttachmentAccessSummaries where since = '2030-06-01'",
        ),
        both(
            "a webcast by id with a start that is not sent",
            "/channels/1001/webcasts?where=id = 10003 and since = '2029-01-01'",
            "select * from webcasts where channelId = 1001 and id = 10003 and since = '2029-01-01'",
        )
        .in_order(),
    ]
}

fn filters() -> Vec<Demand> {
    vec![
        contacts("subscribed contacts", "/contacts?where=subscribed = true", "select * from contacts where subscribed = true"),
        contacts("contacts that left", "/contacts?where=subscribed = 'false'", "select * from contacts where subscribed = 'false'"),
        contacts(
            "contacts that are and are not subscribed",
            "/contacts?where=subscribed = true and subscribed = false",
            "select * from contacts where subscribed = true and subscribed = false",
        ),
        both(
            "live viewings",
            "/viewings?where=webcastStatus = 'live'",
            "select * from viewings where webcastStatus = 'live'",
        ),
        both(
            "viewings with an unknown status",
            "/viewings?where=webcastStatus = 'later'",
            "select * from viewings where webcastStatus = 'later'",
        ),
        both(
            "registrations that were viewed",
            "/channels/1001/registrations?where=viewed = true",
            "select * from registrations where channelId = 1001 and viewed = true",
        ),
        both(
            "registrations that were and were not viewed",
            "/registrations?where=viewed = true and viewed = false",
            "select * from registrations where viewed = true and viewed = false",
        ),
        both(
            "activities with survey responses",
            "/activities?where=expand = 'channelSurveyResponse'",
            "select * from activities where expand = 'channelSurveyResponse'",
        ),
        demand("the parameter expand").get("/activities?expand=channelSurveyResponse").download(
            json!({"objectName": "activities", "format": "application/json", "query": {"expand": "channelSurveyResponse"}}),
        ),
        demand("the parameter expand of another object").get("/channels/1001/contacts?expand=anything").download(
            json!({"objectName": "contacts", "format": "txt/csv", "where": "channelId = 1001", "query": {"expand": "anything"}}),
        ),
    ]
}

fn chosen_lists() -> Vec<Demand> {
    vec![
        contacts("one channel", "/contacts?where=channelId = 1003", "select * from contacts where channelId = 1003"),
        contacts(
            "several channels",
            "/contacts?where=channelId in (1003, '1001', 1003)",
            "select * from contacts where channelId in (1003, '1001', 1003)",
        ),
        contacts(
            "two channels at once",
            "/contacts?where=channelId = 1001 and channelId = 1002",
            "select * from contacts where channelId = 1001 and channelId = 1002",
        ),
        contacts("no channel", "/contacts?where=channelId = 'x'", "select * from contacts where channelId = 'x'"),
        demand("another channel than that of the path").get("/channels/1001/contacts?where=channelId = 1002"),
        contacts("a contact", "/contacts?where=id = 5000015", "select * from contacts where id = 5000015").in_order(),
        contacts(
            "a contact of a channel, on its first page",
            "/contacts?where=channelId = 1001 and id = 5000012",
            "select * from contacts where channelId = 1001 and id = 5000012",
        )
        .in_order(),
        contacts(
            "a contact that is missing",
            "/contacts?where=id = 5000999",
            "select * from contacts where id = 5000999",
        )
        .in_order(),
        contacts(
            "two contacts",
            "/contacts?where=id in (5000015, 5000016)",
            "select * from contacts where id in (5000015, 5000016)",
        ),
        both("a webcast of any channel", "/webcasts?where=id = 10009", "select * from webcasts where id = 10009"),
        both(
            "a webcast of two channels",
            "/webcasts?where=id = 10009 and channelId in (1001, 1002)",
            "select * from webcasts where id = 10009 and channelId in (1001, 1002)",
        ),
        both(
            "a webcast without id",
            "/channels/1001/webcasts?where=id = 0",
            "select * from webcasts where channelId = 1001 and id = 0",
        )
        .in_order(),
        both("a channel by id", "/channels?where=id = 1002", "select * from channels where id = 1002").in_order(),
        both("a survey by id", "/surveys?where=id = 60002", "select * from surveys where id = 60002").in_order(),
        both(
            "a webcast without its channel",
            "/viewings?where=webcastId = 10009",
            "select * from viewings where webcastId = 10009",
        ),
        both(
            "a webcast and its channel",
            "/viewings?where=webcastId = 10009 and channelId = 1002",
            "select * from viewings where webcastId = 10009 and channelId = 1002",
        ),
        both(
            "webcasts and their channel",
            "/registrations?where=webcastId in (10007, 10009) and channelId = 1002",
            "select * from registrations where webcastId in (10007, 10009) and channelId = 1002",
        ),
        both(
            "registrations of a webcast without its channel",
            "/registrations?where=webcastId = 10009",
            "select * from registrations where webcastId = 10009",
        ),
        both(
            "another webcast than that of the path",
            "/channels/1001/webcasts/10003/viewings?where=webcastId = 10004",
            "select * from viewings where channelId = 1001 and webcastId = 10003 and webcastId = 10004",
        ),
        both("a survey", "/responses?where=surveyId = 60002", "select * from responses where surveyId = 60002"),
        both(
            "a survey and its channel",
            "/channels/1002/responses?where=surveyId = 60002",
            "select * from responses where channelId = 1002 and surveyId = 60002",
        ),
        both(
            "a survey and one of two channels",
            "/responses?where=surveyId = 60002 and (channelId = 1001 or channelId = 1002)",
            "select * from responses where surveyId = 60002 and (channelId = 1001 or channelId = 1002)",
        ),
        both(
            "two surveys",
            "/responses?where=surveyId in (60001, 60003)",
            "select * from responses where surveyId in (60001, 60003)",
        ),
    ]
}

fn residual() -> Vec<Demand> {
    vec![
        contacts("like", "/contacts?where=email like '%1%'", "select * from contacts where email like '%1%'"),
        contacts(
            "or",
            "/contacts?where=id = 5000003 or country = 'France'",
            "select * from contacts where id = 5000003 or country = 'France'",
        ),
        contacts("without a value", "/contacts?where=email is null", "select * from contacts where email is null")
            .faults(without_address()),
        contacts("not equal", "/contacts?where=channelId != 1001", "select * from contacts where channelId != 1001"),
        contacts(
            "channels in an alternative",
            "/contacts?where=channelId = 1001 or channelId = 1003",
            "select * from contacts where channelId = 1001 or channelId = 1003",
        ),
        contacts("an unknown field", "/contacts?where=nothing = 1", "select * from contacts where nothing = 1"),
        both("a number", "/activities?where=totalViewings > 1", "select * from activities where totalViewings > 1"),
        both("nothing is left", "/webcasts?where=title = 'x'", "select * from webcasts where title = 'x'"),
    ]
}

fn rejected() -> Vec<Demand> {
    vec![
        both(
            "a filter in an alternative",
            "/activities?where=since = '2030-01-01' or id = 1",
            "select * from activities where since = '2030-01-01' or id = 1",
        ),
        both(
            "a filter with another operator",
            "/registrations?where=viewed > 1",
            "select * from registrations where viewed > 1",
        ),
        both(
            "a filter with an invalid value",
            "/registrations?where=viewed = 'x'",
            "select * from registrations where viewed = 'x'",
        ),
        both(
            "a filter with an invalid date",
            "/activities?where=since = 'x'",
            "select * from activities where since = 'x'",
        ),
        both("an unknown expansion", "/activities?where=expand = 'x'", "select * from activities where expand = 'x'"),
        demand("an invalid parameter since")
            .get("/activities?since=x")
            .download(json!({"objectName": "activities", "format": "txt/csv", "query": {"since": "x"}})),
        demand("an invalid parameter expand")
            .get("/activities?expand=x")
            .download(json!({"objectName": "activities", "format": "txt/csv", "query": {"expand": "x"}})),
        both("a malformed condition", "/contacts?where=id =", "select * from contacts where id ="),
    ]
}
