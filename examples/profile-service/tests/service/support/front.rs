use std::convert::Infallible;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::body::{Body, Frame, Incoming};
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::{TokioExecutor, TokioIo};
use stanch_dynamodb::Engine;
use tokio::net::TcpListener;

/// What the front does with a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// Forwards it.
    None,
    /// Refuses it as DynamoDB throttles.
    Throttle,
    /// Fails it as DynamoDB does at a fault of its own.
    ServerError,
    /// Forwards it and never answers.
    Hang,
    /// Forwards it and breaks the connection before the answer.
    LoseAnswer,
    /// Forwards it and breaks the connection in the middle of the answer.
    HalfAnswer,
    /// Forwards it and answers something that is no JSON, with a key in it.
    Garbage,
}

type Choice = Box<dyn Fn(usize, &str) -> Fault + Send>;

/// Stands between the service and the engine, counts calls and breaks them.
pub(crate) struct Front {
    pub(crate) address: SocketAddr,
    calls: Mutex<Vec<String>>,
    choice: Mutex<Choice>,
    engine: SocketAddr,
    client: Client<HttpConnector, Full<Bytes>>,
}

impl Front {
    pub(crate) async fn start(engine: &Engine) -> Arc<Self> {
        let inner = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let outer = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let front = Arc::new(Self {
            address: outer.local_addr().expect("an address"),
            calls: Mutex::default(),
            choice: Mutex::new(Box::new(|_, _| Fault::None)),
            engine: inner.local_addr().expect("an address"),
            client: Client::builder(TokioExecutor::new()).build_http(),
        });
        tokio::spawn(engine.serve(inner, std::future::pending()));
        let shared = Arc::clone(&front);
        tokio::spawn(async move {
            while let Ok((stream, _)) = outer.accept().await {
                let front = Arc::clone(&shared);
                tokio::spawn(async move {
                    let answer = service_fn(move |request| Arc::clone(&front).answer(request));
                    let _ =
                        hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), answer).await;
                });
            }
        });
        front
    }

    /// Decides by a call's number, from 0, and its operation.
    pub(crate) fn choose(&self, choice: impl Fn(usize, &str) -> Fault + Send + 'static) {
        self.calls.lock().expect("no panic").clear();
        *self.choice.lock().expect("no panic") = Box::new(choice);
    }

    /// The operations called since the last time, in order.
    pub(crate) fn take_calls(&self) -> Vec<String> {
        std::mem::take(&mut *self.calls.lock().expect("no panic"))
    }

    /// How many calls there were since the last time they were taken.
    pub(crate) fn calls(&self) -> usize {
        self.calls.lock().expect("no panic").len()
    }

    async fn answer(self: Arc<Self>, request: Request<Incoming>) -> Result<Response<Broken>, Infallible> {
        let (parts, body) = request.into_parts();
        let target = parts.headers.get("x-amz-target").and_then(|target| target.to_str().ok()).unwrap_or_default();
        let operation = target.rsplit('.').next().unwrap_or_default().to_owned();
        let number = {
            let mut calls = self.calls.lock().expect("no panic");
            calls.push(operation.clone());
            calls.len() - 1
        };
        let fault = (self.choice.lock().expect("no panic"))(number, &operation);
        let refused = |status: u16, kind: &str| {
            let text =
                format!(r#"{{"__type":"com.amazonaws.dynamodb.v20120810#{kind}","message":"{}"}}"#, super::UNKNOWN_KEY);
            Ok(Response::builder().status(status).body(Broken::whole(text.into())).expect("an answer"))
        };
        match fault {
            Fault::Throttle => return refused(400, "ProvisionedThroughputExceededException"),
            Fault::ServerError => return refused(500, "InternalServerError"),
            _ => {}
        }
        let bytes = body.collect().await.map(http_body_util::Collected::to_bytes).unwrap_or_default();
        let mut forwarded = Request::post(format!("http://{}/", self.engine));
        for (name, value) in parts.headers.iter().filter(|(name, _)| *name != "host" && *name != "content-length") {
            forwarded = forwarded.header(name, value);
        }
        let answer =
            self.client.request(forwarded.body(Full::new(bytes)).expect("a request")).await.expect("the engine");
        let (mut parts, body) = answer.into_parts();
        let bytes = body.collect().await.expect("an answer").to_bytes();
        parts.headers.remove("transfer-encoding");
        parts.headers.insert("content-length", bytes.len().into());
        let body = match fault {
            Fault::Hang => {
                tokio::time::sleep(Duration::from_secs(60)).await;
                Broken::after(Bytes::new())
            }
            Fault::LoseAnswer => Broken::after(Bytes::new()),
            Fault::HalfAnswer => Broken::after(bytes.slice(..bytes.len() / 2)),
            Fault::Garbage => {
                let text = format!("{{\"Item\": <{}>", super::UNKNOWN_KEY);
                parts.headers.insert("content-length", text.len().into());
                Broken::whole(text.into())
            }
            Fault::None | Fault::Throttle | Fault::ServerError => Broken::whole(bytes),
        };
        Ok(Response::from_parts(parts, body))
    }
}

/// A body that may break off.
pub(crate) struct Broken {
    data: Option<Bytes>,
    breaks: bool,
}

impl Broken {
    const fn whole(data: Bytes) -> Self {
        Self { data: Some(data), breaks: false }
    }

    const fn after(data: Bytes) -> Self {
        Self { data: Some(data), breaks: true }
    }
}

impl Body for Broken {
    type Data = Bytes;
    type Error = std::io::Error;

    fn poll_frame(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, std::io::Error>>> {
        Poll::Ready(match self.data.take() {
            Some(data) if !data.is_empty() => Some(Ok(Frame::data(data))),
            _ if self.breaks => Some(Err(std::io::Error::other("broken on purpose"))),
            _ => None,
        })
    }
}
