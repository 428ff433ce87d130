//! Options: which data an assistant may see, and which changes it may make.

use std::path::PathBuf;

use elementkit::privacy::PrivacyRules;

/// Options of an [`Agent`](crate::Agent).
#[derive(Clone, Debug)]
pub struct Options {
    /// Ids of the instances that are shown; all if empty.
    pub instances: Vec<i64>,
    /// Fields that are shown or masked against the rule.
    pub privacy: PrivacyRules,
    /// Whether records can be created, changed and deleted, each after a dry run.
    pub allow_writes: bool,
    /// Folders into which tables may be saved.
    pub folders: Vec<PathBuf>,
    /// Whether saved files have the values that answers mask.
    pub reveal_in_files: bool,
    /// Maximum number of records of an answer. Default: 50.
    pub max_rows: usize,
    /// Maximum size of the records of an answer, in bytes. Default: 32 KiB.
    pub max_bytes: usize,
    /// File to which a line is appended for each call.
    pub audit: PathBuf,
}

impl Options {
    /// Creates options that show nothing personal and write nothing but the audit log.
    pub fn new(audit: impl Into<PathBuf>) -> Self {
        Self {
            instances: Vec::new(),
            privacy: PrivacyRules::default(),
            allow_writes: false,
            folders: Vec::new(),
            reveal_in_files: false,
            max_rows: 50,
            max_bytes: 32 << 10,
            audit: audit.into(),
        }
    }
}
