//! XML to JSON (spec E 5.68 to 5.70).

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};

use quick_xml::events::{BytesStart, Event};
use quick_xml::{Reader, XmlVersion};

use super::super::json::{self, Kind, MAX_DEPTH, Path};

/// Maximum number of elements, and of attributes, in a document, so that small ones cannot fill the memory.
const MAX_ELEMENTS: usize = 2_000_000;
/// Number of attributes of an element from which their names are looked up by hash.
const MANY_ATTRIBUTES: usize = 16;
/// Maximum number of digits of a text that becomes a number (spec E 5.69).
const MAX_DIGITS: usize = 15;

/// Reason why a document cannot be used: it is no XML, has a document type or entities, or exceeds a limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unreadable;

/// Converts a document to the text of a JSON object with one member, the root element. Linear in time and memory; no
/// entity is resolved but the five of XML and characters.
///
/// # Errors
/// Returns an error if the document cannot be used.
pub fn to_json(document: &str) -> Result<String, Unreadable> {
    let tree = Tree::read(document)?;
    let mut out = String::with_capacity(document.len());
    out.push('{');
    tree.member(&mut out, &[0]);
    out.push('}');
    Ok(out)
}

/// The elements of a document, in its order.
struct Tree<'x> {
    elements: Vec<Element<'x>>,
    attributes: Vec<(&'x str, Cow<'x, str>)>,
}

struct Element<'x> {
    name: &'x str,
    text: Cow<'x, str>,
    /// Attributes without namespace declarations: first and end.
    attributes: (u32, u32),
    /// First and last child, and next sibling; 0 for none, since the root is neither.
    first: u32,
    last: u32,
    next: u32,
    nil: bool,
}

impl<'x> Tree<'x> {
    fn read(document: &'x str) -> Result<Self, Unreadable> {
        let mut tree = Self { elements: Vec::new(), attributes: Vec::new() };
        let mut open: Vec<u32> = Vec::new();
        let mut reader = Reader::from_str(document);
        loop {
            match reader.read_event().map_err(|_| Unreadable)? {
                Event::Start(start) => {
                    if open.len() == MAX_DEPTH {
                        return Err(Unreadable);
                    }
                    open.push(tree.add(document, &start, open.last().copied())?);
                }
                Event::Empty(start) => {
                    if open.len() == MAX_DEPTH {
                        return Err(Unreadable);
                    }
                    tree.add(document, &start, open.last().copied())?;
                }
                Event::End(_) => {
                    open.pop();
                }
                Event::Text(text) => tree.text(open.last(), text.xml10_content())?,
                Event::CData(text) => tree.text(open.last(), text.xml10_content())?,
                Event::GeneralRef(reference) => {
                    let character = match reference.resolve_char_ref().map_err(|_| Unreadable)? {
                        Some(character) => character,
                        None => predefined(&reference)?,
                    };
                    tree.text(open.last(), Cow::Owned(character.to_string()))?;
                }
                Event::DocType(_) => return Err(Unreadable),
                Event::Decl(_) | Event::PI(_) | Event::Comment(_) => {}
                Event::Eof => break,
            }
        }
        if open.is_empty() && !tree.elements.is_empty() { Ok(tree) } else { Err(Unreadable) }
    }

    fn add(&mut self, document: &'x str, start: &BytesStart<'x>, parent: Option<u32>) -> Result<u32, Unreadable> {
        // One root.
        if self.elements.len() >= MAX_ELEMENTS || (parent.is_none() && !self.elements.is_empty()) {
            return Err(Unreadable);
        }
        let position = |length: usize| u32::try_from(length).map_err(|_| Unreadable);
        let (index, from) = (position(self.elements.len())?, position(self.attributes.len())?);
        let mut nil = false;
        let mut names = HashSet::new();
        // The reader's own check for duplicates takes quadratic time.
        for attribute in start.attributes().with_checks(false) {
            let attribute = attribute.map_err(|_| Unreadable)?;
            let name = within(document, attribute.key.as_ref())?;
            if self.attributes.len() >= MAX_ELEMENTS || !self.is_new_attribute(from as usize, &mut names, name) {
                return Err(Unreadable);
            }
            let value = attribute.normalized_value(XmlVersion::Implicit1_0).map_err(|_| Unreadable)?;
            if name == "xmlns" || name.starts_with("xmlns:") {
                continue;
            }
            nil |= name == "xsi:nil" && matches!(value.trim(), "true" | "1");
            self.attributes.push((name, Cow::Owned(value.into_owned())));
        }
        let attributes = (from, position(self.attributes.len())?);
        let name = within(document, start.name().as_ref())?;
        self.elements.push(Element { name, text: Cow::Borrowed(""), attributes, first: 0, last: 0, next: 0, nil });
        if let Some(parent) = parent {
            let last = self.elements[parent as usize].last;
            if last == 0 {
                self.elements[parent as usize].first = index;
            } else {
                self.elements[last as usize].next = index;
            }
            self.elements[parent as usize].last = index;
        }
        Ok(index)
    }

    /// Returns whether an element whose attributes begin here has none of this name yet.
    fn is_new_attribute(&self, from: usize, names: &mut HashSet<&'x str>, name: &'x str) -> bool {
        let known = &self.attributes[from..];
        if known.len() < MANY_ATTRIBUTES {
            return known.iter().all(|(other, _)| *other != name);
        }
        if names.is_empty() {
            names.extend(known.iter().map(|(other, _)| other));
        }
        names.insert(name)
    }

    fn text(&mut self, open: Option<&u32>, text: Cow<'x, str>) -> Result<(), Unreadable> {
        match open {
            Some(index) => {
                let element = &mut self.elements[*index as usize];
                if element.text.is_empty() {
                    element.text = text;
                } else {
                    element.text.to_mut().push_str(&text);
                }
                Ok(())
            }
            None if text.trim_start_matches('\u{feff}').trim().is_empty() => Ok(()),
            None => Err(Unreadable),
        }
    }

    /// Writes elements of one name as a member: several as an array.
    fn member(&self, out: &mut String, elements: &[u32]) {
        let name = self.elements[elements[0] as usize].name;
        out.push_str(&json::quote(name));
        out.push(':');
        if let [one] = elements {
            return self.value(out, *one);
        }
        for (position, element) in elements.iter().enumerate() {
            out.push(if position == 0 { '[' } else { ',' });
            self.value(out, *element);
        }
        out.push(']');
    }

    fn value(&self, out: &mut String, index: u32) {
        let element = &self.elements[index as usize];
        let attributes = &self.attributes[element.attributes.0 as usize..element.attributes.1 as usize];
        if element.nil {
            return out.push_str("null");
        }
        if attributes.is_empty() && element.first == 0 {
            return scalar(out, &element.text);
        }
        let start = out.len();
        let next = |out: &mut String| out.push(if out.len() == start { '{' } else { ',' });
        for (name, value) in attributes {
            next(out);
            out.push_str(&json::quote(&format!("@{name}")));
            out.push(':');
            out.push_str(&json::quote(value));
        }
        // White space between elements is layout.
        let text = if element.first == 0 { &*element.text } else { element.text.trim() };
        if !text.is_empty() {
            next(out);
            out.push_str("\"$\":");
            scalar(out, text);
        }
        for group in self.groups(element) {
            next(out);
            self.member(out, &group);
        }
        out.push('}');
    }

    /// Returns the children by name, in the order of the first ones.
    fn groups(&self, element: &Element<'_>) -> Vec<Vec<u32>> {
        let mut groups: Vec<Vec<u32>> = Vec::new();
        let mut known: HashMap<&str, usize> = HashMap::new();
        let mut child = element.first;
        while child != 0 {
            let Element { name, next, .. } = self.elements[child as usize];
            match known.get(name) {
                Some(at) => groups[*at].push(child),
                None => {
                    known.insert(name, groups.len());
                    groups.push(vec![child]);
                }
            }
            child = next;
        }
        groups
    }
}

/// Returns a part of the document that the reader handed out, with the lifetime of the document.
fn within<'x>(document: &'x str, part: &str) -> Result<&'x str, Unreadable> {
    let start = (part.as_ptr() as usize).wrapping_sub(document.as_ptr() as usize);
    document.get(start..start.wrapping_add(part.len())).filter(|found| *found == part).ok_or(Unreadable)
}

fn predefined(name: &str) -> Result<char, Unreadable> {
    Ok(match name {
        "lt" => '<',
        "gt" => '>',
        "amp" => '&',
        "quot" => '"',
        "apos" => '\'',
        _ => return Err(Unreadable),
    })
}

/// Writes a text; numbers and booleans as such (spec E 5.69).
fn scalar(out: &mut String, text: &str) {
    let is_number = || {
        text.bytes().next().is_some_and(|first| first == b'-' || first.is_ascii_digit())
            && text.bytes().filter(u8::is_ascii_digit).count() <= MAX_DIGITS
            && json::find(text, &Path::default()).is_ok()
            && json::kind_of(text) == Kind::Number
            && text.trim() == text
    };
    if matches!(text, "true" | "false") || is_number() {
        out.push_str(text);
    } else {
        out.push_str(&json::quote(text));
    }
}
