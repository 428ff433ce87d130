//! Query and header parameters by name (spec P 4.2, 5.5, 6.6, 7.3, 10, 12.1).

use crate::element::ParameterInfo;

/// Parameter of a call.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Parameter<'a> {
    /// Key that rows refer to; usually the name.
    key: &'a str,
    pub name: &'a str,
    /// `string`, `boolean`, `strings`, or an integer: `positive`, `whole` or `version` (from -1).
    pub kind: &'static str,
    pub doc: &'a str,
    /// `query` or `header`.
    pub place: &'static str,
}

const fn parameter(name: &'static str, kind: &'static str, doc: &'static str) -> Parameter<'static> {
    let place = if name.as_bytes()[0].is_ascii_uppercase() { "header" } else { "query" };
    Parameter { key: name, name, kind, doc, place }
}

static PARAMETERS: [Parameter<'static>; 64] = [
    parameter("where", "string", "A CEQL condition."),
    parameter("fields", "string", "The fields to keep, comma-separated."),
    parameter("orderBy", "string", "Fields to sort by, each with asc or desc, comma-separated."),
    parameter("page", "whole", "The page, from 1; 0 is the first one as well."),
    parameter("pageSize", "positive", "Items per page; numbers above the maximum count as the maximum."),
    parameter("nextPage", "string", "The token of the previous response; it takes precedence over page."),
    parameter(
        "returnCount",
        "boolean",
        "Counts all items, in the header Elements-Total-Count; also as includeTotalCount and returnTotalCount.",
    ),
    Parameter { key: "expandMetadata", ..parameter("expand", "boolean", "The large form.") },
    parameter("hydrate", "boolean", "Items in full."),
    parameter("abridged", "boolean", "Has no effect: lists are abridged unless hydrate is true."),
    parameter("extendedOnly", "boolean", "Only what was added to an element of the program; no effect for documents."),
    parameter("accountOnly", "boolean", "Only what was added to an element of the program; no effect for documents."),
    parameter("searchText", "string", "A string that items contain."),
    parameter(
        "valid",
        "boolean",
        "Only instances whose credentials worked the last time they were used, or only the others.",
    ),
    parameter("active", "boolean", "Only jobs that have not ended."),
    parameter("tags[]", "strings", "Tags that items have, all of them."),
    parameter("keys[]", "strings", "Keys of elements."),
    parameter("accountIds[]", "strings", "Ids of accounts."),
    parameter("hub", "string", "The key of a hub."),
    parameter("status", "string", "SUCCESS or FAILED."),
    parameter("from", "string", "From this date on, ISO 8601."),
    parameter("to", "string", "Up to this date, ISO 8601."),
    parameter("offset", "whole", "Items to skip."),
    parameter("pageOffset", "whole", "Pages to skip."),
    parameter("includeInactive", "boolean", "Includes inactive items."),
    parameter("systemOnly", "boolean", "Only what the vendor supplies."),
    Parameter { key: "copyLevel", ..parameter("level", "string", "account or organization.") },
    parameter("cloneAllTransformations", "boolean", "Copies the transformations for all elements."),
    parameter("elementKeys[]", "strings", "Copies the transformations for these elements."),
    parameter("orgIds[]", "strings", "Organizations, by default the caller's."),
    parameter("instanceId", "string", "An instance, whose parts are included."),
    parameter("propagate", "boolean", "Deletes those of higher levels as well."),
    parameter("reAuthenticate", "boolean", "false: the credentials are not verified again."),
    parameter("fetchAll", "boolean", "Reads the list of objects again."),
    parameter("operationId", "string", "Only this operation."),
    Parameter {
        key: "docsVersion",
        ..parameter("version", "version", "The version of the document; -1 is the newest.")
    },
    parameter("baseUrl", "string", "The URL that the document names."),
    parameter("discovery", "boolean", "Includes objects and fields of the account."),
    parameter("resolveReferences", "boolean", "References are replaced by what they refer to."),
    parameter("basic", "boolean", "Without extension properties."),
    parameter("q", "string", "A SELECT statement."),
    parameter("lastRunDate", "string", "The same as from."),
    parameter("path", "string", "The path of the list that records are written to."),
    parameter("unknown", "boolean", "Returns the records whose outcome is not known, in place of those that failed."),
    parameter("watermarks", "boolean", "Adds the starting point of each partition for the next pull."),
    parameter("partitions", "boolean", "Adds the partitions of the result with their numbers of records."),
    parameter("partition", "string", "Returns the records of this partition alone."),
    parameter(
        "continueFromJobId",
        "string",
        "Starts where this job stopped because of its limit; without q, with its statement.",
    ),
    parameter("apiKey", "string", "The client id; that of the element by default."),
    parameter(
        "apiSecret",
        "string",
        "The client secret; that of the element by default. A POST keeps it out of the address.",
    ),
    parameter(
        "callbackUrl",
        "string",
        "The address to which the vendor sends the user; that of the element by default.",
    ),
    Parameter {
        key: "oauthScope",
        ..parameter("scope", "string", "The requested scopes; those of the element by default.")
    },
    parameter("state", "string", "A text that the vendor sends to the callback."),
    parameter("codeChallenge", "string", "The PKCE challenge of a caller that keeps the verifier itself."),
    parameter("requestToken", "string", "The request token of OAuth 1; one is asked for by default."),
    parameter("json", "string", "A JSON object; convertToNativeType false returns every scalar as a string."),
    parameter(
        "nested",
        "string",
        "structs writes objects and arrays of open records as structs and lists; text is the default.",
    ),
    parameter("Elements-Version", "string", "Hydrogen or Helium."),
    parameter("Elements-Async-Callback-Url", "string", "URL that is called when the job ends."),
    parameter("Elements-Schedule-Request", "string", "A cron expression."),
    parameter("Elements-User-Password", "string", "The user's password; the response then has the secret."),
    parameter("If-Match", "string", "The revision of the element in quotation marks; another one fails with 409."),
    parameter("Range", "string", "One byte range of the file."),
    parameter("If-Range", "string", "The ETag the range belongs to."),
];

/// Returns the parameter with this key.
pub(super) fn find<'a>(key: &str) -> Option<Parameter<'a>> {
    PARAMETERS.iter().find(|parameter| parameter.key == key).copied()
}

impl<'a> Parameter<'a> {
    /// Returns a parameter of an element at this place.
    pub fn of_element(ParameterInfo { name, doc }: &'a ParameterInfo, place: &'static str) -> Self {
        Self { key: name, name, kind: "string", doc, place }
    }
}
