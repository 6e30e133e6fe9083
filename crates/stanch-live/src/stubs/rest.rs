//! Services whose operations are paths.

use bytes::Bytes;
use serde_json::json;

use super::{Ask, Reply, bedrock};

pub(super) fn answer(service: &str, operation: &str, ask: &Ask) -> (Reply, Option<String>) {
    let part = |n: usize| ask.path.split('/').nth(n).map(str::to_owned);
    match (service, operation) {
        ("bedrock", _) => (bedrock::answer(operation, ask), part(1)),
        ("ses", "SendEmail") => {
            let body: serde_json::Value = serde_json::from_slice(&ask.body).unwrap_or_default();
            let to = body["Destination"]["ToAddresses"][0].as_str().map(str::to_owned);
            (Reply::json(&json!({ "MessageId": ask.id() })), to)
        }
        ("lambda", "Invoke") => {
            let is_event = ask.header("x-amz-invocation-type") == Some("Event");
            let mut reply = Reply::json(&json!({ "statusCode": 200, "body": "{}" }));
            reply.status = if is_event { 202 } else { 200 };
            reply.headers.push(("x-amz-executed-version", "$LATEST".to_owned()));
            (reply, part(2))
        }
        ("polly", "SynthesizeSpeech") => (Reply::new(200, "audio/mpeg", Bytes::from_static(b"ID3")), None),
        _ => (Reply::json(&json!({})), None),
    }
}
