//! Texts of an answer that give something away by themselves: tracebacks, the debugger's page, errors of the SDK.

use std::ops::Range;

use super::sign::{Kind, Way};

/// What stands in a text, with its place. Only what reaches a client counts: in a log it is where it belongs.
pub(super) fn in_text(text: &[u8], way: &Way) -> impl Iterator<Item = (Kind, Range<usize>)> {
    let text = if *way == Way::Body { text } else { &[] };
    let debugger = find(text, b"<title>").zip(find(text, b"__debugger__")).map(|(_, at)| (Kind::Debugger, at));
    let traceback = find(text, b"Traceback (most recent call last)").map(|at| (Kind::Traceback, at));
    // The debugger shows a traceback too; that is one defect.
    let traceback = traceback.filter(|_| debugger.is_none());
    let sdk = SDK_ERRORS.iter().find_map(|words| all(text, words)).map(|at| (Kind::SdkError, at));
    [debugger, traceback, sdk].into_iter().flatten()
}

/// Words that stand together only in what botocore says of an error: the text of its exceptions, the text of AWS about a
/// missing permission, the answer that the exception carries.
const SDK_ERRORS: [&[&[u8]]; 3] = [
    &[b"An error occurred (", b") when calling the ", b" operation"],
    &[b"is not authorized to perform: dynamodb:", b"arn:aws:"],
    &[b"ResponseMetadata", b"HTTPStatusCode", b"Error", b"Exception"],
];

/// The place of the first word, if all stand in the text.
fn all(text: &[u8], words: &[&[u8]]) -> Option<Range<usize>> {
    let first = find(text, words.first()?)?;
    words.iter().all(|word| find(text, word).is_some()).then_some(first)
}

fn find(text: &[u8], word: &[u8]) -> Option<Range<usize>> {
    let at = text.windows(word.len()).position(|window| window == word)?;
    Some(at..at + word.len())
}

#[cfg(test)]
mod tests {
    use super::{Kind, Way, in_text};

    fn kinds(text: &str) -> Vec<Kind> {
        in_text(text.as_bytes(), &Way::Body).map(|(kind, _)| kind).collect()
    }

    #[test]
    fn errors_are_known_by_words_that_nothing_else_says() {
        assert_eq!(kinds("Traceback (most recent call last):\n  File \"a.py\""), [Kind::Traceback]);
        assert_eq!(
            kinds(r#"{"error": "An error occurred (ValidationException) when calling the GetItem operation: x"}"#),
            [Kind::SdkError]
        );
        assert_eq!(kinds("an error occurred"), []);
    }
}
