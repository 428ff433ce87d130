//! An element whose calls are authorized by OAuth 2.

use std::sync::Arc;

use elementkit::Result;
use elementkit::element::{
    ConfigurationInfo, ConfigurationRole, Connector, Demand, Element, ElementInfo, FieldInfo, Host, HubInfo, ObjectId,
    ObjectInfo, Page, PageRequest, PartitionKey, Partitions, PlanError, ReadPlan, Resource,
};
use elementkit::record::{Batch, Kind, Schema, Value};
use elementkit::vendor::oauth2::{self, OAuth2, keys};
use elementkit::vendor::{
    Context, Decode, Repeat, VendorAnswer, VendorClient, VendorError, VendorErrorKind, VendorRequest, read_base_url,
};
use futures::FutureExt;
use futures::future::BoxFuture;
use url::Url;

/// Key with the address of the vendor.
pub const HOST: &str = "items.base.url";

pub struct Items {
    info: ElementInfo,
    objects: Vec<ObjectInfo>,
    resources: Vec<Resource>,
}

impl Items {
    pub fn element(id: i64, key: &'static str, authentication: &'static str) -> Arc<dyn Element> {
        let default = |id: i64, key: &'static str, value: &'static str| ConfigurationInfo {
            default: Some(value.into()),
            ..ConfigurationInfo::text(id, key, key, 1000)
        };
        let info = ElementInfo {
            id,
            key: key.into(),
            name: key.into(),
            description: "".into(),
            image: "".into(),
            signup_url: "".into(),
            content_type: "application/json".into(),
            authentication: authentication.into(),
            hub: HubInfo { id: 78, key: "items".into(), name: "Items".into(), description: "".into() },
            url_variable: None,
            configuration: vec![
                ConfigurationInfo::password(id * 100, keys::API_KEY, "Client id").role(ConfigurationRole::Access),
                ConfigurationInfo::password(id * 100 + 1, keys::API_SECRET, "Client secret")
                    .role(ConfigurationRole::Secret),
                ConfigurationInfo::text(id * 100 + 2, HOST, "Host", 1000).role(ConfigurationRole::Host),
                ConfigurationInfo::text(id * 100 + 3, keys::CALLBACK_URL, "Callback", 1000),
                ConfigurationInfo::text(id * 100 + 4, keys::USER_TOKEN, "Token", 32).required(),
                default(id * 100 + 5, keys::SCOPE, "read offline_access"),
                default(id * 100 + 6, keys::AUTHORIZATION_URL, "{items.base.url}/authorize"),
                default(id * 100 + 7, keys::TOKEN_URL, "{items.base.url}/token"),
                default(id * 100 + 8, keys::REVOKE_URL, "{items.base.url}/revoke"),
            ],
        };
        let fields = vec![FieldInfo::new("id", Kind::Text, "Id")];
        let resources = vec![Resource::list("/items", ObjectId(0))];
        Arc::new(Self { info, objects: vec![ObjectInfo::new("items", "Items", fields)], resources })
    }
}

impl Element for Items {
    fn info(&self) -> &ElementInfo {
        &self.info
    }

    fn objects(&self) -> &[ObjectInfo] {
        &self.objects
    }

    fn resources(&self) -> &[Resource] {
        &self.resources
    }

    fn plan(&self, _: &Demand<'_>) -> std::result::Result<ReadPlan, PlanError> {
        let schema = Arc::clone(&self.objects[0].schema);
        Ok(ReadPlan::new(schema, Partitions::Known(vec![PartitionKey::root()]), "items", ()))
    }

    fn connect(self: Arc<Self>, host: Host) -> Result<Arc<dyn Connector>> {
        let url = read_base_url(host.url.as_deref().unwrap_or("https://items.invalid"))?;
        let kind = oauth2::Kind::named(&self.info.authentication).unwrap();
        let authorize = OAuth2::new(kind, &host.client, host.configuration);
        Ok(Arc::new(Connection { client: host.client.authorized_by(Arc::new(authorize)), url }))
    }
}

struct Connection {
    client: VendorClient,
    url: Url,
}

struct PageDecoder(Arc<Schema>);

impl Decode<Page> for PageDecoder {
    fn decode(&self, answer: VendorAnswer) -> std::result::Result<Page, VendorError> {
        let status = answer.status.as_u16();
        match status {
            200 => {}
            401 => return Err(VendorError::answered(VendorErrorKind::Unauthorized, status, "the token is invalid")),
            _ => return Err(VendorError::answered(VendorErrorKind::Unavailable, status, "unavailable")),
        }
        let body: serde_json::Value = serde_json::from_slice(&answer.body).unwrap();
        let mut batch = Batch::new(Arc::clone(&self.0));
        for item in body["items"].as_array().unwrap() {
            batch.push_null_row();
            batch.set_last(0, Value::Text(item["id"].as_str().unwrap()));
        }
        let next = body["next"].as_str().map(str::to_owned);
        Ok(Page { next, ..Page::last(batch) })
    }
}

impl Connection {
    fn request(&self, path: &'static str) -> VendorRequest {
        VendorRequest::get(self.url.join(path).unwrap(), path)
    }
}

impl Connector for Connection {
    fn verify<'a>(&'a self, context: &'a Context) -> BoxFuture<'a, std::result::Result<(), VendorError>> {
        let decoder = PageDecoder(Arc::new(Schema::new([])));
        async move { self.client.call(context, self.request("/me"), Repeat::Always, &decoder).await.map(drop) }.boxed()
    }

    fn page<'a>(
        &'a self,
        context: &'a Context,
        request: PageRequest<'a>,
    ) -> BoxFuture<'a, std::result::Result<Page, VendorError>> {
        async move {
            let mut page = self.request("/items");
            if let Some(cursor) = request.cursor {
                page.url.query_pairs_mut().append_pair("cursor", cursor);
            }
            let decoder = PageDecoder(Arc::clone(&request.plan.schema));
            self.client.call(context, page, Repeat::Always, &decoder).await
        }
        .boxed()
    }
}
