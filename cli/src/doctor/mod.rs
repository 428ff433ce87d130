//! `elementkit doctor`: checks what an installation needs, and prints what helps with a bug report. Nothing that it prints
//! is secret, is a record, or names an instance.

mod checks;
mod here;

use serde::Serialize;

use crate::args::{Doctor, Target};
use crate::exit::{Failure, Outcome};
use crate::output;

/// The outcome of a check.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    Ok,
    /// Worth knowing; it may be intended.
    Note,
    Problem,
}

/// A check and its outcome.
#[derive(Debug, Serialize)]
pub struct Finding {
    check: &'static str,
    verdict: Verdict,
    text: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    hint: Option<String>,
}

impl Finding {
    pub fn ok(check: &'static str, text: impl Into<String>) -> Self {
        Self { check, verdict: Verdict::Ok, text: here::without_home(text.into()), hint: None }
    }

    pub fn note(check: &'static str, text: impl Into<String>) -> Self {
        Self { verdict: Verdict::Note, ..Self::ok(check, text) }
    }

    pub fn problem(check: &'static str, text: impl Into<String>, hint: impl Into<String>) -> Self {
        Self { verdict: Verdict::Problem, ..Self::ok(check, text) }.with_hint(hint)
    }

    pub fn with_hint(self, hint: impl Into<String>) -> Self {
        Self { hint: Some(here::without_home(hint.into())).filter(|hint| !hint.is_empty()), ..self }
    }

    /// Returns the problem that an error is. Its text is the platform's, and the vendor's.
    pub fn of_error(check: &'static str, what: &str, error: &elementkit::Error) -> Self {
        let info = error.info();
        let vendor = info.provider_message.as_ref().map(|text| format!("; vendor: {text}")).unwrap_or_default();
        let status = info.status.map(|status| format!(", status {status}")).unwrap_or_default();
        let text = format!("{what}: {} ({}{status}){vendor}", info.message, info.kind.code());
        Self::problem(check, text, info.hint.clone().unwrap_or_default())
    }
}

pub async fn run(target: &Target, options: &Doctor) -> Outcome {
    let mut findings = here::checks();
    findings.extend(checks::all(target, options.offline).await);
    if options.json {
        output::json(&serde_json::json!({"version": here::version(), "system": here::system(), "checks": findings}))?;
    } else {
        output::line(&format!("elementkit {}, {}", here::version(), here::system()))?;
        for finding in &findings {
            let verdict = format!("{:?}", finding.verdict).to_lowercase();
            output::line(&format!("{verdict:<8} {:<12} {}", finding.check, finding.text))?;
            if let Some(hint) = &finding.hint {
                output::line(&format!("{:<22}hint: {hint}", ""))?;
            }
        }
        output::line(
            "\nA bug report needs these lines. They contain no secrets, no records and no names of instances.",
        )?;
    }
    match findings.iter().filter(|finding| finding.verdict == Verdict::Problem).count() {
        0 => Ok(()),
        1 => Err(Failure::new("1 problem")),
        problems => Err(Failure::new(format!("{problems} problems"))),
    }
}
