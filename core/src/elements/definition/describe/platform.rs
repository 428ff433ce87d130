//! Operations and definitions of the platform, which every document has (spec E 8.19 to 8.22, 8.34 to 8.42, 8.46).

use serde_json::{Map, Value, json};

use super::names::tag;
use super::operations::{authorization, responses};
use super::schemas::reference;
use crate::elements::definition::document::Definition;

/// Bulk calls that an element has (spec E 8.21).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct BulkCalls {
    /// `POST /bulk/query`
    pub query: bool,
    /// `POST /bulk/{objectName}`
    pub upload: bool,
    /// `POST /bulk/download`
    pub download: bool,
}

impl BulkCalls {
    /// Returns the calls that the flags of an element and its objects switch on.
    pub fn of(definition: &Definition) -> Self {
        let objects = &definition.objects;
        Self {
            query: definition.bulk_download || objects.iter().any(|object| object.older_download),
            upload: definition.bulk_upload || objects.iter().any(|object| object.older_upload),
            download: objects.iter().any(|object| object.hulk_download),
        }
    }

    /// Returns whether there is any.
    pub fn any(self) -> bool {
        self.query || self.upload || self.download
    }
}

/// An operation of the platform.
pub(super) struct PlatformOperation {
    pub path: &'static str,
    pub method: &'static str,
    pub id: &'static str,
    summary: &'static str,
    /// Parameters behind the credentials, by [`parameter`].
    parameters: &'static [&'static str],
    answer: Answer,
}

/// Schema of a successful answer.
enum Answer {
    None,
    Of(&'static str),
    Many(&'static str),
    Texts,
    File,
}

/// Creates a row of the tables.
const fn row(
    method: &'static str,
    path: &'static str,
    id: &'static str,
    summary: &'static str,
    parameters: &'static [&'static str],
    answer: Answer,
) -> PlatformOperation {
    PlatformOperation { path, method, id, summary, parameters, answer }
}

const RECORD: &str = "/{objectName}/{objectId}";
const CHILDREN: &str = "/{objectName}/{objectId}/{childObjectName}";
const CHILD: &str = "/{objectName}/{objectId}/{childObjectName}/{childObjectId}";
const LIST: [&str; 4] = ["where", "pageSize", "nextPage", "fields"];

/// Discovery.
const DISCOVERY: [PlatformOperation; 4] = [
    row("get", "/ping", "getPing", "Verifies that the vendor can be reached.", &[], Answer::Of("Pong")),
    row("get", "/objects", "getObjects", "Lists the objects.", &["Elements-Version"], Answer::Texts),
    row(
        "get",
        "/objects/{objectName}/metadata",
        "getObjectsObjectNameMetadata",
        "Lists the fields of an object.",
        &["objectName", "Elements-Version"],
        Answer::Of("objectsMetadata"),
    ),
    row(
        "get",
        "/objects/{objectName}/docs",
        "getObjectsObjectNameDocs",
        "Returns the Swagger document of an object.",
        &["objectName", "discovery", "resolveReferences", "basic", "version"],
        Answer::Of("swaggerDocs"),
    ),
];

/// Records of any object.
const GENERIC: [PlatformOperation; 12] = [
    row(
        "get",
        "/{objectName}",
        "getByObjectName",
        "Lists records of an object.",
        &["objectName", LIST[0], LIST[1], LIST[2], LIST[3]],
        Answer::Many("Object"),
    ),
    row("post", "/{objectName}", "createByObjectName", "Creates a record.", &["objectName", "Body"], Answer::None),
    row(
        "get",
        RECORD,
        "getObjectNameByObjectId",
        "Returns a record.",
        &["objectName", "objectId"],
        Answer::Of("Object"),
    ),
    row(
        "put",
        RECORD,
        "replaceObjectNameByObjectId",
        "Replaces a record.",
        &["objectName", "objectId", "Body"],
        Answer::Of("Object"),
    ),
    row(
        "patch",
        RECORD,
        "updateObjectNameByObjectId",
        "Changes a record.",
        &["objectName", "objectId", "Body"],
        Answer::Of("Object"),
    ),
    row("delete", RECORD, "deleteObjectNameByObjectId", "Deletes a record.", &["objectName", "objectId"], Answer::None),
    row(
        "get",
        CHILDREN,
        "getObjectNameByChildObjectName",
        "Lists records below a record.",
        &["objectName", "objectId", "childObjectName", LIST[0], LIST[1], LIST[2], LIST[3]],
        Answer::Many("Object"),
    ),
    row(
        "post",
        CHILDREN,
        "createObjectNameByChildObjectName",
        "Creates a record below a record.",
        &["objectName", "objectId", "childObjectName", "Body"],
        Answer::None,
    ),
    row(
        "get",
        CHILD,
        "getObjectNameByChildObjectId",
        "Returns a record below a record.",
        &["objectName", "objectId", "childObjectName", "childObjectId"],
        Answer::Of("Object"),
    ),
    row(
        "put",
        CHILD,
        "replaceObjectNameByChildObjectId",
        "Replaces a record below a record.",
        &["objectName", "objectId", "childObjectName", "childObjectId", "Body"],
        Answer::Of("Object"),
    ),
    row(
        "patch",
        CHILD,
        "updateObjectNameByChildObjectId",
        "Changes a record below a record.",
        &["objectName", "objectId", "childObjectName", "childObjectId", "Body"],
        Answer::Of("Object"),
    ),
    row(
        "delete",
        CHILD,
        "deleteObjectNameByChildObjectId",
        "Deletes a record below a record.",
        &["objectName", "objectId", "childObjectName", "childObjectId"],
        Answer::None,
    ),
];

const QUERY: PlatformOperation = row(
    "post",
    "/bulk/query",
    "createBulkQuery",
    "Starts a bulk job.",
    &["Elements-Async-Callback-Url", "q", "lastRunDate", "from", "to", "metaData"],
    Answer::Of("BulkQuery"),
);
const UPLOAD: PlatformOperation = row(
    "post",
    "/bulk/{objectName}",
    "createBulkByObjectName",
    "Starts a bulk upload.",
    &["Elements-Async-Callback-Url", "objectName", "metaData", "file"],
    Answer::Of("BulkUploadResponse"),
);
const DOWNLOAD: PlatformOperation = row(
    "post",
    "/bulk/download",
    "createBulkDownload",
    "Starts a bulk job.",
    &["bulkDownloadRequest"],
    Answer::Of("BulkQuery"),
);

/// Calls of any bulk job.
const JOBS: [PlatformOperation; 5] = [
    row(
        "get",
        "/bulk/jobs",
        "getBulkJobs",
        "Lists the bulk jobs.",
        &["where", "nextPage", "pageSize", "fields"],
        Answer::Of("BulkJobList"),
    ),
    row("put", "/bulk/{id}/cancel", "replaceBulkCancel", "Cancels a bulk job.", &["id"], Answer::Of("BulkStatus")),
    row(
        "get",
        "/bulk/{id}/errors",
        "getBulkErrors",
        "Lists the failed rows of a bulk job.",
        &["id", "pageSize", "nextPage", "fields"],
        Answer::Texts,
    ),
    row(
        "get",
        "/bulk/{id}/status",
        "getBulkStatus",
        "Returns the state of a bulk job.",
        &["id"],
        Answer::Of("BulkStatus"),
    ),
    row(
        "get",
        "/bulk/{id}/{objectName}",
        "getBulkByObjectName",
        "Returns the result of a bulk job.",
        &["id", "objectName"],
        Answer::File,
    ),
];

/// Returns the operations of the platform for an element with these bulk calls.
pub(super) fn operations(bulk: BulkCalls) -> impl Iterator<Item = PlatformOperation> {
    let started = [(QUERY, bulk.query), (UPLOAD, bulk.upload), (DOWNLOAD, bulk.download)];
    let started = started.into_iter().filter(|(_, has)| *has).map(|(operation, _)| operation);
    let jobs = JOBS.into_iter().filter(move |_| bulk.any());
    DISCOVERY.into_iter().chain(GENERIC).chain(started).chain(jobs)
}

impl PlatformOperation {
    /// Returns whether it serves records of any object, and gives way to paths of the element (spec E 8.20).
    pub fn is_generic(&self) -> bool {
        self.path.starts_with('{') || self.path.starts_with("/{")
    }

    /// Returns the schema of a successful answer.
    pub fn answer(&self) -> Option<Value> {
        match self.answer {
            Answer::None => None,
            Answer::Of(name) => Some(reference(name)),
            Answer::Many(name) => Some(json!({ "type": "array", "items": reference(name) })),
            Answer::Texts => Some(json!({ "type": "array", "items": { "type": "string" } })),
            Answer::File => Some(json!({ "type": "file" })),
        }
    }

    /// Returns the operation as documents have it.
    pub fn written(&self) -> Value {
        let own = self.parameters.iter().map(|name| parameter(name, self.path));
        let parameters: Vec<Value> = std::iter::once(authorization()).chain(own).collect();
        let mut operation = json!({"operationId": self.id, "summary": self.summary, "tags": [tag(self.path)]});
        if self.parameters.contains(&"metaData") {
            operation["consumes"] = json!(["multipart/form-data"]);
        }
        if matches!(self.answer, Answer::File) {
            operation["produces"] = json!(["text/csv", "application/json", "application/jsonl"]);
        }
        operation["parameters"] = parameters.into();
        operation["responses"] = responses(self.answer());
        operation
    }
}

/// Returns a parameter of the platform by its name.
fn parameter(name: &str, path: &str) -> Value {
    let text = |place: &str, about: &str| json!({"name": name, "in": place, "required": place == "path", "type": "string", "description": about});
    match name {
        _ if path.contains(&format!("{{{name}}}")) => text("path", "Part of the path"),
        "Elements-Version" => {
            let mut version = text("header", "Form of the answer: Hydrogen by default, or Helium");
            version["enum"] = json!(["Hydrogen", "Helium"]);
            version
        }
        "Elements-Async-Callback-Url" => text("header", "URL that is called when the job has ended"),
        "Body" => json!({"name": name, "in": "body", "required": true, "schema": reference("Object")}),
        "bulkDownloadRequest" => json!({"name": "body", "in": "body", "required": true, "schema": reference(name)}),
        "pageSize" => json!({"name": name, "in": "query", "required": false, "type": "integer", "format": "int64",
            "description": "Number of records in a page, 200 by default"}),
        "discovery" | "resolveReferences" | "basic" => {
            json!({"name": name, "in": "query", "required": false, "type": "boolean"})
        }
        "version" => json!({"name": name, "in": "query", "required": false, "type": "string", "default": "-1"}),
        "metaData" => text("formData", "Details of the job as a JSON object"),
        "file" => json!({"name": name, "in": "formData", "required": false, "type": "file"}),
        "where" => text("query", "Condition in CEQL, without the word WHERE"),
        "q" => text("query", "Statement in CEQL"),
        "nextPage" => text("query", "Token of the next page, from the response header elements-next-page-token"),
        "fields" => text("query", "Names of the fields to return, separated by commas"),
        "lastRunDate" | "from" => text("query", "Earliest change, as a date in ISO 8601"),
        "to" => text("query", "Latest change, as a date in ISO 8601"),
        _ => text("query", ""),
    }
}

/// Returns the definitions of the platform (spec E 8.46).
pub(super) fn definitions(bulk: BulkCalls) -> Map<String, Value> {
    let mut all = Map::new();
    for (name, members) in SHAPES {
        let wanted = match name {
            "BulkQuery" => bulk.query || bulk.download,
            "BulkUploadResponse" => bulk.upload,
            "BulkStatus" | "BulkJobList" => bulk.any(),
            _ => !name.starts_with("bulkDownload") || bulk.download,
        };
        if wanted {
            all.insert(name.to_owned(), shape(members));
        }
    }
    all
}

/// Returns a schema with these members, written `name:type` and separated by blanks. A type in brackets is that of an
/// array; a word that is no type of Swagger names a definition.
fn shape(members: &str) -> Value {
    let property = |member: &str| {
        let (name, kind) = member.split_once(':')?;
        let item = kind.strip_prefix('[').and_then(|kind| kind.strip_suffix(']'));
        let schema = item.map_or_else(|| typed(kind), |item| json!({ "type": "array", "items": typed(item) }));
        Some((name.to_owned(), schema))
    };
    let properties: Map<String, Value> = members.split_whitespace().filter_map(property).collect();
    json!({ "type": "object", "properties": properties })
}

fn typed(kind: &str) -> Value {
    match kind {
        "string" | "number" | "boolean" | "object" | "integer" => json!({ "type": kind }),
        "date" => json!({ "type": "string", "format": "date-time" }),
        name => reference(name),
    }
}

/// Definitions of the platform with their members.
const SHAPES: [(&str, &str); 37] = [
    ("Object", "objectField:string"),
    ("Pong", "dateTime:date endpoint:string"),
    ("objectsMetadata", "fields:[objectsMetadataFields]"),
    (
        "objectsMetadataFields",
        "mask:string type:string vendorDisplayName:string vendorPath:string vendorReadOnly:boolean vendorRequired:boolean",
    ),
    (
        "swaggerDocs",
        "swagger:string info:swaggerinfo host:string basePath:string schemes:[string] tags:[swaggertags] \
         paths:swaggerpaths definitions:swaggerdefinitions",
    ),
    ("swaggerinfo", "title:string version:string contact:swaggercontact"),
    ("swaggercontact", "email:string"),
    ("swaggertags", "name:string"),
    ("swaggerpaths", "/contacts:swagger-contacts-path"),
    ("swagger-contacts-path", "post:swaggerpost"),
    (
        "swaggerpost",
        "operationId:string summary:string tags:[string] parameters:[swaggerparameters] responses:swaggerresponses",
    ),
    (
        "swaggerparameters",
        "name:string in:string description:string type:string required:boolean schema:swaggerparametersschema",
    ),
    ("swaggerparametersschema", "$ref:string"),
    (
        "swaggerresponses",
        "200:swagger200 400:swagger400 401:swagger401 403:swagger403 404:swagger404 405:swagger405 406:swagger406 \
         409:swagger409 415:swagger415 500:swagger500 502:swagger502",
    ),
    ("swagger200", "description:string schema:swaggerschema"),
    ("swagger400", "description:string"),
    ("swagger401", "description:string"),
    ("swagger403", "description:string"),
    ("swagger404", "description:string"),
    ("swagger405", "description:string"),
    ("swagger406", "description:string"),
    ("swagger409", "description:string"),
    ("swagger415", "description:string"),
    ("swagger500", "description:string"),
    ("swagger502", "description:string"),
    ("swaggerschema", "$ref:string"),
    ("swaggerdefinitions", "definition-name:swaggerdefinition-name"),
    ("swaggerdefinition-name", "type:string properties:swaggerproperties"),
    ("swaggerproperties", "property:swaggerdefinition-property"),
    ("swaggerdefinition-property", "type:string"),
    (
        "BulkStatus",
        "id:number status:string objectName:string recordsCount:number recordsFailedCount:number message:string",
    ),
    ("BulkJobList", "id:number status:string objectName:string createdDate:string"),
    ("BulkQuery", "id:number status:string"),
    ("BulkUploadResponse", "id:number status:string"),
    ("bulkDownloadRequest", "query:bulkDownloadRequestQuery docsHubDetails:bulkDownloadRequestDocsHubDetails"),
    ("bulkDownloadRequestQuery", "select:string from:string where:string"),
    ("bulkDownloadRequestDocsHubDetails", "path:string"),
];
