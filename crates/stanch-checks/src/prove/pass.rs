//! The passes over all operations: on planted items first; then, for what that did not reach, as somebody whom the app
//! knows, and as an administrator.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::time::Duration;

use stanch_api::Method;
use stanch_dynamodb::{Snapshot, World};
use stanch_findings::{Coverage, Problem, RouteStatus};
use stanch_live::Event;
use stanch_live::app::{LiveRoute, RunningApp};
use stanch_live::http::{Client, ClientOptions};
use stanch_live::stubs::ServiceStubs;
use stanch_secrets::{Masks, Secret};
use stanch_source::SourceFacts;
use url::Url;

use super::contain::{self, Standing};
use super::drive::{Asked, Driver};
use super::escape;
use super::files;
use super::introduce::{Introduced, introduce};
use super::judge::{self, Sight};
use super::observation::Observation;
use super::operation::Operation;
use super::plant::Planter;
use super::run::{Progress, Proof, ProveError};
use super::services::Services;
use super::sign::{Kind, Sign};

/// What the passes work on.
pub(super) struct Stage<'s> {
    pub(super) app: &'s mut RunningApp,
    pub(super) world: &'s World,
    pub(super) stubs: &'s ServiceStubs,
    pub(super) planter: &'s mut Planter,
    pub(super) services: &'s Services,
    pub(super) facts: &'s SourceFacts,
    /// Files with the keys of those who ask.
    pub(super) keys: &'s [PathBuf],
    pub(super) progress: &'s dyn Progress,
}

/// A key out of a file; that it cannot be read is a problem, since less is reached without it.
fn key_in(app: &RunningApp, file: &Path, problems: &mut Vec<Problem>) -> Option<Secret> {
    match app.read(file) {
        Ok(text) => Some(Secret::new(text.trim())),
        Err(error) => {
            let message = format!("the key in {} cannot be read: {error}", file.display());
            let help = Some("a relative path is one in the copy, where the app may write it at its start".to_owned());
            problems.push(Problem { message, place: None, help });
            None
        }
    }
}

/// What is known of one operation so far.
struct Track {
    operation: Operation,
    answers: BTreeSet<u16>,
    /// Exceptions that were printed meanwhile, by their class.
    raised: BTreeSet<String>,
    reached: bool,
    failure: Option<String>,
    requests: u32,
    /// What was asked where nobody was let in: it is asked wrongly when nobody who is known is let in either.
    refused: Option<Asked>,
}

/// Asks everything and judges what comes out.
pub(super) async fn drive_all(proof: &mut Proof, stage: &mut Stage<'_>) -> Result<(), ProveError> {
    let failed = |error: stanch_dynamodb::EngineError| ProveError::Setup(error.to_string());
    let mut run = Run {
        // A development server closes each connection after its answer: one that was kept could fail a request.
        client: Client::new(ClientOptions { idle_per_host: 0, ..ClientOptions::default() }),
        base: url_of(&stage.app.address().to_string())?,
        address: url_of("localhost:5000")?,
        masks: Masks::new(),
        dumps: BTreeSet::new(),
        probes: 0,
        is_over: false,
    };
    contain::note_refusals(&mut proof.notes, stage.app.startup_events());
    let clean = stage.world.snapshot().map_err(failed)?;
    let mut tracks: Vec<Track> =
        ordered(operations(stage.app.routes(), stage.facts)).into_iter().map(Track::new).collect();
    let count = tracks.len();
    for (number, track) in (1..).zip(&mut tracks) {
        stage.progress.route(number, count, &track.label());
        let mut driver = run.driver(stage, &clean);
        let (mut seen, refused) = driver.operate(&mut track.operation).await;
        let is_slow = driver.is_slow();
        run.probes = driver.probes;
        track.refused = refused;
        seen.retain(|observation| !contain::is_unasked(observation));
        if is_slow {
            proof.problems.push(contain::slow(&track.label()));
        }
        run.judge(proof, stage, track, &seen).await?;
        if run.is_over {
            break;
        }
    }
    if !run.is_over && tracks.iter().any(|track| !track.reached && track.requests > 0) {
        run.as_people(proof, stage, &clean, &mut tracks).await?;
    }
    for track in tracks.iter_mut().filter(|track| !track.reached) {
        let Some((values, planted)) = track.refused.take().filter(|_| !run.is_over) else { continue };
        let mut driver = run.driver(stage, &clean);
        let mut seen = Vec::new();
        driver.vary(&mut track.operation, &values, &planted, None, &mut seen).await;
        run.probes = driver.probes;
        run.judge(proof, stage, track, &seen).await?;
    }
    let written = stage.app.written();
    proof.defects.extend(files::judge(&written, stage.planter, &mut run.masks, stage.facts, &run.address));
    proof.requests = u64::from(run.probes);
    proof.coverage = tracks.iter().map(Track::coverage).collect();
    Ok(())
}

/// The state of one run of requests.
struct Run {
    client: Client,
    base: Url,
    /// Where the user's own app is taken to answer.
    address: Url,
    masks: Masks,
    /// Lines that were seen to log all of a request.
    dumps: BTreeSet<stanch_api::SourcePlace>,
    probes: u32,
    /// Whether the app is down and does not come up again.
    is_over: bool,
}

impl Run {
    fn driver<'d>(&'d self, stage: &'d mut Stage<'_>, clean: &'d Snapshot) -> Driver<'d> {
        let (app, planter) = (&mut *stage.app, &mut *stage.planter);
        let (world, stubs, probes) = (stage.world, stage.stubs, self.probes);
        let (client, base, standing) = (&self.client, &self.base, BTreeSet::new());
        let waited = Duration::ZERO;
        Driver { client, base, world, stubs, app, planter, clean, standing, probes, identity: None, waited }
    }

    /// The second pass: what was not reached, asked by people whom the app knows.
    async fn as_people(
        &mut self,
        proof: &mut Proof,
        stage: &mut Stage<'_>,
        clean: &Snapshot,
        tracks: &mut [Track],
    ) -> Result<(), ProveError> {
        let mut operations: Vec<Operation> = tracks.iter().map(|track| track.operation.clone()).collect();
        let keys: Vec<Secret> =
            stage.keys.iter().filter_map(|file| key_in(stage.app, file, &mut proof.problems)).collect();
        let mut driver = self.driver(stage, clean);
        let introduced = introduce(&mut driver, &mut operations, &keys).await;
        self.probes = driver.probes;
        self.revive(proof, stage, &[], "introducing two users").await?;
        let Some(Introduced { people: [owner, other], world, raised }) = introduced.filter(|_| !self.is_over) else {
            return Ok(());
        };
        stage.planter.owner = Some(owner.clone());
        for (track, operation) in tracks.iter_mut().zip(operations).filter(|(track, _)| !track.reached) {
            track.operation = operation;
            for tables in [&world, &raised] {
                stage.progress.route(0, 0, &track.label());
                let mut driver = self.driver(stage, tables);
                let seen = driver.operate_as(&mut track.operation, &owner, &other).await;
                self.probes = driver.probes;
                self.judge(proof, stage, track, &seen).await?;
                if self.is_over {
                    return Ok(());
                }
                if track.reached || !owner.has_credentials() {
                    break;
                }
            }
        }
        stage.planter.owner = None;
        Ok(())
    }

    /// Searches what came of an operation, and starts the app again if it has ended.
    async fn judge(
        &mut self,
        proof: &mut Proof,
        stage: &mut Stage<'_>,
        track: &mut Track,
        seen: &[Observation],
    ) -> Result<(), ProveError> {
        stage.services.enter_into(stage.planter);
        contain::note_refusals(&mut proof.notes, seen.iter().flat_map(|observation| &observation.events));
        let signs = look(seen, stage.planter, &mut self.masks, &mut self.dumps);
        let (operation, facts, address, dumps) = (&track.operation, stage.facts, &self.address, &self.dumps);
        for (observation, together) in seen.iter().zip(&signs) {
            for sign in together {
                let sight = Sight { sign, together, dumps, operation, observation, facts, address };
                proof.defects.extend(judge::judge(&sight));
            }
        }
        track.note(seen);
        self.revive(proof, stage, seen, &track.label()).await
    }

    /// Starts the app again if it has ended or stopped.
    async fn revive(
        &mut self,
        proof: &mut Proof,
        stage: &mut Stage<'_>,
        seen: &[Observation],
        during: &str,
    ) -> Result<(), ProveError> {
        let problem = match contain::death(stage.app, &self.base, seen).await {
            Some(how) => contain::ended(&how, during),
            None => match contain::standing(&self.base, seen).await {
                Standing::Well => return Ok(()),
                Standing::Silent => {
                    proof.problems.push(contain::silent(during));
                    return Ok(());
                }
                Standing::Stuck => contain::stuck(during),
            },
        };
        proof.problems.push(problem);
        if stage.app.restart().await.is_err() {
            self.is_over = true;
        } else {
            self.base = url_of(&stage.app.address().to_string())?;
        }
        Ok(())
    }
}

impl Track {
    const fn new(operation: Operation) -> Self {
        Self {
            operation,
            answers: BTreeSet::new(),
            raised: BTreeSet::new(),
            reached: false,
            failure: None,
            requests: 0,
            refused: None,
        }
    }

    fn label(&self) -> String {
        format!("{} {}", self.operation.method, self.operation.rule)
    }

    fn note(&mut self, seen: &[Observation]) {
        self.requests = self.requests.saturating_add(u32::try_from(seen.len()).unwrap_or(u32::MAX));
        self.reached |= seen.iter().any(Observation::succeeded);
        for observation in seen {
            let texts = observation.events.iter().filter_map(|event| match event {
                Event::Log { text, .. } => Some(text.as_str()),
                _ => None,
            });
            self.raised.extend(texts.flat_map(str::lines).filter_map(exception).map(str::to_owned).take(4));
            match &observation.exchange.outcome {
                Ok(answer) => {
                    self.answers.insert(answer.status);
                }
                Err(error) => self.failure = self.failure.take().or_else(|| Some(error.to_string())),
            }
        }
    }

    fn coverage(&self) -> Coverage {
        let (status, note) = if self.reached {
            (RouteStatus::Reached, None)
        } else if self.requests == 0 {
            (RouteStatus::NotReached, Some("the app had ended".to_owned()))
        } else if self.answers.is_empty() {
            (RouteStatus::NotReached, self.failure.clone())
        } else {
            let codes: Vec<String> = self.answers.iter().map(u16::to_string).collect();
            let raised: Vec<&str> = self.raised.iter().map(String::as_str).take(3).collect();
            let why = if raised.is_empty() { String::new() } else { format!(" ({})", raised.join(", ")) };
            (RouteStatus::Refused, Some(format!("answered {} only{why}", codes.join(", "))))
        };
        let (method, route) = (self.operation.method, self.operation.rule.clone());
        Coverage { method, route, status, note, requests: self.requests, tried: Vec::new() }
    }
}

/// The class of an exception, of the last line of its traceback: `KeyError: 'id'`. What follows it may hold anything.
fn exception(line: &str) -> Option<&str> {
    let class = line.split(':').next()?;
    let is_name = class.len() < 80 && class.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '.'));
    let last = class.rsplit('.').next().unwrap_or(class);
    let is_class = last.ends_with("Error") || last.ends_with("Exception");
    (is_name && is_class && last.starts_with(|c: char| c.is_ascii_uppercase())).then_some(last)
}

/// Safe methods first, so that what they read is still there; deletions last.
pub(super) fn ordered(mut operations: Vec<Operation>) -> Vec<Operation> {
    operations.sort_by(|a, b| (a.method.is_safe(), &a.rule).cmp(&(b.method.is_safe(), &b.rule)).reverse());
    operations.sort_by_key(|operation| operation.method);
    operations
}

pub(super) fn url_of(authority: &str) -> Result<Url, ProveError> {
    Url::parse(&format!("http://{authority}/")).map_err(|error| ProveError::Setup(format!("{authority}: {error}")))
}

/// Every method of every route that is the app's own, with what the audit read of its view.
pub(super) fn operations(routes: &[LiveRoute], facts: &SourceFacts) -> Vec<Operation> {
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
                avoided: BTreeSet::new(),
                examples: BTreeMap::new(),
            };
            for declared in &route.parameters {
                operation.learn(declared.location, &declared.name);
                operation.exemplify(declared.location, &declared.name, declared.example.as_ref());
            }
            let view = |known: &&stanch_api::Route| {
                route.view.as_ref().is_some_and(|view| view.path == known.view.path && view.line == known.view.line)
            };
            if let Some(known) = facts.routes.iter().find(view) {
                operation.learn_all(&known.parameters);
            }
            let same = |known: &Operation| known.method == operation.method && known.rule == operation.rule;
            // Of two routes for the same requests the first one answers.
            if !operations.iter().any(same) {
                operations.push(operation);
            }
        }
    }
    operations
}

/// What was seen in each probe. Lines that log whole requests are gathered first: they are known by one field that
/// nobody asks for, and every key in them belongs to that.
pub(super) fn look(
    seen: &[Observation],
    planter: &Planter,
    masks: &mut Masks,
    dumps: &mut BTreeSet<stanch_api::SourcePlace>,
) -> Vec<Vec<Sign>> {
    let signs: Vec<Vec<Sign>> = seen
        .iter()
        .map(|observation| {
            let mut signs = escape::search(planter.book(), observation, masks);
            signs.extend(observation.signs.iter().cloned());
            signs
        })
        .collect();
    let dumped = signs.iter().flatten().filter(|sign| sign.kind == Kind::Dumped && sign.way.is_log());
    dumps.extend(dumped.filter_map(|sign| sign.source.clone()));
    signs
}

#[cfg(test)]
mod tests {
    use super::exception;

    #[test]
    fn only_the_class_of_an_exception_is_told() {
        assert_eq!(exception("KeyError: 'id'"), Some("KeyError"));
        assert_eq!(exception("botocore.exceptions.ClientError: An error occurred"), Some("ClientError"));
        assert_eq!(exception("  File \"app.py\", line 3, in view"), None);
        assert_eq!(exception("my SecretError: x"), None);
    }
}
