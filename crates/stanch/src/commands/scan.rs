use std::path::Path;
use std::time::Duration;

use anyhow::Context as _;
use stanch_api::Route;
use stanch_checks::scan::{self, Header, KeyDigest, ScanOptions};
use stanch_findings::{Diagnostic, Problem};
use stanch_live::driver::Tail;
use stanch_secrets::Secret;
use stanch_source::ReadOptions;

use crate::cli::ScanArgs;
use crate::config::{self, Settings};
use crate::project::Project;
use crate::report;
use crate::talk::{Talk, Told};

/// `stanch scan URL|SPEC`.
pub(crate) fn run(args: &ScanArgs, talk: &Talk) -> anyhow::Result<u8> {
    report::check_outputs(&args.report)?;
    let here = Path::new(".").to_path_buf();
    // A scan reads no source for findings, so there is no path whose comments could be followed.
    let project = Project { paths: Vec::new(), ..Project::of(&[args.source.clone().unwrap_or(here)])? };
    let settings = match args.report.no_config {
        true => Settings::default(),
        false => config::load(&project, args.report.config.as_deref())?,
    };
    // Lives as long as the scan.
    let tail = args.log_command.as_deref().map(Tail::start).transpose().context("the log command cannot be started")?;
    let (known_keys, known_digests) = known_keys(args.known_keys.as_deref())?;
    let options = ScanOptions {
        spec: args.spec.clone(),
        headers: args.header.iter().map(|text| header(text)).collect::<anyhow::Result<_>>()?,
        others: args.identity.iter().map(|text| other(text)).collect::<anyhow::Result<_>>()?,
        known_keys,
        known_digests,
        logs: args.logs.clone().or_else(|| tail.as_ref().map(|tail| tail.path().to_owned())),
        collector: args.collector.clone(),
        allow_writes: args.allow_writes,
        rate: (args.rate_limit > 0.0).then_some(args.rate_limit),
        max_time: args.max_time.map(Duration::from_secs),
        timeout: Duration::from_secs(args.timeout),
        proxy: args.proxy.clone(),
        routes: routes(args.source.as_deref())?,
        ..ScanOptions::new(&args.target)
    };
    let manner = if args.allow_writes { "with requests that write" } else { "with requests that only read" };
    talk.say(&format!("asking {} {manner}", shown(&args.target)));
    if let Some(command) = &args.log_command {
        talk.say(&format!("running {command} for the log"));
    }
    let told = |number: usize, of: usize, label: &str| talk.progress(&format!("{number}/{of} {label}"));
    let mut report = scan::run_telling(&options, &told)?;
    if let Some(problem) = tail.and_then(|mut tail| tail.failure()) {
        let help = Some("see that the command runs by itself and goes on until it is ended".to_owned());
        report.run.problems.push(Problem { message: format!("the log command {problem}"), place: None, help });
    }
    report::finish(report, &project, &settings, &args.report, talk)
}

/// The target without a name and password in front of its host.
fn shown(target: &str) -> String {
    match url::Url::parse(target) {
        Ok(mut url) if url.has_authority() => {
            let without = url.set_username("").and_then(|()| url.set_password(None));
            if without.is_ok() { url.into() } else { "the API".to_owned() }
        }
        _ => target.to_owned(),
    }
}

/// `Name: value`, in which `$NAME` stands for a variable of the environment, so that a key need not stand on a command
/// line that the shell and the system show to others.
fn header(text: &str) -> anyhow::Result<Header> {
    let wrong =
        || Told(Diagnostic::new("a header cannot be read").help("write it as 'Name: value' or 'Name: $VARIABLE'"));
    let (name, value) = text.split_once(':').ok_or_else(wrong)?;
    let value = with_variables(value)?;
    Ok(Header::parse(&format!("{name}: {value}")).ok_or_else(wrong)?)
}

/// `NAME=Header: value`.
fn other(text: &str) -> anyhow::Result<(String, Header)> {
    let told = || {
        Told(
            Diagnostic::new("an identity cannot be read")
                .help("write it as --as 'bob=Authorization: Bearer $BOB_TOKEN'"),
        )
    };
    let (name, text) = text.split_once('=').filter(|(name, _)| !name.is_empty()).ok_or_else(told)?;
    Ok((name.to_owned(), header(text)?))
}

fn with_variables(text: &str) -> anyhow::Result<String> {
    let mut parts = text.split('$');
    let mut replaced = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (name, rest) = match part.strip_prefix('{').and_then(|braced| braced.split_once('}')) {
            Some(named) => named,
            None => part.split_at(part.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(part.len())),
        };
        if name.is_empty() {
            replaced.push('$');
        } else {
            let value = std::env::var(name).map_err(|_| {
                let told = Diagnostic::new(format!("the variable {name} of a header is not set"));
                Told(told.help(format!("set it (export {name}=…); for a $ in the value itself, set a variable to it")))
            })?;
            replaced.push_str(&value);
        }
        replaced.push_str(rest);
    }
    Ok(replaced)
}

/// One key a line, or `sha256:` and the digest of one; empty lines and those behind `#` are left out.
fn known_keys(file: Option<&Path>) -> anyhow::Result<(Vec<Secret>, Vec<KeyDigest>)> {
    let (mut keys, mut digests) = (Vec::new(), Vec::new());
    let Some(file) = file else { return Ok((keys, digests)) };
    let text = std::fs::read_to_string(file).with_context(|| format!("{} cannot be read", file.display()))?;
    for (number, line) in (1..).zip(text.lines().map(str::trim)) {
        if line.starts_with("sha256:") {
            let told = || {
                let wrong = format!("the digest in line {number} of {} cannot be read", file.display());
                Told(Diagnostic::new(wrong).help("write sha256: and 64 hexadecimal digits"))
            };
            digests.push(scan::key_digest(line).ok_or_else(told)?);
        } else if !line.is_empty() && !line.starts_with('#') {
            keys.push(Secret::new(line));
        }
    }
    Ok((keys, digests))
}

/// The routes that the API's source shows.
fn routes(source: Option<&Path>) -> anyhow::Result<Vec<Route>> {
    let Some(source) = source else { return Ok(Vec::new()) };
    Ok(stanch_source::read(source, &ReadOptions::default())?.routes)
}
