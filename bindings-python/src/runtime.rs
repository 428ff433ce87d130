//! The runtime of each process, and access to objects that are tied to it: a forked child gets a new runtime and never
//! touches objects of its parent's.

use std::mem::ManuallyDrop;

use elementkit::host::PerProcess;
use elementkit::{Error, ErrorKind};
use tokio::runtime::{Builder, Runtime};

static CURRENT: PerProcess<Runtime> = PerProcess::new();

/// Returns the runtime of this process, which is started by the first call and lives as long as the process.
pub fn get() -> Result<&'static Runtime, Error> {
    CURRENT.get_or_try_init(|| {
        elementkit::log::collect();
        let runtime = Builder::new_multi_thread().enable_all().thread_name("elementkit").build();
        runtime.map_err(|error| Error::new(ErrorKind::Internal, format!("no threads can be started: {error}")))
    })
}

/// An object that relies on the threads and connections of the process it was made in.
///
/// It is dropped inside the runtime's context, because connections return to their pool by a task. A forked child refuses
/// to use it, since it would wait for threads that do not exist there, and leaks it instead of dropping it: dropping it
/// could wait for a lock of those threads, or close files whose locks the parent still needs.
#[derive(Clone)]
pub struct Home<T> {
    process: u32,
    thing: ManuallyDrop<T>,
}

impl<T> Home<T> {
    /// Wraps an object of this process.
    pub fn new(thing: T) -> Self {
        Self { process: std::process::id(), thing: ManuallyDrop::new(thing) }
    }

    /// Returns the object if it was made in this process.
    pub fn get(&self) -> Result<&T, Error> {
        self.check().map(|()| &*self.thing)
    }

    /// Returns the object mutably if it was made in this process.
    pub fn get_mut(&mut self) -> Result<&mut T, Error> {
        self.check().map(|()| &mut *self.thing)
    }

    /// Returns the object in any process, for uses that need no runtime.
    pub fn peek(&self) -> &T {
        &self.thing
    }

    /// Returns a part of the object, tied to the same process.
    pub fn part<U>(&self, part: impl FnOnce(&T) -> U) -> Home<U> {
        Home { process: self.process, thing: ManuallyDrop::new(part(&self.thing)) }
    }

    pub fn is_here(&self) -> bool {
        self.process == std::process::id()
    }

    fn check(&self) -> Result<(), Error> {
        if self.is_here() {
            return Ok(());
        }
        let elsewhere =
            Error::new(ErrorKind::Config, "this object was created in another process and cannot be used in its fork");
        Err(elsewhere.with_hint("Get it from a platform of this process: a job with instance.bulk.job(id)."))
    }
}

impl<T> Drop for Home<T> {
    fn drop(&mut self) {
        if !self.is_here() {
            return;
        }
        let _context = CURRENT.get().map(Runtime::enter);
        // SAFETY: the object is dropped only here, and cannot be reached afterwards.
        #[allow(unsafe_code)]
        unsafe {
            ManuallyDrop::drop(&mut self.thing);
        }
    }
}
