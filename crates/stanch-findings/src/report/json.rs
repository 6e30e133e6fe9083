//! JSON, version 1. Other programs read it: fields are added, never renamed or removed.

use serde::Serialize;

use super::{Coverage, Report, Run};
use crate::score::Deduction;
use crate::{Finding, Grade};

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
        deductions: &'r [Deduction],
        findings: &'r [Finding],
        coverage: &'r [Coverage],
        run: &'r Run,
    }
    let score = report.score.as_ref();
    let document = Document {
        version: VERSION,
        score: score.map(|score| score.points),
        grade: score.and_then(|score| score.grade).map(Grade::as_str),
        deductions: score.map_or(&[], |score| &score.deductions),
        findings: &report.findings,
        coverage: &report.coverage,
        run: &report.run,
    };
    let mut text = serde_json::to_string_pretty(&document)?;
    text.push('\n');
    Ok(text)
}
