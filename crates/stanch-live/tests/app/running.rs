//! The user's app run under watch: what is told of it, what it may not do, how it can end.

use std::time::{Duration, Instant};

use crate::common::{get, options, project, send, stub};
use stanch_api::{Converter, Method, ParameterLocation};
use stanch_live::app::{LaunchError, RunningApp, launch};
use stanch_live::{Event, LogStream, ProbeId};

/// Source line, by number from 1, of the first line that holds the text.
fn line_of(source: &str, text: &str) -> u32 {
    u32::try_from(source.lines().position(|line| line.contains(text)).unwrap()).unwrap() + 1
}

const SHOP: &str = r#"
import functools, logging, threading
import boto3
from flask import Flask, jsonify, request
from flask.views import MethodView

app = Flask(__name__)
table = boto3.resource("dynamodb", endpoint_url="http://dynamodb-local:8000", region_name="localhost").Table("shop")
log = logging.getLogger("shop")

def guarded(view):
    @functools.wraps(view)
    def inner(*args, **kwargs):
        return view(*args, **kwargs)
    return inner

@app.route("/items/<int:number>", methods=["GET", "POST"])
@guarded
def item(number):
    body = request.get_json(silent=True) or {}
    assert isinstance(body, dict)
    print("printed", number)
    log.warning("logged %s", request.args.get("q"))
    log.info("not shown")
    seen = [body.get("colour"), request.headers.get("X-Api-Key"), request.cookies.get("sid"), "size" in request.form]
    open("orders.log", "a").write("one order\n")
    return jsonify(items=table.scan()["Items"], seen=seen)

@app.route("/thread")
def thread():
    def work():
        print("from a thread")
    worker = threading.Thread(target=work)
    worker.start()
    worker.join()
    return "ok"

class Things(MethodView):
    def get(self):
        return "got"

    def delete(self):
        raise RuntimeError("no deleting")

app.add_url_rule("/things", view_func=guarded(Things.as_view("things")))

app.run(debug=True, port=5000)
"#;

async fn shop() -> (tempfile::TempDir, RunningApp) {
    let tree = project(&[("app.py", SHOP)]);
    let app = launch(options(tree.path())).await.unwrap();
    (tree, app)
}

#[tokio::test(flavor = "multi_thread")]
async fn routes_carry_methods_converters_and_the_line_of_their_view() {
    let (_tree, app) = shop().await;
    let route =
        |rule: &str, method| app.routes().iter().find(|r| r.rule == rule && r.methods.contains(&method)).unwrap();
    let item = route("/items/<int:number>", Method::Get);
    assert_eq!(item.methods, [Method::Get, Method::Post]);
    assert_eq!(item.converters.get("number"), Some(&Converter::Int));
    let line = |rule: &str, method| route(rule, method).view.as_ref().unwrap().line;
    assert_eq!(line("/items/<int:number>", Method::Get), line_of(SHOP, "def item("));
    assert_eq!(line("/things", Method::Get), line_of(SHOP, "def get(self)"));
    assert_eq!(line("/things", Method::Delete), line_of(SHOP, "def delete(self)"));
    // `app.run(debug=True)` at module level sets what it sets and serves nothing.
    assert!(app.debug());
}

#[tokio::test(flavor = "multi_thread")]
async fn all_that_a_request_does_belongs_to_its_probe_with_the_line_that_did_it() {
    let (tree, mut app) = shop().await;
    let head = "X-Api-Key: k1\r\nCookie: sid=s1\r\nContent-Type: application/json\r\n";
    let answer = send(app.address(), 7, "POST", "/items/5?q=queried", head, r#"{"colour": "red"}"#).await;
    assert!(answer.contains(r#""seen": ["#) || answer.contains(r#""seen":["#), "{answer}");
    assert!(answer.contains(r#""probe": "7""#) || answer.contains(r#""probe":"7""#), "the SDK's request: {answer}");
    let events = app.wait_probe(ProbeId(7), Duration::from_secs(5)).await;

    let asked: Vec<_> = events
        .iter()
        .filter_map(|event| match event {
            Event::ParameterAsked { probe: ProbeId(7), location, name, .. } => Some((*location, name.as_str())),
            _ => None,
        })
        .collect();
    for parameter in [
        (ParameterLocation::Query, "q"),
        (ParameterLocation::Json, "colour"),
        (ParameterLocation::Header, "X-Api-Key"),
        (ParameterLocation::Cookie, "sid"),
        (ParameterLocation::Form, "size"),
    ] {
        assert!(asked.contains(&parameter), "{parameter:?} of {asked:?}");
    }
    let logged = |stream, text: &str| {
        let found = events.iter().find_map(|event| match event {
            Event::Log { probe: Some(ProbeId(7)), stream: s, text: t, source, .. }
                if *s == stream && t.contains(text) =>
            {
                Some(source.as_ref().map(|place| (place.path.clone(), place.line)))
            }
            _ => None,
        });
        found.unwrap_or_else(|| panic!("{text} on {stream:?} in {events:#?}"))
    };
    let at = |text| Some(("app.py".to_owned(), line_of(SHOP, text)));
    assert_eq!(logged(LogStream::Stdout, "printed 5"), at("print(\"printed\""));
    assert_eq!(logged(LogStream::Record, "logged queried"), at("log.warning("));
    assert_eq!(logged(LogStream::Stderr, "logged queried"), at("log.warning("));
    assert!(events.iter().any(|event| matches!(event, Event::SdkCall { operation, service, source: Some(place), .. }
        if operation == "Scan" && service == "dynamodb" && place.line == line_of(SHOP, "table.scan()"))));

    let (_, events) = get(&mut app, 8, "/thread").await;
    assert!(events.iter().any(|event| matches!(event, Event::Log { probe: Some(ProbeId(8)), text, .. }
        if text.contains("from a thread"))));

    assert!(!tree.path().join("orders.log").exists(), "the user's tree is not written to");
    let ended = app.stop().await;
    assert!(ended.written.iter().any(|file| file.path == "orders.log" && file.text == "one order\n"));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_exception_with_debug_on_shows_the_traceback_and_a_restart_serves_again() {
    let (_tree, mut app) = shop().await;
    let answer = send(app.address(), 1, "DELETE", "/things", "", "").await;
    assert!(answer.contains("no deleting") && answer.contains("Traceback"), "{answer}");
    let events = app.wait_probe(ProbeId(1), Duration::from_secs(5)).await;
    assert!(events.iter().any(|event| matches!(event, Event::Log { stream: LogStream::Stderr, text, .. }
        if text.contains("RuntimeError: no deleting"))));
    app.restart().await.unwrap();
    assert!(get(&mut app, 2, "/things").await.0.ends_with("got"));
}

#[tokio::test(flavor = "multi_thread")]
async fn foreign_ports_names_sockets_and_credential_files_are_refused_and_told() {
    let own = stub();
    let home = std::env::home_dir().unwrap();
    let source = format!(
        r#"
import os, socket, urllib.request
from flask import Flask, request
app = Flask(__name__)

@app.route("/try/<what>")
def attempt(what):
    try:
        if what == "port":
            socket.create_connection(("127.0.0.1", {port}), timeout=2)
        elif what == "name":
            urllib.request.urlopen("http://example.com/secret", timeout=2)
        elif what == "unix":
            socket.socket(socket.AF_UNIX).connect("/var/run/docker.sock")
        elif what == "file":
            open("{home}/.aws/credentials").read()
        elif what == "http":
            return urllib.request.urlopen(request.args["to"], data=b"key=k1", timeout=2).read()
    except Exception as error:
        return "refused: %r" % error
    return "reached"

@app.route("/environment")
def environment():
    return dict(os.environ)
"#,
        port = own.port(),
        home = home.display()
    );
    let tree = project(&[("app.py", &source)]);
    let allowed = stub();
    let mut settings = options(tree.path());
    settings.allow_ports = vec![allowed.port()];
    let mut app = launch(settings).await.unwrap();
    let cases = [
        ("port", format!("127.0.0.1:{}", own.port()), "create_connection(("),
        ("name", "example.com:80".to_owned(), "example.com"),
        ("unix", "unix:/var/run/docker.sock".to_owned(), "docker.sock"),
    ];
    for (number, (what, address, text)) in (1..).zip(cases) {
        let (answer, events) = get(&mut app, number, &format!("/try/{what}")).await;
        assert!(answer.contains("refused"), "{what}: {answer}");
        let told = events.iter().any(|event| {
            matches!(event, Event::Refused { probe: Some(_), address: a, source: Some(place) }
            if *a == address && place.path == "app.py" && place.line == line_of(&source, text))
        });
        assert!(told, "{what}: {events:#?}");
    }
    let (answer, events) = get(&mut app, 9, "/try/file").await;
    assert!(answer.contains("FileNotFoundError"), "{answer}");
    assert!(
        events.iter().any(|event| matches!(event, Event::FileRefused { path, .. } if path == "~/.aws/credentials"))
    );

    let target = format!("/try/http?to=http://127.0.0.1:{}/hook%3Fx", allowed.port());
    let (answer, events) = get(&mut app, 10, &target).await;
    assert!(answer.contains("Items"), "{answer}");
    assert!(events.iter().any(|event| matches!(event, Event::Outgoing { method, target, body, source: Some(_), .. }
        if method == "POST" && target == "/hook?x" && body == "key=k1")));

    let (answer, _) = get(&mut app, 11, "/environment").await;
    assert!(answer.contains("id-for-tests") && !answer.contains("CARGO_MANIFEST_DIR"), "{answer}");
}

async fn failure(files: &[(&str, &str)], change: impl FnOnce(&mut stanch_live::app::LaunchOptions)) -> LaunchError {
    let tree = project(files);
    let mut settings = options(tree.path());
    change(&mut settings);
    match launch(settings).await {
        Ok(_) => panic!("it started"),
        Err(error) => error,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_start_that_fails_names_what_is_missing_and_the_next_step() {
    let flask = "from flask import Flask\napp = Flask(__name__)\n";
    let cases = [
        (format!("import jwt_of_nowhere\n{flask}"), "app.py:1", "pip install jwt-of-nowhere"),
        (format!("import os\n{flask}k = os.environ['SHOP_TABLE']\n"), "app.py:4", "`SHOP_TABLE` is missing"),
        (format!("import os\n{flask}int(os.getenv('SHOP_PORT'))\n"), "app.py:4", "not set: SHOP_PORT"),
        (format!("{flask}def broken(:\n"), "app.py:3", "SyntaxError"),
        (format!("{flask}raise SystemExit(4)\n"), "app.py:3", "exit code 4"),
        (format!("{flask}import socket\nsocket.create_connection(('127.0.0.1', 9))\n"), "app.py:4", "127.0.0.1:9"),
        (format!("{flask}import os\nos._exit(5)\n"), "exit code 5", ""),
        (format!("{flask}import os\nos.kill(os.getpid(), 11)\n"), "SIGSEGV", ""),
    ];
    for (source, first, second) in cases {
        let text = failure(&[("app.py", &source)], |_| ()).await.to_string();
        assert!(text.contains(first) && text.contains(second), "{source}\n{text}");
    }
    let none = failure(&[("tool.py", "print(1)\n")], |_| ()).await;
    assert!(matches!(&none, LaunchError::NoApp { tried } if tried.is_empty()), "{none}");
    let named = failure(&[("app.py", flask)], |settings| settings.app = Some("app:shop".to_owned())).await;
    assert!(named.to_string().contains("module app has no shop"), "{named}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_start_that_hangs_or_prints_without_end_is_ended_and_its_line_told() {
    for line in ["time.sleep(600)", "while True: print('x' * 1000)"] {
        let source = format!("import time\nfrom flask import Flask\napp = Flask(__name__)\n{line}\n");
        // Long enough for a busy machine to come to the line.
        let limit = Duration::from_secs(8);
        let start = Instant::now();
        let error = failure(&[("app.py", &source)], |settings| settings.start_timeout = limit).await;
        assert!(start.elapsed() < limit * 5);
        match error {
            LaunchError::Hang { place: Some(place), .. } => assert_eq!(place.line, 4),
            // On a fast machine the amount is reached before the time.
            LaunchError::Ended { .. } => assert!(line.contains("print")),
            other => panic!("{other}"),
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_app_that_dies_hangs_or_floods_gives_events_and_never_a_hang() {
    let source = r#"
import os, subprocess, sys, time
from flask import Flask
app = Flask(__name__)

@app.route("/die")
def die():
    print("last words", flush=True)
    os._exit(3)

@app.route("/hang")
def hang():
    print("before")
    time.sleep(600)

@app.route("/flood")
def flood():
    for _ in range(2000):
        print("y" * 1000)
    return "done"

@app.route("/big")
def big():
    return (b"z" * 1000000 for _ in range(1000))

@app.route("/spawn")
def spawn():
    child = subprocess.Popen(["sleep", "4242"], start_new_session=True)
    return str(child.pid)
"#;
    let tree = project(&[("app.py", source)]);
    let mut app = launch(options(tree.path())).await.unwrap();
    let (answer, events) = get(&mut app, 1, "/flood").await;
    assert!(answer.ends_with("done"));
    assert!(
        events.iter().any(|event| matches!(event, Event::Cut { probe: Some(ProbeId(1)), what } if what == "stdout"))
    );

    let answer = send(app.address(), 2, "GET", "/hang", "", "").await;
    assert_eq!(answer, "");
    let start = Instant::now();
    let events = app.wait_probe(ProbeId(2), Duration::from_secs(1)).await;
    assert!(start.elapsed() < Duration::from_secs(2));
    assert!(events.iter().any(|event| matches!(event, Event::Log { text, .. } if text.contains("before"))));

    let (answer, _) = get(&mut app, 3, "/big").await;
    assert!(answer.contains("200 OK"));

    let (answer, _) = get(&mut app, 4, "/spawn").await;
    let child = answer.rsplit("\r\n\r\n").next().unwrap().to_owned();
    assert!(app.is_alive());
    let (_, events) = get(&mut app, 5, "/die").await;
    assert!(events.iter().any(|event| matches!(event, Event::Log { text, .. } if text.contains("last words"))));
    assert!(!app.is_alive());
    assert!(app.death().unwrap().contains("exit code 3"));
    assert!(!std::path::Path::new("/proc").join(child).exists(), "what it started is gone with it");
}

#[tokio::test(flavor = "multi_thread")]
async fn fastapi_is_served_without_a_server_of_its_own() {
    let source = r#"
from contextlib import asynccontextmanager
from fastapi import FastAPI, Header
from pydantic import BaseModel

@asynccontextmanager
async def lifespan(app):
    app.state.ready = "yes"
    yield

app = FastAPI(lifespan=lifespan)

class Thing(BaseModel):
    colour: str

@app.post("/things/{number}")
def make(number: int, thing: Thing, q: str = "", x_api_key: str = Header("")):
    print("made", number)
    return {"colour": thing.colour, "q": q, "key": x_api_key, "ready": app.state.ready}

@app.get("/fails")
async def fails():
    raise RuntimeError("inside")
"#;
    let tree = project(&[("service/main.py", source)]);
    let mut app = launch(options(tree.path())).await.unwrap();
    let route = app.routes().iter().find(|route| route.rule == "/things/{number}").unwrap();
    assert_eq!(route.view.as_ref().unwrap().line, line_of(source, "def make("));
    assert_eq!(route.view.as_ref().unwrap().path, "service/main.py");
    for parameter in
        [(ParameterLocation::Query, "q"), (ParameterLocation::Header, "x-api-key"), (ParameterLocation::Json, "colour")]
    {
        let found = route.parameters.iter().any(|known| (known.location, known.name.as_str()) == parameter);
        assert!(found, "{parameter:?} of {:?}", route.parameters);
    }
    let head = "Content-Type: application/json\r\nX-Api-Key: k1\r\n";
    let answer = send(app.address(), 1, "POST", "/things/3?q=a", head, r#"{"colour": "red"}"#).await;
    assert!(answer.ends_with(r#"{"colour":"red","q":"a","key":"k1","ready":"yes"}"#), "{answer}");
    let events = app.wait_probe(ProbeId(1), Duration::from_secs(5)).await;
    assert!(
        events
            .iter()
            .any(|event| matches!(event, Event::Log { probe: Some(ProbeId(1)), text, .. } if text == "made 3\n"))
    );
    let (answer, events) = get(&mut app, 2, "/fails").await;
    assert!(answer.contains("500 Internal"));
    assert!(
        events.iter().any(|event| matches!(event, Event::Log { text, .. } if text.contains("RuntimeError: inside")))
    );
}
