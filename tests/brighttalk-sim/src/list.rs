//! The lists of the API, addressable by index: 1 is the oldest record, and lists are served newest first.

use crate::population::Population;

/// A list and what it is narrowed to by its path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum List {
    /// The channels of key 1 or of key 2.
    Channels {
        second_key: bool,
    },
    Subscribers {
        channel: u64,
    },
    Activities {
        channel: u64,
        webcast: Option<u64>,
    },
    Responses {
        channel: u64,
        active: bool,
    },
    Webcasts {
        channel: u64,
    },
    Registrations {
        channel: u64,
        webcast: u64,
    },
    Viewings {
        channel: u64,
        webcast: Option<u64>,
    },
    Summaries {
        channel: u64,
        webcast: Option<u64>,
    },
    Attachments {
        channel: u64,
        webcast: Option<u64>,
    },
}

/// The filters of a request (spec BT 1.8).
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Filters {
    pub since: Option<i64>,
    pub subscribed: Option<bool>,
    pub subscribed_since: Option<i64>,
    pub unsubscribed_since: Option<i64>,
    pub viewed: Option<bool>,
    /// Viewings of live webcasts, or of recorded ones.
    pub live: Option<bool>,
}

impl List {
    /// Root and record element.
    pub fn elements(self) -> (&'static str, &'static str) {
        match self {
            Self::Channels { .. } => ("channels", "channel"),
            Self::Subscribers { .. } => ("channelSubscribers", "channelSubscriber"),
            Self::Activities { .. } => ("subscribersWebcastActivity", "subscriberWebcastActivity"),
            Self::Responses { .. } => ("surveyResponses", "surveyResponse"),
            Self::Webcasts { .. } => ("webcasts", "webcast"),
            Self::Registrations { .. } => ("webcastRegistrations", "webcastRegistration"),
            Self::Viewings { .. } => ("webcastViewings", "webcastViewing"),
            Self::Summaries { .. } => {
                ("subscriberWebcastAttachmentAccessSummaries", "subscriberWebcastAttachmentAccessSummary")
            }
            Self::Attachments { .. } => ("webcastAttachments", "webcastAttachment"),
        }
    }
}

impl Population {
    /// Indexes run from 1 to this; not every one need be in the list.
    pub fn length(&self, list: List) -> u64 {
        match list {
            List::Channels { second_key: false } => self.channels,
            List::Channels { second_key: true } => 1,
            List::Subscribers { channel } | List::Responses { channel, .. } => self.subscribers(channel),
            List::Activities { channel, .. }
            | List::Registrations { channel, .. }
            | List::Summaries { channel, .. } => self.activities(channel),
            List::Webcasts { .. } => self.webcasts,
            List::Viewings { channel, .. } => self.viewings(channel),
            List::Attachments { .. } => self.attachments(),
        }
    }

    /// What the list is ordered by and `since` compares; never falls with the index.
    pub fn time_of(&self, list: List, index: u64) -> i64 {
        match list {
            List::Subscribers { channel } | List::Responses { channel, .. } => self.joined(channel, index),
            List::Activities { channel, .. }
            | List::Registrations { channel, .. }
            | List::Summaries { channel, .. } => self.activity_time(channel, index),
            List::Viewings { channel, .. } => self.viewing_time(channel, index),
            List::Channels { .. } | List::Webcasts { .. } | List::Attachments { .. } => {
                self.time(index, self.length(list))
            }
        }
    }

    pub fn id_of(&self, list: List, index: u64) -> u64 {
        self.first_id(list) + index
    }

    /// The id before the first one.
    fn first_id(&self, list: List) -> u64 {
        match list {
            List::Channels { second_key } => self.channel_id(if second_key { self.channels } else { 0 }),
            List::Subscribers { channel } => self.subscriber_id(channel, 0),
            List::Activities { channel, .. } => 100_000_000 + self.activities_before(channel),
            List::Viewings { channel, .. } => 200_000_000 + self.viewings_before(channel),
            List::Registrations { channel, .. } => 300_000_000 + self.activities_before(channel),
            List::Responses { channel, .. } => 400_000_000 + self.subscriber_id(channel, 0) - self.subscriber_id(1, 0),
            List::Summaries { channel, .. } => 600_000_000 + self.activities_before(channel),
            List::Webcasts { channel } => self.webcast_id(channel, 0),
            List::Attachments { channel, .. } => self.attachment_id(channel, 0),
        }
    }

    /// The index of a record of this list.
    pub fn index_of(&self, list: List, id: u64) -> Option<u64> {
        let index = id.checked_sub(self.first_id(list))?;
        ((1..=self.length(list)).contains(&index) && self.contains(list, index)).then_some(index)
    }

    /// Whether there is a record of this list at an index.
    pub fn contains(&self, list: List, index: u64) -> bool {
        let at =
            |webcast: Option<u64>, channel| webcast.is_none_or(|webcast| self.activity(channel, index).1 == webcast);
        match list {
            List::Channels { .. } | List::Subscribers { .. } | List::Webcasts { .. } => true,
            List::Activities { channel, webcast } => at(webcast, channel),
            List::Responses { channel, active } => active && self.has_response(channel, index),
            List::Registrations { channel, webcast } => {
                at(Some(webcast), channel) && self.is_registered(channel, index)
            }
            List::Viewings { channel, webcast } => {
                webcast.is_none_or(|webcast| self.activity(channel, self.activity_of_viewing(index)).1 == webcast)
            }
            List::Summaries { channel, webcast } => at(webcast, channel) && self.opened(channel, index).is_some(),
            List::Attachments { webcast, .. } => {
                webcast.is_none_or(|webcast| self.webcast_of_attachment(index) == webcast)
            }
        }
    }

    /// Whether a record meets the filters; `since` is met by [`first_after`](Self::first_after).
    pub fn matches(&self, list: List, index: u64, filters: &Filters) -> bool {
        match list {
            List::Subscribers { channel } => {
                let left = self.left(channel, index);
                let forced = filters.unsubscribed_since.map(|_| false);
                let subscribed = filters.subscribed.or(forced);
                subscribed.is_none_or(|subscribed| subscribed == left.is_none())
                    && filters.subscribed_since.is_none_or(|since| self.joined(channel, index) > since)
                    && filters.unsubscribed_since.is_none_or(|since| left.is_some_and(|left| left > since))
            }
            List::Registrations { .. } => filters.viewed.is_none_or(|viewed| viewed == (self.viewings_of(index) > 0)),
            List::Viewings { channel, .. } => filters.live.is_none_or(|live| live == self.is_live(channel, index)),
            _ => true,
        }
    }

    /// The smallest index that the filters on dates leave.
    pub fn first_after(&self, list: List, filters: &Filters) -> u64 {
        let own = if matches!(list, List::Subscribers { .. }) { filters.subscribed_since } else { filters.since };
        let left = filters.unsubscribed_since.map(|since| since - Self::LEAVES_WITHIN_S - 1);
        let Some(since) = own.max(left) else { return 1 };
        let (mut low, mut high) = (1, self.length(list) + 1);
        while low < high {
            let middle = low + (high - low) / 2;
            if self.time_of(list, middle) > since { high = middle } else { low = middle + 1 }
        }
        low
    }

    /// How many records meet the filters.
    pub fn count(&self, list: List, filters: &Filters) -> u64 {
        let indexes = self.first_after(list, filters)..=self.length(list);
        indexes.filter(|index| self.contains(list, *index) && self.matches(list, *index, filters)).count() as u64
    }
}
