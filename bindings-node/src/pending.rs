//! A deferred call, which runs once and is cancelled by its `AbortSignal`.

use std::borrow::Borrow;
use std::sync::Mutex;

use elementkit::{Error, ErrorKind, host};
use futures::FutureExt;
use futures::future::BoxFuture;
use napi::Env;
use napi::bindgen_prelude::Object;
use napi_derive::napi;
use serde_json::json;
use tokio_util::sync::CancellationToken;

use crate::answer::Answer;
use crate::environment;

pub type Outcome = Result<Answer, Error>;

#[napi]
pub struct Pending {
    call: Mutex<Option<BoxFuture<'static, Outcome>>>,
    cancelled: CancellationToken,
}

impl Pending {
    /// Wraps a call; its panics become errors.
    pub fn new(call: impl Future<Output = Outcome> + Send + 'static) -> Self {
        Self { call: Mutex::new(Some(host::caught(call).boxed())), cancelled: CancellationToken::new() }
    }
}

#[napi]
impl Pending {
    /// Makes the call. The promise's future owns the call: this object may be gone before it ends.
    #[napi(ts_return_type = "Promise<Answer>")]
    pub fn run<'env>(&self, env: &'env Env) -> napi::Result<Object<'env>> {
        let call = self.call.lock().ok().and_then(|mut call| call.take());
        let Some(call) = call else {
            return Err(to_napi(Error::new(ErrorKind::Internal, "this call was already made")));
        };
        let cancelled = self.cancelled.clone();
        environment::run(env, async move {
            tokio::select! {
                biased;
                () = cancelled.cancelled() => Err(Error::new(ErrorKind::Closed, "the call was aborted")),
                outcome = call => outcome,
            }
        })
    }

    /// Drops the call with its calls to the vendor.
    #[napi]
    pub fn cancel(&self) {
        self.cancelled.cancel();
    }
}

/// Returns an error whose reason is JSON, which the JavaScript side converts to its class. Options are named as
/// JavaScript does.
pub fn to_napi(error: impl Borrow<Error>) -> napi::Error {
    let info = error.borrow().info().clone().in_camel_case();
    let reason = json!({
        "code": info.kind.code(),
        "message": info.message,
        "status": info.status,
        "providerMessage": info.provider_message,
        "requestId": info.request_id,
        "hint": info.hint,
        "retryAfterMs": info.retry_after.map(|wait| wait.as_millis()),
        "retryable": info.retryable(),
        "unreachable": info.unreachable,
        "failure": info.failure,
    });
    napi::Error::from_reason(reason.to_string())
}

/// Panics inside a call, to test that this is an error and does not end the process.
#[napi]
pub fn panic_for_test() -> Pending {
    Pending::new(async { std::panic::panic_any("provoked") })
}
