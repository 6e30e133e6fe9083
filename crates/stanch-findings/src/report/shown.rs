use std::collections::BTreeSet;

use stanch_api::SourcePlace;

use super::excerpt::Excerpts;
use super::masking::Masking;
use super::{Report, Run};
use crate::{Finding, Limit, Place};

/// A report that may be shown: every text in it went through masking. All formats are written from it, so a format
/// cannot forget to mask.
pub struct Shown {
    report: Report,
    pub(super) excerpts: Excerpts,
    pub(super) limit: Limit,
    /// Fingerprints of findings whose patch had a key in it: with its label there it is for reading only.
    pub(super) masked_fixes: BTreeSet<String>,
    prefix: String,
}

impl Shown {
    /// Masks the report. `read` gives the text of a file by its path relative to the project root; none where the
    /// file cannot be read, and its findings are then shown without source.
    pub fn new(report: &Report, read: &dyn Fn(&str) -> Option<String>) -> Self {
        let mut masking = Masking::new();
        // Lines are looked up by their true paths, before the paths themselves are masked.
        let excerpts = Excerpts::new(&report.findings, read, &mut masking);
        let mut report = report.clone();
        let mut masked_fixes = BTreeSet::new();
        for finding in &mut report.findings {
            let diff = finding.fix.as_ref().map(|fix| fix.diff.clone());
            mask_finding(finding, &mut masking);
            if diff != finding.fix.as_ref().map(|fix| fix.diff.clone()) {
                masked_fixes.insert(finding.fingerprint.clone());
            }
        }
        for row in &mut report.coverage {
            row.route = masking.prose(&row.route);
            row.note = row.note.as_deref().map(|note| masking.prose(note));
        }
        mask_run(&mut report.run, &mut masking);
        Self { report, excerpts, limit: Limit::default(), masked_fixes, prefix: String::new() }
    }

    /// Sets from where on a finding makes the run fail, for formats that tell.
    #[must_use]
    pub const fn with_limit(mut self, limit: Limit) -> Self {
        self.limit = limit;
        self
    }

    /// Sets the project's directory within its repository (`services/api`), for formats whose readers count paths
    /// from there.
    #[must_use]
    pub fn with_prefix(mut self, prefix: impl Into<String>) -> Self {
        self.prefix = prefix.into();
        self
    }

    /// A path of the report, from the root of the repository.
    pub(super) fn in_repository(&self, path: &str) -> String {
        if self.prefix.is_empty() { path.to_owned() } else { format!("{}/{path}", self.prefix) }
    }

    /// The masked report.
    #[must_use]
    pub const fn report(&self) -> &Report {
        &self.report
    }
}

fn mask_finding(finding: &mut Finding, masking: &mut Masking) {
    finding.message = masking.prose(&finding.message);
    finding.remediation = masking.prose(&finding.remediation);
    for place in &mut finding.places {
        mask_place(place, masking);
    }
    for step in &mut finding.flow {
        mask_source(&mut step.place, masking);
        step.note = masking.prose(&step.note);
    }
    for evidence in &mut finding.evidence {
        evidence.what = masking.prose(&evidence.what);
        evidence.text = masking.excerpt(&evidence.text);
    }
    finding.reproduce = finding.reproduce.as_deref().map(|command| masking.prose(command));
    if let Some(fix) = &mut finding.fix {
        fix.title = masking.prose(&fix.title);
        fix.diff = masking.excerpt(&fix.diff);
    }
    if let Some(suppressed) = &mut finding.suppressed {
        suppressed.reason = suppressed.reason.as_deref().map(|reason| masking.prose(reason));
    }
}

fn mask_place(place: &mut Place, masking: &mut Masking) {
    match place {
        Place::Source(source) => mask_source(source, masking),
        Place::Endpoint { route, .. } => *route = masking.prose(route),
        Place::Log { stream, source } => {
            *stream = masking.prose(stream);
            if let Some(source) = source {
                mask_source(source, masking);
            }
        }
        Place::Attribute { table, name } => {
            *table = masking.prose(table);
            *name = masking.prose(name);
        }
        Place::History { path, .. } => *path = masking.path(path),
        Place::Resource { path, name, .. } => {
            *path = masking.path(path);
            *name = masking.prose(name);
        }
    }
}

fn mask_source(place: &mut SourcePlace, masking: &mut Masking) {
    place.path = masking.path(&place.path);
    place.symbol = place.symbol.as_deref().map(|symbol| masking.prose(symbol));
}

fn mask_run(run: &mut Run, masking: &mut Masking) {
    for problem in &mut run.problems {
        problem.message = masking.prose(&problem.message);
        problem.place = problem.place.as_deref().map(|place| masking.prose(place));
        problem.help = problem.help.as_deref().map(|help| masking.prose(help));
    }
    for note in &mut run.notes {
        *note = masking.prose(note);
    }
}
