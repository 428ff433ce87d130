//! Registry of engines: one engine per file in a process (architecture, rule 6).

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock, Weak};
use std::time::Duration;

use tokio::sync::Mutex;

use super::admission::Admission;
use super::bulk::{self, Bulk, Layouts};
use super::callbacks::{self, Callbacks};
use super::defined::DefinedElements;
use super::gateway::Gateway;
use super::login::Passwords;
use super::options::EngineOptions;
use super::script::{ScriptNetwork, Scripts};
use super::store::{Store, bulk_folder};
use super::tasks::Tasks;
use super::turns::Turns;
use super::usage::{self, Recorder};
use super::vendor::Vendors;
use super::{Engine, EngineInner, Handle, dispatch, routes};
use crate::error::{Error, ErrorKind, Result};
use crate::http_client::{self, HttpOptions};
use crate::per_process::PerProcess;
use crate::vendor::network::Network;
use crate::vendor::oauth2::LOGIN_LIMIT;

static OPEN: PerProcess<Mutex<HashMap<PathBuf, Weak<EngineInner>>>> = PerProcess::new();

/// Time limit for closing to wait for running work.
pub(super) const PATIENCE: Duration = Duration::from_secs(2);

/// Time limit for closing to wait for running logins, which have a limit of their own and store their outcome afterwards.
const LOGIN_PATIENCE: Duration = LOGIN_LIMIT.saturating_add(Duration::from_secs(5));

pub(super) async fn open(options: EngineOptions) -> Result<Engine> {
    let mut options = options.with_env();
    options.check_vendor_urls()?;
    options.database = canonical(&options.database)?;
    let mut engines = OPEN.get_or_init(Mutex::default).lock().await;
    engines.retain(|_, engine| engine.strong_count() > 0);
    if let Some(shared) = engines.get(&options.database).and_then(Weak::upgrade).filter(|shared| !shared.is_closed()) {
        if !shared.options.agrees_with(&options) {
            let message = format!("{} is open in this process with other options", options.database.display());
            return Err(Error::new(ErrorKind::Config, message).with_hint("Use the same options, or close it first."));
        }
        shared.store.master_key().verify(&options).await?;
        return Ok(handle(shared));
    }
    let path = options.database.clone();
    let (usage, records) = Recorder::new(options.record_usage);
    let shared = Arc::new(make(options, usage).await?);
    engines.insert(path, Arc::downgrade(&shared));
    bulk::opened(&shared);
    callbacks::opened(&shared);
    usage::opened(&shared, records);
    Ok(handle(shared))
}

fn handle(shared: Arc<EngineInner>) -> Engine {
    shared.handles.fetch_add(1, Ordering::SeqCst);
    Engine { handle: Arc::new(Handle { shared, closed: false.into() }) }
}

async fn make(options: EngineOptions, usage: Recorder) -> Result<EngineInner> {
    let elements = options.open_elements()?;
    let gateway = Gateway {
        routes: routes::of(&elements)?,
        routes_of: routes::of_definition,
        answer: |engine, request| Box::pin(dispatch::answer(engine, request)),
    };
    let limits = options.vendor_timeouts;
    let http = HttpOptions {
        connect_timeout: limits.connect,
        read_timeout: limits.idle,
        extra_ca: http_client::certificates(&options.ca_files)?,
        ..HttpOptions::default()
    };
    let network = Network::new(&http, options.allow_private_vendors)?;
    let bulk = Bulk::new(bulk_folder(&options.database))?;
    let callbacks = Callbacks::new(&options, &http.extra_ca)?;
    let store = Store::open(&options).await?;
    Ok(EngineInner {
        elements,
        defined: DefinedElements::default(),
        vendors: Vendors::new(network.clone()),
        bulk,
        layouts: Layouts::default(),
        callbacks,
        admission: Admission::new(),
        passwords: Passwords::new(),
        usage,
        turns: Turns::default(),
        store,
        scripts: Scripts::with_network(options.script_limits, ScriptNetwork::new(&network, &options.script_network)),
        options,
        tasks: Tasks::default(),
        openapi: OnceLock::new(),
        gateway,
        handles: AtomicUsize::new(0),
    })
}

/// Releases a handle. Releasing the last one parks the jobs and then closes the file. A task that does not end in time
/// is dropped, so that nothing is sent to a vendor afterwards; only running logins are waited for.
pub(super) async fn close(handle: &Handle) {
    if !handle.give_back() {
        return;
    }
    let shared = &handle.shared;
    shared.tasks.close();
    if tokio::time::timeout(PATIENCE, shared.tasks.wait()).await.is_err() {
        shared.tasks.abort();
        tracing::warn!("some work did not end in time; it resumes when the file is opened again");
    }
    // The vendor may have replaced the refresh token already: without its answer the user has to grant access again.
    if tokio::time::timeout(LOGIN_PATIENCE, shared.tasks.wait_for_vital()).await.is_err() {
        tracing::error!("a login did not end in time; its instance may have to be authenticated again");
    }
    shared.store.close().await;
}

/// Returns the canonical path of a file, which may not exist yet, so that the same file always has the same name.
fn canonical(path: &Path) -> Result<PathBuf> {
    let unusable = |why: &str| {
        Error::new(ErrorKind::Storage, format!("the database {} cannot be opened: {why}", path.display()))
            .with_hint("Choose a path that exists and is writable.")
    };
    // SQLite treats these names as databases without a file, but results of bulk jobs are stored beside the file.
    if matches!(path.to_str(), Some("" | ":memory:")) {
        let error =
            Error::new(ErrorKind::Config, format!("the database {:?} is not a file name", path.display().to_string()));
        return Err(error.with_hint("Name a file; for a temporary database, one in a temporary folder."));
    }
    if let Ok(path) = path.canonicalize() {
        if path.is_dir() {
            let file = path.join("elementkit.db");
            return Err(unusable("it is a folder").with_hint(format!("Name a file, such as {}.", file.display())));
        }
        return Ok(path);
    }
    let name = path.file_name().ok_or_else(|| unusable("this is not a file name"))?;
    let folder = match path.parent() {
        Some(folder) if folder != Path::new("") => folder,
        _ => Path::new("."),
    };
    let folder = folder.canonicalize().map_err(|error| unusable(&error.to_string()))?;
    Ok(folder.join(name))
}
