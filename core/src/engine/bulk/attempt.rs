//! Pages that end the process. While a page is worked on, a file in the job's folder says so; a file that is found when a
//! worker begins was left by a process that ended on that page. The second time the job is given up: a page that takes all
//! memory must not end the server again at every start.

use std::fs::{self, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};

use super::stop::Stop;
use crate::engine::store::PartitionKey;
use crate::error::{Error, ErrorKind};
use crate::private;

/// How often the process may end on one page.
const ENDS: u32 = 2;
/// What the names of these files end with. What stands before is no number, so they are not taken for segments.
const SUFFIX: &str = "-page.attempt";

/// The page of a parent that is worked on.
pub(super) struct Attempt {
    path: PathBuf,
    /// How often the process has ended on this page.
    ends: u32,
    begun: bool,
}

impl Attempt {
    /// Returns the attempt at the page that a parent stands at. Blocks.
    pub fn of(folder: &Path, parent: PartitionKey) -> Self {
        let path = folder.join(format!("{}-{}{SUFFIX}", parent.channel, parent.child));
        Self { ends: ends(&path), path, begun: false }
    }

    /// VendorTrace that the page is worked on. Blocks for as long as it takes to make an empty file.
    pub fn begin(&mut self) {
        let text = (self.ends + 1).to_string();
        let write = || {
            let mut options = OpenOptions::new();
            private::no_follow(private::for_owner(options.write(true).create(true).truncate(true)));
            options.open(&self.path)?.write_all(text.as_bytes())
        };
        // Without this note a job works as well, so a full disk does not stop it here.
        let written = write().or_else(|_| self.path.parent().map_or(Ok(()), private::folder).and_then(|()| write()));
        if let Err(error) = written {
            tracing::debug!(%error, "the attempt at a page was not noted");
        }
        self.begun = true;
    }

    /// VendorTrace that the process has survived the page.
    pub fn end(&mut self) {
        let _ = fs::remove_file(&self.path);
        (self.ends, self.begun) = (0, false);
    }
}

/// A worker that is stopped in the middle of a page has not ended on it.
impl Drop for Attempt {
    fn drop(&mut self) {
        if self.begun {
            self.end();
        }
    }
}

fn ends(path: &Path) -> u32 {
    fs::read_to_string(path).ok().and_then(|text| text.trim().parse().ok()).unwrap_or_default()
}

/// Refuses a job on one of whose pages the process has ended too often. When the job is resumed it is tried again. Blocks.
pub(super) fn check(folder: &Path) -> Result<(), Stop> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path());
    let attempts: Vec<PathBuf> = entries.filter(|path| path.to_string_lossy().ends_with(SUFFIX)).collect();
    if attempts.iter().all(|path| ends(path) < ENDS) {
        return Ok(());
    }
    attempts.iter().for_each(|path| drop(fs::remove_file(path)));
    let message = format!("the process ended {ENDS} times while it worked on the same page of this job");
    let hint = "The records of the page may need more memory than there is: make its transformation smaller, or give the \
        process more memory, then resume the job.";
    Err(Error::new(ErrorKind::Internal, message).with_hint(hint).into())
}

#[cfg(test)]
mod tests {
    use super::*;

    const PARENT: PartitionKey = PartitionKey { channel: 7, child: 0 };

    /// What a process leaves that ends in the middle of a page.
    fn process_ends(folder: &Path) {
        let mut attempt = Attempt::of(folder, PARENT);
        attempt.begin();
        std::mem::forget(attempt);
    }

    #[test]
    fn a_page_may_end_the_process_twice() {
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
    fn progress_and_clean_stops_are_no_ends() {
        let folder = tempfile::tempdir().expect("a folder");
        process_ends(folder.path());
        let mut attempt = Attempt::of(folder.path(), PARENT);
        attempt.begin();
        attempt.end();
        process_ends(folder.path());
        assert!(check(folder.path()).is_ok(), "the page was another one");
        let mut attempt = Attempt::of(folder.path(), PARENT);
        attempt.begin();
        drop(attempt);
        process_ends(folder.path());
        assert!(check(folder.path()).is_ok(), "the worker was stopped");
        assert_eq!(fs::read_dir(folder.path()).expect("a folder").count(), 1);
    }
}
