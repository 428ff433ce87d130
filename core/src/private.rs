//! Files and folders that only their owner can access, and paths that other users cannot redirect.

use std::fs::{File, Metadata, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};

/// Maximum number of symbolic links in a path, as in the kernel.
const LINKS: usize = 40;

/// Creates a folder and its parents for the owner only, whatever the umask. Existing ones are unchanged.
#[cfg(feature = "embedded")]
pub(crate) fn folder(path: &Path) -> io::Result<()> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)
}

/// Creates a folder as [`folder`] does, for files of this library only: an existing one is closed to other users.
#[cfg(feature = "embedded")]
pub(crate) fn own_folder(path: &Path) -> io::Result<()> {
    folder(path)?;
    close_to_others(path)
}

#[cfg(all(unix, feature = "embedded"))]
fn close_to_others(path: &Path) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    let mode = std::fs::metadata(path)?.permissions().mode();
    if mode & 0o777 == 0o700 {
        return Ok(());
    }
    match std::fs::set_permissions(path, PermissionsExt::from_mode(0o700)) {
        // A file system without modes, or a folder that belongs to another user.
        Err(error) if error.kind() == io::ErrorKind::PermissionDenied => Ok(()),
        outcome => outcome,
    }
}

#[cfg(all(not(unix), feature = "embedded"))]
fn close_to_others(_: &Path) -> io::Result<()> {
    Ok(())
}

/// Makes new files readable by the owner alone.
pub(crate) fn for_owner(options: &mut OpenOptions) -> &mut OpenOptions {
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(options, 0o600);
    options
}

/// Makes opening a symbolic link fail.
pub(crate) fn no_follow(options: &mut OpenOptions) -> &mut OpenOptions {
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::custom_flags(options, nix::libc::O_NOFOLLOW);
    options
}

/// Syncs the folder of a file, so that a new name is durable.
pub(crate) fn sync_folder(file: &Path) -> io::Result<()> {
    #[cfg(unix)]
    File::open(folder_of(file))?.sync_all()?;
    #[cfg(not(unix))]
    let _ = file;
    Ok(())
}

/// Gives a new file the owner, group and mode of the one it replaces. Returns `false` if that is not possible; the file
/// is then for its owner only.
#[cfg(unix)]
pub(crate) fn take_over(file: &File, replaced: &Metadata) -> bool {
    use std::os::unix::fs::{MetadataExt, PermissionsExt, fchown};
    let Ok(own) = file.metadata() else { return false };
    let changed = |own: u32, other: u32| (own != other).then_some(other);
    let (owner, group) = (changed(own.uid(), replaced.uid()), changed(own.gid(), replaced.gid()));
    if (owner.is_some() || group.is_some()) && fchown(file, owner, group).is_err() {
        return false;
    }
    // Without the set-user-id and set-group-id bits.
    file.set_permissions(PermissionsExt::from_mode(replaced.mode() & 0o777)).is_ok()
}

#[cfg(not(unix))]
pub(crate) fn take_over(_: &File, _: &Metadata) -> bool {
    true
}

/// Returns the path with the links at its end resolved, for a file that will be written. Nothing needs to exist there.
///
/// # Errors
/// `PermissionDenied` if a link, or the file itself, is in a folder where everybody may create files and belongs to
/// neither this user nor the owner of the folder: its creator would choose what is overwritten, or read what is
/// written. Linux has the same rule (`fs.protected_symlinks`, `fs.protected_regular`), but not on every machine.
pub(crate) fn resolve(path: &Path) -> io::Result<PathBuf> {
    let mut path = path.to_owned();
    for _ in 0..LINKS {
        for ancestor in path.ancestors().filter(|ancestor| !ancestor.as_os_str().is_empty()) {
            refuse_planted(ancestor, ancestor == path)?;
        }
        match std::fs::symlink_metadata(&path) {
            Ok(there) if there.is_symlink() => path = folder_of(&path).join(std::fs::read_link(&path)?),
            _ => return Ok(path),
        }
    }
    Err(io::Error::other("too many symbolic links"))
}

fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

#[cfg(unix)]
fn refuse_planted(path: &Path, is_last: bool) -> io::Result<()> {
    use std::os::unix::fs::MetadataExt;
    const STICKY_AND_OPEN: u32 = 0o1002;
    let Ok(there) = std::fs::symlink_metadata(path) else { return Ok(()) };
    let what = match () {
        () if there.is_symlink() => "link",
        () if is_last && !there.is_dir() => "file",
        () => return Ok(()),
    };
    let folder = std::fs::metadata(folder_of(path))?;
    let is_open = folder.mode() & STICKY_AND_OPEN == STICKY_AND_OPEN;
    let is_trusted = [folder.uid(), nix::unistd::geteuid().as_raw()].contains(&there.uid());
    if !is_open || is_trusted {
        return Ok(());
    }
    let message =
        format!("{} is a {what} of another user in a folder where everybody may create files", path.display());
    Err(io::Error::new(io::ErrorKind::PermissionDenied, message))
}

#[cfg(not(unix))]
fn refuse_planted(_: &Path, _: bool) -> io::Result<()> {
    Ok(())
}
