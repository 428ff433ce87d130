//! Columns of stored documents. Formats with columns need them before the first row, so one pass over the sealed rows
//! finds them; they are kept beside the rows for the following calls.

use std::path::Path;

use serde::{Deserialize, Serialize};

use super::frame;
use super::result_plan::ResultPlan;
use super::segment::SegmentReader;
use super::worker::blocking;
use crate::atomic_file::{self, Readers};
use crate::engine::EngineInner;
use crate::engine::store::{JobRow, SegmentRow};
use crate::engine::vault::{Key, open_failed};
use crate::error::Result;
use crate::record::Value;
use crate::record::shape::DocumentColumns;

/// Name of the file with the columns, and the context that it is sealed for.
const FILE: &str = "columns.sealed";
const CONTEXT: &str = "columns";

/// Columns of a state of a job.
#[derive(Serialize, Deserialize)]
struct Kept {
    state: String,
    columns: DocumentColumns,
}

/// Returns the columns of the stored documents of a job.
pub(crate) async fn found_columns(engine: &EngineInner, job: &JobRow, plan: &ResultPlan) -> Result<DocumentColumns> {
    let segments = engine.store.segments(job.id, None).await?;
    let (folder, key) = (engine.bulk.folder_of(job.id), job.key.clone());
    let frames: i64 = segments.iter().map(|segment| segment.frames).sum();
    // A job that is resumed gets more rows.
    let state = format!("{} {:?} {frames}", env!("CARGO_PKG_VERSION"), job.completed_ms);
    let plan = plan.clone();
    blocking(move || {
        if let Some(kept) = kept(&folder, &key).filter(|kept| kept.state == state) {
            return Ok(kept.columns);
        }
        let columns = read(&folder, &key, &plan, segments)?;
        let kept = Kept { state, columns };
        if let Err(error) = keep(&folder, &key, &kept) {
            tracing::debug!(%error, "the columns of a result were not stored");
        }
        Ok(kept.columns)
    })
    .await
}

fn kept(folder: &Path, key: &Key) -> Option<Kept> {
    let sealed = std::fs::read(folder.join(FILE)).ok()?;
    serde_json::from_slice(&key.open(CONTEXT, &sealed)?).ok()
}

fn keep(folder: &Path, key: &Key, kept: &Kept) -> Result<()> {
    let bytes = serde_json::to_vec(kept).map_err(|_| open_failed(CONTEXT))?;
    let sealed = key.seal(CONTEXT, &bytes)?;
    atomic_file::write(&folder.join(FILE), &sealed, Readers::Owner)
}

/// Finds the columns in the rows.
fn read(folder: &Path, key: &Key, plan: &ResultPlan, segments: Vec<SegmentRow>) -> Result<DocumentColumns> {
    let (form, mut shape) = (plan.row_form(), plan.shape());
    for row in segments {
        let mut reader = SegmentReader::open(folder, key, row)?;
        while let Some(bytes) = reader.next()? {
            let batch = frame::rows(&form, &bytes).ok_or_else(|| open_failed("a bulk file"))?;
            for row in batch.rows() {
                if let Value::Json(record) = row.get(0) {
                    shape.add(record);
                }
            }
        }
    }
    Ok(shape.columns())
}
