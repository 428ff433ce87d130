//! The vendor's operations as data (spec BT 1.7): their paths and responses.

use std::fmt::Write;

use super::call::{Call, Endpoint, Filters, Ids, WebcastStatus};
use super::table::Object;
use crate::record::format_seconds;

/// One row of the table of spec BT 1.7.
#[derive(Debug)]
pub struct EndpointInfo {
    /// The operation.
    pub endpoint: Endpoint,
    /// Path with the variables `{user}`, `{channel}`, `{webcast}`, `{survey}` and `{subscriber}`.
    pub path: &'static str,
    /// Object of its records.
    pub object: Object,
    /// Name of the root element.
    pub root: &'static str,
    /// Name of a record's element.
    pub record: &'static str,
    /// Whether the response is one record, which is the root.
    pub single: bool,
    /// Whether it accepts `cursor` and `pageSize`.
    pub paged: bool,
    /// Whether the structure is assumed, so that unknown elements are accepted (spec BT 1.13).
    pub tolerant: bool,
}

const fn list(
    endpoint: Endpoint,
    path: &'static str,
    object: Object,
    root: &'static str,
    record: &'static str,
) -> EndpointInfo {
    EndpointInfo { endpoint, path, object, root, record, single: false, paged: true, tolerant: false }
}

const fn single(endpoint: Endpoint, path: &'static str, object: Object, root: &'static str) -> EndpointInfo {
    EndpointInfo { single: true, paged: false, ..list(endpoint, path, object, root, root) }
}

const fn assumed(info: EndpointInfo) -> EndpointInfo {
    EndpointInfo { tolerant: true, ..info }
}

const fn unpaged(info: EndpointInfo) -> EndpointInfo {
    EndpointInfo { paged: false, ..info }
}

const SUMMARIES: &str = "subscriberWebcastAttachmentAccessSummaries";
const SUMMARY: &str = "subscriberWebcastAttachmentAccessSummary";
const ACTIVITY: &str = "subscriberWebcastActivity";

/// The operations in the order of [`Endpoint`].
pub static ENDPOINTS: [EndpointInfo; 19] = [
    list(Endpoint::MyChannels, "/v1/my/channels", Object::Channels, "channels", "channel"),
    list(Endpoint::UserChannels, "/v1/user/{user}/channels", Object::Channels, "channels", "channel"),
    list(
        Endpoint::ChannelSubscribers,
        "/v1/channel/{channel}/subscribers",
        Object::Contacts,
        "channelSubscribers",
        "channelSubscriber",
    ),
    list(
        Endpoint::ChannelActivities,
        "/v1/channel/{channel}/subscribers_webcast_activity",
        Object::Activities,
        "subscribersWebcastActivity",
        ACTIVITY,
    ),
    list(
        Endpoint::WebcastActivities,
        "/v1/channel/{channel}/webcast/{webcast}/subscribers_webcast_activity",
        Object::Activities,
        "subscribersWebcastActivity",
        ACTIVITY,
    ),
    unpaged(list(Endpoint::ChannelSurveys, "/v1/channel/{channel}/surveys", Object::Surveys, "surveys", "survey")),
    single(Endpoint::Survey, "/v1/survey/{survey}", Object::Surveys, "survey"),
    list(
        Endpoint::SurveyResponses,
        "/v1/survey/{survey}/responses",
        Object::Responses,
        "surveyResponses",
        "surveyResponse",
    ),
    list(Endpoint::ChannelWebcasts, "/v1/channel/{channel}/webcasts", Object::Webcasts, "webcasts", "webcast"),
    single(Endpoint::Webcast, "/v1/channel/{channel}/webcast/{webcast}", Object::Webcasts, "webcast"),
    list(
        Endpoint::WebcastRegistrations,
        "/v1/channel/{channel}/webcast/{webcast}/registrations",
        Object::Registrations,
        "webcastRegistrations",
        "webcastRegistration",
    ),
    list(
        Endpoint::ChannelViewings,
        "/v1/channel/{channel}/webcast_viewings",
        Object::Viewings,
        "webcastViewings",
        "webcastViewing",
    ),
    list(
        Endpoint::WebcastViewings,
        "/v1/channel/{channel}/webcast/{webcast}/viewings",
        Object::Viewings,
        "webcastViewings",
        "webcastViewing",
    ),
    single(Endpoint::ChannelSubscriber, "/v1/channel_subscriber/{subscriber}", Object::Contacts, "channelSubscriber"),
    single(Endpoint::Channel, "/v1/channel/{channel}", Object::Channels, "channel"),
    assumed(list(
        Endpoint::ChannelAccessSummaries,
        "/v1/channel/{channel}/subscriber_webcast_attachment_access_summaries",
        Object::AccessSummaries,
        SUMMARIES,
        SUMMARY,
    )),
    assumed(list(
        Endpoint::WebcastAccessSummaries,
        "/v1/channel/{channel}/webcast/{webcast}/subscriber_attachment_access_summaries",
        Object::AccessSummaries,
        SUMMARIES,
        SUMMARY,
    )),
    assumed(list(
        Endpoint::ChannelAttachments,
        "/v1/channel/{channel}/webcast_attachments",
        Object::Attachments,
        "webcastAttachments",
        "webcastAttachment",
    )),
    assumed(list(
        Endpoint::WebcastAttachments,
        "/v1/channel/{channel}/webcast/{webcast}/attachments",
        Object::Attachments,
        "webcastAttachments",
        "webcastAttachment",
    )),
];

impl Endpoint {
    /// Returns the row of this operation in the table.
    pub fn info(self) -> &'static EndpointInfo {
        &ENDPOINTS[self as usize]
    }
}

impl Call {
    /// Returns the path with its ids. Returns `None` if one is missing, which is a bug of the caller.
    pub fn path(&self) -> Option<String> {
        let mut path = String::new();
        for segment in self.endpoint.info().path.split('/').skip(1) {
            path.push('/');
            match segment.strip_prefix('{') {
                None => path.push_str(segment),
                Some(name) => {
                    let _ = write!(path, "{}", self.ids.get(name.trim_end_matches('}'))?);
                }
            }
        }
        Some(path)
    }

    /// Returns the filters as query parameters without duplicates (spec BT 1.8).
    pub fn query(&self) -> Vec<(&'static str, String)> {
        let Filters { since, subscribed, subscribed_since, unsubscribed_since, expand, viewed, webcast_status } =
            self.filters;
        let mut query = Vec::new();
        let mut date = |name, seconds: Option<i64>| query.extend(seconds.map(|seconds| (name, date_text(seconds))));
        date("since", since);
        date("subscribedSince", subscribed_since);
        date("unsubscribedSince", unsubscribed_since);
        // `unsubscribedSince` implies `subscribed=false`, which is then not sent.
        let subscribed = subscribed.filter(|_| unsubscribed_since.is_none());
        query.extend(subscribed.map(|value| ("subscribed", value.to_string())));
        query.extend(expand.then(|| ("expand", "channelSurveyResponse".to_owned())));
        query.extend(viewed.map(|value| ("viewed", value.to_string())));
        query.extend(webcast_status.map(|status| ("webcastStatus", status.word().to_owned())));
        query
    }
}

impl Ids {
    fn get(&self, name: &str) -> Option<u64> {
        match name {
            "user" => self.user,
            "channel" => self.channel,
            "webcast" => self.webcast,
            "survey" => self.survey,
            "subscriber" => self.subscriber,
            _ => None,
        }
    }
}

impl WebcastStatus {
    /// Returns the word on the wire.
    pub fn word(self) -> &'static str {
        match self {
            Self::Live => "live",
            Self::Recorded => "recorded",
        }
    }
}

fn date_text(seconds: i64) -> String {
    let mut out = Vec::with_capacity(20);
    format_seconds(seconds, &mut out);
    String::from_utf8(out).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_endpoint_stands_at_its_own_place() {
        let ids = Ids { user: Some(1), channel: Some(2), webcast: Some(3), survey: Some(4), subscriber: Some(5) };
        for info in &ENDPOINTS {
            assert!(std::ptr::eq(info.endpoint.info(), info), "{}", info.path);
            let call = Call { endpoint: info.endpoint, ids, filters: Filters::default() };
            assert!(call.path().is_some_and(|path| path.starts_with("/v1/") && !path.contains('{')));
            assert_eq!(Call { ids: Ids::default(), ..call }.path().is_none(), info.path.contains('{'));
        }
    }

    #[test]
    fn leaving_since_goes_without_subscribed() {
        let filters = Filters { unsubscribed_since: Some(0), subscribed: Some(false), ..Filters::default() };
        let call = Call { endpoint: Endpoint::ChannelSubscribers, ids: Ids::default(), filters };
        assert_eq!(call.query(), [("unsubscribedSince", "1970-01-01T00:00:00Z".to_owned())]);
    }
}
