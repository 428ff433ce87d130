//! Creation of jobs (spec P 10.2, 10.4, 10.9).

use http::StatusCode;
use serde_json::{Map, Value};

use super::input::Input;
use super::{NO_FILE, NO_JOB};
use crate::element::{ConfigurationRole, Element, ObjectInfo, Resource};
use crate::engine::bulk::{self, JobOptions, JobPlan, JobSpec, Notification, file_name};
use crate::engine::call::Call;
use crate::engine::callbacks;
use crate::engine::failure::Failure;
use crate::engine::handlers::query_warnings::{ListQuery, query_warnings};
use crate::engine::handlers::records::script_configuration;
use crate::engine::handlers::source::recipe_of_object;
use crate::engine::reply::Reply;
use crate::engine::script::Phase;
use crate::engine::store::{InstanceRow, JobRow, NewJob, Start};
use crate::engine::transform::{MappingSpec, rewritten};
use crate::model::JobStatus;
use crate::model::bulk::BulkStarted;
use crate::query::{Select, parse_fields, parse_select, parse_where};
use crate::record::Kind;
use crate::warning::{Warning, WarningCode};

/// Members of a download job, and those of its `query`.
const MEMBERS: [&str; 16] = [
    "objectName",
    "format",
    "where",
    "selectFields",
    "limit",
    "pageSize",
    "from",
    "to",
    "filterDateField",
    "filterNulls",
    "apiLimit",
    "continueFromJobId",
    "notificationUrl",
    "metaData",
    "query",
    "docsHubDetails",
];
/// Maximum number of warnings about members.
const TOLD: usize = 5;

/// Header with the URL that is called when the job ends (spec P 4.2).
pub(super) const CALLBACK_URL: &str = "elements-async-callback-url";

/// `POST /bulk/query` (spec P 10.2).
pub(crate) async fn query(call: &Call) -> Result<Reply, Failure> {
    let input = Input::of(call).await?;
    let earlier = input.filled("continueFromJobId").map(job_id).transpose()?;
    let continued = match (input.filled("q"), earlier) {
        (None, Some(earlier)) => Some(bulk::spec_of(&job_to_continue(call, earlier).await?)?),
        _ => None,
    };
    let statement = input.filled("q").or(continued.as_ref().map(|spec| spec.statement.as_str()));
    let statement = statement.ok_or_else(|| Failure::bad_request("The query parameter q is required"))?;
    let meta_data = match input.filled("metaData") {
        Some(text) => Some(object("metaData", serde_json::from_str(text).ok())?),
        None => None,
    };
    let job_options = JobOptions {
        continue_from: earlier,
        file_name: file_name_of(meta_data.as_ref())?,
        notification: notification(call, call.text_header(CALLBACK_URL)?, meta_data.as_ref()).await?,
        meta_data: meta_data.map(Value::Object),
        ..JobOptions::default()
    };
    // Both parameters have the same meaning, and both must be dates.
    let (from, last_run) = (input.filled("from"), input.filled("lastRunDate"));
    bulk::date("lastRunDate", last_run)?;
    let starts = input.filled("watermarks").map(bulk::starts).transpose()?.unwrap_or_default();
    if !starts.is_empty() && job_options.continue_from.is_some() {
        return Err(Failure::bad_request("watermarks and continueFromJobId cannot be combined"));
    }
    let dates = match (from.or(last_run), input.filled("to"), &continued) {
        (None, None, Some(spec)) => (spec.from.as_deref(), spec.to.as_deref()),
        (from, to, _) => (from, to),
    };
    start(call, statement.to_owned(), dates, &starts, job_options, input.ignored().collect()).await
}

/// `POST /bulk/download` (spec P 10.4).
pub(crate) async fn download_job(call: &Call) -> Result<Reply, Failure> {
    let body = Members(call.json_object().await?);
    if body.get("docsHubDetails").is_some() {
        return Err(Failure::bad_request("docsHubDetails is not supported: results are not delivered elsewhere"));
    }
    let name = body.text("objectName")?.ok_or_else(|| Failure::bad_request("objectName is required"))?;
    let format = body.text("format")?.ok_or_else(|| Failure::bad_request("format is required"))?;
    let file_format = match format.as_str() {
        "application/json" => "json",
        "txt/csv" | "text/csv" => "csv",
        "application/jsonl" => "jsonl",
        _ => return Err(Failure::bad_request("format must be application/json, txt/csv or application/jsonl")),
    };
    let meta_data = body.get("metaData").map(|value| object("metaData", Some(value.clone()))).transpose()?;
    let element = &**call.element()?;
    let extras = extras(element, &name);
    let job_options = JobOptions {
        parameters: extras.iter().filter_map(|name| Some(((*name).to_owned(), body.extra(name)?))).collect(),
        page_size: body.positive("pageSize")?.map(|size| u32::try_from(size).unwrap_or(u32::MAX)),
        api_limit: body.positive("apiLimit")?,
        continue_from: body.text("continueFromJobId")?.as_deref().map(job_id).transpose()?,
        file_name: file_name_of(meta_data.as_ref())?,
        file_format: Some(file_format.to_owned()),
        filter_nulls: body.truth("filterNulls")?,
        notification: notification(call, body.text("notificationUrl")?.as_deref(), meta_data.as_ref()).await?,
        meta_data: meta_data.map(Value::Object),
        ..JobOptions::default()
    };
    let (from, to) = (body.text("from")?, body.text("to")?);
    bulk::date("from", from.as_deref())?;
    bulk::date("to", to.as_deref())?;
    let limit = body.number("limit")?;
    let other_field = body.text("filterDateField")?;
    let mut conditions: Vec<String> = Vec::new();
    if let Some(condition) = body.text("where")? {
        parse_where(&condition).map_err(|error| Failure::bad_request(error.to_string()))?;
        conditions.push(format!("({condition})"));
    }
    if let Some(field) = &other_field {
        if recipe_of_object(call, &name).await?.is_none() {
            check_date_field(element, &name, field)?;
        }
        let limits = [(">=", &from), ("<=", &to)];
        let limits = limits.into_iter().filter_map(|(sign, date)| date.as_ref().map(|date| (sign, date)));
        conditions.extend(limits.map(|(sign, date)| format!("{} {sign} '{}'", quoted(field), date.trim())));
    }
    let fields = parse_fields(&body.text("selectFields")?.unwrap_or_default());
    let fields = fields.map_err(|error| Failure::bad_request(format!("selectFields: {error}")))?;
    let statement = statement(&name, &fields, &conditions, limit);
    let limits = other_field.is_none();
    let dates = (from.as_deref().filter(|_| limits), to.as_deref().filter(|_| limits));
    start(call, statement, dates, &[], job_options, body.ignored(&extras)).await
}

/// Returns the parameters in `query` that the lists of an object read; for a common resource, those of all lists.
fn extras<'a>(element: &'a dyn Element, object: &str) -> Vec<&'a str> {
    let object = element.find_object(object);
    let reads = |resource: &&Resource| object.is_none_or(|object| object == resource.object);
    let lists = element.resources().iter().filter(|resource| resource.is_list()).filter(reads);
    let mut names: Vec<&str> = Vec::new();
    for name in lists.flat_map(|list| &list.parameters).map(|parameter| &*parameter.name) {
        if !names.contains(&name) {
            names.push(name);
        }
    }
    names
}

/// Starts a job. All parameters of the call have been read; `ignored` are the warnings about unknown parts of its body.
async fn start(
    call: &Call,
    statement: String,
    (from, to): (Option<&str>, Option<&str>),
    starts: &[Start],
    job_options: JobOptions,
    ignored: Vec<Warning>,
) -> Result<Reply, Failure> {
    let (instance, element) = (call.instance()?, call.element()?);
    let (recipe, condition) = common_resource(call, &statement).await?;
    let mut spec = JobSpec {
        statement,
        from: from.map(str::to_owned),
        to: to.map(str::to_owned),
        skip_without_email: skips_without_email(&**element, instance),
        job_options,
        recipe,
        condition,
        ..JobSpec::new(element.revision())
    };
    let plan =
        spec.read(element, call.configuration()?, |object| object.published || !call.engine.options.published_only)?;
    if let Some((key, _)) = starts.iter().find(|(key, _)| !plan.plan.admits(key)) {
        return Err(Failure::bad_request(format!("watermarks: {:?} is not a partition", key.as_str())));
    }
    let warnings: Vec<Warning> = warnings(&spec, &plan, plan.info()).into_iter().chain(ignored).collect();
    spec.object = Some(plan.result.object.clone());
    spec.warnings = warnings.iter().cloned().chain(call.ignored_parameters()).collect();
    spec.look_for = plan.look_for().into_names();
    spec.remark = plan.plan.remark.as_ref().map(ToString::to_string);
    if let Some(earlier) = spec.job_options.continue_from {
        check_continuation(call, earlier, &plan).await?;
    }
    let sealed = serde_json::to_vec(&spec).map_err(|_| Failure::plain(StatusCode::INTERNAL_SERVER_ERROR))?;
    let new = NewJob {
        object: &plan.result.select.object,
        spec: &sealed,
        sorted_limit: plan.result.sorted_limit(),
        notify: spec.job_options.notification.is_some(),
        request_id: &call.request_id,
        starts,
        upload: None,
    };
    let job = call.engine.store.create_job(instance, &new).await?;
    bulk::start(&call.engine, instance.id, job.id);
    let started = BulkStarted { id: job.id.to_string(), instance_id: instance.id, status: JobStatus::Created };
    Ok(Reply::json(&started)?.warn(warnings))
}

/// Returns whether records without an email address are left out: unless the instance keeps them (spec BT 2.6).
fn skips_without_email(element: &dyn Element, instance: &InstanceRow) -> bool {
    let key = element.info().key_of(ConfigurationRole::IgnoreBlankEmail);
    key.is_some_and(|key| instance.configuration.get(key).is_none_or(|value| value != "false"))
}

/// Returns warnings about probable mistakes in a job before hours are spent on it.
fn warnings(spec: &JobSpec, plan: &JobPlan, object: &ObjectInfo) -> Vec<Warning> {
    let query_warnings = query_warnings(&ListQuery::from(&plan.result.select), object, spec.recipe.as_ref());
    let bounds = |date: &Option<String>| bulk::date("", date.as_deref()).ok()??.date_bounds();
    let reversed = bounds(&spec.from).zip(bounds(&spec.to)).is_some_and(|(from, to)| from > to);
    let reversed = reversed.then(|| Warning::new(WarningCode::EmptyRange, "from is later than to").about("from"));
    query_warnings.into_iter().chain(reversed).collect()
}

/// Returns the mapping if the statement reads a common resource, and the condition if its scripts rewrite it.
async fn common_resource(call: &Call, statement: &str) -> Result<(Option<MappingSpec>, Option<String>), Failure> {
    // An invalid statement is rejected when it is planned.
    let Ok(Select { object, condition, .. }) = parse_select(statement) else { return Ok((None, None)) };
    let Some(recipe) = recipe_of_object(call, &object).await? else { return Ok((None, None)) };
    let Some(condition) = condition.filter(|_| recipe.rewrites_conditions()) else { return Ok((Some(recipe), None)) };
    let configuration = script_configuration(call, Some(&call.instance()?.token));
    let organization = call.caller.user()?.organization_id;
    let runner = recipe.runner(&call.engine, organization, Phase::Request, configuration);
    let condition = match runner {
        Some(mut runner) => Some(rewritten(condition, &mut runner).await?.to_string()),
        None => None,
    };
    Ok((Some(recipe), condition))
}

/// Fails unless the job to continue from has ended and read the same lists.
async fn check_continuation(call: &Call, earlier: i64, plan: &JobPlan) -> Result<(), Failure> {
    let job = job_to_continue(call, earlier).await?;
    if !job.status.is_terminal() {
        return Err(Failure::bad_request("The job of continueFromJobId has not ended yet"));
    }
    let other = bulk::plan_of(&call.engine, call.instance()?.element_id, &job, call.configuration()?).await?;
    if plan.result.is_sorted() || other.result.is_sorted() {
        return Err(Failure::bad_request("A job with ORDER BY reads its lists completely, so no job can continue it"));
    }
    if !plan.reads_the_lists_of(&other) {
        return Err(Failure::bad_request("The job of continueFromJobId reads another object or other lists"));
    }
    Ok(())
}

/// Returns the job of `continueFromJobId`, which must have downloaded records that are still there.
async fn job_to_continue(call: &Call, id: i64) -> Result<JobRow, Failure> {
    let job = call.engine.store.job(call.instance()?, id).await?;
    let job = job.ok_or_else(|| Failure::not_found(NO_JOB))?;
    if bulk::is_expired(&job) {
        return Err(Failure::not_found(NO_FILE));
    }
    if bulk::spec_of(&job)?.upload.is_some() {
        return Err(Failure::bad_request("The job of continueFromJobId is an upload"));
    }
    Ok(job)
}

fn job_id(text: &str) -> Result<i64, Failure> {
    text.trim().parse().map_err(|_| Failure::not_found(NO_JOB))
}

pub(super) async fn notification(
    call: &Call,
    url: Option<&str>,
    meta_data: Option<&Map<String, Value>>,
) -> Result<Option<Notification>, Failure> {
    let Some(url) = url.map(str::trim).filter(|url| !url.is_empty()) else { return Ok(None) };
    let id = call.element()?.info().id;
    let own = match call.engine.elements.by_id(id) {
        Some(_) => None,
        None => call.engine.defined_routes(call.caller.user()?.organization_id, id).await?,
    };
    callbacks::check(&call.engine, own.as_deref(), url)?;
    let payload = meta_data.and_then(|members| members.get("callback-payload")).cloned();
    Ok(Some(Notification { url: url.to_owned(), payload }))
}

fn file_name_of(meta_data: Option<&Map<String, Value>>) -> Result<Option<String>, Failure> {
    let Some(name) = meta_data.and_then(|members| members.get("fileName")).filter(|name| !name.is_null()) else {
        return Ok(None);
    };
    let name = name.as_str().ok_or_else(|| Failure::bad_request("fileName must be a text"))?;
    match file_name::complaint(name) {
        Some(complaint) => Err(Failure::bad_request(complaint)),
        None => Ok(Some(name.to_owned())),
    }
}

pub(super) fn object(name: &str, value: Option<Value>) -> Result<Map<String, Value>, Failure> {
    match value {
        Some(Value::Object(members)) => Ok(members),
        _ => Err(Failure::bad_request(format!("{name} must be a JSON object"))),
    }
}

/// Fails if the field of a date filter is not a date of a known object.
fn check_date_field(element: &dyn Element, object: &str, field: &str) -> Result<(), Failure> {
    let Some(object) = element.find_object(object).map(|object| element.object(object)) else { return Ok(()) };
    if object.field(field).is_some_and(|field| field.kind == Kind::Date) {
        return Ok(());
    }
    Err(Failure::bad_request(format!("filterDateField must be a date field of {}", object.name)))
}

/// Returns the equivalent statement.
pub(super) fn statement(object: &str, fields: &[String], conditions: &[String], limit: Option<u64>) -> String {
    let fields: Vec<String> = fields.iter().map(|field| quoted(field)).collect();
    let fields = if fields.is_empty() { "*".to_owned() } else { fields.join(",") };
    let mut statement = format!("select {fields} from {}", quoted(object));
    if !conditions.is_empty() {
        statement.push_str(&format!(" where {}", conditions.join(" and ")));
    }
    if let Some(limit) = limit {
        statement.push_str(&format!(" limit {limit}"));
    }
    statement
}

/// Quotes a name for a statement if necessary.
fn quoted(name: &str) -> String {
    let bare = |char: char| char.is_ascii_alphanumeric() || matches!(char, '_' | '.' | '[' | ']' | '*');
    if name.chars().all(bare) && name.starts_with(|char: char| char.is_ascii_alphabetic()) {
        return name.to_owned();
    }
    format!("`{}`", name.replace('`', "``"))
}

/// The members of a body, with typed access.
pub(super) struct Members(pub(super) Map<String, Value>);

impl Members {
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.0.get(name).filter(|value| !value.is_null())
    }

    /// Returns warnings about members that a download does not have; `known` are the parameters in `query`.
    fn ignored(&self, known: &[&str]) -> Vec<Warning> {
        let unknown = self.0.keys().map(String::as_str).filter(|name| !MEMBERS.contains(name));
        let members = unknown.map(|name| Warning::ignored("member", name, MEMBERS));
        let extras = self.extras();
        let unknown = extras.iter().map(|(name, _)| name.as_str()).filter(|name| !known.contains(name));
        members
            .chain(unknown.map(|name| Warning::ignored("parameter", name, known.iter().copied())))
            .take(TOLD)
            .collect()
    }

    /// Returns a string or number that is not blank.
    pub fn text(&self, name: &str) -> Result<Option<String>, Failure> {
        match self.get(name) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text.clone()).filter(|text| !text.trim().is_empty())),
            Some(Value::Number(number)) => Ok(Some(number.to_string())),
            Some(_) => Err(Failure::bad_request(format!("{name} must be a text"))),
        }
    }

    fn number(&self, name: &str) -> Result<Option<u64>, Failure> {
        let wrong = |_| Failure::bad_request(format!("{name} must be a whole number"));
        self.text(name)?.map(|text| text.trim().parse().map_err(wrong)).transpose()
    }

    pub fn positive(&self, name: &str) -> Result<Option<u64>, Failure> {
        match self.number(name)? {
            Some(0) => Err(Failure::bad_request(format!("{name} must be a whole number of at least 1"))),
            number => Ok(number),
        }
    }

    fn truth(&self, name: &str) -> Result<Option<bool>, Failure> {
        match self.get(name) {
            None => Ok(None),
            Some(Value::Bool(truth)) => Ok(Some(*truth)),
            Some(Value::String(text)) if text.eq_ignore_ascii_case("true") => Ok(Some(true)),
            Some(Value::String(text)) if text.eq_ignore_ascii_case("false") => Ok(Some(false)),
            Some(_) => Err(Failure::bad_request(format!("{name} must be true or false"))),
        }
    }

    /// Returns a parameter of `query`.
    fn extra(&self, name: &str) -> Option<String> {
        self.extras().into_iter().find(|(known, _)| known == name).map(|(_, value)| value)
    }

    /// Returns the parameters in `query`, which is an object or a query string.
    fn extras(&self) -> Vec<(String, String)> {
        let text = |value: &Value| match value {
            Value::String(text) => Some(text.clone()),
            Value::Null => None,
            other => Some(other.to_string()),
        };
        match self.get("query") {
            Some(Value::Object(members)) => {
                members.iter().filter_map(|(name, value)| Some((name.clone(), text(value)?))).collect()
            }
            Some(Value::String(text)) => url::form_urlencoded::parse(text.as_bytes()).into_owned().collect(),
            _ => Vec::new(),
        }
    }
}
