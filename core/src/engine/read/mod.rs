//! Live reads: hub pages assembled from vendor pages (spec BT 2.5, P 7.4, 7.5).

mod gather;
mod page;
mod partitions;
mod scan;
mod sorted;
mod token;
mod unseen;
mod walk;

pub(crate) use page::{ListPage, ListRequest, read_list, read_next, read_single};
pub(crate) use partitions::KeysBelow;
pub(crate) use scan::{Position, Reader, Scan, VendorList};
pub(crate) use token::{List, Token};
pub(crate) use unseen::Unseen;
