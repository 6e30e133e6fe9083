//! Keys of known vendor formats: a literal prefilter over the whole text, then the pattern itself at each hit.

mod allow;
mod builtin;
mod check;
mod context;
pub(crate) mod decode;
mod gate;
mod gitleaks;
mod near;
mod prefilter;
mod rule;
mod stream;

use std::ops::Range;
use std::sync::LazyLock;

pub use builtin::{Provider, providers};
pub use check::aws_account_id;
pub use gitleaks::{LeftOut, RulesError};
use prefilter::Prefilter;
use rule::{Rule, Trigger};
pub use stream::StreamScanner;

/// How sure it is that what matched is a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Confidence {
    /// The shape is that of many things.
    Low,
    /// The shape and a name beside it.
    Medium,
    /// A format that nothing else has.
    High,
}

/// One key found in text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Match {
    /// Pattern id, a kebab-case word: `aws-access-key-id`.
    pub kind: &'static str,
    /// Byte range of the key itself, without the name or quotes around it; of the encoded text if it was encoded.
    pub range: Range<usize>,
    /// How sure it is. A checksum that holds raises it, one that does not lowers it.
    pub confidence: Confidence,
}

/// Finds keys of known vendor formats.
#[derive(Debug)]
pub struct Detector {
    rules: Vec<Rule>,
    prefilter: Prefilter,
    /// Rule and trigger of each text in the prefilter.
    triggers: Vec<(usize, Trigger)>,
    /// Rules that no text of the prefilter announces.
    always: Vec<usize>,
}

/// Texts inside texts are followed this deep: base64 in a URL parameter in JSON.
const DEPTH: u8 = 3;

impl Detector {
    /// The patterns that come with the program.
    #[must_use]
    pub fn builtin() -> Self {
        Self::of(builtin::rules())
    }

    /// The built-in patterns, prepared once for the whole process.
    pub fn shared() -> &'static Self {
        static SHARED: LazyLock<Detector> = LazyLock::new(Detector::builtin);
        &SHARED
    }

    /// The built-in patterns and those of a rule file in the format of gitleaks (`[[rules]]` with `id`, `regex`,
    /// `keywords`, `entropy`, `secretGroup` and allow lists), with the rules of that file that cannot be used here.
    /// Pattern ids live as long as the process.
    ///
    /// # Errors
    /// The text is no such file.
    pub fn with_gitleaks_rules(toml: &str) -> Result<(Self, Vec<LeftOut>), RulesError> {
        let (own, left_out) = gitleaks::rules(toml)?;
        let mut rules = builtin::rules();
        rules.extend(own);
        Ok((Self::of(rules), left_out))
    }

    fn of(rules: Vec<Rule>) -> Self {
        let mut triggers = Vec::new();
        let mut texts: Vec<(&str, bool)> = Vec::new();
        for (index, rule) in rules.iter().enumerate() {
            for (text, trigger) in rule.triggers() {
                texts.push((text, trigger == Trigger::Literal && rule.is_exact()));
                triggers.push((index, trigger));
            }
        }
        let prefilter = Prefilter::new(texts);
        let silent = |rule: &Rule| rule.near.is_none() && rule.triggers().next().is_none();
        let always = rules.iter().enumerate().filter(|(_, rule)| silent(rule)).map(|(index, _)| index).collect();
        Self { rules, prefilter, triggers, always }
    }

    /// Every key that stands in the text as it is, in order, none overlapping another.
    pub fn find<'h>(&'h self, text: &'h [u8]) -> impl Iterator<Item = Match> + 'h {
        resolve(self.plain(text)).into_iter()
    }

    /// Every key in the text, those too that stand in it as base64, hex, percent-encoded or with escapes of JSON or
    /// HTML, one inside the other to a depth of three. In order, none overlapping another.
    #[must_use]
    pub fn find_decoded(&self, text: &[u8]) -> Vec<Match> {
        let mut found = self.plain(text);
        decode::through(text, &mut |inner, outer| found.extend(self.inside(inner, outer)));
        resolve(found)
    }

    /// What [`Detector::find_decoded`] finds in one text inside another, told by its place in the outermost.
    pub(crate) fn inside(&self, text: &[u8], outer: &dyn Fn(&Range<usize>) -> Range<usize>) -> Vec<Match> {
        let mut found = self.plain(text);
        for hit in &mut found {
            hit.range = outer(&hit.range);
        }
        found
    }

    pub(crate) fn plain(&self, text: &[u8]) -> Vec<Match> {
        let mut found = Vec::new();
        let mut woken = self.always.clone();
        self.prefilter.find(text, |id, hit| match self.triggers[id] {
            (rule, Trigger::Keyword) if woken.last() == Some(&rule) => {}
            (rule, Trigger::Keyword) => woken.push(rule),
            (rule, trigger) => self.rules[rule].verify(text, hit, trigger, &mut found),
        });
        woken.sort_unstable();
        woken.dedup();
        for rule in woken {
            self.rules[rule].search(text, 0..text.len(), &mut found);
        }
        near::pairs(&self.rules, text, &mut found);
        context::keys(text, &mut found);
        found
    }

    /// Number of patterns.
    #[must_use]
    pub fn len(&self) -> usize {
        self.rules.len()
    }

    /// Whether there is no pattern at all.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rules.is_empty()
    }
}

/// Of overlapping matches the surest stays, then the longest, then the first.
pub(crate) fn resolve(mut found: Vec<Match>) -> Vec<Match> {
    if found.len() < 2 {
        return found;
    }
    found.sort_by(|a, b| {
        (a.range.start, b.range.end, b.confidence, a.kind).cmp(&(b.range.start, a.range.end, a.confidence, b.kind))
    });
    let mut out: Vec<Match> = Vec::with_capacity(found.len());
    for hit in found {
        match out.last_mut() {
            Some(last) if hit.range.start < last.range.end => {
                let better = (hit.confidence, hit.range.len()) > (last.confidence, last.range.len());
                if better {
                    *last = hit;
                }
            }
            _ => out.push(hit),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use base64::Engine as _;

    use super::Detector;

    fn key() -> String {
        format!("{}{}", "AKIA", "QYLPMN5HHHFPZAM2")
    }

    #[test]
    fn the_key_alone_is_found() {
        let text = format!("id={}, name=x", key());
        let found: Vec<_> = Detector::shared().find(text.as_bytes()).collect();
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].kind, "aws-access-key-id");
        assert_eq!(found[0].range, 3..23);
    }

    #[test]
    fn a_key_is_seen_through_its_encodings() {
        let base64 = |text: &str| base64::engine::general_purpose::STANDARD.encode(text);
        let hex = |text: &str| text.bytes().map(|byte| format!("{byte:02x}")).collect::<String>();
        for text in [
            base64(&format!("id={}", key())),
            base64(&base64(&format!("the id is {}", key()))),
            hex(&format!("id {}", key())),
            format!("q=%41KIA{}", &key()[4..]),
            format!("\"\\u0041KIA{}\"", &key()[4..]),
            format!("&#65;KIA{}", &key()[4..]),
            format!("id={}", base64(&format!("{{\"id\":\"\\u0041KIA{}\"}}", &key()[4..]))),
        ] {
            let found = Detector::shared().find_decoded(format!("x {text} y").as_bytes());
            assert_eq!(found.iter().map(|hit| hit.kind).collect::<Vec<_>>(), ["aws-access-key-id"], "{text}");
        }
    }
}
