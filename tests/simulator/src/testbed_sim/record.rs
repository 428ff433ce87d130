//! The text of records, in the variety that JSON allows.

use serde_json::{Map, Value, json};

use super::world::{List, World};
use crate::hash::Kind;
use crate::xml::date;

const NAMES: [&str; 6] =
    ["Ada’s Engines & Co", "Söhne \"Dampf\" GmbH", "<b>Fish</b> & Chips", "Zeile 1\nZeile 2", "東京 🚂", "plain"];
const DAY_S: i64 = 86_400;

/// Returns the members of an account that callers can write, as they are at the start. Some are null, some are missing,
/// and some exist in few records only.
pub(super) fn members(world: &World, account: u64) -> Map<String, Value> {
    let hash = world.hash(Kind::Account, &[account]);
    let mut out = Map::new();
    let mut put = |name: &str, value: Value| out.insert(name.to_owned(), value);
    put("name", json!(format!("{} {account}", NAMES[(hash % 6) as usize])));
    put("active", json!(!hash.is_multiple_of(5)));
    if !hash.is_multiple_of(7) {
        put("employees", if hash.is_multiple_of(11) { Value::Null } else { json!(hash / 7 % 90_000) });
    }
    put("rating", if hash.is_multiple_of(4) { Value::Null } else { json!((hash / 3 % 51) as f64 / 10.0) });
    put("balance", json!((hash / 5 % 2_000_000_000) as f64 / 100.0 - 1_000_000.0));
    put("website", if hash.is_multiple_of(3) { Value::Null } else { json!(format!("https://example.com/{account}")) });
    if !hash.is_multiple_of(6) {
        put("customerSince", json!(date(world.created_s(account) / DAY_S * DAY_S)[..10]));
    }
    let city = ["Berlin", "Zürich", "O’Fallon"][(hash / 13 % 3) as usize];
    match hash / 17 % 4 {
        0 => {}
        1 => _ = put("address", Value::Null),
        2 => _ = put("address", json!({"city": city, "street": null, "geo": {"lat": 52.5, "lon": -13.25}})),
        _ => _ = put("address", json!({"city": city, "lines": ["a", "b \"c\""], "geo": {}})),
    }
    put("tags", json!(["steam", "Ä", ""][..(hash / 19 % 4) as usize]));
    let owner = hash / 23 % 9;
    put("owner", json!({"id": format!("usr_{owner}"), "email": format!("owner{owner}@example.org")}));
    if hash.is_multiple_of(9) {
        put(
            "x_region",
            [json!("emea"), json!(7), json!(true), json!({"code": "EU"})][(hash / 29 % 4) as usize].clone(),
        );
    }
    if account.is_multiple_of(10) {
        put("x_score", json!(account * 1_000_000_007));
    }
    out
}

/// Returns a record.
pub(super) fn value(world: &World, list: List, number: u64) -> Value {
    let mut out = Map::new();
    let updated = json!(date(world.updated_s(list, number)));
    match list {
        List::Accounts => {
            out.insert("id".to_owned(), json!(world.account_id(number)));
            out.extend(world.members(number));
            out.insert("createdAt".to_owned(), json!(date(world.created_s(number))));
        }
        List::Notes { .. } => {
            let hash = world.hash(Kind::Note, &[number]);
            let author = hash % 9;
            out.insert("id".to_owned(), json!(world.note_id(number)));
            out.insert("accountId".to_owned(), json!(world.account_id(world.account_of_note(number))));
            out.insert("text".to_owned(), json!(format!("Note {number}\n\t{}", NAMES[(hash / 9 % 6) as usize])));
            out.insert("pinned".to_owned(), json!(hash.is_multiple_of(3)));
            if !hash.is_multiple_of(5) {
                out.insert("sentiment".to_owned(), json!((hash % 201) as f64 / 100.0 - 1.0));
            }
            out.insert("author".to_owned(), json!({"id": format!("usr_{author}")}));
        }
    }
    out.insert("updatedAt".to_owned(), updated);
    Value::Object(out)
}

/// Returns the JSON text of a record. Some are indented, and some escape every character that is not ASCII.
pub(super) fn text(world: &World, list: List, number: u64) -> String {
    let value = value(world, list, number);
    let text = if number.is_multiple_of(5) { format!("{value:#}") } else { value.to_string() };
    if number % 3 == 1 { ascii(&text) } else { text }
}

fn ascii(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for char in text.chars() {
        if char.is_ascii() {
            out.push(char);
        } else {
            for unit in char.encode_utf16(&mut [0; 2]) {
                out.push_str(&format!("\\u{unit:04x}"));
            }
        }
    }
    out
}
