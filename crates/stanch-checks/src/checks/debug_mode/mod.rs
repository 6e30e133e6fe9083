//! The app answers with tracebacks, or with a console, because debugging is switched on in the source.

#[cfg(feature = "live")]
pub(crate) mod answer;
#[cfg(feature = "live")]
mod run;

use stanch_findings::{Category, Confidence, Oracle, Rule, Severity, Standards};
use stanch_source::{Constant, EnvironmentRead, LibraryCall, Setting, SettingHolder, SourceFacts};

use crate::{Check, Defect, SourceOracle};

pub(crate) static CHECK: Check = Check {
    rule: Rule {
        id: "debug-mode",
        title: "Debugging is switched on",
        severity: Severity::Medium,
        category: Category::InputValidation,
        standards: Standards {
            owasp_api: &["API8:2023"],
            owasp_llm: &[],
            cwe: &["CWE-489"],
            pci_dss: &["6.5.6"],
            soc2: &["CC8.1"],
        },
        oracles: &[Oracle::Source, Oracle::Run, Oracle::BlackBox],
        page: include_str!("README.md"),
    },
    supersedes: &[],
    source: SourceOracle::Facts(judge),
    #[cfg(feature = "live")]
    run: Some(run::at_run_time),
};

fn judge(facts: &SourceFacts) -> Vec<Defect> {
    let calls = facts.library_calls.iter().filter_map(call);
    let settings = facts.settings.iter().filter_map(|setting| self::setting(facts, setting));
    calls.chain(settings).chain(facts.environment.iter().filter_map(|read| unless_told(facts, read))).collect()
}

/// Debugging is on unless the environment says otherwise: `os.getenv("FLASK_DEBUG", "True")`.
fn unless_told(facts: &SourceFacts, read: &EnvironmentRead) -> Option<Defect> {
    const NAMES: [&str; 4] = ["APP_DEBUG", "DEBUG", "FLASK_DEBUG", "DEBUG_MODE"];
    let on = read
        .default
        .as_deref()
        .is_some_and(|default| ["1", "true", "yes", "on"].contains(&default.to_lowercase().as_str()));
    // It matters where a server is started by the app itself.
    let runs = facts.library_calls.iter().any(|call| {
        call.function == "flask.Flask().run"
            && call.argument(2, "debug").is_some_and(|debug| !debug.is_true() && !debug.is_false())
    });
    if !on || !runs || !NAMES.contains(&read.name.as_str()) {
        return None;
    }
    let mut defect = Defect::bare(&CHECK.rule, Some(read.place.clone()));
    defect.confidence = Confidence::Likely;
    defect.severity = Severity::Medium;
    defect.message = format!(
        "Debugging is on wherever nobody sets `{}`: every error answers with source and local variables, keys among them, and offers a console.",
        read.name
    );
    defect.remediation = format!("Let it be off by default: `os.getenv(\"{}\", \"0\")`.", read.name);
    Some(defect)
}

/// A server is started, or an app made, with debugging on.
fn call(call: &LibraryCall) -> Option<Defect> {
    let (on, console) = match call.function.as_str() {
        // `Flask.run(host, port, debug)`; Werkzeug's console comes with it unless it is refused by name.
        "flask.Flask().run" => {
            (call.argument(2, "debug")?.is_true(), !call.keyword("use_debugger").is_some_and(Constant::is_false))
        }
        "flask_socketio.SocketIO().run" => (call.keyword("debug")?.is_true(), true),
        "werkzeug.serving.run_simple" => (call.keyword("use_debugger")?.is_true(), true),
        "fastapi.FastAPI" => (call.keyword("debug")?.is_true(), false),
        "flask.Flask().config.update" | "flask.Flask().config.from_mapping" => {
            let given = call.positional.first().and_then(|first| first.member("DEBUG"));
            (call.keyword("DEBUG").or(given)?.is_true(), true)
        }
        _ => return None,
    };
    if !on {
        return None;
    }
    let mut defect = Defect::bare(&CHECK.rule, Some(call.place.clone()));
    defect.confidence = Confidence::Likely;
    defect.severity = if console && everywhere(call) { Severity::High } else { Severity::Medium };
    defect.message = match (console, everywhere(call)) {
        (true, true) => "The server listens on all interfaces with the debugger on: whoever reaches the port sees source and local variables, keys \
             among them, with every error, and a console that runs Python behind a PIN."
            .to_owned(),
        (true, false) => "The app runs with the debugger on: every error answers with source and local variables, keys among them, and offers a \
             console. It is bound to the local machine, until it is started in a container or behind a proxy."
            .to_owned(),
        (false, _) => "The app answers errors with a traceback.".to_owned(),
    };
    defect.remediation = REMEDY.to_owned();
    Some(defect)
}

/// The configuration says so.
fn setting(facts: &SourceFacts, setting: &Setting) -> Option<Defect> {
    if setting.name != "DEBUG" || !setting.value.is_true() || facts.apps.is_empty() {
        return None;
    }
    let mut defect = Defect::bare(&CHECK.rule, Some(setting.place.clone()));
    defect.confidence = Confidence::Likely;
    match &setting.holder {
        SettingHolder::App => {
            let open = |call: &&LibraryCall| call.place.path == setting.place.path && everywhere(call);
            let served =
                facts.library_calls.iter().filter(|call| call.function == "flask.Flask().run").any(|call| open(&call));
            defect.severity = if served { Severity::High } else { Severity::Medium };
            defect.message =
                "The app itself sets `DEBUG`, so it is on wherever it runs: errors answer with tracebacks that hold local variables, keys among them."
                    .to_owned();
        }
        SettingHolder::Class(name) => {
            let words = stanch_secrets::names::words(name);
            let says = |list: &[&str]| words.iter().any(|word| list.contains(&word.as_str()));
            // Tests never serve strangers.
            if says(&["test", "testing", "tests", "unittest"]) {
                return None;
            }
            let apart = says(&["dev", "develop", "development", "local", "debug"]) || overridden(facts);
            defect.severity = if apart { Severity::Low } else { Severity::Medium };
            defect.message = format!(
                "`{name}` sets `DEBUG`: where the app is started with it, errors answer with tracebacks that hold local variables, keys among them."
            );
        }
        SettingHolder::Module => {
            defect.severity = Severity::Low;
            defect.message =
                "The file of settings sets `DEBUG`: an app that is started with it answers errors with tracebacks that hold local variables, keys \
                 among them."
                    .to_owned();
        }
    }
    defect.remediation = REMEDY.to_owned();
    Some(defect)
}

const REMEDY: &str = "Leave debugging out of the source and switch it on where you work: `flask run --debug`, or `FLASK_DEBUG=1` in your own shell. \
     Serve others with a WSGI server such as gunicorn, which never starts the debugger.";

/// Whether another class of settings switches debugging off again.
fn overridden(facts: &SourceFacts) -> bool {
    facts
        .settings
        .iter()
        .any(|other| other.name == "DEBUG" && other.value.is_false() && matches!(other.holder, SettingHolder::Class(_)))
}

/// Whether a server is bound to all interfaces.
fn everywhere(call: &LibraryCall) -> bool {
    let host = match call.function.as_str() {
        "flask_socketio.SocketIO().run" => call.argument(1, "host"),
        _ => call.argument(0, "host").or_else(|| call.keyword("hostname")),
    };
    host.and_then(Constant::text).is_some_and(|host| matches!(host, "0.0.0.0" | "::" | "[::]" | ""))
}
