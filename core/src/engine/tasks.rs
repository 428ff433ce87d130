//! Background tasks of an engine.

use tokio::task::JoinHandle;
use tokio_util::task::TaskTracker;

use crate::log;

/// The tasks of an engine, for which `close` waits. Each logs to the subscriber of the task that started it.
#[derive(Clone, Default)]
pub(crate) struct Tasks(TaskTracker);

impl Tasks {
    /// Starts a task.
    pub fn spawn<F>(&self, task: F) -> JoinHandle<F::Output>
    where
        F: Future<Output: Send> + Send + 'static,
    {
        self.0.spawn(log::inherited(task))
    }

    /// Starts a task on a thread that may block.
    pub fn spawn_blocking<T: Send + 'static>(&self, task: impl FnOnce() -> T + Send + 'static) -> JoinHandle<T> {
        self.0.spawn_blocking(log::inheriting(task))
    }

    /// Makes [`wait`](Self::wait) return when the last task has ended.
    pub fn close(&self) {
        self.0.close();
    }

    /// Waits until all tasks have ended.
    pub async fn wait(&self) {
        self.0.wait().await;
    }
}
