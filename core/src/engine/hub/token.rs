//! `nextPage` tokens (spec BT 2.5): self-contained, opaque, sealed with the instance's key, so that nobody can read,
//! forge or move them.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::digest::{SHA256, digest};
use serde::{Deserialize, Serialize};

use super::walk::Place;
use crate::elements::brighttalk::scan::Trail;
use crate::engine::failure::Failure;
use crate::engine::store::{InstanceRow, now_s};

const LIFETIME_S: i64 = 24 * 3600;
const VERSION: u8 = 2;
const PLACE: &str = "page token";

/// Where the next hub page begins.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Token {
    version: u8,
    /// Hash of the list and conditions it belongs to, so that a long condition makes no long token.
    list: String,
    issued_s: i64,
    pub page_size: u32,
    channel: u64,
    child: u64,
    scan: usize,
    cursor: Option<String>,
    #[serde(default)]
    trail: Trail,
    /// Rows of that vendor page, or of a sorted list, that were given already.
    pub offset: usize,
}

impl Token {
    pub fn new(list: &str, page_size: u32, place: Place, offset: usize) -> Self {
        let Place { channel, child, scan, cursor, trail } = place;
        Self {
            version: VERSION,
            list: hash(list),
            issued_s: now_s(),
            page_size,
            channel,
            child,
            scan,
            cursor,
            trail,
            offset,
        }
    }

    pub fn place(&self) -> Place {
        let Self { channel, child, scan, trail, .. } = *self;
        Place { channel, child, scan, cursor: self.cursor.clone(), trail }
    }

    pub fn seal(&self, instance: &InstanceRow) -> Result<String, Failure> {
        let text = serde_json::to_vec(self).unwrap_or_default();
        Ok(URL_SAFE_NO_PAD.encode(instance.key.seal(PLACE, &text)?))
    }

    /// Reads a token of this instance and list; anything else is refused.
    pub fn open(text: &str, instance: &InstanceRow, list: &str) -> Result<Self, Failure> {
        let wrong = || Failure::bad_request("Malformed nextPage token, or one of another list");
        let sealed = URL_SAFE_NO_PAD.decode(text).map_err(|_| wrong())?;
        let plain = instance.key.open(PLACE, &sealed).ok_or_else(wrong)?;
        let token: Self = serde_json::from_slice(&plain).map_err(|_| wrong())?;
        if token.version != VERSION || token.list != hash(list) {
            return Err(wrong());
        }
        if now_s() - token.issued_s > LIFETIME_S {
            return Err(Failure::bad_request("token expired, restart"));
        }
        Ok(token)
    }
}

fn hash(list: &str) -> String {
    URL_SAFE_NO_PAD.encode(digest(&SHA256, list.as_bytes()))
}
