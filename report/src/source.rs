//! Reading what a report needs: the lists of an instance that is about webinars, and the fields that count.
//!
//! An instance is about webinars if it offers these lists with these fields, whichever element it is of.

use std::collections::HashSet;
use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};

use elementkit::query::field;
use elementkit::{Error, ErrorKind, InstanceHandle, Records, Result};
use futures::{StreamExt, TryStreamExt};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer};
use serde_json::Value;

use crate::figures::Engagement;
use crate::tally::Tally;

/// Path of the list that an instance about webinars has, without a slash at the beginning.
pub const LIST: &str = "channels/{channelId}/webcasts/{webcastId}/activities";
/// Records of a page: fewer calls than with the default of the platform.
const PAGE: u32 = 1000;
/// Largest number of surveys of a channel that are read.
const SURVEYS: usize = 1000;
/// Largest number of webinars of a channel that are named.
const WEBCASTS: usize = 100_000;

/// Id of a record, a number or a text.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Deserialize)]
#[serde(untagged)]
pub(crate) enum Id {
    Number(i64),
    Text(String),
}

impl fmt::Display for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number(number) => write!(f, "{number}"),
            Self::Text(text) => f.write_str(text),
        }
    }
}

/// Subject of a report.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scope {
    /// Id of the channel.
    pub channel: String,
    /// Id of the webinar; `None` for all of the channel.
    pub webcast: Option<String>,
}

impl Scope {
    /// Returns the path of a list of the subject.
    fn list(&self, name: &str) -> String {
        let channel = segment(&self.channel);
        match &self.webcast {
            Some(webcast) => format!("channels/{channel}/webcasts/{}/{name}", segment(webcast)),
            None => format!("channels/{channel}/{name}"),
        }
    }

    fn of_channel(&self, name: &str) -> String {
        format!("channels/{}/{name}", segment(&self.channel))
    }
}

/// Number of records read so far.
#[derive(Debug, Default)]
pub struct Progress(AtomicU64);

impl Progress {
    /// Returns the number.
    pub fn records(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }

    fn add(&self, records: usize) {
        self.0.fetch_add(records as u64, Ordering::Relaxed);
    }
}

#[derive(Debug, Deserialize)]
pub(crate) struct Channel {
    pub name: Option<String>,
}

/// A webinar of a channel.
#[derive(Clone, Debug, Deserialize)]
pub struct Webcast {
    pub(crate) id: Id,
    /// Title.
    pub title: Option<String>,
    /// Scheduled start.
    pub start: Option<String>,
    /// Length in seconds.
    #[serde(default, deserialize_with = "seconds")]
    pub duration: Option<u64>,
}

impl Webcast {
    /// Returns its id.
    pub fn id(&self) -> String {
        self.id.to_string()
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct Activity {
    pub webcast_id: Option<Id>,
    pub company_name: Option<String>,
    pub country: Option<String>,
    pub preregistered: Option<bool>,
    pub total_viewings: Option<u64>,
    pub live_viewings: Option<u64>,
    #[serde(deserialize_with = "seconds")]
    pub live_viewing_duration: Option<u64>,
    pub recorded_viewings: Option<u64>,
    #[serde(deserialize_with = "seconds")]
    pub recorded_viewing_duration: Option<u64>,
    pub survey_responses: Option<Vec<Response>>,
}

impl Activity {
    const FIELDS: &str = "webcastId,companyName,country,preregistered,totalViewings,liveViewings,liveViewingDuration,\
                          recordedViewings,recordedViewingDuration,surveyResponses";
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct Response {
    pub survey_id: Option<Id>,
    pub questions: Option<Vec<Answered>>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Answered {
    pub id: Id,
    #[serde(default)]
    pub answers: Option<Vec<String>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Registration {
    pub created: Option<String>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Survey {
    pub id: Id,
    #[serde(default)]
    pub questions: Option<Vec<Asked>>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Asked {
    pub id: Id,
    #[serde(rename = "type", default)]
    pub kind: Option<String>,
    #[serde(default)]
    pub text: Option<String>,
    #[serde(default)]
    pub options: Option<Vec<String>>,
}

/// Returns the webinars of a channel, at most so many, in the order of the service.
///
/// # Errors
/// Those of the platform, and of the service.
pub async fn webcasts(instance: &InstanceHandle, channel: &str, most: usize) -> Result<Vec<Webcast>> {
    let list = instance.records(format!("channels/{}/webcasts", segment(channel))).fields("id,title,start,duration");
    some(list.page_size(PAGE), most).await
}

/// Reads the records of a webinar or a channel, and returns their figures.
///
/// # Errors
/// `unsupported` if the instance is not about webinars; `not_found` if there is no such channel or webinar; those of the
/// platform and of the service.
pub async fn read(instance: &InstanceHandle, scope: &Scope, progress: &Progress) -> Result<Engagement> {
    check(instance).await?;
    let channels: Vec<Channel> = some(
        instance.records("channels").fields("id,name").filter(field("id").eq(scope.channel.as_str()).to_string()),
        1,
    )
    .await?;
    let no_channel = || Error::new(ErrorKind::NotFound, format!("there is no channel {}", scope.channel));
    let channel = channels.into_iter().next().ok_or_else(no_channel)?.name.unwrap_or_else(|| scope.channel.clone());
    let webcasts = webcasts(instance, &scope.channel, WEBCASTS).await?;
    if let Some(webcast) = &scope.webcast
        && webcasts.iter().all(|known| known.id() != *webcast)
    {
        let message = format!("channel {} has no webinar {webcast}", scope.channel);
        return Err(Error::new(ErrorKind::NotFound, message));
    }
    let surveys: Vec<Survey> = some(instance.records(scope.of_channel("surveys")), SURVEYS).await?;
    let mut tally = Tally::new(webcasts, surveys);
    let activities = instance.records(scope.list("activities")).fields(Activity::FIELDS);
    // Answers to surveys are written out in the activities, so that those of a webinar need no join over people.
    each(activities.param("expand", "channelSurveyResponse"), progress, |activity| tally.activity(&activity)).await?;
    let registrations = instance.records(scope.list("registrations")).fields("id,created");
    each(registrations, progress, |registration: Registration| tally.registration(&registration)).await?;
    let made = jiff::Timestamp::now().strftime("%Y-%m-%dT%H:%M:%SZ").to_string();
    Ok(tally.figures(channel, scope.webcast.as_deref(), made))
}

/// Checks that the instance offers what a report counts.
async fn check(instance: &InstanceHandle) -> Result<()> {
    let missing = |message: &str| {
        let error = Error::new(ErrorKind::Unsupported, message);
        Err(error.with_hint("Reports need an instance of a service for webinars."))
    };
    let described = match instance.metadata("activities").await {
        Ok(described) => described,
        Err(error) if error.kind() == ErrorKind::NotFound => {
            return missing("this instance has no activities of webinars");
        }
        Err(error) => return Err(error),
    };
    let fields = described.get("fields").and_then(Value::as_array).into_iter().flatten();
    let fields: HashSet<&str> = fields.filter_map(|field| field["vendorPath"].as_str()).collect();
    match Activity::FIELDS.split(',').all(|name| fields.contains(name)) {
        true => Ok(()),
        false => missing("the activities of this instance are not those of webinars"),
    }
}

/// Returns the first records of a list; an empty one if there are none.
async fn some<T: DeserializeOwned + Send + 'static>(records: Records, most: usize) -> Result<Vec<T>> {
    match records.typed().take(most).try_collect().await {
        Err(error) if error.is_none_found() => Ok(Vec::new()),
        outcome => outcome,
    }
}

/// Passes all records of a list on, page by page.
async fn each<T: DeserializeOwned>(records: Records, progress: &Progress, mut act: impl FnMut(T)) -> Result<()> {
    let mut pages = std::pin::pin!(records.page_size(PAGE).pages());
    loop {
        let page = match pages.try_next().await {
            Ok(Some(page)) => page,
            Ok(None) => return Ok(()),
            Err(error) if error.is_none_found() => return Ok(()),
            Err(error) => return Err(error),
        };
        let records: Vec<T> = page.records()?;
        progress.add(records.len());
        records.into_iter().for_each(&mut act);
    }
}

/// Longest time of a record, in seconds: with it the sums of any number of records fit.
const LONGEST: u64 = u32::MAX as u64;

/// Reads seconds. A time that cannot be is cut, so that it does not overflow the sums.
fn seconds<'de, D: Deserializer<'de>>(source: D) -> std::result::Result<Option<u64>, D::Error> {
    Ok(Option::<u64>::deserialize(source)?.map(|seconds| seconds.min(LONGEST)))
}

/// Returns one segment of a path.
fn segment(id: &str) -> String {
    let mut text = String::with_capacity(id.len());
    for byte in id.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' => text.push(char::from(byte)),
            other => text.push_str(&format!("%{other:02X}")),
        }
    }
    text
}
