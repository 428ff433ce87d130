//! A download over a connection that breaks repeatedly, from a real server (spec P 16.6).

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use elementkit::engine::Engine;
use elementkit::{ErrorKind, Format, HostedOptions, Platform, RetryPolicy};
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use crate::support;

/// A proxy that breaks every connection after a number of bytes of responses.
struct Fragile {
    origin: String,
    breaks: Arc<AtomicUsize>,
    allowed: Arc<AtomicUsize>,
}

impl Fragile {
    async fn to(origin: &str) -> Self {
        let target = origin.trim_start_matches("http://").to_owned();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let origin = format!("http://{}", listener.local_addr().unwrap());
        let (breaks, allowed) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(usize::MAX)));
        let (count, limit) = (Arc::clone(&breaks), Arc::clone(&allowed));
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let server = TcpStream::connect(&target).await.unwrap();
                tokio::spawn(carry(client, server, Arc::clone(&limit), Arc::clone(&count)));
            }
        });
        Self { origin, breaks, allowed }
    }
}

async fn carry(mut client: TcpStream, mut server: TcpStream, allowed: Arc<AtomicUsize>, breaks: Arc<AtomicUsize>) {
    let (mut up, mut down, mut carried) = (vec![0; 1 << 16], vec![0; 1 << 14], 0);
    loop {
        tokio::select! {
            read = client.read(&mut up) => match read {
                Ok(length) if length > 0 => server.write_all(&up[..length]).await.unwrap(),
                _ => return,
            },
            read = server.read(&mut down) => match read {
                Ok(length) if length > 0 => {
                    carried += length;
                    if carried > allowed.load(Ordering::SeqCst) {
                        breaks.fetch_add(1, Ordering::SeqCst);
                        return;
                    }
                    if client.write_all(&down[..length]).await.is_err() {
                        return;
                    }
                }
                _ => return,
            },
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_interrupted_download_is_complete_and_unchanged() {
    let simulator = support::simulator(&json!({"simulator": {"subscribers": 3000, "channels": 2}})).await;
    let folder = tempfile::tempdir().unwrap();
    let engine = Engine::open(support::engine_options(folder.path(), &simulator)).await.unwrap();
    let direct = support::serve(engine.clone()).await;
    let fragile = Fragile::to(&direct).await;
    let retry = RetryPolicy { base: Duration::from_millis(1), ..RetryPolicy::HOSTED };
    let options = HostedOptions::new().user(support::USER).organization(support::ORGANIZATION).retry(retry);
    let straight = Platform::hosted(options.clone().base_url(direct)).unwrap();
    let broken = Platform::hosted(options.base_url(&fragile.origin)).unwrap();

    let new = support::brighttalk("x");
    let job = straight.instances().create(&new).await.unwrap().bulk().query("select * from contacts").await.unwrap();
    job.wait().await.unwrap();
    let id = job.instance().id().unwrap();
    let again = broken.instances().get(id).await.unwrap().bulk().job(job.id()).await.unwrap();
    again.report().await.unwrap();

    for format in [Format::Csv, Format::Json, Format::JsonLines, Format::Parquet, Format::Arrow] {
        let (whole, pieced) = (folder.path().join("whole"), folder.path().join("pieced"));
        let size = job.download(&whole, format).await.unwrap();
        // From here on no connection carries more than a third of the file.
        fragile.allowed.store(usize::try_from(size).unwrap() / 3, Ordering::SeqCst);
        let before = fragile.breaks.load(Ordering::SeqCst);
        assert_eq!(again.download(&pieced, format).await.unwrap(), size, "{format:?}");
        assert!(fragile.breaks.load(Ordering::SeqCst) >= before + 2, "{format:?}: the connection held");
        assert!(std::fs::read(whole).unwrap() == std::fs::read(pieced).unwrap(), "{format:?}");
    }

    // A connection without any bytes is given up, and leaves no file.
    fragile.allowed.store(0, Ordering::SeqCst);
    let never = folder.path().join("never.csv");
    let error = again.download(&never, Format::Csv).await.unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::Transport) && !never.exists(), "{error}");
    engine.close().await;
}
