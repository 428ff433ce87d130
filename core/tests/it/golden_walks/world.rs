//! Settings of demands: a vendor, and an engine with one instance.

use std::time::Duration;

use brighttalk_sim::{Config, Simulator};
use elementkit::engine::EngineOptions;
use serde_json::{Value, json};

use crate::support::raw::World;
use crate::support::vendor::Vendor;
use crate::support::{bootstrap, engine_options, vendor_urls};

/// A vendor, and the options that differ from those of most tests.
#[derive(Clone)]
pub struct Setting {
    pub vendor: VendorKind,
    pub derived: bool,
    /// Whether jobs leave out people without an email address.
    pub skip_without_email: bool,
}

#[derive(Clone)]
pub enum VendorKind {
    Simulated(Box<Config>),
    /// Two channels that share a webcast, a survey and records.
    Sharing,
}

/// Three channels with twelve subscribers and six webcasts each, on pages of at most four records.
pub fn small() -> Config {
    Config { subscribers: 36, channels: 3, webcasts_per_channel: 6, page_max: 4, ..Config::default() }
}

pub fn simulated(config: Config) -> Setting {
    Setting { vendor: VendorKind::Simulated(Box::new(config)), derived: false, skip_without_email: false }
}

pub fn sharing() -> Setting {
    Setting { vendor: VendorKind::Sharing, derived: false, skip_without_email: false }
}

/// A running setting.
pub struct Fixture {
    pub world: World,
    vendor: RunningVendor,
    _folder: tempfile::TempDir,
}

enum RunningVendor {
    /// With the number of requests that were taken.
    Simulated(Simulator, usize),
    Sharing(Vendor),
}

/// A request to the vendor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VendorRequest {
    pub path: String,
    /// Method, path and query, with a status other than 200.
    pub line: String,
}

impl Fixture {
    pub async fn start(setting: Setting) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let (vendor, mut options) = match setting.vendor {
            VendorKind::Simulated(config) => {
                let simulator = Simulator::start(*config).await.unwrap();
                let options = engine_options(folder.path(), &simulator);
                (RunningVendor::Simulated(simulator, 0), options)
            }
            VendorKind::Sharing => {
                let vendor = shared_lists().await;
                let vendor_urls = vendor_urls(&vendor.url);
                let options = EngineOptions::new(folder.path().join("test.db"));
                (RunningVendor::Sharing(vendor), EngineOptions { vendor_urls, bootstrap: bootstrap(), ..options })
            }
        };
        options.derived_activity_fields = setting.derived;
        options.vendor_retry.base = Duration::from_millis(1);
        options.vendor_retry.cap = Duration::from_millis(2);
        let ignore = json!({"brighttalk.bulkignore.emailnotpresent": setting.skip_without_email.to_string()});
        let mut fixture = Self { world: World::with(options, ignore).await, vendor, _folder: folder };
        fixture.taken();
        fixture
    }

    /// Returns the requests since the last call.
    pub fn taken(&mut self) -> Vec<VendorRequest> {
        match &mut self.vendor {
            RunningVendor::Simulated(simulator, seen) => {
                let requests = simulator.requests().split_off(*seen);
                *seen += requests.len();
                let query = |query: String| if query.is_empty() { query } else { format!("?{query}") };
                let status = |status: u16| if status == 200 { String::new() } else { format!(" -> {status}") };
                let requests = requests.into_iter().map(|entry| VendorRequest {
                    line: format!("{} {}{}{}", entry.method, entry.path, query(entry.query), status(entry.status)),
                    path: entry.path,
                });
                requests.collect()
            }
            RunningVendor::Sharing(vendor) => {
                let requests = vendor.asked().into_iter().map(|target| VendorRequest {
                    path: target.split('?').next().unwrap_or_default().to_owned(),
                    line: format!("GET {target}"),
                });
                requests.collect()
            }
        }
    }

    /// Replaces the faults of the simulator.
    pub fn set_faults(&self, rules: &Value) {
        if let RunningVendor::Simulated(simulator, _) = &self.vendor {
            simulator.clear_faults();
            simulator.add_faults(rules).unwrap();
        }
    }
}

/// Channels 7 and 8 share webcast 500 and survey 60. Of their viewings and registrations, 5 and 6 are in both. Webcast
/// 501 is of channel 8, which may not read its registrations.
async fn shared_lists() -> Vendor {
    const AT: &str = "2027-01-15T06:00:00Z";
    let vendor = Vendor::start().await;
    vendor.change(|lists| {
        lists.channels = [7, 8].into();
        for (channel, first) in [(7, 1), (8, 5)] {
            for list in ["webcast_viewings", "subscribers_webcast_activity", "webcast/500/registrations"] {
                lists.set(&format!("channel/{channel}/{list}"), AT, first..first + 6);
            }
            lists.set(&format!("channel/{channel}/webcast/500/viewings"), AT, first..first + 2);
            lists.set(&format!("channel/{channel}/surveys"), AT, [60, 60 + channel]);
            lists.set(&format!("survey/{}/responses", 60 + channel), AT, [610 + channel]);
            lists.set(&format!("channel/{channel}/subscribers"), AT, [70 + channel]);
        }
        lists.set("channel/7/webcasts", AT, [500]);
        lists.set("channel/8/webcasts", AT, [500, 501]);
        lists.set("survey/60/responses", AT, [601, 602]);
        let refused = (403, "NotAuthorisedForChannel");
        lists.refused.insert("channel/8/webcast/501/registrations".to_owned(), refused);
    });
    vendor
}
