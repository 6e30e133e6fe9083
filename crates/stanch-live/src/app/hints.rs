use std::collections::BTreeMap;

use stanch_api::SourcePlace;

use crate::ProbeId;

/// Text that is known to come from a line.
pub(crate) struct Hint {
    pub(crate) probe: Option<ProbeId>,
    pub(crate) text: String,
    pub(crate) source: SourcePlace,
}

/// Splits the text of a stream into stretches that are known to come from one line of the app, and the rest between.
pub(crate) fn lines<'a>(text: &str, hints: impl Iterator<Item = &'a Hint>) -> Vec<(String, Option<SourcePlace>)> {
    let mut known: Vec<(usize, usize, &SourcePlace)> = Vec::new();
    let mut from: BTreeMap<&str, usize> = BTreeMap::new();
    for hint in hints {
        // The same text printed again is found behind the first one.
        let start = from.get(hint.text.as_str()).copied().unwrap_or(0);
        let Some(found) = text.get(start..).and_then(|rest| rest.find(&hint.text)).map(|at| at + start) else {
            continue;
        };
        let end = found + hint.text.len();
        from.insert(&hint.text, end);
        let begin = text.get(..found).and_then(|head| head.rfind('\n')).map_or(0, |at| at + 1);
        let end = text.get(end..).and_then(|tail| tail.find('\n')).map_or(text.len(), |at| end + at + 1);
        known.push((begin, end, &hint.source));
    }
    known.sort_by_key(|(begin, end, _)| (*begin, *end));
    let mut out = Vec::new();
    let mut at = 0;
    let mut add = |begin: usize, end: usize, source: Option<&SourcePlace>| {
        if let Some(part) = text.get(begin..end).filter(|part| !part.trim().is_empty()) {
            out.push((part.to_owned(), source.cloned()));
        }
    };
    for (begin, end, source) in known {
        if begin < at {
            continue;
        }
        add(at, begin, None);
        add(begin, end, Some(source));
        at = end;
    }
    add(at, text.len(), None);
    out
}

#[cfg(test)]
mod tests {
    use stanch_api::SourcePlace;

    use super::{Hint, lines};

    #[test]
    fn lines_get_the_place_they_were_printed_at_and_the_rest_stays_whole() {
        let hint =
            |text: &str, line| Hint { probe: None, text: text.to_owned(), source: SourcePlace::line("a.py", line) };
        let hints = [hint("key k1", 3), hint("key k1", 9), hint("never printed", 4)];
        let text = "INFO key k1\nTraceback:\n  more\nkey k1\n";
        let found: Vec<_> = lines(text, hints.iter())
            .into_iter()
            .map(|(text, source)| (text, source.map(|place| place.line)))
            .collect();
        let expected = [("INFO key k1\n", Some(3)), ("Traceback:\n  more\n", None), ("key k1\n", Some(9))];
        assert_eq!(found, expected.map(|(text, line)| (text.to_owned(), line)));
    }
}
