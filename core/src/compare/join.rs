//! Finds the counterpart of each record.

use std::collections::{HashMap, VecDeque};

use super::digest::{Digests, Kept, KeyHash, value_at};
use super::spill::Spill;
use super::{CompareOptions, Comparison, Difference, DifferenceKind, FieldDifference};
use crate::client::Record;
use crate::error::Result;

/// Records of one list that wait, by key.
type Waiting = HashMap<KeyHash, VecDeque<Kept>>;

/// The join of two lists.
pub(super) struct Join {
    options: CompareOptions,
    digests: Digests,
    waiting: [Waiting; 2],
    held: usize,
    spill: Option<Spill>,
    result: Comparison,
}

impl Join {
    pub fn new(options: CompareOptions) -> Self {
        Self {
            options,
            digests: Digests::new(),
            waiting: Default::default(),
            held: 0,
            spill: None,
            result: Comparison::default(),
        }
    }

    /// Returns the number of waiting records in memory.
    #[cfg(test)]
    pub fn waiting(&self) -> usize {
        self.held
    }

    /// Returns whether records were moved to files.
    #[cfg(test)]
    pub fn has_spilled(&self) -> bool {
        self.spill.is_some()
    }

    /// Takes a record of the first list (0) or of the other one (1).
    pub fn take(&mut self, side: usize, record: Record) -> Result<()> {
        match side {
            0 => self.result.first += 1,
            _ => self.result.other += 1,
        }
        let ignored = &self.options.ignored;
        let is_ignored = |path: &str| {
            ignored.contains(path) || path.match_indices('.').any(|(end, _)| ignored.contains(&path[..end]))
        };
        let kept = self.digests.of(record, &self.options.key, is_ignored, self.options.values);
        if let Some(spill) = &mut self.spill {
            return spill.write(side, &kept);
        }
        self.meet(side, kept);
        if self.held > self.options.waiting {
            let mut spill = Spill::new()?;
            for side in [0, 1] {
                for kept in self.waiting[side].drain().flat_map(|(_, records)| records) {
                    spill.write(side, &kept)?;
                }
            }
            (self.held, self.spill) = (0, Some(spill));
        }
        Ok(())
    }

    /// Compares a record with the one that waits for it, or lets it wait.
    fn meet(&mut self, side: usize, kept: Kept) {
        let others = self.waiting[1 - side].get_mut(&kept.key);
        match others.and_then(VecDeque::pop_front) {
            Some(waited) => {
                self.held -= 1;
                if self.waiting[1 - side].get(&kept.key).is_some_and(VecDeque::is_empty) {
                    self.waiting[1 - side].remove(&kept.key);
                }
                if side == 0 { self.pair(&kept, &waited) } else { self.pair(&waited, &kept) }
            }
            None => {
                self.held += 1;
                self.waiting[side].entry(kept.key).or_default().push_back(kept);
            }
        }
    }

    /// Compares the records that were moved to files, and returns the result.
    pub fn end(mut self) -> Result<Comparison> {
        match self.spill.take() {
            None => self.leave(),
            Some(spill) => {
                for [first, other] in spill.parts()? {
                    for (side, file) in [(0, first), (1, other)] {
                        for kept in file.records()? {
                            self.meet(side, kept?);
                        }
                    }
                    self.leave();
                }
            }
        }
        Ok(self.result)
    }

    /// Reports the records that have no counterpart.
    fn leave(&mut self) {
        for (side, kind) in [(0, DifferenceKind::Missing), (1, DifferenceKind::Extra)] {
            let mut alone: Vec<Kept> = self.waiting[side].drain().flat_map(|(_, records)| records).collect();
            let order = |kept: &Kept| (kept.shown.parse::<u64>().unwrap_or(u64::MAX), kept.shown.clone());
            alone.sort_by_cached_key(order);
            match kind {
                DifferenceKind::Missing => self.result.missing += alone.len() as u64,
                _ => self.result.extra += alone.len() as u64,
            }
            for kept in alone {
                self.list(Difference { key: kept.shown, kind, fields: Vec::new() });
            }
        }
        self.held = 0;
    }

    /// Compares the fields of two records with the same key.
    fn pair(&mut self, first: &Kept, other: &Kept) {
        let hash = |of: &Kept, number: u32| of.fields.iter().find(|(known, _)| *known == number).map(|(_, hash)| *hash);
        let mut found: Vec<(u32, DifferenceKind)> = Vec::new();
        for (number, value) in &first.fields {
            match hash(other, *number) {
                None => found.push((*number, DifferenceKind::Missing)),
                Some(other) if other != *value => found.push((*number, DifferenceKind::Changed)),
                Some(_) => {}
            }
        }
        let extra = other.fields.iter().filter(|(number, _)| hash(first, *number).is_none());
        found.extend(extra.map(|(number, _)| (*number, DifferenceKind::Extra)));
        if found.is_empty() {
            self.result.equal += 1;
            return;
        }
        self.result.changed += 1;
        let value = |of: &Kept, path: &str| value_at(of.record.as_ref()?, path).cloned();
        let mut fields = Vec::with_capacity(found.len());
        for (number, kind) in found {
            let path = self.digests.name(number).to_owned();
            let counts = self.result.fields.entry(path.clone()).or_default();
            match kind {
                DifferenceKind::Missing => counts.missing += 1,
                DifferenceKind::Extra => counts.extra += 1,
                DifferenceKind::Changed => counts.changed += 1,
            }
            fields.push(FieldDifference { first: value(first, &path), other: value(other, &path), path, kind });
        }
        fields.sort_by(|left, right| left.path.cmp(&right.path));
        self.list(Difference { key: first.shown.clone(), kind: DifferenceKind::Changed, fields });
    }

    fn list(&mut self, difference: Difference) {
        if self.result.differences.len() < self.options.listed {
            self.result.differences.push(difference);
        }
    }
}
