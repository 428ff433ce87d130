//! Members of a definition with their types and meanings (spec E 1.2 to 1.8, E 3.1).
// long: tables, which are read from top to bottom.

use std::borrow::Cow;

/// Type of a member.
#[derive(Clone, Copy, Debug)]
pub enum Kind {
    /// Text.
    Text,
    /// Text; these words have a meaning, others are accepted.
    Words(&'static [&'static str]),
    /// Text, number or boolean, which counts as its text.
    Scalar,
    /// Boolean, or one of the texts `true` and `false`.
    Flag,
    /// Method of the caller.
    Method,
    /// Version of the paging rules.
    Paginator,
    /// Key of the element.
    Key,
    /// Object of a table.
    Object(&'static str),
    /// Array of objects of a table.
    List(&'static str),
    /// Object without a table.
    Map,
    /// Any value.
    Any,
}

/// A member.
#[derive(Clone, Debug)]
pub struct Member {
    /// Name.
    pub name: &'static str,
    /// Type.
    pub kind: Kind,
    /// Whether it must be there.
    pub required: bool,
    /// One sentence.
    pub doc: Cow<'static, str>,
}

/// The members of one kind of object.
#[derive(Debug)]
pub struct Table {
    /// Name, by which other tables refer to it.
    pub name: &'static str,
    /// One sentence.
    pub doc: &'static str,
    /// The members with an effect.
    effective: &'static [Member],
    /// Name and type of the members that are kept without effect, and the statement that says so, if there is one.
    kept: &'static [(&'static str, Kind, &'static str)],
    /// The members that an import makes anew.
    anew: &'static [&'static str],
}

impl Table {
    /// Returns the members.
    pub fn members(&self) -> impl Iterator<Item = Member> {
        let kept = self.kept.iter().map(|(name, kind, statement)| {
            let doc = match *statement {
                "" => "Kept without effect.".into(),
                statement => format!("Kept without effect ({statement}).").into(),
            };
            Member { name, kind: *kind, required: false, doc }
        });
        let anew = self.anew.iter().map(|name| may(name, Any, "Made anew on import (E 1.4)."));
        self.effective.iter().cloned().chain(kept).chain(anew)
    }

    /// Returns the names of the members with their types.
    pub fn types(&self) -> impl Iterator<Item = (&'static str, Kind)> {
        let effective = self.effective.iter().map(|member| (member.name, member.kind));
        let kept = self.kept.iter().map(|(name, kind, _)| (*name, *kind));
        effective.chain(kept).chain(self.anew.iter().map(|name| (*name, Any)))
    }
}

/// A table without any members.
const PLAIN: Table = Table { name: "", doc: "", effective: &[], kept: &[], anew: &[] };

const fn may(name: &'static str, kind: Kind, doc: &'static str) -> Member {
    Member { name, kind, required: false, doc: Cow::Borrowed(doc) }
}

const fn must(name: &'static str, kind: Kind, doc: &'static str) -> Member {
    Member { name, kind, required: true, doc: Cow::Borrowed(doc) }
}

use Kind::{Any, Flag, Key, List, Map, Method, Object, Paginator, Scalar, Text, Words};

/// All tables; the first is the definition itself.
pub const TABLES: &[Table] = &[
    ELEMENT,
    AUTHENTICATION_OBJECT,
    CONFIGURATION_ENTRY,
    CONFIGURATION_OPTION,
    PARAMETER,
    HOOK,
    RESOURCE,
    RESPONSE,
    EXPRESSIONS,
    MODEL,
    OBJECT,
];

/// Returns the table of this name.
pub fn table(name: &str) -> Option<&'static Table> {
    TABLES.iter().find(|table| table.name == name)
}

const AUTHENTICATION_TYPES: &[&str] = &[
    "none",
    "custom",
    "basic",
    "customApiKey",
    "personalAccessToken",
    "oauth2",
    "oauth2Pkce",
    "oauth2Password",
    "oauth2ClientCredentials",
    "oauth1",
    "awsv4",
    "jwtOauth",
    "jwtOauth2",
    "oauth2PrivateKeyJwt",
];
const RESOURCE_TYPES: &[&str] = &[
    "api",
    "apiNoDocumentation",
    "provisionAuthValidation",
    "onProvision",
    "onRefresh",
    "onDelete",
    "onProvisionWebhook",
    "onDeleteWebhook",
    "oauthOnAuthroizeUrl",
    "oauthOnAuthorizeUrl",
    "oauthOnTokenExchange",
    "oauthOnTokenRefresh",
    "oauthOnTokenRevoke",
    "oauth1OnTokenRequest",
    "oauth2Password",
    "oauth2ClientCredentials",
    "onProvisionCacheVendorDataAsync",
    "apiElementRequest",
    "formulaAsResource",
];
const SOURCES: &[&str] = &[
    "query",
    "path",
    "header",
    "body",
    "bodyField",
    "form",
    "multipart",
    "file",
    "configuration",
    "value",
    "customValue",
    "prevBody",
    "prevBodyField",
    "no-op",
];
const TARGETS: &[&str] = &[
    "query",
    "path",
    "header",
    "body",
    "bodyField",
    "bodyToken",
    "form",
    "multipart",
    "file",
    "configuration",
    "value",
    "no-op",
];
const CONFIGURATION_TYPES: &[&str] = &[
    "TEXTFIELD_32",
    "TEXTFIELD_64",
    "TEXTFIELD_128",
    "TEXTFIELD_1000",
    "TEXTAREA",
    "CODE_EDITOR",
    "PASSWORD",
    "BOOLEAN",
    "BOOLEAN_YESNO",
    "COMBO",
    "MULTISELECT",
];
const DATA_TYPES: &[&str] = &["string", "boolean", "integer", "number", "long", "float", "double", "object", "file"];

const ELEMENT: Table = Table {
    name: "element",
    doc: "An element definition, as the hosted platform exports it (E 1). Unknown keys are kept without effect.",
    effective: &[
        must("name", Text, "Name in the catalogue (E 1.12)."),
        may("key", Key, "Key that names the element in instances; derived from the name if absent (E 1.11)."),
        may("description", Text, "Text in the catalogue; the name by default (E 1.12)."),
        may("hub", Text, "Hub of the paths; `general` by default (E 1.14)."),
        must("authentication", Object("authentication"), "Authentication of the vendor's API (E 1.15)."),
        may("typeOauth", Flag, "Whether the type of the authentication is one of OAuth; derived (E 1.16)."),
        may("protocolType", Words(&["http", "soap", "odata"]), "Protocol; `http` by default (E 1.17)."),
        may("configuration", List("configurationEntry"), "Values that an instance has (E 3)."),
        may("parameters", List("parameter"), "Parameters of every vendor call (E 1.19)."),
        may("resources", List("resource"), "Methods and paths (E 1.20)."),
        may("hooks", List("hook"), "Scripts around every vendor call (E 1.21)."),
        may("objects", List("object"), "Keys, dates and bulk flags of objects (E 1.22)."),
        may("models", List("sharedModel"), "Shapes that resources share (E 1.23)."),
        may("useModelsForMetadata", Flag, "Whether object metadata come from the models; `true` by default (E 1.24)."),
        may("bulkDownloadEnabled", Flag, "Whether all objects can be downloaded in bulk (E 1.26)."),
        may("bulkUploadEnabled", Flag, "Whether all objects can be uploaded in bulk (E 1.26)."),
        may("transformationsEnabled", Flag, "Whether common resources may be mapped; `true` by default (E 1.27)."),
        may("paginatorVersion", Paginator, "Version of the paging rules; 2 by default (E 1.29)."),
        may("active", Flag, "Whether instances can be created; `true` by default (E 1.30)."),
        may("private", Flag, "Always `true` in responses (E 1.31)."),
        may("cloneable", Flag, "Whether the element can be cloned; `true` by default (E 1.32)."),
        may("extendable", Flag, "Whether resources may be added; `true` by default (E 1.32)."),
        may("extended", Flag, "Whether the resources extend an element of the hosted platform (E 1.33)."),
        may("deleted", Flag, "Ignored (E 1.4)."),
        may("elementMetadata", Map, "Summary for the catalogue, instead of derived values (E 1.35)."),
        may("image", Text, "URL or name of a picture; never fetched (E 1.13)."),
        may("logo", Text, "URL or name of a picture; never fetched (E 1.13)."),
        may("signupURL", Text, "URL for signing up with the vendor (E 1.36)."),
    ],
    kept: &[
        ("childTransformationsEnabled", Flag, "E 1.28"),
        ("beta", Flag, "E 1.34"),
        ("trialAccount", Flag, "E 1.34"),
        ("modelType", Text, "E 1.25"),
        ("hookName", Text, "E 1.36"),
        ("configDescription", Text, "E 1.36"),
        ("publishStatus", Text, "E 1.36"),
    ],
    anew: &["id"],
};

const AUTHENTICATION_OBJECT: Table = Table {
    name: "authentication",
    doc: "Authentication of the vendor's API (E 4).",
    effective: &[must("type", Words(AUTHENTICATION_TYPES), "Type (E 4.1 to 4.5).")],
    ..PLAIN
};

const CONFIGURATION_ENTRY: Table = Table {
    name: "configurationEntry",
    doc: "A value that an instance has (E 3.1).",
    effective: &[
        must("key", Text, "Key, such as `base.url`; E 3.3 lists those with an effect of their own."),
        may("name", Text, "Display name; the key by default."),
        may("description", Text, "Description."),
        may("type", Words(CONFIGURATION_TYPES), "Type; `TEXTFIELD_1000` by default (E 3.4 to 3.10)."),
        may("defaultValue", Scalar, "Value of instances that give none. Do not put secrets here."),
        may("required", Flag, "Whether an instance needs a value (E 3.12)."),
        may("internal", Flag, "Whether the engine or the author sets it (E 3.13)."),
        may("hideFromConsole", Flag, "Whether forms hide it (E 3.13)."),
        may("groupControl", Flag, "Whether its value chooses among groups of entries (E 3.14)."),
        may("groupBy", Any, "Values of the controlling entry with which this one applies, with commas (E 3.14)."),
        may("active", Flag, "Whether the entry is in use; `true` by default."),
        may("isPrivate", Flag, "Whether responses mask the value (E 3.16)."),
        may("encrypt", Flag, "Whether responses mask the value (E 3.16)."),
        may("options", List("configurationOption"), "Values to choose from (E 3.8)."),
    ],
    kept: &[
        ("displayOrder", Any, ""),
        ("companyConfig", Any, ""),
        ("resellerConfig", Any, ""),
        ("configScreenType", Words(&["pre", "pre-optional", "none"]), ""),
        ("hintText", Any, ""),
    ],
    anew: &["id"],
};

const CONFIGURATION_OPTION: Table = Table {
    name: "configurationOption",
    doc: "A value to choose from (E 3.8).",
    effective: &[
        may("value", Scalar, "The value."),
        may("description", Scalar, "Its description; the value by default."),
    ],
    ..PLAIN
};

const PARAMETER: Table = Table {
    name: "parameter",
    doc: "A parameter: a value that goes from the caller to the vendor, or back (E 1.5).",
    effective: &[
        must("type", Words(SOURCES), "Origin of the value (E 5.10 to 5.18)."),
        must("name", Text, "Name at the origin; with `value` the value itself, with placeholders (E 5.32)."),
        may("vendorType", Words(TARGETS), "Destination of the value; `type` by default (E 5.19 to 5.29)."),
        may(
            "vendorName",
            Text,
            "Name at the destination; `name` by default. `converter:toQueryParameters` converts a condition (E 5.38).",
        ),
        may(
            "source",
            Words(&["request", "response"]),
            "`response` turns the direction: read at the vendor's side, written to the other (E 1.70).",
        ),
        may("dataType", Words(DATA_TYPES), "Type in documents; `string` by default, or the name of a model."),
        may("vendorDataType", Words(DATA_TYPES), "Type in the vendor's JSON body (E 1.71)."),
        may("required", Flag, "Whether a call without it is refused (E 5.51)."),
        may("converter", Any, "Repeats the converter of `vendorName` without effect (E 1.73)."),
        may("description", Text, "Text in documents."),
        may("sampleData", Any, "Sample in documents."),
    ],
    anew: &["id", "elementId", "resourceId"],
    ..PLAIN
};

const HOOK: Table = Table {
    name: "hook",
    doc: "A script (E 1.77).",
    effective: &[
        may("type", Words(&["preRequest", "postRequest", "event"]), "Occasion on which it runs."),
        may("mimeType", Any, "`application/javascript`; without effect."),
        may("body", Text, "JavaScript. Blank: nothing happens."),
        may("isLegacy", Flag, "Whether it ends with `return` instead of `done` (E 7.2)."),
        may("bodyOrRef", Any, "In folders of UiPath: the script is in the file `ref` (E 1.94)."),
        may("ref", Text, "In folders of UiPath: name of a file in `hooks/` (E 1.94)."),
    ],
    kept: &[("contextParams", Any, "E 1.78")],
    anew: &["id"],
};

const RESOURCE: Table = Table {
    name: "resource",
    doc: "A method and path of the element (E 1.3).",
    effective: &[
        must("method", Method, "Method of the caller (E 1.37)."),
        must("path", Text, "Path of the caller; `/hubs/{hub}` in front is optional (E 1.38)."),
        may("vendorMethod", Text, "Method of the vendor call; that of the caller by default (E 1.39)."),
        may("vendorPath", Text, "Template of the vendor's path, below `base.url` (E 5.54)."),
        may("type", Words(RESOURCE_TYPES), "Occasion on which it runs; `api` by default (E 1.4)."),
        may("kind", Words(&["eb", "java"]), "`java` resources do not run (E 1.42)."),
        may("rootKey", Text, "`request|response`: paths that wrap the body and unwrap the answer (E 5.63, E 5.73)."),
        may("expressions", Object("expressions"), "The two halves of `rootKey`, which go before it (E 1.44)."),
        may(
            "paginationType",
            Words(&["VENDOR_SUPPORTED", "VENDOR_NOT_SUPPORTED", "NO_PAGINATION"]),
            "Paging of the list; by the vendor by default (E 1.45).",
        ),
        may("nextPageKey", Text, "Location of the next cursor: `body.page.next?cursor`, `header.Next` (E 6.20)."),
        may("nextResource", Text, "Following step of a chain, `METHOD:/path` (E 7.63)."),
        may("response", Object("response"), "Answer of the vendor (E 1.48)."),
        may("model", Object("model"), "Schemas of request and response (E 8.4)."),
        may("object", Map, "Field list of this resource, instead of a model (E 1.50)."),
        may("parameters", List("parameter"), "Parameters (E 1.51)."),
        may("hooks", List("hook"), "Scripts (E 1.51)."),
        may("description", Text, "Summary in documents (E 1.52)."),
        may("operationId", Text, "Name of the operation in documents (E 8.24)."),
        may("objectName", Text, "Object that the resource belongs to, if it is not that of the path (E 8.1)."),
        may("standardResourceName", Text, "As `objectName` (E 1.54)."),
    ],
    kept: &[("tryitoutDisable", Any, "E 1.55"), ("modelMigrated", Any, "E 1.55"), ("formulaId", Any, "E 1.55")],
    anew: &["id", "createdDate", "updatedDate", "ownerAccountId"],
};

const RESPONSE: Table = Table {
    name: "response",
    doc: "Answer of the vendor (E 1.48).",
    effective: &[
        may("contentType", Text, "Media type; a hint (E 5.67)."),
        may("contentTypeAsString", Text, "Media type; a hint (E 5.67)."),
        may("sampleData", Any, "Sample in documents."),
    ],
    ..PLAIN
};

const EXPRESSIONS: Table = Table {
    name: "expressions",
    doc: "The two halves of `rootKey` (E 1.44).",
    effective: &[
        may("requestBodyRoot", Text, "Path that wraps the body."),
        may("responseBodyRoot", Text, "Path that unwraps the answer."),
    ],
    ..PLAIN
};

const MODEL: Table = Table {
    name: "model",
    doc: "Schemas of request and response in a loose form of Swagger (E 8.4).",
    effective: &[
        may("name", Text, "Name of the response's root schema."),
        may("swagger", Any, "Schemas of the response by name."),
        may("requestName", Text, "Name of the request's root schema."),
        may("requestSwagger", Any, "Schemas of the request by name."),
    ],
    kept: &[("rawSwagger", Any, "E 1.49"), ("transform", Any, "E 1.49")],
    ..PLAIN
};

const OBJECT: Table = Table {
    name: "object",
    doc: "Keys, dates and bulk flags of an object (E 1.7).",
    effective: &[
        must("name", Text, "Name of the object (E 8.1)."),
        may("vendorName", Text, "Name that discovery shows as the vendor's (E 1.81)."),
        may("primaryKeyName", Text, "Field that identifies a record; `id` by default (E 1.82)."),
        may("createdDateName", Text, "Field with the time of creation (E 1.83)."),
        may("createdDateFormat", Text, "Mask of that field (E 1.83)."),
        may("updatedDateName", Text, "Field with the time of the last change (E 1.83)."),
        may("updatedDateFormat", Text, "Mask of that field (E 1.83)."),
        may("queryDateName", Text, "Field by which bulk jobs ask for changes (E 9.8)."),
        may("queryDateFormat", Text, "Mask of that field (E 9.9)."),
        may("queryDateOperator", Text, "Operator with which bulk jobs ask for changes (E 9.9)."),
        may("bulkDownloadEnabled", Flag, "Whether it can be downloaded in bulk (E 9.2)."),
        may("bulkUploadEnabled", Flag, "Whether it can be uploaded in bulk (E 9.3)."),
        may("hulkDownloadEnabled", Flag, "Whether the newer bulk service downloads it (E 1.85)."),
        may("hulkUploadEnabled", Flag, "Whether the newer bulk service uploads it (E 1.85)."),
        may("fields", Any, "Field list (E 1.87)."),
    ],
    kept: &[
        ("nativeBulkDownload", Any, "E 12.9"),
        ("nativeBulkUpload", Any, "E 12.9"),
        ("eventsEnabled", Any, "E 12.11"),
    ],
    anew: &["id", "elementId"],
};
