//! Instances (spec P 6, 16.4).

use super::{Auth, Form, Media, Method, Route, Verb};
use crate::engine::families::instances::{create, delete, get, items, list, switches, update};

pub(super) fn routes() -> Vec<Route> {
    routes! {
        Plain "/elements/{keyOrId}/instances" "5.2" {
            GET Organization => list::of_element,
            POST Organization => create,
        }
        Plain "/elements/{keyOrId}/instances/{id}" "5.2" {
            GET Organization => get,
            PUT Organization => update::replace,
            DELETE Organization => delete,
        }
        Plain "/instances" "6.2, 6.6-6.8" {
            GET Organization => list::of_user,
            POST Organization => create,
            PUT Element => update::replace,
            PATCH Element => update::patch,
            DELETE Element => delete,
        }
        Plain "/instances/count" "6.6" { GET Organization => list::count }
        Plain "/instances/{id}" "6.6-6.8" {
            GET Organization => get,
            PUT Organization => update::replace,
            PATCH Organization => update::patch,
            DELETE Organization => delete,
        }
        Plain "/instances/{id}/token" "16.4" { POST Organization => switches::rotate_token }
        Plain "/instances/{id}/enabled" "6.9" {
            PUT Organization => switches::enable,
            DELETE Organization => switches::disable,
        }
        Plain "/instances/enabled" "6.9" { PUT Element => switches::enable, DELETE Element => switches::disable }
        Plain "/instances/{id}/trace-logging" "6.10" {
            PUT Organization => switches::trace,
            DELETE Organization => switches::stop_trace,
        }
        Plain "/instances/trace-logging" "6.10" { PUT Element => switches::trace, DELETE Element => switches::stop_trace }
        Plain "/instances/{id}/configuration" "6.11" { GET Organization => items::list }
        Plain "/instances/configuration" "6.11" { GET Element => items::list }
        Plain "/instances/{id}/configuration/{configId}" "6.11" {
            GET Organization => items::get,
            PATCH Organization => items::patch,
        }
        Plain "/instances/configuration/{configId}" "6.11" { GET Element => items::get, PATCH Element => items::patch }
        Plain "/accounts/instances" "6.6" { GET Organization => list::of_own_account }
        Plain "/accounts/{id}/instances" "6.6" { GET Organization => list::of_account }
    }
}
