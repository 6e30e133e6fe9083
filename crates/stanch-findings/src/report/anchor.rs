use stanch_api::SourcePlace;

use crate::{Finding, Place};

/// The one place that a format with room for one shows.
pub(super) struct Anchor<'f> {
    pub(super) path: &'f str,
    pub(super) line: u32,
    pub(super) column: u32,
    pub(super) end_line: u32,
    pub(super) end_column: u32,
}

impl<'f> Anchor<'f> {
    /// The source line of the finding, or its resource in a template, or the line that logged; none for a finding
    /// that is known from the outside only.
    pub(super) fn of(finding: &'f Finding) -> Option<Self> {
        let logged = || {
            finding.places.iter().find_map(|place| match place {
                Place::Log { source, .. } => source.as_ref().map(Self::source),
                _ => None,
            })
        };
        let resource = || {
            finding.places.iter().find_map(|place| match place {
                Place::Resource { path, line, .. } => {
                    Some(Self { path, line: *line, column: 1, end_line: *line, end_column: 1 })
                }
                _ => None,
            })
        };
        finding.source().map(Self::source).or_else(resource).or_else(logged)
    }

    pub(super) fn source(place: &'f SourcePlace) -> Self {
        Self {
            path: &place.path,
            line: place.line,
            column: place.column,
            end_line: place.end_line,
            end_column: place.end_column,
        }
    }
}

/// Where a finding is, in a word: `app.py:31:12`, else its endpoint, else whatever place it has.
pub(super) fn label(finding: &Finding) -> String {
    match Anchor::of(finding) {
        Some(anchor) => format!("{}:{}:{}", anchor.path, anchor.line, anchor.column),
        None => finding.places.first().map_or_else(String::new, ToString::to_string),
    }
}

/// The places of a finding beside its source line, joined by kind: routes, attributes, log lines, resources.
pub(super) fn beside(finding: &Finding) -> Vec<(&'static str, Vec<String>)> {
    let mut groups: Vec<(&'static str, Vec<String>)> = Vec::new();
    let anchor = finding.source();
    for place in &finding.places {
        let (name, text) = match place {
            Place::Source(source) if Some(source) == anchor => continue,
            Place::Source(_) => ("also", place.to_string()),
            Place::Endpoint { .. } => ("route", place.to_string()),
            Place::Attribute { .. } => ("attribute", place.to_string()),
            Place::Log { .. } => ("log", place.to_string()),
            Place::Resource { .. } => ("resource", place.to_string()),
            Place::History { .. } => ("commit", place.to_string()),
        };
        match groups.iter_mut().find(|(group, _)| *group == name) {
            Some((_, texts)) if texts.contains(&text) => {}
            Some((_, texts)) => texts.push(text),
            None => groups.push((name, vec![text])),
        }
    }
    groups
}
