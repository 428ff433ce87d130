use std::time::Duration;

use serde_json::json;

use super::*;
use crate::environment;

fn hosted(given: Value) -> Result<HostedOptions> {
    let wrong = |error: serde_json::Error| Error::new(ErrorKind::Internal, error.to_string());
    HostedOptions::from_json(&serde_json::from_value(given).map_err(wrong)?)
}

/// Returns whether the list of the library or of an element has a variable.
fn is_listed(variable: &str) -> bool {
    let of_elements = crate::elements::options::variables();
    of_elements.iter().chain(environment::VARIABLES).any(|known| known.name == variable)
}

#[test]
fn names_are_unique_and_in_snake_case() {
    fn names<T>(table: &[OptionInfo<T>]) {
        for (at, info) in table.iter().enumerate() {
            assert!(info.name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_'), "{}", info.name);
            assert!(table[..at].iter().all(|earlier| earlier.name != info.name), "{}", info.name);
            let duration = matches!(info.kind(), OptionKind::Duration | OptionKind::Timeout);
            assert_eq!(duration, info.name.ends_with("_ms"), "{}", info.name);
            assert!(info.doc.ends_with('.'), "{}", info.name);
            assert!(info.variable.is_none_or(is_listed), "{}", info.name);
        }
    }
    names(HOSTED_OPTIONS);
    names(QUERY_OPTIONS);
    names(UPLOAD_OPTIONS);
    #[cfg(feature = "embedded")]
    names(&EMBEDDED_OPTIONS);
}

#[test]
fn a_query_reads_its_options_by_name() -> Result<()> {
    let given = json!({"from": "2030-01-01", "callback_payload": {"n": [1]}, "file_name": "a", "to": null});
    let Value::Object(given) = given else { unreachable!("an object") };
    let read = BulkQuery::from_json("select id from channels", &given)?;
    let set = BulkQuery::new("select id from channels").from("2030-01-01");
    let set = set.callback_payload(json!({"n": [1]})).file_name("a");
    assert_eq!(format!("{read:?}"), format!("{set:?}"));
    let wrong = BulkQuery::from_json("select id from channels", &Map::from_iter([("form".to_owned(), json!("x"))]));
    assert_eq!(wrong.err().and_then(|error| error.info().hint.clone()).as_deref(), Some("Did you mean `from`?"));
    Ok(())
}

#[test]
fn an_upload_reads_its_options_by_name() -> Result<()> {
    use crate::client::{UploadFormat, UploadMode};
    let upload = || BulkUpload::bytes("contacts", "id\n");
    let read = |given: Value| -> Result<String> {
        let Value::Object(given) = given else { unreachable!("an object") };
        upload().with_json(&given).map(|upload| format!("{upload:?}"))
    };
    let all = json!({"mode": "upsert", "key": "email", "format": "json", "path": "/lists/7/members", "concurrency": 2,
        "unknown_columns": true, "callback_url": "https://x.example", "callback_payload": [1], "warnings": "deny"});
    let set = upload().mode(UploadMode::Upsert).key("email").format(UploadFormat::Json).path("/lists/7/members");
    let set = set.concurrency(2).unknown_columns().callback_url("https://x.example").callback_payload(json!([1]));
    assert_eq!(read(all.clone())?, format!("{:?}", set.warnings(Warnings::Deny)));
    assert_eq!(all.as_object().map(Map::len), Some(UPLOAD_OPTIONS.len()));
    let modes = [UploadMode::Create, UploadMode::Update, UploadMode::Replace, UploadMode::Upsert, UploadMode::Delete];
    for mode in modes {
        assert_eq!(read(json!({"mode": mode.name()}))?, format!("{:?}", upload().mode(mode)));
    }
    let hint = |given: Value| read(given).err().and_then(|error| error.info().hint.clone()).unwrap_or_default();
    assert_eq!(hint(json!({"mode": "upsart"})), "Did you mean `upsert`?");
    assert_eq!(hint(json!({"format": "parquet"})), "Use one of `csv`, `json`.");
    Ok(())
}

#[test]
fn an_unknown_option_is_refused_with_the_nearest_name() {
    for (name, hint) in [("tiemout_ms", "Did you mean `timeout_ms`?"), ("colour", "The options are `base_url`, ")] {
        let error = hosted(json!({ name: 7 })).err();
        let info = error.map(|error| error.info().clone()).unwrap_or_default();
        assert_eq!(info.kind, ErrorKind::Config);
        assert!(info.message.contains(name) && info.hint.unwrap_or_default().starts_with(hint), "{name}");
    }
}

#[test]
fn values_of_a_wrong_type_are_refused_without_being_shown() {
    for (name, value) in [
        ("timeout_ms", json!(0)),
        ("timeout_ms", json!(-1)),
        ("timeout_ms", json!(1.5)),
        ("timeout_ms", json!("hush")),
        ("retries", json!(-1)),
        ("user_secret", json!(["hush"])),
        ("ca_file", json!(["hush", 7])),
        ("allow_insecure_http", json!("hush")),
        ("warnings", json!("loud")),
    ] {
        let error = hosted(json!({ name: value })).err().map(|error| error.to_string()).unwrap_or_default();
        assert!(!error.is_empty() && !error.contains("hush"), "{name}: {error}");
        assert!(error.contains(name) || name == "warnings", "{name}: {error}");
    }
}

#[test]
fn what_is_given_is_set_and_null_is_not_given() -> Result<()> {
    let options = hosted(json!({ "timeout_ms": 1500, "retries": 0, "answer_limit": 7, "read_timeout_ms": null }))?;
    assert_eq!((options.timeout, options.retry.retries), (Some(Duration::from_millis(1500)), 0));
    assert_eq!(options.answer_limit, 7);
    let long = hosted(json!({ "timeout_ms": u64::MAX }))?;
    assert_eq!(long.timeout, Some(Duration::from_millis(LONGEST_MS)));
    let as_serde: Result<HostedOptions, _> = serde_json::from_value(json!({ "nope": 1 }));
    assert!(as_serde.is_err_and(|error| error.to_string().contains("nope")));
    Ok(())
}

/// Each option of the engine changes the engine's options: none is accepted and ignored.
#[cfg(feature = "embedded")]
#[test]
fn no_option_of_the_engine_is_ignored() -> Result<()> {
    let printed = |given: Value| -> Result<String> {
        let given =
            serde_json::from_value(given).map_err(|error| Error::new(ErrorKind::Internal, error.to_string()))?;
        EmbeddedOptions::from_json(&given).map(|options| format!("{options:?}"))
    };
    let unset = printed(json!({}))?;
    for info in EMBEDDED_OPTIONS.iter() {
        let value = match info.kind() {
            OptionKind::Text | OptionKind::Secret | OptionKind::Path => json!("another"),
            OptionKind::Paths => json!(["one", "two"]),
            OptionKind::Duration | OptionKind::Timeout | OptionKind::Count | OptionKind::Positive => {
                json!(7)
            }
            OptionKind::Json => json!({"n": 1}),
            OptionKind::Choice(words) => json!(words.last()),
            OptionKind::Warnings => json!("deny"),
            OptionKind::Flag => {
                let off = printed(json!({ &*info.name: false }))?;
                let on = printed(json!({ &*info.name: true }))?;
                assert_ne!(on, off, "{}", info.name);
                continue;
            }
        };
        assert_ne!(printed(json!({ &*info.name: value }))?, unset, "{}", info.name);
    }
    Ok(())
}
