//! The way of a new user, with nothing but pages: from an empty database to a table of the attendance of one channel.

use std::time::Duration;

use crate::support::{Page, SECRET, World};

/// Returns the address that a link with this text leads to.
fn link(page: &Page, text: &str) -> String {
    let before = page.text.split(&format!(">{text}</a>")).next().unwrap();
    assert!(before.len() < page.text.len(), "no link {text:?} in {}", page.text);
    let address = before.rsplit("href=\"").next().unwrap().split('"').next().unwrap();
    address.replace("&#38;", "&").replace("&amp;", "&")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_user_downloads_the_attendance_of_a_channel() {
    let world = World::new().await;
    let browser = world.enter().await;
    let home = world.get(&browser, "/console").await;
    assert!(home.text.contains("Connect your first service") && home.text.contains("BrightTALK"));

    // The form has the fields of the element. What is wrong is explained, and only secrets are typed again.
    let form = world.get(&browser, "/console/elements/brighttalk/connect").await;
    assert!(form.text.contains("API Key") && form.text.contains("type=\"password\""));
    let wrong = "name=Webinars&set.brighttalk.api.key=1&set.brighttalk.api.secret=not-the-secret";
    let page = world.post(&browser, "/console/elements/brighttalk/connect", wrong).await;
    assert_eq!(page.status, 502);
    assert!(page.text.contains("value=\"Webinars\"") && !page.text.contains("not-the-secret"));
    let right = format!("name=Webinars&set.brighttalk.api.key=1&set.brighttalk.api.secret={SECRET}");
    let page = world.post(&browser, "/console/elements/brighttalk/connect", &right).await;
    assert_eq!(page.status, 303);
    let instance = world.get(&browser, page.header("location")).await;
    assert!(instance.text.contains("Connected. The credentials work."));

    // Channels, then the viewings of the first one, then the file.
    let channels = world.get(&browser, link(&instance, "Channels")).await;
    let viewings = world.get(&browser, link(&channels, "Viewings")).await;
    assert!(viewings.text.contains("Viewings (channelId "));
    let file = world.get(&browser, link(&viewings, "CSV table")).await;
    assert_eq!((file.status, file.header("content-type")), (200, "text/csv; charset=utf-8"));
    let name = file.header("content-disposition");
    assert!(name.starts_with("attachment; filename=\"channels-") && name.ends_with("-viewings.csv\""), "{name}");
    let mut lines = file.text.lines();
    assert!(lines.next().unwrap().starts_with("id,channelId,webcastId,webcastStatus,duration,"));
    assert!(lines.count() > 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bulk_job_is_started_watched_and_downloaded() {
    let world = World::new().await;
    let id = world.connect("demo").await;
    let browser = world.enter().await;
    let own = format!("/console/instances/{id}/bulk");
    let page = world.post(&browser, &own, "path=contacts&where=country+is+not").await;
    assert_eq!(page.status, 400);
    assert!(page.text.contains("cannot be read at the marked place") && page.text.contains("<mark>"));
    let page = world.post(&browser, &own, "path=none").await;
    assert_eq!(page.status, 400);
    let page = world.post(&browser, &own, "path=contacts&from=yesterday-or-so").await;
    assert_eq!(page.status, 400);
    assert!(page.text.contains("role=\"alert\"") && page.text.contains("yesterday-or-so"));

    let page = world.post(&browser, &own, "path=channels/1001/viewings&where=duration+>+0").await;
    assert_eq!(page.status, 303, "{}", page.text);
    let address = page.header("location").to_owned();
    let mut job = world.get(&browser, &address).await;
    let listed = world.get(&browser, &own).await;
    assert!(listed.text.contains("channelId = &#39;1001&#39; AND duration &#62; 0"), "{}", listed.text);
    for _ in 0..200 {
        job = world.get(&browser, format!("{address}/progress")).await;
        if !job.text.contains("hx-get") {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert!(job.text.contains("Complete") && job.text.contains("Download the result"), "{}", job.text);
    for (format, start) in [("csv", "id,"), ("json", "["), ("jsonl", "{"), ("parquet", "PAR1")] {
        let file = world.get(&browser, format!("{address}/file?format={format}")).await;
        assert_eq!(file.status, 200);
        assert!(file.text.starts_with(start), "{format}: {}", &file.text[..20]);
        assert!(file.header("content-disposition").ends_with(&format!(".{format}\"")), "{format}");
    }
    assert_eq!(world.get(&browser, format!("{address}/file?format=exe")).await.status, 400);
    assert!(world.get(&browser, "/console").await.text.contains("Viewings"), "the first page lists the job");
    assert!(world.get(&browser, format!("{address}/errors")).await.text.contains("No rows failed."));
    let page = world.post(&browser, format!("{address}/resume"), "").await;
    assert!(page.status >= 400, "a complete job cannot be continued");
}
