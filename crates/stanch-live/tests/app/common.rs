//! Small apps, written to a temporary directory and run in the tests' own virtual environment.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use stanch_live::app::{Isolation, LaunchOptions, SdkCredentials, find_interpreter};
use stanch_live::{Event, ProbeId};
use stanch_secrets::Secret;
use tempfile::TempDir;

/// A project of the given files.
pub(crate) fn project(files: &[(&str, &str)]) -> TempDir {
    let tree = tempfile::tempdir().unwrap();
    for (path, text) in files {
        let path = tree.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    tree
}

/// Options to run it with: a stub in place of DynamoDB, the example as supervisor, the wall alone.
pub(crate) fn options(tree: &Path) -> LaunchOptions {
    LaunchOptions {
        project: tree.to_path_buf(),
        place_prefix: String::new(),
        app: None,
        candidates: Vec::new(),
        python: find_interpreter(tree, Some(&environment())).unwrap(),
        env: BTreeMap::new(),
        aws_endpoint: stub(),
        stub_endpoint: None,
        credentials: SdkCredentials {
            access_key_id: Secret::new("id-for-tests"),
            secret_access_key: Secret::new("secret-for-tests"),
            session_token: None,
        },
        allow_ports: Vec::new(),
        start_timeout: Duration::from_secs(30),
        isolation: Isolation::Wall { reason: "a test".to_owned() },
        keep: false,
        handlers: Vec::new(),
        stand_ins: BTreeMap::new(),
        serve: None,
        command: Vec::new(),
        supervisor: Some(supervisor()),
    }
}

/// The example, which `cargo test` builds beside the tests.
pub(crate) fn supervisor() -> PathBuf {
    let tests = std::env::current_exe().unwrap();
    tests.parent().unwrap().parent().unwrap().join("examples/run_app")
}

/// The virtual environment, made by the script the first time.
pub(crate) fn environment() -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().unwrap();
    let environment = root.join("target/test-venv");
    fs::create_dir_all(root.join("target")).unwrap();
    let lock = File::create(root.join("target/test-venv.lock")).unwrap();
    lock.lock().unwrap();
    let made = Command::new(root.join("python/test_venv.sh")).arg(&environment).status().unwrap();
    assert!(made.success(), "python/test_venv.sh failed");
    environment
}

/// Sends a request as a probe with more header lines; the whole answer as text, an empty one if there is none.
pub(crate) async fn send(
    address: SocketAddr,
    probe: u32,
    method: &str,
    target: &str,
    head: &str,
    body: &str,
) -> String {
    let request = format!(
        "{method} {target} HTTP/1.1\r\nHost: localhost\r\nX-Stanch-Probe: {probe}\r\nContent-Length: {}\r\n\
         Connection: close\r\n{head}\r\n{body}",
        body.len()
    );
    let talk = move || -> std::io::Result<String> {
        let mut stream = TcpStream::connect(address)?;
        stream.set_read_timeout(Some(Duration::from_secs(3)))?;
        stream.write_all(request.as_bytes())?;
        let mut answer = Vec::new();
        let _ = stream.take(1024 * 1024).read_to_end(&mut answer);
        Ok(String::from_utf8_lossy(&answer).into_owned())
    };
    tokio::task::spawn_blocking(talk).await.unwrap().unwrap_or_default()
}

/// A GET and the events of its probe.
pub(crate) async fn get(app: &mut stanch_live::app::RunningApp, probe: u32, target: &str) -> (String, Vec<Event>) {
    let answer = send(app.address(), probe, "GET", target, "", "").await;
    (answer, app.wait_probe(ProbeId(probe), Duration::from_secs(5)).await)
}

/// A server on loopback that answers `{"probe": …}` with the probe's number as it came, and an empty item list.
pub(crate) fn stub() -> SocketAddr {
    let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            std::thread::spawn(move || {
                let mut request = [0_u8; 65_536];
                let length = stream.read(&mut request).unwrap_or(0);
                let text = String::from_utf8_lossy(request.get(..length).unwrap_or_default()).into_owned();
                let probe = text.lines().find_map(|line| line.strip_prefix("X-Stanch-Probe: ")).unwrap_or("none");
                let body = format!("{{\"Items\": [{{\"probe\": {{\"S\": \"{probe}\"}}}}], \"Count\": 1}}");
                let _ = write!(
                    stream,
                    "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
                    body.len()
                );
            });
        }
    });
    address
}
