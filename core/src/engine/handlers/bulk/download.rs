//! `GET /bulk/{id}/{objectName}`: the result in any format, whole, compressed or in ranges (spec P 10.6, 16.5, 16.6).

use std::ops::Range;

use http::header::{
    ACCEPT_ENCODING, ACCEPT_RANGES, CONTENT_DISPOSITION, CONTENT_ENCODING, CONTENT_RANGE, CONTENT_TYPE, ETAG,
    HeaderValue, IF_RANGE, RANGE, VARY,
};
use http::{HeaderMap, HeaderName, StatusCode};
use serde_json::{Map, Value};

use super::{NO_FILE, job_of};
use crate::auth::hex;
use crate::element::PartitionKey;
use crate::engine::bulk::{self, Format, Found, JobOptions, Layout, Part, ResultPlan, Rows, Style, file_name};
use crate::engine::call::Call;
use crate::engine::failure::Failure;
use crate::engine::handlers::records::keeps_nulls;
use crate::engine::media;
use crate::engine::reply::Reply;
use crate::engine::store::{JobRow, WrittenPartition};

/// Downloads a result. Besides the parameters of the platform it supports `partition` [X], which selects the rows of one
/// partition; `spreadsheetSafe` [X], which puts an
/// apostrophe before each CSV string that would be read as a formula, default off; and `nested` [X], the form of objects
/// and arrays in Arrow and Parquet files of records without a closed schema: `text` (JSON, the default) or `structs`.
pub(crate) async fn download(call: &Call) -> Result<Reply, Failure> {
    let format = format_of(call)?;
    let texts = texts_of(call)?;
    let job = job_of(call).await?;
    let spec = bulk::spec_of(&job)?;
    let element_id = call.instance()?.element_id;
    let plan = bulk::result_plan(&call.engine, element_id, &spec, call.configuration()?).await?;
    let job_options = spec.job_options;
    let nulls = job_options.filter_nulls.map_or(keeps_nulls(call.instance()?), |filter| !filter);
    let nested = nested_of(call, format, &plan)?;
    let style = Style { nulls, texts, safe: call.query.flag("spreadsheetSafe"), nested };
    let part = part_of(call, &job, &plan).await?;
    let rows = rows_of(call, &job, &plan, (format, style), part.as_ref()).await?;
    // A caller that requests a range wants uncompressed bytes, and many clients send `Accept-Encoding: gzip`
    // implicitly.
    let ranged = header(&call.headers, RANGE).and_then(RequestedRange::parse).is_some();
    let packed = !format.is_compressed() && !ranged && accepts_gzip(&call.headers);
    let reply = match packed {
        true => {
            let reply = Reply { body: rows.stream(&call.engine, Part::Packed, None), ..Reply::empty() };
            reply.header(CONTENT_ENCODING, HeaderValue::from_static("gzip"))
        }
        false => identity(call, &rows, &entity_tag(&job, format, style, part.as_ref())).await?,
    };
    let name = format!("attachment; filename=\"{}.{}\"", name_of(&job, &job_options), format.ending());
    let reply = reply.header(CONTENT_TYPE, HeaderValue::from_static(format.media_type()));
    let reply = reply.header(VARY, HeaderValue::from_static("Accept, Accept-Encoding"));
    Ok(reply.text_header(CONTENT_DISPOSITION, &name))
}

/// Returns the partition whose rows alone are wanted: the parameter `partition` [X]. `None` for all rows.
async fn part_of(call: &Call, job: &JobRow, plan: &ResultPlan) -> Result<Option<WrittenPartition>, Failure> {
    let Some(text) = call.query.filled("partition") else { return Ok(None) };
    if plan.is_sorted() {
        return Err(Failure::bad_request("The rows of a job with ORDER BY cannot be read by partition"));
    }
    let unknown = || Failure::bad_request(format!("partition: {text:?} is not a partition with rows in the result"));
    let key: PartitionKey = text.parse().map_err(|_| unknown())?;
    let found = call.engine.store.written_partitions(job.id).await?.into_iter().find(|part| part.key == key);
    found.map(Some).ok_or_else(unknown)
}

/// Returns the rows of a job that has a file, or those of one partition, with their layout.
pub(super) async fn rows_of(
    call: &Call,
    job: &JobRow,
    plan: &ResultPlan,
    (format, style): (Format, Style),
    part: Option<&WrittenPartition>,
) -> Result<Rows, Failure> {
    let same = plan.is_of(call.param("objectName"));
    if !same {
        return Err(
            Failure::not_found(NO_FILE).with_hint(format!("The result of job {} is one of {}.", job.id, job.object))
        );
    }
    let store = &call.engine.store;
    let partial = !job.status.is_success();
    let empty = partial && store.totals(job.id).await?.counts.written == 0;
    if !job.status.is_terminal() || bulk::is_expired(job) || empty {
        return Err(no_file(job));
    }
    let additional = store.additional_names(job.id).await?;
    let mut found = Found::members(&additional);
    if plan.stored_schema().is_documents() && format.has_columns() {
        match style.nested {
            #[cfg(feature = "arrow")]
            true => found.nested = Some(bulk::nested_columns(&call.engine, job, plan).await?),
            _ => found.documents = Some(bulk::found_columns(&call.engine, job, plan).await?),
        }
    }
    let layout = Layout::of(format, &plan.selected(), &found, style);
    Ok(Rows::of(&call.engine, job, plan, layout, part).await?)
}

/// Returns the failure that explains why a job has no file.
fn no_file(job: &JobRow) -> Failure {
    let (id, status) = (job.id, job.status.as_str());
    let hint = if !job.status.is_terminal() {
        format!("Job {id} is {status}: its result is available when it has ended.")
    } else if bulk::is_expired(job) {
        format!("The result of job {id} has been removed: start the job again.")
    } else {
        format!("Job {id} ended {status} before its first record: resume it.")
    };
    Failure::not_found(NO_FILE).with_hint(hint)
}

/// Returns the file name without its extension (spec P 10.6).
fn name_of(job: &JobRow, job_options: &JobOptions) -> String {
    match (&job_options.file_name, job.completed_ms) {
        (Some(name), Some(at_ms)) => file_name::filled(name, at_ms),
        _ => format!("{}_{}", job.object, job.id),
    }
}

/// Returns the uncompressed bytes: whole, or the requested range.
async fn identity(call: &Call, rows: &Rows, tag: &str) -> Result<Reply, Failure> {
    let stream = |part, extent| Reply { body: rows.stream(&call.engine, part, extent), ..Reply::empty() };
    let tagged = |reply: Reply| {
        let reply = reply.header(ACCEPT_RANGES, HeaderValue::from_static("bytes"));
        reply.text_header(ETAG, tag)
    };
    // A range of another state of the file would be useless to the caller.
    let same = header(&call.headers, IF_RANGE).is_none_or(|wanted| wanted.trim() == tag);
    let Some(asked) = header(&call.headers, RANGE).and_then(RequestedRange::parse).filter(|_| same) else {
        return Ok(tagged(stream(Part::Whole, None)));
    };
    let extent = bulk::extent(&call.engine, tag, rows).await?;
    let Some(range) = asked.within(extent.length) else {
        return Err(Failure::outside(extent.length));
    };
    let place = format!("bytes {}-{}/{}", range.start, range.end - 1, extent.length);
    let length = range.end - range.start;
    let reply = tagged(stream(Part::Bytes(range), Some(extent))).text_header(CONTENT_RANGE, &place);
    Ok(Reply { status: StatusCode::PARTIAL_CONTENT, ..reply.header(http::header::CONTENT_LENGTH, length) })
}

fn header(headers: &HeaderMap, name: HeaderName) -> Option<&str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

/// Returns a strong tag: two results with the same tag have the same bytes. It covers job, state, format, style and
/// partition.
pub(super) fn entity_tag(job: &JobRow, format: Format, style: Style, part: Option<&WrittenPartition>) -> String {
    let version = env!("CARGO_PKG_VERSION");
    let part = part.map(|part| part.ordinal);
    let state = format!("{} {:?} {format:?} {style:?} {part:?} {version}", job.id, job.completed_ms);
    format!("\"{}\"", hex(&job.key.hash("entity tag", &state)[..16]))
}

/// A single requested range of bytes. Parsed by hand: http-range-header rejects a suffix longer than the file, which means
/// the whole file (RFC 9110), and rejects `bytes=-0` as malformed, which is a 416 here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum RequestedRange {
    /// First and last byte, inclusive.
    Between(u64, Option<u64>),
    Last(u64),
}

impl RequestedRange {
    /// Returns `None` for several ranges, other units and malformed ranges; the header is then ignored.
    fn parse(header: &str) -> Option<Self> {
        let (unit, range) = header.split_once('=')?;
        let (first, last) = range.trim().split_once('-')?;
        let number = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok())?;
        let asked = match (first.trim(), last.trim()) {
            ("", last) => Self::Last(number(last)?),
            (first, "") => Self::Between(number(first)?, None),
            (first, last) => Self::Between(number(first)?, Some(number(last)?)),
        };
        let upside_down = matches!(asked, Self::Between(first, Some(last)) if last < first);
        (unit.trim().eq_ignore_ascii_case("bytes") && !upside_down).then_some(asked)
    }

    /// Returns the bytes in a file of this length, or `None` if the range is empty.
    fn within(self, length: u64) -> Option<Range<u64>> {
        let range = match self {
            Self::Between(first, last) => first..last.map_or(length, |last| last.saturating_add(1).min(length)),
            Self::Last(count) => length.saturating_sub(count)..length,
        };
        (range.start < range.end).then_some(range)
    }
}

/// Returns whether the client accepts gzip and does not prefer an uncompressed response.
fn accepts_gzip(headers: &HeaderMap) -> bool {
    let mut quality = (0.0, 0.0);
    let values = headers.get_all(ACCEPT_ENCODING).iter().filter_map(|value| value.to_str().ok());
    for coding in values.flat_map(|value| value.split(',')) {
        let (name, parameters) = coding.split_once(';').unwrap_or((coding, ""));
        let q = parameters.trim().strip_prefix("q=").and_then(|q| q.trim().parse().ok()).unwrap_or(1.0_f32);
        match name.trim().to_ascii_lowercase().as_str() {
            "gzip" | "x-gzip" => quality.0 = q,
            "identity" => quality.1 = q,
            _ => {}
        }
    }
    quality.0 > 0.0 && quality.0 >= quality.1
}

/// Returns the response format: the first media type of `Accept` that can be served.
fn format_of(call: &Call) -> Result<Format, Failure> {
    let wanted = media::wanted(&call.headers).map(|wanted| wanted.format);
    wanted.ok_or_else(|| Failure::plain(StatusCode::NOT_ACCEPTABLE))
}

/// Returns whether objects and arrays are structs and lists: the parameter `nested` [X].
fn nested_of(call: &Call, format: Format, plan: &ResultPlan) -> Result<bool, Failure> {
    match call.query.filled("nested") {
        None | Some("text") => Ok(false),
        Some("structs") if format.is_columnar() && plan.stored_schema().is_documents() => Ok(true),
        Some("structs") => Err(Failure::bad_request(
            "nested=structs applies to Arrow and Parquet files of records without a closed schema",
        )),
        Some(_) => Err(Failure::bad_request("nested must be text or structs")),
    }
}

/// Returns whether scalars become strings: the parameter `json` with `convertToNativeType` false (spec P 10.6).
fn texts_of(call: &Call) -> Result<bool, Failure> {
    let Some(text) = call.query.filled("json") else { return Ok(false) };
    let wrong = |_| Failure::bad_request("The query parameter json must be a JSON object");
    let options: Map<String, Value> = serde_json::from_str(text).map_err(wrong)?;
    let native = options.get("convertToNativeType");
    Ok(native.is_some_and(|native| *native == Value::Bool(false) || native.as_str() == Some("false")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn range(header: &str, length: u64) -> Option<Option<Range<u64>>> {
        RequestedRange::parse(header).map(|asked| asked.within(length))
    }

    #[test]
    fn a_single_range_is_parsed() {
        assert_eq!(range("bytes=0-9", 100), Some(Some(0..10)));
        assert_eq!(range("bytes=90-", 100), Some(Some(90..100)));
        assert_eq!(range("bytes=-30", 100), Some(Some(70..100)));
        assert_eq!(range("bytes=-300", 100), Some(Some(0..100)));
        assert_eq!(range("Bytes = 5-500", 100), Some(Some(5..100)));
    }

    #[test]
    fn a_range_outside_the_file_is_unsatisfiable() {
        for outside in ["bytes=100-", "bytes=100-200", "bytes=-0"] {
            assert_eq!(range(outside, 100), Some(None), "{outside}");
        }
        assert_eq!(range("bytes=0-", 0), Some(None));
    }

    #[test]
    fn other_range_headers_are_ignored() {
        for other in ["bytes=0-1,3-4", "lines=0-1", "bytes=9-1", "bytes=a-b", "bytes=-", "bytes", "bytes=+1-2", ""] {
            assert_eq!(range(other, 100), None, "{other}");
        }
    }

    fn gzip(value: &'static str) -> bool {
        accepts_gzip(&HeaderMap::from_iter([(ACCEPT_ENCODING, HeaderValue::from_static(value))]))
    }

    #[test]
    fn gzip_must_be_asked_for() {
        assert!(!accepts_gzip(&HeaderMap::new()));
        assert!(["gzip", "deflate, GZIP", "gzip;q=0.5", "gzip, identity"].into_iter().all(gzip));
        assert!(!["identity", "br", "gzip;q=0", "identity, gzip;q=0.5", "*"].into_iter().any(gzip));
    }
}
