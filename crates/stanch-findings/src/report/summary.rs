//! What a report comes to, in a few lines.

use super::plain::count;
use super::{Report, RouteStatus};
use crate::{Confidence, Severity};

/// Numbers of a report, suppressed findings apart.
pub(super) struct Summary {
    /// Findings that count, by confidence (proven first) and severity (critical first); empty cells left out.
    pub(super) cells: Vec<(Confidence, Severity, usize)>,
    pub(super) findings: usize,
    pub(super) suppressed: usize,
}

impl Summary {
    pub(super) fn of(report: &Report) -> Self {
        let counted = || report.findings.iter().filter(|finding| finding.suppressed.is_none());
        let mut cells = Vec::new();
        for confidence in Confidence::ALL.into_iter().rev() {
            for severity in Severity::ALL.into_iter().rev() {
                let number = counted().filter(|f| f.confidence == confidence && f.severity == severity).count();
                if number > 0 {
                    cells.push((confidence, severity, number));
                }
            }
        }
        let findings = counted().count();
        Self { cells, findings, suppressed: report.findings.len() - findings }
    }

    /// `4 findings: 2 proven (1 critical, 1 high), 2 likely (2 medium) (3 suppressed)`.
    pub(super) fn line(&self) -> String {
        let mut text = if self.findings == 0 {
            "no findings".to_owned()
        } else {
            count(self.findings as u64, "finding", "findings")
        };
        let mut parts = Vec::new();
        for confidence in Confidence::ALL.into_iter().rev() {
            let row: Vec<_> = self.cells.iter().filter(|cell| cell.0 == confidence).collect();
            if !row.is_empty() {
                let number: usize = row.iter().map(|cell| cell.2).sum();
                let severities: Vec<_> =
                    row.iter().map(|(_, severity, n)| format!("{n} {}", severity.as_str())).collect();
                parts.push(format!("{number} {} ({})", confidence.as_str(), severities.join(", ")));
            }
        }
        if !parts.is_empty() {
            text.push_str(": ");
            text.push_str(&parts.join(", "));
        }
        if self.suppressed > 0 {
            text.push_str(&format!(" ({} suppressed)", self.suppressed));
        }
        text
    }
}

/// `looked at 12 files, 1,204 lines, 9 routes (7 reached), 84 requests`.
pub(super) fn looked_at(report: &Report) -> String {
    let run = &report.run;
    let mut parts = Vec::new();
    if run.files > 0 {
        parts.push(count(run.files, "file", "files"));
        parts.push(format!("{} {}", thousands(run.lines), if run.lines == 1 { "line" } else { "lines" }));
    }
    if !report.coverage.is_empty() {
        let reached = report.coverage.iter().filter(|row| row.status == RouteStatus::Reached).count();
        let all = report.coverage.len() as u64;
        parts.push(format!("{} ({reached} reached)", count(all, "route", "routes")));
    }
    if run.requests > 0 {
        parts.push(format!("{} {}", thousands(run.requests), if run.requests == 1 { "request" } else { "requests" }));
    }
    if parts.is_empty() { "looked at nothing".to_owned() } else { format!("looked at {}", parts.join(", ")) }
}

fn thousands(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    #[test]
    fn thousands_are_grouped_from_the_right() {
        assert_eq!([0, 999, 1_000, 1_234_567].map(super::thousands), ["0", "999", "1,000", "1,234,567"]);
    }
}
