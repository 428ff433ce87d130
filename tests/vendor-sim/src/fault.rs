//! Faults by rules, in the form of the other simulators: `{"match": {"path", "method", "nth", "every", "page"},
//! "times": 1, "fault": {"type": …}}`.

use std::collections::BTreeMap;

use serde::Deserialize;

/// A fault with the requests that it hits.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// Conditions on requests.
    #[serde(default, rename = "match")]
    pub matches: Match,
    /// Maximum number of hits.
    #[serde(default)]
    pub times: Option<u64>,
    /// The fault.
    pub fault: Fault,
}

/// Conditions on requests; absent ones match all.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Match {
    /// The verb.
    pub method: Option<String>,
    /// The path, with `*` for anything.
    pub path: Option<String>,
    /// Number of the only matching request that it hits, from 1.
    pub nth: Option<u64>,
    /// Every n-th of the matching requests.
    pub every: Option<u64>,
    /// The page of a list, from 1.
    pub page: Option<u64>,
}

/// Effect of a fault.
#[derive(Clone, Debug, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum Fault {
    /// The answer has this status, and the vendor's error document.
    Status {
        /// The status.
        status: u16,
        /// More headers.
        #[serde(default)]
        headers: BTreeMap<String, String>,
    },
    /// 429 with `Retry-After`.
    RateLimit {
        /// Seconds to wait.
        #[serde(default)]
        retry_after: u64,
    },
    /// The answer begins late.
    SlowHeaders {
        /// Milliseconds.
        ms: u64,
    },
    /// The body pauses in the middle.
    SlowBody {
        /// Milliseconds.
        ms: u64,
    },
    /// The connection ends in the middle of the body.
    Truncate {},
    /// A complete answer with half a document.
    Half {},
    /// A page of a proxy with status 200.
    Html {},
    /// No body.
    Empty {},
    /// The right document under another media type.
    WrongType {
        /// The media type.
        content_type: String,
    },
    /// All tokens become invalid before the request is looked at.
    ExpireTokens {},
    /// The page before is served again.
    RepeatedPage {},
}

struct Active {
    rule: Rule,
    seen: u64,
    hits: u64,
}

/// All rules.
#[derive(Default)]
pub(crate) struct Faults(Vec<Active>);

impl Faults {
    pub fn add(&mut self, rules: Vec<Rule>) {
        self.0.extend(rules.into_iter().map(|rule| Active { rule, seen: 0, hits: 0 }));
    }

    pub fn clear(&mut self) {
        self.0.clear();
    }

    /// Returns the fault of the first rule that hits a request.
    pub fn hit(&mut self, method: &str, path: &str, page: Option<u64>) -> Option<Fault> {
        self.0.iter_mut().find_map(|active| active.hit(method, path, page))
    }
}

impl Active {
    fn hit(&mut self, method: &str, path: &str, page: Option<u64>) -> Option<Fault> {
        let Match { method: verb, path: pattern, nth, every, page: of } = &self.rule.matches;
        let fits = verb.as_deref().is_none_or(|verb| verb == method)
            && pattern.as_deref().is_none_or(|pattern| glob(pattern.as_bytes(), path.as_bytes()))
            && of.is_none_or(|of| page == Some(of));
        if !fits || self.rule.times.is_some_and(|times| self.hits >= times) {
            return None;
        }
        self.seen += 1;
        let is_chosen =
            nth.is_none_or(|nth| nth == self.seen) && every.is_none_or(|every| self.seen.is_multiple_of(every));
        is_chosen.then(|| {
            self.hits += 1;
            self.rule.fault.clone()
        })
    }
}

fn glob(pattern: &[u8], text: &[u8]) -> bool {
    match pattern.split_first() {
        None => text.is_empty(),
        Some((b'*', rest)) => (0..=text.len()).any(|skip| glob(rest, &text[skip..])),
        Some((first, rest)) => text.split_first().is_some_and(|(char, tail)| char == first && glob(rest, tail)),
    }
}
