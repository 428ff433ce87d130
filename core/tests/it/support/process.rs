//! Tests that need a separate process, in a binary that runs all tests as threads of one process.

use std::process::{Command, Stdio};

/// Set in the child process.
const ALONE: &str = "ELEMENTKIT_TEST_ALONE";

/// Returns `false` in a process that runs this test alone. Otherwise runs the test, named with its module, in such a
/// child process, panics if it fails there, and returns `true`: the caller must then return.
///
/// For tests that measure the memory of the process or install a log for all its threads.
pub fn ran_alone(test: &str) -> bool {
    if std::env::var_os(ALONE).is_some() {
        return false;
    }
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", test, "--nocapture"]).env(ALONE, "1").stdin(Stdio::null());
    let output = command.output().unwrap();
    eprint!("{}", String::from_utf8_lossy(&output.stderr));
    let said = String::from_utf8_lossy(&output.stdout);
    // A wrong name would pass with no test run.
    assert!(output.status.success() && said.contains("1 passed"), "{test}, alone, {}: {said}", output.status);
    true
}

/// Returns the resident memory of this process in MB, or 0 if the system does not report it.
pub fn resident_mb() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with("VmRSS")).unwrap_or_default();
    line.split_whitespace().nth(1).and_then(|kb| kb.parse::<u64>().ok()).unwrap_or_default() / 1024
}
