use std::str::FromStr;

use crate::{Confidence, Finding, Severity};

/// From where on a finding makes a run fail.
///
/// A finding counts if it is at least as severe and as sure as the limit says. With a limit of medium or lower a
/// *proven* finding counts from low on: what really came out is worth a look whatever it was. The default is
/// `medium:likely`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Limit {
    /// No finding does.
    Never,
    /// Findings from this severity and confidence on do.
    From(Severity, Confidence),
}

impl Default for Limit {
    fn default() -> Self {
        Self::From(Severity::Medium, Confidence::Likely)
    }
}

impl Limit {
    /// Whether the finding makes the run fail. A suppressed one never does.
    #[must_use]
    pub fn is_met_by(self, finding: &Finding) -> bool {
        finding.suppressed.is_none() && self.meets(finding.severity, finding.confidence)
    }

    fn meets(self, severity: Severity, confidence: Confidence) -> bool {
        match self {
            Self::Never => false,
            Self::From(least, sure) => {
                let proven = confidence == Confidence::Proven && least <= Severity::Medium && severity >= Severity::Low;
                (severity >= least && confidence >= sure) || proven
            }
        }
    }
}

impl FromStr for Limit {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text == "never" {
            return Ok(Self::Never);
        }
        let (severity, confidence) = text.split_once(':').unwrap_or((text, "likely"));
        let severity = severity.parse().map_err(|error| format!("{error}, or never"))?;
        Ok(Self::From(severity, confidence.parse()?))
    }
}

impl FromStr for Severity {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let found = Self::ALL.into_iter().find(|severity| severity.as_str() == text);
        found.ok_or_else(|| "a severity is info, low, medium, high or critical".to_owned())
    }
}

impl FromStr for Confidence {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let found = Self::ALL.into_iter().find(|confidence| confidence.as_str() == text);
        found.ok_or_else(|| "a confidence is suspected, likely or proven".to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::Limit;
    use crate::Confidence::{Likely, Proven, Suspected};
    use crate::Severity::{Critical, High, Info, Low, Medium};

    #[test]
    fn a_limit_counts_what_it_says() {
        let default = Limit::default();
        assert!(default.meets(Medium, Likely) && default.meets(Low, Proven));
        assert!(!default.meets(Low, Likely) && !default.meets(Critical, Suspected) && !default.meets(Info, Proven));
        assert_eq!("medium".parse(), Ok(default));
        assert_eq!("high:proven".parse(), Ok(Limit::From(High, Proven)));
        assert!(!Limit::From(High, Likely).meets(Medium, Proven));
        assert!(!Limit::Never.meets(Critical, Proven));
        for wrong in ["", "severe", "high:", "high:sure", "never:likely"] {
            assert!(wrong.parse::<Limit>().is_err(), "{wrong}");
        }
    }
}
