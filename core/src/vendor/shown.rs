//! Requests and answers as traces show them: without secrets.

use std::fmt;

use http::HeaderMap;
use serde::Serialize;
use zeroize::Zeroizing;

use super::VendorAnswer;
use crate::auth::MASK;

/// Maximum length of a shown body, in characters.
const MAX_BODY: usize = 4000;
/// Minimum length of a secret that is searched for in texts. Shorter ones would mask parts of words.
const MIN_SECRET: usize = 4;

/// A request as traces show it. An element makes one of a request whose address, headers or body may have secrets.
#[derive(Clone)]
pub struct ShownRequest {
    /// Address, with masks in place of secrets.
    pub url: String,
    /// Headers, with masks.
    pub headers: Vec<(String, String)>,
    /// Body, with masks.
    pub body: String,
    /// Whether the answer has secrets of its own, so that its body is not shown.
    pub hides_answer: bool,
    /// Texts that are masked in answers and errors.
    pub secrets: Vec<Zeroizing<String>>,
}

/// The parts of a call that a trace shows in addition.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ShownCall {
    /// Method of the request.
    pub method: String,
    /// Address of the request.
    pub url: String,
    /// Headers of the request.
    pub request_headers: serde_json::Map<String, serde_json::Value>,
    /// Body of the request.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub request_body: String,
    /// Media type of the answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub response_type: Option<String>,
    /// Body of the answer. Long ones are cut.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub response_body: Option<String>,
}

impl fmt::Debug for ShownRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ShownRequest").field("url", &self.url).finish_non_exhaustive()
    }
}

impl ShownRequest {
    /// Returns a text with masks in place of the secrets, as they are and as addresses and JSON write them.
    pub fn masked(&self, text: &str) -> String {
        masked(text, &self.secrets)
    }

    /// Returns what a trace shows of a call with this method and answer.
    pub(super) fn call(&self, method: &http::Method, answer: Option<&VendorAnswer>) -> ShownCall {
        let header = |(name, value): &(String, String)| (name.clone(), self.masked(value).into());
        let answer_body = |answer: &VendorAnswer| match self.hides_answer {
            true => MASK.to_owned(),
            false => cut(&self.masked(&String::from_utf8_lossy(&answer.body))),
        };
        ShownCall {
            method: method.to_string(),
            url: self.masked(&self.url),
            request_headers: self.headers.iter().map(header).collect(),
            request_body: cut(&self.masked(&self.body)),
            response_type: answer.and_then(|answer| media_type(&answer.headers)),
            response_body: answer.map(answer_body).filter(|body| !body.is_empty()),
        }
    }
}

/// Returns a text with masks in place of secrets of four characters or more, as they are and as addresses and JSON write
/// them.
pub fn masked(text: &str, secrets: &[Zeroizing<String>]) -> String {
    let mut text = text.to_owned();
    for secret in secrets.iter().filter(|secret| secret.chars().count() >= MIN_SECRET) {
        let encoded: String = url::form_urlencoded::byte_serialize(secret.as_bytes()).collect();
        let percent = percent_encoding::utf8_percent_encode(secret, percent_encoding::NON_ALPHANUMERIC).to_string();
        let quoted = serde_json::Value::from(secret.as_str()).to_string();
        let quoted = &quoted[1..quoted.len() - 1];
        for form in [secret.as_str(), &encoded, &encoded.replace('+', "%20"), &percent, quoted] {
            if text.contains(form) {
                text = text.replace(form, MASK);
            }
        }
    }
    text
}

fn media_type(headers: &HeaderMap) -> Option<String> {
    headers.get(http::header::CONTENT_TYPE)?.to_str().ok().map(str::to_owned)
}

fn cut(text: &str) -> String {
    match text.char_indices().nth(MAX_BODY) {
        Some((end, _)) => format!("{} …", &text[..end]),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use http::StatusCode;

    use super::*;

    #[test]
    fn secrets_are_masked_in_all_their_forms() {
        let shown = ShownRequest {
            url: "https://a.example/?k=s%22cr%20et+1&l=s%22cr+et%2B1".to_owned(),
            headers: vec![("x-key".to_owned(), "s\"cr et+1".to_owned())],
            body: r#"{"k":"s\"cr et+1"}"#.to_owned(),
            hides_answer: false,
            secrets: vec![Zeroizing::new("s\"cr et+1".to_owned()), Zeroizing::new("abc".to_owned())],
        };
        let body = Bytes::from_static(br#"abc "s\"cr et+1" "#);
        let answer = VendorAnswer { status: StatusCode::OK, headers: HeaderMap::new(), body };
        let call = serde_json::to_string(&shown.call(&http::Method::GET, Some(&answer))).unwrap();
        assert!(!call.contains("cr et") && !call.contains("cr+et"), "{call}");
        assert!(call.contains("abc"), "a short text is no secret that could be found: {call}");
        let hidden = ShownRequest { hides_answer: true, ..shown };
        assert_eq!(hidden.call(&http::Method::GET, Some(&answer)).response_body.as_deref(), Some(MASK));
    }

    #[test]
    fn long_bodies_are_cut() {
        assert_eq!(cut(&"é".repeat(5000)).chars().count(), MAX_BODY + 2);
    }
}
