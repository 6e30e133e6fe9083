use std::ops::Range;

use annotate_snippets::{AnnotationKind, Group, Level, Snippet};

use super::plain;
use super::text::{Style, draw};

/// An error, warning or note of the program itself, drawn as findings are: what happened, where, and what to do next.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Diagnostic {
    /// What happened, in a sentence without a full stop.
    pub message: String,
    /// The file it speaks of, with its text and the byte range that is meant.
    pub source: Option<DiagnosticSource>,
    /// Plain facts that belong to it.
    pub notes: Vec<String>,
    /// What to do next.
    pub help: Option<String>,
}

/// The part of a file that a diagnostic points at. The text has to be free of keys.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DiagnosticSource {
    /// File, as the user knows it.
    pub path: String,
    /// Text that may be shown.
    pub text: String,
    /// Number of the first line of the text.
    pub first_line: usize,
    /// Byte range in the text.
    pub span: Range<usize>,
    /// What is wrong there, in a few words.
    pub label: String,
}

impl Diagnostic {
    /// A diagnostic with nothing but a message.
    #[must_use]
    pub fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), ..Self::default() }
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
            let snippet =
                Snippet::source(source.text.as_str()).path(source.path.as_str()).line_start(source.first_line);
            group = group.element(snippet.annotation(annotation));
        }
        for note in &self.notes {
            group = group.element(Level::NOTE.message(plain::wrap(&plain::line(note), width)));
        }
        if let Some(help) = &self.help {
            group = group.element(Level::HELP.message(plain::wrap(&plain::line(help), width)));
        }
        draw(&[group], style)
    }
}
