//! Work on one job: list, read, sort.

use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures::{StreamExt, TryStreamExt};

use super::dedup_window::DedupWindow;
use super::job_slot::JobSlot;
use super::run::Begun;
use super::spec::{JobPlan, plan_of};
use super::stop::{JobControl, Reason, Stop};
use super::{attempt, continue_from, disk_reserve, enumerate, overlap, partition, sort};
use crate::engine::EngineInner;
use crate::engine::contract::PREFIX;
use crate::engine::read::Reader;
use crate::engine::script::{Configuration, Phase, Runner};
use crate::engine::store::{InstanceRow, JobFigures, JobRow, PartitionCheckpoint, SegmentRow, Store};
use crate::error::{Error, ErrorKind, Result};
use crate::vendor::{self, Context, LiveConfiguration as _};

/// Number of parents looked up at a time.
const PARENTS_LISTED: i64 = 256;
/// Longest pause within a vendor call. The job itself waits out longer ones, without a slot.
const LONGEST_PAUSE: Duration = Duration::from_secs(1);

/// Job in progress.
pub(super) struct Work<'a> {
    pub engine: &'a EngineInner,
    pub control: &'a JobControl,
    pub job: JobRow,
    pub epoch: i64,
    pub plan: JobPlan,
    pub instance: InstanceRow,
    pub reader: Reader,
    pub folder: PathBuf,
    calls: Arc<AtomicU64>,
    figures: Mutex<JobFigures>,
    /// Phase recorded last.
    phase: Mutex<&'static str>,
    /// Time of the vendor's last response; bounds the waiting.
    pub answered: Mutex<tokio::time::Instant>,
    /// Number of rows that may still be written.
    left: AtomicI64,
    /// Whether the single match was found or the limit reached.
    pub satisfied: AtomicBool,
    /// Number of the last pages that failed, over all parents.
    pub failed_pages: AtomicU64,
    /// Worker slot of the job.
    pub slot: JobSlot,
    organization: i64,
    /// Script runners of the transformation that no parent is using.
    runners: Mutex<Vec<Runner>>,
}

impl<'a> Work<'a> {
    pub async fn new(
        engine: &'a EngineInner,
        instance: &InstanceRow,
        job: JobRow,
        Begun { slot, organization, epoch }: Begun,
        control: &'a JobControl,
    ) -> std::result::Result<Self, Stop> {
        let configuration = engine.vendors.live(engine, instance).current();
        let plan = plan_of(engine, instance.element_id, &job, configuration).await?;
        let calls = Arc::default();
        let context = Context::default().without_pauses(LONGEST_PAUSE).counted(Arc::clone(&calls));
        let reader = Reader { connector: engine.vendors.of(engine, organization, &plan.element, instance)?, context };
        let folder = engine.bulk.folder_of(job.id);
        let written = engine.store.totals(job.id).await?.counts.written;
        // Sorted rows are limited after the sort, except that a limit of 0 applies at once.
        let limit = plan.result.select.limit.filter(|limit| *limit == 0 || !plan.result.is_sorted());
        let limit = limit.map_or(i64::MAX, |limit| i64::try_from(limit).unwrap_or(i64::MAX));
        let left = limit.saturating_sub(i64::try_from(written).unwrap_or(i64::MAX));
        Ok(Self {
            engine,
            control,
            epoch,
            instance: instance.clone(),
            reader,
            calls,
            folder,
            figures: Mutex::new(job.figures.clone()),
            phase: Mutex::new(if job.enumerated { "reading" } else { "enumerating" }),
            answered: Mutex::new(tokio::time::Instant::now()),
            left: AtomicI64::new(left),
            satisfied: AtomicBool::new(left <= 0 || plan.plan.nothing),
            failed_pages: AtomicU64::new(0),
            slot,
            organization,
            runners: Mutex::default(),
            plan,
            job,
        })
    }

    /// Returns the values of the instance.
    pub fn configuration(&self) -> Arc<vendor::Configuration> {
        self.engine.vendors.live(self.engine, &self.instance).current()
    }

    /// Returns a runner for the scripts of the transformation, or `None` if it has none.
    pub fn runner(&self) -> Option<Runner> {
        if let Some(runner) = self.runners.lock().ok().and_then(|mut runners| runners.pop()) {
            return Some(runner);
        }
        let recipe = &self.plan.result.applied.as_ref()?.recipe;
        let exposed = self.engine.options.expose_script_secrets;
        let configuration = Configuration {
            path_prefix: PREFIX.to_owned(),
            element_instance_token: Some(self.instance.token.clone()).filter(|_| exposed),
            ..Configuration::default()
        };
        recipe.runner(self.engine, self.organization, Phase::Bulk, configuration)
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
            if dropped == 0 || !self.wants_more(dropped) {
                break;
            }
        }
        let totals = self.store().totals(self.job.id).await?;
        if totals.parents > 0 && totals.skipped == totals.parents {
            return Err(Stop::failed(ErrorKind::NotFound, "every list that was to be read is missing or not allowed"));
        }
        let _flow = self.slot.flow().await?;
        sort::sort(self).await
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

    pub fn store(&self) -> &Store {
        &self.engine.store
    }

    /// Returns the figures so far.
    pub fn figures(&self) -> JobFigures {
        let mut figures = self.figures.lock().map(|figures| figures.clone()).unwrap_or_default();
        figures.vendor_calls += self.calls.load(Ordering::Relaxed);
        figures
    }

    pub fn warn(&self, code: &str) {
        self.warn_times(code, 1);
    }

    pub fn warn_times(&self, code: &str, times: u64) {
        if times > 0
            && let Ok(mut figures) = self.figures.lock()
        {
            *figures.warnings.entry(code.to_owned()).or_default() += times;
        }
    }

    /// Records the time of the first response, less the overlap, as the watermark (spec BT 2.7).
    pub fn note_clock(&self, date_s: Option<i64>) {
        const OVERLAP_S: i64 = 60;
        let now = date_s.unwrap_or_else(crate::engine::store::now_s);
        self.note_watermark(Some(now.saturating_sub(OVERLAP_S)));
    }

    /// Records the watermark, unless one is recorded already.
    pub fn note_watermark(&self, watermark_s: Option<i64>) {
        if let Ok(mut figures) = self.figures.lock() {
            figures.watermark_s = figures.watermark_s.or(watermark_s);
        }
    }

    /// Records the phase of the job, if it has changed.
    pub async fn set_phase(&self, phase: &'static str) -> std::result::Result<(), Stop> {
        let news = self.phase.lock().is_ok_and(|mut last| std::mem::replace(&mut *last, phase) != phase);
        if news {
            self.store().set_phase(self.job.id, self.epoch, phase, &self.figures()).await?;
        }
        Ok(())
    }

    /// Returns the phase recorded last.
    pub fn phase(&self) -> &'static str {
        self.phase.lock().map_or("reading", |phase| *phase)
    }

    /// Returns how to stop after a commit that found the lease lost.
    pub fn lost(&self) -> Stop {
        self.control.stop(Reason::LeaseLost);
        Stop::Requested
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
