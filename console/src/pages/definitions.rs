//! Element definitions: checking one, importing it, and taking it out.

use askama::Template;
use elementkit::host;
use http::StatusCode;
use serde::Deserialize;
use serde_json::Value;

use crate::PATH;
use crate::failure::{self, Explanation, Failure, Outcome};
use crate::page::{self, Section, Shell};
use crate::request::Request;
use crate::texts::{EN, Texts};

/// A problem or a remark, with its place in the document.
#[derive(Deserialize)]
#[serde(default)]
#[derive(Default)]
struct Finding {
    pointer: String,
    message: String,
    hint: Option<String>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Report {
    problems: Vec<Finding>,
    remarks: Vec<Finding>,
}

#[derive(Template)]
#[template(path = "import.html")]
struct Import<'a> {
    shell: Shell<'a>,
    t: &'static Texts,
    document: &'a str,
    report: Option<Report>,
    error: Option<Explanation>,
}

/// `GET /elements/import`
pub(crate) async fn form(request: &Request) -> Outcome {
    shown(request, StatusCode::OK, None, None)
}

fn shown(request: &Request, status: StatusCode, report: Option<Report>, error: Option<Explanation>) -> Outcome {
    let document = request.form.get("document").unwrap_or_default();
    let shell = Shell::new(request, Section::Elements, EN.import_title);
    page::html_with(status, &Import { shell, t: &EN, document, report, error })
}

/// `POST /elements/import`: checks the document, and imports it if that was asked for and there is no problem.
pub(crate) async fn import(request: &Request) -> Outcome {
    let text = request.form.filled("document").unwrap_or_default();
    let checked = host::check_definition(text).map_err(Failure::from);
    let report: Report = match checked {
        Ok(report) => serde_json::from_slice(&report).unwrap_or_default(),
        Err(Failure::Platform(error)) => {
            return shown(request, failure::status(&error), None, Some(Explanation::of(&error)));
        }
        Err(failure) => return Err(failure),
    };
    if request.form.get("act") != Some("import") || !report.problems.is_empty() {
        let status = if report.problems.is_empty() { StatusCode::OK } else { StatusCode::BAD_REQUEST };
        return shown(request, status, Some(report), None);
    }
    let document: Value = serde_json::from_str(text).map_err(|_| Failure::BadForm)?;
    match request.platform()?.elements().import(&document).await.map_err(Failure::from) {
        Ok(_) => page::redirect(&format!("{PATH}/elements?done=imported")),
        Err(Failure::Platform(error)) => {
            shown(request, failure::status(&error), Some(report), Some(Explanation::of(&error)))
        }
        Err(failure) => Err(failure),
    }
}
