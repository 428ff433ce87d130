//! Bodies that are sent as they arrive.

use bytes::Bytes;

use super::*;
use crate::body;

/// Returns a body that arrives in parts, one after each pause in milliseconds.
fn slow(pauses: &'static [u64]) -> IncomingBody {
    use futures::StreamExt;
    let part = |pause: &'static u64| async {
        tokio::time::sleep(Duration::from_millis(*pause)).await;
        Ok::<_, std::io::Error>(Bytes::from_static(b"part"))
    };
    IncomingBody::new(body::stream(futures::stream::iter(pauses).then(part)), None)
}

fn upload(url: &Url, body: &IncomingBody) -> VendorRequest {
    let request = VendorRequest { method: Method::PUT, ..VendorRequest::get(url.clone(), "/operation") };
    VendorRequest { upload: Some(body.upload()), ..request }
}

/// A server that reads whole chunked bodies, or none.
async fn reader(reads: bool) -> std::result::Result<Url, Box<dyn std::error::Error>> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let url = Url::parse(&format!("http://{}", listener.local_addr()?))?;
    tokio::spawn(async move {
        let mut kept = Vec::new();
        while let Ok((mut stream, _)) = listener.accept().await {
            if reads {
                let mut received = Vec::new();
                while !received.ends_with(b"\r\n0\r\n\r\n") {
                    received.push(stream.read_u8().await?);
                }
                let text = ok().unwrap_or_default();
                stream.write_all(text.as_bytes()).await?;
            }
            kept.push(stream);
        }
        std::io::Result::Ok(())
    });
    Ok(url)
}

#[tokio::test]
async fn a_body_may_last_as_long_as_it_moves() -> Test {
    let client = client(|limits| limits.timeout = Duration::from_secs(1))?;
    let cx = Context::default();
    let moving = upload(&reader(true).await?, &slow(&[400; 4]));
    assert_eq!(client.call(&cx, moving, Repeat::IfNotSent, &Text).await.map_err(|error| error.to_string())?, "fine");
    let begun = Instant::now();
    let halting = upload(&reader(true).await?, &slow(&[1, 60_000]));
    let error = client.call(&cx, halting, Repeat::Always, &Text).await.err().ok_or("no error")?;
    assert_eq!((error.kind, error.reached), (VendorErrorKind::Timeout, Reached::Unknown));
    let unread = upload(&reader(false).await?, &slow(&[1, 1]));
    let error = client.call(&cx, unread, Repeat::Always, &Text).await.err().ok_or("no error")?;
    assert_eq!(error.kind, VendorErrorKind::Timeout);
    assert!(begun.elapsed() < Duration::from_secs(20), "neither is repeated: {:?}", begun.elapsed());
    Ok(())
}

#[tokio::test]
async fn a_body_is_read_once_and_only_by_a_connection() -> Test {
    let client = client(|limits| limits.retry.attempts = 3)?;
    let cx = Context::default();
    let nowhere = TcpListener::bind("127.0.0.1:0").await?.local_addr()?;
    let body = slow(&[1]);
    let request = upload(&Url::parse(&format!("http://{nowhere}"))?, &body);
    let error = client.call(&cx, request, Repeat::IfNotSent, &Text).await.err().ok_or("no error")?;
    assert_eq!(error.reached, Reached::No, "it was tried again: {error}");
    let url = reader(true).await?;
    let request = upload(&url, &body);
    assert!(client.call(&cx, request.clone(), Repeat::IfNotSent, &Text).await.is_ok(), "nothing of it was lost");
    let error = client.call(&cx, request, Repeat::IfNotSent, &Text).await.err().ok_or("no error")?;
    assert_eq!(error.kind, VendorErrorKind::BodySpent);
    assert!(!error.leaves_outcome_open() && body.take().is_none());
    Ok(())
}
