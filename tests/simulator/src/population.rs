//! Counts, ids and times of all people and records, by index (spec BT 3.2), each in constant time.

use crate::config::Config;
use crate::hash::{Kind, hash};
use crate::overlay::{Overlay, Touched};

/// First ids of the kinds of records.
const CHANNELS: u64 = 1_000;
const WEBCASTS: u64 = 10_000;
const SURVEYS: u64 = 60_000;
const ATTACHMENTS: u64 = 500_000;
const SUBSCRIBERS: u64 = 5_000_000;
const USERS: u64 = 20_000_000;

/// Activities of a subscriber, by its index modulo 4, and viewings of an activity, by its index modulo 8.
const ACTIVITIES_OF: [u64; 4] = [1, 2, 0, 3];
const VIEWINGS_OF: [u64; 8] = [0, 1, 1, 2, 0, 3, 1, 2];
const ATTACHMENTS_OF: [u64; 3] = [1, 0, 2];

/// The simulated world. Channels, and everything in them, are counted from 1.
#[derive(Clone, Debug)]
pub(crate) struct Population {
    pub seed: u64,
    /// The clock at the start; no computed time is later.
    now_s: i64,
    span_s: i64,
    /// Number of channels of key 1; key 2 has one more.
    pub channels: u64,
    subscribers: u64,
    pub webcasts: u64,
    /// Changes since the start.
    pub overlay: Overlay,
}

/// Number of subscribers of the channel of key 2.
const SECOND_KEY_SUBSCRIBERS: u64 = 10;

impl Population {
    pub fn new(config: &Config) -> Self {
        Self {
            seed: config.seed,
            now_s: config.now.as_second(),
            span_s: i64::try_from(config.span_days).unwrap_or(730) * 86_400,
            channels: config.channels,
            subscribers: config.subscribers,
            webcasts: config.webcasts_per_channel,
            overlay: Overlay::default(),
        }
    }

    /// Returns the simulated clock.
    pub fn clock_s(&self) -> i64 {
        self.now_s + self.overlay.clock_s
    }

    pub fn hash(&self, kind: Kind, parts: &[u64]) -> u64 {
        hash(self.seed, kind, parts)
    }

    /// Returns the time of record `index` of `count`: the newest is now.
    pub fn time(&self, index: u64, count: u64) -> i64 {
        let back = u128::from(count - index) * self.span_s.unsigned_abs() as u128 / u128::from(count.max(1));
        self.now_s - i64::try_from(back).unwrap_or_default()
    }

    pub fn channel_id(&self, channel: u64) -> u64 {
        CHANNELS + channel
    }

    pub fn channel_of_id(&self, id: u64) -> Option<u64> {
        id.checked_sub(CHANNELS).filter(|channel| (1..=self.channels + 1).contains(channel))
    }

    /// Returns the number of subscribers of a channel at the start.
    pub fn subscribers(&self, channel: u64) -> u64 {
        if channel > self.channels {
            return SECOND_KEY_SUBSCRIBERS;
        }
        self.subscribers / self.channels + u64::from(channel <= self.subscribers % self.channels)
    }

    /// Returns the number of subscribers of a channel now.
    pub fn all_subscribers(&self, channel: u64) -> u64 {
        self.subscribers(channel) + self.overlay.joined(channel)
    }

    /// Returns when a subscriber joined who was not there at the start, and the number among those.
    fn joiner(&self, channel: u64, index: u64) -> Option<(i64, u64)> {
        self.overlay.joiner(channel, index.checked_sub(self.subscribers(channel))?)
    }

    /// Returns the sum of a count over the channels before this one; the count depends only on their subscribers.
    fn before(&self, channel: u64, count: impl Fn(u64) -> u64) -> u64 {
        let (larger, earlier) = (self.subscribers % self.channels, channel - 1);
        let small = self.subscribers / self.channels;
        let larger_before = earlier.min(larger);
        larger_before * count(small + 1) + (earlier - larger_before) * count(small)
    }

    fn subscribers_before(&self, channel: u64) -> u64 {
        self.before(channel, |subscribers| subscribers)
    }

    pub fn subscriber_id(&self, channel: u64, index: u64) -> u64 {
        SUBSCRIBERS + self.subscriber_number(channel, index)
    }

    /// Returns the number of a subscriber over all channels; new ones follow all that were there at the start.
    fn subscriber_number(&self, channel: u64, index: u64) -> u64 {
        match self.joiner(channel, index) {
            Some((_, number)) => self.first_new() + number,
            None => self.subscribers_before(channel) + index,
        }
    }

    fn first_new(&self) -> u64 {
        self.subscribers + SECOND_KEY_SUBSCRIBERS
    }

    /// Returns channel and index of a subscriber.
    pub fn subscriber_of_id(&self, id: u64) -> Option<(u64, u64)> {
        let number = id.checked_sub(SUBSCRIBERS).filter(|number| *number > 0)?;
        if number > self.first_new() {
            return self.overlay.subscriber(number - self.first_new());
        }
        let channels: Vec<u64> = (1..=self.channels + 1).collect();
        let position = channels.partition_point(|channel| self.subscribers_before(*channel) < number);
        let channel = *channels.get(position.checked_sub(1)?)?;
        let index = number - self.subscribers_before(channel);
        (index <= self.subscribers(channel)).then_some((channel, index))
    }

    /// Returns the user of a subscriber; some are subscribers of channel 1 too.
    pub fn user_id(&self, channel: u64, index: u64) -> u64 {
        let shared = channel > 1
            && self.joiner(channel, index).is_none()
            && index <= self.subscribers(1)
            && self.hash(Kind::Subscriber, &[channel, index]).is_multiple_of(5);
        if shared { USERS + index } else { USERS + self.subscriber_number(channel, index) }
    }

    pub fn joined(&self, channel: u64, index: u64) -> i64 {
        self.joiner(channel, index).map_or_else(|| self.time(index, self.subscribers(channel)), |joiner| joiner.0)
    }

    /// Returns when a subscriber left: one in ten did, one in a hundred at once, all others within thirty days.
    pub fn left(&self, channel: u64, index: u64) -> Option<i64> {
        let changed = self.overlay.left(channel, index);
        if changed.is_some() || self.joiner(channel, index).is_some() {
            return changed;
        }
        let hash = self.hash(Kind::Subscriber, &[channel, index, 1]);
        let joined = self.joined(channel, index);
        match hash % 100 {
            0 => Some(joined),
            1..=9 => {
                let longest = (self.now_s - joined).min(Self::LEAVES_WITHIN_S).unsigned_abs();
                Some(joined + i64::try_from((hash / 100) % (longest + 1)).unwrap_or_default())
            }
            _ => None,
        }
    }

    pub const LEAVES_WITHIN_S: i64 = 30 * 86_400;

    pub fn webcast_id(&self, channel: u64, webcast: u64) -> u64 {
        WEBCASTS + (channel - 1) * self.webcasts + webcast
    }

    pub fn webcast_of_id(&self, channel: u64, id: u64) -> Option<u64> {
        let number = id.checked_sub(WEBCASTS + (channel - 1) * self.webcasts)?;
        (1..=self.webcasts).contains(&number).then_some(number)
    }

    pub fn survey_id(&self, channel: u64) -> u64 {
        SURVEYS + channel
    }

    /// Returns the id of the second, inactive survey, which every third channel has.
    pub fn inactive_survey_id(&self, channel: u64) -> Option<u64> {
        channel.is_multiple_of(3).then_some(SURVEYS + self.channels + 1 + channel)
    }

    /// Returns the channel of a survey, and whether it is active.
    pub fn survey_of_id(&self, id: u64) -> Option<(u64, bool)> {
        let number = id.checked_sub(SURVEYS).filter(|number| *number > 0)?;
        match number.checked_sub(self.channels + 1).filter(|rest| *rest > 0) {
            None => Some((number, true)),
            Some(channel) => (channel <= self.channels + 1 && channel.is_multiple_of(3)).then_some((channel, false)),
        }
    }

    fn activities_of(&self, subscriber: u64) -> u64 {
        ACTIVITIES_OF[(subscriber % 4) as usize].min(self.webcasts)
    }

    fn activities_up_to(&self, subscribers: u64) -> u64 {
        sum_up_to(subscribers, 4, |subscriber| self.activities_of(subscriber))
    }

    pub fn activities(&self, channel: u64) -> u64 {
        self.activities_up_to(self.subscribers(channel))
    }

    /// Returns the number of the last activity of the channels before this one.
    pub fn activities_before(&self, channel: u64) -> u64 {
        self.before(channel, |subscribers| self.activities_up_to(subscribers))
    }

    /// Returns the subscriber of an activity, and its webcast.
    pub fn activity(&self, channel: u64, activity: u64) -> (u64, u64) {
        let (subscriber, position) = find_in(activity, 4, |subscriber| self.activities_of(subscriber));
        let start = self.hash(Kind::Activity, &[channel, subscriber]) % self.webcasts;
        (subscriber, (start + position) % self.webcasts + 1)
    }

    pub fn activity_time(&self, channel: u64, activity: u64) -> i64 {
        self.time(activity, self.activities(channel))
    }

    /// Returns when a record was last touched, if it was.
    pub fn touched(&self, kind: Touched, channel: u64, index: u64) -> Option<i64> {
        let moved = self.overlay.moved(Some(kind), channel)?;
        moved.at(moved.position(index)?).map(|(_, time)| time)
    }

    pub fn is_registered(&self, channel: u64, activity: u64) -> bool {
        self.hash(Kind::Registration, &[channel, activity]).is_multiple_of(2)
    }

    pub fn viewings_of(&self, activity: u64) -> u64 {
        VIEWINGS_OF[(activity % 8) as usize]
    }

    pub fn viewings_up_to(&self, activities: u64) -> u64 {
        sum_up_to(activities, 8, |activity| self.viewings_of(activity))
    }

    pub fn viewings(&self, channel: u64) -> u64 {
        self.viewings_up_to(self.activities(channel))
    }

    pub fn viewings_before(&self, channel: u64) -> u64 {
        self.before(channel, |subscribers| self.viewings_up_to(self.activities_up_to(subscribers)))
    }

    /// Returns the activity of a viewing.
    pub fn activity_of_viewing(&self, viewing: u64) -> u64 {
        find_in(viewing, 8, |activity| self.viewings_of(activity)).0
    }

    /// Returns the time of a viewing, which is never later than its activity.
    pub fn viewing_time(&self, channel: u64, viewing: u64) -> i64 {
        let own = self.time(viewing, self.viewings(channel));
        own.min(self.activity_time(channel, self.activity_of_viewing(viewing)))
    }

    pub fn is_live(&self, channel: u64, viewing: u64) -> bool {
        self.hash(Kind::Viewing, &[channel, viewing]).is_multiple_of(3)
    }

    /// Returns the seconds viewed.
    pub fn viewed_s(&self, channel: u64, viewing: u64) -> u64 {
        self.hash(Kind::Viewing, &[channel, viewing, 1]) % 3600
    }

    pub fn has_response(&self, channel: u64, subscriber: u64) -> bool {
        self.hash(Kind::Response, &[channel, subscriber]).is_multiple_of(3)
    }

    pub fn is_anonymous(&self, channel: u64, subscriber: u64) -> bool {
        self.hash(Kind::Response, &[channel, subscriber, 1]).is_multiple_of(50)
    }

    pub fn attachments(&self) -> u64 {
        sum_up_to(self.webcasts, 3, |webcast| ATTACHMENTS_OF[(webcast % 3) as usize])
    }

    pub fn attachment_id(&self, channel: u64, attachment: u64) -> u64 {
        ATTACHMENTS + (channel - 1) * self.attachments() + attachment
    }

    pub fn webcast_of_attachment(&self, attachment: u64) -> u64 {
        find_in(attachment, 3, |webcast| ATTACHMENTS_OF[(webcast % 3) as usize]).0
    }

    /// Returns the first attachment of a webcast.
    pub fn attachment_of(&self, webcast: u64) -> Option<u64> {
        let count = ATTACHMENTS_OF[(webcast % 3) as usize];
        let before = sum_up_to(webcast - 1, 3, |webcast| ATTACHMENTS_OF[(webcast % 3) as usize]);
        (count > 0).then_some(before + 1)
    }

    /// Returns the attachment that was opened in an activity, if any.
    pub fn opened(&self, channel: u64, activity: u64) -> Option<u64> {
        let opened = self.hash(Kind::Summary, &[channel, activity]).is_multiple_of(4);
        self.attachment_of(self.activity(channel, activity).1).filter(|_| opened)
    }
}

/// Returns the sum of a count that repeats every `period`, over 1 to `last`.
pub(crate) fn sum_up_to(last: u64, period: u64, count: impl Fn(u64) -> u64) -> u64 {
    let whole: u64 = (0..period).map(&count).sum();
    let rest: u64 = (1..=last % period).map(&count).sum();
    last / period * whole + rest
}

/// Returns the owner of the item with this number, and its position among the owner's, from 0.
pub(crate) fn find_in(number: u64, period: u64, count: impl Fn(u64) -> u64) -> (u64, u64) {
    let whole: u64 = (0..period).map(&count).sum();
    let (round, mut position) = ((number - 1) / whole, (number - 1) % whole);
    for owner in 1..=period {
        match position.checked_sub(count(owner)) {
            Some(rest) => position = rest,
            None => return (round * period + owner, position),
        }
    }
    unreachable!("the position is smaller than the sum of all counts")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_owners_agree() {
        let world = Population::new(&Config { subscribers: 103, ..Config::default() });
        for channel in 1..=world.channels + 1 {
            let mut number = 0;
            for subscriber in 1..=world.subscribers(channel) {
                let id = world.subscriber_id(channel, subscriber);
                assert_eq!(world.subscriber_of_id(id), Some((channel, subscriber)));
                for _ in 0..world.activities_of(subscriber) {
                    number += 1;
                    assert_eq!(world.activity(channel, number).0, subscriber);
                }
            }
            assert_eq!(world.activities(channel), number);
            let viewings: u64 = (1..=number).map(|activity| world.viewings_of(activity)).sum();
            assert_eq!(world.viewings(channel), viewings);
            if channel <= world.channels {
                assert_eq!(world.activities_before(channel + 1) - world.activities_before(channel), number);
                assert_eq!(world.viewings_before(channel + 1) - world.viewings_before(channel), viewings);
            }
        }
    }
}
