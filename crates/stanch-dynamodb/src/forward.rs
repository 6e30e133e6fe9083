//! The way from the front to the engine's own listener.

use std::net::SocketAddr;

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::header::{AUTHORIZATION, CONTENT_TYPE, HeaderValue};
use hyper::{Request, StatusCode};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;

use crate::answer::{Answer, Question};
use crate::stub;

/// A well-formed signature, since the engine insists on the shape. It signs nothing: no credential of the app goes
/// further than the front.
const SIGNATURE: &str = "AWS4-HMAC-SHA256 Credential=front/20200101/us-east-1/dynamodb/aws4_request, \
                         SignedHeaders=host;x-amz-date, Signature=0";

/// The engine's shard ids end with the table's name, and those of short names are shorter than the 28 characters that
/// botocore insists on in a request; the app sees longer ones.
const SHORT_SHARD: &str = "\"shardId-00000001-";
const LONG_SHARD: &str = "\"shardId-00000001-000000000000-";

fn swapped(body: &Bytes, from: &str, to: &str) -> Bytes {
    match std::str::from_utf8(body) {
        Ok(text) if text.contains(from) => Bytes::from(text.replace(from, to)),
        _ => body.clone(),
    }
}

/// Sends requests on, over connections that are kept.
pub(crate) struct Forwarder {
    client: Client<HttpConnector, Full<Bytes>>,
    uri: String,
}

impl Forwarder {
    pub(crate) fn new(engine: SocketAddr) -> Self {
        let mut connector = HttpConnector::new();
        connector.set_nodelay(true);
        Self { client: Client::builder(TokioExecutor::new()).build(connector), uri: format!("http://{engine}/") }
    }

    /// The engine's answer, or an internal error of DynamoDB's shape when it has none.
    pub(crate) async fn forward(&self, question: &Question) -> Answer {
        let failed = || {
            let body = stub::error("InternalServerError", "Internal server error");
            Answer::json(StatusCode::INTERNAL_SERVER_ERROR, &body)
        };
        let streams = question.target.starts_with("DynamoDBStreams");
        let body = if streams { swapped(&question.body, LONG_SHARD, SHORT_SHARD) } else { question.body.clone() };
        let mut request = Request::new(Full::new(body));
        *request.method_mut() = hyper::Method::POST;
        let Ok(uri) = self.uri.parse() else { return failed() };
        *request.uri_mut() = uri;
        let headers = request.headers_mut();
        headers.insert(AUTHORIZATION, HeaderValue::from_static(SIGNATURE));
        headers.insert("x-amz-date", HeaderValue::from_static("20200101T000000Z"));
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/x-amz-json-1.0"));
        if let Ok(target) = HeaderValue::from_str(&question.target) {
            headers.insert("x-amz-target", target);
        }
        let Ok(response) = self.client.request(request).await else { return failed() };
        let (parts, body) = response.into_parts();
        let Ok(body) = body.collect().await else { return failed() };
        if streams {
            let body = swapped(&body.to_bytes(), SHORT_SHARD, LONG_SHARD);
            return Answer { status: parts.status, checksum: None, body };
        }
        Answer { status: parts.status, checksum: parts.headers.get("x-amz-crc32").cloned(), body: body.to_bytes() }
    }
}
