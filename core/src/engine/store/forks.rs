//! Lets a forked child open databases that its parent has open.
//!
//! SQLite keeps the locks of a process in memory, by device and inode of the file, because POSIX locks belong to the
//! process. A fork copies that memory but not the locks: the child would use the file under locks that it does not
//! hold, and wait for mutexes whose owners do not exist in it. The file identity that SQLite sees therefore differs
//! between processes, and a fork waits until no thread holds a global mutex of SQLite. The child leaves the parent's
//! state untouched.

use std::ffi::{CStr, c_char, c_int};
use std::process;
use std::sync::Once;

use nix::libc;
use rusqlite::ffi;

/// SQLite's global mutexes, in the order in which SQLite nests them; the mutex of memory is the innermost.
const MUTEXES: [c_int; 12] = [
    ffi::SQLITE_MUTEX_STATIC_OPEN,
    ffi::SQLITE_MUTEX_STATIC_VFS1,
    ffi::SQLITE_MUTEX_STATIC_VFS2,
    ffi::SQLITE_MUTEX_STATIC_VFS3,
    ffi::SQLITE_MUTEX_STATIC_APP1,
    ffi::SQLITE_MUTEX_STATIC_APP2,
    ffi::SQLITE_MUTEX_STATIC_APP3,
    ffi::SQLITE_MUTEX_STATIC_PRNG,
    ffi::SQLITE_MUTEX_STATIC_MASTER,
    ffi::SQLITE_MUTEX_STATIC_LRU,
    ffi::SQLITE_MUTEX_STATIC_PMEM,
    ffi::SQLITE_MUTEX_STATIC_MEM,
];

// SAFETY: the declaration is that of POSIX; `libc` lacks it on Linux.
#[allow(unsafe_code)]
unsafe extern "C" {
    fn pthread_atfork(
        prepare: Option<extern "C" fn()>,
        parent: Option<extern "C" fn()>,
        child: Option<extern "C" fn()>,
    ) -> c_int;
}

/// Prepares SQLite for forks of this process. Must be called before the first database is opened.
pub(super) fn prepare() {
    static PREPARED: Once = Once::new();
    PREPARED.call_once(|| {
        identify(c"fstat", fstat_here as *const ());
        identify(c"stat", stat_here as *const ());
        // SAFETY: the handlers live as long as the process and call only mutex functions of SQLite.
        #[allow(unsafe_code)]
        let failed = unsafe { pthread_atfork(Some(quiesce), Some(release), Some(release)) };
        if failed != 0 {
            tracing::warn!("a process that is forked from here may hang when it opens a database");
        }
    });
}

/// Replaces a system call with which SQLite determines the identity of files.
fn identify(call: &CStr, function: *const ()) {
    // SAFETY: the default VFS of Unix has this method, and the functions have the signatures of the calls they replace.
    #[allow(unsafe_code)]
    unsafe {
        let vfs = ffi::sqlite3_vfs_find(std::ptr::null());
        if let Some(set) = vfs.as_ref().and_then(|vfs| vfs.xSetSystemCall) {
            set(vfs, call.as_ptr(), Some(std::mem::transmute::<*const (), unsafe extern "C" fn()>(function)));
        }
    }
}

/// Calls `fstat` and makes the device differ between processes.
extern "C" fn fstat_here(file: c_int, out: *mut libc::stat) -> c_int {
    // SAFETY: SQLite calls this as it calls `fstat`.
    #[allow(unsafe_code)]
    unsafe {
        here(libc::fstat(file, out), out)
    }
}

/// Calls `stat` and makes the device differ between processes.
extern "C" fn stat_here(path: *const c_char, out: *mut libc::stat) -> c_int {
    // SAFETY: SQLite calls this as it calls `stat`.
    #[allow(unsafe_code)]
    unsafe {
        here(libc::stat(path, out), out)
    }
}

/// Mixes the process id into the device of a successful result.
///
/// # Safety
/// `out` is valid when the call succeeded.
#[allow(unsafe_code)] // It writes through the pointer that SQLite gave.
unsafe fn here(result: c_int, out: *mut libc::stat) -> c_int {
    if result == 0 {
        let process = u64::from(process::id()).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        // Truncated where devices are shorter.
        unsafe { (*out).st_dev ^= process as libc::dev_t };
    }
    result
}

extern "C" fn quiesce() {
    for mutex in MUTEXES {
        // SAFETY: the static mutexes exist once SQLite is initialized, which it is before this is registered.
        #[allow(unsafe_code)]
        unsafe {
            ffi::sqlite3_mutex_enter(ffi::sqlite3_mutex_alloc(mutex));
        }
    }
}

extern "C" fn release() {
    for mutex in MUTEXES.into_iter().rev() {
        // SAFETY: as above; this thread holds all of them.
        #[allow(unsafe_code)]
        unsafe {
            ffi::sqlite3_mutex_leave(ffi::sqlite3_mutex_alloc(mutex));
        }
    }
}
