//! A server of our own that waits to be asked by the API: a parameter that makes the API call it is proof of a forged
//! request, whether or not the answer shows anything of it.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

use super::options::ScanError;

/// What it answers, to be recognised where the API hands it on.
pub(crate) const TEXT: &str = "stanch-collector-0417";
/// How long a call may come after the answer.
const WAIT: Duration = Duration::from_millis(150);
/// Bytes of a request that are read, and time for them.
const LIMIT: usize = 2 << 10;
const TIME: Duration = Duration::from_secs(2);

/// The server. It ends with the runtime that it was opened on.
#[derive(Debug)]
pub(super) struct Collector {
    address: String,
    given: u32,
    seen: Arc<Mutex<BTreeMap<String, String>>>,
}

impl Collector {
    /// Listens on an address, `127.0.0.1:0` for any free port of this machine.
    pub(super) async fn open(address: &str) -> Result<Self, ScanError> {
        let failed = |error: std::io::Error| ScanError::NoCollector(address.to_owned(), error.to_string());
        let listener = TcpListener::bind(address).await.map_err(failed)?;
        let address = listener.local_addr().map_err(failed)?.to_string();
        let seen: Arc<Mutex<BTreeMap<String, String>>> = Arc::default();
        let kept = Arc::clone(&seen);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(answer(stream, Arc::clone(&kept)));
            }
        });
        Ok(Self { address, given: 0, seen })
    }

    /// A URL that was not given before.
    pub(super) fn url(&mut self) -> String {
        self.given += 1;
        format!("http://{}/stanch-{}", self.address, self.given)
    }

    /// What asked for the URL given last: `GET, User-Agent python-requests/2.32`. Waits a little for one that comes late.
    pub(super) async fn caller(&self) -> Option<String> {
        let path = format!("/stanch-{}", self.given);
        for _ in 0..3 {
            if let Some(caller) = self.seen.lock().unwrap_or_else(PoisonError::into_inner).get(&path) {
                return Some(caller.clone());
            }
            tokio::time::sleep(WAIT / 3).await;
        }
        None
    }
}

async fn answer(mut stream: TcpStream, seen: Arc<Mutex<BTreeMap<String, String>>>) {
    let mut head = vec![0; LIMIT];
    let Ok(Ok(read)) = tokio::time::timeout(TIME, stream.read(&mut head)).await else { return };
    let text = String::from_utf8_lossy(&head[..read]).into_owned();
    let mut words = text.split_whitespace();
    let (Some(method), Some(path)) = (words.next(), words.next()) else { return };
    if path.starts_with("/stanch-") {
        let plain =
            |text: &str| text.chars().filter(|c| c.is_ascii_graphic() || *c == ' ').take(60).collect::<String>();
        let agent = text.lines().find_map(|line| line.to_ascii_lowercase().strip_prefix("user-agent:").map(plain));
        let caller = match agent {
            Some(agent) => format!("{}, User-Agent{agent}", plain(method)),
            None => plain(method),
        };
        let mut seen = seen.lock().unwrap_or_else(PoisonError::into_inner);
        seen.entry(path.split('?').next().unwrap_or_default().to_owned()).or_insert(caller);
    }
    let body = format!("{{\"text\": \"{TEXT}\"}}");
    let head = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\nContent-Length: ";
    drop(stream.write_all(format!("{head}{}\r\n\r\n{body}", body.len()).as_bytes()).await);
}
