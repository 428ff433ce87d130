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
