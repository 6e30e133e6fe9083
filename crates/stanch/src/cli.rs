//! The command line: this one declaration feeds parsing, help, completions and the manual.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;
use stanch_findings::{Confidence, Limit, Severity};

use crate::exit;

/// Finds, proves and fixes API-key exposure in Flask APIs on Amazon DynamoDB.
#[derive(Debug, Parser)]
#[command(name = "stanch", version, after_help = exit::HELP, propagate_version = true, infer_long_args = false)]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) talk: TalkOptions,
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Read source and report how keys escape from it; runs none of it
    Audit(AuditArgs),
    /// Show a rule's page: what it means, an example, what to write instead
    Explain {
        /// Rule, as reports name it: key-in-response
        rule: String,
    },
    /// List all rules
    Rules {
        /// How the list is written
        #[arg(short, long, value_enum, default_value_t = ListFormat::Text)]
        format: ListFormat,
    },
    /// Print a completion script for a shell
    Completions {
        /// Shell
        shell: Shell,
    },
    /// Print the manual page (roff), or that of one command
    Man {
        /// Command whose page is wanted
        command: Option<String>,
    },
}

#[derive(Debug, Args)]
pub(crate) struct AuditArgs {
    /// Files and directories to read
    #[arg(default_value = ".", value_name = "PATHS")]
    pub(crate) paths: Vec<PathBuf>,
    #[command(flatten)]
    pub(crate) report: ReportOptions,
}

/// Options of each command that writes a report.
#[derive(Debug, Args)]
#[command(next_help_heading = "Report")]
pub(crate) struct ReportOptions {
    /// How the report is written on stdout
    #[arg(short, long, value_enum, default_value_t = Format::Text)]
    pub(crate) format: Format,
    /// Also write the report to a file; .json, .sarif, .xml (JUnit), .md, .txt. Can be given more than once
    #[arg(short, long, value_name = "FILE")]
    pub(crate) output: Vec<PathBuf>,
    /// Findings from here on make the exit code 1: SEVERITY, SEVERITY:CONFIDENCE or never [default: medium:likely]
    ///
    /// Severities are info, low, medium, high and critical; confidences suspected, likely and proven. With a limit of
    /// medium or lower, proven findings count from low on.
    #[arg(long, value_name = "LIMIT")]
    pub(crate) fail_on: Option<Limit>,
    /// Leave out findings below this severity [default: low]
    #[arg(long, value_name = "SEVERITY")]
    pub(crate) min_severity: Option<Severity>,
    /// Leave out findings below this confidence [default: suspected]
    #[arg(long, value_name = "CONFIDENCE")]
    pub(crate) min_confidence: Option<Confidence>,
    /// Read settings from this file instead of the closest .stanch.toml, stanch.toml or pyproject.toml
    #[arg(long, value_name = "FILE", conflicts_with = "no_config")]
    pub(crate) config: Option<PathBuf>,
    /// Read no settings
    #[arg(long)]
    pub(crate) no_config: bool,
}

/// Options about talking to people, known to every command.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Terminal")]
pub(crate) struct TalkOptions {
    /// When to use colours. NO_COLOR and FORCE_COLOR are honoured
    #[arg(long, value_enum, default_value_t = Colour::Auto, global = true, value_name = "WHEN")]
    pub(crate) color: Colour,
    /// Say nothing on stderr but errors
    #[arg(short, long, global = true, conflicts_with = "verbose")]
    pub(crate) quiet: bool,
    /// Also show suppressed findings and every route
    #[arg(short, long, global = true)]
    pub(crate) verbose: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Colour {
    Auto,
    Always,
    Never,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum ListFormat {
    Text,
    Json,
}

/// Formats of a report.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// For people: source, flow, what to do
    Text,
    /// One line per finding
    Concise,
    /// For programs, version 1
    Json,
    /// SARIF 2.1.0, for code scanning
    Sarif,
    /// Annotations of GitHub workflows
    Github,
    /// JUnit XML
    Junit,
    /// For comments on pull requests
    Markdown,
}

impl Format {
    /// The format of a file, by how its name ends.
    pub(crate) fn of_file(name: &str) -> Option<Self> {
        let ends = |end: &str| name.ends_with(end);
        match () {
            () if ends(".sarif") || ends(".sarif.json") => Some(Self::Sarif),
            () if ends(".json") => Some(Self::Json),
            () if ends(".xml") => Some(Self::Junit),
            () if ends(".md") => Some(Self::Markdown),
            () if ends(".txt") => Some(Self::Text),
            () => None,
        }
    }
}
