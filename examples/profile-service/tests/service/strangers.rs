//! Programs that others wrote against the service: curl as the README has it, another emulator, schemathesis.

use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use serde_json::{Value, json};

use crate::support::client::send;
use crate::support::python::{run, tool};
use crate::support::{Process, key_of};

/// Runs the lines with curl that the README shows, where they would be run. Their answers' status codes.
fn readme_lines(folder: &Path, address: SocketAddr) -> Vec<String> {
    let readme = include_str!("../../README.md");
    assert!(
        readme.contains("\ncargo run -p profile-service -- --seed\n"),
        "the arguments that this test starts it with"
    );
    let lines = readme.split("```sh\n").find(|block| block.starts_with("KEY=")).expect("the lines with curl");
    let lines = lines.split("```").next().expect("an end").replace("127.0.0.1:8080", &address.to_string());
    let shell = r#"curl() { command curl --silent --show-error --output answer --write-out '%{http_code}\n' "$@"; }"#;
    let told = run(Command::new("bash").current_dir(folder).args(["-euc", &format!("{shell}\n{lines}")]));
    told.lines().map(str::to_owned).collect()
}

const AS_WRITTEN: [&str; 6] = ["200", "200", "200", "412", "201", "200"];

#[test]
fn the_readmes_lines_work_as_written() {
    let folder = tempfile::tempdir().expect("a folder");
    let process = Process::start(&folder.path().join("profile-service-data"), &["--seed"], &[]);
    assert_eq!(readme_lines(folder.path(), process.address), AS_WRITTEN);
    let key = key_of(&folder.path().join("profile-service-data"), "alice");
    assert!(!process.output.lock().expect("no panic").contains(&key));
}

#[test]
fn the_same_program_works_on_another_emulator() {
    let moto = Moto::start();
    let folder = tempfile::tempdir().expect("a folder");
    let data = folder.path().join("profile-service-data");
    let endpoint = format!("http://{}", moto.address);
    let environment = [
        ("AWS_ENDPOINT_URL_DYNAMODB", endpoint.as_str()),
        ("AWS_REGION", "eu-west-1"),
        ("AWS_ACCESS_KEY_ID", "local"),
        ("AWS_SECRET_ACCESS_KEY", "local"),
        ("PROFILE_SERVICE_PEPPER", "a pepper for tests that is long enough"),
    ];
    let process = Process::start(&data, &["--seed"], &environment);
    assert_eq!(readme_lines(folder.path(), process.address), AS_WRITTEN);

    let (alice, bob) = (key_of(&data, "alice"), key_of(&data, "bob"));
    let ask = |key: &str, method: &str, path: &str, body: &Value| -> (u16, Value) {
        let answer = send(process.address, method, path, &[("X-API-Key", key)], body.to_string().as_bytes());
        (answer.status, answer.json())
    };
    let (_, page) = ask(&alice, "GET", "/records?limit=2", &Value::Null);
    let next = format!("/records?page={}", page["next"].as_str().expect("a token"));
    assert_eq!(ask(&alice, "GET", &next, &Value::Null).1["records"].as_array().map(Vec::len), Some(1));
    assert_eq!(ask(&bob, "GET", &next, &Value::Null).0, 400);
    assert_eq!(ask(&bob, "PUT", "/record/alice-1", &json!({"status": "mine"})).0, 400);
    let (_, issued) = ask(&alice, "POST", "/keys", &json!({"scopes": ["user:read"]}));
    let (id, key) = (issued["key_id"].as_str().expect("a name"), issued["api_key"].as_str().expect("a key"));
    assert_eq!(ask(key, "GET", "/user/alice", &Value::Null).0, 200);
    let (_, rotated) = ask(&alice, "POST", "/keys", &json!({"replaces": id, "overlap": 0}));
    assert_eq!(ask(key, "GET", "/user/alice", &Value::Null).0, 401);
    let (id, key) = (rotated["key_id"].as_str().expect("a name"), rotated["api_key"].as_str().expect("a key"));
    assert_eq!(ask(&alice, "DELETE", &format!("/keys/{id}"), &Value::Null).0, 204);
    assert_eq!(ask(key, "GET", "/user/alice", &Value::Null).0, 401);
    assert_eq!(process.stop(), Some(0));
}

#[test]
fn schemathesis_finds_no_failure() {
    let data = tempfile::tempdir().expect("a folder");
    let process = Process::start(data.path(), &["--seed", "--rate-limit", "1000000", "--guess-limit", "0"], &[]);
    let settings = Path::new(env!("CARGO_MANIFEST_DIR")).join("schemathesis.toml");
    run(tool("schemathesis")
        .current_dir(data.path())
        .arg("--config-file")
        .arg(settings)
        .args(["run", "--seed", "1", "--max-examples", "10", "--header"])
        .arg(format!("X-API-Key: {}", key_of(data.path(), "alice")))
        .arg(format!("http://{}/openapi.json", process.address)));
}

/// A running moto.
struct Moto {
    child: Child,
    address: SocketAddr,
}

impl Moto {
    fn start() -> Self {
        // moto takes a port, so a free one is looked for; somebody else may take it first, which shows as no start.
        let address = TcpListener::bind("127.0.0.1:0").and_then(|free| free.local_addr()).expect("a free port");
        let child = tool("moto_server")
            .args(["-H", "127.0.0.1", "-p", &address.port().to_string()])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("moto starts");
        let moto = Self { child, address };
        for _ in 0..600 {
            if TcpStream::connect(address).is_ok() {
                return moto;
            }
            std::thread::sleep(Duration::from_millis(100));
        }
        panic!("moto does not listen");
    }
}

impl Drop for Moto {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
