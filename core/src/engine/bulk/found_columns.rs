//! Columns of stored documents. Formats with columns need them before the first row, so one pass over the sealed rows
//! finds them; they are kept beside the rows for the following calls.

use std::path::Path;

use serde::de::DeserializeOwned;
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
#[cfg(feature = "arrow")]
use crate::record::nested::{NestedColumns, NestedShape};
use crate::record::shape::{DocumentColumns, Shape};

/// Columns of a state of a job.
#[derive(Serialize, Deserialize)]
struct Kept<Columns> {
    state: String,
    columns: Columns,
}

/// Returns the columns of the stored documents of a job.
pub(crate) async fn found_columns(engine: &EngineInner, job: &JobRow, plan: &ResultPlan) -> Result<DocumentColumns> {
    let shape = plan.shape();
    let learned = |segments: &[SegmentRow]| engine.bulk.learned.of(job.id, segments);
    found(engine, job, plan, ("columns", learned), shape, Shape::add, Shape::columns).await
}

/// Returns the nested columns of the stored documents of a job.
#[cfg(feature = "arrow")]
pub(crate) async fn nested_columns(engine: &EngineInner, job: &JobRow, plan: &ResultPlan) -> Result<NestedColumns> {
    let shape = plan.nested_shape();
    found(engine, job, plan, ("structs", |_: &[SegmentRow]| None), shape, NestedShape::add, NestedShape::columns).await
}

/// Returns columns that were found before, or `learned` by the worker, or finds them in the rows. `name` is that of the file,
/// and the context that it is sealed for.
async fn found<S: Send + 'static, C: Serialize + DeserializeOwned + Send + 'static>(
    engine: &EngineInner,
    job: &JobRow,
    plan: &ResultPlan,
    (name, learned): (&'static str, impl FnOnce(&[SegmentRow]) -> Option<C>),
    mut shape: S,
    add: fn(&mut S, &str),
    columns: fn(&S) -> C,
) -> Result<C> {
    let mut segments = engine.store.segments(job.id, None).await?;
    segments.retain(|segment| !segment.is_uploaded());
    let (folder, key) = (engine.bulk.folder_of(job.id), job.key.clone());
    let frames: i64 = segments.iter().map(|segment| segment.frames).sum();
    // A job that is resumed gets more rows.
    let state = format!("{} {:?} {frames}", env!("CARGO_PKG_VERSION"), job.completed_ms);
    let (form, learned) = (plan.row_form(), learned(&segments));
    blocking(move || {
        let file = folder.join(format!("{name}.sealed"));
        let kept = std::fs::read(&file).ok().and_then(|sealed| key.open(name, &sealed));
        let kept = kept.and_then(|bytes| serde_json::from_slice::<Kept<C>>(&bytes).ok());
        if let Some(kept) = kept.filter(|kept| kept.state == state) {
            return Ok(kept.columns);
        }
        let unread = if learned.is_some() { Vec::new() } else { segments };
        for row in unread {
            let mut reader = SegmentReader::open(&folder, &key, row)?;
            while let Some(bytes) = reader.next()? {
                let batch = frame::rows(&form, &bytes).ok_or_else(|| open_failed("a bulk file"))?;
                for row in batch.rows() {
                    if let Value::Json(record) = row.get(0) {
                        add(&mut shape, record);
                    }
                }
            }
        }
        let kept = Kept { state, columns: learned.unwrap_or_else(|| columns(&shape)) };
        if let Err(error) = keep(&file, &key, name, &kept) {
            tracing::debug!(%error, "the columns of a result were not stored");
        }
        Ok(kept.columns)
    })
    .await
}

fn keep(file: &Path, key: &Key, name: &str, kept: &impl Serialize) -> Result<()> {
    let bytes = serde_json::to_vec(kept).map_err(|_| open_failed(name))?;
    atomic_file::write(file, &key.seal(name, &bytes)?, Readers::Owner)
}
