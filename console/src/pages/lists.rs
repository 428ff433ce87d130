//! Lists of records that an instance offers, from the document of its API.

use std::collections::BTreeSet;

use elementkit::{InstanceHandle, Platform, Result};
use http::Method;
use serde::Deserialize;

use crate::{form, shown};

/// A list of records, such as `channels/{channelId}/viewings`.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct List {
    /// Path with its variables, without a slash at the beginning.
    pub template: String,
    /// Object of its records.
    pub object: String,
}

/// All lists of an instance, in the order of its document.
#[derive(Clone, Debug, Default)]
pub(crate) struct Lists(Vec<List>);

/// A list with the values of its variables.
#[derive(Debug)]
pub(crate) struct Place<'a> {
    pub list: &'a List,
    /// Names and values of the variables.
    pub variables: Vec<(&'a str, String)>,
}

/// The part of the document that is read.
#[derive(Deserialize)]
struct Document {
    paths: serde_json::Map<String, serde_json::Value>,
}

/// Families of the platform, which are no records.
const PLATFORM: [&str; 3] = ["bulk", "objects", "ping"];

impl Lists {
    /// Returns the lists of an instance.
    pub async fn of(platform: &Platform, id: i64) -> Result<Self> {
        let document: Document =
            platform.request(Method::GET, format!("instances/{id}/docs")).send().await?.json().await?;
        Ok(Self::read(&document))
    }

    fn read(document: &Document) -> Self {
        let list = |(path, verbs): (&String, &serde_json::Value)| {
            let template = path.trim_start_matches('/').to_owned();
            if PLATFORM.contains(&template.split('/').next().unwrap_or_default()) {
                return None;
            }
            let schema = &verbs.get("get")?["responses"]["200"]["schema"];
            let object = schema["items"]["$ref"].as_str()?.strip_prefix("#/definitions/")?.to_owned();
            Some(List { template, object })
        };
        Self(document.paths.iter().filter_map(list).collect())
    }

    /// Returns whether there is a list with this path.
    pub fn has(&self, template: &str) -> bool {
        self.0.iter().any(|list| list.template == template)
    }

    /// Returns the lists without variables.
    pub fn top(&self) -> impl Iterator<Item = &List> {
        self.0.iter().filter(|list| !list.template.contains('{'))
    }

    /// Returns the list that a path with values stands for.
    pub fn find(&self, path: &str) -> Option<Place<'_>> {
        self.0.iter().find_map(|list| Some(Place { list, variables: matched(&list.template, path)? }))
    }

    /// Returns the lists directly below the records of a list, with the rest of their paths.
    pub fn below(&self, list: &List) -> Vec<&str> {
        let rest = |other: &List| -> Option<usize> {
            let rest = other.template.strip_prefix(list.template.as_str())?.strip_prefix("/{")?;
            let (_, rest) = rest.split_once("}/")?;
            (!rest.contains('{')).then_some(other.template.len() - rest.len())
        };
        self.0.iter().filter_map(|other| Some(&other.template[rest(other)?..])).collect()
    }
}

/// Returns the values of the variables of a template in a path.
fn matched<'a>(template: &'a str, path: &str) -> Option<Vec<(&'a str, String)>> {
    let (names, parts) = (template.split('/'), path.split('/'));
    if names.clone().count() != parts.clone().count() {
        return None;
    }
    let mut variables = Vec::new();
    for (name, part) in names.zip(parts) {
        match name.strip_prefix('{').and_then(|name| name.strip_suffix('}')) {
            Some(name) if !part.is_empty() && !part.starts_with('{') => variables.push((name, form::decoded(part))),
            None if name == part => {}
            _ => return None,
        }
    }
    Some(variables)
}

impl List {
    /// Returns its name for people.
    pub fn title(&self) -> String {
        shown::words(self.template.rsplit('/').next().unwrap_or_default())
    }
}

/// A field of an object.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct Field {
    #[serde(rename = "vendorPath")]
    pub name: String,
    #[serde(rename = "type")]
    pub kind: String,
    pub primary_key: bool,
}

/// Returns the fields of an object; empty if the platform does not describe it.
pub(crate) async fn fields(instance: &InstanceHandle, object: &str) -> Vec<Field> {
    let described = instance.metadata(object).await.unwrap_or_default();
    let fields = described.get("fields").cloned().unwrap_or_default();
    let fields: Vec<Field> = serde_json::from_value(fields).unwrap_or_default();
    let mut known = BTreeSet::new();
    fields.into_iter().filter(|field| !field.name.is_empty() && known.insert(field.name.clone())).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn lists() -> Lists {
        let list = |object: &str| json!({"get": {"responses": {"200": {"schema": {"items": {"$ref": format!("#/definitions/{object}")}}}}}});
        let one = json!({"get": {"responses": {"200": {"schema": {"$ref": "#/definitions/talks"}}}}});
        let document = json!({"paths": {
            "/objects": list("names"), "/channels": list("channels"), "/channels/{channelId}": one,
            "/channels/{channelId}/talks": list("talks"), "/channels/{channelId}/talks/{talkId}/views": list("views"),
        }});
        Lists::read(&serde_json::from_value(document).unwrap())
    }

    #[test]
    fn lists_are_found_by_their_paths() {
        let lists = lists();
        assert_eq!(lists.top().map(List::title).collect::<Vec<_>>(), ["Channels"]);
        let place = lists.find("channels/7/talks").unwrap();
        assert_eq!((place.list.object.as_str(), &place.variables[..]), ("talks", &[("channelId", "7".to_owned())][..]));
        for unknown in ["channels/7", "channels//talks", "objects", "channels/{channelId}/talks", ""] {
            assert!(lists.find(unknown).is_none(), "{unknown}");
        }
        assert_eq!(lists.below(lists.find("channels").unwrap().list), ["talks"]);
        assert_eq!(lists.below(place.list), ["views"]);
    }
}
