//! Changes of stored documents (spec E 2.2, E 2.3).

use http::StatusCode;
use serde_json::Value;

use crate::elements::definition::document::{Definition, Finding};
use crate::elements::definition::export;
use crate::elements::definition::parts::{Members, complete, unnumbered};
use crate::engine::call::Call;
use crate::engine::failure::{Failure, Rare};
use crate::engine::handlers::instances::no_element;
use crate::engine::store::{ElementHead, ElementTx};

/// Code of the problem of a part that is there already.
const DUPLICATE: &str = "duplicate";

/// Members that only responses of this platform have, which may be sent back.
const OF_RESPONSES: [&str; 2] = ["revision", "warnings"];

/// An element after a change.
pub(super) struct Edited<T> {
    pub head: ElementHead,
    pub document: Members,
    /// Result of the change.
    pub made: T,
}

/// Changes the document of the element in the path, in one transaction. What makes it invalid changes nothing.
pub(super) async fn edit<T>(
    call: &Call,
    change: impl FnOnce(&mut ElementHead, &mut Members) -> Result<T, Failure>,
) -> Result<Edited<T>, Failure> {
    require_writer(call)?;
    let organization = call.caller.user()?.organization_id;
    let mut transaction = call.engine.store.change_elements().await?;
    let mut head = find(&mut transaction, organization, call.param("keyOrId")).await?;
    let Value::Object(mut document) = transaction.document(&head).await? else { return Err(invalid(&[])) };
    let made = change(&mut head, &mut document)?;
    let first = transaction.take_part_ids(unnumbered(&mut document)).await?;
    complete(&mut document, head.id, first);
    let document = Value::Object(document);
    Definition::read(&document).map_err(|problems| refused_part(&problems))?;
    transaction.revise(&mut head, &document).await?;
    transaction.commit().await?;
    let Value::Object(document) = document else { return Err(invalid(&[])) };
    Ok(Edited { head, document, made })
}

/// Finds the element of an organization that a call names. Elements of the program are not found: their parts cannot be
/// changed (spec E 2.28).
pub(super) async fn find(
    transaction: &mut ElementTx<'_>,
    organization: i64,
    key_or_id: &str,
) -> Result<ElementHead, Failure> {
    let by_id = !key_or_id.is_empty() && key_or_id.bytes().all(|byte| byte.is_ascii_digit());
    let found = match by_id {
        true => transaction.head(organization, key_or_id.parse().unwrap_or_default()).await?,
        false => transaction.named(organization, key_or_id).await?,
    };
    found.ok_or_else(no_element)
}

/// Returns the document to store for an import, with ids of this server.
pub(super) async fn stored_import(
    transaction: &mut ElementTx<'_>,
    document: &Value,
    element: i64,
) -> Result<Value, Failure> {
    let first = transaction.take_part_ids(export::parts(document)).await?;
    let mut ids = first..;
    let mut stored = export::imported(document, element, &mut || ids.next().unwrap_or_default());
    if let Some(members) = stored.as_object_mut() {
        OF_RESPONSES.iter().for_each(|key| drop(members.shift_remove(*key)));
    }
    Ok(stored)
}

/// Reads a document.
pub(super) fn read(document: &Value) -> Result<Definition, Failure> {
    Definition::read(document).map_err(|problems| invalid(&problems))
}

/// Returns the refusal of a part that gives the document these problems. What exists already is a conflict (spec E 2.12,
/// E 2.15).
fn refused_part(problems: &[Finding]) -> Failure {
    let failure = invalid(problems);
    match problems.iter().all(|problem| problem.code == DUPLICATE) {
        true => Failure { status: StatusCode::CONFLICT, ..failure },
        false => failure,
    }
}

/// Returns the refusal of a document with these problems, in document order (spec E 2.38).
pub(super) fn invalid(problems: &[Finding]) -> Failure {
    let texts: Vec<String> = problems.iter().map(ToString::to_string).collect();
    let first = texts.first().cloned().unwrap_or_else(|| "/: expected object".to_owned());
    let hint = problems.first().and_then(|problem| problem.hint.clone());
    let rare = Rare { problems: texts, ..Rare::default() };
    Failure { rare: Some(Box::new(rare)), hint, ..Failure::bad_request(first) }
}

/// Rejects callers who may not change elements (spec E 2.32).
pub(super) fn require_writer(call: &Call) -> Result<(), Failure> {
    match call.caller.user()?.writes_elements() {
        true => Ok(()),
        false => Err(Failure::new(StatusCode::FORBIDDEN, "Insufficient privileges")),
    }
}

pub(super) fn conflict(message: impl Into<String>) -> Failure {
    Failure::new(StatusCode::CONFLICT, message)
}
