//! Pages of any origin may call the API.

pub(crate) mod answer;
#[cfg(feature = "live")]
mod run;

use stanch_findings::{Category, Confidence, Oracle, Rule, Severity, Standards};
use stanch_source::{Constant, SourceFacts};

use crate::{Check, Defect, SourceOracle};

pub(crate) static CHECK: Check = Check {
    rule: Rule {
        id: "permissive-cors",
        title: "Pages of any origin may call the API",
        severity: Severity::Medium,
        category: Category::InputValidation,
        standards: Standards {
            owasp_api: &["API8:2023"],
            owasp_llm: &[],
            cwe: &["CWE-942"],
            pci_dss: &["6.2.4"],
            soc2: &["CC6.1"],
        },
        oracles: &[Oracle::Source, Oracle::Run, Oracle::BlackBox],
        page: include_str!("README.md"),
    },
    supersedes: &[],
    source: SourceOracle::Facts(judge),
    #[cfg(feature = "live")]
    run: Some(run::at_run_time),
};

fn judge(facts: &SourceFacts) -> Vec<Defect> {
    let mut defects = Vec::new();
    for call in &facts.library_calls {
        let (origins, credentials) = match call.function.as_str() {
            "flask_cors.CORS" | "flask_cors.cross_origin" => (
                origins(call.keyword("origins").or_else(|| call.keyword("resources"))),
                call.keyword("supports_credentials"),
            ),
            "fastapi.FastAPI().add_middleware" => {
                let named = call.keyword("allow_origins").or_else(|| call.keyword("allow_origin_regex"));
                (named.map_or(Origins::Some, |named| origins(Some(named))), call.keyword("allow_credentials"))
            }
            "chalice.CORSConfig" => (origins(call.argument(0, "allow_origin")), call.keyword("allow_credentials")),
            _ => continue,
        };
        if origins != Origins::Any {
            continue;
        }
        let mut defect = Defect::bare(&CHECK.rule, Some(call.place.clone()));
        defect.confidence = Confidence::Likely;
        let with = credentials.is_some_and(Constant::is_true);
        defect.severity = if with { Severity::High } else { Severity::Low };
        defect.message = if with {
            "Any page may call the API with the visitor's cookies and read the answer: flask-cors and Starlette answer `*` with credentials by naming whatever origin \
             asked. A visit to a foreign page is enough to lose what the account can read."
                .to_owned()
        } else {
            "Pages of any origin may call the API and read its answers. That is right for public data; a key that a page holds is then usable from any other page."
                .to_owned()
        };
        defect.remediation = "Name the origins that need it: `CORS(app, origins=[\"https://app.example\"])`, and allow credentials for those only.".to_owned();
        defects.push(defect);
    }
    defects
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Origins {
    Any,
    Some,
}

/// What the origins come to. `flask-cors` and Chalice let any origin in where none is named.
fn origins(named: Option<&Constant>) -> Origins {
    let any = |text: &str| matches!(text, "*" | ".*" | "https?://.*" | "http://*" | "https://*");
    match named {
        None => Origins::Any,
        Some(Constant::Map(resources)) => {
            let open = |value: &Constant| match value.member("origins") {
                Some(named) => named.texts().into_iter().any(any),
                None => true,
            };
            if resources.iter().any(|(_, value)| open(value)) { Origins::Any } else { Origins::Some }
        }
        Some(value) if value.texts().into_iter().any(any) => Origins::Any,
        Some(_) => Origins::Some,
    }
}
