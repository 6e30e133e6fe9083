//! A write hands the whole item back to the client.

#[cfg(feature = "live")]
mod run;

use stanch_api::AttributeSet;
use stanch_findings::{Category, Oracle, Rule, Severity, Standards};
use stanch_source::{SinkKind, SourceKind};

use crate::exposure::{Exposure, quoted};
use crate::{Check, Defect, FlowView, SourceOracle};

pub(crate) static CHECK: Check = Check {
    rule: Rule {
        id: "write-returns-item",
        title: "A write hands the whole item back to the client",
        severity: Severity::Low,
        category: Category::DataExposure,
        standards: Standards {
            owasp_api: &["API3:2023"],
            owasp_llm: &[],
            cwe: &["CWE-213"],
            pci_dss: &["7.2.1"],
            soc2: &["CC6.1"],
        },
        oracles: &[Oracle::Source, Oracle::Run],
        page: include_str!("README.md"),
    },
    supersedes: &[],
    source: SourceOracle::Flow(in_source),
    #[cfg(feature = "live")]
    run: Some(run::at_run_time),
};

fn in_source(view: &FlowView<'_>) -> Option<Defect> {
    let flow = view.flow;
    if flow.source.kind != SourceKind::WrittenItem || !matches!(flow.sink.kind, SinkKind::Response(_)) {
        return None;
    }
    let exposure = Exposure::of(view);
    let mut defect = Defect::of_flow(&CHECK.rule, view);
    // `UPDATED_NEW` returns what was written, which the client mostly knows: a note, where it goes back as it came.
    if !exposure.open {
        let whole =
            matches!(&flow.attributes, AttributeSet::Only(names) if names.len() > 1) && exposure.secret.is_empty();
        let label = flow.source.label.split('(').next().unwrap_or_default();
        let how = match label.rsplit('.').next() {
            Some("update_item") => "values that the app worked out by itself among them",
            Some("put_item" | "save") => "as a whole: an attribute that is added to it later goes out too",
            _ => return None,
        };
        if !whole {
            return None;
        }
        defect.severity = Severity::Info;
        defect.message = format!(
            "`{}` sends back what `{}` has just written into {}, {how}.",
            flow.sink.label,
            flow.source.label,
            exposure.table_name(),
        );
        defect.remediation = "Build the answer from the fields the client needs.".to_owned();
        return Some(defect);
    }
    let private = match exposure.private.as_slice() {
        [] => String::new(),
        names => {
            defect.severity = Severity::Medium;
            format!(" Among them are {}.", quoted(names))
        }
    };
    defect.message = format!(
        "`{}` sends what `{}` returns of {}: the item as it was or is, with every attribute it has, not only those that \
         were written.{private}",
        flow.sink.label,
        flow.source.label,
        exposure.table_name(),
    );
    defect.remediation = "Ask for `ReturnValues='UPDATED_NEW'` or `'NONE'`, and build the answer from the fields the \
                          client needs."
        .to_owned();
    Some(defect)
}
