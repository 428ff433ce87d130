//! Pages by section. Each file has the handlers of some pages and what their templates show.

pub(crate) mod bulk;
pub(crate) mod connect;
pub(crate) mod definitions;
pub(crate) mod elements;
pub(crate) mod engagement;
pub(crate) mod explorer;
pub(crate) mod home;
pub(crate) mod instance;
pub(crate) mod instances;
pub(crate) mod job;
pub(crate) mod lists;
pub(crate) mod oauth;
pub(crate) mod records;
pub(crate) mod secrets;
pub(crate) mod session;
pub(crate) mod settings;
pub(crate) mod snippets;
pub(crate) mod sync;
pub(crate) mod traces;
pub(crate) mod transformations;
pub(crate) mod usage;
