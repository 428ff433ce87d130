//! Number of connections that the file handles of the process allow.

/// Handles for everything else: the database, bulk files, calls to vendors.
#[cfg(unix)]
const RESERVED: u64 = 128;

/// Returns the number of connections that can be held open: `wanted`, or what the limit of the process leaves. Raises
/// the limit as far as the process may.
#[cfg(unix)]
pub(super) fn fitted(wanted: usize) -> usize {
    use nix::sys::resource::{Resource, getrlimit, setrlimit};
    let Ok((mut soft, hard)) = getrlimit(Resource::RLIMIT_NOFILE) else { return wanted };
    let needed = (wanted as u64).saturating_add(RESERVED);
    let raised = needed.min(hard);
    if soft < raised && setrlimit(Resource::RLIMIT_NOFILE, raised, hard).is_ok() {
        soft = raised;
    }
    let fitted = within(soft, wanted);
    if fitted < wanted {
        tracing::warn!(wanted, fitted, handles = soft, "fewer connections than wanted: the limit of open files is low");
    }
    fitted
}

#[cfg(not(unix))]
pub(super) fn fitted(wanted: usize) -> usize {
    wanted
}

/// Returns how many of the wanted connections the handles allow, of which at most half are reserved.
#[cfg(unix)]
fn within(handles: u64, wanted: usize) -> usize {
    let free = handles - RESERVED.min(handles / 2);
    usize::try_from(free).unwrap_or(usize::MAX).clamp(1, wanted.max(1))
}

#[cfg(all(test, unix))]
mod tests {
    use super::within;

    #[test]
    fn few_handles_leave_room_for_everything_else() {
        for (handles, wanted, fitted) in
            [(1 << 20, 1024, 1024), (1152, 1024, 1024), (1024, 1024, 896), (64, 1024, 32), (1, 1024, 1), (0, 0, 1)]
        {
            assert_eq!(within(handles, wanted), fitted, "{handles} {wanted}");
        }
    }
}
