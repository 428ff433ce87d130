//! Answers that are read as they arrive.

use http_body_util::BodyExt;

use super::*;

/// Accepts nothing but successful answers.
struct Successful;

impl Decode<()> for Successful {
    fn head(&self, status: StatusCode, headers: &HeaderMap) -> Result<(), VendorError> {
        Text.head(status, headers)
    }

    fn decode(&self, answer: VendorAnswer) -> Result<(), VendorError> {
        match answer.status {
            StatusCode::NOT_MODIFIED => Ok(()),
            status => Err(VendorError::of_answer(&answer, VendorErrorKind::of_status(status), None, None)),
        }
    }
}

/// Begins a call as elements do, in a boxed future.
fn begin<'a>(
    client: &'a VendorClient,
    request: VendorRequest,
    limits: StreamLimits,
) -> BoxFuture<'a, std::result::Result<VendorStream, VendorError>> {
    async move { client.stream(&Context::default(), request, Repeat::Always, &Successful, limits).await }.boxed()
}

/// Reads a body to its end or failure.
async fn read(answer: VendorStream) -> std::result::Result<String, String> {
    let bytes = answer.body.collect().await.map_err(|error| error.to_string())?.to_bytes();
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

#[tokio::test]
async fn a_call_is_repeated_up_to_its_head() -> Test {
    let server = Server::start(|number, _| match number {
        0 => response(503, "", "busy"),
        1 => response(200, "X-Kind: file\r\n", "content"),
        2 => Some("HTTP/1.1 200 X\r\nContent-Length: 100\r\n\r\npart".to_owned()),
        3 => response(304, "", ""),
        4 => response(200, "X-Refused: 1\r\n", ""),
        _ => response(404, "", "gone"),
    })
    .await?;
    let client = client(|_| ())?;
    let answer = begin(&client, server.get("/file"), StreamLimits::default()).await?;
    assert_eq!((answer.status.as_u16(), answer.headers["x-kind"].as_bytes()), (200, &b"file"[..]));
    assert_eq!(read(answer).await?, "content");
    let broken = begin(&client, server.get("/file"), StreamLimits::default()).await?;
    assert!(read(broken).await.is_err_and(|error| error.contains("ended early")), "a body is not repeated");
    let accepted = begin(&client, server.get("/file"), StreamLimits::default()).await?;
    assert_eq!((accepted.status.as_u16(), read(accepted).await?), (304, String::new()));
    let refused = begin(&client, server.get("/file"), StreamLimits::default()).await.err();
    assert_eq!(refused.and_then(|error| error.message).as_deref(), Some("refused by its head"));
    let gone = begin(&client, server.get("/file"), StreamLimits::default()).await.err();
    assert_eq!(gone.map(|error| (error.kind, error.body)), Some((VendorErrorKind::NotFound, Some("gone".to_owned()))));
    assert_eq!(server.heads().len(), 6);
    Ok(())
}

#[tokio::test]
async fn a_body_ends_at_its_limits() -> Test {
    let server = Server::start(|_, _| response(200, "", "content")).await?;
    let client = client(|_| ())?;
    for (bytes, expected) in [(7, Ok("content".to_owned())), (6, Err("the answer is longer than 6 bytes".to_owned()))] {
        let limits = StreamLimits { bytes: Some(bytes), ..StreamLimits::default() };
        assert_eq!(read(begin(&client, server.get("/file"), limits).await?).await, expected);
    }
    // A vendor that begins and then sends a byte from time to time.
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let url = Url::parse(&format!("http://{}", listener.local_addr()?))?;
    tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await?;
        stream.read_u8().await?;
        stream.write_all(b"HTTP/1.1 200 X\r\nContent-Length: 100000\r\n\r\n").await?;
        loop {
            stream.write_all(b"x").await?;
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        #[allow(unreachable_code)]
        std::io::Result::Ok(())
    });
    let limits = StreamLimits { time: Some(Duration::from_millis(300)), ..StreamLimits::default() };
    let begun = Instant::now();
    let late = read(begin(&client, VendorRequest::get(url, "/operation"), limits).await?).await;
    assert_eq!(late, Err("no whole answer within 300ms".to_owned()));
    assert!(begun.elapsed() < Duration::from_secs(10));
    Ok(())
}

#[tokio::test]
async fn a_body_keeps_its_place_until_it_ends_or_is_dropped() -> Test {
    let server = Server::start(|_, _| response(200, "", "content")).await?;
    let client = client(|limits| limits.concurrency = 1)?;
    let next = async || {
        let begun = begin(&client, server.get("/file"), StreamLimits::default());
        tokio::time::timeout(Duration::from_millis(200), begun).await.ok().and_then(Result::ok)
    };
    let first = next().await.ok_or("no answer")?;
    assert!(next().await.is_none());
    drop(first);
    let mut second = next().await.ok_or("no answer after one was dropped")?;
    while second.body.frame().await.is_some() {}
    let third = next().await.ok_or("no answer after one has ended")?;
    drop((second, third));
    Ok(())
}
