//! Uploads: reception of the file, and the records of it that failed (spec P 10.9).

use std::collections::BTreeMap;
use std::str::FromStr;
use std::sync::Arc;

use bytes::Bytes;
use futures::{StreamExt, TryStreamExt, stream};
use http::StatusCode;
use http::header::{CONTENT_DISPOSITION, CONTENT_TYPE, HeaderValue};
use http_body_util::BodyExt;
use multer::{Field, Multipart};
use serde_json::Value;

use super::start::{CALLBACK_URL, Members, notification, object, statement};
use super::{NO_FILE, job_of};
use crate::body::BoxError;
use crate::element::{Element, ObjectId};
use crate::engine::bulk::{
    self, Action, CONCURRENCY, Incoming, JobOptions, JobSpec, MOST_CONCURRENT, ResultObject, Target, UploadSpec,
};
use crate::engine::call::{Call, FILE_LIMIT};
use crate::engine::failure::Failure;
use crate::engine::handlers::source::recipe_of_object;
use crate::engine::reply::Reply;
use crate::engine::store::{NewJob, NewUpload};
use crate::model::JobStatus;
use crate::model::bulk::BulkStarted;
use crate::warning::Warning;

/// Maximum size of a part that is no file.
const PART_LIMIT: usize = 1 << 20;

/// Members of `metaData` that uploads use, or that are only echoed.
const MEMBERS: [&str; 10] = [
    "format",
    "action",
    "identifierFieldName",
    "path",
    "bulkUploadRecordSize",
    "unknownColumns",
    "callback-payload",
    "fileName",
    "listId",
    "campaignId",
];

/// `POST /bulk/{objectName}` (spec P 10.9).
pub(crate) async fn upload(call: &Call) -> Result<Reply, Failure> {
    let name = call.param("id");
    let element = Arc::clone(call.element()?);
    let refused = || Failure::bad_request(format!("Bulk upload is not supported for {name}"));
    let ids = || (0..element.objects().len()).filter_map(|id| u16::try_from(id).ok()).map(ObjectId);
    if !ids().any(|object| element.takes_uploads(object)) {
        return Err(refused());
    }
    let recipe = recipe_of_object(call, name).await?;
    let found = element.find_object(recipe.as_ref().map_or(name, |recipe| &recipe.vendor_name));
    let unknown = || Failure::not_found(format!("No object found: {name}")).with_meant_object(name, element.objects());
    let target = found.ok_or_else(unknown)?;
    if !element.takes_uploads(target) {
        return Err(refused());
    }
    call.query.note("path");
    let (mut incoming, parts) = received(call).await?;
    let meta_data = match &parts.meta_data {
        Some(text) => object("metaData", serde_json::from_str(text).ok())?,
        None => serde_json::Map::new(),
    };
    let members = Members(meta_data);
    let mut spec = spec_of(&members, call.query.filled("path"), &*element, target)?;
    spec.recipe = recipe;
    Target::of(&element, target, &spec)?;
    let info = element.object(target);
    let names = info.names().map(str::to_owned).chain(spec.recipe.as_ref().map(|recipe| recipe.name.clone()));
    let job_options = JobOptions {
        file_format: Some(if spec.is_csv { "csv" } else { "json" }.to_owned()),
        notification: notification(call, call.text_header(CALLBACK_URL)?, Some(&members.0)).await?,
        meta_data: parts.meta_data.is_some().then(|| Value::Object(members.0.clone())),
        ..JobOptions::default()
    };
    let ignored = members.0.keys().map(String::as_str).filter(|member| !MEMBERS.contains(member));
    let mut warnings: Vec<Warning> = ignored.map(|member| Warning::ignored("member", member, MEMBERS)).collect();
    warnings.extend(parts.ignored.iter().map(|part| Warning::ignored("part", part, ["file", "metaData"])));
    let spec = JobSpec {
        statement: statement(name, &[], &[], None),
        object: Some(ResultObject::of_documents(names)),
        upload: Some(spec),
        job_options,
        warnings: warnings.clone(),
        ..JobSpec::new(element.revision())
    };
    let id = create(call, name, &spec, &mut incoming).await?;
    let instance_id = call.instance()?.id;
    bulk::start(&call.engine, instance_id, id);
    let started = BulkStarted { id: id.to_string(), instance_id, status: JobStatus::Created };
    Ok(Reply::json(&started)?.warn(warnings))
}

/// Creates the job of a file that has arrived.
async fn create(call: &Call, name: &str, spec: &JobSpec, incoming: &mut Incoming) -> Result<i64, Failure> {
    let segment = incoming.finish().await?;
    let sealed = serde_json::to_vec(spec).map_err(|_| Failure::plain(StatusCode::INTERNAL_SERVER_ERROR))?;
    let place = |id| incoming.place(id);
    let new = NewJob {
        object: name,
        spec: &sealed,
        sorted_limit: None,
        notify: spec.job_options.notification.is_some(),
        request_id: &call.request_id,
        starts: &[],
        upload: Some(NewUpload { key: &incoming.key, segment: &segment, place: &place }),
    };
    Ok(call.engine.store.create_job(call.instance()?, &new).await?.id)
}

/// Parts of the request besides the file.
#[derive(Default)]
struct Parts {
    meta_data: Option<String>,
    ignored: Vec<String>,
}

/// Stores the file as it arrives.
async fn received(call: &Call) -> Result<(Incoming, Parts), Failure> {
    let wrong = |_| Failure::bad_request("Malformed multipart body");
    let missing = || Failure::bad_request("The part file is required");
    if call.content_type().as_deref() != Some("multipart/form-data") {
        return Err(missing());
    }
    let boundary = multer::parse_boundary(call.header(CONTENT_TYPE).unwrap_or_default()).map_err(wrong)?;
    let chunks = stream::unfold(call.take_body(), |mut body| async move {
        let frame = body.frame().await?;
        Some((frame.map(|frame| frame.into_data().unwrap_or_default()), body))
    });
    let mut multipart = Multipart::new(chunks.boxed().map_err(Cut), boundary);
    let (mut file, mut parts) = (None, Parts::default());
    while let Some(field) = multipart.next_field().await.map_err(wrong)? {
        match field.name().unwrap_or_default() {
            "file" if file.is_none() => file = Some(stored(call, field).await?),
            "metaData" => parts.meta_data = Some(text_of(field).await?),
            other => {
                parts.ignored.push(other.to_owned());
                text_of(field).await?;
            }
        }
    }
    Ok((file.ok_or_else(missing)?, parts))
}

/// Error of a body that ended early.
#[derive(Debug, thiserror::Error)]
#[error("the body ended early: {0}")]
struct Cut(BoxError);

async fn stored(call: &Call, mut field: Field<'_>) -> Result<Incoming, Failure> {
    let mut incoming = Incoming::new(&call.engine)?;
    while let Some(chunk) = chunk_of(&mut field).await? {
        if incoming.length() + chunk.len() as u64 > FILE_LIMIT as u64 {
            return Err(Failure::too_large(FILE_LIMIT));
        }
        incoming.add(chunk).await?;
    }
    Ok(incoming)
}

async fn chunk_of(field: &mut Field<'_>) -> Result<Option<Bytes>, Failure> {
    field.chunk().await.map_err(|_| Failure::bad_request("The request body could not be read"))
}

async fn text_of(mut field: Field<'_>) -> Result<String, Failure> {
    let mut bytes = Vec::new();
    while let Some(chunk) = chunk_of(&mut field).await? {
        if bytes.len() + chunk.len() > PART_LIMIT {
            return Err(Failure::too_large(PART_LIMIT));
        }
        bytes.extend_from_slice(&chunk);
    }
    String::from_utf8(bytes).map_err(|_| Failure::bad_request("A part of the body is not UTF-8"))
}

/// Reads what an upload is to do.
fn spec_of(members: &Members, path: Option<&str>, element: &dyn Element, id: ObjectId) -> Result<UploadSpec, Failure> {
    let wrong = |name: &str, words: &str| Failure::bad_request(format!("{name} must be {words}"));
    let is_csv = match members.text("format")?.as_deref().map(str::to_ascii_lowercase).as_deref() {
        None | Some("csv" | "text/csv" | "txt/csv") => true,
        Some("json" | "jsonl" | "application/json" | "application/jsonl") => false,
        Some(_) => return Err(wrong("format", "csv, json or jsonl")),
    };
    let action = members.text("action")?.map(|action| Action::from_str(action.trim()));
    let action = action.unwrap_or(Ok(Action::Create));
    let action = action.map_err(|()| wrong("action", "create, update, replace, upsert or delete"))?;
    let info = element.object(id);
    let key = match action {
        Action::Create => None,
        // Records without the key are created (spec E 9.22).
        Action::Upsert => members.text("identifierFieldName")?,
        _ => members.text("identifierFieldName")?.or_else(|| info.primary_key.last().map(ToString::to_string)),
    };
    let concurrency = match members.positive("bulkUploadRecordSize")?.map(usize::try_from) {
        None => CONCURRENCY,
        Some(Ok(size)) if size <= MOST_CONCURRENT => size,
        Some(_) => return Err(wrong("bulkUploadRecordSize", "a whole number from 1 to 10")),
    };
    let sends_unknown = match members.text("unknownColumns")?.as_deref() {
        None | Some("reject") => false,
        Some("send") => true,
        Some(_) => return Err(wrong("unknownColumns", "reject or send")),
    };
    let path = members.text("path")?.or_else(|| path.map(str::to_owned));
    let mut values = BTreeMap::new();
    for name in ["listId", "campaignId"] {
        values.extend(members.text(name)?.map(|value| (name.to_owned(), value)));
    }
    let object = info.name.to_string();
    Ok(UploadSpec { object, recipe: None, is_csv, action, key, path, values, concurrency, sends_unknown })
}

/// `GET /bulk/{id}/failed`: the records of an upload that failed, in the format of the file [X]. With `unknown=true`
/// those whose outcome is not known.
pub(crate) async fn failed(call: &Call) -> Result<Reply, Failure> {
    let unknown = call.query.flag("unknown");
    let job = job_of(call).await?;
    let Some(upload) = bulk::spec_of(&job)?.upload else {
        return Err(Failure::not_found(NO_FILE).with_hint(format!("Job {} is no upload.", job.id)));
    };
    if bulk::is_expired(&job) {
        return Err(Failure::not_found(NO_FILE));
    }
    let (media_type, body) = bulk::failed_rows(&call.engine, &job, upload.is_csv, unknown).await?;
    let reply = Reply { body, ..Reply::empty() }.header(CONTENT_TYPE, HeaderValue::from_static(media_type));
    let ending = media_type.rsplit('/').next().unwrap_or_default();
    let state = if unknown { "unknown" } else { "failed" };
    let name = format!("attachment; filename=\"{}_{}_{state}.{ending}\"", job.object, job.id);
    Ok(reply.text_header(CONTENT_DISPOSITION, &name))
}
