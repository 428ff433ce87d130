//! The secrets of the person who is signed in: shown, and replaced.

use std::time::Duration;

use askama::Template;

use super::session;
use crate::PATH;
use crate::failure::{Failure, Outcome};
use crate::page::{self, Section, Shell};
use crate::request::Request;
use crate::texts::{EN, Texts};

/// Times for which a secret that is replaced is still accepted, with their names.
const GRACES: [(u64, &str); 4] =
    [(0, EN.grace_none), (3600, EN.grace_hour), (86_400, EN.grace_day), (604_800, EN.grace_week)];

#[derive(Template)]
#[template(path = "secrets.html")]
struct Secrets<'a> {
    shell: Shell<'a>,
    t: &'static Texts,
    /// User and organization secret, if the reader asked for them.
    secrets: Option<(String, String)>,
    base_url: String,
    graces: &'static [(u64, &'static str)],
}

/// `GET /secrets`
pub(crate) async fn masked(request: &Request) -> Outcome {
    shown(request, false)
}

/// `POST /secrets`: the page with the secrets, which are on no other.
pub(crate) async fn revealed(request: &Request) -> Outcome {
    shown(request, true)
}

fn shown(request: &Request, is_revealed: bool) -> Outcome {
    let session = request.session()?;
    let secrets = (session.user.expose().to_owned(), session.organization.expose().to_owned());
    let shell = Shell::new(request, Section::Secrets, EN.secrets_title);
    let (secrets, base_url) = (is_revealed.then_some(secrets), request.base_url());
    page::html(&Secrets { shell, t: &EN, secrets, base_url, graces: &GRACES })
}

/// `POST /secrets/rotate`: replaces a secret, and goes on in a session with the new one.
pub(crate) async fn rotate(request: &Request) -> Outcome {
    let (session, asked) = (request.session()?, request.form.get("grace").unwrap_or_default());
    let known = GRACES.iter().find(|(seconds, _)| seconds.to_string() == asked).ok_or(Failure::BadForm)?;
    let (secrets, grace) = (session.platform.secrets(), Duration::from_secs(known.0));
    let (mut user, mut organization) = (session.user.clone(), session.organization.clone());
    match request.form.get("which") {
        Some("user") => user = secrets.rotate_user(grace).await?.secret,
        Some("organization") => organization = secrets.rotate_organization(grace).await?.secret,
        _ => return Err(Failure::BadForm),
    }
    session::renewed(request, user, organization, &format!("{PATH}/secrets?done=replaced")).await
}
