use serde::Serialize;

use crate::Severity;

/// What a rule is, apart from how it looks: the part that reports show.
#[derive(Debug)]
pub struct Rule {
    /// Kebab-case words that name the pattern: `key-in-response`.
    pub id: &'static str,
    /// A line of a report's heading: `A key leaves in a response`.
    pub title: &'static str,
    /// Severity where nothing more is known of the value, the table or the route.
    pub severity: Severity,
    /// One of the categories that users of scanners know.
    pub category: Category,
    /// What the rule is called in public standards.
    pub standards: Standards,
    /// By what means the rule can be seen.
    pub oracles: &'static [Oracle],
    /// The rule page, Markdown.
    pub page: &'static str,
}

/// A means of seeing that a rule is broken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Oracle {
    /// Reading Python source.
    Source,
    /// Reading a cloud template.
    Template,
    /// Running the app with canaries.
    Run,
    /// Asking a running API from the outside.
    BlackBox,
}

/// The twelve categories that users of API scanners know, and `posture` for cloud templates.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
#[expect(missing_docs, reason = "each is the category it names")]
pub enum Category {
    Authentication,
    ObjectAuthorisation,
    FunctionAuthorisation,
    PropertyAuthorisation,
    InputValidation,
    RateLimiting,
    DataExposure,
    Encryption,
    Ssrf,
    Inventory,
    UnsafeConsumption,
    Llm,
    Posture,
}

impl Category {
    /// The word in reports: `data-exposure`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Authentication => "authentication",
            Self::ObjectAuthorisation => "object-authorisation",
            Self::FunctionAuthorisation => "function-authorisation",
            Self::PropertyAuthorisation => "property-authorisation",
            Self::InputValidation => "input-validation",
            Self::RateLimiting => "rate-limiting",
            Self::DataExposure => "data-exposure",
            Self::Encryption => "encryption",
            Self::Ssrf => "ssrf",
            Self::Inventory => "inventory",
            Self::UnsafeConsumption => "unsafe-consumption",
            Self::Llm => "llm",
            Self::Posture => "posture",
        }
    }
}

/// References into public standards.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Standards {
    /// OWASP API Security Top 10, 2023: `API3:2023`.
    pub owasp_api: &'static [&'static str],
    /// OWASP Top 10 for LLM applications, 2025: `LLM02:2025`.
    pub owasp_llm: &'static [&'static str],
    /// Common Weakness Enumeration: `CWE-200`.
    pub cwe: &'static [&'static str],
    /// PCI DSS 4.0.1 requirement: `6.2.4`.
    pub pci_dss: &'static [&'static str],
    /// SOC 2 trust services criterion: `CC6.1`.
    pub soc2: &'static [&'static str],
}
