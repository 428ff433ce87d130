//! The files that git tracks.

use std::path::PathBuf;
use std::process::Command;

/// Returns the root of the repository.
pub fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).parent().map_or_else(PathBuf::new, std::path::Path::to_owned)
}

/// Returns the output of a git command, or an empty string if it fails.
pub fn git(arguments: &[&str]) -> String {
    let output = Command::new("git").current_dir(root()).args(arguments).output();
    output.map(|output| String::from_utf8_lossy(&output.stdout).into_owned()).unwrap_or_default()
}

/// Returns the tracked text files with one of these extensions, without vendored sources: path and content.
pub fn texts(extensions: &[&str]) -> Vec<(String, String)> {
    let root = root();
    let listed = git(&["ls-files", "--cached", "--others", "--exclude-standard"]);
    let paths = listed.lines().filter(|path| {
        let extension = path.rsplit_once('.').map_or("", |(_, extension)| extension);
        extensions.contains(&extension) && !path.starts_with("vendor/rquickjs-sys/")
    });
    paths.filter_map(|path| Some((path.to_owned(), std::fs::read_to_string(root.join(path)).ok()?))).collect()
}
