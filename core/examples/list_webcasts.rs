//! Lists the webcasts of every channel as typed records: `cargo run -p elementkit --example list_webcasts`.
//!
//! On a hosted platform if `ELEMENTKIT_BASE_URL` names one, otherwise on a local file. Credentials come from the environment.
#![allow(clippy::print_stdout)] // The list is the output.

use std::pin::pin;

use elementkit::elements::brighttalk::records::{Channel, Webcast};
use elementkit::model::NewInstance;
use elementkit::{EmbeddedOptions, HostedOptions, Platform};
use futures::TryStreamExt;

#[tokio::main]
async fn main() -> elementkit::Result<()> {
    let platform = match std::env::var_os("ELEMENTKIT_BASE_URL") {
        Some(_) => Platform::hosted(HostedOptions::new())?,
        None => Platform::embedded(EmbeddedOptions::new("elementkit.db")).await?,
    };
    let new = NewInstance { element: "brighttalk".into(), name: "example".into(), ..Default::default() };
    let brighttalk = platform.instances().connect_from_env(new).await?;

    let mut channels = pin!(brighttalk.records("channels").typed::<Channel>());
    while let Some(channel) = channels.try_next().await? {
        println!("{}", channel.name.unwrap_or_default());
        let path = format!("channels/{}/webcasts", channel.id.unwrap_or_default());
        let mut webcasts = pin!(brighttalk.records(path).fields("title,start").typed::<Webcast>());
        while let Some(webcast) = webcasts.try_next().await? {
            println!("  {}  {}", webcast.start.unwrap_or_default(), webcast.title.unwrap_or_default());
        }
    }
    platform.close().await;
    Ok(())
}
