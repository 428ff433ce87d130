//! Warnings: what the platform ignored, adjusted or questions although the call succeeded (spec P 4.1).

mod nearest;
mod policy;

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

pub(crate) use nearest::nearest;
pub use policy::{CollectedWarnings, Warnings};
pub(crate) use policy::{Observer, observer};

/// Header with the messages, for people.
const TEXT: &str = "elements-error";

/// Header with the same warnings as JSON [X]. A platform that lacks it sends only the messages.
const STRUCTURED: &str = "elements-warnings";

/// Maximum number of characters of a name in a message.
#[cfg(feature = "embedded")]
const SHOWN: usize = 60;

/// A warning of the platform about a call that succeeded, usually about a name that no record has.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "BulkWarning")]
#[non_exhaustive]
pub struct Warning {
    /// Its kind; the code is stable.
    #[serde(default)]
    #[schemars(with = "String")]
    pub code: WarningCode,
    /// The message, which describes what is wrong.
    pub message: String,
    /// The field or parameter that it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
    /// The name that was probably meant.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub suggestion: Option<String>,
}

macro_rules! codes {
    ($($(#[doc = $doc:literal])+ $code:ident $word:literal,)*) => {
        /// Kinds of warnings. The codes are stable and listed in `docs/errors.md`.
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum WarningCode {
            $($(#[doc = $doc])+ $code,)*
            /// Any other warning. Platforms that send only a message give this code.
            #[default]
            Other,
        }

        impl WarningCode {
            /// All codes, for documentation and tests.
            pub const ALL: &[Self] = &[$(Self::$code,)* Self::Other];

            /// Returns the stable code, for instance `unknown_field`.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$code => $word,)* Self::Other => "other" }
            }

            /// Returns the meaning of the code.
            pub fn doc(self) -> &'static str {
                match self {
                    $(Self::$code => concat!($($doc),+).trim_ascii(),)*
                    Self::Other => "Any other warning. Platforms that send only a message give this code.",
                }
            }
        }
    };
}

codes! {
    /// A condition, a list of fields or an order names a field that no record has.
    UnknownField "unknown_field",
    /// A date field is compared with a value that is not a date.
    InvalidDate "invalid_date",
    /// A parameter or a member of the request is not known and was ignored.
    IgnoredParameter "ignored_parameter",
    /// A value was out of range and was replaced.
    Adjusted "adjusted",
    /// The limits of a range exclude every record.
    EmptyRange "empty_range",
}

impl fmt::Display for WarningCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Serialize for WarningCode {
    fn serialize<S: Serializer>(&self, target: S) -> Result<S::Ok, S::Error> {
        target.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for WarningCode {
    fn deserialize<D: Deserializer<'de>>(source: D) -> Result<Self, D::Error> {
        let word = String::deserialize(source)?;
        Ok(Self::ALL.iter().copied().find(|code| code.as_str() == word).unwrap_or_default())
    }
}

impl Warning {
    /// Creates a warning of this code with a message.
    pub fn new(code: WarningCode, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), field: None, suggestion: None }
    }

    /// Sets the field or parameter that it is about.
    #[must_use]
    pub fn about(mut self, field: impl Into<String>) -> Self {
        self.field = Some(field.into());
        self
    }

    /// Adds the name that was probably meant.
    #[must_use]
    pub fn suggest(mut self, suggestion: Option<impl Into<String>>) -> Self {
        self.suggestion = suggestion.map(Into::into);
        self
    }

    /// Returns the warning about an unknown part of a request; `what` is its kind.
    #[cfg(feature = "embedded")]
    pub(crate) fn ignored<'a>(what: &str, name: &str, known: impl IntoIterator<Item = &'a str>) -> Self {
        let shown = short(name);
        Self::new(WarningCode::IgnoredParameter, format!("{what} {shown} is not known and was ignored"))
            .suggest(nearest(name, known))
            .about(shown)
    }

    /// Returns the warnings in the headers of a response: the structured ones, or else those of the message header.
    pub(crate) fn of_headers(headers: &http::HeaderMap) -> Vec<Self> {
        let structured = headers.get(STRUCTURED).and_then(|value| serde_json::from_slice(value.as_bytes()).ok());
        let text = || headers.get(TEXT).map(|text| String::from_utf8_lossy(text.as_bytes()).trim().to_owned());
        structured.unwrap_or_else(|| {
            text().filter(|text| !text.is_empty()).map(|text| Self::new(WarningCode::Other, text)).into_iter().collect()
        })
    }

    /// Returns the values of both headers.
    #[cfg(feature = "embedded")]
    pub(crate) fn headers(warnings: &[Self]) -> [(http::HeaderName, String); 2] {
        let structured = serde_json::to_string(warnings).unwrap_or_default();
        [
            (http::HeaderName::from_static(TEXT), joined(warnings)),
            (http::HeaderName::from_static(STRUCTURED), ascii(&structured)),
        ]
    }
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)?;
        match &self.suggestion {
            Some(suggestion) => write!(f, " (did you mean {suggestion}?)"),
            None => Ok(()),
        }
    }
}

/// Shortens a name for a message.
#[cfg(feature = "embedded")]
pub(crate) fn short(text: &str) -> String {
    match text.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}...", &text[..end]),
        None => text.to_owned(),
    }
}

/// Joins the messages of several warnings.
pub(crate) fn joined(warnings: &[Warning]) -> String {
    warnings.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
}

#[cfg(feature = "embedded")]
/// Escapes JSON to ASCII, since it is sent in a header.
fn ascii(json: &str) -> String {
    let mut out = String::with_capacity(json.len());
    for char in json.chars() {
        match char {
            ' '..='~' => out.push(char),
            _ => char.encode_utf16(&mut [0; 2]).iter().for_each(|unit| out.push_str(&format!("\\u{unit:04x}"))),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use http::{HeaderMap, HeaderValue};

    use super::*;

    fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
        pairs.iter().map(|(name, value)| ((*name).parse().expect("a name"), value.parse().expect("a value"))).collect()
    }

    #[test]
    fn warnings_survive_their_headers() {
        let unknown = Warning::new(WarningCode::UnknownField, "x has no field n\u{e4}me\u{1f600}\u{7f}");
        let warnings =
            [unknown.about("n\u{e4}me\u{1f600}").suggest(Some("name")), Warning::new(WarningCode::Other, "b")];
        let values = Warning::headers(&warnings);
        let sent: HeaderMap = values[1..]
            .iter()
            .map(|(name, value)| (name.clone(), HeaderValue::from_str(value).expect("ASCII")))
            .collect();
        assert_eq!(Warning::of_headers(&sent), warnings);
        assert!(values[0].1.ends_with("(did you mean name?); b"), "{}", values[0].1);
    }

    #[test]
    fn a_message_without_a_code_is_a_warning() {
        let told = Warning::of_headers(&headers(&[(TEXT, "pageSize was capped")]));
        assert_eq!(told, [Warning::new(WarningCode::Other, "pageSize was capped")]);
        let told = Warning::of_headers(&headers(&[(TEXT, "capped"), (STRUCTURED, "{not json")]));
        assert_eq!(told, [Warning::new(WarningCode::Other, "capped")]);
        assert!(
            Warning::of_headers(&headers(&[(TEXT, " ")])).is_empty() && Warning::of_headers(&headers(&[])).is_empty()
        );
    }

    #[test]
    fn unknown_codes_become_other() {
        let told = Warning::of_headers(&headers(&[(STRUCTURED, r#"[{"code":"brand_new","message":"a","more":1}]"#)]));
        assert_eq!(told, [Warning::new(WarningCode::Other, "a")]);
    }
}
