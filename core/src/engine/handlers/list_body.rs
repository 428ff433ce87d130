//! The body of an answer with records of a list: one page, or as many as the caller accepts (spec P 16.5).

use std::sync::Arc;
use std::time::{Duration, Instant};

use http::StatusCode;
use http::header::CONTENT_TYPE;

use super::records::{keeps_nulls, write_records};
use super::source::Source;
use crate::body;
use crate::engine::bulk::{Format, Layout, ListColumns, ListedObject, Style, listed_rows, with_columns, write_rows};
use crate::engine::call::Call;
use crate::engine::failure::Failure;
use crate::engine::media;
use crate::engine::read::{ListPage, ListRequest, Token, read_next};
use crate::engine::reply::{Reply, names};
use crate::record::Batch;

/// Time after which no further page is added, so that the records of a slow vendor arrive as they come.
const PATIENCE: Duration = Duration::from_millis(250);
/// Size in bytes from which no further page is added.
const ENOUGH_BYTES: usize = 1 << 20;

/// The records of one or more pages in the requested format: an array, or the lines of a file [X].
pub(super) struct ListBody<'a> {
    call: &'a Call,
    fields: Option<&'a [String]>,
    format: Format,
    /// Whether a CSV file begins with its header line.
    head: bool,
    /// Number of pages that may be added.
    pages_left: usize,
    columns: ListColumns,
    /// Columns for the pages that follow, if the object declares none.
    columns_found: Option<ListColumns>,
    /// Whether the records have no closed list of columns.
    is_of_documents: bool,
    /// Rows of formats by columns, which are written at the end, with the layout of all.
    held: Vec<Batch>,
    layout: Option<Arc<Layout>>,
    /// Whether the pages that follow have that layout.
    is_layout_of_object: bool,
    started: Instant,
    rows: usize,
    out: Vec<u8>,
}

impl<'a> ListBody<'a> {
    /// Creates a body without records, of a call that began to read at this time. `columns` are those of its token.
    pub fn new(call: &'a Call, fields: Option<&'a [String]>, columns: ListColumns, started: Instant) -> Self {
        let media::Wanted { format, head, pages } = media::wanted(&call.headers).unwrap_or_default();
        Self {
            call,
            fields,
            format,
            head,
            pages_left: pages,
            columns,
            columns_found: None,
            is_of_documents: false,
            held: Vec::new(),
            layout: None,
            is_layout_of_object: false,
            started,
            rows: 0,
            out: Vec::new(),
        }
    }

    /// Adds the records of a page.
    pub async fn add(&mut self, source: &mut Source, batch: &Batch) -> Result<(), Failure> {
        self.pages_left = self.pages_left.saturating_sub(1);
        self.is_of_documents = batch.schema().is_documents();
        let before = self.out.len();
        let added = match self.format {
            Format::Json => self.add_json(source, batch).await,
            _ => self.add_rows(source, batch).await,
        };
        if added.is_err() {
            self.out.truncate(before);
        }
        self.rows += added?;
        Ok(())
    }

    /// Adds the pages that follow a page while the caller accepts more. `page` becomes the last one, with the warnings of all.
    /// If a page fails, the answer ends before it, and the call that begins with it reports the error.
    pub async fn add_pages(&mut self, source: &mut Source, request: &mut ListRequest<'_>, page: &mut ListPage) {
        while self.takes_more() && page.total.is_none() {
            let Some(token) = &page.next else { return };
            request.look_for.clone_from(&page.unseen);
            let Ok(next) = read_next(request, token).await else { return };
            if next.whole.is_some() || self.add(source, &next.batch).await.is_err() {
                return;
            }
            let warnings = std::mem::take(&mut page.warnings);
            *page = next;
            page.warnings.extend(warnings);
        }
    }

    /// Returns whether a further page is part of the same answer.
    fn takes_more(&self) -> bool {
        let may_be_more = match self.format {
            Format::Json | Format::JsonLines | Format::NdJson => true,
            // Without a list of columns a page may have its own.
            Format::Csv => self.fields.is_some() || self.is_of_documents,
            #[cfg(feature = "arrow")]
            _ => self.is_layout_of_object,
        };
        may_be_more && self.pages_left > 0 && self.len() < ENOUGH_BYTES && self.started.elapsed() < PATIENCE
    }

    /// Returns the size in bytes, roughly for rows that are not written yet.
    fn len(&self) -> usize {
        self.out.len() + self.held.iter().map(Batch::text_len).sum::<usize>()
    }

    /// Returns the reply, and the text of the token of the next page.
    pub fn into_reply(mut self, next: Option<&Token>) -> Result<(Reply, Option<String>), Failure> {
        if let Some(layout) = self.layout.take() {
            write_rows(&layout, self.head, &self.held, &mut self.out)?;
        }
        let instance = self.call.instance()?;
        let mut token = next.map(|next| next.seal(instance)).transpose()?;
        if let (Some(text), Some(ListColumns::Known(columns))) = (&token, &self.columns_found) {
            token = Some(with_columns(text, columns, instance)?);
        }
        let reply = match self.format {
            Format::Json => {
                self.out.push(b']');
                Reply::json_bytes(self.out)
            }
            format => {
                // Columns of documents are those of every page, which a reader can rely on.
                let parameter = match (self.head, self.is_of_documents && format == Format::Csv) {
                    (false, _) => ";header=absent",
                    (true, true) => ";header=present",
                    (true, false) => "",
                };
                let media_type = format!("{}{parameter}", format.media_type());
                Reply { body: body::full(self.out), ..Reply::empty() }.text_header(CONTENT_TYPE, &media_type)
            }
        };
        Ok((reply.header(names::RETURNED_COUNT, self.rows), token))
    }

    async fn add_json(&mut self, source: &mut Source, batch: &Batch) -> Result<usize, Failure> {
        if self.out.is_empty() {
            self.out.push(b'[');
        }
        let start = self.out.len();
        if self.rows > 0 {
            self.out.push(b',');
        }
        let rows = write_records(self.call, source, batch, self.fields, &mut self.out).await?;
        if rows == 0 {
            self.out.truncate(start);
        }
        Ok(rows)
    }

    async fn add_rows(&mut self, source: &mut Source, batch: &Batch) -> Result<usize, Failure> {
        let style = Style { nulls: keeps_nulls(self.call.instance()?), ..Style::default() };
        let (element, id) = (Arc::clone(&source.element), source.resource().object);
        let columns = self.columns_found.as_ref().unwrap_or(&self.columns).clone();
        let object = ListedObject { element: &element, id, layouts: &self.call.engine.layouts, columns };
        let (applied, runner) = (source.applied.as_ref(), source.runner.as_mut());
        let listed = listed_rows(batch, &object, applied, runner, self.fields, (self.format, style)).await?;
        let rows = listed.rows.len();
        if self.format.is_columnar() {
            if !Arc::ptr_eq(self.layout.get_or_insert_with(|| Arc::clone(&listed.layout)), &listed.layout) {
                return Err(Failure::plain(StatusCode::INTERNAL_SERVER_ERROR));
            }
            self.held.push(listed.rows.into_owned());
            self.is_layout_of_object = listed.is_of_object;
        } else {
            write_rows(&listed.layout, self.head && self.out.is_empty(), [&*listed.rows], &mut self.out)?;
        }
        self.columns_found = Some(listed.columns.map_or(ListColumns::Unknown, ListColumns::Known));
        Ok(rows)
    }
}
