//! Records by their key, where no resource of the element reads one record (spec P 7.2, 9.14).

use super::records::{answer, answer_by_key};
use super::source::Source;
use crate::engine::call::Call;
use crate::engine::contract::COMMON_RECORD_ID;
use crate::engine::failure::Failure;
use crate::engine::reply::Reply;

/// `GET /{name}/{id}`: a record of a common resource, or of an object with a list. A condition on the primary key
/// finds it in that list unless the element reads single records itself.
pub(crate) async fn common(call: &Call) -> Result<Reply, Failure> {
    let source = Source::of_record(call).await?;
    match source.resource().is_list() {
        true => answer_by_key(call, source, call.param(COMMON_RECORD_ID)).await,
        false => answer(call, source).await,
    }
}
