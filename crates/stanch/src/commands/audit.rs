use std::collections::BTreeSet;
use std::io::{BufRead, Read as _};
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use stanch_checks::audit::{self, AuditOptions};
use stanch_findings::{Finding, Place, Problem, Report, Suppressed};
use stanch_source::ReadOptions;

use crate::cli::AuditArgs;
use crate::config::{self, Settings};
use crate::git::Repository;
use crate::project::Project;
use crate::report;
use crate::talk::Talk;

/// Largest text that is taken from stdin, in bytes: as large as a file may be.
const STDIN: u64 = 2 << 20;

/// `stanch audit [PATHS]`.
pub(crate) fn run(args: &AuditArgs, talk: &Talk) -> anyhow::Result<u8> {
    report::check_outputs(&args.report)?;
    let project = match &args.stdin_filename {
        Some(file) => Project::with_given(&args.paths, file, given()?)?,
        None => Project::of(&args.paths)?,
    };
    let settings = match args.report.no_config {
        true => Settings::default(),
        false => config::load(&project, args.report.config.as_deref())?,
    };
    if let Some(file) = &settings.file {
        talk.say(&format!("settings: {}", file.display()));
    }
    let read = ReadOptions {
        paths: project.paths.clone(),
        threads: args.threads.map(|threads| usize::from(threads.get())),
        stdin: project.given.clone(),
        secret_names: settings.secret_names.clone(),
        harmless_names: settings.harmless_names.clone(),
        harmless_values: settings.harmless_values.clone(),
    };
    let options = AuditOptions { root: project.root.clone(), read };
    let mut found = match args.git_history {
        true => with_history(&options)?,
        false => audit::run(&options)?,
    };
    if let Some(revision) = &args.diff_base {
        leave_out_known(&mut found, &project, &options, revision)?;
    }
    if let Some((path, _)) = &project.given {
        let path = project.path_in_report(&project.root.join(path));
        found.findings.retain(|finding| concerns(finding, &path));
    }
    report::finish(found, &project, &settings, &args.report, talk)
}

/// The text of `--stdin-filename`.
fn given() -> anyhow::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    std::io::stdin().lock().take(STDIN + 1).read_to_end(&mut bytes).context("stdin cannot be read")?;
    anyhow::ensure!(bytes.len() as u64 <= STDIN, "the text on stdin is larger than {} MiB", STDIN >> 20);
    Ok(bytes)
}

fn with_history(options: &AuditOptions) -> anyhow::Result<Report> {
    let mut history = Repository::of(&options.root)?.history()?;
    let patch: &mut dyn BufRead = &mut history.patch;
    let mut report = audit::run_with(options, Some(patch))?;
    if !history.ended_whole() {
        report.run.problems.push(Problem {
            message: "git could not tell the history to its end".to_owned(),
            place: None,
            help: Some("look at what `git log --all --patch` says".to_owned()),
        });
    }
    Ok(report)
}

/// Suppresses what an audit of the revision reports too. The fingerprint knows a defect again wherever its lines are.
fn leave_out_known(
    report: &mut Report,
    project: &Project,
    options: &AuditOptions,
    revision: &str,
) -> anyhow::Result<()> {
    let old = Repository::of(&project.root)?.at(revision)?;
    let root = old.path().to_path_buf();
    let there = |path: &PathBuf| Some(root.join(project.relative(path))).filter(|path| path.exists());
    let paths: Vec<PathBuf> = project.paths.iter().filter_map(there).collect();
    if paths.is_empty() {
        return Ok(());
    }
    let read = ReadOptions { paths, stdin: None, ..options.read.clone() };
    let known: BTreeSet<String> =
        audit::run(&AuditOptions { root, read })?.findings.into_iter().map(|finding| finding.fingerprint).collect();
    for finding in report.findings.iter_mut().filter(|finding| known.contains(&finding.fingerprint)) {
        let reason = Some(format!("{revision} has it too"));
        finding.suppressed = Some(Suppressed { by: "diff-base".to_owned(), reason });
    }
    Ok(())
}

/// Whether a finding has a place or a step in the file.
fn concerns(finding: &Finding, path: &str) -> bool {
    let at = |place: &Place| match place {
        Place::Source(source) | Place::Log { source: Some(source), .. } => source.path == path,
        Place::Resource { path: own, .. } => own == path,
        _ => false,
    };
    finding.places.iter().any(at) || finding.flow.iter().any(|step| Path::new(&step.place.path) == Path::new(path))
}
