//! Parts of a stored document, which have ids of this server (spec E 2.2, E 2.11).

use serde_json::{Map, Value};

use super::export::clean;

/// Members of a JSON object in document order.
pub type Members = Map<String, Value>;

/// Collections whose entries have ids, besides resources.
const COLLECTIONS: [&str; 5] = ["configuration", PARAMETERS, "hooks", "objects", "models"];
/// Collections of a resource whose entries have ids.
const OF_RESOURCE: [&str; 2] = [PARAMETERS, "hooks"];
const PARAMETERS: &str = "parameters";
const RESOURCES: &str = "resources";

/// Returns the number of parts without an id.
pub fn unnumbered(document: &mut Members) -> usize {
    let mut number = 0;
    each(document, &mut |part, _| number += usize::from(!part.contains_key("id")));
    number
}

/// Completes new parts of an element: each that has no id gets one, beginning with this one, and names its owner.
pub fn complete(document: &mut Members, element: i64, first: i64) {
    let mut next = first..;
    each(document, &mut |part, owner| {
        if part.contains_key("id") {
            return;
        }
        if let Some(id) = next.next() {
            part.shift_insert(0, "id".to_owned(), id.into());
        }
        match owner {
            Owner::Element(PARAMETERS | "objects") => drop(part.insert("elementId".to_owned(), element.into())),
            Owner::Resource(PARAMETERS, id) => drop(part.insert("resourceId".to_owned(), id)),
            _ => {}
        }
    });
}

/// Removes what belongs to another server from a part and the parts in it (spec E 1.4).
pub fn adopt_part(part: &mut Members) {
    clean(part);
    for collection in OF_RESOURCE {
        objects(part, collection).for_each(clean);
    }
    if let Some(model) = part.get_mut("model").and_then(Value::as_object_mut) {
        clean(model);
    }
}

/// Returns the entries of a collection, which may be absent or null.
pub fn entries<'d>(owner: &'d Members, collection: &str) -> &'d [Value] {
    owner.get(collection).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

/// Returns a collection, which is created if it is absent or null. `None` if it is something else.
pub fn collection<'d>(owner: &'d mut Members, collection: &str) -> Option<&'d mut Vec<Value>> {
    let value = owner.entry(collection).or_insert_with(|| Value::Array(Vec::new()));
    if value.is_null() {
        *value = Value::Array(Vec::new());
    }
    value.as_array_mut()
}

/// Returns the position of the entry with an id.
pub fn position(entries: &[Value], id: i64) -> Option<usize> {
    entries.iter().position(|entry| entry.get("id").and_then(Value::as_i64) == Some(id))
}

/// The collection that a part is in.
enum Owner {
    /// One of the element.
    Element(&'static str),
    /// One of the resource with this id.
    Resource(&'static str, Value),
}

/// Visits every part of a document, a resource before the parts in it.
fn each(document: &mut Members, visit: &mut dyn FnMut(&mut Members, Owner)) {
    for collection in COLLECTIONS {
        objects(document, collection).for_each(|part| visit(part, Owner::Element(collection)));
    }
    for resource in objects(document, RESOURCES) {
        visit(resource, Owner::Element(RESOURCES));
        let id = resource.get("id").cloned().unwrap_or_default();
        for collection in OF_RESOURCE {
            objects(resource, collection).for_each(|part| visit(part, Owner::Resource(collection, id.clone())));
        }
    }
}

fn objects<'d>(owner: &'d mut Members, collection: &str) -> impl Iterator<Item = &'d mut Members> {
    let entries = owner.get_mut(collection).and_then(Value::as_array_mut);
    entries.into_iter().flatten().filter_map(Value::as_object_mut)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn members(document: &Value) -> Members {
        document.as_object().cloned().unwrap_or_default()
    }

    #[test]
    fn new_parts_get_ids_and_others_keep_theirs() {
        let mut part = members(&json!({
            "id": 1, "path": "/c", "createdDate": 5, "model": {"id": 3, "swagger": {"m": {"id": 4}}},
            "parameters": [{"id": 2, "resourceId": 1, "name": "r"}]
        }));
        adopt_part(&mut part);
        let mut document = members(&json!({
            "id": 7, "parameters": [{"id": 20, "name": "p"}, {"name": "q"}], "hooks": null,
            "resources": [{"id": 30, "path": "/a", "hooks": [{"id": 31}]}]
        }));
        collection(&mut document, RESOURCES).unwrap_or_else(|| panic!("no resources")).push(part.into());
        assert_eq!(unnumbered(&mut document), 3);
        complete(&mut document, 7, 200);
        assert_eq!(unnumbered(&mut document), 0);
        let expected = json!({
            "id": 7, "parameters": [{"id": 20, "name": "p"}, {"id": 200, "name": "q", "elementId": 7}], "hooks": null,
            "resources": [
                {"id": 30, "path": "/a", "hooks": [{"id": 31}]},
                {"id": 201, "path": "/c", "model": {"swagger": {"m": {"id": 4}}},
                    "parameters": [{"id": 202, "name": "r", "resourceId": 201}]}
            ]
        });
        assert_eq!(Value::from(document.clone()), expected);
        let resources = entries(&document, RESOURCES);
        assert_eq!((position(resources, 201), position(resources, 31)), (Some(1), None));
        assert_eq!(collection(&mut document, "hooks").map(|hooks| hooks.len()), Some(0));
        document.insert("hooks".to_owned(), json!("x"));
        assert!(collection(&mut document, "hooks").is_none());
    }
}
