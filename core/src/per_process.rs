//! State that belongs to one process and is never shared with a forked child.

use std::marker::PhantomData;
use std::mem;
use std::process;
use std::ptr;
use std::sync::atomic::{AtomicPtr, Ordering};

/// A value that each process creates for itself, usually in a `static`.
///
/// A forked child has a copy of its parent's memory but none of its parent's threads, so a lock that one of them held
/// stays locked. The child therefore creates its own value and leaves the parent's untouched: that one is neither
/// locked nor dropped. Access takes no lock, so a fork cannot interrupt it halfway.
#[derive(Debug)]
pub struct PerProcess<T> {
    current: AtomicPtr<Entry<T>>,
    owner: PhantomData<T>,
}

#[derive(Debug)]
struct Entry<T> {
    process: u32,
    value: T,
}

impl<T> PerProcess<T> {
    /// Returns an empty cell.
    pub const fn new() -> Self {
        Self { current: AtomicPtr::new(ptr::null_mut()), owner: PhantomData }
    }
}

impl<T> Default for PerProcess<T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T: Send + Sync> PerProcess<T> {
    /// Returns the value of this process, if there is one.
    pub fn get(&self) -> Option<&T> {
        self.entry(self.current.load(Ordering::Acquire))
    }

    /// Returns the value of this process and creates it if it is missing. Threads that do so at the same time may each
    /// create one; the first is kept.
    pub fn get_or_init(&self, create: impl FnOnce() -> T) -> &T {
        let created: Result<&T, std::convert::Infallible> = self.get_or_try_init(|| Ok(create()));
        match created {
            Ok(value) => value,
            Err(never) => match never {},
        }
    }

    /// Returns the value of this process and tries to create it if it is missing.
    ///
    /// # Errors
    /// Those of `create`.
    pub fn get_or_try_init<E>(&self, create: impl FnOnce() -> Result<T, E>) -> Result<&T, E> {
        let mut known = self.current.load(Ordering::Acquire);
        if let Some(value) = self.entry(known) {
            return Ok(value);
        }
        let fresh = Box::into_raw(Box::new(Entry { process: process::id(), value: create()? }));
        loop {
            match self.current.compare_exchange(known, fresh, Ordering::AcqRel, Ordering::Acquire) {
                // SAFETY: `fresh` came from a box just now, and only `drop` of this cell frees it.
                #[allow(unsafe_code)]
                Ok(_) => return Ok(unsafe { &(*fresh).value }),
                Err(other) => known = other,
            }
            if let Some(value) = self.entry(known) {
                // SAFETY: `fresh` came from a box and was not shared.
                #[allow(unsafe_code)]
                drop(unsafe { Box::from_raw(fresh) });
                return Ok(value);
            }
        }
    }

    fn entry(&self, entry: *mut Entry<T>) -> Option<&T> {
        // SAFETY: the pointer is null or came from a box that only `drop` of this cell frees, if anything does.
        #[allow(unsafe_code)]
        let entry = unsafe { entry.as_ref() }?;
        (entry.process == process::id()).then_some(&entry.value)
    }
}

impl<T> Drop for PerProcess<T> {
    fn drop(&mut self) {
        let entry = mem::replace(self.current.get_mut(), ptr::null_mut());
        if entry.is_null() {
            return;
        }
        // SAFETY: the pointer came from a box, and this cell has no other user any more.
        #[allow(unsafe_code)]
        let entry = unsafe { Box::from_raw(entry) };
        if entry.process != process::id() {
            // The threads that the parent's value relies on do not exist here.
            mem::forget(entry);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::thread;

    use super::*;

    #[test]
    fn a_value_is_created_once_and_dropped_with_its_cell() {
        let cell = PerProcess::new();
        assert!(cell.get().is_none());
        assert_eq!(cell.get_or_try_init(|| Err::<Arc<i32>, _>("no")), Err("no"));
        let first = Arc::clone(cell.get_or_init(|| Arc::new(1)));
        assert_eq!(**cell.get_or_init(|| Arc::new(2)), 1);
        drop(cell);
        assert_eq!(Arc::strong_count(&first), 1);
    }

    #[test]
    fn a_value_of_another_process_is_neither_used_nor_dropped() {
        let cell = PerProcess::new();
        let theirs = Arc::new(1);
        let entry = Box::new(Entry { process: process::id() + 1, value: Arc::clone(&theirs) });
        cell.current.store(Box::into_raw(entry), Ordering::Release);
        assert!(cell.get().is_none());
        assert_eq!(**cell.get_or_init(|| Arc::new(2)), 2);
        drop(cell);
        assert_eq!(Arc::strong_count(&theirs), 2);
    }

    #[test]
    fn threads_that_start_together_get_one_value() {
        let cell = PerProcess::new();
        let values = thread::scope(|scope| {
            let started: Vec<_> = (0..8)
                .map(|number| {
                    scope.spawn({
                        let cell = &cell;
                        move || *cell.get_or_init(|| number)
                    })
                })
                .collect();
            started.into_iter().map(|thread| thread.join().ok()).collect::<Vec<_>>()
        });
        assert!(values.iter().all(|value| value.is_some() && *value == values[0]), "{values:?}");
    }
}
