//! Runtime of calls, and their end with the JavaScript environment that made them.
//!
//! An environment is the main thread or a worker thread. Node tears it down while calls are under way: by
//! `worker.terminate()`, `process.exit()`, or an uncaught exception. After that its objects must not be used. So a call
//! is a future that owns everything it needs, and runs on the threads of a runtime that belongs to the process, not to
//! an environment.

use std::cell::RefCell;
use std::sync::OnceLock;
use std::time::Duration;

use elementkit::{Error, ErrorKind};
use napi::Env;
use napi::bindgen_prelude::{Object, retain_current_module_for_unload_safety};
use napi_derive::napi;
use tokio::runtime::Runtime;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::answer::Answer;
use crate::pending::{Outcome, to_napi};

/// Time an environment waits for its calls to end, so that they leave no partial file.
const PATIENCE: Duration = Duration::from_millis(500);

static RUNTIME: OnceLock<Result<Runtime, String>> = OnceLock::new();

thread_local! {
    /// Node has one environment for each thread.
    static CURRENT: RefCell<Option<Environment>> = const { RefCell::new(None) };
}

#[derive(Clone, Default)]
struct Environment {
    ended: CancellationToken,
    calls: TaskTracker,
}

/// Prepares the environment that loads the module.
#[napi(module_exports)]
pub fn prepare(_exports: Object, env: Env) -> napi::Result<()> {
    // The threads of the runtime run code of this module also after the environment has unloaded it.
    retain_current_module_for_unload_safety();
    let environment = Environment::default();
    CURRENT.with(|current| current.replace(Some(environment.clone())));
    env.add_env_cleanup_hook(environment, Environment::end)?;
    // The thread stays in the runtime's context until it ends: the garbage collector or the teardown may drop objects
    // on it at any time, and dropping a stream or a connection may start a task.
    std::mem::forget(runtime().map_err(|error| to_napi(&error))?.enter());
    Ok(())
}

impl Environment {
    fn end(self) {
        self.ended.cancel();
        self.calls.close();
        if let Ok(runtime) = runtime() {
            let _ = runtime.block_on(async { tokio::time::timeout(PATIENCE, self.calls.wait()).await });
        }
    }
}

/// Runs a call and returns its promise. When the environment ends, the call is dropped.
pub fn run<'env>(env: &'env Env, call: impl Future<Output = Outcome> + Send + 'static) -> napi::Result<Object<'env>> {
    let ended = || to_napi(Error::new(ErrorKind::Closed, "the thread is ending"));
    let Environment { ended, calls } = CURRENT.with(|current| current.borrow().clone()).ok_or_else(ended)?;
    let (deferred, promise) = env.create_deferred::<Answer, Box<dyn FnOnce(Env) -> napi::Result<Answer>>>()?;
    let call = async move {
        tokio::select! {
            biased;
            () = ended.cancelled() => {}
            outcome = call => match outcome {
                Ok(answer) => deferred.resolve(Box::new(move |_| Ok(answer))),
                Err(error) => deferred.reject(to_napi(&error)),
            }
        }
    };
    runtime().map_err(|error| to_napi(&error))?.spawn(calls.track_future(call));
    Ok(promise)
}

/// Returns the runtime of the process. It is never shut down: workers come and go, and its threads end with the
/// process.
fn runtime() -> Result<&'static Runtime, Error> {
    let make = || tokio::runtime::Builder::new_multi_thread().thread_name("elementkit").enable_all().build();
    let made = RUNTIME.get_or_init(|| make().map_err(|error| error.to_string()));
    made.as_ref().map_err(|error| Error::new(ErrorKind::Internal, format!("no threads can be started: {error}")))
}
