//! A command of the user's own that drives the app, `pytest` say, watched to its end: whatever comes out during a test is
//! proven, with the test's name.
//!
//! Tests make their own items, so what they and the app store under a key's name is looked for, beside what was planted
//! before they began.

mod answered;
mod stored;

use std::collections::{BTreeMap, BTreeSet};

use stanch_api::Method;
use stanch_findings::{Coverage, Problem, RouteStatus};
use stanch_live::app::{CommandEnd, Happening, LaunchOptions, WatchedCommand};
use stanch_live::stubs::ServiceStubs;
use stanch_secrets::Masks;
use stanch_source::SourceFacts;
use url::Url;

use super::contain;
use super::demand::Demand;
use super::files;
use super::judge::{self, Sight};
use super::operation::Operation;
use super::pass::{look, operations, url_of};
use super::plant::Planter;
use super::run::{Progress, Proof, ProveError, ProveOptions, Surroundings, note_stubbed};
use super::services::Services;
use answered::Answered;
use stored::Stored;

/// Runs the command and judges what comes out meanwhile.
pub(super) async fn prove(
    options: &ProveOptions,
    facts: &SourceFacts,
    progress: &dyn Progress,
) -> Result<Proof, ProveError> {
    let mut proof = Proof::default();
    let Surroundings { book, world, services, stubs, environment, credentials, prefix } =
        Surroundings::new(options, facts)?;
    let mut planter = Planter::new(book, facts);
    for state in world.tables() {
        planter.plant(&world, &Demand { table: state.spec.name, values: BTreeMap::new(), person: 0 });
    }
    let words = options.command.join(" ");
    let started = WatchedCommand::start(LaunchOptions {
        project: options.project.clone(),
        candidates: Vec::new(),
        handlers: Vec::new(),
        stand_ins: BTreeMap::new(),
        place_prefix: prefix,
        app: None,
        python: options.python.clone(),
        env: environment,
        aws_endpoint: world.addresses()[0],
        stub_endpoint: Some(stubs.address()),
        credentials,
        allow_ports: options.allow_ports.clone(),
        start_timeout: options.start_timeout,
        isolation: options.isolation.clone(),
        keep: options.keep,
        serve: None,
        command: options.command.clone(),
        supervisor: None,
    });
    let mut command = match started.await {
        Ok(command) => command,
        Err(error) => {
            proof.problems.push(Problem { message: error.to_string(), place: None, help: None });
            return Ok(proof);
        }
    };
    progress.tell(&format!(
        "running `{words}` on a copy of {} with {} {}",
        options.project.display(),
        options.python.origin,
        options.python.path.display(),
    ));
    let mut watch = Watch {
        facts,
        planter,
        services,
        stubs,
        address: url_of("localhost:5000")?,
        masks: Masks::new(),
        stored: Stored::default(),
        operations: Vec::new(),
        asked: BTreeMap::new(),
        has_tests: false,
    };
    while let Some(happening) = command.next().await {
        if watch.operations.is_empty() {
            watch.operations = operations(&command.routes(), facts);
        }
        watch.relay(progress, &happening.spoken);
        watch.judge(&mut proof, happening, &world);
    }
    note_stubbed(&mut proof, &watch.stubs);
    let ended = command.end().await;
    if let Some(kept) = &ended.kept {
        progress.tell(&format!("the copy is kept in {}", kept.display()));
    }
    progress.tell(&format!("`{words}`: {}", ended.how));
    let files = files::judge(&ended.written, &watch.planter, &mut watch.masks, facts, &watch.address);
    proof.defects.extend(files);
    proof.requests = watch.asked.values().map(|(requests, _)| u64::from(*requests)).sum();
    proof.coverage = watch.coverage();
    watch.conclude(&mut proof, &ended, &words);
    Ok(proof)
}

/// What is known while the command runs.
struct Watch<'w> {
    facts: &'w SourceFacts,
    planter: Planter,
    services: Services,
    stubs: ServiceStubs,
    address: Url,
    masks: Masks,
    stored: Stored,
    operations: Vec<Operation>,
    /// Requests to each rule, and whether any succeeded.
    asked: BTreeMap<(String, Method), (u32, bool)>,
    has_tests: bool,
}

impl Watch<'_> {
    /// Shows what the command itself says, every key that is known in it masked.
    fn relay(&mut self, progress: &dyn Progress, spoken: &str) {
        let shown = super::excerpt::hidden(spoken, self.planter.book(), &mut self.masks);
        shown.lines().filter(|line| !line.trim().is_empty()).for_each(|line| progress.tell(line));
    }

    fn judge(&mut self, proof: &mut Proof, happening: Happening, world: &stanch_dynamodb::World) {
        self.has_tests |= happening.test.is_some();
        self.services.enter_into(&mut self.planter);
        // Outside of all tests, the streams hold what the test runner itself says.
        let answered = Answered::of(happening, world, &self.stubs, &self.operations, self.has_tests);
        for Answered { mut observation, operation } in answered {
            contain::note_refusals(&mut proof.notes, &observation.events);
            if !operation.rule.is_empty() {
                let (requests, reached) =
                    self.asked.entry((operation.rule.clone(), operation.method)).or_insert((0, false));
                *requests = requests.saturating_add(1);
                *reached |= observation.succeeded();
            }
            self.stored.learn_before(&mut self.planter, &observation);
            let signs = Stored::given_back(&self.planter, &observation);
            observation.signs.extend(signs);
            let mut dumps = BTreeSet::new();
            let seen = [observation];
            let signs = look(&seen, &self.planter, &mut self.masks, &mut dumps);
            let [observation] = &seen;
            for mut together in signs {
                let test = observation.test.as_ref();
                for (sign, test) in together.iter_mut().filter_map(|sign| Some((sign, test?))) {
                    sign.evidence.what = format!("{}, during test `{test}`", sign.evidence.what);
                }
                let (operation, facts, address, dumps) = (&operation, self.facts, &self.address, &dumps);
                for sign in &together {
                    let sight = Sight { sign, together: &together, dumps, operation, observation, facts, address };
                    proof.defects.extend(judge::judge(&sight));
                }
            }
            self.stored.learn_after(&mut self.planter, observation);
        }
    }

    fn coverage(&self) -> Vec<Coverage> {
        let known = self.operations.iter().map(|operation| (operation.rule.clone(), operation.method));
        let all: BTreeSet<(String, Method)> = known.chain(self.asked.keys().cloned()).collect();
        let row = |(route, method): (String, Method)| {
            let asked = self.asked.get(&(route.clone(), method));
            let (status, note) = match asked {
                Some((_, true)) => (RouteStatus::Reached, None),
                Some((_, false)) => (RouteStatus::Refused, Some("answered with errors only".to_owned())),
                None => (RouteStatus::NotReached, Some("the command did not ask for it".to_owned())),
            };
            let requests = asked.map_or(0, |(requests, _)| *requests);
            Coverage { method, route, status, note, requests, tried: Vec::new() }
        };
        all.into_iter().map(row).collect()
    }

    fn conclude(&self, proof: &mut Proof, ended: &CommandEnd, words: &str) {
        proof.notes.insert(format!("`{words}`: {}", ended.how));
        proof.notes.extend(ended.blind_spots.iter().map(|spot| format!("could not be watched whole: {spot}")));
        let (message, help) = match () {
            () if matches!(ended.code, Some(126 | 127)) => (
                format!("`{words}` could not be started"),
                "give a program of the app's environment (`--python`), or one that is on the path",
            ),
            () if !ended.was_watched => (
                format!("`{words}` started no Python that could be watched"),
                "let it start Python without -E and -I, and keep PYTHONPATH as it is",
            ),
            () if self.asked.is_empty() => (
                format!("no request reached a Flask, FastAPI or Chalice app while `{words}` ran"),
                "let the tests ask the app, by its test client or over HTTP",
            ),
            () => return,
        };
        proof.problems.push(Problem { message, place: None, help: Some(help.to_owned()) });
    }
}
