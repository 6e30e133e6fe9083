//! A DynamoDB for measurements: `store embedded` serves the embedded engine from memory, `store constant` answers every
//! call at once from text made beforehand, so that the engine does not hide what the service costs. Prints its address.

use std::convert::Infallible;
use std::io::Write;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use stanch_dynamodb::Engine;
use tokio::net::TcpListener;

#[tokio::main(flavor = "current_thread")]
async fn main() -> anyhow::Result<()> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    writeln!(std::io::stdout(), "http://{}", listener.local_addr()?)?;
    match std::env::args().nth(1).as_deref() {
        Some("embedded") => Ok(Engine::memory()?.serve(listener, std::future::pending()).await?),
        Some("constant") => loop {
            let (stream, _) = listener.accept().await?;
            stream.set_nodelay(true)?;
            tokio::spawn(http1::Builder::new().serve_connection(TokioIo::new(stream), service_fn(answer)));
        },
        _ => anyhow::bail!("store embedded|constant"),
    }
}

async fn answer(request: Request<Incoming>) -> Result<Response<Full<Bytes>>, Infallible> {
    let target = request.headers().get("x-amz-target").and_then(|target| target.to_str().ok()).unwrap_or_default();
    let operation = target.rsplit('.').next().unwrap_or_default().to_owned();
    let body = request.into_body().collect().await.map(http_body_util::Collected::to_bytes).unwrap_or_default();
    let body = String::from_utf8_lossy(&body);
    let text = match operation.as_str() {
        "GetItem" => match body.split_once("KEY#") {
            Some((_, digest)) => key(digest.get(..64).unwrap_or_default()),
            None => r#"{"Item":{"pk":{"S":"USER#alice"},"profile":{"M":{"name":{"S":"alice"},"city":{"S":"Lisbon"}}},"settings":{"M":{"theme":{"S":"dark"},"mail":{"M":{"weekly":{"BOOL":true}}}}}}}"#.to_owned(),
        },
        "Query" => records(),
        "UpdateItem" if body.contains("RATE#") => "{}".to_owned(),
        "UpdateItem" => r#"{"Attributes":{"status":{"S":"done"},"version":{"N":"2"},"last_write":{"S":"00000000"}}}"#.to_owned(),
        "DescribeTable" => r#"{"Table":{"TableStatus":"ACTIVE"}}"#.to_owned(),
        "DescribeTimeToLive" => r#"{"TimeToLiveDescription":{"AttributeName":"expires_at","TimeToLiveStatus":"ENABLED"}}"#.to_owned(),
        _ => "{}".to_owned(),
    };
    let mut response = Response::new(Full::new(Bytes::from(text)));
    let json = hyper::header::HeaderValue::from_static("application/x-amz-json-1.0");
    response.headers_mut().insert(hyper::header::CONTENT_TYPE, json);
    Ok(response)
}

/// The item of whichever key is asked for: every key is alice's.
fn key(hex: &str) -> String {
    let digits: Vec<u8> =
        hex.chars().filter_map(|digit| digit.to_digit(16)).filter_map(|d| u8::try_from(d).ok()).collect();
    let digest: Vec<u8> = digits.chunks_exact(2).map(|pair| pair[0] << 4 | pair[1]).collect();
    format!(
        r#"{{"Item":{{"pk":{{"S":"KEY#{hex}"}},"key_id":{{"S":"0123456789abcdef01234567"}},"scopes":{{"SS":["user:read","records:read","records:write"]}},"expires_at":{{"N":"4102444800"}},"owner":{{"S":"alice"}},"digest":{{"B":"{}"}}}}}}"#,
        STANDARD.encode(digest)
    )
}

fn records() -> String {
    let record = |n: u32| {
        format!(
            r#"{{"record_id":{{"S":"alice-{n}"}},"created_at":{{"S":"2026-01-01T09:00:00Z"}},"metadata":{{"M":{{"title":{{"S":"Record {n}"}},"tags":{{"L":[{{"S":"demo"}}]}}}}}}}}"#
        )
    };
    let all: Vec<_> = (1..=3).map(record).collect();
    format!(r#"{{"Items":[{}],"Count":3,"ScannedCount":3}}"#, all.join(","))
}
