//! `elementkit elements check`: what would refuse an import, and what would not run.

use elementkit::elements::definition::check::{check, rules};
use elementkit::elements::definition::document::Finding;
use elementkit::elements::definition::shapes::{self, Loaded};
use serde::Serialize;
use serde_json::Value;

use crate::args::CheckElements;
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

pub fn run(options: &CheckElements) -> Outcome {
    let mut all = Vec::new();
    for path in &options.paths {
        all.extend(shapes::read(path)?.into_iter().map(checked));
    }
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

fn checked(loaded: Loaded) -> Checked {
    let report = check(&loaded.document);
    let text = |key: &str| loaded.document.get(key).and_then(Value::as_str).map(str::to_owned);
    let mut remarks = loaded.remarks;
    remarks.extend(report.remarks);
    Checked {
        file: loaded.file.display().to_string(),
        key: text("key"),
        name: text("name"),
        problems: report.problems,
        remarks,
    }
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
