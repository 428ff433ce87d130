//! JobPlan a result to the end, only to see that it is whole.

use std::path::Path;

use super::frame;
use super::segment::SegmentReader;
use super::spec::plan_of;
use crate::engine::store::{JobRow, SegmentRow};
use crate::engine::vault::open_failed;
use crate::error::Result;

/// Reads every frame of a job; answers the number of rows, which must be the one that was recorded. Blocks.
pub(crate) fn verify(folder: &Path, job: &JobRow, segments: Vec<SegmentRow>, expected: u64) -> Result<u64> {
    let plan = plan_of(job).map_err(|_| open_failed("the job"))?;
    let form = plan.row_form();
    let mut rows = 0;
    for row in segments {
        let mut reader = SegmentReader::open_at(folder, &job.key, row, 0, 0)?;
        while let Some(bytes) = reader.next()? {
            let batch = frame::rows(&form, &bytes).ok_or_else(|| open_failed("a bulk file"))?;
            rows += batch.len() as u64;
        }
    }
    whole(rows, expected)?;
    Ok(rows)
}

/// What was committed must be there: rows that are missing are damage, never a shorter result. There may be more when
/// a job was taken up again meanwhile.
pub(super) fn whole(rows: u64, expected: u64) -> Result<()> {
    if rows >= expected {
        Ok(())
    } else {
        Err(open_failed(&format!("a result of {expected} rows, of which {rows} are there,")))
    }
}
