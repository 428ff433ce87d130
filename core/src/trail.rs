//! Detection of loops in lists of pages, the vendor's and a platform's.

use std::hash::{DefaultHasher, Hash, Hasher};

use serde::{Deserialize, Serialize};

/// Detects loops of any length with a few numbers (Brent's algorithm). A page token can contain it, unlike the set of
/// all cursors.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Trail {
    /// Cursor whose repetition indicates a loop.
    mark: u64,
    steps: u32,
    /// Number of steps after which the mark moves.
    reach: u32,
}

impl Trail {
    /// Records a cursor, given by its [`hash`]. Returns whether it repeats the mark.
    pub(crate) fn step(&mut self, cursor: u64) -> bool {
        if self.reach > 0 && cursor == self.mark {
            return true;
        }
        self.steps += 1;
        if self.steps >= self.reach {
            *self = Self { mark: cursor, steps: 0, reach: self.reach.saturating_mul(2).max(1) };
        }
        false
    }
}

/// Returns the number that stands for a cursor or a page token.
pub(crate) fn hash(cursor: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    cursor.hash(&mut hasher);
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_trail_finds_every_circle_and_no_other() {
        let mut straight = Trail::default();
        assert!((1..10_000).all(|cursor| !straight.step(cursor)));
        for (lead, length) in [(0, 1), (0, 2), (3, 1), (5, 7), (100, 33)] {
            let mut trail = Trail::default();
            let cursors = (0..lead).chain((lead..lead + length).cycle().take(10 * (lead + length) as usize));
            let found = cursors.into_iter().position(|cursor| trail.step(cursor));
            assert!(found.is_some_and(|at| at as u64 <= 4 * (lead + length)), "{lead} {length}: {found:?}");
        }
    }
}
