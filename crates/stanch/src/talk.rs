//! Talking to people. stdout is data and is written by whole documents; everything else goes to stderr.

use std::io::{IsTerminal, Write};
use std::process::ExitCode;

use stanch_findings::Diagnostic;
use stanch_findings::report::masked;
use stanch_findings::report::text::Style;

use crate::cli::{Colour, TalkOptions};
use crate::exit;

/// The two streams and what they can show.
#[derive(Debug)]
pub(crate) struct Talk {
    quiet: bool,
    stdout: Style,
    stderr: Style,
}

/// An error that carries its own drawing: where in a file, and what to do next.
#[derive(Debug)]
pub(crate) struct Told(pub(crate) Diagnostic);

impl std::fmt::Display for Told {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.0.error(Style::default()).trim_end())
    }
}

impl std::error::Error for Told {}

impl Talk {
    pub(crate) fn new(options: &TalkOptions) -> Self {
        let style = |is_terminal: bool| Style {
            colour: has_colour(options.color, is_terminal),
            width: width(is_terminal),
            verbose: options.verbose,
        };
        Self {
            quiet: options.quiet,
            stdout: style(std::io::stdout().is_terminal()),
            stderr: style(std::io::stderr().is_terminal()),
        }
    }

    /// How to draw on stdout.
    pub(crate) const fn style(&self) -> Style {
        self.stdout
    }

    /// Writes a document to stdout. A reader that went away (`| head`) is no error.
    pub(crate) fn data(text: &str) -> anyhow::Result<()> {
        let mut stdout = std::io::stdout().lock();
        match stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()) {
            Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => {
                Err(anyhow::Error::new(error).context("the report cannot be written to stdout"))
            }
            _ => Ok(()),
        }
    }

    /// A line about what is being done.
    pub(crate) fn say(&self, line: &str) {
        if !self.quiet {
            to_stderr(&format!("{}\n", masked(line)));
        }
    }

    /// What is under way, on one line that the next one overwrites; nothing where stderr is no terminal.
    pub(crate) fn progress(&self, line: &str) {
        if !self.quiet && std::io::stderr().is_terminal() {
            let width = self.stderr.width.saturating_sub(1);
            let line: String = masked(line).chars().take(width).collect();
            to_stderr(&format!("\r\x1b[2K{line}"));
        }
    }

    pub(crate) fn warning(&self, diagnostic: &Diagnostic) {
        if !self.quiet {
            to_stderr(&diagnostic.warning(self.stderr));
        }
    }

    pub(crate) fn error(&self, diagnostic: &Diagnostic) {
        to_stderr(&diagnostic.error(self.stderr));
    }
}

/// Tells of a command line that cannot be followed, or gives the help that it asked for. An argument that is shown
/// again may be a key, so the text is masked.
pub(crate) fn usage(error: &clap::Error) -> ExitCode {
    let (stdout, colour) = match error.use_stderr() {
        true => (false, has_colour(Colour::Auto, std::io::stderr().is_terminal())),
        false => (true, has_colour(Colour::Auto, std::io::stdout().is_terminal())),
    };
    let text = match colour {
        true => error.render().ansi().to_string(),
        false => error.render().to_string(),
    };
    if stdout {
        return ExitCode::from(Talk::data(&text).map_or(exit::PROBLEM, |()| exit::CLEAN));
    }
    to_stderr(&masked(&text));
    ExitCode::from(exit::PROBLEM)
}

/// Tells of a bug in the program itself.
pub(crate) fn bug(place: &str) {
    to_stderr(&format!(
        "error: stanch stopped because of a bug in itself{place}\n  = help: please report it with the command you ran: \
         {}/issues\n",
        env!("CARGO_PKG_REPOSITORY")
    ));
}

/// A stderr that is gone is nothing that anybody could be told of.
fn to_stderr(text: &str) {
    let _ = std::io::stderr().lock().write_all(text.as_bytes());
}

/// The option, else `NO_COLOR` (<https://no-color.org>), else `FORCE_COLOR` (<https://force-color.org>), else whether
/// it is a terminal that can.
fn has_colour(colour: Colour, is_terminal: bool) -> bool {
    let is_set = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    match colour {
        Colour::Always => true,
        Colour::Never => false,
        Colour::Auto if is_set("NO_COLOR") => false,
        Colour::Auto if is_set("FORCE_COLOR") => true,
        Colour::Auto => is_terminal && std::env::var_os("TERM").is_none_or(|term| term != "dumb"),
    }
}

/// Columns of the terminal; 100 where there is none, so that a report in a file does not depend on who wrote it.
fn width(is_terminal: bool) -> usize {
    let terminal = || terminal_size::terminal_size().map(|(width, _)| usize::from(width.0));
    if is_terminal { terminal().unwrap_or(100).clamp(60, 160) } else { 100 }
}
