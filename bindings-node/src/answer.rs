//! What a call answers: one shape for all, of which each call fills its part.

use bytes::Bytes;
use elementkit::{Error, ErrorKind};
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
        Ok(Self { json: Some(json(value)?), ..Self::default() })
    }

    /// JSON as it came from the platform.
    pub fn text(bytes: &Bytes) -> Result<Option<String>, Error> {
        let wrong = |_| Error::new(ErrorKind::Decode, "the platform's answer is no UTF-8");
        String::from_utf8(bytes.to_vec()).map(Some).map_err(wrong)
    }
}

/// A value as JSON.
pub fn json(value: &impl serde::Serialize) -> Result<String, Error> {
    let failed = |error| Error::new(ErrorKind::Internal, format!("a value cannot be written: {error}"));
    serde_json::to_string(value).map_err(failed)
}
