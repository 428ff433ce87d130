//! An object definition and its transformations of all levels as one document (spec P 9.10): the export form of version
//! 2. Files of the client and calls of the engine have it from here.

use std::collections::BTreeMap;

#[cfg(feature = "embedded")]
use schemars::JsonSchema;
#[cfg(feature = "embedded")]
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};

use super::{FieldDefinition, FieldMapping, Script, Setting, Transformation};

type Members = Map<String, Value>;

/// A custom object: its definition and its mappings, each split by level.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Vdr {
    /// Fields by the level that defines them.
    pub definitions: BTreeMap<PartLevel, Vec<FieldDefinition>>,
    /// Mappings by element key and level.
    pub mappings: BTreeMap<(String, PartLevel), Transformation>,
    pub created: Option<String>,
    pub description: Option<String>,
}

/// The level of a part in a document; the highest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum PartLevel {
    Organization,
    Account,
    Instance,
    /// The document names no level; its reader chooses it.
    Unspecified,
}

/// A VDR.
#[cfg(feature = "embedded")]
#[derive(Default, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "Vdr")]
pub(crate) struct VdrView {
    /// Its id; absent if nothing of a request was stored.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<i64>,
    /// The name of the object.
    pub object_name: String,
    /// A description for people.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// When its oldest part was created.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub created_date: Option<String>,
    /// The fields of all levels; each has `id` and `level`.
    pub fields: Vec<FieldDefinition>,
}

/// A reusable piece of a script.
#[cfg(feature = "embedded")]
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Snippet {
    /// Its id.
    pub id: i64,
    /// Its name.
    pub name: String,
    /// The text of the script.
    pub body: String,
    /// A description for people.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Its use: `transformation`.
    pub snippet_type: String,
    /// When it was created.
    pub created_date: String,
}

impl PartLevel {
    const NAMED: [Self; 3] = [Self::Organization, Self::Account, Self::Instance];

    /// Returns the level on the wire; empty if it is unspecified.
    pub fn word(self) -> &'static str {
        match self {
            Self::Organization => "organization",
            Self::Account => "account",
            Self::Instance => "instance",
            Self::Unspecified => "",
        }
    }

    /// Parses a level; one that users cannot set, like `system`, counts as unspecified.
    pub fn of(word: Option<&str>) -> Self {
        Self::NAMED.into_iter().find(|place| Some(place.word()) == word).unwrap_or(Self::Unspecified)
    }
}

impl Vdr {
    /// Returns the name of the object in a document.
    pub fn name(members: &Members) -> Option<&str> {
        let definition = members.get("definition").and_then(Value::as_object);
        let text = |name: &str| {
            let own = members.get(name).and_then(Value::as_str);
            own.or_else(|| definition?.get(name)?.as_str())
        };
        text("vdrName").or_else(|| text("objectName"))
    }

    /// Adds the parts of a document.
    pub fn add(&mut self, members: &Members) -> Result<(), String> {
        let none = Map::new();
        let definition = members.get("definition").and_then(Value::as_object).unwrap_or(&none);
        let text = |name: &str| definition.get(name).and_then(Value::as_str).map(str::to_owned);
        self.created = text("createdDate").or(self.created.take());
        self.description = text("description").or(self.description.take());
        for level in part::<Vec<String>>(definition, "levels")? {
            self.definitions.entry(PartLevel::of(Some(&level))).or_default();
        }
        for mut field in part::<Vec<FieldDefinition>>(definition, "fields")? {
            let level = field.other.remove("level");
            let place = PartLevel::of(level.as_ref().and_then(Value::as_str).or(field.associated_level.as_deref()));
            field.display_name = field.display_name.filter(|name| !name.is_empty());
            field.other.retain(|name, _| name != "id" && name != "associatedId");
            self.definitions.entry(place).or_default().push(field);
        }
        if self.definitions.len() > 1
            && let Some(rest) = self.definitions.remove(&PartLevel::Unspecified)
            && let Some(mut first) = self.definitions.first_entry()
        {
            first.get_mut().extend(rest);
        }
        if self.definitions.is_empty() && members.contains_key("definition") {
            self.definitions.insert(PartLevel::Unspecified, Vec::new());
        }
        for (element, mapping) in inner(members, "transformation")? {
            let mapping = mapping.as_object().ok_or("transformation must be keyed by element")?;
            let parts = split_mapping(mapping)?;
            self.mappings.extend(parts.into_iter().map(|(place, part)| ((element.to_owned(), place), part)));
        }
        Ok(())
    }

    /// Returns the document of an object.
    pub fn document(&self, name: &str) -> Value {
        let fields = self.definitions.iter().flat_map(|(place, fields)| {
            fields.iter().map(|field| {
                let mut view = json!(field);
                view["level"] = place.word().into();
                view
            })
        });
        let mut definition = json!({
            "objectName": name,
            "fields": fields.collect::<Vec<_>>(),
            "levels": self.definitions.keys().map(|place| place.word()).collect::<Vec<_>>(),
        });
        if let Some(highest) = self.definitions.keys().next() {
            definition["vdrShared"] = (*highest == PartLevel::Organization).into();
            definition["vdrShareLevel"] = highest.word().into();
        }
        for (member, value) in [("createdDate", &self.created), ("description", &self.description)] {
            if let Some(value) = value {
                definition[member] = value.as_str().into();
            }
        }
        let mut by_element: BTreeMap<&str, Vec<(PartLevel, &Transformation)>> = BTreeMap::new();
        for ((element, place), mapping) in &self.mappings {
            by_element.entry(element).or_default().push((*place, mapping));
        }
        let mappings =
            by_element.into_iter().map(|(element, levels)| (element.to_owned(), join_mapping(name, element, &levels)));
        let mappings: Members = mappings.collect();
        json!({"vdrName": name, "vdrVersion": "v2", "definition": definition, "transformation": mappings})
    }
}

/// Splits the mapping of an element by level.
pub(crate) fn split_mapping(mapping: &Members) -> Result<BTreeMap<PartLevel, Transformation>, String> {
    let mut scripts = part::<Vec<Script>>(mapping, "scripts")?;
    if scripts.is_empty() {
        scripts.extend(part::<Option<Script>>(mapping, "script")?);
    }
    let common = Transformation {
        vendor_name: part(mapping, "vendorName")?,
        is_legacy: part(mapping, "isLegacy")?,
        ..Transformation::default()
    };
    let mut parts: BTreeMap<PartLevel, Transformation> = BTreeMap::new();
    for level in part::<Vec<Members>>(mapping, "levels")? {
        let place = PartLevel::of(level.get("level").and_then(Value::as_str));
        let part_of = parts.entry(place).or_insert_with(|| common.clone());
        part_of.vendor_name = part::<Option<String>>(&level, "vendorName")?.or_else(|| common.vendor_name.clone());
        part_of.is_legacy = part::<Option<bool>>(&level, "isLegacy")?.or(common.is_legacy);
    }
    for field in part::<Vec<FieldMapping>>(mapping, "fields")? {
        let place = PartLevel::of(field.level.as_deref());
        let part_of = parts.entry(place).or_insert_with(|| common.clone());
        part_of.fields.push(FieldMapping { level: None, ..field });
    }
    for setting in part::<Vec<Setting>>(mapping, "configuration")? {
        let place = PartLevel::of(setting.level.as_deref());
        let part_of = parts.entry(place).or_insert_with(|| common.clone());
        part_of.configuration.push(Setting { level: None, ..setting });
    }
    for mut script in scripts {
        let level = script.other.remove("level");
        let place = PartLevel::of(level.as_ref().and_then(Value::as_str));
        parts.entry(place).or_insert_with(|| common.clone()).script = Some(script);
    }
    // Parts without a level belong to the most specific level that occurs.
    if parts.len() > 1
        && let Some(rest) = parts.remove(&PartLevel::Unspecified)
        && let Some(mut last) = parts.last_entry()
    {
        let last = last.get_mut();
        last.fields.extend(rest.fields);
        last.configuration.extend(rest.configuration);
        last.script = last.script.take().or(rest.script);
    }
    if parts.is_empty() {
        parts.insert(PartLevel::Unspecified, common);
    }
    Ok(parts)
}

/// Returns the mapping of an element, which combines the parts of all levels, the highest first.
pub(crate) fn join_mapping(name: &str, element: &str, levels: &[(PartLevel, &Transformation)]) -> Value {
    let at = |value: Value, place: PartLevel| {
        let mut value = value;
        value["level"] = place.word().into();
        value
    };
    let fields = levels.iter().flat_map(|(place, part)| part.fields.iter().map(|field| at(json!(field), *place)));
    let settings =
        levels.iter().flat_map(|(place, part)| part.configuration.iter().map(|entry| at(json!(entry), *place)));
    let script = |(place, part): &(PartLevel, &Transformation)| {
        let script: &Script = part.script.as_ref()?;
        Some(at(json!(script), *place))
    };
    let scripts: Vec<Value> = levels.iter().filter_map(script).collect();
    let parts = levels.iter().map(|(place, part)| {
        json!({"level": place.word(), "vendorName": part.vendor_name, "isLegacy": part.is_legacy.unwrap_or_default()})
    });
    let last = levels.last().map(|(_, part)| *part);
    let mut view = json!({
        "elementKey": element,
        "objectName": name,
        "vendorName": last.and_then(|part| part.vendor_name.clone()),
        "isLegacy": last.and_then(|part| part.is_legacy).unwrap_or_default(),
        "fields": fields.collect::<Vec<_>>(),
        "configuration": settings.collect::<Vec<_>>(),
        "scripts": scripts,
        "levels": parts.collect::<Vec<_>>(),
    });
    if let Some(script) = view["scripts"].as_array().and_then(|scripts| scripts.last()).cloned() {
        view["script"] = script;
    }
    view
}

/// Returns the entries of a member that is an object; a missing one counts as empty.
pub(crate) fn inner<'a>(members: &'a Members, name: &str) -> Result<Vec<(&'a String, &'a Value)>, String> {
    match members.get(name) {
        None | Some(Value::Null) => Ok(Vec::new()),
        Some(Value::Object(inner)) => Ok(inner.iter().collect()),
        Some(_) => Err(format!("{name} must be an object")),
    }
}

/// Parses a member; a missing one counts as empty.
pub(crate) fn part<T: DeserializeOwned + Default>(members: &Members, name: &str) -> Result<T, String> {
    match members.get(name) {
        None | Some(Value::Null) => Ok(T::default()),
        Some(value) => serde_json::from_value(value.clone()).map_err(|error| format!("{name}: {error}")),
    }
}
