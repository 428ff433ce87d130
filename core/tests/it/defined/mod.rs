//! Elements that are documents (spec E), run against vendors of the tests, vendors that are played, and real ones.

mod addresses;
mod all_definitions;
mod chains;
mod discovery;
mod endpoints;
#[cfg(feature = "scripts")]
mod failing_pages;
mod files;
mod folders;
mod kinto;
mod logins;
mod mapped;
mod mutated;
mod oauth1;
mod odata;
mod oidc;
mod played;
mod reads;
mod refusals;
mod requests;
#[cfg(unix)]
mod resume;
mod s3;
#[cfg(feature = "scripts")]
mod scripted;
mod scripts;
mod several_pages;
mod signed;
mod soap;
mod sync;
mod traces;
mod tried;
mod undeclared;
mod uploads;
#[cfg(unix)]
mod uploads_away;
#[cfg(target_os = "linux")]
mod uploads_disk;
mod uploads_faults;
#[cfg(unix)]
mod uploads_killed;
#[cfg(unix)]
mod uploads_kinto;
#[cfg(target_os = "linux")]
mod uploads_memory;
mod uploads_stopped;
mod uploads_tenants;
mod world;
mod writes;
