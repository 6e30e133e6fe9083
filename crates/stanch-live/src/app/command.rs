use std::sync::Arc;

use super::copy::Copied;
use super::entry::Candidate;
use super::error::LaunchError;
use super::journal::Journal;
use super::launch::{LaunchOptions, prepare, spawn};
use super::message::LiveRoute;
use super::process::Process;
use super::running::{Written, written_in};
use super::scratch::Scratch;
use super::supervise::describe_end;
use crate::{Event, ProbeId};

/// A command of the user's own, run on a copy of the tree and watched to its end: `pytest -q`. Dropping it ends its
/// processes and removes its directory.
pub struct WatchedCommand {
    process: Process,
    journal: Arc<Journal>,
    options: LaunchOptions,
    copied: Copied,
    scratch: Scratch,
    is_over: bool,
}

/// What came of a test, or of what stands between two.
#[derive(Debug, Default)]
pub struct Happening {
    /// The test; none for what happened outside of all.
    pub test: Option<(ProbeId, String)>,
    /// In order; what was printed comes last.
    pub events: Vec<Event>,
    /// What the command itself has said since the last time.
    pub spoken: String,
}

/// What is left when the command has ended.
#[derive(Debug, Default)]
pub struct CommandEnd {
    /// Its exit code; 128 and the signal where it was killed.
    pub code: Option<i32>,
    /// How it ended, in words.
    pub how: String,
    /// Whether any Python of it said that it is watched.
    pub was_watched: bool,
    /// What could not be watched because a library is of a version unknown, as `module: error`.
    pub blind_spots: Vec<String>,
    /// Files that were made or changed in the copy.
    pub written: Vec<Written>,
    /// Where the temporary directory stays, if it was to.
    pub kept: Option<std::path::PathBuf>,
}

impl WatchedCommand {
    /// Copies the tree and starts [`LaunchOptions::command`] in the copy.
    ///
    /// # Errors
    /// When the copy cannot be made or the process not be started.
    pub async fn start(options: LaunchOptions) -> Result<Self, LaunchError> {
        let scratch = Scratch::new().map_err(LaunchError::system("making a temporary directory"))?;
        let place = scratch.path();
        let copied = prepare(&options.project, &place).map_err(LaunchError::system("copying the project"))?;
        let module = options.command.first().cloned().unwrap_or_default();
        let candidate = Candidate { module, name: None, factory: false, root: String::new() };
        let process = spawn(&options, &place, &candidate).await?;
        let journal = Arc::clone(&process.journal);
        Ok(Self { process, journal, options, copied, scratch, is_over: false })
    }

    /// Waits for the next test to end, or for the command to; none when all was taken.
    pub async fn next(&mut self) -> Option<Happening> {
        let journal = Arc::clone(&self.journal);
        loop {
            let changed = journal.changed.notified();
            tokio::pin!(changed);
            changed.as_mut().enable();
            let open = if self.is_over { journal.take_open_test() } else { None };
            if let Some(test) = journal.take_ended_test().or(open) {
                return Some(self.happening(Some(test)));
            }
            if self.is_over {
                let rest = Happening { events: journal.take_all(), ..self.happening(None) };
                return Some(rest).filter(|rest| !rest.events.is_empty() || !rest.spoken.is_empty());
            }
            tokio::select! {
                () = changed => {}
                _ = self.process.wait() => {
                    self.process.drain().await;
                    self.is_over = true;
                }
            }
            // A command that tells without end must not keep the clock beside this from being looked at.
            tokio::task::yield_now().await;
        }
    }

    /// Routes of the first app that was asked, once one was.
    #[must_use]
    pub fn routes(&self) -> Vec<LiveRoute> {
        let prefix = &self.options.place_prefix;
        let routes = self.journal.start(|start| start.routes.clone());
        routes.into_iter().flat_map(|all| all.routes).map(|raw| LiveRoute::new(raw, prefix)).collect()
    }

    /// Ends what is left of it, and tells how it ended.
    pub async fn end(mut self) -> CommandEnd {
        self.process.kill().await;
        let status = self.process.ended();
        CommandEnd {
            code: status.and_then(|status| status.code()),
            how: status.map_or_else(|| "it is gone".to_owned(), describe_end),
            was_watched: self.journal.start(|start| start.greeted),
            blind_spots: self.journal.misfits(),
            written: written_in(&self.copied, &self.scratch.path().join("copy"), &self.journal),
            kept: self.options.keep.then(|| self.scratch.keep()),
        }
    }

    fn happening(&self, test: Option<(ProbeId, String)>) -> Happening {
        let events = self.journal.take(test.as_ref().map(|(probe, _)| *probe));
        let spoken = String::from_utf8_lossy(&self.journal.take_spoken()).into_owned();
        Happening { test, events, spoken }
    }
}
