//! Runs an app under watch and shows what it does: `run_app PROJECT [--python P] [--app M:N] [--env A=B] [METHOD PATH]…`.
//!
//! The smallest complete user of `stanch_live::app` with an embedded DynamoDB, and the supervisor of its tests.

#![expect(clippy::print_stdout, reason = "an example talks to whoever runs it")]

use std::collections::BTreeMap;
use std::error::Error;
use std::ffi::OsString;
use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use stanch_dynamodb::{World, WorldOptions};
use stanch_live::ProbeId;
use stanch_live::app::{
    Isolated, Isolation, LaunchOptions, RUN_COMMAND, SdkCredentials, find_interpreter, interrupted, isolate,
    isolate_processes, launch, listen_for_interrupts, run_child,
};
use stanch_secrets::Secret;

fn main() -> Result<ExitCode, Box<dyn Error>> {
    let arguments: Vec<OsString> = std::env::args_os().skip(1).collect();
    if arguments.first().is_some_and(|first| first == RUN_COMMAND) {
        return Ok(run_child(arguments.get(1..).unwrap_or_default()));
    }
    let isolated = if arguments.iter().any(|word| word == "--wall") {
        listen_for_interrupts(true);
        Isolated::Here(Isolation::Wall { reason: "asked for".to_owned() })
    } else if arguments.iter().any(|word| word == "--allow-port") {
        isolate_processes()
    } else {
        isolate()
    };
    match isolated {
        Isolated::Ended(code) => Ok(ExitCode::from(code)),
        Isolated::Here(isolation) => {
            println!("isolation: {isolation:?}");
            tokio::runtime::Runtime::new()?.block_on(async {
                tokio::select! {
                    done = run(&arguments, isolation) => done.map(|()| ExitCode::SUCCESS),
                    _ = interrupted() => Ok(ExitCode::from(130)),
                }
            })
        }
    }
}

async fn run(arguments: &[OsString], isolation: Isolation) -> Result<(), Box<dyn Error>> {
    let mut words = arguments.iter().map(|word| word.to_string_lossy().into_owned());
    let project = PathBuf::from(words.next().ok_or("which project?")?);
    let (mut python, mut app, mut env, mut requests) = (None, None, BTreeMap::new(), Vec::new());
    let mut allow_ports = Vec::new();
    let mut timeout = 20;
    while let Some(word) = words.next() {
        let value = words.next().ok_or("a value is missing")?;
        match word.as_str() {
            "--python" => python = Some(PathBuf::from(value)),
            "--app" => app = Some(value),
            "--wall" => println!("{value}"),
            "--timeout" => timeout = value.parse()?,
            "--allow-port" => allow_ports.push(value.parse()?),
            "--env" => {
                let (name, value) = value.split_once('=').ok_or("--env A=B")?;
                env.insert(name.to_owned(), value.to_owned());
            }
            method => requests.push((method.to_owned(), value)),
        }
    }
    let world = World::start(WorldOptions::default())?;
    let front = *world.addresses().first().ok_or("the front has no address")?;
    let mut running = launch(LaunchOptions {
        python: find_interpreter(&project, python.as_deref())?,
        project,
        place_prefix: String::new(),
        app,
        candidates: Vec::new(),
        env,
        aws_endpoint: front,
        stub_endpoint: Some(front),
        credentials: SdkCredentials {
            access_key_id: Secret::new("not-a-key"),
            secret_access_key: Secret::new("not-a-secret"),
            session_token: None,
        },
        allow_ports,
        start_timeout: Duration::from_secs(timeout),
        isolation,
        keep: false,
        handlers: Vec::new(),
        stand_ins: BTreeMap::new(),
        serve: None,
        command: Vec::new(),
        supervisor: None,
    })
    .await?;
    println!("{} {} at {}", running.framework(), running.entry(), running.address());
    for route in running.routes() {
        println!("route {route:?}");
    }
    for event in running.startup_events() {
        println!("start {event:?}");
    }
    for (number, (method, target)) in requests.iter().enumerate() {
        let probe = ProbeId(u32::try_from(number)? + 1);
        let address = running.address();
        let (method, target) = (method.clone(), target.clone());
        let answer = tokio::task::spawn_blocking(move || send(address, probe, &method, &target)).await?;
        println!("answer {answer:?}");
        for event in running.wait_probe(probe, Duration::from_secs(2)).await {
            println!("event {event:?}");
        }
        for call in world.drain_calls() {
            println!("call {call:?}");
        }
    }
    println!("alive {} blind {:?}", running.is_alive(), running.blind_spots());
    if let Some(death) = running.death() {
        println!("death {death}");
    }
    println!("end {:?}", running.stop().await);
    Ok(())
}

/// Sends one request; `METHOD:BODY` sends a JSON body.
fn send(address: SocketAddr, probe: ProbeId, method: &str, target: &str) -> Result<String, String> {
    let (method, body) = method.split_once(':').unwrap_or((method, ""));
    let talk = || -> std::io::Result<String> {
        let mut stream = TcpStream::connect(address)?;
        stream.set_read_timeout(Some(Duration::from_secs(5)))?;
        write!(
            stream,
            "{method} {target} HTTP/1.1\r\nHost: localhost\r\nX-Stanch-Probe: {}\r\nContent-Type: application/json\r\n\
             Content-Length: {}\r\nConnection: close\r\n\r\n{body}",
            probe.0,
            body.len()
        )?;
        let mut answer = Vec::new();
        stream.take(20_000).read_to_end(&mut answer)?;
        Ok(String::from_utf8_lossy(&answer).into_owned())
    };
    talk().map_err(|error| error.to_string())
}
