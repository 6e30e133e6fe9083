//! The report for people: each finding with its source, its flow as numbered steps, and what to do.

use std::collections::BTreeMap;

use annotate_snippets::{Annotation, AnnotationKind, Group, Level, Renderer, Snippet};

use super::anchor::{self, Anchor};
use super::plain::{self, count};
use super::summary::{Summary, deductions, looked_at, score_line};
use super::{Diagnostic, RouteStatus, Shown};
use crate::{Confidence, Finding, FlowStep, Severity};

/// How text is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Style {
    /// ANSI colours. What they say is always said in words too.
    pub colour: bool,
    /// Columns.
    pub width: usize,
    /// Also shows suppressed findings and every route of the coverage.
    pub verbose: bool,
}

impl Default for Style {
    fn default() -> Self {
        Self { colour: false, width: 100, verbose: false }
    }
}

/// The whole report.
#[must_use]
pub fn render(shown: &Shown, style: Style) -> String {
    let report = shown.report();
    let mut text = String::new();
    for finding in report.findings.iter().filter(|finding| style.verbose || finding.suppressed.is_none()) {
        text.push_str(&draw(&[group(shown, finding, style)], style));
        text.push('\n');
    }
    for problem in &report.run.problems {
        let message = match &problem.place {
            Some(place) => format!("{place}: {}", problem.message),
            None => problem.message.clone(),
        };
        text.push_str(&Diagnostic::of_masked(message, problem.help.clone()).error(style));
        text.push('\n');
    }
    for note in &report.run.notes {
        text.push_str(&Diagnostic::of_masked(note.clone(), None).note(style));
    }
    if !report.run.notes.is_empty() {
        text.push('\n');
    }
    text.push_str(&coverage(shown, style));
    text.push_str(&footer(shown));
    text
}

/// Draws groups with a newline at their end.
pub(super) fn draw(groups: &[Group<'_>], style: Style) -> String {
    let renderer = if style.colour { Renderer::styled().hyperlink(false) } else { Renderer::plain() };
    let drawn = renderer.term_width(style.width).render(groups);
    // The renderer pads some lines; trailing blanks would make the same report differ from its copy in a file.
    let mut text: String = drawn.lines().map(|line| line.trim_end().to_owned() + "\n").collect();
    text.truncate(text.trim_end_matches('\n').len());
    text.push('\n');
    text
}

/// `high[key-in-response]: A key leaves in a response (proven)`, source and flow, then what is known of it.
fn group<'s>(shown: &'s Shown, finding: &'s Finding, style: Style) -> Group<'s> {
    let suppressed = finding.suppressed.as_ref().map_or_else(String::new, |why| format!(", suppressed by {}", why.by));
    let title = format!("{} ({}{suppressed})", finding.rule.title, finding.confidence.as_str());
    let level = match finding.severity {
        Severity::Critical | Severity::High => Level::ERROR,
        Severity::Medium => Level::WARNING,
        Severity::Low | Severity::Info => Level::INFO,
    };
    let title = level.with_name(finding.severity.as_str()).primary_title(title).id(finding.rule.id);
    let messages = facts(shown, finding, style).into_iter().map(|(name, text)| match name {
        "help" => Level::HELP.message(text),
        _ => Level::NOTE.with_name(name).message(text),
    });
    title.elements(snippets(shown, finding)).elements(messages)
}

/// What is known of a finding beside its source, each under a word.
fn facts(shown: &Shown, finding: &Finding, style: Style) -> Vec<(&'static str, String)> {
    let width = style.width.saturating_sub(18).max(40);
    let wrapped = |text: &str| plain::wrap(&plain::line(text), width);
    let mut facts = Vec::new();
    if Anchor::of(finding).is_some_and(|anchor| shown.excerpts.line(anchor.path, anchor.line).is_none()) {
        facts.push(("at", plain::line(&anchor::label(finding))));
    }
    facts.push(("why", wrapped(&finding.message)));
    facts.extend(anchor::beside(finding).into_iter().map(|(name, places)| (name, wrapped(&places.join(", ")))));
    for evidence in &finding.evidence {
        facts.push(("seen", format!("{}: {}", plain::line(&evidence.what), plain::line(&evidence.text))));
    }
    if let Some(command) = &finding.reproduce {
        facts.push(("reproduce", plain::line(command)));
    }
    if let Some(reason) = finding.suppressed.as_ref().and_then(|why| why.reason.as_deref()) {
        facts.push(("reason", plain::line(reason)));
    }
    facts.push(("help", wrapped(&finding.remediation)));
    if let Some(fix) = &finding.fix {
        facts.push(("fix", format!("{}\n{}", plain::line(&fix.title), plain::lines(&fix.diff))));
    }
    let short = finding.fingerprint.get(..12).unwrap_or(&finding.fingerprint);
    facts.push(("more", format!("stanch explain {} (fingerprint {short})", finding.rule.id)));
    facts
}

/// One snippet a file, the file of the sink first; steps are numbered over all of them.
fn snippets<'s>(shown: &'s Shown, finding: &'s Finding) -> Vec<Snippet<'s, Annotation<'s>>> {
    let Some(sink) = Anchor::of(finding) else { return Vec::new() };
    let mut files: Vec<(&str, Vec<Mark<'_>>)> = vec![(sink.path, Vec::new())];
    let mut sink_marked = false;
    for (number, step) in (1..).zip(&finding.flow) {
        let is_sink = step.place.path == sink.path && step.place.line == sink.line && number == finding.flow.len();
        sink_marked |= is_sink;
        push(&mut files, Mark::step(number, step, is_sink));
    }
    if !sink_marked {
        push(&mut files, Mark { anchor: sink, label: String::new(), primary: true });
    }
    files.into_iter().filter_map(|(path, marks)| snippet(shown, path, &marks)).collect()
}

struct Mark<'f> {
    anchor: Anchor<'f>,
    label: String,
    primary: bool,
}

impl<'f> Mark<'f> {
    fn step(number: usize, step: &'f FlowStep, primary: bool) -> Self {
        let label = format!("{number}. {}", plain::line(&step.note));
        Self { anchor: Anchor::source(&step.place), label, primary }
    }
}

fn push<'f>(files: &mut Vec<(&'f str, Vec<Mark<'f>>)>, mark: Mark<'f>) {
    match files.iter_mut().find(|(path, _)| *path == mark.anchor.path) {
        Some((_, marks)) => marks.push(mark),
        None => files.push((mark.anchor.path, vec![mark])),
    }
}

fn snippet<'s>(shown: &Shown, path: &'s str, marks: &[Mark<'_>]) -> Option<Snippet<'s, Annotation<'s>>> {
    let marks: Vec<_> = marks.iter().filter(|mark| shown.excerpts.line(path, mark.anchor.line).is_some()).collect();
    let first = marks.iter().map(|mark| mark.anchor.line).min()?;
    let last = marks.iter().map(|mark| mark.anchor.line).max()?;
    let (text, offsets) = shown.excerpts.text(path, first..last + 1)?;
    // Steps at one spot share a mark, so that their labels stand under it in order.
    let mut spots: BTreeMap<(usize, usize), (String, bool)> = BTreeMap::new();
    for mark in marks {
        let line = shown.excerpts.line(path, mark.anchor.line)?;
        let base = offsets.get(&mark.anchor.line)?;
        let indent = line.text.len() - line.text.trim_start().len();
        let start = line.offset(mark.anchor.column).max(indent);
        // A range over several lines is marked on its first, which keeps reports short and readable.
        let end = match mark.anchor.end_line > mark.anchor.line || mark.anchor.end_column <= mark.anchor.column {
            true => line.text.trim_end().len(),
            false => line.offset(mark.anchor.end_column),
        };
        let (label, primary) = spots.entry((base + start, base + end.max(start))).or_default();
        if !label.is_empty() && !mark.label.is_empty() {
            label.push_str("; ");
        }
        label.push_str(&mark.label);
        *primary |= mark.primary;
    }
    let annotations = spots.into_iter().map(|((start, end), (label, primary))| {
        let kind = if primary { AnnotationKind::Primary } else { AnnotationKind::Context };
        let annotation = kind.span(start..end);
        if label.is_empty() { annotation } else { annotation.label(label) }
    });
    Some(Snippet::source(text).path(path).line_start(first as usize).annotations(annotations))
}

/// Routes that were not reached and why; every route when verbose.
fn coverage(shown: &Shown, style: Style) -> String {
    let mut text = String::new();
    for row in &shown.report().coverage {
        let word = match row.status {
            RouteStatus::Reached if !style.verbose => continue,
            RouteStatus::Reached => "reached",
            RouteStatus::Refused => "refused",
            RouteStatus::NotReached => "not reached",
        };
        text.push_str(&format!("{word}: {} {}", row.method, plain::line(&row.route)));
        if let Some(note) = &row.note {
            text.push_str(&format!(" ({})", plain::line(note)));
        }
        if style.verbose && !row.tried.is_empty() {
            text.push_str(&format!("; asked {}", row.tried.join(", ")));
        }
        text.push('\n');
    }
    if !text.is_empty() {
        text.push('\n');
    }
    text
}

fn footer(shown: &Shown) -> String {
    let report = shown.report();
    let summary = Summary::of(report);
    let mut text = format!("{}\n{}", summary.line(), looked_at(report));
    let problems = report.run.problems.len() as u64;
    if problems > 0 {
        text.push_str(&format!("; {} kept it from the rest", count(problems, "problem", "problems")));
    }
    if let Some(isolation) = &report.run.isolation {
        text.push_str(&format!("; isolation: {isolation}"));
    }
    if let Some(seed) = report.run.seed {
        text.push_str(&format!("; seed {seed}"));
    }
    text.push('\n');
    if let Some(score) = score_line(report) {
        text.push_str(&format!("{score}\n"));
        for line in deductions(report) {
            text.push_str(&format!("  {line}\n"));
        }
    }
    if report.run.command == "prove" && summary.cells.iter().any(|cell| cell.0 == Confidence::Proven) {
        text.push_str("proven means: a planted value came out of the running app\n");
    }
    text
}
