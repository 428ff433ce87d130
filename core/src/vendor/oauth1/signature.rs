//! Signatures of requests by HMAC-SHA1 (RFC 5849, section 3).

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use futures::FutureExt;
use futures::future::{BoxFuture, ready};
use http::header::{AUTHORIZATION, CONTENT_TYPE, HeaderValue};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use ring::hmac;
use url::{Url, form_urlencoded};
use zeroize::Zeroizing;

use crate::auth::{Secret, hex, random_bytes};
use crate::vendor::oauth2::now_ms;
use crate::vendor::{Authorize, Generation, VendorError, VendorErrorKind, VendorRequest};

/// Characters other than the unreserved ones of RFC 3986.
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');
/// Random bytes of a nonce. In hexadecimal it has a length that strict providers accept, 20 to 30 characters.
const NONCE: usize = 12;
const FORM: &str = "application/x-www-form-urlencoded";

/// Part of a request that has the parameters of OAuth 1.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Place {
    /// The header `Authorization`.
    #[default]
    Header,
    /// The query of the address.
    Query,
}

impl Place {
    /// Returns the place of a configuration value (spec E 4.54).
    ///
    /// # Errors
    /// Returns the problem with the value.
    pub fn of(word: Option<&str>) -> Result<Self, String> {
        match word.map(|word| word.trim().to_ascii_lowercase()).as_deref() {
            None | Some("" | "header") => Ok(Self::Header),
            Some("query") => Ok(Self::Query),
            Some(_) => Err(format!("Invalid value for configuration: {}", super::keys::PLACE)),
        }
    }
}

/// Signs requests for a client, with a token or without. Each attempt gets a nonce and a time of its own.
#[derive(Clone)]
pub struct Signer {
    key: Secret,
    secret: Secret,
    token: Option<(Secret, Secret)>,
    /// Parameters of a leg of the login.
    more: Vec<(&'static str, Secret)>,
    place: Place,
}

impl Signer {
    /// Creates the signer of a client without a token.
    pub fn new(key: &str, secret: &str) -> Self {
        let (key, secret) = (Secret::new(key), Secret::new(secret));
        Self { key, secret, token: None, more: Vec::new(), place: Place::Header }
    }

    /// Sets the part of the requests that has the signature.
    #[must_use]
    pub fn at(self, place: Place) -> Self {
        Self { place, ..self }
    }

    /// Sets the token and its secret.
    #[must_use]
    pub fn with_token(self, token: &str, secret: &str) -> Self {
        Self { token: Some((Secret::new(token), Secret::new(secret))), ..self }
    }

    /// Signs without a token.
    #[must_use]
    pub fn without_token(self) -> Self {
        Self { token: None, ..self }
    }

    /// Adds a parameter of a leg of the login, for instance `oauth_callback`.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: &str) -> Self {
        self.more.push((name, Secret::new(value)));
        self
    }

    /// Signs a request.
    fn sign(&self, request: &mut VendorRequest, nonce: &str, time_s: u64) -> Result<(), VendorError> {
        let mut parameters = self.parameters(nonce, time_s);
        let token_secret = self.token.as_ref().map_or("", |(_, secret)| secret.expose());
        let base = base_string(request, &parameters);
        let signature = signature(&base, self.secret.expose(), token_secret);
        parameters.push(("oauth_signature", Secret::new(signature)));
        match self.place {
            Place::Header => {
                let value = HeaderValue::from_str(&header(&parameters));
                let refused = |_| VendorError::new(VendorErrorKind::Unauthorized, "the credentials cannot be sent");
                let mut value = value.map_err(refused)?;
                value.set_sensitive(true);
                request.headers.insert(AUTHORIZATION, value);
            }
            Place::Query => request.url.set_query(Some(&query(&request.url, &parameters))),
        }
        Ok(())
    }

    /// Returns the parameters of the protocol, without the signature.
    fn parameters(&self, nonce: &str, time_s: u64) -> Vec<(&'static str, Secret)> {
        let mut parameters = vec![
            ("oauth_consumer_key", self.key.clone()),
            ("oauth_nonce", Secret::new(nonce)),
            ("oauth_signature_method", Secret::new("HMAC-SHA1")),
            ("oauth_timestamp", Secret::new(time_s.to_string())),
            ("oauth_version", Secret::new("1.0")),
        ];
        parameters.extend(self.token.as_ref().map(|(token, _)| ("oauth_token", token.clone())));
        parameters.extend(self.more.iter().cloned());
        parameters
    }
}

impl fmt::Debug for Signer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Signer").field("place", &self.place).finish_non_exhaustive()
    }
}

impl Authorize for Signer {
    fn authorize<'a>(&'a self, request: &'a mut VendorRequest) -> BoxFuture<'a, Result<Generation, VendorError>> {
        let failed = |error: crate::Error| VendorError::new(VendorErrorKind::Unavailable, error.to_string());
        let signed = random_bytes::<NONCE>()
            .map_err(failed)
            .and_then(|random| self.sign(request, &hex(&random), now_ms() / 1000));
        ready(signed.map(|()| Generation::default())).boxed()
    }
}

fn encoded(text: &str) -> String {
    utf8_percent_encode(text, RESERVED).to_string()
}

/// Returns the text that is signed: method, address and all parameters, those of a form body included (section 3.4.1).
fn base_string(request: &VendorRequest, parameters: &[(&'static str, Secret)]) -> Zeroizing<String> {
    let mut all: Vec<(String, String)> = Vec::new();
    let mut add = |name: &str, value: &str| all.push((encoded(name), encoded(value)));
    request.url.query_pairs().for_each(|(name, value)| add(&name, &value));
    if is_form(request) {
        form_urlencoded::parse(&request.body).for_each(|(name, value)| add(&name, &value));
    }
    parameters.iter().for_each(|(name, value)| add(name, value.expose()));
    all.sort();
    let normalized: Vec<String> = all.into_iter().map(|(name, value)| format!("{name}={value}")).collect();
    let normalized = Zeroizing::new(normalized.join("&"));
    let method = encoded(request.method.as_str());
    Zeroizing::new(format!("{method}&{}&{}", encoded(&address(&request.url)), encoded(&normalized)))
}

fn is_form(request: &VendorRequest) -> bool {
    let media_type = request.headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    media_type.split(';').next().is_some_and(|essence| essence.trim().eq_ignore_ascii_case(FORM))
}

/// Returns scheme, host, port unless it is the scheme's own, and path (section 3.4.1.2).
fn address(url: &Url) -> String {
    let port = url.port().map(|port| format!(":{port}")).unwrap_or_default();
    format!("{}://{}{port}{}", url.scheme(), url.host_str().unwrap_or_default(), url.path())
}

fn signature(base: &str, secret: &str, token_secret: &str) -> String {
    let key = Zeroizing::new(format!("{}&{}", encoded(secret), encoded(token_secret)));
    let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, key.as_bytes());
    STANDARD.encode(hmac::sign(&key, base.as_bytes()))
}

fn header(parameters: &[(&'static str, Secret)]) -> Zeroizing<String> {
    let pairs: Vec<String> =
        parameters.iter().map(|(name, value)| format!("{name}=\"{}\"", encoded(value.expose()))).collect();
    Zeroizing::new(format!("OAuth {}", pairs.join(", ")))
}

fn query(url: &Url, parameters: &[(&'static str, Secret)]) -> Zeroizing<String> {
    let mut query = url.query().unwrap_or_default().to_owned();
    for (name, value) in parameters {
        if !query.is_empty() {
            query.push('&');
        }
        query.push_str(&format!("{name}={}", encoded(value.expose())));
    }
    Zeroizing::new(query)
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use http::Method;

    use super::*;

    type TestResult = Result<(), Box<dyn std::error::Error>>;

    fn request(method: Method, url: &str, form: &'static str) -> Result<VendorRequest, url::ParseError> {
        let mut request = VendorRequest { method, ..VendorRequest::get(Url::parse(url)?, "/x") };
        if !form.is_empty() {
            request.body = Bytes::from_static(form.as_bytes());
            let media_type = HeaderValue::from_static("application/x-www-form-urlencoded; charset=utf-8");
            request.headers.insert(CONTENT_TYPE, media_type);
        }
        Ok(request)
    }

    fn parameters(pairs: &[(&'static str, &str)]) -> Vec<(&'static str, Secret)> {
        pairs.iter().map(|(name, value)| (*name, Secret::new(*value))).collect()
    }

    /// RFC 5849, section 3.4.1.1, and its erratum 2550 with the signature.
    #[test]
    fn the_base_string_is_that_of_the_standard() -> TestResult {
        let url = "http://EXAMPLE.COM:80/request?b5=%3D%253D&a3=a&c%40=&a2=r%20b";
        let request = request(Method::POST, url, "c2&a3=2+q")?;
        let parameters = parameters(&[
            ("oauth_consumer_key", "9djdj82h48djs9d2"),
            ("oauth_token", "kkk9d7dh3k39sjv7"),
            ("oauth_signature_method", "HMAC-SHA1"),
            ("oauth_timestamp", "137131201"),
            ("oauth_nonce", "7d8f3e4a"),
        ]);
        let expected = "POST&http%3A%2F%2Fexample.com%2Frequest&a2%3Dr%2520b%26a3%3D2%2520q%26a3%3Da%26b5%3D%253D%25253D\
            %26c%2540%3D%26c2%3D%26oauth_consumer_key%3D9djdj82h48djs9d2%26oauth_nonce%3D7d8f3e4a%26oauth_signature_me\
            thod%3DHMAC-SHA1%26oauth_timestamp%3D137131201%26oauth_token%3Dkkk9d7dh3k39sjv7";
        let base = base_string(&request, &parameters);
        assert_eq!(*base, expected);
        assert_eq!(signature(&base, "j49sk3j29djd", "dh893hdasih9"), "r6/TJjbCOr97/+UU0NsvSne7s5g=");
        Ok(())
    }

    /// RFC 5849, section 1.2.
    #[test]
    fn the_legs_of_the_standard_have_its_signatures() -> TestResult {
        let client = [("oauth_consumer_key", "dpf43f3p2l4k3l03"), ("oauth_signature_method", "HMAC-SHA1")];
        for (method, url, more, token_secret, expected) in [
            (
                Method::POST,
                "https://photos.example.net/token",
                vec![
                    ("oauth_token", "hh5s93j4hdidpola"),
                    ("oauth_timestamp", "137131201"),
                    ("oauth_nonce", "walatlh"),
                    ("oauth_verifier", "hfdp7dh39dks9884"),
                ],
                "hdhd0244k9j7ao03",
                "gKgrFCywp7rO0OXSjdot/IHF7IU=",
            ),
            (
                Method::GET,
                "http://photos.example.net/photos?file=vacation.jpg&size=original",
                vec![("oauth_token", "nnch734d00sl2jdk"), ("oauth_timestamp", "137131202"), ("oauth_nonce", "chapoH")],
                "pfkkdhi9sl3r4s00",
                "MdpQcU8iPSUjWoN/UDMsK2sui9I=",
            ),
        ] {
            let request = request(method, url, "")?;
            let all: Vec<_> = client.iter().copied().chain(more).collect();
            let base = base_string(&request, &parameters(&all));
            assert_eq!(signature(&base, "kd94hf93k423kf44", token_secret), expected, "{url}");
        }
        Ok(())
    }

    /// Spec E 4.54: the parameters go into the header, or into the query; a body that is no form is not signed.
    #[test]
    fn the_signature_goes_to_its_place() -> TestResult {
        let signer = Signer::new("k", "s&s").with_token("t/1", "ts").with("oauth_verifier", "v");
        let mut sent = request(Method::POST, "https://a.example/x?q=1", "f=1")?;
        signer.sign(&mut sent, "n", 7)?;
        let value = sent.headers.get(AUTHORIZATION).ok_or("no header")?;
        assert!(value.is_sensitive());
        let text = value.to_str()?;
        let start = "OAuth oauth_consumer_key=\"k\", oauth_nonce=\"n\", oauth_signature_method=\"HMAC-SHA1\", \
             oauth_timestamp=\"7\", oauth_version=\"1.0\", oauth_token=\"t%2F1\", oauth_verifier=\"v\", oauth_signature=\"";
        assert!(text.starts_with(start), "{text}");
        assert_eq!(sent.url.as_str(), "https://a.example/x?q=1");

        let mut queried = request(Method::POST, "https://a.example/x?q=1", "f=1")?;
        signer.clone().at(Place::Query).sign(&mut queried, "n", 7)?;
        assert!(queried.headers.get(AUTHORIZATION).is_none());
        let signature = |url: &Url| {
            let found = url.query_pairs().find(|(name, _)| name == "oauth_signature");
            found.map(|(_, value)| value.into_owned())
        };
        let own = signature(&queried.url).ok_or("no signature")?;
        assert!(text.ends_with(&format!("oauth_signature=\"{}\"", encoded(&own))), "the same signature at both places");
        assert!(queried.url.as_str().starts_with("https://a.example/x?q=1&oauth_consumer_key=k&"));

        let mut other = request(Method::POST, "https://a.example/x?q=1", "")?;
        signer.clone().at(Place::Query).sign(&mut other, "n", 7)?;
        let without = signature(&other.url);
        assert_ne!(without, Some(own));
        other = request(Method::POST, "https://a.example/x?q=1", "")?;
        other.body = Bytes::from_static(b"{\"f\":1}");
        signer.clone().at(Place::Query).sign(&mut other, "n", 7)?;
        assert_eq!(signature(&other.url), without);
        assert!(!format!("{signer:?}").contains("ts"));
        Ok(())
    }
}
