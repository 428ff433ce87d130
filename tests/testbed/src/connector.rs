//! The connection of an instance to the vendor.

use std::borrow::Cow;
use std::sync::Arc;

use elementkit::auth::Secret;
use elementkit::element::{Answer, Connector, Host, Page, PageRequest, ResourceCall, ResourceKind};
use elementkit::record::Schema;
use elementkit::vendor::oauth2::OAuth2;
use elementkit::vendor::{
    Authorize, Context, FixedHeader, Repeat, StreamLimits, VendorClient, VendorError, VendorErrorKind, VendorRequest,
    read_base_url,
};
use futures::FutureExt;
use futures::future::BoxFuture;
use http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderValue};
use url::Url;

use crate::call::{self, CallDecoder};
use crate::decode::{Anything, PageDecoder, Successful};
use crate::element::{Access, keys};
use crate::plan::{Own, Target};

/// The vendor's own address. It does not exist: tests configure another one.
const VENDOR: &str = "https://crm.testbed.invalid";

/// The vendor as one instance uses it.
pub(crate) struct Vendor {
    client: VendorClient,
    url: Url,
    /// Columns of accounts, which writes return.
    accounts: Arc<Schema>,
}

impl Vendor {
    pub fn new(access: Access, host: &Host, accounts: Arc<Schema>) -> elementkit::Result<Self> {
        let url = read_base_url(host.url.as_deref().unwrap_or(VENDOR))?;
        let authorization: Arc<dyn Authorize> = match access.login() {
            None => {
                let configuration = host.configuration.current();
                let token = configuration.get(keys::TOKEN).unwrap_or_default();
                Arc::new(FixedHeader::new(AUTHORIZATION, &Secret::new(format!("Bearer {token}")))?)
            }
            Some(login) => Arc::new(OAuth2::new(login, &host.client, Arc::clone(&host.configuration))),
        };
        Ok(Self { client: host.client.authorized_by(authorization), url, accounts })
    }

    fn request(&self, path: &[&str], operation: impl Into<Cow<'static, str>>) -> Result<VendorRequest, VendorError> {
        let mut request = VendorRequest::below(&self.url, path, operation)?;
        request.headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
        Ok(request)
    }

    /// Returns the request of a write or another call.
    fn call_request(&self, call: &ResourceCall<'_>) -> Result<VendorRequest, VendorError> {
        let id = call.path.get("id").unwrap_or_default();
        let operation = format!("/v2{}", call.resource.template);
        let request = match call.resource.kind {
            ResourceKind::Create => self.request(&["v2", "accounts"], operation),
            ResourceKind::Any => self.request(&["v2", "accounts", id, "merge"], operation),
            _ => self.request(&["v2", "accounts", id], operation),
        }?;
        let body = call::body(&call.body)?;
        let mut request = VendorRequest { method: call.resource.method.clone(), body, ..request };
        if !request.body.is_empty() {
            request.headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        }
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

    fn call<'a>(&'a self, context: &'a Context, call: ResourceCall<'a>) -> BoxFuture<'a, Result<Answer, VendorError>> {
        async move {
            if let Some(bytes) = call.path.get("bytes") {
                let request = VendorRequest::below(&self.url, &["v2", "exports", bytes], "/v2/exports/{bytes}")?;
                let answer = self.client.stream(context, request, Repeat::Always, &Successful, StreamLimits::default());
                return Ok(Answer::stream(answer.await?));
            }
            let request = self.call_request(&call)?;
            let repeat = Repeat::of(&request.method);
            let decoder = CallDecoder { kind: call.resource.kind, schema: &self.accounts };
            self.client.call(context, request, repeat, &decoder).await
        }
        .boxed()
    }
}
