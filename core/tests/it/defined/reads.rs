//! Reads of defined elements: pages of all kinds, conditions, single records, and bulk jobs.

use serde_json::{Value, json};

use super::world::{Asked, Reply, Vendor, World, encoded};

/// Parameters of a list by names and sizes.
fn paging(page: &str, size: &str) -> Value {
    json!([{"name": "page", "type": "query", "vendorName": page, "vendorType": "query"},
        {"name": "pageSize", "type": "query", "vendorName": size, "vendorType": "query"}])
}

fn tickets(ids: impl IntoIterator<Item = usize>) -> Value {
    ids.into_iter().map(|id| json!({"id": id, "subject": format!("s{id}"), "none": null, "priority": id % 4})).collect()
}

/// A vendor with numbered pages of tickets.
fn pages(total: usize) -> impl FnMut(&Asked) -> Reply + Send + 'static {
    move |asked| {
        let (page, size) = (asked.number("page").unwrap_or(1), asked.number("per_page").unwrap_or(100));
        let from = (page - 1) * size;
        Reply::json(json!({"tickets": tickets((from + 1)..=(from + size).min(total)), "total": total}))
    }
}

fn desk() -> Value {
    let mut parameters = paging("page", "per_page");
    parameters.as_array_mut().unwrap().push(
        json!({"name": "where", "type": "query", "vendorName": "converter:toQueryParameters", "vendorType": "query"}),
    );
    json!({"hub": "helpdesk", "authentication": {"type": "custom"},
        "bulkDownloadEnabled": true,
        "configuration": [{"key": "api.key", "type": "PASSWORD", "required": true},
            {"key": "pagination.max", "defaultValue": "50"}],
        "parameters": [{"name": "Token ${configuration.api.key}", "type": "value", "vendorName": "Authorization", "vendorType": "header"}],
        "resources": [
            {"method": "GET", "path": "/hubs/helpdesk/tickets", "vendorPath": "/tickets.json", "rootKey": "|tickets", "parameters": parameters},
            {"method": "GET", "path": "/hubs/helpdesk/tickets/{id}", "vendorPath": "/tickets/{id}.json", "rootKey": "|ticket",
                "parameters": [{"name": "id", "type": "path", "vendorName": "id", "vendorType": "path"}]}]})
}

async fn desk_world(total: usize) -> World {
    let vendor = Vendor::start(pages(total)).await;
    World::new(vendor, desk(), json!({"api.key": "k-1"})).await
}

#[tokio::test]
async fn a_page_of_the_caller_is_one_of_the_vendor() {
    let world = desk_world(7).await;
    // Spec E 11.2.
    let answer = world.get("/tickets?where=status%3D'open'&page=2&pageSize=3").await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    let asked = world.vendor.asked();
    assert_eq!(asked.len(), 1, "{asked:?}");
    assert_eq!(asked[0].header("authorization"), Some("Token k-1"));
    assert_eq!(
        (asked[0].get("status"), asked[0].number("page"), asked[0].number("per_page")),
        (Some("open"), Some(2), Some(3))
    );
    assert_eq!(answer.body[0], json!({"id": 4, "subject": "s4", "priority": 0}), "nulls are removed");
    assert_eq!(
        (answer.header("elements-returned-count"), answer.each("id")),
        (Some("3"), vec![4.into(), 5.into(), 6.into()])
    );
    let token = encoded(answer.next().expect("a full page has a token"));
    let last = world.get(&format!("/tickets?where=status%3D'open'&page=2&pageSize=3&nextPage={token}")).await;
    assert_eq!((last.each("id"), last.next()), (vec![7.into()], None));
    assert_eq!(world.vendor.asked()[0].number("page"), Some(3));
}

fn list(parameters: Value, more: Value) -> Value {
    let mut resource = json!({"method": "GET", "path": "/items", "vendorPath": "/items", "parameters": parameters});
    resource.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    json!({"authentication": {"type": "none"}, "bulkDownloadEnabled": true, "resources": [resource],
        "configuration": [{"key": "pagination.type"}, {"key": "pagination.max", "defaultValue": "40"}]})
}

fn items(ids: impl IntoIterator<Item = usize>) -> Value {
    ids.into_iter().map(|id| json!({"id": id})).collect()
}

/// Reads a list by its tokens. Returns the ids and the number of pages.
async fn walked(world: &World, path: &str) -> (Vec<u64>, usize) {
    let (mut ids, mut pages, mut token) = (Vec::new(), 0, None);
    loop {
        let join = if path.contains('?') { '&' } else { '?' };
        let next: String = token.map(|token: String| format!("{join}nextPage={}", encoded(&token))).unwrap_or_default();
        let answer = world.get(&format!("{path}{next}")).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        ids.extend(answer.each("id").iter().filter_map(Value::as_u64));
        pages += 1;
        assert!(pages < 100, "no end");
        match answer.next() {
            Some(next) => token = Some(next.to_owned()),
            None => return (ids, pages),
        }
    }
}

#[tokio::test]
async fn cursors_of_all_kinds_lead_through_the_list() {
    let cursor = json!([{"name": "nextPage", "type": "query", "vendorName": "cursor", "vendorType": "query"},
        {"name": "pageSize", "type": "query", "vendorName": "limit", "vendorType": "query"}]);
    let page = |asked: &Asked| {
        let (from, size) = (asked.number("cursor").unwrap_or(0), asked.number("limit").unwrap_or(10));
        let to = (from + size).min(9);
        (items(from + 1..=to), (to < 9).then_some(to))
    };
    for (key, kind) in [
        (json!("body.next"), 0),
        (json!("links.next?cursor"), 1),
        (json!("header.x-next"), 2),
        (Value::Null, 3),
        (json!("address"), 4),
    ] {
        let vendor = Vendor::start(|_| Reply::json(json!([]))).await;
        let origin = vendor.origin.clone();
        vendor.play(move |asked| {
            let (items, next) = page(asked);
            let link = next.map(|next| format!("{origin}/items?limit=4&cursor={next}"));
            match kind {
                0 => Reply::json(json!({"data": items, "next": next})),
                1 => Reply::json(json!({"data": items, "links": {"next": link}})),
                2 => Reply::json(json!({"data": items}))
                    .header("x-next", &next.map(|next| next.to_string()).unwrap_or_default()),
                3 => {
                    let reply = Reply::json(json!({"data": items}));
                    match link {
                        Some(link) => reply.header("link", &format!("<{link}>; rel=\"next\"")),
                        None => reply,
                    }
                }
                _ => Reply::json(json!({"data": items, "address": link})),
            }
        });
        let document = list(cursor.clone(), json!({"nextPageKey": key, "rootKey": "|data"}));
        let world = World::new(vendor, document, json!({"pagination.type": "cursor"})).await;
        assert_eq!(walked(&world, "/items?pageSize=4").await, ((1..=9).collect(), 3), "{key}");
        assert_eq!(world.vendor.asked()[0].line(), "GET /items?limit=4", "{key}: no cursor at first");
        // Spec E 6.28.
        assert_eq!(world.get("/items?page=3&pageSize=4").await.each("id"), [9], "{key}");
        world.vendor.asked();
        // Spec E 6.27, 6.34: a cursor of the caller goes into its parameter only.
        assert_eq!(world.get("/items?pageSize=4&nextPage=8").await.each("id"), [9], "{key}");
        let foreign = encoded("http://127.0.0.1:1/x");
        world.get(&format!("/items?pageSize=4&nextPage={foreign}")).await;
        let asked = world.vendor.asked();
        assert_eq!(asked.last().unwrap().get("cursor"), Some("http://127.0.0.1:1/x"), "{key}");
        let (status, file) = world.bulk("select * from items", "", "application/jsonl").await;
        assert_eq!((status["status"].as_str(), file.text.lines().count()), (Some("COMPLETED"), 9), "{key} {status}");
    }
}

#[tokio::test]
async fn offsets_and_first_numbers_are_those_of_the_configuration() {
    let vendor = Vendor::start(|asked| {
        let from = asked.number("skip").unwrap_or(0);
        Reply::json(items(from + 1..=(from + asked.number("top").unwrap()).min(10)))
    })
    .await;
    let world = World::new(vendor, list(paging("skip", "top"), json!({})), json!({"pagination.type": "offset"})).await;
    assert_eq!(walked(&world, "/items?pageSize=4").await.0, (1..=10).collect::<Vec<_>>());
    assert_eq!(world.vendor.lines(), ["GET /items?skip=0&top=4", "GET /items?skip=4&top=4", "GET /items?skip=8&top=4"]);
    // Spec E 6.27: the form of the hosted platform.
    let hosted = base64::Engine::encode(&base64::engine::general_purpose::STANDARD, r#"{"page":3,"pageSize":4}"#);
    assert_eq!(world.get(&format!("/items?nextPage={}", encoded(&hosted))).await.each("id"), [9, 10]);
    assert_eq!(world.get("/items?nextPage=abc").await.status, 400);
}

#[tokio::test]
async fn lists_that_the_vendor_does_not_page_are_cut_here() {
    for parameters in [json!([]), paging("page", "size")] {
        let vendor = Vendor::start(|_| Reply::json(items(1..=10))).await;
        let more = if parameters == json!([]) { json!({}) } else { json!({"paginationType": "VENDOR_NOT_SUPPORTED"}) };
        let world = World::new(vendor, list(parameters, more), json!({})).await;
        assert_eq!(walked(&world, "/items?pageSize=4").await, ((1..=10).collect(), 3));
        assert_eq!(world.get("/items?page=3&pageSize=4").await.each("id"), [9, 10]);
    }
    // Spec E 6.17: it ignores what it is asked.
    let vendor = Vendor::start(|_| Reply::json(items(1..=10))).await;
    let world = World::new(vendor, list(paging("page", "size"), json!({})), json!({})).await;
    let second = world.get("/items?page=2&pageSize=4").await;
    assert_eq!(second.each("id"), [5, 6, 7, 8]);
    assert!(second.header("elements-error").is_some_and(|text| text.contains("ignores")));
    assert_eq!(walked(&world, "/items?page=2&pageSize=4").await.0, [5, 6, 7, 8, 9, 10]);
    assert_eq!(walked(&world, "/items?pageSize=4").await, ((1..=10).collect(), 3));
}

#[tokio::test]
async fn half_declared_paging_follows_its_rules() {
    // Spec E 6.15: only the size.
    let size = json!([{"name": "pageSize", "type": "query", "vendorName": "limit", "vendorType": "query"}]);
    let vendor = Vendor::start(|asked| Reply::json(items(1..=asked.number("limit").unwrap().min(10)))).await;
    let world = World::new(vendor, list(size, json!({})), json!({})).await;
    assert_eq!(world.get("/items?page=2&pageSize=3").await.each("id"), [4, 5, 6]);
    assert_eq!(world.vendor.lines(), ["GET /items?limit=6"]);
    assert_eq!(walked(&world, "/items?pageSize=4").await, ((1..=10).collect(), 3));
    // Only the page: the vendor's pages, uncut, until one is empty.
    let page = json!([{"name": "page", "type": "query", "vendorName": "p", "vendorType": "query"}]);
    let vendor = Vendor::start(|asked| {
        let page = asked.number("p").unwrap();
        Reply::json(if page <= 2 { items(page * 10..page * 10 + 3) } else { json!([]) })
    })
    .await;
    let world = World::new(vendor, list(page, json!({})), json!({})).await;
    assert_eq!(walked(&world, "/items?pageSize=2").await, (vec![10, 11, 12, 20, 21, 22], 3));
    // Spec E 6.16: as it is.
    let vendor = Vendor::start(|_| Reply::json(items(1..=10))).await;
    let world = World::new(vendor, list(json!([]), json!({"paginationType": "NO_PAGINATION"})), json!({})).await;
    let whole = world.get("/items?pageSize=3").await;
    assert_eq!((whole.each("id").len(), whole.next()), (10, None));
    world.vendor.asked();
    assert_eq!(world.get("/items?page=2").await.body, json!([]));
}

#[tokio::test]
async fn a_repeated_page_ends_the_list() {
    let vendor = Vendor::start(|asked| Reply::json(items(1..=asked.number("size").unwrap()))).await;
    let world = World::new(vendor, list(paging("page", "size"), json!({})), json!({})).await;
    let (status, file) = world.bulk("select * from items", "", "application/jsonl").await;
    assert_eq!((status["status"].as_str(), file.text.lines().count()), (Some("COMPLETED"), 40), "{status}");
    assert_eq!(status["message"], "The vendor repeated a page, which ended the list (repeated-page: 1)");
    assert_eq!(world.vendor.asked().len(), 2);
}

fn cursors(key: &str) -> Value {
    let parameters = json!([{"name": "nextPage", "type": "query", "vendorName": "cursor", "vendorType": "query"},
        {"name": "pageSize", "type": "query", "vendorName": "size", "vendorType": "query"}]);
    list(parameters, json!({"nextPageKey": key, "rootKey": "|data"}))
}

#[tokio::test]
async fn loops_of_cursors_end_lists_with_a_warning_and_no_duplicates() {
    // Spec E 6.33. The third page leads back to the second one.
    let loops = |asked: &Asked| {
        let (ids, next) = match asked.get("cursor") {
            None => (1..=2, "b"),
            Some("b") => (3..=4, "c"),
            _ => (5..=6, "b"),
        };
        Reply::json(json!({"data": items(ids), "next": next}))
    };
    let world = World::new(Vendor::start(loops).await, cursors("next"), json!({})).await;
    let (status, file) = world.bulk("select * from items", "", "application/jsonl").await;
    assert_eq!((status["status"].as_str(), file.text.lines().count()), (Some("COMPLETED"), 6), "{status}");
    assert_eq!(status["message"], "The vendor repeated a page, which ended the list (repeated-page: 1)");
    assert_eq!(status["warnings"][0]["message"], "The vendor repeated a page, which ended the list");
    let mut token = None;
    for page in 1..=3 {
        let next = token.map(|token: String| format!("&nextPage={}", encoded(&token))).unwrap_or_default();
        let answer = world.get(&format!("/items?pageSize=2{next}")).await;
        let warning = (page == 3).then_some("The vendor repeated a page, which ended the list");
        assert_eq!((answer.each("id").len(), answer.header("elements-error")), (2, warning), "page {page}");
        token = answer.next().map(str::to_owned);
        assert_eq!(token.is_some(), page < 3, "page {page}");
    }
    // The vendor ignores the cursor, which it sends in a header.
    let stuck = |_: &Asked| Reply::json(json!({"data": items(1..=2)})).header("x-next", "b");
    let world = World::new(Vendor::start(stuck).await, cursors("header.x-next"), json!({})).await;
    let (status, file) = world.bulk("select * from items", "", "application/jsonl").await;
    assert_eq!((status["status"].as_str(), file.text.lines().count()), (Some("COMPLETED"), 2), "{status}");
    assert_eq!(world.vendor.asked().len(), 2);
    // So it does with ever new cursors.
    let mut page = 0;
    let endless = move |_: &Asked| {
        page += 1;
        Reply::json(json!({"data": items(1..=2), "next": format!("c{page}")}))
    };
    let world = World::new(Vendor::start(endless).await, cursors("next"), json!({})).await;
    let (status, _) = world.bulk("select * from items", "", "application/jsonl").await;
    assert_eq!(status["status"], "ABORTED", "{status}");
    let error = status["error"].as_str().unwrap_or_default();
    assert!(error.contains("10 pages in a row have the same records under different cursors"), "{error}");
    assert_eq!(world.vendor.asked().len(), 20, "read again once");
}

#[tokio::test]
async fn jobs_say_why_they_have_no_records() {
    // Spec E 9.28.
    let cases = [
        (Reply::json(json!({"error": "maintenance"})), "The answer of the vendor has no list (no-list: 1)"),
        (Reply::of("application/json", ""), "The vendor sent an empty answer in place of a list (empty-answer: 1)"),
        (Reply::json(json!({"data": []})), ""),
    ];
    for (reply, message) in cases {
        let mut reply = Some(reply);
        let vendor = Vendor::start(move |_| reply.take().unwrap()).await;
        let world = World::new(vendor, cursors("next"), json!({})).await;
        let (status, file) = world.bulk("select * from items", "", "application/jsonl").await;
        assert_eq!((status["status"].as_str(), &*file.text), (Some("COMPLETED"), ""), "{status}");
        assert_eq!(status["message"], message);
        assert_eq!(status["warnings"].as_array().is_some_and(|all| !all.is_empty()), !message.is_empty(), "{status}");
    }
}

#[tokio::test]
async fn jobs_name_fields_that_no_record_has() {
    // Spec E 6.29, as in a call.
    let world = desk_world(120).await;
    let statement = "select id, subjekt, none from tickets where priority >= 0 and prioritaet is null order by added";
    let (status, csv) = world.bulk(statement, "", "text/csv").await;
    assert_eq!((status["status"].as_str(), csv.text.lines().count()), (Some("COMPLETED"), 121), "{status}");
    let told: Vec<&str> =
        status["warnings"].as_array().unwrap().iter().filter_map(|one| one["field"].as_str()).collect();
    assert_eq!(told, ["added", "none", "prioritaet", "subjekt"], "{status}");
    assert_eq!(status["warnings"][3]["message"], "No record has the field subjekt");
    assert_eq!(status["warnings"][3]["code"], "unknown_field");
    let (status, _) = world.bulk("select id, subject from tickets", "", "text/csv").await;
    assert_eq!(status.get("warnings"), None, "{status}");
    // Without records there is nothing to tell by.
    world.vendor.play(pages(0));
    let (status, _) = world.bulk("select subjekt from tickets", "", "text/csv").await;
    assert_eq!(status.get("warnings"), None, "{status}");
}

#[tokio::test]
async fn changes_are_asked_for_or_picked_out() {
    let since = |operator: &str, converter: &str| {
        let parameters = json!([{"name": "where", "type": "query", "vendorName": converter, "vendorType": "query"}]);
        let mut document = list(parameters, json!({}));
        document["objects"] = json!([{"name": "items", "queryDateName": "changed", "queryDateFormat": "yyyy-MM-dd'T'HH:mm:ssX",
            "queryDateOperator": operator, "bulkDownloadEnabled": true}]);
        document
    };
    let dated = |_: &Asked| {
        Reply::json(
            json!([{"id": 1, "changed": "2017-05-24T18:31:00Z"}, {"id": 2, "changed": "2017-05-24T18:31:01Z"}, {"id": 3}]),
        )
    };
    // Spec E 9.10.
    let vendor = Vendor::start(dated).await;
    let world = World::new(vendor, since("=", "converter:toQueryParameters"), json!({})).await;
    let from = "&from=2017-05-24T18:31:01.000Z";
    let (_, file) = world.bulk("select * from items", from, "application/jsonl").await;
    assert_eq!(
        (world.vendor.lines(), file.text.lines().count()),
        (vec!["GET /items?changed=2017-05-24T18:31:01Z".to_owned()], 3)
    );
    // Spec E 9.11: the converter cannot say `>=`.
    let world = World::new(world.vendor.clone(), since(">=", "converter:toQueryParameters"), json!({})).await;
    let (_, file) = world.bulk("select * from items", from, "application/jsonl").await;
    assert_eq!((world.vendor.lines(), file.text.lines().count()), (vec!["GET /items".to_owned()], 2));
    // Spec E 9.8: nothing names a date.
    let world = World::new(world.vendor.clone(), list(json!([]), json!({})), json!({})).await;
    let (status, file) = world.bulk("select * from items", from, "application/jsonl").await;
    assert_eq!(
        (&status["message"], file.text.lines().count()),
        (&json!("items has no date field, so it is read completely"), 3)
    );
    world.vendor.asked();
    let world = World::new(world.vendor.clone(), since(">=", "converter:toODataFilter"), json!({})).await;
    world.bulk("select * from items where id > 1", from, "application/jsonl").await;
    let filter = "GET /items?$filter=id gt 1 and changed ge 2017-05-24T18:31:01Z";
    assert_eq!(world.vendor.lines(), [filter]);
}

#[tokio::test]
async fn bulk_flags_decide() {
    let vendor = Vendor::start(|_| Reply::json(json!([]))).await;
    let mut document = list(json!([]), json!({}));
    document["objects"] = json!([{"name": "items", "bulkDownloadEnabled": false}]);
    let world = World::new(vendor, document, json!({})).await;
    let refused = world.call("POST", "/bulk/query?q=select%20*%20from%20items", None).await;
    assert_eq!((refused.status, &refused.body["message"]), (400, &json!("Bulk download is not supported for items")));
    assert!(refused.body["hint"].as_str().unwrap().contains("`bulkDownloadEnabled`"), "{}", refused.text);
}

#[tokio::test]
async fn resources_of_the_hosted_platform_are_not_there() {
    // Spec E 1.42.
    let document = json!({"authentication": {"type": "none"}, "resources": [
        {"method": "GET", "path": "/d", "vendorPath": "/d", "kind": "java"}]});
    let vendor = Vendor::start(|_| Reply::json(json!([]))).await;
    let world = World::new(vendor, document, json!({})).await;
    let java = world.get("/d").await;
    assert_eq!(
        (java.status, &java.body["message"]),
        (404, &json!("This API is not currently supported for this element"))
    );
    assert!(world.vendor.asked().is_empty());
}

#[tokio::test]
async fn required_parameters_literals_and_answer_headers() {
    let parameters = json!([
        {"name": "since", "type": "query", "vendorName": "from", "vendorType": "query", "required": true},
        {"name": "${query.kind}/${header.x-kind}", "type": "value", "vendorName": "kinds", "vendorType": "query"},
        {"name": "cookie", "type": "header", "vendorName": "X-Stolen", "vendorType": "header"},
        {"name": "x-total", "type": "header", "vendorName": "total", "vendorType": "bodyField", "source": "response"}]);
    let vendor = Vendor::start(|_| Reply::json(json!({"items": [{"id": 1}], "total": 5}))).await;
    let world = World::new(vendor, list(parameters, json!({"rootKey": "|items"})), json!({})).await;
    let missing = world.get("/items").await;
    assert_eq!((missing.status, &missing.body["message"]), (400, &json!("required parameter 'since' not found")));
    assert!(world.vendor.asked().is_empty());
    let headers = [("authorization", &*world.token), ("x-kind", "y"), ("cookie", "secret=1")];
    let answer = world.send("GET", "/items?since=2020&kind=x", &headers, None).await;
    assert_eq!((answer.each("id"), answer.header("x-total")), (vec![json!(1)], Some("5")), "{}", answer.text);
    let asked = world.vendor.asked();
    assert_eq!((asked[0].get("from"), asked[0].get("kinds")), (Some("2020"), Some("x/y")));
    assert!(asked[0].header("x-stolen").is_none(), "spec E 5.95");
    // Spec E 5.32: a placeholder needs no declaration, so its name is no unknown parameter.
    assert_eq!(answer.header("elements-error"), None);
    let other = world.get("/items?since=2020&kind=x&kinds=y").await;
    assert_eq!(
        other.header("elements-error"),
        Some("parameter kinds is not known and was ignored (did you mean kind?)")
    );
    world.vendor.asked();
    let job = json!({"objectName": "items", "format": "application/jsonl", "query": {"kind": "z", "since": "2021"}});
    let started = world.call("POST", "/bulk/download", Some(job)).await;
    assert_eq!((started.status, started.header("elements-error")), (200, None), "{}", started.text);
    world.ended(started.body["id"].as_str().unwrap(), "items", "application/jsonl").await;
    let asked = world.vendor.asked();
    assert_eq!((asked[0].get("from"), asked[0].get("kinds")), (Some("2021"), Some("z/${header.x-kind}")));
}

#[tokio::test]
async fn lists_have_default_fields() {
    let vendor = Vendor::start(|_| Reply::json(json!([{"id": 1, "a": {"b": 2}, "c": 3}]))).await;
    let mut document = list(json!([]), json!({}));
    let map = r#"{"items": "id,a.b"}"#;
    document["configuration"]
        .as_array_mut()
        .unwrap()
        .push(json!({"key": "default.select.fields.map", "defaultValue": map}));
    let world = World::new(vendor.clone(), document.clone(), json!({})).await;
    assert_eq!(world.get("/items").await.body, json!([{"id": 1, "a": {"b": 2}}]));
    assert_eq!(world.get("/items?fields=c").await.body, json!([{"c": 3}]));
    let world = World::new(vendor, document, json!({"allow.select.fields": "false"})).await;
    assert_eq!(world.get("/items").await.body, json!([{"id": 1, "a": {"b": 2}, "c": 3}]));
}

#[tokio::test]
async fn nested_lists_are_walked_below_their_parents() {
    let path = |name: &str| json!([{"name": name, "type": "path", "vendorName": name, "vendorType": "path"}]);
    let document = json!({"authentication": {"type": "none"}, "bulkDownloadEnabled": true, "resources": [
        {"method": "GET", "path": "/lists", "vendorPath": "/lists"},
        {"method": "GET", "path": "/lists/{id}/members", "vendorPath": "/lists/{id}/members", "parameters": path("id")},
        {"method": "GET", "path": "/orphans/{owner}/things", "vendorPath": "/x/{owner}", "parameters": path("owner")}]});
    let vendor = Vendor::start(|asked| match asked.path.as_str() {
        "/lists" => Reply::json(items(8..=11)),
        "/lists/10/members" => Reply::status(404, json!({"message": "gone"})),
        path => Reply::json(json!([{"name": path}, {"id": "own", "name": path}])),
    })
    .await;
    let world = World::new(vendor, document, json!({})).await;
    let (status, file) = world.bulk("select * from lists_members", "", "application/jsonl").await;
    assert_eq!(status["status"], "COMPLETED", "{status}");
    let rows: Vec<Value> = file.text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let expected: Vec<Value> = [8, 9, 11]
        .iter()
        .flat_map(|id| {
            let name = format!("/lists/{id}/members");
            [json!({"name": name, "id": id.to_string()}), json!({"id": "own", "name": name, "listsId": id.to_string()})]
        })
        .collect();
    assert_eq!(rows, expected);
    world.vendor.asked();
    let (_, file) = world.bulk("select * from listsMembers where id in (9, 8)", "", "application/jsonl").await;
    assert_eq!(file.text.lines().count(), 4);
    assert_eq!(world.vendor.lines(), ["GET /lists/8/members", "GET /lists/9/members"]);
    let missing = world.call("POST", "/bulk/query?q=select%20*%20from%20orphans_things", None).await;
    assert_eq!((missing.status, &missing.body["message"]), (400, &json!("Missing parent id: owner")));
    // A path names the list of a live call.
    assert_eq!(world.get("/lists/8/members").await.each("name").len(), 2);
}

#[tokio::test]
async fn one_record_is_answered_as_it_is() {
    let world = desk_world(1).await;
    world.vendor.play(|asked| match asked.path.as_str() {
        "/tickets/a%20b.json" => Reply::json(json!({"ticket": {"id": "a b", "subject": null, "more": {"x": 1}}})),
        "/tickets/bytes.json" => {
            Reply::of("application/pdf", &b"%PDF\xff"[..]).header("content-disposition", "attachment")
        }
        "/tickets/text.json" => Reply::of("text/plain", "plain"),
        "/tickets/none.json" => Reply { status: 204, headers: Vec::new(), body: "".into() },
        "/tickets/list.json" => Reply::json(json!({"ticket": [{"id": 1}, {"id": 2}]})),
        _ => Reply::status(404, json!({"error": {"message": "gone"}})),
    });
    let one = world.get("/tickets/a%20b").await;
    assert_eq!((one.status, &one.body), (200, &json!({"id": "a b", "more": {"x": 1}})), "{}", one.text);
    assert_eq!(world.get("/tickets/a%20b?fields=id").await.body, json!({"id": "a b"}));
    let bytes = world.get("/tickets/bytes").await;
    assert_eq!(
        (bytes.header("content-type"), bytes.header("content-disposition")),
        (Some("application/pdf"), Some("attachment"))
    );
    assert_eq!(world.get("/tickets/text").await.body, json!("plain"));
    let none = world.get("/tickets/none").await;
    assert_eq!((none.status, &*none.text), (200, ""));
    // Spec E 5.85: the body decides.
    assert_eq!(world.get("/tickets/list?pageSize=1").await.each("id"), [1]);
    let missing = world.get("/tickets/9").await;
    assert_eq!((missing.status, &missing.body["providerMessage"]), (404, &json!("gone")));
}

#[tokio::test]
async fn what_the_vendor_cannot_say_is_filtered_and_ordered_here() {
    let world = desk_world(120).await;
    // Spec E 11.3.
    let answer = world.get(&format!("/tickets?pageSize=2&where={}", encoded("status = 'open' AND priority > 2"))).await;
    assert_eq!(answer.each("id"), [3, 7], "{}", answer.text);
    let asked = world.vendor.asked();
    assert_eq!((asked[0].get("status"), asked[0].number("per_page")), (Some("open"), Some(50)));
    let ordered = world.get("/tickets?pageSize=2&fields=id&orderBy=id%20desc&returnCount=true").await;
    assert_eq!(ordered.body, json!([{"id": 120}, {"id": 119}]), "{}", ordered.text);
    assert_eq!(ordered.header("elements-total-count"), Some("120"));
    let unknown = world.get(&format!("/tickets?where={}", encoded("nothing > 1"))).await;
    assert_eq!((unknown.status, &unknown.body), (200, &json!([])));
    assert_eq!(unknown.header("elements-error"), Some("No record has the field nothing"), "spec E 6.29");
    let refused = world.get("/tickets?where=status%20%3D").await;
    assert_eq!(refused.status, 400);
    let capped = world.get("/tickets?pageSize=60").await;
    assert_eq!((capped.body.as_array().map(Vec::len), capped.header("elements-error").is_some()), (Some(50), true));
    let counted = world.get("/tickets?page=3&pageSize=50&returnCount=true").await;
    assert_eq!((counted.each("id").len(), counted.header("elements-total-count")), (20, Some("120")));
}

#[tokio::test]
async fn whole_objects_go_to_files_of_every_format() {
    let world = desk_world(120).await;
    let (status, csv) = world.bulk("select id, subject from tickets where priority > 2", "", "text/csv").await;
    assert_eq!((status["status"].as_str(), csv.status), (Some("COMPLETED"), 200), "{status} {}", csv.text);
    let lines: Vec<&str> = csv.text.lines().collect();
    assert!(lines.len() > 1, "{status} {}", csv.text);
    assert_eq!((lines[0], lines[1], lines.len()), ("id,subject", "3,s3", 31));
    let pages: Vec<_> = world.vendor.asked().iter().filter_map(|asked| asked.number("page")).collect();
    assert_eq!(pages, [1, 2, 3], "maximum size, to the end");
    let (_, sorted) = world.bulk("select id from tickets order by id desc limit 2", "", "application/json").await;
    assert_eq!(sorted.text.lines().collect::<Vec<_>>(), [r#"{"id":120}"#, r#"{"id":119}"#]);
    let (_, parquet) = world.bulk("select * from tickets", "", "application/vnd.apache.parquet").await;
    assert_eq!((parquet.status, parquet.text.starts_with("PAR1")), (200, true));
    // Duplicates are the vendor's affair (spec E 9.18).
    world.vendor.play(|asked| match asked.number("page") {
        Some(1) => Reply::json(json!({"tickets": tickets((0..50).map(|_| 7))})),
        _ => Reply::json(json!({"tickets": tickets([7])})),
    });
    let (_, file) = world.bulk("select * from tickets", "", "application/jsonl").await;
    assert_eq!(file.text.lines().count(), 51);
    let missing = world.call("POST", "/bulk/query?q=select%20*%20from%20nothing", None).await;
    assert_eq!(missing.status, 404);
}
