//! Documents that are broken on purpose (the faults `malformed` and `invalid_utf8` of spec BT 3.5).

use crate::fault::{Malformed, Where};
use crate::records::error_document;

/// Nesting depth and length of text, well beyond any limit of a careful reader.
const DEEP: usize = 100_000;
const HUGE: usize = 10 << 20;

/// Returns the document in place of a good one, and its media type if that differs too. `witness` is an origin that
/// records calls: an external entity must never be fetched.
pub(crate) fn malformed(kind: Malformed, document: &str, witness: &str) -> (String, Option<&'static str>) {
    let document = match kind {
        Malformed::MismatchedTag => inside(document, "<a><b></a></b>"),
        Malformed::RawAmpersand => in_text(document, " fish & chips "),
        Malformed::ControlChar => in_text(document, "\u{1}"),
        Malformed::UnterminatedComment => inside(document, "<!-- and so on"),
        Malformed::DoctypeBomb => {
            let mut entities = "<!ENTITY e0 \"ha ha ha ha ha ha ha ha\">".to_owned();
            for level in 1..12 {
                let below = format!("&e{};", level - 1).repeat(10);
                entities.push_str(&format!("<!ENTITY e{level} \"{below}\">"));
            }
            with_doctype(&in_text(document, "&e11;"), &entities)
        }
        Malformed::ExternalEntity => {
            let entity = format!("<!ENTITY e SYSTEM \"{witness}/entity\">");
            with_doctype(&in_text(document, "&e;"), &entity)
        }
        Malformed::WrongRoot => {
            format!("{}\n<somethingElse><item/></somethingElse>", declaration(document))
        }
        Malformed::EmptyBody => String::new(),
        Malformed::Html200 => return ("<html><body>Welcome<br></body></html>".to_owned(), Some("text/html")),
        Malformed::Error200 => error_document("InternalError", "Something went wrong."),
        Malformed::DeepNesting => inside(document, &format!("{}{}", "<a>".repeat(DEEP), "</a>".repeat(DEEP))),
        Malformed::HugeText => in_text(document, &"x".repeat(HUGE)),
    };
    (document, None)
}

/// Inserts two bytes of invalid UTF-8, in the first text or in the first attribute.
pub(crate) fn invalid_utf8(document: Vec<u8>, place: Where) -> Vec<u8> {
    let Ok(text) = String::from_utf8(document) else { return Vec::new() };
    let start = root_start(&text);
    let at = match place {
        Where::Text => first_text(&text),
        Where::Attribute => text[start..].find("=\"").map(|offset| start + offset + 2),
    };
    let at = at.unwrap_or(text.len());
    let (before, behind) = text.as_bytes().split_at(at);
    [before, b"\xC3\x28", behind].concat()
}

fn declaration(document: &str) -> &str {
    document[..root_start(document)].trim_end()
}

/// Returns the position of the root element, after the declaration.
fn root_start(document: &str) -> usize {
    document.find("?>").map_or(0, |end| end + 2)
}

fn with_doctype(document: &str, entities: &str) -> String {
    let (declaration, rest) = document.split_at(root_start(document));
    format!("{declaration}\n<!DOCTYPE page [{entities}]>{rest}")
}

/// Returns the position of the first text that is not blank.
fn first_text(document: &str) -> Option<usize> {
    let start = root_start(document);
    let mut tags = document[start..].match_indices('>').map(|(offset, _)| start + offset + 1);
    tags.find(|at| !matches!(document[*at..].trim_start().chars().next(), None | Some('<')))
}

fn in_text(document: &str, text: &str) -> String {
    match first_text(document) {
        Some(at) => format!("{}{text}{}", &document[..at], &document[at..]),
        None => inside(document, &format!("<text>{text}</text>")),
    }
}

/// Adds text at the end of the root element.
fn inside(document: &str, text: &str) -> String {
    match (document.rfind("</"), document.strip_suffix("/>")) {
        (_, Some(open)) => {
            let name = open.rsplit('<').next().unwrap_or_default();
            format!("{open}>{text}</{name}>")
        }
        (Some(end), None) => format!("{}{text}{}", &document[..end], &document[end..]),
        (None, None) => format!("{document}{text}"),
    }
}
