//! Worker slots: limit the number of open jobs, shared fairly between organizations.
//!
//! Every organization has one reserved slot. The others are shared and go to the organizations with waiting jobs in
//! turn, so that many jobs of one organization never block those of another.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::oneshot;

/// Slots of an engine.
#[derive(Clone)]
pub(super) struct Slots(Arc<Mutex<State>>);

/// Slot that is taken; dropping it returns it.
pub(super) struct Slot {
    organization: i64,
    /// `None` for a slot that was never handed out.
    slots: Option<Slots>,
}

struct State {
    /// Number of shared slots.
    shared: usize,
    /// Number of shared slots that are taken.
    taken: usize,
    organizations: HashMap<i64, Organization>,
    /// Organizations with waiting jobs, the next one first.
    turns: VecDeque<i64>,
}

#[derive(Default)]
struct Organization {
    open: usize,
    queue: VecDeque<oneshot::Sender<Slot>>,
}

impl Slots {
    /// Creates that number of shared slots, besides the one of each organization.
    pub fn new(shared: usize) -> Self {
        let (organizations, turns) = (HashMap::new(), VecDeque::new());
        Self(Arc::new(Mutex::new(State { shared, taken: 0, organizations, turns })))
    }

    /// Waits for a slot. Dropping the future gives up the turn.
    pub async fn take(&self, organization: i64) -> Slot {
        let slot = {
            let mut state = self.state();
            let (sender, slot) = oneshot::channel();
            state.organizations.entry(organization).or_default().queue.push_back(sender);
            if !state.turns.contains(&organization) {
                state.turns.push_back(organization);
            }
            self.hand_out(&mut state);
            slot
        };
        // The sender lives as long as the state.
        slot.await.unwrap_or(Slot { organization, slots: None })
    }

    /// Hands a free slot to the next organization in turn.
    fn hand_out(&self, state: &mut State) {
        for _ in 0..state.turns.len() {
            let Some(organization) = state.turns.pop_front() else { return };
            let free = state.taken < state.shared;
            let Some(waiting) = state.organizations.get_mut(&organization) else { continue };
            let mut served = false;
            while (waiting.open == 0 || (free && !served))
                && let Some(sender) = waiting.queue.pop_front()
            {
                let slot = Slot { organization, slots: Some(self.clone()) };
                match sender.send(slot) {
                    Ok(()) => {
                        state.taken += usize::from(waiting.open > 0);
                        waiting.open += 1;
                        served = true;
                    }
                    // The job gave up waiting, so there is nothing to return.
                    Err(mut slot) => slot.slots = None,
                }
            }
            if !waiting.queue.is_empty() {
                state.turns.push_back(organization);
            }
            // Each call follows one slot that became free, or one more job that waits.
            if served {
                return;
            }
        }
    }

    fn return_slot(&self, organization: i64) {
        let mut state = self.state();
        if let Some(known) = state.organizations.get_mut(&organization) {
            known.open = known.open.saturating_sub(1);
            let (was_shared, is_gone) = (known.open > 0, known.open == 0 && known.queue.is_empty());
            state.taken = state.taken.saturating_sub(usize::from(was_shared));
            if is_gone {
                state.organizations.remove(&organization);
            }
        }
        self.hand_out(&mut state);
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        if let Some(slots) = self.slots.take() {
            slots.return_slot(self.organization);
        }
    }
}

#[cfg(test)]
mod tests {
    use futures::FutureExt;
    use futures::future::BoxFuture;

    use super::*;

    fn waiting(slots: &Slots, organization: i64) -> BoxFuture<'static, Slot> {
        let slots = slots.clone();
        let mut slot = async move { slots.take(organization).await }.boxed();
        assert!((&mut slot).now_or_never().is_none(), "{organization} waits");
        slot
    }

    #[test]
    fn every_organization_has_a_slot_of_its_own_and_the_others_go_round() {
        let slots = Slots::new(2);
        let taken = |organization| slots.take(organization).now_or_never();
        let mut first: Vec<Slot> = (0..3).filter_map(|_| taken(1)).collect();
        assert_eq!(first.len(), 3, "its own and all that are shared");
        let mut more: Vec<_> = (0..3).map(|_| waiting(&slots, 1)).collect();
        let second = taken(2);
        assert!(second.is_some(), "its own, whatever others hold");
        let mut other = waiting(&slots, 2);

        // One organization waits with three jobs, the other with one: they take turns.
        first.pop();
        let third = (&mut more[0]).now_or_never();
        assert!(third.is_some() && (&mut other).now_or_never().is_none());
        first.pop();
        let fourth = other.now_or_never();
        assert!(fourth.is_some() && (&mut more[1]).now_or_never().is_none());

        // A job that gave up waiting is skipped.
        let mut last = more.split_off(1);
        drop(last.remove(0));
        drop((first, third));
        assert!(last.remove(0).now_or_never().is_some());
        drop((second, fourth));
        assert!(slots.state().organizations.is_empty());
        assert_eq!(slots.state().taken, 0);
    }

    #[test]
    fn a_slot_that_is_handed_out_and_not_fetched_is_free_again() {
        let slots = Slots::new(0);
        let held = slots.take(1).now_or_never();
        let given_up = waiting(&slots, 1);
        drop(held);
        drop(given_up);
        assert!(slots.take(1).now_or_never().is_some());
    }
}
