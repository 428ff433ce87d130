//! Connection to a platform: credentials, retries and deadlines around one [`Transport`] (spec P 14.6).

use std::sync::Arc;
use std::time::{Duration, Instant};

use backon::Retryable;
use http::Method;
use http::header::{AUTHORIZATION, HeaderValue};
use tokio_util::sync::CancellationToken;

use super::address::Forms;
use super::answer::{Answer, Limits};
use super::capabilities::Known;
use super::outgoing::{Judgement, Outgoing};
use super::retry::{Polling, RetryPolicy, may_repeat};
use crate::auth::{Authorization, Secret};
use crate::error::{Error, ErrorKind, Info, Result};
use crate::log::{self, Sink};
use crate::moment;
use crate::transport::Transport;
use crate::warning::{self, Observer, Warning, Warnings};

/// A connection to a platform. All clones share the transport and what is known about the platform.
#[derive(Clone)]
pub(crate) struct Connection {
    pub transport: Arc<dyn Transport>,
    pub user: Secret,
    pub organization: Option<Secret>,
    pub retry: RetryPolicy,
    pub polling: Polling,
    /// Time limit of a call, retries included, until its response is read, or begins if it is streamed.
    pub timeout: Option<Duration>,
    /// Maximum size of a response that is buffered, in bytes.
    pub answer_limit: usize,
    pub capabilities: Arc<Known>,
    pub forms: Arc<Forms>,
    /// Policy for warnings of calls that have none of their own.
    pub warnings: Warnings,
    /// Receives the warnings that are reported.
    pub observer: Option<Observer>,
    /// Receives the events of its calls; the queue of the process if unset.
    pub log: Option<Sink>,
    /// Cancelled when the platform is closed: calls then end with `closed`, waiting ones at once.
    pub closing: CancellationToken,
}

impl Connection {
    /// Returns the same connection with another time limit.
    pub fn with_timeout(&self, limit: Duration) -> Arc<Self> {
        Arc::new(Self { timeout: Some(limit), ..self.clone() })
    }

    /// Returns the same connection with another policy for warnings.
    pub fn with_warnings(&self, warnings: Warnings) -> Arc<Self> {
        Arc::new(Self { warnings, ..self.clone() })
    }

    /// Sends a call and returns its successful response. Retries where that is safe and may help.
    pub async fn send(&self, call: Outgoing) -> Result<Answer> {
        // Boxed, because every caller's future would be as large: a few nested ones overflow a small stack.
        log::scoped(self.log.as_ref(), Box::pin(self.send_logged(call))).await
    }

    async fn send_logged(&self, call: Outgoing) -> Result<Answer> {
        let started = Instant::now();
        let limit = call.timeout.or(self.timeout);
        let deadline = limit.map(|limit| moment::after(started, limit));
        // On the heap: futures of calls are nested deeply, and each level would copy it.
        let attempts = (|| Box::pin(self.attempt(&call, deadline)))
            .retry(self.retry.backoff())
            .when(|error: &Error| call.is_repeatable() && may_repeat(&call.method, error))
            .adjust(|error, pause| pause.and_then(|pause| self.retry.pause(error, pause, deadline)))
            .notify(|error, pause| {
                tracing::debug!(method = %call.method, path = call.shown(), %error, ?pause, "trying again");
            });
        let answer = async {
            match limit {
                None => attempts.await,
                Some(limit) => tokio::time::timeout(limit, attempts).await.unwrap_or_else(|_| Err(timed_out(limit))),
            }
        };
        let answer = self.unless_closed(answer).await;
        let elapsed_ms = started.elapsed().as_millis();
        let answer = answer.inspect_err(|error| {
            tracing::info!(method = %call.method, path = call.shown(), status = error.status(), elapsed_ms, "failed");
            tracing::debug!(method = %call.method, path = call.shown(), %error, "a call failed");
        })?;
        tracing::info!(method = %call.method, path = call.shown(), status = answer.status(), elapsed_ms, "called");
        if call.judgement == Judgement::Now {
            self.judge(&call, &answer)?;
        }
        Ok(answer)
    }

    /// Applies the policy for warnings to a response.
    pub fn judge(&self, call: &Outgoing, answer: &Answer) -> Result<()> {
        self.judge_warnings(call, answer.warnings(), answer.request_id())
    }

    /// Applies the policy for warnings to those of a call, wherever they were sent.
    pub fn judge_warnings(&self, call: &Outgoing, warnings: &[Warning], request_id: Option<&str>) -> Result<()> {
        match call.warnings.unwrap_or(self.warnings) {
            Warnings::Deny if !warnings.is_empty() => Err(denied(call, warnings, request_id)),
            Warnings::Deny | Warnings::Ignore => Ok(()),
            Warnings::Report => {
                for warning in warnings.iter().filter(|warning| call.collected.add(warning)) {
                    let (method, path, code) = (&call.method, call.shown(), warning.code.as_str());
                    tracing::warn!(target: "elementkit::warnings", %method, path, request_id, code, %warning, "the platform warns");
                    self.observer.iter().for_each(|observer| observer.see(warning));
                }
                Ok(())
            }
        }
    }

    /// Waits before the next poll.
    ///
    /// # Errors
    /// `closed` as soon as the platform is closed.
    pub async fn pause(&self, length: Duration) -> Result<()> {
        self.unless_closed(async {
            tokio::time::sleep(length).await;
            Ok(())
        })
        .await
    }

    async fn unless_closed<T>(&self, outcome: impl Future<Output = Result<T>>) -> Result<T> {
        tokio::select! {
            biased;
            () = self.closing.cancelled() => Err(Error::closed()),
            outcome = outcome => outcome,
        }
    }

    async fn attempt(&self, call: &Outgoing, deadline: Option<Instant>) -> Result<Answer> {
        let mut request = call.request()?;
        request.headers_mut().insert(AUTHORIZATION, self.authorization(call)?);
        let limits = Limits { bytes: self.answer_limit, deadline, closing: self.closing.clone() };
        let answer = Answer::of(self.transport.send(request).await?, limits).await?;
        if call.streamed { Ok(answer) } else { answer.whole().await }
    }

    fn authorization(&self, call: &Outgoing) -> Result<HeaderValue> {
        let pairs = Authorization {
            user: Some(self.user.clone()),
            // An instance's own calls do not need the organization's secret, so they do not send it.
            organization: if call.element.is_some() { None } else { self.organization.clone() },
            element: call.element.clone(),
            bearer: None,
        };
        let wrong = |_| Error::new(ErrorKind::Config, "a secret contains a character that cannot be sent");
        let mut header = HeaderValue::from_str(&pairs.to_header()).map_err(wrong)?;
        header.set_sensitive(true);
        Ok(header)
    }
}

impl std::fmt::Debug for Connection {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Connection").finish_non_exhaustive()
    }
}

/// Returns the error for a caller that denies warnings.
fn denied(call: &Outgoing, warnings: &[Warning], request_id: Option<&str>) -> Error {
    let made =
        if call.method == Method::GET || call.judgement == Judgement::Later { "" } else { "; the change was made" };
    Error::from(Info {
        kind: ErrorKind::InvalidRequest,
        message: format!("{}{made}", warning::joined(warnings)),
        request_id: request_id.map(str::to_owned),
        hint: Some("Correct the request; it is refused because warnings are denied.".to_owned()),
        ..Info::default()
    })
}

/// Returns the error of a call that exceeded the caller's time limit.
pub(super) fn timed_out(limit: Duration) -> Error {
    Error::new(ErrorKind::Timeout, format!("no response within {limit:?}")).with_hint("Try again, or allow more time.")
}
