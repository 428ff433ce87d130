//! The console of ElementKit: pages for browsers over the element platform.
//!
//! The pages are rendered on the server and call the contract as every other client does, through [`elementkit::Platform`].
//! [`Console`] is a [`Site`](elementkit::server::Site), so a server mounts it beside the contract. `docs/design/console.md`
//! describes its parts.

mod assets;
mod browser;
mod cookie;
mod failure;
mod form;
mod page;
mod pages;
mod request;
mod routes;
mod session;
mod shown;
mod site;
mod texts;
mod throttle;

pub use routes::{RouteInfo, routes};
pub use site::{Console, ConsoleOptions};

/// Path of all pages.
pub const PATH: &str = "/console";
