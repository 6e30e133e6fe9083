//! A write replaced an item that was there and belonged to somebody else.

use stanch_findings::Severity;

use super::CHECK;
use crate::Defect;
use crate::prove::Sight;
use crate::prove::sign::Kind;

pub(super) fn at_run_time(sight: &Sight<'_>) -> Option<Defect> {
    if sight.sign.kind != Kind::Overwritten {
        return None;
    }
    let mut defect = sight.defect(&CHECK.rule);
    defect.severity = Severity::Medium;
    let table = sight.sign.attributes.keys().next().map(|(table, _)| table.clone()).unwrap_or_default();
    let names: Vec<&str> = sight.sign.attributes.keys().map(|(_, name)| name.as_str()).collect();
    defect.others.extend(
        names.iter().map(|name| stanch_findings::Place::Attribute { table: table.clone(), name: (*name).to_owned() }),
    );
    defect.message = format!(
        "{} replaced an item of table `{table}` that was there and was another one's: what was stored under the key is gone, \
         and {} of whoever had it are the sender's now.",
        sight.label(),
        crate::exposure::quoted(&names),
    );
    defect.remediation = "Give the write a ConditionExpression: `attribute_not_exists` of the key where it creates, the owner's \
                          equality with the caller where it changes; answer 409 or 404 to `ConditionalCheckFailedException`."
        .to_owned();
    Some(defect)
}
