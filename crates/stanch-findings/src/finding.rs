use serde::Serialize;
use stanch_api::SourcePlace;

use crate::{Place, Rule};

/// How bad it is. Ordered, `Info` lowest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
#[expect(missing_docs, reason = "the usual five steps")]
pub enum Severity {
    Info,
    Low,
    Medium,
    High,
    Critical,
}

impl Severity {
    /// All steps, lowest first.
    pub const ALL: [Self; 5] = [Self::Info, Self::Low, Self::Medium, Self::High, Self::Critical];

    /// The word in reports and options.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Info => "info",
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
            Self::Critical => "critical",
        }
    }
}

/// How sure it is. Ordered, `Suspected` lowest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Confidence {
    /// The shape is there; something that was not seen may prevent it.
    Suspected,
    /// The whole path was seen in the source, or the answer shows it.
    Likely,
    /// A planted value came out, or the effect was observed.
    Proven,
}

impl Confidence {
    /// All steps, lowest first.
    pub const ALL: [Self; 3] = [Self::Suspected, Self::Likely, Self::Proven];

    /// The word in reports and options.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Suspected => "suspected",
            Self::Likely => "likely",
            Self::Proven => "proven",
        }
    }
}

/// One step of the way from source to sink.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct FlowStep {
    /// Where.
    pub place: SourcePlace,
    /// What happens there: `table.scan() returns whole items`.
    pub note: String,
}

/// Something that was seen, with every key masked.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct Evidence {
    /// Where it was seen: `response body`, `response header Location`, `stderr`.
    pub what: String,
    /// The excerpt. Only text that went through masking may stand here.
    pub text: String,
}

/// How to mend it in the user's own code.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct Fix {
    /// What the fix does, in a line.
    pub title: String,
    /// Unified diff against the user's file.
    pub diff: String,
}

/// One defect: what, where, how sure, and what to do.
#[derive(Clone, Debug, Serialize)]
pub struct Finding {
    /// The rule, by which title, category and standards are known.
    #[serde(flatten, serialize_with = "rule_fields")]
    pub rule: &'static Rule,
    /// Severity of this defect, which may differ from the rule's.
    pub severity: Severity,
    /// How sure it is.
    pub confidence: Confidence,
    /// What happens here and what an attacker does with it, in the app's own names.
    pub message: String,
    /// Every place of the defect: source first, then endpoints, logs, attributes, resources.
    pub places: Vec<Place>,
    /// The way from source to sink, source first. Empty where it is not known.
    pub flow: Vec<FlowStep>,
    /// What was seen, masked.
    pub evidence: Vec<Evidence>,
    /// A command line that shows the defect again, none where nothing was run.
    pub reproduce: Option<String>,
    /// A patch, none where none can be made.
    pub fix: Option<Fix>,
    /// What to do, in the words of the user's own stack.
    pub remediation: String,
    /// Why the finding is not counted, none if it is.
    pub suppressed: Option<Suppressed>,
    /// Stays the same when lines shift. See [`crate::fingerprint`].
    pub fingerprint: String,
}

/// Why a finding does not count.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct Suppressed {
    /// `ignore-comment`, `config` or `baseline`.
    pub by: String,
    /// The user's reason, if one was given.
    pub reason: Option<String>,
}

impl Finding {
    /// The source line where the value leaves, if it is known.
    #[must_use]
    pub fn source(&self) -> Option<&SourcePlace> {
        self.places.iter().find_map(Place::source)
    }

    /// Order of a report: proven first, then the most severe, then by rule and place, so that the same findings
    /// always stand in the same order.
    #[must_use]
    pub fn order(&self, other: &Self) -> std::cmp::Ordering {
        (other.confidence, other.severity)
            .cmp(&(self.confidence, self.severity))
            .then_with(|| self.rule.id.cmp(other.rule.id))
            .then_with(|| self.places.cmp(&other.places))
            .then_with(|| self.fingerprint.cmp(&other.fingerprint))
    }
}

fn rule_fields<S: serde::Serializer>(rule: &&'static Rule, serializer: S) -> Result<S::Ok, S::Error> {
    use serde::ser::SerializeMap;
    let mut map = serializer.serialize_map(Some(4))?;
    map.serialize_entry("rule", rule.id)?;
    map.serialize_entry("category", rule.category.as_str())?;
    map.serialize_entry("title", rule.title)?;
    map.serialize_entry("standards", &rule.standards)?;
    map.end()
}
