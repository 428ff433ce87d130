//! Dispatch by path and query (spec BT 1.7, 3.4).

use crate::config::{Config, NotFound, PageOver};
use crate::list::{Filters, List};
use crate::page::Cursor;
use crate::population::Population;
use crate::records::{error_document, parse_date};

/// Ids of the two API users, as links name them.
pub(crate) const API_USERS: [u64; 2] = [9001, 9002];

/// An error response: status, code, message.
pub(crate) struct Refusal {
    pub status: u16,
    pub code: Option<&'static str>,
    pub message: String,
}

/// Target of a request.
#[derive(Clone, Debug)]
pub(crate) enum Asked {
    Page(PageAsked),
    Webcast { channel: u64, webcast: u64 },
    Channel(u64),
    Subscriber { channel: u64, index: u64 },
    Surveys(u64),
    Survey { channel: u64, id: u64, active: bool },
}

/// A requested page of a list.
#[derive(Clone, Debug)]
pub(crate) struct PageAsked {
    pub list: List,
    /// The path of links to further pages.
    pub path: String,
    pub filters: Filters,
    pub expand: bool,
    /// The position of the last record of the previous page.
    pub behind: Option<u64>,
    pub cursor: Cursor,
    pub size: u64,
    pub size_given: bool,
}

type Parsed<T> = Result<T, Refusal>;

fn refuse<T>(status: u16, code: &'static str, message: String) -> Parsed<T> {
    Err(Refusal { status, code: Some(code), message })
}

/// Parser of requests.
pub(crate) struct Reader<'a> {
    pub world: &'a Population,
    pub config: &'a Config,
    pub second_key: bool,
    pub query: &'a [(String, String)],
}

impl Reader<'_> {
    /// Parses a path below the origin.
    pub fn read(&self, path: &str) -> Parsed<Asked> {
        let segments: Vec<&str> = path.trim_matches('/').split('/').collect();
        let ["v1", rest @ ..] = segments.as_slice() else { return unknown_path() };
        match *rest {
            ["my", "channels"] => {
                let user = API_USERS[usize::from(self.second_key)];
                self.page(List::Channels { second_key: self.second_key }, &format!("/v1/user/{user}/channels"))
            }
            ["user", user, "channels"] => {
                let own = API_USERS[usize::from(self.second_key)];
                if number(user, "InvalidUserId")? != own {
                    return refuse(404, "UserNotFound", format!("User [{user}] is unknown."));
                }
                self.page(List::Channels { second_key: self.second_key }, path)
            }
            ["channel", channel, ref rest @ ..] => self.below_channel(self.channel(channel)?, rest, path),
            ["channel_subscriber", id] => {
                let found = self.world.subscriber_of_id(number(id, "InvalidChannelSubscriberId")?);
                match found.filter(|(channel, _)| self.owns(*channel)) {
                    Some((channel, index)) => Ok(Asked::Subscriber { channel, index }),
                    None => refuse(404, "ChannelSubscriberNotFound", format!("Channel subscriber [{id}] is unknown.")),
                }
            }
            ["survey", id, ref rest @ ..] => self.survey(id, rest, path),
            _ => unknown_path(),
        }
    }

    fn below_channel(&self, channel: u64, rest: &[&str], path: &str) -> Parsed<Asked> {
        match *rest {
            [] => Ok(Asked::Channel(channel)),
            ["subscribers"] => self.page(List::Subscribers { channel }, path),
            ["subscribers_webcast_activity"] => self.page(List::Activities { channel, webcast: None }, path),
            ["surveys"] => Ok(Asked::Surveys(channel)),
            ["webcasts"] => self.page(List::Webcasts { channel }, path),
            ["webcast_viewings"] => self.page(List::Viewings { channel, webcast: None }, path),
            ["subscriber_webcast_attachment_access_summaries"] => {
                self.page(List::Summaries { channel, webcast: None }, path)
            }
            ["webcast_attachments"] => self.page(List::Attachments { channel, webcast: None }, path),
            ["webcast", webcast, ref rest @ ..] => self.below_webcast(channel, webcast, rest, path),
            _ => unknown_path(),
        }
    }

    fn below_webcast(&self, channel: u64, id: &str, rest: &[&str], path: &str) -> Parsed<Asked> {
        let Some(webcast) = self.world.webcast_of_id(channel, number(id, "InvalidWebcastId")?) else {
            return refuse(404, "WebcastNotFound", format!("Webcast [{id}] is unknown."));
        };
        let only = Some(webcast);
        match *rest {
            [] => Ok(Asked::Webcast { channel, webcast }),
            ["subscribers_webcast_activity"] => self.page(List::Activities { channel, webcast: only }, path),
            ["registrations"] => self.page(List::Registrations { channel, webcast: only }, path),
            ["viewings"] => self.page(List::Viewings { channel, webcast: only }, path),
            ["subscriber_attachment_access_summaries"] => self.page(List::Summaries { channel, webcast: only }, path),
            ["attachments"] => self.page(List::Attachments { channel, webcast: only }, path),
            _ => unknown_path(),
        }
    }

    fn survey(&self, id: &str, rest: &[&str], path: &str) -> Parsed<Asked> {
        let number = number(id, "InvalidSurveyId")?;
        let Some((channel, active)) = self.world.survey_of_id(number).filter(|(channel, _)| self.owns(*channel)) else {
            return refuse(404, "SurveyNotFound", format!("Survey [{id}] is unknown."));
        };
        match *rest {
            [] => Ok(Asked::Survey { channel, id: number, active }),
            ["responses"] => self.page(List::Responses { channel, active }, path),
            _ => unknown_path(),
        }
    }

    fn owns(&self, channel: u64) -> bool {
        (channel > self.world.channels) == self.second_key
    }

    fn channel(&self, id: &str) -> Parsed<u64> {
        let Some(channel) = self.world.channel_of_id(number(id, "InvalidChannelId")?) else {
            let status = if self.config.not_found == NotFound::Strict { 404 } else { 400 };
            return refuse(status, "ChannelNotFound", format!("Channel [{id}] is unknown."));
        };
        if self.owns(channel) {
            return Ok(channel);
        }
        refuse(403, "NotAuthorisedForChannel", format!("API user does not own channel [{id}]."))
    }

    fn page(&self, list: List, path: &str) -> Parsed<Asked> {
        let (size, size_given) = self.page_size()?;
        let filters = self.filters()?;
        let expand = match self.value("expand") {
            None => false,
            Some("channelSurveyResponse") => true,
            Some(other) => return refuse(400, "InvalidParameter", format!("Expand [{other}] is unknown.")),
        };
        let start = Cursor { id: Cursor::START, time: self.world.clock_s(), ..Cursor::default() };
        let (behind, cursor) = match self.value("cursor") {
            None => (None, start),
            Some(text) => self.behind(list, text)?,
        };
        Ok(Asked::Page(PageAsked { list, path: path.to_owned(), filters, expand, behind, cursor, size, size_given }))
    }

    /// Returns the record of a cursor, which must be of this list.
    fn behind(&self, list: List, text: &str) -> Parsed<(Option<u64>, Cursor)> {
        let found = Cursor::parse(text).and_then(|cursor| {
            let position = match cursor.id {
                Cursor::START => self.world.length(list) + 1,
                id => self.world.position_at(list, id, cursor.time)?,
            };
            Some((Some(position), cursor))
        });
        found.map_or_else(|| refuse(400, "InvalidCursor", format!("Cursor [{text}] is not valid.")), Ok)
    }

    fn page_size(&self) -> Parsed<(u64, bool)> {
        let Some(text) = self.value("pageSize") else { return Ok((self.config.page_default, false)) };
        let wrong = || refuse(400, "InvalidPageSize", format!("Page size [{text}] is not valid."));
        match text.parse() {
            Ok(0) | Err(_) => wrong(),
            Ok(size) if size <= self.config.page_max => Ok((size, true)),
            Ok(_) if self.config.page_over == PageOver::Reject => wrong(),
            Ok(_) => Ok((self.config.page_max, true)),
        }
    }

    fn filters(&self) -> Parsed<Filters> {
        let filters = Filters {
            since: self.date("since")?,
            subscribed: self.flag("subscribed")?,
            subscribed_since: self.date("subscribedSince")?,
            unsubscribed_since: self.date("unsubscribedSince")?,
            viewed: self.flag("viewed")?,
            live: match self.value("webcastStatus") {
                None => None,
                Some("live") => Some(true),
                Some("recorded") => Some(false),
                Some(other) => {
                    return refuse(400, "InvalidParameter", format!("Webcast status [{other}] is not valid."));
                }
            },
        };
        if filters.unsubscribed_since.is_some() && filters.subscribed == Some(true) {
            return refuse(400, "InvalidParameter", "[unsubscribedSince] implies [subscribed=false].".to_owned());
        }
        Ok(filters)
    }

    fn date(&self, name: &str) -> Parsed<Option<i64>> {
        let Some(text) = self.value(name) else { return Ok(None) };
        match parse_date(text) {
            Some(at) => Ok(Some(at)),
            None => refuse(400, "InvalidDate", format!("Date [{text}] is not valid.")),
        }
    }

    fn flag(&self, name: &str) -> Parsed<Option<bool>> {
        match self.value(name) {
            None => Ok(None),
            Some("true") => Ok(Some(true)),
            Some("false") => Ok(Some(false)),
            Some(other) => refuse(400, "InvalidParameter", format!("[{other}] is neither true nor false.")),
        }
    }

    fn value(&self, name: &str) -> Option<&str> {
        self.query.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}

fn unknown_path<T>() -> Parsed<T> {
    Err(Refusal { status: 404, code: None, message: String::new() })
}

fn number(text: &str, code: &'static str) -> Parsed<u64> {
    let digits = !text.is_empty() && text.len() <= 18 && text.bytes().all(|byte| byte.is_ascii_digit());
    match text.parse() {
        Ok(number) if digits && number > 0 => Ok(number),
        _ => refuse(400, code, format!("Id [{text}] is not a positive integer.")),
    }
}

impl Refusal {
    pub fn body(&self) -> String {
        self.code.map(|code| error_document(code, &self.message)).unwrap_or_default()
    }
}
