//! Dotted paths (spec E 5.73).

use std::convert::Infallible;
use std::str::FromStr;

/// Maximum number of steps, more than any value has levels.
const MAX_STEPS: usize = 256;

/// A path into a JSON value: `data.items[0]`, `values[*]`, `[0]`, `soap:Envelope.soap:Body`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Path {
    /// The steps.
    pub steps: Vec<Step>,
}

/// A step of a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// Member of an object.
    Member(String),
    /// Item of an array.
    Index(usize),
    /// All items of an array.
    Every,
}

impl FromStr for Path {
    type Err = Infallible;

    /// Parses a path. Empty parts, and with them a leading dot, are ignored. Brackets that are no index belong to the name.
    fn from_str(text: &str) -> Result<Self, Infallible> {
        let mut steps = Vec::new();
        for part in text.trim().split('.').filter(|part| !part.is_empty()).take(MAX_STEPS) {
            let (name, indexes) = part.find('[').map_or((part, ""), |at| part.split_at(at));
            match indexes_of(indexes) {
                Some(indexes) => {
                    if !name.is_empty() {
                        steps.push(Step::Member(name.to_owned()));
                    }
                    steps.extend(indexes);
                }
                None => steps.push(Step::Member(part.to_owned())),
            }
        }
        steps.truncate(MAX_STEPS);
        Ok(Self { steps })
    }
}

impl Path {
    /// Parses a path, which cannot fail.
    pub fn of(text: &str) -> Self {
        let Ok(path) = text.parse();
        path
    }

    /// Returns whether the path names the whole value.
    pub fn is_empty(&self) -> bool {
        self.steps.is_empty()
    }
}

fn indexes_of(mut text: &str) -> Option<Vec<Step>> {
    let mut steps = Vec::new();
    while !text.is_empty() {
        let (index, rest) = text.strip_prefix('[')?.split_once(']')?;
        steps.push(match index {
            "*" => Step::Every,
            _ => Step::Index(index.parse().ok()?),
        });
        text = rest;
    }
    Some(steps)
}
