//! Score and grade: one number for a report, and how it came about. `docs/score.md` states the formula for readers.

use std::str::FromStr;

use serde::{Serialize, Serializer};

use crate::{Confidence, Finding, Report, RouteStatus, Severity};

/// What a report comes to: 100 points, less a deduction for each defect.
///
/// The first defect of a severity and confidence deducts its full weight, each further one of the same kind half of the
/// one before. All of one kind together therefore deduct less than twice its weight, which is less than the next
/// severity's first: severity comes before count. A suspected defect and one of severity info deduct nothing, a
/// suppressed one does not count.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Score {
    /// 0 to 100, rounded down.
    pub points: u32,
    /// None where under half of the routes were reached: what was not seen cannot be graded.
    pub grade: Option<Grade>,
    /// One for each defect that deducts, in order of the report.
    pub deductions: Vec<Deduction>,
}

/// What one defect takes off the score.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Deduction {
    /// Rule.
    pub rule: &'static str,
    /// Severity of the defect.
    pub severity: Severity,
    /// How sure it is.
    pub confidence: Confidence,
    /// Points, in tenths; as points in JSON.
    #[serde(rename = "points", serialize_with = "as_points")]
    pub tenths: u32,
    /// Fingerprint of the finding.
    pub fingerprint: String,
}

/// Grades, best first: a lower one is greater.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[expect(missing_docs, reason = "letters")]
pub enum Grade {
    A,
    B,
    C,
    D,
    F,
}

/// What the first defect of a kind deducts, in tenths of a point.
#[must_use]
pub const fn weight(confidence: Confidence, severity: Severity) -> u32 {
    match (confidence, severity) {
        (Confidence::Proven, Severity::Critical) => 480,
        (Confidence::Proven, Severity::High) => 220,
        (Confidence::Proven, Severity::Medium) => 110,
        (Confidence::Proven, Severity::Low) => 50,
        (Confidence::Likely, Severity::Critical) => 320,
        (Confidence::Likely, Severity::High) => 150,
        (Confidence::Likely, Severity::Medium) => 70,
        (Confidence::Likely, Severity::Low) => 30,
        (Confidence::Suspected, _) | (_, Severity::Info) => 0,
    }
}

impl Score {
    /// The score of all findings of a report, before any is left out of what is shown. None if nothing was looked at.
    #[must_use]
    pub fn of(report: &Report) -> Option<Self> {
        if !report.looked() {
            return None;
        }
        let deductions = deductions(&report.findings);
        let sum: u32 = deductions.iter().fold(0, |sum, deduction| sum.saturating_add(deduction.tenths));
        let points = 1000_u32.saturating_sub(sum) / 10;
        let reached = report.coverage.iter().filter(|row| row.status == RouteStatus::Reached).count();
        let graded = reached * 2 >= report.coverage.len();
        Some(Self { points, grade: graded.then(|| Grade::of(points)), deductions })
    }
}

fn deductions(findings: &[Finding]) -> Vec<Deduction> {
    let mut counts = [[0_u32; Severity::ALL.len()]; Confidence::ALL.len()];
    let counted = findings.iter().filter(|finding| finding.suppressed.is_none());
    counted
        .filter_map(|finding| {
            let before = &mut counts[finding.confidence as usize][finding.severity as usize];
            let tenths = weight(finding.confidence, finding.severity).checked_shr(*before).unwrap_or(0);
            *before += 1;
            (tenths > 0).then(|| Deduction {
                rule: finding.rule.id,
                severity: finding.severity,
                confidence: finding.confidence,
                tenths,
                fingerprint: finding.fingerprint.clone(),
            })
        })
        .collect()
}

impl Grade {
    /// The grade of a number of points.
    #[must_use]
    pub const fn of(points: u32) -> Self {
        match points {
            95.. => Self::A,
            85.. => Self::B,
            70.. => Self::C,
            55.. => Self::D,
            _ => Self::F,
        }
    }

    /// The letter.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::A => "A",
            Self::B => "B",
            Self::C => "C",
            Self::D => "D",
            Self::F => "F",
        }
    }
}

/// The least score or grade with which a run does not fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FailBelow {
    /// Points, 0 to 100.
    Points(u32),
    /// Grade.
    Grade(Grade),
}

impl FailBelow {
    /// Whether the score is below; none where there is no saying, because too little was reached.
    #[must_use]
    pub fn fails(self, score: &Score) -> Option<bool> {
        match self {
            // What was not reached can only deduct more.
            Self::Points(least) if score.points < least => Some(true),
            Self::Points(_) => score.grade.map(|_| false),
            Self::Grade(least) => score.grade.map(|grade| grade > least),
        }
    }
}

impl FromStr for FailBelow {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let grade = match text {
            "A" | "a" => Some(Grade::A),
            "B" | "b" => Some(Grade::B),
            "C" | "c" => Some(Grade::C),
            "D" | "d" => Some(Grade::D),
            "F" | "f" => Some(Grade::F),
            _ => None,
        };
        let digits = !text.is_empty() && text.len() <= 3 && text.bytes().all(|byte| byte.is_ascii_digit());
        let points = text.parse().ok().filter(|points| digits && *points <= 100);
        let limit = grade.map(Self::Grade).or(points.map(Self::Points));
        limit.ok_or_else(|| "it is a whole number from 0 to 100, or a grade: A, B, C, D or F".to_owned())
    }
}

fn as_points<S: Serializer>(tenths: &u32, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_f64(f64::from(*tenths) / 10.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn severity_comes_before_count_and_proven_before_likely() {
        for confidence in [Confidence::Proven, Confidence::Likely] {
            for pair in Severity::ALL.windows(2) {
                let all_of_lower: u32 = (0..32).map(|count| weight(confidence, pair[0]) >> count).sum();
                assert!(all_of_lower < weight(confidence, pair[1]), "{confidence:?} {pair:?}");
            }
        }
        for severity in Severity::ALL.into_iter().skip(1) {
            assert!(weight(Confidence::Proven, severity) > weight(Confidence::Likely, severity));
            assert_eq!(weight(Confidence::Suspected, severity), 0);
        }
    }

    #[test]
    fn grades_follow_from_the_weights() {
        let alone = |confidence, severity| Grade::of((1000 - weight(confidence, severity)) / 10);
        assert_eq!(alone(Confidence::Proven, Severity::Critical), Grade::F);
        assert_eq!(alone(Confidence::Likely, Severity::Critical), Grade::D);
        assert_eq!(alone(Confidence::Proven, Severity::High), Grade::C);
        assert_eq!(alone(Confidence::Likely, Severity::Medium), Grade::B);
        assert_eq!(alone(Confidence::Proven, Severity::Low), Grade::A);
    }

    #[test]
    fn the_page_states_the_numbers_that_count() {
        let page = include_str!("../../../docs/score.md");
        for severity in Severity::ALL.into_iter().rev() {
            let of = |confidence| f64::from(weight(confidence, severity)) / 10.0;
            let row =
                format!("| {} | {} | {} | 0 |", severity.as_str(), of(Confidence::Proven), of(Confidence::Likely));
            assert!(page.contains(&row), "{row}");
        }
        for (grade, least) in [(Grade::A, 95), (Grade::B, 85), (Grade::C, 70), (Grade::D, 55), (Grade::F, 0)] {
            assert_eq!(Grade::of(least), grade);
            assert!(least == 0 || Grade::of(least - 1) > grade);
            assert!(page.contains(&format!("| {} | {least} |", grade.as_str())), "{grade:?}");
        }
    }

    #[test]
    fn a_limit_is_a_number_or_a_letter() {
        assert_eq!("80".parse(), Ok(FailBelow::Points(80)));
        assert_eq!("b".parse(), Ok(FailBelow::Grade(Grade::B)));
        for wrong in ["", "E", "101", "-1", "8.5", "AA", "+80", "0080", "high"] {
            assert!(wrong.parse::<FailBelow>().is_err(), "{wrong}");
        }
        let score = |points, grade| Score { points, grade, deductions: Vec::new() };
        assert_eq!(FailBelow::Points(80).fails(&score(79, None)), Some(true));
        assert_eq!(FailBelow::Points(80).fails(&score(90, None)), None);
        assert_eq!(FailBelow::Points(80).fails(&score(80, Some(Grade::C))), Some(false));
        assert_eq!(FailBelow::Grade(Grade::B).fails(&score(84, Some(Grade::C))), Some(true));
        assert_eq!(FailBelow::Grade(Grade::B).fails(&score(85, Some(Grade::B))), Some(false));
        assert_eq!(FailBelow::Grade(Grade::F).fails(&score(0, None)), None);
    }
}
