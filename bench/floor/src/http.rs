//! One persistent HTTP/1.1 connection for the responses of the page server: bodies with a length, perhaps compressed, over
//! TLS if the server speaks it.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::Arc;

use rustls::crypto::ring;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};

use crate::Result;

/// The credentials `1:secret`, as every contender sends them.
const AUTHORIZATION: &str = "Basic MTpzZWNyZXQ=";
const HEAD_LIMIT: usize = 64 << 10;

pub struct Connection {
    stream: Stream,
    host: String,
    /// The response that is being read: head and body.
    buffer: Vec<u8>,
    inflated: Vec<u8>,
}

enum Stream {
    Plain(TcpStream),
    Tls(Box<StreamOwned<ClientConnection, TcpStream>>),
}

/// The relevant parts of a head.
struct Head {
    end: usize,
    length: usize,
    is_compressed: bool,
}

impl Connection {
    /// Connects to a URL. `authority` is the PEM file of its certificate authority, if it is one of `https`.
    pub fn open(url: &str, authority: Option<&str>) -> Result<Self> {
        let (scheme, host) = url.trim_end_matches('/').split_once("://").ok_or("the URL has no scheme")?;
        let stream = TcpStream::connect(host)?;
        stream.set_nodelay(true)?;
        let stream = match (scheme, authority) {
            ("http", _) => Stream::Plain(stream),
            ("https", Some(authority)) => Stream::Tls(Box::new(secure(stream, host, authority)?)),
            _ => return Err("the floors speak HTTP, and HTTPS with a certificate authority".into()),
        };
        Ok(Self { stream, host: host.to_owned(), buffer: Vec::new(), inflated: Vec::new() })
    }

    /// Requests a path and returns the body of the response.
    pub fn get(&mut self, path: &str) -> Result<&[u8]> {
        let host = &self.host;
        let head = format!(
            "GET {path} HTTP/1.1\r\nHost: {host}\r\nAuthorization: {AUTHORIZATION}\r\nAccept-Encoding: gzip\r\n\r\n"
        );
        self.stream.write_all(head.as_bytes())?;
        self.stream.flush()?;
        self.buffer.clear();
        let head = self.read_head()?;
        let whole = head.end + head.length;
        if self.buffer.len() < whole {
            let read = self.buffer.len();
            self.buffer.resize(whole, 0);
            self.stream.read_exact(&mut self.buffer[read..])?;
        }
        let body = &self.buffer[head.end..whole];
        if !head.is_compressed {
            return Ok(body);
        }
        self.inflated.clear();
        flate2::read::MultiGzDecoder::new(body).read_to_end(&mut self.inflated)?;
        Ok(&self.inflated)
    }

    fn read_head(&mut self) -> Result<Head> {
        loop {
            let read = self.buffer.len();
            if read > HEAD_LIMIT {
                return Err("the response has no head".into());
            }
            self.buffer.resize(read + (16 << 10), 0);
            let more = self.stream.read(&mut self.buffer[read..])?;
            self.buffer.truncate(read + more);
            if more == 0 {
                return Err("the server closed the connection".into());
            }
            let mut headers = [httparse::EMPTY_HEADER; 32];
            let mut response = httparse::Response::new(&mut headers);
            if let httparse::Status::Complete(end) = response.parse(&self.buffer)? {
                if response.code != Some(200) {
                    return Err(format!("status {:?}", response.code).into());
                }
                return head_of(end, response.headers);
            }
        }
    }
}

fn secure(stream: TcpStream, host: &str, authority: &str) -> Result<StreamOwned<ClientConnection, TcpStream>> {
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_file_iter(authority)? {
        roots.add(certificate?)?;
    }
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()?;
    let config = config.with_root_certificates(roots).with_no_client_auth();
    let name = host.rsplit_once(':').map_or(host, |(name, _)| name).to_owned();
    let connection = ClientConnection::new(Arc::new(config), ServerName::try_from(name)?)?;
    Ok(StreamOwned::new(connection, stream))
}

impl Read for Stream {
    fn read(&mut self, out: &mut [u8]) -> std::io::Result<usize> {
        match self {
            Self::Plain(stream) => stream.read(out),
            Self::Tls(stream) => stream.read(out),
        }
    }
}

impl Write for Stream {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        match self {
            Self::Plain(stream) => stream.write(bytes),
            Self::Tls(stream) => stream.write(bytes),
        }
    }

    fn flush(&mut self) -> std::io::Result<()> {
        match self {
            Self::Plain(stream) => stream.flush(),
            Self::Tls(stream) => stream.flush(),
        }
    }
}

fn head_of(end: usize, headers: &[httparse::Header<'_>]) -> Result<Head> {
    let value =
        |name: &str| headers.iter().find(|header| header.name.eq_ignore_ascii_case(name)).map(|header| header.value);
    let length = value("content-length").ok_or("the response has no length")?;
    let length = std::str::from_utf8(length)?.parse()?;
    Ok(Head { end, length, is_compressed: value("content-encoding") == Some(b"gzip") })
}
