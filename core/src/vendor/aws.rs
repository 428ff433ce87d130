//! AWS Signature Version 4 as an authorization of calls (spec E 4.56).
//!
//! The signature is a small function of this crate over `ring`: the signer of the AWS SDK brings a dozen crates of the SDK
//! for it, and other signers bring HTTP clients or dates of their own.

use std::fmt;

use futures::FutureExt;
use futures::future::{BoxFuture, ready};
use http::header::{AUTHORIZATION, CONTENT_TYPE, HeaderName, HeaderValue};
use jiff::Timestamp;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use ring::{digest, hmac};
use url::{Host, Url};
use zeroize::Zeroizing;

use super::{Authorize, Generation, VendorError, VendorErrorKind, VendorRequest};
use crate::auth::{Secret, hex};

/// Configuration keys (spec E 3.31).
pub mod keys {
    /// Id of the access key.
    pub const API_KEY: &str = "aws.api.key";
    /// The secret access key.
    pub const API_SECRET: &str = "aws.api.secret";
    /// Region of the service.
    pub const REGION: &str = "aws.region";
    /// Name of the service. Absent: the first label of the host.
    pub const SERVICE: &str = "aws.service.name";
}

/// Characters that are escaped in a value: all but the unreserved ones of RFC 3986.
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');
/// Characters that are escaped in a path.
const IN_PATH: &AsciiSet = &RESERVED.remove(b'/');
const DATE: HeaderName = HeaderName::from_static("x-amz-date");
const CONTENT_HASH: HeaderName = HeaderName::from_static("x-amz-content-sha256");
const ALGORITHM: &str = "AWS4-HMAC-SHA256";
/// Hash of a body that is sent as it arrives.
const UNSIGNED: &str = "UNSIGNED-PAYLOAD";

/// Signs requests with an access key. Each attempt gets a time of its own.
#[derive(Clone)]
pub struct Signer {
    key: Secret,
    secret: Secret,
    region: String,
    service: Option<String>,
}

impl Signer {
    /// Creates the signer of an instance with these values.
    ///
    /// # Errors
    /// Returns the problem with the configuration.
    pub fn of(configuration: &dyn Fn(&str) -> Option<String>) -> Result<Self, String> {
        let required = |key: &str| {
            let value = configuration(key).map(|value| value.trim().to_owned()).filter(|value| !value.is_empty());
            value.ok_or_else(|| format!("Missing required configuration: {key}"))
        };
        let (key, secret) = (Secret::new(required(keys::API_KEY)?), Secret::new(required(keys::API_SECRET)?));
        Ok(Self { key, secret, region: required(keys::REGION)?, service: required(keys::SERVICE).ok() })
    }

    fn sign(&self, request: &mut VendorRequest, now: Timestamp) -> Result<(), VendorError> {
        let time = now.strftime("%Y%m%dT%H%M%SZ").to_string();
        let hash = match request.upload {
            // Its content is not known yet. Storage accepts that, over TLS.
            Some(_) => UNSIGNED.to_owned(),
            None => hex(digest::digest(&digest::SHA256, &request.body).as_ref()),
        };
        let refused = |_| VendorError::new(VendorErrorKind::Unauthorized, "the credentials cannot be sent");
        request.headers.insert(DATE, HeaderValue::from_str(&time).map_err(refused)?);
        request.headers.insert(CONTENT_HASH, HeaderValue::from_str(&hash).map_err(refused)?);
        let host = host_of(&request.url);
        let service = match &self.service {
            Some(service) => service.clone(),
            None => service_of(&request.url),
        };
        let signed = signed_headers(request, &host);
        let canonical = canonical(request, &signed, &hash, service.starts_with("s3"));
        let scope = format!("{}/{}/{service}/aws4_request", &time[..8], self.region);
        let text = format!(
            "{ALGORITHM}\n{time}\n{scope}\n{}",
            hex(digest::digest(&digest::SHA256, canonical.as_bytes()).as_ref())
        );
        let names: Vec<&str> = signed.iter().map(|(name, _)| *name).collect();
        let value = Zeroizing::new(format!(
            "{ALGORITHM} Credential={}/{scope}, SignedHeaders={}, Signature={}",
            self.key.expose(),
            names.join(";"),
            self.signature(&time[..8], &service, &text)
        ));
        let mut value = HeaderValue::from_str(&value).map_err(refused)?;
        value.set_sensitive(true);
        request.headers.insert(AUTHORIZATION, value);
        Ok(())
    }

    fn signature(&self, date: &str, service: &str, text: &str) -> String {
        let first = Zeroizing::new(format!("AWS4{}", self.secret.expose()));
        let parts = [date, &self.region, service, "aws4_request"];
        let key = parts.iter().fold(Zeroizing::new(first.as_bytes().to_vec()), |key, part| {
            Zeroizing::new(signed(&key, part).as_ref().to_vec())
        });
        hex(signed(&key, text).as_ref())
    }
}

impl fmt::Debug for Signer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Signer").field("region", &self.region).field("service", &self.service).finish_non_exhaustive()
    }
}

impl Authorize for Signer {
    fn authorize<'a>(&'a self, request: &'a mut VendorRequest) -> BoxFuture<'a, Result<Generation, VendorError>> {
        ready(self.sign(request, Timestamp::now()).map(|()| Generation::default())).boxed()
    }
}

fn signed(key: &[u8], text: &str) -> hmac::Tag {
    hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key), text.as_bytes())
}

/// Returns the value of the header `host`, as the HTTP client sends it.
fn host_of(url: &Url) -> String {
    let port = url.port().map(|port| format!(":{port}")).unwrap_or_default();
    format!("{}{port}", url.host_str().unwrap_or_default())
}

/// Returns the first label of the host.
fn service_of(url: &Url) -> String {
    match url.host() {
        Some(Host::Domain(name)) => name.split('.').next().unwrap_or_default().to_owned(),
        _ => String::new(),
    }
}

/// Returns the headers that are signed, in the order of their names.
fn signed_headers(request: &VendorRequest, host: &str) -> Vec<(&'static str, String)> {
    let value = |name: &HeaderName| {
        let text = String::from_utf8_lossy(request.headers.get(name)?.as_bytes()).into_owned();
        Some(text.split_ascii_whitespace().collect::<Vec<_>>().join(" "))
    };
    let all = [
        ("content-type", value(&CONTENT_TYPE)),
        ("host", Some(host.to_owned())),
        ("x-amz-content-sha256", value(&CONTENT_HASH)),
        ("x-amz-date", value(&DATE)),
    ];
    all.into_iter().filter_map(|(name, value)| Some((name, value?))).collect()
}

/// Returns the request in the form that is signed. Storage services encode a path once, all others the encoded one again.
fn canonical(request: &VendorRequest, headers: &[(&'static str, String)], hash: &str, is_storage: bool) -> String {
    let path = percent_decode_str(request.url.path()).collect::<Vec<u8>>();
    let once = percent_encoding::percent_encode(&path, IN_PATH).to_string();
    let path = if is_storage { once } else { utf8_percent_encode(&once, IN_PATH).to_string() };
    let encoded = |text: &str| utf8_percent_encode(text, RESERVED).to_string();
    let mut query: Vec<(String, String)> =
        request.url.query_pairs().map(|(name, value)| (encoded(&name), encoded(&value))).collect();
    query.sort();
    let query: Vec<String> = query.into_iter().map(|(name, value)| format!("{name}={value}")).collect();
    let lines: String = headers.iter().map(|(name, value)| format!("{name}:{value}\n")).collect();
    let names: Vec<&str> = headers.iter().map(|(name, _)| *name).collect();
    let (method, query, names) = (&request.method, query.join("&"), names.join(";"));
    format!("{method}\n{path}\n{query}\n{lines}\n{names}\n{hash}")
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use http::Method;

    use super::*;

    type TestResult = Result<(), Box<dyn std::error::Error>>;

    const KEY: &str = "AKIAIOSFODNN7EXAMPLE";
    const SECRET: &str = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";

    fn signer(pairs: &[(&str, &str)]) -> Result<Signer, String> {
        Signer::of(&|key| pairs.iter().find(|(known, _)| *known == key).map(|(_, value)| (*value).to_owned()))
    }

    fn example(service: Option<&'static str>) -> Result<Signer, String> {
        let own = [(keys::API_KEY, KEY), (keys::API_SECRET, SECRET), (keys::REGION, "us-east-1")];
        let service = service.map(|service| (keys::SERVICE, service));
        signer(&own.into_iter().chain(service).collect::<Vec<_>>())
    }

    fn sent(signer: &Signer, mut request: VendorRequest, time: &str) -> Result<String, Box<dyn std::error::Error>> {
        signer.sign(&mut request, time.parse()?)?;
        let value = request.headers.get(AUTHORIZATION).ok_or("no header")?;
        assert!(value.is_sensitive());
        Ok(value.to_str()?.to_owned())
    }

    /// The examples of the manual of S3, "Signature Calculations for the Authorization Header".
    #[test]
    fn the_examples_of_storage_have_their_signatures() -> TestResult {
        for (query, signature) in [
            ("?lifecycle", "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543"),
            ("?max-keys=2&prefix=J", "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7"),
        ] {
            // Without the name of the service: it is not the first label of this host.
            let url = Url::parse(&format!("https://examplebucket.s3.amazonaws.com/{query}"))?;
            let found = sent(&example(Some("s3"))?, VendorRequest::get(url, "/x"), "2013-05-24T00:00:00Z")?;
            let expected = format!(
                "AWS4-HMAC-SHA256 Credential={KEY}/20130524/us-east-1/s3/aws4_request, \
                 SignedHeaders=host;x-amz-content-sha256;x-amz-date, Signature={signature}"
            );
            assert_eq!(found, expected);
        }
        Ok(())
    }

    /// The key of the manual's example of a derivation.
    #[test]
    fn the_signing_key_is_that_of_the_manual() -> TestResult {
        let signer = signer(&[
            (keys::API_KEY, "k"),
            (keys::API_SECRET, "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"),
            (keys::REGION, "us-east-1"),
        ])?;
        let text = "AWS4-HMAC-SHA256\n20150830T123600Z\n20150830/us-east-1/iam/aws4_request\n\
            f536975d06c0309214f805bb90ccff089219ecd68b2577efef23edd43b7e1a59";
        let expected = "5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7";
        assert_eq!(signer.signature("20150830", "iam", text), expected);
        Ok(())
    }

    #[test]
    fn the_canonical_form_encodes_paths_and_sorts_queries() -> TestResult {
        let url = Url::parse("https://db.eu.example:8443/a%20b/c*d(é)/?b=2&a=x+y&b=1&e&%7E=~")?;
        let mut request = VendorRequest { method: Method::PUT, ..VendorRequest::get(url, "/x") };
        request.headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json;   charset=utf-8"));
        let headers = signed_headers(&request, &host_of(&request.url));
        let form = |is_storage| canonical(&request, &headers, "h", is_storage);
        let expected = "PUT\n/a%20b/c%2Ad%28%C3%A9%29/\na=x%20y&b=1&b=2&e=&~=~\n\
            content-type:application/json; charset=utf-8\nhost:db.eu.example:8443\n\ncontent-type;host\nh";
        assert_eq!(form(true), expected);
        assert!(form(false).starts_with("PUT\n/a%2520b/c%252Ad%2528%25C3%25A9%2529/\n"));
        Ok(())
    }

    /// Spec E 4.56: the service is the first label of the host where none is configured.
    #[test]
    fn the_service_comes_from_the_host_and_secrets_stay_hidden() -> TestResult {
        let own = example(None)?;
        let mut request = VendorRequest::get(Url::parse("https://dynamodb.us-east-1.amazonaws.com/")?, "/x");
        request.body = Bytes::from_static(b"{}");
        let found = sent(&own, request, "2015-08-30T12:36:00Z")?;
        assert!(found.contains("/20150830/us-east-1/dynamodb/aws4_request"), "{found}");
        assert!(!format!("{own:?}").contains(SECRET));
        for key in [keys::API_KEY, keys::API_SECRET, keys::REGION] {
            let all = [(keys::API_KEY, KEY), (keys::API_SECRET, SECRET), (keys::REGION, "r")];
            let without: Vec<_> = all.into_iter().filter(|(known, _)| *known != key).collect();
            assert_eq!(signer(&without).err(), Some(format!("Missing required configuration: {key}")));
        }
        Ok(())
    }
}
