//! Worker slot of one job: held while any of its flows works, returned while all of them wait for the vendor.

use std::sync::{Mutex, MutexGuard, PoisonError};

use super::slots::{Slot, Slots};
use super::stop::{JobControl, Stop};

/// Slot of a job, whose flows are the lists that it reads concurrently.
pub(super) struct JobSlot {
    slots: Slots,
    organization: i64,
    control: JobControl,
    state: Mutex<State>,
}

struct State {
    flows: usize,
    waiting: usize,
    slot: Option<Slot>,
}

/// Flow of a job; it ends when this is dropped.
pub(super) struct Flow<'a>(&'a JobSlot);

/// Wait of a flow, until it is over or dropped.
pub(super) struct Wait<'a>(Option<&'a JobSlot>);

impl JobSlot {
    /// Creates the holder of a slot for a job without flows.
    pub fn new(slots: Slots, organization: i64, control: JobControl, slot: Slot) -> Self {
        let state = Mutex::new(State { flows: 0, waiting: 0, slot: Some(slot) });
        Self { slots, organization, control, state }
    }

    /// Begins a flow, which is working at first.
    pub async fn flow(&self) -> Result<Flow<'_>, Stop> {
        self.state().flows += 1;
        let flow = Flow(self);
        self.take_again().await?;
        Ok(flow)
    }

    /// Begins the wait of a flow.
    pub fn wait(&self) -> Wait<'_> {
        let mut state = self.state();
        state.waiting += 1;
        let returned = state.idle_slot();
        drop(state);
        drop(returned);
        Wait(Some(self))
    }

    /// Takes a slot again if the job has none.
    async fn take_again(&self) -> Result<(), Stop> {
        if self.state().slot.is_some() {
            return Ok(());
        }
        let slot = tokio::select! {
            biased;
            () = self.control.asked() => return Err(Stop::Requested),
            slot = self.slots.take(self.organization) => slot,
        };
        // Two flows may have waited for a slot at once; the second slot is returned.
        let surplus = self.state().slot.replace(slot);
        drop(surplus);
        Ok(())
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// Takes the slot out, to be returned, if no flow is working.
    fn idle_slot(&mut self) -> Option<Slot> {
        if self.waiting > 0 && self.waiting >= self.flows { self.slot.take() } else { None }
    }
}

impl Wait<'_> {
    /// Ends the wait: the flow works again as soon as the job has a slot.
    pub async fn over(mut self) -> Result<(), Stop> {
        let Some(job) = self.0.take() else { return Ok(()) };
        job.state().waiting -= 1;
        job.take_again().await
    }
}

impl Drop for Wait<'_> {
    fn drop(&mut self) {
        if let Some(job) = self.0 {
            job.state().waiting -= 1;
        }
    }
}

impl Drop for Flow<'_> {
    fn drop(&mut self) {
        let mut state = self.0.state();
        state.flows -= 1;
        let returned = state.idle_slot();
        drop(state);
        drop(returned);
    }
}

#[cfg(test)]
mod tests {
    use futures::FutureExt;

    use super::*;

    #[test]
    fn a_job_holds_its_slot_while_any_of_its_flows_works() {
        let slots = Slots::new(0);
        let free = || slots.take(1).now_or_never().is_some();
        let Some(slot) = slots.take(1).now_or_never() else { panic!("no slot") };
        let job = JobSlot::new(slots.clone(), 1, JobControl::default(), slot);
        let flow = || job.flow().now_or_never().and_then(Result::ok);
        let (first, second) = (flow(), flow());
        assert!(first.is_some() && second.is_some());
        let waits = job.wait();
        assert!(!free(), "the second flow works");
        drop(second);
        assert!(free(), "the only flow left waits");
        assert!(waits.over().now_or_never().is_some_and(|outcome| outcome.is_ok()));
        assert!(!free());
        drop(job.wait());
        assert!(free(), "a wait that is given up is that of a flow that ends");
        drop(first);
    }
}
