//! The allocator of the command.

/// Makes the allocator of glibc keep blocks of the size of vendor pages when they are freed, instead of returning each to
/// the system and taking it again for the next page, which is a tenth of the time of `records`. One arena keeps less than
/// one for each thread; a server has more threads that would wait for it, so it is not for servers (bench/PROFILES.md).
pub fn keep_freed_blocks() {
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    set(&[(libc::M_MMAP_THRESHOLD, 4 << 20), (libc::M_TRIM_THRESHOLD, 8 << 20), (libc::M_ARENA_MAX, 1)]);
}

#[cfg(all(target_os = "linux", target_env = "gnu"))]
#[allow(unsafe_code)] // no crate has a safe form of the call
fn set(parameters: &[(i32, i32)]) {
    for (parameter, value) in parameters {
        // SAFETY: it takes two numbers, and glibc allows it at any time.
        unsafe { libc::mallopt(*parameter, *value) };
    }
}
