//! The description of the element.

use std::sync::Arc;

use elementkit::element::{
    ConfigurationInfo, ConfigurationRole, Connector, Demand, Element, ElementInfo, FieldInfo, Host, HubInfo, ObjectId,
    ObjectInfo, ParameterInfo, PlanError, ReadPlan, Resource,
};
use elementkit::record::Kind;
use elementkit::vendor::oauth2;
use http::Method;

use crate::connector::Vendor;
use crate::plan;

/// Accounts.
pub const ACCOUNTS: ObjectId = ObjectId(0);
/// Notes of all accounts, read as one list or as that of one account.
pub const NOTES: ObjectId = ObjectId(1);
/// The same notes, read account by account.
pub const ACCOUNT_NOTES: ObjectId = ObjectId(2);

/// Configuration keys.
pub mod keys {
    /// Bearer token.
    pub const TOKEN: &str = "testbed.access.token";
    /// Address that replaces the vendor's.
    pub const BASE_URL: &str = "testbed.base.url";
}

/// Way in which instances get access to the vendor. Each is an element of its own, since the catalogue has one kind of
/// authentication for each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// A token in the configuration: the element `testbed`.
    Token,
    /// A user who grants access: `testbedUser`.
    User,
    /// A client that has access itself: `testbedClient`.
    Client,
}

/// The element.
#[derive(Debug)]
pub struct Testbed {
    access: Access,
    info: ElementInfo,
    objects: Vec<ObjectInfo>,
    resources: Vec<Resource>,
}

impl Testbed {
    /// Creates the element with a kind of access. Logins go to the base URL of the instance.
    pub fn new(access: Access) -> Self {
        Self::at(access, &format!("{{{}}}", keys::BASE_URL))
    }

    /// Creates the element with a kind of access. Logins go to the vendor at this address.
    pub fn at(access: Access, vendor: &str) -> Self {
        Self { access, info: info(access, vendor), objects: objects(), resources: resources() }
    }
}

impl Default for Testbed {
    fn default() -> Self {
        Self::new(Access::Token)
    }
}

impl Access {
    /// Returns the login with OAuth 2, if there is one.
    pub(crate) fn login(self) -> Option<oauth2::Kind> {
        match self {
            Self::Token => None,
            Self::User => Some(oauth2::Kind::Pkce),
            Self::Client => Some(oauth2::Kind::ClientCredentials),
        }
    }
}

impl Element for Testbed {
    fn info(&self) -> &ElementInfo {
        &self.info
    }

    fn objects(&self) -> &[ObjectInfo] {
        &self.objects
    }

    fn resources(&self) -> &[Resource] {
        &self.resources
    }

    fn check_configuration(&self, key: &str, value: &str) -> Result<(), String> {
        let is_token = value.bytes().all(|byte| byte.is_ascii_graphic());
        if key == keys::TOKEN && !is_token {
            Err(format!("{key} has characters that a token cannot have"))
        } else {
            Ok(())
        }
    }

    fn plan(&self, demand: &Demand<'_>) -> Result<ReadPlan, PlanError> {
        let object = self.objects.get(usize::from(demand.object.0)).ok_or(PlanError::NotFound)?;
        plan::plan(demand, &object.schema, &self.objects[usize::from(ACCOUNTS.0)].schema)
    }

    fn takes_uploads(&self, object: ObjectId) -> bool {
        object == ACCOUNTS
    }

    fn connect(self: Arc<Self>, host: Host) -> elementkit::Result<Arc<dyn Connector>> {
        Ok(Arc::new(Vendor::new(self.access, &host, Arc::clone(&self.objects[usize::from(ACCOUNTS.0)].schema))?))
    }
}

fn info(access: Access, vendor: &str) -> ElementInfo {
    let (number, key, authentication) = match access {
        Access::Token => (1, "testbed", "custom"),
        Access::User => (2, "testbedUser", "oauth2Pkce"),
        Access::Client => (3, "testbedClient", "oauth2ClientCredentials"),
    };
    let id = 90_000 + 10 * number;
    let token = ConfigurationInfo::password(id + 1, keys::TOKEN, "Access token").role(ConfigurationRole::Secret);
    let mut configuration = match access {
        Access::Token => vec![token.required()],
        Access::User | Access::Client => login_configuration(id + 3, vendor),
    };
    let base_url = ConfigurationInfo::text(id + 2, keys::BASE_URL, "Base URL", 1000).role(ConfigurationRole::Host);
    configuration.push(base_url);
    ElementInfo {
        id: 9000 + number,
        key: key.into(),
        name: "Testbed".into(),
        description: "A small CRM, for tests".into(),
        image: "".into(),
        signup_url: "".into(),
        content_type: "application/json".into(),
        authentication: authentication.into(),
        hub: HubInfo { id: 901, key: "crm".into(), name: "CRM".into(), description: "Customers".into() },
        url_variable: None,
        configuration,
    }
}

/// Returns the configuration keys of a login with OAuth 2.
fn login_configuration(first_id: i64, vendor: &str) -> Vec<ConfigurationInfo> {
    let own = |name: &'static str, key: &'static str| ConfigurationInfo::text(0, key, name, 1000);
    let with_default = |name: &'static str, key: &'static str, value: String| ConfigurationInfo {
        default: Some(value.into()),
        ..own(name, key)
    };
    let secret = |name: &'static str, key: &'static str| ConfigurationInfo::password(0, key, name);
    let address = |path: &str| format!("{vendor}/oauth/{path}");
    let all = [
        secret("Client id", oauth2::keys::API_KEY).role(ConfigurationRole::Access).required(),
        secret("Client secret", oauth2::keys::API_SECRET).role(ConfigurationRole::Secret).required(),
        own("Callback", oauth2::keys::CALLBACK_URL),
        own("Token", oauth2::keys::USER_TOKEN).required(),
        with_default("Scopes", oauth2::keys::SCOPE, "crm.read crm.write offline_access".to_owned()),
        with_default("Grants", oauth2::keys::AUTHORIZATION_URL, address("authorize")),
        with_default("Tokens", oauth2::keys::TOKEN_URL, address("token")),
        with_default("Revocations", oauth2::keys::REVOKE_URL, address("revoke")),
    ];
    all.into_iter().zip(first_id..).map(|(info, id)| ConfigurationInfo { id, ..info }).collect()
}

fn objects() -> Vec<ObjectInfo> {
    let field = |name: &'static str, kind: Kind, doc: &'static str| FieldInfo::new(name, kind, doc);
    let object = |name: &'static str, doc: &'static str, fields: Vec<FieldInfo>| ObjectInfo {
        last_modified: vec!["updatedAt".into()],
        ..ObjectInfo::new(name, doc, fields)
    };
    let note = || {
        vec![
            field("id", Kind::Text, "Id"),
            field("accountId", Kind::Text, "Id of the account"),
            field("text", Kind::Text, "Text"),
            field("pinned", Kind::Bool, "Whether it is shown first"),
            field("sentiment", Kind::Float, "From -1 to 1"),
            field("author", Kind::Json, "Person").native("object"),
            field("updatedAt", Kind::Date, "Time of the last change"),
        ]
    };
    let account = vec![
        field("id", Kind::Text, "Id").read_only(),
        field("name", Kind::Text, "Name"),
        field("active", Kind::Bool, "Whether there is a contract"),
        field("employees", Kind::Int, "Number of employees"),
        field("rating", Kind::Float, "From 0 to 5"),
        field("balance", Kind::Float, "Balance in euros"),
        field("website", Kind::Text, "URL"),
        field("customerSince", Kind::Date, "Day of the first contract"),
        field("address", Kind::Json, "Address").native("object"),
        field("tags", Kind::Json, "Tags"),
        field("owner", Kind::Json, "Person who cares for it").native("object"),
        field("createdAt", Kind::Date, "Time of the creation").read_only(),
        field("updatedAt", Kind::Date, "Time of the last change").read_only(),
        field("custom", Kind::Json, "Members that few accounts have").native("object"),
    ];
    vec![
        ObjectInfo { aliases: vec!["companies".into()], ..object("accounts", "Companies", account) },
        object("notes", "Notes about accounts", note()),
        object("accountNotes", "Notes about accounts, read account by account", note()),
    ]
}

fn resources() -> Vec<Resource> {
    let since =
        ParameterInfo { name: "updatedSince".into(), doc: "Only accounts changed at this time or later.".into() };
    vec![
        Resource { parameters: vec![since], ..Resource::list("/accounts", ACCOUNTS) },
        Resource::create("/accounts", ACCOUNTS),
        Resource::one("/accounts/{id}", ACCOUNTS),
        Resource::replace("/accounts/{id}", ACCOUNTS),
        Resource::update("/accounts/{id}", ACCOUNTS),
        Resource::delete("/accounts/{id}", ACCOUNTS),
        Resource::any(Method::POST, "/accounts/{id}/merge", ACCOUNTS),
        Resource { published: false, ..Resource::any(Method::GET, "/exports/{bytes}", ACCOUNTS) },
        Resource::list("/accounts/{accountId}/notes", NOTES),
        Resource::list("/notes", NOTES),
        Resource::one("/notes/{id}", NOTES),
        Resource::list("/account-notes", ACCOUNT_NOTES),
    ]
}
