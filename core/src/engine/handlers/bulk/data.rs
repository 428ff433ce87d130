//! `GET /bulk/{id}/{objectName}/data`: the records of a job that has ended, page by page (spec P 10.6).

use bytes::Bytes;
use http::StatusCode;
use http_body_util::BodyExt;

use super::download::{entity_tag, rows_of};
use super::job_of;
use crate::auth::hex;
use crate::body::Body;
use crate::engine::bulk::{self, Format, Part, Style};
use crate::engine::call::Call;
use crate::engine::failure::Failure;
use crate::engine::handlers::records::keeps_nulls;
use crate::engine::paging::{DEFAULT_PAGE_SIZE, page_size};
use crate::engine::reply::{Reply, names};
use crate::engine::store::JobRow;

/// Returns a page of the result file as a JSON array.
pub(crate) async fn data(call: &Call) -> Result<Reply, Failure> {
    let (page_size, capped) = page_size(call, DEFAULT_PAGE_SIZE)?;
    let job = job_of(call).await?;
    let spec = bulk::spec_of(&job)?;
    let element_id = call.instance()?.element_id;
    let plan = bulk::result_plan(&call.engine, element_id, &spec, call.configuration()?).await?;
    let nulls = spec.job_options.filter_nulls.map_or(keeps_nulls(call.instance()?), |filter| !filter);
    let style = Style { nulls, ..Style::default() };
    let rows = rows_of(call, &job, &plan, (Format::JsonLines, style), None).await?;
    let tag = entity_tag(&job, Format::JsonLines, style, None);
    let start = match call.query.filled("nextPage") {
        Some(token) => opened(&job, &tag, token).ok_or_else(|| Failure::bad_request("Malformed nextPage token"))?,
        None => 0,
    };
    let extent = bulk::extent(&call.engine, &tag, &rows).await?;
    let length = extent.length;
    let body = rows.stream(&call.engine, Part::Bytes(start.min(length)..length), Some(extent));
    let Lines { array, count, read } = lines(body, page_size).await?;
    let reply = Reply::json_bytes(array).header(names::RETURNED_COUNT, count).warn(capped);
    let end = start.saturating_add(read);
    Ok(if end < length { reply.text_header(names::NEXT_PAGE_TOKEN, &sealed(&job, &tag, end)) } else { reply })
}

/// The first lines of a file.
struct Lines {
    /// The lines as a JSON array.
    array: Vec<u8>,
    count: usize,
    /// Bytes of the file that the lines take.
    read: u64,
}

/// Reads at most this number of lines. Each is a JSON value, which has no line break.
async fn lines(mut body: Body, most: usize) -> Result<Lines, Failure> {
    let mut lines = Lines { array: vec![b'['], count: 0, read: 0 };
    let mut is_inside = false;
    while lines.count < most {
        let Some(frame) = body.frame().await else { break };
        let frame = frame.map_err(|_| Failure::plain(StatusCode::INTERNAL_SERVER_ERROR))?;
        let Ok(chunk) = frame.into_data() else { continue };
        lines.take(&chunk, most, &mut is_inside);
    }
    lines.array.push(b']');
    Ok(lines)
}

impl Lines {
    /// Adds lines of a part of the file. `is_inside` says whether a line has begun that has not ended yet.
    fn take(&mut self, chunk: &Bytes, most: usize, is_inside: &mut bool) {
        for line in chunk.split_inclusive(|byte| *byte == b'\n') {
            if self.count == most {
                return;
            }
            if !*is_inside && self.count > 0 {
                self.array.push(b',');
            }
            let text = line.strip_suffix(b"\n").unwrap_or(line);
            self.array.extend_from_slice(text);
            self.read += line.len() as u64;
            *is_inside = text.len() == line.len();
            if !*is_inside {
                self.count += 1;
            }
        }
    }
}

/// Returns the token of the page that begins at a byte of the file. It is bound to the job and the state of its file.
fn sealed(job: &JobRow, tag: &str, start: u64) -> String {
    format!("{start}.{}", check(job, tag, start))
}

/// Returns the byte that a token stands for, if it is one of this file.
fn opened(job: &JobRow, tag: &str, token: &str) -> Option<u64> {
    let (start, given) = token.split_once('.')?;
    let start: u64 = start.parse().ok()?;
    (check(job, tag, start) == given).then_some(start)
}

fn check(job: &JobRow, tag: &str, start: u64) -> String {
    hex(&job.key.hash("bulk page", &format!("{tag} {start}"))[..8])
}
