//! What the user does not want to count: excluded files, ignore comments, rules that the settings leave out.

use std::collections::BTreeSet;
use std::time::{SystemTime, UNIX_EPOCH};

use ignore::gitignore::{Gitignore, GitignoreBuilder};
use ignore::{DirEntry, WalkBuilder};
use stanch_checks::registry;
use stanch_findings::ignore::{Date, Ignores};
use stanch_findings::{Finding, Report, Suppressed};

use crate::config::{self, Settings};
use crate::project::Project;

/// Marks what does not count, and notes comments that cannot be followed or match nothing.
pub(crate) fn apply(report: &mut Report, project: &Project, settings: &Settings) {
    exclude(report, settings);
    let mut ignores = Ignores::default();
    let today = today();
    for (path, text) in commented(project, &report.findings) {
        ignores.read(&path, &text, today, &known);
    }
    ignores.apply(&mut report.findings);
    report.run.notes.extend(ignores.into_notes());
    for finding in report.findings.iter_mut().filter(|finding| finding.suppressed.is_none()) {
        let is = |rule: &String| rule == finding.rule.id;
        if (!settings.select.is_empty() && !settings.select.iter().any(is)) || settings.ignore.iter().any(is) {
            finding.suppressed = Some(Suppressed { by: "config".to_owned(), reason: None });
        }
    }
}

/// Takes out findings and problems of excluded files, and says how many.
fn exclude(report: &mut Report, settings: &Settings) {
    if settings.exclude.is_empty() {
        return;
    }
    let mut builder = GitignoreBuilder::new("");
    for pattern in &settings.exclude {
        // Each pattern was read when the settings were.
        let _ = builder.add_line(None, pattern);
    }
    let excluded = builder.build().unwrap_or_else(|_| Gitignore::empty());
    let is_excluded = |path: &str| excluded.matched_path_or_any_parents(path, false).is_ignore();
    let before = report.findings.len() + report.run.problems.len();
    report.findings.retain(|finding| finding.source().is_none_or(|source| !is_excluded(&source.path)));
    report.run.problems.retain(|problem| {
        let file = problem.place.as_deref().map(|place| place.split(':').next().unwrap_or(place));
        file.is_none_or(|file| file.starts_with('/') || !is_excluded(file))
    });
    let left_out = before - report.findings.len() - report.run.problems.len();
    if left_out > 0 {
        report.run.notes.push(format!("{left_out} more in files that the settings exclude"));
    }
}

/// Ends of the names of files whose comments begin with `#`.
const COMMENTED: [&str; 5] = ["py", "pyw", "yml", "yaml", "tf"];

/// Every Python file and cloud template with a comment for us, and every file that a key was found in, sorted by path.
fn commented(project: &Project, findings: &[Finding]) -> Vec<(String, String)> {
    let Some((first, rest)) = project.paths.split_first() else { return Vec::new() };
    let mut walk = WalkBuilder::new(first);
    rest.iter().for_each(|path| {
        walk.add(path);
    });
    let files = walk.filter_entry(|entry| !is_foreign(entry)).build().filter_map(Result::ok);
    let written =
        files.filter(|file| file.path().extension().is_some_and(|end| COMMENTED.iter().any(|known| end == *known)));
    let mut found: Vec<_> = written
        .filter_map(|file| {
            let path = project.path_in_report(file.path());
            let text = project.text(&path).filter(|text| text.contains("stanch:"))?;
            Some((path, text))
        })
        .collect();
    let keys = findings.iter().filter(|finding| finding.rule.id == "hardcoded-key").filter_map(Finding::source);
    for path in keys.map(|source| &source.path).collect::<BTreeSet<_>>() {
        if !found.iter().any(|(known, _)| known == path)
            && let Some(text) = project.text(path)
        {
            found.push((path.clone(), text));
        }
    }
    // One that is given need not lie on the disk.
    let given = project.given.as_ref().map(|(path, _)| project.path_in_report(path));
    if let Some(path) = given.filter(|path| !found.iter().any(|(known, _)| known == path))
        && let Some(text) = project.text(&path)
    {
        found.push((path, text));
    }
    found.sort();
    found
}

/// Whether a directory holds other people's code.
fn is_foreign(entry: &DirEntry) -> bool {
    const FOREIGN: [&str; 3] = ["node_modules", "site-packages", "__pycache__"];
    let name = entry.file_name().to_string_lossy();
    entry.depth() > 0 && (FOREIGN.contains(&&*name) || entry.path().join("pyvenv.cfg").is_file())
}

fn known(rule: &str) -> Result<(), Option<String>> {
    match registry::rule(rule) {
        Some(_) => Ok(()),
        None => Err(config::nearest(rule, registry::rules().map(|rule| rule.id)).map(str::to_owned)),
    }
}

/// Today in UTC, for ignores with an end. `SOURCE_DATE_EPOCH` (reproducible-builds.org) stands for it if it is set.
fn today() -> Date {
    let fixed = std::env::var("SOURCE_DATE_EPOCH").ok().and_then(|seconds| seconds.parse().ok());
    let now = || SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
    Date::from_unix(fixed.unwrap_or_else(now))
}
