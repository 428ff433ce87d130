//! Responses: pages, redirects and files.

use askama::Template;
use elementkit::body::{self, Body};
use http::header::{CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_TYPE, LOCATION};
use http::{HeaderValue, Response, StatusCode};

use crate::PATH;
use crate::assets::{ADDRESSES, Addresses};
use crate::cookie::Theme;
use crate::failure::{Explanation, Failure, Outcome};
use crate::request::Request;
use crate::texts::{EN, Texts};

/// Responses that contain data of the platform are kept nowhere.
pub(crate) const NO_STORE: &str = "no-store";

/// Sections of the navigation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Section {
    Home,
    Elements,
    Instances,
    Secrets,
    Usage,
    Api,
    None,
}

impl Section {
    pub fn is(&self, word: &str) -> bool {
        let own = match self {
            Self::Home => "home",
            Self::Elements => "elements",
            Self::Instances => "instances",
            Self::Secrets => "secrets",
            Self::Usage => "usage",
            Self::Api => "api",
            Self::None => "",
        };
        own == word
    }
}

/// Everything around the content of a page.
pub(crate) struct Shell<'a> {
    pub t: &'static Texts,
    pub assets: &'static Addresses,
    pub root: &'static str,
    pub title: String,
    pub section: Section,
    pub csrf: &'a str,
    /// Name of the organization of the person who is signed in.
    pub who: Option<&'a str>,
    pub theme: &'static str,
    pub themes: [(&'static str, &'static str); 3],
    /// Message about what was just done.
    pub notice: Option<&'static str>,
}

impl<'a> Shell<'a> {
    pub fn new(request: &'a Request, section: Section, title: impl Into<String>) -> Self {
        let session = request.session.as_deref();
        let t: &'static Texts = &EN;
        let name = |theme: Theme| match theme {
            Theme::System => t.theme_system,
            Theme::Light => t.theme_light,
            Theme::Dark => t.theme_dark,
        };
        Self {
            t,
            assets: &ADDRESSES,
            root: PATH,
            title: title.into(),
            section,
            csrf: session.map_or("", |session| session.csrf.expose()),
            who: session.map(|session| session.who.as_str()),
            theme: request.theme().word(),
            themes: Theme::ALL.map(|theme| (theme.word(), name(theme))),
            notice: request.query.get("done").and_then(|done| notice(t, done)),
        }
    }
}

/// Returns the message about what was done, by the word in the address, since addresses are made up by anybody.
fn notice(t: &'static Texts, word: &str) -> Option<&'static str> {
    let messages = [
        ("connected", t.done_connected),
        ("saved", t.done_saved),
        ("enabled", t.done_enabled),
        ("disabled", t.done_disabled),
        ("deleted", t.done_deleted),
        ("imported", t.done_imported),
        ("checked", t.done_checked),
        ("rotated", t.done_rotated),
        ("replaced", t.done_replaced),
        ("removed", t.done_removed),
        ("cancelled", t.done_cancelled),
        ("resumed", t.done_resumed),
    ];
    messages.into_iter().find(|(known, _)| *known == word).map(|(_, message)| message)
}

/// Returns a page.
pub(crate) fn html(page: &impl Template) -> Outcome {
    html_with(StatusCode::OK, page)
}

/// Returns a page with a status.
pub(crate) fn html_with(status: StatusCode, page: &impl Template) -> Outcome {
    let text = page.render().map_err(|error| {
        tracing::error!(%error, "a page could not be rendered");
        Failure::Platform(elementkit::Error::new(elementkit::ErrorKind::Internal, EN.error_render))
    })?;
    let mut response = Response::new(body::full(text));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static(NO_STORE));
    Ok(response)
}

/// Returns a redirect to another page of the console.
pub(crate) fn redirect(address: &str) -> Outcome {
    let mut response: Response<Body> = Response::new(body::empty());
    *response.status_mut() = StatusCode::SEE_OTHER;
    let headers = response.headers_mut();
    headers.insert(LOCATION, HeaderValue::try_from(address).map_err(|_| Failure::NotFound)?);
    headers.insert(CACHE_CONTROL, HeaderValue::from_static(NO_STORE));
    Ok(response)
}

/// Returns a file that the browser saves under a name.
pub(crate) fn download(body: Body, content_type: &'static str, name: &str) -> Outcome {
    let mut response = Response::new(body);
    let headers = response.headers_mut();
    let safe: String = name.chars().map(|letter| if is_plain(letter) { letter } else { '-' }).collect();
    let disposition =
        HeaderValue::try_from(format!("attachment; filename=\"{safe}\"")).map_err(|_| Failure::NotFound)?;
    headers.insert(CONTENT_DISPOSITION, disposition);
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static(NO_STORE));
    Ok(response)
}

fn is_plain(letter: char) -> bool {
    letter.is_ascii_alphanumeric() || "-_.".contains(letter)
}

#[derive(Template)]
#[template(path = "error.html")]
struct ErrorPage<'a> {
    shell: Shell<'a>,
    t: &'static Texts,
    error: Explanation,
}

/// Returns the page about a failure.
pub(crate) fn failed(request: &Request, failure: &Failure) -> Outcome {
    let error = failure.explanation();
    let shell = Shell::new(request, Section::None, error.title);
    html_with(failure.status(), &ErrorPage { shell, t: &EN, error })
}
