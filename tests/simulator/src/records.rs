//! Writing of records (spec BT 1.11).

use crate::config::Quirks;
use crate::hash::Kind;
use crate::list::List;
use crate::overlay::Touched;
use crate::people::UserForm;
use crate::population::Population;
use crate::quirk::Quirk;
use crate::xml::{Xml, date};

/// Writes the records of one response.
pub(crate) struct Writer<'a> {
    pub world: &'a Population,
    /// The origin in links.
    pub origin: &'a str,
    pub quirks: Quirks,
    /// Whether survey responses inside activities are written out.
    pub expand: bool,
    pub out: Xml,
}

const RELATIONS: &str = "https://api.brighttalk.com/rel/";
const DAY_S: i64 = 86_400;

impl Writer<'_> {
    /// Writes the record at a position of a list.
    pub fn record(&mut self, list: List, position: u64) {
        let (id, index) = (self.world.id_of(list, position), self.world.index_at(list, position));
        if self.odd(id, Quirk::Comment) {
            self.out.raw("<!-- record “as exported” -->");
        }
        match list {
            List::Channels { second_key } => self.channel(if second_key { self.world.channels + 1 } else { index }),
            List::Subscribers { channel } => self.subscriber(channel, index),
            List::Activities { channel, .. } => self.activity(channel, index, id),
            List::Responses { channel, .. } => self.response(channel, index, id, false),
            List::Webcasts { channel } => self.webcast(channel, index),
            List::Registrations { channel, .. } => self.registration(channel, index, id),
            List::Viewings { channel, .. } => self.viewing(channel, index, id),
            List::Summaries { channel, .. } => self.summary(channel, index, id),
            List::Attachments { channel, .. } => self.attachment(channel, index, id),
        }
    }

    /// Returns whether an oddity of recorded data applies to this record.
    fn odd(&self, id: u64, quirk: Quirk) -> bool {
        self.quirks == Quirks::Recorded && quirk.falls_on(self.world, id)
    }

    pub fn channel(&mut self, channel: u64) {
        let world = self.world;
        let id = world.channel_id(channel);
        let hash = world.hash(Kind::Channel, &[channel]);
        let updated = world.time(channel.min(world.channels), world.channels);
        self.out.open_id("channel", id);
        self.out.text(
            "name",
            &format!("Channel {id}: {}", ["Engine Talks", "Data & Privacy", "“Cloud” weekly"][(hash % 3) as usize]),
        );
        self.out.text("strapline", "Weekly, on <everything>");
        if !hash.is_multiple_of(4) {
            self.out.text("description", &format!("All about subject {channel}.\nAnd more."));
        }
        self.out.text("url", &format!("https://www.brighttalk.com/channel/{id}"));
        self.out.text("organisation", "Ada’s Engines & Co");
        self.out.text("keywords", "engines,\"steam power\",data");
        self.out.text("type", "enterprise");
        self.out.date("created", updated - 100 * DAY_S);
        self.out.date("lastUpdated", updated);
        for (relation, path) in
            [("surveys", "surveys"), ("channel_subscribers", "subscribers"), ("webcasts", "webcasts")]
        {
            self.link(id, relation, &format!("/v1/channel/{id}/{path}"), None);
        }
        self.out.close("channel");
    }

    pub fn subscriber(&mut self, channel: u64, index: u64) {
        let world = self.world;
        let id = world.subscriber_id(channel, index);
        self.out.open_id("channelSubscriber", id);
        if self.odd(id, Quirk::UnreadableDate) {
            self.out.text("lastSubscribed", "yesterday");
        } else {
            self.out.date("lastSubscribed", world.joined(channel, index));
        }
        if let Some(left) = world.left(channel, index) {
            self.out.date("unsubscribed", left);
        }
        self.embed(id);
        self.user(channel, index, id, UserForm::Plain);
        self.link(id, "self", &format!("/v1/channel_subscriber/{id}"), None);
        self.out.close("channelSubscriber");
    }

    pub fn webcast(&mut self, channel: u64, webcast: u64) {
        let world = self.world;
        let (channel_id, id) = (world.channel_id(channel), world.webcast_id(channel, webcast));
        let hash = world.hash(Kind::Webcast, &[channel, webcast]);
        let time = world.time(webcast, world.webcasts);
        let updated = world.touched(Touched::Webcasts, channel, webcast).unwrap_or(time);
        self.out.open_id("webcast", id);
        self.out.text("title", &format!("Webcast {webcast}: boilers & \"valves\""));
        self.out.text("description", "First paragraph.\n\nSecond  one, with “quotes” & more.");
        self.out.text("presenter", "A. Lovelace, Engines & Co");
        self.out.number("duration", 900 + hash % 3600);
        self.out.date("start", time - DAY_S);
        self.out.text("keywords", "\"steam power\", boilers");
        self.out.flag("published", !hash.is_multiple_of(10));
        self.out.text("visibility", ["public", "public", "private", "feedOnly"][(hash / 10 % 4) as usize]);
        if hash.is_multiple_of(3) {
            self.out.text("clientBookingRef", &format!("SPRING-{webcast}"));
        }
        if !hash.is_multiple_of(7) {
            self.out.text("url", &format!("https://www.brighttalk.com/webcast/{channel_id}/{id}"));
        }
        if !hash.is_multiple_of(5) {
            self.out.open("categories");
            self.out.text("category", "Webinars/General");
            if hash.is_multiple_of(2) {
                self.out.text("category", "Engineering/Steam & Heat");
            }
            self.out.close("categories");
        }
        self.out.text(
            "status",
            ["recorded", "recorded", "upcoming", "cancelled", "live", "processing"][(hash / 40 % 6) as usize],
        );
        if hash.is_multiple_of(9) {
            self.out.text("syndicationType", if hash.is_multiple_of(2) { "in" } else { "out" });
        }
        self.out.date("created", time - 30 * DAY_S);
        self.out.date("lastUpdated", updated);
        let path = format!("/v1/channel/{channel_id}/webcast/{id}");
        self.link(id, "self", &path, None);
        self.link(id, "subscribers_webcast_activity", &format!("{path}/subscribers_webcast_activity"), None);
        self.link(id, "webcast_registrations", &format!("{path}/registrations"), None);
        self.link(id, "webcast_viewings", &format!("{path}/viewings"), None);
        self.out.close("webcast");
    }

    fn activity(&mut self, channel: u64, activity: u64, id: u64) {
        let world = self.world;
        let (subscriber, webcast) = world.activity(channel, activity);
        let last = world.viewings_up_to(activity);
        let viewings = last - world.viewings_of(activity) + 1..=last;
        let (mut live, mut live_s, mut recorded, mut recorded_s) = (0, 0, 0, 0);
        for viewing in viewings {
            let seconds = world.viewed_s(channel, viewing);
            if world.is_live(channel, viewing) {
                (live, live_s) = (live + 1, live_s + seconds);
            } else {
                (recorded, recorded_s) = (recorded + 1, recorded_s + seconds);
            }
        }
        self.out.open_id("subscriberWebcastActivity", id);
        self.out.reference("webcast", world.webcast_id(channel, webcast));
        self.user(channel, subscriber, id, UserForm::Plain);
        self.out.flag("preregistered", world.is_registered(channel, activity));
        self.out.number("totalViewings", live + recorded);
        self.out.number("totalViewingDuration", live_s + recorded_s);
        self.out.number("liveViewings", live);
        self.out.number("liveViewingDuration", live_s);
        self.out.number("recordedViewings", recorded);
        self.out.number("recordedViewingDuration", recorded_s);
        if world.has_response(channel, subscriber) && !world.is_anonymous(channel, subscriber) {
            let response = world.id_of(List::Responses { channel, active: true }, subscriber);
            if self.expand {
                self.response(channel, subscriber, response, true);
            } else {
                self.out.reference("surveyResponse", response);
            }
        }
        let time = world.activity_time(channel, activity);
        self.dates(time, world.touched(Touched::Activities, channel, activity));
        self.subscriber_link(channel, subscriber, id);
        self.webcast_link(channel, webcast, id);
        self.out.close("subscriberWebcastActivity");
    }

    fn registration(&mut self, channel: u64, activity: u64, id: u64) {
        let (subscriber, webcast) = self.world.activity(channel, activity);
        self.out.open_id("webcastRegistration", id);
        self.out.reference("webcast", self.world.webcast_id(channel, webcast));
        self.user(channel, subscriber, id, UserForm::Attendee);
        self.embed(id);
        let time = self.world.activity_time(channel, activity);
        self.dates(time, self.world.touched(Touched::Registrations, channel, activity));
        self.webcast_link(channel, webcast, id);
        self.subscriber_link(channel, subscriber, id);
        self.out.close("webcastRegistration");
    }

    fn viewing(&mut self, channel: u64, viewing: u64, id: u64) {
        let world = self.world;
        let (subscriber, webcast) = world.activity(channel, world.activity_of_viewing(viewing));
        self.out.open_id("webcastViewing", id);
        self.out.reference("webcast", world.webcast_id(channel, webcast));
        self.out.text("webcastStatus", if world.is_live(channel, viewing) { "live" } else { "recorded" });
        self.out.number("duration", world.viewed_s(channel, viewing));
        self.user(channel, subscriber, id, UserForm::Attendee);
        self.embed(id);
        self.dates(world.viewing_time(channel, viewing), None);
        self.webcast_link(channel, webcast, id);
        self.subscriber_link(channel, subscriber, id);
        self.out.close("webcastViewing");
    }

    fn response(&mut self, channel: u64, subscriber: u64, id: u64, nested: bool) {
        let world = self.world;
        let survey = world.survey_id(channel);
        let anonymous = world.is_anonymous(channel, subscriber);
        self.out.open_id("surveyResponse", id);
        self.out.reference("survey", survey);
        if !anonymous {
            self.user(channel, subscriber, id, if nested { UserForm::Reference } else { UserForm::Plain });
        }
        let hash = world.hash(Kind::Response, &[channel, subscriber, 2]);
        self.out.open("questions");
        let mut budgets = vec!["Under 1k"];
        if hash.is_multiple_of(4) {
            budgets.push("More & more");
        }
        self.answer(3, "budget", &budgets);
        self.answer(1, "news", &[if hash.is_multiple_of(2) { "1" } else { "0" }]);
        if hash.is_multiple_of(3) {
            self.answer(2, "comment", &["Fine,\nas \"ever\" <3"]);
        }
        self.out.close("questions");
        let time = world.joined(channel, subscriber);
        self.dates(time, world.touched(Touched::Responses, channel, subscriber));
        self.link(id, "survey", &format!("/v1/survey/{survey}"), None);
        if !anonymous {
            let path = format!("/v1/channel_subscriber/{}", world.subscriber_id(channel, subscriber));
            self.link(id, "channel_subscriber", &path, Some("respondent"));
        }
        self.out.close("surveyResponse");
    }

    fn answer(&mut self, question: u64, name: &str, answers: &[&str]) {
        self.out.raw("<question");
        self.out.attribute("id", &question.to_string());
        self.out.attribute("reportingId", name);
        self.out.raw("><answers>");
        answers.iter().for_each(|answer| self.out.text("answer", answer));
        self.out.raw("</answers></question>");
    }

    pub fn survey(&mut self, channel: u64, id: u64, active: bool) {
        self.out.open_id("survey", id);
        self.out.flag("active", active);
        self.out.raw("<questions>");
        self.out.raw("<question id=\"3\" reportingId=\"budget\" type=\"select\" required=\"true\">");
        let hash = self.world.hash(Kind::Survey, &[channel]);
        self.out.text("text", ["Your budget?", "Budget & timing?"][(hash % 2) as usize]);
        self.out.open("options");
        self.out.text("option", "Under 1k");
        self.out.text("option", "More & more");
        self.out.close("options");
        self.out.raw("</question><question id=\"1\" reportingId=\"news\" type=\"checkbox\" deleted=\"true\">");
        self.out.text("text", "News by mail?");
        self.out.raw("</question><question id=\"2\" reportingId=\"comment\" type=\"text\">");
        self.out.text("text", "Anything else?");
        self.out.raw("</question></questions>");
        self.link(id, "self", &format!("/v1/survey/{id}"), None);
        self.link(id, "survey_responses", &format!("/v1/survey/{id}/responses"), None);
        self.out.close("survey");
    }

    fn summary(&mut self, channel: u64, activity: u64, id: u64) {
        let world = self.world;
        let (subscriber, webcast) = world.activity(channel, activity);
        self.out.open_id("subscriberWebcastAttachmentAccessSummary", id);
        self.out.reference("webcast", world.webcast_id(channel, webcast));
        if let Some(attachment) = world.opened(channel, activity) {
            self.out.open_id("attachment", world.attachment_id(channel, attachment));
            self.out.text("title", "Slides & notes");
            self.out.text("type", "file");
            self.out.close("attachment");
        }
        self.user(channel, subscriber, id, UserForm::Plain);
        let updated = world.activity_time(channel, activity);
        self.out.number("accessCount", 1 + world.hash(Kind::Summary, &[channel, activity, 1]) % 9);
        self.out.date("firstAccessed", updated - 3600);
        self.out.date("lastAccessed", updated);
        self.dates(updated, None);
        self.subscriber_link(channel, subscriber, id);
        self.webcast_link(channel, webcast, id);
        self.out.close("subscriberWebcastAttachmentAccessSummary");
    }

    fn attachment(&mut self, channel: u64, attachment: u64, id: u64) {
        let world = self.world;
        let webcast = world.webcast_of_attachment(attachment);
        let hash = world.hash(Kind::Attachment, &[channel, attachment]);
        self.out.open_id("webcastAttachment", id);
        self.out.reference("webcast", world.webcast_id(channel, webcast));
        self.out.text("title", "Slides & notes");
        self.out.text("type", if hash.is_multiple_of(3) { "link" } else { "file" });
        self.out.text("url", &format!("https://files.example.org/{id}"));
        if !hash.is_multiple_of(3) {
            self.out.text("fileName", &format!("slides-{attachment}.pdf"));
            self.out.number("fileSize", hash % 10_000_000);
        }
        self.out.flag("published", !hash.is_multiple_of(4));
        self.dates(world.time(attachment, world.attachments()), None);
        self.webcast_link(channel, webcast, id);
        self.out.close("webcastAttachment");
    }

    fn user(&mut self, channel: u64, subscriber: u64, record: u64, form: UserForm) {
        let start = self.out.0.len();
        self.world.write_user(self.world.user_id(channel, subscriber), form, &mut self.out);
        if form != UserForm::Reference && self.odd(record, Quirk::DuplicateCountry) {
            // A state under the name of a second country, with no stateProvince.
            let user = self.out.0.split_off(start);
            let user = match (user.find("<stateProvince>"), user.find("</stateProvince>")) {
                (Some(from), Some(to)) => format!("{}{}", &user[..from], &user[to + "</stateProvince>".len()..]),
                _ => user,
            };
            self.out.raw(&user.replace("</user>", "<country>Texas</country></user>"));
        }
    }

    fn embed(&mut self, id: u64) {
        if self.odd(id, Quirk::NoEmbed) {
            return;
        }
        self.out.raw("<embed><url>https://www.example.org/talks?a=1&amp;b=2</url>");
        if self.odd(id, Quirk::EmptyTrack) {
            self.out.raw(if id.is_multiple_of(2) { "<track/>" } else { "<track></track>" });
        } else if !id.is_multiple_of(3) {
            self.out.text("track", "spring-mail");
        }
        self.out.raw("</embed>");
    }

    /// Writes the time of creation, and that of the last change.
    fn dates(&mut self, time: i64, touched: Option<i64>) {
        self.out.date("created", time - 600);
        self.out.date("lastUpdated", touched.unwrap_or(time));
    }

    fn subscriber_link(&mut self, channel: u64, subscriber: u64, id: u64) {
        let subscriber = self.world.subscriber_id(channel, subscriber);
        self.link(id, "channel_subscriber", &format!("/v1/channel_subscriber/{subscriber}"), None);
    }

    fn webcast_link(&mut self, channel: u64, webcast: u64, id: u64) {
        let webcast = self.world.webcast_id(channel, webcast) + u64::from(self.odd(id, Quirk::WrongLinkId));
        let channel = self.world.channel_id(channel);
        self.link(id, "webcast", &format!("/v1/channel/{channel}/webcast/{webcast}"), None);
    }

    fn link(&mut self, id: u64, relation: &str, path: &str, title: Option<&str>) {
        let relation = if relation == "self" { relation.to_owned() } else { format!("{RELATIONS}{relation}") };
        let href = format!("{}{path}", self.origin);
        self.out.raw("<link");
        if self.odd(id, Quirk::SwallowedAttribute) {
            // One attribute swallows the next: curly quotes instead of straight ones.
            self.out.raw(" rel=\"").raw(&relation).raw("” href=”").raw(&href).raw("\"");
        } else if self.odd(id, Quirk::HrefFirst) {
            self.out.attribute("href", &href);
            self.out.attribute("rel", &relation);
        } else {
            self.out.attribute("rel", &relation);
            self.out.attribute("href", &href);
        }
        if let Some(title) = title {
            self.out.attribute("title", title);
        }
        self.out.raw("/>");
    }

    /// Writes the link to the next page.
    pub fn next_link(&mut self, href: &str) {
        self.out.raw("<link");
        self.out.attribute("rel", "next");
        self.out.attribute("href", href);
        self.out.raw("/>");
    }

    /// Returns the document: declaration, root, and the written records.
    pub fn document(self, root: Option<&str>, page: u64) -> String {
        let odd = self.odd(page, Quirk::NoEncoding);
        let declaration = if odd { "<?xml version=\"1.0\" ?>" } else { "<?xml version=\"1.0\" encoding=\"utf-8\"?>" };
        let body = self.out.0;
        match root {
            None => format!("{declaration}\n{body}"),
            Some(root) if body.is_empty() => format!("{declaration}\n<{root}/>"),
            Some(root) => format!("{declaration}\n<{root}>{body}</{root}>"),
        }
    }
}

/// Returns an error document (spec BT 1.9).
pub(crate) fn error_document(code: &str, message: &str) -> String {
    let mut out = Xml::default();
    out.raw("<?xml version='1.0' encoding='UTF-8'?>\n<error>");
    out.text("code", code);
    out.text("message", message);
    out.raw("</error>");
    out.0
}

/// Parses a date of a request in either form (spec BT 1.4).
pub(crate) fn parse_date(text: &str) -> Option<i64> {
    let whole = match text.len() {
        10 => format!("{text}T00:00:00Z"),
        20 if text.ends_with('Z') => text.to_owned(),
        _ => return None,
    };
    let at: jiff::Timestamp = whole.parse().ok()?;
    (date(at.as_second()) == whole).then(|| at.as_second())
}
