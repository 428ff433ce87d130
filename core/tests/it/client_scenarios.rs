//! The client scenarios, embedded and hosted (tests/scenarios/README.md).

use std::collections::BTreeMap;

use elementkit::engine::Engine;
use elementkit::host::{self, Call, Content, RecordFeed, UploadSource};
use elementkit::model::{NewInstance, OauthUrl};
use elementkit::{
    BulkQuery, EmbeddedOptions, Error, Format, HostedOptions, InstanceHandle, Job, Platform, Record, Records,
};
use futures::TryStreamExt;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Value, json};

use crate::support;
use crate::support::log::Log;
use crate::support::pattern::{Values, check, fill};
use crate::support::process::ran_alone;
use crate::support::subject::{Simulated, skip_scenarios, testbed};

struct World {
    platform: Platform,
    simulator: Simulated,
    values: Values,
    instances: BTreeMap<String, InstanceHandle>,
    jobs: BTreeMap<String, Job>,
    logins: BTreeMap<String, OauthUrl>,
}

#[tokio::test(flavor = "multi_thread")]
async fn client_scenarios_pass_embedded() {
    if ran_alone("client_scenarios::client_scenarios_pass_embedded") {
        return;
    }
    run_all(false).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn client_scenarios_pass_hosted() {
    if ran_alone("client_scenarios::client_scenarios_pass_hosted") {
        return;
    }
    run_all(true).await;
}

async fn run_all(hosted: bool) {
    let scenarios = support::scenarios("client");
    assert!(!scenarios.is_empty());
    skip_scenarios("client", &scenarios);
    let log = Log::of_process();
    let mut canaries = support::canaries();
    for (name, scenario) in scenarios {
        eprintln!("client scenario {name}, {}", if hosted { "hosted" } else { "embedded" });
        let folder = tempfile::tempdir().unwrap();
        let given = scenario.get("values").and_then(Value::as_object).cloned().unwrap_or_default();
        let mut values: Values = given.into_iter().collect();
        let (simulator, options) = match scenario.get("testbed") {
            Some(given) => {
                let (simulator, options, mut credentials) = testbed(given, folder.path()).await;
                credentials["vendorUrl"] = json!(simulator.url());
                values.insert("testbed".to_owned(), credentials);
                (simulator, options)
            }
            None => {
                let simulator = support::simulator(&scenario).await;
                let options = support::engine_options(folder.path(), &simulator);
                (Simulated::Brighttalk(simulator), options)
            }
        };
        let (platform, engine) = if hosted {
            let engine = Engine::open(options).await.unwrap();
            let url = support::serve(engine.clone()).await;
            let options = HostedOptions::new().base_url(url).user(support::USER).organization(support::ORGANIZATION);
            (Platform::hosted(options).unwrap(), Some(engine))
        } else {
            let mut embedded = EmbeddedOptions::new(&options.database);
            *embedded.engine_mut() = options;
            (Platform::embedded(embedded).await.unwrap(), None)
        };
        let (instances, jobs, logins) = (BTreeMap::new(), BTreeMap::new(), BTreeMap::new());
        let mut world = World { platform, simulator, values, instances, jobs, logins };
        for (number, step) in scenario["steps"].as_array().unwrap().iter().enumerate() {
            if let Err(error) = world.step(step).await {
                panic!("{name}, step {} ({}): {error}", number + 1, step["do"]);
            }
        }
        canaries.add_those_of(&json!(world.values));
        world.instances.values().for_each(|instance| canaries.add("a token", instance.token().expose()));
        world.platform.close().await;
        if let Some(engine) = engine {
            engine.close().await;
        }
    }
    support::search_log(log, &canaries);
}

impl World {
    async fn step(&mut self, step: &Value) -> Result<(), String> {
        let step = fill(step, &self.values);
        let name = step.get("as").and_then(Value::as_str).unwrap_or_default().to_owned();
        let outcome = self.act(&step, &name).await;
        match (outcome, step.get("error")) {
            (Ok(value), None) => {
                if let Some(pattern) = step.get("expect") {
                    check(pattern, Some(&value), "")?;
                }
                self.values.insert(name, value);
                Ok(())
            }
            (Err(error), Some(pattern)) => check(pattern, Some(&error_view(&error)), "error"),
            (Ok(value), Some(_)) => Err(format!("expected an error, got {value}")),
            (Err(error), None) => Err(format!("{error:?}")),
        }
    }

    async fn act(&mut self, step: &Value, name: &str) -> Result<Value, Error> {
        let none = json!({});
        let with = step.get("with").unwrap_or(&none);
        let text = |member: &str| with.get(member).and_then(Value::as_str).map(str::to_owned);
        let on = step.get("on").and_then(Value::as_str).unwrap_or_default();
        let instances = self.platform.instances();
        Ok(match step["do"].as_str().unwrap() {
            verb @ ("create_instance" | "connect_instance") => {
                let new = new_instance(with);
                let create = verb == "create_instance";
                let created = if create { instances.create(&new).await? } else { instances.connect(&new).await? };
                let view = json!(created.details());
                self.instances.insert(name.to_owned(), created);
                view
            }
            "get_instance" => {
                let found = instances.get(with["id"].as_i64().unwrap()).await?;
                let view = json!(found.details());
                self.instances.insert(name.to_owned(), found);
                view
            }
            "list_instances" => json!(instances.list().await?),
            "delete_instance" => {
                instances.delete(with["id"].as_i64().unwrap()).await?;
                Value::Null
            }
            "ping" => {
                self.instances[on].ping().await?;
                Value::Null
            }
            "objects" => json!(self.instances[on].objects().await?),
            "records" => {
                let limit = with.get("limit").and_then(Value::as_u64).unwrap_or(u64::MAX);
                let records = list(&self.instances[on], with).to_vec(usize::try_from(limit).unwrap()).await?;
                json!(records)
            }
            "page" => {
                let page = list(&self.instances[on], with).page(text("token").as_deref()).await?;
                let records: Vec<Record> = page.records()?;
                json!({"records": records, "next": page.next_page_token(), "total": page.total_count()})
            }
            "request" => {
                let method = text("method").unwrap().parse().unwrap();
                let mut request = self.platform.request(method, text("path").unwrap());
                if let Some(body) = with.get("json") {
                    request = request.json(body);
                }
                if let Some(instance) = self.instances.get(on) {
                    request = request.element(instance.token());
                }
                let answer = request.send().await?;
                let status = answer.status();
                json!({"status": status, "json": answer.json::<Value>().await?})
            }
            "sync" => {
                let state = text("state").map(|state| state.parse()).transpose()?;
                let sync = self.instances[on].sync(&text("object").unwrap(), state.as_ref()).await?;
                let pages: Vec<_> = sync.pages(100).await?.try_collect().await?;
                let mut rows: Vec<Record> = Vec::new();
                for page in pages {
                    rows.extend(page.records::<Record>()?);
                }
                json!({"rows": rows, "state": sync.state().await?.to_string()})
            }
            "bulk_query" => {
                let mut query = BulkQuery::new(text("q").unwrap());
                if let Some(from) = text("from") {
                    query = query.from(from);
                }
                if let Some(to) = text("to") {
                    query = query.to(to);
                }
                let job = self.instances[on].bulk().query(query).await?;
                let view = json!({"id": job.id()});
                self.jobs.insert(name.to_owned(), job);
                view
            }
            "bulk_upload" => {
                let job = uploaded(&self.instances[on], with).await?;
                let view = json!({"id": job.id()});
                self.jobs.insert(name.to_owned(), job);
                view
            }
            "bulk_failed" => failed_records(&self.jobs[on], with).await?,
            "bulk_wait" => json!(self.jobs[on].wait().await?),
            "bulk_status" => json!(self.jobs[on].status().await?),
            "bulk_cancel" => json!(self.jobs[on].cancel().await?),
            "bulk_resume" => json!(self.jobs[on].resume().await?),
            "bulk_report" => json!(self.jobs[on].report().await?),
            "bulk_errors" => json!(self.jobs[on].errors(None).await?.0),
            "bulk_download" => download(&self.jobs[on], &text("format").unwrap()).await?,
            "create_record" => written(&list(&self.instances[on], with).create(&with["record"]).await?)?,
            "replace_record" => {
                let records = list(&self.instances[on], with);
                written(&records.replace(text("id").unwrap(), &with["record"]).await?)?
            }
            "update_record" => {
                let records = list(&self.instances[on], with);
                written(&records.update(text("id").unwrap(), &with["record"]).await?)?
            }
            "delete_record" => {
                list(&self.instances[on], with).delete(text("id").unwrap()).await?;
                Value::Null
            }
            "call" => call(&self.instances[on], with).await?,
            "element" => json!(self.platform.elements().get(&text("element").unwrap()).await?),
            "check_element" => {
                serde_json::from_slice(&host::check_definition(&with["definition"].to_string())?).unwrap()
            }
            "import_element" => json!(self.platform.elements().import(&with["definition"]).await?),
            "replace_element" => {
                json!(self.platform.elements().replace(&text("element").unwrap(), &with["definition"]).await?)
            }
            "export_element" => self.platform.elements().export(&text("element").unwrap()).await?,
            "remove_element" => {
                self.platform.elements().remove(&text("element").unwrap()).await?;
                Value::Null
            }
            "oauth_url" => {
                let mut options = with.as_object().unwrap().clone();
                options.remove("element");
                let options = host::oauth_options(&json!(options).to_string())?;
                let url = self.platform.elements().oauth_url(&text("element").unwrap(), &options).await?;
                let view = json!({"url": url.oauth_url, "element": url.element, "state": url.state});
                self.logins.insert(name.to_owned(), url);
                view
            }
            "browse" => json!(location(&text("url").unwrap()).await),
            "grant" => {
                let login = &self.logins[on];
                json!({"code": login.code(&text("redirect").unwrap())?.expose(), "state": login.state})
            }
            "fault" => {
                self.simulator.add_faults(with).unwrap();
                Value::Null
            }
            "clear_faults" => {
                self.simulator.clear_faults();
                Value::Null
            }
            other => panic!("no verb {other}"),
        })
    }
}

/// Starts an upload of a text as bytes, of a file with that text, or of records, as each package does.
async fn uploaded(instance: &InstanceHandle, with: &Value) -> Result<Job, Error> {
    let object = with["object"].as_str().unwrap();
    let mut options = with.as_object().unwrap().clone();
    let source = ["object", "text", "file", "records"].map(|member| options.remove(member));
    let options = json!(options).to_string();
    let [_, text, file, records] = source;
    if let Some(records) = records {
        let feed = RecordFeed::new(instance.clone(), object, &options)?;
        for record in records.as_array().unwrap() {
            feed.push(format!("{record}\n").into()).await?;
        }
        return feed.finish().await;
    }
    let folder = tempfile::tempdir().unwrap();
    let text = text.unwrap().as_str().unwrap().to_owned();
    let source = match file {
        Some(name) => {
            let path = folder.path().join(name.as_str().unwrap());
            std::fs::write(&path, text).unwrap();
            UploadSource::File(path.display().to_string())
        }
        None => UploadSource::Bytes(text.into()),
    };
    instance.bulk().upload(host::upload(object, source, &options)?).await
}

/// Returns the records that failed, or whose outcome is not known, as the file of them.
async fn failed_records(job: &Job, with: &Value) -> Result<Value, Error> {
    let chunks: Vec<_> = match with.get("unknown") {
        Some(Value::Bool(true)) => job.unknown_records().await?.try_collect().await?,
        _ => job.failed_records().await?.try_collect().await?,
    };
    Ok(json!(String::from_utf8(chunks.concat()).unwrap()))
}

fn written(record: &elementkit::WrittenRecord) -> Result<Value, Error> {
    Ok(record.record::<Value>()?.unwrap_or_default())
}

async fn call(instance: &InstanceHandle, with: &Value) -> Result<Value, Error> {
    let text = |member: &str| with.get(member).and_then(Value::as_str).map(str::to_owned);
    let encoded = |part: &Value| utf8_percent_encode(part.as_str().unwrap(), NON_ALPHANUMERIC).to_string();
    let pairs = |member: &str| {
        let given = with.get(member).and_then(Value::as_object).into_iter().flatten();
        given.map(|(name, value)| (name.clone(), value.as_str().unwrap().to_owned())).collect()
    };
    let call = Call {
        method: text("method").unwrap(),
        path: with["path"].as_array().unwrap().iter().map(encoded).collect::<Vec<_>>().join("/"),
        query: pairs("query"),
        headers: pairs("headers"),
        body: with.get("json").map(Value::to_string),
        content: text("text").map(|text| Content { bytes: text.into(), media_type: text_type(with) }),
        ..Call::default()
    };
    let answer = call.of(instance)?.send().await?;
    let (warnings, content_type) = (answer.warnings().to_vec(), host::headers(&answer).remove("content-type"));
    let request_id = answer.request_id().map(str::to_owned);
    let body = answer.bytes().await?;
    let json = if body.is_empty() { Value::Null } else { serde_json::from_slice(&body).unwrap() };
    Ok(json!({"json": json, "requestId": request_id, "contentType": content_type, "warnings": warnings}))
}

fn text_type(with: &Value) -> Option<String> {
    with.get("contentType").and_then(Value::as_str).map(str::to_owned)
}

/// Returns where an address leads, as to an app that receives the redirect of a browser.
async fn location(url: &str) -> String {
    let (authority, target) = url.trim_start_matches("http://").split_once('/').unwrap();
    let mut stream = tokio::net::TcpStream::connect(authority).await.unwrap();
    let request = format!("GET /{target} HTTP/1.1\r\nHost: {authority}\r\nConnection: close\r\n\r\n");
    tokio::io::AsyncWriteExt::write_all(&mut stream, request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    tokio::io::AsyncReadExt::read_to_string(&mut stream, &mut answer).await.unwrap();
    let lines = answer.lines().filter_map(|line| line.split_once(": "));
    lines.filter(|(name, _)| name.eq_ignore_ascii_case("location")).map(|(_, value)| value.to_owned()).next().unwrap()
}

fn new_instance(with: &Value) -> NewInstance {
    let element = with.get("element").and_then(Value::as_str).unwrap_or("brighttalk").to_owned();
    let mut configuration = BTreeMap::new();
    if element == "brighttalk" {
        configuration.insert("brighttalk.api.key".to_owned(), "1".to_owned());
        configuration.insert("brighttalk.api.secret".to_owned(), "0123456789ABCDEF0123456789ABCDEF".to_owned());
    }
    for (key, value) in with.get("configuration").and_then(Value::as_object).into_iter().flatten() {
        configuration.insert(key.clone(), value.as_str().unwrap().to_owned());
    }
    let name = with["name"].as_str().unwrap().to_owned();
    let new = NewInstance { element, name, configuration, ..NewInstance::default() };
    match with.get("granted") {
        Some(granted) => new.granted(granted["code"].as_str().unwrap(), granted["state"].as_str().unwrap()),
        None => new,
    }
}

fn list(instance: &InstanceHandle, with: &Value) -> Records {
    let text = |member: &str| with.get(member).and_then(Value::as_str);
    let mut list = instance.records(text("resource").unwrap());
    if let Some(condition) = text("where") {
        list = list.filter(condition);
    }
    if let Some(fields) = text("fields") {
        list = list.fields(fields);
    }
    if let Some(order) = text("orderBy") {
        list = list.order_by(order);
    }
    if let Some(size) = with.get("pageSize").and_then(Value::as_u64) {
        list = list.page_size(u32::try_from(size).unwrap());
    }
    for (name, value) in with.get("params").and_then(Value::as_object).into_iter().flatten() {
        list = list.param(name, value.as_str().unwrap());
    }
    list
}

async fn download(job: &Job, format: &str) -> Result<Value, Error> {
    let kind = match format {
        "csv" => Format::Csv,
        "json" => Format::Json,
        _ => Format::JsonLines,
    };
    let chunks: Vec<_> = job.stream(kind).await?.try_collect().await?;
    let text = String::from_utf8(chunks.concat()).unwrap();
    Ok(if kind == Format::Json { serde_json::from_str(&text).unwrap() } else { json!(text) })
}

fn error_view(error: &Error) -> Value {
    let info = error.info();
    json!({
        "kind": info.kind.code(),
        "status": info.status,
        "message": info.message,
        "providerMessage": info.provider_message,
        "requestId": info.request_id,
        "hint": info.hint,
    })
}
