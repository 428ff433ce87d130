//! Signing in and out.

use std::time::Instant;

use askama::Template;
use elementkit::auth::Secret;
use elementkit::{ErrorKind, Platform};
use http::header::{HeaderValue, RETRY_AFTER, SET_COOKIE};
use http::{Method, StatusCode};
use serde_json::Value;

use crate::PATH;
use crate::cookie::{self, Theme};
use crate::failure::{Failure, Outcome};
use crate::page::{self, Section, Shell};
use crate::request::Request;
use crate::session::Person;
use crate::texts::{EN, Texts, with};

#[derive(Template)]
#[template(path = "sign_in.html")]
struct SignIn<'a> {
    shell: Shell<'a>,
    t: &'static Texts,
    next: &'a str,
    error: Option<String>,
    /// The session ended, or somebody opened a page without one.
    has_next: bool,
}

/// `GET /sign-in`
pub(crate) async fn form(request: &Request) -> Outcome {
    if request.session.is_some() {
        return page::redirect(PATH);
    }
    let next = request.query.filled("next").unwrap_or_default();
    shown(request, StatusCode::OK, next, None)
}

fn shown(request: &Request, status: StatusCode, next: &str, error: Option<String>) -> Outcome {
    let shell = Shell::new(request, Section::None, EN.sign_in_title);
    let has_next = error.is_none() && !next.is_empty();
    page::html_with(status, &SignIn { shell, t: &EN, next, error, has_next })
}

/// `POST /sign-in` with the two secrets.
pub(crate) async fn sign_in(request: &Request) -> Outcome {
    let next = request.form.filled("next").unwrap_or_default();
    let secrets = request.form.filled("user").zip(request.form.filled("organization"));
    let Some((user, organization)) = secrets else {
        return shown(request, StatusCode::BAD_REQUEST, next, Some(EN.sign_in_both.to_owned()));
    };
    let throttle = &request.state.throttle;
    if let Err(wait) = throttle.admit(request.peer, Instant::now()) {
        let seconds = wait.as_secs().max(1).to_string();
        let error = with(EN.sign_in_wait, &[&seconds]);
        let mut response = shown(request, StatusCode::TOO_MANY_REQUESTS, next, Some(error))?;
        response.headers_mut().extend(HeaderValue::try_from(seconds).ok().map(|value| (RETRY_AFTER, value)));
        return Ok(response);
    }
    match person(request, Secret::new(user), Secret::new(organization)).await {
        Ok(person) => {
            throttle.forgive(request.peer);
            begin(request, person, destination(next))
        }
        Err(error) if error.kind() == ErrorKind::Authentication => {
            shown(request, StatusCode::UNAUTHORIZED, next, Some(EN.sign_in_refused.to_owned()))
        }
        Err(error) => Err(error.into()),
    }
}

/// `GET /enter?key=…`: signs the first user of the database in, once for each key.
pub(crate) async fn enter(request: &Request) -> Outcome {
    if !request.state.keys.take(request.query.get("key").unwrap_or_default()) {
        return Err(Failure::UsedLink);
    }
    let (user, organization) = request.engine.local_credentials().await?;
    let person = person(request, user, organization).await?;
    begin(request, person, PATH)
}

/// Goes on in a session with other secrets.
pub(super) async fn renewed(request: &Request, user: Secret, organization: Secret, next: &str) -> Outcome {
    begin(request, person(request, user, organization).await?, next)
}

/// Starts a session. A session that the browser had before ends, so that keys are not used further.
fn begin(request: &Request, person: Person, next: &str) -> Outcome {
    request.session_key().inspect(|key| request.state.sessions.end(key));
    let key = request.state.sessions.start(person)?;
    let cookie = cookie::set_session(&request.headers, request.is_https, key.expose());
    let mut response = page::redirect(next)?;
    response.headers_mut().extend(cookie.map(|cookie| (SET_COOKIE, cookie)));
    Ok(response)
}

/// Checks the secrets by a call.
async fn person(request: &Request, user: Secret, organization: Secret) -> elementkit::Result<Person> {
    let platform = Platform::of_engine(&request.engine, user.clone(), organization.clone());
    let described: Value = platform.request(Method::GET, "organizations/me").send().await?.json().await?;
    let who = described["name"].as_str().unwrap_or_default().to_owned();
    Ok(Person { platform, who, user, organization })
}

/// `POST /sign-out`
pub(crate) async fn sign_out(request: &Request) -> Outcome {
    request.session_key().inspect(|key| request.state.sessions.end(key));
    let mut response = page::redirect(&format!("{PATH}/sign-in"))?;
    let ended = cookie::set_session(&request.headers, request.is_https, "");
    response.headers_mut().extend(ended.map(|cookie| (SET_COOKIE, cookie)));
    Ok(response)
}

/// `POST /theme`: sets the colours of this browser.
pub(crate) async fn theme(request: &Request) -> Outcome {
    let theme = Theme::named(request.form.get("theme").unwrap_or_default());
    let mut response = page::redirect(destination(request.form.get("next").unwrap_or_default()))?;
    response.headers_mut().extend(theme.cookie().map(|cookie| (SET_COOKIE, cookie)));
    Ok(response)
}

/// Returns the page to go to: one of the console, whatever the address says.
fn destination(next: &str) -> &str {
    let below = next.strip_prefix(PATH).filter(|rest| rest.is_empty() || rest.starts_with(['/', '?']));
    let is_plain = next.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\');
    if below.is_some() && is_plain { next } else { PATH }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_own_pages_follow_the_sign_in() {
        assert_eq!(destination("/console/instances/4?done=saved"), "/console/instances/4?done=saved");
        for foreign in
            ["", "//evil.example", "https://evil.example", "/console.evil", "/console/\\evil", "/console/a\r\nb"]
        {
            assert_eq!(destination(foreign), PATH, "{foreign}");
        }
    }
}
