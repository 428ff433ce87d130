//! Table of handlers: summary, parameters, body, response, and the failures that the kind of call does not imply.

/// Description of a handler.
#[derive(Debug)]
pub(super) struct Row {
    /// Name in the route table.
    handler: &'static str,
    /// Summary; empty for that of the element's table.
    pub summary: &'static str,
    /// Query and header parameters, in the order of documents.
    pub parameters: &'static str,
    /// Type of the body; a trailing `?` makes it optional. `RECORD`: the object of the path, if the call takes a record.
    pub body: &'static str,
    /// Type of the response, which may end with `[]` or `{}`; empty for no body. `NEVER`: the call always fails. `RECORDS`: the object of the path.
    /// `FILE`: a result file in one of its formats.
    pub answer: &'static str,
    /// Status codes, and `vendor` if the vendor is called.
    pub failures: &'static str,
}

macro_rules! rows {
    ($($handler:literal $summary:literal [$($parameters:literal)?] ($($body:literal)?) => $answer:literal $($failures:literal)?;)*) => {
        &[$(Row {
            handler: $handler,
            summary: $summary,
            parameters: concat!($($parameters)?),
            body: concat!($($body)?),
            answer: $answer,
            failures: concat!($($failures)?),
        }),*]
    };
}

static UNDESCRIBED: Row = Row { handler: "", summary: "", parameters: "", body: "", answer: "any", failures: "" };

/// Returns the row of a handler.
pub(super) fn row(handler: &str) -> &'static Row {
    ROWS.iter().find(|row| row.handler == handler).unwrap_or(&UNDESCRIBED)
}

#[cfg(test)]
pub(super) fn is_known(handler: &str) -> bool {
    ROWS.iter().any(|row| row.handler == handler)
}

#[cfg(test)]
pub(super) fn parameters() -> impl Iterator<Item = &'static str> {
    ROWS.iter().flat_map(|row| row.parameters.split_whitespace())
}

static ROWS: &[Row] = rows! {
    "authentication::login" "Starts a session with a user name and a password; it lasts 24 hours." [] ("Login") => "Session" "401 429";
    "authentication::secrets" "The secrets of the user of a session." [] () => "Secrets";
    "authentication::password" "Sets a new password for the user of a session, and ends the user's other sessions." [] ("NewPassword") => "";

    "catalog::elements" "Lists the elements." ["where hydrate abridged pageSize nextPage"] () => "AnyElement[]";
    "catalog::element_keys" "Lists the keys of the elements." ["pageSize nextPage"] () => "string[]";
    "catalog::element" "Shows an element." ["hydrate"] () => "AnyElement";
    "catalog::all_metadata" "Lists the metadata of the elements." [] () => "AnyMetadata[]";
    "catalog::metadata" "Shows the metadata of an element, with the extensions of this platform." ["expandMetadata"] () => "AnyMetadata";
    "catalog::export" "The element as a definition, for download." ["extendedOnly"] () => "any{}";
    "catalog::default_transformations" "The default transformations of an element, by object name." [] () => "Transformation{}";
    "catalog::trace" "The log of a traced call." [] () => "any";

    "elements::create" "Stores a definition as an element of the organization." [] ("any{}") => "OwnElement" "403 409";
    "elements::replace" "Replaces the definition of an element; its key stays." ["If-Match"] ("any{}") => "OwnElement" "403 404 409";
    "elements::delete" "Deletes an element without instances." ["If-Match"] () => "" "403 404 409";
    "elements::activate" "Allows new instances of an element." [] () => "OwnElement" "403 404";
    "elements::deactivate" "Allows no new instances of an element; existing ones work on." [] () => "OwnElement" "403 404";
    "elements::clone" "Copies an element under the next free key." [] () => "OwnElement" "403 404";
    "elements::convert" "Not available: conversion of other documents to elements." [] () => "NEVER";
    "elements::oauth_proxies" "Not available: OAuth proxies." [] () => "NEVER";
    "elements::configuration::list" "Lists the configuration that an instance of an element has." [] () => "AnyConfiguration[]";
    "elements::configuration::add" "Adds an entry to the configuration of an element." [] ("any{}") => "OwnConfiguration" "403 404 409";
    "elements::configuration::replace" "Replaces an entry of the configuration of an element." [] ("any{}") => "OwnConfiguration" "403 404";
    "elements::configuration::delete" "Deletes an entry of the configuration of an element." [] () => "" "403 404";
    "elements::configuration::put_all" "Adds entries to the configuration of an element, and replaces those with the same keys." [] ("any{}") => "OwnElement" "403 404";
    "elements::parts::list" "Lists the parts of an element, or of a resource of it, that the path names." ["accountOnly"] () => "any[]";
    "elements::parts::get" "Shows a part of an element." [] () => "any{}";
    "elements::parts::add" "Adds a part to an element." [] ("any{}") => "any{}" "403 404 409";
    "elements::parts::replace" "Replaces a part of an element; its id stays." [] ("any{}") => "any{}" "403 404 409";
    "elements::parts::delete" "Deletes a part of an element." [] () => "" "403 404";
    "elements::models::get" "Shows the model of a resource." [] () => "any{}";
    "elements::models::set" "Sets the model of a resource." [] ("any{}") => "any{}" "403 404";
    "elements::models::delete" "Deletes the model of a resource." [] () => "" "403 404";
    "elements::models::put_all" "Adds shared models, and replaces those with the same ids or names." [] ("any") => "any" "403 404";
    "elements::accounts::list" "Lists the accounts that may use an element; empty for all." [] () => "Account[]";
    "elements::accounts::add" "Adds an account to those that may use an element." [] () => "Account[]" "403 404";
    "elements::accounts::remove" "Removes an account from those that may use an element." [] () => "Account[]" "403 404";
    "oauth::url" "Returns the address at which a user grants access to an element with OAuth." ["apiKey callbackUrl oauthScope state codeChallenge requestToken"] () => "OauthUrl";
    "oauth::url_of_body" "Returns the address at which a user grants access, with the values in the body instead of the address." [] ("OauthRequest") => "OauthUrl";
    "oauth::token" "Asks the vendor of an element with OAuth 1 for a request token." ["apiKey apiSecret callbackUrl"] () => "OauthToken" "401";
    "oauth::token_of_body" "Asks the vendor of an element with OAuth 1 for a request token, with the values in the body instead of the address." [] ("OauthRequest") => "OauthToken" "401";
    "catalog::hubs" "Lists the hubs." ["hydrate pageSize nextPage"] () => "Hub[]";
    "catalog::hub_keys" "Lists the keys of the hubs." ["pageSize nextPage"] () => "string[]";
    "catalog::hub" "Shows a hub." [] () => "Hub";
    "catalog::hub_elements" "Lists the elements of a hub." ["hydrate pageSize nextPage"] () => "AnyElement[]";

    "docs::element" "The Swagger 2.0 document of an element." ["operationId docsVersion baseUrl"] () => "Swagger";
    "docs::hub" "The Swagger 2.0 document of a hub." ["baseUrl"] () => "Swagger";
    "docs::platform" "The Swagger 2.0 document of the calls of the platform itself." ["docsVersion baseUrl"] () => "Swagger";
    "docs::instance" "The Swagger 2.0 document of an instance, with its documented common resources." ["operationId docsVersion baseUrl"] () => "Swagger" "404";
    "docs::operation" "The Swagger 2.0 document of one operation of an instance." ["docsVersion baseUrl resolveReferences basic"] () => "Swagger";
    "docs::definitions" "The schemas of one operation of an instance, by name." ["discovery resolveReferences basic docsVersion"] () => "any{}";
    "docs::object" "The Swagger 2.0 document of one object." ["discovery resolveReferences basic docsVersion baseUrl"] () => "Swagger";

    "instances::create" "Creates an instance, after its credentials were verified with the vendor." [] ("NewInstance") => "Instance" "404 vendor";
    "instances::connect::connect" "Returns the instance of a name with this configuration and these tags, and creates it if it does not exist; its credentials are verified with the vendor." [] ("NewInstance") => "Instance" "404 409 vendor";
    "instances::list::of_user" "Lists the caller's instances." ["tags[] searchText valid hydrate pageSize nextPage"] () => "Instance[]" "404";
    "instances::list::of_element" "Lists the caller's instances of an element." ["tags[] searchText valid hydrate pageSize nextPage"] () => "Instance[]";
    "instances::list::of_own_account" "Lists the instances of the caller's account." ["tags[] searchText valid hydrate pageSize nextPage"] () => "Instance[]" "403 404";
    "instances::list::of_account" "Lists the instances of an account." ["tags[] searchText valid hydrate pageSize nextPage"] () => "Instance[]" "403";
    "instances::list::count" "Counts the caller's instances." [] () => "InstanceCount";
    "instances::get" "Shows an instance." [] () => "Instance";
    "instances::delete" "Deletes an instance with its jobs, files, definitions and transformations." [] () => "" "404";
    "instances::update::replace" "Replaces those of name, tags and configuration of an instance that are given." ["reAuthenticate"] ("InstanceUpdate") => "Instance" "404 409 vendor";
    "instances::update::patch" "Changes the given members of an instance." ["reAuthenticate"] ("InstanceUpdate") => "Instance" "404 409 vendor";
    "instances::switches::enable" "Enables an instance." [] () => "Instance" "404";
    "instances::switches::disable" "Disables an instance: resource calls are then refused." [] () => "Instance" "404";
    "instances::switches::trace" "Logs the calls of an instance for an hour." [] () => "any" "404";
    "instances::switches::stop_trace" "Ends logging the calls of an instance." [] () => "any" "404";
    "instances::switches::rotate_token" "Replaces the Element token of an instance; the old one is invalid at once." [] () => "Instance" "409";
    "instances::items::list" "Lists the configuration of an instance, unset keys included." [] () => "ConfigurationItem[]";
    "instances::items::get" "Shows one configuration of an instance." [] () => "ConfigurationItem";
    "instances::items::patch" "Changes one configuration of an instance." [] ("PropertyValue") => "ConfigurationItem" "409 vendor";

    "organizations::me" "The caller's organization." [] () => "Organization";
    "people::accounts" "Lists the accounts that the caller administers." ["where offset pageSize includeInactive"] () => "Account[]";
    "people::account" "Shows an account that the caller administers." [] () => "Account";
    "people::users" "Lists the users of the caller's account." ["where pageSize nextPage includeInactive"] () => "User[]" "404";
    "people::user" "Shows a user." ["Elements-User-Password"] () => "User" "429";
    "secrets::rotate_organization" "Replaces the secret of the caller's organization; the old one is invalid at once, or after a grace." [] ("Grace?") => "RotatedSecret" "403";
    "secrets::rotate_user" "Replaces the secret of a user, or with me of the caller; the old one is invalid at once, or after a grace." [] ("Grace?") => "RotatedSecret" "403 404";
    "usage::list" "Lists the caller's calls of the last 7 days, newest first." ["hub keys[] tags[] accountIds[] status from to searchText pageOffset pageSize nextPage"] () => "Usage[]" "404";
    "usage::one" "Shows one call, by request id or traffic id." [] () => "Usage";

    "definitions::list" "The object definitions of a level, by name." ["systemOnly"] () => "Definition{}" "403 404";
    "definitions::create_all" "Creates object definitions, either all or none." [] ("Definition{}") => "Definition{}" "403 409";
    "definitions::delete_all" "Deletes all object definitions of a level." [] () => "" "403 404 409";
    "definitions::get" "Shows an object definition." [] () => "Definition" "403";
    "definitions::create" "Creates an object definition." [] ("Definition") => "Definition" "403 409";
    "definitions::replace" "Replaces the fields of an object definition." [] ("Definition") => "Definition" "403";
    "definitions::delete" "Deletes an object definition." [] () => "" "403 409";
    "definitions::rename" "Renames an object definition and its transformations of the level." [] ("Rename") => "Definition" "403 409";
    "mapped_elements::list" "Lists the elements that an object definition is mapped to, once for each level." [] () => "MappedElement[]" "403";
    "transformations::list" "The transformations of a level, by object name." [] () => "Transformation{}" "403 404";
    "transformations::delete_all" "Deletes all transformations of a level." [] () => "" "403 404";
    "transformations::get" "Shows a transformation." [] () => "Transformation" "403";
    "transformations::create" "Creates a transformation." [] ("Transformation") => "Transformation" "403 409";
    "transformations::replace" "Replaces a transformation." [] ("Transformation") => "Transformation" "403";
    "transformations::delete" "Deletes a transformation." ["propagate"] () => "" "403";
    "execute::run" "Runs a transformation on a payload; the vendor is not called." [] ("Execution") => "any";
    "put_transformation::put" "Creates or replaces a transformation." [] ("Transformation") => "Transformation" "403 404";
    "common_resources::list" "Lists the common resources of all levels the caller sees." [] () => "CommonResource[]";
    "common_resources::put" "Creates or replaces a common resource." [] ("CommonResource") => "CommonResource" "403 404 409";
    "common_resources::get" "Shows a common resource." [] () => "CommonResource";
    "common_resources::rename" "Renames a common resource." [] ("NewName") => "CommonResource" "403 409";
    "common_resources::delete" "Deletes a common resource." [] () => "" "403 409";
    "common_resources::usages" "Lists where a common resource is used." [] () => "Usages";

    "vdrs::list" "Lists the VDRs the caller sees: object definitions with the fields of all levels." ["where systemOnly pageSize nextPage"] () => "Vdr[]";
    "vdrs::create" "Creates a VDR; what the caller may not write is ignored." ["systemOnly"] ("NewVdr") => "Vdr" "404 409";
    "vdrs::get" "Shows a VDR." ["systemOnly"] () => "Vdr";
    "vdrs::replace" "Replaces the fields of a VDR at the levels that the caller may write." ["systemOnly"] ("NewVdr") => "Vdr" "409";
    "vdrs::delete" "Deletes the parts of a VDR that the caller may write." ["systemOnly"] () => "";
    "versions::upgrade" "Sets the version of VDRs that the organization uses to v2." ["orgIds[]"] () => "" "403";
    "versions::roll_back" "Sets the version of VDRs that the organization uses to v1." ["orgIds[]"] () => "" "403";
    "copies::clone" "Copies a VDR into the caller's account or organization." ["copyLevel cloneAllTransformations elementKeys[] systemOnly"] ("NewName?") => "Vdr" "409";
    "transfer::export" "A VDR with its transformations as a document." ["instanceId"] () => "any{}";
    "transfer::import" "Creates or replaces a VDR and its transformations from a document." ["instanceId"] ("any{}") => "Vdr" "404";
    "mappings::list" "Lists the transformations of a VDR, one for each element." ["instanceId systemOnly"] () => "any[]";
    "mappings::create" "Adds a transformation to a VDR." ["instanceId systemOnly"] ("any{}") => "any{}" "409";
    "mappings::get" "Shows a transformation of a VDR." ["instanceId systemOnly"] () => "any{}";
    "mappings::replace" "Replaces a transformation of a VDR at the levels that the caller may write." ["instanceId systemOnly"] ("any{}") => "any{}";
    "mappings::delete" "Deletes the parts of a transformation of a VDR that the caller may write." ["systemOnly"] () => "";
    "snippets::create" "Stores a piece of a script." [] ("NewSnippet") => "Snippet" "403";
    "snippets::get" "Shows a piece of a script." [] () => "Snippet";
    "snippets::replace" "Replaces a piece of a script." [] ("NewSnippet") => "Snippet" "403";
    "snippets::delete" "Deletes a piece of a script." [] () => "" "403";

    "objects::names" "Lists the objects of the instance: names, or with version Helium names and kinds." ["Elements-Version fetchAll"] () => "ObjectList";
    "objects::metadata" "Lists the fields of an object." ["Elements-Version"] () => "ObjectMetadata";
    "records::ping" "Makes one inexpensive call to the vendor." [] () => "Ping";
    "records::read" "" ["where fields orderBy page pageSize nextPage returnCount"] () => "RECORDS";
    "records::common" "Reads a common resource." ["where fields orderBy page pageSize nextPage returnCount"] () => "any";

    "by_key::common" "Reads the record with this key of a common resource, or of an object with a list." ["fields"] () => "any";

    "writes::record" "" [] ("RECORD") => "RECORDS" "409";
    "writes::common" "Writes a record of a common resource." [] ("any?") => "any" "409";
    "writes::any" "" [] ("any?") => "any" "409";

    "bulk::query" "Starts a bulk job with a SELECT statement." ["q from to lastRunDate continueFromJobId Elements-Async-Callback-Url"] ("BulkQuery?") => "BulkStarted";
    "bulk::download_job" "Starts a bulk job of one object." ["Elements-Async-Callback-Url"] ("BulkDownload") => "BulkStarted";
    "bulk::jobs" "Lists the jobs of the instance, newest first." ["where fields pageSize nextPage"] () => "BulkListed[]";
    "bulk::jobs_of_user" "Lists the jobs of all instances of the caller, newest first." ["active fields pageSize nextPage"] () => "BulkListed[]";
    "bulk::status" "Returns the status of a job." [] () => "BulkStatus";
    "bulk::errors" "Lists the records of a job that failed." ["fields pageSize nextPage"] () => "BulkError[]";
    "bulk::cancel" "Ends a job; it can be resumed." [] () => "BulkStatus";
    "bulk::resume" "Resumes an aborted or cancelled job." [] () => "BulkStatus";
    "bulk::report" "Returns the report of a job." ["watermarks partitions"] () => "BulkReport";
    "bulk::download" "The result file of a job, in the format that Accept names." ["json nested partition Range If-Range"] () => "FILE" "206 416";
    "bulk::data" "The records of a job that has ended, page by page." ["pageSize nextPage"] () => "any[]";
    "bulk::upload" "Starts a bulk job that sends the records of a file." ["path Elements-Async-Callback-Url"] ("any?") => "BulkStarted";
    "bulk::failed" "The failed records of an upload as a file of its format." ["unknown"] () => "any";

    "formulas::list" "Lists the formulas of the caller's account; they are stored and not run." ["where pageSize nextPage"] () => "Formula[]";
    "formulas::create" "Stores a formula." [] ("NewFormula") => "Formula";
    "formulas::get" "Shows a formula." [] () => "Formula";
    "formulas::replace" "Replaces a formula." [] ("NewFormula") => "Formula";
    "formulas::update" "Changes the given members of a formula." [] ("any") => "Formula";
    "formulas::delete" "Deletes a formula." [] () => "";
    "formulas::export" "The formula as a file." [] () => "Formula";
    "formulas::parts::list" "Lists the parts of a formula that the path names." [] () => "FormulaPart[]";
    "formulas::parts::add" "Adds a part to a formula." [] ("any") => "FormulaPart";
    "formulas::parts::get" "Shows a part of a formula." [] () => "FormulaPart";
    "formulas::parts::replace" "Replaces a part of a formula." [] ("any") => "FormulaPart";
    "formulas::parts::delete" "Deletes a part of a formula." [] () => "";
    "formulas::runs::none" "Lists nothing: formulas are not run." [] () => "any[]";
    "formulas::runs::none_of_formula" "Lists nothing: formulas are not run." [] () => "any[]";
    "formulas::runs::start" "Not available: runs of formulas." [] () => "NEVER";
    "formulas::runs::run" "Not available: runs of formulas." [] () => "NEVER";
    "formulas::runs::instance" "Fails with 404: formulas have no instances." [] () => "NEVER";
    "formulas::runs::instance_of_formula" "Fails with 404: formulas have no instances." [] () => "NEVER";
    "formulas::runs::execution" "Fails with 404: formulas are not run." [] () => "NEVER";

    "not_implemented::accounts" "Not available: administration of accounts, users and roles." [] () => "NEVER";
    "not_implemented::analytics" "Not available: usage analytics." [] () => "NEVER";
    "not_implemented::jobs" "Not available: scheduled jobs." [] () => "NEVER";
    "not_implemented::job" "Fails with 404: there are no scheduled jobs." [] () => "NEVER";
    "not_implemented::none" "Lists nothing." [] () => "any[]";
    "not_implemented::workflows" "Not available: bulk workflows." ["Elements-Schedule-Request"] () => "NEVER";
};
