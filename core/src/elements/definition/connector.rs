//! The connection of an instance to the vendor of a definition.

use std::sync::Arc;
use std::time::{Duration, Instant};

use futures::FutureExt;
use futures::future::BoxFuture;
use http::header::{CONTENT_TYPE, HeaderMap, HeaderValue};
use serde_json::Value;
use url::Url;

use super::answer::{Content, Records};
use super::authorize::authentication;
use super::caller_body;
use super::check::authentication_is_available;
use super::discovery::{own_metadata, own_objects, own_ping, refuse_obstacle};
use super::document::{DefinedResource, Definition, Protocol, ResourceType};
use super::element::DefinedElement;
use super::login::{Logins, has_token_login, of_type, timed};
use super::paging;
use super::plan::Own;
use super::request::InputBody;
use super::run::{self, Run};
use super::session::{Asked, Session, Unasked, Wanted};
use super::settings::Settings;
use crate::element::{
    Answer, CallBody, Connector, DiscoveryCall, FoundObject, Head, Host, Page, PageRequest, PathValues, ResourceCall,
    Urgency,
};
use crate::moment;
use crate::record::{Batch, Schema};
use crate::vendor::oauth1::RequestToken;
use crate::vendor::oauth2;
use crate::vendor::{
    Configuration, Context, LiveConfiguration, Login, LoginError, LoginGrant, LoginKind, Repeat, VendorError,
    VendorErrorKind,
};

/// Media type of bytes that have none.
const UNKNOWN: HeaderValue = HeaderValue::from_static("application/octet-stream");
/// Time limit of each call for a deleted instance (spec E 4.13).
const RELEASE_LIMIT: Duration = Duration::from_secs(30);

/// The connection of an instance to the vendor of a definition.
pub(super) struct DefinedConnector {
    element: Arc<DefinedElement>,
    session: Session,
    logins: Logins,
    configuration: Arc<dyn LiveConfiguration>,
}

impl DefinedConnector {
    /// Returns the element.
    pub(super) fn element(&self) -> &DefinedElement {
        &self.element
    }

    pub fn new(element: Arc<DefinedElement>, host: Host) -> Self {
        let Host { client, scripts, instance_id, .. } = host;
        let session = Session { definition: Arc::clone(&element.definition), client, scripts, instance_id };
        let login = Session { client: session.client.for_login(), ..session.clone() };
        Self {
            session,
            logins: Logins { session: login, configuration: Arc::clone(&host.configuration) },
            configuration: host.configuration,
            element,
        }
    }

    pub(super) fn definition(&self) -> &Definition {
        &self.session.definition
    }

    /// Makes a call, once more after a login if the vendor rejects the credentials (spec E 4.57), and keeps what it
    /// stores.
    pub(super) async fn ask(
        &self,
        cx: &Context,
        resource: &DefinedResource,
        (repeat, urgency): (Repeat, Urgency),
        wanted: &Wanted<'_>,
    ) -> Result<Asked, Unasked> {
        if run::has_steps(self.definition(), resource) {
            run::check_chain(self.definition(), resource).map_err(VendorError::from)?;
            let live = (Some(&self.logins), self.logins.fresh(cx).await?);
            let mut run = Run::new(&self.session, cx, (repeat, urgency), live);
            let outcome = run.call(resource, wanted).await;
            return outcome.map_err(|error| run.into_unasked(error));
        }
        let attempt = async |values: &Configuration| {
            let settings = Settings::new(self.definition(), values.values());
            self.session.ask(cx, resource, &wanted.with(settings), repeat).await
        };
        let seen = self.logins.fresh(cx).await?;
        let mut asked = match attempt(&seen).await {
            Err(error) if error.status == Some(401) => match self.logins.renew(cx, &seen).await? {
                Some(newer) => attempt(&newer).await?,
                None => return Err(error.into()),
            },
            outcome => outcome?,
        };
        self.logins.keep(std::mem::take(&mut asked.changes)).await?;
        Ok(asked)
    }

    async fn read_page(&self, cx: &Context, request: PageRequest<'_>) -> Result<Page, VendorError> {
        let wrong = || VendorError::new(VendorErrorKind::BadRequest, "the plan is not one of this element");
        let own: &Own = request.plan.own.downcast_ref().ok_or_else(wrong)?;
        let resource = self.definition().resources.get(own.position).ok_or_else(wrong)?;
        let walk = own.walk(&request).ok_or_else(wrong)?;
        let path = own.path_of(request.partition);
        let values = walk.values(own.mode, own.sizes);
        let wanted = Wanted {
            path: &path,
            query: &own.query,
            headers: &own.headers,
            body: &own.body,
            condition: own.condition.as_ref(),
            page: own.reads_list.then_some(&values),
        };
        let asked = self.ask(cx, resource, (Repeat::Always, own.urgency()), &wanted).await;
        let current = self.configuration.current();
        let settings = Settings::new(self.definition(), current.values());
        match asked {
            Ok(asked) => own.page(settings, resource, &walk, request.partition, asked),
            Err(failed) if own.leaves_out(&failed.error) => own.failed_page(settings, resource, &walk, failed),
            Err(failed) => Err(own.explained(failed.error, request.cursor)),
        }
    }

    async fn call_resource(&self, cx: &Context, call: ResourceCall<'_>) -> Result<Answer, VendorError> {
        let unknown = || VendorError::new(VendorErrorKind::BadRequest, "the element has no such resource");
        let resource = self.element.defined(call.resource).ok_or_else(unknown)?;
        let body = body_of(call.body).await?;
        let query = pairs(call.parameters.iter());
        let wanted =
            Wanted { path: call.path, query: &query, headers: call.headers, body: &body, condition: None, page: None };
        let asked = self.ask(cx, resource, (Repeat::IfNotSent, Urgency::Live), &wanted).await?;
        let mut head = asked.read.head();
        if let Some(cursor) = paging::given_cursor(&asked.read).and_then(|cursor| HeaderValue::from_str(cursor).ok()) {
            head.platform.insert(paging::NEXT_PAGE, cursor);
        }
        answer(head, asked.read.into_content())
    }

    /// Prepares an instance (spec E 4.7, parts 2 to 4; the engine has made the login of OAuth 2).
    async fn prepare(&self) -> Result<(), VendorError> {
        let current = self.configuration.current();
        self.check_offered(&current)?;
        let session = &self.logins.session;
        let mut resources = of_type(self.definition(), ResourceType::ProvisionAuthValidation);
        resources.extend(of_type(self.definition(), ResourceType::OnProvision));
        if resources.is_empty() {
            return Ok(());
        }
        // Spec E 4.9: of a refused instance nothing is stored.
        let (changes, outcome) = session.run(&resources, &current).await;
        outcome.map_err(not_authenticated)?;
        let has_login = session.kind(&current).is_none() && has_token_login(self.definition());
        self.logins.keep(if has_login { timed(changes) } else { changes }).await.map(drop)
    }

    /// Refuses what does not exist yet (spec E 4.6, 12.2).
    fn check_offered(&self, current: &Configuration) -> Result<(), VendorError> {
        let refuse = |message: String| Err(VendorError::new(VendorErrorKind::BadRequest, message));
        let settings = Settings::new(self.definition(), current.values());
        let kind = authentication(self.definition(), settings);
        if !authentication_is_available(&kind) {
            return refuse(format!("The authentication type {kind} is not available"));
        }
        match &self.definition().protocol {
            Protocol::Other(word) => refuse(format!("The protocol {word} is not available")),
            _ => Ok(()),
        }
    }

    /// Reads something cheap (spec E 8.15).
    async fn probe(&self, cx: &Context) -> Result<(), VendorError> {
        let Some(resource) = cheapest(self.definition()) else { return Ok(()) };
        refuse_obstacle(self.definition(), resource)?;
        let (query, page) = super::plan::one_record(self.definition(), resource, &self.configuration.current());
        let (path, headers, body) = (PathValues::default(), HeaderMap::new(), InputBody::Empty);
        let page = page.as_ref();
        let wanted = Wanted { path: &path, query: &query, headers: &headers, body: &body, condition: None, page };
        Ok(self.ask(cx, resource, (Repeat::Always, Urgency::Live), &wanted).await.map(drop)?)
    }

    async fn end(&self) -> Result<(), VendorError> {
        let mut outcome = Ok(());
        let mut values = self.configuration.current().values().clone();
        for resource in of_type(self.definition(), ResourceType::OnDelete) {
            let configuration = Configuration::new(values.clone(), self.configuration.current().generation());
            let resources = [resource];
            let call = self.logins.session.run(&resources, &configuration);
            match tokio::time::timeout(RELEASE_LIMIT, call).await {
                Ok((changes, ended)) => {
                    changes.apply(&mut values);
                    outcome = outcome.and(ended);
                }
                Err(_) => {
                    outcome = Err(VendorError::new(VendorErrorKind::Timeout, format!("no answer of {}", resource.path)))
                }
            }
        }
        outcome
    }

    async fn end_token(&self) -> Result<(), VendorError> {
        let (session, current) = (&self.logins.session, self.configuration.current());
        let complete = session.complete(&current)?;
        match of_type(self.definition(), ResourceType::OauthTokenRevoke).into_iter().next() {
            Some(resource) => session.run(&[resource], &complete).await.1,
            None => oauth2::revoke(&session.client, &complete).await,
        }
    }
}

/// Marks a rejection while an instance is made, whatever its status (spec E 4.9).
fn not_authenticated(error: VendorError) -> VendorError {
    let is_rejection = error.status.is_some_and(|status| (400..500).contains(&status));
    VendorError { refuses_login: is_rejection, ..error }
}

/// Returns the resource with which credentials are verified: the element's own ping, else the first check of a creation
/// that reads, else a list without required parameters (spec E 8.15).
fn cheapest(definition: &Definition) -> Option<&DefinedResource> {
    let reads = |resource: &&DefinedResource| resource.method == http::Method::GET && !resource.java;
    let mut all = definition.resources.iter().filter(reads);
    let check = || all.clone().find(|resource| resource.kind == ResourceType::ProvisionAuthValidation);
    own_ping(definition).or_else(check).or_else(|| {
        all.find(|resource| {
            let asks = resource.parameters.iter().any(|parameter| parameter.required && !parameter.response);
            let is_own = resource.kind.is_callable() && !resource.path.starts_with("/objects");
            is_own && !resource.path.contains('{') && !asks
        })
    })
}

pub(super) fn pairs<'a>(values: impl Iterator<Item = (&'a str, &'a str)>) -> Vec<(String, String)> {
    values.map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
}

/// Returns the body of a call as definitions read it (spec E 5.8).
pub(super) async fn body_of(body: CallBody<'_>) -> Result<InputBody, VendorError> {
    match body {
        CallBody::Empty => Ok(InputBody::Empty),
        CallBody::Record(text) => Ok(InputBody::Json(text.to_owned())),
        CallBody::Bytes { media_type, bytes } => Ok(caller_body::read(media_type, bytes)?),
        CallBody::Stream { media_type, body } => caller_body::open(media_type, body).await,
    }
}

/// Returns a batch of documents.
pub(super) fn documents<'a>(texts: impl IntoIterator<Item = &'a str>) -> Result<Batch, VendorError> {
    let mut batch = Batch::new(Schema::documents());
    for text in texts {
        batch.push_document(text).map_err(|error| unreadable(&error))?;
    }
    Ok(batch)
}

/// Returns a batch of the records that are wanted, which are not copied out of their page.
pub(super) fn pinned(records: Records, mut is_wanted: impl FnMut(&str) -> bool) -> Result<Batch, VendorError> {
    let Records { page, items, is_compact, outlined } = records;
    let page = page.into_string();
    let items: Vec<_> = items.into_iter().filter(|range| is_wanted(&page[range.clone()])).collect();
    let mut batch = Batch::of_checked_page(page, is_compact, outlined);
    items.into_iter().for_each(|range| batch.push_slice(range));
    Ok(batch)
}

fn unreadable(error: &dyn std::error::Error) -> VendorError {
    VendorError::answered(VendorErrorKind::MalformedResponse, 200, error.to_string())
}

/// Returns a successful answer as the engine passes it on (spec E 5.83, 5.84).
pub(super) fn answer(head: Head, content: Content) -> Result<Answer, VendorError> {
    let answer = match content {
        Content::Empty => return Ok(Answer::Empty(head)),
        Content::List(records) => Answer::Rows(pinned(records, |_| true)?),
        Content::One(json) => Answer::Record(documents([std::str::from_utf8(&json).unwrap_or_default()])?),
        Content::Text(text) => Answer::Record(documents([&*serde_json::Value::from(text).to_string()])?),
        Content::Bytes { media_type, bytes } => Answer::bytes(media_type.unwrap_or(UNKNOWN), bytes),
        Content::Stream { media_type, body } => {
            let headers = HeaderMap::from_iter([(CONTENT_TYPE, media_type.unwrap_or(UNKNOWN))]);
            Answer::Bytes { head: Head { headers, ..Head::default() }, body }
        }
    };
    Ok(if head.is_empty() { answer } else { Answer::With(head, Box::new(answer)) })
}

impl Connector for DefinedConnector {
    fn verify<'a>(&'a self, context: &'a Context) -> BoxFuture<'a, Result<(), VendorError>> {
        self.probe(context).boxed()
    }

    fn provision<'a>(&'a self, _context: &'a Context) -> BoxFuture<'a, Result<(), VendorError>> {
        self.prepare().boxed()
    }

    fn request_token(&self) -> Option<BoxFuture<'_, Result<RequestToken, LoginError>>> {
        let session = Some(&self.logins.session).filter(|session| session.has_own_request_token())?;
        Some(async move { session.request_token(&self.configuration.current()).await }.boxed())
    }

    fn authorization<'a>(
        &'a self,
        parameters: &'a [(String, String)],
    ) -> Option<BoxFuture<'a, Result<Url, VendorError>>> {
        let session = Some(&self.logins.session).filter(|session| session.has_own_authorization())?;
        Some(async move { session.authorization(self.configuration.current(), parameters).await }.boxed())
    }

    fn login(&self, grant: &LoginGrant) -> Option<Login> {
        Some(self.logins.session.login(grant.clone(), None))
    }

    fn release<'a>(&'a self, _context: &'a Context) -> BoxFuture<'a, Result<(), VendorError>> {
        self.end().boxed()
    }

    fn revoke<'a>(&'a self, context: &'a Context) -> Option<BoxFuture<'a, Result<(), VendorError>>> {
        let deadline = context.deadline().unwrap_or_else(|| moment::after(Instant::now(), RELEASE_LIMIT));
        let kind = self.logins.session.kind(&self.configuration.current())?;
        if kind == LoginKind::OAuth1 {
            return None;
        }
        let late = |_| VendorError::new(VendorErrorKind::Timeout, "the token was not revoked in time");
        Some(async move { tokio::time::timeout_at(deadline.into(), self.end_token()).await.map_err(late)? }.boxed())
    }

    fn objects<'a>(
        &'a self,
        context: &'a Context,
        call: DiscoveryCall<'a>,
    ) -> Option<BoxFuture<'a, Result<Vec<FoundObject>, VendorError>>> {
        let resource = own_objects(self.definition())?;
        Some(self.ask_objects(context, resource, call).boxed())
    }

    fn fields<'a>(
        &'a self,
        context: &'a Context,
        object: &'a str,
        call: DiscoveryCall<'a>,
    ) -> Option<BoxFuture<'a, Result<Option<Vec<Value>>, VendorError>>> {
        let resource = own_metadata(self.definition())?;
        Some(self.ask_fields(context, resource, object, call).boxed())
    }

    fn page<'a>(&'a self, context: &'a Context, request: PageRequest<'a>) -> BoxFuture<'a, Result<Page, VendorError>> {
        self.read_page(context, request).boxed()
    }

    fn call<'a>(&'a self, context: &'a Context, call: ResourceCall<'a>) -> BoxFuture<'a, Result<Answer, VendorError>> {
        self.call_resource(context, call).boxed()
    }
}
