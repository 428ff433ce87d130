//! The description of the element.

use std::sync::Arc;

use elementkit::element::{
    ConfigurationInfo, ConfigurationRole, Connector, Demand, Element, ElementInfo, FieldInfo, Host, HubInfo, ObjectId,
    ObjectInfo, ParameterInfo, PlanError, ReadPlan, Resource,
};
use elementkit::record::Kind;

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

/// The element.
#[derive(Debug)]
pub struct Testbed {
    info: ElementInfo,
    objects: Vec<ObjectInfo>,
    resources: Vec<Resource>,
}

impl Default for Testbed {
    fn default() -> Self {
        Self { info: info(), objects: objects(), resources: resources() }
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

    fn connect(self: Arc<Self>, host: Host) -> elementkit::Result<Arc<dyn Connector>> {
        Ok(Arc::new(Vendor::new(&host)?))
    }
}

fn info() -> ElementInfo {
    ElementInfo {
        id: 9001,
        key: "testbed".into(),
        name: "Testbed".into(),
        description: "A small CRM, for tests".into(),
        image: "".into(),
        signup_url: "".into(),
        content_type: "application/json".into(),
        authentication: "custom".into(),
        hub: HubInfo { id: 901, key: "crm".into(), name: "CRM".into(), description: "Customers".into() },
        url_variable: None,
        configuration: vec![
            ConfigurationInfo::password(90_011, keys::TOKEN, "Access token").role(ConfigurationRole::Secret).required(),
            ConfigurationInfo::text(90_012, keys::BASE_URL, "Base URL", 1000).role(ConfigurationRole::Host),
        ],
    }
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
        field("id", Kind::Text, "Id"),
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
        field("createdAt", Kind::Date, "Time of the creation"),
        field("updatedAt", Kind::Date, "Time of the last change"),
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
        Resource::one("/accounts/{id}", ACCOUNTS),
        Resource::list("/accounts/{accountId}/notes", NOTES),
        Resource::list("/notes", NOTES),
        Resource::one("/notes/{id}", NOTES),
        Resource::list("/account-notes", ACCOUNT_NOTES),
    ]
}
