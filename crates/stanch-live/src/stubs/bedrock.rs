//! Bedrock's runtime: every model answers one sentence, in the shapes that the model families use.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::{Ask, Reply};

/// What every model says. It repeats nothing of the prompt, so that a canary in an answer is the app's doing.
const TEXT: &str = "This is the answer of a stubbed model.";

pub(super) fn answer(operation: &str, ask: &Ask) -> Reply {
    let usage = json!({ "inputTokens": 1, "outputTokens": 8, "totalTokens": 9 });
    match operation {
        "InvokeModel" => Reply::json(&invoked(ask)),
        "Converse" => Reply::json(&json!({
            "output": { "message": { "role": "assistant", "content": [{ "text": TEXT }] } },
            "stopReason": "end_turn", "usage": usage, "metrics": { "latencyMs": 1 },
        })),
        "InvokeModelWithResponseStream" => {
            let delta = json!({ "type": "content_block_delta", "index": 0, "outputText": TEXT, "generation": TEXT,
                "delta": { "type": "text_delta", "text": TEXT } });
            stream(&[("chunk", json!({ "bytes": STANDARD.encode(delta.to_string()) }))])
        }
        "ConverseStream" => stream(&[
            ("messageStart", json!({ "role": "assistant" })),
            ("contentBlockDelta", json!({ "delta": { "text": TEXT }, "contentBlockIndex": 0 })),
            ("contentBlockStop", json!({ "contentBlockIndex": 0 })),
            ("messageStop", json!({ "stopReason": "end_turn" })),
            ("metadata", json!({ "usage": usage, "metrics": { "latencyMs": 1 } })),
        ]),
        _ => Reply::json(&json!({})),
    }
}

/// The body of a model's answer is the family's own; one object carries the members of all, so that an app finds its
/// own. Embedding models answer with numbers.
fn invoked(ask: &Ask) -> Value {
    if ask.path.contains("embed") {
        let vector = vec![0.5; 8];
        return json!({ "embedding": vector, "embeddings": [vector], "inputTextTokenCount": 1 });
    }
    json!({
        "id": ask.id(), "type": "message", "role": "assistant", "content": [{ "type": "text", "text": TEXT }],
        "stop_reason": "end_turn", "usage": { "input_tokens": 1, "output_tokens": 8 },
        "completion": TEXT, "generation": TEXT, "outputs": [{ "text": TEXT, "stop_reason": "stop" }],
        "results": [{ "outputText": TEXT, "completionReason": "FINISH" }],
        "output": { "message": { "role": "assistant", "content": [{ "text": TEXT }] } },
        "choices": [{ "message": { "role": "assistant", "content": TEXT } }],
    })
}

/// Events in `application/vnd.amazon.eventstream`: lengths, headers, payload, each secured by CRC-32.
fn stream(events: &[(&str, Value)]) -> Reply {
    let body: Vec<u8> = events.iter().flat_map(|(kind, payload)| frame(kind, &payload.to_string())).collect();
    Reply::new(200, "application/vnd.amazon.eventstream", body)
}

fn frame(kind: &str, payload: &str) -> Vec<u8> {
    let mut headers = Vec::new();
    for (name, value) in [(":event-type", kind), (":content-type", "application/json"), (":message-type", "event")] {
        headers.push(u8::try_from(name.len()).unwrap_or(0));
        headers.extend_from_slice(name.as_bytes());
        // Type 7 is a string with two bytes of length.
        headers.push(7);
        headers.extend_from_slice(&u16::try_from(value.len()).unwrap_or(0).to_be_bytes());
        headers.extend_from_slice(value.as_bytes());
    }
    let size = |bytes: usize| u32::try_from(bytes).unwrap_or(0).to_be_bytes();
    let mut frame = Vec::new();
    frame.extend_from_slice(&size(headers.len() + payload.len() + 16));
    frame.extend_from_slice(&size(headers.len()));
    frame.extend_from_slice(&checksum(&frame));
    frame.extend_from_slice(&headers);
    frame.extend_from_slice(payload.as_bytes());
    frame.extend_from_slice(&checksum(&frame));
    frame
}

fn checksum(bytes: &[u8]) -> [u8; 4] {
    let mut crc = flate2::Crc::new();
    crc.update(bytes);
    crc.sum().to_be_bytes()
}
