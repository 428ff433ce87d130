//! Choice of the vendor lists to read, and of their filters.

use super::super::call::{Endpoint, Filters, Ids};
use super::super::table::Object;
use super::planner::Planner;
use super::{Child, Parents, ScanPlan};
use crate::query::Comparison;

impl Planner<'_> {
    /// Returns the lists that contain the records (spec BT 2.4, 2.6).
    pub fn lists(&self) -> (Endpoint, Parents) {
        let ids = self.demand.ids;
        let only = self.channels();
        let one_channel = match only.as_deref() {
            Some([channel]) => Some(*channel),
            _ => None,
        };
        // No object has the id 0, and the vendor rejects it.
        let there = |id: &u64| *id != 0;
        let webcast = ids.webcast.or(self.bounds.webcast.filter(there).filter(|_| one_channel.is_some()));
        let direct = |ids| Parents::Direct(ids);
        let channels = |child| Parents::Channels { only: only.clone(), child };
        let below_webcast =
            webcast.map(|webcast| Ids { channel: one_channel, webcast: Some(webcast), ..Ids::default() });
        match (self.object(), below_webcast) {
            (Object::Channels, _) => {
                let endpoint = if ids.user.is_some() { Endpoint::UserChannels } else { Endpoint::MyChannels };
                (endpoint, direct(Ids { user: ids.user, ..Ids::default() }))
            }
            (Object::Webcasts, _) => match (one_channel, self.bounds.id.filter(there)) {
                (Some(channel), Some(id)) => {
                    let ids = Ids { channel: Some(channel), webcast: Some(id), ..Ids::default() };
                    (Endpoint::Webcast, direct(ids))
                }
                _ => (Endpoint::ChannelWebcasts, channels(None)),
            },
            (Object::Contacts, _) => (Endpoint::ChannelSubscribers, channels(None)),
            (Object::Activities, Some(ids)) => (Endpoint::WebcastActivities, direct(ids)),
            (Object::Activities, None) => (Endpoint::ChannelActivities, channels(None)),
            (Object::Viewings, Some(ids)) => (Endpoint::WebcastViewings, direct(ids)),
            (Object::Viewings, None) => (Endpoint::ChannelViewings, channels(None)),
            (Object::Registrations, Some(ids)) => (Endpoint::WebcastRegistrations, direct(ids)),
            (Object::Registrations, None) => (Endpoint::WebcastRegistrations, channels(Some(Child::Webcasts))),
            (Object::AccessSummaries, Some(ids)) if self.demand.ids.webcast.is_some() => {
                (Endpoint::WebcastAccessSummaries, direct(ids))
            }
            (Object::AccessSummaries, _) => (Endpoint::ChannelAccessSummaries, channels(None)),
            (Object::Attachments, Some(ids)) if self.demand.ids.webcast.is_some() => {
                (Endpoint::WebcastAttachments, direct(ids))
            }
            (Object::Attachments, _) => (Endpoint::ChannelAttachments, channels(None)),
            (Object::Surveys, _) => (Endpoint::ChannelSurveys, channels(None)),
            (Object::Responses, _) => {
                // A survey's own list lacks the channel, so a condition on the channel requires reading through it.
                let named = ids.survey.or(self.bounds.survey.filter(there).filter(|_| !self.asks_for_channel()));
                let parents = match named {
                    Some(survey) => direct(Ids { survey: Some(survey), ..Ids::default() }),
                    None => channels(Some(Child::Surveys(self.bounds.survey))),
                };
                (Endpoint::SurveyResponses, parents)
            }
        }
    }

    fn asks_for_channel(&self) -> bool {
        let channel = |part: &&Comparison| part.field.name == "channelId";
        self.demand.ids.channel.is_some() || self.rest.iter().any(|rest| rest.comparisons().iter().any(channel))
    }

    /// Returns the channel of the path, or else those that the condition allows.
    fn channels(&self) -> Option<Vec<u64>> {
        match self.demand.ids.channel {
            Some(channel) => Some(vec![channel]),
            None => self.bounds.channels.clone(),
        }
    }

    pub fn scans(&self) -> Vec<ScanPlan> {
        let bounds = &self.bounds;
        let one = |filters| vec![ScanPlan { filters, drop_subscribed_after: None }];
        if self.object() != Object::Contacts {
            return one(Filters {
                since: bounds.since,
                expand: bounds.expand,
                viewed: bounds.viewed,
                webcast_status: bounds.webcast_status,
                ..Filters::default()
            });
        }
        let subscribed = bounds.subscribed;
        let with = |subscribed, subscribed_since, unsubscribed_since| Filters {
            subscribed,
            subscribed_since,
            unsubscribed_since,
            ..Filters::default()
        };
        match (bounds.unsubscribed_since, bounds.subscribed_since, bounds.updated_since) {
            (Some(_), _, _) if subscribed == Some(true) => one(with(subscribed, None, None)),
            (Some(left), _, _) => one(with(None, None, Some(left))),
            (None, Some(joined), _) => one(with(subscribed, Some(joined), None)),
            (None, None, Some(updated)) if subscribed == Some(true) => one(with(subscribed, Some(updated), None)),
            (None, None, Some(updated)) => {
                let joined = ScanPlan { filters: with(subscribed, Some(updated), None), drop_subscribed_after: None };
                let left = ScanPlan { filters: with(None, None, Some(updated)), drop_subscribed_after: Some(updated) };
                vec![joined, left]
            }
            (None, None, None) => one(with(subscribed, None, None)),
        }
    }
}

pub(super) fn has_one_channel(parents: &Parents) -> bool {
    matches!(parents, Parents::Channels { only: Some(only), .. } if only.len() == 1)
}
