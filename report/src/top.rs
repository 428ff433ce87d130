//! The largest groups of a stream, in bounded memory.

use std::collections::HashMap;
use std::ops::AddAssign;

use serde::Serialize;

/// Longest name of a group, in characters.
const NAME: usize = 120;

/// Numbers of a group.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Counts {
    /// People who registered or attended, once for each webinar.
    pub leads: u64,
    /// Those of them who attended.
    pub attended: u64,
    /// Seconds watched.
    pub watched_s: u64,
}

impl AddAssign for Counts {
    fn add_assign(&mut self, other: Self) {
        self.leads += other.leads;
        self.attended += other.attended;
        self.watched_s += other.watched_s;
    }
}

/// A group with its numbers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Group {
    /// Name, as it was first seen.
    pub name: String,
    /// Its numbers.
    #[serde(flatten)]
    pub counts: Counts,
}

/// The largest groups by leads.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Ranking {
    /// The groups, the largest first.
    pub groups: Vec<Group>,
    /// All other groups together, and people without a group.
    pub others: Counts,
    /// Number of leads that a group may have more than is shown. 0 unless there were more groups than fit in memory.
    pub missing_at_most: u64,
}

/// Counts groups. It keeps at most twice as many as its capacity: when they are more, every group loses as many leads as
/// the largest of those that go (the algorithm of Misra and Gries), so no group is missing more than
/// `leads / (capacity + 1)` of them.
#[derive(Debug)]
pub(crate) struct Top {
    capacity: usize,
    groups: HashMap<String, Group>,
    all: Counts,
    lost: u64,
}

impl Top {
    pub fn new(capacity: usize) -> Self {
        Self { capacity, groups: HashMap::new(), all: Counts::default(), lost: 0 }
    }

    /// Counts a record of a group. Names that differ in letter case and blanks alone are one group.
    pub fn add(&mut self, name: Option<&str>, counts: Counts) {
        self.all += counts;
        let shown = name.map(shortened).unwrap_or_default();
        if shown.is_empty() {
            return;
        }
        let new = || Group { name: shown.clone(), counts: Counts::default() };
        self.groups.entry(shown.to_lowercase()).or_insert_with(new).counts += counts;
        if self.groups.len() > 2 * self.capacity {
            self.shrink();
        }
    }

    fn shrink(&mut self) {
        let mut leads: Vec<u64> = self.groups.values().map(|group| group.counts.leads).collect();
        let (_, least, _) = leads.select_nth_unstable_by(self.capacity, |a, b| b.cmp(a));
        let least = *least;
        self.lost += least;
        self.groups.retain(|_, group| {
            group.counts.leads = group.counts.leads.saturating_sub(least);
            group.counts.attended = group.counts.attended.min(group.counts.leads);
            group.counts.leads > 0
        });
    }

    /// Returns the largest groups.
    pub fn ranking(self, most: usize) -> Ranking {
        let mut groups: Vec<Group> = self.groups.into_values().collect();
        groups.sort_unstable_by(|a, b| b.counts.leads.cmp(&a.counts.leads).then_with(|| a.name.cmp(&b.name)));
        groups.truncate(most);
        let mut shown = Counts::default();
        groups.iter().for_each(|group| shown += group.counts);
        let others = Counts {
            leads: self.all.leads.saturating_sub(shown.leads),
            attended: self.all.attended.saturating_sub(shown.attended),
            watched_s: self.all.watched_s.saturating_sub(shown.watched_s),
        };
        Ranking { groups, others, missing_at_most: self.lost }
    }
}

/// Returns a name with single blanks, without control characters, and cut at its longest.
pub(crate) fn shortened(name: &str) -> String {
    let words: Vec<&str> = name.split(|letter: char| letter.is_whitespace() || letter.is_control()).collect();
    let mut text = String::new();
    for word in words.into_iter().filter(|word| !word.is_empty()) {
        if !text.is_empty() {
            text.push(' ');
        }
        text.push_str(word);
    }
    match text.char_indices().nth(NAME) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one() -> Counts {
        Counts { leads: 1, attended: 1, watched_s: 60 }
    }

    #[test]
    fn groups_are_counted_without_letter_case() {
        let mut top = Top::new(10);
        for name in [Some("Acme  Inc"), Some("ACME inc "), Some("Zed"), Some("\n"), None] {
            top.add(name, one());
        }
        let ranking = top.ranking(1);
        assert_eq!(ranking.groups.len(), 1);
        assert_eq!((ranking.groups[0].name.as_str(), ranking.groups[0].counts.leads), ("Acme Inc", 2));
        assert_eq!((ranking.others.leads, ranking.missing_at_most), (3, 0));
    }

    /// A million groups of one record beside ten large ones: the large ones stay, and memory is bounded.
    #[test]
    fn many_groups_take_little_memory() {
        let mut top = Top::new(100);
        for number in 0..1_000_000_u64 {
            top.add(Some(&format!("small {number}")), one());
            if number % 10 == 0 {
                top.add(Some(&format!("large {}", number / 10 % 10)), one());
            }
            assert!(top.groups.len() <= 200);
        }
        let ranking = top.ranking(10);
        assert!(ranking.groups.iter().all(|group| group.name.starts_with("large")), "{:?}", ranking.groups);
        assert!(ranking.missing_at_most > 0 && ranking.missing_at_most <= 1_100_000 / 101);
        for group in &ranking.groups {
            assert!(group.counts.leads <= 10_000 && group.counts.leads + ranking.missing_at_most >= 10_000);
        }
        assert_eq!(
            ranking.others.leads + ranking.groups.iter().map(|group| group.counts.leads).sum::<u64>(),
            1_100_000
        );
    }

    #[test]
    fn names_are_cut() {
        assert_eq!(shortened(" a \u{7}\t b "), "a b");
        assert_eq!(shortened(&"ä".repeat(200)).chars().count(), NAME + 1);
    }
}
