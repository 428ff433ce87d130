//! Paged lists: following page tokens, and detecting platforms that return a cycle of pages.

use async_stream::try_stream;
use futures::{Stream, TryStreamExt};
use serde::de::DeserializeOwned;
use tokio::task::JoinSet;
use tracing::Instrument;

use super::answer::Answer;
use super::failure::empty_if_none_found;
use crate::error::{Error, ErrorKind, Result};
use crate::trail::{Trail, hash};

/// Detects a repeated page token in constant memory: it keeps the last token and one of the earlier ones, at positions
/// that are powers of two (Brent's cycle detection).
#[derive(Default)]
pub(super) struct Guard {
    trail: Trail,
    last: Option<u64>,
}

impl Guard {
    /// Records the token of the next page.
    ///
    /// # Errors
    /// `decode` if it leads back to a page that was read.
    pub fn follow(&mut self, token: &str) -> Result<()> {
        let token = hash(token);
        let last = self.last.replace(token);
        if self.trail.step(token) || last == Some(token) {
            let error = Error::new(ErrorKind::Decode, "the platform returned the same page token twice");
            return Err(error.with_hint("The list would never end; report it to the platform."));
        }
        Ok(())
    }
}

/// Follows the tokens of a list. `page` requests the page of a token, or the first one, and returns it with the token
/// of the next page.
pub(super) fn follow<P, F, A>(page: F) -> impl Stream<Item = Result<P>> + Send
where
    P: Send,
    F: Fn(Option<String>) -> A + Send,
    A: Future<Output = Result<(P, Option<String>)>> + Send,
{
    try_stream! {
        let mut guard = Guard::default();
        let mut token = None;
        loop {
            let (found, next) = page(token).await?;
            yield found;
            match next {
                Some(next) => {
                    guard.follow(&next)?;
                    token = Some(next);
                }
                None => break,
            }
        }
    }
}

/// Maximum number of pages that are read in one call. 16 took no less time (`bench/PROFILES.md`).
const MOST_PAGES: usize = 8;

/// Part of a list: the pages from a token on, or from the beginning.
pub(super) struct Part {
    pub token: Option<String>,
    /// Number of pages that the answer may have (spec P 16.5). It doubles with each call, so that a caller that
    /// stops early has not read much more than it wanted.
    pub pages: usize,
}

/// Follows the tokens as [`follow`] does, but from the second call on it makes the next call while the last answer is
/// processed: a caller that reads two usually reads all. Dropping the stream cancels the call.
pub(super) fn follow_ahead<P, F, A>(read: F) -> impl Stream<Item = Result<P>> + Send
where
    P: Send + 'static,
    F: Fn(Part) -> A + Send,
    A: Future<Output = Result<(P, Option<String>)>> + Send + 'static,
{
    try_stream! {
        let mut guard = Guard::default();
        let mut ahead: JoinSet<Result<(P, Option<String>)>> = JoinSet::new();
        let mut pages = 1;
        let mut part_at = |token: &str| {
            pages = MOST_PAGES.min(pages * 2);
            Part { token: Some(token.to_owned()), pages }
        };
        let (found, mut next) = read(Part { token: None, pages: 1 }).await?;
        yield found;
        while let Some(token) = next {
            guard.follow(&token)?;
            let (found, behind) = match ahead.join_next().await {
                Some(outcome) => outcome.map_err(|_| Error::new(ErrorKind::Internal, "a page was abandoned"))??,
                None => read(part_at(&token)).await?,
            };
            if let Some(token) = &behind {
                ahead.spawn(read(part_at(token)).in_current_span());
            }
            yield found;
            next = behind;
        }
    }
}

/// Reads a page as JSON with the token of the next page.
pub(super) async fn read<T: DeserializeOwned>(answer: Answer) -> Result<(T, Option<String>)> {
    let next = answer.next_page_token().map(str::to_owned);
    Ok((answer.json().await?, next))
}

/// Reads a whole list into memory; empty if the platform responds that there are no items with 404 (spec P 3.3).
pub(super) async fn all<T, F, A>(ask: F) -> Result<Vec<T>>
where
    T: DeserializeOwned + Send,
    F: Fn(Option<String>) -> A + Send + Sync,
    A: Future<Output = Result<Answer>> + Send,
{
    let ask = &ask;
    let page = |token| async move {
        match empty_if_none_found(ask(token).await)? {
            Some(answer) => read::<Vec<T>>(answer).await,
            None => Ok((Vec::new(), None)),
        }
    };
    follow(page).try_concat().await
}

#[cfg(test)]
mod tests {
    use super::Guard;

    /// Returns the number of pages after which a walk over these tokens is stopped, or `None` if it exceeds 1000.
    fn stopped(token: impl Fn(usize) -> String) -> Option<usize> {
        let mut guard = Guard::default();
        (0..1000).find(|page| guard.follow(&token(*page)).is_err())
    }

    #[test]
    fn a_list_whose_pages_form_a_cycle_is_stopped() {
        assert_eq!(stopped(|_| "same".to_owned()), Some(1));
        for (start, length) in [(0, 2), (1, 2), (5, 3), (17, 10)] {
            let round = |page| if page < start { page } else { start + (page - start) % length };
            let at = stopped(|page| round(page).to_string());
            assert!(at.is_some_and(|at| at <= 4 * (start + length)), "{start} {length}: {at:?}");
        }
    }

    #[test]
    fn a_long_list_is_not_stopped() {
        assert_eq!(stopped(|page| page.to_string()), None);
    }
}
