//! A small vendor with its lists in memory: channels that appear and disappear, lists that are refused, records in
//! several lists.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};

use elementkit::record::parse_iso;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// Data of the vendor.
#[derive(Default)]
pub struct Lists {
    /// The clock, a date.
    pub now: String,
    /// Channels in the key's own list.
    pub channels: BTreeSet<u64>,
    /// Records by the path of their list below `/v1/`.
    pub records: BTreeMap<String, Vec<Entry>>,
    /// Status and code for these paths.
    pub refused: BTreeMap<String, (u16, &'static str)>,
    /// Requested paths with their queries.
    pub asked: Vec<String>,
}

/// A record.
#[derive(Clone)]
pub struct Entry {
    pub id: u64,
    /// Time of its last change.
    pub at: String,
}

pub fn entry(id: u64, at: &str) -> Entry {
    Entry { id, at: at.to_owned() }
}

/// The vendor on a port, until the test's runtime ends.
#[derive(Clone)]
pub struct Vendor {
    pub url: String,
    lists: Arc<Mutex<Lists>>,
}

impl Vendor {
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let lists = Arc::new(Mutex::new(Lists { now: "2027-01-15T07:00:00Z".to_owned(), ..Lists::default() }));
        let vendor = Self { url, lists };
        let answering = vendor.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(answering.clone().answer(stream));
            }
        });
        vendor
    }

    /// Changes its data.
    pub fn change<T>(&self, change: impl FnOnce(&mut Lists) -> T) -> T {
        change(&mut self.lists.lock().unwrap())
    }

    /// Returns the paths that were requested since the last call.
    pub fn asked(&self) -> Vec<String> {
        self.change(|lists| std::mem::take(&mut lists.asked))
    }

    async fn answer(self, mut stream: TcpStream) {
        let mut head = Vec::new();
        let mut buffer = [0; 4096];
        while !head.windows(4).any(|end| end == b"\r\n\r\n") {
            match stream.read(&mut buffer).await {
                Ok(read) if read > 0 => head.extend_from_slice(&buffer[..read]),
                _ => return,
            }
        }
        let head = String::from_utf8_lossy(&head).into_owned();
        let target = head.split(' ').nth(1).unwrap_or_default().to_owned();
        let (status, body, now) = self.change(|lists| {
            lists.asked.push(target.clone());
            let (status, body) = lists.page(&target);
            (status, body, lists.now.clone())
        });
        let date =
            jiff::fmt::rfc2822::DateTimePrinter::new().timestamp_to_rfc9110_string(&now.parse().unwrap()).unwrap();
        let answer = format!(
            "HTTP/1.1 {status} X\r\nContent-Type: application/xml\r\nDate: {date}\r\nContent-Length: {}\r\n\
             Connection: close\r\n\r\n{body}",
            body.len()
        );
        let _ = stream.write_all(answer.as_bytes()).await;
    }
}

impl Lists {
    /// Sets records of a list, all changed at one time.
    pub fn set(&mut self, path: &str, at: &str, ids: impl IntoIterator<Item = u64>) {
        self.records.insert(path.to_owned(), ids.into_iter().map(|id| entry(id, at)).collect());
    }

    fn page(&self, target: &str) -> (u16, String) {
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let path = path.strip_prefix("/v1/").unwrap_or(path);
        if let Some((status, code)) = self.refused.get(path) {
            return (*status, format!("<error><code>{code}</code><message>refused</message></error>"));
        }
        if path == "my/channels" {
            let one =
                |id: &u64| format!("<channel id=\"{id}\"><name>C</name>{}</channel>", dates("2024-01-01T00:00:00Z"));
            return (200, format!("<channels>{}</channels>", self.channels.iter().map(one).collect::<String>()));
        }
        let channel = path.split('/').nth(1).and_then(|id| id.parse::<u64>().ok()).unwrap_or_default();
        if path.starts_with("channel/") && !self.channels.contains(&channel) {
            return (400, "<error><code>ChannelNotFound</code></error>".to_owned());
        }
        // Without a code: no caller may depend on it.
        let Some(records) = self.records.get(path) else { return (404, String::new()) };
        let since = |name: &str| {
            let value = query.split('&').find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='));
            value.map(|value| value.replace("%3A", ":"))
        };
        let since = since("since").or(since("subscribedSince")).or(since("unsubscribedSince"));
        let since = since.and_then(|date| parse_iso(&date)).unwrap_or(i64::MIN);
        let left = query.contains("unsubscribedSince");
        let mut records: Vec<&Entry> =
            records.iter().filter(|record| !left && parse_iso(&record.at).unwrap_or(0) > since).collect();
        records.sort_by_key(|record| std::cmp::Reverse((parse_iso(&record.at), record.id)));
        let size: usize = number(query, "pageSize").unwrap_or(50);
        let start: usize = number(query, "cursor").unwrap_or(0);
        let (root, _) = names(path);
        let mut body: String = records.iter().skip(start).take(size).map(|record| record.xml(path)).collect();
        if start + size < records.len() {
            body += &format!("<link rel=\"next\" href=\"http://x.test/?cursor={}\"/>", start + size);
        }
        (200, format!("<{root}>{body}</{root}>"))
    }
}

impl Entry {
    fn xml(&self, path: &str) -> String {
        let Self { id, at } = self;
        let user = format!("<user id=\"9{id}\"><email>p{id}@example.org</email></user>");
        let (_, name) = names(path);
        let webcast = path.split('/').nth(3).and_then(|id| id.parse::<u64>().ok()).unwrap_or(500);
        let body = match name {
            "channelSubscriber" => format!("<lastSubscribed>{at}</lastSubscribed>{user}"),
            "webcast" => format!("<title>T</title>{}", dates(at)),
            "survey" => "<active>true</active>".to_owned(),
            "surveyResponse" => format!("{user}{}", dates(at)),
            _ => format!("<webcast id=\"{webcast}\"/>{user}{}", dates(at)),
        };
        format!("<{name} id=\"{id}\">{body}</{name}>")
    }
}

fn number(query: &str, name: &str) -> Option<usize> {
    query.split('&').find_map(|pair| pair.strip_prefix(name)?.strip_prefix('=')?.parse().ok())
}

fn dates(at: &str) -> String {
    format!("<created>2024-01-01T00:00:00Z</created><lastUpdated>{at}</lastUpdated>")
}

/// Returns the element names of the root and of a record of a list, or of a single record.
fn names(path: &str) -> (&'static str, &'static str) {
    match path.rsplit('/').next().unwrap_or_default() {
        "subscribers" => ("channelSubscribers", "channelSubscriber"),
        "webcasts" => ("webcasts", "webcast"),
        "registrations" => ("webcastRegistrations", "webcastRegistration"),
        "webcast_viewings" | "viewings" => ("webcastViewings", "webcastViewing"),
        "subscribers_webcast_activity" => ("subscribersWebcastActivity", "subscriberWebcastActivity"),
        "surveys" => ("surveys", "survey"),
        "responses" => ("surveyResponses", "surveyResponse"),
        other => panic!("no list {other}"),
    }
}
