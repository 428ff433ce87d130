//! Reports over a simulated vendor.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use brighttalk_sim::{Config, Simulator};
use elementkit::auth::Secret;
use elementkit::engine::{Engine, EngineOptions};
use elementkit::model::NewInstance;
use elementkit::{ErrorKind, InstanceHandle, Platform};
use elementkit_report::{Progress, Scope, document, pictures, read, webcasts};

struct World {
    simulator: Simulator,
    instance: InstanceHandle,
    _folder: tempfile::TempDir,
}

async fn world(subscribers: u64) -> World {
    let simulator = Simulator::start(Config { subscribers, ..Config::default() }).await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let mut options = EngineOptions::new(folder.path().join("report.db"));
    options.vendor_urls.insert("brighttalk".to_owned(), simulator.url());
    let engine = Engine::open(options).await.unwrap();
    let (user, organization): (Secret, Secret) = engine.local_credentials().await.unwrap();
    let platform = Platform::of_engine(&engine, user, organization);
    let new = NewInstance::of("brighttalk").named("demo").set("brighttalk.api.key", "1");
    let new = new.set("brighttalk.api.secret", "0123456789ABCDEF0123456789ABCDEF");
    let instance = platform.instances().create(&new).await.unwrap();
    World { simulator, instance, _folder: folder }
}

fn scope(channel: &str, webcast: Option<&str>) -> Scope {
    Scope { channel: channel.to_owned(), webcast: webcast.map(str::to_owned) }
}

/// The figures are what a sum over all records gives, and nothing that names a person is in the report.
#[tokio::test(flavor = "multi_thread")]
async fn figures_are_those_of_the_records() {
    let world = world(400).await;
    let progress = Progress::default();
    let figures = read(&world.instance, &scope("1001", None), &progress).await.unwrap();
    let activities = world.instance.records("channels/1001/activities").to_vec(100_000).await.unwrap();
    let registrations = world.instance.records("channels/1001/registrations").to_vec(100_000).await.unwrap();
    let number = |name: &str| activities.iter().filter_map(|record| record[name].as_u64()).sum::<u64>();
    let count =
        |test: &dyn Fn(&elementkit::Record) -> bool| activities.iter().filter(|record| test(record)).count() as u64;
    let audience = &figures.audience;
    assert!(audience.leads > 0 && !registrations.is_empty());
    assert_eq!(audience.leads, activities.len() as u64);
    assert_eq!(audience.attended, count(&|record| record["totalViewings"].as_u64() > Some(0)));
    assert_eq!(audience.registered, count(&|record| record["preregistered"] == true));
    assert_eq!(audience.live_s + audience.recorded_s, number("totalViewingDuration"));
    assert_eq!(figures.registrations.total, registrations.len() as u64);
    assert_eq!(progress.records(), (activities.len() + registrations.len()) as u64);
    let country = figures.countries.groups[0].clone();
    assert_eq!(country.counts.leads, count(&|record| record["country"] == country.name.as_str()));
    assert!(!figures.questions.is_empty() && figures.questions.iter().any(|question| !question.answers.is_empty()));

    let text = format!("{} {}", serde_json::to_string(&figures).unwrap(), document(&figures).unwrap());
    for name in ["email", "firstName", "lastName", "phone", "userId"] {
        assert!(!text.contains(&format!("\"{name}\"")), "{name}");
    }
    let values = |name: &str| {
        activities.iter().filter_map(|record| record[name].as_str().map(str::to_owned)).collect::<Vec<_>>()
    };
    let emails = values("email");
    assert!(!emails.is_empty() && emails.iter().all(|email| !text.contains(email.as_str())));
    assert!(!text.contains("as ever"), "free text of a survey");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_figures_of_webinars_add_up_to_those_of_their_channel() {
    let world = world(200).await;
    let all = read(&world.instance, &scope("1001", None), &Progress::default()).await.unwrap();
    let (mut leads, mut watched) = (0, 0);
    for webcast in webcasts(&world.instance, "1001", 1000).await.unwrap() {
        let one = read(&world.instance, &scope("1001", Some(&webcast.id())), &Progress::default()).await.unwrap();
        let webinar = one.webinar.unwrap();
        assert_eq!((webinar.title.is_empty(), webinar.leads), (false, one.audience.leads));
        leads += one.audience.leads;
        watched += one.audience.live_s + one.audience.recorded_s;
    }
    assert_eq!((leads, watched), (all.audience.leads, all.audience.live_s + all.audience.recorded_s));
}

/// Names of the vendor are text in HTML and in SVG, and the document loads nothing.
#[tokio::test(flavor = "multi_thread")]
async fn the_document_is_one_file() {
    let world = world(200).await;
    let mut figures = read(&world.instance, &scope("1001", None), &Progress::default()).await.unwrap();
    let evil = "<script>alert('&\"')</script>";
    figures.channel = evil.to_owned();
    figures.companies.groups[0].name = evil.to_owned();
    figures.questions[0].text = evil.to_owned();
    let text = document(&figures).unwrap();
    assert!(text.starts_with("<!DOCTYPE html>") && !text.contains("<script") && !text.contains("alert('"), "{text}");
    for outside in ["http://", "https://", "src=", "url(", "@import"] {
        let known = text.replace("http://www.w3.org/2000/svg", "");
        assert!(!known.contains(outside), "{outside}");
    }
    let part = pictures(&figures).unwrap();
    assert!(
        part.matches("<svg ").count() >= 7 && part.matches("role=\"img\"").count() == part.matches("<svg ").count()
    );
    assert_eq!(part.matches("<svg ").count(), part.matches("<table>").count(), "a table beside each picture");
    // The policy of the console allows no styles in a page.
    assert!(!part.contains("style=") && !part.contains("<style"));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_there_is_an_error() {
    let world = world(50).await;
    let of = async |channel: &str, webcast: Option<&str>| {
        read(&world.instance, &scope(channel, webcast), &Progress::default()).await.unwrap_err().kind()
    };
    assert_eq!(of("999999", None).await, ErrorKind::NotFound);
    assert_eq!(of("1001", Some("1")).await, ErrorKind::NotFound);
    assert_eq!(of("../secrets", None).await, ErrorKind::NotFound);
    let faults = serde_json::json!([{"match": {"path": "*subscribers_webcast_activity*"}, "fault": {"type": "status", "status": 403}}]);
    world.simulator.add_faults(&faults).unwrap();
    assert_eq!(of("1001", None).await, ErrorKind::PermissionDenied);
}
