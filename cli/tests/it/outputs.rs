//! Files that the command writes: rejected before the work, replaced atomically, with the same permissions as before.

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown, symlink};
use std::path::Path;
use std::process::Command;

use brighttalk_sim::{Config, Simulator};

use crate::support::{Ended, World};

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().mode() & 0o777
}

/// Runs work with a connected instance and its simulator.
async fn connected(work: impl FnOnce(&World, &Simulator) + Send + 'static) {
    let simulator = Simulator::start(Config { subscribers: 20, channels: 1, ..Config::default() }).await.unwrap();
    tokio::task::spawn_blocking(move || {
        let world = World::new(simulator.url());
        world.text(&["connect", "brighttalk"]);
        work(&world, &simulator);
    })
    .await
    .unwrap();
}

const QUERY: [&str; 4] = ["bulk", "query", "select id from contacts", "--output"];

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_is_replaced_keeps_its_mode_and_group() {
    connected(|world, _| {
        let output = world.path("shared.csv");
        fs::write(&output, "old").unwrap();
        fs::set_permissions(&output, PermissionsExt::from_mode(0o664)).unwrap();
        // Only root may give a file to a foreign group.
        let group = if chown(&output, None, Some(1)).is_ok() { 1 } else { fs::metadata(&output).unwrap().gid() };
        world.text(&[&QUERY[..], &["shared.csv"]].concat());
        assert_eq!((mode(&output), fs::metadata(&output).unwrap().gid()), (0o664, group));
        assert_ne!(fs::read_to_string(&output).unwrap(), "old");

        let state = world.path("contacts.state");
        fs::write(&state, "").unwrap();
        fs::set_permissions(&state, PermissionsExt::from_mode(0o640)).unwrap();
        // An empty state counts as that of a first pull.
        world.text(&["sync", "contacts", "--state", "contacts.state", "--output", "new.csv"]);
        assert_eq!((mode(&state), mode(&world.path("new.csv"))), (0o640, 0o600));
        assert!(fs::read_to_string(&state).unwrap().contains("contacts"));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn unwritable_outputs_are_refused_before_the_vendor_is_called() {
    connected(|world, simulator| {
        fs::create_dir(world.path("folder")).unwrap();
        let asked = simulator.requests().len();
        let refused = |arguments: &[&str], said: &str| {
            let ended = world.run(arguments);
            assert_eq!(ended.code, Some(8), "{arguments:?}: {}", ended.err);
            assert!(ended.err.contains(said) && ended.err.contains("hint: "), "{}", ended.err);
        };
        refused(&[&QUERY[..], &["none/c.csv"]].concat(), "none/c.csv cannot be written");
        refused(&[&QUERY[..], &["folder", "--format", "csv"]].concat(), "it is a folder");
        refused(&["sync", "contacts", "--state", "none/s", "--output", "c.csv"], "none/s cannot be written");
        // Root may write anywhere.
        if !nix_is_root() {
            fs::set_permissions(world.path("folder"), PermissionsExt::from_mode(0o500)).unwrap();
            refused(&[&QUERY[..], &["folder/c.csv"]].concat(), "folder/c.csv cannot be written");
            refused(&["sync", "contacts", "--state", "folder/s", "--output", "c.csv"], "folder/s cannot be written");
        }
        assert_eq!(simulator.requests().len(), asked);
        assert_eq!(fs::read_dir(world.path("folder")).unwrap().count(), 0, "something was left behind");
    })
    .await;
}

fn nix_is_root() -> bool {
    let probe = tempfile::tempdir().unwrap();
    fs::metadata(probe.path()).unwrap().uid() == 0
}

#[tokio::test(flavor = "multi_thread")]
async fn links_of_others_in_a_folder_open_to_all_are_not_followed() {
    connected(|world, _| {
        let (folder, victim) = (world.path("shared"), world.path("victim"));
        fs::create_dir(&folder).unwrap();
        fs::set_permissions(&folder, PermissionsExt::from_mode(0o1777)).unwrap();
        let link = folder.join("o.csv");
        // The user's own link is followed and kept.
        fs::write(&victim, "precious").unwrap();
        symlink(&victim, &link).unwrap();
        world.text(&[&QUERY[..], &["shared/o.csv"]].concat());
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
        assert_ne!(fs::read_to_string(&victim).unwrap(), "precious");

        fs::write(&victim, "precious").unwrap();
        if std::os::unix::fs::lchown(&link, Some(65534), Some(65534)).is_err() {
            return eprintln!("SKIPPED: only root can plant a link of another user");
        }
        for arguments in [
            [&QUERY[..], &["shared/o.csv"]].concat(),
            vec!["sync", "contacts", "--state", "shared/o.csv", "--output", "c.csv"],
        ] {
            let ended = world.run(&arguments);
            assert_eq!(ended.code, Some(8), "{}", ended.err);
            assert!(ended.err.contains("is a link of another user"), "{}", ended.err);
        }
        assert_eq!(fs::read_to_string(&victim).unwrap(), "precious");
        // A file is rejected too: its creator could read what is written.
        fs::remove_file(&link).unwrap();
        fs::write(&link, "theirs").unwrap();
        chown(&link, Some(65534), Some(65534)).unwrap();
        assert!(world.run(&[&QUERY[..], &["shared/o.csv"]].concat()).err.contains("is a file of another user"));
        assert_eq!(fs::read_to_string(&link).unwrap(), "theirs");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mount_point_is_written_in_place() {
    connected(|world, _| {
        for name in ["contacts.state", "c.csv"] {
            fs::write(world.path(name), "").unwrap();
        }
        // Bind mounts of files in a separate mount namespace, as containers have them.
        let script = "mount --bind contacts.state contacts.state && mount --bind c.csv c.csv && \
            \"$0\" sync contacts --state contacts.state --output c.csv && \
            \"$0\" sync contacts --state contacts.state --output c.csv && cat contacts.state";
        let command = world.command(&[]);
        let mut unshare = Command::new("unshare");
        unshare.args(["--mount", "sh", "-ec", script]).arg(command.get_program()).current_dir(world.folder.path());
        for (name, value) in command.get_envs() {
            match value {
                Some(value) => unshare.env(name, value),
                None => unshare.env_remove(name),
            };
        }
        let probe = Command::new("unshare").args(["--mount", "true"]).status();
        if !probe.is_ok_and(|status| status.success()) {
            return eprintln!("SKIPPED: mount namespaces are not permitted here");
        }
        let ended = Ended::from(unshare.output().unwrap());
        if ended.err.contains("mount:") {
            return eprintln!("SKIPPED: mounts are not permitted here: {}", ended.err);
        }
        assert_eq!(ended.code, Some(0), "{}", ended.err);
        assert!(ended.out.contains("contacts"), "{}", ended.out);
        assert!(fs::read_to_string(world.path("c.csv")).unwrap().starts_with("id,"));
        let left = fs::read_dir(world.folder.path()).unwrap().map(|entry| entry.unwrap().file_name());
        assert!(left.filter(|name| name.to_string_lossy().contains(".part")).count() == 0);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn folders_are_private_whatever_the_umask_and_the_reserve_is_no_link() {
    connected(|world, _| {
        let victim = world.path("victim");
        fs::write(&victim, "precious").unwrap();
        fs::remove_file(world.path("test.db.bulk/reserve")).unwrap();
        symlink(&victim, world.path("test.db.bulk/reserve")).unwrap();
        let run = |arguments: &str| {
            let command = world.command(&[]);
            let mut shell = Command::new("sh");
            shell.args(["-ec", &format!("umask 000; \"$0\" {arguments}")]).arg(command.get_program());
            shell.current_dir(world.folder.path());
            for (name, value) in command.get_envs() {
                match value {
                    Some(value) => shell.env(name, value),
                    None => shell.env_remove(name),
                };
            }
            let ended = Ended::from(shell.output().unwrap());
            assert_eq!(ended.code, Some(0), "{}", ended.err);
        };
        run("bulk query 'select id from contacts'");
        assert_eq!(fs::read_to_string(&victim).unwrap(), "precious");
        assert!(fs::symlink_metadata(world.path("test.db.bulk/reserve")).is_ok_and(|there| there.is_file()));
        run("--database fresh.db connect brighttalk");
        run("--database fresh.db bulk query 'select id from contacts'");
        run("--database fresh.db backup new/copy");
        let mut folders = vec![world.path("fresh.db.bulk"), world.path("new/copy")];
        let mut seen = 0;
        while let Some(folder) = folders.pop() {
            assert_eq!(mode(&folder), 0o700, "{}", folder.display());
            seen += 1;
            for entry in fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()) {
                if entry.is_dir() {
                    folders.push(entry);
                } else {
                    assert_eq!(mode(&entry), 0o600, "{}", entry.display());
                }
            }
        }
        assert!(seen >= 4, "{seen}");
    })
    .await;
}
