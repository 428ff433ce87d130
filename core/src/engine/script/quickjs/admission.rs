//! Admission control: limits the number of batches that have a thread. Waiting batches are admitted round-robin by
//! organization.

use std::collections::{HashMap, VecDeque};
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::oneshot;

use crate::engine::script::Phase;

/// Maximum numbers of admitted batches. Each may hold as much memory as a context may.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bounds {
    /// For one organization. One of them is reserved for live calls, so that bulk jobs do not block them.
    pub organization: usize,
    /// For all organizations, besides the first one of each.
    pub shared: usize,
    /// For all organizations.
    pub total: usize,
}

#[derive(Debug)]
pub(super) struct Admission {
    bounds: Bounds,
    queue: Mutex<Queue>,
}

#[derive(Debug, Default)]
struct Queue {
    organizations: HashMap<i64, Organization>,
    running: usize,
    /// Organizations with waiting batches, the next one first.
    order: VecDeque<i64>,
}

#[derive(Debug, Default)]
struct Organization {
    running: usize,
    /// Number of threads that could not be stopped and still run; part of `running`.
    given_up: usize,
    waiting: VecDeque<Waiting>,
}

#[derive(Debug)]
struct Waiting {
    phase: Phase,
    permit: oneshot::Sender<Permit>,
}

/// Admission of one batch, until its thread is free again, which may be long after the batch was given up.
#[derive(Debug)]
pub(super) struct Permit {
    admission: Arc<Admission>,
    organization: i64,
    state: Arc<AtomicU8>,
}

/// State of a batch, changed under the lock of the queue.
const RUNNING: u8 = 0;
const GIVEN_UP: u8 = 1;
const ENDED: u8 = 2;

/// Marks a batch whose thread could not be stopped.
#[derive(Debug)]
pub(super) struct GivenUp {
    admission: Arc<Admission>,
    organization: i64,
    state: Arc<AtomicU8>,
}

impl Admission {
    pub fn new(bounds: Bounds) -> Arc<Self> {
        Arc::new(Self { bounds, queue: Mutex::default() })
    }

    /// Waits until a batch may have a thread. Returns `None` only if the queue is gone.
    pub async fn enter(self: &Arc<Self>, organization: i64, phase: Phase) -> Option<Permit> {
        self.wait(organization, phase).await.ok()
    }

    fn wait(self: &Arc<Self>, organization: i64, phase: Phase) -> oneshot::Receiver<Permit> {
        let (permit, granted) = oneshot::channel();
        let mut queue = self.queue();
        let waiting = &mut queue.organizations.entry(organization).or_default().waiting;
        waiting.push_back(Waiting { phase, permit });
        if !queue.order.contains(&organization) {
            queue.order.push_back(organization);
        }
        let unwanted = self.admit(&mut queue);
        drop(queue);
        drop(unwanted);
        granted
    }

    /// Returns whether all threads of an organization were given up and still run.
    pub fn is_stuck(&self, organization: i64) -> bool {
        let queue = self.queue();
        queue.organizations.get(&organization).is_some_and(|known| known.given_up >= self.bounds.organization)
    }

    fn queue(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Admits waiting batches, one of each organization at a time. Returns the permits whose receivers have stopped
    /// waiting, to be dropped without the lock.
    fn admit(self: &Arc<Self>, queue: &mut Queue) -> Vec<Permit> {
        let mut unwanted = Vec::new();
        loop {
            let mut any = false;
            for _ in 0..queue.order.len() {
                let Some(organization) = queue.order.pop_front() else { break };
                let admitted = self.admit_one(queue, organization);
                any |= admitted.is_some();
                unwanted.extend(admitted.and_then(Result::err));
                if queue.organizations.get(&organization).is_some_and(|known| !known.waiting.is_empty()) {
                    queue.order.push_back(organization);
                }
                queue.forget_if_idle(organization);
            }
            if !any {
                return unwanted;
            }
        }
    }

    fn admit_one(self: &Arc<Self>, queue: &mut Queue, organization: i64) -> Option<Result<(), Permit>> {
        let Bounds { organization: most, shared, total } = self.bounds;
        let all = queue.running;
        let known = queue.organizations.get_mut(&organization)?;
        known.waiting.retain(|waiting| !waiting.permit.is_closed());
        let own = known.running;
        let fits = |phase| own < if phase == Phase::Bulk { most.saturating_sub(1).max(1) } else { most };
        if all >= total || (own > 0 && all >= shared) {
            return None;
        }
        let first = known.waiting.iter().position(|waiting| fits(waiting.phase))?;
        let waiting = known.waiting.remove(first)?;
        known.running += 1;
        queue.running += 1;
        let permit = Permit { admission: Arc::clone(self), organization, state: Arc::default() };
        Some(waiting.permit.send(permit))
    }
}

impl Queue {
    fn leave(&mut self, organization: i64, given_up: bool) {
        self.running -= 1;
        if let Some(known) = self.organizations.get_mut(&organization) {
            known.running -= 1;
            known.given_up -= usize::from(given_up);
        }
    }

    fn forget_if_idle(&mut self, organization: i64) {
        if self.organizations.get(&organization).is_some_and(|known| known.running == 0 && known.waiting.is_empty()) {
            self.organizations.remove(&organization);
        }
    }
}

impl Permit {
    pub fn given_up(&self) -> GivenUp {
        let Self { admission, organization, state } = self;
        GivenUp { admission: Arc::clone(admission), organization: *organization, state: Arc::clone(state) }
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        let mut queue = self.admission.queue();
        let given_up = self.state.swap(ENDED, Ordering::Relaxed) == GIVEN_UP;
        queue.leave(self.organization, given_up);
        queue.forget_if_idle(self.organization);
        let unwanted = self.admission.admit(&mut queue);
        drop(queue);
        drop(unwanted);
    }
}

impl GivenUp {
    pub fn mark(&self) {
        let mut queue = self.admission.queue();
        let running = self.state.compare_exchange(RUNNING, GIVEN_UP, Ordering::Relaxed, Ordering::Relaxed).is_ok();
        if let Some(known) = queue.organizations.get_mut(&self.organization).filter(|_| running) {
            known.given_up += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    const BOUNDS: Bounds = Bounds { organization: 3, shared: 4, total: 6 };

    async fn enter(admission: &Arc<Admission>, organization: i64, phase: Phase) -> Option<Permit> {
        tokio::time::timeout(Duration::from_millis(20), admission.enter(organization, phase)).await.ok().flatten()
    }

    #[tokio::test]
    async fn every_organization_has_a_thread_before_another_has_more() {
        let admission = Admission::new(BOUNDS);
        let mut permits = Vec::new();
        for organization in [1, 1, 1, 2] {
            permits.push(enter(&admission, organization, Phase::Request).await.expect("admitted"));
        }
        assert!(enter(&admission, 1, Phase::Request).await.is_none(), "three of one organization");
        assert!(enter(&admission, 2, Phase::Request).await.is_none(), "four of all");
        for organization in [3, 4] {
            permits.push(enter(&admission, organization, Phase::Request).await.expect("its first"));
        }
        assert!(enter(&admission, 5, Phase::Request).await.is_none(), "six of all");
        let (admitted, mut order) = tokio::sync::mpsc::unbounded_channel();
        for organization in [1, 1, 1, 5, 6] {
            let (admission, admitted) = (Arc::clone(&admission), admitted.clone());
            tokio::spawn(async move {
                let permit = admission.enter(organization, Phase::Request).await;
                admitted.send(organization).expect("a reader");
                drop(permit);
            });
            tokio::task::yield_now().await;
        }
        drop(admitted);
        permits.clear();
        let mut seen = Vec::new();
        while let Some(organization) = order.recv().await {
            seen.push(organization);
        }
        assert!(seen.len() == 5 && seen[..3].contains(&5) && seen[..3].contains(&6), "{seen:?}");
        assert!(admission.queue().organizations.is_empty() && admission.queue().running == 0);
    }

    #[tokio::test]
    async fn bulk_jobs_leave_a_thread_to_live_calls() {
        let admission = Admission::new(BOUNDS);
        let _bulk = [enter(&admission, 1, Phase::Bulk).await, enter(&admission, 1, Phase::Bulk).await];
        assert!(enter(&admission, 1, Phase::Bulk).await.is_none());
        assert!(enter(&admission, 1, Phase::Request).await.is_some());
    }

    #[tokio::test]
    async fn threads_that_were_given_up_keep_their_permit() {
        let admission = Admission::new(BOUNDS);
        let mut permits = Vec::new();
        for _ in 0..3 {
            assert!(!admission.is_stuck(1));
            let permit = enter(&admission, 1, Phase::Request).await.expect("admitted");
            permit.given_up().mark();
            permit.given_up().mark();
            permits.push(permit);
        }
        assert!(admission.is_stuck(1) && !admission.is_stuck(2));
        let late = permits[0].given_up();
        permits.clear();
        late.mark();
        assert!(!admission.is_stuck(1));
        assert!(enter(&admission, 1, Phase::Request).await.is_some());
        assert!(admission.queue().organizations.is_empty());
    }
}
