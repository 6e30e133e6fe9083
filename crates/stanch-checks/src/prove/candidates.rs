use std::collections::BTreeSet;

use stanch_findings::Coverage;
use stanch_live::app::Candidate;
use stanch_source::{AppKind, SourceFacts};

use super::run::ProveOptions;

/// Where the app's directory lies below the audit's root, with `/` between parts; empty for the root itself.
pub(super) fn prefix(options: &ProveOptions) -> String {
    let below = options.project.strip_prefix(&options.audit.root).unwrap_or(&options.project);
    below.iter().map(|part| part.to_string_lossy()).collect::<Vec<_>>().join("/")
}

/// What the audit saw that can be started: apps, or else plain Lambda handlers.
pub(super) fn candidates(facts: &SourceFacts, prefix: &str, handlers: bool) -> Vec<Candidate> {
    let wanted = facts.apps.iter().filter(|entry| (entry.kind == AppKind::LambdaHandler) == handlers);
    wanted.filter_map(|entry| candidate(entry, prefix)).collect()
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

/// Apps that can be started, and plain Lambda handlers beside them.
pub(super) type Startable = (Vec<Candidate>, Vec<Candidate>);

/// Apps that are made in a file of their own and have a route that was not seen, and plain handlers beside an app.
pub(super) fn others(facts: &SourceFacts, prefix: &str, first: &Candidate, coverage: &[Coverage]) -> Vec<Startable> {
    let entries = || facts.apps.iter().filter_map(|entry| Some((entry, candidate(entry, prefix)?)));
    let mut files: BTreeSet<&str> =
        entries().filter(|(_, known)| known == first).map(|(entry, _)| entry.place.path.as_str()).collect();
    let mut found = Vec::new();
    for (entry, candidate) in entries().filter(|(entry, _)| entry.kind != AppKind::LambdaHandler) {
        let is_new = |route: &&stanch_api::Route| {
            route.view.path == entry.place.path
                && !coverage.iter().any(|seen| seen.route == route.rule && route.methods.contains(&seen.method))
        };
        if files.insert(&entry.place.path) && facts.routes.iter().any(|route| is_new(&route)) {
            found.push((vec![candidate], Vec::new()));
        }
    }
    let is_plain = |entry: &&stanch_source::AppEntry| {
        entry.kind == AppKind::LambdaHandler
            && !files.contains(entry.place.path.as_str())
            && facts.table_calls.iter().any(|call| call.place.path == entry.place.path)
    };
    let handlers: Vec<Candidate> =
        facts.apps.iter().filter(is_plain).filter_map(|entry| candidate(entry, prefix)).collect();
    if !handlers.is_empty() && !handlers.contains(first) {
        found.push((handlers.first().cloned().into_iter().collect(), handlers));
    }
    found
}
