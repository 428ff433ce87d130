//! Failed calls and their responses (spec P 3).

use http::{HeaderValue, Method, StatusCode};

use crate::element::{ObjectInfo, Obstacle, PlanError};
use crate::error::{Error, ErrorKind};
use crate::model::account::Error as ErrorBody;
use crate::warning::nearest;

/// Failure of a call: the status, the normalized message and, if the vendor failed, its message.
#[derive(Clone, Debug)]
pub(crate) struct Failure {
    pub status: StatusCode,
    pub message: String,
    pub provider_message: Option<String>,
    /// Kind of the error, if it differs from that of the status.
    pub kind: Option<ErrorKind>,
    /// Hint, if it is more specific than that of the kind.
    pub hint: Option<String>,
    /// Whole seconds; for 429 and 503.
    pub retry_after_seconds: Option<u64>,
    /// Whether no connection to the vendor could be made; for 502 and 504.
    pub vendor_unreachable: bool,
    /// Members of few failures. Boxed, since failures are passed by value everywhere.
    pub rare: Option<Box<Rare>>,
    /// Verbs that the path has, as the header lists them; for 405.
    pub allow: Option<Box<HeaderValue>>,
}

/// Members of few failures.
#[derive(Clone, Debug, Default)]
pub(crate) struct Rare {
    /// Texts of all problems of a definition (spec E 2.38).
    pub problems: Vec<String>,
    /// Length of the file; for 416.
    pub file_length: Option<u64>,
}

/// Maximum length of the vendor's message, in characters (spec P 3.1).
const PROVIDER_MESSAGE_LIMIT: usize = 2000;

/// Retry delay if the engine is overloaded or closing (spec P 3.2).
const RETRY_AFTER_SECONDS: u64 = 1;

impl Failure {
    pub fn new(status: StatusCode, message: impl Into<String>) -> Self {
        Self {
            status,
            message: message.into(),
            provider_message: None,
            kind: None,
            hint: None,
            retry_after_seconds: None,
            vendor_unreachable: false,
            rare: None,
            allow: None,
        }
    }

    /// Returns a failure with the message of its status.
    pub fn plain(status: StatusCode) -> Self {
        Self::new(status, status.canonical_reason().unwrap_or("Error"))
    }

    pub fn bad_request(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, message)
    }

    pub fn not_found(message: impl Into<String>) -> Self {
        Self::new(StatusCode::NOT_FOUND, message)
    }

    /// Returns the response to every failed authentication (spec P 2.4), which must not reveal the wrong part.
    pub fn unauthorized() -> Self {
        Self::new(StatusCode::UNAUTHORIZED, "Invalid Organization or User secret, or invalid Element token provided.")
    }

    /// Returns the failure of a request body that exceeds the limit in bytes (spec P 3.2).
    pub fn too_large(limit: usize) -> Self {
        Self::plain(StatusCode::PAYLOAD_TOO_LARGE).with_hint(format!("A request body has at most {limit} bytes."))
    }

    /// Returns the failure of a path that the element does not have (spec P 3.4).
    pub fn not_supported() -> Self {
        Self::not_found("This API is not currently supported for this element")
    }

    /// Returns the failure of a verb that the path does not have, with those that it has.
    pub fn not_allowed<'a>(verbs: impl IntoIterator<Item = &'a Method>) -> Self {
        let verbs: Vec<&str> = verbs.into_iter().map(Method::as_str).collect();
        let allow = HeaderValue::from_str(&verbs.join(", ")).ok().map(Box::new);
        let hint = format!("This path takes {}.", verbs.join(", "));
        Self { allow, ..Self::plain(StatusCode::METHOD_NOT_ALLOWED) }.with_hint(hint)
    }

    /// Returns the failure of a range outside a file of this length (spec P 16.6).
    pub fn outside(file_length: u64) -> Self {
        let rare = Rare { file_length: Some(file_length), ..Rare::default() };
        Self { rare: Some(Box::new(rare)), ..Self::plain(StatusCode::RANGE_NOT_SATISFIABLE) }
    }

    /// Adds the vendor's message.
    pub fn with_provider_message(mut self, text: &str) -> Self {
        self.provider_message = Some(text.chars().take(PROVIDER_MESSAGE_LIMIT).collect());
        self
    }

    /// Sets the kind of the client's error, if it differs from that of the status.
    pub fn of_kind(mut self, kind: ErrorKind) -> Self {
        self.kind = Some(kind);
        self
    }

    /// Adds a hint.
    pub fn with_hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// Adds the object that an unknown name probably means.
    pub fn with_meant_object(self, name: &str, known: &[ObjectInfo]) -> Self {
        let meant = nearest(name, known.iter().map(|info| &*info.name));
        let meant = meant.map(|meant| format!("Did you mean {meant}? ")).unwrap_or_default();
        self.with_hint(format!("{meant}`objects` lists all."))
    }

    /// Adds that the vendor may have made the change.
    pub fn open_outcome(self) -> Self {
        self.with_hint("The vendor may have made the change. Look before you send it again.")
    }

    pub fn retry_after(mut self, seconds: Option<u64>) -> Self {
        self.retry_after_seconds = seconds;
        self
    }

    pub fn body(&self, request_id: &str) -> Vec<u8> {
        let body = ErrorBody {
            request_id,
            message: &self.message,
            provider_message: self.provider_message.as_deref(),
            kind: self.kind.map(ErrorKind::code),
            hint: self.hint.as_deref(),
            details: self.rare.as_ref().map_or(&[], |rare| &rare.problems),
        };
        serde_json::to_vec(&body).unwrap_or_default()
    }
}

/// The only conversion of internal errors to responses.
impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        let status = match error.kind() {
            ErrorKind::Config | ErrorKind::InvalidRequest => StatusCode::BAD_REQUEST,
            ErrorKind::NotFound => StatusCode::NOT_FOUND,
            ErrorKind::Conflict => StatusCode::CONFLICT,
            ErrorKind::PermissionDenied => StatusCode::FORBIDDEN,
            ErrorKind::Closed | ErrorKind::Server => StatusCode::SERVICE_UNAVAILABLE,
            ErrorKind::Storage => StatusCode::INSUFFICIENT_STORAGE,
            _ => StatusCode::INTERNAL_SERVER_ERROR,
        };
        if status.is_server_error() {
            tracing::error!(error = %error, "call failed");
        }
        let again = (status == StatusCode::SERVICE_UNAVAILABLE).then_some(RETRY_AFTER_SECONDS);
        let hint = error.info().hint.clone();
        Self { hint, ..Self::new(status, error.message()).retry_after(again) }
    }
}

impl From<PlanError> for Failure {
    fn from(error: PlanError) -> Self {
        match error {
            PlanError::BadRequest(message) => Self::bad_request(message),
            PlanError::NotOffered { message, hint } => Self::bad_request(message).with_hint(hint),
            PlanError::NotFound => Self::plain(StatusCode::NOT_FOUND),
            PlanError::Obstacle(Obstacle { message, hint }) => {
                Self::new(StatusCode::INTERNAL_SERVER_ERROR, message).with_hint(hint)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_fails_on_the_disk_is_a_storage_error_to_the_caller_too() {
        let failure = Failure::from(Error::new(ErrorKind::Storage, "the database failed: database or disk is full"));
        assert_eq!(failure.status, StatusCode::INSUFFICIENT_STORAGE);
        assert_eq!(ErrorKind::of_status(failure.status.as_u16()), ErrorKind::Storage);
    }

    #[test]
    fn what_to_do_about_an_error_reaches_the_caller() {
        let error = Error::new(ErrorKind::Storage, "the database is malformed").with_hint("Restore a backup.");
        assert_eq!(Failure::from(error).hint.as_deref(), Some("Restore a backup."));
        let failure = Failure::not_allowed([&Method::GET, &Method::PATCH]);
        assert_eq!(failure.hint.as_deref(), Some("This path takes GET, PATCH."));
    }
}
