//! Traced calls: the request, the resulting calls to the vendor, and the outcome (spec P 4.1, 6.10).

use std::sync::{Arc, OnceLock};
use std::time::Instant;

use http::{Method, Response, Uri};
use serde_json::json;

use super::call::Call;
use super::reply::names;
use super::store::NewTrace;
use crate::body::Body;
use crate::vendor::{Context, VendorTrace};

/// The trace of one call; records nothing until it has begun.
#[derive(Default)]
pub(crate) struct Trace(OnceLock<Begun>);

struct Begun {
    id: String,
    element_id: i64,
    calls: Arc<VendorTrace>,
}

/// The request as recorded in a trace.
pub(crate) struct RequestInfo {
    pub request_id: String,
    pub method: Method,
    pub uri: Uri,
    pub started: Instant,
}

impl Trace {
    /// Starts tracing the call. Its request id is the id of the trace, so that the trace of an error can be found.
    pub fn begin(&self, element_id: i64, request_id: &str) {
        self.0.get_or_init(|| Begun { id: request_id.to_owned(), element_id, calls: Arc::default() });
    }

    /// Returns the context of calls to the vendor, which the trace records if it has begun.
    pub fn context(&self) -> Context {
        match self.0.get() {
            Some(begun) => Context::default().traced(Arc::clone(&begun.calls)),
            None => Context::default(),
        }
    }
}

/// Stores the trace of a call, if it has one, and adds its id to the response. A failure to store it does not fail
/// the call.
pub(crate) async fn finish(call: &Call, asked: &RequestInfo, response: &mut Response<Body>) {
    let begun = call.trace.0.get();
    let (Some(Begun { id, element_id, calls }), Some(user)) = (begun, call.caller.user.as_ref()) else { return };
    let detail = json!({
        "id": id,
        "requestId": asked.request_id,
        "instanceId": call.caller.instance.as_ref().map(|instance| instance.id),
        "elementId": element_id,
        "method": asked.method.as_str(),
        "path": asked.uri.path(),
        "query": asked.uri.query().unwrap_or_default(),
        "status": response.status().as_u16(),
        "processTime": u64::try_from(asked.started.elapsed().as_millis()).unwrap_or(u64::MAX),
        "vendorRequests": calls.take(),
    })
    .to_string();
    let instance_id = call.caller.instance.as_ref().map(|instance| instance.id);
    let new = NewTrace { id, account_id: user.account_id, element_id: *element_id, instance_id, detail: &detail };
    match (call.engine.store.insert_trace(new).await, id.parse()) {
        (Ok(()), Ok(value)) => drop(response.headers_mut().insert(names::TRACE_ID, value)),
        (Err(error), _) => tracing::warn!(%error, "a trace could not be stored"),
        _ => {}
    }
}
