//! `scan`: asks a running API from the outside, read-only unless told otherwise, and has the checks judge the answers.

pub(crate) mod accounts;
mod alike;
mod ask;
pub(crate) mod collector;
pub(crate) mod credible;
mod described;
mod digests;
mod discover;
mod document;
pub(crate) mod entrance;
mod guess;
pub(crate) mod harvest;
mod index;
pub(crate) mod jwt;
mod log_file;
mod options;
mod paths;
mod probes;
mod public_key;
pub(crate) mod records;
mod scripts;
mod session;
pub(crate) mod sight;
mod sighting;
mod trial;
pub(crate) mod view;

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::path::Path;

use stanch_findings::{Coverage, Problem, Report, RouteStatus, Run, Severity};
use stanch_live::Response;
use stanch_live::driver::{Driver, DriverOptions};
use stanch_live::http::{Client, ClientOptions};
use stanch_live::openapi::Operation;
use stanch_secrets::Masks;

use crate::Defect;
use crate::defect::{self, SourceTexts};
use crate::registry::ANSWERS;

use accounts::{Accounts, ShownAccount};
use collector::Collector;
pub use digests::{KeyDigest, key_digest};
use log_file::LogFile;
pub use options::{Header, ScanError, ScanOptions};
use session::{Asked, Session};
use sight::KnownKeys;
use view::{Api, OperationView};

/// How a check reads what an operation answered: its rule's id, and the function that judges.
pub(crate) type Judge = (&'static str, fn(&OperationView<'_>) -> Vec<Defect>);

/// Scans an API.
///
/// # Errors
/// When nothing can be asked: options that do not fit together, a description that cannot be read, a host that does not
/// answer. All that goes wrong later is told in the report.
pub fn run(options: &ScanOptions) -> Result<Report, ScanError> {
    run_telling(options, &|_, _, _| {})
}

/// The same; `told` hears the number of each operation, how many there are, and its label, before it is asked.
///
/// # Errors
/// As [`run`].
pub fn run_telling(options: &ScanOptions, told: &dyn Fn(usize, usize, &str)) -> Result<Report, ScanError> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| ScanError::System(error.to_string()))?;
    runtime.block_on(scan(options, told))
}

async fn scan(options: &ScanOptions, told: &dyn Fn(usize, usize, &str)) -> Result<Report, ScanError> {
    let client = Client::new(ClientOptions {
        timeout: options.timeout,
        proxy: options.proxy.clone(),
        ..ClientOptions::default()
    });
    let target = discover::target(&client, options).await?;
    let pace = DriverOptions { rate: options.rate, max_time: options.max_time, retries: 2, mark_probes: false };
    let driver = Driver::new(client, target.base.clone(), pace);
    let identities = options.identities();
    let credentials =
        identities.iter().flat_map(|who| who.credentials.iter().map(|key| (who.name.clone(), key.clone())));
    let named = options.known_keys.iter().map(|key| ("--known-keys".to_owned(), key.clone()));
    let api = Api {
        base: target.base,
        known: KnownKeys {
            keys: credentials.chain(named).collect(),
            digests: options.known_digests.iter().copied().collect(),
        },
        identities,
        masks: RefCell::new(Masks::new()),
        described: target.described,
        key_header: target.key_header,
        writes: options.allow_writes,
        registered: false,
        guarded: None,
    };
    let mut problems: Vec<Problem> = target.problems.into_iter().map(|message| problem(message, None)).collect();
    let log = options.logs.as_deref().map(LogFile::open).transpose()?;
    let mut session = Session::new(&driver, api, target.operations, log);
    session.collector = collector(options, &driver).await?;
    if target.guess {
        session.guess(told).await;
    }
    let accounts = if options.allow_writes { Accounts::make(&mut session).await } else { None };
    let shown =
        if options.allow_writes && accounts.is_none() { ShownAccount::log_in(&mut session).await } else { None };
    session.ask_all(told).await;
    session.try_records().await;
    session.remove_records().await;
    if let Some(accounts) = &accounts {
        accounts.try_out(&mut session).await;
    }
    if let Some(shown) = &shown {
        shown.try_out(&mut session).await;
    }
    if driver.is_over() {
        let help = "give it more with --max-time";
        problems.push(problem("the time for the scan ended before all operations were asked".to_owned(), Some(help)));
    }
    let Session { api, asked, notes, .. } = session;
    let base_path = api.base.path().trim_end_matches('/').to_owned();
    let mut defects = Vec::new();
    let mut coverage = Vec::new();
    for asked in &asked {
        let route = route(&base_path, &asked.operation);
        let view = OperationView { api: &api, operation: &asked.operation, route: &route, trials: &asked.trials };
        // A path that was only tried says nothing by not being there.
        if !asked.operation.documented && !asked.trials.iter().any(view::Trial::succeeded) {
            continue;
        }
        let before = defects.len();
        defects.extend(ANSWERS.iter().flat_map(|(_, judge)| judge(&view)));
        let leaks = defects[before..].iter().any(|defect: &Defect| defect.severity > Severity::Info);
        // What was only tried on the chance that it is there, and is not, is nobody's route.
        if asked.operation.documented || leaks || asked.trials.iter().any(answers_with_data) {
            coverage.push(covered(asked, route.clone()));
        }
    }
    coverage.sort();
    let findings = defect::join(alike::merge(defects), &SourceTexts::new(Path::new(".")));
    let run = Run {
        command: "scan".to_owned(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        requests: u64::from(driver.sent()),
        problems,
        notes: target.notes.into_iter().chain(notes).chain(session::notes(&asked)).collect(),
        ..Run::default()
    };
    Ok(Report { findings, coverage, run, score: None })
}

/// The collector that was asked for, else one on this machine for an API on this machine, which alone can reach it.
async fn collector(options: &ScanOptions, driver: &Driver) -> Result<Option<Collector>, ScanError> {
    let near = matches!(driver.base().host_str(), Some("localhost" | "127.0.0.1"));
    Ok(match &options.collector {
        Some(address) => Some(Collector::open(address).await?),
        None if near => Collector::open("127.0.0.1:0").await.ok(),
        None => None,
    })
}

fn route(base_path: &str, operation: &Operation) -> String {
    format!("{base_path}{}", operation.path)
}

fn covered(asked: &Asked, route: String) -> Coverage {
    let requests = u32::try_from(asked.trials.len()).unwrap_or(u32::MAX);
    let answers = || asked.trials.iter().filter_map(view::Trial::answer);
    let (status, note) = if let Some(reason) = &asked.skipped {
        (RouteStatus::NotReached, Some(reason.clone()))
    } else if asked.trials.iter().any(|trial| trial.succeeded() || trial.answer().is_some_and(leads_on)) {
        (RouteStatus::Reached, None)
    } else if let Some(first) = answers().next() {
        let closed = answers().all(|answer| matches!(answer.status, 401 | 403));
        let note = if closed {
            format!(
                "it only ever answered {}, so what lies behind was not tested; send credentials with -H",
                first.status
            )
        } else {
            format!("it answered {}, never with success", first.status)
        };
        (RouteStatus::Refused, Some(note))
    } else {
        let error = asked.trials.first().and_then(|trial| trial.outcome.as_ref().err());
        (RouteStatus::NotReached, error.map(ToString::to_string))
    };
    let tried: BTreeSet<&str> = asked.trials.iter().map(|trial| trial.purpose.words()).collect();
    let tried = tried.into_iter().map(str::to_owned).collect();
    Coverage { method: asked.operation.method, route, status, note, requests, tried }
}

/// Whether something is there: a page is not, since many a front answers every path with its own.
fn answers_with_data(trial: &view::Trial) -> bool {
    let page = |answer: &Response| answer.header("content-type").is_some_and(|kind| kind.starts_with("text/html"));
    trial.succeeded() && !trial.answer().is_some_and(page)
}

/// Whether the answer is a redirect, and not to where one logs in.
fn leads_on(answer: &Response) -> bool {
    let place = answer.header("location").unwrap_or_default().to_ascii_lowercase();
    let entrance = ["login", "signin", "sign-in", "auth"].iter().any(|word| place.contains(word));
    (300..400).contains(&answer.status) && !place.is_empty() && !entrance
}

fn problem(message: String, help: Option<&str>) -> Problem {
    Problem { message, place: None, help: help.map(str::to_owned) }
}
