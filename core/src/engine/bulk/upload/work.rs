//! Work on an upload: windows of records, each intended, sent and committed.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;

use super::cursor::Cursor;
use super::fields;
use super::gate::Gate;
use super::input::InputFile;
use super::journal::Journal;
use super::outcome::{Outcome, UNKNOWN_OUTCOME};
use super::prepare::{Task, prepare};
use super::rows::{FileForm, Position, Rows};
use super::spec::{Action, UploadSpec};
use super::split::Broken;
use super::target::Target;
use super::window::Window;
use crate::element::{Connector, PartitionKey};
use crate::engine::bulk::active::ActiveJob;
use crate::engine::bulk::frame::Frame;
use crate::engine::bulk::segment::SegmentWriter;
use crate::engine::bulk::stop::Stop;
use crate::engine::bulk::{ROW_ERROR, blocking, disk_reserve, partition, spec_of};
use crate::engine::store::{Checkpoint, ListedPartition, Listing, PartitionCheckpoint, PartitionState, SegmentRow};
use crate::engine::transform::Mapping;
use crate::error::{Error, ErrorKind};
use crate::record::{Batch, Schema};
use crate::vendor::Context;

/// Maximum number of records (spec E 9.23).
const MOST_RECORDS: u64 = 1_000_000;
/// Number of records in the first window, and in the largest.
const WINDOW: (usize, usize) = (16, 1024);
/// Size of the records of a window from which no more are added.
const WINDOW_BYTES: u64 = 4 << 20;
/// Time that a window should take: its answers are flushed to disk at its end.
const WINDOW_TIME: Duration = Duration::from_millis(500);

/// Upload in progress.
pub(super) struct Upload<'a> {
    pub active: &'a ActiveJob<'a>,
    pub spec: UploadSpec,
    pub mapping: Option<Mapping>,
    pub target: Target,
    pub connector: Arc<dyn Connector>,
    pub context: Context,
    pub gate: Gate,
    input: InputFile,
    form: FileForm,
}

impl From<Broken> for Stop {
    fn from(broken: Broken) -> Self {
        match broken {
            Broken::Storage(error) => error.into(),
            Broken::File(message) => {
                let hint = "Correct the file and upload it again; nothing of it was sent.";
                Error::new(ErrorKind::InvalidRequest, message).with_hint(hint).into()
            }
        }
    }
}

/// Works on an upload until it ends or is stopped.
pub(in crate::engine::bulk) async fn run(active: &ActiveJob<'_>) -> Result<(), Stop> {
    let folder = active.engine.bulk.folder.clone();
    blocking(move || disk_reserve::take(&folder)).await?;
    let upload = Upload::open(active).await?;
    let checkpoint = upload.checkpoint().await?;
    let Some(checkpoint) = checkpoint else { return Ok(()) };
    let _flow = active.slot.flow().await?;
    Progress::open(&upload, checkpoint).await?.run().await
}

impl<'a> Upload<'a> {
    async fn open(active: &'a ActiveJob<'a>) -> Result<Self, Stop> {
        let gone = |what: &str| Stop::failed(ErrorKind::NotFound, format!("{what} is gone"));
        let spec = spec_of(&active.job)?;
        let element = active.engine.element_revision(active.instance.element_id, spec.revision()).await?;
        let element = element.ok_or_else(|| gone("the element of the job"))?;
        let upload = spec.upload.ok_or_else(|| gone("the upload"))?;
        let object = element.find_object(&upload.object).ok_or_else(|| gone("the object of the job"))?;
        let segments = active.store().segments(active.job.id, None).await?;
        let row = segments.into_iter().find(SegmentRow::is_uploaded).ok_or_else(|| gone("the uploaded file"))?;
        let fields = fields::of(element.object(object), upload.recipe.as_ref());
        Ok(Self {
            target: Target::of(&element, object, &upload)?,
            connector: active.connector(&element)?,
            context: active.context(),
            gate: Gate::new(),
            mapping: upload.recipe.as_ref().map(Mapping::compile),
            input: InputFile { folder: active.folder.clone(), key: active.job.key.clone(), row },
            form: FileForm { is_csv: upload.is_csv, fields },
            spec: upload,
            active,
        })
    }

    /// Returns the checkpoint of the upload. The file is checked before the first record is sent. `None` if the upload
    /// is complete.
    async fn checkpoint(&self) -> Result<Option<PartitionCheckpoint>, Stop> {
        let active = self.active;
        if !active.job.enumerated {
            active.set_phase("checking").await?;
            let cursor = Cursor::start(self.check().await?);
            let partition =
                ListedPartition { cursor: Some(cursor.text()), ..ListedPartition::new(PartitionKey::root()) };
            let listing = Listing { partitions: vec![partition], ..Listing::default() };
            if !active.store().set_partitions(&active.job, active.epoch, &listing, &active.figures()).await? {
                return Err(active.lost());
            }
        }
        let rows = active.store().pending_partitions(active.job.id, -1, 1).await?;
        Ok(rows.into_iter().next())
    }

    /// Checks everything about the file that can be known before a record is sent. Returns the number of records.
    async fn check(&self) -> Result<u64, Stop> {
        let (input, form) = (self.input.clone(), self.form.clone());
        let needed: Vec<String> = self.target.variables.iter().chain(&self.spec.key).cloned().collect();
        let needed = if self.spec.action == Action::Upsert { self.target.variables.clone() } else { needed };
        let (path, sends_unknown) = (self.target.variables.clone(), self.spec.sends_unknown);
        let object = self.active.job.object.clone();
        let counted = blocking(move || {
            let checked = || {
                let mut rows = Rows::open(&input, &form, None)?;
                if let Some(columns) = rows.columns() {
                    fields::check(&object, columns, &form.fields, &needed, &path, sends_unknown)
                        .map_err(Broken::File)?;
                }
                match rows.count(MOST_RECORDS)? {
                    count if count > MOST_RECORDS => {
                        Err(Broken::File(format!("The file has more than {MOST_RECORDS} records")))
                    }
                    count => Ok(count),
                }
            };
            Ok(checked())
        });
        Ok(counted.await??)
    }
}

/// Progress through the file.
struct Progress<'a> {
    upload: &'a Upload<'a>,
    checkpoint: PartitionCheckpoint,
    cursor: Cursor,
    /// Reader after the current window. `None` if the file is to be opened at the cursor.
    rows: Option<Rows>,
    journal: Journal,
    writer: Option<SegmentWriter>,
    /// Number of records in the next window.
    size: usize,
}

impl<'a> Progress<'a> {
    async fn open(upload: &'a Upload<'a>, checkpoint: PartitionCheckpoint) -> Result<Self, Stop> {
        let active = upload.active;
        let cursor = Cursor::read(checkpoint.cursor.as_deref());
        let cursor = cursor.ok_or_else(|| Stop::failed(ErrorKind::Storage, "the progress of the upload is damaged"))?;
        let (folder, key, epoch) = (active.folder.clone(), active.job.key.clone(), active.epoch);
        let (input, form, position) = (upload.input.clone(), upload.form.clone(), cursor.position());
        let opened =
            blocking(move || Ok((Journal::open(&folder, key, epoch)?, Rows::open(&input, &form, Some(position)))));
        let ((journal, answered), rows) = opened.await?;
        let rows = rows?;
        let writer = Some(partition::writer(active, checkpoint.ordinal).await?);
        let mut progress = Self { upload, checkpoint, cursor, rows: Some(rows), journal, writer, size: WINDOW.0 };
        active.set_phase("sending").await?;
        progress.recover(answered.into_iter().collect()).await?;
        Ok(progress)
    }

    /// Completes the window that an earlier worker has begun.
    async fn recover(&mut self, mut answered: HashMap<u64, Outcome>) -> Result<(), Stop> {
        let begun = usize::try_from(self.cursor.intended.saturating_sub(self.cursor.done)).unwrap_or_default();
        if begun == 0 {
            return Ok(());
        }
        let (tasks, position) = self.read(begun, u64::MAX).await?;
        let open = self.cursor.open_records(self.upload.spec.concurrency);
        let outcomes: Vec<Option<Outcome>> = tasks.iter().map(|task| answered.remove(&task.sent.index)).collect();
        let mut window = Window::new(tasks, position);
        window.recall(outcomes, open);
        self.deliver(window).await
    }

    async fn run(&mut self) -> Result<(), Stop> {
        loop {
            let (tasks, position) = self.read(self.size, WINDOW_BYTES).await?;
            if tasks.is_empty() {
                break;
            }
            let (count, started) = (tasks.len(), Instant::now());
            self.deliver(Window::new(tasks, position)).await?;
            self.resize(count, started.elapsed());
        }
        self.checkpoint.state = PartitionState::Done;
        self.commit(None, Vec::new()).await
    }

    /// Reads and prepares the next records. Returns them with the position after each.
    async fn read(&mut self, count: usize, bytes: u64) -> Result<(Vec<Task>, Vec<Position>), Stop> {
        let (input, form, position) = (self.upload.input.clone(), self.upload.form.clone(), self.cursor.position());
        let known = self.rows.take();
        let (rows, found) = blocking(move || {
            let mut rows = match known.map_or_else(|| Rows::open(&input, &form, Some(position)), Ok) {
                Ok(rows) => rows,
                Err(broken) => return Ok((None, Err(broken))),
            };
            let (mut found, mut positions, mut size) = (Vec::new(), Vec::new(), 0);
            while found.len() < count && size < bytes {
                match rows.next() {
                    Ok(Some(row)) => {
                        size += row.range.1;
                        found.push(row);
                        positions.push(rows.position());
                    }
                    Ok(None) => break,
                    Err(broken) => return Ok((None, Err(broken))),
                }
            }
            Ok((Some(rows), Ok((found, positions))))
        })
        .await?;
        self.rows = rows;
        let (found, positions) = found?;
        Ok((prepare(self.upload, found).await?, positions))
    }

    /// Stores the intent to send a window, sends it, and stores its outcomes.
    async fn deliver(&mut self, mut window: Window) -> Result<(), Stop> {
        self.cursor.intend(window.end());
        self.commit(None, Vec::new()).await?;
        let outcome = window.send(self.upload, &mut self.journal).await;
        let before = (self.cursor.clone(), self.checkpoint.clone());
        if let Err(stop) = self.settle(&window).await {
            (self.cursor, self.checkpoint) = before;
            self.keep_in_journal(&window).await;
            return Err(stop);
        }
        outcome
    }

    /// Notes that the journal has the outcomes of all records that were sent, which could not be stored.
    async fn keep_in_journal(&mut self, window: &Window) {
        if !self.journal.is_complete() || self.journal.sync().is_err() {
            return;
        }
        let folder = self.upload.active.engine.bulk.folder.clone();
        let release = move || {
            disk_reserve::release(&folder);
            Ok(())
        };
        let released = blocking(release).await;
        self.cursor.is_settled = self.is_settled(window);
        let kept = released.map_err(Stop::from);
        if kept.is_err() || self.commit(None, Vec::new()).await.is_err() {
            tracing::debug!(job_id = self.upload.active.job.id, "the records of the window count as under way");
        }
    }

    /// Returns whether every record of a window without an outcome was not sent, or may be sent again without a trace of
    /// the first time. A deletion that was given up may have been done.
    fn is_settled(&self, window: &Window) -> bool {
        self.upload.spec.action != Action::Delete || !window.has_open()
    }

    /// Stores the outcomes of a window up to the first record without one.
    async fn settle(&mut self, window: &Window) -> Result<(), Stop> {
        let settled = window.settled();
        let (mut frame, mut errors) = (Frame::default(), Vec::new());
        let mut batch = Batch::new(Schema::documents());
        for (sent, outcome) in settled {
            self.checkpoint.counts.read += 1;
            match outcome.document(sent.number) {
                Some(text) => {
                    batch.clear();
                    let pushed = batch
                        .push_document(&text)
                        .or_else(|_| batch.push_document(&format!("{{\"_row\":{}}}", sent.number)));
                    pushed.map_err(|error| Error::new(ErrorKind::Internal, error.to_string()))?;
                    self.checkpoint.counts.written += 1;
                    self.checkpoint.counts.bytes += frame.push(&[], batch.row(0), &[true]);
                }
                None => {
                    self.checkpoint.counts.failed += 1;
                    if matches!(outcome, Outcome::Unknown { .. }) {
                        self.upload.active.warn(UNKNOWN_OUTCOME);
                    }
                    let details = serde_json::to_vec(&outcome.details(sent)).unwrap_or_default();
                    errors.push(self.upload.active.job.key.seal(ROW_ERROR, &details)?);
                }
            }
        }
        if let Some(position) = window.position() {
            self.cursor.advance(position);
        }
        self.cursor.is_settled = self.is_settled(window);
        if self.cursor.done < window.end() {
            // The records without an outcome are read again; the outcomes after them remain in the journal.
            self.rows = None;
            self.journal.sync()?;
        }
        let segment = if frame.is_empty() { None } else { Some(self.append(frame.encode()).await?) };
        self.commit(segment, errors).await?;
        if window.has_gaps() { Ok(()) } else { Ok(self.journal.clear()?) }
    }

    async fn append(&mut self, frame: Vec<u8>) -> Result<SegmentRow, Stop> {
        let writer = match self.writer.take() {
            Some(writer) => writer,
            None => partition::writer(self.upload.active, self.checkpoint.ordinal).await?,
        };
        let (writer, outcome) = blocking(move || {
            let mut writer = writer;
            let outcome = writer.append(&frame);
            Ok((writer, outcome))
        })
        .await?;
        self.writer = Some(writer);
        Ok(outcome?)
    }

    async fn commit(&mut self, segment: Option<SegmentRow>, errors: Vec<Vec<u8>>) -> Result<(), Stop> {
        let active = self.upload.active;
        self.checkpoint.cursor = Some(self.cursor.text());
        let figures = active.figures();
        let page = Checkpoint {
            job_id: active.job.id,
            epoch: active.epoch,
            partition: &self.checkpoint,
            segment,
            errors,
            figures: &figures,
        };
        if active.store().commit_page(page).await? { Ok(()) } else { Err(active.lost()) }
    }

    /// Chooses the size of the next window by the time of the last one.
    fn resize(&mut self, count: usize, took: Duration) {
        let fitting = count as f64 * WINDOW_TIME.as_secs_f64() / took.as_secs_f64().max(0.001);
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
        let fitting = fitting.min(WINDOW.1 as f64) as usize;
        self.size = fitting.clamp(self.upload.spec.concurrency.max(self.size / 2), (self.size * 4).min(WINDOW.1));
    }
}
