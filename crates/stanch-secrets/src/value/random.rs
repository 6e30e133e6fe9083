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
    // Runs of letters, cut at humps too: `DistributionList.NextMarker` is four words, `CreateableAPIResource` three.
    let mut runs: Vec<&[u8]> = Vec::new();
    let mut start = 0;
    let upper = |at: usize| bytes.get(at).is_some_and(u8::is_ascii_uppercase);
    let lower = |at: usize| bytes.get(at).is_some_and(u8::is_ascii_lowercase);
    for at in 0..=bytes.len() {
        let letter = bytes.get(at).is_some_and(u8::is_ascii_alphabetic);
        let hump = at > start && upper(at) && (lower(at - 1) || upper(at - 1) && lower(at + 1));
        if !letter || hump {
            if at > start {
                runs.push(&bytes[start..at]);
            }
            start = if letter { at } else { at + 1 };
        }
    }
    let lettered: usize = runs.iter().map(|run| run.len()).sum();
    let wordlike = |run: &&&[u8]| {
        let one_case = run[1..].iter().all(u8::is_ascii_lowercase) || run.iter().all(u8::is_ascii_uppercase);
        let vowels = run.iter().filter(|byte| b"aeiouyAEIOUY".contains(byte)).count();
        run.len() > 3 && one_case && vowels * 6 >= run.len() && vowels * 5 <= run.len() * 4
            || run.len() == 3 && one_case && (1..3).contains(&vowels)
    };
    let words: usize = runs.iter().filter(wordlike).map(|run| run.len()).sum();
    // Acronyms between words are words: `ListHostedZonesByVPCResponse`.
    let longest = runs.iter().filter(wordlike).map(|run| run.len()).max().unwrap_or(0);
    let acronyms: usize = match longest {
        7.. => runs
            .iter()
            .filter(|run| (2..6).contains(&run.len()) && run.iter().all(u8::is_ascii_uppercase))
            .map(|run| run.len())
            .sum(),
        _ => 0,
    };
    let few_digits = digits * 3 <= value.len() || longest > 6 && digits * 2 <= value.len();
    let tenths = if longest > 6 { 6 } else { 7 };
    few_digits && lettered > 0 && (words + acronyms) * 10 >= lettered * tenths
}

/// Shannon entropy of the bytes, in bits a byte.
#[must_use]
pub fn entropy(value: &[u8]) -> f64 {
    let mut counts = [0_u32; 256];
    for byte in value {
        counts[usize::from(*byte)] += 1;
    }
    let total = f64::from(u32::try_from(value.len()).unwrap_or(u32::MAX));
    counts
        .iter()
        .filter(|count| **count > 0)
        .map(|count| f64::from(*count) / total)
        .map(|share| -share * share.log2())
        .sum()
}
