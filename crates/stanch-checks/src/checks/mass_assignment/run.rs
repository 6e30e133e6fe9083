//! Attributes that the view does not ask for were written as the client sent them.

use super::CHECK;
use crate::Defect;
use crate::prove::Sight;
use crate::prove::sign::Kind;

pub(super) fn at_run_time(sight: &Sight<'_>) -> Option<Defect> {
    if sight.sign.kind != Kind::Assigned {
        return None;
    }
    let mut defect = sight.defect(&CHECK.rule);
    let table = sight.sign.attributes.keys().next().map(|(table, _)| table.clone()).unwrap_or_default();
    let names: Vec<&str> = sight.sign.attributes.keys().map(|(_, name)| name.as_str()).collect();
    if names.iter().any(|name| *name != stanch_live::canary::FOREIGN_NAME) {
        defect.severity = stanch_findings::Severity::High;
    }
    defect.others.extend(
        names
            .iter()
            .filter(|name| **name != stanch_live::canary::FOREIGN_NAME)
            .map(|name| stanch_findings::Place::Attribute { table: table.clone(), name: (*name).to_owned() }),
    );
    defect.message = format!(
        "{} wrote {} into table `{table}` with the values that the client sent, though the view asks for none of them: a client \
         can set any attribute, such as a role, an owner or a key.",
        sight.label(),
        crate::exposure::quoted(&names),
    );
    defect.remediation =
        "Take the fields that a client may set by name, and set owner, role and keys on the server.".to_owned();
    Some(defect)
}
