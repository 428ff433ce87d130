//! Failures of a request, and the pages that explain them.

use elementkit::body::Body;
use elementkit::{Error, ErrorKind};
use http::{Response, StatusCode};

use crate::texts::{EN, Texts};

/// Result of a handler.
pub(crate) type Outcome = Result<Response<Body>, Failure>;

/// Reason why a page cannot be shown.
#[derive(Debug)]
pub(crate) enum Failure {
    /// There is no such page.
    NotFound,
    /// There is no session, or it has ended.
    Expired,
    /// The request does not come from an own page, or without the value of the session.
    Forged,
    /// The host that the browser believes to talk to is not known.
    UnknownHost,
    /// The page exists for other methods.
    Method,
    /// The form is too large or broken.
    BadForm,
    /// The link was used already.
    UsedLink,
    /// No login was begun that the service could lead back from.
    UnknownGrant,
    /// The platform refused or failed.
    Platform(Error),
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        // The secrets of the session are no longer valid; a refusal of the vendor has a message of the vendor.
        if error.kind() == ErrorKind::Authentication && error.info().provider_message.is_none() {
            return Self::Expired;
        }
        Self::Platform(error)
    }
}

/// A failure in words.
#[derive(Clone, Debug)]
pub(crate) struct Explanation {
    pub title: &'static str,
    pub message: String,
    /// Message of the connected service.
    pub provider: Option<String>,
    /// Advice.
    pub hint: Option<String>,
    pub request_id: Option<String>,
}

impl Explanation {
    /// Returns an error of the platform in words.
    pub fn of(error: &Error) -> Self {
        let info = error.info();
        Self {
            title: title(error.kind()),
            message: info.message.clone(),
            provider: info.provider_message.clone().filter(|provider| *provider != info.message),
            hint: info.hint.clone(),
            request_id: info.request_id.clone(),
        }
    }

    fn plain(title: &'static str, message: &str) -> Self {
        Self { title, message: message.to_owned(), provider: None, hint: None, request_id: None }
    }
}

fn title(kind: ErrorKind) -> &'static str {
    match kind {
        ErrorKind::NotFound => EN.error_not_found,
        ErrorKind::Config | ErrorKind::InvalidRequest | ErrorKind::Conflict => EN.error_refused,
        ErrorKind::Authentication | ErrorKind::PermissionDenied => EN.error_credentials,
        ErrorKind::Vendor | ErrorKind::Timeout | ErrorKind::RateLimited => EN.error_vendor,
        _ => EN.error_other,
    }
}

impl Failure {
    pub fn status(&self) -> StatusCode {
        match self {
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::Expired => StatusCode::UNAUTHORIZED,
            Self::Forged | Self::UnknownHost | Self::UsedLink | Self::UnknownGrant => StatusCode::FORBIDDEN,
            Self::Method => StatusCode::METHOD_NOT_ALLOWED,
            Self::BadForm => StatusCode::BAD_REQUEST,
            Self::Platform(error) => status(error),
        }
    }

    /// Returns the failure in words.
    pub fn explanation(&self) -> Explanation {
        let t: &Texts = &EN;
        match self {
            Self::NotFound => Explanation::plain(t.error_not_found, t.error_no_page),
            Self::Expired => Explanation::plain(t.error_expired, t.error_sign_in_again),
            Self::Forged => Explanation::plain(t.error_forged, t.error_reload),
            Self::UnknownHost => Explanation::plain(t.error_host, t.error_host_hint),
            Self::Method => Explanation::plain(t.error_refused, t.error_method),
            Self::BadForm => Explanation::plain(t.error_refused, t.error_form),
            Self::UsedLink => Explanation::plain(t.error_link, t.error_link_hint),
            Self::UnknownGrant => Explanation::plain(t.error_grant, t.error_grant_hint),
            Self::Platform(error) => Explanation::of(error),
        }
    }
}

/// Returns the status of a page about an error of the platform.
pub(crate) fn status(error: &Error) -> StatusCode {
    match error.kind() {
        ErrorKind::NotFound => StatusCode::NOT_FOUND,
        ErrorKind::Config | ErrorKind::InvalidRequest => StatusCode::BAD_REQUEST,
        ErrorKind::Conflict => StatusCode::CONFLICT,
        ErrorKind::PermissionDenied => StatusCode::FORBIDDEN,
        ErrorKind::RateLimited => StatusCode::TOO_MANY_REQUESTS,
        // That the vendor refuses the credentials of an instance does not end the session.
        ErrorKind::Authentication | ErrorKind::Vendor | ErrorKind::JobFailed => StatusCode::BAD_GATEWAY,
        ErrorKind::Timeout => StatusCode::GATEWAY_TIMEOUT,
        _ => StatusCode::INTERNAL_SERVER_ERROR,
    }
}
