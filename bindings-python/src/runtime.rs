//! One lazily started runtime in each process; a forked child gets its own (architecture, rules 10 and 11).

use std::sync::Mutex;

use elementkit::{Error, ErrorKind};
use tokio::runtime::{Builder, Runtime};

static CURRENT: Mutex<Option<(u32, &'static Runtime)>> = Mutex::new(None);

/// The runtime of this process. It lives as long as the process; that of a parent is left behind untouched.
pub fn get() -> Result<&'static Runtime, Error> {
    let broken = |why: String| Error::new(ErrorKind::Internal, why);
    let mut current = CURRENT.lock().map_err(|_| broken("the runtime is broken".to_owned()))?;
    let process = std::process::id();
    if let Some((owner, runtime)) = *current
        && owner == process
    {
        return Ok(runtime);
    }
    elementkit::log::collect();
    let mut builder = Builder::new_multi_thread();
    let runtime = builder.enable_all().thread_name("elementkit").build();
    let runtime = runtime.map_err(|error| broken(format!("no threads can be started: {error}")))?;
    let runtime: &'static Runtime = Box::leak(Box::new(runtime));
    *current = Some((process, runtime));
    Ok(runtime)
}

/// What lives on connections and threads of the process it was made in. In a forked child these are not there, so
/// whoever used it would wait for ever; it is refused there (architecture, rule 11).
#[derive(Clone)]
pub struct Home<T> {
    process: u32,
    thing: T,
}

impl<T: Clone> Home<T> {
    /// Something made in this process.
    pub fn new(thing: T) -> Self {
        Self { process: std::process::id(), thing }
    }

    /// The thing, where it can be used.
    pub fn get(&self) -> Result<T, Error> {
        if self.process == std::process::id() {
            return Ok(self.thing.clone());
        }
        let elsewhere =
            Error::new(ErrorKind::Config, "this was made in another process and cannot be used in its fork");
        Err(elsewhere.with_hint("Get it anew here from a platform of this process: a job with instance.bulk.job(id)."))
    }

    /// What can be known of it anywhere.
    pub fn peek(&self) -> &T {
        &self.thing
    }

    /// A part of it, from the same process.
    pub fn part<U>(&self, part: impl FnOnce(&T) -> U) -> Home<U> {
        Home { process: self.process, thing: part(&self.thing) }
    }
}
