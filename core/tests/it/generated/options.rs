//! The option types of the packages, and the page of documentation, from the option tables.

use std::fmt::Write;

use elementkit::host::{EMBEDDED_OPTIONS, HOSTED_OPTIONS, OptionInfo, OptionKind, QUERY_OPTIONS, UPLOAD_OPTIONS};

use super::{Language, docs};

pub const LANGUAGES: [Language; 6] = [
    Language { path: "bindings-python/python/elementkit/_options.py", write: |_| python() },
    Language { path: "bindings-node/options.d.ts", write: |_| typescript() },
    Language { path: "bindings-node/lib/options.js", write: |_| javascript() },
    Language { path: "bindings-swift/Sources/ElementKit/Options.swift", write: |_| swift() },
    Language { path: "bindings-kotlin/src/main/kotlin/io/elementkit/Options.kt", write: |_| kotlin() },
    Language { path: "docs/options.md", write: |_| page() },
];

const NOTE: &str = "Generated from the option tables of core; do not edit.";

/// An option without the type that it belongs to.
#[derive(Clone, Copy)]
struct Described {
    name: &'static str,
    doc: &'static str,
    variable: Option<&'static str>,
    kind: OptionKind,
}

/// The options of one type.
struct Group {
    name: &'static str,
    doc: &'static str,
    options: Vec<Described>,
}

fn described<T>(table: &'static [OptionInfo<T>]) -> Vec<Described> {
    let described = |info: &'static OptionInfo<T>| Described {
        name: &info.name,
        doc: &info.doc,
        variable: info.variable,
        kind: info.kind(),
    };
    table.iter().map(described).collect()
}

/// Returns the types of the options of platforms. The database is a separate argument in every language.
fn groups() -> [Group; 2] {
    let mut embedded = described(&EMBEDDED_OPTIONS);
    embedded.retain(|option| option.name != "database");
    [
        Group {
            name: "HostedOptions",
            doc: "Options of a hosted platform. Values in the environment need not be given.",
            options: described(HOSTED_OPTIONS),
        },
        Group { name: "EmbeddedOptions", doc: "Options of the engine in this process.", options: embedded },
    ]
}

/// Returns the type of the options of a bulk query, which Python alone generates: the other packages pass a record of the
/// native library, whose members the compiler checks.
fn query() -> Group {
    Group { name: "QueryOptions", doc: "Options of a bulk query.", options: described(QUERY_OPTIONS) }
}

/// Returns the type of the options of an upload. Swift and Kotlin set the policy for warnings on the instance.
fn upload() -> Group {
    Group { name: "UploadOptions", doc: "Options of a bulk upload.", options: described(UPLOAD_OPTIONS) }
}

fn mobile_upload() -> Group {
    let mut group = upload();
    group.options.retain(|option| option.kind != OptionKind::Warnings);
    group
}

/// Returns the type of an option with a choice of words.
fn choice_type(option: &str) -> String {
    format!("Upload{}{}", option[..1].to_ascii_uppercase(), &option[1..])
}

fn camel(name: &str) -> String {
    let mut words = name.split('_');
    let mut out = words.next().unwrap_or_default().to_owned();
    for word in words {
        out.push_str(&word[..1].to_ascii_uppercase());
        out.push_str(&word[1..]);
    }
    out
}

impl Described {
    fn is_duration(self) -> bool {
        matches!(self.kind, OptionKind::Duration | OptionKind::Timeout)
    }

    /// Returns the description with its unit and its variable.
    fn text(self, unit: &str) -> String {
        let mut text = self.doc.to_owned();
        if self.is_duration() {
            write!(text, " In {unit}.").unwrap();
        }
        if let Some(variable) = self.variable {
            write!(text, " From `{variable}` when not given.").unwrap();
        }
        text
    }

    /// Returns the name of the keyword argument, or `None` if Python uses another mechanism.
    fn python(self) -> Option<&'static str> {
        match self.name {
            // Policies for warnings are filters of the module `warnings`.
            "warnings" => None,
            "user_secret" => Some("user"),
            "organization_secret" => Some("organization"),
            // A keyword of the language.
            "from" => Some("from_"),
            name => Some(name.trim_end_matches("_ms")),
        }
    }

    fn node(self) -> String {
        if self.name == "resume_jobs" { "workers".to_owned() } else { camel(self.name) }
    }

    fn swift(self) -> String {
        let name = camel(self.name);
        let name = if self.kind == OptionKind::Paths { format!("{name}s") } else { name };
        name.replace("Url", "URL").replace("Http", "HTTP")
    }

    fn kotlin(self) -> String {
        let name = camel(self.name);
        if self.kind == OptionKind::Paths { format!("{name}s") } else { name }
    }
}

fn python() -> String {
    let mut out = format!(
        "\"\"\"Options of platforms. {NOTE}\"\"\"\n\nfrom __future__ import annotations\n\nimport os\nfrom collections.abc import Sequence\nfrom typing import Literal, SupportsFloat, SupportsIndex, TypedDict\n\nfrom . import _arguments as arguments\nfrom ._types import Json\n"
    );
    let groups = groups().into_iter().chain([query(), upload()]).collect::<Vec<_>>();
    for group in &groups {
        write!(out, "\n\nclass {}(TypedDict, total=False):\n    \"\"\"{}\"\"\"\n\n", group.name, group.doc).unwrap();
        for option in &group.options {
            // The base URL is a separate parameter.
            let Some(name) = option.python().filter(|name| *name != "base_url") else { continue };
            let kind = match option.kind {
                OptionKind::Text | OptionKind::Secret | OptionKind::Warnings => "str",
                OptionKind::Flag => "bool",
                OptionKind::Path => "str | os.PathLike[str]",
                OptionKind::Paths => "str | os.PathLike[str] | Sequence[str | os.PathLike[str]]",
                OptionKind::Duration | OptionKind::Timeout => "SupportsFloat",
                OptionKind::Count | OptionKind::Positive => "SupportsIndex",
                OptionKind::Json => "Json",
                OptionKind::Choice(words) => &format!("Literal[{}]", quoted(words, '"', ", ")),
            };
            let doc = option.text("seconds").replace('`', "``");
            write!(out, "    {name}: {kind} | None\n    \"\"\"{doc}\"\"\"\n").unwrap();
        }
    }
    for (group, table) in groups.iter().zip(["HOSTED", "EMBEDDED", "QUERY", "UPLOAD"]) {
        write!(out, "\n\n{table}: arguments.Rules = {{\n").unwrap();
        for option in &group.options {
            let Some(name) = option.python() else { continue };
            let rule = match option.kind {
                // Core knows the words.
                OptionKind::Text | OptionKind::Secret | OptionKind::Warnings | OptionKind::Choice(_) => "text",
                OptionKind::Flag => "flag",
                OptionKind::Path => "path",
                OptionKind::Paths => "paths",
                OptionKind::Duration => "milliseconds",
                OptionKind::Timeout => "time_limit",
                OptionKind::Count => "whole_number",
                OptionKind::Positive => "positive_number",
                OptionKind::Json => "json_value",
            };
            writeln!(out, "    \"{name}\": (\"{}\", arguments.{rule}),", option.name).unwrap();
        }
        out.push_str("}\n");
        writeln!(out, "\"\"\"The option in core and the rule of each argument of ``{}``.\"\"\"", table.to_lowercase())
            .unwrap();
    }
    out
}

/// Returns words in quotation marks.
fn quoted(words: &[&str], mark: char, between: &str) -> String {
    words.iter().map(|word| format!("{mark}{word}{mark}")).collect::<Vec<_>>().join(between)
}

fn typescript() -> String {
    let mut out = format!("// Options of platforms and of uploads. {NOTE}\n");
    for group in groups().into_iter().chain([upload()]) {
        write!(out, "\n/** {} */\nexport interface {} {{\n", group.doc, group.name).unwrap();
        for option in group.options {
            let kind = match option.kind {
                _ if option.name == "resume_jobs" => "'auto' | 'manual'",
                OptionKind::Text | OptionKind::Secret => "string",
                OptionKind::Flag => "boolean",
                OptionKind::Path => "string | URL",
                OptionKind::Paths => "string | URL | readonly (string | URL)[]",
                OptionKind::Duration | OptionKind::Timeout | OptionKind::Count | OptionKind::Positive => "number",
                OptionKind::Warnings => "'report' | 'deny' | 'ignore'",
                OptionKind::Json => "unknown",
                OptionKind::Choice(words) => &quoted(words, '\'', " | "),
            };
            let mut doc = option.text("milliseconds");
            if option.name == "resume_jobs" {
                doc.push_str(" They do with `auto`, the default.");
            }
            out.push_str(&docs::stars("  ", &doc));
            writeln!(out, "  {}?: {kind} | undefined;", option.node()).unwrap();
        }
        out.push_str("}\n");
    }
    out
}

fn javascript() -> String {
    let mut out = format!(
        "'use strict';\n// Options of platforms: the option in core and the rule of each. {NOTE}\n\nconst check = require('./check.js');\n"
    );
    let groups = groups().into_iter().chain([upload()]);
    for (group, table) in groups.zip(["HOSTED", "EMBEDDED", "UPLOAD"]) {
        write!(out, "\nconst {table} = {{\n").unwrap();
        for option in &group.options {
            let rule = match option.kind {
                _ if option.name == "resume_jobs" => "check.workers",
                // Core knows the words of a choice.
                OptionKind::Text | OptionKind::Secret | OptionKind::Choice(_) => "check.filled",
                OptionKind::Flag => "check.flag",
                OptionKind::Path => "check.file",
                OptionKind::Paths => "check.files",
                // Core rejects a limit of zero.
                OptionKind::Duration | OptionKind::Timeout => "check.milliseconds",
                OptionKind::Count => "check.whole(0)",
                OptionKind::Positive => "check.whole(1)",
                OptionKind::Warnings => "check.warnings",
                OptionKind::Json => "check.document",
            };
            writeln!(out, "  {}: ['{}', {rule}],", option.node(), option.name).unwrap();
        }
        out.push_str("};\n");
    }
    out.push_str("\nmodule.exports = { HOSTED, EMBEDDED, UPLOAD };\n");
    out
}

/// Returns an assignment for the documentation of a type.
fn example(group: &str, milliseconds: &str, mode: &str) -> String {
    if group == "UploadOptions" { format!("mode = {mode}") } else { format!("timeoutMs = {milliseconds}") }
}

fn swift() -> String {
    let mut out = format!("// Options of platforms and of uploads. {NOTE}\n");
    for option in mobile_upload().options {
        let OptionKind::Choice(words) = option.kind else { continue };
        let name = choice_type(option.name);
        out.push_str(&docs::slashes("", option.doc).replacen("///", "\n///", 1));
        writeln!(out, "public enum {name}: String, Sendable, CaseIterable {{\n    case {}\n}}", words.join(", "))
            .unwrap();
    }
    for group in groups().into_iter().chain([mobile_upload()]) {
        let Group { name, doc, options } = group;
        let example = example(name, "30_000", ".upsert");
        write!(out, "\n/// {doc}\n///\n/// ```swift\n/// var options = {name}()\n/// options.{example}\n/// ```\n")
            .unwrap();
        writeln!(out, "public struct {name}: Sendable {{").unwrap();
        for option in &options {
            let mut doc = option.text("milliseconds");
            let declared = match option.kind {
                _ if option.name == "resume_jobs" => {
                    doc.push_str(" Off by default, as apps want it.");
                    "Bool = false"
                }
                OptionKind::Text | OptionKind::Secret | OptionKind::Path => "String?",
                OptionKind::Flag => "Bool?",
                OptionKind::Paths => "[String] = []",
                OptionKind::Duration | OptionKind::Timeout => "UInt64?",
                OptionKind::Count | OptionKind::Positive => "Int?",
                OptionKind::Warnings => "Warnings = .report",
                OptionKind::Json => "JSONValue?",
                OptionKind::Choice(_) => &format!("{}?", choice_type(option.name)),
            };
            out.push_str(&docs::slashes("    ", &doc));
            writeln!(out, "    public var {}: {declared}", option.swift()).unwrap();
        }
        out.push_str(&swift_members(&options));
        if name == "UploadOptions" {
            continue;
        }
        // The default description would contain secrets.
        write!(out, "\nextension {name}: CustomStringConvertible, CustomReflectable {{\n").unwrap();
        writeln!(out, "    public var description: String {{ \"{name}\" }}").unwrap();
        out.push_str("    public var customMirror: Mirror { Mirror(self, children: []) }\n}\n");
    }
    out
}

/// Returns the initializer of a struct, and its conversion to JSON.
fn swift_members(options: &[Described]) -> String {
    let mut out = String::new();
    out.push_str("\n    /// Creates options with their defaults.\n    public init() {}\n\n");
    out.push_str("    /// Returns the options that are set, by the names of the native library.\n    var members: JSONObject {\n");
    out.push_str("        var members = JSONObject()\n");
    for option in options {
        let (name, key) = (option.swift(), option.name);
        let set = match option.kind {
            _ if option.name == "resume_jobs" => format!("members[\"{key}\"] = .bool({name})"),
            OptionKind::Text | OptionKind::Secret | OptionKind::Path => {
                format!("members[\"{key}\"] = {name}.map {{ .string($0) }}")
            }
            OptionKind::Flag => format!("members[\"{key}\"] = {name}.map {{ .bool($0) }}"),
            OptionKind::Paths => {
                format!("members[\"{key}\"] = {name}.isEmpty ? nil : .array({name}.map {{ .string($0) }})")
            }
            OptionKind::Duration | OptionKind::Timeout => {
                format!("members[\"{key}\"] = {name}.map {{ .int(Int64(clamping: $0)) }}")
            }
            OptionKind::Count | OptionKind::Positive => {
                format!("members[\"{key}\"] = {name}.map {{ .int(Int64($0)) }}")
            }
            OptionKind::Warnings => format!("members[\"{key}\"] = .string({name}.rawValue)"),
            OptionKind::Json => format!("members[\"{key}\"] = {name}"),
            OptionKind::Choice(_) => format!("members[\"{key}\"] = {name}.map {{ .string($0.rawValue) }}"),
        };
        writeln!(out, "        {set}").unwrap();
    }
    out.push_str("        return members\n    }\n}\n");
    out
}

fn kotlin() -> String {
    let mut out = format!(
        "// Options of platforms and of uploads. {NOTE}\npackage io.elementkit\n\nimport kotlinx.serialization.json.JsonArray\nimport kotlinx.serialization.json.JsonElement\nimport kotlinx.serialization.json.JsonObject\nimport kotlinx.serialization.json.JsonPrimitive\nimport kotlinx.serialization.json.buildJsonObject\nimport kotlinx.serialization.json.put\n"
    );
    for option in mobile_upload().options {
        let OptionKind::Choice(words) = option.kind else { continue };
        write!(out, "\n{}", docs::stars("", option.doc)).unwrap();
        let cases = words.iter().map(|word| format!("    {}(\"{word}\"),\n", word.to_ascii_uppercase()));
        let cases = cases.collect::<String>();
        writeln!(out, "public enum class {}(internal val word: String) {{\n{cases}}}", choice_type(option.name))
            .unwrap();
    }
    for group in groups().into_iter().chain([mobile_upload()]) {
        let Group { name, doc, options } = group;
        let example = example(name, "30_000", "UploadMode.UPSERT");
        write!(
            out,
            "\n/**\n * {doc}\n *\n * ```kotlin\n * val options = {name}().apply {{ {example} }}\n * ```\n */\n"
        )
        .unwrap();
        writeln!(out, "public class {name} {{").unwrap();
        for option in &options {
            let mut doc = option.text("milliseconds");
            let declared = match option.kind {
                _ if option.name == "resume_jobs" => {
                    doc.push_str(" Off by default, as apps want it.");
                    "Boolean = false"
                }
                OptionKind::Text | OptionKind::Secret | OptionKind::Path => "String? = null",
                OptionKind::Flag => "Boolean? = null",
                OptionKind::Paths => "List<String> = emptyList()",
                OptionKind::Duration | OptionKind::Timeout | OptionKind::Count | OptionKind::Positive => "Long? = null",
                OptionKind::Warnings => "Warnings = Warnings.REPORT",
                OptionKind::Json => "JsonElement? = null",
                OptionKind::Choice(_) => &format!("{}? = null", choice_type(option.name)),
            };
            out.push_str(&docs::stars("    ", &doc));
            write!(out, "    public var {}: {declared}\n\n", option.kotlin()).unwrap();
        }
        out.push_str(&kotlin_members(&options));
    }
    out
}

/// Returns the conversion of the options to JSON.
fn kotlin_members(options: &[Described]) -> String {
    let mut out = String::new();
    out.push_str("    /** Returns the options that are set, by the names of the native library. */\n");
    out.push_str("    internal fun members(): JsonObject = buildJsonObject {\n");
    for option in options {
        let (name, key) = (option.kotlin(), option.name);
        let set = match option.kind {
            _ if option.name == "resume_jobs" => format!("put(\"{key}\", {name})"),
            OptionKind::Paths => {
                format!("if ({name}.isNotEmpty()) put(\"{key}\", JsonArray({name}.map {{ JsonPrimitive(it) }}))")
            }
            OptionKind::Warnings => format!("put(\"{key}\", {name}.word)"),
            OptionKind::Choice(_) => format!("{name}?.let {{ put(\"{key}\", it.word) }}"),
            _ => format!("{name}?.let {{ put(\"{key}\", it) }}"),
        };
        writeln!(out, "        {set}").unwrap();
    }
    out.push_str("    }\n}\n");
    out
}

fn page() -> String {
    let mut out = format!(
        "# Options of platforms and uploads\n\n{NOTE}\n\nRust sets them with methods of `HostedOptions` and `EmbeddedOptions`, those of the engine with `engine_mut`.\nDurations are `Duration` in Rust, seconds in Python and milliseconds elsewhere. An unknown option is an error that\nnames the nearest one.\n"
    );
    for group in groups().into_iter().chain([upload()]) {
        write!(out, "\n## {}\n\n{}\n\n", group.name, group.doc).unwrap();
        out.push_str("| Python | Node | Swift | Kotlin | Meaning |\n| --- | --- | --- | --- | --- |\n");
        for option in group.options {
            let mut doc = option.doc.to_owned();
            if option.name == "resume_jobs" {
                doc.push_str(" On by default in Python and Node (`auto`), off in Swift and Kotlin.");
            }
            if let Some(variable) = option.variable {
                write!(doc, " From `{variable}` when not given.").unwrap();
            }
            let python = option.python().map_or("the module `warnings`".to_owned(), |name| format!("`{name}`"));
            let by_instance = group.name == "UploadOptions" && option.kind == OptionKind::Warnings;
            let mobile = |name: String| if by_instance { "`withWarnings`".to_owned() } else { format!("`{name}`") };
            let (swift, kotlin) = (mobile(option.swift()), mobile(option.kotlin()));
            writeln!(out, "| {python} | `{}` | {swift} | {kotlin} | {doc} |", option.node()).unwrap();
        }
    }
    out.push_str(
        "\nThe database is a separate argument; `embedded_from_env` (`embeddedFromEnv`) in Python and Node takes it from\n`ELEMENTKIT_DATABASE`, else `elementkit.db`. So is `vault_keys` (`vaultKeys`), which keeps the vault key with the\nprogram, and in Node `logger` and `integers`.\n\nNot in the packages: the first user of a new database (`ELEMENTKIT_BOOTSTRAP_…`), which is for servers; the operating\nsystem's keyring, which the packages do not contain (applications pass vault keys); the stack size of scripts; and the\npauses between calls to the vendor, which follow its rules.\n",
    );
    out
}
