//! Servers that do all they can to hang, flood or confuse a client.
#![expect(clippy::unwrap_used, reason = "tests")]

use std::io::Write as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use stanch_api::Method;
use stanch_live::http::{Client, ClientOptions};
use stanch_live::{Request, Response, SendError};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use url::Url;

const LIMIT: usize = 64 << 10;

#[tokio::test]
async fn an_honest_answer_arrives_whole_and_the_connection_is_kept() {
    let connections = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&connections);
    let base = serve(move |mut stream| {
        counter.fetch_add(1, Ordering::SeqCst);
        async move {
            while read_head(&mut stream).await {
                stream.write_all(b"HTTP/1.1 200 OK\r\nX-A: 1\r\nContent-Length: 5\r\n\r\nhello").await.unwrap();
            }
        }
    })
    .await;
    let client = client();
    for _ in 0..3 {
        let answer = client.send(&base, &get("/a?b=c")).await.unwrap();
        assert_eq!((answer.status, &*answer.body, answer.cut), (200, &b"hello"[..], false));
        assert_eq!(answer.header("x-a"), Some("1"));
    }
    assert_eq!(connections.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn a_kept_connection_that_was_closed_costs_nothing() {
    let base = answers_once(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok".to_vec()).await;
    let client = client();
    for _ in 0..5 {
        assert_eq!(client.send(&base, &get("/")).await.unwrap().body, "ok");
    }
}

#[tokio::test]
async fn an_endless_body_is_cut_at_the_limit() {
    let base = serve(|mut stream| async move {
        read_head(&mut stream).await;
        drop(stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n").await);
        while stream.write_all(&[b'a'; 4096]).await.is_ok() {}
    })
    .await;
    let answer = client().send(&base, &get("/")).await.unwrap();
    assert_eq!((answer.body.len(), answer.cut), (LIMIT, true));
}

#[tokio::test]
async fn a_slow_loris_ends_with_the_deadline_in_headers_and_in_the_body() {
    let head_only = "HTTP/1.1 200 OK\r\nX-Drip: ";
    for head in [head_only, "HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n\r\n"] {
        let base = serve(move |mut stream| async move {
            read_head(&mut stream).await;
            drop(stream.write_all(head.as_bytes()).await);
            while stream.write_all(b"X").await.is_ok() {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        })
        .await;
        let start = Instant::now();
        let outcome = client().send(&base, &get("/")).await;
        assert!(start.elapsed() < Duration::from_secs(5));
        match outcome {
            Ok(answer) => assert!(head != head_only && answer.cut && answer.body.starts_with(b"X")),
            Err(error) => assert!(head == head_only && matches!(error, SendError::Timeout(_)), "{error}"),
        }
    }
}

#[tokio::test]
async fn wrong_lengths_keep_what_came() {
    let short = answers_once(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nshort".to_vec()).await;
    assert_eq!(cut_body(&client().send(&short, &get("/")).await), "short");
    let long = answers_once(b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nlonger".to_vec()).await;
    assert_eq!(client().send(&long, &get("/")).await.unwrap().body, "lon");
    let chunks = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nfirst\r\nzz\r\nsecond".to_vec();
    assert_eq!(cut_body(&client().send(&answers_once(chunks).await, &get("/")).await), "first");
    let negative = answers_once(b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\nx".to_vec()).await;
    assert!(matches!(client().send(&negative, &get("/")).await, Err(SendError::NotHttp(_))));
}

#[tokio::test]
async fn huge_headers_and_other_protocols_are_no_http() {
    let mut huge = b"HTTP/1.1 200 OK\r\nX-Big: ".to_vec();
    huge.resize(10 << 20, b'a');
    let mut many = b"HTTP/1.1 200 OK\r\n".to_vec();
    (0..5000).for_each(|n| write!(many, "X-{n}: 1\r\n").unwrap());
    many.extend(b"\r\n");
    for bytes in [huge, many, b"SSH-2.0-OpenSSH_9.9\r\n".to_vec(), b"\x15\x03\x01\x00\x02\x02\x16".to_vec()] {
        let outcome = client().send(&answers_once(bytes).await, &get("/")).await;
        assert!(matches!(outcome, Err(SendError::NotHttp(_))), "{outcome:?}");
    }
    let outcome = client().send(&answers_once(Vec::new()).await, &get("/")).await;
    assert!(matches!(outcome, Err(SendError::Closed(_))), "{outcome:?}");
}

#[tokio::test]
async fn a_gzip_bomb_is_cut_at_the_limit() {
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    gzip.write_all(&vec![0; 32 << 20]).unwrap();
    let bomb = gzip.finish().unwrap();
    let head = format!("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: {}\r\n\r\n", bomb.len());
    let base = answers_once([head.into_bytes(), bomb].concat()).await;
    let answer = client().send(&base, &get("/")).await.unwrap();
    assert_eq!((answer.body.len(), answer.cut), (LIMIT, true));
}

#[tokio::test]
async fn a_redirect_is_told_and_never_followed() {
    let requests = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&requests);
    let base = serve(move |mut stream| {
        let counter = Arc::clone(&counter);
        async move {
            while read_head(&mut stream).await {
                counter.fetch_add(1, Ordering::SeqCst);
                let answer = b"HTTP/1.1 302 Found\r\nLocation: /again\r\nContent-Length: 0\r\n\r\n";
                stream.write_all(answer).await.unwrap();
            }
        }
    })
    .await;
    let answer = client().send(&base, &get("/again")).await.unwrap();
    assert_eq!((answer.status, answer.header("location")), (302, Some("/again")));
    assert_eq!(requests.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn refusal_bad_schemes_and_bad_headers_are_named() {
    let port = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap().port();
    let base: Url = format!("http://127.0.0.1:{port}").parse().unwrap();
    assert!(matches!(client().send(&base, &get("/")).await, Err(SendError::Refused(_))));
    let ftp: Url = "ftp://127.0.0.1/".parse().unwrap();
    assert!(matches!(client().send(&ftp, &get("/")).await, Err(SendError::Other(_))));
    let base = answers_once(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n".to_vec()).await;
    let mut odd = get("/");
    odd.headers.push(("X".to_owned(), "a\r\nB: c".to_owned()));
    assert_eq!(client().send(&base, &odd).await, Err(SendError::Other("the header X cannot be sent over HTTP".into())));
    let talks_first = serve(|mut stream| async move { drop(stream.write_all(b"220 mail ready\r\n").await) }).await;
    let tls: Url = talks_first.as_str().replace("http:", "https:").parse().unwrap();
    assert!(matches!(client().send(&tls, &get("/")).await, Err(SendError::Other(text)) if text.starts_with("TLS")));
}

#[tokio::test]
async fn a_proxy_is_told_the_whole_url() {
    let proxy = serve(|mut stream| async move {
        let mut head = vec![0; 4096];
        let length = stream.read(&mut head).await.unwrap();
        let line = head[..length].split(|byte| *byte == b'\r').next().unwrap().to_vec();
        let answer = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", line.len());
        stream.write_all(&[answer.into_bytes(), line].concat()).await.unwrap();
    })
    .await;
    let client = Client::new(ClientOptions { proxy: Some(proxy), ..options() });
    let base: Url = "http://api.invalid:81/".parse().unwrap();
    let answer = client.send(&base, &get("/a?b=1")).await.unwrap();
    assert_eq!(answer.body, "GET http://api.invalid:81/a?b=1 HTTP/1.1");
}

fn options() -> ClientOptions {
    ClientOptions { timeout: Duration::from_millis(1500), body_limit: LIMIT, ..ClientOptions::default() }
}

fn client() -> Client {
    Client::new(options())
}

fn get(target: &str) -> Request {
    Request { method: Method::Get, target: target.to_owned(), headers: Vec::new(), body: bytes::Bytes::new() }
}

fn cut_body(outcome: &Result<Response, SendError>) -> String {
    let answer = outcome.as_ref().unwrap();
    assert!(answer.cut);
    String::from_utf8_lossy(&answer.body).into_owned()
}

/// Answers each connection with the bytes and closes it.
async fn answers_once(bytes: Vec<u8>) -> Url {
    let bytes = Arc::new(bytes);
    serve(move |mut stream| {
        let bytes = Arc::clone(&bytes);
        async move {
            read_head(&mut stream).await;
            drop(stream.write_all(&bytes).await);
            drop(stream.shutdown().await);
        }
    })
    .await
}

async fn serve<F, T>(handle: F) -> Url
where
    F: Fn(TcpStream) -> T + Send + 'static,
    T: Future<Output = ()> + Send + 'static,
{
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}/", listener.local_addr().unwrap());
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(handle(stream));
        }
    });
    base.parse().unwrap()
}

/// Reads to the end of a request's headers; false when there is no further request.
async fn read_head(stream: &mut TcpStream) -> bool {
    let mut seen = Vec::new();
    while !seen.ends_with(b"\r\n\r\n") {
        match stream.read_u8().await {
            Ok(byte) => seen.push(byte),
            Err(_) => return false,
        }
    }
    true
}
