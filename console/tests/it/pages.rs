//! The content of pages, also with wrong input and a vendor that fails.

use serde_json::json;

use crate::support::World;

#[tokio::test(flavor = "multi_thread")]
async fn records_are_filtered_and_columns_chosen() {
    let world = World::new().await;
    let id = world.connect("demo").await;
    let browser = world.enter().await;
    let own = format!("/console/instances/{id}/records");
    // The builder adds to the condition, and quotes what was typed.
    let page = world.get(&browser, format!("{own}?path=channels&where=id+%3E+0&f=name&o=eq&v=O'Neil")).await;
    assert_eq!(page.status, 303);
    let address = page.header("location").to_owned();
    assert!(
        address.contains("where=id+%3E+0+AND+name+%3D+%27O%5C%27Neil%27") || address.contains("O%27%27Neil"),
        "{address}"
    );
    let page = world.get(&browser, address).await;
    assert!(page.text.contains("No records"), "{}", page.text);
    // A mistake is marked at its place, and nothing is read.
    let page = world.get(&browser, format!("{own}?path=channels&where=id+%3D")).await;
    assert_eq!(page.status, 200);
    assert!(
        page.text.contains("<code>id =") && page.text.contains("<mark>") && page.text.contains("aria-invalid"),
        "{}",
        page.text
    );
    let page = world.get(&browser, format!("{own}?path=channels&column=name&column=url")).await;
    assert!(page.text.contains("<th scope=\"col\">url</th>") && !page.text.contains("<th scope=\"col\">id</th>"));
    let file = world.get(&browser, format!("{own}/file?path=channels&column=name&column=url&format=csv")).await;
    assert_eq!(file.text.lines().next(), Some("name,url"));
    let file = world.get(&browser, format!("{own}/file?path=channels&format=jsonl")).await;
    assert!(file.text.starts_with("{\"id\":"), "{}", file.text);
    for path in ["none", "channels/1/none", "../secrets", "channels/1001/webcasts/1"] {
        assert_eq!(world.get(&browser, format!("{own}?path={path}")).await.status, 404, "{path}");
        assert_eq!(world.get(&browser, format!("{own}/file?path={path}")).await.status, 404, "{path}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn scripts_in_records_and_names_are_text() {
    let world = World::new().await;
    let id = world.connect("\"><img src=x onerror=alert(1)>'{{7*7}}").await;
    let browser = world.enter().await;
    let page = world.get(&browser, format!("/console/instances/{id}/records?path=channels")).await;
    assert!(page.text.contains("&#60;everything&#62;") && !page.text.contains("<everything>"));
    for path in
        ["/console", "/console/instances", &format!("/console/instances/{id}"), "/console/elements?search=%3Cscript%3E"]
    {
        let page = world.get(&browser, path).await;
        assert_eq!(page.status, 200);
        assert!(!page.text.contains("<img src=x") && !page.text.contains("<script>"), "{path}");
    }
    let page = world.get(&browser, format!("/console/instances/{id}/records?path=channels&where=%3Cscript%3E")).await;
    assert!(!page.text.contains("<script>"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_vendor_that_fails_is_explained() {
    let world = World::new().await;
    let id = world.connect("demo").await;
    let browser = world.enter().await;
    world.simulator.add_faults(&json!([{"match": {"path": "*"}, "fault": {"type": "status", "status": 401}}])).unwrap();
    let page = world.get(&browser, format!("/console/instances/{id}/records?path=channels")).await;
    assert_eq!(page.status, 200);
    assert!(page.text.contains("role=\"alert\"") && page.text.contains("Request id"), "{}", page.text);
    let file = world.get(&browser, format!("/console/instances/{id}/records/file?path=channels&format=csv")).await;
    assert!(file.status >= 400 && file.header("content-disposition").is_empty());
    let page = world.post(&browser, format!("/console/instances/{id}/check"), "").await;
    assert!(page.text.contains("role=\"alert\""));
    let home = world.get(&browser, "/console").await;
    assert_eq!(home.status, 200, "the session has not ended");
    assert!(home.text.contains("Needs attention") && home.text.contains("Credentials refused"));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_instance_is_disabled_enabled_and_deleted() {
    let world = World::new().await;
    let id = world.connect("demo").await;
    let browser = world.enter().await;
    let own = format!("/console/instances/{id}");
    let page = world.post(&browser, format!("{own}/disable"), "").await;
    assert_eq!(page.header("location"), format!("{own}?done=disabled"));
    let page = world.get(&browser, format!("{own}/records?path=channels")).await;
    assert!(page.text.contains("disabled"), "{}", page.text);
    world.post(&browser, format!("{own}/enable"), "").await;
    assert!(world.get(&browser, "/console").await.text.contains("No instance is refused"));
    let page = world.post(&browser, format!("{own}/delete"), "name=another").await;
    assert!(page.status == 200 && page.text.contains("was not deleted"));
    let page = world.post(&browser, format!("{own}/delete"), "name=demo").await;
    assert_eq!(page.header("location"), "/console/instances?done=deleted");
    assert_eq!(world.get(&browser, own).await.status, 404);
}

#[tokio::test(flavor = "multi_thread")]
async fn many_instances_are_listed_page_by_page() {
    let world = World::new().await;
    for number in 0..60 {
        world.connect(&format!("instance-{number:02}")).await;
    }
    let browser = world.enter().await;
    let page = world.get(&browser, "/console/instances").await;
    assert!(page.text.contains("60 in all") && page.text.contains("instance-49") && !page.text.contains("instance-50"));
    let next = page.between("push\" href=\"/console/instances?page=", "\"");
    let page = world.get(&browser, format!("/console/instances?page={next}")).await;
    assert!(page.text.contains("instance-59") && !page.text.contains("instance-49"));
    let page = world.get(&browser, "/console/instances?search=instance-07").await;
    assert!(page.text.contains("instance-07") && !page.text.contains("instance-08"));
    assert!(world.get(&browser, "/console/instances?search=none").await.text.contains("No instance matches"));
    assert_eq!(world.get(&browser, "/console/instances?page=x").await.status, 400);
}

#[tokio::test(flavor = "multi_thread")]
async fn files_are_kept_by_browsers_and_colours_are_remembered() {
    let world = World::new().await;
    let browser = world.enter().await;
    let home = world.get(&browser, "/console").await;
    let style = home.between("rel=\"stylesheet\" href=\"", "\"");
    let file = world.get(&browser, style).await;
    assert_eq!(file.header("content-type"), "text/css; charset=utf-8");
    assert!(file.header("cache-control").contains("immutable"));
    assert_eq!(world.get(&browser, "/console/assets/old/style.css").await.header("cache-control"), "no-store");
    let page = world.post(&browser, "/console/theme", "theme=dark&next=/console/elements").await;
    assert_eq!(page.header("location"), "/console/elements");
    let cookie = page.header("set-cookie").split(';').next().unwrap().to_owned();
    let both = crate::support::Browser { cookie: format!("{}; {cookie}", browser.cookie), ..browser };
    assert!(world.get(&both, "/console").await.text.contains("data-theme=\"dark\""));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_definition_is_checked_and_imported() {
    let world = World::new().await;
    let browser = world.enter().await;
    let send = |act: &'static str, document: &str| {
        let form = format!("act={act}&document={}", crate::support::form_urlencoded(document).replace('&', "%26"));
        let (world, browser) = (&world, browser.clone());
        async move { world.post(&browser, "/console/elements/import", &form).await }
    };
    let page = send("check", "{").await;
    assert!(page.status == 400 && page.text.contains("role=\"alert\""), "{}", page.text);
    let page = send("import", "{\"key\": \"x\"}").await;
    assert!(page.status == 400 && page.text.contains("cannot be imported"), "{}", page.text);
    let document = include_str!("../../../examples/elements/oauth-user.json");
    let page = send("check", document).await;
    assert!(page.status == 200 && page.text.contains("The definition can be imported."), "{}", page.text);
    let page = send("import", document).await;
    assert_eq!(page.header("location"), "/console/elements?done=imported", "{}", page.text);
    let element: serde_json::Value = serde_json::from_str(document).unwrap();
    let (key, name) = (element["key"].as_str().unwrap(), element["name"].as_str().unwrap());
    assert!(world.get(&browser, "/console/elements").await.text.contains(name));

    // Access to this element is granted at the service, by a link, and only by a login of this session.
    let form = world.get(&browser, format!("/console/elements/{key}/connect")).await;
    assert!(form.text.contains("Continue to the service") && !form.text.contains("oauth.callback.url"));
    let filled = "name=Mine&set.host=https://service.example&set.oauth.api.key=id&set.oauth.api.secret=hush-hush";
    let page = world.post(&browser, format!("/console/elements/{key}/connect"), filled).await;
    assert!(page.status == 200 && page.text.contains("Grant access"), "{}", page.text);
    assert!(
        page.text.contains("127.0.0.1%3A8088%2Fconsole%2Fgranted") && !page.text.contains("hush-hush"),
        "{}",
        page.text
    );
    let state = page.text.split("state=").nth(1).unwrap().split(['&', '"']).next().unwrap().to_owned();
    for path in
        ["/console/granted", "/console/granted?code=x&state=made-up", "/console/granted?oauth_token=x&oauth_verifier=y"]
    {
        assert_eq!(world.get(&browser, path).await.status, 403, "{path}");
    }
    let other = world.enter().await;
    let denied = format!("/console/granted?error=access_denied&state={state}");
    assert_eq!(world.get(&other, &denied).await.status, 403, "another session");
    let page = world.get(&browser, &denied).await;
    assert!(page.text.contains("access_denied") && page.text.contains("allow the access at the service"));
    assert_eq!(world.get(&browser, &denied).await.status, 403, "a login is used up");
}

#[tokio::test(flavor = "multi_thread")]
async fn settings_change_names_and_keep_secrets() {
    let world = World::new().await;
    let id = world.connect("demo").await;
    let browser = world.enter().await;
    let own = format!("/console/instances/{id}/settings");
    let page = world.get(&browser, &own).await;
    assert!(page.text.contains("value=\"demo\"") && !page.text.contains(crate::support::SECRET));
    let form = "name=renamed&set.brighttalk.api.key=1&set.brighttalk.api.secret=&set.filter.response.nulls=false";
    let page = world.post(&browser, &own, form).await;
    assert_eq!(page.header("location"), format!("/console/instances/{id}?done=saved"), "{}", page.text);
    let page = world.post(&browser, format!("/console/instances/{id}/check"), "").await;
    assert!(page.header("location").ends_with("done=checked"), "the stored secret works");
    let page = world.post(&browser, &own, "name=renamed&set.brighttalk.api.secret=wrong").await;
    assert!(
        page.status >= 400 && page.text.contains("role=\"alert\"") && !page.text.contains("wrong\""),
        "{}",
        page.text
    );
    assert_eq!(world.post(&browser, format!("/console/instances/{id}/login"), "").await.status, 400);
}

#[tokio::test(flavor = "multi_thread")]
async fn calls_are_tried_traced_and_listed() {
    let world = World::new().await;
    let id = world.connect("demo").await;
    let browser = world.enter().await;
    let page = world.get(&browser, "/console/api?search=get+instances+count").await;
    assert!(page.text.contains("/instances/count"), "{}", page.text);
    let page = world.get(&browser, "/console/api/call?method=GET&path=/instances/count").await;
    assert!(page.text.contains("curl &#39;http://127.0.0.1:8088/elements/api-v2/instances/count"), "{}", page.text);
    let page = world.post(&browser, "/console/api/call", "method=GET&path=/instances/count").await;
    assert!(page.text.contains("totalInstances"), "{}", page.text);
    let read = format!("method=GET&path=/channels&instance={id}&query.pageSize=1");
    let page = world.post(&browser, "/console/api/call", &read).await;
    assert!(page.text.contains("channel/") && page.text.contains("Element $ELEMENT_TOKEN"), "{}", page.text);
    let page = world.post(&browser, "/console/api/call", "method=GET&path=/channels").await;
    assert!(page.status >= 400 && page.text.contains("role=\"alert\""), "{}", page.text);
    assert!(page.text.contains("is one of an instance: choose it in the form"), "{}", page.text);
    for wrong in ["", "method=GET&path=/none", "method=BREW&path=/instances"] {
        assert_eq!(world.post(&browser, "/console/api/call", wrong).await.status, 404, "{wrong}");
    }

    let page = world.post(&browser, format!("/console/instances/{id}/traces"), "path=channels").await;
    let page = world.get(&browser, page.header("location")).await;
    assert!(page.text.contains("/v1/my/channels"), "{}", page.text);
    let page = world.get(&browser, format!("/console/instances/{id}/traces?request=none")).await;
    assert!(page.text.contains("No trace found"), "{}", page.text);
    assert!(world.get(&browser, "/console/usage").await.text.contains("No calls"), "recording is off by default");
}

/// Waits until a report is made, and returns its part of the page.
async fn made(world: &World, browser: &crate::support::Browser, own: &str) -> crate::support::Page {
    loop {
        let page = world.get(browser, format!("{own}/progress")).await;
        if !page.text.contains("hx-get") {
            return page;
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_engagement_of_webinars_is_drawn_and_downloaded() {
    let world = World::new().await;
    let id = world.connect("demo").await;
    let browser = world.enter().await;
    let own = format!("/console/instances/{id}/engagement");
    assert!(world.get(&browser, format!("/console/instances/{id}")).await.text.contains("Engagement of webinars"));
    let page = world.get(&browser, &own).await;
    assert!(page.text.contains("Make the report") && page.text.contains("<option value=\"1001\""), "{}", page.text);
    assert_eq!(world.get(&browser, format!("{own}/file")).await.status, 404, "there is no report yet");
    assert_eq!(world.post(&browser, &own, "webcast=10001").await.status, 400);

    let page = world.post(&browser, &own, "channel=1001&webcast=10001").await;
    let address = page.header("location").to_owned();
    assert_eq!(address, format!("{own}?channel=1001&webcast=10001"));
    let part = made(&world, &browser, &own).await;
    assert!(part.text.contains("<svg class=\"picture\"") && part.text.contains("Leads by company"), "{}", part.text);
    let page = world.get(&browser, &address).await;
    assert!(page.text.contains("<svg class=\"picture\"") && page.text.contains("report.css"));
    // Another subject has its own report.
    assert!(!world.get(&browser, format!("{own}?channel=1002")).await.text.contains("<svg class=\"picture\""));
    let file = world.get(&browser, format!("{own}/file")).await;
    assert_eq!(file.header("content-disposition"), "attachment; filename=\"engagement-10001.html\"");
    assert!(file.text.starts_with("<!DOCTYPE html>") && !file.text.contains("@example"));
    // It belongs to the session.
    let other = world.enter().await;
    assert_eq!(world.get(&other, format!("{own}/file")).await.status, 404);

    world.post(&browser, &own, "channel=1002&webcast=10001").await;
    assert!(made(&world, &browser, &own).await.text.contains("channel 1002 has no webinar 10001"));
    world.simulator.add_faults(&json!([{"match": {"path": "*"}, "fault": {"type": "status", "status": 401}}])).unwrap();
    world.post(&browser, &own, "channel=1001").await;
    assert!(made(&world, &browser, &own).await.text.contains("role=\"alert\""));
    let page = world.get(&browser, &own).await;
    assert!(page.status == 200 && page.text.contains("role=\"alert\""));
}

#[tokio::test(flavor = "multi_thread")]
async fn secrets_are_replaced_and_the_session_goes_on() {
    let world = World::new().await;
    let browser = world.enter().await;
    let (user, organization) = world.engine.local_credentials().await.unwrap();
    for wrong in ["which=user", "which=user&grace=1", "which=all&grace=0", "grace=0"] {
        assert_eq!(world.post(&browser, "/console/secrets/rotate", wrong).await.status, 400, "{wrong}");
    }
    let other = world.enter().await;
    let page = world.post(&browser, "/console/secrets/rotate", "which=user&grace=0").await;
    assert_eq!(page.header("location"), "/console/secrets?done=replaced");
    assert!(page.text.is_empty(), "the new secret is shown on request only");
    let browser = world.browser(&page).await;
    assert_eq!(world.get(&other, "/console").await.status, 303, "other browsers sign in again");
    assert_eq!(world.sign_in(&user, &organization).await.status, 401);
    // With a grace both are accepted.
    let page = world.post(&browser, "/console/secrets/rotate", "which=organization&grace=3600").await;
    let browser = world.browser(&page).await;
    let (new_user, new_organization) = world.engine.local_credentials().await.unwrap();
    assert!(new_user.expose() != user.expose() && new_organization.expose() != organization.expose());
    let page = world.post(&browser, "/console/secrets", "").await;
    assert!(page.text.contains(new_user.expose()) && page.text.contains(new_organization.expose()));
    for secret in [&organization, &new_organization] {
        assert_eq!(world.sign_in(&new_user, secret).await.status, 303);
    }
}
