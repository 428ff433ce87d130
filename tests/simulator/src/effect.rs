//! Effects of faults (spec BT 3.5).

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// Effect of a fault.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub(crate) enum Fault {
    /// The response has this status.
    Status {
        status: u16,
        code: Option<String>,
        message: Option<String>,
        #[serde(default)]
        body: ErrorBody,
        #[serde(default)]
        headers: BTreeMap<String, String>,
    },
    /// 429; with `limit` and `window_ms` only beyond that many requests.
    RateLimit {
        #[serde(default)]
        retry_after: u64,
        #[serde(default)]
        form: RetryAfterForm,
        limit: Option<u64>,
        window_ms: Option<u64>,
    },
    /// The body is truncated; below 1 at a fraction of it, else after a number of bytes.
    Truncate { at: f64, how: Cut },
    /// The connection is reset in the middle of the body.
    Reset { at: f64 },
    /// The next cursor leads back.
    Loop { to_page: u64 },
    /// Cursors are rejected from a page on, or from a time on.
    CursorExpired {
        #[serde(default = "bad_request")]
        status: u16,
        after_pages: Option<u64>,
        after_ms: Option<u64>,
    },
    /// The next link names another host.
    NextHost { host: String, scheme: Option<String> },
    /// The body is slow, or pauses.
    SlowBody { bytes_per_sec: Option<u64>, stall_after: Option<usize>, ms: Option<u64> },
    /// The response is delayed.
    SlowHeaders { ms: u64 },
    /// The bytes C3 28, which are invalid UTF-8.
    InvalidUtf8 {
        #[serde(rename = "where")]
        place: Where,
    },
    /// 200 with a body that is not a page.
    Malformed { kind: Malformed },
    /// Compressed data that cannot be decompressed.
    BadGzip {},
    /// The right document under another media type.
    WrongType { content_type: String },
    /// An invalid next link.
    NextBroken { kind: NextBroken },
    /// The previous page is served again, with a cursor that was never used.
    DuplicatePage {},
    /// The page begins with the last records of the previous one.
    Overlap { records: u64 },
    /// This many empty pages with next links, then the requested page.
    EmptyPages { count: u64 },
    /// Fewer records than requested.
    ShortPage { records: u64 },
    /// A redirect.
    Redirect {
        to: String,
        #[serde(default = "found")]
        status: u16,
    },
    /// Fields of records are changed. Paths lead from the record down: `@id`, `created`, `user/email`.
    Field {
        #[serde(default)]
        record: FieldAt,
        /// New texts; missing elements are added.
        #[serde(default)]
        set: BTreeMap<String, String>,
        #[serde(default)]
        remove: Vec<String>,
        /// A second element after the first, with this text.
        #[serde(default)]
        duplicate: BTreeMap<String, String>,
    },
    /// The records of a page in another order, the same each time.
    Reorder {},
}

fn bad_request() -> u16 {
    400
}

fn found() -> u16 {
    302
}

/// Body of an error response.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum ErrorBody {
    /// The vendor's error document.
    #[default]
    Api,
    Html,
    Empty,
    OtherXml,
}

/// Form of `Retry-After`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum RetryAfterForm {
    #[default]
    Seconds,
    Date,
    None,
}

/// Way of truncating a body.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Cut {
    /// The connection closes before the announced length.
    Close,
    /// A complete response with half a document.
    Clean,
}

/// Position of damaged bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Where {
    Text,
    Attribute,
}

/// Documents that are invalid, or not what was requested.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Malformed {
    MismatchedTag,
    RawAmpersand,
    ControlChar,
    UnterminatedComment,
    DoctypeBomb,
    ExternalEntity,
    WrongRoot,
    EmptyBody,
    #[serde(rename = "html_200")]
    Html200,
    #[serde(rename = "error_200")]
    Error200,
    DeepNesting,
    HugeText,
}

/// Invalid next links.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum NextBroken {
    NoCursor,
    NotHttp,
    Relative,
    UpperCaseName,
    CursorFirst,
    CursorLast,
    DoubleEscaped,
    TwoNext,
}

/// The records that a field fault applies to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub(crate) enum FieldAt {
    /// The position on the page, from 0.
    Index(u64),
    Every(Every),
}

/// All records.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Every {
    Every,
}

impl Default for FieldAt {
    fn default() -> Self {
        Self::Every(Every::Every)
    }
}

impl FieldAt {
    pub fn falls_on(self, position: usize) -> bool {
        match self {
            Self::Index(index) => index == position as u64,
            Self::Every(_) => true,
        }
    }
}
