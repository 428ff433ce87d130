//! Oddities of recorded data, each at a fixed rate (spec BT 3.4).

use std::collections::BTreeMap;

use crate::hash::Kind;
use crate::list::List;
use crate::population::Population;

/// One oddity.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Quirk {
    /// A state under the name of a second country (Q1).
    DuplicateCountry = 1,
    /// The XML declaration names no encoding; applies to documents, not to records.
    NoEncoding = 2,
    /// Curly quotes make one attribute of a link swallow the next (Q3).
    SwallowedAttribute = 3,
    /// A comment before the record (Q4).
    Comment = 4,
    /// `href` comes before `rel`.
    HrefFirst = 5,
    /// An empty `track`, self-closed or as a pair.
    EmptyTrack = 6,
    NoEmbed = 7,
    UnreadableDate = 8,
    /// A link names another webcast than the record (Q6).
    WrongLinkId = 9,
}

impl Quirk {
    const OF_RECORDS: [(Self, &'static str); 8] = [
        (Self::DuplicateCountry, "duplicateCountry"),
        (Self::SwallowedAttribute, "swallowedAttribute"),
        (Self::Comment, "comment"),
        (Self::HrefFirst, "hrefFirst"),
        (Self::EmptyTrack, "emptyTrack"),
        (Self::NoEmbed, "noEmbed"),
        (Self::UnreadableDate, "unreadableDate"),
        (Self::WrongLinkId, "wrongLinkId"),
    ];

    /// Returns the rate in a thousand.
    fn rate(self) -> u64 {
        match self {
            Self::DuplicateCountry | Self::SwallowedAttribute => 10,
            Self::NoEncoding => 200,
            Self::Comment => 50,
            Self::HrefFirst | Self::EmptyTrack => 300,
            Self::NoEmbed => 100,
            Self::UnreadableDate => 1,
            Self::WrongLinkId => 20,
        }
    }

    /// Returns whether it applies to a record, or to a document.
    pub fn falls_on(self, world: &Population, id: u64) -> bool {
        world.hash(Kind::Fault, &[id, self as u64]) % 1000 < self.rate()
    }

    /// Returns whether records of a list can have it at all.
    fn applies_to(self, world: &Population, list: List, index: u64) -> bool {
        let embedded = matches!(list, List::Subscribers { .. } | List::Registrations { .. } | List::Viewings { .. });
        match self {
            Self::NoEncoding => false,
            Self::Comment | Self::SwallowedAttribute | Self::HrefFirst => true,
            Self::NoEmbed | Self::EmptyTrack => embedded,
            Self::UnreadableDate => matches!(list, List::Subscribers { .. }),
            Self::WrongLinkId => !matches!(
                list,
                List::Subscribers { .. } | List::Responses { .. } | List::Webcasts { .. } | List::Channels { .. }
            ),
            Self::DuplicateCountry => match list {
                List::Responses { channel, .. } => !world.is_anonymous(channel, index),
                List::Webcasts { .. } | List::Channels { .. } | List::Attachments { .. } => false,
                _ => true,
            },
        }
    }

    /// Returns whether it applies to a record of a list.
    fn touches(self, world: &Population, list: List, position: u64) -> bool {
        let id = world.id_of(list, position);
        let hidden = match self {
            // Earlier quirks take precedence.
            Self::EmptyTrack => Self::NoEmbed.falls_on(world, id),
            Self::HrefFirst => Self::SwallowedAttribute.falls_on(world, id),
            _ => false,
        };
        !hidden && self.falls_on(world, id) && self.applies_to(world, list, world.index_at(list, position))
    }

    /// Counts the records of a list that each quirk applies to.
    pub fn count(world: &Population, list: List, into: &mut BTreeMap<String, u64>) {
        for position in (1..=world.length(list)).filter(|position| world.contains(list, *position)) {
            for (quirk, name) in Self::OF_RECORDS {
                if quirk.touches(world, list, position) {
                    *into.entry(name.to_owned()).or_default() += 1;
                }
            }
        }
    }
}
