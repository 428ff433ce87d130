//! Objects of one's own: mapped beside a record, tried, and read as a list.

use crate::support::World;

/// Returns the form of a mapping of contacts.
fn form(act: &str, name: &str, rows: &[(&str, &str, &str)], script: &str) -> String {
    let mut form = url::form_urlencoded::Serializer::new(String::new());
    form.extend_pairs([("act", act), ("name", name), ("object", "channelsContacts"), ("script", script)]);
    for (vendor, own, kind) in rows {
        form.extend_pairs([("vendor", vendor), ("own", own), ("kind", kind)]);
    }
    form.finish()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mapping_is_tried_saved_read_and_deleted() {
    let world = World::new().await;
    let id = world.connect("demo").await;
    let browser = world.enter().await;
    let own = format!("/console/instances/{id}/transformations");
    let page = world.get(&browser, &own).await;
    assert!(
        page.text.contains("No transformations yet") && page.text.contains("value=\"channelsContacts\""),
        "{}",
        page.text
    );
    let page = world.get(&browser, format!("{own}/edit?object=channelsContacts")).await;
    assert!(page.text.contains("<code>email</code>") && page.text.contains("Your field for email"), "{}", page.text);

    // Nothing is stored by an attempt.
    let rows = [("id", "number", "string"), ("email", "person.mail", ""), ("country", "", ""), ("", "constant", "")];
    let edit = format!("{own}/edit");
    let script = "transformedObject.extra = 'yes'; done(transformedObject);";
    let page = world.post(&browser, &edit, &form("try", "people", &rows, script)).await;
    assert!(page.status == 200 && page.text.contains("Your record"), "{}", page.text);
    let result = page.between("aria-label=\"Your record\">", "</pre>");
    assert!(result.contains("person") && result.contains("extra") && !result.contains("country"), "{result}");
    assert!(page.text.contains("value=\"person.mail\"") && page.text.contains("&#39;yes&#39;"));
    assert!(world.get(&browser, &own).await.text.contains("No transformations yet"));

    // Wrong input is explained, and kept.
    let page = world.post(&browser, &edit, &form("save", "no spaces", &rows, "")).await;
    assert!(page.status == 400 && page.text.contains("role=\"alert\"") && page.text.contains("value=\"no spaces\""));
    let twice = [("id", "same", ""), ("email", "same", "")];
    assert_eq!(world.post(&browser, &edit, &form("try", "people", &twice, "")).await.status, 400);
    let page = world.post(&browser, &edit, &form("try", "people", &rows, "this is no script")).await;
    assert!(page.status >= 400 && page.text.contains("role=\"alert\""), "{}", page.text);

    let page = world.post(&browser, &edit, &form("save", "people", &rows, "")).await;
    assert_eq!(page.header("location"), format!("{edit}?name=people&done=saved"), "{}", page.text);
    let page = world.get(&browser, page.header("location")).await;
    assert!(page.text.contains("readonly") && page.text.contains("value=\"person.mail\""), "{}", page.text);
    assert!(page.text.contains("records?path=people"), "{}", page.text);
    let file = world.get(&browser, format!("/console/instances/{id}/records/file?path=people&format=jsonl")).await;
    let line = file.text.lines().next().unwrap();
    assert!(line.starts_with("{\"number\":\"") && line.contains("\"person\":{\"mail\":"), "{line}");

    // A change keeps what the editor does not show.
    let page = world.post(&browser, &edit, &format!("passes=1&{}", form("save", "people", &rows[..1], ""))).await;
    assert_eq!(page.status, 303);
    let page = world.get(&browser, format!("{edit}?name=people")).await;
    assert!(page.text.contains("name=\"passes\" value=\"1\" checked") && !page.text.contains("person.mail"));
    assert!(page.text.contains("records?path=people"), "it is still in the documents");

    let page = world.post(&browser, &edit, &form("delete", "people", &[], "")).await;
    assert_eq!(page.header("location"), format!("{own}?done=removed"));
    assert_eq!(world.post(&browser, &edit, &form("delete", "people", &[], "")).await.status, 404);
}
