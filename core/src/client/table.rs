//! Records as a table: an Arrow stream with the columns of the platform's metadata (spec P 7.7, 16.5).

use std::io;
use std::mem;
use std::sync::Arc;

use arrow_ipc::writer::StreamWriter;
use arrow_schema::TimeUnit;
use async_stream::try_stream;
use bytes::Bytes;
use futures::{Stream, TryStreamExt};

use super::answer::Answer;
use super::pages::{self, Part};
use super::records::{PageForm, RecordPage, Records};
use crate::arrow_stream::{self, MessageKind, Messages};
use crate::error::{Error, ErrorKind, Result};
use crate::record::columnar::Columns;
use crate::record::table::Table;
use crate::record::{Batch, Schema};

const ARROW_TYPE: &str = "application/vnd.apache.arrow.stream";

impl Records {
    /// Returns every record in order, as the bytes of an Arrow IPC stream. A platform that supports it, such as an
    /// ElementKit engine, sends the columns itself, the same as in a bulk job. For others the columns are those of
    /// [`fields`](Self::fields), or else those of the object in the platform's metadata. A value that does not fit its
    /// column is null.
    ///
    /// # Errors
    /// `invalid_request` if a field is listed twice; `not_found` if the platform does not know the object; otherwise as
    /// [`pages`](Self::pages).
    pub async fn arrow(self) -> Result<impl Stream<Item = Result<Bytes>> + Send + use<>> {
        let fields = self.asked_fields()?;
        let list = self.in_form(PageForm::Columns);
        let asked = list.clone();
        let mut pages = Box::pin(pages::follow_ahead(move |part: Part| {
            let list = asked.clone();
            async move {
                let page = Page::read(list.ask(part.token.as_deref(), part.pages).await?).await?;
                let next = page.next.clone();
                Ok((page, next))
            }
        }));
        let first = pages.try_next().await?;
        let mut table = match &first {
            Some(Page { arrow: true, .. }) => Sent::Columns(None),
            _ => Sent::Records(Box::new(Assembled::new(list.schema_for(fields.as_deref()).await?, fields.as_deref())?)),
        };
        Ok(try_stream! {
            let mut next = first;
            while let Some(page) = next {
                let ready = table.push(&page)?;
                if !ready.is_empty() {
                    yield ready;
                }
                next = pages.try_next().await?;
            }
            yield table.finish()?;
        })
    }
}

/// One page of a list, in the form that the platform sent.
struct Page {
    arrow: bool,
    body: Bytes,
    next: Option<String>,
}

impl Page {
    async fn read(answer: Answer) -> Result<Self> {
        if answer.header("content-type").is_some_and(|kind| kind.starts_with(ARROW_TYPE)) {
            let next = answer.next_page_token().map(str::to_owned);
            return Ok(Self { arrow: true, body: answer.bytes().await?, next });
        }
        let page = RecordPage::read(answer).await?;
        Ok(Self { arrow: false, next: page.next_page_token().map(str::to_owned), body: page.json().clone() })
    }
}

/// A table that is assembled from pages.
enum Sent {
    /// Pages that are Arrow streams are joined into one. It has the message of the columns, `None` before the first page.
    Columns(Option<Bytes>),
    /// Pages of records.
    Records(Box<Assembled>),
}

impl Sent {
    /// Returns the bytes that a page adds.
    fn push(&mut self, page: &Page) -> Result<Bytes> {
        match (self, page.arrow) {
            (Self::Records(table), false) => table.push(&page.body),
            (Self::Columns(columns), true) => joined(columns, &page.body),
            _ => Err(Error::new(ErrorKind::Decode, "the platform changed the format of its pages within a list")),
        }
    }

    /// Returns the bytes at the end.
    fn finish(self) -> Result<Bytes> {
        match self {
            Self::Records(table) => table.finish(),
            Self::Columns(None) => Ok(Bytes::new()),
            Self::Columns(Some(_)) => Ok(Bytes::from_static(&arrow_stream::END)),
        }
    }
}

/// Returns the messages that a page, which is an Arrow stream, adds to the stream of all pages: all but its end, and
/// its columns only if it is the first.
fn joined(columns: &mut Option<Bytes>, page: &Bytes) -> Result<Bytes> {
    let mut messages = Messages::default();
    messages.push(page.clone());
    let wrong = |why| Err(Error::new(ErrorKind::Decode, why));
    let (mut start, mut end) = (0, 0);
    while let Some(message) = messages.next()? {
        let is_first = end == 0;
        end += message.bytes.len();
        match (message.kind, &*columns) {
            (MessageKind::Batch, _) if !is_first => {}
            (MessageKind::Schema, None) if is_first => *columns = Some(message.bytes),
            (MessageKind::Schema, Some(known)) if is_first && *known == message.bytes => start = end,
            (MessageKind::Schema, Some(_)) if is_first => {
                return wrong("the platform changed the columns of its pages within a list");
            }
            _ => return wrong("a page has its columns elsewhere than at its start"),
        }
    }
    messages.finish()?;
    if end == 0 { wrong("a page has no columns") } else { Ok(page.slice(start..end)) }
}

/// A table that is built from records.
struct Assembled {
    columns: Columns,
    out: StreamWriter<Vec<u8>>,
    batch: Batch,
}

impl Assembled {
    fn new(schema: Schema, fields: Option<&[String]>) -> Result<Self> {
        let columns = Columns::new(Table::new(&schema, fields), TimeUnit::Second);
        let out = StreamWriter::try_new(Vec::new(), columns.schema()).map_err(io::Error::other).map_err(failed)?;
        Ok(Self { columns, out, batch: Batch::new(Arc::new(schema)) })
    }

    fn push(&mut self, page: &[u8]) -> Result<Bytes> {
        self.batch.clear();
        self.batch.read_json(page).map_err(not_understood)?;
        let out = &mut self.out;
        self.columns.push(&self.batch, |full| out.write(full).map_err(io::Error::other)).map_err(failed)?;
        Ok(mem::take(self.out.get_mut()).into())
    }

    fn finish(mut self) -> Result<Bytes> {
        if let Some(rest) = self.columns.rest().map_err(failed)? {
            self.out.write(&rest).map_err(io::Error::other).map_err(failed)?;
        }
        self.out.finish().map_err(io::Error::other).map_err(failed)?;
        Ok(mem::take(self.out.get_mut()).into())
    }
}

fn failed(error: io::Error) -> Error {
    Error::new(ErrorKind::Internal, format!("the table cannot be written: {error}"))
}

fn not_understood(error: serde_json::Error) -> Error {
    Error::new(ErrorKind::Decode, format!("the records could not be parsed: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::{Column, Kind};

    fn page(names: &[&'static str]) -> Vec<u8> {
        let columns = names.iter().map(|name| Column { name: (*name).into(), kind: Kind::Int });
        let schema = Schema::new(columns);
        let mut table = Assembled::new(schema, None).unwrap();
        let mut bytes = table.push(br#"[{"a":1},{"a":2}]"#).unwrap().to_vec();
        bytes.extend(table.finish().unwrap());
        bytes
    }

    #[test]
    fn pages_are_joined_and_none_is_lost() {
        let (one, other) = (page(&["a"]), page(&["b"]));
        let mut columns = None;
        let mut whole: Vec<u8> = Vec::new();
        for _ in 0..3 {
            whole.extend(joined(&mut columns, &Bytes::from(one.clone())).unwrap());
        }
        whole.extend(arrow_stream::END);
        let batches = arrow_ipc::reader::StreamReader::try_new(&whole[..], None).unwrap();
        assert_eq!(batches.map(|batch| batch.unwrap().num_rows()).sum::<usize>(), 6);

        let known = columns.clone().unwrap();
        let body = &one[known.len()..];
        let twice = [&one[..one.len() - arrow_stream::END.len()], &one[..]].concat();
        for wrong in
            [other, body.to_vec(), twice, arrow_stream::END.to_vec(), one[..one.len() - 1].to_vec(), Vec::new()]
        {
            let error = joined(&mut columns, &Bytes::from(wrong)).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Decode);
        }
        assert_eq!(columns, Some(known));
    }

    #[test]
    fn a_page_becomes_rows() {
        let kinds = [("id", Kind::Int), ("name", Kind::Text), ("more", Kind::Json)];
        let columns = kinds.map(|(name, kind)| Column { name: name.into(), kind });
        let mut batch = Batch::new(Arc::new(Schema::new(columns)));
        let page = br#"[{"id":1,"n\u0061me":"\u00e9","x":[{}]},{"more":{"b":[1,null]},"id":"7"},{}]"#;
        assert!(batch.read_json(page).is_ok());
        let mut rows = Vec::new();
        batch.rows().for_each(|row| row.write_json(false, &mut rows));
        let expected = r#"{"id":1,"name":"é"}{"id":"7","more":{"b":[1]}}{}"#;
        assert_eq!(String::from_utf8_lossy(&rows), expected);
        for wrong in ["{}", "[1]", "[{}", "[{}] x", ""] {
            assert!(batch.read_json(wrong.as_bytes()).is_err(), "{wrong}");
        }
    }
}
