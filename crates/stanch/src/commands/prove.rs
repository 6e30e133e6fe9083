use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};
use std::path::Path;
use std::time::Duration;

use anyhow::Context as _;
use stanch_checks::audit::AuditOptions;
use stanch_checks::prove::{self, Progress, ProveError, ProveOptions};
use stanch_findings::report::masked;
use stanch_findings::{Diagnostic, Report};
use stanch_live::app::{
    Isolated, Isolation, LiveRoute, Serve, find_interpreter, install, isolate, isolate_processes, sweep_stale,
};
use stanch_live::openapi;
use stanch_source::ReadOptions;

use super::tests;
use crate::cli::ProveArgs;
use crate::config::{self, Settings};
use crate::exit;
use crate::project::Project;
use crate::report;
use crate::talk::{Talk, Told};

/// `stanch prove [PATH]`.
pub(crate) fn run(args: &ProveArgs, talk: &Talk) -> anyhow::Result<u8> {
    report::check_outputs(&args.report)?;
    let project = Project::of(std::slice::from_ref(&args.path))?;
    let directory = directory(&project)?;
    let settings = match args.report.no_config {
        true => Settings::default(),
        false => config::load(&project, args.report.config.as_deref())?,
    };
    let environment = environment(args)?;
    // What needs the network comes before the namespaces, which have none.
    let python = match &args.install {
        Some(place) => {
            let base = find_interpreter(directory, None)?;
            install(directory, &base, place.as_deref(), &mut |line| talk.say(line))?
        }
        None => find_interpreter(directory, args.python.as_deref())?,
    };
    // Ports of this machine's loopback cannot be reached from a network of one's own.
    let isolated = if args.allow_port.is_empty() { isolate() } else { isolate_processes() };
    let isolation = match isolated {
        Isolated::Here(isolation) => isolation,
        Isolated::Ended(code) => return Ok(code),
    };
    sweep_stale();
    talk.say(&match &isolation {
        Isolation::Namespaces => "the app runs in namespaces of its own: no network but loopback".to_owned(),
        Isolation::Wall { reason } => format!("the app runs behind a wall in its interpreter ({reason})"),
    });
    let read = ReadOptions {
        paths: project.paths.clone(),
        secret_names: settings.secret_names.clone(),
        harmless_names: settings.harmless_names.clone(),
        harmless_values: settings.harmless_values.clone(),
        ..ReadOptions::default()
    };
    let options = ProveOptions {
        audit: AuditOptions { root: project.root.clone(), read },
        project: directory.to_owned(),
        app: args.app.clone(),
        python,
        environment,
        allow_ports: args.allow_port.clone(),
        seed: args.seed,
        keep: args.keep,
        start_timeout: Duration::from_secs(args.start_timeout),
        isolation,
        serve: serve(args)?,
        keys: args.key.clone(),
        command: args.command.clone(),
    };
    if args.plan {
        return match prove::plan(&options, &Spoken { talk }) {
            Ok(lines) => {
                let lines: String = lines.iter().map(|line| masked(line) + "\n").collect();
                Talk::data(&lines)?;
                Ok(exit::CLEAN)
            }
            Err(ProveError::Interrupted) => Ok(exit::INTERRUPTED),
            Err(error) => Err(error.into()),
        };
    }
    let found = match prove::run(&options, &Spoken { talk }) {
        Err(ProveError::Interrupted) => return Ok(exit::INTERRUPTED),
        found => found?,
    };
    if let Some(place) = &args.write_tests {
        let file = tests::write(place, &found, directory, args)?;
        talk.say(&format!("the tests are in {}", file.display()));
    }
    report::finish(found, &project, &settings, &args.report, talk)
}

/// The command that serves, and the address that it serves at: a port of this machine.
fn serve(args: &ProveArgs) -> anyhow::Result<Option<Serve>> {
    let (Some(command), Some(url)) = (&args.serve, &args.url) else { return Ok(None) };
    let host = url.host_str().unwrap_or_default().trim_matches(['[', ']']);
    let ip = if host == "localhost" { Some(IpAddr::from([127, 0, 0, 1])) } else { host.parse().ok() };
    let ip = ip.filter(IpAddr::is_loopback).filter(|_| url.scheme() == "http");
    let (Some(ip), Some(port)) = (ip, url.port_or_known_default()) else {
        let told = Diagnostic::new(format!("{url} is no http address of this machine"));
        return Err(Told(told.help("give the address at which the command serves: http://127.0.0.1:8000")).into());
    };
    let routes = args.spec.as_deref().map(described).transpose()?.unwrap_or_default();
    Ok(Some(Serve { command: command.clone(), address: SocketAddr::new(ip, port), routes }))
}

/// The routes that an OpenAPI description names.
fn described(path: &Path) -> anyhow::Result<Vec<LiveRoute>> {
    let text = std::fs::read(path).with_context(|| format!("{} cannot be read", path.display()))?;
    let found = openapi::parse(&text).with_context(|| format!("{} is no OpenAPI description", path.display()))?;
    let routes = LiveRoute::described(&found);
    if routes.is_empty() {
        let told = Diagnostic::new(format!("{} describes no operation", path.display()));
        return Err(Told(told.help("give the description of the API that the command serves")).into());
    }
    Ok(routes)
}

/// The one directory that was asked for.
fn directory(project: &Project) -> anyhow::Result<&Path> {
    let path = project.paths.first().context("no path was given")?;
    if path.is_dir() {
        return Ok(path);
    }
    let told = Diagnostic::new(format!("{} is no directory", path.display()));
    Err(Told(told.help("give the directory of the app, and the app itself with --app MODULE:APP")).into())
}

/// Variables of all files, later ones over earlier ones: `NAME=VALUE` a line, `#` comments, `export` and quotes as
/// shells write them.
fn environment(args: &ProveArgs) -> anyhow::Result<BTreeMap<String, String>> {
    let mut variables = BTreeMap::new();
    for file in &args.env_file {
        let text = std::fs::read_to_string(file).with_context(|| format!("{} cannot be read", file.display()))?;
        for (number, line) in (1..).zip(text.lines().map(str::trim)) {
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            let Some((name, value)) = line.strip_prefix("export ").unwrap_or(line).split_once('=') else {
                let told = Diagnostic::new(format!("{} line {number} is no NAME=VALUE", file.display()));
                return Err(Told(told.help("write one variable a line, comments behind #")).into());
            };
            let value = value.trim();
            let quoted = ['"', '\''].iter().find_map(|q| value.strip_prefix(*q).and_then(|v| v.strip_suffix(*q)));
            variables.insert(name.trim().to_owned(), quoted.unwrap_or(value).to_owned());
        }
    }
    Ok(variables)
}

/// Progress as lines on stderr.
struct Spoken<'t> {
    talk: &'t Talk,
}

impl Progress for Spoken<'_> {
    fn tell(&self, line: &str) {
        self.talk.say(line);
    }

    fn audited(&self, report: &Report) {
        let (findings, routes) = (report.findings.len(), report.run.files);
        self.talk.say(&format!("audit: {findings} findings in {routes} files; now asking the app"));
    }

    fn route(&self, number: usize, of: usize, label: &str) {
        self.talk.progress(&format!("{number}/{of} {label}"));
    }
}
