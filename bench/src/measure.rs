//! Resources of a command: CPU and peak memory of all its processes, and the elapsed time.
//!
//! Small, because a process starts with the peak memory of the one that starts it.

use std::ffi::OsString;
use std::path::Path;
use std::process::ExitCode;
use std::time::Instant;

#[cfg(unix)]
pub fn run(file: &Path, command: &[OsString]) -> ExitCode {
    use nix::sys::resource::{UsageWho, getrusage};
    use nix::sys::time::TimeValLike;

    let [program, arguments @ ..] = command else { return ExitCode::from(2) };
    let started = Instant::now();
    let status = match std::process::Command::new(program).args(arguments).status() {
        Ok(status) => status,
        Err(error) => {
            eprintln!("{}: {error}", program.display());
            return ExitCode::from(127);
        }
    };
    let wall_s = started.elapsed().as_secs_f64();
    let Ok(usage) = getrusage(UsageWho::RUSAGE_CHILDREN) else { return ExitCode::FAILURE };
    let cpu_s = (usage.user_time() + usage.system_time()).num_microseconds() as f64 / 1e6;
    // In KiB on Linux, in bytes on macOS.
    let unit = if cfg!(target_os = "macos") { 1.0 } else { 1024.0 };
    let peak_mib = usage.max_rss() as f64 * unit / f64::from(1 << 20);
    let json = serde_json::json!({"cpu_s": cpu_s, "wall_s": wall_s, "peak_mib": peak_mib});
    if status.success() && std::fs::write(file, json.to_string()).is_ok() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

/// Returns the seconds of CPU that this process has used.
#[cfg(unix)]
pub fn own_cpu_s() -> f64 {
    use nix::sys::resource::{UsageWho, getrusage};
    use nix::sys::time::TimeValLike;

    let usage =
        getrusage(UsageWho::RUSAGE_SELF).map(|usage| (usage.user_time() + usage.system_time()).num_microseconds());
    usage.unwrap_or_default() as f64 / 1e6
}

#[cfg(not(unix))]
pub fn own_cpu_s() -> f64 {
    0.0
}

#[cfg(not(unix))]
pub fn run(_: &Path, _: &[OsString]) -> ExitCode {
    eprintln!("only Unix tells what a process tree used");
    ExitCode::FAILURE
}
