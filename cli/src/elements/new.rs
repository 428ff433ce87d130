//! `elementkit elements new`: writes a definition.

use std::io::{self, IsTerminal};
use std::path::{Path, PathBuf};

use elementkit::atomic_file::{self, Readers};
use elementkit::elements::definition::check::{Report, check};
use elementkit::elements::definition::openapi::{self, Generated, Naming};
use elementkit::elements::definition::outline::{self, Credentials, Outline};
use elementkit::elements::definition::shapes::{Format, parse};
use elementkit::{Error, ErrorKind};
use serde_json::Value;

use crate::args::NewElement;
use crate::connect::typed;
use crate::exit::{Failure, Outcome};
use crate::output;

pub fn run(options: NewElement) -> Outcome {
    let output = options.output.clone();
    let force = options.force;
    let Generated { document, notes } = match &options.openapi {
        Some(file) => of_openapi(file, &options)?,
        None => Generated { document: outline::definition(&asked(options)?), notes: vec![outline::GUESSED.to_owned()] },
    };
    let Report { problems, remarks } = check(&document);
    if let Some(problem) = problems.first() {
        return Err(Error::new(ErrorKind::Config, format!("the definition would have a problem at {problem}")).into());
    }
    notes.iter().for_each(|note| output::note(note));
    remarks.iter().for_each(|remark| output::note(&remark.to_string()));
    write(&document, output, force)
}

fn of_openapi(file: &Path, options: &NewElement) -> Outcome<Generated> {
    let unreadable =
        |error: io::Error| Error::new(ErrorKind::Storage, format!("{} cannot be read: {error}", file.display()));
    let wrong = |error: Error| Error::new(ErrorKind::Config, format!("{}: {}", file.display(), error.message()));
    let text = elementkit::text::decode(std::fs::read(file).map_err(unreadable)?).map_err(wrong)?;
    let source = parse(&text, Format::of(file)).map_err(wrong)?;
    let naming = Naming { key: options.key.clone(), name: options.name.clone(), hub: options.hub.clone() };
    Ok(openapi::definition(&source, &naming)?)
}

/// Returns the outline of the options, with answers for what they leave open.
fn asked(options: NewElement) -> Outcome<Outline> {
    let is_terminal = io::stdin().is_terminal();
    let ask = |given: Option<String>, option: &str, question: &str, default: Option<&str>| -> Outcome<String> {
        let answer = match given {
            Some(given) => given,
            None if is_terminal => typed(question, false)?,
            None => String::new(),
        };
        match default {
            _ if !answer.trim().is_empty() => Ok(answer),
            Some(default) => Ok(default.to_owned()),
            None => Err(Failure::usage(format!("{question} is missing; pass {option}, or --openapi FILE"))),
        }
    };
    let name = ask(options.name, "--name", "Name", None)?;
    let base_url = ask(options.url, "--url", "Address of the vendor's API", None)?;
    let words = Credentials::ALL.iter().map(|(word, _)| *word).collect::<Vec<_>>().join(", ");
    let word = ask(options.credentials, "--credentials", &format!("Credentials ({words})"), Some("none"))?;
    let credentials = Credentials::ALL.iter().find(|(known, _)| *known == word.trim()).map(|(_, found)| *found);
    let credentials = credentials.ok_or_else(|| Failure::usage(format!("{word} is none of {words}")))?;
    let parameter = match credentials {
        Credentials::Header | Credentials::Query => {
            ask(options.parameter, "--parameter", "Name of the header or query parameter of the key", None)?
        }
        _ => String::new(),
    };
    let list = ask(options.list, "--list", "Path of a list at the vendor", None)?;
    let root = ask(
        options.root,
        "--root",
        "Member of the answer that holds the records (empty: the answer is an array)",
        Some(""),
    )?;
    let hub = options.hub.unwrap_or_else(|| "general".to_owned());
    Ok(Outline { name, key: options.key, hub, base_url, credentials, parameter, list, root })
}

fn write(document: &Value, file: Option<PathBuf>, force: bool) -> Outcome {
    let text = format!("{document:#}\n");
    let key = document.get("key").and_then(Value::as_str).unwrap_or("element");
    let file = file.unwrap_or_else(|| PathBuf::from(format!("{key}.json")));
    if file.as_os_str() == "-" {
        return output::content(text.as_bytes());
    }
    if file.exists() && !force {
        return Err(Failure::usage(format!("{} exists; pass --force to replace it", file.display())));
    }
    atomic_file::write(&file, text.as_bytes(), Readers::Umask)?;
    output::line(&format!("Wrote {}. Check it: elementkit elements check {}", file.display(), file.display()))
}
