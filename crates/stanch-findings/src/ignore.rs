//! Ignore comments: `# stanch: ignore[key-in-log] reason`, with `until=2027-01-31` in front of the reason if it shall
//! not last. The comment stands on a line of the finding, or alone on the line above; it begins with the comment mark of
//! its language. What other scanners of keys are told (`gitleaks:allow`) counts for keys in files.

use crate::{Finding, Suppressed};

/// What stood in the source beside the findings, and what a reader should know of it.
#[derive(Debug, Default)]
pub struct Ignores {
    comments: Vec<Comment>,
    /// Path and line, and what is wrong there.
    notes: Vec<(String, u32, String)>,
}

#[derive(Debug)]
struct Comment {
    path: String,
    line: u32,
    /// Whether nothing but the comment is on its line, so that it speaks of the next one.
    alone: bool,
    rules: Vec<Named>,
    reason: Option<String>,
}

/// Comments by which other scanners of keys leave a line alone, and whether they speak of the next line: gitleaks,
/// detect-secrets, trufflehog, kingfisher.
const OTHERS: [(&str, bool); 5] = [
    ("gitleaks:allow", false),
    ("pragma: allowlist secret", false),
    ("pragma: allowlist nextline secret", true),
    ("trufflehog:ignore", false),
    ("kingfisher:ignore", false),
];

#[derive(Debug)]
struct Named {
    rule: String,
    used: bool,
}

impl Ignores {
    /// Collects the comments of a file. `today` is compared with `until=`; `known` says whether a rule exists, and
    /// gives the nearest name if it does not.
    pub fn read(&mut self, path: &str, text: &str, today: Date, known: &dyn Fn(&str) -> Result<(), Option<String>>) {
        let others = OTHERS.iter().any(|(mark, _)| text.contains(mark));
        if !others && !text.contains("stanch:") {
            return;
        }
        for (number, line) in (1_u32..).zip(text.lines()) {
            if others && let Some((mark, next)) = OTHERS.iter().find(|(mark, _)| line.contains(mark)) {
                let rules = vec![Named { rule: "hardcoded-key".to_owned(), used: true }];
                let reason = Some((*mark).to_owned());
                self.comments.push(Comment { path: path.to_owned(), line: number, alone: *next, rules, reason });
            }
            let Some(at) = comment_start(line) else { continue };
            match parse(&line[at..], today, known) {
                Ok(Some((rules, reason))) => {
                    let rules = rules.into_iter().map(|rule| Named { rule, used: false }).collect();
                    let alone = line[..at].trim().is_empty();
                    self.comments.push(Comment { path: path.to_owned(), line: number, alone, rules, reason });
                }
                Ok(None) => {}
                Err(wrong) => self.notes.push((path.to_owned(), number, wrong)),
            }
        }
    }

    /// Suppresses the findings that comments name.
    pub fn apply(&mut self, findings: &mut [Finding]) {
        for finding in findings.iter_mut().filter(|finding| finding.suppressed.is_none()) {
            let Some(source) = finding.source().cloned() else { continue };
            for comment in self.comments.iter_mut().filter(|comment| comment.path == source.path) {
                let inside = (source.line..=source.end_line.max(source.line)).contains(&comment.line);
                let above = comment.alone && comment.line + 1 == source.line;
                if !inside && !above {
                    continue;
                }
                if let Some(named) = comment.rules.iter_mut().find(|named| named.rule == finding.rule.id) {
                    named.used = true;
                    finding.suppressed =
                        Some(Suppressed { by: "ignore-comment".to_owned(), reason: comment.reason.clone() });
                }
            }
        }
    }

    /// Refused, expired and unused comments, in order of place.
    #[must_use]
    pub fn into_notes(self) -> Vec<String> {
        let mut notes = self.notes;
        for comment in self.comments {
            for Named { rule, .. } in comment.rules.into_iter().filter(|named| !named.used) {
                let unused = format!("`ignore[{rule}]` matches no finding of this run; remove it if it stays so");
                notes.push((comment.path.clone(), comment.line, unused));
            }
        }
        notes.sort();
        notes.into_iter().map(|(path, line, note)| format!("{path}:{line}: {note}")).collect()
    }
}

/// A day of the proleptic Gregorian calendar. Ordered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Date {
    year: i64,
    month: u32,
    day: u32,
}

impl Date {
    /// The day of a Unix time in seconds, UTC. After Howard Hinnant's `civil_from_days`.
    #[must_use]
    pub const fn from_unix(seconds: u64) -> Self {
        let days = (seconds / 86_400) as i64 + 719_468;
        let era = days.div_euclid(146_097);
        let day_of_era = days.rem_euclid(146_097);
        let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
        let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let shifted = (5 * day_of_year + 2) / 153;
        let day = (day_of_year - (153 * shifted + 2) / 5 + 1) as u32;
        let month = if shifted < 10 { shifted + 3 } else { shifted - 9 } as u32;
        let year = year_of_era + era * 400 + if month <= 2 { 1 } else { 0 };
        Self { year, month, day }
    }

    /// `2027-01-31`; none if it is no such date.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let mut parts = text.split('-');
        let (year, month, day) = (parts.next()?, parts.next()?, parts.next()?);
        if parts.next().is_some() || (year.len(), month.len(), day.len()) != (4, 2, 2) {
            return None;
        }
        let date = Self { year: year.parse().ok()?, month: month.parse().ok()?, day: day.parse().ok()? };
        ((1..=12).contains(&date.month) && (1..=31).contains(&date.day)).then_some(date)
    }
}

type Parsed = (Vec<String>, Option<String>);

/// Reads a comment from its `#`. None if it is not for us, an error in words if it cannot be followed.
fn parse(
    comment: &str,
    today: Date,
    known: &dyn Fn(&str) -> Result<(), Option<String>>,
) -> Result<Option<Parsed>, String> {
    let marks = ['#', '/', '*', '-', ';', '<', '!'];
    let Some(rest) = comment.trim_start_matches(marks).trim_start().strip_prefix("stanch:") else { return Ok(None) };
    let Some(rest) = rest.trim_start().strip_prefix("ignore") else {
        return Err("`# stanch:` is followed by nothing known; write `# stanch: ignore[rule] reason`".to_owned());
    };
    let blanket =
        || "an ignore has to name its rules: `# stanch: ignore[rule] reason`; this one is not followed".to_owned();
    let (list, rest) = rest.trim_start().strip_prefix('[').and_then(|rest| rest.split_once(']')).ok_or_else(blanket)?;
    let rules: Vec<&str> = list.split(',').map(str::trim).filter(|rule| !rule.is_empty()).collect();
    if rules.is_empty() {
        return Err(blanket());
    }
    for rule in &rules {
        if let Err(nearest) = known(rule) {
            let hint = nearest.map_or_else(String::new, |name| format!(" (did you mean `{name}`?)"));
            return Err(format!("no rule is called `{rule}`{hint}; this ignore is not followed"));
        }
    }
    // What closes a comment is no reason.
    let mut reason = rest.trim().trim_end_matches("*/").trim_end_matches("-->").trim_end();
    if let Some(dated) = reason.strip_prefix("until=") {
        let (date, rest) = dated.split_once(char::is_whitespace).unwrap_or((dated, ""));
        let until = Date::parse(date).ok_or_else(|| format!("`until={date}` is no date; write `until=2027-01-31`"))?;
        if until < today {
            return Err(format!("`ignore[{list}]` expired on {date}: what it named counts again"));
        }
        reason = rest.trim();
    }
    let rules = rules.into_iter().map(str::to_owned).collect();
    Ok(Some((rules, (!reason.is_empty()).then(|| reason.to_owned()))))
}

/// Where the line's comment begins: a `#`, `//`, `/*`, `--`, `;` or `<!--` outside of quotes.
fn comment_start(line: &str) -> Option<usize> {
    if !line.contains("stanch:") {
        return None;
    }
    let mut quote = None;
    let mut escaped = false;
    for (at, character) in line.char_indices() {
        match (quote, character) {
            _ if escaped => escaped = false,
            (Some(_), '\\') => escaped = true,
            (Some(open), _) if open == character => quote = None,
            (None, '"' | '\'') => quote = Some(character),
            (None, '#') => return Some(at),
            (None, '/' | '-' | ';' | '<') if is_ours(&line[at..]) => return Some(at),
            _ => {}
        }
    }
    None
}

/// Whether a comment that begins here is for us.
fn is_ours(text: &str) -> bool {
    ["//", "/*", "--", ";", "<!--"]
        .iter()
        .any(|mark| text.strip_prefix(mark).is_some_and(|rest| rest.trim_start().starts_with("stanch:")))
}

#[cfg(test)]
mod tests {
    use super::{Date, comment_start, parse};

    fn read(comment: &str) -> Result<Option<super::Parsed>, String> {
        parse(comment, Date::from_unix(1_750_000_000), &|rule| match rule {
            "key-in-log" | "key-in-url" => Ok(()),
            _ => Err(Some("key-in-log".to_owned())),
        })
    }

    #[test]
    fn rules_date_and_reason_are_read() {
        assert_eq!(read("# nothing of ours"), Ok(None));
        let both = vec!["key-in-log".to_owned(), "key-in-url".to_owned()];
        assert_eq!(read("#stanch: ignore[key-in-log, key-in-url] ok"), Ok(Some((both, Some("ok".to_owned())))));
        let until = read("# stanch: ignore[key-in-log] until=2031-01-31 for now");
        assert_eq!(until, Ok(Some((vec!["key-in-log".to_owned()], Some("for now".to_owned())))));
    }

    #[test]
    fn what_cannot_be_followed_says_why() {
        for (comment, said) in [
            ("# stanch: ignore", "has to name its rules"),
            ("# stanch: ignore[]", "has to name its rules"),
            ("# stanch: ignore[key-in-lgo]", "did you mean `key-in-log`?"),
            ("# stanch: ignore[key-in-log] until=2020-01-01", "expired on 2020-01-01"),
            ("# stanch: ignore[key-in-log] until=soon", "is no date"),
            ("# stanch: off", "nothing known"),
        ] {
            assert!(read(comment).is_err_and(|wrong| wrong.contains(said)), "{comment}");
        }
    }

    #[test]
    fn a_comment_begins_outside_of_quotes() {
        assert_eq!(comment_start("x = '#' # stanch: ignore[a]"), Some(8));
        assert_eq!(comment_start("x = \"# stanch: ignore[a]\""), None);
        assert_eq!(comment_start("const k = 'a'; // stanch: ignore[a]"), Some(15));
        assert_eq!(comment_start("<k>a</k> <!-- stanch: ignore[a] -->"), Some(9));
        assert_eq!(comment_start("a // b stanch: ignore[a]"), None);
    }

    #[test]
    fn days_are_those_of_the_calendar() {
        for (seconds, date) in [(0, "1970-01-01"), (951_782_400, "2000-02-29"), (1_767_225_599, "2025-12-31")] {
            assert_eq!(Some(Date::from_unix(seconds)), Date::parse(date));
        }
    }
}
