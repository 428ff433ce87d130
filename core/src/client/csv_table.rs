//! Records as lines of CSV with the columns of the platform.

use bytes::Bytes;
use futures::{Stream, StreamExt};

use super::answer::Answer;
use super::pages::{self, Part};
use super::records::{PageForm, Records};
use crate::error::{Error, ErrorKind, Result};

impl Records {
    /// Returns every record as a line of CSV like [`csv`](Self::csv), with the columns of [`fields`](Self::fields), or else
    /// those of the object. If its records may have further members, an ElementKit engine adds a column `additional`, which
    /// has them as JSON. For an object whose fields are not known, its columns are those of the records of the first page.
    ///
    /// # Errors
    /// As [`csv`](Self::csv) and [`columns`](Self::columns); `decode` if the platform changes the columns within a list.
    pub async fn csv_table(self) -> Result<impl Stream<Item = Result<Bytes>> + Send> {
        let columns = match self.open_columns().await {
            Ok(Some(columns)) => columns,
            // The columns are those that the platform sends.
            Ok(None) => match self.clone().sent_lines().await? {
                Some(lines) => return Ok(lines.left_stream()),
                None => self.columns().await?,
            },
            // The platform may know the object of a path that has others above it by another name.
            Err(error) if error.kind() == ErrorKind::NotFound => match self.clone().sent_lines().await? {
                Some(lines) => return Ok(lines.left_stream()),
                None => return Err(error),
            },
            Err(error) => return Err(error),
        };
        Ok(self.csv(columns).right_stream())
    }

    /// Returns the lines of CSV as the platform writes them, or `None` if it does not write a header with the columns of all
    /// pages.
    async fn sent_lines(self) -> Result<Option<impl Stream<Item = Result<Bytes>> + Send>> {
        let is_csv = |answer: &Answer, header: &str| {
            let kind = answer.header("content-type").unwrap_or_default();
            kind.starts_with("text/csv") && kind.contains(header)
        };
        let first = self.clone().in_form(PageForm::HeadedLines).ask(None, 1).await?;
        if !is_csv(&first, "header=present") {
            return Ok(None);
        }
        let next = first.next_page_token().map(str::to_owned);
        let head = futures::stream::once(std::future::ready(Ok(first.bytes().await?)));
        let Some(second) = next else { return Ok(Some(head.left_stream())) };
        let list = self.in_form(PageForm::Lines);
        let rest = pages::follow_ahead(move |part: Part| {
            let (list, token) = (list.clone(), part.token.unwrap_or_else(|| second.clone()));
            async move {
                let answer = list.ask(Some(&token), part.pages).await?;
                if !is_csv(&answer, "header=absent") {
                    return Err(Error::new(ErrorKind::Decode, "the platform changed the format of its pages"));
                }
                let next = answer.next_page_token().map(str::to_owned);
                Ok((answer.bytes().await?, next))
            }
        });
        Ok(Some(head.chain(rest).right_stream()))
    }
}
