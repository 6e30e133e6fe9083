//! JSON, version 1. Other programs read it: fields are added, never renamed or removed.

use serde::Serialize;

use super::{Coverage, Report, Run};
use crate::Finding;

/// Version of the format.
pub const VERSION: u32 = 1;

/// The report as indented JSON with a newline at its end.
///
/// # Errors
/// When a value cannot be serialised, which no value of [`Report`] causes.
pub fn render(report: &Report) -> Result<String, serde_json::Error> {
    #[derive(Serialize)]
    struct Document<'r> {
        version: u32,
        score: Option<u32>,
        grade: Option<&'static str>,
        findings: &'r [Finding],
        coverage: &'r [Coverage],
        run: &'r Run,
    }
    // Score and grade stand in the format from its first version; a formula is not published yet, so both are null.
    let document = Document {
        version: VERSION,
        score: None,
        grade: None,
        findings: &report.findings,
        coverage: &report.coverage,
        run: &report.run,
    };
    let mut text = serde_json::to_string_pretty(&document)?;
    text.push('\n');
    Ok(text)
}
