//! The typed records of every language come from the resource table, their options from the option tables and their
//! errors from the kinds of errors; this test fails if one of the files has drifted. `UPDATE=1 cargo test -p
//! elementkit --test it generated` rewrites them; then `bindings-python/tools/make_sync.py` derives Python's
//! synchronous classes from the asynchronous ones.

mod docs;
mod errors;
mod options;

use std::collections::BTreeSet;
use std::fmt::Write;
use std::path::Path;

use elementkit::elements::brighttalk::paths::PATHS;
use elementkit::elements::brighttalk::table::{OBJECTS, Object};
use elementkit::record::Kind;

const NOTE: &str = "Generated from the resource table; do not edit.";

fn type_name(object: Object) -> &'static str {
    match object {
        Object::Channels => "Channel",
        Object::Webcasts => "Webcast",
        Object::Contacts => "Contact",
        Object::Activities => "Activity",
        Object::Registrations => "Registration",
        Object::Viewings => "Viewing",
        Object::Surveys => "Survey",
        Object::Responses => "SurveyResponse",
        Object::AccessSummaries => "AttachmentAccessSummary",
        Object::Attachments => "Attachment",
    }
}

/// A generated file.
struct Language {
    path: &'static str,
    /// Returns the file as it should be, from the current one.
    write: fn(&str) -> String,
}

const LANGUAGES: [Language; 7] = [
    Language { path: "core/src/elements/brighttalk/records.rs", write: |_| rust() },
    Language { path: "bindings-python/python/elementkit/_records.py", write: |_| python() },
    Language {
        path: "bindings-python/python/elementkit/_async/instance.py",
        write: |found| overloads(found, &PYTHON_INSTANCE),
    },
    Language {
        path: "bindings-python/python/elementkit/_async/jobs.py",
        write: |found| overloads(found, &PYTHON_BULK),
    },
    Language { path: "bindings-node/records.d.ts", write: |_| typescript() },
    Language { path: "bindings-swift/Sources/ElementKit/Records.swift", write: |_| swift() },
    Language { path: "bindings-kotlin/src/main/kotlin/io/elementkit/Records.kt", write: |_| kotlin() },
];

#[test]
fn generated_files_are_those_of_core() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    for language in LANGUAGES.into_iter().chain(options::LANGUAGES).chain(errors::LANGUAGES) {
        let path = root.join(language.path);
        let found = std::fs::read_to_string(&path).unwrap_or_default();
        let text = (language.write)(&found);
        if std::env::var_os("UPDATE").is_some() {
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(&path, text).unwrap();
            continue;
        }
        assert!(found == text, "{} has drifted from core; run this test with UPDATE=1", language.path);
    }
}

fn snake(name: &str) -> String {
    let mut out = String::new();
    for char in name.chars() {
        if char.is_ascii_uppercase() {
            out.push('_');
        }
        out.push(char.to_ascii_lowercase());
    }
    if out == "type" { "r#type".to_owned() } else { out }
}

fn rust() -> String {
    let mut out =
        format!("//! Records as types, for `Records::typed`. {NOTE}\n\nuse serde::{{Deserialize, Serialize}};\n");
    for info in &OBJECTS {
        write!(out, "\n/// {}\n", info.doc).unwrap();
        out.push_str("#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]\n");
        out.push_str("#[serde(rename_all = \"camelCase\", default)]\n");
        writeln!(out, "pub struct {} {{", type_name(info.object)).unwrap();
        for field in info.fields {
            let kind = match field.kind {
                Kind::Id | Kind::Int => "i64",
                Kind::Float => "f64",
                Kind::Bool => "bool",
                Kind::Date | Kind::Text => "String",
                Kind::Json => "serde_json::Value",
            };
            write!(out, "    /// {}\n    pub {}: Option<{kind}>,\n", field.doc, snake(field.name)).unwrap();
        }
        out.push_str("}\n");
    }
    out
}

fn python() -> String {
    let mut out = format!(
        "\"\"\"Records as types. {NOTE}\"\"\"\n\nfrom __future__ import annotations\n\nfrom typing import Any, Literal, TypedDict\n"
    );
    for info in &OBJECTS {
        write!(out, "\n\nclass {}(TypedDict):\n    \"\"\"{}\"\"\"\n\n", type_name(info.object), info.doc).unwrap();
        for field in info.fields {
            let kind = match field.kind {
                Kind::Id | Kind::Int => "int",
                Kind::Float => "float",
                Kind::Bool => "bool",
                Kind::Date | Kind::Text => "str",
                Kind::Json => "Any",
            };
            write!(out, "    {}: {kind} | None\n    \"\"\"{}\"\"\"\n", field.name, field.doc).unwrap();
        }
        let names = if info.name == info.long_name { vec![info.name] } else { vec![info.name, info.long_name] };
        let names: Vec<String> = names.into_iter().map(|name| format!("\"{name}\"")).collect();
        write!(out, "\n\n{}Name = Literal[{}]\n", type_name(info.object), names.join(", ")).unwrap();
    }
    out
}

/// The calls of Python's instances whose records are those of the object that they name: name, signature, result.
const PYTHON_INSTANCE: [(&str, &str, &str); 2] = [
    ("records", "def records(self, resource: NAME, **narrowing: Unpack[Narrowing])", "AsyncRecords"),
    (
        "sync",
        "async def sync(self, object: NAME, state: str | None = None, **selection: Unpack[Selection])",
        "AsyncSync",
    ),
];

/// The call of Python's bulk jobs of that kind.
const PYTHON_BULK: [(&str, &str, &str); 1] =
    [("download", "async def download(self, object: NAME, *, from_: str | None = None, **members: Json)", "AsyncJob")];

/// Writes the overloads of these calls between their two comments.
fn overloads(found: &str, calls: &[(&str, &str, &str)]) -> String {
    let mut text = found.to_owned();
    for (name, call, result) in calls {
        let (first, last) = (
            format!("    # Overloads of {name}, generated from the resource table.\n"),
            format!("    # End of the overloads of {name}.\n"),
        );
        let Some((before, rest)) = text.split_once(&first) else { panic!("there is no place for overloads of {name}") };
        let Some((_, after)) = rest.split_once(&last) else { panic!("the overloads of {name} have no end") };
        let mut out = String::new();
        let mut overload = |name: &str, row: &str| {
            let line = format!("    {} -> {result}[{row}]: ...", call.replace("NAME", name));
            write!(out, "    @overload\n{}\n", wrapped(&line)).unwrap();
        };
        for info in &OBJECTS {
            let row = type_name(info.object);
            overload(&format!("{row}Name"), row);
        }
        overload("str", "Record");
        text = format!("{before}{first}{out}{last}{after}");
    }
    text
}

/// Returns a line as ruff formats it: the parameters are on a separate line if the whole is longer than 120 characters.
fn wrapped(line: &str) -> String {
    if line.len() <= 120 {
        return line.to_owned();
    }
    let (start, rest) = line.split_once('(').unwrap();
    let (parameters, end) = rest.split_once(')').unwrap();
    format!("{start}(\n        {parameters}\n    ){end}")
}

/// The type of integers in records.
const TYPESCRIPT_INTEGER: &str = "/**
 * An integer of a record: a number up to 2^53, beyond it a bigint. Programs that choose another form of large ones with
 * the option `integers` get that at run time, strings with `text` and numbers alone with `number`.
 */
export type Integer = number | bigint;
";

fn typescript() -> String {
    let mut out = format!("// Records as types. {NOTE}\n\n{TYPESCRIPT_INTEGER}");
    for info in &OBJECTS {
        write!(out, "\n/** {} */\nexport interface {} {{\n", info.doc, type_name(info.object)).unwrap();
        for field in info.fields {
            let kind = match field.kind {
                // Exact by default: those that a number cannot hold are bigints.
                Kind::Id | Kind::Int => "Integer",
                Kind::Float => "number",
                Kind::Bool => "boolean",
                Kind::Date | Kind::Text => "string",
                Kind::Json => "unknown",
            };
            write!(out, "  /** {} */\n  {}?: {kind} | null;\n", field.doc, field.name).unwrap();
        }
        out.push_str("}\n");
    }
    out.push_str("\n/** The type of the records of each resource, by the name or the path that reads it. */\n");
    out.push_str("export interface ResourceRecords {\n");
    for info in &OBJECTS {
        let names: BTreeSet<&str> = info.names().collect();
        for name in names {
            writeln!(out, "  {name}: {};", type_name(info.object)).unwrap();
        }
    }
    for path in PATHS.iter().filter(|path| !path.single && path.template.contains('{')) {
        let name = type_name(path.object);
        writeln!(out, "  [path: `{}`]: {name};", generic(path.template.trim_start_matches('/'))).unwrap();
    }
    out.push_str("}\n");
    out
}

/// Replaces the variables of a template by `${string}`.
fn generic(template: &str) -> String {
    let part = |part: &str| if part.starts_with('{') { "${string}".to_owned() } else { part.to_owned() };
    template.split('/').map(part).collect::<Vec<_>>().join("/")
}

fn swift() -> String {
    let mut out = format!("// Records as types. {NOTE}\n\nimport Foundation\n");
    for info in &OBJECTS {
        write!(out, "\n/// {}\npublic struct {}: Codable, Sendable, Equatable {{\n", info.doc, type_name(info.object))
            .unwrap();
        for field in info.fields {
            write!(out, "    /// {}\n    public var {}: {}?\n", field.doc, field.name, swift_type(field.kind)).unwrap();
        }
        // The member that the compiler generates is not public.
        let each = info.fields.iter();
        let parameters = each.map(|field| format!("        {}: {}? = nil", field.name, swift_type(field.kind)));
        let parameters = parameters.collect::<Vec<_>>().join(",\n");
        write!(out, "\n    /// A record made by hand, for previews and tests.\n    public init(\n").unwrap();
        write!(out, "{parameters}\n    ) {{\n").unwrap();
        for field in info.fields {
            writeln!(out, "        self.{0} = {0}", field.name).unwrap();
        }
        out.push_str("    }\n}\n");
    }
    out
}

fn swift_type(kind: Kind) -> &'static str {
    match kind {
        Kind::Id | Kind::Int => "Int64",
        Kind::Float => "Double",
        Kind::Bool => "Bool",
        Kind::Date | Kind::Text => "String",
        Kind::Json => "JSONValue",
    }
}

fn kotlin() -> String {
    let mut out = format!(
        "// Records as types. {NOTE}\npackage io.elementkit\n\nimport kotlinx.serialization.Serializable\nimport kotlinx.serialization.json.JsonElement\n"
    );
    for info in &OBJECTS {
        write!(out, "\n/** {} */\n@Serializable\npublic data class {}(\n", info.doc, type_name(info.object)).unwrap();
        for field in info.fields {
            let kind = match field.kind {
                Kind::Id | Kind::Int => "Long",
                Kind::Float => "Double",
                Kind::Bool => "Boolean",
                Kind::Date | Kind::Text => "String",
                Kind::Json => "JsonElement",
            };
            write!(out, "    /** {} */\n    public val {}: {kind}? = null,\n", field.doc, field.name).unwrap();
        }
        out.push_str(")\n");
    }
    out
}
