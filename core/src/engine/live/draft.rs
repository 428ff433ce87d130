//! The configuration of an instance that is being created or changed.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use futures::FutureExt;
use futures::future::{BoxFuture, ready};

use super::{StoredConfiguration, generation, overlaid};
use crate::engine::store::InstanceRow;
use crate::error::Result;
use crate::vendor::{Changes, Configuration, Generation, LiveConfiguration, Login, LoginError, VendorError};

/// Values that are not stored yet. Logins of a new instance run directly; those of an existing one go through its
/// stored configuration, because a refresh token may serve once only.
pub(crate) struct Draft {
    configured: BTreeMap<String, String>,
    state: Mutex<State>,
    beneath: Option<Arc<StoredConfiguration>>,
    /// Held while a login runs.
    turn: tokio::sync::Mutex<()>,
}

#[derive(Clone)]
struct State {
    acquired: BTreeMap<String, String>,
    generation: Generation,
    /// Whether a login of the draft itself acquired the values, so that they are stored with it.
    own_login: bool,
}

impl Draft {
    /// Creates the configuration of a new instance, with values that were acquired elsewhere.
    pub fn of_new(configured: BTreeMap<String, String>, acquired: BTreeMap<String, String>) -> Self {
        let own_login = !acquired.is_empty();
        Self::of(configured, State { acquired, generation: Generation::default(), own_login }, None)
    }

    /// Creates the configuration of an instance after a change, which keeps its acquired values.
    pub fn of_changed(changed: &InstanceRow, stored: Arc<StoredConfiguration>) -> Self {
        let state = State { acquired: changed.acquired.clone(), generation: generation(changed), own_login: false };
        Self::of(changed.configuration.clone(), state, Some(stored))
    }

    fn of(configured: BTreeMap<String, String>, state: State, beneath: Option<Arc<StoredConfiguration>>) -> Self {
        Self { configured, state: Mutex::new(state), beneath, turn: tokio::sync::Mutex::default() }
    }

    /// Returns the acquired values if they are to be stored with the draft.
    pub fn acquired(&self) -> Option<BTreeMap<String, String>> {
        let state = self.state();
        state.own_login.then_some(state.acquired)
    }

    fn state(&self) -> State {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn set(&self, state: State) -> Arc<Configuration> {
        *self.state.lock().unwrap_or_else(PoisonError::into_inner) = state;
        self.current()
    }

    async fn log_in(&self, seen: Generation, login: Login) -> Result<Arc<Configuration>, VendorError> {
        let _turn = self.turn.lock().await;
        let state = self.state();
        if state.generation > seen {
            return Ok(self.current());
        }
        if let Some(stored) = &self.beneath {
            stored.renew(seen, with_configured(login, self.configured.clone())).await?;
            let (acquired, generation) = stored.acquired();
            return Ok(self.set(State { acquired, generation, own_login: false }));
        }
        let changes = login(self.current()).await.map_err(LoginError::into_error)?;
        let mut acquired = state.acquired;
        changes.apply_over(&mut acquired, &self.configured);
        Ok(self.set(State { acquired, generation: Generation(state.generation.0 + 1), own_login: true }))
    }
}

/// Returns a login with the configured values of a draft. Its rejections are not counted: the new values may be wrong.
fn with_configured(login: Login, configured: BTreeMap<String, String>) -> Login {
    Box::new(move |newest: Arc<Configuration>| {
        let values = overlaid(newest.values(), &configured);
        let changed = Arc::new(Configuration::new(values, newest.generation()));
        async move { login(changed).await.map_err(|error| LoginError::Failed(error.into_error())) }.boxed()
    })
}

impl LiveConfiguration for Draft {
    fn current(&self) -> Arc<Configuration> {
        let State { acquired, generation, .. } = self.state();
        Arc::new(Configuration::new(overlaid(&self.configured, &acquired), generation))
    }

    fn write(&self, changes: Changes) -> BoxFuture<'_, Result<Arc<Configuration>>> {
        let mut state = self.state();
        changes.apply_over(&mut state.acquired, &self.configured);
        state.own_login = true;
        ready(Ok(self.set(state))).boxed()
    }

    fn renew(&self, seen: Generation, login: Login) -> BoxFuture<'_, Result<Arc<Configuration>, VendorError>> {
        self.log_in(seen, login).boxed()
    }
}
