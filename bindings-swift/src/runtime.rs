//! The runtime that all calls run on, so that the threads of the host language only wait for their results.

use std::sync::{OnceLock, mpsc};

use elementkit::{Error, ErrorKind};
use tokio::runtime::{Builder, Runtime};
use tokio_util::task::AbortOnDropHandle;

/// Starts a call. Dropping the handle drops the call.
pub(crate) fn spawn<T: Send + 'static>(
    call: impl Future<Output = T> + Send + 'static,
) -> Result<AbortOnDropHandle<T>, Error> {
    Ok(AbortOnDropHandle::new(runtime()?.spawn(call)))
}

/// Runs a call on threads of the runtime and blocks the calling thread until it ends.
pub(crate) fn block_on<T: Send + 'static>(call: impl Future<Output = T> + Send + 'static) -> Result<T, Error> {
    let (sender, receiver) = mpsc::channel();
    let _running = spawn(async move { sender.send(call.await) })?;
    receiver.recv().map_err(|_| Error::new(ErrorKind::Internal, "a call ended early"))
}

fn runtime() -> Result<&'static Runtime, Error> {
    static RUNTIME: OnceLock<Runtime> = OnceLock::new();
    if let Some(runtime) = RUNTIME.get() {
        return Ok(runtime);
    }
    let built = Builder::new_multi_thread().thread_name("elementkit").enable_all().build();
    let failed = |error| Error::new(ErrorKind::Internal, format!("the runtime cannot be started: {error}"));
    // If two are built concurrently, the second is dropped before it is used.
    let built = built.map_err(failed)?;
    Ok(RUNTIME.get_or_init(|| built))
}
