//! Paths of records and calls, which stay within the service.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use serde_json::Value;

use crate::failure::{Failure, Outcome};

/// Characters that are escaped in a part of a path: all but the unreserved ones of RFC 3986.
const PART: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// Returns the id of a record as a part of a path.
pub fn segment(id: &Value) -> Outcome<String> {
    let text = match id {
        Value::String(text) => text.clone(),
        Value::Number(number) => number.to_string(),
        _ => String::new(),
    };
    match is_step(&text) {
        false => Ok(utf8_percent_encode(&text, PART).to_string()),
        true => Err(Failure::wrong("`id` is not the id of a record", "Use the value of the key field.")),
    }
}

/// Fails unless a text is a path of parts, of which none leads elsewhere.
pub fn check(path: &str) -> Outcome<()> {
    let may_be = |c: char| c.is_ascii_alphanumeric() || "_.~@:/%-".contains(c);
    let leads_elsewhere = |part: &str| is_step(&percent_decode_str(part).decode_utf8_lossy());
    if path.chars().all(may_be) && !path.split('/').any(leads_elsewhere) {
        return Ok(());
    }
    Err(Failure::wrong("`path` is not a path of the service", "Name a path such as accounts/7/merge."))
}

/// Returns whether a part of a path is empty or leads to the folder above.
fn is_step(part: &str) -> bool {
    part.chars().all(|c| c == '.')
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn ids_are_one_part() {
        for (id, wanted) in [(json!(7), "7"), (json!("a/ä"), "a%2F%C3%A4"), (json!("a..b"), "a..b")] {
            assert_eq!(segment(&id).ok().as_deref(), Some(wanted));
        }
        for wrong in [json!(""), json!(".."), json!("."), json!(null), json!([7])] {
            assert!(segment(&wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn paths_lead_downwards() {
        assert!(check("accounts/acc_1%2F%C3%A4/merge").is_ok());
        for wrong in ["", "/a", "a//b", "a/../b", "a/%2e%2E/b", "a?b", "a b", "a\\b"] {
            assert!(check(wrong).is_err(), "{wrong}");
        }
    }
}
