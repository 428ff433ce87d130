//! Reading of one parent: its scans, page by page. Every page is committed together with the cursor after it; while
//! pages arrive fast, several are committed at once.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use futures::future::Either;
use serde_json::json;
use tokio::time::Instant;

use super::active::ActiveJob;
use super::attempt::Attempt;
use super::dedup_window::{DedupWindow, KeyReader};
use super::frame::Frame;
use super::outage::{PageError, next_page};
use super::row_mapper::{RowMapper, Stored};
use super::segment::SegmentWriter;
use super::stop::Stop;
use super::worker::{Work, blocking};
use crate::element::{Distinct, Missing, Page, PageFailure, ReadPlan};
use crate::engine::failure::Failure;
use crate::engine::read::{Position, Scan, Unseen, VendorList};
use crate::engine::store::{Checkpoint, PartitionCheckpoint, PartitionState, Problem, SegmentRow};
use crate::error::ErrorKind;
use crate::model::bulk::BulkError;
use crate::query::Filter;
use crate::record::{Batch, FieldReader, Row, Value, parse_iso};
use crate::vendor::{VendorError, VendorErrorKind};

/// Number of pages that may fail in a row (spec E 9.20).
const FAILED_PAGES: u64 = 10;
/// Longest time before a page is committed.
const COMMIT_AFTER: Duration = Duration::from_millis(100);

/// Reads a parent from its cursor to its end.
pub(super) async fn read(work: &Work<'_>, row: PartitionCheckpoint) -> Result<(), Stop> {
    if work.satisfied.load(Ordering::Relaxed) {
        return Ok(());
    }
    let _flow = work.slot.flow().await?;
    let mut parent = Parent::new(work, row).await?;
    loop {
        match parent.scans().await {
            Ok(()) => return parent.commit().await,
            Err(PageError::Stop(stop)) => {
                parent.commit().await?;
                return Err(stop);
            }
            Err(PageError::Vendor(error)) if is_worth_a_restart(&error) => parent.restart(&error).await?,
            Err(PageError::Vendor(error)) => return parent.leave(&error).await,
        }
    }
}

struct Parent<'a> {
    work: &'a Work<'a>,
    row: PartitionCheckpoint,
    /// Plan of the parent, from its own start date on.
    plan: Arc<ReadPlan>,
    /// Last part of the primary key, by which failed records are named.
    id: FieldReader,
    /// Fields that hold the time of a record's last change.
    changed: FieldReader,
    keys: KeyReader,
    filter: Option<Filter>,
    window: DedupWindow,
    /// Owned by the writing thread during a write.
    writer: Option<SegmentWriter>,
    email: Option<usize>,
    /// Fields that no record of the parent had so far.
    unseen: Unseen,
    /// Maps rows before they are stored.
    row_mapper: RowMapper<'a>,
    pending: Pending,
    attempt: Attempt,
}

/// Rows and errors that are not committed yet.
#[derive(Default)]
struct Pending {
    frame: Frame,
    /// Sealed details of rows that failed.
    errors: Vec<Vec<u8>>,
    /// Time at which the pending data must be committed, or `None` if nothing is pending.
    due: Option<Instant>,
}

impl Pending {
    /// Returns whether to commit now, after a page was processed. The time limit covers pages that arrive continuously
    /// but yield too few rows to reach the size limit.
    fn is_enough(&mut self, commit_bytes: usize, now: Instant) -> bool {
        let due = *self.due.get_or_insert(now + COMMIT_AFTER);
        self.frame.size() >= commit_bytes || now >= due
    }
}

/// Outcome of processing a page.
struct Taken {
    /// Whether the page contained only known records.
    barren: bool,
    /// Whether the page was processed only in part because no more rows are wanted.
    cut: bool,
}

impl<'a> Parent<'a> {
    async fn new(work: &'a Work<'a>, row: PartitionCheckpoint) -> Result<Self, Stop> {
        let object = work.plan.info();
        let plan = work.plan.plan_from(row.since.as_deref())?;
        let schema = Arc::clone(&plan.schema);
        let writer = writer(work, row.ordinal).await?;
        Ok(Self {
            window: work.window(row.ordinal).await?,
            keys: KeyReader::new(object, &schema),
            filter: plan.residual.as_ref().map(|condition| Filter::compile(condition, &schema)),
            id: FieldReader::new(object.primary_key.last().map(|name| &**name), &schema),
            changed: FieldReader::new(object.last_modified.iter().map(|name| &**name), &schema),
            email: work.plan.email.as_ref().and_then(|field| schema.position(field)),
            unseen: work.plan.look_for(),
            row_mapper: RowMapper::new(&work.plan),
            writer: Some(writer),
            pending: Pending::default(),
            attempt: Attempt::of(&work.folder, row.ordinal),
            work,
            row,
            plan,
        })
    }

    async fn scans(&mut self) -> Result<(), PageError> {
        if let Some(field) = self.plan.order_whole_by.clone() {
            return self.ordered_whole(&field).await;
        }
        while self.row.scan < self.plan.scans {
            let position = self.row.cursor.clone().map_or(Position::Start, Position::At);
            let scan = self.scan(position);
            let ahead = self.work.wants_all() && self.plan.read_ahead;
            let mut scan = if ahead { scan.ahead() } else { scan };
            while let Some(page) = self.next_page(&mut scan).await? {
                self.take(page, scan.position())
                    .await
                    .map(|barren| if barren { scan.nothing_new() } else { Ok(()) })?
                    .map_err(PageError::Vendor)?;
                if self.work.satisfied.load(Ordering::Relaxed) {
                    return Ok(());
                }
            }
            if self.work.satisfied.load(Ordering::Relaxed) {
                return Ok(());
            }
        }
        Ok(())
    }

    /// Returns the current scan of the list from a position.
    fn scan(&self, position: Position) -> Scan {
        let PartitionCheckpoint { key, scan, .. } = &self.row;
        let list = VendorList { plan: Arc::clone(&self.plan), partition: key.clone(), scan: *scan };
        Scan::new(self.work.reader.clone(), list, Some(self.work.page_size()), position)
    }

    /// Reads a short list in an order that differs from the vendor's. It is held whole in memory. A limit of calls
    /// cannot cut it, since only the whole list can be sorted.
    async fn ordered_whole(&mut self, field: &str) -> Result<(), PageError> {
        let mut scan = self.scan(Position::Start);
        let mut all = Batch::new(Arc::clone(&self.plan.schema));
        while let Some(page) = next_page(self.work, &mut scan, "reading").await? {
            page.batch.rows().for_each(|row| all.push_row(row));
        }
        let batch = ordered(&all, field);
        self.take(Page::last(batch), &Position::End).await?;
        Ok(())
    }

    /// Returns the next page, unless the limit of calls is reached. Meanwhile commits pending pages when they are due.
    async fn next_page(&mut self, scan: &mut Scan) -> Result<Option<Page>, PageError> {
        let work = self.work;
        if work.is_spent() {
            work.satisfied.store(true, Ordering::Relaxed);
            return Ok(None);
        }
        let mut page = std::pin::pin!(next_page(work, scan, "reading"));
        let Some(due) = self.pending.due else { return page.await };
        if let Ok(page) = tokio::time::timeout_at(due, &mut page).await {
            return page;
        }
        // Both futures are polled: the page may hold the only write connection, which the commit waits for.
        let commit = std::pin::pin!(self.commit());
        match futures::future::select(commit, page).await {
            Either::Left((committed, page)) => {
                committed?;
                page.await
            }
            Either::Right((page, commit)) => {
                commit.await?;
                page
            }
        }
    }

    /// Processes a page and adds it to the pending data. Returns `true` if it contained only known records.
    async fn take(&mut self, page: Page, position: &Position) -> Result<bool, Stop> {
        self.attempt.begin();
        match &page.failed {
            Some(failure) => self.fail_page(failure)?,
            None => self.work.failed_pages.store(0, Ordering::Relaxed),
        }
        self.row_mapper.begin_page();
        if self.row_mapper.prepares() {
            let readable = |row| self.keeps_all() || self.keys.key(row).is_some();
            let wanted = |row| readable(row) && self.matches(row) && !self.is_ignored(row);
            let wanted: Vec<bool> = page.batch.rows().map(wanted).collect();
            self.row_mapper.prepare(self.work, &page.batch, &wanted).await?;
        }
        self.row.additional.extend(self.unseen.look(&page.batch));
        let taken = self.digest(&page.batch)?;
        // A job that continues this one begins at a page that was processed only in part.
        if !taken.cut {
            self.advance(position);
        }
        if self.pending.is_enough(self.work.engine.options.commit_bytes, Instant::now()) {
            self.commit().await?;
        }
        self.attempt.end();
        Ok(taken.barren)
    }

    /// Moves to the next page, the next scan or the end.
    fn advance(&mut self, position: &Position) {
        match position {
            Position::At(cursor) => self.row.cursor = Some(cursor.clone()),
            Position::Start | Position::End => {
                self.row.cursor = None;
                self.row.scan += 1;
                if self.row.scan >= self.plan.scans {
                    self.row.state = PartitionState::Done;
                }
            }
        }
    }

    fn digest(&mut self, batch: &Batch) -> Result<Taken, Stop> {
        let mut taken = Taken { barren: !batch.is_empty(), cut: false };
        for (position, row) in batch.rows().enumerate() {
            self.row.counts.read += 1;
            if !self.keeps_all() {
                let Some(key) = self.keys.key(row) else {
                    taken.barren = false;
                    if self.matches(row) {
                        self.fail("The record has no readable id", row)?;
                    }
                    continue;
                };
                if !self.window.insert(&key) {
                    self.row.counts.duplicates += 1;
                    continue;
                }
                self.pending.frame.push_key(key);
            }
            taken.barren = false;
            if self.matches(row) {
                self.keep(position, row)?;
            }
            if self.work.satisfied.load(Ordering::Relaxed) {
                taken.cut = position + 1 < batch.len();
                break;
            }
        }
        Ok(taken)
    }

    /// Returns whether records are kept that have the key of another, or none.
    fn keeps_all(&self) -> bool {
        self.plan.distinct == Distinct::Keep
    }

    fn matches(&self, row: Row<'_>) -> bool {
        self.filter.as_ref().is_none_or(|filter| filter.matches(row))
    }

    fn is_ignored(&self, row: Row<'_>) -> bool {
        self.email.is_some_and(|column| is_blank(row.get(column)))
    }

    fn keep(&mut self, position: usize, row: Row<'_>) -> Result<(), Stop> {
        if self.work.plan.plan.stop_after_match {
            self.work.satisfied.store(true, Ordering::Relaxed);
        }
        if self.is_ignored(row) {
            self.row.counts.ignored += 1;
            return Ok(());
        }
        let take = || self.work.take_row();
        match self.row_mapper.store((position, row), &mut self.pending.frame, &mut self.row.additional, take) {
            Stored::Written { bytes, unfit } => {
                if !self.keeps_all() {
                    self.pending.frame.keep_last();
                }
                self.work.learning.row(row);
                self.row.counts.written += 1;
                self.row.counts.bytes += bytes;
                self.work.warn_times("unfit-value", unfit);
            }
            Stored::Dropped => {}
            Stored::Failed(message) => self.fail(&message, row)?,
        }
        Ok(())
    }

    /// Records a row that failed, and the time from which it must be read again.
    fn fail(&mut self, message: &str, row: Row<'_>) -> Result<(), Stop> {
        self.row.counts.failed += 1;
        let changed = self.changed.values(row).iter().find_map(|value| match value.get() {
            Value::Date(seconds) => Some(seconds),
            Value::Text(text) => parse_iso(text),
            _ => None,
        });
        let changed = changed.unwrap_or(i64::MIN);
        self.row.failed_from_s = Some(self.row.failed_from_s.map_or(changed, |earliest| earliest.min(changed)));
        self.pending.errors.push(self.error(message, row)?);
        Ok(())
    }

    /// Records a page whose rows are missing. Too many in a row end the job (spec E 9.20).
    fn fail_page(&mut self, failure: &PageFailure) -> Result<(), Stop> {
        let PageFailure { page, message } = failure;
        let in_a_row = self.work.failed_pages.fetch_add(1, Ordering::Relaxed) + 1;
        if in_a_row >= FAILED_PAGES {
            let message = format!("{FAILED_PAGES} pages in a row failed, the last one: {message}");
            return Err(Stop::failed(ErrorKind::Server, message));
        }
        self.row.counts.failed += 1;
        self.row.failed_from_s = Some(i64::MIN);
        let detail = BulkError { status: message.clone(), response: json!({"page": page}), id: None };
        self.pending.errors.push(self.sealed(&detail)?);
        Ok(())
    }

    fn sealed(&self, detail: &BulkError) -> Result<Vec<u8>, Stop> {
        let detail = serde_json::to_vec(detail).unwrap_or_default();
        Ok(self.work.job.key.seal(super::ROW_ERROR, &detail)?)
    }

    /// Returns a failed record, sealed, for the list of failed rows (spec P 10.7).
    fn error(&self, status: &str, row: Row<'_>) -> Result<Vec<u8>, Stop> {
        let mut text = Vec::new();
        row.write_json(false, &mut text);
        let response: serde_json::Value = serde_json::from_slice(&text).unwrap_or_default();
        let id = self.id.values(row).first().map(|id| id.get().to_json()).filter(|id| !id.is_null());
        self.sealed(&BulkError { status: status.to_owned(), response, id })
    }

    /// Writes a frame on a thread that may block.
    async fn append(&mut self, frame: Vec<u8>) -> Result<SegmentRow, Stop> {
        let mut writer = match self.writer.take() {
            Some(writer) => writer,
            None => writer(self.work, self.row.ordinal).await?,
        };
        let (writer, outcome) = blocking(move || {
            let outcome = writer.append(&frame);
            Ok((writer, outcome))
        })
        .await?;
        self.writer = Some(writer);
        Ok(outcome?)
    }

    /// Commits the pending data with the cursor after it. If that fails, the data is discarded, to be read again.
    async fn commit(&mut self) -> Result<(), Stop> {
        let Pending { mut frame, errors, due: Some(_) } = std::mem::take(&mut self.pending) else { return Ok(()) };
        let segment = match frame.is_empty() {
            true => None,
            false => Some(self.append(frame.encode()).await.inspect_err(|_| self.work.learning.discard())?),
        };
        let has_frame = segment.is_some();
        let figures = self.work.figures();
        let page = Checkpoint {
            job_id: self.work.job.id,
            epoch: self.work.epoch,
            partition: &self.row,
            segment,
            errors,
            figures: &figures,
        };
        if !self.work.store().commit_page(page).await.inspect_err(|_| self.work.learning.discard())? {
            return Err(self.work.lost());
        }
        if has_frame {
            self.work.learning.committed();
        }
        // The next pages need as much memory.
        frame.clear();
        self.pending.frame = frame;
        Ok(())
    }

    /// Restarts the parent from its beginning, once, after a rejected cursor or a paging loop (spec BT 2.7).
    async fn restart(&mut self, error: &VendorError) -> Result<(), Stop> {
        let again = !self.row.restarted;
        self.pending = Pending::default();
        self.work.learning.discard();
        self.work.give_back(self.row.counts.written);
        let PartitionCheckpoint { key, ordinal, since, .. } = std::mem::take(&mut self.row);
        self.row = PartitionCheckpoint { key, ordinal, since, restarted: true, ..PartitionCheckpoint::default() };
        let work = self.work;
        if !work.store().restart_partition(work.job.id, work.epoch, &self.row, &work.figures()).await? {
            return Err(work.lost());
        }
        if !again {
            return Err(error.into());
        }
        work.warn("restarted-list");
        self.window = DedupWindow::default();
        self.unseen = work.plan.look_for();
        self.writer = Some(writer(work, self.row.ordinal).await?);
        Ok(())
    }

    /// Handles a failure that waiting does not resolve: skips a list that the vendor does not have or does not let us
    /// read, unless the statement names it and it exists.
    async fn leave(mut self, error: &VendorError) -> Result<(), Stop> {
        let skipped = self.plan.missing.warning(error.kind, "skipped-list");
        match (error.kind, &self.plan.missing) {
            _ if skipped.is_some() => {
                skipped.iter().for_each(|code| self.work.warn(code));
                self.row.state = PartitionState::Skipped;
            }
            (VendorErrorKind::NotFound, Missing::Empty | Missing::EmptyBelow(_)) => {
                self.row.state = PartitionState::Absent
            }
            _ => {
                // The rows that were read are kept.
                self.commit().await?;
                return Err(error.into());
            }
        }
        self.row.problem = Some(problem(error));
        self.pending.due.get_or_insert_with(Instant::now);
        self.commit().await
    }
}

/// Returns the rows in ascending order of a field: numbers, then texts, then rows with neither.
fn ordered(all: &Batch, field: &str) -> Batch {
    fn place<'a>(row: Row<'a>, field: &str) -> (u8, i64, &'a str) {
        match row.field(field) {
            Value::Int(number) => (0, number, ""),
            Value::Text(text) => (1, 0, text),
            _ => (2, 0, ""),
        }
    }
    let mut rows: Vec<Row<'_>> = all.rows().collect();
    rows.sort_by(|left, right| place(*left, field).cmp(&place(*right, field)));
    let mut batch = Batch::new(Arc::clone(all.schema()));
    rows.into_iter().for_each(|row| batch.push_row(row));
    batch
}

/// Returns why a list is not read.
pub(super) fn problem(error: &VendorError) -> Problem {
    const LONGEST: usize = 200;
    let reason = if error.kind == VendorErrorKind::Forbidden { "forbidden" } else { "not-found" };
    let failure = Failure::from(error);
    let message = failure.provider_message.unwrap_or(failure.message);
    Problem { reason, message: message.chars().take(LONGEST).collect() }
}

/// Returns a writer after all segments of the parent; its epoch makes the file this worker's own.
pub(super) async fn writer(work: &ActiveJob<'_>, ordinal: i64) -> Result<SegmentWriter, Stop> {
    let segments = work.store().segments(work.job.id, Some(ordinal)).await?;
    let sequence = segments.last().map_or(0, |last| last.sequence) + 1;
    let row = SegmentRow::new(ordinal, sequence, work.epoch);
    Ok(SegmentWriter::new(work.folder.clone(), work.job.key.clone(), row))
}

/// Returns whether reading the list again from its beginning may help (spec BT 1.6, 2.7).
fn is_worth_a_restart(error: &VendorError) -> bool {
    matches!(error.kind, VendorErrorKind::CursorRejected | VendorErrorKind::PagingLoop)
}

fn is_blank(value: Value<'_>) -> bool {
    match value {
        Value::Null => true,
        Value::Text(text) => text.trim().is_empty(),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::{Column, Kind, Schema};

    #[test]
    fn texts_are_ordered_too() {
        let id = Column { name: "id".into(), kind: Kind::Text };
        let mut all = Batch::new(Arc::new(Schema::new([id])));
        for text in [Some("b"), None, Some("a/1"), Some("a")] {
            all.push_null_row();
            all.set_last(0, text.map_or(Value::Null, Value::Text));
        }
        let ordered = ordered(&all, "id");
        let ids: Vec<_> = ordered.rows().map(|row| row.field("id")).collect();
        assert_eq!(ids, [Value::Text("a"), Value::Text("a/1"), Value::Text("b"), Value::Null]);
    }

    #[test]
    fn pages_are_committed_when_they_are_enough_or_have_waited() {
        let now = Instant::now();
        let mut pending = Pending::default();
        assert!(!pending.is_enough(1, now), "nothing was kept");
        assert!(!pending.is_enough(1, now + COMMIT_AFTER / 2));
        assert!(pending.is_enough(1, now + COMMIT_AFTER), "nothing was kept, but it waited");
        assert!(Pending::default().is_enough(0, now), "every page, if no bytes are to wait");
    }
}
