use std::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};

/// How a known value was written where it was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(missing_docs, reason = "each is the encoding it names")]
pub enum Form {
    Raw,
    JsonEscaped,
    Base64,
    UrlEncoded,
    HtmlEscaped,
    Hex,
    PythonRepr,
    Reversed,
}

/// The value in every form, raw first; a text may come more than once.
pub(super) fn forms(value: &str) -> Vec<(Form, String)> {
    let mut forms = vec![(Form::Raw, value.to_owned())];
    json(value, &mut forms);
    base64(value, &mut forms);
    url(value, &mut forms);
    html(value, &mut forms);
    let hex: String = value.bytes().fold(String::new(), |mut hex, byte| {
        let _ = write!(hex, "{byte:02x}");
        hex
    });
    forms.push((Form::Hex, hex.to_uppercase()));
    forms.push((Form::Hex, hex));
    // Python quotes with ' unless the text holds ' and no "; bytes show what is not ASCII as \x.
    forms.push((Form::PythonRepr, value.replace('\\', r"\\").replace('\'', r"\'")));
    let bytes: String = value.bytes().flat_map(|byte| byte.escape_ascii().map(char::from)).collect();
    forms.push((Form::PythonRepr, bytes.replace("\\\"", "\"")));
    forms.push((Form::PythonRepr, bytes));
    forms.push((Form::Reversed, value.chars().rev().collect()));
    forms
}

/// As JSON writers differ: other characters than ASCII kept or as `\u` in either case, `/` bare or escaped, and what
/// HTML minds (`<>&'`, also `"`) as `\u`, which is how Flask's `tojson` filter and Go's encoder write it. A JSON text
/// inside a JSON string is escaped twice.
fn json(value: &str, forms: &mut Vec<(Form, String)>) {
    let escape = |ascii: bool, upper: bool, slash: bool, unicode: &str| {
        let mut out = String::new();
        for character in value.chars() {
            if unicode.contains(character)
                || (ascii && !character.is_ascii())
                || (character < ' ' && !"\n\r\t\u{8}\u{c}".contains(character))
            {
                for unit in character.encode_utf16(&mut [0; 2]) {
                    let _ = if upper { write!(out, "\\u{unit:04X}") } else { write!(out, "\\u{unit:04x}") };
                }
                continue;
            }
            match character {
                '"' => out.push_str("\\\""),
                '\\' => out.push_str(r"\\"),
                '\n' => out.push_str(r"\n"),
                '\r' => out.push_str(r"\r"),
                '\t' => out.push_str(r"\t"),
                '\u{8}' => out.push_str(r"\b"),
                '\u{c}' => out.push_str(r"\f"),
                '/' if slash => out.push_str(r"\/"),
                _ => out.push(character),
            }
        }
        out
    };
    for ascii in [false, true] {
        for slash in [false, true] {
            for unicode in ["", "<>&", "<>&'", "<>&'\""] {
                for upper in [false, true] {
                    let once = escape(ascii, upper, slash, unicode);
                    if unicode.is_empty() && !upper {
                        forms.push((Form::JsonEscaped, once.replace('\\', r"\\").replace('"', "\\\"")));
                    }
                    forms.push((Form::JsonEscaped, once));
                }
            }
        }
    }
}

/// Base64 at each of the three places a value can stand in a longer text, without the ends that depend on what stands
/// beside it.
fn base64(value: &str, forms: &mut Vec<(Form, String)>) {
    for offset in 0..3 {
        let mut bytes = vec![0; offset];
        bytes.extend_from_slice(value.as_bytes());
        let start = (offset * 8).div_ceil(6);
        let end = bytes.len() * 8 / 6;
        if end > start + 7 {
            forms.push((Form::Base64, STANDARD_NO_PAD.encode(&bytes)[start..end].to_owned()));
            forms.push((Form::Base64, URL_SAFE_NO_PAD.encode(&bytes)[start..end].to_owned()));
        }
    }
}

/// Percent-encoding as clients differ: what is kept besides letters and digits, the space, and the case of the digits.
fn url(value: &str, forms: &mut Vec<(Form, String)>) {
    // Everything; RFC 3986 unreserved; Python's `quote`; JavaScript's `encodeURIComponent`; `encodeURI`.
    for kept in ["", "-._~", "-._~/", "-._~!*'()", "-._~!*'();,/?:@&=+$#"] {
        for plus in [false, true] {
            for upper in [true, false] {
                let mut out = String::new();
                for byte in value.bytes() {
                    match byte {
                        b' ' if plus => out.push('+'),
                        _ if byte.is_ascii_alphanumeric() || kept.as_bytes().contains(&byte) => {
                            out.push(char::from(byte));
                        }
                        _ => {
                            let _ = if upper { write!(out, "%{byte:02X}") } else { write!(out, "%{byte:02x}") };
                        }
                    }
                }
                forms.push((Form::UrlEncoded, out));
            }
        }
    }
}

fn html(value: &str, forms: &mut Vec<(Form, String)>) {
    for double in ["\"", "&#34;", "&quot;", "&#x22;"] {
        for single in ["'", "&#39;", "&#x27;", "&apos;", "&#039;"] {
            let text = value.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
            forms.push((Form::HtmlEscaped, text.replace('"', double).replace('\'', single)));
        }
    }
}
