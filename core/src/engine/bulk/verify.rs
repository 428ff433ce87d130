//! Verification of a result: reads it to the end to check that it is complete.

use std::path::Path;

use super::frame::{self, RowForm};
use super::segment::SegmentReader;
use crate::engine::store::{JobRow, SegmentRow};
use crate::engine::vault::open_failed;
use crate::error::Result;

/// Reads every frame of a job. Returns the number of rows, which must be at least the recorded one. Blocks.
pub(crate) fn verify(
    folder: &Path,
    job: &JobRow,
    form: &RowForm,
    segments: Vec<SegmentRow>,
    expected: u64,
) -> Result<u64> {
    let mut rows = 0;
    for row in segments {
        let mut reader = SegmentReader::open_at(folder, &job.key, row.clone(), 0, 0)?;
        let is_uploaded = row.is_uploaded();
        while let Some(bytes) = reader.next()? {
            if is_uploaded {
                continue;
            }
            let batch = frame::rows(form, &bytes).ok_or_else(|| open_failed("a bulk file"))?;
            rows += batch.len() as u64;
        }
    }
    whole(rows, expected)?;
    Ok(rows)
}

/// Checks that all committed rows are present. Missing rows are damage, never a shorter result. There may be more rows
/// if the job was resumed meanwhile.
pub(super) fn whole(rows: u64, expected: u64) -> Result<()> {
    if rows >= expected {
        Ok(())
    } else {
        Err(open_failed(&format!("a result of {expected} rows, of which only {rows} were found,")))
    }
}
