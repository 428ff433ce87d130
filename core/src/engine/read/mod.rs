//! Live reads: hub pages assembled from vendor pages (spec BT 2.5, P 7.4, 7.5).

mod page;
mod sorted;
mod token;
mod walk;

pub(crate) use page::{ListRequest, read_list};
pub(crate) use token::List;
pub(crate) use walk::{Walk, drop_subscribed_after, ids_on};
