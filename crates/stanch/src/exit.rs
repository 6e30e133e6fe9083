//! Exit codes: the same for every command and every format.

use stanch_findings::{Limit, Report};

/// Looked, and nothing meets the limit.
pub(crate) const CLEAN: u8 = 0;
/// A finding meets the limit of `--fail-on`, or the score is below that of `--fail-below`.
pub(crate) const FOUND: u8 = 1;
/// Could not look, or not to the end. Beats [`FOUND`]; the report of the rest is still written.
pub(crate) const PROBLEM: u8 = 2;
/// There was nothing to look at.
pub(crate) const NOTHING: u8 = 3;
/// A bug in `stanch` itself.
pub(crate) const BUG: u8 = 101;

/// SIGINT or SIGTERM came.
pub(crate) const INTERRUPTED: u8 = 130;

/// The codes for `--help` and the manual. A command that starts no app ends by the signal itself, which a shell shows as 130.
pub(crate) const HELP: &str = "\
Exit codes:
  0    looked, and nothing meets the limit
  1    a finding meets the limit (--fail-on), or the score is too low (--fail-below)
  2    could not look, or not to the end; the report is still written
  3    nothing to look at
  101  a bug in stanch
  130  interrupted";

/// The code that a report comes to; `below` says whether its score is below the limit of `--fail-below`.
pub(crate) fn code(report: &Report, limit: Limit, below: bool) -> u8 {
    if !report.run.problems.is_empty() {
        PROBLEM
    } else if below || report.findings.iter().any(|finding| limit.is_met_by(finding)) {
        FOUND
    } else if report.looked() {
        CLEAN
    } else {
        NOTHING
    }
}
