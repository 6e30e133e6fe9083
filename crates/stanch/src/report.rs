//! From what a command found to what its user reads: suppression, filters, formats, exit code.

use std::path::Path;

use anyhow::Context as _;
use stanch_findings::report::{concise, github, json, junit, markdown, sarif, text};
use stanch_findings::{Confidence, Diagnostic, FailBelow, Problem, Report, Score, Severity, Shown};

use crate::cli::{Format, ReportOptions};
use crate::config::Settings;
use crate::project::Project;
use crate::talk::{Talk, Told};
use crate::{exit, suppress};

/// Suppresses and filters, writes every format that was asked for, and gives the exit code.
pub(crate) fn finish(
    mut report: Report,
    project: &Project,
    settings: &Settings,
    options: &ReportOptions,
    talk: &Talk,
) -> anyhow::Result<u8> {
    suppress::apply(&mut report, project, settings);
    // The limit speaks of all findings: what is left out of a report still counts.
    let limit = options.fail_on.or(settings.fail_on).unwrap_or_default();
    report.score = Score::of(&report);
    let below = options.fail_below.is_some_and(|limit| is_below(&mut report, limit));
    let code = exit::code(&report, limit, below);
    filter(&mut report, settings, options);
    if code == exit::NOTHING {
        talk.warning(&match report.run.command.as_str() {
            "scan" => Diagnostic::new("nothing to look at: no operation of the API was found")
                .help("give a description of the API with --spec, or its source with --source"),
            _ => Diagnostic::new("nothing to look at: no Python file and no cloud template was found")
                .help("give the directory of the app; files that .gitignore names are left out"),
        });
    }
    let shown = Shown::new(&report, &|path| project.text(path)).with_limit(limit).with_prefix(project.in_repository());
    for file in &options.output {
        let document = render(&shown, format_of(file)?, text::Style::default())?;
        std::fs::write(file, document).with_context(|| format!("{} cannot be written", file.display()))?;
    }
    Talk::data(&render(&shown, options.format, talk.style())?)?;
    Ok(code)
}

/// Whether the score is below the limit of `--fail-below`. Where there is no saying, that is a problem told.
fn is_below(report: &mut Report, limit: FailBelow) -> bool {
    let Some(score) = &report.score else { return false };
    limit.fails(score).unwrap_or_else(|| {
        report.run.problems.push(Problem {
            message: "there is no grade that --fail-below could look at: under half of the routes were reached".into(),
            place: None,
            help: Some("see the coverage for why, and give what was missing".into()),
        });
        false
    })
}

/// Whether each `-o` has a format; asked before the work is done, so that no run is lost to a typing error.
pub(crate) fn check_outputs(options: &ReportOptions) -> anyhow::Result<()> {
    options.output.iter().try_for_each(|file| format_of(file).map(drop))
}

fn format_of(file: &Path) -> anyhow::Result<Format> {
    Ok(Format::of_file(&file.to_string_lossy()).ok_or_else(|| {
        let told = Diagnostic::new(format!("no format is known for {}", file.display()));
        Told(told.help("end the name with .json, .sarif, .xml (JUnit), .md or .txt"))
    })?)
}

fn render(shown: &Shown, format: Format, style: text::Style) -> anyhow::Result<String> {
    Ok(match format {
        Format::Text => text::render(shown, style),
        Format::Json => json::render(shown.report())?,
        Format::Concise => concise::render(shown),
        Format::Sarif => sarif::render(shown)?,
        Format::Github => github::render(shown),
        Format::Junit => junit::render(shown),
        Format::Markdown => markdown::render(shown),
    })
}

/// Leaves out what is below the wanted severity and confidence, and says how many that were.
fn filter(report: &mut Report, settings: &Settings, options: &ReportOptions) {
    let severity = options.min_severity.or(settings.min_severity).unwrap_or(Severity::Low);
    let confidence = options.min_confidence.or(settings.min_confidence).unwrap_or(Confidence::Suspected);
    let before = report.findings.len();
    report.findings.retain(|finding| finding.severity >= severity && finding.confidence >= confidence);
    let left_out = before - report.findings.len();
    if left_out > 0 {
        report.run.notes.push(format!(
            "{left_out} more below --min-severity {} or --min-confidence {}",
            severity.as_str(),
            confidence.as_str()
        ));
    }
}
