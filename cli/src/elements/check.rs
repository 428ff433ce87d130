//! `elementkit elements check`: what would refuse an import, and what would not run.

use elementkit::elements::definition::check::{Report, check, rules};
use elementkit::elements::definition::document::{Definition, Finding};
use elementkit::elements::definition::shapes::{self, Loaded};
use elementkit::model::Element;
use serde::Serialize;
use serde_json::Value;

use crate::args::{CheckElements, Target};
use crate::exit::{Failure, Outcome};
use crate::output;

/// Result for one definition.
#[derive(Serialize)]
struct Checked {
    file: String,
    key: Option<String>,
    name: Option<String>,
    problems: Vec<Finding>,
    remarks: Vec<Finding>,
}

pub async fn run(target: &Target, options: &CheckElements) -> Outcome {
    let mut loaded = Vec::new();
    for path in &options.paths {
        loaded.extend(shapes::read(path)?);
    }
    let taken = match options.on_platform {
        true => elements_of(target, &loaded).await?,
        false => Vec::new(),
    };
    let all: Vec<Checked> = loaded.into_iter().map(|loaded| checked(loaded, &taken)).collect();
    if options.json {
        output::json(&all)?;
    } else {
        all.iter().try_for_each(print)?;
    }
    let refused: Vec<&str> = all.iter().filter(|one| !one.problems.is_empty()).map(|one| one.file.as_str()).collect();
    match refused.len() {
        0 => Ok(()),
        1 => Err(Failure::refused(format!("{} cannot be imported", refused[0]))),
        many => Err(Failure::refused(format!("{many} of {} definitions cannot be imported", all.len()))),
    }
}

/// Returns the elements of the platform that have keys of these definitions.
async fn elements_of(target: &Target, loaded: &[Loaded]) -> Outcome<Vec<Element>> {
    let platform = target.platform().await?;
    let found = platform.elements().list().await;
    platform.close().await;
    let keys: Vec<String> = loaded.iter().filter_map(key_of).collect();
    Ok(found?.into_iter().filter(|element| keys.contains(&element.key)).collect())
}

/// Returns the key of a definition, derived or not, if it can be read.
fn key_of(loaded: &Loaded) -> Option<String> {
    Definition::read(&loaded.document).ok().map(|definition| definition.key)
}

fn checked(loaded: Loaded, taken: &[Element]) -> Checked {
    let Report { mut problems, remarks } = check(&loaded.document);
    let text = |key: &str| loaded.document.get(key).and_then(Value::as_str).map(str::to_owned);
    let (key, name) = (text("key"), text("name"));
    let of_platform = key_of(&loaded).and_then(|key| taken.iter().find(|element| element.key == key));
    let mut all = loaded.remarks;
    all.extend(remarks);
    match of_platform {
        Some(element) if element.private == Some(true) => {
            let message = format!("the platform has an element with the key {}", element.key);
            all.push(Finding::new("/key", "known-key", message).with_hint("An import replaces it with --replace."));
        }
        Some(element) => {
            let message = format!("the key {} belongs to an element of the platform", element.key);
            problems.push(Finding::new("/key", "known-key", message).with_hint("Choose another key."));
        }
        None => {}
    }
    Checked { file: loaded.file.display().to_string(), key, name, problems, remarks: all }
}

fn print(one: &Checked) -> Outcome {
    let name = one.name.as_deref().or(one.key.as_deref()).unwrap_or("no name");
    output::line(&format!("{}: {name}", one.file))?;
    for (label, findings) in [("problem", &one.problems), ("remark", &one.remarks)] {
        for finding in findings {
            output::line(&format!("  {label} {}: {}", place(finding), finding.message))?;
            if let Some(hint) = &finding.hint {
                output::line(&format!("    hint: {hint}"))?;
            }
        }
    }
    for (rule, count) in effects(&one.remarks) {
        output::line(&format!("  {count} × {}: {}", rule.code, rule.effect))?;
    }
    if one.problems.is_empty() && one.remarks.is_empty() {
        output::line("  no problems, and everything in it runs")?;
    }
    Ok(())
}

/// Returns the pointer of a finding in words.
fn place(finding: &Finding) -> &str {
    if finding.pointer.is_empty() { "document" } else { &finding.pointer }
}

/// Returns the effects of the remarks, each with its number.
fn effects(remarks: &[Finding]) -> impl Iterator<Item = (&'static rules::Rule, usize)> {
    let of_rule = |rule: &&'static rules::Rule| {
        let count = remarks.iter().filter(|remark| remark.code == rule.code).count();
        (count > 0).then_some((*rule, count))
    };
    rules::ALL.iter().filter_map(of_rule)
}
