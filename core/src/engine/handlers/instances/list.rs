//! Lists and counts of instances (spec P 6.6).

use super::known_element;
use super::view::views;
use crate::engine::call::Call;
use crate::engine::failure::Failure;
use crate::engine::handlers::level::require;
use crate::engine::paging::{DEFAULT_PAGE_SIZE, page_size};
use crate::engine::reply::{Reply, names};
use crate::engine::store::{InstanceFilter, InstanceOwner, InstanceSearch, Owner};
use crate::model::{ElementCount, InstanceCounts};

const NO_INSTANCES: &str = "No element instances found";

/// `GET /instances`: the instances of the calling user.
pub(crate) async fn of_user(call: &Call) -> Result<Reply, Failure> {
    list(call, InstanceOwner::User(call.caller.user()?.id), None).await
}

/// `GET /elements/{keyOrId}/instances`
pub(crate) async fn of_element(call: &Call) -> Result<Reply, Failure> {
    let element = known_element(call, call.param("keyOrId")).await?;
    list(call, InstanceOwner::User(call.caller.user()?.id), Some(element.info().id)).await
}

/// `GET /accounts/instances`: the instances of the caller's account.
pub(crate) async fn of_own_account(call: &Call) -> Result<Reply, Failure> {
    let id = call.caller.user()?.account_id;
    require(call.caller.user()?, Owner::Account(id))?;
    list(call, InstanceOwner::Account(id), None).await
}

/// `GET /accounts/{id}/instances`
pub(crate) async fn of_account(call: &Call) -> Result<Reply, Failure> {
    const NO_ACCOUNT: &str = "No account found";
    let user = call.caller.user()?;
    let id = call.id_param("id", NO_ACCOUNT)?;
    require(user, Owner::Account(id))?;
    if !call.engine.store.definition_tx().await?.has_account(user.organization_id, id).await? {
        return Err(Failure::not_found(NO_ACCOUNT));
    }
    list(call, InstanceOwner::Account(id), None).await
}

/// `GET /instances/count`
pub(crate) async fn count(call: &Call) -> Result<Reply, Failure> {
    let counts = call.engine.store.instance_counts(call.caller.user()?.id).await?;
    let mut element_instances: Vec<ElementCount> = Vec::with_capacity(counts.len());
    for (element_id, count) in counts {
        let element = call.element_by_id(element_id).await?;
        element_instances.push(ElementCount {
            element_id,
            element_key: element.map_or_else(String::new, |element| element.info().key.to_string()),
            count: u64::try_from(count).unwrap_or_default(),
        });
    }
    let total_instances = element_instances.iter().map(|element| element.count).sum();
    Reply::json(&InstanceCounts { total_instances, element_instances })
}

/// Returns the search for instances that have this text in their name, or in the key of their element.
async fn search(call: &Call, text: &str) -> Result<InstanceSearch, Failure> {
    let has_text = |key: &str| key.to_lowercase().contains(&text.to_lowercase());
    let native = call.engine.elements.all().iter().map(|element| element.info());
    let mut element_ids: Vec<i64> = native.filter(|info| has_text(&info.key)).map(|info| info.id).collect();
    let own = call.engine.store.element_heads(call.caller.user()?.organization_id).await?;
    element_ids.extend(own.iter().filter(|head| has_text(&head.key)).map(|head| head.id));
    Ok(InstanceSearch { text: text.to_owned(), element_ids })
}

async fn list(call: &Call, owner: InstanceOwner, element_id: Option<i64>) -> Result<Reply, Failure> {
    let (page_size, capped) = page_size(call, DEFAULT_PAGE_SIZE)?;
    let after_id = match call.query.filled("nextPage") {
        Some(token) => token.parse().map_err(|_| Failure::bad_request("Malformed nextPage token"))?,
        None => 0,
    };
    let search = match call.query.filled("searchText") {
        Some(text) => Some(search(call, text).await?),
        None => None,
    };
    let filter = InstanceFilter {
        owner,
        element_id,
        tags: call.query.all("tags[]").chain(call.query.all("tags")).map(str::to_owned).collect(),
        valid: match call.query.filled("valid") {
            None => None,
            Some("true") => Some(true),
            Some("false") => Some(false),
            Some(_) => return Err(Failure::bad_request("valid must be true or false")),
        },
        search,
        after_id,
        // One more item shows whether there is a next page.
        limit: page_size + 1,
    };
    let mut rows = call.engine.store.instances(filter).await?;
    if rows.is_empty() {
        return Err(Failure::not_found(NO_INSTANCES));
    }
    let more = rows.len() > page_size;
    rows.truncate(page_size);
    let views = views(call, &rows, call.query.flag("hydrate")).await?;
    let reply = Reply::json(&views)?.header(names::RETURNED_COUNT, rows.len()).warn(capped);
    match rows.last() {
        Some(last) if more => Ok(reply.text_header(names::NEXT_PAGE_TOKEN, &last.id.to_string())),
        _ => Ok(reply),
    }
}
