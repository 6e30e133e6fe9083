//! What an answer's body is: documents, text of a language model, assignments in plain text.

use serde_json::Value;

/// The documents of a body: one JSON value, one for each line (NDJSON), or one for each event of a stream
/// (`data: {…}`).
pub(crate) fn documents(text: &str) -> Vec<Value> {
    let text = text.trim();
    if text.starts_with(['{', '[']) {
        if let Ok(value) = serde_json::from_str(text) {
            return vec![value];
        }
        let lines: Vec<Value> = text.lines().map_while(|line| serde_json::from_str(line).ok()).collect();
        return if lines.len() > 1 { lines } else { Vec::new() };
    }
    if text.starts_with("data:") || text.starts_with("event:") {
        return text.lines().filter_map(|line| serde_json::from_str(line.strip_prefix("data:")?.trim()).ok()).collect();
    }
    Vec::new()
}

/// Text that a language model wrote, by the shapes in which the common services answer, whole or piece by piece.
pub(crate) fn model_text(document: &Value) -> String {
    const SHAPES: [&str; 8] = [
        "/message/content",                   // Ollama's chat
        "/delta/text",                        // Anthropic's stream
        "/content/0/text",                    // Anthropic
        "/output/0/content/0/text",           // OpenAI's responses
        "/output/message/content/0/text",     // Bedrock's converse
        "/candidates/0/content/parts/0/text", // Gemini
        "/choices/0/message/content",
        "/choices/0/delta/content",
    ];
    SHAPES.iter().find_map(|shape| document.pointer(shape)?.as_str()).unwrap_or_default().to_owned()
}

/// Whether it is a list of language models, as the common services give it.
pub(crate) fn lists_models(document: &Value) -> bool {
    let first = |name: &str| document.get(name)?.as_array()?.first()?.as_object();
    let openai = first("data").is_some_and(|model| model.get("object").is_some_and(|kind| kind == "model"));
    openai || first("models").is_some_and(|model| model.contains_key("digest") && model.contains_key("name"))
}

/// Whether the document is a description, whose names of keys are only names.
pub(crate) fn describes_an_api(document: &Value) -> bool {
    let has = |name: &str| document.get(name).is_some();
    has("paths") && (has("openapi") || has("swagger") || has("info")) || has("$schema") || has("jwks_uri")
}

/// `name=value`, `name: value` and `"name": "value"` in text.
pub(super) fn assignments(text: &str) -> impl Iterator<Item = (&str, &str)> {
    let is_name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-');
    let quotes = ['"', '\'', '`'];
    text.char_indices().filter(|(_, c)| matches!(c, '=' | ':')).filter_map(move |(at, operator)| {
        let before = text[..at].trim_end_matches([' ', '"', '\'', '`']);
        let start = before
            .rfind(|c| !is_name(c))
            .map_or(0, |index| index + before[index..].chars().next().map_or(1, char::len_utf8));
        let after = text[at + operator.len_utf8()..].trim_start_matches([' ', '\'', '"', '`']);
        let end = after
            .find(|c: char| c.is_whitespace() || quotes.contains(&c) || matches!(c, ',' | ';' | '<' | '&' | '}' | ')'))
            .unwrap_or(after.len());
        let (name, value) = (&before[start..], &after[..end]);
        (!name.is_empty() && name.len() < 64 && !value.is_empty()).then_some((name, value))
    })
}
