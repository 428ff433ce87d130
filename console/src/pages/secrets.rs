//! The secrets of the person who is signed in.

use askama::Template;

use crate::failure::Outcome;
use crate::page::{self, Section, Shell};
use crate::request::Request;
use crate::texts::{EN, Texts};

#[derive(Template)]
#[template(path = "secrets.html")]
struct Secrets<'a> {
    shell: Shell<'a>,
    t: &'static Texts,
    /// User and organization secret, if the reader asked for them.
    secrets: Option<(String, String)>,
    base_url: String,
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
    page::html(&Secrets { shell, t: &EN, secrets: is_revealed.then_some(secrets), base_url: request.base_url() })
}
