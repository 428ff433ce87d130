//! End of a command: its error message and exit code.

use std::io::{IsTerminal, Write};

use elementkit::{Error, ErrorKind};

use crate::escape::escaped;

/// The outcome of a command.
pub type Outcome<T = ()> = Result<T, Failure>;

/// Failure of a command.
pub struct Failure {
    code: u8,
    message: String,
    details: Vec<String>,
}

impl Failure {
    /// Returns a failure of the command itself.
    pub fn new(message: impl Into<String>) -> Self {
        Self { code: 1, message: message.into(), details: Vec::new() }
    }

    /// Returns a failure for wrong usage of the command.
    pub fn usage(message: impl Into<String>) -> Self {
        Self { code: 2, ..Self::new(message) }
    }

    /// Returns a failure for a file that was refused as wrong.
    pub fn refused(message: impl Into<String>) -> Self {
        Self { code: 5, ..Self::new(message) }
    }

    /// Returns a failure for a damaged database.
    pub fn damaged(message: impl Into<String>) -> Self {
        Self { code: 8, ..Self::new(message) }
    }

    /// Returns a failure for a pull that could not read everything.
    pub fn incomplete(message: impl Into<String>, missing: Vec<String>) -> Self {
        Self { code: 9, message: message.into(), details: missing }
    }

    /// Returns a failure for a comparison that found differences.
    pub fn different(message: impl Into<String>) -> Self {
        Self { code: 10, ..Self::new(message) }
    }

    /// Returns a failure for an interrupt by the user.
    pub fn interrupted() -> Self {
        Self { code: 130, message: "interrupted".to_owned(), details: Vec::new() }
    }

    /// Returns the silent end of a command whose reader has closed the output (`| head`).
    pub fn reader_left() -> Self {
        Self { code: 0, message: String::new(), details: Vec::new() }
    }

    /// Prints the failure and returns the exit code.
    pub fn report(self) -> u8 {
        if self.code == 0 {
            return 0;
        }
        let label = if std::io::stderr().is_terminal() { "\u{1b}[1;31merror:\u{1b}[0m" } else { "error:" };
        // Only the label is coloured. Further lines, such as the excerpt of a statement, are indented, so that they
        // cannot pass for a line of the command.
        let mut text = format!("{label} {}\n", escaped(&self.message, &['\n']).replace('\n', "\n  "));
        for detail in &self.details {
            text.push_str(&format!("  {}\n", escaped(detail, &[])));
        }
        let _ = std::io::stderr().write_all(text.as_bytes());
        self.code
    }
}

fn code(kind: ErrorKind) -> u8 {
    use ErrorKind as Kind;
    match kind {
        Kind::Authentication | Kind::PermissionDenied => 3,
        Kind::NotFound => 4,
        Kind::Config | Kind::InvalidRequest | Kind::Conflict => 5,
        Kind::JobFailed | Kind::JobCancelled => 7,
        Kind::Storage => 8,
        kind if kind.retryable() => 6,
        Kind::Connect | Kind::Transport | Kind::Timeout => 6,
        _ => 1,
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        let info = error.info();
        let mut details = Vec::new();
        let mut add = |name: &str, text: Option<String>| {
            details.extend(text.map(|text| format!("{name}: {text}")));
        };
        add("vendor", info.provider_message.clone());
        add("status", info.status.map(|status| status.to_string()));
        add("phase", info.failure.as_ref().map(|failure| failure.phase.clone()));
        add("retry after", info.retry_after.map(|wait| format!("{} s", wait.as_secs())));
        add("request id", info.request_id.clone());
        add("hint", info.hint.clone());
        Self { code: code(info.kind), message: info.message.clone(), details }
    }
}

impl Failure {
    /// Returns a failure to write to standard output.
    pub fn unwritten(error: &std::io::Error) -> Self {
        let hint = "hint: Free some space on the disk, or write to another place.".to_owned();
        Self { code: 8, details: vec![hint], ..Self::new(format!("standard output cannot be written: {error}")) }
    }
}

impl From<std::io::Error> for Failure {
    fn from(error: std::io::Error) -> Self {
        Self { code: 8, ..Self::new(error.to_string()) }
    }
}
