//! ORDER BY: sorts the stored rows of a job in bounded memory (spec P 8.7).
//!
//! The sorted rows replace all segments in one transaction. A crash before it costs the sort and no row; the next
//! worker starts the sort again.

use std::cmp::Ordering;

use super::external_sort::{Disk, Order, Sorter, Source};
use super::segment;
use super::stop::Stop;
use super::worker::{Work, blocking};
use crate::engine::store::SegmentRow;
use crate::query::{OrderBy, SortKey, compare_rows};
use crate::record::binary::{read_value, skip_values};

/// Ordinal of sorted rows, which belong to no partition.
const SORTED: i64 = -1;

/// Sorts the rows of the job, if its statement has an ORDER BY.
pub(super) async fn sort(work: &Work<'_>) -> Result<(), Stop> {
    if !work.plan.result.is_sorted() {
        return Ok(());
    }
    work.set_phase("sorting").await?;
    let segments = work.store().segments(work.job.id, None).await?;
    let form = work.plan.result.row_form();
    let order = ByKeys { order: work.plan.result.order.clone(), width: form.keys + form.columns.width() };
    let (disk, limit) = (Disk::of(work), work.plan.result.sorted_limit().unwrap_or(u64::MAX));
    let outcome = blocking(move || {
        segment::remove_unrecorded(&disk.folder, disk.epoch, &segments);
        let sorted = sorted(order, &disk, limit, &segments);
        if sorted.is_err() {
            segment::remove_unrecorded(&disk.folder, disk.epoch, &segments);
        }
        Ok(sorted)
    });
    let sorted = Vec::from_iter(outcome.await??);
    if !work.store().replace_segments(work.job.id, work.epoch, &sorted, &work.figures()).await? {
        return Err(work.lost());
    }
    let (folder, epoch) = (work.folder.clone(), work.epoch);
    blocking(move || {
        segment::remove_unrecorded(&folder, epoch, &sorted);
        Ok(())
    })
    .await?;
    Ok(())
}

/// Returns the rows of the segments as one sorted segment, or `None` if there are no rows. Blocks.
fn sorted(order: ByKeys, disk: &Disk, limit: u64, segments: &[SegmentRow]) -> Result<Option<SegmentRow>, Stop> {
    let mut sorter = Sorter::new(order.clone(), disk.clone(), SORTED, limit);
    for segment in segments {
        let mut source = Source::open(&order, disk, segment.clone())?;
        while source.advance()? {
            sorter.push(source.row())?;
        }
    }
    sorter.finish()
}

/// Order by the sort keys at the beginning of encoded rows.
#[derive(Clone)]
struct ByKeys {
    order: Vec<OrderBy>,
    /// Number of values of a row, including its sort keys.
    width: usize,
}

impl Order for ByKeys {
    fn compare(&self, left: &[u8], right: &[u8]) -> Ordering {
        compare_rows(&self.order, keys(left), keys(right))
    }

    fn skip(&self, rest: &mut &[u8]) -> Option<()> {
        skip_values(self.width, rest)
    }
}

/// Returns the sort keys at the beginning of an encoded row, and the values after them.
fn keys(mut row: &[u8]) -> impl Iterator<Item = SortKey<'_>> {
    std::iter::from_fn(move || read_value(&mut row).map(SortKey::from))
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::super::frame::Frame;
    use super::super::segment::SegmentWriter;
    use super::super::stop::JobControl;
    use super::*;
    use crate::engine::vault::Key;
    use crate::error::{ErrorKind, Result};
    use crate::query::parse_order_by;
    use crate::record::Value;
    use crate::record::binary::write_value;

    /// Returns a row with sort keys of every kind, many of them equal, and the number of the row.
    fn row(number: i64) -> Vec<u8> {
        let mut row = Vec::new();
        let mixed = number.wrapping_mul(0x9E37_79B9_7F4A_7C15_u64.cast_signed()) >> 40;
        let text = format!("{:x}", mixed % 50);
        let keys = match mixed % 7 {
            0 => Value::Null,
            1 => Value::Int(mixed % 20),
            2 => Value::Float((mixed % 40) as f64 / 2.0),
            _ => Value::Text(&text),
        };
        for value in [keys, Value::Int(mixed % 3), Value::Int(number)] {
            write_value(value, &mut row);
        }
        row
    }

    fn number_of(row: &[u8]) -> i64 {
        let mut rest = row;
        skip_values(2, &mut rest).and_then(|()| read_value(&mut rest)).map_or(-1, |value| match value {
            Value::Int(number) => number,
            _ => -1,
        })
    }

    fn order() -> ByKeys {
        ByKeys { order: parse_order_by("a desc, b").unwrap_or_default(), width: 3 }
    }

    fn disk(folder: &std::path::Path, key: &Key, memory: usize) -> Disk {
        Disk { folder: folder.to_owned(), key: key.clone(), epoch: 1, memory, control: JobControl::default() }
    }

    fn stopped(stop: Stop) -> crate::error::Error {
        let text = match stop {
            Stop::Requested => "asked".to_owned(),
            Stop::Busy(error) => return error,
            Stop::Failed(failure) => failure.message,
        };
        crate::error::Error::new(ErrorKind::Internal, text)
    }

    #[test]
    fn any_number_of_rows_is_sorted_in_any_memory() -> Result<()> {
        let key = Key::random()?;
        for (count, limit, memory) in [
            (0, 9, 4096),
            (1, 9, 4096),
            (900, u64::MAX, 1 << 20),
            (6000, u64::MAX, 2048),
            (6000, 700, 2048),
            (40, 0, 1),
        ] {
            let folder = tempfile::tempdir().map_err(|error| segment::failed(&error))?;
            let rows: Vec<Vec<u8>> = (0..count).map(row).collect();
            let mut segments = Vec::new();
            for (part, rows) in (1..).zip(rows.chunks(700)) {
                let row = SegmentRow::new(part, 1, 1);
                let mut writer = SegmentWriter::new(folder.path().into(), key.clone(), row);
                for page in rows.chunks(100) {
                    let mut frame = Frame::of_keys(vec![[7][..].into()]);
                    page.iter().for_each(|row| frame.push_encoded(row));
                    segments.retain(|row: &SegmentRow| row.ordinal != part);
                    segments.push(writer.append(&frame.encode())?);
                }
            }
            let (disk, order) = (disk(folder.path(), &key, memory), order());
            let sorted = Vec::from_iter(sorted(order.clone(), &disk, limit, &segments).map_err(stopped)?);
            assert_eq!(sorted.len(), usize::from(count > 0));
            let mut found = Vec::new();
            for segment in &sorted {
                let mut source = Source::open(&order, &disk, segment.clone())?;
                while source.advance().map_err(stopped)? {
                    found.push(number_of(source.row()));
                }
            }
            let mut wanted = rows.clone();
            wanted.sort_by(|left, right| order.compare(left, right));
            wanted.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
            assert!(found == wanted.iter().map(|row| number_of(row)).collect::<Vec<_>>(), "{count} in {memory}");
            // Produces more runs than are merged at once.
            let runs = sorted.first().map_or(0, |segment| segment.sequence);
            assert!(memory > 2048 || count < 6000 || runs > 65, "{runs} runs");
            // Only the original segments and the result are left.
            let files = fs::read_dir(folder.path()).map_or(0, |entries| entries.count());
            assert_eq!(files, segments.len() + sorted.len());
            segment::remove_unrecorded(folder.path(), 0, &[]);
            segment::remove_unrecorded(folder.path(), 1, &sorted);
            assert_eq!(fs::read_dir(folder.path()).map_or(0, |entries| entries.count()), sorted.len());
        }
        Ok(())
    }

    #[test]
    fn a_sort_stops_when_it_is_asked_to() -> Result<()> {
        let (key, folder) = (Key::random()?, tempfile::tempdir().map_err(|error| segment::failed(&error))?);
        let row_of = SegmentRow::new(SORTED, 1, 0);
        let mut writer = SegmentWriter::new(folder.path().into(), key.clone(), row_of);
        let mut frame = Frame::default();
        frame.push_encoded(&row(1));
        let segment = writer.append(&frame.encode())?;
        let disk = disk(folder.path(), &key, 4096);
        disk.control.stop(super::super::stop::Reason::Park);
        assert!(matches!(sorted(order(), &disk, 9, &[segment]), Err(Stop::Requested)));
        Ok(())
    }
}
