//! State between pulls: the starting point of the next pull.

use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::error::{Error, ErrorKind, Result};
use crate::model::{PartitionWatermark, PendingPartition};

/// Starting point of the next pull of a selection of an object of an instance: a line of text, to store between pulls.
///
/// It names every partition that was read, so it grows with the number of channels, webcasts or surveys, and never with
/// the number of records. The text is `v2:INSTANCE:OBJECT:WATERMARK`, with the newest watermark, then a space and the
/// remaining members as JSON. States of version 1, which had one watermark for all partitions, are also read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SyncState {
    /// `None` if the platform does not report it.
    instance: Option<i64>,
    object: String,
    /// Start of all partitions; `None` with watermarks for each, and if everything is to be pulled.
    watermark: Option<String>,
    details: Details,
}

/// The JSON after the head of the text.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
struct Details {
    /// Hash of the selection; `None` for the whole object.
    #[serde(skip_serializing_if = "Option::is_none")]
    selection: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    partitions: Option<Vec<PartitionWatermark>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pending: Vec<PendingPartition>,
}

impl SyncState {
    const VERSION: &str = "v2";
    const FIRST_VERSION: &str = "v1";

    /// Returns the state before the first pull.
    pub(super) fn new(object: &str, selection: Option<String>) -> Self {
        let details = Details { selection, ..Details::default() };
        Self { instance: None, object: object.to_owned(), watermark: None, details }
    }

    /// Returns the id of its instance, or `None` if the platform does not report it.
    pub fn instance(&self) -> Option<i64> {
        self.instance
    }

    /// Returns its object.
    pub fn object(&self) -> &str {
        &self.object
    }

    /// Returns the newest time from which partitions are read next: that of all partitions that are not
    /// [pending](Self::pending). `None` if everything is pulled.
    pub fn watermark(&self) -> Option<&str> {
        let each = self.details.partitions.iter().flatten().filter_map(|group| group.watermark.as_deref());
        self.watermark.as_deref().into_iter().chain(each).max_by_key(|text| text.parse::<Timestamp>().ok())
    }

    /// Returns what earlier pulls could not read; the next pull reads it again, except for partitions that are gone.
    pub fn pending(&self) -> &[PendingPartition] {
        &self.details.pending
    }

    /// Returns the same state without what is pending: the next pull does not read it again.
    ///
    /// Use it for what will never be readable, for instance a record that the vendor delivers without an id.
    #[must_use]
    pub fn without_pending(mut self) -> Self {
        self.details.pending.clear();
        let newest = self.watermark().map(str::to_owned);
        if let Some(groups) = self.details.partitions.take() {
            let partitions = groups.into_iter().flat_map(|group| group.partitions).collect();
            self.details.partitions = Some(vec![PartitionWatermark { watermark: newest, partitions }]);
        }
        self
    }

    pub(super) fn selection(&self) -> Option<&str> {
        self.details.selection.as_deref()
    }

    /// Returns the watermark of each partition, or `None` if there is one for all.
    pub(super) fn partitions(&self) -> Option<&[PartitionWatermark]> {
        self.details.partitions.as_deref()
    }

    pub(super) fn set_instance(&mut self, id: Option<i64>) {
        self.instance = id;
    }

    pub(super) fn set_watermark(&mut self, watermark: Option<String>) {
        self.watermark = watermark;
    }

    pub(super) fn set_partitions(&mut self, partitions: Vec<PartitionWatermark>) {
        self.details.partitions = Some(partitions);
    }

    /// Sets what is pending, without the vendor's messages, which are those of one pull.
    pub(super) fn set_pending(&mut self, pending: Vec<PendingPartition>) {
        self.details.pending = pending.into_iter().map(|entry| PendingPartition { message: None, ..entry }).collect();
    }

    fn read(text: &str) -> Option<Self> {
        let (head, details) = match text.find(" {") {
            Some(space) => (&text[..space], serde_json::from_str(&text[space..]).ok()?),
            None => (text, Details::default()),
        };
        let mut parts = head.splitn(4, ':');
        let (version, instance, object, watermark) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
        let known = version == Self::VERSION || (version == Self::FIRST_VERSION && details == Details::default());
        let text = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        let instance = text(instance).map(|id| id.parse()).transpose().ok()?;
        let watermark = text(watermark).filter(|_| details.partitions.is_none());
        let state = Self { instance, object: object.to_owned(), watermark, details };
        (known && state.is_sound()).then_some(state)
    }

    fn is_sound(&self) -> bool {
        let each = self.details.partitions.iter().flatten().filter_map(|group| group.watermark.as_deref());
        let mut watermarks = self.watermark.as_deref().into_iter().chain(each);
        !self.object.is_empty() && watermarks.all(|text| text.parse::<Timestamp>().is_ok())
    }
}

impl fmt::Display for SyncState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let instance = self.instance.map(|id| id.to_string()).unwrap_or_default();
        write!(f, "{}:{instance}:{}:{}", Self::VERSION, self.object, self.watermark().unwrap_or_default())?;
        if self.details == Details::default() {
            return Ok(());
        }
        write!(f, " {}", serde_json::to_string(&self.details).map_err(|_| fmt::Error)?)
    }
}

impl FromStr for SyncState {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        Self::read(text.trim()).ok_or_else(|| {
            let error =
                Error::new(ErrorKind::Config, "the text is not a sync state, or was written by a newer version");
            error.with_hint("Leave the state out to pull everything anew.")
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::PendingReason;

    #[test]
    fn a_state_is_a_line_of_text() -> Result<()> {
        for text in [
            "v2:400001:contacts:2030-12-31T23:59:00Z",
            "v2::channelsSurveys:",
            concat!(
                r#"v2:7:contacts:2030-12-31T23:59:00Z {"selection":"0badcafe","partitions":[{"watermark":null,"#,
                r#""partitions":["8"]},{"watermark":"2030-12-31T23:59:00Z","partitions":["7","9/1"]}],"#,
                r#""pending":[{"partition":"8","reason":"forbidden"},"#,
                r#"{"partition":"9/1","reason":"failed-rows","failedRows":2,"watermark":"2030-12-31T23:59:00Z"}]}"#
            ),
        ] {
            assert_eq!(text.parse::<SyncState>()?.to_string(), text);
        }
        for wrong in [
            "",
            "v1",
            "v1::contacts",
            "v2",
            "v2::contacts",
            "v3::contacts:",
            "v2::contacts: {",
            r#"v1::contacts: {"selection":"0badcafe"}"#,
            "v2:1::2030-12-31T23:59:00Z",
            "v2:1:contacts:yesterday",
            r#"v2::contacts: {"partitions":[{"watermark":"yesterday","partitions":[]}]}"#,
            "v1:one:contacts:",
            "v1:contacts:2030-12-31T23:59:00Z",
        ] {
            assert_eq!(wrong.parse::<SyncState>().map_err(|error| error.kind()), Err(ErrorKind::Config), "{wrong}");
        }
        Ok(())
    }

    #[test]
    fn a_state_of_the_first_version_is_read_and_written_as_the_second() -> Result<()> {
        let state: SyncState = " v1:7:my-contacts:2030-12-31T23:59:00Z\n".parse()?;
        let parts = (state.instance(), state.object(), state.watermark());
        assert_eq!(parts, (Some(7), "my-contacts", Some("2030-12-31T23:59:00Z")));
        assert_eq!(state.to_string(), "v2:7:my-contacts:2030-12-31T23:59:00Z");
        let nothing: SyncState = "v1::channelsSurveys:".parse()?;
        assert_eq!((nothing.instance(), nothing.watermark()), (None, None));
        Ok(())
    }

    #[test]
    fn pending_partitions_can_be_dropped() -> Result<()> {
        let old = PartitionWatermark { watermark: Some("2030-01-01T00:00:00Z".into()), partitions: vec!["8".into()] };
        let new = PartitionWatermark { watermark: Some("2031-01-01T00:00:00Z".into()), partitions: vec!["7".into()] };
        let mut state = SyncState::new("contacts", None);
        state.set_partitions(vec![old, new]);
        let message = Some("a word".to_owned());
        let pending =
            PendingPartition { partition: "8".into(), reason: PendingReason::Forbidden, message, ..Default::default() };
        state.set_pending(vec![pending]);
        assert_eq!((state.watermark(), state.pending()[0].message.as_deref()), (Some("2031-01-01T00:00:00Z"), None));
        let given_up = state.without_pending();
        let all = PartitionWatermark {
            watermark: Some("2031-01-01T00:00:00Z".into()),
            partitions: vec!["8".into(), "7".into()],
        };
        assert_eq!((given_up.pending(), given_up.partitions()), (&[][..], Some(&[all][..])));
        Ok(())
    }
}
