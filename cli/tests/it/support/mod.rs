//! The command in a separate folder, against a vendor.

#[cfg(target_os = "linux")]
#[path = "../../../../core/tests/it/support/disk.rs"]
pub mod disk;

use std::path::PathBuf;
use std::process::{Command, Output, Stdio};

pub struct World {
    pub folder: tempfile::TempDir,
    pub vendor: String,
}

/// Output and exit code of a command.
pub struct Ended {
    pub code: Option<i32>,
    pub out: String,
    pub err: String,
}

impl From<Output> for Ended {
    fn from(output: Output) -> Self {
        let text = |bytes| String::from_utf8(bytes).unwrap();
        Self { code: output.status.code(), out: text(output.stdout), err: text(output.stderr) }
    }
}

impl World {
    pub fn new(vendor: impl Into<String>) -> Self {
        Self { folder: tempfile::tempdir().unwrap(), vendor: vendor.into() }
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Returns the command with credentials that the simulator accepts, and without variables of the machine.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_elementkit"));
        let of_elements = elementkit::elements::options::variables();
        for variable in of_elements.iter().chain(elementkit::environment::VARIABLES) {
            command.env_remove(&*variable.name).env_remove(variable.name.to_ascii_lowercase());
        }
        command
            .current_dir(self.folder.path())
            .args(arguments)
            .stdin(Stdio::null())
            .env("ELEMENTKIT_DATABASE", "test.db")
            .env("ELEMENTKIT_BRIGHTTALK_URL", &self.vendor)
            .env("BRIGHTTALK_API_KEY", "1")
            .env("BRIGHTTALK_API_SECRET", "0123456789ABCDEF0123456789ABCDEF");
        command
    }

    pub fn run(&self, arguments: &[&str]) -> Ended {
        self.command(arguments).output().unwrap().into()
    }

    /// Runs a command that must succeed, and returns its output.
    pub fn text(&self, arguments: &[&str]) -> String {
        let ended = self.run(arguments);
        assert_eq!(ended.code, Some(0), "{arguments:?}: {}", ended.err);
        ended.out
    }
}
