//! A plain client of the simulator, and a minimal XML parser for its pages.
#![allow(dead_code, clippy::unwrap_used, clippy::expect_used)]

use std::time::Duration;

use brighttalk_sim::{Config, Simulator};

pub const SECRET: &str = "0123456789ABCDEF0123456789ABCDEF";

/// An element.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Node {
    pub name: String,
    pub attributes: Vec<(String, String)>,
    pub children: Vec<Node>,
    pub text: String,
    /// Its original text.
    pub raw: String,
}

impl Node {
    /// Parses a document that the simulator wrote without faults and quirks.
    pub fn parse(document: &str) -> Self {
        let start = document.find("?>").map_or(0, |end| end + 2);
        let mut at = start + document[start..].find('<').unwrap();
        Self::read(document, &mut at)
    }

    fn read(text: &str, at: &mut usize) -> Self {
        let begin = *at;
        let end = begin + text[begin..].find('>').unwrap();
        let tag = text[begin + 1..end].trim_end_matches('/');
        let (name, attributes) = tag.split_once(' ').unwrap_or((tag, ""));
        let mut node = Self { name: name.trim().to_owned(), ..Self::default() };
        let mut rest = attributes.trim();
        while let Some((key, value)) = rest.split_once("=\"") {
            let (value, behind) = value.split_once('"').unwrap();
            node.attributes.push((key.trim().to_owned(), decoded(value)));
            rest = behind;
        }
        *at = end + 1;
        if !text[begin..end].ends_with('/') {
            let content = *at;
            loop {
                let next = *at + text[*at..].find('<').unwrap();
                if text[next..].starts_with("</") {
                    if node.children.is_empty() {
                        node.text = decoded(&text[content..next]);
                    }
                    *at = next + text[next..].find('>').unwrap() + 1;
                    break;
                }
                *at = next;
                node.children.push(Self::read(text, at));
            }
        }
        text[begin..*at].clone_into(&mut node.raw);
        node
    }

    pub fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// Returns an attribute or the text of an element, by a path such as `user/@id`.
    pub fn get(&self, path: &str) -> Option<&str> {
        let mut node = self;
        for step in path.split('/') {
            if let Some(attribute) = step.strip_prefix('@') {
                return node.attribute(attribute);
            }
            node = node.child(step)?;
        }
        Some(&node.text)
    }

    pub fn child(&self, name: &str) -> Option<&Node> {
        self.children.iter().find(|child| child.name == name)
    }

    pub fn id(&self) -> u64 {
        self.number("@id")
    }

    pub fn number(&self, path: &str) -> u64 {
        self.get(path).unwrap().parse().unwrap()
    }

    /// Returns the records of a page, and the cursor in its `next` link.
    pub fn page(self) -> (Vec<Node>, Option<String>) {
        let (links, records): (Vec<_>, Vec<_>) = self.children.into_iter().partition(|child| child.name == "link");
        let next = links.iter().find(|link| link.attribute("rel") == Some("next"));
        let cursor = next.map(|link| cursor_of(link.attribute("href").unwrap()));
        (records, cursor)
    }
}

pub fn cursor_of(href: &str) -> String {
    let query = href.split_once('?').unwrap().1;
    let value = query.split('&').find_map(|pair| pair.strip_prefix("cursor="));
    value.unwrap().to_owned()
}

fn decoded(text: &str) -> String {
    text.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"").replace("&apos;", "'").replace("&amp;", "&")
}

/// A plain HTTP client.
pub struct Client {
    pub http: reqwest::Client,
    pub origin: String,
    pub key: String,
}

/// A response.
pub struct Answer {
    pub status: u16,
    pub headers: http::HeaderMap,
    pub body: String,
}

impl Client {
    pub fn new(simulator: &Simulator) -> Self {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let http = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).no_gzip();
        let http = http.timeout(Duration::from_secs(60)).build().unwrap();
        Self { http, origin: simulator.url(), key: "1".to_owned() }
    }

    pub fn request(&self, path: &str) -> reqwest::RequestBuilder {
        self.http.get(format!("{}{path}", self.origin)).basic_auth(&self.key, Some(SECRET))
    }

    pub async fn get(&self, path: &str) -> Answer {
        let answer = self.request(path).send().await.unwrap();
        let (status, headers) = (answer.status().as_u16(), answer.headers().clone());
        Answer { status, headers, body: answer.text().await.unwrap() }
    }

    /// Returns a page that must exist.
    pub async fn page(&self, path: &str) -> Node {
        let answer = self.get(path).await;
        assert_eq!(answer.status, 200, "{path}: {}", answer.body);
        Node::parse(&answer.body)
    }

    /// Returns the newest records of a list, page by page; filters are sent with each page.
    pub async fn records(&self, path: &str, filters: &str, size: usize, most: usize) -> Vec<Node> {
        let mut found = Vec::new();
        let mut cursor = String::new();
        loop {
            let (records, next) = self.page(&format!("{path}?pageSize={size}{filters}{cursor}")).await.page();
            found.extend(records);
            match next {
                Some(next) if found.len() < most => cursor = format!("&cursor={next}"),
                _ => return found,
            }
        }
    }

    /// Returns the exact number of records of a list.
    pub async fn count(&self, list: &str) -> u64 {
        let list = list.replace('&', "%26").replace('?', "%3F");
        let answer = self.get(&format!("/__sim/stats?list={list}")).await;
        let json: serde_json::Value = serde_json::from_str(&answer.body).unwrap();
        json["count"].as_u64().unwrap_or_else(|| panic!("{list}: {json}"))
    }

    pub async fn admin(&self, method: http::Method, path: &str, body: serde_json::Value) -> serde_json::Value {
        let request = self.http.request(method, format!("{}/__sim/{path}", self.origin)).body(body.to_string());
        let answer = request.send().await.unwrap();
        assert_eq!(answer.status().as_u16(), 200, "{path}");
        serde_json::from_str(&answer.text().await.unwrap()).unwrap()
    }
}

/// Starts a simulator with its client.
pub async fn start(config: Config) -> (Simulator, Client) {
    let simulator = Simulator::start(config).await.unwrap();
    let client = Client::new(&simulator);
    (simulator, client)
}
