//! The legs of a login that call the vendor (spec E 4.51, 4.53).

use std::sync::Arc;
use std::time::Instant;

use futures::FutureExt;
use http::header::{ACCEPT, CONTENT_LENGTH, HeaderValue};
use http::{Method, StatusCode};
use url::Url;

use super::{Signer, keys, value_of};
use crate::auth::Secret;
use crate::moment;
use crate::vendor::oauth2::{self, LOGIN_LIMIT, PlainHttp, add, address, members};
use crate::vendor::{
    Authorize, Changes, Configuration, Context, Decode, Login, LoginError, Repeat, VendorAnswer, VendorClient,
    VendorError, VendorErrorKind, VendorRequest,
};

/// A request token, for which a user grants access.
#[derive(Clone, Debug)]
pub struct RequestToken {
    /// The token.
    pub token: Secret,
    /// Its secret.
    pub secret: Secret,
}

/// A request token for which a user granted access.
#[derive(Clone, Debug)]
pub struct Verified {
    /// The token with its secret.
    pub request: RequestToken,
    /// Verifier that the vendor sent to the callback.
    pub verifier: Secret,
}

impl Verified {
    /// Returns the secrets of an exchange, which a vendor may repeat in an error message.
    fn secrets(&self) -> [&Secret; 3] {
        [&self.request.token, &self.request.secret, &self.verifier]
    }

    /// Adds the values with which a resource that replaces the exchange is signed.
    pub(crate) fn into_changes(self) -> Changes {
        Changes::default()
            .set(oauth2::keys::USER_TOKEN, self.request.token.expose())
            .set(keys::TOKEN_SECRET, self.request.secret.expose())
            .set(keys::VERIFIER, self.verifier.expose())
    }
}

/// Asks the vendor for a request token (spec E 4.51).
///
/// # Errors
/// Returns the rejection or failure of the vendor, or the problem with the configuration.
pub async fn request_token(client: &VendorClient, configuration: &Configuration) -> Result<RequestToken, LoginError> {
    let signer = signer(configuration).map_err(wrong)?.without_token();
    let callback = configuration.get(oauth2::keys::CALLBACK_URL);
    // A client without a callback says so (RFC 5849, section 2.1).
    let signer = signer.with("oauth_callback", callback.unwrap_or("oob"));
    let made = request(configuration, keys::REQUEST_URL, client.plain_http(), "oauth request token");
    let request = made.map_err(wrong)?;
    token(client, configuration, signer, request, &[]).await
}

/// Returns the address at which a user grants access to a request token (spec E 4.52).
///
/// # Errors
/// Returns the problem with the address, without its values.
pub fn authorization_url(configuration: &Configuration, token: &str, plain: PlainHttp) -> Result<Url, String> {
    let template = configuration.get(oauth2::keys::AUTHORIZATION_URL);
    let template = template.ok_or_else(|| format!("{} is required", oauth2::keys::AUTHORIZATION_URL))?;
    let mut url = address(template, &|name| configuration.get(name), plain)?;
    add(&mut url, [("oauth_token", token.to_owned())].into_iter());
    Ok(url)
}

/// Returns a login that exchanges a request token for an access token (spec E 4.53).
pub fn login(client: &VendorClient, verified: Verified) -> Login {
    let client = client.for_login();
    Box::new(move |configuration: Arc<Configuration>| {
        async move {
            let RequestToken { token: own, secret } = &verified.request;
            let signer = signer(&configuration).map_err(wrong)?.with_token(own.expose(), secret.expose());
            let signer = signer.with("oauth_verifier", verified.verifier.expose());
            let made = request(&configuration, oauth2::keys::TOKEN_URL, client.plain_http(), "oauth token");
            let request = made.map_err(wrong)?;
            let RequestToken { token: own, secret } =
                token(&client, &configuration, signer, request, &verified.secrets()).await?;
            Ok(changes(&own, &secret))
        }
        .boxed()
    })
}

/// Reads the access token in an answer of the definition's own exchange. Returns `None` if the answer has no token.
pub fn acquired(body: &[u8]) -> Option<RequestToken> {
    let members = members::of(body);
    Some(RequestToken {
        token: Secret::new(members::filled(&members, "oauth_token")?),
        secret: Secret::new(members::filled(&members, "oauth_token_secret").unwrap_or_default()),
    })
}

impl RequestToken {
    /// Returns the values to store of an access token.
    pub(crate) fn into_changes(self) -> Changes {
        changes(&self.token, &self.secret)
    }
}

fn changes(token: &Secret, secret: &Secret) -> Changes {
    Changes::default()
        .set(oauth2::keys::USER_TOKEN, token.expose())
        .set(keys::TOKEN_SECRET, secret.expose())
        .set(oauth2::keys::AUTHENTICATION_TIME, oauth2::now_ms().to_string())
}

fn signer(configuration: &Configuration) -> Result<Signer, String> {
    Signer::of(&value_of(configuration))
}

fn wrong(problem: String) -> LoginError {
    LoginError::Failed(VendorError::new(VendorErrorKind::BadRequest, problem))
}

fn request(
    configuration: &Configuration,
    key: &str,
    plain: PlainHttp,
    operation: &'static str,
) -> Result<VendorRequest, String> {
    let template = configuration.get(key).ok_or_else(|| format!("Missing required configuration: {key}"))?;
    let url = address(template, &|name| configuration.get(name), plain)?;
    let mut request = VendorRequest { method: Method::POST, ..VendorRequest::get(url, operation) };
    request.headers.insert(ACCEPT, HeaderValue::from_static("*/*"));
    request.headers.insert(CONTENT_LENGTH, HeaderValue::from_static("0"));
    Ok(request)
}

/// Makes a signed call of a leg. The context has no trace, because requests and answers contain secrets (spec E 4.62).
async fn token(
    client: &VendorClient,
    configuration: &Configuration,
    signer: Signer,
    request: VendorRequest,
    secrets: &[&Secret],
) -> Result<RequestToken, LoginError> {
    let client = client.for_login().authorized_by(Arc::new(signer) as Arc<dyn Authorize>);
    let cx = Context::default().until(moment::after(Instant::now(), LOGIN_LIMIT));
    let late = |_| VendorError::new(VendorErrorKind::Timeout, format!("no token within {LOGIN_LIMIT:?}"));
    let call = client.call(&cx, request, Repeat::Always, &TokenDecoder);
    let answer = tokio::time::timeout(LOGIN_LIMIT, call).await.map_err(late).and_then(|answer| answer);
    answer.map_err(LoginError::Failed)?.map_err(|refusal| {
        let own = [configuration.get(oauth2::keys::API_SECRET)];
        let secrets: Vec<&str> =
            secrets.iter().map(|secret| secret.expose()).chain(own.into_iter().flatten()).collect();
        LoginError::Refused(members::refused(refusal.status, refusal.message, &secrets, "the vendor issued no token"))
    })
}

/// Rejection of a leg.
struct Refusal {
    status: StatusCode,
    message: Option<String>,
}

/// Decodes a token. A refusal is not an error here: errors of calls are logged, and the vendor's message may contain what
/// was sent.
struct TokenDecoder;

impl Decode<Result<RequestToken, Refusal>> for TokenDecoder {
    fn decode(&self, answer: VendorAnswer) -> Result<Result<RequestToken, Refusal>, VendorError> {
        let status = answer.status;
        if let Some(error) = members::temporary_failure(status, &answer.headers) {
            return Err(error);
        }
        if let Some(token) = acquired(&answer.body).filter(|_| status.is_success()) {
            return Ok(Ok(token));
        }
        let members = members::of(&answer.body);
        let known = ["oauth_problem", "error", "error_description", "message"];
        let own: Vec<String> = known.iter().filter_map(|name| members::filled(&members, name)).collect();
        let message = Some(own.join(": ")).filter(|own| !own.is_empty());
        Ok(Err(Refusal { status, message }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_come_as_a_form_or_as_json() {
        for body in [
            "oauth_token=a%2Fb&oauth_token_secret=s&oauth_callback_confirmed=true\n",
            r#"{"oauth_token":"a/b","oauth_token_secret":"s"}"#,
        ] {
            let token = acquired(body.as_bytes());
            assert_eq!(token.map(|token| (token.token, token.secret)), Some((Secret::new("a/b"), Secret::new("s"))));
        }
        assert!(acquired(b"oauth_token_secret=s").is_none());
        assert!(acquired(b"<html>").is_none());
    }

    #[test]
    fn refusals_are_told_apart_from_outages() {
        let decode = |status: u16, body: &'static str| {
            let status = StatusCode::from_u16(status).unwrap_or_default();
            TokenDecoder.decode(VendorAnswer { status, headers: http::HeaderMap::new(), body: body.into() })
        };
        let refused =
            decode(401, "oauth_problem=token_rejected").map(|refused| refused.err().and_then(|it| it.message));
        assert_eq!(refused.ok().flatten().as_deref(), Some("token_rejected"));
        assert!(decode(200, "oauth_problem=x&oauth_token=").is_ok_and(|answer| answer.is_err()));
        assert_eq!(decode(503, "").err().map(|error| error.kind), Some(VendorErrorKind::Unavailable));
    }
}
