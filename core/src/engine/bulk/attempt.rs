//! Detection of pages that crash the process.
//!
//! While a page is processed, a marker file in the job's folder has the number of this attempt, and otherwise zero. A
//! number that is found when a worker starts was left by a process that ended on that page. After two such ends the job
//! fails, so that a page that exhausts the memory cannot crash the server at every start.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Seek, Write};
use std::path::{Path, PathBuf};

use super::stop::Stop;
use crate::error::{Error, ErrorKind};
use crate::private;

/// Number of crashes on one page after which the job fails.
const ENDS: u32 = 2;
/// Suffix of the marker files. The part before it is not a number, so markers are not taken for segments.
const SUFFIX: &str = "-page.attempt";

/// Marker of the page of a partition that is being processed.
pub(super) struct Attempt {
    path: PathBuf,
    /// The marker, once it is needed: it stays open, since pages take less time than creating a file for each.
    file: Option<File>,
    /// Number of times the process has ended on this page.
    ends: u32,
}

impl Attempt {
    /// Returns the attempt at the current page of the partition with an ordinal. Blocks.
    pub fn of(folder: &Path, ordinal: i64) -> Self {
        let path = folder.join(format!("{ordinal}{SUFFIX}"));
        Self { ends: ends(&path), path, file: None }
    }

    /// Records that processing of the page has started. Blocks for as long as it takes to write a byte.
    pub fn begin(&mut self) {
        let attempt = self.ends.saturating_add(1).min(9);
        // The job works without the marker too, so a full disk does not stop it here.
        if let Err(error) = self.mark(attempt) {
            tracing::debug!(%error, "the attempt to process a page could not be recorded");
        }
    }

    /// Records that the process has survived the page.
    pub fn end(&mut self) {
        self.ends = 0;
        if self.file.is_some() && self.mark(0).is_err() {
            self.remove();
        }
    }

    /// Writes the number of an attempt, which has one digit.
    fn mark(&mut self, attempt: u32) -> io::Result<()> {
        let file = match &mut self.file {
            Some(file) => file,
            empty => empty.insert(create(&self.path)?),
        };
        file.rewind()?;
        file.write_all(attempt.to_string().as_bytes())
    }

    fn remove(&mut self) {
        if self.file.take().is_some() {
            let _ = fs::remove_file(&self.path);
        }
    }
}

/// A worker that is stopped in the middle of a page has not crashed on it.
impl Drop for Attempt {
    fn drop(&mut self) {
        self.remove();
    }
}

fn create(path: &Path) -> io::Result<File> {
    let open = || {
        let mut options = OpenOptions::new();
        private::no_follow(private::for_owner(options.write(true).create(true).truncate(true))).open(path)
    };
    open().or_else(|_| path.parent().map_or(Ok(()), private::folder).and_then(|()| open()))
}

fn ends(path: &Path) -> u32 {
    fs::read_to_string(path).ok().and_then(|text| text.trim().parse().ok()).unwrap_or_default()
}

/// Fails if the process has ended too often on one page of the job. A resumed job tries the page again. Blocks.
pub(super) fn check(folder: &Path) -> Result<(), Stop> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path());
    let attempts: Vec<PathBuf> = entries.filter(|path| path.to_string_lossy().ends_with(SUFFIX)).collect();
    if attempts.iter().all(|path| ends(path) < ENDS) {
        return Ok(());
    }
    attempts.iter().for_each(|path| drop(fs::remove_file(path)));
    let message = format!("the process ended {ENDS} times while it worked on the same page of this job");
    let hint = "The records of the page may need more memory than is available: make its transformation smaller, or give \
        the process more memory.";
    Err(Error::new(ErrorKind::Internal, message).with_hint(hint).into())
}

#[cfg(test)]
mod tests {
    use super::*;

    const ORDINAL: i64 = 7;

    /// Leaves the marker of a process that ended in the middle of a page.
    fn process_ends(folder: &Path) {
        let mut attempt = Attempt::of(folder, ORDINAL);
        attempt.begin();
        std::mem::forget(attempt);
    }

    #[test]
    fn a_page_may_crash_the_process_twice() {
        let folder = tempfile::tempdir().expect("a folder");
        let folder = folder.path().join("42");
        assert!(check(&folder).is_ok());
        process_ends(&folder);
        assert!(check(&folder).is_ok());
        process_ends(&folder);
        let Err(Stop::Failed(failure)) = check(&folder) else { panic!("the job is given up") };
        assert!(failure.message.contains("ended 2 times"), "{}", failure.message);
        assert!(check(&folder).is_ok(), "a resumed job is tried again");
    }

    #[test]
    fn progress_and_clean_stops_are_not_crashes() {
        let folder = tempfile::tempdir().expect("a folder");
        process_ends(folder.path());
        let mut attempt = Attempt::of(folder.path(), ORDINAL);
        attempt.begin();
        attempt.end();
        process_ends(folder.path());
        assert!(check(folder.path()).is_ok(), "the page was another one");
        let mut attempt = Attempt::of(folder.path(), ORDINAL);
        attempt.begin();
        drop(attempt);
        process_ends(folder.path());
        assert!(check(folder.path()).is_ok(), "the worker was stopped");
        assert_eq!(fs::read_dir(folder.path()).expect("a folder").count(), 1);
    }
}
