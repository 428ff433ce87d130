//! The lists of the API, addressable by index: 1 is the oldest record, and lists are served newest first.

use crate::overlay::Touched;
use crate::population::Population;

/// A list, restricted by its path.
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
        /// All webcasts if unset; the API has no such list, but counts need one.
        webcast: Option<u64>,
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
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Filters {
    pub since: Option<i64>,
    pub subscribed: Option<bool>,
    pub subscribed_since: Option<i64>,
    pub unsubscribed_since: Option<i64>,
    pub viewed: Option<bool>,
    /// Whether to return viewings of live webcasts, or of recorded ones.
    pub live: Option<bool>,
}

impl List {
    /// Returns the root element and the record element.
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

impl List {
    /// Returns the channel, and which of its records can be touched.
    fn touched(self) -> (u64, Option<Touched>) {
        match self {
            Self::Activities { channel, .. } => (channel, Some(Touched::Activities)),
            Self::Webcasts { channel } => (channel, Some(Touched::Webcasts)),
            Self::Registrations { channel, .. } => (channel, Some(Touched::Registrations)),
            Self::Responses { channel, .. } => (channel, Some(Touched::Responses)),
            Self::Subscribers { channel }
            | Self::Viewings { channel, .. }
            | Self::Summaries { channel, .. }
            | Self::Attachments { channel, .. } => (channel, None),
            Self::Channels { .. } => (0, None),
        }
    }
}

/// Lists are read by position: 1 is the oldest record. The initial records have the positions of their indexes. Touched
/// records have another position after them, and only the last position of a record counts.
impl Population {
    fn moved(&self, list: List) -> Option<&crate::overlay::Moved> {
        let (channel, touched) = list.touched();
        self.overlay.moved(touched, channel)
    }

    /// Returns the last position; the first is 1, and some positions have no record.
    pub fn length(&self, list: List) -> u64 {
        self.base_length(list) + self.moved(list).map_or(0, crate::overlay::Moved::len)
    }

    /// Returns the last index; the first is 1.
    pub fn base_length(&self, list: List) -> u64 {
        match list {
            List::Channels { second_key: false } => self.channels,
            List::Channels { second_key: true } => 1,
            List::Subscribers { channel } => self.all_subscribers(channel),
            List::Responses { channel, .. } => self.subscribers(channel),
            List::Activities { channel, .. }
            | List::Registrations { channel, .. }
            | List::Summaries { channel, .. } => self.activities(channel),
            List::Webcasts { .. } => self.webcasts,
            List::Viewings { channel, .. } => self.viewings(channel),
            List::Attachments { .. } => self.attachments(),
        }
    }

    /// Returns record and time at a position after the untouched ones.
    fn moved_at(&self, list: List, position: u64) -> Option<(u64, i64)> {
        self.moved(list)?.at(position.checked_sub(self.base_length(list))?)
    }

    /// Returns the index of the record at a position.
    pub fn index_at(&self, list: List, position: u64) -> u64 {
        self.moved_at(list, position).map_or(position, |(index, _)| index)
    }

    /// Returns whether the record at a position was not touched later.
    fn is_current(&self, list: List, position: u64) -> bool {
        let Some(moved) = self.moved(list) else { return true };
        let latest = moved.position(self.index_at(list, position));
        latest.is_none_or(|latest| latest + self.base_length(list) == position)
    }

    /// Returns the time that the list is ordered by and that `since` compares; it never decreases with the position.
    pub fn time_of(&self, list: List, position: u64) -> i64 {
        self.moved_at(list, position).map_or_else(|| self.base_time(list, position), |(_, time)| time)
    }

    fn base_time(&self, list: List, index: u64) -> i64 {
        match list {
            List::Subscribers { channel } | List::Responses { channel, .. } => self.joined(channel, index),
            List::Activities { channel, .. }
            | List::Registrations { channel, .. }
            | List::Summaries { channel, .. } => self.activity_time(channel, index),
            List::Viewings { channel, .. } => self.viewing_time(channel, index),
            List::Channels { .. } | List::Webcasts { .. } | List::Attachments { .. } => {
                self.time(index, self.base_length(list))
            }
        }
    }

    pub fn id_of(&self, list: List, position: u64) -> u64 {
        let index = self.index_at(list, position);
        match list {
            List::Subscribers { channel } => self.subscriber_id(channel, index),
            _ => self.first_id(list) + index,
        }
    }

    /// Returns the id before the first one.
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

    /// Returns the position that a record of this list had at this time, which cursors keep.
    pub fn position_at(&self, list: List, id: u64, time: i64) -> Option<u64> {
        let index = match list {
            List::Subscribers { channel } => self.subscriber_of_id(id).filter(|found| found.0 == channel)?.1,
            _ => id.checked_sub(self.first_id(list))?,
        };
        let base = self.base_length(list);
        if !(1..=base).contains(&index) || !self.belongs(list, index) {
            return None;
        }
        if self.base_time(list, index) == time {
            return Some(index);
        }
        self.moved(list)?.position_at(index, time).map(|position| base + position)
    }

    /// Returns whether there is a record of this list at a position.
    pub fn contains(&self, list: List, position: u64) -> bool {
        self.is_current(list, position) && self.belongs(list, self.index_at(list, position))
    }

    fn belongs(&self, list: List, index: u64) -> bool {
        let at =
            |webcast: Option<u64>, channel| webcast.is_none_or(|webcast| self.activity(channel, index).1 == webcast);
        match list {
            List::Channels { .. } | List::Subscribers { .. } | List::Webcasts { .. } => true,
            List::Activities { channel, webcast } => at(webcast, channel),
            List::Responses { channel, active } => active && self.has_response(channel, index),
            List::Registrations { channel, webcast } => at(webcast, channel) && self.is_registered(channel, index),
            List::Viewings { channel, webcast } => {
                webcast.is_none_or(|webcast| self.activity(channel, self.activity_of_viewing(index)).1 == webcast)
            }
            List::Summaries { channel, webcast } => at(webcast, channel) && self.opened(channel, index).is_some(),
            List::Attachments { webcast, .. } => {
                webcast.is_none_or(|webcast| self.webcast_of_attachment(index) == webcast)
            }
        }
    }

    /// Returns whether every position has a record that is served, so that pages can be counted arithmetically.
    pub fn is_dense(&self, list: List, filters: &Filters) -> bool {
        let whole = matches!(
            list,
            List::Channels { .. }
                | List::Subscribers { .. }
                | List::Webcasts { .. }
                | List::Activities { webcast: None, .. }
                | List::Viewings { webcast: None, .. }
                | List::Attachments { webcast: None, .. }
        );
        whole && self.moved(list).is_none() && *filters == Filters::default()
    }

    /// Returns whether a record matches the filters; [`first_after`](Self::first_after) handles `since`.
    pub fn matches(&self, list: List, position: u64, filters: &Filters) -> bool {
        let index = self.index_at(list, position);
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

    /// Returns the smallest position that the filters on dates allow.
    pub fn first_after(&self, list: List, filters: &Filters) -> u64 {
        let List::Subscribers { channel } = list else {
            return filters.since.map_or(1, |since| self.first_later(list, since));
        };
        let joined = filters.subscribed_since.map_or(1, |since| self.first_later(list, since));
        let Some(since) = filters.unsubscribed_since else { return joined };
        let left = self.first_later(list, since - Self::LEAVES_WITHIN_S - 1);
        joined.max(self.overlay.first_left(channel, since).map_or(left, |changed| changed.min(left)))
    }

    fn first_later(&self, list: List, since: i64) -> u64 {
        let (mut low, mut high) = (1, self.length(list) + 1);
        while low < high {
            let middle = low + (high - low) / 2;
            if self.time_of(list, middle) > since { high = middle } else { low = middle + 1 }
        }
        low
    }

    /// Returns the number of records that match the filters.
    pub fn count(&self, list: List, filters: &Filters) -> u64 {
        if self.is_dense(list, filters) {
            return self.length(list);
        }
        let positions = self.first_after(list, filters)..=self.length(list);
        positions.filter(|at| self.contains(list, *at) && self.matches(list, *at, filters)).count() as u64
    }
}
