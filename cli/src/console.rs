//! The console of a database on this computer: served on a loopback address, and opened by a link that signs in once.

use std::io::Write;
use std::net::Ipv4Addr;
use std::sync::Arc;

use elementkit::engine::{Engine, EngineOptions, Workers};
use elementkit::server::ServerOptions;
use elementkit_console::{Console, ConsoleOptions};
use tempfile::NamedTempFile;
use tokio::net::TcpListener;

use crate::args::{Console as Options, Target};
use crate::exit::{Failure, Outcome};
use crate::{output, serve};

pub async fn run(target: &Target, options: Options) -> Outcome {
    let engine_options =
        EngineOptions { vendor_urls: target.vendor_urls(), workers: Workers::Auto, ..target.local_options()? };
    let wrong = |error| Failure::new(format!("cannot listen on port {}: {error}", options.port));
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, options.port)).await.map_err(wrong)?;
    let origin = format!("http://{}", listener.local_addr()?);
    let console = Console::new(ConsoleOptions::default());
    let server = ServerOptions { sites: vec![Arc::new(console.clone())], ..ServerOptions::default() };
    let engine = Engine::open(engine_options).await?;
    let link = console.one_time_link(&origin)?;
    output::line(&format!("The console of {}, until Ctrl-C:", target.database.display()))?;
    output::line(&link)?;
    let page = if options.no_browser { None } else { opened(&link) };
    let open = engine.clone();
    let outcome = elementkit::server::serve_with(server, listener, async { Ok(open) }, serve::stopped()).await;
    drop(page);
    engine.close().await;
    Ok(outcome?)
}

/// Opens a page that leads to the link. Only this user can read its file, while everybody can read the arguments of the
/// browser. Returns the file, which is removed at the end.
fn opened(link: &str) -> Option<NamedTempFile> {
    let mut page = tempfile::Builder::new().prefix("elementkit-console-").suffix(".html").tempfile().ok()?;
    let head = format!("<meta charset=\"utf-8\"><meta http-equiv=\"refresh\" content=\"0;url={link}\">");
    write!(page, "<!DOCTYPE html><title>ElementKit</title>{head}").ok()?;
    if open::that_detached(page.path()).is_err() {
        output::note("No browser could be opened. Open the link yourself; it works once, for ten minutes.");
    }
    Some(page)
}
