//! Writes, and all other calls of an element that are no reads (spec P 7.1, 9.8). They run in a task that goes on if the
//! caller leaves.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use http::header::{self, CONTENT_TYPE, HeaderName, HeaderValue};
use http::{Method, StatusCode};
use serde_json::Value;

use super::input::{AnyBody, Input};
use super::query_warnings::body_warnings;
use super::records::{keeps_nulls, note_validity, refuse_unavailable, verdict, write_records};
use super::source::Source;
use crate::body;
use crate::element::{Answer, CallBody, Head, Resource, ResourceCall, ResourceKind};
use crate::engine::call::Call;
use crate::engine::failure::Failure;
use crate::engine::media::is_json;
use crate::engine::reply::{Reply, names};
use crate::engine::script::unmapped;
use crate::engine::transform::{Mapping, MappingDirection, kept_results, transformed};
use crate::engine::vendor::in_time_of;
use crate::model::{DryRequest, DryRun};
use crate::record::{Batch, Value as Cell};
use crate::vendor::{Context, ShownCall, VendorTrace};
use crate::warning::Warning;

/// Maximum size of a JSON document of the vendor, in bytes, from which nulls are removed.
const DOCUMENT_LIMIT: usize = 64 << 20;

/// Headers of a vendor's answer that belong to its connection or to the platform.
const NOT_PASSED_ON: [HeaderName; 12] = [
    header::CONNECTION,
    header::CONTENT_ENCODING,
    header::CONTENT_LENGTH,
    header::PROXY_AUTHENTICATE,
    header::SET_COOKIE,
    header::STRICT_TRANSPORT_SECURITY,
    header::TE,
    header::TRAILER,
    header::TRANSFER_ENCODING,
    header::UPGRADE,
    header::VARY,
    header::X_FRAME_OPTIONS,
];

/// A write of a path of the element.
pub(crate) async fn record(call: &Call) -> Result<Reply, Failure> {
    answer(call, Source::of_element(call).await?).await
}

/// A write of a path that names a common resource (spec P 9.8).
pub(crate) async fn common(call: &Call) -> Result<Reply, Failure> {
    answer(call, Source::of_common_resource(call).await?).await
}

/// Any other verb and path of the element.
pub(crate) async fn any(call: &Call) -> Result<Reply, Failure> {
    answer(call, Source::of_element(call).await?).await
}

async fn answer(call: &Call, mut source: Source) -> Result<Reply, Failure> {
    refuse_unavailable(&source)?;
    source.open_runner(call)?;
    let sent = Sent::of(call, &mut source).await?;
    if call.is_dry_run()? {
        return dry_run(call, source.resource(), &sent).await;
    }
    let answer = ask(call, source.resource(), &sent).await?;
    let reply = reply(call, &mut source, answer, None).await;
    let reply = reply.map_err(|failure| if call.method == Method::GET { failure } else { after_change(failure) })?;
    Ok(reply.warn(sent.warnings))
}

/// Adds to a failure of the answer's conversion that the vendor made the change.
fn after_change(failure: Failure) -> Failure {
    let hint = failure.hint.as_deref().unwrap_or("Its answer cannot be shown.");
    let hint = format!("The vendor made the change. {hint}");
    failure.with_hint(hint)
}

/// Body of a call as the vendor gets it.
#[derive(Default)]
struct Sent {
    /// Text of a record.
    record: Option<String>,
    /// Any other body.
    other: AnyBody,
    /// Warnings for a call that succeeds.
    warnings: Vec<Warning>,
}

impl Sent {
    /// Reads the body of a call and maps a record to that of the vendor.
    async fn of(call: &Call, source: &mut Source) -> Result<Self, Failure> {
        match source.resource().kind {
            // A read that another element has at the place of a write.
            kind if kind.is_read() => Err(Failure::not_supported()),
            kind if kind.takes_record() && (source.applied.is_some() || !source.resource().open) => {
                Self::of_record(call, source).await
            }
            ResourceKind::Delete if !source.resource().reads_body => Ok(Self::default()),
            _ => Ok(Self { other: AnyBody::of(call, source.resource()).await?, ..Self::default() }),
        }
    }

    async fn of_record(call: &Call, source: &mut Source) -> Result<Self, Failure> {
        let (text, members) = call.json_object_with_text().await?;
        let recipe = source.applied.as_ref().map(|applied| &applied.recipe);
        let warnings = body_warnings(members.keys(), source.object(), recipe);
        let Some(recipe) = recipe else { return Ok(Self { record: Some(text), warnings, ..Self::default() }) };
        let records = vec![Value::Object(members)];
        let mapping = Mapping::compile(recipe);
        let outcomes = transformed(&mapping, source.runner.as_mut(), MappingDirection::ToVendor, records).await?;
        let record = match kept_results(outcomes)?.pop() {
            Some(record @ Value::Object(_)) => record.to_string(),
            Some(_) => return Err(unmapped(format!("The scripts of {} do not return an object", recipe.name))),
            None => {
                let message = format!("The scripts of {} leave nothing of the record to send", recipe.name);
                return Err(Failure::bad_request(message));
            }
        };
        Ok(Self { record: Some(record), warnings, ..Self::default() })
    }

    fn body(&self) -> CallBody<'_> {
        match &self.record {
            Some(text) => CallBody::Record(text),
            None => self.other.borrowed(),
        }
    }
}

/// Returns the requests that the call would make (spec P 16.17). A failure before the first one is that of the call.
async fn dry_run(call: &Call, resource: &Resource, sent: &Sent) -> Result<Reply, Failure> {
    let is_document = call.engine.elements.by_id(call.instance()?.element_id).is_none();
    if is_document && !call.engine.options.script_network.is_empty() {
        return Err(Failure::bad_request(
            "Scripts of elements may call hosts here, so there are no dry runs of documents",
        ));
    }
    let trace = Arc::new(VendorTrace::default());
    let context = |context: Context| context.dry_run(Arc::clone(&trace));
    let outcome = exchange(call, resource, sent, context).await;
    let requests: Vec<DryRequest> = trace.take().into_iter().filter_map(|call| call.shown).map(dry_request).collect();
    match outcome {
        Err(failure) | Ok(Err(Unanswered { failure, .. })) if requests.is_empty() => Err(failure),
        _ => {
            let reply = Reply::json(&DryRun { vendor_requests: requests })?;
            Ok(reply.header(names::DRY_RUN, HeaderValue::from_static("true")))
        }
    }
}

fn dry_request(shown: ShownCall) -> DryRequest {
    let ShownCall { method, url, request_headers, request_body, .. } = shown;
    DryRequest { method, url, request_headers, request_body, ..DryRequest::default() }
}

/// Makes the call to the vendor within the time limit of calls. A failure says whether the vendor may have acted.
async fn ask(call: &Call, resource: &Resource, sent: &Sent) -> Result<Answer, Failure> {
    let instance = call.instance()?;
    let requests = Arc::new(AtomicU64::new(0));
    let counted = |context: Context| context.counted(Arc::clone(&requests));
    let (failure, is_open) = match exchange(call, resource, sent, counted).await? {
        Ok(answer) => {
            note_validity(call, instance, Some(true)).await;
            return Ok(answer);
        }
        Err(Unanswered { failure, is_open }) => (failure, is_open),
    };
    let outcome: Result<Answer, Failure> = Err(failure);
    note_validity(call, instance, verdict(&outcome)).await;
    let acted = is_open && call.method != Method::GET && requests.load(Ordering::Relaxed) > 0;
    outcome.map_err(|failure| if acted { failure.open_outcome() } else { failure })
}

/// A call to the vendor that failed.
struct Unanswered {
    failure: Failure,
    /// Whether the vendor may have acted.
    is_open: bool,
}

/// Makes the call in a context that is made from the usual one. Fails if the call cannot be made at all.
async fn exchange(
    call: &Call,
    resource: &Resource,
    sent: &Sent,
    within: impl FnOnce(Context) -> Context,
) -> Result<Result<Answer, Unanswered>, Failure> {
    let instance = call.instance()?;
    let organization = call.caller.user()?.organization_id;
    let connector = call.engine.vendors.of(&call.engine, organization, call.element()?, instance)?;
    let Input { path, parameters, headers, .. } = Input::of(call, resource);
    let asked = ResourceCall { resource, path: &path, parameters: &parameters, headers: &headers, body: sent.body() };
    let outcome =
        in_time_of(call, sent.other.stream(), async |context| connector.call(&within(context), asked).await).await;
    Ok(match outcome {
        Ok(Ok(answer)) => Ok(answer),
        Ok(Err(error)) => Err(Unanswered { failure: Failure::from(&error), is_open: error.leaves_outcome_open() }),
        Err(late) => Err(Unanswered { failure: late, is_open: true }),
    })
}

/// Responds with the answer of an element. Records have only these fields, if any are given.
pub(super) async fn reply(
    call: &Call,
    source: &mut Source,
    answer: Answer,
    fields: Option<&[String]>,
) -> Result<Reply, Failure> {
    let mut out = Vec::new();
    match answer {
        Answer::Record(batch) => {
            let mut first = Batch::new(Arc::clone(batch.schema()));
            batch.rows().take(1).for_each(|row| first.push_row(row));
            match write_records(call, source, &first, fields, &mut out).await? {
                0 => Ok(Reply::empty()),
                _ => Ok(Reply::json_bytes(out)),
            }
        }
        Answer::Rows(batch) => {
            out.push(b'[');
            let count = write_records(call, source, &batch, fields, &mut out).await?;
            out.push(b']');
            Ok(Reply::json_bytes(out).header(names::RETURNED_COUNT, count))
        }
        Answer::Bytes { head, body } => {
            let media_type = head.headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
            let filtered = media_type.is_some_and(is_json) && !keeps_nulls(call.instance()?);
            let body = if filtered { body::full(without_nulls(body).await?) } else { body };
            let mut reply = with_head(Reply { body, ..Reply::empty() }, head);
            let unknown = HeaderValue::from_static("application/octet-stream");
            reply.headers.entry(CONTENT_TYPE).or_insert(unknown);
            Ok(reply)
        }
        Answer::Empty(head) => Ok(with_head(Reply::empty(), head)),
        Answer::With(head, answer) => {
            let reply = Box::pin(reply(call, source, *answer, fields)).await?;
            Ok(with_head(reply, head))
        }
    }
}

/// Adds the headers of a vendor's answer that are passed on.
pub(super) fn with_head(mut reply: Reply, head: Head) -> Reply {
    let is_own = |name: &HeaderName| {
        ["elements-", "access-control-", "proxy-"].iter().any(|prefix| name.as_str().starts_with(prefix))
    };
    for (name, value) in &head.headers {
        if !NOT_PASSED_ON.contains(name) && !is_own(name) {
            reply.headers.append(name.clone(), value.clone());
        }
    }
    for (name, value) in head.platform.iter().filter(|(name, _)| name.as_str().starts_with("elements-")) {
        reply.headers.insert(name.clone(), value.clone());
    }
    reply
}

/// Removes the nulls of a JSON document (spec P 7.9).
async fn without_nulls(body: body::Body) -> Result<Vec<u8>, Failure> {
    let unreadable = |_| Failure::plain(StatusCode::BAD_GATEWAY);
    let bytes = body::collect(body, DOCUMENT_LIMIT).await.map_err(unreadable)?;
    let mut out = Vec::with_capacity(bytes.len());
    match std::str::from_utf8(&bytes) {
        Ok(text) => Cell::Json(text).write_json(false, &mut out),
        Err(_) => out.extend_from_slice(&bytes),
    }
    Ok(out)
}
