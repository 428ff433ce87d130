//! The API: any call of the platform's document, made here or copied into a program.

use askama::Template;
use elementkit::model::Instance;
use elementkit::{ErrorKind, body};
use http::{Method, StatusCode};
use serde_json::Value;

use super::instances::page_of;
use super::snippets::{Made, Snippet, snippets};
use crate::failure::{self, Explanation, Failure, Outcome};
use crate::form;
use crate::page::{self, Section, Shell};
use crate::request::Request;
use crate::shown;
use crate::site::collected;
use crate::texts::{EN, Texts};

/// Number of instances that the form offers; others are given by their Element token.
const INSTANCES: usize = 100;
/// Longest shown response, in characters.
const SHOWN: usize = 100_000;
/// Maximum size of the document, in bytes.
const DOCUMENT_LIMIT: usize = 64 << 20;
/// Path of the contract.
const PREFIX: &str = "/elements/api-v2";

/// A call of the document.
pub(crate) struct Operation {
    pub method: String,
    pub path: String,
    pub summary: String,
}

/// A parameter of a call.
pub(crate) struct Parameter {
    pub name: String,
    pub doc: String,
    pub is_required: bool,
    pub value: String,
    /// `path.` or `query.`, which begins the name of the field.
    pub place: &'static str,
}

struct Choice {
    id: i64,
    name: String,
    is_chosen: bool,
}

struct Response {
    status: u16,
    is_failed: bool,
    request_id: String,
    next: Option<String>,
    text: String,
    is_cut: bool,
}

#[derive(Template)]
#[template(path = "api.html")]
struct Api<'a> {
    shell: Shell<'a>,
    t: &'static Texts,
    search: &'a str,
    operations: Vec<Operation>,
}

#[derive(Template)]
#[template(path = "api_call.html")]
struct CallPage<'a> {
    shell: Shell<'a>,
    t: &'static Texts,
    operation: Operation,
    parameters: Vec<Parameter>,
    instances: Vec<Choice>,
    has_body: bool,
    body: &'a str,
    response: Option<Response>,
    error: Option<Explanation>,
    snippets: Vec<Snippet>,
}

/// Returns the document of this engine.
async fn document(request: &Request) -> Result<Value, Failure> {
    let asked = http::Request::get("/openapi.json").body(body::empty()).map_err(|_| Failure::NotFound)?;
    let response = request.engine.answer(asked).await;
    let bytes = collected(response.into_body(), DOCUMENT_LIMIT).await.ok_or(Failure::NotFound)?;
    serde_json::from_slice(&bytes).map_err(|_| Failure::NotFound)
}

fn methods(item: &Value) -> impl Iterator<Item = (&String, &Value)> {
    let members = item.as_object().into_iter().flatten();
    members.filter(|(name, _)| matches!(name.as_str(), "get" | "post" | "put" | "patch" | "delete"))
}

/// Returns the path of a call below that of the contract; others, such as the document itself, are not offered.
fn below(path: &str) -> Option<&str> {
    path.strip_prefix(PREFIX).or(Some(path)).filter(|path| path.starts_with('/') && *path != "/openapi.json")
}

/// `GET /api`
pub(crate) async fn list(request: &Request) -> Outcome {
    let document = document(request).await?;
    let search = request.query.filled("search").unwrap_or_default();
    let wanted = search.to_lowercase();
    let mut operations = Vec::new();
    for (path, item) in document["paths"].as_object().into_iter().flatten() {
        let Some(path) = below(path) else { continue };
        for (method, described) in methods(item) {
            let summary = described["summary"].as_str().unwrap_or_default();
            let text = format!("{method} {path} {summary}").to_lowercase();
            if wanted.split_whitespace().all(|word| text.contains(word)) {
                let (method, summary) = (method.to_uppercase(), summary.to_owned());
                operations.push(Operation { method, path: path.to_owned(), summary });
            }
        }
    }
    let shell = Shell::new(request, Section::Api, EN.api_title);
    page::html(&Api { shell, t: &EN, search, operations })
}

/// `GET /api/call?method=…&path=…`
pub(crate) async fn form(request: &Request) -> Outcome {
    let call = Asked::of(request, request.query.filled("method"), request.query.filled("path")).await?;
    call.shown(request, StatusCode::OK, None, None).await
}

/// `POST /api/call`: makes the call as the reader.
pub(crate) async fn call(request: &Request) -> Outcome {
    let call = Asked::of(request, request.form.filled("method"), request.form.filled("path")).await?;
    match call.make(request).await {
        Ok(response) => call.shown(request, StatusCode::OK, Some(response), None).await,
        Err(Failure::Platform(error)) => {
            let status = error.status().unwrap_or_default();
            let (request_id, text) = (error.info().request_id.clone().unwrap_or_default(), String::new());
            let response = Response { status, is_failed: true, request_id, next: None, text, is_cut: false };
            let response = (status > 0).then_some(response);
            let mut explained = Explanation::of(&error);
            if error.kind() == ErrorKind::Authentication && request.form.filled("instance").is_none() {
                explained.hint = Some(EN.api_needs_instance.to_owned());
            }
            call.shown(request, failure::status(&error), response, Some(explained)).await
        }
        Err(failure) => Err(failure),
    }
}

/// A call of the document with the values of the form.
struct Asked {
    method: Method,
    template: String,
    described: Value,
    parameters: Vec<Parameter>,
}

impl Asked {
    async fn of(request: &Request, method: Option<&str>, path: Option<&str>) -> Result<Self, Failure> {
        let (method, path) = method.zip(path).ok_or(Failure::NotFound)?;
        let document = document(request).await?;
        let item = document["paths"].as_object().into_iter().flatten().find(|(known, _)| below(known) == Some(path));
        let item = item.map(|(_, item)| item).ok_or(Failure::NotFound)?;
        let described = item.get(method.to_lowercase()).ok_or(Failure::NotFound)?.clone();
        let all = [&item["parameters"], &described["parameters"]];
        let all = all.into_iter().filter_map(Value::as_array).flatten();
        let parameters = all.filter_map(|parameter| {
            let parameter = resolved(&document, parameter);
            let place = match parameter["in"].as_str()? {
                "path" => "path.",
                "query" => "query.",
                _ => return None,
            };
            let name = parameter["name"].as_str()?.to_owned();
            let value = request.form.get(&format!("{place}{name}")).unwrap_or_default().to_owned();
            let doc = parameter["description"].as_str().unwrap_or_default().to_owned();
            Some(Parameter { is_required: place == "path.", name, doc, value, place })
        });
        let parameters = parameters.collect();
        let method = method.to_uppercase().parse().map_err(|_| Failure::NotFound)?;
        Ok(Self { method, template: path.to_owned(), described, parameters })
    }

    /// Returns the path with the values of its variables.
    fn path(&self) -> String {
        let variables = self.parameters.iter().filter(|parameter| parameter.place == "path.");
        let path = variables.fold(self.template.clone(), |path, parameter| {
            path.replace(&format!("{{{}}}", parameter.name), &form::segment(&parameter.value))
        });
        path.trim_start_matches('/').to_owned()
    }

    fn query(&self) -> impl Iterator<Item = (&str, &str)> {
        let query =
            self.parameters.iter().filter(|parameter| parameter.place == "query." && !parameter.value.is_empty());
        query.map(|parameter| (parameter.name.as_str(), parameter.value.as_str()))
    }

    async fn make(&self, request: &Request) -> Result<Response, Failure> {
        let platform = request.platform()?;
        let mut call = platform.request(self.method.clone(), self.path());
        for (name, value) in self.query() {
            call = call.query(name, value);
        }
        if let Some(id) = request.form.filled("instance").and_then(|id| id.parse().ok()) {
            call = call.element(platform.instances().get(id).await?.token());
        }
        if let Some(text) = request.form.filled("body") {
            call = call.body("application/json", text.to_owned());
        }
        // A call that lacks an Element token does not end the session.
        let answer = call.send().await.map_err(Failure::Platform)?;
        let (status, next) = (answer.status(), answer.next_page_token().map(str::to_owned));
        let request_id = answer.request_id().unwrap_or_default().to_owned();
        let bytes = answer.bytes().await?;
        let text = match serde_json::from_slice::<Value>(&bytes) {
            Ok(value) => serde_json::to_string_pretty(&value).unwrap_or_default(),
            Err(_) => String::from_utf8_lossy(&bytes).into_owned(),
        };
        let is_cut = text.chars().nth(SHOWN).is_some();
        Ok(Response { status, is_failed: false, request_id, next, text: shown::shortened(&text, SHOWN), is_cut })
    }

    async fn shown(
        self,
        request: &Request,
        status: StatusCode,
        response: Option<Response>,
        error: Option<Explanation>,
    ) -> Outcome {
        let chosen: Option<i64> = request.form.filled("instance").and_then(|id| id.parse().ok());
        let (instances, _) = page_of(request.platform()?, &[], INSTANCES).await?;
        let choice = |instance: Instance| Choice {
            is_chosen: chosen == Some(instance.id),
            id: instance.id,
            name: instance.name,
        };
        let body = request.form.get("body").unwrap_or_default();
        let (path, base_url) = (self.path(), request.base_url());
        let made = Made {
            base_url: &base_url,
            method: self.method.as_str(),
            path: &path,
            query: self.query().collect(),
            body: body.trim(),
            is_of_instance: chosen.is_some(),
        };
        let page = CallPage {
            shell: Shell::new(request, Section::Api, format!("{} {}", self.method, self.template)),
            t: &EN,
            snippets: snippets(&made),
            operation: Operation {
                method: self.method.to_string(),
                summary: self.described["summary"].as_str().unwrap_or_default().to_owned(),
                path: self.template,
            },
            has_body: self.described.get("requestBody").is_some(),
            parameters: self.parameters,
            instances: instances.into_iter().map(choice).collect(),
            body,
            response,
            error,
        };
        page::html_with(status, &page)
    }
}

/// Returns what a reference of the document stands for.
fn resolved<'a>(document: &'a Value, value: &'a Value) -> &'a Value {
    let pointer = value["$ref"].as_str().and_then(|reference| reference.strip_prefix('#'));
    pointer.and_then(|pointer| document.pointer(pointer)).unwrap_or(value)
}
