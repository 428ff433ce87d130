//! The connection of an element to its vendor for one instance.

use std::sync::Arc;

use futures::FutureExt;
use futures::future::{BoxFuture, ready};
use serde_json::Value;
use url::Url;

use super::{Answer, DiscoveryCall, FoundObject, Page, PageRequest, ResourceCall, Scripts};
use crate::vendor::oauth1::RequestToken;
use crate::vendor::{
    Context, LiveConfiguration, Login, LoginError, LoginGrant, VendorClient, VendorError, VendorErrorKind,
};

/// A connection of an element to its vendor for one instance.
///
/// It keeps only what it has learned about the vendor; what the next page needs is in the cursor. It builds requests and
/// decodes answers. The [`VendorClient`] retries and waits, and the engine reads page after page, so a connector does
/// neither, and starts no tasks. Every future borrows its arguments, and each page takes one box.
pub trait Connector: Send + Sync {
    /// Verifies the credentials with one cheap read.
    fn verify<'a>(&'a self, context: &'a Context) -> BoxFuture<'a, Result<(), VendorError>>;

    /// Prepares a new or changed instance: verifies the credentials, and writes what the instance needs through the
    /// configuration of the host. The login of OAuth was made before. Verifies only, by default.
    fn provision<'a>(&'a self, context: &'a Context) -> BoxFuture<'a, Result<(), VendorError>> {
        self.verify(context)
    }

    /// Returns the call that replaces the standard request for a request token of OAuth 1, if the vendor needs another
    /// (spec E 1.63). The configuration is that of an instance to come. `None` by default.
    fn request_token(&self) -> Option<BoxFuture<'_, Result<RequestToken, LoginError>>> {
        None
    }

    /// Returns the address at which a user grants access, if the standard one does not suffice (spec E 4.30). The
    /// configuration is that of an instance to come, `parameters` are the values of the call with the defaults. `None` by
    /// default.
    fn authorization<'a>(
        &'a self,
        parameters: &'a [(String, String)],
    ) -> Option<BoxFuture<'a, Result<Url, VendorError>>> {
        let _ = parameters;
        None
    }

    /// Returns the login that replaces the standard one for a grant, if the vendor needs another (spec E 4.39). `None` by
    /// default.
    fn login(&self, grant: &LoginGrant) -> Option<Login> {
        let _ = grant;
        None
    }

    /// Ends what a deleted instance has at the vendor. Does nothing by default. The engine then revokes the token of
    /// OAuth 2, unless [`revoke`](Self::revoke) does.
    fn release<'a>(&'a self, context: &'a Context) -> BoxFuture<'a, Result<(), VendorError>> {
        let _ = context;
        ready(Ok(())).boxed()
    }

    /// Returns the call that replaces the standard revocation of the token, if the vendor needs another (spec E 4.46).
    /// `None` by default.
    fn revoke<'a>(&'a self, context: &'a Context) -> Option<BoxFuture<'a, Result<(), VendorError>>> {
        let _ = context;
        None
    }

    /// Asks the vendor for the objects of the account, which discovery lists in place of those of the element (spec E 8.3).
    /// `None` by default.
    fn objects<'a>(
        &'a self,
        context: &'a Context,
        call: DiscoveryCall<'a>,
    ) -> Option<BoxFuture<'a, Result<Vec<FoundObject>, VendorError>>> {
        let _ = (context, call);
        None
    }

    /// Asks the vendor for the fields that an object has in the account, and returns them together with those that the
    /// author describes: the items of `fields` in its metadata (spec E 8.13). The inner `None` if there are no fields at
    /// all. `None` by default.
    fn fields<'a>(
        &'a self,
        context: &'a Context,
        object: &'a str,
        call: DiscoveryCall<'a>,
    ) -> Option<BoxFuture<'a, Result<Option<Vec<Value>>, VendorError>>> {
        let _ = (context, object, call);
        None
    }

    /// Reads one page of a list.
    fn page<'a>(&'a self, context: &'a Context, request: PageRequest<'a>) -> BoxFuture<'a, Result<Page, VendorError>>;

    /// Makes a call that is no read: a write, or any other verb and path that the element declares. Refuses it by
    /// default, since an element without such resources need not implement it.
    ///
    /// The element sends changes with [`Repeat::IfNotSent`](crate::vendor::Repeat::IfNotSent), so that none is made
    /// twice. If the error leaves open whether the vendor made the change (see
    /// [`VendorError::leaves_outcome_open`]), the caller learns that.
    fn call<'a>(&'a self, context: &'a Context, call: ResourceCall<'a>) -> BoxFuture<'a, Result<Answer, VendorError>> {
        let _ = (context, call);
        Box::pin(async {
            let message = "the element declares this call but does not implement it";
            Err(VendorError::new(VendorErrorKind::BadRequest, message))
        })
    }
}

/// The parts of the platform that an element may use for one instance.
#[derive(Clone)]
pub struct Host {
    /// Client for the vendor, with the limits of the instance and without authorization.
    pub client: VendorClient,
    /// Configuration of the instance, through which logins acquire and keep credentials. Contains secrets.
    pub configuration: Arc<dyn LiveConfiguration>,
    /// Script engine, for elements that bring scripts.
    pub scripts: Arc<dyn Scripts>,
    /// Id of the instance. `None` while it is being created.
    pub instance_id: Option<i64>,
    /// Address that replaces the vendor's. `None` by default.
    pub url: Option<String>,
}
