//! The parts of a request that parameters bring, in document order, before any of it is written (spec E 5.19 to 5.29).

use std::sync::Arc;

use bytes::Bytes;

use super::super::caller_body::LongFile;
use super::super::convert::{self, Sent};
use super::super::document::{DefinedResource, Parameter, Source, Target};
use super::super::json::{self, Path};
use super::super::refused::Refused;
use super::super::template::{self, Lookup, Style, Value, Values};
use super::given::{Given, Placeholders, body_field, given, query};
use super::node::Node;
use super::{FormField, Input, InputBody, encode};

/// Key of the token of OAuth 2, which is sent once (spec E 4.38).
const TOKEN: &str = "oauth.user.token";

/// Parts of a request.
pub(super) struct Draft<'a> {
    pub input: Input<'a>,
    /// Query parameters: names, and values that are encoded.
    pub query: Vec<(String, String)>,
    pub headers: Vec<Header<'a>>,
    /// Literal of the body; it goes before `body` (spec E 5.22).
    pub template: Option<&'a str>,
    pub body: Option<Given<'a>>,
    /// Paths and values that `bodyField` parameters set, in order.
    pub fields: Vec<(Path, String)>,
    pub form: Vec<(String, String)>,
    pub parts: Vec<FormField>,
    tokens: Vec<(&'a str, Option<Value<'a>>)>,
    /// Names of the tokens for the whole body (spec E 5.47).
    body_tokens: Vec<&'a str>,
    /// Converter of the resource's condition, for `{where}` (spec E 5.50).
    converter: Option<&'a str>,
    pub remember: Vec<(String, String)>,
    pub sent_token: bool,
}

/// A header that a parameter sets.
pub(super) struct Header<'a> {
    pub name: &'a str,
    pub value: String,
    /// Whether the parameter is one of the element, not of the resource.
    pub global: bool,
}

impl<'a> Draft<'a> {
    /// Applies global parameters, then those of the resource.
    pub fn of(resource: &'a DefinedResource, input: &Input<'a>) -> Result<Self, Refused> {
        let mut draft = Self {
            input: *input,
            query: Vec::new(),
            headers: Vec::new(),
            template: None,
            body: None,
            fields: Vec::new(),
            form: Vec::new(),
            parts: Vec::new(),
            tokens: Vec::new(),
            body_tokens: Vec::new(),
            converter: None,
            remember: Vec::new(),
            sent_token: false,
        };
        let global = input.settings.definition().parameters.iter().map(|parameter| (parameter, true));
        let own = resource.parameters.iter().map(|parameter| (parameter, false));
        let all: Vec<_> = global.chain(own).filter(|(parameter, _)| !parameter.response).collect();
        // Templates may stand before their tokens.
        for (parameter, _) in &all {
            draft.note_token(parameter)?;
        }
        for (parameter, global) in all {
            if let Some(target) = parameter.to {
                draft.apply(parameter, target, global)?;
            }
        }
        Ok(draft)
    }

    fn note_token(&mut self, parameter: &'a Parameter) -> Result<(), Refused> {
        if convert::is_where(parameter) {
            self.converter = self.converter.or(parameter.converter.as_deref());
        }
        if parameter.to != Some(Target::BodyToken) {
            return Ok(());
        }
        let name = token_name(parameter);
        if parameter.from == Source::Body {
            self.body_tokens.push(name);
        }
        let value = match parameter.from {
            Source::Literal => self.literal(parameter, Style::Plain)?.map(Value::into_owned),
            _ => match given(parameter, &self.input)? {
                Some(Given::Value(value)) => Some(value),
                Some(other) => other.text().map(Value::of),
                None => None,
            },
        };
        self.tokens.push((name, value));
        Ok(())
    }

    fn apply(&mut self, parameter: &'a Parameter, target: Target, global: bool) -> Result<(), Refused> {
        if parameter.from == Source::Literal {
            return self.apply_literal(parameter, target, global);
        }
        let Some(value) = given(parameter, &self.input)? else { return Ok(()) };
        if value.is_long() && !takes_files(target) {
            let name = &parameter.name;
            return Err(Refused::new(format!("{name} is too long: it can be sent as a body or a part of one only")));
        }
        self.sent_token |= parameter.from == Source::Configuration && parameter.name == TOKEN && is_sent(target);
        match target {
            Target::Body => self.body = Some(value),
            Target::Query => self.add_query(&parameter.vendor_name, value),
            Target::Multipart | Target::File => self.add_part(&parameter.vendor_name, &value),
            Target::Form => self.add_form(&parameter.vendor_name, &value),
            Target::BodyField => {
                let json = match &value {
                    Given::Value(value) => typed(value, parameter),
                    other => json::quote(&other.text().unwrap_or_default()),
                };
                self.fields.push((Path::of(&parameter.vendor_name), json));
            }
            _ => {
                if let Some(text) = value.text() {
                    self.add_text(parameter, target, text, global);
                }
            }
        }
        Ok(())
    }

    fn apply_literal(&mut self, parameter: &'a Parameter, target: Target, global: bool) -> Result<(), Refused> {
        if target == Target::Body {
            self.template = Some(&parameter.name);
        }
        if matches!(target, Target::Body | Target::Path | Target::BodyToken | Target::Nothing) {
            self.sent_token |= target == Target::Body && template::names_configuration(&parameter.name, TOKEN);
            return Ok(());
        }
        let style = if target == Target::Query { Style::Address } else { Style::Plain };
        let Some(value) = self.literal(parameter, style)?.map(Value::into_owned) else { return Ok(()) };
        self.sent_token |= is_sent(target) && template::names_configuration(&parameter.name, TOKEN);
        match target {
            Target::Query => self.query.push((parameter.vendor_name.clone(), value.text().into_owned())),
            Target::BodyField => {
                self.fields.push((Path::of(&parameter.vendor_name), typed(&value, parameter)));
            }
            Target::Form => self.add_form(&parameter.vendor_name, &Given::Value(value)),
            Target::Multipart | Target::File => self.add_part(&parameter.vendor_name, &Given::Value(value)),
            _ => self.add_text(parameter, target, value.text().into_owned(), global),
        }
        Ok(())
    }

    fn add_text(&mut self, parameter: &'a Parameter, target: Target, value: String, global: bool) {
        match target {
            Target::Header => self.headers.push(Header { name: &parameter.vendor_name, value, global }),
            Target::Configuration => self.remember.push((parameter.vendor_name.clone(), value)),
            _ => {}
        }
    }

    /// Fills the literal of a parameter.
    fn literal(&self, parameter: &Parameter, style: Style) -> Result<Option<Value<'_>>, Refused> {
        let values = self.values(&parameter.name, style == Style::Address);
        Ok(template::fill(&parameter.name, &values, style)?.map(Value::into_owned))
    }

    /// Fills the literal of the body.
    pub fn fill_body(&self, template: &str, style: Style) -> Result<Option<String>, Refused> {
        let values = self.values(template, false);
        Ok(template::fill(template, &values, style)?.map(|value| value.text().into_owned()))
    }

    fn values(&self, template: &str, in_query: bool) -> TemplateValues<'_, 'a> {
        let is_whole = self.body_tokens.iter().any(|name| template::has_token(template, name));
        let placeholders = Placeholders { input: &self.input, configuration_only: false, unmasked_only: false };
        TemplateValues { draft: self, placeholders, spreads_body: !self.body_tokens.is_empty() && !is_whole, in_query }
    }

    fn add_query(&mut self, name: &str, value: Given<'_>) {
        let mut add = |name: &str, value: &str| {
            let mut encoded = String::with_capacity(value.len() + 8);
            encode::query(&mut encoded, value);
            self.query.push((name.to_owned(), encoded));
        };
        let mut add_json = |name: &str, json: &str| match json::kind_of(json) {
            json::Kind::Null => {}
            json::Kind::Array => {
                let items = json::items(json).into_iter().map(|range| &json[range]);
                items.filter(|item| json::kind_of(item) != json::Kind::Null).for_each(|item| {
                    add(name, &Value::Json(item.into()).text());
                });
            }
            _ => add(name, &Value::Json(json.into()).text()),
        };
        match value {
            // Spec E 5.19: one parameter for each member.
            Given::Value(Value::Json(json)) if json::kind_of(&json) == json::Kind::Object => {
                json::members(&json).into_iter().for_each(|(name, value)| add_json(&name, value));
            }
            Given::Value(Value::Json(json)) => add_json(name, &json),
            Given::Condition(Sent::Pairs(pairs)) => pairs.iter().for_each(|(name, value)| add(name, value)),
            Given::Condition(Sent::Text(text)) => add(odata_name(name), &text),
            other => {
                if let Some(text) = other.text() {
                    add(name, &text);
                }
            }
        }
    }

    /// Adds fields of a form: one for each member of an object (spec E 5.25).
    fn add_form(&mut self, name: &str, value: &Given<'_>) {
        let mut add = |name: &str, text: String| {
            self.form.retain(|(known, _)| known != name);
            self.form.push((name.to_owned(), text));
        };
        match value {
            Given::Value(Value::Json(json)) if json::kind_of(json) == json::Kind::Object => {
                for (name, value) in json::members(json) {
                    if let Some(text) = Given::Value(Value::Json(value.into())).text() {
                        add(&name, text);
                    }
                }
            }
            Given::Form(fields) => fields.iter().for_each(|field| {
                add(&field.name, String::from_utf8_lossy(&field.content).into_owned());
            }),
            other => {
                if let Some(text) = other.text() {
                    add(name, text);
                }
            }
        }
    }

    fn add_part(&mut self, name: &str, value: &Given<'_>) {
        let part = match value {
            Given::File(field) => FormField { name: name.to_owned(), ..(*field).clone() },
            Given::Bytes { media_type, bytes } => FormField {
                name: name.to_owned(),
                file_name: Some(name.to_owned()),
                media_type: Some((*media_type).to_owned()),
                content: (*bytes).clone(),
                rest: None,
            },
            Given::Stream { media_type, body } => FormField {
                name: name.to_owned(),
                file_name: Some(name.to_owned()),
                media_type: Some((*media_type).to_owned()),
                content: Bytes::new(),
                rest: Some(Arc::new(LongFile::of_body(body))),
            },
            Given::Form(fields) => {
                self.parts.extend(fields.iter().cloned());
                return;
            }
            other => match other.text() {
                Some(text) => FormField { name: name.to_owned(), content: text.into(), ..FormField::default() },
                None => return,
            },
        };
        self.parts.retain(|known| known.name != name);
        self.parts.push(part);
    }

    /// Returns the media type that parameters set, in small letters.
    pub fn media_type(&self) -> String {
        let named = self.headers.iter().rfind(|header| header.name.trim().eq_ignore_ascii_case("content-type"));
        named.map(|header| header.value.to_ascii_lowercase()).unwrap_or_default()
    }

    /// Returns the JSON body that `body` and `bodyField` make. `None` without a value of either (spec E 5.64).
    pub fn json(&self) -> Option<String> {
        let whole = match &self.body {
            Some(Given::Value(value)) => Some(value.json().into_owned()),
            _ => None,
        };
        if self.fields.is_empty() {
            return whole;
        }
        let is_object = |json: &String| json::kind_of(json) == json::Kind::Object;
        let mut node = whole.filter(is_object).map_or_else(Node::empty, Node::Raw);
        for (path, value) in &self.fields {
            node.set(&path.steps, value);
        }
        Some(node.to_string())
    }
}

/// Returns the name of the query parameter for a condition in OData: `vendorName` names the converter.
fn odata_name(vendor_name: &str) -> &str {
    if vendor_name.starts_with("converter:") { "$filter" } else { vendor_name }
}

/// Returns whether a file that is read as it arrives can go to a target.
fn takes_files(target: Target) -> bool {
    matches!(target, Target::Body | Target::Multipart | Target::File | Target::Nothing)
}

/// Returns the name of the token that a parameter fills.
fn token_name(parameter: &Parameter) -> &str {
    if parameter.vendor_name.starts_with("converter:") { &parameter.name } else { &parameter.vendor_name }
}

fn is_sent(target: Target) -> bool {
    !matches!(target, Target::Nothing | Target::Configuration)
}

/// Returns a value for a `bodyField`: a text becomes a boolean or number if the vendor's type says so (spec E 5.31).
fn typed(value: &Value<'_>, parameter: &Parameter) -> String {
    let is_text = match value {
        Value::Text(_) => true,
        Value::Json(json) => json::kind_of(json) == json::Kind::Text,
    };
    if is_text {
        let text = value.text();
        let kind = json::find(&text, &Path::default()).is_ok().then(|| json::kind_of(&text));
        let fits = match (parameter.vendor_data_type.as_deref(), kind) {
            (Some("boolean"), Some(kind)) => kind == json::Kind::Boolean,
            (Some("integer" | "long"), Some(json::Kind::Number)) => !text.contains(['.', 'e', 'E']),
            (Some("number" | "float" | "double"), Some(kind)) => kind == json::Kind::Number,
            _ => false,
        };
        if fits {
            return text.trim().to_owned();
        }
    }
    value.json().into_owned()
}

/// Values of one template.
struct TemplateValues<'d, 'a> {
    draft: &'d Draft<'a>,
    placeholders: Placeholders<'d, 'a>,
    /// Whether members of the caller's body fill tokens (spec E 5.47).
    spreads_body: bool,
    in_query: bool,
}

impl Values for TemplateValues<'_, '_> {
    fn placeholder(&self, key: &str) -> Lookup<'_> {
        self.placeholders.placeholder(key)
    }

    fn token(&self, name: &str) -> Option<Value<'_>> {
        let mut named = self.draft.tokens.iter().rev().filter(|(known, _)| *known == name).peekable();
        // Spec E 5.87: a token that a parameter names is filled by it or stays.
        if named.peek().is_some() {
            return named.find_map(|(_, value)| value.clone());
        }
        let input = &self.draft.input;
        if self.spreads_body
            && let InputBody::Json(_) = input.body
            && let Some(value) = body_field(input.body, name)
        {
            return Some(value);
        }
        match name {
            "page" | "pageSize" | "nextPage" if self.in_query && input.page.is_some() => query(input, name),
            "where" if self.in_query => self.condition(),
            _ => None,
        }
    }
}

impl TemplateValues<'_, '_> {
    /// Returns the condition in the form of the resource's converter, else as CEQL (spec E 5.50).
    fn condition(&self) -> Option<Value<'_>> {
        let condition = self.draft.input.condition?;
        let text = match self.draft.converter {
            Some(converter) => convert::convert(converter, condition, self.draft.input.settings).ok()?.sent?.text(),
            None => condition.to_string(),
        };
        Some(Value::of(text))
    }
}
