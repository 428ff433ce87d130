//! Columns that a worker learns from documents while it stores them, so that no pass over the sealed rows is needed.
//! What is learned stays in memory: after a restart, and for a job that was resumed, the columns are found in the rows.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::spec::JobPlan;
use crate::engine::store::SegmentRow;
use crate::record::shape::{DocumentColumns, Shape};
use crate::record::{Row, Value};

/// Maximum number of jobs whose columns are kept.
const MOST_JOBS: usize = 64;

/// Columns that a worker learns. Empty if rows are not stored as they are read, or rows that were read are not part of the result.
pub(super) struct Learning(Mutex<Option<Lesson>>);

struct Lesson {
    shape: Shape,
    /// Number of frames that are committed.
    frames: i64,
}

/// Columns of the jobs that ended last, keyed by job id.
#[derive(Default)]
pub(super) struct LearnedColumns(Mutex<HashMap<i64, Learned>>);

struct Learned {
    epoch: i64,
    frames: i64,
    columns: DocumentColumns,
}

impl Learning {
    pub fn of(plan: &JobPlan) -> Self {
        let result = &plan.result;
        let stored_as_read = result.applied.is_none() && result.select.fields.is_none() && !result.is_sorted();
        let learns = stored_as_read && result.stored_schema().is_documents();
        Self(Mutex::new(learns.then(|| Lesson { shape: result.shape(), frames: 0 })))
    }

    /// Learns from a row that is stored.
    pub fn row(&self, row: Row<'_>) {
        if let (Some(lesson), Value::Json(record)) = (&mut *self.lesson(), row.get(0)) {
            lesson.shape.add_known(record, row.outlined(0));
        }
    }

    /// Notes that a frame with the rows so far is committed.
    pub fn committed(&self) {
        if let Some(lesson) = &mut *self.lesson() {
            lesson.frames += 1;
        }
    }

    /// Learns no more, because rows that were learned from are discarded.
    pub fn discard(&self) {
        *self.lesson() = None;
    }

    fn lesson(&self) -> MutexGuard<'_, Option<Lesson>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl LearnedColumns {
    /// Keeps what the worker of a job has learned.
    pub fn keep(&self, job_id: i64, epoch: i64, learning: &Learning) {
        let Some(Lesson { shape, frames }) = learning.lesson().take() else { return };
        let mut jobs = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if jobs.len() >= MOST_JOBS {
            jobs.clear();
        }
        jobs.insert(job_id, Learned { epoch, frames, columns: shape.columns() });
    }

    /// Returns the columns of a job if one worker has written all its segments and nothing else.
    pub fn of(&self, job_id: i64, segments: &[SegmentRow]) -> Option<DocumentColumns> {
        let jobs = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let learned = jobs.get(&job_id)?;
        let frames: i64 = segments.iter().map(|segment| segment.frames).sum();
        let is_its_own = segments.iter().all(|segment| segment.epoch == learned.epoch);
        (is_its_own && frames == learned.frames).then(|| learned.columns.clone())
    }
}
