use std::borrow::Cow;
use std::fmt::Write as _;

use stanch_api::Method;
use stanch_secrets::Secret;
use url::Url;

use crate::Request;
use crate::driver::PROBE_HEADER;

/// A POSIX shell line that sends the request again. Every occurrence of a secret stands as `"$NAME"`, so that the line
/// can be kept and shown; who runs it sets the variable.
#[must_use]
pub fn curl(base: &Url, request: &Request, secrets: &[(String, Secret)]) -> String {
    let mut line = String::from("curl -s");
    match request.method {
        Method::Get => {}
        Method::Head => line.push_str(" -I"),
        other => {
            let _ = write!(line, " -X {other}");
        }
    }
    for (name, value) in request.headers.iter().filter(|(name, _)| name != PROBE_HEADER) {
        let _ = write!(line, " -H {}", quote(&format!("{name}: {value}"), secrets));
    }
    if !request.body.is_empty() {
        let body = String::from_utf8_lossy(&request.body);
        let _ = write!(line, " --data-raw {}", quote(&body, secrets));
    }
    let origin = base.origin().ascii_serialization();
    let _ = write!(line, " {}", quote(&format!("{origin}{}", request.target), secrets));
    line
}

/// One shell word: text between single quotes, secrets as variables between double quotes.
fn quote(text: &str, secrets: &[(String, Secret)]) -> String {
    let mut word = String::new();
    let mut rest: Cow<'_, str> = Cow::Borrowed(text);
    loop {
        // The first secret in the text, the longest where two start at the same place.
        let found = secrets
            .iter()
            .filter(|(_, secret)| !secret.expose().is_empty())
            .filter_map(|(name, secret)| Some((rest.find(secret.expose())?, secret.expose().len(), name)))
            .min_by_key(|(at, length, _)| (*at, std::cmp::Reverse(*length)));
        let Some((at, length, name)) = found else {
            if !rest.is_empty() || word.is_empty() {
                push_literal(&mut word, &rest);
            }
            return word;
        };
        if at > 0 {
            push_literal(&mut word, &rest[..at]);
        }
        let _ = write!(word, "\"${name}\"");
        rest = Cow::Owned(rest[at + length..].to_owned());
    }
}

fn push_literal(word: &mut String, text: &str) {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '/' | ':' | '.' | '-' | '_' | ',' | '@' | '+' | '%');
    if !text.is_empty() && text.chars().all(plain) {
        word.push_str(text);
    } else {
        let _ = write!(word, "'{}'", text.replace('\'', r"'\''"));
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use stanch_api::Method;
    use stanch_secrets::Secret;

    use super::curl;
    use crate::Request;

    #[test]
    fn secrets_become_variables_and_quotes_survive() {
        let request = Request {
            method: Method::Post,
            target: "/a?k=s3cr3t-one&x=1".into(),
            headers: vec![("Authorization".into(), "Bearer s3cr3t-one".into()), ("X-Stanch-Probe".into(), "1".into())],
            body: r#"{"a":"it's"}"#.into(),
        };
        let line = curl(
            &"http://127.0.0.1:5000/base".parse().unwrap(),
            &request,
            &[("KEY".to_owned(), Secret::new("s3cr3t-one"))],
        );
        assert_eq!(
            line,
            r#"curl -s -X POST -H 'Authorization: Bearer '"$KEY" --data-raw '{"a":"it'\''s"}' 'http://127.0.0.1:5000/a?k='"$KEY"'&x=1'"#
        );
    }
}
