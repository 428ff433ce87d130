//! Limits of one context: its clock and its memory.
//!
//! The interrupt handler stops JavaScript that runs too long, and library functions that loop (`vendor/README.md`).
//! Code that does neither, such as arithmetic on long integers, allocates: after the deadline the allocator refuses as
//! well.

use std::cell::Cell;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use rquickjs::allocator::{Allocator, RustAllocator};

/// Time after the deadline during which allocations still succeed, so that the error can be created.
const GRACE: Duration = Duration::from_secs(1);
/// Number of allocations between readings of the clock.
const CLOCK_EVERY: u32 = 256;
/// Size from which an allocation always reads the clock: a large one is the result of a slow operation.
const LARGE_BYTES: usize = 8 << 10;
/// Memory added once the limit is reached, so that the error can be created.
const RESERVE: usize = 64 << 10;

/// Deadline of the running batch, shared between its thread and the runner.
#[derive(Debug)]
pub(super) struct Clock {
    start: Instant,
    /// Microseconds after `start`; `u64::MAX` while nothing runs.
    deadline: AtomicU64,
    /// Whether the result is no longer awaited.
    cancelled: AtomicBool,
}

impl Clock {
    pub fn new() -> Self {
        Self { start: Instant::now(), deadline: AtomicU64::new(u64::MAX), cancelled: AtomicBool::new(false) }
    }

    /// Sets the deadline.
    pub fn set(&self, deadline: Instant) {
        let micros = deadline.saturating_duration_since(self.start).as_micros();
        self.deadline.store(u64::try_from(micros).unwrap_or(u64::MAX), Ordering::Relaxed);
    }

    pub fn clear(&self) {
        self.deadline.store(u64::MAX, Ordering::Relaxed);
    }

    pub fn cancel(&self) {
        self.cancelled.store(true, Ordering::Relaxed);
    }

    pub fn is_cancelled(&self) -> bool {
        self.cancelled.load(Ordering::Relaxed)
    }

    /// Returns whether the running code must end.
    pub fn is_over(&self) -> bool {
        self.is_cancelled() || self.overdue().is_some()
    }

    /// Runs a closure while the clock is stopped: the deadline moves by its duration.
    pub fn paused<T>(&self, wait: impl FnOnce() -> T) -> T {
        let begin = Instant::now();
        let deadline = self.deadline.swap(u64::MAX, Ordering::Relaxed);
        let result = wait();
        if deadline != u64::MAX {
            let micros = u64::try_from(begin.elapsed().as_micros()).unwrap_or(u64::MAX);
            self.deadline.store(deadline.saturating_add(micros), Ordering::Relaxed);
        }
        result
    }

    /// Returns the time until the deadline; zero after it.
    pub fn left(&self) -> Duration {
        let deadline = Duration::from_micros(self.deadline.load(Ordering::Relaxed));
        deadline.saturating_sub(self.start.elapsed())
    }

    /// Returns the time since the deadline, if it has passed.
    pub fn overdue(&self) -> Option<Duration> {
        let deadline = self.deadline.load(Ordering::Relaxed);
        let since = self.start.elapsed();
        (deadline != u64::MAX).then(|| since.checked_sub(Duration::from_micros(deadline))).flatten()
    }
}

/// Allocator state that the rest of its thread reads.
#[derive(Debug, Default)]
pub(super) struct Memory {
    used: Cell<usize>,
    limit: Cell<usize>,
    /// Whether an allocation was refused.
    refused: Cell<bool>,
}

impl Memory {
    pub fn new(limit: usize) -> Rc<Self> {
        Rc::new(Self { used: Cell::new(0), limit: Cell::new(limit), refused: Cell::new(false) })
    }

    pub fn used(&self) -> usize {
        self.used.get()
    }

    pub fn was_refused(&self) -> bool {
        self.refused.get()
    }
}

/// Allocator of one runtime: Rust's, counted and bounded.
pub(super) struct Bounded {
    memory: Rc<Memory>,
    clock: Arc<Clock>,
    /// Number of allocations until the clock is read.
    until_clock: u32,
    out_of_time: bool,
}

impl Bounded {
    pub fn new(memory: Rc<Memory>, clock: Arc<Clock>) -> Self {
        Self { memory, clock, until_clock: CLOCK_EVERY, out_of_time: false }
    }

    /// Returns whether an allocation of this size is allowed.
    fn allows(&mut self, size: usize) -> bool {
        self.until_clock = self.until_clock.saturating_sub(1);
        if self.until_clock == 0 || size >= LARGE_BYTES {
            self.until_clock = CLOCK_EVERY;
            self.out_of_time = self.clock.overdue().is_some_and(|late| late > GRACE);
        }
        let memory = &self.memory;
        let fits = memory.used.get().checked_add(size).is_some_and(|sum| sum <= memory.limit.get());
        if !fits && !memory.refused.replace(true) {
            memory.limit.set(memory.limit.get() + RESERVE);
        }
        fits && !self.out_of_time
    }

    fn took(&self, pointer: *mut u8) -> *mut u8 {
        if !pointer.is_null() {
            // SAFETY: the pointer was just returned by this allocator.
            #[allow(unsafe_code)]
            let size = unsafe { RustAllocator::usable_size(pointer) };
            self.memory.used.set(self.memory.used.get() + size);
        }
        pointer
    }

    fn gave(&self, size: usize) {
        self.memory.used.set(self.memory.used.get().saturating_sub(size));
    }
}

// SAFETY: every call is passed on to `RustAllocator`, which upholds the trait's contract; this type only refuses some
// calls.
#[allow(unsafe_code)]
unsafe impl Allocator for Bounded {
    fn alloc(&mut self, size: usize) -> *mut u8 {
        if self.allows(size) { self.took(RustAllocator.alloc(size)) } else { std::ptr::null_mut() }
    }

    fn calloc(&mut self, count: usize, size: usize) -> *mut u8 {
        // The product is checked here because the inner allocator panics when it overflows.
        match count.checked_mul(size) {
            Some(total) if self.allows(total) => self.took(RustAllocator.calloc(count, size)),
            _ => std::ptr::null_mut(),
        }
    }

    unsafe fn dealloc(&mut self, pointer: *mut u8) {
        // SAFETY: the caller passes a pointer that this allocator returned.
        unsafe {
            self.gave(RustAllocator::usable_size(pointer));
            RustAllocator.dealloc(pointer);
        }
    }

    unsafe fn realloc(&mut self, pointer: *mut u8, new_size: usize) -> *mut u8 {
        if pointer.is_null() {
            return self.alloc(new_size);
        }
        // SAFETY: the caller passes a pointer that this allocator returned; if the inner one refuses, the pointer stays
        // valid.
        unsafe {
            let old_size = RustAllocator::usable_size(pointer);
            if new_size > old_size && !self.allows(new_size - old_size) {
                return std::ptr::null_mut();
            }
            let moved = RustAllocator.realloc(pointer, new_size);
            if !moved.is_null() {
                self.gave(old_size);
            }
            self.took(moved)
        }
    }

    unsafe fn usable_size(pointer: *mut u8) -> usize {
        // SAFETY: the caller passes a pointer that this allocator returned.
        unsafe { RustAllocator::usable_size(pointer) }
    }
}
