//! Elements that are documents (spec E), over vendors that are played or real.

mod addresses;
mod endpoints;
mod folders;
mod logins;
mod mapped;
mod reads;
mod requests;
#[cfg(unix)]
mod resume;
mod traces;
mod world;
mod writes;
