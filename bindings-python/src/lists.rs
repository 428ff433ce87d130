//! Lists of records.

use std::sync::Arc;

use elementkit::{Error, ErrorKind, RecordPage, Records, WrittenRecord, host};
use futures::stream::BoxStream;
use futures::{StreamExt, TryStreamExt, stream};
use pyo3::prelude::*;
use tokio::sync::OnceCell;

use crate::arrow::NativeTable;
use crate::instance::NativeInstance;
use crate::job::NativePages;
use crate::pending::{Answer, Pending};
use crate::records::Fill;
use crate::warned;

/// A list of records to read.
#[pyclass(frozen)]
#[derive(Clone)]
pub struct NativeRecords(Arc<List>);

struct List {
    instance: NativeInstance,
    resource: String,
    query: Vec<(String, String)>,
    /// Requested from the platform once, by the first page.
    fill: OnceCell<Fill>,
}

impl NativeRecords {
    pub fn new(instance: NativeInstance, resource: String, query: Vec<(String, String)>) -> Self {
        Self(Arc::new(List { instance, resource, query, fill: OnceCell::new() }))
    }

    fn get(&self) -> Result<Records, Error> {
        let records = self.0.instance.get()?.records(&self.0.resource);
        Ok(self.0.query.iter().fold(records, |records, (name, value)| records.param(name, value)))
    }

    async fn fill(&self, records: &Records) -> Result<Fill, Error> {
        self.0.fill.get_or_try_init(async || known(records.columns().await)).await.cloned()
    }

    async fn page_at(&self, token: Option<&str>) -> Result<Answer, Error> {
        let records = self.get()?;
        let page = records.page(token).await?;
        Ok(Answer::Page(page, self.fill(&records).await?))
    }

    /// Returns a written record. It is not filled if that fails, since the write was made.
    async fn written(&self, records: &Records, written: &WrittenRecord) -> Result<Answer, Error> {
        let json = host::written(written)?;
        let fill = if json.is_some() { self.fill(records).await.unwrap_or_default() } else { Fill::default() };
        Ok(Answer::Written(json, fill))
    }

    async fn filled(self, page: RecordPage) -> Result<(RecordPage, Fill), Error> {
        let fill = self.fill(&self.get()?).await?;
        Ok((page, fill))
    }

    fn following(&self, read: fn(Records) -> BoxStream<'static, Result<RecordPage, Error>>) -> NativePages {
        let list = self.clone();
        let opened = stream::once(async move { list.get().map(|records| (list, records)) });
        let pages = opened.map_ok(move |(list, records)| {
            let warnings = records.collected_warnings();
            read(records).and_then(move |page| {
                // Warnings of a page that was fetched ahead do not belong to a call yet.
                warnings.take().iter().for_each(warned::see);
                list.clone().filled(page)
            })
        });
        NativePages::new(pages.try_flatten())
    }
}

/// Returns the members that records are filled up to; empty if the platform does not describe the object.
pub fn known(columns: Result<Vec<String>, Error>) -> Result<Fill, Error> {
    use ErrorKind::{Decode, InvalidRequest, NotFound, PermissionDenied, Unsupported};
    match columns {
        Ok(columns) => Ok(Fill::new(&columns)),
        Err(error) if matches!(error.kind(), Decode | InvalidRequest | NotFound | PermissionDenied | Unsupported) => {
            Ok(Fill::default())
        }
        Err(error) => Err(error),
    }
}

#[pymethods]
impl NativeRecords {
    fn page(&self, token: Option<String>) -> Pending {
        let list = self.clone();
        Pending::new(async move { list.page_at(token.as_deref()).await })
    }

    /// Returns the pages in order.
    fn pages(&self) -> NativePages {
        self.following(|records| records.pages().boxed())
    }

    /// Returns the records in order, in parts of one or more pages.
    fn chunks(&self) -> NativePages {
        self.following(|records| records.chunks().boxed())
    }

    /// Creates a record from JSON.
    fn create(&self, record: String) -> Pending {
        let list = self.clone();
        Pending::new(async move {
            let records = list.get()?;
            list.written(&records, &records.create(&host::body(record)?).await?).await
        })
    }

    /// Replaces a record with JSON.
    fn replace(&self, id: String, record: String) -> Pending {
        let list = self.clone();
        Pending::new(async move {
            let records = list.get()?;
            list.written(&records, &records.replace(id, &host::body(record)?).await?).await
        })
    }

    /// Changes the fields of a record that the JSON has.
    fn update(&self, id: String, changes: String) -> Pending {
        let list = self.clone();
        Pending::new(async move {
            let records = list.get()?;
            list.written(&records, &records.update(id, &host::body(changes)?).await?).await
        })
    }

    /// Deletes a record.
    fn delete(&self, id: String) -> Pending {
        let list = self.clone();
        Pending::new(async move {
            list.get()?.delete(id).await?;
            Ok(Answer::None)
        })
    }

    /// Returns the records for table libraries; see `NativeTable::open`.
    fn table(&self, whole: bool) -> Pending {
        let list = self.clone();
        Pending::new(async move { NativeTable::open(list.get()?.arrow().await?.boxed(), whole).await })
    }
}
