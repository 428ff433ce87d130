//! Instances (spec P 6, 16.4).

use super::{Auth, Bound, Form, Media, Method, Verb, bound};
use crate::engine::handlers::{bulk, docs, instances};

pub(super) fn routes() -> Vec<Bound> {
    routes! {
        Plain "/elements/{keyOrId}/instances" "5.2, 16.11" {
            GET Organization => instances::list::of_element,
            POST Organization => instances::create,
            PUT Organization => instances::connect::connect,
        }
        Plain "/elements/{keyOrId}/instances/{id}" "5.2" {
            GET Organization => instances::get,
            PUT Organization => instances::update::replace,
            DELETE Organization => instances::delete,
        }
        Plain "/instances" "6.2, 6.6-6.8" {
            GET Organization => instances::list::of_user,
            POST Organization => instances::create,
            PUT Element => instances::update::replace,
            PATCH Element => instances::update::patch,
            DELETE Element => instances::delete,
        }
        Plain "/instances/count" "6.6" { GET Organization => instances::list::count }
        Plain "/instances/bulk/jobs" "16.16" { GET Organization => bulk::jobs_of_user }
        Plain "/instances/{id}" "6.6-6.8" {
            GET Organization => instances::get,
            PUT Organization => instances::update::replace,
            PATCH Organization => instances::update::patch,
            DELETE Organization => instances::delete,
        }
        Plain "/instances/{id}/token" "16.4" { POST Organization => instances::switches::rotate_token }
        Plain "/instances/{id}/enabled" "6.9" {
            PUT Organization => instances::switches::enable,
            DELETE Organization => instances::switches::disable,
        }
        Plain "/instances/enabled" "6.9" { PUT Element => instances::switches::enable, DELETE Element => instances::switches::disable }
        Plain "/instances/{id}/trace-logging" "6.10" {
            PUT Organization => instances::switches::trace,
            DELETE Organization => instances::switches::stop_trace,
        }
        Plain "/instances/trace-logging" "6.10" { PUT Element => instances::switches::trace, DELETE Element => instances::switches::stop_trace }
        Plain "/instances/{id}/configuration" "6.11" { GET Organization => instances::items::list }
        Plain "/instances/configuration" "6.11" { GET Element => instances::items::list }
        Plain "/instances/{id}/configuration/{configId}" "6.11" {
            GET Organization => instances::items::get,
            PATCH Organization => instances::items::patch,
        }
        Plain "/instances/configuration/{configId}" "6.11" { GET Element => instances::items::get, PATCH Element => instances::items::patch }
        Plain "/instances/{id}/docs" "5.5, 6.12" { GET Organization => docs::instance }
        Plain "/instances/{id}/docs/{operationId}" "5.5, 6.12" { GET Organization => docs::operation }
        Plain "/instances/{id}/docs/{operationId}/definitions" "5.5, 6.12" { GET Organization => docs::definitions }
        Plain "/instances/docs" "5.5, 6.12" { GET Element => docs::instance }
        Plain "/instances/docs/{operationId}" "5.5, 6.12" { GET Element => docs::operation }
        Plain "/instances/docs/{operationId}/definitions" "5.5, 6.12" { GET Element => docs::definitions }
        Plain "/accounts/instances" "6.6" { GET Organization => instances::list::of_own_account }
        Plain "/accounts/{id}/instances" "6.6" { GET Organization => instances::list::of_account }
    }
}
