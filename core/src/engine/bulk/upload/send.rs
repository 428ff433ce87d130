//! Sending of one record: its calls, and what their failures mean.

use std::sync::atomic::{AtomicBool, Ordering};

use http::header::{HeaderMap, HeaderName, HeaderValue};
use serde_json::{Value, json};

use super::outcome::{Outcome, status_of};
use super::prepare::Prepared;
use super::spec::Action;
use super::work::Upload;
use crate::auth::hex;
use crate::body;
use crate::element::{Answer, CallBody, Parameters, Resource, ResourceCall, ResourceKind};
use crate::engine::bulk::outage::SLOW;
use crate::engine::bulk::stop::Stop;
use crate::engine::script;
use crate::engine::transform::{MappingDirection, transformed};
use crate::record::Batch;
use crate::vendor::{Reached, VendorError, VendorErrorKind};

/// Number of attempts at a record that the service fails on again and again, where repeating it is harmless.
const MOST_ATTEMPTS: u32 = 4;
/// Largest answer that is kept.
const LARGEST_ANSWER: usize = 4 << 20;
/// Name of the header by which a service recognizes a repeated request, if the resource declares it.
const IDEMPOTENCY: &str = "idempotency-key";

/// Consequence of a failure.
enum Verdict {
    /// The record was not accepted, and may be sent again after a pause.
    Again,
    /// The vendor refused the record.
    Refused,
    /// It is not known whether the vendor accepted it.
    Open,
    /// No record can be sent.
    Abort,
}

/// Record under way.
pub(super) struct Delivery<'a> {
    pub upload: &'a Upload<'a>,
    pub prepared: &'a Prepared,
    /// Whether an earlier process may have sent it.
    pub is_repeated: bool,
    /// Whether a call is under way that must not be made twice.
    pub is_committing: &'a AtomicBool,
}

impl Delivery<'_> {
    /// Sends the record.
    pub async fn send(&self) -> Result<Outcome, Stop> {
        let target = &self.upload.target;
        let change = target.change().filter(|_| self.prepared.key.is_some());
        let Some(change) = change else { return self.create().await };
        let outcome = self.call(change).await?;
        let is_gone = |outcome: &Result<Outcome, VendorError>| {
            outcome.as_ref().is_err_and(|error| error.kind == VendorErrorKind::NotFound)
        };
        match self.upload.spec.action {
            // The earlier process may have created it under another key.
            Action::Upsert if is_gone(&outcome) && self.is_repeated && !self.is_recognized(target.create()) => {
                Ok(self.unknown(target.create(), super::outcome::PROCESS_ENDED))
            }
            Action::Upsert if is_gone(&outcome) => self.create().await,
            _ => Ok(outcome.unwrap_or_else(|error| Outcome::refused(&error))),
        }
    }

    async fn create(&self) -> Result<Outcome, Stop> {
        let Some(create) = self.upload.target.create() else {
            return Ok(Outcome::failed("The record has no key"));
        };
        if self.is_repeated && !self.is_recognized(Some(create)) {
            return Ok(self.unknown(Some(create), super::outcome::PROCESS_ENDED));
        }
        Ok(self.call(create).await?.unwrap_or_else(|error| Outcome::refused(&error)))
    }

    /// Returns whether a vendor recognizes a repeated request by its header.
    pub fn is_recognized(&self, resource: Option<&Resource>) -> bool {
        resource.is_some_and(|resource| idempotency_header(resource).is_some())
    }

    /// Calls a resource until the vendor has decided. Returns the failure of a record that it refused.
    async fn call(&self, resource: &Resource) -> Result<Result<Outcome, VendorError>, Stop> {
        let upload = self.upload;
        let is_harmless = resource.kind != ResourceKind::Create || idempotency_header(resource).is_some();
        let (mut attempts, mut may_have_arrived) = (0, self.is_repeated);
        loop {
            upload.gate.pass(upload.active).await?;
            upload.active.held().await?;
            attempts += 1;
            self.is_committing.store(!is_harmless, Ordering::Relaxed);
            let answer = self.ask(resource).await;
            let error = match answer {
                Ok(outcome) => {
                    upload.gate.answered(upload.active);
                    return Ok(Ok(outcome));
                }
                Err(error) => error,
            };
            self.is_committing.store(false, Ordering::Relaxed);
            match verdict(&error, is_harmless, attempts) {
                Verdict::Refused => {
                    upload.gate.answered(upload.active);
                    // An earlier attempt has deleted it.
                    let is_done = may_have_arrived && resource.kind == ResourceKind::Delete;
                    let is_gone = error.kind == VendorErrorKind::NotFound;
                    return Ok(if is_done && is_gone { Ok(Outcome::Done(None)) } else { Err(error) });
                }
                Verdict::Abort => return Err(Stop::from(&error)),
                Verdict::Open => {
                    upload.gate.close(upload.active, &error);
                    return Ok(Ok(self.unknown(Some(resource), &status_of(&error))));
                }
                Verdict::Again => {
                    may_have_arrived |= error.leaves_outcome_open();
                    tracing::info!(job_id = upload.active.job.id, %error, "a record waits for the vendor");
                    upload.gate.close(upload.active, &error);
                }
            }
        }
    }

    /// Makes one call. While the vendor is slow to respond, the job holds no slot.
    async fn ask(&self, resource: &Resource) -> Result<Outcome, VendorError> {
        let Self { upload, prepared, .. } = self;
        let path = upload.target.path(resource, &prepared.path, prepared.key.as_deref());
        let (parameters, headers) = (Parameters::default(), self.headers(resource));
        let body =
            if resource.kind == ResourceKind::Delete { CallBody::Empty } else { CallBody::Record(&prepared.body) };
        let call = ResourceCall { resource, path: &path, parameters: &parameters, headers: &headers, body };
        let mut answer = std::pin::pin!(upload.connector.call(&upload.context, call));
        let answer = tokio::select! {
            biased;
            answer = &mut answer => answer,
            () = tokio::time::sleep(SLOW) => {
                let wait = upload.active.slot.wait();
                let answer = answer.await;
                // A job that is to stop takes no slot again; the answer counts all the same.
                let _ = wait.over().await;
                answer
            }
        };
        Ok(self.outcome(answer?).await)
    }

    fn headers(&self, resource: &Resource) -> HeaderMap {
        let mut headers = HeaderMap::new();
        if let Some(name) = idempotency_header(resource) {
            let upload = self.upload;
            let text = format!("{} {}", upload.active.job.id, self.prepared.sent.index);
            let key = hex(&upload.active.job.key.hash("idempotency", &text)[..16]);
            if let Ok(value) = HeaderValue::from_str(&key) {
                headers.insert(name, value);
            }
        }
        headers
    }

    /// Returns the outcome of a success, with the record as the caller's object has it.
    async fn outcome(&self, answer: Answer) -> Outcome {
        let Some(record) = record_of(answer).await else { return Outcome::Done(None) };
        let (Some(mapping), Ok(value)) = (&self.upload.mapping, serde_json::from_str::<Value>(&record)) else {
            return Outcome::Done(Some(record));
        };
        let mut runner = self.upload.spec.recipe.as_ref().and_then(|recipe| self.upload.active.runner(recipe));
        let shown = transformed(mapping, runner.as_mut(), MappingDirection::FromVendor, vec![value]).await;
        // The vendor has accepted the record, whether its answer can be shown or not.
        match shown.ok().and_then(|mut outcomes| outcomes.pop()) {
            Some(script::Outcome::Value(value)) => Outcome::Done(Some(value.to_string())),
            _ => Outcome::Done(None),
        }
    }

    /// Returns the outcome of a call whose answer is not known, with what was sent.
    pub fn unknown(&self, resource: Option<&Resource>, reason: &str) -> Outcome {
        let sent = resource.map(|resource| {
            let mut path = resource.template.to_string();
            let values = self.upload.target.path(resource, &self.prepared.path, self.prepared.key.as_deref());
            for (name, value) in values.iter() {
                path = path.replace(&format!("{{{name}}}"), value);
            }
            let record: Value = serde_json::from_str(&self.prepared.body).unwrap_or_default();
            json!({"method": resource.method.as_str(), "path": path, "record": record})
        });
        Outcome::Unknown { reason: reason.to_owned(), sent: sent.unwrap_or_default() }
    }
}

/// Returns the header by which a vendor recognizes repeated requests, if the resource declares it.
fn idempotency_header(resource: &Resource) -> Option<HeaderName> {
    let declared = resource.headers.iter().find(|header| header.name.eq_ignore_ascii_case(IDEMPOTENCY))?;
    HeaderName::from_bytes(declared.name.as_bytes()).ok()
}

fn verdict(error: &VendorError, is_harmless: bool, attempts: u32) -> Verdict {
    match error.kind {
        VendorErrorKind::Unauthorized => Verdict::Abort,
        VendorErrorKind::Throttled => Verdict::Again,
        _ if !error.is_transient() => Verdict::Refused,
        // No request was sent, or the service says when to send it again.
        _ if error.reached == Reached::No
            || error.is_of_login
            || (error.status == Some(503) && error.retry_after.is_some()) =>
        {
            Verdict::Again
        }
        VendorErrorKind::MalformedResponse => Verdict::Open,
        _ if !is_harmless => Verdict::Open,
        // The service itself fails, perhaps on this record alone.
        _ if error.reached == Reached::Answered
            && !matches!(error.status, Some(502..=504))
            && attempts >= MOST_ATTEMPTS =>
        {
            Verdict::Refused
        }
        _ => Verdict::Again,
    }
}

/// Returns the record of an answer as JSON. `None` if it has none.
async fn record_of(answer: Answer) -> Option<String> {
    let first = |batch: &Batch| {
        let mut text = Vec::new();
        batch.rows().next()?.write_json(true, &mut text);
        String::from_utf8(text).ok()
    };
    let mut answer = answer;
    while let Answer::With(_, inner) = answer {
        answer = *inner;
    }
    match answer {
        Answer::Record(batch) | Answer::Rows(batch) => first(&batch),
        Answer::Bytes { body, .. } => {
            let bytes = body::collect(body, LARGEST_ANSWER).await.ok()?;
            let text = std::str::from_utf8(&bytes).ok()?;
            match serde_json::from_str::<serde::de::IgnoredAny>(text) {
                Ok(_) => Some(text.to_owned()),
                Err(_) => Some(Value::from(text).to_string()).filter(|_| !text.is_empty()),
            }
        }
        Answer::Empty(_) | Answer::With(..) => None,
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn shown(error: &VendorError, is_harmless: bool, attempts: u32) -> &'static str {
        match verdict(error, is_harmless, attempts) {
            Verdict::Again => "again",
            Verdict::Refused => "refused",
            Verdict::Open => "open",
            Verdict::Abort => "abort",
        }
    }

    #[test]
    fn a_record_is_repeated_only_where_that_is_harmless() {
        use VendorErrorKind::{BadRequest, MalformedResponse, Network, Throttled, Timeout, Unauthorized, Unavailable};
        let answered = |kind, status| VendorError::answered(kind, status, "x");
        let sent = |kind| VendorError::new(kind, "x");
        let not_sent = |kind| VendorError { reached: Reached::No, ..sent(kind) };
        let login = VendorError { is_of_login: true, ..sent(Timeout) };
        let told = VendorError { retry_after: Some(Duration::from_secs(1)), ..answered(Unavailable, 503) };
        for (error, create, change) in [
            (answered(BadRequest, 400), "refused", "refused"),
            (answered(Unauthorized, 401), "abort", "abort"),
            (answered(Throttled, 429), "again", "again"),
            (told, "again", "again"),
            (login, "again", "again"),
            (answered(Unavailable, 503), "open", "again"),
            (answered(Unavailable, 500), "open", "again"),
            (answered(MalformedResponse, 200), "open", "open"),
            (sent(Network), "open", "again"),
            (sent(Timeout), "open", "again"),
            (not_sent(Network), "again", "again"),
        ] {
            assert_eq!((shown(&error, false, 1), shown(&error, true, 1)), (create, change), "{error:?}");
        }
        assert_eq!(shown(&answered(Unavailable, 500), true, MOST_ATTEMPTS), "refused");
        assert_eq!(shown(&answered(Unavailable, 503), true, 100), "again");
    }
}
