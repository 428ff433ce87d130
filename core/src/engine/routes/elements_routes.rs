//! Changes of elements and their parts (spec E 2). The read routes of the catalogue are in `platform_routes`.

use super::{Auth, Bound, Form, Media, Method, Verb, bound};
use crate::engine::handlers::elements;

// long: a table, one path each.
pub(super) fn routes() -> Vec<Bound> {
    routes! {
        Plain "/elements/convert" "E 2.37" { POST Organization => elements::convert }
        Plain "/elements/oauthProxies" "E 2.37" { GET Organization => elements::oauth_proxies, POST Organization => elements::oauth_proxies }
        Plain "/elements/oauthProxies/{id}" "E 2.37" {
            GET Organization => elements::oauth_proxies,
            PUT Organization => elements::oauth_proxies,
            DELETE Organization => elements::oauth_proxies,
        }
        Plain "/elements/{keyOrId}/active" "E 2.5" { PUT Organization => elements::activate, DELETE Organization => elements::deactivate }
        Plain "/elements/{keyOrId}/clone" "E 2.6" { POST Organization => elements::clone }
        Plain "/elements/{keyOrId}/configuration/{configKey}" "E 2.13" {
            PUT Organization => elements::configuration::replace,
            DELETE Organization => elements::configuration::delete,
        }
        Plain "/elements/{keyOrId}/configurations" "E 2.14" { PUT Organization => elements::configuration::put_all }
        Plain "/elements/{keyOrId}/resources/{rid}" "E 2.16" {
            GET Organization => elements::parts::get,
            PUT Organization => elements::parts::replace,
            DELETE Organization => elements::parts::delete,
        }
        Plain "/elements/{keyOrId}/resources/{rid}/parameters" "E 2.18" {
            GET Organization => elements::parts::list,
            POST Organization => elements::parts::add,
        }
        Plain "/elements/{keyOrId}/resources/{rid}/parameters/{pid}" "E 2.18" {
            GET Organization => elements::parts::get,
            PUT Organization => elements::parts::replace,
            DELETE Organization => elements::parts::delete,
        }
        Plain "/elements/{keyOrId}/resources/{rid}/hooks" "E 2.19" {
            GET Organization => elements::parts::list,
            POST Organization => elements::parts::add,
        }
        Plain "/elements/{keyOrId}/resources/{rid}/hooks/{hid}" "E 2.19" {
            GET Organization => elements::parts::get,
            PUT Organization => elements::parts::replace,
            DELETE Organization => elements::parts::delete,
        }
        Plain "/elements/{keyOrId}/resources/{rid}/models" "E 2.20" {
            GET Organization => elements::models::get,
            POST Organization => elements::models::set,
            PUT Organization => elements::models::set,
            DELETE Organization => elements::models::delete,
        }
        Plain "/elements/{keyOrId}/parameters/{pid}" "E 2.17" {
            GET Organization => elements::parts::get,
            PUT Organization => elements::parts::replace,
            DELETE Organization => elements::parts::delete,
        }
        Plain "/elements/{keyOrId}/hooks/{hid}" "E 2.19" {
            GET Organization => elements::parts::get,
            PUT Organization => elements::parts::replace,
            DELETE Organization => elements::parts::delete,
        }
        Plain "/elements/{keyOrId}/models" "E 2.21" {
            GET Organization => elements::parts::list,
            POST Organization => elements::parts::add,
            PUT Organization => elements::models::put_all,
        }
        Plain "/elements/{keyOrId}/models/{mid}" "E 2.21" {
            GET Organization => elements::parts::get,
            PUT Organization => elements::parts::replace,
            DELETE Organization => elements::parts::delete,
        }
        Plain "/elements/{keyOrId}/objects/{oid}" "E 2.22" {
            GET Organization => elements::parts::get,
            PUT Organization => elements::parts::replace,
            DELETE Organization => elements::parts::delete,
        }
        Plain "/elements/{keyOrId}/accounts" "E 2.23" { GET Organization => elements::accounts::list }
        Plain "/elements/{keyOrId}/accounts/{accountId}" "E 2.23" {
            PUT Organization => elements::accounts::add,
            DELETE Organization => elements::accounts::remove,
        }
    }
}
