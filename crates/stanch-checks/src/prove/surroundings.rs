use std::collections::BTreeMap;
use std::net::SocketAddr;

use stanch_dynamodb::{Origin, TableSpec, World, WorldOptions};
use stanch_live::app::SdkCredentials;
use stanch_live::canary::{CanaryBook, CanaryClass, CanaryPlace};
use stanch_live::stubs::{ServiceCall, ServiceStubs};
use stanch_source::SourceFacts;

use super::candidates::prefix;
use super::run::{Proof, ProveError, ProveOptions};
use super::services::Services;
use super::start;

/// What stands around an app while it runs.
pub(super) struct Surroundings {
    pub(super) book: CanaryBook,
    pub(super) world: World,
    pub(super) services: Services,
    pub(super) stubs: ServiceStubs,
    pub(super) environment: BTreeMap<String, String>,
    pub(super) credentials: SdkCredentials,
    /// Where the app's directory lies below the audit's root.
    pub(super) prefix: String,
}

impl Surroundings {
    pub(super) fn new(options: &ProveOptions, facts: &SourceFacts) -> Result<Self, ProveError> {
        let mut book = CanaryBook::new(&options.seed.to_string());
        let world = World::start(WorldOptions::default()).map_err(|error| ProveError::Setup(error.to_string()))?;
        for spec in tables(facts) {
            // What is no schema after all is guessed from the first request, like one that is not known.
            let _ = world.create(spec);
        }
        let services = Services::new(options.seed);
        let stubs = ServiceStubs::start(SocketAddr::from(([127, 0, 0, 1], 0)), services.values())
            .map_err(|error| ProveError::Setup(error.to_string()))?;
        let environment = start::environment(facts, &options.environment, |name| {
            book.setting(name, CanaryClass::Secret).expose().to_owned()
        });
        // Keys that the user gives to the app are keys wherever they come out.
        for (name, value) in options.environment.iter().filter(|(name, value)| is_given_key(name, value)) {
            book.adopt(CanaryPlace::Environment { name: name.clone() }, CanaryClass::Secret, value);
        }
        let credentials = credentials(&mut book);
        Ok(Self { book, world, services, stubs, environment, credentials, prefix: prefix(options) })
    }
}

/// Whether a variable that the user gives holds a key, by its name, and one that is long enough to be told from others.
fn is_given_key(name: &str, value: &str) -> bool {
    value.len() >= 12 && stanch_secrets::names::key_kind(name).is_some()
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

/// Names each call of another service that a stand-in answered.
pub(super) fn note_stubbed(proof: &mut Proof, stubs: &ServiceStubs) {
    let calls = stubs.calls_since(0);
    let told = |call: &ServiceCall| format!("{} {} was answered by a stand-in", call.service, call.operation);
    proof.notes.extend(calls.iter().map(told));
}
