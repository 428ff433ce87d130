//! State of the vendor: records, tokens and faults.

use std::collections::{BTreeMap, HashMap};

use serde_json::{Value, json};

use crate::answer::{self, Answer};
use crate::document::{Document, Resource};
use crate::fault::{Fault, Faults};
use crate::journal::{self, Entry};
use crate::login::{Lifetime, Tokens};
use crate::oauth1::OAuth1;
use crate::server::Options;
use crate::{route, setting, shape};

/// Paths of the logins, beside those that the definition names.
const TOKEN_PATH: &str = "/oauth/token";

pub(crate) struct Vendor {
    pub origin: String,
    pub document: Document,
    /// Values of the instance, and what its logins stored.
    pub configuration: BTreeMap<String, String>,
    pub options: Options,
    pub tokens: Tokens,
    pub oauth1: OAuth1,
    pub faults: Faults,
    pub journal: Vec<Entry>,
    lists: HashMap<String, Vec<Value>>,
    created: usize,
    /// The last whole page by path.
    served: HashMap<String, Answer>,
}

/// Outcome of a request.
pub(crate) struct Outcome {
    pub answer: Answer,
    pub fault: Option<Fault>,
}

impl Vendor {
    pub fn new(origin: String, document: Document, options: Options) -> Self {
        let configuration = setting::configuration(&document, &origin);
        Self {
            origin,
            document,
            configuration,
            options,
            tokens: Tokens::default(),
            oauth1: OAuth1::default(),
            faults: Faults::default(),
            journal: Vec::new(),
            lists: HashMap::new(),
            created: 0,
            served: HashMap::new(),
        }
    }

    /// Answers a request and records it.
    pub fn serve(&mut self, mut entry: Entry) -> Outcome {
        entry.configuration = self.configuration.clone();
        let answer = self.login(&entry);
        let document = self.document.clone();
        let found = match answer {
            Some(_) => None,
            None => route::find(&document, &self.configuration, &self.origin, &entry),
        };
        entry.resource = found.as_ref().map(|found| found.resource.position);
        let page = found.as_ref().filter(|found| found.resource.is_list());
        let page =
            page.and_then(|found| crate::page::slice(&document, &self.configuration, found.resource, &entry).ok());
        let fault = self.faults.hit(&entry.method, &entry.path, page.map(|slice| slice.page));
        if let Some(Fault::ExpireTokens {}) = fault {
            self.tokens.expire();
        }
        let mut answer = match (answer, &found) {
            (Some(answer), _) => answer,
            (None, None) => Answer::refusal(404, "no resource of the definition has this address"),
            (None, Some(found)) if !self.admits(found.resource, &entry) => {
                Answer::refusal(401, "the credentials are not valid")
            }
            (None, Some(found)) => answer::answer(self, found, &entry),
        };
        if answer.page.is_some() {
            match (&fault, self.served.get(&entry.path)) {
                (Some(Fault::RepeatedPage {}), Some(before)) => answer = before.clone(),
                (None, _) => drop(self.served.insert(entry.path.clone(), answer.clone())),
                _ => {}
            }
        }
        entry.number = self.journal.len() as u64 + 1;
        entry.status = match &fault {
            Some(Fault::Status { status, .. }) => *status,
            Some(Fault::RateLimit { .. }) => 429,
            _ => answer.status,
        };
        entry.answer.clone_from(&answer.body);
        entry.fault = fault.is_some();
        self.journal.push(entry);
        Outcome { answer, fault }
    }

    /// Answers a request of tokens, if it is one.
    fn login(&mut self, entry: &Entry) -> Option<Answer> {
        let path_of = |key: &str| {
            let value = setting::address(&self.document, &self.configuration, key)?;
            let path = value.trim().strip_prefix(&self.origin)?;
            Some(path.split('?').next().unwrap_or_default().to_owned())
        };
        let is_at = |key: &str| path_of(key).is_some_and(|path| path == entry.path);
        if entry.method != "POST" {
            return None;
        }
        if self.document.authentication == "oauth1" {
            return match entry {
                _ if is_at("oauth.request.url") => Some(self.oauth1.request_token(&self.origin, entry)),
                _ if is_at("oauth.token.url") => Some(self.oauth1.access_token(&self.origin, entry)),
                _ => None,
            };
        }
        let kinds = ["oauthOnTokenExchange", "oauthOnTokenRefresh", "oauth2Password", "oauth2ClientCredentials"];
        let replaced = route::find(&self.document, &self.configuration, &self.origin, entry)
            .is_some_and(|found| kinds.contains(&found.resource.kind.as_str()));
        let gives =
            entry.path == TOKEN_PATH || is_at("oauth.token.url") || is_at("oauth.token.refresh_url") || replaced;
        if !gives {
            return is_at("oauth.token.revoke_url").then(|| Answer::json(200, &json!({})));
        }
        let mut form: BTreeMap<String, String> = entry.parameters().into_iter().collect();
        form.extend(journal::parameters(&entry.body.replace('+', "%20")));
        let (status, body) = self.tokens.grant(&form, entry.header("authorization"), self.options.lifetime());
        if let Some(token) = body["access_token"].as_str() {
            self.configuration.insert("oauth.user.token".to_owned(), token.to_owned());
        }
        Some(Answer::json(status, &body))
    }

    /// Returns whether the credentials of a request are valid.
    fn admits(&mut self, resource: &Resource, entry: &Entry) -> bool {
        if self.document.authentication == "oauth1" {
            return self.oauth1.admits(&self.origin, entry).is_ok();
        }
        let mut texts: Vec<&str> = entry.headers.iter().map(|(_, value)| value.as_str()).collect();
        let query = journal::decoded(&entry.query);
        texts.extend([entry.path.as_str(), query.as_str(), entry.body.as_str()]);
        let tokens = self.tokens.found_in(&texts);
        let is_login = !resource.is_callable();
        let sets_own = self
            .document
            .parameters_of(resource)
            .any(|parameter| parameter.to == "header" && parameter.vendor_name.eq_ignore_ascii_case("authorization"));
        let basic = self.document.authentication == "basic" && !sets_own;
        if basic && entry.header("authorization") != Some(&crate::check::basic(setting::USERNAME, setting::PASSWORD)) {
            return false;
        }
        let needs_bearer = self.document.authentication.starts_with("oauth2") && !sets_own;
        if needs_bearer && tokens.is_empty() {
            return false;
        }
        is_login || tokens.iter().all(|token| self.tokens.accepts(token))
    }

    /// Returns whether a resource belongs to a list with records.
    pub fn has_list(&self, resource: &Resource) -> bool {
        let above = if resource.is_by_id() {
            resource.path.rsplit_once('/').map_or("", |(above, _)| above)
        } else {
            &resource.path
        };
        let others = self.document.resources.iter().filter(|other| other.is_callable());
        others
            .filter(|other| {
                other.path == above
                    || other.is_by_id() && other.path.rsplit_once('/').is_some_and(|(up, _)| up == above)
            })
            .any(|other| other.method == "GET" && (other.is_list() || other.is_by_id()))
    }

    /// Returns the records of a list, which it has from the start.
    pub fn records(&mut self, list: &str, resource: &Resource) -> &[Value] {
        let count = self.options.records;
        let key = self.document.primary_key(resource);
        let of_list = || {
            let above = list.split(' ').next().unwrap_or_default();
            let models = self.document.resources.iter().filter(|other| other.method == "GET");
            let mut models = models.filter(|other| {
                other.path == above
                    || other.path.rsplit_once('/').is_some_and(|(up, _)| up == above && other.is_by_id())
            });
            let model =
                models.find_map(|other| other.root_schema().map(|root| (other.model["swagger"].clone(), root.clone())));
            let (schemas, root) = model.map_or((Value::Null, None), |(schemas, root)| (schemas, Some(root)));
            (1..=count).map(|number| shape::record(&schemas, root.as_ref(), &key, number)).collect()
        };
        self.lists.entry(list.to_owned()).or_insert_with(of_list)
    }

    fn position(&mut self, list: &str, resource: &Resource, id: &str) -> Option<usize> {
        let key = self.document.primary_key(resource);
        self.records(list, resource).iter().position(|record| record[&key].as_str() == Some(id))
    }

    /// Adds a record.
    pub fn create(&mut self, list: &str, resource: &Resource, body: Value) -> Value {
        self.records(list, resource);
        self.created += 1;
        let key = self.document.primary_key(resource);
        let mut record = json!({key.as_str(): format!("new-{}", self.created)});
        if let (Value::Object(record), Value::Object(body)) = (&mut record, body) {
            record.extend(body.into_iter().filter(|(name, _)| *name != key));
        }
        self.lists.entry(list.to_owned()).or_default().push(record.clone());
        record
    }

    /// Changes a record.
    pub fn change(&mut self, list: &str, resource: &Resource, id: &str, body: Value) -> Option<Value> {
        let at = self.position(list, resource, id)?;
        let key = self.document.primary_key(resource);
        let record = self.lists.get_mut(list)?.get_mut(at)?;
        if let (Value::Object(record), Value::Object(body)) = (&mut *record, body) {
            record.extend(body.into_iter().filter(|(name, _)| *name != key));
        }
        Some(record.clone())
    }

    /// Removes a record. Returns whether it was there.
    pub fn remove(&mut self, list: &str, resource: &Resource, id: &str) -> bool {
        let at = self.position(list, resource, id);
        at.and_then(|at| self.lists.get_mut(list).map(|records| records.remove(at))).is_some()
    }
}

impl Options {
    pub(crate) fn lifetime(&self) -> Lifetime {
        Lifetime { seconds: self.token_seconds, calls: self.token_calls }
    }
}
