//! The classes of errors of the packages, between two comments of their files, from the kinds of errors.

use std::fmt::Write;

use elementkit::ErrorKind;

use super::{Language, docs};

pub const LANGUAGES: [Language; 5] = [
    Language { path: "bindings-python/python/elementkit/errors.py", write: python },
    Language { path: "bindings-node/lib/errors.js", write: javascript },
    Language { path: "bindings-node/lib/types/errors.d.ts", write: typescript },
    Language { path: "bindings-swift/Sources/ElementKit/Errors.swift", write: swift },
    Language { path: "bindings-kotlin/src/main/kotlin/io/elementkit/Errors.kt", write: kotlin },
];

/// Replaces the lines between the two comments that name this part.
fn replaced(found: &str, comment: &str, part: &str, lines: &str) -> String {
    let (first, last) = (format!("{comment} {part}, generated from core."), format!("{comment} End of {part}."));
    let (before, rest) = found.split_once(&first).unwrap_or_else(|| panic!("there is no place for {part}"));
    let (_, after) = rest.split_once(&last).unwrap_or_else(|| panic!("{part} have no end"));
    let indent = &before[before.rfind('\n').map_or(0, |at| at + 1)..];
    format!("{before}{first}\n{lines}{indent}{last}{after}")
}

fn pascal(kind: ErrorKind) -> String {
    format!("{kind:?}")
}

fn camel(kind: ErrorKind) -> String {
    let name = pascal(kind);
    name[..1].to_ascii_lowercase() + &name[1..]
}

/// Returns the further base of a class of Python, so that programs can catch it like Python's own errors.
fn python_base(kind: ErrorKind) -> &'static str {
    match kind {
        ErrorKind::Config | ErrorKind::InvalidRequest => ", ValueError",
        ErrorKind::Authentication | ErrorKind::PermissionDenied => ", PermissionError",
        ErrorKind::NotFound => ", LookupError",
        ErrorKind::Vendor | ErrorKind::Connect | ErrorKind::Transport => ", ConnectionError",
        ErrorKind::Timeout => ", builtins.TimeoutError",
        ErrorKind::Storage => ", OSError",
        _ => "",
    }
}

fn python(found: &str) -> String {
    let mut out = String::new();
    for kind in ErrorKind::ALL {
        let (name, base, code) = (pascal(*kind), python_base(*kind), kind.code());
        write!(out, "\n\nclass {name}Error(ElementKitError{base}):\n    \"\"\"").unwrap();
        let failed = *kind == ErrorKind::JobFailed;
        let lines = docs::wrapped(kind.doc(), 110);
        out.push_str(&lines.join("\n    "));
        if failed {
            out.push_str(
                "\n\n    ``status``, ``provider_message``, ``request_id`` and ``retry_after`` are those of the failure that ended it, as\n    a live read would report them; ``retryable`` is whether resuming it may succeed without a change.\n    ",
            );
        } else if lines.len() > 1 {
            out.push_str("\n    ");
        }
        write!(out, "\"\"\"\n\n    code = \"{code}\"\n").unwrap();
        if failed {
            out.push_str(
                "    kind: str | None = None\n    \"\"\"The ``code`` of the error that a live read would raise, for instance ``rate_limited``.\"\"\"\n    phase: str | None = None\n    \"\"\"The phase the job was in, for instance ``reading``.\"\"\"\n",
            );
        }
    }
    replaced(found, "#", "Classes of the kinds", &(out + "\n\n"))
}

fn javascript(found: &str) -> String {
    let mut out = "const CODES = {\n".to_owned();
    for kind in ErrorKind::ALL {
        writeln!(out, "  {}Error: '{}',", pascal(*kind), kind.code()).unwrap();
    }
    replaced(found, "//", "Codes of the kinds", &(out + "};\n"))
}

fn typescript(found: &str) -> String {
    let mut out = "/** The stable codes of the kinds of errors. */\nexport type ErrorCode =\n".to_owned();
    let codes: Vec<String> = ErrorKind::ALL.iter().map(|kind| format!("  | '{}'", kind.code())).collect();
    writeln!(out, "{};", codes.join("\n")).unwrap();
    let text = replaced(found, "//", "Codes of the kinds", &out);
    let mut out = String::new();
    for kind in ErrorKind::ALL {
        out.push_str(&docs::stars("", kind.doc()));
        writeln!(out, "export class {}Error extends ElementKitError {{", pascal(*kind)).unwrap();
        write!(out, "  readonly code: '{}';\n}}\n", kind.code()).unwrap();
    }
    replaced(&text, "//", "Classes of the kinds", &out)
}

fn swift(found: &str) -> String {
    let mut out = String::new();
    for kind in ErrorKind::ALL {
        let name = if *kind == ErrorKind::Internal { "`internal`".to_owned() } else { camel(*kind) };
        out.push_str(&docs::slashes("    ", kind.doc()));
        writeln!(out, "    case {name}(Info)").unwrap();
    }
    let text = replaced(found, "//", "Cases of the kinds", &out);
    let cases: Vec<String> = ErrorKind::ALL.iter().map(|kind| format!(".{}(let info)", camel(*kind))).collect();
    let out = format!("        case {}:\n            return info\n", cases.join(",\n            "));
    let text = replaced(&text, "//", "Infos of the kinds", &out);
    let mut out = String::new();
    for kind in ErrorKind::ALL {
        writeln!(out, "        \"{}\": {{ .{}($0) }},", kind.code(), camel(*kind)).unwrap();
    }
    replaced(&text, "//", "Codes of the kinds", &out)
}

fn kotlin(found: &str) -> String {
    // Formatters require an empty line between comments.
    let mut out = "\n".to_owned();
    for kind in ErrorKind::ALL {
        out.push_str(&docs::stars("    ", kind.doc()));
        write!(
            out,
            "    public class {} internal constructor(info: ErrorInfo) : ElementKitException(info)\n\n",
            pascal(*kind)
        )
        .unwrap();
    }
    let text = replaced(found, "//", "Classes of the kinds", &out);
    let mut out = String::new();
    for kind in ErrorKind::ALL {
        writeln!(out, "            \"{}\" to ::{},", kind.code(), pascal(*kind)).unwrap();
    }
    replaced(&text, "//", "Codes of the kinds", &out)
}
