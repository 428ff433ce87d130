//! Turns: limit the number of scripts that run at once, and schedule them.
//!
//! A script runs for a time slice. If other scripts are waiting when it ends, the next one gets the turn and the script
//! waits in the interrupt handler. Turns rotate over the organizations, not the scripts, so an organization with many
//! long scripts delays the scripts of another by a slice and not by their length.

use std::cell::Cell;
use std::collections::{HashMap, VecDeque};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::watch::Clock;
use crate::engine::script::Phase;

/// Time that a script runs while others wait.
const SLICE: Duration = Duration::from_millis(20);
/// Interval at which a waiting thread checks whether it must end.
const LOOK_EVERY: Duration = Duration::from_millis(50);

/// Turns of all threads.
#[derive(Debug)]
pub(super) struct Turns {
    state: Mutex<State>,
    /// Number of waiting threads, readable without the lock.
    waiting: AtomicUsize,
}

#[derive(Debug)]
struct State {
    /// Number of turns that no thread holds. Threads wait only while this is zero.
    free: usize,
    queues: HashMap<i64, VecDeque<Arc<Waiter>>>,
    /// Organizations that have a queue, the next one first.
    order: VecDeque<i64>,
}

#[derive(Debug, Default)]
struct Waiter {
    called: Condvar,
    granted: AtomicBool,
}

/// Turn of one thread, held or not.
#[derive(Debug)]
pub(super) struct Turn {
    turns: Arc<Turns>,
    organization: i64,
    held: AtomicBool,
}

impl Turns {
    pub fn new(count: usize) -> Arc<Self> {
        let state = State { free: count, queues: HashMap::new(), order: VecDeque::new() };
        Arc::new(Self { state: Mutex::new(state), waiting: AtomicUsize::new(0) })
    }

    /// Returns the turn of a thread, not held yet.
    pub fn of_thread(self: &Arc<Self>, organization: i64) -> Arc<Turn> {
        Arc::new(Turn { turns: Arc::clone(self), organization, held: AtomicBool::new(false) })
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits for a turn. Returns `false` if the thread must end instead.
    fn wait(&self, organization: i64, clock: &Clock) -> bool {
        let mut state = self.state();
        if state.free > 0 {
            state.free -= 1;
            return true;
        }
        let waiter = state.enqueue(organization);
        self.waiting.fetch_add(1, Ordering::Relaxed);
        let granted = loop {
            let woken = waiter.called.wait_timeout(state, LOOK_EVERY);
            (state, _) = woken.unwrap_or_else(PoisonError::into_inner);
            if waiter.granted.load(Ordering::Relaxed) {
                break true;
            }
            if clock.is_over() {
                state.dequeue(organization, &waiter);
                break false;
            }
        };
        self.waiting.fetch_sub(1, Ordering::Relaxed);
        granted
    }

    fn release(&self) {
        let mut state = self.state();
        match state.next() {
            Some(waiter) => {
                waiter.granted.store(true, Ordering::Relaxed);
                waiter.called.notify_one();
            }
            None => state.free += 1,
        }
    }
}

impl State {
    fn enqueue(&mut self, organization: i64) -> Arc<Waiter> {
        let waiter = Arc::new(Waiter::default());
        let queue = self.queues.entry(organization).or_default();
        if queue.is_empty() {
            self.order.push_back(organization);
        }
        queue.push_back(Arc::clone(&waiter));
        waiter
    }

    fn dequeue(&mut self, organization: i64, waiter: &Arc<Waiter>) {
        if let Some(queue) = self.queues.get_mut(&organization) {
            queue.retain(|other| !Arc::ptr_eq(other, waiter));
            if queue.is_empty() {
                self.queues.remove(&organization);
                self.order.retain(|other| *other != organization);
            }
        }
    }

    /// Removes the first thread of the next organization, and moves the organization to the end of the order.
    fn next(&mut self) -> Option<Arc<Waiter>> {
        let organization = self.order.pop_front()?;
        let queue = self.queues.get_mut(&organization)?;
        let waiter = queue.pop_front();
        if queue.is_empty() {
            self.queues.remove(&organization);
        } else {
            self.order.push_back(organization);
        }
        waiter
    }
}

impl Turn {
    fn take(&self, clock: &Clock) -> bool {
        let taken = self.turns.wait(self.organization, clock);
        self.held.store(taken, Ordering::Release);
        taken
    }

    /// Passes the turn on to another thread. Has no effect if this one holds no turn.
    pub fn give_back(&self) {
        if self.held.swap(false, Ordering::AcqRel) {
            self.turns.release();
        }
    }

    /// Returns whether another thread waits.
    fn is_wanted(&self) -> bool {
        self.turns.waiting.load(Ordering::Relaxed) > 0
    }
}

/// Time slice of a thread's turn.
pub(super) struct Slice {
    turn: Arc<Turn>,
    clock: Arc<Clock>,
    end: Cell<Instant>,
    /// Whether the time limit includes waits for a turn.
    counts_waits: Cell<bool>,
}

impl Slice {
    pub fn new(turn: Arc<Turn>, clock: Arc<Clock>) -> Self {
        Self { turn, clock, end: Cell::new(Instant::now()), counts_waits: Cell::new(true) }
    }

    /// Waits for the first turn of a batch. Returns `false` if the batch was cancelled. A live request has a waiting
    /// caller, so its limit includes the waits for further turns. A record of a bulk job must not fail because of other
    /// scripts.
    pub fn begin(&self, phase: Phase) -> bool {
        self.counts_waits.set(phase == Phase::Request);
        self.next()
    }

    fn next(&self) -> bool {
        let taken = self.turn.take(&self.clock);
        self.end.set(Instant::now() + SLICE);
        taken
    }

    pub fn finish(&self) {
        self.turn.give_back();
    }

    /// Returns whether the script must end now; called by the interrupt handler. Passes the turn on when the slice is
    /// over.
    pub fn must_stop(&self) -> bool {
        if !self.clock.is_over() && self.turn.is_wanted() && Instant::now() >= self.end.get() {
            self.without_turn(|| {});
        }
        self.clock.is_over()
    }

    /// Passes the turn on while the thread waits for something else.
    pub fn without_turn<T>(&self, wait: impl FnOnce() -> T) -> T {
        self.turn.give_back();
        let result = wait();
        let next = || self.next();
        if self.counts_waits.get() {
            next()
        } else {
            self.clock.paused(next)
        };
        result
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(turns: &Arc<Turns>, organization: i64, clock: &Arc<Clock>, work: Duration) -> Duration {
        let slice = Slice::new(turns.of_thread(organization), Arc::clone(clock));
        let begin = Instant::now();
        assert!(slice.begin(Phase::Request));
        while begin.elapsed() < work && !slice.must_stop() {
            std::thread::sleep(Duration::from_millis(1));
        }
        slice.finish();
        begin.elapsed()
    }

    #[test]
    fn an_organization_with_many_threads_delays_another_by_slices_alone() {
        let turns = Turns::new(1);
        let hogs: Vec<_> = (0..8).map(|_| Arc::new(Clock::new())).collect();
        let threads: Vec<_> = hogs
            .iter()
            .map(|clock| {
                let (turns, clock) = (Arc::clone(&turns), Arc::clone(clock));
                std::thread::spawn(move || {
                    let slice = Slice::new(turns.of_thread(1), Arc::clone(&clock));
                    if slice.begin(Phase::Request) {
                        while !slice.must_stop() {
                            std::thread::sleep(Duration::from_millis(1));
                        }
                    }
                    slice.finish();
                })
            })
            .collect();
        std::thread::sleep(Duration::from_millis(100));
        // Two slices of the other organization would suffice, one for each round; with a single queue of eight threads
        // a round would take 160 ms.
        let took = run(&turns, 2, &Arc::new(Clock::new()), Duration::from_millis(100));
        assert!(took < Duration::from_secs(3), "{took:?}");
        hogs.iter().for_each(|clock| clock.cancel());
        threads.into_iter().for_each(|thread| thread.join().expect("a thread"));
        let state = turns.state();
        assert!(state.free == 1 && state.queues.is_empty() && state.order.is_empty(), "{state:?}");
    }

    #[test]
    fn turns_go_round_the_organizations() {
        let mut state = State { free: 0, queues: HashMap::new(), order: VecDeque::new() };
        let first: Vec<_> = (0..3).map(|_| state.enqueue(1)).collect();
        let second = state.enqueue(2);
        let dropped = state.enqueue(3);
        state.dequeue(3, &dropped);
        let order: Vec<_> = std::iter::from_fn(|| state.next()).collect();
        let wanted = [&first[0], &second, &first[1], &first[2]];
        assert!(order.len() == 4 && order.iter().zip(wanted).all(|(got, wanted)| Arc::ptr_eq(got, wanted)));
    }

    /// Lets a script with a limit of 300 ms wait longer than that for a turn. Returns whether it must end.
    fn waits_too_long(phase: Phase) -> bool {
        let turns = Turns::new(1);
        let clock = Arc::new(Clock::new());
        let slice = Slice::new(turns.of_thread(1), Arc::clone(&clock));
        assert!(slice.begin(phase));
        clock.set(Instant::now() + Duration::from_millis(300));
        let other = std::thread::spawn({
            let turns = Arc::clone(&turns);
            move || {
                let turn = turns.of_thread(2);
                assert!(turn.take(&Clock::new()));
                std::thread::sleep(Duration::from_millis(800));
                turn.give_back();
            }
        });
        while turns.waiting.load(Ordering::Relaxed) == 0 {
            std::thread::yield_now();
        }
        slice.end.set(Instant::now());
        let over = slice.must_stop();
        slice.finish();
        other.join().expect("a thread");
        over
    }

    #[test]
    fn limits_count_waits_where_a_caller_waits() {
        assert!(waits_too_long(Phase::Request));
        assert!(!waits_too_long(Phase::Bulk));
    }
}
