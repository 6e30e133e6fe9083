//! Keeping keys out of text that is on its way out.

mod spans;

use crate::Masks;
pub use spans::{Span, spans};

/// The text with each key in it replaced by its label: keys of vendor formats, and values given to names that mean a
/// key. For snippets of source and excerpts of evidence; placeholders, references and code stay readable.
pub fn line(text: &str, masks: &mut Masks) -> String {
    let mut out = String::with_capacity(text.len());
    let mut from = 0;
    for span in spans(text.as_bytes()) {
        let (Some(before), Some(value)) = (text.get(from..span.range.start), text.get(span.range.clone())) else {
            continue;
        };
        out.push_str(before);
        out.push_str(&masks.label(&span.kind, value));
        from = span.range.end;
    }
    out.push_str(text.get(from..).unwrap_or(""));
    out
}

#[cfg(test)]
mod tests {
    use super::line;
    use crate::Masks;

    #[test]
    fn a_line_shows_no_key_and_stays_readable() {
        for (text, expected) in [
            (
                "client = boto3.client('iam', aws_secret_access_key=\"nNyLjZ5QUUigq5VT9D7N\")",
                "client = boto3.client('iam', aws_secret_access_key=\"[secret #1]\")",
            ),
            ("password = request.args.get('password')", "password = request.args.get('password')"),
            ("return jsonify(token=user['token'])", "return jsonify(token=user['token'])"),
            ("{\"user\": \"bo\", \"password\": \"hunter2\"}", "{\"user\": \"bo\", \"password\": \"[password #1]\"}"),
            ("GET /profile?api_key=abc123def&x=1", "GET /profile?api_key=[api-key #1]&x=1"),
            ("Authorization: Bearer abc123def", "Authorization: Bearer [token #1]"),
            ("SECRET_KEY = 'ADMAIN'", "SECRET_KEY = '[secret #1]'"),
            ("api_key = os.environ['API_KEY']", "api_key = os.environ['API_KEY']"),
            ("# use your-api-key here: api_key = 'your-api-key'", "# use your-api-key here: api_key = 'your-api-key'"),
            ("password: str", "password: str"),
            ("nothing here", "nothing here"),
        ] {
            assert_eq!(line(text, &mut Masks::new()), expected);
        }
    }
}
