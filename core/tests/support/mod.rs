//! What the tests of this crate share.
#![allow(dead_code, missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::print_stderr)]

use std::path::PathBuf;

/// The folder of recorded vendor responses: `ELEMENTKIT_RECORDED_DIR`, or where it lies beside the repository.
/// Without it the caller skips, visibly; in CI that is a failure.
pub fn recorded_dir() -> Option<PathBuf> {
    let default = || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../shared/brighttalk/recorded");
    let dir = std::env::var_os("ELEMENTKIT_RECORDED_DIR").map_or_else(default, PathBuf::from);
    if dir.is_dir() {
        return Some(dir);
    }
    assert!(std::env::var_os("CI").is_none(), "no recorded responses at {}", dir.display());
    eprintln!("SKIPPED: no recorded responses at {}; set ELEMENTKIT_RECORDED_DIR", dir.display());
    None
}
