//! Snippets: pieces of scripts that an organization keeps for use in transformations.

use serde_json::{Map, Value};

use super::super::level::require;
use crate::engine::call::Call;
use crate::engine::failure::Failure;
use crate::engine::reply::Reply;
use crate::engine::store::{Owner, SnippetRow, micros_text};
use crate::model::vdr::Snippet;

const NO_SNIPPET: &str = "No snippet found";

/// The only kind of snippet.
const TRANSFORMATION: &str = "transformation";

/// `POST /vdrs/snippets`
pub(crate) async fn create(call: &Call) -> Result<Reply, Failure> {
    let new = read(0, &writer_body(call).await?)?;
    let id = call.engine.store.add_snippet(call.caller.user()?.organization_id, &new).await?;
    show(call, id).await
}

/// `GET /vdrs/snippets/{id}`
pub(crate) async fn get(call: &Call) -> Result<Reply, Failure> {
    show(call, call.id_param("id", NO_SNIPPET)?).await
}

/// `PUT /vdrs/snippets/{id}`
pub(crate) async fn replace(call: &Call) -> Result<Reply, Failure> {
    let id = call.id_param("id", NO_SNIPPET)?;
    let new = read(id, &writer_body(call).await?)?;
    match call.engine.store.replace_snippet(call.caller.user()?.organization_id, &new).await? {
        true => show(call, id).await,
        false => Err(Failure::not_found(NO_SNIPPET)),
    }
}

/// `DELETE /vdrs/snippets/{id}`
pub(crate) async fn delete(call: &Call) -> Result<Reply, Failure> {
    let id = call.id_param("id", NO_SNIPPET)?;
    require_writer(call)?;
    match call.engine.store.delete_snippet(call.caller.user()?.organization_id, id).await? {
        true => Ok(Reply::empty()),
        false => Err(Failure::not_found(NO_SNIPPET)),
    }
}

async fn writer_body(call: &Call) -> Result<Map<String, Value>, Failure> {
    require_writer(call)?;
    call.json_object().await
}

/// Snippets belong to the organization, and any administrator of an account may write them.
fn require_writer(call: &Call) -> Result<(), Failure> {
    let user = call.caller.user()?;
    require(user, Owner::Account(user.account_id))
}

fn read(id: i64, body: &Map<String, Value>) -> Result<SnippetRow, Failure> {
    let text = |name: &str| body.get(name).and_then(Value::as_str).filter(|text| !text.trim().is_empty());
    let needed = |name: &str| {
        let missing = || Failure::bad_request(format!("{name} is required"));
        text(name).map(str::to_owned).ok_or_else(missing)
    };
    let kind = text("snippetType").unwrap_or(TRANSFORMATION);
    if kind != TRANSFORMATION {
        return Err(Failure::bad_request(format!("snippetType must be {TRANSFORMATION}")));
    }
    Ok(SnippetRow {
        id,
        name: needed("name")?,
        body: needed("body")?,
        description: text("description").map(str::to_owned),
        kind: kind.to_owned(),
        created_us: 0,
    })
}

async fn show(call: &Call, id: i64) -> Result<Reply, Failure> {
    let row = call.engine.store.snippet(call.caller.user()?.organization_id, id).await?;
    let row = row.ok_or_else(|| Failure::not_found(NO_SNIPPET))?;
    Reply::json(&Snippet {
        id: row.id,
        name: row.name,
        body: row.body,
        description: row.description,
        snippet_type: row.kind,
        created_date: micros_text(row.created_us),
    })
}
