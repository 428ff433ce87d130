//! A disk that can be full.

/// A separate small file system, which is removed when dropped.
pub struct SmallDisk(tempfile::TempDir);

impl SmallDisk {
    /// Mounts it. Returns `None`, visibly, where mounting is not allowed.
    pub fn new(megabytes: u64) -> Option<Self> {
        let folder = tempfile::tempdir().unwrap();
        let mount = std::process::Command::new("mount")
            .args(["-t", "tmpfs", "-o", &format!("size={megabytes}m"), "tmpfs"])
            .arg(folder.path())
            .output();
        if mount.is_ok_and(|output| output.status.success()) {
            return Some(Self(folder));
        }
        eprintln!("SKIPPED: a full disk needs the right to mount a small file system (root)");
        None
    }

    /// Returns the folder that it is mounted at.
    pub fn path(&self) -> &std::path::Path {
        self.0.path()
    }

    /// Fills it up to this much free space.
    pub fn fill(&self, leave: u64) {
        use std::io::Write;
        self.free();
        let stat =
            std::process::Command::new("df").args(["--output=avail", "-B1"]).arg(self.0.path()).output().unwrap();
        let stat = String::from_utf8(stat.stdout).unwrap();
        let available: u64 = stat.lines().last().unwrap().trim().parse().unwrap();
        let mut file = std::fs::File::create(self.0.path().join("ballast")).unwrap();
        file.write_all(&vec![7; usize::try_from(available.saturating_sub(leave)).unwrap()]).unwrap();
    }

    /// Empties it of what [`fill`](Self::fill) has written.
    pub fn free(&self) {
        let _ = std::fs::remove_file(self.0.path().join("ballast"));
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = std::process::Command::new("umount").arg(self.0.path()).status();
    }
}
