//! Name of a process in its leases, by which other processes detect that it has ended.
//!
//! The name identifies the machine and the process. Other processes on the same machine can check whether the process
//! still runs, and need not wait until the lease of a dead one expires. An owner counts as alive unless it is known to
//! be dead.

use crate::auth::{hex, random_bytes};
use crate::error::Result;

/// This process as the owner of leases.
pub(super) struct Owner(String);

impl Owner {
    /// Creates an owner with a new name: machine, process, start time of the process, and a random part, since a
    /// process may have several engines.
    pub fn new() -> Result<Self> {
        let (machine, process) = (process::machine().unwrap_or_default(), std::process::id());
        let started = process::started(process).unwrap_or_default();
        Ok(Self([machine, process.to_string(), started, hex(&random_bytes::<16>()?)].join("/")))
    }

    /// Returns a name of this run of the machine, during which written data is not lost when a process ends. `None` if the
    /// machine does not tell.
    pub fn boot() -> Option<String> {
        process::boot()
    }

    /// Returns the name for a lease.
    pub fn name(&self) -> &str {
        &self.0
    }

    /// Returns whether the owner of that name is known to be dead.
    pub fn is_dead(&self, name: &str) -> bool {
        let parts: Vec<&str> = name.split('/').collect();
        let [machine, process, started, _] = parts[..] else { return false };
        let is_here = !machine.is_empty() && self.0.split('/').next() == Some(machine);
        let Some(process) = process.parse().ok().filter(|_| is_here) else { return false };
        match process::started(process) {
            Some(now) => now != started,
            None => process::is_gone(process),
        }
    }
}

/// Process information on Linux and Android.
#[cfg(any(target_os = "linux", target_os = "android"))]
mod process {
    use std::fs;

    pub(super) use super::signals::is_gone;

    /// Returns a name of this boot of the machine.
    pub fn boot() -> Option<String> {
        let boot = fs::read_to_string("/proc/sys/kernel/random/boot_id").ok()?;
        Some(boot.trim().to_owned())
    }

    /// Returns a name of this machine and boot, distinct for each namespace of process ids.
    pub fn machine() -> Option<String> {
        let namespace = fs::read_link("/proc/self/ns/pid").ok()?;
        Some(format!("{}-{}", boot()?, namespace.to_str()?))
    }

    /// Returns the start time of a process, or a marker if it has ended and was not waited for.
    pub fn started(process: u32) -> Option<String> {
        let stat = fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
        // The name in the preceding field may contain any character.
        let mut fields = stat.rsplit_once(')')?.1.split_whitespace();
        match fields.next()? {
            "Z" | "X" => Some("ended".to_owned()),
            _ => fields.nth(18).map(str::to_owned),
        }
    }
}

/// Process information on other Unix systems.
#[cfg(all(unix, not(any(target_os = "linux", target_os = "android"))))]
mod process {
    pub(super) use super::signals::is_gone;

    pub fn boot() -> Option<String> {
        None
    }

    pub fn machine() -> Option<String> {
        nix::unistd::gethostname().ok()?.into_string().ok().filter(|name| !name.contains('/'))
    }

    pub fn started(_: u32) -> Option<String> {
        None
    }
}

#[cfg(unix)]
mod signals {
    use nix::errno::Errno;
    use nix::sys::signal::kill;
    use nix::unistd::Pid;

    /// Returns whether no such process exists, not even one of another user.
    pub fn is_gone(process: u32) -> bool {
        i32::try_from(process).is_ok_and(|process| kill(Pid::from_raw(process), None) == Err(Errno::ESRCH))
    }
}

/// Other systems: no process information.
#[cfg(not(unix))]
mod process {
    pub fn boot() -> Option<String> {
        None
    }

    pub fn machine() -> Option<String> {
        None
    }

    pub fn started(_: u32) -> Option<String> {
        None
    }

    pub fn is_gone(_: u32) -> bool {
        false
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;
    use crate::error::{Error, ErrorKind};

    fn failed(error: std::io::Error) -> Error {
        Error::new(ErrorKind::Internal, error.to_string())
    }

    #[test]
    fn only_a_process_of_this_machine_that_has_ended_is_known_to_be_dead() -> Result<()> {
        let ours = Owner::new()?;
        let other = Owner::new()?;
        assert!(!ours.is_dead(ours.name()) && !ours.is_dead(other.name()), "it runs");
        let parts: Vec<&str> = other.name().split('/').collect();
        let with = |machine: &str, process: &str, started: &str| [machine, process, started, "x"].join("/");
        assert!(ours.is_dead(&with(parts[0], parts[1], "1")), "its number was given to another process");
        assert!(!ours.is_dead(&with("elsewhere", parts[1], "1")) && !ours.is_dead(&with("", parts[1], "1")));
        // Owners of earlier versions and malformed names.
        for name in ["", "6f1d", "a/b/c/d", "a/b"] {
            assert!(!ours.is_dead(name), "{name}");
        }
        let mut child = std::process::Command::new("true").spawn().map_err(failed)?;
        let ended = with(parts[0], &child.id().to_string(), "7");
        child.wait().map_err(failed)?;
        assert!(ours.is_dead(&ended));
        Ok(())
    }
}
