use stanch_findings::Confidence;

use super::CHECK;
use crate::Defect;
use crate::scan::sight::{By, Part, Sighting};
use crate::scan::view::OperationView;

/// A model wrote a key.
pub(crate) fn judge(view: &OperationView<'_>) -> Vec<Defect> {
    let found = view.trials.iter().find_map(|trial| {
        let written = |sighting: &&Sighting| sighting.part == Part::ModelOutput && sighting.by != By::Own;
        let written: Vec<&Sighting> = trial.sightings.iter().filter(written).collect();
        (!written.is_empty()).then_some((trial, written))
    });
    let Some((trial, written)) = found else { return Vec::new() };
    let mut defect = view.defect(&CHECK.rule);
    if written.iter().any(|sighting| matches!(sighting.by, By::Known(_))) {
        defect.confidence = Confidence::Proven;
    }
    defect.message =
        format!("{} answers with a key ({}) that its language model wrote.", view.label(), written[0].kind);
    defect.remediation =
        "Keep keys out of instructions, tools and retrieved documents, and redact what the model writes \
                          before it is sent."
            .to_owned();
    defect.evidence = view.evidence(&written);
    defect.reproduce = Some(view.reproduce(trial));
    vec![defect]
}
