use std::collections::BTreeSet;

use serde_json::Value;
use stanch_findings::{Evidence, Severity};
use url::Url;

use super::CHECK;
use crate::Defect;
use crate::scan::sight::describes_an_api;
use crate::scan::view::{OperationView, Trial};

/// Foreign hosts in the answers of one operation that are many.
const MANY: usize = 8;

/// Answers name webhooks or callbacks over plain HTTP, or hand on addresses of many others.
pub(crate) fn judge(view: &OperationView<'_>) -> Vec<Defect> {
    let answered = view.own_trials().filter(|trial| trial.succeeded());
    answered.filter_map(|trial| in_trial(view, trial)).take(1).collect()
}

fn in_trial(view: &OperationView<'_>, trial: &Trial) -> Option<Defect> {
    let mut seen = Seen {
        own: view.api.base.host_str().unwrap_or_default(),
        sent: format!("{} {}", trial.request.target, String::from_utf8_lossy(&trial.request.body)),
        plain: BTreeSet::new(),
        hosts: BTreeSet::new(),
    };
    let documents = trial.documents();
    documents.iter().filter(|document| !describes_an_api(document)).for_each(|document| seen.walk(document, "", 0));
    let mut defect = view.defect(&CHECK.rule);
    if !seen.plain.is_empty() {
        let fields: Vec<String> = seen.plain.iter().take(5).map(|name| format!("`{name}`")).collect();
        defect.severity = Severity::Low;
        defect.message = format!(
            "{} names addresses over plain HTTP in {}: what the API sends there, or takes from there, anybody on the way \
             can read and change.",
            view.label(),
            fields.join(", ")
        );
        let text = format!("http:// in {}", fields.join(", "));
        defect.evidence = vec![Evidence { what: "response body".to_owned(), text }];
    } else if seen.hosts.len() >= MANY {
        defect.severity = Severity::Info;
        defect.message = format!(
            "{} hands on addresses of {} other hosts: what stands there is not the API's own, and a client that trusts the \
             API trusts it too.",
            view.label(),
            seen.hosts.len()
        );
        let text = format!("addresses of {} other hosts", seen.hosts.len());
        defect.evidence = vec![Evidence { what: "response body".to_owned(), text }];
    } else {
        return None;
    }
    defect.remediation = "Accept only https addresses of hosts on a list, check what comes from them as you check a \
                          client's input, sign what you send to webhooks, and follow no redirect."
        .to_owned();
    defect.reproduce = Some(view.reproduce(trial));
    Some(defect)
}

/// Addresses of others in one answer. Only names of fields and counts leave this check.
struct Seen<'v> {
    own: &'v str,
    sent: String,
    /// Fields of webhooks and callbacks with an address over plain HTTP.
    plain: BTreeSet<String>,
    hosts: BTreeSet<String>,
}

impl Seen<'_> {
    fn walk(&mut self, value: &Value, name: &str, depth: usize) {
        match value {
            Value::Object(fields) if depth < 20 => {
                fields.iter().for_each(|(name, value)| self.walk(value, name, depth + 1));
            }
            Value::Array(list) if depth < 20 => list.iter().for_each(|value| self.walk(value, name, depth + 1)),
            Value::String(text) if text.starts_with("http") && !self.sent.contains(text.as_str()) => {
                self.address(name, text);
            }
            _ => {}
        }
    }

    fn address(&mut self, name: &str, text: &str) {
        let Some(url) = Url::parse(text).ok().filter(|url| matches!(url.scheme(), "http" | "https")) else { return };
        let Some(host) = url.host_str().filter(|host| *host != self.own && !is_near(host)) else { return };
        if self.hosts.len() < 1_000 {
            self.hosts.insert(host.to_ascii_lowercase());
        }
        let lower = name.to_ascii_lowercase();
        let called =
            ["webhook", "callback", "hook_url", "notify_url", "upstream"].iter().any(|word| lower.contains(word));
        let shown = name.len() <= 40 && name.chars().all(|c| c.is_ascii_alphabetic() || matches!(c, '_' | '-'));
        if called && shown && url.scheme() == "http" {
            self.plain.insert(name.to_owned());
        }
    }
}

/// Whether the host is this machine, or one of the names that stand in examples only (RFC 2606).
fn is_near(host: &str) -> bool {
    matches!(host, "localhost" | "127.0.0.1" | "[::1]" | "0.0.0.0")
        || [".localhost", ".invalid", ".example", ".test"].iter().any(|end| host.ends_with(end))
}
