//! Whether a value given to a key's name in a file is a key left there.

use super::FileKind;
use super::around::{
    ends_literal, in_arn, in_event, in_example, in_instruction, in_test_section, in_test_settings, is_name_itself,
    takes_setting,
};
use super::login::is_harmless_url;
use crate::Confidence;
use crate::assign::{Assignment, Operator};
use crate::names::{KeyKind, key_kind, words};
use crate::value::{Verdict, is_random, is_wordy};

/// Where in which file.
pub(super) struct Place {
    pub(super) file: FileKind,
    pub(super) commented: bool,
    /// In a docstring.
    pub(super) prose: bool,
}

/// How sure it is that the value is a key left in the file; none if it is none.
pub(super) fn confidence(
    text: &[u8],
    found: &Assignment,
    name: &str,
    value: &str,
    verdict: Verdict,
    place: &Place,
) -> Option<Confidence> {
    if !found.quoted && !place.file.takes_bare() && found.operator != Operator::Element {
        return None;
    }
    if found.template && value.contains('{') || value.contains("%s") || value.contains("{}") {
        return None;
    }
    if is_elsewhere(value)
        || is_version(value)
        || is_translation(value)
        || ends_literal(text, found)
        || found.quoted && is_name_itself(&text[found.value.end..])
        || in_example(text, found.name.start)
        || in_event(text, found.name.start)
        || in_test_settings(text, found.name.start)
        || is_open_connection(name, value)
        || words(name).last().is_some_and(|last| last == "stdin")
        || in_arn(text, found.name.start)
        || matches!(found.kind, KeyKind::ApiKey | KeyKind::Token) && is_sample(value)
        || is_harmless_url(text, found, value)
        || names_stored(text, found, name, value)
        || speaks_of_a_name(name, value)
            && (!is_flask_secret(name)
                || value.starts_with("AWS")
                || value.starts_with("aws_")
                || is_own_name(name, value))
            && !(found.quoted && is_bare_secret(text, name))
            && !super::arguments::is_compared(text, found.name.start)
    {
        return None;
    }
    if found.operator == Operator::Comma && !takes_setting(text, found.name.start) {
        return None;
    }
    // Session data, cards and one-time codes in files are samples; digests are judged by their format.
    if matches!(found.kind, KeyKind::Session | KeyKind::Card | KeyKind::KeyHash | KeyKind::PasswordHash) {
        return None;
    }
    let doubtful = place.commented
        || place.prose
        || matches!(place.file, FileKind::Template | FileKind::Test | FileKind::Prose | FileKind::Generated)
        || place.file == FileKind::Config && verdict != Verdict::Strong && in_test_section(text, found.name.start);
    match verdict {
        Verdict::Strong if matches!(place.file, FileKind::Generated) => None,
        Verdict::Strong if matches!(found.kind, KeyKind::Pin | KeyKind::Mfa) => None,
        Verdict::Strong if place.prose || matches!(place.file, FileKind::Test | FileKind::Prose) => {
            Some(Confidence::Low)
        }
        Verdict::Strong if doubtful => Some(Confidence::Medium),
        Verdict::Strong => Some(if found.quoted && value.len() >= 16 { Confidence::High } else { Confidence::Medium }),
        Verdict::Nothing
            if !doubtful
                && is_default_word(value)
                && (is_flask_secret(name)
                    || found.quoted && is_bare_secret(text, name)
                    || super::arguments::is_compared(text, found.name.start)) =>
        {
            Some(Confidence::Medium)
        }
        // What was never replaced signs sessions and tokens all the same.
        Verdict::Placeholder if !doubtful && found.quoted && is_flask_secret(name) && signs(text, name, value) => {
            Some(Confidence::Medium)
        }
        Verdict::Placeholder if !doubtful && found.quoted && is_aws(text, name) && is_made_up(value) => {
            Some(Confidence::Low)
        }
        // No real AWS key is guessable: such a pair opens a local emulator.
        Verdict::Weak
            if !doubtful
                && is_credible(text, found, name, value)
                && !in_instruction(text, found.name.start, place.file) =>
        {
            Some(if is_aws(text, name) { Confidence::Low } else { Confidence::Medium })
        }
        _ => None,
    }
}

/// Whether a guessable value is a key at all: its kind, its shape, and the way it is given.
fn is_credible(text: &[u8], found: &Assignment, name: &str, value: &str) -> bool {
    // `"password":2376` in JSON counts or numbers something.
    let number = !found.quoted && named_by_text(text, found) && value.bytes().all(|byte| byte.is_ascii_digit());
    if number || value.contains(char::is_whitespace) || value.len() > 200 {
        return false;
    }
    let digit = value.bytes().any(|byte| byte.is_ascii_digit());
    // `if request.headers.get("X-API-Key") != "…"`: the one key that is let in.
    let checked = found.operator == Operator::Compare && found.quoted && digit && value.len() >= 6;
    let given = matches!(found.operator, Operator::Equals | Operator::Colon | Operator::Comma);
    match found.kind {
        KeyKind::Password => {
            // `password: "Mot"` of a label begins like a word of prose; a password of a person has more to it.
            let label = value.len() > 2
                && value.starts_with(char::is_uppercase)
                && value.chars().skip(1).all(|letter| letter.is_lowercase());
            // `if form["password"] != "admin"`: the one password that is let in.
            let checked = found.operator == Operator::Compare && found.quoted && value.len() >= 4;
            // `PuttyPassword=0` switches something off.
            let switch = !found.quoted && value.len() == 1;
            (given || checked) && !label && !switch || digit && value.len() >= 6
        }
        KeyKind::Secret | KeyKind::ApiKey | KeyKind::PrivateKey => {
            let plural = words(name).last().is_some_and(|last| last.ends_with('s') && last != "credentials");
            let short = value.len() == 3 && !is_flask_secret(name);
            (given || checked) && !plural && value.len() >= 3 && !short && (value.is_ascii() || digit)
        }
        // `token: "markup.heading.1"` is a scope of a highlighter.
        KeyKind::Token => given && digit && value.len() >= 8 && !value.contains('.'),
        _ => false,
    }
}

/// Whether the name stands in quotes, as in JSON.
fn named_by_text(text: &[u8], found: &Assignment) -> bool {
    matches!(text.get(found.name.end), Some(b'"' | b'\''))
}

/// Names whose value signs sessions or tokens: even `secret` is a key there.
fn is_flask_secret(name: &str) -> bool {
    let joined = words(name).concat();
    joined.ends_with("secretkey") && !joined.contains("access")
        || joined.ends_with("jwtsecret")
        || super::arguments::is_call(name)
}

/// `SECRET = "SECRET"`, in a file that makes or reads JSON web tokens.
fn is_bare_secret(text: &[u8], name: &str) -> bool {
    words(name).concat() == "secret"
        && ["jwt", "JWT"].iter().any(|word| memchr::memmem::find(text, word.as_bytes()).is_some())
}

/// Words of a language that is not written in ASCII: the label of a field in a translation.
fn is_translation(value: &str) -> bool {
    let foreign = value.chars().filter(|letter| !letter.is_ascii() && letter.is_alphabetic()).count();
    foreign * 2 > value.chars().count() && !value.bytes().any(|byte| byte.is_ascii_digit())
}

/// Whether the file is one whose secret key signs something, and no AWS key is set up in it.
fn signs(text: &[u8], name: &str, value: &str) -> bool {
    let has = |word: &str| memchr::memmem::find(text, word.as_bytes()).is_some();
    let own = words(name);
    let shown = value.starts_with('<') || value.starts_with('[') || value.contains("...");
    !shown
        && !own.iter().any(|word| word == "aws")
        && !has("access_key")
        && !has("ACCESS_KEY")
        && ["jwt", "Flask", "flask", "fastapi", "Config"].iter().any(|word| has(word))
}

/// A key of AWS by its name: of the SDK's own, or of a provider block of Terraform.
fn is_aws(text: &[u8], name: &str) -> bool {
    let words = words(name);
    let has = |wanted: &str| words.iter().any(|word| word == wanted);
    has("aws") && (has("access") || has("secret"))
        || has("access") && has("key") && (has("id") || has("secret"))
        || words.len() == 2
            && (has("access") || has("secret"))
            && has("key")
            && memchr::memmem::find(text, b"provider \"aws\"").is_some()
}

fn is_made_up(value: &str) -> bool {
    let lower = value.to_ascii_lowercase();
    ["fake", "dummy", "mock", "sample"].iter().any(|word| lower.starts_with(word))
}

/// `^4.2.1`: the version of a package whose name speaks of keys.
fn is_version(value: &str) -> bool {
    let bare = value.trim_start_matches(['^', '~', '>', '<', '=', 'v', ' ']);
    bare.contains('.')
        && bare.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b'.' | b'x' | b'*'))
        && bare.len() <= 12
}

/// `connection_string = "sqlite:///:memory:"`: an address that nobody has to sign in at.
fn is_open_connection(name: &str, value: &str) -> bool {
    let lower = value.to_ascii_lowercase();
    words(name).iter().any(|word| word == "connection")
        && !["@", "key=", "password=", "pwd=", "secret=", "signature="].iter().any(|sign| lower.contains(sign))
}

/// The stored form of a password, by the prefixes of Werkzeug, Django, passlib and crypt.
pub(super) fn is_password_hash(value: &str) -> bool {
    const PREFIXES: [&str; 12] = [
        "pbkdf2:", "pbkdf2_", "scrypt:", "sha1$", "sha256$", "sha512$", "md5$", "$2a$", "$2b$", "$2y$", "$argon2",
        "$pbkdf2",
    ];
    value.len() > 24 && PREFIXES.iter().any(|prefix| value.starts_with(prefix))
}

/// `sk-1234567890`: a vendor's prefix and a row of digits.
fn is_sample(value: &str) -> bool {
    let Some((prefix, rest)) = value.rsplit_once(['-', '_']) else { return false };
    prefix.len() <= 8
        && rest.len() >= 6
        && rest.bytes().all(|byte| byte.is_ascii_digit())
        && rest.as_bytes().windows(2).all(|pair| pair[1] == pair[0] + 1 || pair == b"90")
}

/// The name of a key in a store, where a manifest says which one is to be read: `secretKey: api-key` beside `remoteRef:`.
fn names_stored(text: &[u8], found: &Assignment, name: &str, value: &str) -> bool {
    let bare = !found.quoted && found.operator == Operator::Colon && name == "secretKey";
    bare && !value.bytes().any(|byte| byte.is_ascii_uppercase())
        && (key_kind(value).is_some() || memchr::memmem::find(text, b"remoteRef").is_some())
}

fn is_default_word(value: &str) -> bool {
    matches!(value.to_ascii_lowercase().as_str(), "secret" | "password" | "passwd" | "token")
}

/// A link, a path, a header's or a type's name: where the key is, not the key.
fn is_elsewhere(value: &str) -> bool {
    value.starts_with("http://")
        || value.starts_with("https://")
        || value.starts_with("./")
        || value.starts_with("../")
        || value.starts_with("~/")
        || value.starts_with("X-")
        || value.starts_with("x-")
        || value.starts_with("AWS::")
        || (value.starts_with('/') && (is_wordy(value) || value.matches('/').count() > 1 && !is_random(value)))
        || value.starts_with('.')
        // The code between two texts: `"credentials: "+a(b);c("`.
        || ["){", ")}", ");"].iter().any(|code| value.contains(code))
        // An expression over characters, a module.
        || value.starts_with('[') && ["a-z", "A-Z", "0-9"].iter().any(|range| value.contains(range))
        || value.matches('.').count() > 1 && is_wordy(value) && value.bytes().all(|byte| {
            byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_')
        })
        || value.starts_with('-') && !value.starts_with("-----")
        // A place in a page; what is given as password to an open server.
        || value.strip_prefix('#').is_some_and(|rest| {
            rest.starts_with(|first: char| first.is_ascii_lowercase())
                && rest.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-')
        })
        || value.strip_suffix('@').is_some_and(|rest| rest.bytes().all(|byte| byte.is_ascii_lowercase()))
        || [".pem", ".key", ".json", ".yml", ".yaml", ".txt", ".html", ".py", ".crt", ".env"]
            .iter()
            .any(|end| value.ends_with(end))
}

/// `token = "access_token"`, `PASSWORD = 'password'`, `api_key: 'apiKey'`: the value is again a name of that kind of
/// key, or made of the name's own words, and not a guessable key such as `dev-secret-key`.
/// Whether a name of three words or more is given itself, in capitals: that of the variable to be read.
fn is_own_name(name: &str, value: &str) -> bool {
    let own = words(name);
    own.len() > 2 && own == words(value) && !value.bytes().any(|byte| byte.is_ascii_lowercase())
}

fn speaks_of_a_name(name: &str, value: &str) -> bool {
    // `PASSWORD_ENV = 'KRB5_PASSWORD'`: the name of a variable.
    let variable = value.contains('_')
        && value.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_');
    // `PEPPER = "PROFILE_SERVICE_PEPPER"`: likewise.
    let own_name = value.strip_suffix(&name.to_ascii_uppercase()).is_some_and(|before| before.ends_with('_'));
    if variable && (key_kind(value).is_some() || own_name) && !value.starts_with("MY") {
        return true;
    }
    let own = words(name);
    let of_value = words(value);
    // The type of a field: `"secret": "V1SecretVolumeSource"`.
    let typed = value.starts_with(|first: char| first.is_ascii_uppercase())
        && value.bytes().all(|byte| byte.is_ascii_alphanumeric())
        && value.bytes().any(|byte| byte.is_ascii_lowercase())
        && of_value.len() > 2
        && is_wordy(value)
        && own.last().is_some_and(|last| of_value[..of_value.len() - 1].contains(last));
    // `CREDENTIALS = "APPLICATION_CREDENTIALS"`
    let longer = variable && of_value.len() > own.len() && own.last().is_some_and(|last| of_value.contains(last));
    if typed || longer && !value.starts_with("MY") {
        return true;
    }
    if value.bytes().any(|byte| byte.is_ascii_digit() || !(byte.is_ascii_alphanumeric() || b"_-./".contains(&byte))) {
        return false;
    }
    let made_of = of_value.iter().all(|word| {
        own.contains(word)
            || matches!(
                word.as_str(),
                "x" | "header" | "key" | "user" | "field" | "auth" | "error" | "url" | "env" | "current" | "old"
            )
    });
    made_of
        || (!value.contains('-')
            && key_kind(value).is_some()
            && key_kind(value) == key_kind(name)
            && !value.to_ascii_lowercase().contains("my"))
}
