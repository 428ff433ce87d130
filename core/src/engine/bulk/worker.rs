//! Work on one job: list, read, sort.

use std::ops::Deref;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering};

use futures::{StreamExt, TryStreamExt};

use super::active::ActiveJob;
use super::dedup_window::DedupWindow;
use super::learned::Learning;
use super::spec::{JobPlan, plan_of};
use super::stop::Stop;
use super::{attempt, continue_from, disk_reserve, enumerate, overlap, partition, sort};
use crate::engine::read::Reader;
use crate::engine::script::Runner;
use crate::engine::store::{PartitionCheckpoint, SegmentRow};
use crate::error::{Error, ErrorKind, Result};

/// Number of parents looked up at a time.
const PARENTS_LISTED: i64 = 256;

/// Download in progress.
pub(super) struct Work<'a> {
    active: &'a ActiveJob<'a>,
    pub plan: JobPlan,
    pub reader: Reader,
    /// Number of rows that may still be written.
    left: AtomicI64,
    /// Whether the single match was found or the limit reached.
    pub satisfied: AtomicBool,
    /// Number of the last pages that failed, over all parents.
    pub failed_pages: AtomicU64,
    /// Script runners of the transformation that no parent is using.
    runners: Mutex<Vec<Runner>>,
    /// Columns of the documents that are stored.
    pub learning: Learning,
}

impl<'a> Deref for Work<'a> {
    type Target = ActiveJob<'a>;

    fn deref(&self) -> &ActiveJob<'a> {
        self.active
    }
}

impl<'a> Work<'a> {
    pub async fn new(active: &'a ActiveJob<'a>) -> std::result::Result<Self, Stop> {
        let plan = plan_of(active.engine, active.instance.element_id, &active.job, active.configuration()).await?;
        let reader = Reader { connector: active.connector(&plan.element)?, context: active.context() };
        let written = active.store().totals(active.job.id).await?.counts.written;
        // Sorted rows are limited after the sort, except that a limit of 0 applies at once.
        let limit = plan.result.select.limit.filter(|limit| *limit == 0 || !plan.result.is_sorted());
        let limit = limit.map_or(i64::MAX, |limit| i64::try_from(limit).unwrap_or(i64::MAX));
        let left = limit.saturating_sub(i64::try_from(written).unwrap_or(i64::MAX));
        Ok(Self {
            active,
            reader,
            left: AtomicI64::new(left),
            satisfied: AtomicBool::new(left <= 0 || plan.plan.nothing),
            failed_pages: AtomicU64::new(0),
            runners: Mutex::default(),
            learning: Learning::of(&plan),
            plan,
        })
    }

    /// Returns a runner for the scripts of the transformation, or `None` if it has none.
    pub fn runner(&self) -> Option<Runner> {
        if let Some(runner) = self.runners.lock().ok().and_then(|mut runners| runners.pop()) {
            return Some(runner);
        }
        self.active.runner(&self.plan.result.applied.as_ref()?.recipe)
    }

    /// Returns a runner to the pool for other parents.
    pub fn give_runner_back(&self, runner: Option<Runner>) {
        if let (Some(runner), Ok(mut runners)) = (runner, self.runners.lock()) {
            runners.push(runner);
        }
    }

    pub async fn read(&self) -> std::result::Result<(), Stop> {
        if self.satisfied.load(Ordering::Relaxed) && !self.job.enumerated {
            return Ok(());
        }
        let bulk_folder = self.engine.bulk.folder.clone();
        blocking(move || disk_reserve::take(&bulk_folder)).await?;
        let folder = self.folder.clone();
        blocking(move || Ok(attempt::check(&folder))).await??;
        self.list().await?;
        loop {
            let pending = self.pending().map_err(Stop::from);
            pending.try_for_each_concurrent(self.at_once(), |row| partition::read(self, row)).await?;
            let _flow = self.slot.flow().await?;
            let dropped = overlap::drop_repeats(self).await?;
            if dropped > 0 {
                self.learning.discard();
            }
            if dropped == 0 || !self.wants_more(dropped) {
                break;
            }
        }
        let totals = self.store().totals(self.job.id).await?;
        if totals.parents > 0 && totals.skipped == totals.parents {
            return Err(Stop::failed(ErrorKind::NotFound, "every list that was to be read is missing or not allowed"));
        }
        let _flow = self.slot.flow().await?;
        sort::sort(self).await?;
        self.engine.bulk.learned.keep(self.job.id, self.epoch, &self.learning);
        Ok(())
    }

    /// Enumerates the lists to read.
    async fn list(&self) -> std::result::Result<(), Stop> {
        let _flow = self.slot.flow().await?;
        if !self.job.enumerated && !continue_from::take_over(self).await? {
            enumerate::enumerate(self).await?;
        }
        enumerate::list_again(self).await
    }

    /// Returns whether every list is read to its end.
    pub fn wants_all(&self) -> bool {
        let limited = (self.plan.result.select.limit.is_some() && !self.plan.result.is_sorted())
            || self.plan.job_options.api_limit.is_some();
        !limited && !self.plan.plan.stop_after_match
    }

    /// Returns whether to continue reading because dropped rows had used up the limit.
    fn wants_more(&self, dropped: u64) -> bool {
        let limited = self.plan.result.select.limit.is_some() && !self.plan.result.is_sorted();
        self.give_back(dropped);
        let more = limited && self.satisfied.load(Ordering::Relaxed) && !self.plan.plan.stop_after_match;
        if more {
            self.satisfied.store(false, Ordering::Relaxed);
        }
        more
    }

    /// Returns the number of parents to read concurrently: one if rows are cut off, which requires them in order.
    fn at_once(&self) -> usize {
        let one = (self.plan.result.select.limit.is_some() && !self.plan.result.is_sorted())
            || self.plan.plan.stop_after_match
            || self.plan.job_options.api_limit.is_some();
        if one { 1 } else { self.plan.plan.concurrency }
    }

    /// Returns the parents still to be read, looked up a few at a time.
    fn pending(&self) -> impl futures::Stream<Item = Result<PartitionCheckpoint>> + '_ {
        let lists = futures::stream::try_unfold(0, move |after| async move {
            let rows = self.store().pending_partitions(self.job.id, after, PARENTS_LISTED).await?;
            Ok::<_, Error>(rows.last().map(|last| last.ordinal).map(|next| (rows, next)))
        });
        lists.map_ok(|rows| futures::stream::iter(rows.into_iter().map(Ok))).try_flatten().boxed()
    }

    /// Returns whether the limit of vendor calls is reached.
    pub fn is_spent(&self) -> bool {
        self.plan.job_options.api_limit.is_some_and(|limit| self.figures().vendor_calls >= limit)
    }

    /// Takes one of the rows that may still be written. Returns `false` if none are left.
    pub fn take_row(&self) -> bool {
        let left = self.left.fetch_sub(1, Ordering::Relaxed);
        if left <= 1 {
            self.satisfied.store(true, Ordering::Relaxed);
        }
        left >= 1
    }

    /// Gives back the rows of a parent that is read again.
    pub fn give_back(&self, rows: u64) {
        self.left.fetch_add(i64::try_from(rows).unwrap_or_default(), Ordering::Relaxed);
    }

    /// Returns the number of records in a vendor page.
    pub fn page_size(&self) -> u32 {
        let largest = self.plan.plan.page_size;
        self.plan.job_options.page_size.map_or(largest, |size| size.min(largest))
    }

    /// Returns the keys of the records that the partition with an ordinal has read last.
    pub async fn window(&self, ordinal: i64) -> std::result::Result<DedupWindow, Stop> {
        let segments: Vec<SegmentRow> = self.store().segments(self.job.id, Some(ordinal)).await?;
        if segments.is_empty() {
            return Ok(DedupWindow::default());
        }
        let (folder, key) = (self.folder.clone(), self.job.key.clone());
        Ok(blocking(move || DedupWindow::of(&folder, &key, &segments)).await?)
    }
}

/// Runs blocking work on a thread for it.
pub(crate) async fn blocking<T: Send + 'static>(work: impl FnOnce() -> Result<T> + Send + 'static) -> Result<T> {
    let gone = |_| Error::new(ErrorKind::Internal, "a task for blocking work ended early");
    tokio::task::spawn_blocking(crate::log::inheriting(work)).await.map_err(gone)?
}
