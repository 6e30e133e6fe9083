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
        let mut request = Request::new(Full::new(question.body.clone()));
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
        Answer { status: parts.status, checksum: parts.headers.get("x-amz-crc32").cloned(), body: body.to_bytes() }
    }
}
