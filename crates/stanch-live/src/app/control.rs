use std::io;
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::{JoinHandle, JoinSet};

use super::journal::Journal;
use super::message::Message;

/// Longest line in bytes. Texts are cut far below it by the runner.
const MAX_LINE: u64 = 256 * 1024;
/// Processes of the app that may be connected at a time.
const MAX_CONNECTIONS: usize = 256;
/// Time for the first line to come.
const HELLO: Duration = Duration::from_secs(5);

/// Listens for the control connections of the app's processes until it is dropped.
pub(crate) struct ControlPort {
    pub(crate) port: u16,
    task: JoinHandle<()>,
}

impl ControlPort {
    /// Opens the port; whoever does not say the nonce is not listened to.
    pub(crate) async fn open(nonce: String, journal: Arc<Journal>) -> io::Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let port = listener.local_addr()?.port();
        let task = tokio::spawn(async move {
            let mut connections = JoinSet::new();
            while let Ok((stream, _)) = listener.accept().await {
                while connections.try_join_next().is_some() {}
                if connections.len() < MAX_CONNECTIONS {
                    connections.spawn(listen(stream, nonce.clone(), Arc::clone(&journal)));
                }
            }
        });
        Ok(Self { port, task })
    }
}

impl Drop for ControlPort {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn listen(stream: TcpStream, nonce: String, journal: Arc<Journal>) {
    let mut reader = BufReader::new(stream);
    let Ok(Some(Message::Hello { nonce: said })) = tokio::time::timeout(HELLO, next(&mut reader)).await else { return };
    if said != nonce {
        return;
    }
    journal.tell(Message::Hello { nonce: said });
    while let Some(message) = next(&mut reader).await {
        journal.tell(message);
    }
}

/// The next line that can be read; lines of a kind unknown are passed over. None at the end or when a line is too long.
async fn next(reader: &mut BufReader<TcpStream>) -> Option<Message> {
    loop {
        let mut line = Vec::new();
        let length = (&mut *reader).take(MAX_LINE).read_until(b'\n', &mut line).await.ok()?;
        if length == 0 || line.last() != Some(&b'\n') {
            return None;
        }
        if let Ok(message) = serde_json::from_slice(&line) {
            return Some(message);
        }
    }
}
