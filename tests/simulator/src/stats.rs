//! Total numbers of records, with which a test can prove that it read all of them (spec BT 3.3, rule 10).

use std::collections::BTreeMap;

use serde::Serialize;

use crate::config::Quirks;
use crate::list::{Filters, List};
use crate::population::Population;
use crate::quirk::Quirk;

/// Exact numbers of records: list name, then channel id, then number.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Stats {
    /// Records of each list of key 1, by the name of its root element.
    pub lists: BTreeMap<String, BTreeMap<u64, u64>>,
    /// The ones whose user has no email address.
    pub without_email: BTreeMap<String, BTreeMap<u64, u64>>,
    /// Number of records that each oddity applies to, with `--quirks recorded`.
    pub quirks: BTreeMap<String, u64>,
}

impl Stats {
    /// Returns the sum over all channels.
    pub fn total(&self, list: &str) -> u64 {
        self.lists.get(list).map_or(0, |channels| channels.values().sum())
    }

    /// Returns the sum over all channels of records whose user has no email address.
    pub fn total_without_email(&self, list: &str) -> u64 {
        self.without_email.get(list).map_or(0, |channels| channels.values().sum())
    }

    pub(crate) fn of(world: &Population, quirks: Quirks) -> Self {
        let mut stats = Self::default();
        for channel in 1..=world.channels {
            let id = world.channel_id(channel);
            stats.put("channels", id, 1, 0);
            stats.put("surveys", id, 1 + u64::from(world.inactive_survey_id(channel).is_some()), 0);
            let lists = [
                List::Subscribers { channel },
                List::Activities { channel, webcast: None },
                List::Responses { channel, active: true },
                List::Webcasts { channel },
                List::Registrations { channel, webcast: None },
                List::Viewings { channel, webcast: None },
                List::Summaries { channel, webcast: None },
                List::Attachments { channel, webcast: None },
            ];
            for list in lists {
                let without = (1..=world.length(list)).filter(|at| !has_email(world, list, *at)).count() as u64;
                stats.put(list.elements().0, id, world.count(list, &Filters::default()), without);
                if quirks == Quirks::Recorded {
                    Quirk::count(world, list, &mut stats.quirks);
                }
            }
        }
        stats
    }

    fn put(&mut self, list: &str, channel: u64, count: u64, without: u64) {
        self.lists.entry(list.to_owned()).or_default().insert(channel, count);
        if without > 0 {
            self.without_email.entry(list.to_owned()).or_default().insert(channel, without);
        }
    }
}

/// Returns whether a record has an email address, or does not belong to a person.
fn has_email(world: &Population, list: List, position: u64) -> bool {
    if !world.contains(list, position) {
        return true;
    }
    let index = world.index_at(list, position);
    let by = |channel, subscriber| world.has_email(world.user_id(channel, subscriber));
    match list {
        List::Subscribers { channel } => by(channel, index),
        List::Activities { channel, .. } | List::Registrations { channel, .. } | List::Summaries { channel, .. } => {
            by(channel, world.activity(channel, index).0)
        }
        List::Viewings { channel, .. } => by(channel, world.activity(channel, world.activity_of_viewing(index)).0),
        List::Responses { channel, .. } => !world.is_anonymous(channel, index) && by(channel, index),
        _ => true,
    }
}
