//! The address of the vendor request (spec E 3.18, 3.19, 3.39, 5.54 to 5.58, 5.97).

use std::ops::Range;

use percent_encoding::percent_decode_str;
use url::Url;

use super::super::document::{DefinedResource, Parameter, Source, Target};
use super::super::refused::Refused;
use super::super::settings::Settings;
use super::super::template::{self, Style};
use super::Input;
use super::encode;
use super::given::{Placeholders, given};

/// Makes the address, with these query parameters: names, and values that are encoded.
pub(super) fn of(query: &[(String, String)], resource: &DefinedResource, input: &Input<'_>) -> Result<Url, Refused> {
    let path = resource.vendor_path.as_deref().unwrap_or_default();
    Address::new(input, resource).finished(path, query)
}

/// Makes the address of a path that a script gave (spec E 5.88, 5.96, 7.39).
pub(super) fn of_script(
    path: &str,
    query: &[(String, String)],
    resource: &DefinedResource,
    input: &Input<'_>,
) -> Result<Url, Refused> {
    Address { is_scripted: true, ..Address::new(input, resource) }.finished(path, query)
}

/// Adds query parameters to an address that the vendor gave. Those of the same name are replaced.
pub(super) fn extended(address: &Url, query: &[(String, String)]) -> Url {
    let mut address = address.clone();
    if !query.is_empty() {
        let query = with_parameters(address.query().map(str::to_owned), query);
        address.set_query(Some(&query));
    }
    address
}

/// An address as scripts see it: what nothing fills yet stays as written (spec E 5.58).
pub(super) struct Shown {
    /// Path with its own query, without base address; whole if absolute (spec E 7.16).
    pub path: String,
    /// Whole address without added parameters (spec E 7.17).
    pub url: String,
}

/// Returns the address of a resource, or of a path that a script gave, as scripts see it. What cannot be made is left out:
/// it is no error until the vendor is called (spec E 5.94). After the call nothing is left to fill.
pub(super) fn shown(given: Option<&str>, is_sent: bool, resource: &DefinedResource, input: &Input<'_>) -> Shown {
    let path = given.or(resource.vendor_path.as_deref()).unwrap_or_default().trim();
    let is_scripted = given.is_some();
    let new = || Address { is_scripted, is_shown: true, is_sent, ..Address::new(input, resource) };
    let filled = |mut address: Address<'_, '_>| match address.fill(path, false) {
        Ok(()) => address.text(),
        Err(_) => path.to_owned(),
    };
    if is_absolute(path) {
        let path = filled(new());
        return Shown { url: path.clone(), path };
    }
    let mut whole = new();
    let base = input.settings.get("base.url").unwrap_or_default();
    let is_scripted = std::mem::take(&mut whole.is_scripted);
    let filled_base = whole.fill(base.trim(), true);
    whole.is_scripted = is_scripted;
    let joined = filled_base.and_then(|()| whole.join(path));
    let path = filled(Address { in_host: false, ..new() });
    Shown { url: joined.map_or_else(|_| path.clone(), |()| whole.text()), path }
}

/// Fills the placeholders of an address of the login with the configuration, or with these values where it has none
/// (spec E 3.18).
///
/// # Errors
/// Refuses an address with a placeholder that has no value.
pub fn login_address(text: &str, settings: Settings<'_>, others: &[(String, String)]) -> Result<String, Refused> {
    let resource = None;
    let input = Input { query: others, ..Input::empty(settings) };
    let mut address = Address { resource, others, ..Address::of(&input) };
    address.fill(text.trim(), true)?;
    address.check_dots()?;
    let Address { mut out, query, .. } = address;
    if let Some(query) = query.filter(|query| !query.is_empty()) {
        out.push('?');
        out.push_str(&query);
    }
    Ok(out)
}

fn is_absolute(path: &str) -> bool {
    let starts = |scheme: &str| path.get(..scheme.len()).is_some_and(|start| start.eq_ignore_ascii_case(scheme));
    starts("http://") || starts("https://")
}

/// An address that is being filled.
struct Address<'i, 'a> {
    input: &'i Input<'a>,
    resource: Option<&'i DefinedResource>,
    /// Values of the call for addresses of the login.
    others: &'i [(String, String)],
    /// Whether a script gave the text (spec E 5.88).
    is_scripted: bool,
    /// Whether scripts see the address: placeholders without value stay as written.
    is_shown: bool,
    /// Whether the vendor was called, so that those placeholders were filled with nothing.
    is_sent: bool,
    /// Everything before the query.
    out: String,
    query: Option<String>,
    /// Whether the output still ends before the first slash of the path.
    in_host: bool,
    /// Ranges of the output that values brought, with the names of their parameters.
    values: Vec<(Range<usize>, String)>,
}

/// A value for a placeholder.
struct Filling {
    text: String,
    kind: Kind,
    /// Name of the parameter or key.
    name: String,
}

#[derive(Clone, Copy, PartialEq)]
enum Kind {
    /// Of the caller: one part of a path.
    Part,
    /// Of the configuration: slashes stay.
    Configuration,
    /// Of an author, encoded already.
    Encoded,
}

impl<'i, 'a> Address<'i, 'a> {
    fn of(input: &'i Input<'a>) -> Self {
        let (out, values) = (String::new(), Vec::new());
        let (is_scripted, is_shown, is_sent) = (false, false, false);
        let (resource, query, in_host) = (None, None, true);
        Self { input, resource, others: &[], is_scripted, is_shown, is_sent, out, query, in_host, values }
    }

    fn new(input: &'i Input<'a>, resource: &'i DefinedResource) -> Self {
        Self { resource: Some(resource), ..Self::of(input) }
    }

    /// Fills base address and path, and adds query parameters.
    fn finished(mut self, path: &str, parameters: &[(String, String)]) -> Result<Url, Refused> {
        let path = path.trim();
        if is_absolute(path) {
            self.fill(path, false)?;
        } else {
            let base = self.input.settings.get("base.url");
            let base = base.ok_or_else(|| Refused::new("Missing required configuration: base.url"))?;
            let is_scripted = std::mem::take(&mut self.is_scripted);
            self.fill(base.trim(), true)?;
            self.is_scripted = is_scripted;
            self.join(path)?;
        }
        self.check_dots()?;
        let query = with_parameters(self.query.take(), parameters);
        self.query = Some(query).filter(|query| !query.is_empty());
        Url::parse(&self.text()).map_err(|_| match is_absolute(path) {
            true => Refused::new("The vendor address is not allowed"),
            false => Refused::configuration("base.url"),
        })
    }

    fn text(&self) -> String {
        match &self.query {
            Some(query) => format!("{}?{query}", self.out),
            None => self.out.clone(),
        }
    }

    /// Adds the vendor path with exactly one slash in between; one that starts with `?` or `&` as it is (spec E 5.54).
    fn join(&mut self, path: &str) -> Result<(), Refused> {
        if path.is_empty() || path.starts_with(['?', '&']) {
            // What a script gives must not change the host.
            if self.is_scripted && self.in_host {
                self.out.push('/');
                self.in_host = false;
            }
            return self.fill(path, false);
        }
        self.out.truncate(self.out.trim_end_matches('/').len());
        self.out.push('/');
        self.in_host = false;
        // The query of the base address goes behind the whole path.
        let kept = self.query.take();
        self.fill(path.trim_start_matches('/'), false)?;
        self.query = match (kept, self.query.take()) {
            (Some(first), Some(second)) => Some(format!("{first}&{second}")),
            (first, second) => first.or(second),
        };
        Ok(())
    }

    fn fill(&mut self, template: &str, is_base: bool) -> Result<(), Refused> {
        let host = host_of(template);
        let mut rest = template;
        while let Some(at) = rest.find('{') {
            let start = template.len() - rest.len() + at;
            let Some(end) = rest[at..].find('}').filter(|end| *end > 1) else { break };
            let name = &rest[at + 1..at + end];
            // Braces in the text of a script may be JSON.
            if self.is_scripted && name.contains(['"', '{', ',', ' ', '\n']) {
                self.written(&rest[..=at]);
                rest = &rest[at + 1..];
                continue;
            }
            let is_literal = rest[..at].ends_with('$');
            self.written(rest[..at].strip_suffix('$').unwrap_or(&rest[..at]));
            let alone =
                host.as_ref().is_some_and(|host| template[host.clone()].len() == end + 1 && host.start == start);
            let filling = if is_literal { self.literal(name)? } else { self.look_up(name)? };
            match filling {
                Some(filling) => self.value(&filling, alone)?,
                None if self.is_shown && self.is_sent => {}
                None if self.is_shown => self.push(&rest[at - usize::from(is_literal)..=at + end]),
                None if is_base => return Err(Refused::new(format!("No value for {{{name}}}"))),
                None if self.is_declared(name) => {}
                None => return Err(Refused::new(format!("value for '{name}' not passed"))),
            }
            rest = &rest[at + end + 1..];
        }
        self.written(rest);
        Ok(())
    }

    /// Adds text of the author.
    fn written(&mut self, text: &str) {
        if self.is_scripted && !self.is_shown {
            let mut encoded = String::with_capacity(text.len() + 16);
            encode::address(&mut encoded, text);
            return self.push(&encoded);
        }
        self.push(text);
    }

    fn push(&mut self, text: &str) {
        if let Some(query) = &mut self.query {
            query.push_str(text);
            return;
        }
        let (before, query) = text.split_once('?').map_or((text, None), |(before, query)| (before, Some(query)));
        self.out.push_str(before);
        self.query = query.map(str::to_owned);
        if self.in_host {
            let host = self.out.split_once("://").map_or(self.out.as_str(), |(_, host)| host);
            self.in_host = self.query.is_none() && !host.contains(['/', '#']);
        }
    }

    fn value(&mut self, filling: &Filling, is_alone: bool) -> Result<(), Refused> {
        let Filling { text, kind, name } = filling;
        if let Some(query) = &mut self.query {
            match kind {
                Kind::Encoded => query.push_str(text),
                Kind::Part | Kind::Configuration => encode::query(query, text),
            }
            return Ok(());
        }
        if self.in_host {
            let is_plain = |one: char| one.is_ascii_alphanumeric() || matches!(one, '.' | '-' | '_');
            if !is_alone && !text.chars().all(is_plain) {
                return Err(Refused::configuration(name));
            }
            // A whole address may have a query of its own, and a path, after which the rest is encoded.
            self.push(text);
            return Ok(());
        }
        let start = self.out.len();
        match kind {
            Kind::Part => encode::part(&mut self.out, text),
            Kind::Configuration => encode::parts(&mut self.out, text),
            Kind::Encoded => self.out.push_str(text),
        }
        self.values.push((start..self.out.len(), name.clone()));
        Ok(())
    }

    /// Returns whether a key of the configuration may fill the address: in that of a script, unless it is masked (spec
    /// E 5.88).
    fn may_fill(&self, key: &str) -> bool {
        !self.is_scripted || !self.input.settings.definition().masks(key)
    }

    fn placeholders(&self) -> Placeholders<'_, 'a> {
        Placeholders { input: self.input, configuration_only: self.in_host, unmasked_only: self.is_scripted }
    }

    fn parameters(&self) -> impl DoubleEndedIterator<Item = &'i Parameter> {
        let own = self.resource.map_or(&[][..], |resource| &resource.parameters);
        let all: &'i [Parameter] = &self.input.settings.definition().parameters;
        all.iter().chain(own)
    }

    fn is_declared(&self, placeholder: &str) -> bool {
        self.parameters().any(|parameter| fills(parameter, placeholder))
    }

    /// Returns the value for a placeholder: that of the last parameter that has one, else that of the configuration.
    fn look_up(&self, placeholder: &str) -> Result<Option<Filling>, Refused> {
        for parameter in self.parameters().rev().filter(|parameter| fills(parameter, placeholder)) {
            if let Some(filling) = self.of_parameter(parameter)? {
                return Ok(Some(filling));
            }
        }
        let filling = |text: String, kind| Filling { text, kind, name: placeholder.to_owned() };
        if let Some(value) = self.input.settings.get(placeholder).filter(|_| self.may_fill(placeholder)) {
            return Ok(Some(filling(value.into_owned(), Kind::Configuration)));
        }
        let other = self.others.iter().find(|(name, _)| name == placeholder);
        Ok(other.map(|(_, value)| filling(value.clone(), Kind::Part)))
    }

    fn of_parameter(&self, parameter: &Parameter) -> Result<Option<Filling>, Refused> {
        let (kind, text) = match parameter.from {
            Source::Configuration if !self.may_fill(&parameter.name) => return Ok(None),
            Source::Literal => {
                let values = self.placeholders();
                let style = if self.in_host { Style::Plain } else { Style::Address };
                let filled = template::fill(&parameter.name, &values, style)?;
                (Kind::Encoded, filled.map(|value| value.text().into_owned()))
            }
            Source::Configuration => {
                let value = self.input.settings.get(&parameter.name);
                (Kind::Configuration, value.map(|value| value.into_owned()))
            }
            // Spec E 3.39: the host is never the caller's.
            _ if self.in_host => return Ok(None),
            _ => (Kind::Part, given(parameter, self.input)?.and_then(|value| value.text())),
        };
        Ok(text.map(|text| Filling { text, kind, name: parameter.name.clone() }))
    }

    /// Fills `${key}` in an address.
    fn literal(&self, key: &str) -> Result<Option<Filling>, Refused> {
        let values = self.placeholders();
        let written = format!("${{{key}}}");
        let filled = template::fill(&written, &values, Style::Plain)?;
        let text = filled.map(|value| value.text().into_owned()).filter(|text| *text != written);
        let kind = if key.starts_with("configuration.") { Kind::Configuration } else { Kind::Part };
        let name = key.strip_prefix("configuration.").unwrap_or(key).to_owned();
        Ok(text.map(|text| Filling { text, kind, name }))
    }

    /// Refuses `.` and `..` that values made (spec E 5.97).
    fn check_dots(&self) -> Result<(), Refused> {
        let mut start = 0;
        for part in self.out.split('/') {
            let range = start..start + part.len();
            start = range.end + 1;
            let decoded = percent_decode_str(part).decode_utf8_lossy();
            if !matches!(&*decoded, "." | "..") {
                continue;
            }
            let mut inside = self.values.iter().filter(|(value, _)| value.start < range.end && range.start < value.end);
            if let Some((_, name)) = inside.next() {
                return Err(Refused::new(format!("Invalid value for path: {name}")));
            }
        }
        Ok(())
    }
}

fn fills(parameter: &Parameter, placeholder: &str) -> bool {
    !parameter.response && parameter.to == Some(Target::Path) && parameter.vendor_name == placeholder
}

/// Returns the part of an address before the first slash of the path, without the scheme.
fn host_of(template: &str) -> Option<Range<usize>> {
    let start = template.find("://").map_or(0, |at| at + 3);
    let mut in_braces = false;
    for (at, byte) in template.bytes().enumerate().skip(start) {
        match byte {
            b'{' => in_braces = true,
            b'}' => in_braces = false,
            b'/' | b'?' | b'#' if !in_braces => return Some(start..at),
            _ => {}
        }
    }
    Some(start..template.len())
}

/// Adds parameters to the query that the address has. One that the address names replaces the value there (spec E 5.56).
fn with_parameters(kept: Option<String>, parameters: &[(String, String)]) -> String {
    let mut pairs: Vec<(String, String)> = Vec::new();
    for pair in kept.as_deref().unwrap_or_default().split('&').filter(|pair| !pair.is_empty()) {
        let name = pair.split('=').next().unwrap_or_default();
        pairs.push((encode::decoded(name), pair.to_owned()));
    }
    let kept = pairs.len();
    let mut replaced = vec![false; kept];
    for (name, value) in parameters {
        let mut pair = String::with_capacity(name.len() + value.len() + 1);
        encode::query(&mut pair, name);
        pair.push('=');
        pair.push_str(value);
        match pairs[..kept].iter().position(|(known, _)| known == name) {
            Some(at) if !replaced[at] => {
                replaced[at] = true;
                pairs[at].1 = pair;
            }
            _ => pairs.push((name.clone(), pair)),
        }
    }
    pairs.into_iter().map(|(_, pair)| pair).collect::<Vec<_>>().join("&")
}
