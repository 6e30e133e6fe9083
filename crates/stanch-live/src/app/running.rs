use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use stanch_api::SourcePlace;

use super::copy::{Copied, changed};
use super::entry::Candidate;
use super::error::LaunchError;
use super::isolation::Isolation;
use super::journal::Journal;
use super::launch::{LaunchOptions, Up, start};
use super::message::LiveRoute;
use super::output::FLOOD;
use super::scratch::Scratch;
use super::supervise::describe_end;
use crate::{Event, ProbeId};

/// An app that answers. Dropping it ends its processes and removes its directory.
pub struct RunningApp {
    up: Up,
    startup: Vec<Event>,
    options: LaunchOptions,
    candidate: Candidate,
    copied: Copied,
    scratch: Scratch,
}

/// A file that the app made or changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Written {
    /// Relative to the project, with `/`.
    pub path: String,
    /// Its text, cut at 1 MiB; bytes that are no UTF-8 replaced.
    pub text: String,
    /// The app's own line that opened it, where that is known.
    pub source: Option<SourcePlace>,
}

/// What is left when the app is stopped.
#[derive(Debug, Default)]
pub struct Ended {
    /// Events that no probe has taken.
    pub events: Vec<Event>,
    /// Files that the app made or changed in its copy.
    pub written: Vec<Written>,
    /// Where the temporary directory stays, if it was to.
    pub kept: Option<PathBuf>,
}

impl RunningApp {
    pub(crate) fn new(options: LaunchOptions, scratch: Scratch, copied: Copied, candidate: Candidate, up: Up) -> Self {
        let startup = up.process.journal.take(None);
        Self { up, startup, options, candidate, copied, scratch }
    }

    /// Where it answers.
    #[must_use]
    pub const fn address(&self) -> SocketAddr {
        self.up.address
    }

    /// The text of a file in the copy, if the path is relative, else of that file.
    ///
    /// # Errors
    /// When it cannot be read as text.
    pub fn read(&self, file: &Path) -> std::io::Result<String> {
        std::fs::read_to_string(self.scratch.path().join("copy").join(file))
    }

    /// The routes it really has.
    #[must_use]
    pub fn routes(&self) -> &[LiveRoute] {
        &self.up.routes
    }

    /// `flask`, `fastapi` or `chalice`.
    #[must_use]
    pub fn framework(&self) -> &str {
        &self.up.framework
    }

    /// Whether the app has switched its debug mode on.
    #[must_use]
    pub const fn debug(&self) -> bool {
        self.up.debug
    }

    /// Whether the app has switched its testing mode on.
    #[must_use]
    pub const fn testing(&self) -> bool {
        self.up.testing
    }

    /// The app that was started.
    #[must_use]
    pub const fn entry(&self) -> &Candidate {
        &self.candidate
    }

    /// How it is held back.
    #[must_use]
    pub const fn isolation(&self) -> &Isolation {
        &self.options.isolation
    }

    /// What happened before it was ready.
    #[must_use]
    pub fn startup_events(&self) -> &[Event] {
        &self.startup
    }

    /// What could not be watched because a library of the app is of a version unknown, as `module: error`.
    #[must_use]
    pub fn blind_spots(&self) -> Vec<String> {
        self.up.process.journal.misfits()
    }

    /// Files of the project that are not in the copy, with the reason.
    #[must_use]
    pub fn skipped(&self) -> &[(PathBuf, String)] {
        &self.copied.skipped
    }

    /// Waits until everything that a probe caused has come, at most for `timeout`, and takes it out: what the app did
    /// in order, then what it printed. What belongs to no probe (a background thread) comes along.
    ///
    /// To be called after the answer has been read. An app that is still at it, or is dead, gives what it gave so far;
    /// the rest comes with a later call, under its own probe, by [`Self::leftovers`].
    pub async fn wait_probe(&mut self, probe: ProbeId, timeout: Duration) -> Vec<Event> {
        let journal = Arc::clone(&self.up.process.journal);
        // A server that is not watched from inside tells no end; what it prints comes a little behind its answer.
        let is_told = journal.start(|start| start.greeted);
        let timeout = if is_told { timeout } else { timeout.min(UNTOLD) };
        let dead = tokio::select! {
            _ = tokio::time::timeout(timeout, until_ended(&journal, probe)) => false,
            _ = self.up.process.wait() => true,
        };
        if dead {
            self.up.process.drain().await;
        }
        journal.take(Some(probe))
    }

    /// Takes out all events that are left, of any probe.
    pub fn leftovers(&mut self) -> Vec<Event> {
        self.up.process.journal.take_all()
    }

    /// Whether its process still runs.
    pub fn is_alive(&mut self) -> bool {
        self.up.process.ended().is_none()
    }

    /// How its process ended and what it said last, if it has ended.
    pub fn death(&mut self) -> Option<String> {
        let how = describe_end(self.up.process.ended()?);
        if self.up.process.journal.is_flooded() {
            return Some(format!("it printed more than {} MiB and was stopped", FLOOD >> 20));
        }
        let words = self.up.process.journal.last_words();
        Some(if words.is_empty() { how } else { format!("{how}; its last words:\n{words}") })
    }

    /// Waits until its process has ended, at most for `timeout`.
    pub async fn wait_for_end(&mut self, timeout: Duration) {
        if tokio::time::timeout(timeout, self.up.process.wait()).await.is_ok() {
            self.up.process.drain().await;
        }
    }

    /// Ends the process and starts a new one on the same copy. The address changes. Events that nobody took are lost.
    ///
    /// # Errors
    /// As for [`super::launch`]; the app is then down.
    pub async fn restart(&mut self) -> Result<(), LaunchError> {
        self.up.process.kill().await;
        self.up = start(&self.options, &self.scratch.path(), &self.candidate).await?;
        self.startup = self.up.process.journal.take(None);
        Ok(())
    }

    /// Ends it and tells what is left of it.
    pub async fn stop(mut self) -> Ended {
        self.up.process.kill().await;
        self.up.process.drain().await;
        let events = self.leftovers();
        let written = self.written();
        let kept = self.options.keep.then(|| self.scratch.keep());
        Ended { events, written, kept }
    }

    /// Files that the app has made or changed so far, at most 200.
    #[must_use]
    pub fn written(&self) -> Vec<Written> {
        written_in(&self.copied, &self.scratch.path().join("copy"), &self.up.process.journal)
    }
}

/// Files that were made or changed in a copy, at most 200.
pub(crate) fn written_in(copied: &Copied, copy: &Path, journal: &Journal) -> Vec<Written> {
    let read = |path: PathBuf| {
        let text = read_start(&copy.join(&path)).ok()?;
        let path = path.to_string_lossy().replace('\\', "/");
        Some(Written { source: journal.opened_at(&path), path, text })
    };
    changed(copied, copy).into_iter().take(200).filter_map(read).collect()
}

/// How long what a server printed, which is not watched from inside, is waited for after its answer.
const UNTOLD: Duration = Duration::from_millis(20);

async fn until_ended(journal: &Journal, probe: ProbeId) {
    loop {
        let changed = journal.changed.notified();
        tokio::pin!(changed);
        changed.as_mut().enable();
        if journal.has_ended(probe) {
            return;
        }
        changed.await;
        // An app that tells without end must not keep the clock beside this from being looked at.
        tokio::task::yield_now().await;
    }
}

fn read_start(path: &Path) -> std::io::Result<String> {
    use std::io::Read as _;

    let mut bytes = Vec::new();
    std::fs::File::open(path)?.take(1024 * 1024).read_to_end(&mut bytes)?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}
