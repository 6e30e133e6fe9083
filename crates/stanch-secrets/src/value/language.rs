//! Whether letters follow one another as they do in language.

/// How much more often a letter follows another in words than in random text, in halves of a bit: `j` is as often, each
/// letter before it half a bit less, each behind it half a bit more. Rows are first letters, columns second ones; counted
/// over 50,000 different words of English and of identifiers in Python sources.
const FOLLOWS: [&[u8; 26]; 26] = [
    b"imnmgilgldjomodlcpnpkiiijf",
    b"lhiglfddkgdmfekfbjjfjccbhb",
    b"ngjimhenkbllhfohckjmjedcgc",
    b"lhijoigendeihglgcjkijfddfa",
    b"mjnollkgjdhnmpikiqpohkjmje",
    b"kfhhkkecmabjfflfajiijbccfa",
    b"jdfenegijacigiieakjgiccbdb",
    b"mddemdbdlaeggfleahgihccaga",
    b"lknllkldeegmmrnkdlnnfkchck",
    b"gbcdgbaaeacbabgdaafagacaaa",
    b"ideelddfjbcgefhdafiffceaea",
    b"nghkphfdocfmgfnhagkkkgdckc",
    b"ojfhnfdclaeijfllbfjgjdcbga",
    b"ngmnnkofmeiigjmhcgnojkecfe",
    b"ijlmhjjfidimmpklaomlmjkgfd",
    b"ndhgngejkaelefmjcmjkidebja",
    b"abbcabaaaaafabaacdeekbaaaa",
    b"ohkkqhjeobijkjnibkmmjhfbjc",
    b"kflhohglnbijihllghmpmfgdjd",
    b"ohkipiempcfjihnjcomlkfgelg",
    b"jkjikhhbjadlkngkallmcdaebd",
    b"ldfdmccckaadedheaegebacaca",
    b"jcfejebgkadedgieahiebbbbba",
    b"fdgehfadhaaegcdjadejbcbfea",
    b"gegfhedcfabghhfkafihdddccd",
    b"gaabkbacgaaccafbabcbbaaacd",
];

/// Mean over all pairs of letters in a row, in halves of a bit, and the number of pairs. Random text has about -3, words
/// +2. Pairs over a hump (`camelCase`) are no pairs.
fn mean(value: &[u8]) -> (f32, u16) {
    let (mut sum, mut pairs) = (0_i32, 0_u16);
    for pair in value.windows(2).take(512) {
        let (first, second) = (pair[0], pair[1]);
        let hump = first.is_ascii_lowercase() && second.is_ascii_uppercase();
        if !first.is_ascii_alphabetic() || !second.is_ascii_alphabetic() || hump {
            continue;
        }
        let place = |letter: u8| usize::from(letter.to_ascii_lowercase() - b'a');
        sum += i32::from(FOLLOWS[place(first)][place(second)]) - i32::from(b'j');
        pairs += 1;
    }
    (if pairs == 0 { 0.0 } else { sum as f32 / f32::from(pairs) }, pairs)
}

/// Whether the letters are too unlike any language to be words. Few letters are only taken for noise if nothing of a word
/// is in them.
pub(super) fn is_noise(value: &str) -> bool {
    let (mean, pairs) = mean(value.as_bytes());
    pairs >= 5 && mean < if pairs < 10 { -1.6 } else { -0.4 }
}

#[cfg(test)]
mod tests {
    use super::is_noise;

    #[test]
    fn words_are_told_from_noise() {
        for noise in
            ["smcud4y6elxx7u6q58ewwv8rq01hpi3f", "mlhekyjhs96mx0r2cxbzky4jzr83fw1q", "XQJKWVZBNGTFDRPL", "qzxvkjwpgbhm"]
        {
            assert!(is_noise(noise), "{noise}");
        }
        for words in [
            "dev-secret-key-2024",
            "DistributionList.NextMarker",
            "this-is-really-not-a-key",
            "wysiwyg-clear-left",
            "5f1c02d9a7be4368f0d2c4b6e8a19375",
            "internationalisation",
            "correcthorsebatterystaple",
            "xml2js",
        ] {
            assert!(!is_noise(words), "{words}");
        }
    }
}
