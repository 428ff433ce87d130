//! Values as people read them.

use elementkit::model::{Instance, JobStatus};
pub(crate) use elementkit_report::number;
use serde_json::Value;

use crate::texts::{EN, with};

/// Longest shown text of a cell, in characters; the rest is in the downloaded file.
const CELL: usize = 120;

/// Returns a time in milliseconds since 1970 as `2026-01-31 09:30 UTC`.
pub(crate) fn time(ms: i64) -> String {
    let time = jiff::Timestamp::from_millisecond(ms);
    time.map(|time| time.strftime("%Y-%m-%d %H:%M UTC").to_string()).unwrap_or_default()
}

/// Returns an ISO-8601 time as [`time`] does, or as it is.
pub(crate) fn iso_time(text: &str) -> String {
    text.parse::<jiff::Timestamp>().map_or_else(|_| text.to_owned(), |parsed| time(parsed.as_millisecond()))
}

/// Returns a number of bytes in the largest unit that it fills.
pub(crate) fn bytes(bytes: u64) -> String {
    const UNITS: [&str; 4] = ["KB", "MB", "GB", "TB"];
    if bytes < 1000 {
        return with(EN.bytes, &[&bytes.to_string()]);
    }
    let (mut tenths, mut unit) = (bytes / 100, 0);
    while tenths >= 10_000 && unit + 1 < UNITS.len() {
        (tenths, unit) = (tenths / 1000, unit + 1);
    }
    format!("{}.{} {}", tenths / 10, tenths % 10, UNITS[unit])
}

/// Returns a name in camel case as words: `webcastAttachments` as `Webcast attachments`.
pub(crate) fn words(name: &str) -> String {
    let mut text = String::with_capacity(name.len() + 4);
    for (at, letter) in name.chars().enumerate() {
        match letter {
            _ if at == 0 => text.extend(letter.to_uppercase()),
            '_' | '-' => text.push(' '),
            _ if letter.is_uppercase() => {
                text.push(' ');
                text.extend(letter.to_lowercase());
            }
            _ => text.push(letter),
        }
    }
    text
}

/// Returns the initials of a name for its badge.
pub(crate) fn initials(name: &str) -> String {
    name.chars()
        .find(|letter| letter.is_alphanumeric())
        .map(|letter| letter.to_uppercase().collect())
        .unwrap_or_default()
}

/// A value of a record in a table.
pub(crate) struct Cell {
    pub text: String,
    pub is_number: bool,
    pub is_absent: bool,
}

/// Returns the cell of a value; objects and lists are shown as JSON.
pub(crate) fn cell(value: Option<&Value>) -> Cell {
    let text = match value {
        None | Some(Value::Null) => String::new(),
        Some(Value::String(text)) => text.clone(),
        Some(other) => other.to_string(),
    };
    let is_absent = matches!(value, None | Some(Value::Null));
    Cell { text: shortened(&text, CELL), is_number: matches!(value, Some(Value::Number(_))), is_absent }
}

/// Returns a text of at most so many characters.
pub(crate) fn shortened(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

/// A word about a state, with its colour.
pub(crate) struct Badge {
    pub text: &'static str,
    /// `good`, `busy`, `bad` or `quiet`.
    pub tone: &'static str,
}

/// Returns the state of an instance.
pub(crate) fn instance_badge(instance: &Instance) -> Badge {
    match (instance.disabled, instance.valid) {
        (true, _) => Badge { text: EN.state_disabled, tone: "quiet" },
        (false, false) => Badge { text: EN.state_invalid, tone: "bad" },
        (false, true) => Badge { text: EN.state_connected, tone: "good" },
    }
}

/// Returns the state of a bulk job.
pub(crate) fn job_badge(status: &JobStatus) -> Badge {
    match status {
        JobStatus::Scheduled | JobStatus::Initiated | JobStatus::Created => {
            Badge { text: EN.job_waiting, tone: "busy" }
        }
        JobStatus::Started | JobStatus::Running => Badge { text: EN.job_running, tone: "busy" },
        JobStatus::Success | JobStatus::Completed => Badge { text: EN.job_complete, tone: "good" },
        JobStatus::Warning => Badge { text: EN.job_remarks, tone: "good" },
        JobStatus::Error | JobStatus::Aborted => Badge { text: EN.job_failed, tone: "bad" },
        JobStatus::CancellationPending => Badge { text: EN.job_cancelling, tone: "busy" },
        JobStatus::Cancelled => Badge { text: EN.job_cancelled, tone: "quiet" },
        _ => Badge { text: EN.job_unknown, tone: "quiet" },
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn values_are_readable() {
        assert_eq!((number(0), number(1234567)), ("0".to_owned(), "1,234,567".to_owned()));
        assert_eq!(
            (bytes(12), bytes(1_250), bytes(98_765_432_100)),
            ("12 bytes".into(), "1.2 KB".into(), "98.7 GB".into())
        );
        assert_eq!(words("webcastAttachments"), "Webcast attachments");
        assert_eq!(time(0), "1970-01-01 00:00 UTC");
        assert_eq!(iso_time("2026-11-30T07:30:37Z"), "2026-11-30 07:30 UTC");
        assert_eq!(cell(Some(&json!({"a": 1}))).text, "{\"a\":1}");
        assert!(cell(Some(&Value::Null)).is_absent && cell(Some(&json!(1))).is_number);
        assert_eq!(shortened("äöü", 2), "äö…");
    }
}
