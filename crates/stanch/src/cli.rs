//! The command line: this one declaration feeds parsing, help, completions and the manual.

use std::num::NonZeroU16;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;
use stanch_findings::{Confidence, FailBelow, Limit, Severity};
use url::Url;

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
    #[command(after_help = exit::HELP)]
    Audit(AuditArgs),
    /// Run a copy of the app on an embedded DynamoDB full of canaries and report what comes out
    ///
    /// Runs the app's code: on a temporary copy, with an environment that holds none of your keys, and, where the
    /// system allows it, in namespaces without a network.
    #[command(after_help = exit::HELP)]
    Prove(ProveArgs),
    /// Ask a running API from the outside and judge its answers; sends only requests that read, unless told otherwise
    #[command(after_help = exit::HELP)]
    Scan(ScanArgs),
    /// Copy text with every key in it masked: logs, JSON, server-sent events, anything, line by line
    ///
    /// Keys are known by their format, by the name they are given to, and by their value where --known-keys tells it.
    /// Everything else stays as it is, byte for byte, and JSON stays JSON.
    Redact(RedactArgs),
    /// Show a rule's page: what it means, an example, what to write instead
    Explain {
        /// Rule, as reports name it: key-in-response
        rule: String,
    },
    /// Describe the routes of an app as OpenAPI 3.1, from its source; runs none of it
    ///
    /// Paths, methods, parameters and the credential that a route asks for are those that the source shows. Answers are
    /// not described.
    Spec {
        /// Directory of the app
        #[arg(default_value = ".", value_name = "DIR")]
        path: PathBuf,
        /// Write the description to a file rather than to stdout
        #[arg(short, long, value_name = "FILE")]
        output: Option<PathBuf>,
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
    /// Read the text of FILE from stdin, as an editor holds it, and the rest of its project from the disk; only findings
    /// that touch FILE are reported
    #[arg(long, value_name = "FILE")]
    pub(crate) stdin_filename: Option<PathBuf>,
    /// Count only findings that the project did not have at this revision of git: a branch, a tag or a commit
    ///
    /// The revision is audited too, and what both have is suppressed. A finding is known again by its fingerprint, so it
    /// does not count as new because lines above it moved, and one that a change elsewhere brought about does.
    #[arg(long, value_name = "REF")]
    pub(crate) diff_base: Option<String>,
    /// Also look for keys in every commit that git can reach; what still stands in a file is reported there alone
    #[arg(long)]
    pub(crate) git_history: bool,
    /// Threads that parse; the report does not depend on it [default: one per processor]
    #[arg(short = 'j', long, value_name = "NUMBER")]
    pub(crate) threads: Option<NonZeroU16>,
    #[command(flatten)]
    pub(crate) report: ReportOptions,
}

#[derive(Debug, Args)]
pub(crate) struct ProveArgs {
    /// Directory of the app
    #[arg(default_value = ".", value_name = "PATH")]
    pub(crate) path: PathBuf,
    /// App to run [default: FLASK_APP, else what the source shows]
    #[arg(long, value_name = "MODULE:APP")]
    pub(crate) app: Option<String>,
    /// Python that has the app's packages: a program or a virtual environment [default: the active environment, .venv, python3]
    #[arg(long, value_name = "PYTHON", conflicts_with = "install")]
    pub(crate) python: Option<PathBuf>,
    /// Install the app's requirements into a virtual environment first, in DIR or in your cache directory
    #[arg(long, value_name = "DIR", num_args = 0..=1, require_equals = true)]
    pub(crate) install: Option<Option<PathBuf>>,
    /// Variables for the app, one NAME=VALUE a line; `AWS_ENDPOINT_URL` and its like always name the embedded services
    #[arg(long, value_name = "FILE")]
    pub(crate) env_file: Vec<PathBuf>,
    /// Port on this machine that the app may connect to. Can be given more than once
    #[arg(long, value_name = "PORT")]
    pub(crate) allow_port: Vec<u16>,
    /// What the canaries are made from: the same seed gives the same report
    #[arg(long, default_value_t = 1)]
    pub(crate) seed: u64,
    /// Seconds that the app has for its start
    #[arg(long, value_name = "SECONDS", default_value_t = 30)]
    pub(crate) start_timeout: u64,
    /// Leave the copy of the app in place
    #[arg(long)]
    pub(crate) keep: bool,
    /// Start the app and list the requests that would be sent, one a line; send none of them
    #[arg(long)]
    pub(crate) plan: bool,
    /// Command that serves the app, run by the shell in the copy: 'gunicorn -b 127.0.0.1:8000 app:app'
    #[arg(long, value_name = "COMMAND", requires = "url", conflicts_with = "app")]
    pub(crate) serve: Option<String>,
    /// Where the command of --serve answers: http://127.0.0.1:8000
    #[arg(long, value_name = "URL", requires = "serve")]
    pub(crate) url: Option<Url>,
    /// OpenAPI description of what --serve serves, for a server in any language; it is asked by what stands there
    #[arg(long, value_name = "FILE", requires = "serve")]
    pub(crate) spec: Option<PathBuf>,
    /// File with a key that the app takes, read once it answers, in the copy where it is relative; a second one is another
    /// caller's
    #[arg(long, value_name = "FILE")]
    pub(crate) key: Vec<PathBuf>,
    /// Write a pytest file into DIR that fails for each proven leak until it is mended
    #[arg(long, value_name = "DIR")]
    pub(crate) write_tests: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) report: ReportOptions,
    /// Command that drives the app itself, watched to its end in the copy: `-- pytest -q`
    ///
    /// Instead of asking the app, the requests of your own tests are watched, by test client or over HTTP: what comes out
    /// of planted items, and of what the tests store under a key's name, is proven, with the test's name. Calls to AWS
    /// that no stand-in of the tests answers (moto does) go to the embedded DynamoDB. How the command ends is told, and
    /// hides no finding.
    #[arg(last = true, value_name = "COMMAND", conflicts_with_all = ["app", "plan", "serve"])]
    pub(crate) command: Vec<String>,
}

#[derive(Debug, Args)]
pub(crate) struct ScanArgs {
    /// URL of the API or of its OpenAPI description, or a file with its description
    #[arg(value_name = "URL|SPEC")]
    pub(crate) target: String,
    /// OpenAPI description of the API, a URL or a file
    #[arg(long, value_name = "SPEC")]
    pub(crate) spec: Option<String>,
    /// Header of each request, 'Name: value'; $VARIABLE in it is replaced. Can be given more than once
    #[arg(short = 'H', long, value_name = "HEADER")]
    pub(crate) header: Vec<String>,
    /// Another identity with a header of its own, 'NAME=Header: value'. Can be given more than once
    #[arg(long = "as", value_name = "NAME=HEADER")]
    pub(crate) identity: Vec<String>,
    /// Source of the API: its routes are asked too
    #[arg(long, value_name = "DIR")]
    pub(crate) source: Option<PathBuf>,
    /// File with keys that must never be seen in an answer, one a line, as they are or as sha256:DIGEST
    #[arg(long, value_name = "FILE")]
    pub(crate) known_keys: Option<PathBuf>,
    /// Log file of the API on this machine: keys that it gains while the scan asks are reported
    #[arg(long, value_name = "FILE", conflicts_with = "log_command")]
    pub(crate) logs: Option<PathBuf>,
    /// Command whose output is the API's log, run by the shell while the scan asks: 'docker logs -f --tail 0 api'
    #[arg(long, value_name = "COMMAND")]
    pub(crate) log_command: Option<String>,
    /// Address that the API can reach and a collector listens on for calls that the API can be made to do
    /// [default: a free port, where the API is on this machine]
    #[arg(long, value_name = "HOST:PORT")]
    pub(crate) collector: Option<String>,
    /// Also send requests that write: POST, PUT, PATCH, DELETE
    #[arg(long)]
    pub(crate) allow_writes: bool,
    /// Requests a second, 0 for no limit
    #[arg(long, value_name = "NUMBER", default_value_t = 20.0, value_parser = rate)]
    pub(crate) rate_limit: f64,
    /// Seconds for the whole scan [default: no limit]
    #[arg(long, value_name = "SECONDS")]
    pub(crate) max_time: Option<u64>,
    /// Seconds for one request
    #[arg(long, value_name = "SECONDS", default_value_t = 10)]
    pub(crate) timeout: u64,
    /// Proxy to send everything through, http://host:port
    #[arg(long, value_name = "URL")]
    pub(crate) proxy: Option<Url>,
    #[command(flatten)]
    pub(crate) report: ReportOptions,
}

#[derive(Debug, Args)]
pub(crate) struct RedactArgs {
    /// File to read [default: stdin]
    #[arg(value_name = "FILE")]
    pub(crate) file: Option<PathBuf>,
    /// More key formats, a rule file of gitleaks
    #[arg(long, value_name = "FILE")]
    pub(crate) rules: Option<PathBuf>,
    /// File with keys to mask in every encoding, one a line
    #[arg(long, value_name = "FILE")]
    pub(crate) known_keys: Option<PathBuf>,
    /// Leave values alone that only a name such as password gives away
    #[arg(long)]
    pub(crate) no_names: bool,
}

fn rate(text: &str) -> Result<f64, String> {
    let rate = text.parse::<f64>().ok().filter(|rate| rate.is_finite() && *rate >= 0.0);
    rate.ok_or_else(|| "a rate is a number of requests a second".to_owned())
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
    /// A score (0 to 100) or a grade (A, B, C, D, F) below this makes the exit code 1
    #[arg(long, value_name = "NUMBER|LETTER")]
    pub(crate) fail_below: Option<FailBelow>,
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
