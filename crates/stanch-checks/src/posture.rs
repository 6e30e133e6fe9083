//! What the checks of cloud resources share.

use stanch_api::{AttributeClass, SourcePlace};
use stanch_findings::{Confidence, Place, Rule};
use stanch_secrets::files::FileKind;
use stanch_source::{Resource, SourceFacts, TableResource};

use crate::Defect;

/// A defect of a resource, at one of its lines. `what` tells it apart from others of the same resource.
pub(crate) fn defect(rule: &'static Rule, resource: &Resource, place: &SourcePlace, what: &str) -> Defect {
    let mut defect = Defect::bare(rule, Some(place.clone()));
    defect.confidence = Confidence::Likely;
    defect.identity = Some(format!("{} {what}", resource.name));
    defect.others.insert(Place::Resource {
        path: resource.place.path.clone(),
        line: resource.place.line,
        name: resource.name.clone(),
    });
    defect
}

/// The resources that are made for use, not by a test.
pub(crate) fn resources(facts: &SourceFacts) -> impl Iterator<Item = &Resource> {
    facts.resources.iter().filter(|resource| FileKind::of(&resource.place.path, b"") != FileKind::Test)
}

/// Names of the secret attributes that the code is known to keep in a table.
pub(crate) fn secrets<'f>(facts: &'f SourceFacts, table: &TableResource) -> Vec<&'f str> {
    let known = facts.tables.iter().filter(|known| !table.table.is_empty() && known.name == table.table);
    let attributes = known.flat_map(|known| &known.attributes);
    attributes.filter(|(_, seen)| seen.class == AttributeClass::Secret).map(|(name, _)| name.as_str()).collect()
}

/// The words for a setting in the language that a resource is written in.
pub(crate) fn in_words(resource: &Resource, yaml: &str, terraform: &str, python: &str) -> String {
    let path = &resource.place.path;
    let ends = |end: &str| path.ends_with(end);
    if ends(".tf") {
        terraform.to_owned()
    } else if ends(".py") || ends(".pyw") {
        python.to_owned()
    } else {
        yaml.to_owned()
    }
}
