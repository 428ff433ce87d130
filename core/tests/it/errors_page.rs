//! `docs/errors.md` lists every error code; this test fails if it has drifted.
//! `UPDATE=1 cargo test -p elementkit --test it errors_page` rewrites it.

use std::fmt::Write;
use std::path::Path;

use elementkit::{ErrorKind, WarningCode};

const HEAD: &str = "\
# Error codes

<!-- Generated from core/src/error.rs and core/src/warning/mod.rs; do not edit. -->

Every error has one of these codes as its `kind`; they are stable. It also has a message and, if they are known, the
HTTP status, the vendor's own text (`provider message`), the request id to quote to support, a hint, and the time to
wait. An error of a call is made from the platform's response alone, so it is the same hosted and embedded.

*Again* tells whether the same call may succeed later without a change. The client has then already retried it where
that is safe: reads up to three times, changes only if nothing was sent. The hint is that of the code; if the exact
cause is known, the error has a more specific one.

| code | meaning | again | hint |
| --- | --- | --- | --- |
";

const WARNINGS: &str = "
# Warning codes

A call that succeeds may return warnings, usually about a name that does not exist. Each has one of these codes, a
message and, if they are known, the field or parameter and the name that was probably meant. By default they are
reported; a client can also treat them as errors (`invalid_request`) or ignore them.

| code | meaning |
| --- | --- |
";

fn page() -> String {
    let mut page = HEAD.to_owned();
    for kind in ErrorKind::ALL {
        let again = if kind.retryable() { "yes" } else { "no" };
        writeln!(page, "| `{}` | {} | {again} | {} |", kind.code(), kind.doc(), kind.hint()).unwrap();
    }
    page.push_str(WARNINGS);
    for code in WarningCode::ALL {
        writeln!(page, "| `{code}` | {} |", code.doc()).unwrap();
    }
    page
}

#[test]
fn the_page_lists_every_code() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/errors.md");
    if std::env::var_os("UPDATE").is_some() {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, page()).unwrap();
    }
    let found = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(found == page(), "docs/errors.md has drifted; run this test with UPDATE=1");
}
