//! A server over two simulated services, and a client of it.

use std::path::PathBuf;
use std::sync::Arc;

use brighttalk_sim::{Config, Simulator, testbed_sim};
use elementkit::model::NewInstance;
use elementkit::{EmbeddedOptions, InstanceHandle, Platform};
use elementkit_mcp::{Agent, Options};
use rmcp::ServiceExt;
use rmcp::model::{CallToolRequest, CallToolRequestParams, CallToolResult, ClientRequest, Tool};
use rmcp::service::{PeerRequestOptions, RequestHandle, RoleClient, RunningService};
use serde_json::{Value, json};
use testbed_element::Testbed;

pub struct World {
    pub platform: Platform,
    pub brighttalk: InstanceHandle,
    pub crm: InstanceHandle,
    pub vendor: Simulator,
    _crm_vendor: testbed_sim::Simulator,
    pub folder: tempfile::TempDir,
}

/// A connected client.
pub struct Client(pub RunningService<RoleClient, ()>);

impl World {
    pub async fn new() -> Self {
        let config = Config { subscribers: 120, channels: 2, webcasts_per_channel: 3, ..Config::default() };
        let vendor = Simulator::start(config.clone()).await.unwrap();
        let crm_config = testbed_sim::Config { accounts: 12, ..Default::default() };
        let token = crm_config.tokens[0].clone();
        let crm_vendor = testbed_sim::Simulator::start(crm_config).await.unwrap();
        let folder = tempfile::tempdir().unwrap();
        let mut options = EmbeddedOptions::new(folder.path().join("agents.db"))
            .vendor_url("brighttalk", vendor.url())
            .element(Arc::new(Testbed::default()));
        options.engine_mut().allow_vendor_override = true;
        let platform = Platform::embedded(options).await.unwrap();
        let connect = async |element: &str, pairs: &[(&str, &str)]| {
            let configuration = pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
            let new =
                NewInstance { element: element.into(), name: element.into(), configuration, ..Default::default() };
            platform.instances().connect(&new).await.unwrap()
        };
        let brighttalk =
            connect("brighttalk", &[("brighttalk.api.key", "1"), ("brighttalk.api.secret", &config.api_secret)]).await;
        let url = crm_vendor.url();
        let crm = connect("testbed", &[("testbed.access.token", &token), ("testbed.base.url", &url)]).await;
        Self { platform, brighttalk, crm, folder, vendor, _crm_vendor: crm_vendor }
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub fn options(&self) -> Options {
        Options::new(self.path("audit.jsonl"))
    }

    /// Connects a client to a server with options.
    pub async fn client(&self, options: Options) -> Client {
        let agent = Agent::new(self.platform.clone(), options).unwrap();
        let (near, far) = tokio::io::duplex(1 << 16);
        tokio::spawn(async move {
            if let Ok(running) = agent.serve(far).await {
                let _ = running.waiting().await;
            }
        });
        Client(().serve(near).await.unwrap())
    }

    /// Returns the lines of the audit log.
    pub fn audit(&self) -> String {
        std::fs::read_to_string(self.path("audit.jsonl")).unwrap()
    }

    pub fn crm_id(&self) -> i64 {
        self.crm.id().unwrap()
    }

    pub fn brighttalk_id(&self) -> i64 {
        self.brighttalk.id().unwrap()
    }
}

impl Client {
    pub async fn tools(&self) -> Vec<Tool> {
        self.0.list_all_tools().await.unwrap()
    }

    pub async fn raw(&self, tool: &str, arguments: Value) -> CallToolResult {
        self.0.call_tool(params(tool, &arguments)).await.unwrap()
    }

    /// Starts a call that can be given up.
    pub async fn begin(&self, tool: &str, arguments: Value) -> RequestHandle<RoleClient> {
        let request = ClientRequest::CallToolRequest(CallToolRequest::new(params(tool, &arguments)));
        self.0.send_cancellable_request(request, PeerRequestOptions::no_options()).await.unwrap()
    }

    /// Calls a tool that succeeds. Its answer has the form that its schema promises.
    pub async fn call(&self, tool: &str, arguments: Value) -> Value {
        let result = self.raw(tool, arguments.clone()).await;
        assert_ne!(result.is_error, Some(true), "{tool} {arguments}: {result:?}");
        let value = result.structured_content.unwrap();
        let tools = self.tools().await;
        let described = tools.iter().find(|known| known.name == tool).unwrap();
        for (schema, value) in [(Some(&described.input_schema), &arguments), (described.output_schema.as_ref(), &value)]
        {
            let schema = Value::Object(schema.unwrap().as_ref().clone());
            let wrong = jsonschema::validate(&schema, value).err().map(|error| error.to_string());
            assert_eq!(wrong, None, "{tool}: {value}");
        }
        value
    }

    /// Calls a tool that fails, and returns the error.
    pub async fn refused(&self, tool: &str, arguments: Value) -> Value {
        let result = self.raw(tool, arguments.clone()).await;
        assert_eq!(result.is_error, Some(true), "{tool} {arguments}: {result:?}");
        let text = serde_json::to_value(&result.content).unwrap()[0]["text"].as_str().unwrap().to_owned();
        serde_json::from_str::<Value>(&text).unwrap()["error"].clone()
    }

    /// Counts records.
    pub async fn count(&self, instance: i64, object: &str, condition: &str) -> u64 {
        let arguments = json!({"instance": instance, "object": object, "where": condition});
        self.call("count_records", arguments).await["count"].as_u64().unwrap()
    }
}

fn params(tool: &str, arguments: &Value) -> CallToolRequestParams {
    let params = CallToolRequestParams::new(tool.to_owned());
    params.with_arguments(arguments.as_object().cloned().unwrap_or_default())
}
