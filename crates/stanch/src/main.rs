//! `stanch`, the command: one file per subcommand, configuration, exit codes.

mod cli;
mod commands;
mod config;
mod exit;
mod git;
mod project;
mod report;
mod suppress;
mod talk;

use std::process::ExitCode;

use clap::Parser;
use stanch_findings::Diagnostic;
use stanch_live::app;

use crate::cli::Cli;
use crate::talk::Talk;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    // Before anything else, since this process becomes another program.
    let arguments: Vec<_> = std::env::args_os().skip(1).collect();
    if let Some((_, rest)) = arguments.split_first().filter(|(first, _)| *first == app::RUN_COMMAND) {
        return app::run_child(rest);
    }
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => return talk::usage(&error),
    };
    let talk = Talk::new(&cli.talk);
    std::panic::set_hook(Box::new(|panic| {
        // The payload of a panic may hold text of the user's, so only the place is told.
        let place = panic.location().map_or_else(String::new, |at| format!(" at {}:{}", at.file(), at.line()));
        talk::bug(&place);
    }));
    match std::panic::catch_unwind(|| commands::run(&cli, &talk)) {
        Ok(Ok(code)) => ExitCode::from(code),
        Ok(Err(error)) => {
            talk.error(&expected(error));
            ExitCode::from(exit::PROBLEM)
        }
        Err(_) => ExitCode::from(exit::BUG),
    }
}

/// An error that is drawn as it is, or any other as its chain of causes.
fn expected(error: anyhow::Error) -> Diagnostic {
    match error.downcast::<talk::Told>() {
        Ok(told) => told.0,
        Err(error) => Diagnostic::new(format!("{error:#}")),
    }
}
