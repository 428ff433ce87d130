//! Background tasks of an engine.

use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tokio_util::task::task_tracker::TaskTrackerToken;

use crate::log;

/// The tasks of an engine, for which `close` waits. Each logs to the subscriber of the task that started it.
#[derive(Clone, Default)]
pub(crate) struct Tasks {
    tracker: TaskTracker,
    ended: CancellationToken,
    /// Work that is not cut off by [`abort`](Self::abort).
    vital: TaskTracker,
}

impl Tasks {
    /// Starts a task. Its outcome is `None` if it was dropped by [`abort`](Self::abort).
    pub fn spawn<T: Send + 'static>(&self, task: impl Future<Output = T> + Send + 'static) -> JoinHandle<Option<T>> {
        let ended = self.ended.clone();
        self.tracker.spawn(log::inherited(async move { ended.run_until_cancelled_owned(task).await }))
    }

    /// Starts a task that [`abort`](Self::abort) does not drop, and that is waited for only while its work is vital.
    pub fn spawn_detached<T: Send + 'static>(&self, task: impl Future<Output = T> + Send + 'static) -> JoinHandle<T> {
        tokio::spawn(log::inherited(task))
    }

    /// Begins work that must not be cut off, which lasts until the token is dropped. Returns `None` after
    /// [`close`](Self::close).
    pub fn begin_vital(&self) -> Option<TaskTrackerToken> {
        let token = self.vital.token();
        (!self.vital.is_closed()).then_some(token)
    }

    /// Waits until all vital work has ended.
    pub async fn wait_for_vital(&self) {
        self.vital.wait().await;
    }

    /// Starts a task on a thread that may block.
    pub fn spawn_blocking<T: Send + 'static>(&self, task: impl FnOnce() -> T + Send + 'static) -> JoinHandle<T> {
        self.tracker.spawn_blocking(log::inheriting(task))
    }

    /// Makes [`wait`](Self::wait) return when the last task has ended.
    pub fn close(&self) {
        self.tracker.close();
        self.vital.close();
    }

    /// Waits until all tasks have ended.
    pub async fn wait(&self) {
        self.tracker.wait().await;
    }

    /// Drops the tasks that have not ended, at the point where each waits, as if the process had been killed.
    pub fn abort(&self) {
        self.ended.cancel();
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::time::Duration;

    use super::*;

    #[tokio::test]
    async fn nothing_runs_after_abort() {
        let (tasks, alive) = (Tasks::default(), Arc::new(()));
        let held = Arc::clone(&alive);
        tasks.spawn(async move {
            let _held = held;
            std::future::pending::<()>().await;
        });
        tasks.close();
        assert!(tokio::time::timeout(Duration::from_millis(50), tasks.wait()).await.is_err());
        tasks.abort();
        assert!(tokio::time::timeout(Duration::from_secs(20), tasks.wait()).await.is_ok());
        assert_eq!(Arc::strong_count(&alive), 1);
    }

    #[tokio::test]
    async fn vital_work_is_waited_for_after_abort() {
        let tasks = Tasks::default();
        let token = tasks.begin_vital();
        assert!(token.is_some());
        tasks.close();
        tasks.abort();
        assert!(tasks.begin_vital().is_none(), "none begins while the engine closes");
        assert!(tokio::time::timeout(Duration::from_millis(50), tasks.wait_for_vital()).await.is_err());
        drop(token);
        assert!(tokio::time::timeout(Duration::from_secs(20), tasks.wait_for_vital()).await.is_ok());
    }
}
