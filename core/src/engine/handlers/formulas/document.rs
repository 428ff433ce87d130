//! The document of a formula: the members that a request may set, and those that the platform adds.

use serde_json::{Map, Value, json};

use crate::engine::failure::Failure;
use crate::engine::handlers::instances::view::date_text;
use crate::engine::store::FormulaRow;

type Members = Map<String, Value>;

/// Maximum length of a name, in characters.
const LONGEST_NAME: usize = 255;

/// Members that the platform sets, in documents and in parts.
const READ_ONLY: [&str; 4] = ["id", "userId", "accountId", "createdDate"];

const ID: &str = "id";
const FORMULA_ID: &str = "formulaId";

/// A list of parts of a formula.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum List {
    Steps,
    Triggers,
    /// The variables.
    Configuration,
}

impl List {
    pub const ALL: [Self; 3] = [Self::Steps, Self::Triggers, Self::Configuration];

    /// Returns the list of this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|list| list.name() == name)
    }

    /// Returns the member that has the list.
    pub fn name(self) -> &'static str {
        match self {
            Self::Steps => "steps",
            Self::Triggers => "triggers",
            Self::Configuration => "configuration",
        }
    }

    /// Completes a part with an id: one that the formula has given already is kept.
    pub fn complete(self, row: &mut FormulaRow, part: &mut Members) {
        let given = part.get(ID).and_then(Value::as_i64).filter(|id| self.parts(row).any(|part| has_id(part, *id)));
        let id = given.unwrap_or_else(|| {
            row.last_part += 1;
            row.last_part
        });
        part.insert(ID.to_owned(), id.into());
        if self != Self::Configuration {
            part.insert(FORMULA_ID.to_owned(), row.id.into());
            for links in ["onSuccess", "onFailure"] {
                fill(part, links, json!([]));
            }
            fill(part, "properties", json!({}));
        }
    }

    /// Returns the parts of a stored formula.
    pub fn parts(self, row: &FormulaRow) -> impl Iterator<Item = &Value> {
        row.document.get(self.name()).and_then(Value::as_array).into_iter().flatten()
    }
}

/// Returns whether a part has this id.
pub(super) fn has_id(part: &Value, id: i64) -> bool {
    part[ID].as_i64() == Some(id)
}

/// Returns the formula with these members in place of its own.
pub(super) fn replaced(row: &FormulaRow, mut members: Members) -> Result<FormulaRow, Failure> {
    members.retain(|name, value| !READ_ONLY.contains(&name.as_str()) && !value.is_null());
    check_name(members.get("name"))?;
    for flag in ["active", "singleThreaded"] {
        if members.get(flag).is_some_and(|value| !value.is_boolean()) {
            return Err(Failure::bad_request(format!("{flag} must be true or false")));
        }
    }
    let mut new = row.clone();
    for list in List::ALL {
        let wrong = || Failure::bad_request(format!("{} must be an array of objects", list.name()));
        let mut parts = match members.remove(list.name()) {
            None => Vec::new(),
            Some(Value::Array(parts)) => parts,
            Some(_) => return Err(wrong()),
        };
        for part in &mut parts {
            list.complete(&mut new, part.as_object_mut().ok_or_else(wrong)?);
        }
        check_unique(list, &parts)?;
        members.insert(list.name().to_owned(), parts.into());
    }
    fill(&mut members, "active", json!(true));
    fill(&mut members, "singleThreaded", json!(false));
    new.document = members;
    Ok(new)
}

/// Returns a formula as responses show it.
pub(super) fn view(row: &FormulaRow) -> Members {
    let mut view = Members::new();
    view.insert(ID.to_owned(), row.id.into());
    view.extend(row.document.clone());
    view.insert("userId".to_owned(), row.user_id.into());
    view.insert("accountId".to_owned(), row.account_id.into());
    view.insert("createdDate".to_owned(), date_text(row.created_s).into());
    view
}

fn check_name(name: Option<&Value>) -> Result<(), Failure> {
    match name.and_then(Value::as_str).map(str::trim) {
        None | Some("") => Err(Failure::bad_request("name is required")),
        Some(name) if name.chars().count() > LONGEST_NAME => {
            Err(Failure::bad_request(format!("name has at most {LONGEST_NAME} characters")))
        }
        Some(_) => Ok(()),
    }
}

/// Rejects parts with the same id, of which a path could name only one.
fn check_unique(list: List, parts: &[Value]) -> Result<(), Failure> {
    let mut ids: Vec<i64> = parts.iter().filter_map(|part| part[ID].as_i64()).collect();
    ids.sort_unstable();
    match ids.windows(2).find(|pair| pair[0] == pair[1]) {
        Some(pair) => Err(Failure::bad_request(format!("{} has the id {} twice", list.name(), pair[0]))),
        None => Ok(()),
    }
}

/// Sets a member that is absent or null.
fn fill(members: &mut Members, name: &str, value: Value) {
    let member = members.entry(name).or_insert(Value::Null);
    if member.is_null() {
        *member = value;
    }
}
