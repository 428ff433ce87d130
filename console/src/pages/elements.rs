//! The catalogue of elements.

use askama::Template;
use elementkit::model::Element;

use crate::failure::Outcome;
use crate::page::{self, Section, Shell};
use crate::request::Request;
use crate::texts::{EN, Texts};

#[derive(Template)]
#[template(path = "elements.html")]
struct Catalogue<'a> {
    shell: Shell<'a>,
    t: &'static Texts,
    search: &'a str,
    elements: Vec<Element>,
}

/// `GET /elements`
pub(crate) async fn list(request: &Request) -> Outcome {
    let search = request.query.filled("search").unwrap_or_default();
    let wanted = search.to_lowercase();
    let has = |text: &str| text.to_lowercase().contains(&wanted);
    let mut elements = request.platform()?.elements().list().await?;
    elements.retain(|element| has(&element.name) || has(&element.key) || has(&element.description));
    let shell = Shell::new(request, Section::Elements, EN.elements_title);
    page::html(&Catalogue { shell, t: &EN, search, elements })
}
