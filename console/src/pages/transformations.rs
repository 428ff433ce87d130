//! Transformations of an instance: its mappings of own objects, edited beside a record of the service and tried on it.

use askama::Template;
use elementkit::model::{FieldMapping, Script, Setting, Transformation};
use elementkit::{ErrorKind, InstanceHandle, Level, Platform, Record};
use http::{Method, StatusCode};
use serde_json::{Value, json};

use super::bulk::Choice;
use super::instance::Head;
use super::lists::{Lists, fields};
use crate::PATH;
use crate::failure::{self, Explanation, Failure, Outcome};
use crate::form::{self, Pairs};
use crate::page::{self, Section, Shell};
use crate::request::Request;
use crate::shown;
use crate::texts::{EN, Texts};

/// Number of rows of the editor for fields that are not in the record.
const FREE: usize = 3;
/// Settings of the platform by their names (spec P 9.4).
const PASS_THROUGH: &str = "passThrough";
const IN_DOCUMENTS: &str = "addToDocumentation";

/// A transformation in the list.
struct Listed {
    name: String,
    vendor_name: String,
    level: &'static str,
    fields: String,
    address: String,
}

#[derive(Template)]
#[template(path = "transformations.html")]
struct List<'a> {
    shell: Shell<'a>,
    t: &'static Texts,
    head: Head,
    rows: Vec<Listed>,
    objects: Vec<Choice>,
}

/// A row of the editor: a field of the service, and its name in the own object.
struct Row {
    vendor: String,
    /// Whether the name of the field is typed.
    is_free: bool,
    sample: String,
    own: String,
    kind: String,
}

#[derive(Template)]
#[template(path = "transformation.html")]
struct Editor<'a> {
    shell: Shell<'a>,
    t: &'static Texts,
    head: Head,
    name: String,
    vendor_name: String,
    is_new: bool,
    rows: Vec<Row>,
    kinds: &'static [&'static str],
    passes: bool,
    script: String,
    sample: String,
    result: Option<String>,
    records: Option<String>,
    error: Option<Explanation>,
}

/// Types that a field can be converted to; the first leaves it as it is.
const KINDS: [&str; 5] = ["", "string", "number", "boolean", "date"];

fn own(id: i64) -> String {
    format!("{PATH}/instances/{id}/transformations")
}

/// `GET /instances/{id}/transformations`
pub(crate) async fn list(request: &Request) -> Outcome {
    let instance = request.instance().await?;
    let (head, lists) = Head::of(request, &instance, "transformations").await?;
    let mut rows = Vec::new();
    for (level, known) in all(request.platform()?, &instance).await? {
        let row = |(name, transformation): (String, Transformation)| Listed {
            address: form::address(&format!("{}/edit", own(head.id)), [("name", name.as_str())]),
            vendor_name: transformation.vendor_name.unwrap_or_default(),
            level,
            fields: shown::number(transformation.fields.len() as u64),
            name,
        };
        rows.extend(known.into_iter().map(row));
    }
    let mut objects: Vec<Choice> = Vec::new();
    for list in lists.top() {
        let value = list.object.clone();
        if objects.iter().all(|known| known.value != value) {
            objects.push(Choice { value, title: list.title(), is_chosen: false });
        }
    }
    let shell = Shell::new(request, Section::Instances, head.name.clone());
    page::html(&List { shell, t: &EN, head, rows, objects })
}

/// Transformations of one level by the names of their objects.
type Known = std::collections::BTreeMap<String, Transformation>;

/// Returns the transformations that apply to an instance, with the names of their levels, the lowest first. Those of the
/// account are shown to its administrators, who alone see accounts.
async fn all(platform: &Platform, instance: &InstanceHandle) -> Result<Vec<(&'static str, Known)>, Failure> {
    let key = instance.describe().await?.element.key.clone();
    let of = |level| platform.transformations(level).element(key.clone());
    let mut all = vec![(EN.level_instance, instance.transformations().list().await?)];
    match platform.request(Method::GET, "accounts").send().await {
        Ok(answer) => {
            for account in answer.json::<Vec<Value>>().await? {
                all.push((EN.level_account, of(Level::Account(account["id"].as_i64())).list().await?));
            }
        }
        Err(error) if error.kind() == ErrorKind::Authentication => {}
        Err(error) => return Err(error.into()),
    }
    all.push((EN.level_organization, of(Level::Organization).list().await?));
    Ok(all)
}

/// A transformation in the editor: as it is stored, as a form has it, or a new one.
struct Draft {
    name: String,
    is_new: bool,
    transformation: Transformation,
}

impl Draft {
    /// Returns the transformation that the address names, that of the lowest level; an empty one of an object if there
    /// is none.
    async fn stored(request: &Request, instance: &InstanceHandle, asked: &Pairs) -> Result<Self, Failure> {
        let name = asked.filled("name").unwrap_or_default().to_owned();
        let all = if name.is_empty() { Vec::new() } else { all(request.platform()?, instance).await? };
        let own = all.first().is_some_and(|(_, own)| own.contains_key(&name));
        let found = all.into_iter().find_map(|(_, mut known)| known.remove(&name));
        let new = || {
            let vendor_name = asked.filled("object").map(str::to_owned);
            Transformation { vendor_name, ..Transformation::default() }.only_mapped().with(IN_DOCUMENTS)
        };
        Ok(Self { name, is_new: !own, transformation: found.unwrap_or_else(new) })
    }

    /// Puts what was typed into the transformation. What the editor does not show stays as it is.
    fn typed(mut self, form: &Pairs) -> Self {
        let old = std::mem::take(&mut self.transformation.fields);
        let triples = form.all("vendor").zip(form.all("own")).zip(form.all("kind"));
        for ((vendor, own), kind) in triples {
            let (vendor, own) = (vendor.trim(), own.trim());
            if own.is_empty() {
                continue;
            }
            let kept = old.iter().find(|field| field.path == own).cloned().unwrap_or_default();
            self.transformation.fields.push(FieldMapping {
                path: own.to_owned(),
                vendor_path: (!vendor.is_empty()).then(|| vendor.to_owned()),
                kind: (!kind.is_empty()).then(|| kind.to_owned()),
                ..kept
            });
        }
        if let Some(vendor_name) = form.filled("object") {
            self.transformation.vendor_name = Some(vendor_name.to_owned());
        }
        self.transformation.configuration.retain(|setting| setting.kind != PASS_THROUGH);
        if form.get("passes").is_none() {
            self.transformation = self.transformation.only_mapped();
        }
        let body = form.filled("script").unwrap_or_default();
        let mime_type = Some("application/javascript".to_owned());
        let old = self.transformation.script.take().unwrap_or_default();
        let script = Script { body: body.to_owned(), mime_type: old.mime_type.clone().or(mime_type), ..old };
        self.transformation.script = (!body.is_empty()).then_some(script);
        self
    }

    fn passes(&self) -> bool {
        let is_off = |setting: &Setting| {
            let properties = setting.properties.as_ref();
            setting.kind == PASS_THROUGH
                && properties.and_then(|all| all.get("fromVendor")) == Some(&Value::Bool(false))
        };
        !self.transformation.configuration.iter().any(is_off)
    }

    /// Returns the rows of the editor: all fields of the service, then those of the mapping that are not among them.
    fn rows(&self, known: &[String], sample: Option<&Record>) -> Vec<Row> {
        let mapped = &self.transformation.fields;
        let row = |vendor: &str, is_free: bool, field: Option<&FieldMapping>| Row {
            sample: shown::cell(sample.and_then(|sample| sample.get(vendor))).text,
            vendor: vendor.to_owned(),
            is_free,
            own: field.map(|field| field.path.clone()).unwrap_or_default(),
            kind: field.and_then(|field| field.kind.clone()).unwrap_or_default(),
        };
        let of = |vendor: &str| {
            let mut all =
                mapped.iter().filter(|field| field.vendor_path.as_deref() == Some(vendor)).map(Some).peekable();
            if all.peek().is_some() { all.collect() } else { vec![None] }
        };
        let mut rows: Vec<Row> = Vec::new();
        for vendor in known {
            rows.extend(of(vendor).into_iter().map(|field| row(vendor, false, field)));
        }
        for field in mapped {
            let vendor = field.vendor_path.as_deref().unwrap_or_default();
            if !known.iter().any(|known| known == vendor) {
                rows.push(row(vendor, true, Some(field)));
            }
        }
        rows.extend((0..FREE).map(|_| row("", true, None)));
        rows
    }
}

/// `GET /instances/{id}/transformations/edit?name=…` or `?object=…`
pub(crate) async fn edit(request: &Request) -> Outcome {
    let instance = request.instance().await?;
    let draft = Draft::stored(request, &instance, &request.query).await?;
    shown(request, &instance, draft, StatusCode::OK, Tried::default()).await
}

/// Result of an attempt.
#[derive(Default)]
struct Tried {
    result: Option<String>,
    error: Option<Explanation>,
}

async fn shown(
    request: &Request,
    instance: &InstanceHandle,
    draft: Draft,
    status: StatusCode,
    tried: Tried,
) -> Outcome {
    let (head, lists) = Head::of(request, instance, "transformations").await?;
    let vendor_name = draft.transformation.vendor_name.clone().unwrap_or_default();
    let (sample, unread) = match sample(instance, &lists, &vendor_name).await.map_err(Failure::from) {
        Ok(sample) => (sample, None),
        Err(Failure::Platform(error)) => (None, Some(Explanation::of(&error))),
        Err(failure) => return Err(failure),
    };
    let mut known: Vec<String> = fields(instance, &vendor_name).await.into_iter().map(|field| field.name).collect();
    if known.is_empty() {
        known = sample.iter().flat_map(|sample| sample.keys()).cloned().collect();
    }
    let records = (!draft.is_new && lists.has(&draft.name)).then_some(draft.name.as_str());
    let editor = Editor {
        shell: Shell::new(request, Section::Instances, format!("{} · {}", EN.mapping_title, head.name)),
        t: &EN,
        rows: draft.rows(&known, sample.as_ref()),
        kinds: &KINDS,
        passes: draft.passes(),
        script: draft.transformation.script.as_ref().map(|script| script.body.clone()).unwrap_or_default(),
        sample: sample.as_ref().map(pretty).unwrap_or_default(),
        result: tried.result,
        records: records.map(|path| form::address(&format!("{PATH}/instances/{}/records", head.id), [("path", path)])),
        error: tried.error.or(unread),
        name: draft.name,
        vendor_name,
        is_new: draft.is_new,
        head,
    };
    page::html_with(status, &editor)
}

fn pretty(value: &impl serde::Serialize) -> String {
    serde_json::to_string_pretty(value).unwrap_or_default()
}

/// Returns the first record of an object. `None` if it has none, or no list of its own.
async fn sample(instance: &InstanceHandle, lists: &Lists, object: &str) -> elementkit::Result<Option<Record>> {
    let Some(list) = lists.top().find(|list| list.object == object) else { return Ok(None) };
    match instance.records(&list.template).page_size(1).page(None).await {
        Ok(page) => Ok(page.records()?.into_iter().next()),
        Err(error) if error.is_none_found() => Ok(None),
        Err(error) => Err(error),
    }
}

/// `POST /instances/{id}/transformations/edit`: tries, saves or deletes what the form has.
pub(crate) async fn save(request: &Request) -> Outcome {
    let instance = request.instance().await?;
    let draft = Draft::stored(request, &instance, &request.form).await?.typed(&request.form);
    let outcome = match request.form.get("act") {
        Some("try") => tried(request, &instance, &draft).await,
        Some("delete") => instance.transformations().delete(&draft.name).await.map(|()| None).map_err(Failure::from),
        _ => store(request, &instance, &draft).await.map(|()| None),
    };
    match outcome {
        Ok(Some(result)) => {
            let tried = Tried { result: Some(result), error: None };
            shown(request, &instance, draft, StatusCode::OK, tried).await
        }
        Ok(None) => {
            let id = instance.id().ok_or(Failure::NotFound)?;
            match request.form.get("act") {
                Some("delete") => page::redirect(&format!("{}?done=removed", own(id))),
                _ => {
                    let saved = [("name", draft.name.as_str()), ("done", "saved")];
                    page::redirect(&form::address(&format!("{}/edit", own(id)), saved))
                }
            }
        }
        Err(Failure::Platform(error)) => {
            let tried = Tried { result: None, error: Some(Explanation::of(&error)) };
            shown(request, &instance, draft, failure::status(&error), tried).await
        }
        Err(failure) => Err(failure),
    }
}

/// Runs the transformation on a record, without storing it.
async fn tried(request: &Request, instance: &InstanceHandle, draft: &Draft) -> Result<Option<String>, Failure> {
    let (head, lists) = Head::of(request, instance, "transformations").await?;
    let object = draft.transformation.vendor_name.as_deref().unwrap_or_default();
    let payload = sample(instance, &lists, object).await?.unwrap_or_default();
    let body = json!({"payload": payload, "instanceId": head.id, "transformation": draft.transformation});
    let name = if draft.name.is_empty() { "draft" } else { &draft.name };
    let call = request.platform()?.request(Method::POST, format!("transformations/{}/execute", form::segment(name)));
    let result: Value = call.body("application/json", body.to_string()).send().await?.json().await?;
    Ok(Some(pretty(&result)))
}

/// Stores the transformation at the instance, with the fields of its object that are not defined yet.
async fn store(request: &Request, instance: &InstanceHandle, draft: &Draft) -> Result<(), Failure> {
    let mut body = serde_json::to_value(&draft.transformation).unwrap_or_default();
    body["objectName"] = draft.name.as_str().into();
    body["level"] = "instance".into();
    body["elementInstanceId"] = instance.id().into();
    for field in body["fields"].as_array_mut().into_iter().flatten() {
        // Fields of higher levels become those of the instance.
        field["level"] = Value::Null;
        field["associatedLevel"] = "instance".into();
        field["associatedId"] = Value::Null;
    }
    let call = request.platform()?.request(Method::PUT, "transformations");
    call.body("application/json", body.to_string()).send().await?;
    Ok(())
}
