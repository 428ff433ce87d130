//! Files that pages refer to: the style, the scripts and the icon. They are part of the program.

use std::sync::LazyLock;

use elementkit::body::{self, Body};
use http::header::{CACHE_CONTROL, CONTENT_TYPE};
use http::{HeaderValue, Response};

use crate::PATH;
use crate::failure::{Failure, Outcome};
use crate::page;
use crate::request::Request;

/// A file of the program.
struct Asset {
    name: &'static str,
    content_type: &'static str,
    bytes: &'static [u8],
}

const ASSETS: [Asset; 5] = [
    Asset { name: "style.css", content_type: "text/css; charset=utf-8", bytes: include_bytes!("../assets/style.css") },
    Asset {
        name: "htmx.js",
        content_type: "text/javascript; charset=utf-8",
        bytes: include_bytes!("../assets/htmx.min.js"),
    },
    Asset {
        name: "console.js",
        content_type: "text/javascript; charset=utf-8",
        bytes: include_bytes!("../assets/console.js"),
    },
    Asset { name: "report.css", content_type: "text/css; charset=utf-8", bytes: elementkit_report::STYLE.as_bytes() },
    Asset { name: "icon.svg", content_type: "image/svg+xml", bytes: include_bytes!("../assets/icon.svg") },
];

/// Addresses of the files, which change with their content, so that browsers can keep them.
#[derive(Debug)]
pub(crate) struct Addresses {
    pub style: String,
    pub htmx: String,
    pub script: String,
    pub report: String,
    pub icon: String,
}

pub(crate) static ADDRESSES: LazyLock<Addresses> = LazyLock::new(|| {
    let [style, htmx, script, report, icon] =
        ASSETS.map(|asset| format!("{PATH}/assets/{}/{}", version(&asset), asset.name));
    Addresses { style, htmx, script, report, icon }
});

fn version(asset: &Asset) -> String {
    let digest = ring::digest::digest(&ring::digest::SHA256, asset.bytes);
    digest.as_ref().iter().take(8).map(|byte| format!("{byte:02x}")).collect()
}

/// `GET /assets/{version}/{name}`
pub(crate) async fn file(request: &Request) -> Outcome {
    let asset = ASSETS.iter().find(|asset| asset.name == request.param("name")).ok_or(Failure::NotFound)?;
    let mut response: Response<Body> = Response::new(body::full(asset.bytes));
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(asset.content_type));
    // Another version is served too: a page may be older than the program.
    let is_current = version(asset) == request.param("version");
    let kept = if is_current { "public, max-age=31536000, immutable" } else { page::NO_STORE };
    headers.insert(CACHE_CONTROL, HeaderValue::from_static(kept));
    Ok(response)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_have_a_version() {
        assert!(ADDRESSES.style.ends_with("/style.css") && ADDRESSES.htmx.ends_with("/htmx.js"));
        assert_eq!(ADDRESSES.script.split('/').nth(3).map(str::len), Some(16));
    }

    #[test]
    fn the_first_screen_is_small() {
        let bytes: usize = ASSETS.iter().map(|asset| asset.bytes.len()).sum();
        assert!(bytes < 90_000, "{bytes}");
    }
}
