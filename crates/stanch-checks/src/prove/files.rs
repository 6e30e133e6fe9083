//! Log files that the app wrote into its copy, searched once it is done.

use std::collections::BTreeSet;

use bytes::Bytes;
use stanch_api::Method;
use stanch_live::app::Written;
use stanch_live::{Event, LogStream};
use stanch_secrets::Masks;
use stanch_secrets::names::words;
use stanch_source::SourceFacts;
use url::Url;

use super::escape;
use super::judge::{self, Sight};
use super::observation::Observation;
use super::operation::Operation;
use super::plant::Planter;
use crate::Defect;

/// What log files prove, each at the line that opened it. A file that `logging` opened holds records, which are seen as
/// they are made.
pub(super) fn judge(
    written: &[Written],
    planter: &Planter,
    masks: &mut Masks,
    facts: &SourceFacts,
    address: &Url,
) -> Vec<Defect> {
    let mut defects = Vec::new();
    for file in written.iter().filter(|file| is_log(&file.path)) {
        let Some(source) = &file.source else { continue };
        let event = Event::Log {
            probe: None,
            stream: LogStream::File,
            text: file.text.clone(),
            source: Some(source.clone()),
            record: None,
        };
        let observation = Observation::unasked(vec![event], Bytes::new());
        let (operation, dumps) = (Operation::bare(Method::Get, "", Vec::new()), BTreeSet::new());
        let mut together = escape::search(planter.book(), &observation, masks);
        together.iter_mut().for_each(|sign| sign.evidence.what = format!("file `{}`", file.path));
        for sign in &together {
            let sight = Sight {
                sign,
                together: &together,
                dumps: &dumps,
                operation: &operation,
                observation: &observation,
                facts,
                address,
            };
            defects.extend(judge::judge(&sight));
        }
    }
    defects
}

/// Whether a file is called like a log.
fn is_log(path: &str) -> bool {
    const WORDS: [&str; 7] = ["access", "audit", "debug", "error", "log", "logs", "trace"];
    let name = path.rsplit('/').next().unwrap_or(path);
    let (stem, ending) = name.rsplit_once('.').unwrap_or((name, ""));
    matches!(ending, "log" | "out" | "err") || words(stem).iter().any(|word| WORDS.contains(&word.as_str()))
}

#[cfg(test)]
mod tests {
    use super::is_log;

    #[test]
    fn logs_are_known_by_their_names() {
        for log in ["app.log", "logs/app.log", "var/access_log", "audit.jsonl", "nohup.out"] {
            assert!(is_log(log), "{log}");
        }
        for other in ["data.json", "login.json", "uploads/a.txt", "users.db"] {
            assert!(!is_log(other), "{other}");
        }
    }
}
