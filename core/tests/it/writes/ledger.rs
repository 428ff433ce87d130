//! An element that reads and writes the accounts of the vendor.

use std::sync::Arc;

use elementkit::element::{
    Answer, CallBody, ConfigurationInfo, ConfigurationRole, Connector, Demand, Element, ElementInfo, FieldInfo, Head,
    Host, HubInfo, ObjectId, ObjectInfo, Page, PageRequest, ParameterInfo, PartitionKey, Partitions, PlanError,
    ReadPlan, Resource, ResourceCall, ResourceKind,
};
use elementkit::record::{Batch, Kind, Schema, Value as Cell};
use elementkit::vendor::{
    Context, Decode, Repeat, VendorAnswer, VendorClient, VendorError, VendorErrorKind, VendorRequest, read_base_url,
};
use futures::FutureExt;
use futures::future::BoxFuture;
use http::header::{CONTENT_TYPE, ETAG, HeaderValue};
use http::{HeaderMap, Method};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Map, Value};
use url::Url;

const ACCOUNTS: ObjectId = ObjectId(0);

pub struct Ledger {
    info: ElementInfo,
    objects: Vec<ObjectInfo>,
    resources: Vec<Resource>,
}

impl Ledger {
    pub fn new(id: i64, key: &'static str) -> Self {
        Self { info: info(id, key), objects: objects(), resources: resources() }
    }
}

fn info(id: i64, key: &'static str) -> ElementInfo {
    ElementInfo {
        id,
        key: key.into(),
        name: "Ledger".into(),
        description: "Accounts that can be written.".into(),
        image: "".into(),
        signup_url: "".into(),
        content_type: "application/json".into(),
        authentication: "custom".into(),
        hub: HubInfo { id: 70, key: "finance".into(), name: "Finance".into(), description: "Money.".into() },
        url_variable: None,
        configuration: vec![ConfigurationInfo::password(1, "ledger.key", "Key").role(ConfigurationRole::Secret)],
    }
}

fn objects() -> Vec<ObjectInfo> {
    let field = |name, kind| FieldInfo::new(name, kind, "A field.");
    let fields = vec![
        field("id", Kind::Text).read_only(),
        field("name", Kind::Text),
        field("amount", Kind::Float),
        field("opened", Kind::Text),
        field("note", Kind::Text),
        field("tags", Kind::Json),
    ];
    vec![ObjectInfo { long_name: "ledgerAccounts".into(), ..ObjectInfo::new("accounts", "Accounts.", fields) }]
}

pub fn resources() -> Vec<Resource> {
    let parameter = |name, doc| ParameterInfo { name, doc };
    let notify = parameter("notify".into(), "Whether the owners receive a message.".into());
    let matched = parameter("If-Match".into(), "The entity tag that is to be replaced.".into());
    let lock = Method::from_bytes(b"LOCK").unwrap();
    vec![
        Resource::list("/accounts", ACCOUNTS),
        Resource { parameters: vec![notify], ..Resource::create("/accounts", ACCOUNTS) },
        Resource::one("/accounts/{accountId}", ACCOUNTS),
        Resource { headers: vec![matched], ..Resource::replace("/accounts/{accountId}", ACCOUNTS) },
        Resource::update("/accounts/{accountId}", ACCOUNTS),
        Resource::delete("/accounts/{accountId}", ACCOUNTS),
        Resource::any(lock, "/accounts/{accountId}", ACCOUNTS),
        Resource::any(Method::POST, "/searches", ACCOUNTS),
        Resource::any(Method::PUT, "/accounts/{accountId}/logo", ACCOUNTS),
        Resource { published: false, ..Resource::any(Method::GET, "/accounts/{accountId}/logo", ACCOUNTS) },
    ]
}

impl Element for Ledger {
    fn info(&self) -> &ElementInfo {
        &self.info
    }

    fn objects(&self) -> &[ObjectInfo] {
        &self.objects
    }

    fn resources(&self) -> &[Resource] {
        &self.resources
    }

    fn plan(&self, demand: &Demand<'_>) -> Result<ReadPlan, PlanError> {
        let schema = Arc::clone(&self.objects[0].schema);
        let only = demand.path.get("accountId").map(str::to_owned);
        let partitions = Partitions::Known(vec![PartitionKey::root()]);
        let plan = ReadPlan::new(schema, partitions, format!("{only:?}"), only);
        Ok(ReadPlan { residual: demand.condition.cloned(), ..plan })
    }

    fn connect(self: Arc<Self>, host: Host) -> elementkit::Result<Arc<dyn Connector>> {
        let url = read_base_url(host.url.as_deref().unwrap_or("https://ledger.invalid"))?;
        Ok(Arc::new(Books { client: host.client, url, schema: Arc::clone(&self.objects[0].schema) }))
    }
}

struct Books {
    client: VendorClient,
    url: Url,
    schema: Arc<Schema>,
}

impl Books {
    fn request(&self, method: Method, template: &str, id: Option<&str>) -> VendorRequest {
        let id = id.map(|id| utf8_percent_encode(id, NON_ALPHANUMERIC).to_string());
        let mut url = self.url.clone();
        url.set_path(&template.replace("{accountId}", &id.unwrap_or_default()));
        VendorRequest { method, ..VendorRequest::get(url, template.to_owned()) }
    }
}

impl Connector for Books {
    fn verify<'a>(&'a self, _: &'a Context) -> BoxFuture<'a, Result<(), VendorError>> {
        Box::pin(async { Ok(()) })
    }

    fn page<'a>(&'a self, context: &'a Context, request: PageRequest<'a>) -> BoxFuture<'a, Result<Page, VendorError>> {
        async move {
            let only = request.plan.own.downcast_ref::<Option<String>>().cloned().flatten();
            let template = if only.is_some() { "/accounts/{accountId}" } else { "/accounts" };
            let asked = self.request(Method::GET, template, only.as_deref());
            let answer = self.client.call(context, asked, Repeat::Always, &Reading).await?;
            let records = match json_of(&answer)? {
                Value::Array(records) => records,
                record => vec![record],
            };
            let batch = batch(&self.schema, records);
            Ok(Page::last(batch))
        }
        .boxed()
    }

    fn call<'a>(&'a self, context: &'a Context, call: ResourceCall<'a>) -> BoxFuture<'a, Result<Answer, VendorError>> {
        async move {
            let ResourceCall { resource, path, parameters, headers, body } = call;
            let method = resource.method.clone();
            let mut request = self.request(method.clone(), &resource.template, path.get("accountId"));
            if let Some(notify) = parameters.get("notify") {
                request.url.query_pairs_mut().append_pair("notify", notify);
            }
            request.headers = headers.clone();
            let (media_type, bytes) = match body {
                CallBody::Empty => ("", Vec::new().into()),
                CallBody::Record(text) => ("application/json", text.to_owned().into()),
                CallBody::Bytes { media_type, bytes } => (media_type, bytes.clone()),
                CallBody::Stream { .. } => panic!("no resource streams its body"),
            };
            if let Some(media_type) = Some(media_type).filter(|media_type| !media_type.is_empty()) {
                request.headers.insert(CONTENT_TYPE, HeaderValue::from_str(media_type).unwrap());
            }
            request.body = bytes;
            let answer = self.client.call(context, request, Repeat::of(&method), &Reading).await?;
            if resource.kind.takes_record() {
                return Ok(Answer::Record(batch(&self.schema, vec![json_of(&answer)?])));
            }
            // Everything that the vendor sent, so that the engine has to choose.
            let head = Head::of(answer.headers.clone());
            if resource.template == "/searches" {
                let Value::Array(found) = json_of(&answer)? else { return Ok(Answer::Empty(head)) };
                return Ok(Answer::Rows(batch(&self.schema, found)));
            }
            Ok(match resource.kind {
                ResourceKind::Any if !answer.body.is_empty() => {
                    Answer::Bytes { head, body: elementkit::body::full(answer.body) }
                }
                _ => Answer::Empty(head),
            })
        }
        .boxed()
    }
}

/// Classifies failures and leaves the body as it is.
struct Reading;

impl Decode<VendorAnswer> for Reading {
    fn decode(&self, answer: VendorAnswer) -> Result<VendorAnswer, VendorError> {
        let status = answer.status.as_u16();
        let kind = match status {
            200..300 => return Ok(answer),
            401 => VendorErrorKind::Unauthorized,
            403 => VendorErrorKind::Forbidden,
            404 => VendorErrorKind::NotFound,
            405 | 406 | 409 | 415 => VendorErrorKind::Refused,
            429 => VendorErrorKind::Throttled,
            500.. => VendorErrorKind::Unavailable,
            _ => VendorErrorKind::BadRequest,
        };
        let document: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
        Err(VendorError::answered(kind, status, document["error"].as_str().unwrap_or_default()))
    }
}

fn json_of(answer: &VendorAnswer) -> Result<Value, VendorError> {
    let malformed = |error: serde_json::Error| {
        VendorError::answered(VendorErrorKind::MalformedResponse, answer.status.as_u16(), error.to_string())
    };
    serde_json::from_slice(&answer.body).map_err(malformed)
}

fn batch(schema: &Arc<Schema>, records: Vec<Value>) -> Batch {
    let mut batch = Batch::new(Arc::clone(schema));
    for record in records {
        let members: Map<String, Value> = serde_json::from_value(record).unwrap();
        batch.push_null_row();
        for (column, info) in schema.columns().iter().enumerate() {
            match members.get(&*info.name) {
                None | Some(Value::Null) => {}
                Some(Value::String(text)) if info.kind == Kind::Text => batch.set_last(column, Cell::Text(text)),
                Some(Value::Number(number)) if info.kind == Kind::Float => {
                    batch.set_last(column, Cell::Float(number.as_f64().unwrap()));
                }
                Some(value) => batch.set_last(column, Cell::Json(&value.to_string())),
            }
        }
    }
    batch
}

/// Returns the entity tag of an answer.
pub fn tag(headers: &HeaderMap) -> Option<&str> {
    headers.get(ETAG)?.to_str().ok()
}
