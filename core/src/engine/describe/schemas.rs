//! JSON schemas of the contract, in a shorthand, and of the element's records, from its table.
//!
//! `name: type` is required, `name?: type` is not. A type is `string`, `integer`, `number`, `boolean`, `object`, `any`
//! or the name of a schema; the suffix `[]` makes an array, `{}` a map by name, and `|null` allows null. `*: any` means
//! that additional members are kept.

use serde_json::{Map, Value, json};

use crate::elements::brighttalk::table::{OBJECTS, ObjectInfo};
use crate::record::Kind;

/// Name, description and members of each schema.
const SHAPES: &[(&str, &str, &str)] = &[
    (
        "Error",
        "A failure.",
        "requestId: string, message: string, providerMessage?: string, kind?: string, hint?: string",
    ),
    ("Login", "A user name and a password.", "username: string, password: string"),
    ("Session", "A session.", "token: string, username: string, expires: string"),
    ("Secrets", "What the Authorization header takes.", "userSecret: string, organizationSecret: string"),
    ("NewPassword", "A new password.", "password: string"),
    (
        "Element",
        "An element of the catalogue.",
        "id: integer, name: string, key: string, hookName: string, description: string, image: string, \
         active: boolean, deleted: boolean, typeOauth: boolean, trialAccount: boolean, signupURL: string, \
         defaultTransformations: any[], hub: string, transformationsEnabled: boolean, bulkDownloadEnabled: boolean, \
         bulkUploadEnabled: boolean, cloneable: boolean, extendable: boolean, beta: boolean, extended: boolean, \
         private: boolean, protocolType: string, authentication: object, parameters: any[], hooks: any[], \
         resources: Resource[], objects: ElementObject[], configuration: Configuration[]",
    ),
    ("ElementObject", "An object of an element.", "name: string, description: string"),
    (
        "Configuration",
        "A configuration key of an element.",
        "id: integer, name: string, key: string, description: string, defaultValue?: string|null, \
         resellerConfig: boolean, companyConfig: boolean, active: boolean, internal: boolean, groupControl: boolean, \
         displayOrder: integer, type: string, hideFromConsole: boolean, required: boolean",
    ),
    (
        "ElementMetadata",
        "What an element can do.",
        "id: integer, key: string, name: string, description: string, image: string, active: boolean, beta: boolean, \
         displayOrder: integer, transformations: boolean, elementType: string, normalizedPaging: boolean, \
         swaggerValidated: boolean, cloneable: boolean, authenticationType: string, events: Events, bulk: object, \
         discovery: object, api: object, usage: object, resources: Resource[], extensions: string[], churros?: boolean, hub?: string",
    ),
    ("Events", "Which events are supported.", "supported: boolean, methods: string[], eventTypes?: string[]"),
    (
        "Resource",
        "A resource of an element.",
        "canonicalName: string, operations: string[], events: Events, experimental?: boolean, bulk?: object, customField?: boolean",
    ),
    (
        "Hub",
        "A family of elements.",
        "id: integer, name: string, key: string, description: string, active: boolean, resources?: Resource[]",
    ),
    (
        "Swagger",
        "A Swagger 2.0 document.",
        "swagger: string, info: object, host: string, basePath: string, schemes: string[], tags: any[], \
         paths: object, definitions: object",
    ),
    (
        "NewInstance",
        "A new instance. The element is that of the path, where it names one.",
        "element?: ElementChoice, name: string, tags?: string[], configuration?: any{}, providerData?: any{}, \
         retrieveObjectsAfterInstantiation?: boolean",
    ),
    ("ElementChoice", "An element, by key or id.", "key?: string, id?: integer"),
    (
        "InstanceUpdate",
        "What to change.",
        "name?: string, tags?: string[], configuration?: any{}, element?: ElementChoice",
    ),
    (
        "Instance",
        "A connection of an element.",
        "id: integer, name: string, createdDate: string, token: string, element: ElementSummary, elementId: integer, \
         tags: string[], provisionInteractions: any[], valid: boolean, disabled: boolean, maxCacheSize: integer, \
         cacheTimeToLive: integer, cachingEnabled: boolean, configuration?: string{}, eventsEnabled: boolean, \
         traceLoggingEnabled: boolean, externalAuthentication: string, user: InstanceUser, \
         transformationData: any[], objects?: ObjectItem[]",
    ),
    ("InstanceUser", "Whose it is.", "id: integer, emailAddress: string, firstName: string, lastName: string"),
    (
        "ElementSummary",
        "An element in short.",
        "id: integer, name: string, hookName: string, key: string, description: string, image: string, \
         active: boolean, deleted: boolean, typeOauth: boolean, trialAccount: boolean, signupURL: string, \
         defaultTransformations: any[], hub: string",
    ),
    ("InstanceCount", "How many instances there are.", "totalInstances: integer, elementInstances: ElementCount[]"),
    ("ElementCount", "How many there are of an element.", "elementId: integer, elementKey: string, count: integer"),
    (
        "ConfigurationItem",
        "One configuration of an instance.",
        "id: integer, key: string, name: string, propertyValue: string|null, type: string, required: boolean",
    ),
    ("PropertyValue", "A new value.", "propertyValue?: any"),
    (
        "Organization",
        "An organization.",
        "id: integer, name: string, secret: string, vdrVersion: string, active: boolean",
    ),
    (
        "Account",
        "An account.",
        "id: integer, name: string, description: string, active: boolean, companyId: integer, createdDate: string, \
         externalId: string, defaultAccount: boolean, type: string",
    ),
    (
        "User",
        "A user.",
        "id: integer, createdDate: string, firstName: string, lastName: string, fullName: string, email: string, \
         active: boolean, accountExpired: boolean, accountLocked: boolean, credentialsExpired: boolean, \
         accountNonExpired: boolean, accountNonLocked: boolean, credentialsNonExpired: boolean, emailValid: boolean, \
         enabled: boolean, lastLoginDate?: string, secret?: string",
    ),
    (
        "Usage",
        "One call.",
        "traffic_id: string, traffic_date: string, request_id: string, request_uri: string, request_method: string, \
         request_ip: string, request_status: string, response_code: integer, process_time: integer, \
         element_api: string, user_id: integer, account_id: integer, company_id: integer, \
         company_external_id: string, company_external_name: string, element_key?: string, element_name?: string, \
         element_instance_id?: integer",
    ),
    (
        "Definition",
        "A shape of objects.",
        "objectName?: string, level?: string, createdDate?: string, fields: DefinitionField[]",
    ),
    ("DefinitionField", "A field of a shape.", "path: string, type?: string, *: any"),
    (
        "Transformation",
        "How a shape is made from an object of an element.",
        "level?: string, objectName?: string, vendorName?: string|null, startDate?: string, isLegacy?: boolean, \
         fields?: MappedField[]|null, configuration?: Setting[]|null, script?: object|null, \
         elementInstanceId?: integer|null, elementKey?: string|null, elementId?: integer|null",
    ),
    (
        "MappedField",
        "A field and where it comes from.",
        "path: string, vendorPath?: string|null, type?: string|null, vendorType?: string|null, level?: string, \
         configuration?: Setting[]|null, *: any",
    ),
    ("Setting", "A setting of a transformation.", "type: string, properties?: object|null"),
    ("Rename", "A new name.", "objectName: string"),
    ("NewName", "A new name.", "name: string"),
    (
        "Execution",
        "What to transform, and whose transformation.",
        "payload: any, elementId?: integer|null, instanceId?: integer|null, method?: string|null",
    ),
    (
        "CommonResource",
        "A shape as all levels together make it.",
        "name: string, fields: any[], elementInstanceIds?: integer[], mappedElementIds?: integer[]",
    ),
    ("Usages", "Where a common resource is used.", "formulaUsages: any[]"),
    ("ObjectItem", "An object and its kind.", "name: string, vendorName: string, type: string"),
    ("ObjectMetadata", "The fields of an object.", "fields: FieldMetadata[], experimental?: boolean"),
    (
        "FieldMetadata",
        "A field.",
        "type: string, vendorPath: string, vendorDisplayName?: string, vendorNativeType?: string, \
         vendorRequired?: boolean, vendorReadOnly?: boolean, hidden?: boolean, primaryKey?: boolean, mask?: string, \
         method?: any[]",
    ),
    ("Ping", "The vendor answered.", "dateTime: string, endpoint: string, valid: boolean"),
    (
        "BulkQuery",
        "A statement, when there is no parameter q.",
        "q?: string, query?: string, metaData?: any, watermarks?: PartitionWatermark[]",
    ),
    (
        "PartitionWatermark",
        "Partitions that are read from the same time on; null: from their beginning.",
        "watermark: string|null, partitions: string[]",
    ),
    (
        "PendingPartition",
        "A partition that was not read completely.",
        "partition: string, reason: string, failedRows?: integer, watermark?: string, message?: string",
    ),
    (
        "BulkDownload",
        "What to read.",
        "objectName: string, format: string, where?: string, selectFields?: string, limit?: integer, \
         pageSize?: integer, from?: string, to?: string, filterDateField?: string, filterNulls?: boolean, \
         apiLimit?: integer, continueFromJobId?: string, notificationUrl?: string, query?: any",
    ),
    ("BulkStarted", "A job.", "id: string, instanceId: integer, status: string"),
    (
        "BulkStatus",
        "Where a job stands.",
        "id: string, instanceId: integer, status: string, jobStatus: string, objectName: string, \
         jobDirection: string, recordsCount: integer, recordsFailedCount: integer, recordCount: integer, \
         errorCount: integer, createdDate: integer, completionTime?: integer, fileFormat: string, \
         statusMessage?: string, message?: string, error?: string, jobCriteria?: string, metaData?: any, \
         failure?: BulkFailure, warnings?: BulkWarning[], progress: BulkProgress",
    ),
    (
        "BulkWarning",
        "What was ignored, adjusted or doubted when a job was started.",
        "code: string, message: string, field?: string, suggestion?: string",
    ),
    (
        "BulkFailure",
        "Why a job failed.",
        "kind: string, status?: integer, message: string, providerMessage?: string, hint?: string, phase: string, \
         retryable: boolean, unreachable?: boolean, retryAfter?: integer, requestId?: string",
    ),
    (
        "BulkProgress",
        "How far a job is.",
        "phase: string, rowsWritten: integer, rowsIgnored: integer, rowsFailed: integer, vendorCalls: integer, \
         parentsDone: integer, parentsTotal: integer|null, bytes: integer, startedAt: integer|null, \
         updatedAt: integer",
    ),
    (
        "BulkReport",
        "The figures of a job.",
        "id: string, objectName: string, status: string, rowsRead: integer, rowsWritten: integer, \
         rowsIgnored: integer, rowsFailed: integer, duplicatesDropped: integer, vendorCalls: integer, \
         warnings: integer{}, watermark: string|null, pending: PendingPartition[], \
         watermarks?: PartitionWatermark[]",
    ),
    (
        "BulkListed",
        "A job in the list.",
        "id?: integer, job_id?: integer, instanceId?: integer, object_name?: string, job_direction?: string, \
         status?: string, job_status?: string, job_state?: string, job_query?: string, record_count?: integer, \
         error_count?: integer, createdDate?: integer, completion_time?: integer, fileFormat?: string, \
         job_reset_attempt?: integer",
    ),
    ("BulkError", "A record that failed.", "status?: string, response?: any, id?: any"),
];

/// Returns every schema by name, with references below `prefix`.
pub(super) fn all(prefix: &str, derived: bool) -> Map<String, Value> {
    let mut all: Map<String, Value> =
        SHAPES.iter().map(|(name, doc, members)| ((*name).to_owned(), shape(prefix, doc, members))).collect();
    all.insert("ObjectList".to_owned(), object_list(prefix));
    all.extend(OBJECTS.iter().map(|info| (info.long_name.to_owned(), record(info, derived))));
    all
}

/// Returns the schema of a type in the shorthand.
pub(super) fn of(prefix: &str, shorthand: &str) -> Value {
    if let Some(inner) = shorthand.strip_suffix("|null") {
        let mut schema = of(prefix, inner);
        return match schema.get("type") {
            Some(Value::String(kind)) => {
                schema["type"] = json!([kind, "null"]);
                schema
            }
            _ => json!({"anyOf": [schema, {"type": "null"}]}),
        };
    }
    if let Some(item) = shorthand.strip_suffix("[]") {
        return json!({"type": "array", "items": of(prefix, item)});
    }
    if let Some(member) = shorthand.strip_suffix("{}") {
        return json!({"type": "object", "additionalProperties": of(prefix, member)});
    }
    match shorthand {
        "any" => json!({}),
        "string" | "integer" | "number" | "boolean" | "object" => json!({"type": shorthand}),
        name => json!({"$ref": format!("{prefix}{name}")}),
    }
}

fn shape(prefix: &str, doc: &str, members: &str) -> Value {
    let (mut properties, mut required, mut further) = (Map::new(), Vec::new(), None);
    for member in members.split(',') {
        let Some((name, kind)) = member.trim().split_once(": ") else { continue };
        if name == "*" {
            further = Some(of(prefix, kind));
            continue;
        }
        let optional = name.strip_suffix('?');
        if optional.is_none() {
            required.push(name);
        }
        properties.insert(optional.unwrap_or(name).to_owned(), of(prefix, kind.trim()));
    }
    let mut schema = json!({"type": "object", "description": doc, "properties": properties});
    if !required.is_empty() {
        schema["required"] = json!(required);
    }
    if let Some(further) = further {
        schema["additionalProperties"] = further;
    }
    schema
}

/// Returns the schema of an object list: names, or with version Helium names and kinds.
fn object_list(prefix: &str) -> Value {
    json!({"type": "array", "items": {"anyOf": [{"type": "string"}, of(prefix, "ObjectItem")]}})
}

/// Returns the schema of an object's records. Every field may be missing or null.
fn record(info: &ObjectInfo, derived: bool) -> Value {
    let properties: Map<String, Value> = info
        .object
        .fields(derived)
        .map(|field| {
            let mut schema = match field.kind {
                Kind::Id | Kind::Int => json!({"type": ["integer", "null"], "format": "int64"}),
                Kind::Float => json!({"type": ["number", "null"]}),
                Kind::Bool => json!({"type": ["boolean", "null"]}),
                Kind::Date => json!({"type": ["string", "null"], "format": "date-time"}),
                Kind::Text => json!({"type": ["string", "null"]}),
                Kind::Json => json!({}),
            };
            schema["description"] = json!(field.doc);
            if info.primary_key.contains(&field.name) {
                schema["x-primaryKey"] = json!(true);
            }
            (field.name.to_owned(), schema)
        })
        .collect();
    let mut schema = json!({"type": "object", "description": info.doc, "properties": properties});
    if info.experimental {
        schema["x-experimental"] = json!(true);
    }
    schema
}

/// Returns the schema of a common resource from the paths and types of its fields (spec P 9.2).
pub(super) fn of_fields(fields: &[(String, String)]) -> Value {
    let mut schema = json!({"type": "object", "properties": {}});
    for (path, kind) in fields {
        let mut place = &mut schema;
        for part in path.split('.') {
            let (name, is_array) = part.strip_suffix("[*]").map_or((part, false), |name| (name, true));
            place = &mut place["properties"][name];
            if is_array {
                place["type"] = json!("array");
                place = &mut place["items"];
            }
        }
        // Keeps the schema that a longer path has set.
        if place.is_null() {
            *place = json!({});
        }
        if let (Value::Object(members), Value::Object(leaf)) = (place, of_field_type(kind)) {
            members.extend(leaf);
        }
    }
    schema
}

fn of_field_type(kind: &str) -> Value {
    match kind {
        "string" | "number" | "boolean" | "object" => json!({"type": kind}),
        "int" => json!({"type": "integer"}),
        "date" => json!({"type": "string", "format": "date-time"}),
        kind if kind.starts_with("array") => json!({"type": "array", "items": {}}),
        _ => json!({}),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_reference_leads_somewhere() {
        let all = all("#/", false);
        let text = serde_json::to_string(&all).unwrap_or_default();
        for part in text.split("\"$ref\":\"#/").skip(1) {
            let name = part.split('"').next().unwrap_or_default();
            assert!(all.contains_key(name), "{name}");
        }
        assert_eq!(all.len(), SHAPES.len() + 1 + OBJECTS.len(), "no name twice");
    }

    #[test]
    fn the_shorthand_is_read() {
        assert_eq!(of("#/", "string"), json!({"type": "string"}));
        assert_eq!(of("#/", "X[]|null"), json!({"type": ["array", "null"], "items": {"$ref": "#/X"}}));
        assert_eq!(of("#/", "X|null"), json!({"anyOf": [{"$ref": "#/X"}, {"type": "null"}]}));
        assert_eq!(
            shape("#/", "d", "a: string, b?: any{}, *: any"),
            json!({"type": "object", "description": "d", "required": ["a"], "additionalProperties": {}, "properties": {
                "a": {"type": "string"}, "b": {"type": "object", "additionalProperties": {}}}})
        );
    }
}
