//! Requests and answers as traces show them: without secrets.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::{GeneralPurpose, STANDARD, URL_SAFE};
use http::HeaderMap;
use serde::Serialize;
use zeroize::Zeroizing;

use super::{VendorAnswer, VendorRequest};
use crate::auth::MASK;

/// Maximum length of a shown body, in characters.
const MAX_BODY: usize = 4000;
/// Minimum length of a secret that is searched for in texts. Shorter ones would mask parts of words.
const MIN_SECRET: usize = 4;
/// Minimum length of a part of a Base64 text that is masked.
const MIN_BASE64: usize = 6;

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
    /// Returns a request whose address and headers have no secrets, since it is not authorized yet.
    pub(super) fn plain(request: &VendorRequest) -> Self {
        let header = |(name, value): (&http::HeaderName, &http::HeaderValue)| match value.is_sensitive() {
            true => (name.to_string(), MASK.to_owned()),
            false => (name.to_string(), String::from_utf8_lossy(value.as_bytes()).into_owned()),
        };
        Self {
            url: request.url.to_string(),
            headers: request.headers.iter().map(header).collect(),
            body: String::from_utf8_lossy(&request.body).into_owned(),
            hides_answer: false,
            secrets: Vec::new(),
        }
    }

    /// Returns a text with masks in place of the secrets, in the forms in which requests and scripts write them.
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

/// Returns a text with masks in place of secrets of four characters or more: as they are, as addresses and JSON write them,
/// and in hexadecimal digits and Base64, also amid other text.
pub fn masked(text: &str, secrets: &[Zeroizing<String>]) -> String {
    let mut text = text.to_owned();
    let mut secrets: Vec<&str> = secrets.iter().map(|secret| secret.as_str()).collect();
    // A secret may begin with another one.
    secrets.sort_unstable_by_key(|secret| std::cmp::Reverse(secret.len()));
    for secret in secrets.into_iter().filter(|secret| secret.chars().count() >= MIN_SECRET) {
        for form in forms(secret) {
            if text.contains(&*form) {
                text = text.replace(&*form, MASK);
            }
        }
    }
    text
}

/// Returns the forms in which a secret occurs in texts.
fn forms(secret: &str) -> Vec<Zeroizing<String>> {
    let encoded: String = url::form_urlencoded::byte_serialize(secret.as_bytes()).collect();
    let percent = percent_encoding::utf8_percent_encode(secret, percent_encoding::NON_ALPHANUMERIC).to_string();
    let quoted = serde_json::Value::from(secret).to_string();
    let hex: String = secret.bytes().map(|byte| format!("{byte:02x}")).collect();
    let mut forms = vec![
        secret.to_owned(),
        quoted[1..quoted.len() - 1].to_owned(),
        encoded.replace('+', "%20"),
        lower_escapes(&encoded),
        lower_escapes(&percent),
        encoded,
        percent,
        hex.to_ascii_uppercase(),
        hex,
    ];
    for engine in [STANDARD, URL_SAFE] {
        forms.extend((0..3).map(|before| base64_after(&engine, before, secret)));
    }
    // Short forms would mask parts of other words.
    forms.retain(|form| form.chars().count() >= MIN_SECRET);
    forms.into_iter().map(Zeroizing::new).collect()
}

/// Returns the characters that a secret alone determines in a Base64 text with this number of bytes before it, modulo 3.
fn base64_after(engine: &GeneralPurpose, before: usize, secret: &str) -> String {
    let encoded = Zeroizing::new(engine.encode([&[0; 2][..before], secret.as_bytes()].concat()));
    let (first, end) = ((before * 8).div_ceil(6), (before + secret.len()) * 8 / 6);
    let sure = &encoded[first..end];
    if sure.len() < MIN_BASE64 { String::new() } else { sure.to_owned() }
}

/// Writes the escapes of a percent-encoded text in lower-case digits.
fn lower_escapes(text: &str) -> String {
    let mut parts = text.split('%');
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (digits, rest) = part.split_at(part.len().min(2));
        out.push('%');
        out.push_str(&digits.to_ascii_lowercase());
        out.push_str(rest);
    }
    out
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
    fn encoded_secrets_are_masked_amid_other_text() {
        let secrets = ["s3cr+t/of~alpha", "s3cr+t", "äöüß?>"].map(|secret| Zeroizing::new(secret.to_owned()));
        for secret in &secrets {
            for before in ["", "a", "ann", "user:"] {
                for after in ["", "z", ":0", " and more"] {
                    let whole = format!("{before}{}{after}", secret.as_str());
                    let hex: String = whole.bytes().map(|byte| format!("{byte:02x}")).collect();
                    let percent = percent_encoding::utf8_percent_encode(&whole, percent_encoding::NON_ALPHANUMERIC);
                    let lower = lower_escapes(&percent.to_string());
                    for text in [STANDARD.encode(&whole), URL_SAFE.encode(&whole), hex.to_uppercase(), hex, lower] {
                        let shown = masked(&format!("k={text};"), &secrets);
                        assert!(shown.contains(MASK), "{whole}: {shown}");
                        let rest = shown.replace(MASK, "").len();
                        assert!(rest <= 3 * (before.len() + after.len()) + 9, "{whole}: {shown}");
                    }
                }
            }
        }
        assert_eq!(masked("s3cr+t/of~alpha", &secrets), MASK);
        assert_eq!(masked("abcd YWJj", &[Zeroizing::new("abc".to_owned())]), "abcd YWJj");
    }

    #[test]
    fn long_bodies_are_cut() {
        assert_eq!(cut(&"é".repeat(5000)).chars().count(), MAX_BODY + 2);
    }
}
