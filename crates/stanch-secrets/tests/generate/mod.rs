//! Fills templates such as `ghp_{alnum:36}` with characters from a seeded generator, so that no test holds a key.
#![expect(clippy::expect_used, clippy::panic, reason = "a template that cannot be filled fails the test")]

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

const DIGIT: &str = "0123456789";
const LOWER: &str = "abcdefghijklmnopqrstuvwxyz";
const UPPER: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";

/// xorshift64*: small, and the same on every machine.
struct Generator(u64);

impl Generator {
    fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1)
    }

    fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 33
    }

    fn text(&mut self, alphabet: &str, length: usize) -> String {
        let alphabet = alphabet.as_bytes();
        (0..length).map(|_| char::from(alphabet[self.next() as usize % alphabet.len()])).collect()
    }
}

pub(crate) fn expand(template: &str, seed: u64) -> String {
    let hash = template.bytes().fold(seed + 11, |hash, byte| hash.wrapping_mul(0x0100_0000_01B3) ^ u64::from(byte));
    let mut generator = Generator::new(hash);
    let mut out = String::new();
    let mut rest = template;
    while let Some(open) = rest.find('{') {
        out.push_str(&rest[..open]);
        let tail = &rest[open + 1..];
        match tail.find('}').and_then(|close| Some((fill(&tail[..close], &mut generator)?, close))) {
            Some((text, close)) => {
                out.push_str(&text);
                rest = &tail[close + 1..];
            }
            None => {
                out.push('{');
                rest = tail;
            }
        }
    }
    out + rest
}

fn fill(field: &str, generator: &mut Generator) -> Option<String> {
    let encode = |text: &str| URL_SAFE_NO_PAD.encode(text);
    let word = |generator: &mut Generator, length| generator.text(&format!("{LOWER}{UPPER}{DIGIT}"), length);
    match field {
        "_" => return Some(String::new()),
        "uuid" => {
            let parts: Vec<String> =
                [8, 4, 4, 4, 12].iter().map(|length| generator.text("0123456789abcdef", *length)).collect();
            return Some(parts.join("-"));
        }
        "jwt" => {
            let payload = format!("{{\"sub\":\"{}\",\"exp\":1999999999}}", generator.text(DIGIT, 10));
            return Some(format!(
                "{}.{}.{}",
                encode("{\"alg\":\"HS256\",\"typ\":\"JWT\"}"),
                encode(&payload),
                word(generator, 43)
            ));
        }
        "jwe" => {
            let header = encode("{\"alg\":\"RSA-OAEP\",\"enc\":\"A256GCM\"}");
            return Some(format!(
                "{header}.{}.{}.{}.{}",
                word(generator, 64),
                word(generator, 16),
                word(generator, 80),
                word(generator, 22)
            ));
        }
        "flask" => {
            let payload = encode(&format!("{{\"user\":\"{}\"}}", word(generator, 9)));
            return Some(format!("{payload}.{}.{}", word(generator, 6), word(generator, 27)));
        }
        _ => {}
    }
    let (name, length) = field.split_once(':')?;
    let length: usize = length.parse().ok()?;
    let alphabet = match name {
        "alnum" => format!("{LOWER}{UPPER}{DIGIT}"),
        "alpha" => format!("{LOWER}{UPPER}"),
        "lower" => LOWER.to_owned(),
        "upper" => UPPER.to_owned(),
        "digit" => DIGIT.to_owned(),
        "hex" => "0123456789abcdef".to_owned(),
        "lowernum" => format!("{LOWER}{DIGIT}"),
        "uppernum" => format!("{UPPER}{DIGIT}"),
        "base32" => format!("{UPPER}234567"),
        "b64" | "b64mix" => format!("{LOWER}{UPPER}{DIGIT}+/"),
        "b64url" => format!("{LOWER}{UPPER}{DIGIT}-_"),
        "bcrypt" => format!("{LOWER}{UPPER}{DIGIT}./"),
        _ => panic!("no alphabet {name}"),
    };
    let mut text = generator.text(&alphabet, length);
    if name == "b64mix" || name == "b64" && length == 40 {
        text.replace_range(..3, "aZ7");
    }
    // A key that ends in a dash could not be told from the dash of its surroundings.
    if name == "b64url" && length > 0 {
        text.pop().expect("not empty");
        text.push('x');
    }
    Some(text)
}

#[test]
fn the_same_seed_gives_the_same_text() {
    assert_eq!(expand("a{hex:8}b{", 1), expand("a{hex:8}b{", 1));
    assert_ne!(expand("a{hex:8}b", 1), expand("a{hex:8}b", 2));
    assert_eq!(expand("{_}x{y}", 0), "x{y}");
    assert_eq!(expand("{jwt}", 0).split('.').count(), 3);
    serde_json::from_slice::<serde_json::Value>(
        &URL_SAFE_NO_PAD.decode(expand("{jwt}", 0).split('.').next().expect("a part")).expect("base64"),
    )
    .expect("JSON");
}
