//! The catalogue: the streams that exist, and those that are selected.

use elementkit::{InstanceHandle, Record};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::config::Config;
use super::schema::schema;
use crate::exit::{Failure, Outcome};

const FULL_TABLE: &str = "FULL_TABLE";
const INCREMENTAL: &str = "INCREMENTAL";

/// A catalogue.
#[derive(Serialize, Deserialize)]
pub struct Catalog {
    pub streams: Vec<Stream>,
}

/// A stream: an object of the instance.
#[derive(Serialize, Deserialize)]
pub struct Stream {
    /// Name of the object.
    pub tap_stream_id: String,
    /// Name in messages; that of the object by default.
    #[serde(default)]
    stream: Option<String>,
    #[serde(default)]
    pub key_properties: Vec<String>,
    pub schema: Value,
    #[serde(default)]
    replication_method: Option<String>,
    #[serde(default)]
    pub replication_key: Option<String>,
    #[serde(default)]
    metadata: Vec<Entry>,
    /// Selection in an older form of catalogues.
    #[serde(default, skip_serializing)]
    selected: Option<bool>,
}

/// Metadata of a stream or of one of its properties.
#[derive(Serialize, Deserialize)]
struct Entry {
    breadcrumb: Vec<String>,
    metadata: Map<String, Value>,
}

/// Returns the catalogue of an instance.
pub async fn discover(instance: &InstanceHandle, config: &Config) -> Outcome<Catalog> {
    let objects = match &config.objects {
        Some(objects) => objects.clone(),
        None => instance.objects().await?,
    };
    let mut streams = Vec::new();
    for object in objects {
        streams.push(Stream::of(&object, &instance.metadata(&object).await?));
    }
    Ok(Catalog { streams })
}

impl Catalog {
    /// Returns the selected streams.
    ///
    /// # Errors
    /// A failure if there is none.
    pub fn selected(self) -> Outcome<Vec<Stream>> {
        let streams: Vec<Stream> = self.streams.into_iter().filter(Stream::is_selected).collect();
        if streams.is_empty() {
            return Err(Failure::usage("no stream of the catalogue is selected"));
        }
        Ok(streams)
    }
}

impl Stream {
    fn of(object: &str, metadata: &Record) -> Self {
        let names = |member: &str| -> Vec<String> {
            let names = metadata.get(member).and_then(Value::as_array).into_iter().flatten();
            names.filter_map(Value::as_str).map(str::to_owned).collect()
        };
        let (keys, changed) = (names("primaryKey"), names("lastModified"));
        let schema = schema(metadata);
        let mut root = json!({"inclusion": "available", "selected-by-default": true, "table-key-properties": keys});
        match changed.first() {
            Some(field) => root["valid-replication-keys"] = json!([field]),
            None => root["forced-replication-method"] = json!(FULL_TABLE),
        }
        let mut entries = vec![Entry { breadcrumb: Vec::new(), metadata: members(root) }];
        for name in schema["properties"].as_object().into_iter().flat_map(Map::keys) {
            let inclusion =
                if keys.contains(name) || changed.first() == Some(name) { "automatic" } else { "available" };
            let metadata = members(json!({"inclusion": inclusion, "selected-by-default": true}));
            entries.push(Entry { breadcrumb: vec!["properties".to_owned(), name.clone()], metadata });
        }
        let method = if changed.is_empty() { FULL_TABLE } else { INCREMENTAL };
        Self {
            tap_stream_id: object.to_owned(),
            stream: Some(object.to_owned()),
            key_properties: keys,
            schema,
            replication_method: Some(method.to_owned()),
            replication_key: changed.into_iter().next(),
            metadata: entries,
            selected: None,
        }
    }

    /// Returns the name in messages.
    pub fn name(&self) -> &str {
        self.stream.as_deref().unwrap_or(&self.tap_stream_id)
    }

    fn entry(&self, breadcrumb: &[&str]) -> Option<&Map<String, Value>> {
        self.metadata.iter().find(|entry| entry.breadcrumb == breadcrumb).map(|entry| &entry.metadata)
    }

    fn is_selected(&self) -> bool {
        let older = self.selected.or(self.schema["selected"].as_bool());
        is_selected(self.entry(&[])).or(older).unwrap_or_else(|| by_default(self.entry(&[])))
    }

    /// Returns whether every run extracts the whole stream.
    pub fn is_full_table(&self) -> bool {
        let named = |name: &str| self.entry(&[]).and_then(|entry| entry.get(name)?.as_str());
        let method = named("forced-replication-method").or(named("replication-method"));
        method.or(self.replication_method.as_deref()) == Some(FULL_TABLE)
    }

    /// Removes the properties that are not selected. Returns the names of those that are left, or `None` if none was
    /// removed.
    pub fn narrow(&mut self) -> Option<Vec<String>> {
        let names = self.schema["properties"].as_object().into_iter().flat_map(Map::keys);
        let dropped: Vec<String> = names.filter(|name| !self.has_property(name)).cloned().collect();
        let properties = self.schema["properties"].as_object_mut().filter(|_| !dropped.is_empty())?;
        properties.retain(|name, _| !dropped.contains(name));
        Some(properties.keys().cloned().collect())
    }

    fn has_property(&self, name: &str) -> bool {
        let entry = self.entry(&["properties", name]);
        let inclusion = entry.and_then(|entry| entry.get("inclusion")?.as_str());
        let is_key = self.key_properties.iter().any(|key| key == name);
        is_key
            || inclusion == Some("automatic")
            || is_selected(entry).unwrap_or_else(|| entry.is_none() || by_default(entry))
    }
}

/// Returns what a user has selected.
fn is_selected(entry: Option<&Map<String, Value>>) -> Option<bool> {
    let entry = entry?;
    if entry.get("inclusion").and_then(Value::as_str) == Some("unsupported") {
        return Some(false);
    }
    entry.get("selected")?.as_bool()
}

fn by_default(entry: Option<&Map<String, Value>>) -> bool {
    entry.and_then(|entry| entry.get("selected-by-default")?.as_bool()).unwrap_or_default()
}

fn members(value: Value) -> Map<String, Value> {
    if let Value::Object(members) = value { members } else { Map::new() }
}
