//! The subcommands, a file each.

mod audit;
mod explain;
mod prove;
mod rules;
mod scan;
mod shell;

use std::process::ExitCode;

use crate::cli::{Cli, Command};
use crate::talk::Talk;

/// Runs the command and gives its exit code.
pub(crate) fn run(cli: &Cli, talk: &Talk) -> anyhow::Result<ExitCode> {
    let code = match &cli.command {
        Command::Audit(args) => audit::run(args, talk)?,
        // Another process may have gone on in this one's place, and ended with a code of its own.
        Command::Prove(args) => return prove::run(args, talk),
        Command::Scan(args) => scan::run(args, talk)?,
        Command::Explain { rule } => explain::run(rule, talk)?,
        Command::Rules { format } => rules::run(*format)?,
        Command::Completions { shell } => shell::completions(*shell)?,
        Command::Man { command } => shell::manual(command.as_deref())?,
    };
    Ok(ExitCode::from(code))
}
