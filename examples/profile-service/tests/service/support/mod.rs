//! The service as a process, an embedded DynamoDB behind a front that counts and breaks calls, and a client that sends
//! any bytes.

pub(crate) mod client;
pub(crate) mod front;
pub(crate) mod python;
pub(crate) mod terraform;

use std::io::{BufRead, BufReader, Read};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};

use nix::sys::signal::Signal;
use nix::unistd::Pid;
use serde_json::{Value, json};
use stanch_dynamodb::Engine;
use stanch_secrets::KnownValues;
use tempfile::TempDir;
use tokio::runtime::Runtime;

use self::client::{Answer, send};
use self::front::Front;

/// Sent where a test needs a well-formed key that nobody was given.
pub(crate) const UNKNOWN_KEY: &str = concat!("psk", "_", "0000000000000000000000000000000000000000000");
const PEPPER: &str = "a pepper for tests that is long enough";

/// A running service.
pub(crate) struct Process {
    child: Child,
    /// Where it listens.
    pub(crate) address: SocketAddr,
    /// Everything it wrote to stdout and stderr.
    pub(crate) output: Arc<Mutex<String>>,
}

impl Process {
    /// Starts the service with this data folder, arguments and environment, and no AWS setting but these.
    pub(crate) fn start(data: &Path, arguments: &[&str], environment: &[(&str, &str)]) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_profile-service"));
        command.env_clear().arg("--listen").arg("127.0.0.1:0").arg("--data").arg(data).args(arguments);
        let mut child = command
            .envs(environment.iter().copied())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the service starts");
        let output = Arc::new(Mutex::new(String::new()));
        let stdout = child.stdout.take().expect("a pipe");
        collect(child.stderr.take().expect("a pipe"), Arc::clone(&output), |_| {});
        let (listening, address) = std::sync::mpsc::channel();
        collect(stdout, Arc::clone(&output), move |line| {
            if let Some(address) = line.strip_prefix("listening: http://") {
                let _ = listening.send(address.trim().parse().expect("an address"));
            }
        });
        let address = address.recv_timeout(std::time::Duration::from_secs(120));
        let address = address.unwrap_or_else(|_| panic!("not listening: {}", output.lock().expect("no panic")));
        Self { child, address, output }
    }

    /// Ends it as a crash would.
    pub(crate) fn kill(&self) {
        self.signal(Signal::SIGKILL);
    }

    /// Asks it to end and waits for it; its exit code.
    pub(crate) fn stop(mut self) -> Option<i32> {
        self.signal(Signal::SIGTERM);
        self.child.wait().expect("it ends").code()
    }

    fn signal(&self, signal: Signal) {
        let id = i32::try_from(self.child.id()).expect("a process id");
        nix::sys::signal::kill(Pid::from_raw(id), signal).expect("it is there");
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn collect(from: impl Read + Send + 'static, into: Arc<Mutex<String>>, mut seen: impl FnMut(&str) + Send + 'static) {
    std::thread::spawn(move || {
        let mut reader = BufReader::new(from);
        let mut line = Vec::new();
        while reader.read_until(b'\n', &mut line).is_ok_and(|count| count > 0) {
            let text = String::from_utf8_lossy(&line).into_owned();
            into.lock().expect("no panic").push_str(&text);
            seen(&text);
            line.clear();
        }
    });
}

/// The key that the service put into a file for this user.
pub(crate) fn key_of(data: &Path, user: &str) -> String {
    std::fs::read_to_string(data.join("keys").join(format!("{user}.key"))).expect("a key file")
}

/// A seeded service on an embedded DynamoDB behind the front.
pub(crate) struct World {
    pub(crate) process: Process,
    pub(crate) engine: Engine,
    pub(crate) front: Arc<Front>,
    pub(crate) alice: String,
    pub(crate) bob: String,
    answers: Mutex<Vec<u8>>,
    _data: TempDir,
    _runtime: Runtime,
}

impl World {
    pub(crate) fn start(arguments: &[&str]) -> Self {
        let data = tempfile::tempdir().expect("a folder");
        let runtime = Runtime::new().expect("a runtime");
        let engine = Engine::memory().expect("an engine");
        let front = runtime.block_on(Front::start(&engine));
        let endpoint = format!("http://{}", front.address);
        let environment = [
            ("AWS_ENDPOINT_URL_DYNAMODB", endpoint.as_str()),
            ("AWS_REGION", "eu-west-1"),
            ("AWS_ACCESS_KEY_ID", "test"),
            ("AWS_SECRET_ACCESS_KEY", "secret-of-the-test-credentials"),
            ("PROFILE_SERVICE_PEPPER", PEPPER),
        ];
        let process =
            Process::start(data.path(), &[&["--seed", "--log-level", "debug"], arguments].concat(), &environment);
        let (alice, bob) = (key_of(data.path(), "alice"), key_of(data.path(), "bob"));
        let answers = Mutex::new(Vec::new());
        Self { process, engine, front, alice, bob, answers, _data: data, _runtime: runtime }
    }

    /// Sends a request and remembers the answer for [`World::assert_nothing_leaked`].
    pub(crate) fn send(&self, method: &str, target: &str, headers: &[(&str, &str)], body: &[u8]) -> Answer {
        let answer = self.send_unremembered(method, target, headers, body);
        self.answers.lock().expect("no panic").extend_from_slice(&answer.bytes);
        answer
    }

    /// Sends a request whose answer may hold a key: the one that issues it.
    pub(crate) fn send_unremembered(
        &self,
        method: &str,
        target: &str,
        headers: &[(&str, &str)],
        body: &[u8],
    ) -> Answer {
        send(self.process.address, method, target, headers, body)
    }

    /// Sends raw bytes.
    pub(crate) fn send_raw(&self, bytes: &[u8]) -> Answer {
        let answer = client::exchange(self.process.address, bytes, true);
        self.answers.lock().expect("no panic").extend_from_slice(&answer.bytes);
        answer
    }

    /// Issues a key for the owner of another.
    pub(crate) fn issue(&self, key: &str, body: &Value) -> (String, String) {
        let answer = self.send_unremembered("POST", "/keys", &[("X-API-Key", key)], body.to_string().as_bytes());
        assert_eq!(answer.status, 201, "{}", answer.text());
        let text = |name: &str| answer.json()[name].as_str().expect("text").to_owned();
        (text("key_id"), text("api_key"))
    }

    /// Everything the service wrote, up to and including the line of a request sent now.
    pub(crate) fn output(&self) -> String {
        let mark = format!(
            "mark-{:x}",
            std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).map_or(0, |since| since.as_micros())
        );
        self.send("GET", "/health", &[("X-Request-Id", &mark)], b"");
        // The lines of 200 writers stand before it in the pipe.
        for _ in 0..6000 {
            let output = self.process.output.lock().expect("no panic").clone();
            if output.contains(&mark) {
                return output;
            }
            std::thread::sleep(std::time::Duration::from_millis(10));
        }
        panic!("the log lacks a line");
    }

    /// All stored items whose partition key begins so.
    pub(crate) fn items(&self, prefix: &str) -> Vec<Value> {
        let items = self.engine.items("profile-service").expect("the table");
        items.into_iter().filter(|item| item["pk"]["S"].as_str().is_some_and(|pk| pk.starts_with(prefix))).collect()
    }

    /// Changes an attribute of a stored item behind the service's back.
    pub(crate) fn set(&self, item: &Value, name: &str, value: &Value) {
        let request = json!({
            "TableName": "profile-service", "Key": {"pk": item["pk"], "sk": item["sk"]},
            "UpdateExpression": "SET #n = :v", "ExpressionAttributeNames": {"#n": name},
            "ExpressionAttributeValues": {":v": value},
        });
        self.engine.call("UpdateItem", request).expect("an update");
    }

    /// No key, digest, pepper or credential in any remembered answer or any line of output, in any form; every line of
    /// the log is one JSON object without control characters.
    pub(crate) fn assert_nothing_leaked(&self, keys: &[&str]) {
        let digests: Vec<String> = self
            .items("KEY#")
            .iter()
            .flat_map(|item| {
                let partition = item["pk"]["S"].as_str().unwrap_or_default().trim_start_matches("KEY#").to_owned();
                [partition, item["digest"]["B"].as_str().unwrap_or_default().to_owned()]
            })
            .collect();
        assert!(digests.len() >= 4, "the digests of the seeded keys are known");
        let mut secrets =
            vec![self.alice.as_str(), self.bob.as_str(), PEPPER, "secret-of-the-test-credentials", UNKNOWN_KEY];
        secrets.extend(keys);
        secrets.extend(digests.iter().map(String::as_str));
        let known = KnownValues::new(secrets);
        let output = self.output();
        let answers = self.answers.lock().expect("no panic");
        let found = known.find(&answers);
        assert!(found.is_empty(), "an answer holds secret number {:?}", found[0].value);
        let found = known.find(output.as_bytes());
        assert!(found.is_empty(), "the log holds secret number {:?}", found[0].value);
        for line in output.lines().filter(|line| !line.starts_with("store:") && !line.starts_with("key of")) {
            if !line.starts_with("listening:") {
                assert!(line.chars().all(|character| !character.is_control()), "{line:?}");
                serde_json::from_str::<Value>(line).unwrap_or_else(|_| panic!("no JSON: {line}"));
            }
        }
    }
}
