//! How many requests a second the driver sends to a server in the same process that answers at once, beside the same
//! requests through the HTTP library alone: the difference is what the driver costs.
//!
//! `request_rate [SECONDS] [CONNECTIONS]`.
#![expect(clippy::print_stdout, reason = "its output is what it is for")]

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use hyper_util::rt::TokioIo;
use stanch_live::Request;
use stanch_live::driver::{Driver, DriverOptions, HonestValues, build};
use stanch_live::http::{Client, ClientOptions};
use stanch_live::openapi::Operation;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use url::Url;

type Failure = Box<dyn std::error::Error + Send + Sync>;

#[tokio::main(worker_threads = 2)]
async fn main() -> Result<(), Failure> {
    let number = |index: usize, default: u64| std::env::args().nth(index).map_or(Ok(default), |text| text.parse());
    let (seconds, connections) = (number(1, 3)?, usize::try_from(number(2, 16)?)?);
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let base = Url::parse(&format!("http://{}/", listener.local_addr()?))?;
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(answer(stream));
        }
    });
    let client = Client::new(ClientOptions { idle_per_host: connections, ..ClientOptions::default() });
    let driver = Arc::new(Driver::new(client, base.clone(), DriverOptions::default()));
    let operation = Operation::undocumented(stanch_api::Method::Get, "/users/{id}");
    let request = build(&operation, "", &mut HonestValues)?;
    let end = Instant::now() + Duration::from_secs(seconds);
    let driven = sum(connections, || through_driver(Arc::clone(&driver), request.clone(), end)).await;
    let end = Instant::now() + Duration::from_secs(seconds);
    let bare = sum(connections, || through_library(base.clone(), end)).await;
    let (driven, bare) = (driven / seconds, bare / seconds);
    println!("driver {driven} requests/s, library alone {bare} requests/s, {connections} connections, two workers");
    Ok(())
}

/// Runs as many tasks as there are connections and adds up what they did.
async fn sum<F>(connections: usize, task: impl Fn() -> F) -> u64
where
    F: Future<Output = u64> + Send + 'static,
{
    let total = Arc::new(AtomicU64::new(0));
    let running: Vec<_> = (0..connections)
        .map(|_| {
            let (total, work) = (Arc::clone(&total), task());
            tokio::spawn(async move { total.fetch_add(work.await, Ordering::Relaxed) })
        })
        .collect();
    for task in running {
        drop(task.await);
    }
    total.load(Ordering::Relaxed)
}

async fn through_driver(driver: Arc<Driver>, request: Request, end: Instant) -> u64 {
    let mut sent = 0;
    while Instant::now() < end {
        match driver.exchange(request.clone()).await {
            Some(exchange) if exchange.outcome.is_ok() => sent += 1,
            _ => break,
        }
    }
    sent
}

async fn through_library(base: Url, end: Instant) -> u64 {
    let work = async {
        let address = base.socket_addrs(|| None)?;
        let stream = TcpStream::connect(address.as_slice()).await?;
        stream.set_nodelay(true)?;
        let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await?;
        tokio::spawn(async move { drop(connection.await) });
        let mut sent = 0;
        while Instant::now() < end {
            let request = hyper::Request::get("/users/1").header("host", "127.0.0.1").body(Full::<Bytes>::default())?;
            sender.send_request(request).await?.into_body().collect().await?;
            sent += 1;
        }
        Ok::<u64, Failure>(sent)
    };
    work.await.unwrap_or(0)
}

/// One answer for each head, whatever it asks.
async fn answer(mut stream: TcpStream) {
    const ANSWER: &[u8] =
        b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 11\r\n\r\n{\"id\": \"1\"}";
    let mut buffer = vec![0; 4096];
    while let Ok(read @ 1..) = stream.read(&mut buffer).await {
        // Heads of one connection come one at a time and are small.
        if buffer[..read].ends_with(b"\r\n\r\n") && stream.write_all(ANSWER).await.is_err() {
            return;
        }
    }
}
