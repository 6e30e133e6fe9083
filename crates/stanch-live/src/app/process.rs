use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use tokio::process::{Child, ChildStdin, Command};
use tokio::task::JoinHandle;

use super::control::ControlPort;
use super::journal::Journal;
use super::output;
use super::supervise::RUN_COMMAND;
use crate::LogStream;

/// One process of the app with its supervisor, its streams and its control connection. Dropping it kills everything.
pub(crate) struct Process {
    child: Child,
    lifeline: Lifeline,
    pub(crate) journal: Arc<Journal>,
    readers: Vec<JoinHandle<()>>,
    _control: ControlPort,
    ended: Option<ExitStatus>,
}

/// The supervisor's standard input. Closing it is how everything below is ended.
type Lifeline = Arc<Mutex<Option<ChildStdin>>>;

/// What a process is started with.
pub(crate) struct Start<'a> {
    pub(crate) supervisor: &'a Path,
    pub(crate) program: &'a [OsString],
    pub(crate) directory: &'a Path,
    pub(crate) environment: &'a BTreeMap<OsString, OsString>,
    pub(crate) nonce: &'a str,
}

impl Process {
    pub(crate) fn start(start: &Start<'_>, control: ControlPort, journal: Arc<Journal>) -> std::io::Result<Self> {
        let mut child = Command::new(start.supervisor)
            .args([RUN_COMMAND, "watch", "--"])
            .args(start.program)
            .env_clear()
            .envs(start.environment)
            .current_dir(start.directory)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()?;
        let lifeline: Lifeline = Arc::new(Mutex::new(child.stdin.take()));
        let mut readers = Vec::new();
        if let Some(stdout) = child.stdout.take() {
            readers.push(follow(stdout, LogStream::Stdout, start.nonce, &journal, &lifeline));
        }
        if let Some(stderr) = child.stderr.take() {
            readers.push(follow(stderr, LogStream::Stderr, start.nonce, &journal, &lifeline));
        }
        Ok(Self { child, lifeline, journal, readers, _control: control, ended: None })
    }

    /// How it ended, if it has.
    pub(crate) fn ended(&mut self) -> Option<ExitStatus> {
        if self.ended.is_none() {
            self.ended = self.child.try_wait().ok().flatten();
        }
        self.ended
    }

    /// Waits for its end.
    pub(crate) async fn wait(&mut self) -> Option<ExitStatus> {
        if self.ended.is_none() {
            self.ended = self.child.wait().await.ok();
        }
        self.ended
    }

    /// Waits until both streams have been read to their end, for a little while: what a process said before it ended
    /// may still be on its way.
    pub(crate) async fn drain(&mut self) {
        for reader in &mut self.readers {
            let _ = tokio::time::timeout(Duration::from_millis(500), reader).await;
        }
        self.readers.clear();
    }

    /// Ends it and all it started.
    pub(crate) async fn kill(&mut self) {
        cut(&self.lifeline);
        if tokio::time::timeout(GRACE, self.child.wait()).await.is_err() {
            let _ = self.child.start_kill();
            let _ = self.child.wait().await;
        }
    }
}

/// Time for the supervisor to kill and reap everything.
const GRACE: Duration = Duration::from_secs(2);

impl Drop for Process {
    fn drop(&mut self) {
        cut(&self.lifeline);
        let start = Instant::now();
        // Nobody can wait for a future here; the supervisor needs a few milliseconds.
        while self.ended().is_none() && start.elapsed() < GRACE {
            std::thread::sleep(Duration::from_millis(2));
        }
        let _ = self.child.start_kill();
        for reader in &self.readers {
            reader.abort();
        }
    }
}

fn cut(lifeline: &Lifeline) {
    drop(lifeline.lock().unwrap_or_else(PoisonError::into_inner).take());
}

fn follow(
    from: impl tokio::io::AsyncRead + Unpin + Send + 'static,
    stream: LogStream,
    nonce: &str,
    journal: &Arc<Journal>,
    lifeline: &Lifeline,
) -> JoinHandle<()> {
    let (nonce, journal, lifeline) = (nonce.to_owned(), Arc::clone(journal), Arc::clone(lifeline));
    tokio::spawn(async move {
        if output::read(from, stream, nonce, Arc::clone(&journal)).await {
            journal.flooded();
            cut(&lifeline);
        }
    })
}

/// The program that supervises: this one, by the name it was started under.
pub(crate) fn own_program() -> std::io::Result<PathBuf> {
    std::env::current_exe()
}
