use std::collections::BTreeSet;
use std::ops::Range;

use annotate_snippets::{AnnotationKind, Group, Level, Snippet};

use super::excerpt;
use super::masking::Masking;
use super::plain;
use super::text::{Style, draw};

/// An error, warning or note of the program itself, drawn as findings are: what happened, where, and what to do next.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Diagnostic {
    message: String,
    source: Option<Box<Pointed>>,
    help: Option<String>,
}

/// The line of a file that a diagnostic points at, keys masked.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Pointed {
    path: String,
    text: String,
    line: usize,
    span: Range<usize>,
    label: String,
}

impl Diagnostic {
    /// A diagnostic with nothing but what happened: a sentence without a full stop.
    pub fn new(message: impl AsRef<str>) -> Self {
        Self { message: Masking::new().excerpt(message.as_ref()), ..Self::default() }
    }

    /// Points at a byte range of a file. Only the line where the range begins is kept.
    #[must_use]
    pub fn at(mut self, path: impl Into<String>, text: &str, span: &Range<usize>, label: impl Into<String>) -> Self {
        let start = (0..=span.start.min(text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
        let first = text[..start].rfind('\n').map_or(0, |at| at + 1);
        let number = 1 + text[..first].matches('\n').count();
        let line = text[first..].lines().next().unwrap_or_default();
        let column = |at: usize| 1 + line.char_indices().take_while(|(index, _)| *index < at).count() as u32;
        let lines = BTreeSet::from([number as u32]);
        let shown = excerpt::excerpt(text, &lines, &mut Masking::new()).remove(&(number as u32));
        self.source = shown.map(|shown| {
            let start = shown.offset(column(start - first));
            let end = shown.offset(column(span.end.saturating_sub(first))).max(start);
            Box::new(Pointed {
                path: path.into(),
                span: start..end,
                text: shown.text,
                line: number,
                label: label.into(),
            })
        });
        self
    }

    /// A diagnostic of text that went through masking already.
    pub(super) const fn of_masked(message: String, help: Option<String>) -> Self {
        Self { message, source: None, help }
    }

    /// Adds the next step.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// Drawn as an error, with a newline at its end.
    #[must_use]
    pub fn error(&self, style: Style) -> String {
        self.draw(Level::ERROR, style)
    }

    /// Drawn as a warning, with a newline at its end.
    #[must_use]
    pub fn warning(&self, style: Style) -> String {
        self.draw(Level::WARNING, style)
    }

    /// Drawn as a note, with a newline at its end.
    #[must_use]
    pub fn note(&self, style: Style) -> String {
        self.draw(Level::NOTE, style)
    }

    fn draw(&self, level: Level<'_>, style: Style) -> String {
        let width = style.width.saturating_sub(10).max(40);
        let mut group = Group::with_title(level.primary_title(plain::line(&self.message)));
        if let Some(source) = &self.source {
            let annotation = AnnotationKind::Primary.span(source.span.clone()).label(source.label.as_str());
            let snippet = Snippet::source(source.text.as_str()).path(source.path.as_str()).line_start(source.line);
            group = group.element(snippet.annotation(annotation));
        }
        if let Some(help) = &self.help {
            group = group.element(Level::HELP.message(plain::wrap(&plain::line(help), width)));
        }
        draw(&[group], style)
    }
}
