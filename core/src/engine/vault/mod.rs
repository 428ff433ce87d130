//! Vault: seals secrets and personal data at rest.
//!
//! One master key seals a data key for each instance, the instance's key seals a key for each of its jobs, and those
//! keys seal the data that belongs to them. Deleting an instance deletes its key, which makes everything sealed with it
//! unreadable.

mod keyring;
mod master;
mod provided;
mod seal;

pub(crate) use master::{KeySource, MasterKey, key_path, with_suffix};
pub(crate) use seal::{Key, open_failed};
