//! What a call answers: one shape for all, of which each call fills its part.

use elementkit::{Error, ErrorKind, RecordPage, host};
use napi::bindgen_prelude::Buffer;
use napi_derive::napi;

use crate::instance::NativeInstance;
use crate::job::{NativeJob, NativePages, NativeStream};
use crate::platform::NativePlatform;
use crate::sync::NativeSync;

#[napi(object, object_from_js = false)]
#[derive(Default)]
pub struct Answer {
    /// JSON, decoded by JavaScript in one go.
    pub json: Option<String>,
    pub bytes: Option<Buffer>,
    /// The token of the next page.
    pub next: Option<String>,
    pub total: Option<f64>,
    pub warning: Option<String>,
    pub status: Option<u16>,
    pub request_id: Option<String>,
    pub platform: Option<NativePlatform>,
    pub instance: Option<NativeInstance>,
    pub job: Option<NativeJob>,
    pub stream: Option<NativeStream>,
    pub pages: Option<NativePages>,
    pub sync: Option<NativeSync>,
}

impl Answer {
    pub fn json(value: &impl serde::Serialize) -> Result<Self, Error> {
        Ok(Self { json: Some(text(host::to_json(value)?)?), ..Self::default() })
    }

    /// A page of records, as JSON as it came from the platform.
    pub fn page(page: &RecordPage) -> Result<Self, Error> {
        Ok(Self {
            json: Some(text(page.json().to_vec())?),
            next: page.next_page_token().map(str::to_owned),
            total: page.total_count().map(|total| total as f64),
            warning: page.warning().map(str::to_owned),
            ..Self::default()
        })
    }
}

fn text(json: Vec<u8>) -> Result<String, Error> {
    let wrong = |_| Error::new(ErrorKind::Decode, "the platform's answer is no UTF-8");
    String::from_utf8(json).map_err(wrong)
}
