//! Steps, triggers and variables of a formula (spec P 12.3). The path names the list.

use serde_json::Value;

use super::document::{List, has_id};
use super::{addressed, changed};
use crate::engine::call::Call;
use crate::engine::failure::Failure;
use crate::engine::reply::Reply;
use crate::engine::store::FormulaRow;

/// `GET /formulas/{id}/steps`, `…/triggers` and `…/configuration`
pub(crate) async fn list(call: &Call) -> Result<Reply, Failure> {
    let list = list_of(call)?;
    let row = addressed(call).await?;
    Reply::json(&list.parts(&row).collect::<Vec<_>>())
}

/// `POST /formulas/{id}/steps` and the like: adds a part at the end.
pub(crate) async fn add(call: &Call) -> Result<Reply, Failure> {
    let list = list_of(call)?;
    let mut part = call.json_object().await?;
    let (mut transaction, mut row) = changed(call).await?;
    part.remove("id");
    list.complete(&mut row, &mut part);
    let part = Value::Object(part);
    parts_mut(list, &mut row).push(part.clone());
    transaction.put(&row).await?;
    transaction.commit().await?;
    Reply::json(&part)
}

/// `GET /formulas/{id}/steps/{partId}` and the like.
pub(crate) async fn get(call: &Call) -> Result<Reply, Failure> {
    let (list, id) = (list_of(call)?, part_id(call)?);
    let row = addressed(call).await?;
    let found = list.parts(&row).find(|part| has_id(part, id));
    Reply::json(found.ok_or_else(|| missing(list))?)
}

/// `PUT /formulas/{id}/steps/{partId}` and the like.
pub(crate) async fn replace(call: &Call) -> Result<Reply, Failure> {
    let (list, id) = (list_of(call)?, part_id(call)?);
    let mut part = call.json_object().await?;
    let (mut transaction, mut row) = changed(call).await?;
    let position = position(list, &row, id)?;
    part.insert("id".to_owned(), id.into());
    list.complete(&mut row, &mut part);
    let part = Value::Object(part);
    parts_mut(list, &mut row)[position] = part.clone();
    transaction.put(&row).await?;
    transaction.commit().await?;
    Reply::json(&part)
}

/// `DELETE /formulas/{id}/steps/{partId}` and the like.
pub(crate) async fn delete(call: &Call) -> Result<Reply, Failure> {
    let (list, id) = (list_of(call)?, part_id(call)?);
    let (mut transaction, mut row) = changed(call).await?;
    let position = position(list, &row, id)?;
    parts_mut(list, &mut row).remove(position);
    transaction.put(&row).await?;
    transaction.commit().await?;
    Ok(Reply::empty())
}

/// Returns the list that the path names.
fn list_of(call: &Call) -> Result<List, Failure> {
    let name = call.route.path.split('/').nth(3).unwrap_or_default();
    List::named(name).ok_or_else(|| Failure::not_found(super::NO_FORMULA))
}

fn part_id(call: &Call) -> Result<i64, Failure> {
    call.id_param("partId", &no_part(list_of(call)?))
}

fn position(list: List, row: &FormulaRow, id: i64) -> Result<usize, Failure> {
    list.parts(row).position(|part| has_id(part, id)).ok_or_else(|| missing(list))
}

/// Returns the parts of a stored formula, whose document has all lists.
fn parts_mut(list: List, row: &mut FormulaRow) -> &mut Vec<Value> {
    let member = row.document.entry(list.name()).or_insert(Value::Null);
    if !member.is_array() {
        *member = Value::Array(Vec::new());
    }
    let Value::Array(parts) = member else { unreachable!("made above") };
    parts
}

fn missing(list: List) -> Failure {
    Failure::not_found(no_part(list))
}

fn no_part(list: List) -> String {
    let part = match list {
        List::Steps => "step",
        List::Triggers => "trigger",
        List::Configuration => "configuration",
    };
    format!("No formula {part} found")
}
