use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use hyper_util::rt::TokioIo;
use rustls::pki_types::ServerName;
use rustls::{ClientConfig, RootCertStore};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, ReadBuf};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use url::{Host, Url};

use crate::SendError;

/// Scheme, host and port: what a connection is good for.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Origin {
    tls: bool,
    /// As a name or an address without brackets, for connecting.
    host: String,
    /// As it stands in a URL, brackets included.
    shown: String,
    port: u16,
}

impl Origin {
    pub(super) fn of(url: &Url) -> Result<Self, SendError> {
        let tls = match url.scheme() {
            "http" => false,
            "https" => true,
            other => return Err(SendError::Other(format!("{other} is neither http nor https"))),
        };
        let host = match url.host() {
            Some(Host::Domain(name)) => name.to_owned(),
            Some(Host::Ipv4(address)) => address.to_string(),
            Some(Host::Ipv6(address)) => address.to_string(),
            None => return Err(SendError::Other("the URL names no host".to_owned())),
        };
        let shown = url.host_str().unwrap_or_default().to_owned();
        Ok(Self { tls, host, shown, port: url.port_or_known_default().unwrap_or(80) })
    }

    /// `host` or `host:port`, as the `Host` header and an absolute target have it.
    pub(super) fn authority(&self) -> String {
        match (self.tls, self.port) {
            (false, 80) | (true, 443) => self.shown.clone(),
            _ => format!("{}:{}", self.shown, self.port),
        }
    }
}

/// Opens connections, through a proxy if there is one.
#[derive(Debug)]
pub(super) struct Connector {
    proxy: Option<Url>,
    tls: Arc<ClientConfig>,
}

impl Connector {
    pub(super) fn new(proxy: Option<Url>) -> Self {
        let roots = RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let tls = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map(|builder| builder.with_root_certificates(roots).with_no_client_auth());
        #[expect(clippy::expect_used, reason = "ring supports the default protocol versions by construction")]
        let tls = Arc::new(tls.expect("ring supports TLS 1.2 and 1.3"));
        Self { proxy, tls }
    }

    /// Whether requests to this origin go to a proxy that has to be told the whole URL.
    pub(super) const fn wants_absolute_target(&self, origin: &Origin) -> bool {
        self.proxy.is_some() && !origin.tls
    }

    pub(super) async fn open(&self, origin: &Origin) -> Result<TokioIo<Stream>, SendError> {
        let mut tcp = match &self.proxy {
            None => tcp(&origin.host, origin.port, &format!("{}:{}", origin.shown, origin.port)).await?,
            Some(proxy) => {
                let via = Origin::of(proxy)?;
                tcp(&via.host, via.port, &format!("the proxy {}:{}", via.shown, via.port)).await?
            }
        };
        if !origin.tls {
            return Ok(TokioIo::new(Stream::Plain(tcp)));
        }
        if self.proxy.is_some() {
            tunnel(&mut tcp, origin).await?;
        }
        let name = ServerName::try_from(origin.host.clone())
            .map_err(|_| SendError::Other(format!("{} is no name a certificate can have", origin.shown)))?;
        let stream = TlsConnector::from(Arc::clone(&self.tls))
            .connect(name, tcp)
            .await
            .map_err(|error| SendError::Other(format!("TLS with {} fails: {error}", origin.authority())))?;
        Ok(TokioIo::new(Stream::Tls(Box::new(stream))))
    }
}

/// Connects to the first address of the name that accepts.
async fn tcp(host: &str, port: u16, shown: &str) -> Result<TcpStream, SendError> {
    let addresses = tokio::net::lookup_host((host, port))
        .await
        .map_err(|_| SendError::Other(format!("the name {host} does not resolve")))?;
    let mut last = None;
    for address in addresses {
        match TcpStream::connect(address).await {
            Ok(stream) => {
                // Requests are small and answered one by one: waiting to fill a packet would only slow them down.
                drop(stream.set_nodelay(true));
                return Ok(stream);
            }
            Err(error) => last = Some(error),
        }
    }
    Err(match last {
        Some(error) if error.kind() == io::ErrorKind::ConnectionRefused => SendError::Refused(shown.to_owned()),
        Some(error) => SendError::Other(format!("no connection to {shown}: {error}")),
        None => SendError::Other(format!("the name {host} has no address")),
    })
}

/// Asks a proxy for a way through (RFC 9110, 9.3.6).
async fn tunnel(tcp: &mut TcpStream, origin: &Origin) -> Result<(), SendError> {
    const LIMIT: usize = 16 << 10;
    let refused = |why: &str| SendError::Other(format!("the proxy opens no way to {}: {why}", origin.shown));
    let address = format!("{}:{}", origin.shown, origin.port);
    let ask = format!("CONNECT {address} HTTP/1.1\r\nHost: {address}\r\n\r\n");
    tcp.write_all(ask.as_bytes()).await.map_err(|error| refused(&error.to_string()))?;
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        // Byte by byte, so that nothing of what follows the empty line is swallowed.
        let byte = tcp.read_u8().await.map_err(|error| refused(&error.to_string()))?;
        head.push(byte);
        if head.len() > LIMIT {
            return Err(refused("its answer is too long"));
        }
    }
    let status = head.split(|byte| *byte == b' ').nth(1).unwrap_or_default();
    if status == b"200" { Ok(()) } else { Err(refused(&format!("status {}", String::from_utf8_lossy(status)))) }
}

/// A connection, plain or encrypted.
#[derive(Debug)]
pub(super) enum Stream {
    Plain(TcpStream),
    Tls(Box<TlsStream<TcpStream>>),
}

impl AsyncRead for Stream {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Plain(stream) => Pin::new(stream).poll_read(cx, buf),
            Self::Tls(stream) => Pin::new(stream).poll_read(cx, buf),
        }
    }
}

impl AsyncWrite for Stream {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        match self.get_mut() {
            Self::Plain(stream) => Pin::new(stream).poll_write(cx, buf),
            Self::Tls(stream) => Pin::new(stream).poll_write(cx, buf),
        }
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Plain(stream) => Pin::new(stream).poll_flush(cx),
            Self::Tls(stream) => Pin::new(stream).poll_flush(cx),
        }
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Plain(stream) => Pin::new(stream).poll_shutdown(cx),
            Self::Tls(stream) => Pin::new(stream).poll_shutdown(cx),
        }
    }
}
