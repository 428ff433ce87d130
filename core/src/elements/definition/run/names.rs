//! Names that scripts see, with their values as JSON (spec E 7.8 to 7.35).

use std::borrow::Cow;
use std::collections::BTreeMap;

use http::HeaderMap;

use super::super::answer::{Read, json_of};
use super::super::describe::object_of;
use super::super::document::{DefinedResource, Source};
use super::super::json;
use super::super::paging;
use super::super::request::{Input, InputBody, Open};
use super::reply::Reply;
use crate::query::{Expr, Operator, Test, parse_where};

/// Headers of the caller that hold the platform's secrets (spec E 5.95, 7.12).
const SECRET_HEADERS: [&str; 3] = ["authorization", "proxy-authorization", "cookie"];
const NULL: &str = "null";

/// A step of a chain as the next one sees it (spec E 7.22), as JSON.
#[derive(Debug, Default)]
pub struct Previous {
    /// Body after root key and scripts.
    pub body: String,
    /// Headers.
    pub headers: String,
}

/// Values of the caller that scripts replaced for later scripts, as JSON (spec E 7.43).
#[derive(Debug, Default)]
pub struct Replaced {
    pub body: Option<String>,
    pub parameters: Option<String>,
    pub path_variables: Option<String>,
}

/// Origin of the values of a step's names.
pub struct Names<'a> {
    pub resource: &'a DefinedResource,
    pub input: &'a Input<'a>,
    /// Values of the instance, with those that scripts of this call wrote.
    pub values: &'a BTreeMap<String, String>,
    pub instance_id: Option<i64>,
    pub open: &'a Open,
    pub replaced: &'a Replaced,
    pub previous: Option<&'a Previous>,
    /// Answer, after the call. `is_global` is that of the script.
    pub reply: Option<(&'a Reply, bool)>,
}

impl Names<'_> {
    /// Returns the names that a script can use. Those whose names do not occur in its text are left out, since their
    /// values may be large.
    pub fn of(&self, script: &str) -> Vec<(&'static str, String)> {
        let sees_all = script.contains("eval") || script.contains("\\u");
        let mut names: Vec<(&'static str, String)> = Vec::new();
        let mut add = |name: &'static str, value: &dyn Fn() -> String| {
            if sees_all || script.contains(name) {
                names.push((name, value()));
            }
        };
        self.request(&mut add);
        self.vendor_request(&mut add);
        self.instance(&mut add);
        if let Some((reply, is_global)) = self.reply {
            response(reply, is_global, &mut add);
        }
        names
    }

    fn request(&self, add: &mut dyn FnMut(&'static str, &dyn Fn() -> String)) {
        let Self { resource, input, replaced, .. } = self;
        add("request_method", &|| json::quote(resource.method.as_str()));
        add("request_path", &|| json::quote(&self.path()));
        add("request_path_variables", &|| replaced.path_variables.clone().unwrap_or_else(|| path_variables(input)));
        add("request_parameters", &|| replaced.parameters.clone().unwrap_or_else(|| parameters(resource, input)));
        add("request_headers", &|| caller_headers(input.headers));
        let body = || match (&replaced.body, input.body) {
            (Some(json), _) => Some(Cow::Borrowed(json.as_str())),
            (None, InputBody::Json(text)) => Some(Cow::Borrowed(text.as_str())),
            _ => None,
        };
        add("request_body", &|| match (&replaced.body, body()) {
            // A script may give a text, which is not quoted again.
            (Some(json), _) if json::kind_of(json) == json::Kind::Text => json.clone(),
            (_, body) => body.map_or_else(null, |text| json::quote(&text)),
        });
        add("request_body_map", &|| body().map_or_else(null, |text| parsed(&text)));
        add("request_expression", &|| condition(input).map_or_else(null, |condition| expression(&condition)));
        add("multipart_hook_context_items", &|| form_items(input.body));
    }

    fn vendor_request(&self, add: &mut dyn FnMut(&'static str, &dyn Fn() -> String)) {
        let Self { resource, input, open, .. } = self;
        add("request_vendor_method", &|| json::quote(open.method().as_str()));
        add("request_vendor_path", &|| json::quote(&open.address(resource, input).path));
        add("request_vendor_url", &|| json::quote(&open.address(resource, input).url));
        add("request_vendor_parameters", &|| open.parameters());
        add("request_vendor_headers", &|| {
            object(open.headers().iter().map(|(name, value)| (name.as_str(), json::quote(value))))
        });
        add("request_vendor_body", &|| open.body().map_or_else(null, json::quote));
        add("request_vendor_body_map", &|| open.body().map_or_else(null, parsed));
        let root = |root: Option<&str>| root.map_or_else(null, json::quote);
        add("request_root_key", &|| root(open.root().or(resource.request_root.as_deref())));
        add("response_root_key", &|| root(resource.response_root.as_deref()));
        add("request_previous_response", &|| self.previous.map_or_else(null, |before| before.body.clone()));
        add("request_previous_response_headers", &|| self.previous.map_or_else(null, |before| before.headers.clone()));
    }

    fn instance(&self, add: &mut dyn FnMut(&'static str, &dyn Fn() -> String)) {
        add("configuration", &|| self.configuration());
        add("object_name", &|| json::quote(&object_of(self.resource)));
        let about = || {
            let id = self.instance_id.map_or_else(null, |id| id.to_string());
            let members = [
                ("objectName", json::quote(&object_of(self.resource))),
                ("elementKey", json::quote(&self.input.settings.definition().key)),
                ("instanceId", id),
            ];
            object(members.into_iter())
        };
        add("meta_data", &about);
        add("metadata", &about);
    }

    /// Returns the caller's path with the hub, decoded (spec E 7.9).
    fn path(&self) -> String {
        let mut path = format!("/hubs/{}", self.input.settings.definition().hub);
        for part in self.resource.path.split('/').skip(1) {
            let name = part.strip_prefix('{').and_then(|part| part.strip_suffix('}'));
            path.push('/');
            path.push_str(name.and_then(|name| self.input.path.get(name)).unwrap_or(part));
        }
        path
    }

    /// Returns all values of the configuration; keys of the definition without value are `null` (spec E 7.23).
    fn configuration(&self) -> String {
        configuration(self.input, self.values)
    }
}

/// Returns the values of an instance as scripts see them (spec E 3.35, 7.23).
pub fn configuration(input: &Input<'_>, values: &BTreeMap<String, String>) -> String {
    let settings = input.settings;
    let mut members: Vec<(Cow<'_, str>, String)> = Vec::new();
    for (key, value) in values {
        members.push((Cow::Borrowed(key), json::quote(value)));
    }
    for entry in &settings.definition().configuration {
        if !values.contains_key(&entry.key) {
            let default = entry.default.as_deref().map_or_else(null, json::quote);
            members.push((Cow::Borrowed(&entry.key), default));
        }
    }
    for (key, value) in settings.variables() {
        if !members.iter().any(|(known, _)| *known == key) {
            members.push((Cow::Owned(key), value.to_string()));
        }
    }
    object(members.iter().map(|(key, value)| (&**key, value.clone())))
}

fn response(reply: &Reply, is_global: bool, add: &mut dyn FnMut(&'static str, &dyn Fn() -> String)) {
    let or_null = |value: Option<Cow<'_, str>>| value.map_or_else(null, Cow::into_owned);
    let map = |value: Option<Cow<'_, str>>| match value {
        Some(text) if json::kind_of(&text) != json::Kind::Text => text.into_owned(),
        _ => null(),
    };
    add("response_body", &|| or_null(reply.body(is_global)));
    add("response_body_map", &|| map(reply.body(false)));
    add("response_body_raw_map", &|| map(reply.raw_json()));
    add("response_body_raw", &|| reply.raw_text().map_or_else(null, |text| json::quote(&text)));
    add("response_headers", &|| reply.headers());
    add("response_status_code", &|| reply.status().to_string());
    add("response_iserror", &|| reply.is_error_for_scripts().to_string());
    add("response_error", &|| reply.error_text().map_or_else(null, |text| json::quote(&text)));
}

fn null() -> String {
    NULL.to_owned()
}

/// Returns a text that is JSON as it is, else `null`.
fn parsed(text: &str) -> String {
    match json::find(text, &json::Path::default()) {
        Ok(found) => text[found.whole].to_owned(),
        Err(_) => null(),
    }
}

fn path_variables(input: &Input<'_>) -> String {
    object(input.path.iter().map(|(name, value)| (name, json::quote(value))))
}

/// Returns the caller's query (spec E 7.11): the condition in canonical form, and page and size as numbers.
fn parameters(resource: &DefinedResource, input: &Input<'_>) -> String {
    let mut members: Vec<(&str, Vec<String>)> = Vec::new();
    for (name, value) in input.query {
        match members.iter_mut().find(|(known, _)| known == name) {
            Some((_, values)) => values.push(json::quote(value)),
            None => members.push((name, vec![json::quote(value)])),
        }
    }
    let mut set = |name: &'static str, value: Option<String>| {
        let at = members.iter().position(|(known, _)| *known == name);
        match (value, at) {
            (Some(value), Some(at)) => members[at].1 = vec![value],
            (Some(value), None) => members.push((name, vec![value])),
            (None, Some(at)) => drop(members.remove(at)),
            (None, None) => {}
        }
    };
    if let Some(condition) = condition(input) {
        set("where", Some(json::quote(&condition.to_string())));
    }
    let declares = |name: &str| {
        let all = input.settings.definition().parameters.iter().chain(&resource.parameters);
        all.filter(|one| !one.response && one.from == Source::Query).any(|one| one.name == name)
    };
    match input.page {
        Some(page) => {
            set("nextPage", page.cursor.as_deref().map(json::quote));
            if declares("page") {
                set("page", Some(page.number.max(1).to_string()));
            }
            if declares("pageSize") {
                set("pageSize", page.size.map(|size| size.to_string()));
            }
        }
        None => {
            let given = |name: &str| input.query.iter().find(|(known, _)| known == name).map(|(_, value)| value);
            let number = |name: &str, default: u64| match given(name) {
                Some(text) => text.trim().parse::<u64>().ok(),
                None => Some(default),
            };
            let size = u64::from(paging::sizes(input.settings).default);
            for (name, default) in [("page", 1), ("pageSize", size)] {
                if let Some(number) = number(name, default).filter(|_| declares(name)) {
                    set(name, Some(number.to_string()));
                }
            }
        }
    }
    let value = |values: &[String]| match values {
        [one] => one.clone(),
        several => format!("[{}]", several.join(",")),
    };
    object(members.iter().map(|(name, values)| (*name, value(values))))
}

/// Returns the condition of the caller: that of the plan, else the one in the query of another call.
fn condition<'a>(input: &Input<'a>) -> Option<Cow<'a, Expr>> {
    if let Some(condition) = input.condition {
        return Some(Cow::Borrowed(condition));
    }
    let (_, text) = input.query.iter().find(|(name, _)| name == "where")?;
    parse_where(text).ok().flatten().map(Cow::Owned)
}

/// Returns each comparison with its operator as written, and its value as text (spec E 7.15).
fn expression(condition: &Expr) -> String {
    let one = |comparison: &crate::query::Comparison| {
        let texts = |values: &[crate::query::Literal]| {
            values.iter().map(|value| value.text.as_str()).collect::<Vec<_>>().join(",")
        };
        let (operator, value) = match &comparison.test {
            Test::Compare(operator, value) => (symbol(*operator), value.text.clone()),
            Test::Like(value) => ("like", value.text.clone()),
            Test::NotLike(value) => ("not like", value.text.clone()),
            Test::In(values) => ("in", texts(values)),
            Test::NotIn(values) => ("not in", texts(values)),
            Test::Null => ("is", NULL.to_owned()),
            Test::NotNull => ("is not", NULL.to_owned()),
        };
        let members = [
            ("attribute", json::quote(&comparison.field.name)),
            ("operator", json::quote(operator)),
            ("value", json::quote(&value)),
        ];
        object(members.into_iter())
    };
    let all: Vec<String> = condition.comparisons().into_iter().map(one).collect();
    format!("[{}]", all.join(","))
}

fn symbol(operator: Operator) -> &'static str {
    match operator {
        Operator::Equal => "=",
        Operator::NotEqual => "!=",
        Operator::Less => "<",
        Operator::Greater => ">",
        Operator::LessOrEqual => "<=",
        Operator::GreaterOrEqual => ">=",
    }
}

fn caller_headers(headers: &HeaderMap) -> String {
    let shown = headers.keys().filter(|name| !SECRET_HEADERS.contains(&name.as_str()));
    object(shown.map(|name| (name.as_str(), header_values(headers, name))))
}

/// Returns the value of a header as JSON; an array if it is repeated (spec E 7.30).
pub fn header_values(headers: &HeaderMap, name: &http::HeaderName) -> String {
    let text = |value: &http::HeaderValue| json::quote(&String::from_utf8_lossy(value.as_bytes()));
    let values: Vec<String> = headers.get_all(name).iter().map(text).collect();
    match values.as_slice() {
        [one] => one.clone(),
        several => format!("[{}]", several.join(",")),
    }
}

/// Returns fields and files of a form; the content of files is `null` (spec E 7.26).
fn form_items(body: &InputBody) -> String {
    let InputBody::Form(fields) = body else { return "[]".to_owned() };
    let text = |text: &Option<String>| text.as_deref().map_or_else(null, json::quote);
    let item = |field: &super::super::request::FormField| {
        let value = match field.file_name {
            Some(_) => null(),
            None => json::quote(&String::from_utf8_lossy(&field.content)),
        };
        let members = [
            ("name", json::quote(&field.name)),
            ("fileName", text(&field.file_name)),
            ("contentType", text(&field.media_type)),
            ("value", value),
        ];
        object(members.into_iter())
    };
    format!("[{}]", fields.iter().map(item).collect::<Vec<_>>().join(","))
}

/// Returns a JSON object of members whose values are JSON.
pub fn object<'a>(members: impl Iterator<Item = (&'a str, String)>) -> String {
    let members: Vec<String> = members.map(|(name, value)| format!("{}:{value}", json::quote(name))).collect();
    format!("{{{}}}", members.join(","))
}

/// Returns a successful answer as the next step of a chain sees it (spec E 7.22). A text that a script returned stays one
/// (spec E 7.71).
pub fn previous(read: &Read, headers: &HeaderMap) -> Previous {
    let returned = read.by_script.as_ref().and_then(|by_script| by_script.body.clone());
    let text = returned.filter(|json| json::kind_of(json) == json::Kind::Text);
    let body = text.or_else(|| json_of(&read.content).map(Cow::into_owned)).unwrap_or_else(null);
    Previous { body, headers: object(headers.keys().map(|name| (name.as_str(), header_values(headers, name)))) }
}
