//! One run of `prove`, from reading the source to the report.

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use stanch_api::Method;
use stanch_dynamodb::{Origin, TableSpec, World, WorldOptions};
use stanch_findings::{Coverage, Problem, Report, RouteStatus, Run};
use stanch_live::Event;
use stanch_live::app::{
    Candidate, Interpreter, Isolation, LaunchOptions, LiveRoute, RunningApp, SdkCredentials, interrupted, launch,
};
use stanch_live::canary::{CanaryBook, CanaryClass};
use stanch_live::http::{Client, ClientOptions};
use stanch_live::stubs::ServiceStubs;
use stanch_secrets::Masks;
use stanch_source::{ReadError, SourceFacts};
use url::Url;

use super::drive::{Driver, Observation};
use super::judge::{self, Sight};
use super::operation::Operation;
use super::plant::Planter;
use super::services::Services;
use super::{escape, start};
use crate::audit::{self, AuditOptions};
use crate::{Defect, SourceTexts, defect};

/// What to prove, and how.
#[derive(Clone, Debug)]
pub struct ProveOptions {
    /// The source: its audit comes first and tells what to run.
    pub audit: AuditOptions,
    /// Directory of the app: what is copied and run. At or below the audit's root.
    pub project: PathBuf,
    /// `MODULE:APP` or `MODULE:factory()`, where it shall not be found out.
    pub app: Option<String>,
    /// The interpreter that runs the app, from [`stanch_live::app::find_interpreter`].
    pub python: Interpreter,
    /// Variables for the app, beside those that are made up for it.
    pub environment: BTreeMap<String, String>,
    /// Ports on loopback that the app may connect to beside those of `stanch`.
    pub allow_ports: Vec<u16>,
    /// What canaries are derived from.
    pub seed: u64,
    /// Whether the copy of the tree is left in place.
    pub keep: bool,
    /// Time that the app has for import and start.
    pub start_timeout: Duration,
    /// How this process is shut in, from [`stanch_live::app::isolate`].
    pub isolation: Isolation,
}

/// Why nothing could be proven or read.
#[derive(Debug, thiserror::Error)]
pub enum ProveError {
    /// The source cannot be read.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// The machinery around the app could not be set up.
    #[error("cannot set up the run: {0}")]
    Setup(String),
    /// SIGINT or SIGTERM came; nothing is left of the run.
    #[error("interrupted")]
    Interrupted,
}

/// What happens while a run is under way; written to stderr as it comes.
pub trait Progress {
    /// A line about what is done: what is executed, which hosts are touched, where the copy lies.
    fn tell(&self, line: &str);
    /// The audit's part of the report, before anything is run.
    fn audited(&self, report: &Report);
    /// A route is about to be asked.
    fn route(&self, number: usize, of: usize, label: &str);
}

/// Audits the source, runs the app, and joins what both show.
///
/// What goes wrong with the app is a problem in the report; the audit's findings are kept.
///
/// # Errors
/// When the source cannot be read, or the embedded DynamoDB cannot be started.
pub fn run(options: &ProveOptions, progress: &dyn Progress) -> Result<Report, ProveError> {
    let facts = stanch_source::read(&options.audit.root, &options.audit.read)?;
    let texts = SourceTexts::new(&options.audit.root);
    let mut audited = audit::defects(&facts);
    audited.extend(audit::file_defects(&options.audit.root, &options.audit.read));
    let mut report = Report {
        findings: defect::join(audited.clone(), &texts),
        coverage: Vec::new(),
        run: Run {
            isolation: Some(isolation_word(&options.isolation).to_owned()),
            seed: Some(options.seed),
            ..audit::run_facts("prove", &facts)
        },
        score: None,
    };
    progress.audited(&report);
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .map_err(|error| ProveError::Setup(error.to_string()))?;
    let proof = runtime.block_on(async {
        tokio::select! {
            proof = prove(options, &facts, progress) => proof,
            _ = interrupted() => Err(ProveError::Interrupted),
        }
    })?;
    runtime.shutdown_timeout(Duration::from_secs(1));
    report.findings = defect::join(audited.into_iter().chain(proof.defects).collect(), &texts);
    report.coverage = proof.coverage;
    report.coverage.sort();
    report.run.requests = proof.requests;
    report.run.problems.extend(proof.problems);
    report.run.problems.sort();
    report.run.problems.dedup();
    report.run.notes.extend(proof.notes);
    Ok(report)
}

#[derive(Default)]
struct Proof {
    defects: Vec<Defect>,
    coverage: Vec<Coverage>,
    requests: u64,
    problems: Vec<Problem>,
    notes: BTreeSet<String>,
}

async fn prove(options: &ProveOptions, facts: &SourceFacts, progress: &dyn Progress) -> Result<Proof, ProveError> {
    let mut proof = Proof::default();
    let mut book = CanaryBook::new(&options.seed.to_string());
    let world = World::start(WorldOptions { tables: tables(facts), ..WorldOptions::default() })
        .map_err(|error| ProveError::Setup(error.to_string()))?;
    let services = Services::new(options.seed);
    let stubs = ServiceStubs::start(SocketAddr::from(([127, 0, 0, 1], 0)), services.values())
        .map_err(|error| ProveError::Setup(error.to_string()))?;
    let prefix = prefix(options);
    let launched = launch(LaunchOptions {
        project: options.project.clone(),
        candidates: facts.apps.iter().filter_map(|entry| candidate(entry, &prefix)).collect(),
        place_prefix: prefix,
        app: options.app.clone(),
        python: options.python.clone(),
        env: start::environment(facts, &options.environment, |name| {
            book.setting(name, CanaryClass::Secret).expose().to_owned()
        }),
        aws_endpoint: world.addresses()[0],
        stub_endpoint: Some(stubs.address()),
        credentials: credentials(&mut book),
        allow_ports: options.allow_ports.clone(),
        start_timeout: options.start_timeout,
        isolation: options.isolation.clone(),
        keep: options.keep,
        supervisor: None,
    });
    world.app_starts();
    let mut app = match launched.await {
        Ok(app) => app,
        Err(error) => {
            proof.problems.push(Problem { message: error.to_string(), place: None, help: None });
            proof.coverage = not_reached(facts, "the app did not start");
            return Ok(proof);
        }
    };
    progress.tell(&format!(
        "running {} ({}) on a copy of {} with {} {}",
        app.entry(),
        app.framework(),
        options.project.display(),
        options.python.origin,
        options.python.path.display(),
    ));
    proof.notes.extend(app.blind_spots().into_iter().map(|spot| format!("could not be watched: {spot}")));
    let mut planter = Planter::new(book, facts);
    drive_all(&mut proof, &mut app, &world, &mut planter, &services, facts, progress).await?;
    proof.notes.extend(
        stubs
            .calls_since(0)
            .iter()
            .map(|call| format!("{} {} was answered by a stand-in", call.service, call.operation)),
    );
    let ended = app.stop().await;
    if let Some(kept) = ended.kept {
        progress.tell(&format!("the copy is kept in {}", kept.display()));
    }
    Ok(proof)
}

async fn drive_all(
    proof: &mut Proof,
    app: &mut RunningApp,
    world: &World,
    planter: &mut Planter,
    services: &Services,
    facts: &SourceFacts,
    progress: &dyn Progress,
) -> Result<(), ProveError> {
    // A development server closes each connection after its answer: one that was kept could fail a request.
    let client = Client::new(ClientOptions { idle_per_host: 0, ..ClientOptions::default() });
    let mut base = url_of(&app.address().to_string())?;
    let address = url_of("localhost:5000")?;
    let clean = world.snapshot().map_err(|error| ProveError::Setup(error.to_string()))?;
    let mut operations = operations(app.routes(), facts);
    // Safe methods first, so that what they read is still there; deletions last.
    operations.sort_by(|a, b| (a.method.is_safe(), &a.rule).cmp(&(b.method.is_safe(), &b.rule)).reverse());
    operations.sort_by_key(|operation| operation.method);
    let mut masks = Masks::new();
    let count = operations.len();
    let mut probes = 0;
    for (number, operation) in (1..).zip(&mut operations) {
        progress.route(number, count, &format!("{} {}", operation.method, operation.rule));
        let before = probes;
        let mut driver = Driver { client: &client, base: &base, world, app, planter, clean: &clean, probes };
        let seen = driver.operate(operation).await;
        probes = driver.probes;
        services.enter_into(planter);
        for observation in &seen {
            note_refusals(proof, observation);
            for escape in escape::search(planter.book(), &observation.exchange, &observation.events, &mut masks) {
                let sight = Sight { escape: &escape, operation, observation, facts, address: &address };
                proof.defects.extend(judge::judge(&sight));
            }
        }
        proof.coverage.push(covered(operation, &seen, probes - before));
        if !app.is_alive() {
            let how = app.death().unwrap_or_default();
            proof.problems.push(Problem {
                message: format!("the app ended while it was asked: {how}"),
                place: Some(format!("{} {}", operation.method, operation.rule)),
                help: Some("run the app by hand and send this request to see why".to_owned()),
            });
            if app.restart().await.is_err() {
                break;
            }
            base = url_of(&app.address().to_string())?;
        }
    }
    proof.requests = u64::from(probes);
    for operation in operations.iter().skip(proof.coverage.len()) {
        proof.coverage.push(Coverage {
            method: operation.method,
            route: operation.rule.clone(),
            status: RouteStatus::NotReached,
            note: Some("the app had ended".to_owned()),
            requests: 0,
            tried: Vec::new(),
        });
    }
    Ok(())
}

fn url_of(authority: &str) -> Result<Url, ProveError> {
    Url::parse(&format!("http://{authority}/")).map_err(|error| ProveError::Setup(format!("{authority}: {error}")))
}

/// The word that stands in the report.
const fn isolation_word(isolation: &Isolation) -> &'static str {
    match isolation {
        Isolation::Namespaces => "namespaces",
        Isolation::Wall { .. } => "wall",
    }
}

/// The SDK's credentials are canaries too.
fn credentials(book: &mut CanaryBook) -> SdkCredentials {
    let given = book.sdk_credentials();
    SdkCredentials {
        access_key_id: given.access_key_id,
        secret_access_key: given.secret_access_key,
        session_token: Some(given.session_token),
    }
}

/// The tables whose key the audit knows. What it does not know is made from the first request that misses it.
fn tables(facts: &SourceFacts) -> Vec<TableSpec> {
    let specs = facts.tables.iter().filter_map(|table| {
        let mut spec = TableSpec::from_facts(table, Origin::Guessed)?;
        spec.name = start::runtime_name(&spec.name);
        Some(spec)
    });
    let mut by_name: BTreeMap<String, TableSpec> = BTreeMap::new();
    for spec in specs {
        by_name.entry(spec.name.clone()).or_insert(spec);
    }
    by_name.into_values().collect()
}

/// Where the app's directory lies below the audit's root, with `/` between parts; empty for the root itself.
fn prefix(options: &ProveOptions) -> String {
    let below = options.project.strip_prefix(&options.audit.root).unwrap_or(&options.project);
    below.iter().map(|part| part.to_string_lossy()).collect::<Vec<_>>().join("/")
}

/// An app that the audit saw, as it is imported from the app's directory; none if it lies outside of that.
fn candidate(entry: &stanch_source::AppEntry, prefix: &str) -> Option<Candidate> {
    let root = match entry.root.strip_prefix(prefix)? {
        below if prefix.is_empty() => below,
        "" => "",
        below => below.strip_prefix('/')?,
    };
    Some(Candidate {
        module: entry.module.clone(),
        name: Some(entry.name.clone()),
        factory: entry.factory,
        root: root.to_owned(),
    })
}

/// Every method of every route that is the app's own, with what the audit read of its view.
fn operations(routes: &[LiveRoute], facts: &SourceFacts) -> Vec<Operation> {
    let mut operations = Vec::new();
    for route in routes.iter().filter(|route| route.endpoint != "static" && !route.endpoint.ends_with(".static")) {
        for method in route.methods.iter().filter(|method| !matches!(method, Method::Head | Method::Options)) {
            let mut operation = Operation {
                method: *method,
                rule: route.rule.clone(),
                view: route.view.clone(),
                path: route.converters.iter().map(|(name, converter)| (name.clone(), *converter)).collect(),
                asked: BTreeSet::new(),
                confirmed: BTreeSet::new(),
            };
            for (location, name) in &route.parameters {
                operation.learn(*location, name);
            }
            let view = |known: &&stanch_api::Route| {
                route.view.as_ref().is_some_and(|view| view.path == known.view.path && view.line == known.view.line)
            };
            if let Some(known) = facts.routes.iter().find(view) {
                operation.learn_all(&known.parameters);
            }
            operations.push(operation);
        }
    }
    operations
}

fn note_refusals(proof: &mut Proof, observation: &Observation) {
    for event in &observation.events {
        if let Event::Refused { address, source, .. } = event {
            let from = source.as_ref().map_or_else(String::new, |place| format!(" from {}:{}", place.path, place.line));
            proof.notes.insert(format!("the app tried to connect to {address}{from}: refused"));
        }
    }
}

fn covered(operation: &Operation, seen: &[Observation], requests: u32) -> Coverage {
    let answers: BTreeSet<u16> =
        seen.iter().filter_map(|one| one.exchange.outcome.as_ref().ok()).map(|answer| answer.status).collect();
    let (status, note) = if seen.iter().any(Observation::succeeded) {
        (RouteStatus::Reached, None)
    } else if answers.is_empty() {
        let reason = seen.iter().find_map(|one| one.exchange.outcome.as_ref().err()).map(ToString::to_string);
        (RouteStatus::NotReached, reason)
    } else {
        let codes: Vec<String> = answers.iter().map(u16::to_string).collect();
        (RouteStatus::Refused, Some(format!("answered {} only", codes.join(", "))))
    };
    Coverage { method: operation.method, route: operation.rule.clone(), status, note, requests, tried: Vec::new() }
}

fn not_reached(facts: &SourceFacts, why: &str) -> Vec<Coverage> {
    let rows = facts.routes.iter().flat_map(|route| {
        route.methods.iter().map(|method| Coverage {
            method: *method,
            route: route.rule.clone(),
            status: RouteStatus::NotReached,
            note: Some(why.to_owned()),
            requests: 0,
            tried: Vec::new(),
        })
    });
    rows.collect()
}
