//! `stanch audit`: reads source, runs none of it.

mod files;
mod history;

use std::io::BufRead;
use std::path::PathBuf;

use stanch_api::AttributeClass;
use stanch_findings::{Coverage, Problem, Report, RouteStatus, Run};
use stanch_secrets::files::FileKind;
use stanch_source::{ReadError, ReadOptions, SourceFacts};

use crate::check::{FlowView, SourceOracle};
use crate::{Defect, SourceTexts, defect, registry};
pub(crate) use files::defects as file_defects;
pub use files::{FileKey, FileKeys};

/// What to audit.
#[derive(Clone, Debug, Default)]
pub struct AuditOptions {
    /// Project root; paths in the report are relative to it.
    pub root: PathBuf,
    /// What to read below the root.
    pub read: ReadOptions,
}

/// Reads the source and reports what its checks see.
///
/// # Errors
/// When nothing can be read at all. A single file that cannot be read is a problem in the report.
pub fn run(options: &AuditOptions) -> Result<Report, ReadError> {
    run_with(options, None)
}

/// As [`run`], and reports the keys of a history too, which `patch` gives as
/// `git log --patch --unified=0 --format=%x00%H` writes it. It is read as it comes.
///
/// # Errors
/// As [`run`]. A history that ends in the middle is a problem in the report.
pub fn run_with(options: &AuditOptions, patch: Option<&mut dyn BufRead>) -> Result<Report, ReadError> {
    let facts = stanch_source::read(&options.root, &options.read)?;
    let mut found = defects(&facts);
    let keys = files::search(&options.root, &options.read);
    found.extend(files::judged(&keys));
    let mut run = run_facts("audit", &facts);
    if let Some(patch) = patch {
        let names = files::user_names(&options.read);
        match history::defects(patch, &keys, &names) {
            Ok(old) => found.extend(old),
            Err(error) => run.problems.push(Problem {
                message: format!("the history could not be read to its end: {error}"),
                place: None,
                help: None,
            }),
        }
    }
    let texts = SourceTexts::new(&options.root).with(options.read.stdin.as_ref());
    let findings = defect::join(found, &texts);
    Ok(Report { findings, coverage: coverage(&facts), run, score: None })
}

/// Every sight of a defect that the source gives, in the code that the project serves: the small apps that its tests
/// build are not that.
pub(crate) fn defects(facts: &SourceFacts) -> Vec<Defect> {
    let mut defects = Vec::new();
    for check in registry::CHECKS {
        match check.source {
            SourceOracle::None | SourceOracle::Files(_) => {}
            SourceOracle::Flows(rule) => {
                defects
                    .extend(facts.flows.iter().filter_map(|flow| rule.judge(&check.rule, &FlowView { facts, flow })));
            }
            SourceOracle::Flow(judge) => {
                defects.extend(facts.flows.iter().filter_map(|flow| judge(&FlowView { facts, flow })));
            }
            SourceOracle::Facts(judge) => defects.extend(judge(facts)),
        }
    }
    defects.retain(|defect| !in_test(defect));
    defects
}

fn in_test(defect: &Defect) -> bool {
    let path = defect.source.as_ref().map(|place| place.path.as_str());
    path.is_some_and(|path| FileKind::of(path, b"") == FileKind::Test)
}

/// The part of a report's `run` that the source tells.
pub(crate) fn run_facts(command: &str, facts: &SourceFacts) -> Run {
    let secrets: usize = facts
        .tables
        .iter()
        .map(|table| table.attributes.values().filter(|attribute| attribute.class == AttributeClass::Secret).count())
        .sum();
    Run {
        command: command.to_owned(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        files: facts.files,
        lines: facts.lines,
        problems: facts
            .unreadable
            .iter()
            .map(|file| Problem {
                message: file.reason.clone(),
                place: Some(file.line.map_or_else(|| file.path.clone(), |line| format!("{}:{line}", file.path))),
                help: None,
            })
            .collect(),
        notes: vec![format!(
            "{} routes, {} tables, {secrets} secret attributes known",
            facts.routes.len(),
            facts.tables.len()
        )],
        ..Run::default()
    }
}

fn coverage(facts: &SourceFacts) -> Vec<Coverage> {
    let mut rows: Vec<Coverage> = facts
        .routes
        .iter()
        .flat_map(|route| {
            route.methods.iter().map(|method| Coverage {
                method: *method,
                route: route.rule.clone(),
                status: RouteStatus::Reached,
                note: Some(format!("{}:{}", route.view.path, route.view.line)),
                requests: 0,
                tried: Vec::new(),
            })
        })
        .collect();
    rows.sort();
    rows.dedup();
    rows
}
