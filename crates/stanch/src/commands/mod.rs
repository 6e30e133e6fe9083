//! The subcommands, a file each.

mod audit;
mod explain;
mod prove;
mod redact;
mod rules;
mod scan;
mod shell;
mod spec;
mod tests;

use crate::cli::{Cli, Command};
use crate::talk::Talk;

/// Runs the command and gives its exit code.
pub(crate) fn run(cli: &Cli, talk: &Talk) -> anyhow::Result<u8> {
    match &cli.command {
        Command::Audit(args) => audit::run(args, talk),
        Command::Prove(args) => prove::run(args, talk),
        Command::Scan(args) => scan::run(args, talk),
        Command::Redact(args) => redact::run(args, talk),
        Command::Explain { rule } => explain::run(rule, talk),
        Command::Spec { path, output } => spec::run(path, output.as_deref(), talk),
        Command::Rules { format } => rules::run(*format),
        Command::Completions { shell } => shell::completions(*shell),
        Command::Man { command } => shell::manual(command.as_deref()),
    }
}
