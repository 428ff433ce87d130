//! Messages to the target.

use serde_json::{Value, json};

use crate::exit::Outcome;
use crate::output;

/// Bytes of messages that are collected before they are printed.
const BLOCK: usize = 64 << 10;

/// Writer of messages to standard output.
#[derive(Default)]
pub struct Messages {
    block: Vec<u8>,
}

/// The parts of the messages with the records of a stream.
pub struct RecordForm {
    before: Vec<u8>,
    after: Vec<u8>,
}

impl RecordForm {
    /// Creates the form for a stream, whose records have the time of their extraction and perhaps a version.
    pub fn new(stream: &str, version: Option<i64>, extracted: &str) -> Self {
        let version = version.map_or_else(String::new, |version| format!(r#""version":{version},"#));
        let before = format!(r#"{{"type":"RECORD","stream":{},{version}"record":"#, Value::from(stream));
        let after = format!(",\"time_extracted\":{}}}\n", Value::from(extracted));
        Self { before: before.into_bytes(), after: after.into_bytes() }
    }
}

impl Messages {
    /// Sends a record, which is JSON.
    pub fn record(&mut self, form: &RecordForm, record: &[u8]) -> Outcome {
        for part in [&form.before, record, &form.after] {
            self.block.extend_from_slice(part);
        }
        if self.block.len() < BLOCK { Ok(()) } else { self.flush() }
    }

    /// Sends any other message at once.
    pub fn send(&mut self, message: &Value) -> Outcome {
        self.block.extend_from_slice(message.to_string().as_bytes());
        self.block.push(b'\n');
        self.flush()
    }

    /// Sends the version of a stream: the target drops the records of other versions.
    pub fn version(&mut self, stream: &str, version: i64) -> Outcome {
        self.send(&json!({"type": "ACTIVATE_VERSION", "stream": stream, "version": version}))
    }

    fn flush(&mut self) -> Outcome {
        output::bytes(&std::mem::take(&mut self.block))
    }
}
