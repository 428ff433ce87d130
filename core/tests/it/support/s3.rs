//! S3 over a folder, which checks every signature (`tests/s3`).

use std::io::{BufRead as _, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use tempfile::TempDir;

pub const KEY: &str = "AKIAELEMENTKITTEST00";
pub const SECRET: &str = "aws-secret/7d21+e8c4";
pub const BUCKET: &str = "elementkit";

/// A running server with an empty bucket; it ends with its standard input.
pub struct S3 {
    pub url: String,
    process: Child,
    folder: TempDir,
}

impl S3 {
    /// Starts it. Without the program that `ELEMENTKIT_S3` names the caller skips, visibly.
    pub fn start() -> Option<Self> {
        let Some(program) = std::env::var_os("ELEMENTKIT_S3") else {
            eprintln!("SKIPPED: set ELEMENTKIT_S3 to the program that `cargo build` makes in tests/s3");
            return None;
        };
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join(BUCKET)).unwrap();
        let mut command = Command::new(program);
        command
            .arg(folder.path())
            .args([KEY, SECRET])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null());
        let mut process = command.spawn().expect("ELEMENTKIT_S3 is a program");
        let mut url = String::new();
        BufReader::new(process.stdout.take().unwrap()).read_line(&mut url).unwrap();
        let url = url.trim().to_owned();
        assert!(url.starts_with("http://127.0.0.1:"), "the server starts: {url:?}");
        Some(Self { url, process, folder })
    }

    /// Returns the path of an object.
    pub fn path(&self, key: &str) -> PathBuf {
        self.folder.path().join(BUCKET).join(key)
    }
}

impl Drop for S3 {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
