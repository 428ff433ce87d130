//! Formulas (spec P 12.3): documents that are stored, exported and not run.

mod document;
pub(crate) mod parts;
pub(crate) mod runs;

use http::header::CONTENT_DISPOSITION;
use serde_json::{Map, Value};

use self::document::{replaced, view};
use crate::engine::call::Call;
use crate::engine::failure::Failure;
use crate::engine::matching::matching;
use crate::engine::paging::page;
use crate::engine::reply::Reply;
use crate::engine::store::{FormulaRow, FormulaTx};
use crate::record::Kind;

const NO_FORMULA: &str = "No formula found";

/// Members of formulas that conditions may name.
const COLUMNS: [(&str, Kind); 5] = [
    ("id", Kind::Id),
    ("name", Kind::Text),
    ("active", Kind::Bool),
    ("singleThreaded", Kind::Bool),
    ("createdDate", Kind::Date),
];

/// `GET /formulas`: those of the caller's account by ascending id.
pub(crate) async fn list(call: &Call) -> Result<Reply, Failure> {
    let rows = call.engine.store.formulas(call.caller.user()?.account_id).await?;
    let views = rows.iter().map(|row| Value::Object(view(row))).collect();
    page(call, &matching(call, views, &COLUMNS)?)
}

/// `POST /formulas`
pub(crate) async fn create(call: &Call) -> Result<Reply, Failure> {
    let body = call.json_object().await?;
    let user = call.caller.user()?;
    let mut transaction = call.engine.store.change_formulas().await?;
    let empty = transaction.insert(user.account_id, user.id).await?;
    store(transaction, &replaced(&empty, body)?).await
}

/// `GET /formulas/{id}`
pub(crate) async fn get(call: &Call) -> Result<Reply, Failure> {
    Reply::json(&view(&addressed(call).await?))
}

/// `PUT /formulas/{id}`
pub(crate) async fn replace(call: &Call) -> Result<Reply, Failure> {
    let body = call.json_object().await?;
    let (transaction, row) = changed(call).await?;
    store(transaction, &replaced(&row, body)?).await
}

/// `PATCH /formulas/{id}`: changes the given members.
pub(crate) async fn update(call: &Call) -> Result<Reply, Failure> {
    let body = call.json_object().await?;
    let (transaction, row) = changed(call).await?;
    let mut members: Map<String, Value> = row.document.clone();
    members.extend(body);
    store(transaction, &replaced(&row, members)?).await
}

/// `DELETE /formulas/{id}`
pub(crate) async fn delete(call: &Call) -> Result<Reply, Failure> {
    let id = call.id_param("id", NO_FORMULA)?;
    let mut transaction = call.engine.store.change_formulas().await?;
    if !transaction.delete(call.caller.user()?.account_id, id).await? {
        return Err(Failure::not_found(NO_FORMULA));
    }
    transaction.commit().await?;
    Ok(Reply::empty())
}

/// `GET /formulas/{id}/export`: the formula as a download.
pub(crate) async fn export(call: &Call) -> Result<Reply, Failure> {
    let row = addressed(call).await?;
    let name = format!("attachment; filename=\"formula-{}.json\"", row.id);
    Ok(Reply::json(&view(&row))?.text_header(CONTENT_DISPOSITION, &name))
}

/// Returns the formula in the path.
async fn addressed(call: &Call) -> Result<FormulaRow, Failure> {
    let id = call.id_param("id", NO_FORMULA)?;
    let found = call.engine.store.formula(call.caller.user()?.account_id, id).await?;
    found.ok_or_else(|| Failure::not_found(NO_FORMULA))
}

/// Starts a change of the formula in the path.
async fn changed(call: &Call) -> Result<(FormulaTx<'_>, FormulaRow), Failure> {
    let id = call.id_param("id", NO_FORMULA)?;
    let mut transaction = call.engine.store.change_formulas().await?;
    let found = transaction.formula(call.caller.user()?.account_id, id).await?;
    Ok((transaction, found.ok_or_else(|| Failure::not_found(NO_FORMULA))?))
}

/// Ends a change of a formula.
async fn store(mut transaction: FormulaTx<'_>, row: &FormulaRow) -> Result<Reply, Failure> {
    transaction.put(row).await?;
    transaction.commit().await?;
    Reply::json(&view(row))
}
