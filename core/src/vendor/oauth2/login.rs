//! The calls of a login.

use std::sync::Arc;
use std::time::{Duration, Instant};

use futures::FutureExt;
use jiff::Timestamp;

use super::answer::{Answer, RevocationDecoder, TokenDecoder};
use super::{Grant, grant};
use crate::moment;
use crate::vendor::{
    Changes, Configuration, Context, Login, LoginError, Repeat, VendorClient, VendorError, VendorErrorKind,
};

/// Time limit of a login with its retries.
pub(crate) const LOGIN_LIMIT: Duration = Duration::from_secs(60);
/// Time limit of a revocation (spec E 4.13).
const REVOCATION_LIMIT: Duration = Duration::from_secs(30);

/// Returns a login that exchanges a grant for tokens.
pub fn login(client: &VendorClient, grant: Grant) -> Login {
    let client = client.for_login();
    Box::new(move |configuration: Arc<Configuration>| {
        async move { exchange(&client, &grant, &configuration).await }.boxed()
    })
}

/// Exchanges a grant for tokens. The context has no trace, because requests and answers contain secrets.
async fn exchange(
    client: &VendorClient,
    grant: &Grant,
    configuration: &Arc<Configuration>,
) -> Result<Changes, LoginError> {
    let wrong = |problem: String| LoginError::Failed(VendorError::new(VendorErrorKind::BadRequest, problem));
    let request = grant.request(configuration, client.plain_http()).map_err(wrong)?;
    let cx = within(LOGIN_LIMIT);
    // A request without an answer is repeated: if the vendor used up the code or refresh token, its answer is lost
    // either way.
    let call = client.call(&cx, request, Repeat::Always, &TokenDecoder);
    let answer = in_time(LOGIN_LIMIT, call).await.map_err(LoginError::Failed)?;
    match answer {
        Answer::Tokens(tokens) => Ok(tokens.into_changes(now_ms())),
        Answer::Refused(refusal) => Err(LoginError::Refused(refusal.into_error(&grant.secrets(configuration)))),
    }
}

/// Revokes the access token, if the vendor has an address for it (spec E 4.46).
///
/// # Errors
/// Returns the failure of the vendor, or the problem with the configuration.
pub async fn revoke(client: &VendorClient, configuration: &Configuration) -> Result<(), VendorError> {
    let wrong = |problem: String| VendorError::new(VendorErrorKind::BadRequest, problem);
    let Some(request) = grant::revocation(configuration, client.plain_http()).map_err(wrong)? else { return Ok(()) };
    let (client, cx) = (client.for_login(), within(REVOCATION_LIMIT));
    in_time(REVOCATION_LIMIT, client.call(&cx, request, Repeat::Always, &RevocationDecoder)).await
}

fn within(limit: Duration) -> Context {
    Context::default().until(moment::after(Instant::now(), limit))
}

async fn in_time<T>(limit: Duration, call: impl Future<Output = Result<T, VendorError>>) -> Result<T, VendorError> {
    let late = |_| VendorError::new(VendorErrorKind::Timeout, format!("no token within {limit:?}"));
    tokio::time::timeout(limit, call).await.map_err(late)?
}

/// Returns the time in milliseconds since the epoch.
pub fn now_ms() -> u64 {
    u64::try_from(Timestamp::now().as_millisecond()).unwrap_or_default()
}
