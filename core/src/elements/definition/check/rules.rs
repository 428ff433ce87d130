//! The remarks by their codes. `docs/definitions.md` has the same table.

use super::super::document::Finding;

/// A remark that a check can make.
#[derive(Debug)]
pub struct Rule {
    /// Code of the findings.
    pub code: &'static str,
    /// Part of a definition that the remark is about.
    pub part: &'static str,
    /// Effect: what the engine does with the part.
    pub effect: &'static str,
    /// Advice for the author.
    pub hint: &'static str,
}

impl Rule {
    /// Returns a finding of this rule.
    pub fn finding(&self, pointer: impl Into<String>, message: impl Into<String>) -> Finding {
        Finding::new(pointer, self.code, message).with_hint(self.hint)
    }
}

macro_rules! rules {
    ($($name:ident: $code:literal, $part:literal, $effect:literal, $hint:literal;)*) => {
        $(#[doc = concat!("`", $code, "`: ", $part, ".")]
        pub const $name: Rule = Rule { code: $code, part: $part, effect: $effect, hint: $hint };)*
        /// All rules, in the order of the table.
        pub const ALL: &[&Rule] = &[$(&$name),*];
    };
}

rules! {
    AUTHENTICATION: "authentication", "`authentication.type` that is not offered (E 4.5)",
        "stored; no instance can be created",
        "if the vendor accepts an API key or OAuth 2 as well, import a copy of the definition that uses it";
    PROTOCOL: "protocol", "`protocolType` `jdbc`, `database` and unknown words (E 12.2)",
        "stored; no instance can be created",
        "only services that are called by HTTP can be elements here";
    EXTENDED: "extended", "`extended: true`: resources added to an element of the hosted platform (E 1.33)",
        "only the resources in the document exist",
        "the resources of the platform's own element are in no export; add those that you need";
    SECRET_DEFAULT: "secret-default", "default value of a configuration that is a secret (E 1.100)",
        "used, exported and shown to those who may change the element",
        "clear `defaultValue`, and give the value when an instance is created";
    MISSPELT_KEY: "misspelt-key", "unknown key that resembles a known one (E 1.2)",
        "stored without effect",
        "correct the name of the key, or delete it";
    JAVA_KIND: "java-kind", "resource of `kind` `java` (E 1.42)",
        "stored; a call returns 404",
        "the code is part of the hosted platform; describe the vendor's call in a resource of kind `eb`";
    RESOURCE_TYPE: "resource-type",
        "resource of type `onProvisionCacheVendorDataAsync`, `apiElementRequest` or `formulaAsResource`, or of an unknown type (E 1.65)",
        "stored, never run",
        "use `api` for a call of the vendor, `onProvision` for one at the creation of an instance";
    CHAIN_TARGET: "chain-target", "`nextResource` that names no resource of the definition (E 7.65)",
        "a call of the resource returns 400",
        "write `METHOD:/path` of a resource of this definition";
    CHAIN_LENGTH: "chain-length", "`nextResource` of a chain with more than five resources, or with one that comes twice (E 7.64)",
        "a call of the resource returns 400",
        "end the chain earlier, and call its rest from the application";
    AMBIGUOUS_PATH: "ambiguous-path", "resource whose path differs from an earlier one only in the names of parameters (E 5.4)",
        "the earlier resource is called",
        "give one of the two paths another fixed part";
    SCRIPT: "script", "script, in a program without script engine (E 7.62)",
        "a call of the resource is refused; a script of the element concerns all resources",
        "replace the script by parameters, root keys and literals where they suffice";
    SCRIPT_TYPE: "script-type", "script of a type other than `preRequest`, `postRequest` and `event` (E 1.77)",
        "stored, never run",
        "write `preRequest` or `postRequest`";
    SCRIPT_NETWORK: "script-network", "script that requires `http`, `https` or `axios` (E 12.5)",
        "the script fails without the engine option that allows the host",
        "make the call a resource, and a chain of the two";
    SCRIPT_MODULE: "script-module", "script that requires a module that is not available (E 7.57)",
        "the script fails",
        "available are lodash, util, crypto, url, querystring and buffer";
    SCRIPT_JAVA: "script-java", "script that uses `Java` (E 7.59)",
        "the script fails",
        "use the functions of `CE` or of the available modules";
    SCRIPT_MISSING: "script-missing", "script of a folder that has neither a body nor a file (E 1.95)",
        "does nothing",
        "delete the entry, or add the file";
    UNUSED_FILE: "unused-file", "file of a folder that nothing refers to (E 1.95)",
        "not imported",
        "check the name of the file, or delete it";
    EVENT: "event", "event scripts, and resources of type `onProvisionWebhook` and `onDeleteWebhook` (E 12.11)",
        "stored without effect",
        "a sync polls for changes instead";
    NATIVE_BULK: "native-bulk", "`nativeBulkDownload` and `nativeBulkUpload` (E 12.9)",
        "stored; bulk jobs use the list and write resources",
        "nothing needs to be changed if the object has a list resource";
    PARAMETER_TYPE: "parameter-type", "parameter of an unknown `type` or `vendorType` (E 1.76)",
        "shown in documents, does nothing",
        "the types are configuration, header, path, query, body, bodyField, bodyToken, form, multipart, file, value and no-op";
    PARAMETER_PAIR: "parameter-pair", "response parameter whose `type` or `vendorType` has no meaning there (E 5.77)",
        "does nothing",
        "read from `body`, `bodyField` or `header`, and write to `configuration`, `header` or `bodyField`";
    CONVERTER: "converter", "converter other than `toQueryParameters`, `toODataFilter` and `toODataV3Filter` (E 5.44)",
        "a call with a condition returns 400",
        "without the parameter the engine filters the records itself";
}
