//! Selection of faults by rules that match requests (spec BT 3.5).

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

pub(crate) use crate::effect::{Cut, ErrorBody, Fault, Malformed, NextBroken, RetryAfterForm, Where};
use crate::hash::{Kind, hash};

/// A fault with the conditions under which it happens.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Rule {
    #[serde(default, rename = "match")]
    pub matches: Match,
    /// Maximum number of hits.
    #[serde(default)]
    pub times: Option<u64>,
    /// Probability, from 0 to 1.
    #[serde(default)]
    pub probability: Option<f64>,
    pub fault: Fault,
}

/// Conditions on requests; absent ones match all.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Match {
    /// The verb.
    pub method: Option<String>,
    /// The path, with `*` for anything.
    pub path: Option<String>,
    #[serde(default)]
    pub query: BTreeMap<String, String>,
    /// The page of a scan, from 1.
    pub page: Option<u64>,
    /// Number of the only matching request that it hits, from 1.
    pub nth: Option<u64>,
    /// Every n-th of the matching requests.
    pub every: Option<u64>,
    /// The API key.
    pub key: Option<String>,
}

/// A request as rules see it.
pub(crate) struct Seen<'a> {
    pub method: Option<&'a str>,
    pub path: &'a str,
    pub query: &'a [(String, String)],
    pub key: Option<&'a str>,
    /// The page, for requests of lists.
    pub page: Option<u64>,
    /// This request only continues an earlier hit, so no rule hits it (empty pages).
    pub continued: bool,
}

/// A rule in use.
#[derive(Serialize)]
pub(crate) struct Active {
    id: u64,
    hits: u64,
    #[serde(flatten)]
    rule: Rule,
    #[serde(skip)]
    seen: u64,
    #[serde(skip)]
    since: Option<Instant>,
    /// Requests of the current window, for a rate limit.
    #[serde(skip)]
    window: Vec<Instant>,
}

/// All rules.
#[derive(Default)]
pub(crate) struct Faults(Mutex<(u64, Vec<Active>)>);

impl Faults {
    /// Adds rules. Returns their ids.
    pub fn add(&self, rules: Vec<Rule>) -> Vec<u64> {
        let Ok(mut faults) = self.0.lock() else { return Vec::new() };
        let mut ids = Vec::new();
        for rule in rules {
            faults.0 += 1;
            let id = faults.0;
            ids.push(id);
            faults.1.push(Active { id, hits: 0, rule, seen: 0, since: Some(Instant::now()), window: Vec::new() });
        }
        ids
    }

    /// Removes one rule, or all.
    pub fn remove(&self, id: Option<u64>) {
        if let Ok(mut faults) = self.0.lock() {
            faults.1.retain(|active| id.is_some_and(|id| id != active.id));
        }
    }

    /// Returns all rules with their hits, as JSON.
    pub fn json(&self) -> serde_json::Value {
        self.0.lock().ok().and_then(|faults| serde_json::to_value(&faults.1).ok()).unwrap_or_default()
    }

    /// Returns whether any rule depends on the number of the page, which is costly to compute.
    pub fn count_pages(&self) -> bool {
        let counts = |active: &Active| {
            let by_age = matches!(active.rule.fault, Fault::CursorExpired { .. });
            by_age || active.rule.matches.page.is_some()
        };
        self.0.lock().is_ok_and(|faults| faults.1.iter().any(counts))
    }

    /// Returns the first rule that hits this request.
    pub fn hit(&self, seed: u64, seen: &Seen<'_>) -> Option<(u64, Fault)> {
        let mut faults = self.0.lock().ok()?;
        faults.1.iter_mut().find_map(|active| active.hit(seed, seen).map(|fault| (active.id, fault)))
    }
}

impl Active {
    fn hit(&mut self, seed: u64, seen: &Seen<'_>) -> Option<Fault> {
        if seen.continued || !self.rule.matches.fits(seen) || self.rule.times.is_some_and(|times| self.hits >= times) {
            return None;
        }
        self.seen += 1;
        let Match { nth, every, .. } = self.rule.matches;
        let chosen =
            nth.is_none_or(|nth| nth == self.seen) && every.is_none_or(|every| self.seen.is_multiple_of(every));
        if !chosen || !self.is_likely(seed) || !self.applies(seen) {
            return None;
        }
        self.hits += 1;
        Some(self.rule.fault.clone())
    }

    fn is_likely(&self, seed: u64) -> bool {
        let Some(probability) = self.rule.probability else { return true };
        let drawn = hash(seed, Kind::Fault, &[self.id, self.seen]) >> 11;
        (drawn as f64) / ((1_u64 << 53) as f64) < probability
    }

    /// Returns whether the conditions of the fault itself apply.
    fn applies(&mut self, seen: &Seen<'_>) -> bool {
        match self.rule.fault {
            Fault::CursorExpired { after_pages, after_ms, .. } => {
                let old = |ms| self.since.is_some_and(|since| since.elapsed() >= Duration::from_millis(ms));
                let page = seen.page.unwrap_or(1);
                page > 1 && after_pages.is_none_or(|pages| page > pages) && after_ms.is_none_or(old)
            }
            Fault::RateLimit { limit: Some(limit), window_ms, .. } => {
                let window = Duration::from_millis(window_ms.unwrap_or(1000));
                self.window.retain(|at| at.elapsed() < window);
                let over = self.window.len() as u64 >= limit;
                if !over {
                    self.window.push(Instant::now());
                }
                over
            }
            _ => true,
        }
    }
}

impl Match {
    fn fits(&self, seen: &Seen<'_>) -> bool {
        let has =
            |name: &String, value: &String| seen.query.iter().any(|(known, given)| known == name && given == value);
        self.path.as_deref().is_none_or(|pattern| glob(pattern.as_bytes(), seen.path.as_bytes()))
            && self.query.iter().all(|(name, value)| has(name, value))
            && self.page.is_none_or(|page| seen.page == Some(page))
            && (self.method.is_none() || self.method.as_deref() == seen.method)
            && self.key.as_deref().is_none_or(|key| seen.key == Some(key))
    }
}

/// Returns whether a text matches a pattern in which `*` stands for any text.
pub(crate) fn glob(pattern: &[u8], text: &[u8]) -> bool {
    match pattern.split_first() {
        None => text.is_empty(),
        Some((b'*', rest)) => (0..=text.len()).any(|skip| glob(rest, &text[skip..])),
        Some((first, rest)) => text.split_first().is_some_and(|(char, tail)| char == first && glob(rest, tail)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_hit_what_they_say() {
        let faults = Faults::default();
        let rule = serde_json::from_str(
            r#"{"match": {"path": "/v1/*/subscribers", "every": 2}, "times": 2, "fault": {"type": "status", "status": 503}}"#,
        );
        faults.add(vec![rule.expect("a rule")]);
        let hit = |path| {
            faults.hit(1, &Seen { method: None, path, query: &[], key: None, page: None, continued: false }).is_some()
        };
        assert!(!hit("/v1/channel/1/webcasts"));
        let hits: Vec<bool> = (0..6).map(|_| hit("/v1/channel/1/subscribers")).collect();
        assert_eq!(hits, [false, true, false, true, false, false]);
    }
}
