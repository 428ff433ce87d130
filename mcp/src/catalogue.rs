//! The connected instances with their objects, fetched when they are needed and kept for a while.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use elementkit::privacy::{EVERYTHING, Privacy, PrivacyRules};
use elementkit::{ErrorKind, InstanceHandle, Platform, Record, model};
use futures::{StreamExt, TryStreamExt, stream};
use serde::Deserialize;
use tokio::sync::Mutex;

use crate::failure::{Failure, Outcome};

/// Time for which the catalogue is kept.
const FRESH: Duration = Duration::from_secs(60);

/// Longest wait for the objects of an instance: no service holds up the others for longer.
const PATIENCE: Duration = Duration::from_secs(8);
/// Instances whose objects are asked for at the same time.
const AT_ONCE: usize = 8;

/// A connected instance.
pub struct Connected {
    /// Its id.
    pub id: i64,
    /// Its name.
    pub name: String,
    /// Key of its element.
    pub element: String,
    /// Its objects; empty if they cannot be listed now.
    pub objects: Vec<String>,
    /// The instance.
    pub handle: InstanceHandle,
}

/// An object with its fields.
pub struct Object {
    /// Its name.
    pub name: String,
    /// Its fields.
    pub fields: Vec<Field>,
    /// Fields that identify a record.
    pub primary_key: Vec<String>,
    /// Fields with the time of the last change.
    pub last_modified: Vec<String>,
    /// Whether records may have further fields.
    pub open: bool,
    /// Decision about which fields are masked.
    pub privacy: Privacy,
    /// The decision for files, where everything but secrets is revealed.
    pub in_files: Privacy,
}

/// A field, as the platform describes it.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Field {
    /// Its path.
    #[serde(alias = "path")]
    pub vendor_path: String,
    /// Its type, in the platform's words.
    #[serde(rename = "type")]
    pub kind: String,
    /// Whether the vendor sets it.
    pub vendor_read_only: bool,
    /// Whether new records need it.
    pub vendor_required: bool,
    /// Whether the element marks it as one that identifies a person.
    pub personal: bool,
}

impl Default for Field {
    fn default() -> Self {
        let kind = "string".to_owned();
        Self { vendor_path: String::new(), kind, vendor_read_only: false, vendor_required: false, personal: false }
    }
}

/// The metadata of an object.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[derive(Default)]
struct Metadata {
    fields: Vec<Field>,
    primary_key: Vec<String>,
    last_modified: Vec<String>,
    open: bool,
    /// All names of the object, if it has several.
    names: Vec<String>,
}

/// Finds instances and objects.
pub struct Catalogue {
    platform: Platform,
    /// Ids of the instances that are shown; all if empty.
    only: Vec<i64>,
    rules: PrivacyRules,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    connected: Option<(Instant, Arc<Vec<Connected>>)>,
    objects: HashMap<(i64, String), (Instant, Arc<Object>)>,
}

impl Catalogue {
    /// Creates a catalogue that has fetched nothing.
    pub fn new(platform: Platform, only: Vec<i64>, rules: PrivacyRules) -> Self {
        Self { platform, only, rules, state: Mutex::default() }
    }

    /// Returns the connected instances.
    pub async fn connected(&self) -> Outcome<Arc<Vec<Connected>>> {
        let mut state = self.state.lock().await;
        if let Some((_, known)) = state.connected.as_ref().filter(|(at, _)| at.elapsed() < FRESH) {
            return Ok(Arc::clone(known));
        }
        let all = self.platform.instances().list().await?.into_iter();
        let shown = all.filter(|known| !known.disabled && (self.only.is_empty() || self.only.contains(&known.id)));
        let listed = stream::iter(shown).map(|known| self.listed(known)).buffered(AT_ONCE);
        let found: Arc<Vec<Connected>> = Arc::new(listed.try_collect().await?);
        state.connected = Some((Instant::now(), Arc::clone(&found)));
        Ok(found)
    }

    /// Returns an instance with its objects, which some services are asked for.
    async fn listed(&self, known: model::Instance) -> Outcome<Connected> {
        let model::Instance { id, name, element, .. } = known;
        let handle = self.platform.instances().get(id).await?;
        let objects = match tokio::time::timeout(PATIENCE, handle.objects()).await {
            Ok(Ok(objects)) => objects,
            Ok(Err(error)) => {
                tracing::warn!(%error, instance = id, "the objects of an instance cannot be listed");
                Vec::new()
            }
            Err(_) => {
                tracing::warn!(instance = id, "the service of an instance does not list its objects in time");
                Vec::new()
            }
        };
        Ok(Connected { id, name, element: element.key, objects, handle })
    }

    /// Returns the position of the instance with this id, or of the only one there is.
    pub async fn instance(&self, id: Option<i64>) -> Outcome<Instance> {
        let all = self.connected().await?;
        let at = match (id, all.len()) {
            (Some(id), _) => all.iter().position(|instance| instance.id == id),
            (None, 1) => Some(0),
            (None, _) => None,
        };
        let listed = || {
            let each = all.iter().map(|instance| format!("{} ({}, {})", instance.id, instance.element, instance.name));
            each.collect::<Vec<_>>().join(", ")
        };
        match (at, id) {
            (Some(at), _) => Ok(Instance { all, at }),
            (None, None) if all.is_empty() => {
                let (message, hint) = match self.only.is_empty() {
                    true => {
                        ("no service is connected", "The operator of this server connects one with: elementkit connect")
                    }
                    false => (
                        "none of the instances of this server is there",
                        "The operator of this server names them with --instance.",
                    ),
                };
                Err(Failure::of_kind(ErrorKind::NotFound, message, hint))
            }
            (None, None) => Err(Failure::wrong("`instance` is missing", format!("Name one of: {}", listed()))),
            (None, Some(id)) => {
                let hint = format!("Name one of: {}", listed());
                Err(Failure::of_kind(ErrorKind::NotFound, format!("there is no instance {id}"), hint))
            }
        }
    }

    /// Returns an object of an instance with its fields, by any of its names. It is read by the name under which it is
    /// listed, since names that are not known here would evade rules for it.
    pub async fn object(&self, instance: &Connected, name: &str) -> Outcome<Arc<Object>> {
        let listed = |name: &String| instance.objects.iter().find(|known| *known == name);
        if let Some(name) = listed(&name.to_owned()) {
            return self.described(instance, name, &self.rules).await;
        }
        let names = metadata(instance, name).await?.names;
        match names.iter().find_map(listed) {
            Some(name) => self.described(instance, name, &self.rules).await,
            None => Err(unknown(instance)),
        }
    }

    /// Returns the object of a job, which may have been started by a name of it that the platform does not tell. Then
    /// nothing is revealed, and rules for any object mask.
    pub async fn object_of_job(&self, instance: &Connected, name: &str) -> Outcome<Arc<Object>> {
        match self.object(instance, name).await {
            Err(failure) if failure.code() == ErrorKind::NotFound.code() => {}
            outcome => return outcome,
        }
        let fields =
            self.rules.masked.iter().filter_map(|rule| rule.split_once('.')).map(|(_, field)| field.to_owned());
        let masked = self.rules.masked.iter().cloned().chain(fields).collect();
        self.described(instance, name, &PrivacyRules { revealed: Vec::new(), masked }).await
    }

    /// Returns the decision about answers that belong to no object. No rule for one object reveals them.
    pub fn any(&self) -> Privacy {
        let revealed = self.rules.revealed.iter().filter(|rule| !rule.contains('.')).cloned().collect();
        Privacy::new("people", [], &PrivacyRules { revealed, masked: self.rules.masked.clone() })
    }

    async fn described(&self, instance: &Connected, name: &str, rules: &PrivacyRules) -> Outcome<Arc<Object>> {
        let key = (instance.id, name.to_owned());
        if let Some((_, known)) = self.state.lock().await.objects.get(&key).filter(|(at, _)| at.elapsed() < FRESH) {
            return Ok(Arc::clone(known));
        }
        let object = Arc::new(Object::new(name, metadata(instance, name).await?, rules));
        self.state.lock().await.objects.insert(key, (Instant::now(), Arc::clone(&object)));
        Ok(object)
    }
}

/// Returns what the platform tells about an object.
async fn metadata(instance: &Connected, name: &str) -> Outcome<Metadata> {
    let record: Record = instance.handle.metadata(name).await.map_err(|error| match error.kind() {
        ErrorKind::NotFound | ErrorKind::InvalidRequest => unknown(instance),
        _ => error.into(),
    })?;
    Ok(serde_json::from_value(record.into()).unwrap_or_default())
}

fn unknown(instance: &Connected) -> Failure {
    if instance.objects.is_empty() {
        let message = format!("the objects of instance {} cannot be listed now", instance.id);
        return Failure::of_kind(
            ErrorKind::Vendor,
            message,
            "Try again in a minute. The log of the server has the reason.",
        );
    }
    let message = format!("instance {} has no such object", instance.id);
    Failure::of_kind(ErrorKind::NotFound, message, format!("Its objects are: {}", instance.objects.join(", ")))
}

impl Object {
    fn new(name: &str, metadata: Metadata, rules: &PrivacyRules) -> Self {
        let Metadata { fields, primary_key, last_modified, open, names } = metadata;
        let marks = fields.iter().filter(|field| field.personal).map(|field| field.vendor_path.clone());
        let marks: Vec<String> = marks.collect();
        let privacy = Privacy::new(name, marks.iter().cloned(), rules).named(names.iter().cloned());
        let all = PrivacyRules { revealed: vec![EVERYTHING.to_owned()], masked: rules.masked.clone() };
        let in_files = Privacy::new(name, marks, &all).named(names);
        Self { name: name.to_owned(), fields, primary_key, last_modified, open, privacy, in_files }
    }
}

/// One of the connected instances.
pub struct Instance {
    all: Arc<Vec<Connected>>,
    at: usize,
}

impl std::ops::Deref for Instance {
    type Target = Connected;

    fn deref(&self) -> &Connected {
        &self.all[self.at]
    }
}
