//! Whether text looks drawn at random.

/// Whether the value has what generated keys have: length, several classes of characters, little repetition.
#[must_use]
pub fn is_random(value: &str) -> bool {
    if value.len() < 8 || value.contains(' ') {
        return false;
    }
    let has = |class: fn(&u8) -> bool| value.as_bytes().iter().any(class);
    let digit = has(u8::is_ascii_digit);
    let letter = has(u8::is_ascii_alphabetic);
    let mixed = has(u8::is_ascii_lowercase) && has(u8::is_ascii_uppercase);
    let entropy = entropy(value.as_bytes());
    match value.len() {
        8..16 => {
            digit
                && letter
                && entropy > 2.7
                && (mixed || value.bytes().any(|byte| byte.is_ascii_punctuation()))
                && !is_wordy(value)
        }
        _ => entropy > 3.0 && ((digit && letter) || (mixed && entropy > 3.7)) && !is_wordy(value),
    }
}

/// Whether the letters are words with separators rather than noise: in `dev-secret-key-2024` long runs of one case
/// hold vowels at the rate of language, in a key they do not.
pub(crate) fn is_wordy(value: &str) -> bool {
    let bytes = value.as_bytes();
    let digits = bytes.iter().filter(|byte| byte.is_ascii_digit()).count();
    if super::language::is_noise(value) {
        return false;
    }
    let (mut lettered, mut words, mut longest, mut acronyms) = (0, 0, 0, 0);
    for run in runs(bytes) {
        lettered += run.len();
        if is_word(run) {
            words += run.len();
            longest = longest.max(run.len());
        } else if (2..6).contains(&run.len()) && run.iter().all(u8::is_ascii_uppercase) {
            acronyms += run.len();
        }
    }
    // Acronyms between words are words: `ListHostedZonesByVPCResponse`.
    if longest < 7 {
        acronyms = 0;
    }
    let few_digits = digits * 3 <= value.len() || longest > 6 && digits * 2 <= value.len();
    let tenths = if longest > 6 { 6 } else { 7 };
    few_digits && lettered > 0 && (words + acronyms) * 10 >= lettered * tenths
}

/// Runs of letters, cut at humps too: `DistributionList.NextMarker` is four words, `CreateableAPIResource` three.
fn runs(bytes: &[u8]) -> impl Iterator<Item = &[u8]> {
    let upper = |at: usize| bytes.get(at).is_some_and(u8::is_ascii_uppercase);
    let lower = |at: usize| bytes.get(at).is_some_and(u8::is_ascii_lowercase);
    let (mut start, mut at) = (0, 0);
    std::iter::from_fn(move || {
        while at <= bytes.len() {
            let letter = bytes.get(at).is_some_and(u8::is_ascii_alphabetic);
            let hump = at > start && upper(at) && (lower(at - 1) || upper(at - 1) && lower(at + 1));
            let run = start..at;
            at += 1;
            if !letter || hump {
                start = if letter { at - 1 } else { at };
                if !run.is_empty() {
                    return Some(&bytes[run]);
                }
            }
        }
        None
    })
}

/// Whether a run of letters of one case holds vowels at the rate of language.
fn is_word(run: &[u8]) -> bool {
    let one_case = run[1..].iter().all(u8::is_ascii_lowercase) || run.iter().all(u8::is_ascii_uppercase);
    let vowels = run.iter().filter(|byte| b"aeiouyAEIOUY".contains(byte)).count();
    run.len() > 3 && one_case && vowels * 6 >= run.len() && vowels * 5 <= run.len() * 4
        || run.len() == 3 && one_case && (1..3).contains(&vowels)
}

/// Shannon entropy of the bytes, in bits a byte.
#[must_use]
pub fn entropy(value: &[u8]) -> f64 {
    let mut counts = [0_u32; 256];
    for byte in value {
        counts[usize::from(*byte)] += 1;
    }
    let total = f64::from(u32::try_from(value.len()).unwrap_or(u32::MAX));
    // In a short text only its own bytes are looked at, each where it stands first.
    let mut parts = 0.0;
    for byte in value {
        let count = std::mem::take(&mut counts[usize::from(*byte)]);
        if count > 0 {
            let share = f64::from(count) / total;
            parts -= share * share.log2();
        }
    }
    parts
}

/// Whether the text was typed from a row of the alphabet, of digits or of the keyboard, or repeats a few bytes.
pub(crate) fn is_row(value: &[u8]) -> bool {
    const SHORTEST: usize = 16;
    let steps = value.windows(2).filter(|pair| pair[0].abs_diff(pair[1]) == 1).count();
    let again = |period: usize| {
        // Random text is given up after a few bytes.
        let most = (value.len() - period) / 10;
        value.iter().zip(&value[period..]).filter(|(a, b)| a != b).take(most + 1).count() <= most
    };
    value.len() > SHORTEST
        && entropy(value) > 1.5
        && (steps * 3 > value.len() * 2 || (1..=value.len() / 2).take(20).any(again))
}

/// Whether one byte fills the text but for a beginning: `AIzaaaaaaaaaaaaaaaaaaaaa`.
pub(crate) fn is_filled(value: &[u8]) -> bool {
    let Some(last) = value.last() else { return false };
    let run = value.iter().rev().take_while(|byte| *byte == last).count();
    run >= 8 && run * 3 > value.len() * 2
}
