//! State of the tap: a bookmark for each stream.

use serde_json::{Map, Value, json};

use super::config::read_json;
use crate::exit::{Failure, Outcome};

/// Member of a bookmark with the state of the pulls, which has a watermark for each partition.
const SYNC: &str = "sync";
/// Member of a bookmark with the version of a stream that is extracted whole.
const VERSION: &str = "version";

/// The state, with all that other taps or orchestrators have put into it.
#[derive(Default)]
pub struct State(Map<String, Value>);

impl State {
    /// Reads the file; without one, and from an empty one, the state is that before the first run.
    pub fn read(path: Option<&std::path::Path>) -> Outcome<Self> {
        let Some(path) = path else { return Ok(Self::default()) };
        match read_json(path)? {
            Value::Object(mut members) => Ok(Self(match members.remove("value") {
                // A whole message in place of its value.
                Some(Value::Object(value)) if members.get("type") == Some(&json!("STATE")) => value,
                Some(value) => members.into_iter().chain([("value".to_owned(), value)]).collect(),
                None => members,
            })),
            Value::Null => Ok(Self::default()),
            _ => Err(Failure::refused(format!("{}: a state is a JSON object", path.display()))),
        }
    }

    fn bookmark(&self, stream: &str) -> Option<&Value> {
        self.0.get("bookmarks")?.get(stream)
    }

    /// Returns the state of the pulls of a stream.
    pub fn sync(&self, stream: &str) -> Option<&str> {
        self.bookmark(stream)?.get(SYNC)?.as_str()
    }

    /// Returns whether an earlier run has extracted the whole stream.
    pub fn has_version(&self, stream: &str) -> bool {
        self.bookmark(stream).is_some_and(|bookmark| bookmark.get(VERSION).is_some())
    }

    pub fn set_sync(&mut self, stream: &str, state: &str) {
        self.set(stream, json!({SYNC: state}));
    }

    pub fn set_version(&mut self, stream: &str, version: i64) {
        self.set(stream, json!({VERSION: version}));
    }

    fn set(&mut self, stream: &str, bookmark: Value) {
        let bookmarks = self.0.entry("bookmarks").or_insert_with(|| json!({}));
        match bookmarks {
            Value::Object(bookmarks) => drop(bookmarks.insert(stream.to_owned(), bookmark)),
            other => *other = json!({stream: bookmark}),
        }
    }

    /// Returns the message with the state.
    pub fn message(&self) -> Value {
        json!({"type": "STATE", "value": self.0})
    }
}
