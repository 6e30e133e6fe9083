//! A write replaced an item that was there and belonged to somebody else.

use stanch_api::Method;
use stanch_findings::Severity;

use super::CHECK;
use crate::Defect;
use crate::prove::Sight;
use crate::prove::sign::Kind;

pub(super) fn at_run_time(sight: &Sight<'_>) -> Option<Defect> {
    if sight.sign.kind != Kind::Overwritten {
        return None;
    }
    if sight.sign.attributes.is_empty() {
        return replaced(sight);
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
    defect.remediation = REMEDY.to_owned();
    Some(defect)
}

/// Nothing of power changed hands: the audit has to say that the client chooses the key, and the request has to be one that
/// creates. To replace is what a `PUT` is for.
fn replaced(sight: &Sight<'_>) -> Option<Defect> {
    let line = sight.sign.source.as_ref()?;
    let endpoint = (sight.operation.rule().to_owned(), sight.operation.method());
    if endpoint.1 != Method::Post {
        return None;
    }
    let is_it = |defect: &Defect| {
        let source = defect.source.as_ref();
        defect.endpoints.contains(&endpoint)
            && source.is_some_and(|at| at.path == line.path && (at.line..=at.end_line).contains(&line.line))
    };
    let known = super::judge(sight.facts).into_iter().find(is_it)?;
    let mut defect = sight.defect(&CHECK.rule);
    defect.source = known.source;
    defect.severity = known.severity;
    defect.message = format!(
        "{} replaced an item that was there and was another one's: what else was stored under the key is gone.",
        sight.label(),
    );
    defect.remediation = REMEDY.to_owned();
    Some(defect)
}

const REMEDY: &str = "Give the write a ConditionExpression: `attribute_not_exists` of the key where it creates, the owner's \
                          equality with the caller where it changes; answer 409 or 404 to `ConditionalCheckFailedException`.";
