//! The elements that tests run over: BrightTALK; the `testbed` element, which is written outside of the library; and a
//! definition of the vendor of the latter.

use std::io::Write;
use std::path::Path;
use std::sync::Arc;

use brighttalk_sim::{Entry, testbed_sim};
use elementkit::element::Element;
use elementkit::elements::definition::DefinedElement;
use elementkit::engine::EngineOptions;
use elementkit::model::NewInstance;
use serde_json::{Value, json};
use testbed_element::{Access, Testbed};

/// An element, with one of its lists that has many records.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Subject {
    Brighttalk,
    Testbed,
    /// The vendor of `Testbed` as a document.
    Defined,
}

/// Simulator of the vendor of an element.
pub enum Simulated {
    Brighttalk(brighttalk_sim::Simulator),
    Testbed(testbed_sim::Simulator),
}

impl Subject {
    pub const ALL: [Self; 3] = [Self::Brighttalk, Self::Testbed, Self::Defined];

    pub fn key(self) -> &'static str {
        match self {
            Self::Brighttalk => "brighttalk",
            Self::Testbed => "testbed",
            Self::Defined => "testbed-defined",
        }
    }

    pub fn hub(self) -> &'static str {
        self.choose("marketing", "crm")
    }

    /// Path of the list, below the hub.
    pub fn list(self) -> &'static str {
        self.choose("channels/1001/contacts", "accounts")
    }

    /// Object of the list.
    pub fn object(self) -> &'static str {
        self.choose("contacts", "accounts")
    }

    /// Path of the list at the vendor.
    pub fn vendor_list(self) -> &'static str {
        self.choose("/v1/channel/1001/subscribers", "/v2/accounts")
    }

    /// Number of records of the object, if the list has `records`: contacts are in two lists, accounts in one.
    pub fn object_records(self, records: u64) -> u64 {
        self.choose(2 * records, records)
    }

    /// Starts the vendor with so many records in the list.
    pub async fn start(self, records: u64) -> Simulated {
        let foreign = Some(([127, 0, 0, 1], 0).into());
        match self {
            Self::Brighttalk => {
                let config = brighttalk_sim::Config {
                    subscribers: 2 * records,
                    channels: 2,
                    foreign_listen: foreign,
                    ..brighttalk_sim::Config::default()
                };
                Simulated::Brighttalk(brighttalk_sim::Simulator::start(config).await.unwrap())
            }
            Self::Testbed | Self::Defined => {
                let config = testbed_sim::Config { accounts: records, foreign_listen: foreign, ..Default::default() };
                Simulated::Testbed(testbed_sim::Simulator::start(config).await.unwrap())
            }
        }
    }

    /// Returns the configuration of an instance that calls a vendor at this address and keeps people without an
    /// address. Needs `EngineOptions::allow_vendor_override`.
    pub fn configuration(self, url: &str) -> Vec<(String, String)> {
        let token = testbed_sim::Config::default().tokens[0].clone();
        let pairs = match self {
            Self::Brighttalk => vec![
                ("brighttalk.api.key", "1".to_owned()),
                ("brighttalk.api.secret", brighttalk_sim::Config::default().api_secret),
                ("brighttalk.bulkignore.emailnotpresent", "false".to_owned()),
                ("brighttalk.base.url", url.to_owned()),
            ],
            Self::Testbed => vec![("testbed.access.token", token), ("testbed.base.url", url.to_owned())],
            Self::Defined => vec![("access.token", token), ("base.url", url.to_owned())],
        };
        pairs.into_iter().map(|(key, value)| (key.to_owned(), value)).collect()
    }

    pub fn new_instance(self, url: &str) -> NewInstance {
        NewInstance {
            element: self.key().to_owned(),
            name: "x".to_owned(),
            configuration: self.configuration(url).into_iter().collect(),
            ..NewInstance::default()
        }
    }

    /// Returns one of two values: that of BrightTALK, or that of both elements of the testbed's vendor.
    pub fn choose<T>(self, brighttalk: T, testbed: T) -> T {
        match self {
            Self::Brighttalk => brighttalk,
            Self::Testbed | Self::Defined => testbed,
        }
    }
}

/// Adds the elements of tests to the options of an engine, and lets instances name the address of their vendor.
pub fn with_elements(options: EngineOptions) -> EngineOptions {
    let testbed: Arc<dyn Element> = Arc::new(Testbed::default());
    let definition = serde_json::from_str(include_str!("../../../../tests/testbed/definition.json")).unwrap();
    let defined = DefinedElement::new(9_301, "1", &definition).unwrap();
    EngineOptions { elements: vec![testbed, defined], allow_vendor_override: true, ..options }
}

impl Simulated {
    pub fn url(&self) -> String {
        match self {
            Self::Brighttalk(simulator) => simulator.url(),
            Self::Testbed(simulator) => simulator.url(),
        }
    }

    pub fn foreign_host(&self) -> String {
        let host = match self {
            Self::Brighttalk(simulator) => simulator.foreign_host(),
            Self::Testbed(simulator) => simulator.foreign_host(),
        };
        host.unwrap()
    }

    /// Adds fault rules. Fails if the vendor cannot have such a fault.
    pub fn add_faults(&self, rules: &Value) -> Result<(), String> {
        let added = match self {
            Self::Brighttalk(simulator) => simulator.add_faults(rules),
            Self::Testbed(simulator) => simulator.add_faults(rules),
        };
        added.map(drop)
    }

    pub fn clear_faults(&self) {
        match self {
            Self::Brighttalk(simulator) => simulator.clear_faults(),
            Self::Testbed(simulator) => simulator.clear_faults(),
        }
    }

    /// Moves the clock and changes records; the members of a step are those of the vendor.
    pub fn advance(&self, step: &Value) -> Result<(), String> {
        match self {
            Self::Brighttalk(simulator) => simulator.advance(step),
            Self::Testbed(simulator) => simulator.advance(step),
        }
    }

    pub fn requests(&self) -> Vec<Entry> {
        match self {
            Self::Brighttalk(simulator) => simulator.requests(),
            Self::Testbed(simulator) => simulator.requests(),
        }
    }
}

/// Starts the vendor of the testbed's elements with the options of a scenario. Returns it with the options of an engine
/// that has the elements, and with the credentials.
pub async fn testbed(given: &Value, folder: &Path) -> (Simulated, EngineOptions, Value) {
    let config = testbed_sim::Config { accounts: given["accounts"].as_u64().unwrap(), ..Default::default() };
    let credentials = json!({
        "token": config.tokens[0], "clientId": config.client_ids[0], "clientSecret": config.client_secret,
    });
    let simulator = testbed_sim::Simulator::start(config).await.unwrap();
    let elements = [Access::Token, Access::User, Access::Client]
        .map(|access| Arc::new(Testbed::at(access, &simulator.url())) as Arc<dyn Element>);
    let options = EngineOptions {
        vendor_urls: elements.iter().map(|element| (element.info().key.to_string(), simulator.url())).collect(),
        elements: elements.into(),
        bootstrap: super::bootstrap(),
        ..EngineOptions::new(folder.join("test.db"))
    };
    (Simulated::Testbed(simulator), options, credentials)
}

/// Reports which scenarios do not run over an element, because they name paths and records of the other.
pub fn skip_scenarios(kind: &str, scenarios: &[(String, Value)]) {
    for subject in Subject::ALL {
        let is_over = |scenario: &Value| scenario.get("testbed").is_some() == (subject == Subject::Testbed);
        let others = scenarios.iter().filter(|(_, scenario)| !is_over(scenario)).map(|(name, _)| name.as_str());
        let others: Vec<&str> = others.collect();
        skip(subject, &format!("{kind} scenarios {}", others.join(", ")), "paths and records of the other element");
    }
}

/// Reports a part of a test that does not run over an element, also if the test passes and its output is not shown.
pub fn skip(subject: Subject, what: &str, reason: &str) {
    let _ = writeln!(std::io::stderr(), "SKIPPED over {}: {what}: {reason}", subject.key());
}
