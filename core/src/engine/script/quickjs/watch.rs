//! The limits of one context: its clock and its memory.
//!
//! The interrupt handler stops JavaScript that runs too long, and library functions that loop (`vendor/README.md`). What
//! does neither, such as arithmetic on long integers, allocates: past the deadline the allocator refuses too.

use std::cell::Cell;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use rquickjs::allocator::{Allocator, RustAllocator};

/// How long after the deadline allocations still work, so that the error can be made.
const GRACE: Duration = Duration::from_secs(1);
/// Every so many allocations the clock is read.
const CLOCK_EVERY: u32 = 256;
/// Before a larger allocation the clock is read always: it is the result of a slow operation.
const LARGE_BYTES: usize = 8 << 10;
/// What is added to the memory once it is used up, so that the error can be made.
const RESERVE: usize = 64 << 10;

/// The clock of what runs, seen from both sides of the thread.
#[derive(Debug)]
pub(super) struct Clock {
    start: Instant,
    /// Microseconds after `start`; `u64::MAX` while nothing runs.
    deadline: AtomicU64,
    /// Nobody waits for the result any more.
    cancelled: AtomicBool,
}

impl Clock {
    pub fn new() -> Self {
        Self { start: Instant::now(), deadline: AtomicU64::new(u64::MAX), cancelled: AtomicBool::new(false) }
    }

    /// Stops whatever runs at this instant.
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

    /// Whether what runs must end.
    pub fn is_over(&self) -> bool {
        self.is_cancelled() || self.overdue().is_some()
    }

    /// Stops the clock while something is done: the deadline moves by that time.
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

    /// How long ago it should have ended.
    pub fn overdue(&self) -> Option<Duration> {
        let deadline = self.deadline.load(Ordering::Relaxed);
        let since = self.start.elapsed();
        (deadline != u64::MAX).then(|| since.checked_sub(Duration::from_micros(deadline))).flatten()
    }
}

/// What the allocator tells the rest of its thread.
#[derive(Debug, Default)]
pub(super) struct Memory {
    used: Cell<usize>,
    limit: Cell<usize>,
    /// Something was refused since this was last looked at.
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

/// The allocator of one runtime: Rust's, counted and bounded.
pub(super) struct Bounded {
    memory: Rc<Memory>,
    clock: Arc<Clock>,
    /// Allocations until the clock is read.
    until_clock: u32,
    out_of_time: bool,
}

impl Bounded {
    pub fn new(memory: Rc<Memory>, clock: Arc<Clock>) -> Self {
        Self { memory, clock, until_clock: CLOCK_EVERY, out_of_time: false }
    }

    /// Whether so much more may be handed out.
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
            // SAFETY: the pointer was just handed out by this allocator.
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

// SAFETY: every call is handed on to `RustAllocator`, which keeps the trait's promises; this only refuses some.
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
        // SAFETY: the caller hands in what this allocator handed out.
        unsafe {
            self.gave(RustAllocator::usable_size(pointer));
            RustAllocator.dealloc(pointer);
        }
    }

    unsafe fn realloc(&mut self, pointer: *mut u8, new_size: usize) -> *mut u8 {
        if pointer.is_null() {
            return self.alloc(new_size);
        }
        // SAFETY: the caller hands in what this allocator handed out; when the inner one refuses, it is still there.
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
        // SAFETY: the caller hands in what this allocator handed out.
        unsafe { RustAllocator::usable_size(pointer) }
    }
}
