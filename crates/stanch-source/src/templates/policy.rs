//! IAM statements, wherever they stand in a document: in policies of CloudFormation, SAM, Serverless and Terraform, in
//! a file of its own, or in a dictionary in Python.

use stanch_api::SourcePlace;

use super::Source;
use super::document::{Content, Document};
use super::resource::{Grant, Resource, ResourceKind, Written};

/// Who a role is taken on by when people sign in, as its trust policy names them (IAM's documentation of web identity).
const SIGN_IN: [&str; 4] =
    ["cognito-identity.amazonaws.com", "accounts.google.com", "graph.facebook.com", "www.amazon.com"];

/// Parts of a resource that say who may use the resource itself, not what somebody may do.
const TRUST: [&str; 3] = ["AssumeRolePolicyDocument", "assume_role_policy", "KeyPolicy"];

/// Deepest nesting that is searched.
const DEPTH: usize = 32;

/// Collects the statements that allow, and the policies of AWS that are attached, below a document.
pub(crate) fn grants(source: &Source<'_>, name: &str, document: &Document, end_users: bool, into: &mut Vec<Resource>) {
    search(source, name, document, end_users, 0, into);
}

fn search(
    source: &Source<'_>,
    name: &str,
    document: &Document,
    end_users: bool,
    depth: usize,
    into: &mut Vec<Resource>,
) {
    if depth > DEPTH {
        return;
    }
    if let Some(grant) = statement(source, document) {
        // A statement that names who may use a resource belongs to the resource.
        if let Some(grant) = grant {
            let grant = Grant { end_users, ..grant };
            let place = source.place(document.at);
            into.push(Resource { place, name: name.to_owned(), kind: ResourceKind::Grant(grant) });
        }
        return;
    }
    match &document.content {
        Content::Map(pairs) => {
            for (key, value) in pairs.iter().filter(|(key, _)| !TRUST.contains(&key.as_str())) {
                search(source, name, value, end_users, depth + 1, into);
                // SAM takes AWS's policies by their bare names too.
                if key == "Policies" {
                    for text in value.each() {
                        managed(source, name, text, text.literal(), into);
                    }
                }
            }
            if let Some(text) = document.written() {
                managed(source, name, document, arn_name(&text), into);
            }
        }
        Content::List(list) => list.iter().for_each(|inner| search(source, name, inner, end_users, depth + 1, into)),
        Content::Text(text) | Content::Computed(text) => managed(source, name, document, arn_name(text), into),
    }
}

fn managed(source: &Source<'_>, name: &str, at: &Document, policy: Option<&str>, into: &mut Vec<Resource>) {
    let Some(policy) = policy.filter(|policy| policy.chars().all(|c| c.is_ascii_alphanumeric() || "_-".contains(c)))
    else {
        return;
    };
    let found = Resource {
        place: source.place(at.at),
        name: name.to_owned(),
        kind: ResourceKind::ManagedPolicy(policy.to_owned()),
    };
    if !policy.is_empty() && into.last() != Some(&found) {
        into.push(found);
    }
}

/// The last name of an ARN of one of AWS's own policies.
pub(crate) fn arn_name(text: &str) -> Option<&str> {
    text.split_once(":iam::aws:policy/").map(|(_, name)| name.rsplit('/').next().unwrap_or(name))
}

/// `None` if the document is no statement, `Some(None)` if it allows nothing to its bearer.
fn statement(source: &Source<'_>, document: &Document) -> Option<Option<Grant>> {
    let effect = document.get("Effect")?;
    let inverted = document.get("NotAction");
    let actions = document.get("Action").or(inverted)?;
    let allows = effect.literal().is_some_and(|effect| effect.eq_ignore_ascii_case("allow"));
    if !allows || document.get("Principal").is_some() || document.get("NotPrincipal").is_some() {
        return Some(None);
    }
    let mut condition_keys: Vec<String> = Vec::new();
    if let Some(condition) = document.get("Condition") {
        if condition.pairs().is_empty() {
            condition_keys.push("*".to_owned());
        }
        for (_, operator) in condition.pairs() {
            condition_keys.extend(operator.pairs().iter().map(|(key, _)| key.clone()));
        }
    }
    condition_keys.sort();
    condition_keys.dedup();
    Some(Some(Grant {
        actions: written(source, actions),
        inverted: inverted.is_some(),
        resources: document.get("Resource").map(|resources| written(source, resources)).unwrap_or_default(),
        condition_keys,
        end_users: false,
    }))
}

pub(crate) fn written(source: &Source<'_>, document: &Document) -> Vec<Written> {
    let one = |document: &Document| Written {
        text: document.written().unwrap_or_default(),
        computed: match &document.content {
            // `!Sub arn:…:table/*` still shows its star.
            Content::Text(text) => text.starts_with('!') && !text.starts_with("!Sub "),
            Content::Map(pairs) => !matches!(&pairs[..], [(name, _)] if name == "Fn::Sub" || name == "Fn::Join"),
            Content::Computed(_) | Content::List(_) => true,
        },
        place: source.place(document.at),
    };
    document.each().iter().map(one).collect()
}

/// Whether a role's trust lets people who sign in take it on.
pub(crate) fn is_for_end_users(trust: &Document) -> bool {
    match &trust.content {
        Content::Text(text) | Content::Computed(text) => SIGN_IN.iter().any(|service| text.starts_with(service)),
        Content::List(list) => list.iter().any(is_for_end_users),
        Content::Map(pairs) => pairs.iter().any(|(key, value)| key != "Condition" && is_for_end_users(value)),
    }
}

/// A place that is known by its line only gets the position of a call in Python.
pub(crate) fn at_call(place: &SourcePlace) -> super::document::Position {
    super::document::Position { line: place.line, column: place.column, end_column: place.end_column }
}
