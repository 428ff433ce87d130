//! A console over an engine, whose vendor is simulated.

use std::collections::BTreeMap;
use std::net::IpAddr;

use brighttalk_sim::{Config, Simulator};
use elementkit::auth::Secret;
use elementkit::engine::{Bootstrap, Engine, EngineOptions};
use elementkit::model::NewInstance;
use elementkit::server::{Site, Visit};
use elementkit::{Platform, body};
use elementkit_console::{Console, ConsoleOptions};
use http::{HeaderMap, Method, Request};
use http_body_util::BodyExt;

pub const HOST: &str = "127.0.0.1:8088";

pub struct World {
    pub engine: Engine,
    pub console: Console,
    pub simulator: Simulator,
    _folder: tempfile::TempDir,
}

/// A response, read to its end.
pub struct Page {
    pub status: u16,
    pub headers: HeaderMap,
    pub text: String,
}

impl Page {
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    /// Returns the text between two others.
    pub fn between(&self, before: &str, after: &str) -> String {
        let rest = self.text.split_once(before).unwrap_or_else(|| panic!("no {before:?} in {}", self.text)).1;
        rest.split_once(after).unwrap().0.to_owned()
    }
}

/// A request to make.
#[derive(Clone)]
pub struct Ask {
    pub method: Method,
    pub path: String,
    pub headers: BTreeMap<&'static str, String>,
    pub body: String,
    pub peer: IpAddr,
}

impl Ask {
    pub fn new(method: Method, path: impl Into<String>) -> Self {
        let headers = BTreeMap::from([("host", HOST.to_owned())]);
        Self { method, path: path.into(), headers, body: String::new(), peer: IpAddr::from([127, 0, 0, 1]) }
    }

    pub fn get(path: impl Into<String>) -> Self {
        Self::new(Method::GET, path)
    }

    /// A form of an own page.
    pub fn post(path: impl Into<String>, form: &str) -> Self {
        let ask = Self::new(Method::POST, path).with("origin", format!("http://{HOST}"));
        Self { body: form.to_owned(), ..ask.with("content-type", "application/x-www-form-urlencoded") }
    }

    pub fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.insert(name, value.into());
        self
    }

    pub fn without(mut self, name: &str) -> Self {
        self.headers.remove(name);
        self
    }
}

/// A browser in which somebody is signed in.
#[derive(Clone)]
pub struct Browser {
    pub cookie: String,
    pub csrf: String,
}

impl World {
    pub async fn new() -> Self {
        let simulator = Simulator::start(Config { subscribers: 60, ..Config::default() }).await.unwrap();
        let folder = tempfile::tempdir().unwrap();
        let mut options = EngineOptions::new(folder.path().join("console.db"));
        options.vendor_urls.insert("brighttalk".to_owned(), simulator.url());
        let engine = Engine::open(options).await.unwrap();
        Self { engine, console: Console::new(ConsoleOptions::default()), simulator, _folder: folder }
    }

    pub async fn send(&self, ask: Ask) -> Page {
        self.send_to(&self.console, ask, false).await
    }

    pub async fn send_to(&self, console: &Console, ask: Ask, is_https: bool) -> Page {
        let mut request = Request::builder().method(ask.method).uri(&ask.path);
        for (name, value) in &ask.headers {
            request = request.header(*name, value);
        }
        let request = request.body(body::full(ask.body)).unwrap();
        let visit = Visit { request, peer: ask.peer, is_https };
        let (parts, body) = console.respond(self.engine.clone(), visit).await.into_parts();
        let bytes = body.collect().await.map(|body| body.to_bytes()).unwrap_or_default();
        let text = String::from_utf8_lossy(&bytes).into_owned();
        Page { status: parts.status.as_u16(), headers: parts.headers, text }
    }

    /// Signs the first user in by a link that works once.
    pub async fn enter(&self) -> Browser {
        let link = self.console.one_time_link("").unwrap();
        let page = self.send(Ask::get(link)).await;
        self.browser(&page).await
    }

    /// Returns the browser that a response signed in.
    pub async fn browser(&self, page: &Page) -> Browser {
        assert_eq!(page.status, 303, "{}", page.text);
        let cookie = page.header("set-cookie").split(';').next().unwrap().to_owned();
        let home = self.send(Ask::get("/console").with("cookie", cookie.clone())).await;
        Browser { cookie, csrf: home.between("name=\"csrf\" value=\"", "\"") }
    }

    pub async fn get(&self, browser: &Browser, path: impl Into<String>) -> Page {
        self.send(Ask::get(path).with("cookie", browser.cookie.clone())).await
    }

    pub async fn post(&self, browser: &Browser, path: impl Into<String>, form: &str) -> Page {
        let form = format!("csrf={}&{form}", browser.csrf);
        self.send(Ask::post(path, &form).with("cookie", browser.cookie.clone())).await
    }

    /// Returns the platform of the first user.
    pub async fn platform(&self) -> Platform {
        let (user, organization) = self.engine.local_credentials().await.unwrap();
        Platform::of_engine(&self.engine, user, organization)
    }

    /// Connects the simulated vendor, and returns the id of the instance.
    pub async fn connect(&self, name: &str) -> i64 {
        let new = NewInstance::of("brighttalk").named(name);
        let new = new.set("brighttalk.api.key", "1").set("brighttalk.api.secret", SECRET);
        self.platform().await.instances().create(&new).await.unwrap().id().unwrap()
    }

    /// Creates another organization, and returns the secrets of its user and its own.
    pub async fn other_organization(&self) -> (Secret, Secret) {
        let other = self.engine.create_organization("Other", &Bootstrap::default()).await.unwrap();
        (other.user_secret, other.organization_secret)
    }

    /// Signs in with secrets.
    pub async fn sign_in(&self, user: &Secret, organization: &Secret) -> Page {
        let encoded = |secret: &Secret| form_urlencoded(secret.expose());
        let form = format!("user={}&organization={}", encoded(user), encoded(organization));
        self.send(Ask::post("/console/sign-in", &form)).await
    }
}

/// Encodes what secrets contain.
pub fn form_urlencoded(text: &str) -> String {
    text.replace('%', "%25").replace('+', "%2B").replace('=', "%3D").replace('/', "%2F")
}

pub const SECRET: &str = "0123456789ABCDEF0123456789ABCDEF";
