//! What can be asked of the vendor: an endpoint, the ids in its path, its filters (spec BT 1.7, 1.8).

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
    /// E5 the same below a webcast.
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

/// The ids a path needs; the others stay `None`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Ids {
    /// `{userId}`.
    pub user: Option<u64>,
    /// `{channelId}`; also fills the field of that name, which vendor records do not carry.
    pub channel: Option<u64>,
    /// `{webcastId}`; fills the field where the record has none.
    pub webcast: Option<u64>,
    /// `{surveyId}`; fills the field where the record has none.
    pub survey: Option<u64>,
    /// `{channelSubscriberId}`.
    pub subscriber: Option<u64>,
}

/// The status of a webcast at the time of a viewing, as the vendor filters by it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum WebcastStatus {
    /// Seen while it was live.
    Live,
    /// Seen as a recording.
    Recorded,
}

/// The vendor's filters (spec BT 1.8); they are ANDed. Instants are whole seconds since the epoch and exclusive.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Filters {
    /// Records created or updated strictly after.
    pub since: Option<i64>,
    /// Only those currently subscribed, or only those currently not.
    pub subscribed: Option<bool>,
    /// Subscribed strictly after.
    pub subscribed_since: Option<i64>,
    /// Left strictly after; implies `subscribed=false`, which is then not sent.
    pub unsubscribed_since: Option<i64>,
    /// Ask for the full survey response inside each activity (`expand=channelSurveyResponse`).
    pub expand: bool,
    /// Registrants who have since viewed the webcast, or only the no-shows.
    pub viewed: Option<bool>,
    /// The webcast's status when viewed.
    pub webcast_status: Option<WebcastStatus>,
}

/// One list (or one record) to read from the vendor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Call {
    /// What is asked.
    pub endpoint: Endpoint,
    /// The ids in its path.
    pub ids: Ids,
    /// Its filters, sent again with every page.
    pub filters: Filters,
}
