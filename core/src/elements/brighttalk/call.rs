//! A call to the vendor: an endpoint, the ids in its path and its filters (spec BT 1.7, 1.8).

/// The vendor's operations, E1–E13 and X1–X6 of spec BT 1.7.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Endpoint {
    /// E1 `/v1/my/channels`.
    MyChannels,
    /// E2 `/v1/user/{userId}/channels`.
    UserChannels,
    /// E3 `/v1/channel/{channelId}/subscribers`.
    ChannelSubscribers,
    /// E4 `/v1/channel/{channelId}/subscribers_webcast_activity`.
    ChannelActivities,
    /// E5 `/v1/channel/{channelId}/webcast/{webcastId}/subscribers_webcast_activity`.
    WebcastActivities,
    /// E6 `/v1/channel/{channelId}/surveys`; not paged.
    ChannelSurveys,
    /// E7 `/v1/survey/{surveyId}`; one record.
    Survey,
    /// E8 `/v1/survey/{surveyId}/responses`.
    SurveyResponses,
    /// E9 `/v1/channel/{channelId}/webcasts`.
    ChannelWebcasts,
    /// E10 `/v1/channel/{channelId}/webcast/{webcastId}`; one record.
    Webcast,
    /// E11 `/v1/channel/{channelId}/webcast/{webcastId}/registrations`.
    WebcastRegistrations,
    /// E12 `/v1/channel/{channelId}/webcast_viewings`.
    ChannelViewings,
    /// E13 `/v1/channel/{channelId}/webcast/{webcastId}/viewings`.
    WebcastViewings,
    /// X1 `/v1/channel_subscriber/{channelSubscriberId}`; one record.
    ChannelSubscriber,
    /// X2 `/v1/channel/{channelId}`; one record.
    Channel,
    /// X3 attachment access summaries of a channel; experimental.
    ChannelAccessSummaries,
    /// X4 attachment access summaries of a webcast; experimental.
    WebcastAccessSummaries,
    /// X5 attachments of a channel's webcasts; experimental.
    ChannelAttachments,
    /// X6 attachments of a webcast; experimental.
    WebcastAttachments,
}

/// Ids in a path; ids that the path does not need are `None`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Ids {
    /// `{userId}`.
    pub user: Option<u64>,
    /// `{channelId}`; also fills the field of that name, which vendor records lack.
    pub channel: Option<u64>,
    /// `{webcastId}`; fills the field if the record lacks it.
    pub webcast: Option<u64>,
    /// `{surveyId}`; fills the field if the record lacks it.
    pub survey: Option<u64>,
    /// `{channelSubscriberId}`.
    pub subscriber: Option<u64>,
}

/// Status of a webcast at the time of a viewing, as used by the vendor's filter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum WebcastStatus {
    /// Viewed live.
    Live,
    /// Viewed as a recording.
    Recorded,
}

/// The vendor's filters (spec BT 1.8), combined with AND. Times are whole seconds since the epoch and exclusive.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Filters {
    /// Records created or updated after this time.
    pub since: Option<i64>,
    /// Only current subscribers, or only former ones.
    pub subscribed: Option<bool>,
    /// Subscribed after this time.
    pub subscribed_since: Option<i64>,
    /// Unsubscribed after this time; implies `subscribed=false`, which is then not sent.
    pub unsubscribed_since: Option<i64>,
    /// Includes the full survey response in each activity (`expand=channelSurveyResponse`).
    pub expand: bool,
    /// Only registrants who have viewed the webcast since, or only the no-shows.
    pub viewed: Option<bool>,
    /// Status of the webcast when it was viewed.
    pub webcast_status: Option<WebcastStatus>,
}

/// One list (or one record) to read from the vendor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Call {
    /// The operation.
    pub endpoint: Endpoint,
    /// Ids in its path.
    pub ids: Ids,
    /// Filters, sent again with every page.
    pub filters: Filters,
}
