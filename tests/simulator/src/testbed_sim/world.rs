//! Accounts and notes of one tenant, by their number from 1, and the changes since the start.

use std::collections::{HashMap, HashSet};

use serde::Deserialize;
use serde_json::{Map, Value};

use super::Config;
use super::record;
use crate::admin::During;
use crate::hash::{Kind, hash};
use crate::population::{find_in, sum_up_to};

/// Number of accounts of the second tenant.
const SECOND_TENANT_ACCOUNTS: u64 = 10;
/// Notes of an account, by its number modulo 4.
const NOTES_OF: [u64; 4] = [2, 0, 1, 3];
/// Ends of the ids of accounts, which a caller must escape in paths, cursors, keys and files.
const SUFFIXES: [&str; 8] = ["", "/ä", " b", "", "%2F", "?q#f", "+c&d=e", "\"'\\"];

/// A list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum List {
    Accounts,
    Notes {
        /// The account whose notes these are. `None` for those of all accounts.
        account: Option<u64>,
    },
}

/// The records of one tenant.
#[derive(Clone, Debug)]
pub(super) struct World {
    pub seed: u64,
    tenant: usize,
    /// The clock at the start; no computed time is later.
    start_s: i64,
    span_s: u64,
    /// Number of accounts at the start.
    accounts: u64,
    changes: Changes,
}

/// Everything that was written since the start.
#[derive(Clone, Debug, Default)]
struct Changes {
    clock_s: i64,
    /// Number of accounts that were created.
    created: u64,
    deleted: HashSet<u64>,
    /// Members that callers can write, of accounts that they wrote.
    written: HashMap<u64, Map<String, Value>>,
    created_at: HashMap<u64, i64>,
    updated_at: HashMap<u64, i64>,
    /// Accounts that were merged into another one, which has their notes.
    merged: HashMap<u64, u64>,
}

/// A step of the clock with the changes that happen in it.
#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Advance {
    pub seconds: u32,
    /// Number of accounts that are touched, beginning with the oldest.
    pub updates: u32,
    /// Number of new accounts.
    pub creates: u32,
    /// Number of accounts that are deleted, beginning with the oldest.
    pub deletes: u32,
    /// The page after which the step happens. `None` for at once.
    pub during: Option<During>,
}

impl World {
    pub fn new(config: &Config, tenant: usize) -> Self {
        Self {
            seed: config.seed + tenant as u64,
            tenant,
            start_s: config.now.as_second(),
            span_s: config.span_days * 86_400,
            accounts: if tenant == 0 { config.accounts } else { SECOND_TENANT_ACCOUNTS },
            changes: Changes::default(),
        }
    }

    pub fn hash(&self, kind: Kind, parts: &[u64]) -> u64 {
        hash(self.seed, kind, parts)
    }

    /// Returns the simulated clock.
    pub fn clock_s(&self) -> i64 {
        self.start_s + self.changes.clock_s
    }

    /// Returns the last number of a list; not every number up to it is in the list.
    pub fn length(&self, list: List) -> u64 {
        match list {
            List::Accounts => self.accounts + self.changes.created,
            List::Notes { .. } => sum_up_to(self.accounts, 4, notes_of),
        }
    }

    /// Returns whether a record is in a list.
    pub fn contains(&self, list: List, number: u64) -> bool {
        match list {
            List::Accounts => self.has_account(number),
            List::Notes { account } => {
                let of = self.account_of_note(number);
                self.has_account(of) && account.is_none_or(|account| account == of)
            }
        }
    }

    /// Returns whether an account exists.
    pub fn has_account(&self, account: u64) -> bool {
        (1..=self.length(List::Accounts)).contains(&account) && !self.changes.deleted.contains(&account)
    }

    pub fn account_id(&self, account: u64) -> String {
        let prefix = if self.tenant == 0 { "acc" } else { "two" };
        format!("{prefix}_{account:04}{}", SUFFIXES[(account % 8) as usize])
    }

    /// Returns the existing account with an id.
    pub fn account_of_id(&self, id: &str) -> Option<u64> {
        let digits: String = id.get(4..)?.chars().take_while(char::is_ascii_digit).collect();
        let account = digits.parse().ok()?;
        (self.has_account(account) && self.account_id(account) == id).then_some(account)
    }

    pub fn note_id(&self, note: u64) -> String {
        format!("note-{note}")
    }

    /// Returns the existing note with an id.
    pub fn note_of_id(&self, id: &str) -> Option<u64> {
        let note = id.strip_prefix("note-")?.parse().ok()?;
        let is_known = (1..=self.length(List::Notes { account: None })).contains(&note);
        (is_known && self.note_id(note) == id && self.has_account(self.account_of_note(note))).then_some(note)
    }

    /// Returns the account that a note belongs to now.
    pub fn account_of_note(&self, note: u64) -> u64 {
        let mut account = find_in(note, 4, notes_of).0;
        while let Some(into) = self.changes.merged.get(&account) {
            account = *into;
        }
        account
    }

    /// Returns when a record was last changed.
    pub fn updated_s(&self, list: List, number: u64) -> i64 {
        match list {
            List::Accounts => {
                let written = self.changes.updated_at.get(&number);
                written.copied().unwrap_or_else(|| self.time(number, self.accounts))
            }
            List::Notes { .. } => self.time(number, self.length(list)),
        }
    }

    /// Returns when an account was created.
    pub fn created_s(&self, account: u64) -> i64 {
        self.changes.created_at.get(&account).copied().unwrap_or_else(|| {
            let days = self.hash(Kind::Account, &[account, 1]) % 100;
            self.time(account, self.accounts) - i64::try_from(days * 86_400).unwrap_or_default()
        })
    }

    /// Returns the time of record `number` of `count` at the start: that of the last one is the clock.
    fn time(&self, number: u64, count: u64) -> i64 {
        let back = u128::from(count.saturating_sub(number)) * u128::from(self.span_s) / u128::from(count.max(1));
        self.start_s - i64::try_from(back).unwrap_or_default()
    }

    /// Returns the members of an account that callers can write.
    pub fn members(&self, account: u64) -> Map<String, Value> {
        self.changes.written.get(&account).cloned().unwrap_or_else(|| record::members(self, account))
    }

    /// Creates an account. Returns its number.
    pub fn create(&mut self, members: Map<String, Value>) -> u64 {
        self.changes.created += 1;
        let account = self.length(List::Accounts);
        self.write(account, members);
        self.changes.created_at.insert(account, self.clock_s());
        account
    }

    /// Replaces the members of an account. Each write takes a second, so that its time differs from those before.
    pub fn write(&mut self, account: u64, members: Map<String, Value>) {
        self.changes.written.insert(account, members);
        self.changes.clock_s += 1;
        self.changes.updated_at.insert(account, self.clock_s());
    }

    pub fn delete(&mut self, account: u64) {
        self.changes.deleted.insert(account);
        self.changes.written.remove(&account);
    }

    /// Deletes an account after its notes were given to another one. Returns the number of these notes.
    pub fn merge(&mut self, from: u64, into: u64) -> usize {
        let notes = List::Notes { account: Some(from) };
        let moved = (1..=self.length(notes)).filter(|note| self.contains(notes, *note)).count();
        self.changes.merged.insert(from, into);
        self.delete(from);
        let members = self.members(into);
        self.write(into, members);
        moved
    }

    /// Makes a step.
    pub fn advance(&mut self, by: &Advance) {
        self.changes.clock_s += i64::from(by.seconds);
        let oldest = |world: &Self, count: u32| -> Vec<u64> {
            let existing = (1..=world.length(List::Accounts)).filter(|account| world.has_account(*account));
            existing.take(count as usize).collect()
        };
        for account in oldest(self, by.deletes) {
            self.delete(account);
        }
        for account in oldest(self, by.updates) {
            self.changes.updated_at.insert(account, self.clock_s());
        }
        for _ in 0..by.creates {
            let members = record::members(self, self.length(List::Accounts) + 1);
            self.create(members);
        }
    }

    /// Undoes all changes.
    pub fn reset(&mut self) {
        self.changes = Changes::default();
    }
}

fn notes_of(account: u64) -> u64 {
    NOTES_OF[(account % 4) as usize]
}
