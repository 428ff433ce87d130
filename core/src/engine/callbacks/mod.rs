//! Callbacks at the end of bulk jobs (spec P 10.11): from a durable outbox, signed, and retried for days.

mod deliver;

use std::sync::Arc;
use std::time::Duration;

use http::Method;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;
use url::Url;

use super::EngineInner;
use super::contract::{FORMULAS_NOT_RUN, Match, PREFIX, Verb};
use super::failure::Failure;
use super::options::EngineOptions;
use super::router::{ElementRoutes, Routes};
use super::store::CallbackRow;
use crate::error::Result;
use crate::http_client::{self, Extra, Mixed, PublicOnly, is_private_host};

/// Number of retries after the first delivery.
const RETRIES: i64 = 9;
/// Time limit of a delivery.
const TIMEOUT: Duration = Duration::from_secs(30);
/// Time for which a callback is reserved for this process; if the process dies, it is retried afterwards.
const HOLD_MS: i64 = 60_000;
/// Time that running deliveries have to finish when the engine closes.
const LAST_MOMENT: Duration = Duration::from_millis(1500);
/// Interval at which the outbox is checked for callbacks of other processes.
const LOOK_AGAIN: Duration = Duration::from_secs(30);

/// Outbox of an engine.
pub(crate) struct Callbacks {
    client: reqwest::Client,
    /// Notified when a callback is added to the outbox.
    news: Notify,
    closing: CancellationToken,
}

impl Callbacks {
    pub fn new(options: &EngineOptions, extra_ca: &Extra) -> Result<Self> {
        let resolver = (!options.allow_private_callbacks).then(|| Arc::new(PublicOnly::new(Mixed::Filter)));
        let client = http_client::build_for_strangers(TIMEOUT, extra_ca, resolver)?;
        Ok(Self { client, news: Notify::new(), closing: CancellationToken::new() })
    }

    /// Wakes the delivery loop.
    pub fn wake(&self) {
        self.news.notify_one();
    }

    /// Stops deliveries; undelivered callbacks stay in the outbox.
    pub fn close(&self) {
        self.closing.cancel();
    }
}

/// Checks that callbacks may go to this URL, which is absolute or the path of a call on this platform. `own` are the
/// routes of the instance's element if it is a document.
pub(crate) fn check(engine: &EngineInner, own: Option<&ElementRoutes>, url: &str) -> Result<(), Failure> {
    if url.starts_with('/') {
        if runs_formula(&engine.gateway.routes, url) {
            return Err(Failure::bad_request(FORMULAS_NOT_RUN));
        }
        return match is_own_call(&engine.gateway.routes, own, url) {
            true => Ok(()),
            false => Err(Failure::bad_request("The callback URL is a path that cannot be posted to")),
        };
    }
    let parsed = Url::parse(url).ok().filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host());
    let parsed = parsed.ok_or_else(|| Failure::bad_request("The callback URL must be http, https or a path"))?;
    if !engine.options.allow_private_callbacks && is_private_host(&parsed) {
        return Err(Failure::bad_request("The callback URL has a private address"));
    }
    Ok(())
}

/// Returns whether this is the path of a call that would run a formula (spec P 12.3).
fn runs_formula(routes: &Routes, path: &str) -> bool {
    let path = path.split(['?', '#']).next().unwrap_or_default();
    let found = routes.find(own_path(path));
    found.is_some_and(|found| found.route.verb(&Method::POST).is_some_and(Verb::runs_formula))
}

/// Returns whether this is the path of a call on this platform that accepts a POST.
fn is_own_call(routes: &Routes, own: Option<&ElementRoutes>, path: &str) -> bool {
    let Ok(url) = Url::parse("http://platform").and_then(|base| base.join(path)) else { return false };
    let path = own_path(url.path());
    let is_posted = |found: Match| found.route.verb(&Method::POST).is_some();
    let accepts = routes.accepts(path, &Method::POST) || own.and_then(|own| own.find(path)).is_some_and(is_posted);
    url.host_str() == Some("platform") && accepts
}

/// Returns the path without the prefix of the contract, if it has one.
fn own_path(path: &str) -> &str {
    path.strip_prefix(PREFIX).filter(|rest| rest.starts_with('/')).unwrap_or(path)
}

/// Delivers callbacks from the outbox while the engine is open.
pub(crate) fn opened(engine: &Arc<EngineInner>) {
    let engine = Arc::clone(engine);
    let tasks = engine.tasks.clone();
    tasks.spawn(async move {
        let closing = engine.callbacks.closing.clone();
        tokio::select! {
            () = closing.cancelled() => {}
            () = run(&engine) => {}
        }
    });
}

async fn run(engine: &Arc<EngineInner>) {
    loop {
        let wait = match engine.store.take_callback(HOLD_MS).await {
            Ok(Some(callback)) => {
                // Each in a separate task, so that a receiver that hangs does not delay the others.
                let shared = Arc::clone(engine);
                engine.tasks.spawn(async move {
                    let closing = shared.callbacks.closing.clone();
                    tokio::select! {
                        () = async { closing.cancelled().await; tokio::time::sleep(LAST_MOMENT).await } => {}
                        () = attend(&shared, callback) => {}
                    }
                });
                continue;
            }
            Ok(None) => engine.store.callback_wait_ms().await,
            Err(error) => Err(error),
        };
        let wait = wait.unwrap_or_else(|error| {
            tracing::warn!(%error, "the outbox cannot be read");
            None
        });
        let wait =
            wait.map_or(LOOK_AGAIN, |ms| Duration::from_millis(ms.unsigned_abs().saturating_add(5)).min(LOOK_AGAIN));
        tokio::select! {
            () = engine.callbacks.news.notified() => {}
            () = tokio::time::sleep(wait) => {}
        }
    }
}

/// Delivers a callback and updates the outbox.
async fn attend(engine: &Arc<EngineInner>, callback: CallbackRow) {
    let outcome = deliver::deliver(engine, &callback).await;
    let store = &engine.store;
    let stored = match &outcome {
        Ok(()) => store.drop_callback(callback.id).await,
        Err(reason) if callback.attempts >= RETRIES => {
            tracing::warn!(job_id = callback.job_id, reason, "a callback was abandoned");
            store.drop_callback(callback.id).await
        }
        Err(reason) => {
            tracing::info!(job_id = callback.job_id, reason, "a callback will be tried again");
            store.put_off_callback(callback.id, wait_ms(callback.attempts + 1)).await
        }
    };
    // The next callback of the outbox has changed.
    engine.callbacks.wake();
    if let Err(error) = stored {
        tracing::warn!(%error, job_id = callback.job_id, "the outbox cannot be written; the callback may be sent twice");
    }
}

/// Returns the wait before retry `x`: 2^(2x) seconds.
fn wait_ms(x: i64) -> i64 {
    1000 << (2 * x).clamp(0, 2 * RETRIES)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::elements::registry::Elements;
    use crate::engine::routes;

    #[test]
    fn waits_grow_to_three_days() {
        let waits: Vec<i64> = (1..=RETRIES).map(wait_ms).collect();
        assert_eq!((waits[0], waits[1]), (4000, 16_000));
        assert_eq!(waits.last().map(|wait| wait / 3_600_000), Some(72));
    }

    #[test]
    fn only_paths_that_take_a_post_are_called_here() {
        let routes = routes::of(&Elements::new(false)).unwrap();
        for known in ["/bulk/query", "/hubs/marketing/bulk/query?q=x", "/elements/api-v2/instances"] {
            assert!(is_own_call(&routes, None, known), "{known}");
        }
        for other in ["/channels", "/nothing/here/at/all", "//example.org/bulk/query", "/\\example.org/bulk/query", "/"]
        {
            assert!(!is_own_call(&routes, None, other), "{other}");
        }
    }
}
