//! The connection of an instance to the vendor.

use std::sync::Arc;

use elementkit::auth::Secret;
use elementkit::element::{Connector, Host, Page, PageRequest};
use elementkit::vendor::{
    Context, FixedHeader, Repeat, VendorClient, VendorError, VendorErrorKind, VendorRequest, read_base_url,
};
use futures::FutureExt;
use futures::future::BoxFuture;
use http::header::{ACCEPT, AUTHORIZATION, HeaderValue};
use url::Url;

use crate::decode::{Anything, PageDecoder};
use crate::element::keys;
use crate::plan::{Own, Target};

/// The vendor's own address. It does not exist: tests configure another one.
const VENDOR: &str = "https://crm.testbed.invalid";

/// The vendor as one instance uses it.
pub(crate) struct Vendor {
    client: VendorClient,
    url: Url,
}

impl Vendor {
    pub fn new(host: &Host) -> elementkit::Result<Self> {
        let url = read_base_url(host.url.as_deref().unwrap_or(VENDOR))?;
        let configuration = host.configuration.current();
        let token = configuration.get(keys::TOKEN).unwrap_or_default();
        let authorization = FixedHeader::new(AUTHORIZATION, &Secret::new(format!("Bearer {token}")))?;
        Ok(Self { client: host.client.authorized_by(Arc::new(authorization)), url })
    }

    fn request(&self, path: &[&str], operation: &'static str) -> Result<VendorRequest, VendorError> {
        let mut request = VendorRequest::below(&self.url, path, operation)?;
        request.headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
        Ok(request)
    }

    /// Returns the request of a page.
    fn page_request(&self, own: &Own, request: &PageRequest<'_>) -> Result<VendorRequest, VendorError> {
        let id = request.partition.parts().next().unwrap_or_default();
        let mut page = match own.target {
            Target::Accounts => self.request(&["v2", "accounts"], "/v2/accounts"),
            Target::Account => self.request(&["v2", "accounts", &id], "/v2/accounts/{id}"),
            Target::Notes => self.request(&["v2", "notes"], "/v2/notes"),
            Target::Note => self.request(&["v2", "notes", &id], "/v2/notes/{id}"),
            Target::NotesOfAccount => self.request(&["v2", "accounts", &id, "notes"], "/v2/accounts/{id}/notes"),
        }?;
        if !own.target.is_single() {
            let size = request.size.map(|size| size.to_string());
            let parameters =
                [("limit", size.as_deref()), ("updated_since", own.since.as_deref()), ("cursor", request.cursor)];
            let mut query = page.url.query_pairs_mut();
            for (name, value) in parameters {
                if let Some(value) = value {
                    query.append_pair(name, value);
                }
            }
            drop(query);
        }
        Ok(page)
    }
}

impl Target {
    /// Returns whether the vendor sends one record.
    pub fn is_single(self) -> bool {
        matches!(self, Self::Account | Self::Note)
    }
}

impl Connector for Vendor {
    fn verify<'a>(&'a self, context: &'a Context) -> BoxFuture<'a, Result<(), VendorError>> {
        async move {
            let request = self.request(&["v2", "me"], "/v2/me")?;
            self.client.call(context, request, Repeat::Always, &Anything).await
        }
        .boxed()
    }

    fn page<'a>(&'a self, context: &'a Context, request: PageRequest<'a>) -> BoxFuture<'a, Result<Page, VendorError>> {
        async move {
            let wrong = || VendorError::new(VendorErrorKind::BadRequest, "the plan is not one of this element");
            let own: &Own = request.plan.own.downcast_ref().ok_or_else(wrong)?;
            let decoder = PageDecoder { schema: &request.plan.schema, single: own.target.is_single() };
            self.client.call(context, self.page_request(own, &request)?, Repeat::Always, &decoder).await
        }
        .boxed()
    }
}
