//! The partitions of a plan: the vendor lists to read, known beforehand or listed by the vendor (spec BT 2.6).

use std::collections::VecDeque;
use std::sync::Arc;

use futures::future::BoxFuture;

use super::scan::{Position, Reader, Scan, VendorList};
use crate::element::{Missing, Page, PartitionKey, Partitions, ReadPlan};
use crate::query::Filter;
use crate::record::{Batch, FieldReader, Value};
use crate::vendor::{VendorError, VendorErrorKind};

/// Beginning of an enumeration.
#[derive(Clone, Debug, Default)]
pub(super) enum Beginning {
    #[default]
    First,
    /// At this partition.
    At(PartitionKey),
    /// After this partition.
    After(PartitionKey),
}

impl Beginning {
    /// Returns whether a partition, or one above it, is not before the beginning.
    fn admits(&self, key: &PartitionKey) -> bool {
        let (Self::At(begin) | Self::After(begin)) = self else { return true };
        if key.depth() < begin.depth() {
            return *key >= begin.ancestor(key.depth());
        }
        match self {
            Self::After(begin) => key > begin,
            _ => key >= begin,
        }
    }
}

/// Whether the vendor has any of the lists: `Ok` if one was found; otherwise the error of the last that was skipped.
pub(super) struct Found(Result<(), Option<VendorError>>);

impl Found {
    pub fn new(found: bool) -> Self {
        Self(if found { Ok(()) } else { Err(None) })
    }

    pub fn note(&mut self) {
        self.0 = Ok(());
    }

    /// Returns the error if every list was skipped; only the first call does.
    pub fn taken(&mut self) -> Result<(), VendorError> {
        match std::mem::replace(&mut self.0, Ok(())) {
            Err(Some(error)) => Err(error),
            _ => Ok(()),
        }
    }

    /// Handles a list that the vendor does not have, unless the path names it (spec BT 2.6).
    pub async fn pass_over(&mut self, reader: &Reader, plan: &ReadPlan, error: VendorError) -> Result<(), VendorError> {
        match (error.kind, &plan.missing) {
            (VendorErrorKind::NotFound, Missing::Empty) => self.note(),
            (VendorErrorKind::NotFound, Missing::EmptyBelow(above)) => {
                check_readable(reader, above).await?;
                self.note();
            }
            (kind, missing) if missing.warning(kind, "").is_some() => {
                if let Err(last) = &mut self.0 {
                    *last = Some(error);
                }
            }
            _ => return Err(error),
        }
        Ok(())
    }
}

/// Fails if the first page of a plan cannot be read.
async fn check_readable(reader: &Reader, plan: &Arc<ReadPlan>) -> Result<(), VendorError> {
    if let Partitions::Known(keys) = &plan.partitions
        && let Some(key) = keys.first()
    {
        reader.page(&VendorList::first(plan, key), None, Some(1)).await?;
    }
    Ok(())
}

/// Enumeration of the partitions in order. Those below the rows of another list are listed when the reading reaches
/// them.
pub(super) struct Enumeration {
    plan: Arc<ReadPlan>,
    /// Partitions of the other list.
    above: Option<Box<Enumeration>>,
    /// Partitions listed so far; `None` before the first.
    listed: Option<VecDeque<PartitionKey>>,
    beginning: Beginning,
}

impl Enumeration {
    pub fn new(plan: &Arc<ReadPlan>, beginning: Beginning) -> Self {
        let above = match &plan.partitions {
            Partitions::Known(_) => None,
            Partitions::Each { of, .. } => Some(Box::new(Self::new(of, beginning.clone()))),
        };
        Self { plan: Arc::clone(plan), above, listed: None, beginning }
    }

    /// Returns the next partition.
    pub fn next<'a>(
        &'a mut self,
        reader: &'a Reader,
        found: &'a mut Found,
    ) -> BoxFuture<'a, Result<Option<PartitionKey>, VendorError>> {
        Box::pin(async move {
            loop {
                if let Some(key) = self.listed.as_mut().and_then(VecDeque::pop_front) {
                    return Ok(Some(key));
                }
                let Some(keys) = self.more(reader, found).await? else { return Ok(None) };
                self.listed = Some(keys.into_iter().filter(|key| self.beginning.admits(key)).collect());
            }
        })
    }

    /// Lists further partitions. Returns `None` after the last.
    async fn more(&mut self, reader: &Reader, found: &mut Found) -> Result<Option<Vec<PartitionKey>>, VendorError> {
        let (of, key, above) = match (&self.plan.partitions, &mut self.above) {
            (Partitions::Each { of, key, .. }, Some(above)) => (of, key, above),
            (Partitions::Known(keys), _) if self.listed.is_none() => return Ok(Some(keys.clone())),
            _ => return Ok(None),
        };
        let Some(parent) = above.next(reader, found).await? else { return Ok(None) };
        match below(reader, of, &parent, key).await {
            Ok(keys) => {
                if !parent.is_root() {
                    found.note();
                }
                Ok(Some(keys))
            }
            Err(error) => {
                found.pass_over(reader, of, error).await?;
                Ok(Some(Vec::new()))
            }
        }
    }
}

/// Returns the partitions below one list. A rejected cursor restarts the list once (spec BT 2.7).
async fn below(
    reader: &Reader,
    of: &Arc<ReadPlan>,
    parent: &PartitionKey,
    field: &str,
) -> Result<Vec<PartitionKey>, VendorError> {
    match read_keys(reader, of, parent, field).await {
        Err(error) if error.kind == VendorErrorKind::CursorRejected => read_keys(reader, of, parent, field).await,
        outcome => outcome,
    }
}

async fn read_keys(
    reader: &Reader,
    of: &Arc<ReadPlan>,
    parent: &PartitionKey,
    field: &str,
) -> Result<Vec<PartitionKey>, VendorError> {
    let list = VendorList::first(of, parent);
    let mut scan = Scan::new(reader.clone(), list, Some(of.page_size), Position::Start);
    let mut keys = KeysBelow::new(of, parent, field);
    while let Some(page) = scan.next_page().await? {
        keys.add(page);
    }
    Ok(keys.in_order())
}

/// Keys of the partitions below the rows of a list.
pub(crate) struct KeysBelow<'a> {
    parent: &'a PartitionKey,
    field: FieldReader,
    filter: Option<Filter>,
    keys: Vec<PartitionKey>,
}

impl<'a> KeysBelow<'a> {
    pub fn new(of: &ReadPlan, parent: &'a PartitionKey, field: &str) -> Self {
        let filter = of.residual.as_ref().map(|condition| Filter::compile(condition, &of.schema));
        Self { parent, field: FieldReader::new([field], &of.schema), filter, keys: Vec::new() }
    }

    /// Adds the rows of a page that meet the condition of the list.
    pub fn add(&mut self, page: Page) {
        let Self { parent, field, filter, keys } = self;
        let rows = page.batch.rows().filter(|row| filter.as_ref().is_none_or(|filter| filter.matches(*row)));
        let ids = rows.flat_map(|row| field.values(row)).filter_map(|id| part(id.get()));
        keys.extend(ids.map(|part| parent.child(&part)));
    }

    /// Returns the keys in ascending order, without duplicates.
    pub fn in_order(mut self) -> Vec<PartitionKey> {
        self.keys.sort_unstable();
        self.keys.dedup();
        self.keys
    }
}

/// Returns the part of a key that an id stands for. A negative or absent id has none.
fn part(id: Value<'_>) -> Option<String> {
    match id {
        Value::Int(id) if id >= 0 => Some(id.to_string()),
        Value::Text(id) if !id.is_empty() => Some(id.to_owned()),
        // A number with more digits than the type of ids holds.
        Value::Json(id) if id.bytes().all(|byte| byte.is_ascii_digit()) => Some(id.to_owned()),
        _ => None,
    }
}

/// Drops the rows of a page that do not meet the condition.
pub(super) fn retain(batch: &mut Batch, filter: Option<&Filter>) {
    if let Some(filter) = filter {
        batch.retain(|row| filter.matches(row));
    }
}
