use std::path::PathBuf;

use stanch_api::SourcePlace;

/// Why the app does not run. The text names the next step.
#[derive(Debug, thiserror::Error)]
pub enum LaunchError {
    /// No interpreter was found.
    #[error("no Python found ({tried}); install Python 3.9 or later, or name one with `--python`")]
    NoPython {
        /// Where it was looked for.
        tried: String,
    },
    /// An interpreter was named or found that does not run, or is too old.
    #[error("{path} cannot be used: {why}; name another Python with `--python`")]
    PythonUnusable {
        /// The interpreter.
        path: PathBuf,
        /// Why not.
        why: String,
    },
    /// A virtual environment could not be made, or a package not be installed.
    #[error("installing the app's packages failed: {why}")]
    Install {
        /// What `venv` or `pip` said last.
        why: String,
    },
    /// Nothing looks like an app.
    #[error("no app found (tried {}); name it with `--app MODULE:NAME` or `--app 'MODULE:create_app()'`", list(.tried))]
    NoApp {
        /// Modules and names that were tried, each with what came of it.
        tried: Vec<String>,
    },
    /// The app imports a package that its interpreter does not have.
    #[error("{}the package `{module}` is missing; `{install}`, or let stanch make an environment with `--install`", at(.place))]
    MissingPackage {
        /// Module that was imported.
        module: String,
        /// The command that installs it.
        install: String,
        /// The app's own line.
        place: Option<Box<SourcePlace>>,
    },
    /// The app insists on an environment variable.
    #[error("{}the environment variable `{name}` is missing; give it with `--env-file FILE` (a line `{name}=…`)", at(.place))]
    MissingVariable {
        /// Its name.
        name: String,
        /// The app's own line.
        place: Option<Box<SourcePlace>>,
    },
    /// Importing the app raised.
    #[error("{}importing the app failed: {message}{}{}", at(.place), refused_hint(.refused), unset_hint(.unset))]
    Import {
        /// Type and text of the exception.
        message: String,
        /// The app's own line.
        place: Option<Box<SourcePlace>>,
        /// Traceback, as Python writes it.
        trace: String,
        /// Addresses that it tried to connect to and may not.
        refused: Vec<String>,
        /// Environment variables that the app's own lines asked for and that are not set.
        unset: Vec<String>,
    },
    /// A command was started, and no Python of it that answers at its address said that it is watched.
    #[error("nothing that is watched answers at http://{address}; give the address that the command serves at, and let it start Python itself{}", words(.last_words))]
    NoHandshake {
        /// Where it was expected.
        address: std::net::SocketAddr,
        /// What it wrote last.
        last_words: String,
    },
    /// The app did not come up in time.
    #[error("{}the app was not ready after {seconds} s{}; give it more time with `--start-timeout`", at(.place), refused_hint(.refused))]
    Hang {
        /// Time waited.
        seconds: u64,
        /// The app's own line where it hangs.
        place: Option<Box<SourcePlace>>,
        /// Addresses that it tried to connect to and may not.
        refused: Vec<String>,
    },
    /// The process ended before it was ready.
    #[error("the app ended before it was ready ({how}){}{}", words(.last_words), not_found_hint(.how))]
    Ended {
        /// Exit code or signal, in words.
        how: String,
        /// The end of its standard error.
        last_words: String,
    },
    /// The tree could not be copied, a port not be opened, a process not be started.
    #[error("{doing} failed: {error}")]
    System {
        /// What was being done.
        doing: &'static str,
        /// The system's error.
        error: std::io::Error,
    },
}

impl LaunchError {
    /// Attaches what was being done to an error of the system.
    pub(crate) fn system(doing: &'static str) -> impl FnOnce(std::io::Error) -> Self {
        move |error| Self::System { doing, error }
    }
}

fn at(place: &Option<Box<SourcePlace>>) -> String {
    place.as_deref().map(|place| format!("{}:{}: ", place.path, place.line)).unwrap_or_default()
}

fn list(tried: &[String]) -> String {
    if tried.is_empty() { "no Python file names a Flask, FastAPI or Chalice app".to_owned() } else { tried.join("; ") }
}

fn refused_hint(refused: &[String]) -> String {
    if refused.is_empty() {
        return String::new();
    }
    format!(" (it tried to connect to {}, which is refused; open a local port with `--allow-port`)", refused.join(", "))
}

fn unset_hint(unset: &[String]) -> String {
    if unset.is_empty() {
        return String::new();
    }
    format!(" (it asked for variables that are not set: {}; give them with `--env-file FILE`)", unset.join(", "))
}

/// What a shell says of a command that it does not find (POSIX, 2.8.2).
fn not_found_hint(how: &str) -> &'static str {
    if how.ends_with("code 127") {
        "; the command runs in a copy of the directory: name a program that lies outside of it by its whole path"
    } else {
        ""
    }
}

fn words(last: &str) -> String {
    if last.is_empty() { String::new() } else { format!("; its last words:\n{last}") }
}
