//! Calls that are no reads: writes of accounts, and the merge of two.

use std::sync::Arc;

use elementkit::element::{Answer, CallBody, ResourceKind};
use elementkit::record::{Batch, Schema};
use elementkit::vendor::{Decode, VendorAnswer, VendorError, VendorErrorKind};
use http::header::HeaderValue;
use http::{HeaderMap, StatusCode};
use serde_json::{Map, Value};

use crate::decode::{json_only, malformed, successful};
use crate::rows;

/// Converts answers to calls.
pub(crate) struct CallDecoder<'a> {
    pub kind: ResourceKind,
    pub schema: &'a Arc<Schema>,
}

/// Returns the body of a call as the vendor wants it. Empty if there is none.
pub(crate) fn body(body: &CallBody<'_>) -> Result<bytes::Bytes, VendorError> {
    match body {
        CallBody::Empty => Ok(bytes::Bytes::new()),
        CallBody::Record(text) => {
            let unreadable =
                |error: serde_json::Error| VendorError::new(VendorErrorKind::BadRequest, error.to_string());
            let record = serde_json::from_str(text).map_err(unreadable)?;
            Ok(Value::Object(vendor_record(record)).to_string().into())
        }
        CallBody::Bytes { bytes, .. } => Ok((*bytes).clone()),
        CallBody::Stream { .. } => Err(VendorError::new(VendorErrorKind::BadRequest, "no resource streams its body")),
    }
}

/// Returns a record in the vendor's form: own members are not apart from the others, and days have no time.
fn vendor_record(record: Map<String, Value>) -> Map<String, Value> {
    let mut out = Map::new();
    for (name, value) in record {
        match (name.as_str(), value) {
            (rows::CUSTOM, Value::Object(own)) => out.extend(own),
            ("customerSince", Value::String(date)) => {
                let day = date.split_once("T00:00:00").map_or(date.as_str(), |(day, _)| day);
                out.insert(name, day.into());
            }
            (_, value) => {
                out.insert(name, value);
            }
        }
    }
    out
}

impl Decode<Answer> for CallDecoder<'_> {
    fn head(&self, status: StatusCode, headers: &HeaderMap) -> Result<(), VendorError> {
        if status == StatusCode::NO_CONTENT { Ok(()) } else { json_only(status, headers) }
    }

    fn decode(&self, answer: VendorAnswer) -> Result<Answer, VendorError> {
        let text = successful(&answer)?;
        if self.kind.takes_record() {
            let mut batch = Batch::new(Arc::clone(self.schema));
            rows::push(&mut batch, text, &mut Vec::new()).map_err(|why| malformed(&answer, why))?;
            return Ok(Answer::Record(batch));
        }
        if text.is_empty() {
            return Ok(Answer::empty());
        }
        Ok(Answer::bytes(HeaderValue::from_static("application/json"), answer.body.clone()))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn records_have_the_form_of_the_vendor() {
        let text = json!({"name": "x", "customerSince": "2020-01-02T00:00:00Z", "custom": {"x_a": 1, "x_b": null}});
        let sent = body(&CallBody::Record(&text.to_string())).unwrap();
        let sent: Value = serde_json::from_slice(&sent).unwrap();
        assert_eq!(sent, json!({"name": "x", "customerSince": "2020-01-02", "x_a": 1, "x_b": null}));
        // A time that is no day, and a member that is no object, are for the vendor to refuse.
        let text = json!({"customerSince": "2020-01-02T03:00:00Z", "custom": 7});
        let sent: Value = serde_json::from_slice(&body(&CallBody::Record(&text.to_string())).unwrap()).unwrap();
        assert_eq!(sent, text);
        assert!(body(&CallBody::Empty).unwrap().is_empty());
    }
}
