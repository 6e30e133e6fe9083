//! The user's app run under watch: on a copy of its tree, with an environment that holds none of the user's keys,
//! behind a wall that lets it reach our own ports only, each thing it does told as an event.

mod command;
mod control;
mod copy;
mod entry;
mod environment;
mod error;
mod explain;
mod hints;
mod install;
mod interpreter;
mod interrupt;
mod isolation;
mod journal;
mod launch;
mod message;
#[cfg(target_os = "linux")]
mod netlink;
mod output;
mod packages;
mod process;
mod requirements;
mod runner;
mod running;
mod scratch;
mod supervise;

pub use command::{CommandEnd, Happening, WatchedCommand};
pub use entry::Candidate;
pub use environment::SdkCredentials;
pub use error::LaunchError;
pub use install::install;
pub use interpreter::{Interpreter, find_interpreter};
pub use interrupt::{interrupted, listen_for_interrupts};
pub use isolation::{Isolated, Isolation, isolate, isolate_processes};
pub use launch::{LaunchOptions, Serve, launch};
pub use message::{DeclaredParameter, LiveRoute};
pub use running::{Ended, RunningApp, Written};
pub use scratch::{Scratch, sweep_stale};
pub use supervise::{RUN_COMMAND, run_child};
