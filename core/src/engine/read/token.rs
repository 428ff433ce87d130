//! `nextPage` tokens (spec BT 2.5): self-contained, opaque, and sealed with the instance's key, so that they cannot be
//! read, forged or used elsewhere.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::digest::{SHA256, digest};
use serde::{Deserialize, Serialize};

use super::walk::ReadPosition;
use crate::element::PartitionKey;
use crate::engine::failure::Failure;
use crate::engine::store::{InstanceRow, now_s};
use crate::trail::Trail;

const LIFETIME_S: i64 = 24 * 3600;
const VERSION: u8 = 4;
const PLACE: &str = "page token";

/// List that a token belongs to.
#[derive(Clone, Debug)]
pub(crate) struct List {
    /// Requested path, condition, order and fields, in normal form.
    pub asked: String,
    /// Condition and order in the vendor's names.
    pub meaning: String,
}

/// Member that every version of a token has.
#[derive(Deserialize)]
struct Version {
    version: u8,
}

/// Returns the failure of a text that is no token of the list.
pub(super) fn wrong() -> Failure {
    Failure::bad_request("Malformed nextPage token, or one of another list")
}

/// Returns the failure of an expired token (spec BT 2.5).
pub(super) fn expired() -> Failure {
    Failure::bad_request("token expired, restart")
}

/// Start of the next hub page.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Token {
    version: u8,
    /// Hash of the request, so that a long condition does not lengthen the token.
    asked: String,
    /// Hash of the request in the vendor's names, which depends on the mapping.
    meaning: String,
    issued_s: i64,
    pub page_size: u32,
    partition: PartitionKey,
    scan: usize,
    cursor: Option<String>,
    #[serde(default)]
    trail: Trail,
    /// Number of rows of that vendor page, or of a sorted list, that were returned already.
    pub offset: usize,
}

impl Token {
    pub fn new(list: &List, page_size: u32, place: ReadPosition, offset: usize) -> Self {
        let ReadPosition { partition, scan, cursor, trail } = place;
        Self {
            version: VERSION,
            asked: hash(&list.asked),
            meaning: hash(&list.meaning),
            issued_s: now_s(),
            page_size,
            partition,
            scan,
            cursor,
            trail,
            offset,
        }
    }

    pub fn place(&self) -> ReadPosition {
        let Self { partition, scan, cursor, trail, .. } = self;
        ReadPosition { partition: partition.clone(), scan: *scan, cursor: cursor.clone(), trail: *trail }
    }

    pub fn seal(&self, instance: &InstanceRow) -> Result<String, Failure> {
        let text = serde_json::to_vec(self).unwrap_or_default();
        Ok(URL_SAFE_NO_PAD.encode(instance.key.seal(PLACE, &text)?))
    }

    /// Opens a token of this instance and list; rejects one of another list. A token of an earlier version, or of a list
    /// whose mapping has changed, has expired. Returns `None` if the text is no token of this instance.
    pub fn open(text: &str, instance: &InstanceRow, list: &List) -> Result<Option<Self>, Failure> {
        let Some(plain) = URL_SAFE_NO_PAD.decode(text).ok().and_then(|sealed| instance.key.open(PLACE, &sealed)) else {
            return Ok(None);
        };
        let version: Version = serde_json::from_slice(&plain).map_err(|_| wrong())?;
        if version.version != VERSION {
            return Err(expired());
        }
        let token: Self = serde_json::from_slice(&plain).map_err(|_| wrong())?;
        if token.asked != hash(&list.asked) {
            return Err(wrong());
        }
        if token.meaning != hash(&list.meaning) || now_s().saturating_sub(token.issued_s) > LIFETIME_S {
            return Err(expired());
        }
        Ok(Some(token))
    }
}

fn hash(list: &str) -> String {
    URL_SAFE_NO_PAD.encode(digest(&SHA256, list.as_bytes()))
}
