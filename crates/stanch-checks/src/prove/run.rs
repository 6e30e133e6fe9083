//! One run of `prove`, from reading the source to the report.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::time::Duration;

use stanch_findings::{Coverage, Problem, Report, RouteStatus, Run};
use stanch_live::app::{Candidate, Interpreter, Isolation, LaunchOptions, Serve, interrupted, launch};
use stanch_live::canary::CanaryClass;
use stanch_source::{ReadError, SourceFacts};

use super::candidates::{Startable, candidates, others, prefix};
use super::pass::{self, Stage};
use super::plant::Planter;
use super::surroundings::{Surroundings, note_stubbed};
use super::{roles, stand_in, start, suite};
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
    /// A command that serves the app, where it shall not be imported and served by us.
    pub serve: Option<Serve>,
    /// Files with the keys of one who asks and of another one, in the copy where they are relative: the app may make them
    /// when it starts.
    pub keys: Vec<PathBuf>,
    /// A command that is watched to its end instead of asking the app: the user's own tests. Empty for none.
    pub command: Vec<String>,
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
    let proof = with_app(options, &facts, progress, false)?;
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

/// Starts the app and tells which requests would be sent; sends none.
///
/// # Errors
/// As [`run`], and when the app does not start.
pub fn plan(options: &ProveOptions, progress: &dyn Progress) -> Result<Vec<String>, ProveError> {
    let facts = stanch_source::read(&options.audit.root, &options.audit.read)?;
    let proof = with_app(options, &facts, progress, true)?;
    match proof.problems.into_iter().next() {
        Some(problem) => Err(ProveError::Setup(problem.message)),
        None => Ok(proof.plan),
    }
}

fn with_app(
    options: &ProveOptions,
    facts: &SourceFacts,
    progress: &dyn Progress,
    only_plan: bool,
) -> Result<Proof, ProveError> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .map_err(|error| ProveError::Setup(error.to_string()))?;
    let proof = runtime.block_on(async {
        tokio::select! {
            proof = suite::prove(options, facts, progress), if !options.command.is_empty() => proof,
            proof = prove(options, facts, progress, only_plan), if options.command.is_empty() => proof,
            _ = interrupted() => Err(ProveError::Interrupted),
        }
    })?;
    runtime.shutdown_timeout(Duration::from_secs(1));
    Ok(proof)
}

/// What was seen of the running app.
#[derive(Default)]
pub(super) struct Proof {
    pub(super) defects: Vec<Defect>,
    pub(super) coverage: Vec<Coverage>,
    pub(super) requests: u64,
    pub(super) problems: Vec<Problem>,
    pub(super) notes: BTreeSet<String>,
    plan: Vec<String>,
    /// The app that was run.
    entry: Option<Candidate>,
}

/// Starts at most: each further one with variables that the one before was seen to lack.
const TRIES: u32 = 4;

/// Apps of one project that are run after the first at most.
const MORE: usize = 4;

/// The first app that starts, then the others of the project: examples side by side, a service a directory.
async fn prove(
    options: &ProveOptions,
    facts: &SourceFacts,
    progress: &dyn Progress,
    only_plan: bool,
) -> Result<Proof, ProveError> {
    let prefix = prefix(options);
    let handlers = candidates(facts, &prefix, true);
    let mut proof =
        prove_one(options, facts, progress, only_plan, (candidates(facts, &prefix, false), handlers)).await?;
    let Some(first) = proof.entry.clone().filter(|_| options.app.is_none() && options.serve.is_none()) else {
        return Ok(proof);
    };
    for (apps, handlers) in others(facts, &prefix, &first, &proof.coverage).into_iter().take(MORE) {
        let more = prove_one(options, facts, progress, only_plan, (apps, handlers)).await?;
        if more.entry.is_none() {
            let why = more.problems.into_iter().map(|problem| problem.message);
            proof.notes.extend(why.map(|why| format!("another app of the project did not start: {why}")));
            continue;
        }
        proof.defects.extend(more.defects);
        proof.coverage.extend(more.coverage);
        proof.requests += more.requests;
        proof.problems.extend(more.problems);
        proof.notes.extend(more.notes);
        proof.plan.extend(more.plan);
    }
    Ok(proof)
}

async fn prove_one(
    options: &ProveOptions,
    facts: &SourceFacts,
    progress: &dyn Progress,
    only_plan: bool,
    (apps, handlers): Startable,
) -> Result<Proof, ProveError> {
    let mut proof = Proof::default();
    let Surroundings { mut book, world, services, stubs, mut environment, credentials, prefix } =
        Surroundings::new(options, facts)?;
    let mut stand_ins = BTreeMap::new();
    let mut tries = 0;
    let mut app = loop {
        let launched = launch(LaunchOptions {
            project: options.project.clone(),
            candidates: apps.clone(),
            handlers: handlers.clone(),
            stand_ins: stand_ins.clone(),
            place_prefix: prefix.clone(),
            app: options.app.clone(),
            python: options.python.clone(),
            env: environment.clone(),
            aws_endpoint: world.addresses()[0],
            stub_endpoint: Some(stubs.address()),
            credentials: credentials.clone(),
            allow_ports: options.allow_ports.clone(),
            start_timeout: options.start_timeout,
            isolation: options.isolation.clone(),
            keep: options.keep,
            serve: options.serve.clone(),
            command: Vec::new(),
            supervisor: None,
        });
        world.app_starts();
        match launched.await {
            Ok(app) => break app,
            Err(error) => {
                tries += 1;
                let secret = |name: &str| book.setting(name, CanaryClass::Secret).expose().to_owned();
                if tries < TRIES && start::fill_missing(&error, &mut environment, secret) {
                    continue;
                }
                let secret = |name: &str| book.setting(name, CanaryClass::Secret).expose().to_owned();
                if let Some((path, text)) = stand_in::of(&error, &options.project, secret).filter(|_| tries < TRIES) {
                    let note = format!("`{path}` is not in the project; a stand-in with made-up values took its place");
                    proof.notes.insert(note);
                    if stand_ins.insert(path, text).is_none() {
                        continue;
                    }
                }
                proof.problems.push(Problem { message: error.to_string(), place: None, help: None });
                proof.coverage = not_reached(facts, "the app did not start");
                return Ok(proof);
            }
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
    proof.entry = Some(app.entry().clone());
    proof.notes.extend(app.blind_spots().into_iter().map(|spot| format!("could not be watched: {spot}")));
    let mut planter = Planter::new(book, facts);
    let files: BTreeSet<&str> = facts.routes.iter().map(|route| route.view.path.as_str()).collect();
    let others: BTreeSet<&str> = facts.table_calls.iter().map(|call| call.place.path.as_str()).collect();
    planter.roles = roles::named(&options.audit.root, files.union(&others).copied());
    if only_plan {
        proof.plan = super::plan::lines(app.routes(), facts, &mut planter, &world);
        app.stop().await;
        return Ok(proof);
    }
    let (planter, services) = (&mut planter, &services);
    let keys = &options.keys;
    let mut stage = Stage { app: &mut app, world: &world, stubs: &stubs, planter, services, facts, keys, progress };
    pass::drive_all(&mut proof, &mut stage).await?;
    note_stubbed(&mut proof, &stubs);
    let ended = app.stop().await;
    if let Some(kept) = ended.kept {
        progress.tell(&format!("the copy is kept in {}", kept.display()));
    }
    Ok(proof)
}

/// The word that stands in the report.
const fn isolation_word(isolation: &Isolation) -> &'static str {
    match isolation {
        Isolation::Namespaces => "namespaces",
        Isolation::Wall { .. } => "wall",
    }
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
