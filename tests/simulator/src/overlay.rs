//! Changes since the start (spec BT 3.6). The computed world itself never changes; changes are stored over it and take
//! memory only for themselves.

use std::collections::HashMap;

use serde::Deserialize;

use crate::list::List;
use crate::population::Population;

/// A step of the simulated clock with the changes that happen in it.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Advance {
    pub seconds: u32,
    /// Number of touched records: activities, webcasts, registrations and survey responses in turn, over all channels.
    pub updates: u32,
    pub new_subscribers: u32,
    pub unsubscribes: u32,
}

/// Lists whose records can be touched; a touched record moves to the top.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Touched {
    Activities,
    Webcasts,
    Registrations,
    Responses,
}

const TOUCHED: [Touched; 4] = [Touched::Activities, Touched::Webcasts, Touched::Registrations, Touched::Responses];

/// All changes.
#[derive(Clone, Debug, Default)]
pub(crate) struct Overlay {
    /// Seconds by which the clock was moved.
    pub clock_s: i64,
    /// Times at which the new subscribers of a channel joined, and their number among all new ones.
    joined: HashMap<u64, Vec<(i64, u64)>>,
    /// Channel and index of all new subscribers, by number.
    new: Vec<(u64, u64)>,
    left: HashMap<(u64, u64), i64>,
    moved: HashMap<(Touched, u64), Moved>,
}

/// The touched records of one list of one channel, in the order in which they were touched.
#[derive(Clone, Debug, Default)]
pub(crate) struct Moved {
    order: Vec<(u64, i64)>,
    /// Current position of a record, counted from 1 after the untouched ones.
    latest: HashMap<u64, u64>,
}

impl Overlay {
    /// Returns the number of new subscribers of a channel.
    pub fn joined(&self, channel: u64) -> u64 {
        self.joined.get(&channel).map_or(0, |joined| joined.len() as u64)
    }

    /// Returns when a new subscriber of a channel joined, and its number; counted from 1.
    pub fn joiner(&self, channel: u64, position: u64) -> Option<(i64, u64)> {
        let position = usize::try_from(position.checked_sub(1)?).ok()?;
        self.joined.get(&channel)?.get(position).copied()
    }

    /// Returns channel and index of a new subscriber.
    pub fn subscriber(&self, number: u64) -> Option<(u64, u64)> {
        self.new.get(usize::try_from(number.checked_sub(1)?).ok()?).copied()
    }

    pub fn left(&self, channel: u64, subscriber: u64) -> Option<i64> {
        self.left.get(&(channel, subscriber)).copied()
    }

    /// Returns the first of the subscribers who left after a time because of a change.
    pub fn first_left(&self, channel: u64, since: i64) -> Option<u64> {
        let here = self.left.iter().filter(|((of, _), at)| *of == channel && **at > since);
        here.map(|((_, subscriber), _)| *subscriber).min()
    }

    pub fn moved(&self, touched: Option<Touched>, channel: u64) -> Option<&Moved> {
        self.moved.get(&(touched?, channel))
    }
}

impl Moved {
    pub fn len(&self) -> u64 {
        self.order.len() as u64
    }

    /// Returns record and time at a position, from 1.
    pub fn at(&self, position: u64) -> Option<(u64, i64)> {
        self.order.get(usize::try_from(position.checked_sub(1)?).ok()?).copied()
    }

    /// Returns the current position of a record.
    pub fn position(&self, index: u64) -> Option<u64> {
        self.latest.get(&index).copied()
    }

    /// Returns the position of a record at a time.
    pub fn position_at(&self, index: u64, time: i64) -> Option<u64> {
        self.order.iter().position(|entry| *entry == (index, time)).map(|position| position as u64 + 1)
    }

    fn touch(&mut self, index: u64, time: i64) {
        self.order.push((index, time));
        self.latest.insert(index, self.order.len() as u64);
    }
}

impl Population {
    /// Returns the world after a step.
    pub fn advanced(&self, by: Advance) -> Self {
        let mut next = self.clone();
        let (start, length) = (self.clock_s(), i64::from(by.seconds));
        next.overlay.clock_s += length;
        let at = |number: u32, of: u32| start + length * i64::from(number + 1) / i64::from(of);
        let channel = |number: u32| u64::from(number) % self.channels + 1;
        for number in 0..by.new_subscribers {
            next.join(channel(number), at(number, by.new_subscribers));
        }
        for number in 0..by.updates {
            let kind = TOUCHED[number as usize % TOUCHED.len()];
            next.touch(kind, channel(number / 4), at(number, by.updates));
        }
        for number in 0..by.unsubscribes {
            let newest = (1..=next.all_subscribers(channel(number))).rev();
            let staying = newest.into_iter().find(|subscriber| next.left(channel(number), *subscriber).is_none());
            if let Some(subscriber) = staying {
                next.overlay.left.insert((channel(number), subscriber), at(number, by.unsubscribes));
            }
        }
        next
    }

    fn join(&mut self, channel: u64, time: i64) {
        let index = self.all_subscribers(channel) + 1;
        self.overlay.new.push((channel, index));
        let number = self.overlay.new.len() as u64;
        self.overlay.joined.entry(channel).or_default().push((time, number));
    }

    /// Touches the newest untouched record or, if there is none, the one touched longest ago.
    fn touch(&mut self, kind: Touched, channel: u64, time: i64) {
        let list = match kind {
            Touched::Activities => List::Activities { channel, webcast: None },
            Touched::Webcasts => List::Webcasts { channel },
            Touched::Responses => List::Responses { channel, active: true },
            Touched::Registrations => List::Registrations { channel, webcast: None },
        };
        let current = |position: &u64| self.contains(list, *position);
        let untouched = (1..=self.base_length(list)).rev().find(current);
        let position = untouched.or_else(|| (1..=self.length(list)).find(current));
        if let Some(index) = position.map(|position| self.index_at(list, position)) {
            self.overlay.moved.entry((kind, channel)).or_default().touch(index, time);
        }
    }
}
