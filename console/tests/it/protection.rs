//! Every page against everybody who must not use it. The tests go through the table of pages, so that a new one is
//! tested too.

use std::time::Duration;

use elementkit_console::{Console, ConsoleOptions, RouteInfo, routes};
use http::Method;

use crate::support::{Ask, Browser, HOST, World, form_urlencoded};

/// Returns the path of a page with values for its variables, those of this instance and job.
fn path(route: &RouteInfo, instance: i64, job: &str) -> String {
    let path = route.path.replace("{id}", &instance.to_string()).replace("{job}", job).replace("{key}", "brighttalk");
    let path = path.replace("{version}", "0").replace("{name}", "style.css");
    assert!(!path.contains('{'), "{path} needs a value");
    format!("/console{path}")
}

fn ask(route: &RouteInfo, path: &str, form: &str) -> Ask {
    if *route.method == Method::GET { Ask::get(path) } else { Ask::post(path, form) }
}

async fn world() -> (World, i64, String, Browser) {
    let world = World::new().await;
    let instance = world.connect("mine").await;
    let handle = world.platform().await.instances().get(instance).await.unwrap();
    let job = handle.bulk().query("select * from channels").await.unwrap();
    job.wait().await.unwrap();
    let (id, browser) = (job.id().to_owned(), world.enter().await);
    (world, instance, id, browser)
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_without_a_session_sees_or_changes_anything() {
    let (world, instance, job, _) = world().await;
    for route in routes().filter(|route| route.needs_session) {
        for cookie in ["", "elementkit-console-8088=made-up", "__Host-elementkit=made-up"] {
            let path = path(&route, instance, &job);
            let page = world.send(ask(&route, &path, "csrf=x&name=mine").with("cookie", cookie)).await;
            assert_eq!(page.status, 303, "{path}");
            assert!(page.header("location").starts_with("/console/sign-in"), "{path}: {}", page.header("location"));
            assert!(page.text.is_empty(), "{path}");
        }
    }
    let handle = world.platform().await.instances().get(instance).await.unwrap();
    assert!(!handle.details().unwrap().disabled);
}

#[tokio::test(flavor = "multi_thread")]
async fn forms_of_other_pages_change_nothing() {
    let (world, instance, job, browser) = world().await;
    let token = world.platform().await.instances().get(instance).await.unwrap().token();
    for route in routes().filter(|route| *route.method != Method::GET) {
        let path = path(&route, instance, &job);
        let form = format!("csrf={}&name=mine", browser.csrf);
        let own = Ask::post(&path, &form).with("cookie", browser.cookie.clone());
        let foreign = [
            own.clone().with("origin", "https://evil.example"),
            own.clone().with("origin", "null"),
            own.clone().with("origin", "http://127.0.0.1:9999"),
            own.clone().without("origin"),
            own.clone().with("sec-fetch-site", "cross-site"),
            own.clone().with("sec-fetch-site", "same-site"),
            own.clone().with("sec-fetch-site", "none"),
        ];
        for ask in foreign {
            assert_eq!(world.send(ask).await.status, 403, "{path}");
        }
        for value in ["", "0", &"0".repeat(browser.csrf.len())] {
            if route.needs_session {
                let ask = Ask::post(&path, &format!("csrf={value}&name=mine")).with("cookie", browser.cookie.clone());
                assert_eq!(world.send(ask).await.status, 403, "{path}");
            }
        }
    }
    let handle = world.platform().await.instances().get(instance).await.unwrap();
    assert!(!handle.details().unwrap().disabled && handle.token().expose() == token.expose());
    assert_eq!(world.get(&browser, "/console").await.status, 200, "the session has not ended");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_form_has_the_value_of_its_own_session() {
    let (world, instance, _, browser) = world().await;
    let other = world.enter().await;
    let form = format!("csrf={}", other.csrf);
    let ask = Ask::post(format!("/console/instances/{instance}/disable"), &form).with("cookie", browser.cookie);
    assert_eq!(world.send(ask).await.status, 403);
}

#[tokio::test(flavor = "multi_thread")]
async fn another_organization_finds_nothing() {
    let (world, instance, job, _) = world().await;
    let (user, organization) = world.other_organization().await;
    let page = world.sign_in(&user, &organization).await;
    let other = world.browser(&page).await;
    for route in routes().filter(|route| route.path.contains("{id}")) {
        let path = path(&route, instance, &job);
        let form = format!("csrf={}&name=mine", other.csrf);
        let page = world.send(ask(&route, &path, &form).with("cookie", other.cookie.clone())).await;
        assert_eq!(page.status, 404, "{path}");
        assert!(!page.text.contains("mine"), "{path}");
    }
    for path in ["/console", "/console/instances", "/console/running"] {
        assert!(!world.get(&other, path).await.text.contains("mine"), "{path}");
    }
    let handle = world.platform().await.instances().get(instance).await.unwrap();
    assert!(!handle.details().unwrap().disabled);
}

#[tokio::test(flavor = "multi_thread")]
async fn names_that_resolve_to_this_server_open_nothing() {
    let (world, instance, job, browser) = world().await;
    for route in routes() {
        let path = path(&route, instance, &job);
        for host in ["evil.example", "evil.example:8088", "127.0.0.1.evil.example:8088", "192.168.0.7:8088", ""] {
            let ask = ask(&route, &path, &format!("csrf={}", browser.csrf)).with("cookie", browser.cookie.clone());
            let page = world.send(ask.with("host", host).with("origin", format!("http://{host}"))).await;
            assert_eq!(page.status, 403, "{path} {host}");
        }
        let ask = ask(&route, &path, "").without("host");
        assert_eq!(world.send(ask).await.status, 403, "{path}");
    }
    // The names of a server are an option.
    let hosts = Some(vec!["console.example".to_owned()]);
    let console = Console::new(ConsoleOptions { hosts, ..ConsoleOptions::default() });
    let named = |host: &str| Ask::get("/console/sign-in").with("host", host);
    assert_eq!(world.send_to(&console, named("console.example"), true).await.status, 200);
    assert_eq!(world.send_to(&console, named("evil.example"), true).await.status, 403);
}

#[tokio::test(flavor = "multi_thread")]
async fn every_response_protects_its_page() {
    let (world, instance, job, browser) = world().await;
    let paths = routes().map(|route| (route, path(&route, instance, &job)));
    for (route, path) in paths.filter(|(route, _)| !route.path.contains("sign-out")) {
        let form = format!("csrf={}&name=another", browser.csrf);
        for cookie in [browser.cookie.as_str(), ""] {
            let page = world.send(ask(&route, &path, &form).with("cookie", cookie)).await;
            let policy = page.header("content-security-policy");
            for rule in ["default-src 'none'", "script-src 'self'", "style-src 'self'", "frame-ancestors 'none'"] {
                assert!(policy.contains(rule), "{path}");
            }
            assert!(!policy.contains("unsafe") && !policy.contains("http"), "{path}");
            assert_eq!(page.header("x-frame-options"), "DENY", "{path}");
            assert_eq!(page.header("x-content-type-options"), "nosniff", "{path}");
            assert_eq!(page.header("referrer-policy"), "same-origin", "{path}");
            if !route.path.starts_with("/assets") {
                assert_eq!(page.header("cache-control"), "no-store", "{path}");
            }
            if page.header("content-type").starts_with("text/html") {
                assert_plain(&path, &page.text);
            }
        }
    }
}

/// Checks that a page needs nothing that its policy forbids, and nothing of other servers.
fn assert_plain(path: &str, text: &str) {
    assert!(!text.contains(" style=") && !text.contains("<style") && !text.contains("javascript:"), "{path}");
    for (at, _) in text.match_indices(" on") {
        let name = text[at + 3..].find(|letter: char| !letter.is_ascii_lowercase()).unwrap_or_default();
        assert!(name == 0 || !text[at + 3 + name..].starts_with('='), "{path}: {}", &text[at..at + 20]);
    }
    for (at, _) in text.match_indices("<script") {
        assert!(text[at..].starts_with("<script src=\"/console/assets/"), "{path}");
    }
    for attribute in ["src=\"", "href=\"", "action=\""] {
        for (at, _) in text.match_indices(attribute) {
            let target = &text[at + attribute.len()..];
            assert!(target.starts_with(['/', '#', '?']) && !target.starts_with("//"), "{path}: {}", &target[..20]);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn secrets_are_on_no_page_until_they_are_asked_for() {
    let (world, instance, job, browser) = world().await;
    let (user, organization) = world.engine.local_credentials().await.unwrap();
    let token = world.platform().await.instances().get(instance).await.unwrap().token();
    for route in routes().filter(|route| *route.method == Method::GET) {
        let page = world.get(&browser, path(&route, instance, &job)).await;
        for secret in [user.expose(), organization.expose(), token.expose(), crate::support::SECRET] {
            assert!(!page.text.contains(secret), "{}", route.path);
        }
    }
    let page = world.post(&browser, format!("/console/instances/{instance}/token"), "").await;
    assert_eq!((page.status, page.header("cache-control")), (200, "no-store"));
    assert!(page.text.contains(token.expose()), "the token is shown");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_signs_in_once() {
    let world = World::new().await;
    let link = world.console.one_time_link("http://127.0.0.1:8088").unwrap();
    let path = link.strip_prefix("http://127.0.0.1:8088").unwrap();
    assert_eq!(world.send(Ask::get(path).with("host", "evil.example")).await.status, 403);
    let page = world.send(Ask::get(path)).await;
    assert_eq!((page.status, page.header("location")), (303, "/console"));
    let cookie = page.header("set-cookie");
    assert!(cookie.contains("HttpOnly") && cookie.contains("SameSite=Lax"), "{cookie}");
    let again = world.send(Ask::get(path)).await;
    assert_eq!(again.status, 403);
    assert!(again.header("set-cookie").is_empty() && again.text.contains("elementkit console"));
    for key in ["", "?key=", "?key=0", "?key=made-up"] {
        assert_eq!(world.send(Ask::get(format!("/console/enter{key}"))).await.status, 403);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn cookies_of_tls_are_of_this_host_alone() {
    let world = World::new().await;
    let link = world.console.one_time_link("").unwrap();
    let page = world.send_to(&world.console, Ask::get(link), true).await;
    let cookie = page.header("set-cookie");
    assert!(cookie.starts_with("__Host-elementkit=") && cookie.contains("; Path=/;") && cookie.contains("; Secure"));
    assert!(!cookie.contains("Domain"));
}

#[tokio::test(flavor = "multi_thread")]
async fn sessions_end() {
    let mut world = World::new().await;
    let browser = world.enter().await;
    let page = world.post(&browser, "/console/sign-out", "").await;
    assert_eq!(page.header("location"), "/console/sign-in");
    assert!(page.header("set-cookie").contains("Max-Age=0"));
    assert_eq!(world.get(&browser, "/console").await.status, 303);

    world.console = Console::new(ConsoleOptions { idle: Duration::from_millis(300), ..ConsoleOptions::default() });
    let browser = world.enter().await;
    tokio::time::sleep(Duration::from_millis(350)).await;
    let page = world.get(&browser, "/console/instances").await;
    assert_eq!(page.header("location"), "/console/sign-in?next=%2Fconsole%2Finstances");
    // A script that asks for a part of a page leaves it as a whole.
    let part = Ask::get("/console/running").with("cookie", browser.cookie).with("hx-request", "true");
    let page = world.send(part).await;
    assert_eq!((page.status, page.header("hx-redirect")), (200, "/console/sign-in?next=%2Fconsole%2Frunning"));
}

#[tokio::test(flavor = "multi_thread")]
async fn guessing_is_throttled() {
    let world = World::new().await;
    let (user, organization) = world.engine.local_credentials().await.unwrap();
    let wrong = "user=wrong&organization=wrong";
    for _ in 0..10 {
        assert_eq!(world.send(Ask::post("/console/sign-in", wrong)).await.status, 401);
    }
    let page = world.send(Ask::post("/console/sign-in", wrong)).await;
    assert_eq!(page.status, 429);
    assert!(page.header("retry-after").parse::<u64>().is_ok());
    // The right secrets have to wait too, and another address does not.
    assert_eq!(world.sign_in(&user, &organization).await.status, 429);
    let mut other = Ask::post(
        "/console/sign-in",
        &format!("user={}&organization={}", form_urlencoded(user.expose()), form_urlencoded(organization.expose())),
    );
    other.peer = [127, 0, 0, 2].into();
    assert_eq!(world.send(other).await.status, 303);
}

#[tokio::test(flavor = "multi_thread")]
async fn signing_in_leads_to_own_pages_only() {
    let world = World::new().await;
    let (user, organization) = world.engine.local_credentials().await.unwrap();
    let secrets =
        format!("user={}&organization={}", form_urlencoded(user.expose()), form_urlencoded(organization.expose()));
    for (next, leads) in [
        ("/console/instances", "/console/instances"),
        ("//evil.example", "/console"),
        ("https://evil.example/console", "/console"),
        ("/elements/api-v2", "/console"),
    ] {
        let page = world.send(Ask::post("/console/sign-in", &format!("{secrets}&next={next}"))).await;
        assert_eq!((page.status, page.header("location")), (303, leads));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_sign_in_ends_the_old_session() {
    let world = World::new().await;
    let browser = world.enter().await;
    let link = world.console.one_time_link("").unwrap();
    let page = world.send(Ask::get(link).with("cookie", browser.cookie.clone())).await;
    assert_eq!(page.status, 303);
    assert_eq!(world.get(&browser, "/console").await.status, 303, "the key that a stranger may have set is of no use");
}

#[tokio::test(flavor = "multi_thread")]
async fn other_methods_and_paths_are_refused() {
    let world = World::new().await;
    let browser = world.enter().await;
    let ask = |method: Method, path: &str| {
        Ask::new(method, path).with("origin", format!("http://{HOST}")).with("cookie", browser.cookie.clone())
    };
    assert_eq!(world.send(ask(Method::DELETE, "/console/instances")).await.status, 405);
    assert_eq!(world.send(ask(Method::POST, "/console/instances")).await.status, 405);
    for path in
        ["/console/none", "/console/instances/1/none", "/console/assets/0/../../etc/passwd", "/console/instances/x"]
    {
        assert_eq!(world.send(ask(Method::GET, path)).await.status, 404, "{path}");
    }
    let head = world.send(ask(Method::HEAD, "/console")).await;
    assert_eq!(head.status, 200);
}
