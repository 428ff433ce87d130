//! Subjects of recent commits are short enough to be read in a list.

use crate::files;

const LONGEST: usize = 72;
/// The first commit after `docs/style.md`; earlier ones are not checked.
const SINCE: &str = "0508ec1";

pub fn check() -> Vec<String> {
    let range = format!("{SINCE}..HEAD");
    let log = files::git(&["log", "--no-merges", "--format=%h %s", "-50", &range]);
    let subject = |line: &str| line.split_once(' ').map_or(0, |(_, subject)| subject.chars().count());
    log.lines().filter(|line| subject(line) > LONGEST).map(|line| format!("longer than {LONGEST}: {line}")).collect()
}
