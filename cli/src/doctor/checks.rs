//! Checks of the database, its key, the network, the clock, the platform and the vendors.

use std::path::Path;
use std::time::Duration;

use elementkit::elements::brighttalk::vendor::PRODUCTION;
use elementkit::model::Instance;
use elementkit::{Platform, probe};

use super::Finding;
use crate::args::Target;

/// Instances that are asked at most.
const MOST_INSTANCES: usize = 20;
/// Time for a vendor to answer.
const LIMIT: Duration = Duration::from_secs(30);
/// Difference of clocks from which vendors refuse signed calls and tokens, in seconds.
const CLOCK_S: u64 = 60;

/// Runs all checks; `offline` leaves out those that need the network.
pub async fn all(target: &Target, offline: bool) -> Vec<Finding> {
    let mut findings = Vec::new();
    let hosted = target.base_url.as_deref();
    let exists = target.database.exists();
    if hosted.is_none() {
        findings.extend(files(&target.database, exists));
    }
    if !offline {
        let default = target.brighttalk_url.as_deref().unwrap_or(PRODUCTION);
        findings.extend(network(hosted.unwrap_or(default)).await);
    }
    if hosted.is_some() && offline || hosted.is_none() && !exists {
        return findings;
    }
    let (check, what) = if hosted.is_some() { ("platform", "the platform") } else { ("database", "the database") };
    let platform = match target.open().await {
        Ok(platform) => platform,
        Err(error) => {
            findings.push(Finding::of_error(check, what, &error));
            return findings;
        }
    };
    match platform.instances().list().await {
        Ok(instances) => {
            let opened = if hosted.is_some() { "accepts the secrets" } else { "opens with its key" };
            findings.push(Finding::ok(check, format!("{what} {opened}; instances: {}", instances.len())));
            if !offline {
                for instance in instances.iter().take(MOST_INSTANCES) {
                    findings.push(vendor(&platform, instance).await);
                }
            }
        }
        Err(error) => findings.push(Finding::of_error(check, what, &error)),
    }
    platform.close().await;
    findings
}

/// Checks the files of a database without opening it.
fn files(database: &Path, exists: bool) -> Vec<Finding> {
    let mut findings = Vec::new();
    let folder = database.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    // As large as a few commits, so that a full disk is found.
    let written =
        tempfile::NamedTempFile::new_in(folder).and_then(|file| std::fs::write(file.path(), vec![1; 1 << 20]));
    findings.push(match (written, exists) {
        (Err(error), _) => {
            let hint = "The folder must exist, be writable and have free space, not only the file.";
            Finding::problem("database", format!("{} cannot be written: {error}", folder.display()), hint)
        }
        (Ok(()), true) => {
            let size = std::fs::metadata(database).map_or(0, |found| found.len());
            Finding::ok("database", format!("{} has {} KiB; its folder can be written", database.display(), size >> 10))
        }
        (Ok(()), false) => Finding::note("database", format!("there is no {} yet", database.display()))
            .with_hint("Create it with: elementkit connect brighttalk. Or name another one with --database."),
    });
    findings.extend(key_file(database));
    findings
}

/// Checks who may read the key file.
#[cfg(unix)]
fn key_file(database: &Path) -> Option<Finding> {
    use std::os::unix::fs::PermissionsExt;
    let mut name = database.as_os_str().to_owned();
    name.push(".key");
    let mode = std::fs::metadata(&name).ok()?.permissions().mode() & 0o777;
    let shown = Path::new(&name).display();
    Some(if mode & 0o077 == 0 {
        Finding::ok("vault key", format!("{shown} can be read by its user only"))
    } else {
        Finding::problem(
            "vault key",
            format!("{shown} can be read by others (mode {mode:o})"),
            format!("chmod 600 {shown}"),
        )
    })
}

#[cfg(not(unix))]
fn key_file(_: &Path) -> Option<Finding> {
    None
}

/// Checks that a host can be reached, and compares the clocks.
async fn network(host: &str) -> Vec<Finding> {
    let found = match probe(host).await {
        Ok(found) => found,
        Err(error) => return vec![Finding::of_error("network", "no connection", &error)],
    };
    let reached = format!("{} answers within {} ms", found.origin, found.took.as_millis());
    // A server on this machine has its clock, and a sandbox one of its own.
    let is_here = ["127.0.0.1", "localhost", "[::1]"].iter().any(|host| found.origin.contains(&format!("//{host}")));
    let clock = (!is_here).then(|| clock(found.clock_ahead_s, &found.origin));
    [Finding::ok("network", reached)].into_iter().chain(clock).collect()
}

fn clock(ahead_s: Option<i64>, origin: &str) -> Finding {
    match ahead_s {
        None => Finding::note("clock", format!("{origin} does not send its time")),
        Some(ahead) if ahead.unsigned_abs() > CLOCK_S => {
            let side = if ahead > 0 { "ahead of" } else { "behind" };
            let text = format!("the clock of this machine is {} s {side} that of {origin}", ahead.unsigned_abs());
            Finding::problem("clock", text, "Set the clock: signed calls, tokens and incremental pulls depend on it.")
        }
        Some(_) => Finding::ok("clock", format!("agrees with {origin}")),
    }
}

/// Asks the vendor of an instance whether it accepts the credentials.
async fn vendor(platform: &Platform, instance: &Instance) -> Finding {
    let name = format!("instance {} ({})", instance.id, instance.element.key);
    if instance.disabled {
        return Finding::note("vendor", format!("{name} is disabled"));
    }
    let asked = async { platform.instances().get(instance.id).await?.with_timeout(LIMIT).ping().await };
    match asked.await {
        Ok(()) => Finding::ok("vendor", format!("{name}: the vendor accepts the credentials")),
        Err(error) => Finding::of_error("vendor", &name, &error),
    }
}

#[cfg(test)]
mod tests {
    use super::super::Verdict;
    use super::*;

    #[test]
    fn a_clock_that_is_wrong_by_minutes_is_a_problem() {
        let verdict = |ahead| clock(ahead, "x");
        assert_eq!(verdict(Some(2)).verdict, Verdict::Ok);
        assert_eq!(verdict(None).verdict, Verdict::Note);
        let behind = verdict(Some(-3600));
        assert_eq!(behind.verdict, Verdict::Problem);
        assert!(behind.text.contains("3600 s behind"), "{}", behind.text);
    }
}
