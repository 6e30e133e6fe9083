use std::path::Path;

use super::entry::Candidate;
use super::error::LaunchError;
use super::launch::LaunchOptions;
use super::message::Failed;
use super::packages::package_of;

/// Why a candidate did not start, and what to do next.
pub(super) fn explain(
    options: &LaunchOptions,
    candidate: &Candidate,
    failed: Failed,
    refused: Vec<String>,
) -> LaunchError {
    let place = failed.place.map(|place| Box::new(place.source(&options.place_prefix)));
    match (failed.reason.as_str(), failed.name) {
        // The module of the candidate itself is not there.
        ("missing-package", Some(name)) if place.is_none() && candidate.module.split('.').next() == Some(&*name) => {
            LaunchError::NoApp { tried: vec![failed.message] }
        }
        ("missing-package", Some(module)) if is_own(options, candidate, &module) => {
            let message = format!("the project's own module `{module}` is not in the tree; put it there");
            LaunchError::Import { message, place, trace: failed.trace, refused, unset: failed.unset }
        }
        ("missing-package", Some(module)) => {
            let install = format!("{} -m pip install {}", options.python.path.display(), package_of(&module));
            LaunchError::MissingPackage { module, install, place }
        }
        ("missing-variable", Some(name)) => LaunchError::MissingVariable { name, place },
        ("no-app", _) => LaunchError::NoApp { tried: vec![failed.message] },
        _ => {
            let message = failed.message + &version_hint(options, &failed.trace);
            LaunchError::Import { message, place, trace: failed.trace, refused, unset: failed.unset }
        }
    }
}

/// Whether a module would stand in a directory of the project.
fn is_own(options: &LaunchOptions, candidate: &Candidate, module: &str) -> bool {
    let parts: Vec<&str> = module.split('.').collect();
    let (_, parents) = parts.split_last().unwrap_or((&"", &[]));
    let below = |root: &Path| !parents.is_empty() && root.join(parents.join("/")).is_dir();
    below(&options.project) || below(&options.project.join(&candidate.root))
}

/// What an interpreter cannot read may be the language of a newer one.
fn version_hint(options: &LaunchOptions, trace: &str) -> String {
    let last = trace.trim_end().lines().next_back().unwrap_or_default();
    if !last.starts_with("SyntaxError") {
        return String::new();
    }
    let (major, minor, _) = options.python.version;
    format!("; this is Python {major}.{minor}, and where the app is written for another one, name that with `--python`")
}

/// What is told of a candidate that was tried, among others.
pub(super) fn first_line(error: &LaunchError) -> String {
    match error {
        LaunchError::NoApp { tried } => tried.first().cloned().unwrap_or_default(),
        other => other.to_string().lines().next().unwrap_or_default().to_owned(),
    }
}
