//! Changes, tables in files, resources and prompts.

use elementkit::privacy::MASKED;
use elementkit_mcp::Options;
use rmcp::model::{GetPromptRequestParams, ReadResourceRequestParams};
use serde_json::{Value, json};

use crate::support::World;

impl World {
    /// Returns the number of accounts of the vendor.
    async fn accounts(&self) -> usize {
        self.crm.records("accounts").to_vec(1000).await.unwrap().len()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_is_shown_before_it_is_made_once() {
    let world = World::new().await;
    let client = world.client(Options { allow_writes: true, ..world.options() }).await;
    let before = world.accounts().await;
    let mut arguments = json!({"instance": world.crm_id(), "object": "accounts", "record": {"name": "Acme"}});
    let shown = client.call("create_record", arguments.clone()).await;
    assert_eq!(shown["done"], false);
    let request = &shown["vendorRequests"][0];
    assert_eq!((&request["method"], &request["body"]), (&json!("POST"), &json!(r#"{"name":"Acme"}"#)));
    assert!(request["url"].as_str().unwrap().ends_with("/v2/accounts"), "{shown}");
    assert!(!shown.to_string().to_lowercase().contains("bearer"), "{shown}");
    assert_eq!(world.accounts().await, before, "nothing was sent");
    let mut other = arguments.clone();
    (other["confirm"], other["record"]["name"]) = (shown["confirm"].clone(), "Evil".into());
    client.refused("create_record", other).await;
    arguments["confirm"] = shown["confirm"].clone();
    let done = client.call("create_record", arguments.clone()).await;
    assert_eq!((&done["done"], &done["answer"]["name"]), (&json!(true), &json!("Acme")));
    assert_eq!(world.accounts().await, before + 1);
    client.refused("create_record", arguments).await;
    assert_eq!(world.accounts().await, before + 1, "a confirmation is used once");
}

#[tokio::test(flavor = "multi_thread")]
async fn records_are_changed_deleted_and_merged() {
    let world = World::new().await;
    let client = world.client(Options { allow_writes: true, ..world.options() }).await;
    let all = world.crm.records("accounts").to_vec(3).await.unwrap();
    let id = |at: usize| all[at]["id"].clone();
    let confirmed = async |tool: &str, mut arguments: Value| {
        arguments["instance"] = world.crm_id().into();
        arguments["confirm"] = client.call(tool, arguments.clone()).await["confirm"].clone();
        client.call(tool, arguments).await
    };
    let changes = json!({"object": "accounts", "id": id(0), "changes": {"name": "New name"}});
    let changed = confirmed("update_record", changes).await;
    assert_eq!(
        (&changed["answer"]["name"], &changed["answer"]["owner"]["email"]),
        (&json!("New name"), &json!(MASKED))
    );
    let path = format!("accounts/{}/merge", id(0).as_str().unwrap().replace('/', "%2F").replace('ä', "%C3%A4"));
    confirmed("call_service", json!({"method": "POST", "path": path, "body": {"from": id(1)}})).await;
    confirmed("delete_record", json!({"object": "accounts", "id": id(2)})).await;
    let error =
        client.refused("get_record", json!({"instance": world.crm_id(), "object": "accounts", "id": id(2)})).await;
    assert_eq!(error["kind"], "not_found");
    let log = world.audit();
    assert!(log.contains("\"event\":\"begin\"") && log.contains("[\"name\"]") && !log.contains("New name"), "{log}");
    for path in ["../instances", "accounts//1", "accounts/%2e%2e/x", "bulk/query", "instances/1"] {
        let call = json!({"instance": world.crm_id(), "method": "DELETE", "path": path});
        client.refused("call_service", call).await;
    }
    client.refused("call_service", json!({"instance": world.crm_id(), "method": "GET", "path": "accounts"})).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn tables_are_saved_masked_in_allowed_folders_only() {
    let world = World::new().await;
    let folder = world.path("reports");
    std::fs::create_dir(&folder).unwrap();
    let client = world.client(Options { folders: vec![folder.clone()], ..world.options() }).await;
    let save = |file: &str, more: Value| {
        let mut arguments = json!({"instance": world.brighttalk_id(), "object": "channelsContacts", "file": file});
        more.as_object().unwrap().iter().for_each(|(name, value)| arguments[name] = value.clone());
        arguments
    };
    let saved = client.call("save_table", save("leads.csv", json!({"fields": ["id", "email", "industry"]}))).await;
    let text = std::fs::read_to_string(folder.join("leads.csv")).unwrap();
    assert_eq!((&saved["records"], &saved["masked"]), (&json!(120), &json!(["email"])));
    assert!(text.starts_with("id,email,industry\n") && text.lines().count() == 121 && !text.contains('@'), "{text}");
    client.refused("save_table", save("leads.csv", json!({}))).await;
    client.call("save_table", save("leads.csv", json!({"overwrite": true}))).await;
    for file in ["../x.csv", "/tmp/x.csv", "a/b.csv", "x", "x.sh", ".csv", "x.csv\0", "..csv"] {
        client.refused("save_table", save(file, json!({"overwrite": true}))).await;
    }
    client.refused("save_table", save("y.csv", json!({"folder": world.folder.path().to_str().unwrap()}))).await;
    client.refused("save_table", save("y.csv", json!({"where": "email like '%'"}))).await;
    #[cfg(unix)]
    {
        let outside = world.path("outside.csv");
        std::fs::write(&outside, "kept").unwrap();
        std::os::unix::fs::symlink(&outside, folder.join("link.csv")).unwrap();
        client.refused("save_table", save("link.csv", json!({"overwrite": true}))).await;
        assert_eq!(std::fs::read_to_string(&outside).unwrap(), "kept");
    }
    let synced = client.call("sync_table", save("sync.jsonl", json!({}))).await;
    assert!(synced["records"] == 120 && synced.get("since").is_none(), "{synced}");
    let again = client.call("sync_table", save("sync.jsonl", json!({"overwrite": true}))).await;
    assert!(again["records"].as_u64().unwrap() < 120 && again["since"].is_string(), "{again}");
    assert!(folder.join("sync.jsonl.state").exists());
    let started =
        client.call("start_job", json!({"instance": world.brighttalk_id(), "object": "channelsContacts"})).await;
    let job = json!({"instance": world.brighttalk_id(), "job": started["job"], "wait_seconds": 30});
    client.call("job_status", job).await;
    let of_job = json!({"instance": world.brighttalk_id(), "job": started["job"], "file": "job.jsonl"});
    assert_eq!(client.call("save_table", of_job).await["records"], 120);
    let names: Vec<String> =
        std::fs::read_dir(&folder).unwrap().map(|file| file.unwrap().file_name().into_string().unwrap()).collect();
    assert!(names.iter().all(|name| !name.starts_with(".tmp")), "{names:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn files_have_the_values_if_an_option_says_so() {
    let world = World::new().await;
    let options = Options { folders: vec![world.folder.path().into()], reveal_in_files: true, ..world.options() };
    let client = world.client(options).await;
    let arguments = json!({"instance": world.brighttalk_id(), "object": "channelsContacts", "file": "all.jsonl"});
    assert_eq!(client.call("save_table", arguments).await["masked"], json!([]));
    assert!(std::fs::read_to_string(world.path("all.jsonl")).unwrap().contains('@'));
}

#[tokio::test(flavor = "multi_thread")]
async fn resources_and_prompts_are_offered() {
    let world = World::new().await;
    let client = world.client(world.options()).await;
    let resources = client.0.list_all_resources().await.unwrap();
    let object = resources.iter().find(|resource| resource.name == "channelsContacts").unwrap();
    let read = async |uri: &str| {
        let result = client.0.read_resource(ReadResourceRequestParams::new(uri)).await;
        result.map(|result| serde_json::to_value(result).unwrap()["contents"][0]["text"].as_str().unwrap().to_owned())
    };
    let schema: Value = serde_json::from_str(&read(&object.uri).await.unwrap()).unwrap();
    assert!(jsonschema::meta::is_valid(&schema) && schema["properties"]["industry"].is_object(), "{schema}");
    assert!(read("elementkit://docs/agents").await.unwrap().contains("count_records"));
    let started =
        client.call("start_job", json!({"instance": world.brighttalk_id(), "object": "channelsContacts"})).await;
    let job = json!({"instance": world.brighttalk_id(), "job": started["job"], "wait_seconds": 30});
    client.call("job_status", job).await;
    let uri = format!("elementkit://instances/{}/jobs/{}", world.brighttalk_id(), started["job"].as_str().unwrap());
    let rows = read(&uri).await.unwrap();
    assert!(rows.starts_with("Data of a connected service") && rows.contains(MASKED) && !rows.contains('@'), "{rows}");
    for wrong in ["elementkit://instances/1/objects/x", "file:///etc/passwd", "elementkit://", "elementkit://docs/../x"]
    {
        assert!(read(wrong).await.is_err(), "{wrong}");
    }
    let prompts = client.0.list_all_prompts().await.unwrap();
    assert_eq!(
        prompts.iter().map(|prompt| prompt.name.as_str()).collect::<Vec<_>>(),
        ["webinar_report", "lead_list", "clean_up"]
    );
    let given = json!({"webinar": "10001"}).as_object().cloned().unwrap();
    let prompt =
        client.0.get_prompt(GetPromptRequestParams::new("webinar_report").with_arguments(given)).await.unwrap();
    assert!(serde_json::to_string(&prompt).unwrap().contains("the webinar 10001"));
    assert!(client.0.get_prompt(GetPromptRequestParams::new("clean_up")).await.is_err());
}
