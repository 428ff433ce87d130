//! Cost of mapping a record: the same contacts unmapped, mapped, and mapped with a script.

use elementkit::{InstanceHandle, Platform};
use futures::TryStreamExt;
use http::Method;
use serde_json::{Value, json};

use crate::Outcome;
use crate::measure::own_cpu_s;

/// Ten fields with their vendor fields.
pub const TEN: [(&str, &str); 10] = [
    ("id", "id"),
    ("mail", "email"),
    ("person.first", "firstName"),
    ("person.last", "lastName"),
    ("work.title", "jobTitle"),
    ("work.company", "companyName"),
    ("work.industry", "industry"),
    ("country", "country"),
    ("channel", "channelId"),
    ("joined", "lastSubscribed"),
];

/// The script of the worked example (spec P 9.15).
pub const SCRIPT: &str = "transformedObject.src = 'bt'; done(transformedObject);";

/// Prints the CPU time of a record in each form, including fetching and serialising.
pub async fn run(platform: &Platform, instance: &InstanceHandle) -> Outcome {
    put(platform, "mapped", &TEN, None).await?;
    put(platform, "scripted", &TEN[..2], Some(SCRIPT)).await?;
    put(platform, "unscripted", &TEN[..2], None).await?;
    let ten: Vec<&str> = TEN.iter().map(|(_, vendor)| *vendor).collect();
    let plain = pull(platform, instance, "contacts", &ten.join(",")).await?;
    let mapped = pull(platform, instance, "mapped", "").await?;
    let unscripted = pull(platform, instance, "unscripted", "").await?;
    let scripted = pull(platform, instance, "scripted", "").await?;
    tell("ten fields of a record as they are, fetched and serialised", plain);
    tell("the same ten through a mapping", mapped);
    tell("the mapping alone, with its look-ups in the store", mapped - plain);
    tell("the script of P 9.15 alone", scripted - unscripted);
    Ok(())
}

async fn put(platform: &Platform, name: &str, fields: &[(&str, &str)], script: Option<&str>) -> Outcome {
    let fields: Vec<Value> = fields.iter().map(|(path, vendor)| json!({"path": path, "vendorPath": vendor})).collect();
    let mut transformation = json!({
        "objectName": name, "level": "organization", "elementKey": "brighttalk", "vendorName": "channelsContacts",
        "fields": fields,
        "configuration": [{"type": "passThrough", "properties": {"fromVendor": false, "toVendor": false}}],
    });
    if let Some(body) = script {
        transformation["script"] = json!({"body": body, "filterEmptyResponse": false});
    }
    let body = serde_json::to_vec(&transformation)?;
    platform.request(Method::PUT, "/transformations").body("application/json", body).send().await?;
    Ok(())
}

/// Reads all contacts of the channel under this name. Returns the seconds of CPU for each record.
async fn pull(
    platform: &Platform,
    instance: &InstanceHandle,
    name: &str,
    fields: &str,
) -> Result<f64, Box<dyn std::error::Error>> {
    let (mut records, mut next) = (0_u64, Some(String::new()));
    let before = own_cpu_s();
    while let Some(token) = next {
        let call = platform
            .request(Method::GET, format!("/channels/1001/{name}"))
            .element(instance.token())
            .query("pageSize", "200")
            .query("fields", fields)
            .query("nextPage", token);
        let answer = call.send().await?;
        next = answer.next_page_token().map(str::to_owned);
        records += answer.header("elements-returned-count").and_then(|count| count.parse().ok()).unwrap_or(0);
        answer.into_stream().try_for_each(|_| std::future::ready(Ok(()))).await?;
    }
    Ok((own_cpu_s() - before) / records as f64)
}

fn tell(name: &str, seconds: f64) {
    println!("{{\"name\": \"{name}\", \"ns\": {:.1}}}", seconds * 1e9);
}
