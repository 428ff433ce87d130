//! The life of a call around which scripts run, or that begins a chain (spec E 5.1, 7).

mod chain;
mod changes;
mod errors;
mod hooks;
mod names;
mod reply;
#[cfg(test)]
mod tests;
mod trace;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Instant;

use http::HeaderMap;
use url::Url;

use super::answer::{ErrorBody, Read};
use super::document::{DefinedResource, Definition};
use super::login::Logins;
use super::refused::Refused;
use super::request::{Built, Input, Open};
use super::session::{Asked, Asking, Received, Session, Unasked, Wanted};
use super::settings::Settings;
use crate::element::{CallScripts, Done, FailureCause, ScriptFailure, Urgency};
use crate::vendor::{Changes, Configuration, Context, Repeat, VendorError, VendorErrorKind};
use hooks::{Placed, Side};
use names::{Names, Previous, Replaced};
use reply::Reply;
use trace::Tracer;

pub(super) use hooks::{has_steps, may_store, post_script_has, pre_script_has, pre_script_names};

/// Address of a call that a script left out.
const LEFT_OUT: &str = "http://left-out.invalid/";

/// Checks the chain that a resource begins, before anything is called (spec E 7.64).
///
/// # Errors
/// Refuses a chain that is too long, and one with an unknown name.
pub(super) fn check_chain(definition: &Definition, resource: &DefinedResource) -> Result<(), Refused> {
    chain::steps(definition, resource).map(drop)
}

/// A call with its scripts, from the first step to the last.
pub(super) struct Run<'a> {
    session: &'a Session,
    cx: &'a Context,
    repeat: Repeat,
    /// Logins and stored configuration of a live instance. `None` for system resources, which are steps of a login
    /// themselves.
    live: Option<&'a Logins>,
    /// Values of the instance.
    values: Arc<Configuration>,
    /// Values that the call wrote.
    changes: Changes,
    /// Answer on which a script failed, with the address that was called.
    unread: Option<Box<(Read, Url)>>,
    /// Whether a script failed after another had left the vendor out and given no body.
    is_left_out: bool,
    scripts: Box<dyn CallScripts>,
}

/// A step that is asked for.
struct Stage<'s> {
    resource: &'s DefinedResource,
    input: &'s Input<'s>,
    instance_id: Option<i64>,
    /// Values of the instance, with those that scripts of this step wrote.
    values: BTreeMap<String, String>,
    open: Open,
    replaced: Replaced,
    previous: Option<&'s Previous>,
    tracer: Option<Tracer>,
    /// Values that scripts wrote.
    written: Changes,
    is_sent: bool,
}

/// Outcome of a step.
struct Stepped {
    read: Read,
    url: Url,
    headers: HeaderMap,
}

/// Names with their values, as JSON.
type Given = [(&'static str, String)];

impl<'a> Run<'a> {
    /// Creates a call of an instance with these values. `live` is absent for system resources.
    pub fn new(
        session: &'a Session,
        cx: &'a Context,
        (repeat, urgency): (Repeat, Urgency),
        (live, values): (Option<&'a Logins>, Arc<Configuration>),
    ) -> Self {
        let scripts = session.scripts.begin(urgency);
        Self {
            session,
            cx,
            repeat,
            live,
            values,
            changes: Changes::default(),
            unread: None,
            is_left_out: false,
            scripts,
        }
    }

    /// Returns what the call wrote so far; that of a live instance is stored already.
    pub fn into_changes(self) -> Changes {
        self.changes
    }

    /// Returns the failure of the call with what is known beside it.
    pub fn into_unasked(self, error: VendorError) -> Unasked {
        Unasked { error, unread: self.unread, is_left_out: self.is_left_out }
    }

    /// Makes the call. What scripts write is kept, also if it fails (spec E 7.55).
    ///
    /// # Errors
    /// Returns the failure of the vendor, or of a script.
    pub async fn call(&mut self, resource: &DefinedResource, wanted: &Wanted<'_>) -> Result<Asked, VendorError> {
        let session = self.session;
        let steps = chain::steps(&session.definition, resource)?;
        let mut previous: Option<Previous> = None;
        for (position, step) in steps.iter().enumerate() {
            let stepped = self.step(step, wanted, previous.as_ref()).await;
            // The steps before have reached the vendor.
            let has_begun =
                |error: VendorError| VendorError { is_of_login: error.is_of_login && position == 0, ..error };
            let Stepped { read, url, headers } = stepped.map_err(has_begun)?;
            if position + 1 == steps.len() {
                return Ok(Asked { read, url, changes: Changes::default() });
            }
            previous = Some(names::previous(&read, &headers));
        }
        Err(VendorError::new(VendorErrorKind::BadRequest, "the call has no step"))
    }

    /// Returns the address of the request as the scripts before it leave it. The vendor is not called (spec E 4.30).
    pub async fn address(
        &mut self,
        resource: &DefinedResource,
        query: &[(String, String)],
    ) -> Result<Url, VendorError> {
        let values = Arc::clone(&self.values);
        let input = Input { query, ..Input::empty(Settings::new(&self.session.definition, values.values())) };
        let mut stage = Stage::of(self.session, resource, &input, None)?;
        match self.before(&mut stage).await? {
            Some(reply) => Err(reply.finish(resource).err().unwrap_or_else(nowhere)),
            None => Ok(stage.open.finish(resource, &input)?.request.url),
        }
    }

    /// Makes one step, once more after a login if the vendor rejects the credentials (spec E 4.57).
    async fn step(
        &mut self,
        resource: &DefinedResource,
        wanted: &Wanted<'_>,
        previous: Option<&Previous>,
    ) -> Result<Stepped, VendorError> {
        let session = self.session;
        let mut may_renew = true;
        loop {
            let values = Arc::clone(&self.values);
            let settings = Settings::new(&session.definition, values.values());
            // Paging belongs to the first step (spec E 7.68).
            let page = wanted.page.filter(|_| previous.is_none());
            let body = previous.map(|previous| previous.body.as_str());
            let input = Input { page, previous: body, ..wanted.with(settings) };
            let mut stage = Stage::of(session, resource, &input, previous)?;
            if self.cx.is_traced() {
                let mut tracer = Tracer::new(resource, &input, &stage.open);
                previous.iter().for_each(|_| tracer.chain(resource));
                stage.tracer = Some(tracer);
            }
            let cx = self.cx.with_steps();
            let outcome = self.attempt(&cx, &mut stage, may_renew).await;
            if let Some(tracer) = &mut stage.tracer {
                cx.record_steps(&resource.path, tracer.take());
            }
            let kept = if cx.is_dry_run() { Ok(()) } else { self.keep(stage.written).await };
            match (outcome?, kept) {
                (Some(stepped), kept) => return kept.map(|()| stepped),
                (None, kept) => kept?,
            }
            may_renew = false;
        }
    }

    /// Makes a step once. `None` if the vendor rejected the credentials and there are newer ones.
    async fn attempt(
        &mut self,
        cx: &Context,
        stage: &mut Stage<'_>,
        may_renew: bool,
    ) -> Result<Option<Stepped>, VendorError> {
        let (resource, settings) = (stage.resource, stage.input.settings);
        let (mut url, mut remember) = (Url::parse(LEFT_OUT).map_err(|_| nowhere())?, Vec::new());
        let reply = match self.before(stage).await? {
            Some(reply) => reply,
            None => {
                let Built { request, remember: values, authorized } = stage.open.finish(resource, stage.input)?;
                (url, remember, stage.is_sent) = (request.url.clone(), values, true);
                let secrets = stage.tracer.as_ref().map(|tracer| tracer.secrets.as_slice());
                let asking = Asking { resource, settings, request, authorized, secrets };
                match self.session.send(cx, asking, self.repeat).await? {
                    Received::Read(read, status) => Reply::of_read(*read, status),
                    Received::Failed(error, answer) => {
                        if may_renew && error.status == Some(401) && self.renew().await? {
                            return Ok(None);
                        }
                        Reply::of_failure(*error, ErrorBody::of(&answer), answer.headers)
                    }
                }
            }
        };
        stage.values.extend(reply.stored().iter().cloned());
        let reply = match self.after(stage, reply).await {
            Ok(reply) => reply,
            Err((reply, error)) => {
                self.is_left_out = !stage.is_sent && reply.body(true).is_none();
                self.unread = reply.into_read().filter(|_| stage.is_sent).map(|read| Box::new((read, url)));
                return Err(error);
            }
        };
        let (headers, stored) = (reply.all_headers().clone(), reply.stored().to_vec());
        let read = reply.finish(resource)?;
        let all = remember.iter().chain(&stored);
        let all = all.fold(Changes::default(), |changes, (key, value)| changes.set(key, value.clone()));
        stage.written = all.and(std::mem::take(&mut stage.written));
        Ok(Some(Stepped { read, url, headers }))
    }

    /// Logs in again (spec E 4.22, 4.43). Returns whether there are newer credentials.
    async fn renew(&mut self) -> Result<bool, VendorError> {
        let Some(live) = self.live else { return Ok(false) };
        match live.renew(self.cx, &self.values).await? {
            Some(newer) => {
                self.values = newer;
                Ok(true)
            }
            None => Ok(false),
        }
    }

    /// Runs the scripts before the call. Returns the answer if one of them leaves the call out.
    async fn before(&mut self, stage: &mut Stage<'_>) -> Result<Option<Reply>, VendorError> {
        for placed in hooks::scripts(&self.session.definition, stage.resource, Side::Pre) {
            let given = stage.names(None).of(&placed.script.body);
            let outcome = self.run(stage, (Side::Pre, &placed), &given).await;
            let done = outcome.map_err(|failure| errors::failed(&failure, stage.input.settings, false))?;
            let reply = changes::before(&done, &mut stage.open, &mut stage.replaced, placed.is_global);
            if reply.is_some() {
                return Ok(reply);
            }
        }
        Ok(None)
    }

    /// Runs the scripts after the call.
    async fn after(&mut self, stage: &mut Stage<'_>, mut reply: Reply) -> Result<Reply, (Box<Reply>, VendorError)> {
        for placed in hooks::scripts(&self.session.definition, stage.resource, Side::Post) {
            let given = stage.names(Some((&reply, placed.is_global))).of(&placed.script.body);
            match self.run(stage, (Side::Post, &placed), &given).await {
                Ok(done) => changes::after(&done, &mut reply, placed.is_global),
                // Spec E 7.72: the vendor's error is the answer.
                Err(failure) if reply.is_error() && reply.is_failure_of_vendor() => {
                    tracing::debug!(script = failure.script, "a script failed on an error of the vendor");
                }
                Err(failure) => {
                    let error = errors::failed(&failure, stage.input.settings, stage.is_sent);
                    return Err((Box::new(reply), error));
                }
            }
        }
        Ok(reply)
    }

    /// Runs a script, and notes what it writes.
    async fn run(
        &mut self,
        stage: &mut Stage<'_>,
        (side, placed): (Side, &Placed),
        given: &Given,
    ) -> Result<Done, ScriptFailure> {
        let started = Instant::now();
        let outcome = self.scripts.run(&placed.script, given).await;
        if let Some(tracer) = &mut stage.tracer {
            tracer.script((side, placed), &self.session.definition, given, (&outcome, started));
        }
        let done = outcome?;
        stage.write(&done, given, side).map_err(|message| {
            if let Some(tracer) = &mut stage.tracer {
                tracer.error(&message);
            }
            let script = placed.script.name.clone();
            ScriptFailure { script, place: None, message, cause: FailureCause::Script, console: Vec::new() }
        })?;
        Ok(done)
    }

    /// Keeps what a step wrote: in the store for a live instance, else for the steps that follow.
    async fn keep(&mut self, written: Changes) -> Result<(), VendorError> {
        if written.is_empty() {
            return Ok(());
        }
        match self.live {
            Some(live) => self.values = live.keep(written).await?,
            None => {
                let mut values = self.values.values().clone();
                written.apply(&mut values);
                self.values = Arc::new(Configuration::new(values, self.values.generation()));
                self.changes = std::mem::take(&mut self.changes).and(written);
            }
        }
        Ok(())
    }
}

fn nowhere() -> VendorError {
    VendorError::new(VendorErrorKind::BadRequest, "the call has no address")
}

impl<'s> Stage<'s> {
    fn of(
        session: &Session,
        resource: &'s DefinedResource,
        input: &'s Input<'s>,
        previous: Option<&'s Previous>,
    ) -> Result<Self, VendorError> {
        Ok(Self {
            resource,
            input,
            instance_id: session.instance_id,
            values: input.settings.values().clone(),
            open: Open::of(resource, input, previous.is_none())?,
            replaced: Replaced::default(),
            previous,
            tracer: None,
            written: Changes::default(),
            is_sent: false,
        })
    }

    fn names<'n>(&'n self, reply: Option<(&'n Reply, bool)>) -> Names<'n> {
        Names {
            resource: self.resource,
            input: self.input,
            values: &self.values,
            instance_id: self.instance_id,
            open: &self.open,
            replaced: &self.replaced,
            previous: self.previous,
            reply,
        }
    }

    /// Notes what a script writes to the configuration (spec E 7.49).
    fn write(&mut self, done: &Done, given: &Given, side: Side) -> Result<(), String> {
        let seen = given.iter().find(|(name, _)| *name == "configuration").map_or("{}", |(_, value)| value);
        let changes = changes::configuration(done, seen, side == Side::Pre)?;
        changes.apply(&mut self.values);
        self.written = std::mem::take(&mut self.written).and(changes);
        Ok(())
    }
}
