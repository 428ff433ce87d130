//! Result of a call: one type for all calls, each of which fills some of its fields.

use elementkit::{Error, ErrorKind, RecordPage, Warning, WrittenRecord, host};
use encoding_rs::Encoding;
use http::HeaderValue;
use napi::bindgen_prelude::{Buffer, Latin1String};
use napi_derive::napi;

use crate::elements::NativeLoopback;
use crate::instance::NativeInstance;
use crate::job::{NativeJob, NativePages, NativeStream};
use crate::platform::NativePlatform;
use crate::sync::NativeSync;
use crate::upload::NativeFeed;

#[napi(object, object_from_js = false)]
#[derive(Default)]
pub struct Answer {
    /// JSON, decoded by JavaScript in one pass.
    pub json: Option<Latin1String>,
    pub bytes: Option<Buffer>,
    /// The token of the next page.
    pub next: Option<String>,
    pub total: Option<f64>,
    pub warning: Option<String>,
    /// Warnings as JSON, if there are any.
    pub warnings: Option<String>,
    pub status: Option<u16>,
    pub request_id: Option<String>,
    /// Alternating names and values.
    pub headers: Option<Vec<String>>,
    pub platform: Option<NativePlatform>,
    pub instance: Option<NativeInstance>,
    pub job: Option<NativeJob>,
    pub stream: Option<NativeStream>,
    pub pages: Option<NativePages>,
    pub sync: Option<NativeSync>,
    pub loopback: Option<NativeLoopback>,
    pub feed: Option<NativeFeed>,
}

impl Answer {
    pub fn json(value: &impl serde::Serialize) -> Result<Self, Error> {
        Ok(Self { json: Some(ascii(&host::to_json(value)?)?), ..Self::default() })
    }

    /// Returns JSON as the platform sent it.
    pub fn text(json: &str) -> Result<Self, Error> {
        Ok(Self { json: Some(ascii(json.as_bytes())?), ..Self::default() })
    }

    /// Returns the response to a call of any kind, with its body.
    pub async fn whole(answer: elementkit::Answer) -> Result<Self, Error> {
        let text = |value: &HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
        let pairs = answer.headers().iter().flat_map(|(name, value)| [name.as_str().to_owned(), text(value)]);
        Ok(Self {
            status: Some(answer.status()),
            request_id: answer.request_id().map(str::to_owned),
            headers: Some(pairs.collect()),
            warnings: warnings(answer.warnings())?,
            bytes: Some(answer.bytes().await?.to_vec().into()),
            ..Self::default()
        })
    }

    /// Returns JSON of core.
    pub fn written_json(json: &[u8]) -> Result<Self, Error> {
        Ok(Self { json: Some(ascii(json)?), ..Self::default() })
    }

    /// Returns a written record, if the vendor returned one.
    pub fn written(record: &WrittenRecord) -> Result<Self, Error> {
        let json = host::written(record)?.map(|json| ascii(&json)).transpose()?;
        Ok(Self { json, ..Self::default() })
    }

    /// Returns a page of records, as JSON from the platform.
    pub fn page(page: &RecordPage) -> Result<Self, Error> {
        Ok(Self {
            json: Some(ascii(page.json())?),
            next: page.next_page_token().map(str::to_owned),
            total: page.total_count().map(|total| total as f64),
            warning: page.warning().map(str::to_owned),
            warnings: warnings(page.warnings())?,
            ..Self::default()
        })
    }
}

/// Returns warnings as JSON; `None` without warnings.
pub fn warnings(warnings: &[Warning]) -> Result<Option<String>, Error> {
    if warnings.is_empty() {
        return Ok(None);
    }
    let wrong = |_| Error::new(ErrorKind::Internal, "a warning is not UTF-8");
    String::from_utf8(host::to_json(&warnings)?).map(Some).map_err(wrong)
}

/// Returns JSON with non-ASCII characters escaped. JavaScript copies such a string and decodes it byte by byte; making
/// a string from UTF-8 takes as long as decoding it.
fn ascii(json: &[u8]) -> Result<Latin1String, Error> {
    let wrong = |_| Error::new(ErrorKind::Decode, "the platform's response is not UTF-8");
    let mut rest = std::str::from_utf8(json).map_err(wrong)?;
    let mut escaped = String::with_capacity(rest.len() + rest.len() / 8);
    loop {
        let (plain, behind) = rest.split_at(Encoding::ascii_valid_up_to(rest.as_bytes()));
        escaped.push_str(plain);
        let Some(character) = behind.chars().next() else {
            return Ok(escaped.into());
        };
        for unit in character.encode_utf16(&mut [0; 2]) {
            escaped.push_str("\\u");
            escaped.extend([12, 8, 4, 0].map(|shift| HEX[usize::from(*unit >> shift & 15)]));
        }
        rest = &behind[character.len_utf8()..];
    }
}

const HEX: [char; 16] = ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'a', 'b', 'c', 'd', 'e', 'f'];
