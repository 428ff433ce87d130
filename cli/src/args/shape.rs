//! The parts that clap cannot derive: commands in groups, examples, and options of the platform only where they have a meaning.

use clap::{Arg, Command};

use super::examples;

/// Groups of commands in the help. A command of none of them is listed last.
const GROUPS: &[(&str, &[&str])] = &[
    (
        "Start",
        &[
            "demo",
            "sandbox",
            #[cfg(feature = "console")]
            "console",
            "connect",
            "doctor",
        ],
    ),
    (
        "Read and write",
        &[
            "objects",
            "records",
            #[cfg(feature = "report")]
            "report",
            "bulk",
            "sync",
            "tap",
            "request",
            "compare",
        ],
    ),
    ("Set up", &["instances", "elements", "transform", "import", "export"]),
    (
        "Serve",
        &[
            "serve",
            #[cfg(feature = "mcp")]
            "mcp",
            "health",
            "secrets",
            "organizations",
        ],
    ),
    ("Maintain the database", &["backup", "restore", "check", "purge", "vault"]),
    ("Shell", &["completions", "man"]),
];
const LAST_GROUP: &str = "More";
/// Column at which descriptions of commands begin.
const COLUMN: usize = 17;
/// Columns of the help at most, as clap has them.
const WIDEST: usize = 100;

/// Options of the target: their ids and names.
pub const TARGET: [(&str, &str); 5] = [
    ("database", "--database"),
    ("keyring", "--keyring"),
    ("base_url", "--base-url"),
    ("brighttalk_url", "--brighttalk-url"),
    ("warnings", "--warnings"),
];

/// Returns the ids of the target's options that mean something to a command.
pub fn applicable(path: &[&str]) -> &'static [&'static str] {
    match path {
        ["demo" | "health" | "sandbox" | "completions" | "man", ..] | ["elements", "schema" | "new"] => &[],
        ["serve" | "console"] => &["database", "keyring", "brighttalk_url"],
        ["secrets" | "organizations" | "vault" | "backup" | "restore" | "check" | "purge", ..] => {
            &["database", "keyring"]
        }
        _ => &["database", "keyring", "base_url", "brighttalk_url", "warnings"],
    }
}

/// Returns the command with examples, and without options that mean nothing to a subcommand.
pub fn shaped(command: Command) -> Command {
    let target: Vec<Arg> = command.get_arguments().filter(|arg| arg.is_global_set()).cloned().collect();
    below(command, &[], &target)
}

fn below(command: Command, path: &[&str], target: &[Arg]) -> Command {
    let names: Vec<String> = command.get_subcommands().map(|each| each.get_name().to_owned()).collect();
    names.iter().fold(command, |command, name| {
        let path = [path, &[name.as_str()]].concat();
        command.mut_subcommand(name, |each| {
            let means_nothing = |arg: &&Arg| {
                let id = arg.get_id().as_str();
                TARGET.iter().any(|(known, _)| *known == id) && !applicable(&path).contains(&id)
            };
            // An argument of the same id takes the place of the global one: it is still recognized, to be refused by name.
            let each = each.args(target.iter().filter(means_nothing).map(|arg| arg.clone().hide(true)));
            let each = match examples::of(&path.join(" ")) {
                [] => each,
                shown => each.after_help(
                    heading("Examples") + &shown.iter().map(|line| format!("\n  {line}")).collect::<String>(),
                ),
            };
            below(each, &path, target)
        })
    })
}

/// Returns the command with its subcommands in groups.
pub fn grouped(command: Command) -> Command {
    let about = |name: &str| {
        let found = command.get_subcommands().find(|each| each.get_name() == name);
        found.map(|each| each.get_about().map(ToString::to_string).unwrap_or_default())
    };
    let known: Vec<&str> = GROUPS.iter().flat_map(|(_, names)| names.iter().copied()).collect();
    let others: Vec<&str> =
        command.get_subcommands().map(Command::get_name).filter(|name| !known.contains(name)).collect();
    let columns = console::Term::stdout().size_checked().map_or(WIDEST, |(_, columns)| usize::from(columns));
    let width = columns.clamp(2 * COLUMN, WIDEST);
    let mut text = String::new();
    for (title, names) in GROUPS.iter().copied().chain([(LAST_GROUP, others.as_slice())]) {
        let line = |name: &&str| {
            let text = wrapped(&about(name)?, COLUMN, width);
            Some(format!("  \u{1b}[1m{name:<15}\u{1b}[0m{text}\n"))
        };
        let lines: String = names.iter().filter_map(line).collect();
        if !lines.is_empty() {
            text += &format!("{}\n{lines}\n", heading(title));
        }
    }
    let template = format!(
        "{{before-help}}{{about-with-newline}}\n{{usage-heading}} {{usage}}\n\n{text}{{all-args}}{{after-help}}"
    );
    command
        .mut_subcommands(|each| each.hide(true))
        .override_usage("elementkit [OPTIONS] <COMMAND>")
        .help_template(template)
}

/// Returns a text in lines of a width; all but the first begin at a column.
fn wrapped(text: &str, column: usize, width: usize) -> String {
    let (mut lines, mut used) = (String::new(), column);
    for word in text.split(' ') {
        let length = word.chars().count();
        if used > column && used + 1 + length > width {
            lines.push('\n');
            lines.push_str(&" ".repeat(column));
            used = column;
        } else if used > column {
            lines.push(' ');
            used += 1;
        }
        lines.push_str(word);
        used += length;
    }
    lines
}

/// Returns a heading as clap prints its own.
fn heading(title: &str) -> String {
    format!("\u{1b}[1;4m{title}:\u{1b}[0m")
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;
    use crate::args::Args;

    #[test]
    fn descriptions_are_wrapped_at_words() {
        assert_eq!(wrapped("one two three", 4, 12), "one two\n    three");
        assert_eq!(wrapped("a-word-that-is-too-long b", 4, 12), "a-word-that-is-too-long\n    b");
        assert_eq!(wrapped("", 4, 12), "");
    }

    #[test]
    fn every_command_is_in_one_group() {
        let mut listed: Vec<&str> = GROUPS.iter().flat_map(|(_, names)| names.iter().copied()).collect();
        listed.sort_unstable();
        let command = Args::command();
        let mut names: Vec<&str> = command.get_subcommands().map(Command::get_name).collect();
        names.retain(|name| listed.contains(name));
        names.sort_unstable();
        assert_eq!(listed, names, "a group names a command twice, or one that does not exist");
    }

    #[test]
    fn every_command_has_examples_and_every_example_a_command() {
        fn paths(command: &Command, path: &str, found: &mut Vec<String>) {
            let mut leaf = true;
            for each in command.get_subcommands().filter(|each| each.get_name() != "help") {
                leaf = false;
                paths(each, format!("{path} {}", each.get_name()).trim(), found);
            }
            if leaf {
                found.push(path.to_owned());
            }
        }
        let mut found = Vec::new();
        paths(&Args::command(), "", &mut found);
        for path in &found {
            assert!(!examples::of(path).is_empty(), "{path} has no examples");
        }
        for (path, lines) in examples::EXAMPLES {
            assert!(found.iter().any(|known| known == path), "there is no command {path}");
            let begins = format!("elementkit {path}");
            assert!(lines.iter().any(|line| line.starts_with(&begins)), "{path}: {lines:?}");
            // Two blanks before it; a longer line would be broken.
            assert!(lines.iter().all(|line| line.len() + 2 <= WIDEST), "{path}: {lines:?}");
        }
    }

    #[test]
    fn options_are_shown_only_where_they_mean_something() {
        let mut command = shaped(Args::command());
        command.build();
        let mut help = |name: &str| command.find_subcommand_mut(name).unwrap().render_help().to_string();
        assert!(help("records").contains("--base-url") && help("records").contains("--warnings"));
        assert!(!help("demo").contains("--database") && !help("backup").contains("--base-url"));
        assert!(help("backup").contains("--database") && help("backup").contains("Examples:"));
    }
}
