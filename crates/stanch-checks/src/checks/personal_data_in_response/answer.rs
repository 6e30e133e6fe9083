use std::collections::BTreeSet;

use serde_json::Value;
use stanch_findings::{Evidence, Severity};

use super::CHECK;
use crate::Defect;
use crate::scan::view::{OperationView, Purpose, Trial};

/// An answer to nobody in particular holds personal data.
pub(crate) fn judge(view: &OperationView<'_>) -> Vec<Defect> {
    let open = || view.own_trials().filter(|trial| view.is_open(trial) && trial.succeeded());
    let one = open().find_map(|trial| told(view, trial, &Seen::of([trial]), ""));
    one.or_else(|| counted(view)).into_iter().collect()
}

/// One person for each number: whoever counts has them all.
fn counted(view: &OperationView<'_>) -> Option<Defect> {
    // An address of a shop or of a station is meant to be found.
    const PEOPLE: [&str; 12] = [
        "user", "customer", "account", "member", "employee", "patient", "student", "person", "people", "profile",
        "client", "order",
    ];
    let path = view.operation.path.to_ascii_lowercase();
    if !PEOPLE.iter().any(|word| path.contains(word)) {
        return None;
    }
    let open = |trial: &&Trial| view.is_open(trial) && trial.succeeded();
    let first = view.of(&Purpose::Honest).find(open)?;
    let next = view.of(&Purpose::Neighbour).find(open)?;
    told(view, next, &Seen::of([first, next]), ", one for each number in the path: whoever counts has them all")
}

fn told(view: &OperationView<'_>, trial: &Trial, seen: &Seen, how: &str) -> Option<Defect> {
    let mut what = Vec::new();
    if seen.mails.len() > 1 {
        what.push(format!("e-mail addresses of {} people", seen.mails.len()));
    }
    what.extend((!seen.cards.is_empty()).then(|| format!("payment card numbers ({})", seen.cards.len())));
    what.extend((!seen.numbers.is_empty()).then(|| format!("identity numbers ({})", seen.numbers.len())));
    if what.is_empty() {
        return None;
    }
    let mut defect = view.defect(&CHECK.rule);
    if !seen.cards.is_empty() || !seen.numbers.is_empty() {
        defect.severity = Severity::High;
    }
    defect.message = format!("{} gives a caller without credentials {}{how}.", view.label(), what.join(" and "));
    defect.remediation =
        "Ask for credentials and answer with the fields that this caller needs; on DynamoDB leave the \
                          rest out by a ProjectionExpression."
            .to_owned();
    let fields: Vec<&str> = seen.fields.iter().map(String::as_str).take(5).collect();
    let text = format!("{} in {}", what.join(", "), fields.join(", "));
    defect.evidence = vec![Evidence { what: "response body".to_owned(), text }];
    defect.reproduce = Some(view.reproduce(trial));
    Some(defect)
}

/// Personal data of one answer. Only counts and names of fields leave this check.
#[derive(Default)]
struct Seen {
    sent: String,
    mails: BTreeSet<String>,
    cards: BTreeSet<String>,
    numbers: BTreeSet<String>,
    fields: BTreeSet<String>,
}

impl Seen {
    fn of<'t>(trials: impl IntoIterator<Item = &'t Trial>) -> Self {
        let mut seen = Self::default();
        for trial in trials {
            seen.sent = format!("{} {}", trial.request.target, String::from_utf8_lossy(&trial.request.body));
            trial.json().into_iter().for_each(|document| seen.walk(&document, "", 0));
        }
        seen
    }

    fn walk(&mut self, value: &Value, name: &str, depth: usize) {
        match value {
            Value::Object(fields) if depth < 20 => {
                fields.iter().for_each(|(name, value)| self.walk(value, name, depth + 1));
            }
            Value::Array(list) if depth < 20 => list.iter().for_each(|value| self.walk(value, name, depth + 1)),
            Value::String(text) if text.len() <= 200 && !self.sent.contains(text.as_str()) => self.text(name, text),
            _ => {}
        }
    }

    fn text(&mut self, name: &str, text: &str) {
        let digits: String = text.chars().filter(char::is_ascii_digit).collect();
        let found = if is_mail(text) {
            self.mails.insert(text.to_ascii_lowercase())
        } else if is_card(text, &digits) {
            self.cards.insert(digits)
        } else if names_a_person(name) && digits.len() >= 6 {
            self.numbers.insert(digits)
        } else {
            return;
        };
        if found && name.len() <= 40 && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_') {
            self.fields.insert(format!("`{name}`"));
        }
    }
}

fn is_mail(text: &str) -> bool {
    const NOBODY: [&str; 14] = [
        "info",
        "support",
        "contact",
        "hello",
        "help",
        "sales",
        "office",
        "noreply",
        "no-reply",
        "webmaster",
        "abuse",
        "security",
        "postmaster",
        "team",
    ];
    let Some((local, domain)) = text.split_once('@') else { return false };
    let plain = |c: char| c.is_ascii_alphanumeric() || "._%+-".contains(c);
    let shaped = !local.is_empty() && local.chars().all(plain) && domain.chars().all(plain) && domain.contains('.');
    // RFC 2606 and RFC 6761 keep these for examples.
    let lower = domain.to_ascii_lowercase();
    let example = ["example.com", "example.org", "example.net"].iter().any(|name| lower.ends_with(name))
        || [".example", ".invalid", ".test", ".localhost"].iter().any(|end| lower.ends_with(end));
    shaped && !example && !NOBODY.contains(&&*local.to_ascii_lowercase())
}

/// Digits in the groups of a card, with an issuer's first digit and the check digit of ISO/IEC 7812-1.
fn is_card(text: &str, digits: &str) -> bool {
    let written = text.chars().all(|c| c.is_ascii_digit() || c == ' ' || c == '-');
    let issuer = digits.starts_with(['3', '4', '5', '6']) && matches!(digits.len(), 15 | 16);
    let sum: u32 = digits
        .bytes()
        .rev()
        .enumerate()
        .map(|(index, digit)| {
            let digit = u32::from(digit - b'0');
            let doubled = if index % 2 == 1 { digit * 2 } else { digit };
            if doubled > 9 { doubled - 9 } else { doubled }
        })
        .sum();
    written && issuer && sum.is_multiple_of(10)
}

fn names_a_person(name: &str) -> bool {
    let folded: String = name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect();
    ["ssn", "socialsecuritynumber", "passportnumber", "passportno", "nationalid", "taxid", "iban", "driverslicense"]
        .contains(&folded.as_str())
}
