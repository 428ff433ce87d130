//! Parameters of a query call from the query string, a form, multipart parts or JSON.

use bytes::Bytes;
use futures::stream;
use http::header::CONTENT_TYPE;
use serde_json::Value;

use crate::engine::call::Call;
use crate::engine::failure::Failure;
use crate::warning::Warning;

/// The supported parameters.
const PARAMETERS: [&str; 7] = ["q", "from", "to", "lastRunDate", "continueFromJobId", "metaData", "watermarks"];

/// Maximum number of warnings.
const TOLD: usize = 5;

/// The parameters of a call; those of the query string take precedence.
pub(super) struct Input<'a> {
    call: &'a Call,
    form: Vec<(String, String)>,
}

impl<'a> Input<'a> {
    pub async fn of(call: &'a Call) -> Result<Self, Failure> {
        let form = match call.content_type().as_deref() {
            Some("multipart/form-data") => parts(call).await?,
            Some("application/x-www-form-urlencoded") => {
                url::form_urlencoded::parse(&call.bytes().await?).into_owned().collect()
            }
            Some(_) => members(call.json().await?),
            // The query string suffices, so the body is not read.
            None if ["q", "continueFromJobId"].iter().any(|name| call.query.filled(name).is_some()) => Vec::new(),
            None => members(call.json().await?),
        };
        Ok(Self { call, form })
    }

    /// Returns warnings about parts of the body that are not parameters.
    pub fn ignored(&self) -> impl Iterator<Item = Warning> {
        let unknown = self.form.iter().map(|(name, _)| name.as_str()).filter(|name| !PARAMETERS.contains(name));
        unknown.take(TOLD).map(|name| Warning::ignored("parameter", name, PARAMETERS))
    }

    /// Returns a parameter that is present and not blank.
    pub fn filled(&self, name: &str) -> Option<&str> {
        let sent = self.form.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str());
        self.call.query.filled(name).or_else(|| sent.filter(|value| !value.trim().is_empty()))
    }
}

/// Returns the parameters in a JSON body; `query` is an alias of `q`.
fn members(body: Value) -> Vec<(String, String)> {
    let Value::Object(members) = body else { return Vec::new() };
    let parameter = |(name, value): (String, Value)| {
        let name = if name == "query" { "q".to_owned() } else { name };
        match value {
            Value::Null => None,
            Value::String(text) => Some((name, text)),
            other => Some((name, other.to_string())),
        }
    };
    members.into_iter().filter_map(parameter).collect()
}

async fn parts(call: &Call) -> Result<Vec<(String, String)>, Failure> {
    let wrong = |_| Failure::bad_request("Malformed multipart body");
    let boundary = multer::parse_boundary(call.header(CONTENT_TYPE).unwrap_or_default()).map_err(wrong)?;
    let bytes = call.bytes().await?;
    if bytes.trim_ascii().is_empty() {
        return Ok(Vec::new());
    }
    let mut body = multer::Multipart::new(stream::once(async { Ok::<Bytes, std::io::Error>(bytes) }), boundary);
    let mut found = Vec::new();
    while let Some(part) = body.next_field().await.map_err(wrong)? {
        let name = part.name().unwrap_or_default().to_owned();
        found.push((name, part.text().await.map_err(wrong)?));
    }
    Ok(found)
}
