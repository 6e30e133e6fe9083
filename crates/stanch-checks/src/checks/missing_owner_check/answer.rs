use serde_json::Value;
use stanch_api::Method;
use stanch_findings::{Confidence, Severity};
use stanch_live::driver::template_names;
use stanch_secrets::names::{is_private, key_kind};

use super::CHECK;
use crate::Defect;
use crate::scan::accounts::MARK;
use crate::scan::view::{OperationView, Purpose, Trial};

/// An object is given or changed for somebody who does not own it.
pub(crate) fn judge(view: &OperationView<'_>) -> Vec<Defect> {
    read(view).or_else(|| neighbour(view)).into_iter().chain(write(view)).collect()
}

/// Two identities get one private object.
fn read(view: &OperationView<'_>) -> Option<Defect> {
    if template_names(&view.operation.path).is_empty() {
        return None;
    }
    let honest = view.of(&Purpose::Honest).find(|trial| trial.succeeded())?;
    let closed = view.of(&Purpose::Anonymous).any(|trial| matches!(trial.answer().map(|a| a.status), Some(401 | 403)));
    let object = honest.json()?;
    let same = |trial: &&Trial| {
        matches!(trial.purpose, Purpose::AsOther(_))
            && trial.request.target == honest.request.target
            && trial.succeeded()
            && trial.json().as_ref() == Some(&object)
    };
    let other = view.trials.iter().find(same)?;
    let signs = Signs::of(&object);
    if !closed || signs.owner.is_none() && signs.private.is_empty() {
        return None;
    }
    let mut defect = view.defect(&CHECK.rule);
    let fields: Vec<String> = signs.private.iter().map(|name| format!("`{name}`")).collect();
    let what = match (&signs.owner, fields.is_empty()) {
        (Some(owner), true) => format!("an object with one owner (`{owner}`)"),
        (Some(owner), false) => format!("an object with one owner (`{owner}`) and {}", fields.join(", ")),
        (None, _) => format!("an object with {}", fields.join(", ")),
    };
    // One object with one owner, given to two who are not the same.
    if signs.owner.is_some() {
        defect.confidence = Confidence::Proven;
    }
    let Purpose::AsOther(index) = other.purpose else { return None };
    defect.message = format!(
        "{} refuses callers without credentials and gives {what} to `{}` and to `{}` alike: the id in the path alone decides.",
        view.label(),
        view.api.identities[0].name,
        view.api.identities[index].name,
    );
    defect.remediation = remediation();
    defect.reproduce = Some(view.reproduce(other));
    Some(defect)
}

/// One identity gets the private object of somebody else by the next number.
fn neighbour(view: &OperationView<'_>) -> Option<Defect> {
    let honest = view.of(&Purpose::Honest).find(|trial| trial.succeeded())?.json()?;
    let trial = view.of(&Purpose::Neighbour).find(|trial| trial.succeeded() && !view.is_open(trial))?;
    let other = trial.json()?;
    let (mine, theirs) = (Signs::of(&honest), Signs::of(&other));
    // The same kind of object, of another owner, with something in it that is nobody else's business.
    let owners = mine.owner_value.zip(theirs.owner_value);
    if owners.is_none_or(|(mine, theirs)| mine == theirs) || theirs.private.is_empty() {
        return None;
    }
    let fields: Vec<String> = theirs.private.iter().map(|name| format!("`{name}`")).collect();
    let mut defect = view.defect(&CHECK.rule);
    defect.message = format!(
        "{} refuses callers without credentials and gives the caller the object of the next number too, which the API had \
         not named and which is another owner's, with {}.",
        view.label(),
        fields.join(", "),
    );
    defect.remediation = remediation();
    defect.reproduce = Some(view.reproduce(trial));
    Some(defect)
}

/// One account of the scan's own changed another one, and the change was seen there.
fn write(view: &OperationView<'_>) -> Option<Defect> {
    let at = view.trials.iter().position(|trial| trial.purpose == Purpose::ForeignWrite && trial.succeeded())?;
    let after = view.trials.get(at + 1).filter(|trial| trial.purpose == Purpose::Verify && trial.succeeded())?;
    let takes_over = after.request.method == Method::Post && !after.sightings.is_empty();
    let shown = String::from_utf8_lossy(&after.answer()?.body).contains(MARK);
    if !takes_over && !shown {
        return None;
    }
    let mut defect = view.defect(&CHECK.rule);
    defect.confidence = Confidence::Proven;
    let seen = if takes_over {
        defect.severity = Severity::Critical;
        "The account opened with the new password afterwards: any account can be taken over."
    } else {
        "The record showed the new text afterwards."
    };
    let status = view.trials[at].answer().map_or(0, |answer| answer.status);
    defect.message =
        format!("{} answered {status} when one account changed what belongs to another one. {seen}", view.label());
    defect.remediation = remediation();
    defect.reproduce = Some(view.reproduce(&view.trials[at]));
    Some(defect)
}

fn remediation() -> String {
    "Take the owner from the credentials, never from the request: on DynamoDB make the owner part of the key, or add a \
     ConditionExpression that compares the owner attribute, and answer 404 to everybody else."
        .to_owned()
}

/// What says that an object is somebody's.
#[derive(Default)]
struct Signs {
    /// Name of the field that names its owner.
    owner: Option<String>,
    /// What stands there.
    owner_value: Option<String>,
    /// Names of fields that are private or keys.
    private: Vec<String>,
}

impl Signs {
    fn of(object: &Value) -> Self {
        let mut signs = Self::default();
        signs.walk(object, 0);
        signs
    }

    fn walk(&mut self, value: &Value, depth: usize) {
        const OWNERS: [&str; 12] = [
            "owner",
            "ownerid",
            "ownername",
            "userid",
            "user",
            "username",
            "createdby",
            "author",
            "accountid",
            "customerid",
            "customer",
            "belongsto",
        ];
        let Value::Object(fields) = value else { return };
        for (name, value) in fields {
            let folded: String = name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect();
            let filled = matches!(value, Value::String(text) if !text.is_empty()) || value.is_number();
            if filled && OWNERS.contains(&folded.as_str()) {
                self.owner.get_or_insert_with(|| name.clone());
                self.owner_value.get_or_insert_with(|| value.to_string());
            } else if filled && (is_private(name) || key_kind(name).is_some()) && self.private.len() < 5 {
                self.private.push(name.clone());
            }
            if depth < 3 {
                self.walk(value, depth + 1);
            }
        }
    }
}
