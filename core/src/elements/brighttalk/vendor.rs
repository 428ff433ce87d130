//! The vendor's API: the request of a page, and its answer (spec BT 1.1–1.3, 1.6).

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use http::StatusCode;
use http::header::{ACCEPT, CONTENT_TYPE, HeaderMap, HeaderValue};
use url::Url;

use super::call::{Call, Endpoint, Filters, Ids};
use super::error::{failure, of_page, unreadable};
use super::info::keys;
use super::xml::{self, ParseOptions, ParsedPage, Warning};
use crate::auth::Secret;
use crate::element::Host;
use crate::error::{Error, ErrorKind, Result};
use crate::record::Batch;
use crate::vendor::{
    Context, Decode, FixedHeader, Repeat, VendorAnswer, VendorClient, VendorError, VendorErrorKind, VendorRequest,
    read_base_url,
};

/// The vendor's production environment (spec BT 1.1).
pub const PRODUCTION: &str = "https://api.brighttalk.com";
/// The vendor's staging environment.
pub const STAGING: &str = "https://api.stage.brighttalk.net";

/// Default number of records per page (spec BT 1.6).
pub const PAGE_SIZE: u32 = 200;
/// Page size above which a rejection may mean that the vendor has a lower maximum.
const SAFE_PAGE_SIZE: u32 = 50;

/// One page of a list, or one record.
#[derive(Debug)]
pub struct Page {
    /// The records.
    pub batch: Batch,
    /// Cursor of the next page.
    pub next: Option<String>,
    /// Anomalies that did not prevent parsing.
    pub warnings: Vec<Warning>,
    /// The vendor's time, in seconds since the epoch.
    pub date_s: Option<i64>,
}

/// The vendor as one instance uses it. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Vendor {
    client: VendorClient,
    /// Scheme, host and port; credentials are never sent elsewhere.
    base_url: Url,
    /// Whether the vendor rejected the page size, so that none is sent any more (spec BT 1.6).
    no_page_size: Arc<AtomicBool>,
}

impl Vendor {
    /// Creates the vendor over a client, whose limits it shares.
    ///
    /// # Errors
    /// Returns a `config` error if the key contains a colon, or the credentials cannot be sent.
    pub fn new(client: &VendorClient, base_url: Url, api_key: &Secret, api_secret: &Secret) -> Result<Self> {
        if api_key.expose().contains(':') {
            return Err(Error::new(ErrorKind::Config, "the API key must not contain a colon"));
        }
        let client = client.authorized_by(Arc::new(FixedHeader::basic(api_key, api_secret)?));
        Ok(Self { client, base_url, no_page_size: Arc::default() })
    }

    /// Connects an instance: to the host that replaces the vendor's, or to its production or staging environment (spec
    /// BT 2.1).
    ///
    /// # Errors
    /// As [`new`](Self::new), and a `config` error if the address cannot be used.
    pub fn of(host: Host) -> Result<Self> {
        let Host { client, configuration, url, .. } = host;
        let configuration = configuration.current();
        let configuration = configuration.values();
        let secret = |key: &str| Secret::new(configuration.get(key).cloned().unwrap_or_default());
        let staging = configuration.get(keys::IS_STAGING).is_some_and(|value| value == "true");
        let default = if staging { STAGING } else { PRODUCTION };
        let base_url = read_base_url(url.as_deref().unwrap_or(default))?;
        Self::new(&client, base_url, &secret(keys::API_KEY), &secret(keys::API_SECRET))
    }

    /// Verifies the credentials with one cheap read (spec BT 2.1).
    pub async fn verify(&self, cx: &Context) -> Result<(), VendorError> {
        let call = Call { endpoint: Endpoint::MyChannels, ids: Ids::default(), filters: Filters::default() };
        self.page(cx, &call, None, Some(1)).await.map(drop)
    }

    /// Reads one page. `cursor` is that of the previous page; every page is requested with the filters.
    pub async fn page(
        &self,
        cx: &Context,
        call: &Call,
        cursor: Option<&str>,
        page_size: Option<u32>,
    ) -> Result<Page, VendorError> {
        let first = self.page_as_asked(cx, call, cursor, page_size).await;
        match first {
            Err(error) if page_size_refused(&error, cursor, page_size) => {
                let page = self.page_as_asked(cx, call, cursor, None).await?;
                self.no_page_size.store(true, Ordering::Relaxed);
                Ok(page)
            }
            outcome => outcome,
        }
    }

    async fn page_as_asked(
        &self,
        cx: &Context,
        call: &Call,
        cursor: Option<&str>,
        page_size: Option<u32>,
    ) -> Result<Page, VendorError> {
        let request = self.request(call, cursor, page_size)?;
        let decoder = PageDecoder { call, cursor, base_url: &self.base_url };
        self.client.call(cx, request, Repeat::Always, &decoder).await
    }

    /// Builds the request of a page from the call: the `next` link itself is never requested (spec BT 1.6).
    fn request(&self, call: &Call, cursor: Option<&str>, page_size: Option<u32>) -> Result<VendorRequest, VendorError> {
        let missing = || VendorError::new(VendorErrorKind::BadRequest, "an id is missing in the path");
        let path = call.path().ok_or_else(missing)?;
        let mut url = self.base_url.clone();
        let base = url.path().trim_end_matches('/').to_owned();
        url.set_path(&format!("{base}{path}"));
        let mut query = call.query();
        let info = call.endpoint.info();
        if info.paged {
            query.extend(cursor.map(|cursor| ("cursor", cursor.to_owned())));
            let page_size = page_size.filter(|_| !self.no_page_size.load(Ordering::Relaxed));
            query.extend(page_size.map(|size| ("pageSize", size.to_string())));
        }
        if !query.is_empty() {
            url.query_pairs_mut().extend_pairs(query);
        }
        let mut request = VendorRequest::get(url, info.path);
        request.headers.insert(ACCEPT, HeaderValue::from_static("application/xml"));
        let client = HeaderValue::from_static(concat!("ElementKit/", env!("CARGO_PKG_VERSION")));
        request.headers.insert("Api-Client", client);
        Ok(request)
    }
}

/// Converts the answer to the request of a page.
struct PageDecoder<'a> {
    call: &'a Call,
    cursor: Option<&'a str>,
    base_url: &'a Url,
}

impl Decode<Page> for PageDecoder<'_> {
    fn head(&self, status: StatusCode, headers: &HeaderMap) -> Result<(), VendorError> {
        if status.is_success() { charset_of(headers).map(drop) } else { Ok(()) }
    }

    fn decode(&self, answer: VendorAnswer) -> Result<Page, VendorError> {
        if !answer.status.is_success() {
            return Err(failure(&answer, charset_of(&answer.headers).is_ok()));
        }
        let charset = charset_of(&answer.headers)?;
        let info = self.call.endpoint.info();
        let time_s = answer.time_s();
        let text = xml::to_text(answer.body, charset.as_deref(), info.record).map_err(unreadable)?;
        let parsed = xml::parse(&text, info, &self.call.ids, ParseOptions::default()).map_err(unreadable)?;
        Ok(self.page_of(parsed, time_s))
    }

    fn explain(&self, error: VendorError) -> VendorError {
        of_page(error, self.call, self.cursor)
    }

    fn records(&self, page: &Page) -> Option<usize> {
        Some(page.batch.len())
    }
}

impl PageDecoder<'_> {
    fn page_of(&self, parsed: ParsedPage, date_s: Option<i64>) -> Page {
        let mut warnings = parsed.warnings;
        if let Some(next) = &parsed.next {
            let place = |url: &Url| (url.host().map(|host| host.to_owned()), url.port_or_known_default());
            let own = place(self.base_url);
            let foreign = Url::parse(&next.href).is_ok_and(|url| place(&url) != own);
            if foreign {
                let path = format!("{}/link/@href", parsed.root);
                warnings.push(Warning { code: "foreign-next-host", path, detail: String::new() });
            }
        }
        Page { batch: parsed.batch, next: parsed.next.map(|next| next.cursor), warnings, date_s }
    }
}

/// Returns the charset of an answer, if it names one. Rejects answers that are not XML (spec BT 1.3).
fn charset_of(headers: &HeaderMap) -> Result<Option<String>, VendorError> {
    let value = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let mut parts = value.split(';');
    let media = parts.next().unwrap_or_default().trim().to_ascii_lowercase();
    if !(matches!(media.as_str(), "application/xml" | "text/xml") || media.ends_with("+xml")) {
        let why = format!("the media type is {media:?}, not XML");
        return Err(VendorError::answered(VendorErrorKind::MalformedResponse, 200, why));
    }
    let parameters = parts.filter_map(|part| part.split_once('='));
    let mut charsets = parameters.filter(|(name, _)| name.trim().eq_ignore_ascii_case("charset"));
    Ok(charsets.next().map(|(_, value)| value.trim().trim_matches('"').to_owned()))
}

fn page_size_refused(error: &VendorError, cursor: Option<&str>, page_size: Option<u32>) -> bool {
    let code = error.code.as_deref();
    let names_it = code.is_some_and(|code| code.contains("PageSize"));
    // With a cursor, any other code may refer to the cursor.
    let may_mean_it = cursor.is_none() && code.is_none_or(|code| code == "InvalidParameter");
    error.status == Some(400) && page_size.is_some_and(|size| size > SAFE_PAGE_SIZE) && (names_it || may_mean_it)
}
