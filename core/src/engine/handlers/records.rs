//! Resource calls: the records of the element (spec P 7).

use std::sync::Arc;
use std::time::Instant;

use http::StatusCode;
use serde_json::json;

use super::input::Input;
use super::instances::view::date_text;
use super::list_body::ListBody;
use super::query_warnings::{ListQuery, anomaly_of, query_warnings, unseen_field};
use super::source::Source;
use super::writes::{reply, with_head};
use crate::auth::{Authorization, Secret};
use crate::element::{Connector, Demand, PlanError, Purpose, ReadPlan};
use crate::engine::bulk::ListColumns;
use crate::engine::call::Call;
use crate::engine::contract::{FILTER_NULLS, PREFIX};
use crate::engine::failure::Failure;
use crate::engine::paging::page_size_within;
use crate::engine::read::{List, ListRequest, Reader, Unseen, read_list, read_single};
use crate::engine::reply::{Reply, names};
use crate::engine::script::Configuration;
use crate::engine::store::{InstanceRow, now_s};
use crate::engine::transform::Shown;
use crate::engine::vendor::in_time;
use crate::model::discovery::Ping;
use crate::query::{
    Comparison, Expr, Field, Literal, Operator, OrderBy, Projection, Test, parse_fields, parse_order_by, parse_where,
};
use crate::record::Batch;
use crate::vendor;
use crate::warning::Warning;

/// Parameters that choose a page of a list, to which its tokens are not bound.
const PAGE_PARAMETERS: [&str; 3] = ["page", "pageSize", "nextPage"];

/// `GET` of a path of the element.
pub(crate) async fn read(call: &Call) -> Result<Reply, Failure> {
    answer(call, Source::of_element(call).await?).await
}

/// `GET` of a path that names a common resource (spec P 9.14).
pub(crate) async fn common(call: &Call) -> Result<Reply, Failure> {
    answer(call, Source::of_common_resource(call).await?).await
}

pub(super) async fn answer(call: &Call, mut source: Source) -> Result<Reply, Failure> {
    refuse_unavailable(&source)?;
    let instance = call.instance()?;
    source.open_runner(call)?;
    let input = Input::with_body(call, source.resource()).await?;
    let query = ListParameters::read(call, &mut source).await?;
    let plan = plan(&source, &input, &query)?;
    let organization = call.caller.user()?.organization_id;
    let connector = call.engine.vendors.of(&call.engine, organization, call.element()?, instance)?;
    let outcome = match source.resource().is_single() {
        true => read_one(call, &mut source, connector, &plan, &query).await,
        false => read_many(call, &mut source, connector, plan, (&input, &query)).await,
    };
    let verdict = verdict(&outcome);
    note_validity(call, instance, verdict).await;
    outcome
}

/// Refuses a call of a resource that this program cannot make (spec E 7.62).
pub(super) fn refuse_unavailable(source: &Source) -> Result<(), Failure> {
    match source.element.obstacle(source.resource()) {
        Some(obstacle) => Err(PlanError::Obstacle(obstacle).into()),
        None => Ok(()),
    }
}

/// Reads the record of a list whose key is this text; `parameters` may select its fields.
pub(super) async fn answer_by_key(call: &Call, mut source: Source, key: &str) -> Result<Reply, Failure> {
    refuse_unavailable(&source)?;
    let instance = call.instance()?;
    source.open_runner(call)?;
    let input = Input::with_body(call, source.resource()).await?;
    let [field] = source.object().primary_key.as_slice() else { return Err(Failure::not_supported()) };
    let condition = Expr::Is(Comparison {
        field: Field::property(field.to_string()),
        test: Test::Compare(Operator::Equal, Literal { text: key.to_owned(), quoted: true }),
    });
    let query = ListParameters { page: 1, page_size: 1, ..ListParameters::read(call, &mut source).await? };
    let query = ListParameters { condition: Some(condition), order_by: Vec::new(), ..query };
    let plan = plan(&source, &input, &query)?;
    let organization = call.caller.user()?.organization_id;
    let connector = call.engine.vendors.of(&call.engine, organization, call.element()?, instance)?;
    let outcome = read_first(call, &mut source, connector, plan, (&input, &query)).await;
    note_validity(call, instance, verdict(&outcome)).await;
    outcome
}

/// Returns the first record of a list, or 404 if it is empty.
async fn read_first(
    call: &Call,
    source: &mut Source,
    connector: Arc<dyn Connector>,
    plan: Arc<ReadPlan>,
    (input, query): (&Input, &ListParameters),
) -> Result<Reply, Failure> {
    let mut page = read_list(&mut ListRequest {
        instance: call.instance()?,
        reader: Reader { connector, context: call.trace.context() },
        plan,
        order_by: Vec::new(),
        page: 1,
        page_size: 1,
        token: None,
        count: false,
        look_for: Unseen::default(),
        list: query.list(call, source, input),
        time_limit: call.engine.options.call_time_limit,
    })
    .await?;
    if let Some(answer) = page.whole.take() {
        return reply(call, source, answer, query.fields.as_deref()).await;
    }
    if page.batch.is_empty() && page.next.is_some() {
        // The time limit has ended the search.
        return Err(Failure::plain(StatusCode::GATEWAY_TIMEOUT).with_hint("Use a bulk query with this condition."));
    }
    one_of(call, source, &page.batch, query).await
}

/// Plans the read of a resource.
fn plan(source: &Source, input: &Input, query: &ListParameters) -> Result<Arc<ReadPlan>, Failure> {
    let resource = source.resource();
    let demand = Demand {
        purpose: Purpose::Live,
        object: resource.object,
        resource: Some(resource),
        path: &input.path,
        condition: query.condition.as_ref().filter(|_| !resource.is_single()),
        from: None,
        to: None,
        parameters: &input.parameters,
        headers: &input.headers,
        body: input.body.borrowed(),
        configuration: &query.configuration,
    };
    Ok(Arc::new(source.element.plan(&demand)?))
}

/// `GET /ping` (spec P 7.10).
pub(crate) async fn ping(call: &Call) -> Result<Reply, Failure> {
    let instance = call.instance()?;
    let element = call.element()?;
    let organization = call.caller.user()?.organization_id;
    let connector = call.engine.vendors.of(&call.engine, organization, call.element()?, instance)?;
    let answer = in_time(call, async |cx| connector.verify(&cx).await).await?;
    let outcome = answer.map_err(Failure::from).and_then(|()| {
        Reply::json(&Ping { date_time: date_text(now_s()), endpoint: &element.info().key, valid: true })
    });
    note_validity(call, instance, verdict(&outcome)).await;
    outcome
}

/// The parameters of a list call, checked before any vendor call (spec P 7.3, 7.5).
struct ListParameters {
    /// The condition as given, in canonical form.
    given: Option<String>,
    given_order: Vec<String>,
    /// The condition in the vendor's names, before scripts rewrite it.
    translated: Option<String>,
    /// The condition in the vendor's names.
    condition: Option<Expr>,
    order_by: Vec<OrderBy>,
    fields: Option<Vec<String>>,
    page: usize,
    page_size: usize,
    /// Values of the instance.
    configuration: Arc<vendor::Configuration>,
    /// Warnings for a call that succeeds (spec P 4.1).
    warnings: Vec<Warning>,
}

impl ListParameters {
    /// Reads the parameters, and translates those of a common resource into the vendor's names.
    async fn read(call: &Call, source: &mut Source) -> Result<Self, Failure> {
        let wrong = |error: crate::query::ParseError| Failure::bad_request(error.to_string());
        let configuration = call.configuration()?;
        let (page_size, capped) = page_size_within(call, source.element.page_sizes(source.resource(), &configuration))?;
        let mut condition = parse_where(call.query.get("where").unwrap_or_default()).map_err(wrong)?;
        let given = condition.as_ref().map(ToString::to_string);
        let resource = source.resource();
        let given_fields = call.query.filled("fields").map(str::to_owned);
        let given_fields = given_fields.or_else(|| source.element.default_fields(resource, &configuration));
        let fields = given_fields.filter(|_| !resource.selected_by_vendor);
        let fields = fields.as_deref().map(parse_fields).transpose().map_err(wrong)?;
        let mut order_by = match call.query.filled("orderBy").filter(|_| !resource.ordered_by_vendor) {
            Some(text) => parse_order_by(text).map_err(wrong)?,
            None => Vec::new(),
        };
        let question = ListQuery { condition: condition.as_ref(), fields: fields.as_deref(), order: &order_by };
        let warnings = warnings(call, source, &question);
        let (given_order, mut translated) = (printed(&order_by), given.clone());
        if let Some(applied) = &source.applied {
            if let Some(given) = condition {
                translated = applied.translated(&given).ok().map(|condition| condition.to_string());
                condition = Some(applied.condition(given, source.runner.as_mut()).await?);
            }
            order_by = applied.order(&order_by)?;
        }
        source.check_parent(condition.as_ref())?;
        Ok(Self {
            given,
            given_order,
            translated,
            condition,
            order_by,
            fields,
            page: call.query.page()?,
            page_size,
            configuration,
            warnings: capped.into_iter().chain(warnings).collect(),
        })
    }

    /// Returns what a page token is bound to (spec BT 2.5).
    fn list(&self, call: &Call, source: &Source, input: &Input) -> List {
        let resource = source.resource();
        let parameters = resource.parameters.iter().map(|parameter| &*parameter.name);
        // Those of the platform are bound apart, and the rest of an open resource has no effect on the list.
        let parameters = parameters.filter(|name| !PAGE_PARAMETERS.contains(name));
        let parameters = parameters.map(|name| input.parameters.get(name));
        let recipe = source.applied.as_ref().map(|applied| &applied.recipe);
        let asked = json!([
            call.route.path,
            recipe.map(|recipe| &recipe.name),
            input.path.iter().collect::<Vec<_>>(),
            self.given,
            self.given_order,
            self.fields,
            parameters.collect::<Vec<_>>(),
        ]);
        // A script may rewrite a condition differently each time, so its result is not part of the binding.
        let scripts = recipe.filter(|recipe| recipe.rewrites_conditions()).map(|recipe| json!(recipe.scripts));
        let meaning = json!([source.object().name, self.translated, printed(&self.order_by), scripts]);
        List { asked: asked.to_string(), meaning: meaning.to_string() }
    }
}

/// Returns an order in canonical form.
fn printed(order: &[OrderBy]) -> Vec<String> {
    order.iter().map(ToString::to_string).collect()
}

async fn read_many(
    call: &Call,
    source: &mut Source,
    connector: Arc<dyn Connector>,
    plan: Arc<ReadPlan>,
    (input, query): (&Input, &ListParameters),
) -> Result<Reply, Failure> {
    let look_for = look_for(source, &plan, query);
    // An empty token is the first page (spec P 7.4).
    let (token, columns) = ListColumns::of_token(call.query.filled("nextPage"), call.instance()?);
    let mut request = ListRequest {
        instance: call.instance()?,
        reader: Reader { connector, context: call.trace.context() },
        plan,
        order_by: query.order_by.clone(),
        page: query.page,
        page_size: query.page_size,
        token,
        count: counts(call),
        look_for,
        list: query.list(call, source, input),
        time_limit: call.engine.options.call_time_limit,
    };
    let started = Instant::now();
    let mut page = read_list(&mut request).await?;
    let head = std::mem::take(&mut page.head);
    if let Some(answer) = page.whole.take() {
        let reply = reply(call, source, answer, query.fields.as_deref()).await?;
        return Ok(with_head(reply, head));
    }
    let mut body = ListBody::new(call, query.fields.as_deref(), columns, started);
    body.add(source, &page.batch).await?;
    body.add_pages(source, &mut request, &mut page).await;
    let (mut reply, token) = body.into_reply(page.next.as_ref())?;
    if let Some(total) = page.total {
        reply = reply.header(names::TOTAL_COUNT, total);
    }
    if let Some(token) = token {
        reply = reply.text_header(names::NEXT_PAGE_TOKEN, &token);
    }
    Ok(with_head(reply, head)
        .warn(query.warnings.iter().cloned())
        .warn(page.warnings.iter().filter_map(|code| anomaly_of(code)))
        .warn(page.unseen.names().iter().map(|name| unseen_field(name))))
}

/// Returns the fields that the engine looks for in the records of an object that does not list all of its fields.
fn look_for(source: &Source, plan: &ReadPlan, query: &ListParameters) -> Unseen {
    if source.applied.is_some() || !source.object().open {
        return Unseen::default();
    }
    Unseen::of(plan, &query.order_by, query.fields.as_deref())
}

/// Returns whether the records of all pages are to be counted (spec P 7.4).
fn counts(call: &Call) -> bool {
    ["returnCount", "includeTotalCount", "returnTotalCount"].iter().any(|name| call.query.flag(name))
}

/// Returns the warnings about names, which are sent with the first page only.
fn warnings(call: &Call, source: &Source, question: &ListQuery<'_>) -> Vec<Warning> {
    if call.query.filled("nextPage").is_some() {
        return Vec::new();
    }
    let recipe = source.applied.as_ref().map(|applied| &applied.recipe);
    query_warnings(question, source.object(), recipe)
}

async fn read_one(
    call: &Call,
    source: &mut Source,
    connector: Arc<dyn Connector>,
    plan: &Arc<ReadPlan>,
    query: &ListParameters,
) -> Result<Reply, Failure> {
    let batch = in_time(call, async |context| read_single(&Reader { connector, context }, plan).await).await??;
    one_of(call, source, &batch, query).await
}

/// Returns the first record, or 404 if there is none.
async fn one_of(call: &Call, source: &mut Source, batch: &Batch, query: &ListParameters) -> Result<Reply, Failure> {
    let mut first = Batch::new(Arc::clone(batch.schema()));
    batch.rows().take(1).for_each(|row| first.push_row(row));
    let mut out = Vec::new();
    match write_records(call, source, &first, query.fields.as_deref(), &mut out).await? {
        0 => Err(Failure::plain(StatusCode::NOT_FOUND)),
        _ => Ok(Reply::json_bytes(out)),
    }
}

/// Appends records as JSON objects separated by commas. Returns their number.
pub(super) async fn write_records(
    call: &Call,
    source: &mut Source,
    batch: &Batch,
    fields: Option<&[String]>,
    out: &mut Vec<u8>,
) -> Result<usize, Failure> {
    let nulls = keeps_nulls(call.instance()?);
    out.reserve(batch.text_len() * 2);
    if let Some(applied) = &source.applied {
        return applied.write_records(batch, source.runner.as_mut(), Shown { fields, nulls }, out).await;
    }
    let projection = fields.map(|fields| Projection::compile(fields, batch.schema()));
    for (position, row) in batch.rows().enumerate() {
        if position > 0 {
            out.push(b',');
        }
        match &projection {
            Some(projection) => projection.write_json(row, nulls, out),
            None => row.write_json(nulls, out),
        }
    }
    Ok(batch.len())
}

/// Returns the configuration that scripts see, with secrets only if the engine allows it (spec P 9.12, 16.10).
pub(crate) fn script_configuration(call: &Call, token: Option<&Secret>) -> Configuration {
    let host = call.header(http::header::HOST).unwrap_or("localhost").to_owned();
    let mut configuration =
        Configuration { protocol: "http".to_owned(), host, path_prefix: PREFIX.to_owned(), ..Configuration::default() };
    if call.engine.options.expose_script_secrets {
        let header = call.header(http::header::AUTHORIZATION).unwrap_or_default();
        let given = Authorization::parse(header).unwrap_or_default();
        configuration.user_secret = given.user;
        configuration.organization_secret = given.organization;
        configuration.element_instance_token = token.cloned();
    }
    configuration
}

/// Returns whether responses of this instance keep nulls (spec P 7.9).
pub(crate) fn keeps_nulls(instance: &InstanceRow) -> bool {
    instance.configuration.get(FILTER_NULLS).is_some_and(|value| value == "false")
}

/// Returns whether the vendor accepted the credentials, or `None` if the outcome does not show it.
pub(super) fn verdict<T>(outcome: &Result<T, Failure>) -> Option<bool> {
    match outcome {
        Ok(_) => Some(true),
        Err(failure) if failure.status == StatusCode::UNAUTHORIZED => Some(false),
        Err(_) => None,
    }
}

/// Stores whether the vendor accepted the credentials (spec P 6.1, `valid`).
pub(super) async fn note_validity(call: &Call, instance: &InstanceRow, verdict: Option<bool>) {
    let Some(valid) = verdict.filter(|valid| *valid != instance.valid) else { return };
    if let Err(error) = call.engine.store.set_valid(instance.id, valid).await {
        tracing::warn!(%error, "the validity of the instance could not be stored");
    }
}
