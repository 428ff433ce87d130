//! Job that a worker holds: its lease, its slot and its figures. Downloads and uploads share it.

use std::path::PathBuf;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::time::Instant;

use super::job_slot::JobSlot;
use super::run::Begun;
use super::stop::{JobControl, Reason, Stop};
use crate::element::{Connector, Element};
use crate::engine::EngineInner;
use crate::engine::contract::PREFIX;
use crate::engine::script::{Configuration, Phase, Runner};
use crate::engine::store::{InstanceRow, JobFigures, JobRow, Store, now_ms};
use crate::engine::transform::MappingSpec;
use crate::error::Result;
use crate::vendor::{self, Context, LiveConfiguration as _};

/// Longest pause within a vendor call. The job itself waits out longer ones, without a slot.
const LONGEST_PAUSE: Duration = Duration::from_secs(1);

/// Leased job.
pub(super) struct ActiveJob<'a> {
    pub engine: &'a EngineInner,
    pub control: &'a JobControl,
    pub job: JobRow,
    pub epoch: i64,
    pub instance: InstanceRow,
    pub folder: PathBuf,
    calls: Arc<AtomicU64>,
    figures: Mutex<JobFigures>,
    /// Phase recorded last.
    phase: Mutex<&'static str>,
    /// Time of the vendor's last response; bounds the waiting.
    pub answered: Mutex<Instant>,
    /// Worker slot of the job.
    pub slot: JobSlot,
    organization: i64,
    /// Time until which no other worker takes the job.
    lease_until_ms: AtomicI64,
}

impl<'a> ActiveJob<'a> {
    pub fn new(
        engine: &'a EngineInner,
        instance: &InstanceRow,
        job: JobRow,
        Begun { slot, organization, epoch, lease_until_ms }: Begun,
        control: &'a JobControl,
    ) -> Self {
        Self {
            engine,
            control,
            epoch,
            instance: instance.clone(),
            calls: Arc::default(),
            folder: engine.bulk.folder_of(job.id),
            figures: Mutex::new(job.figures.clone()),
            phase: Mutex::new(if job.enumerated { "reading" } else { "enumerating" }),
            answered: Mutex::new(Instant::now()),
            slot,
            organization,
            lease_until_ms: AtomicI64::new(lease_until_ms),
            job,
        }
    }

    /// Notes that the lease was renewed.
    pub fn extend_lease(&self, until_ms: i64) {
        self.lease_until_ms.store(until_ms, Ordering::Relaxed);
    }

    /// Waits until this worker surely holds the job. A process that was suspended may have lost it without knowing.
    pub async fn held(&self) -> std::result::Result<(), Stop> {
        const LOOK_AGAIN: Duration = Duration::from_millis(50);
        while now_ms() >= self.lease_until_ms.load(Ordering::Relaxed) {
            tokio::select! {
                () = self.control.asked() => return Err(Stop::Requested),
                () = tokio::time::sleep(LOOK_AGAIN) => {}
            }
        }
        Ok(())
    }

    /// Returns the connection of the instance to its vendor.
    pub fn connector(&self, element: &Arc<dyn Element>) -> Result<Arc<dyn Connector>> {
        self.engine.vendors.of(self.engine, self.organization, element, &self.instance)
    }

    /// Returns the circumstances of the calls of the job.
    pub fn context(&self) -> Context {
        Context::default().without_pauses(LONGEST_PAUSE).counted(Arc::clone(&self.calls))
    }

    /// Returns a runner for the scripts of a transformation, or `None` if it has none.
    pub fn runner(&self, recipe: &MappingSpec) -> Option<Runner> {
        let exposed = self.engine.options.expose_script_secrets;
        let configuration = Configuration {
            path_prefix: PREFIX.to_owned(),
            element_instance_token: Some(self.instance.token.clone()).filter(|_| exposed),
            ..Configuration::default()
        };
        recipe.runner(self.engine, self.organization, Phase::Bulk, configuration)
    }

    /// Returns the values of the instance.
    pub fn configuration(&self) -> Arc<vendor::Configuration> {
        self.engine.vendors.live(self.engine, &self.instance).current()
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
}
