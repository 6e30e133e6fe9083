use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use sha2::{Digest as _, Sha256};

use super::control::ControlPort;
use super::copy::{Copied, copy_tree, link_named};
use super::entry::{Candidate, candidates};
use super::environment::{Layout, SdkCredentials, environment};
use super::error::LaunchError;
use super::explain::{explain, first_line};
use super::interpreter::Interpreter;
use super::isolation::Isolation;
use super::journal::Journal;
use super::message::LiveRoute;
use super::process::{Process, Start, own_program};
use super::runner;
use super::running::RunningApp;
use super::scratch::Scratch;
use super::supervise::describe_end;
use crate::Event;

/// What to run and how.
#[derive(Clone, Debug)]
pub struct LaunchOptions {
    /// The user's tree. It is copied, never written to.
    pub project: PathBuf,
    /// What stands before the paths of places: where `project` lies below the root that all paths are relative to.
    pub place_prefix: String,
    /// `MODULE:NAME`, `MODULE:factory()` or a file, if the user named one.
    pub app: Option<String>,
    /// Apps that were seen in the source, most likely first.
    pub candidates: Vec<Candidate>,
    /// Python to run it in, from [`super::find_interpreter`].
    pub python: Interpreter,
    /// Variables for the app: guessed table names, the user's `--env-file`.
    pub env: BTreeMap<String, String>,
    /// Where DynamoDB answers.
    pub aws_endpoint: SocketAddr,
    /// Where all other AWS services answer, if anything does.
    pub stub_endpoint: Option<SocketAddr>,
    /// The SDK's credentials.
    pub credentials: SdkCredentials,
    /// Further ports on loopback that the app may connect to.
    pub allow_ports: Vec<u16>,
    /// Time for import and start.
    pub start_timeout: Duration,
    /// What [`super::isolate`] gave.
    pub isolation: Isolation,
    /// Whether the temporary directory stays.
    pub keep: bool,
    /// Files to put into the copy where it has none of that name, with their text: a `config.py` that is kept out of the
    /// repository.
    pub stand_ins: BTreeMap<String, String>,
    /// Plain Lambda handlers, for a project that has no app: all of them are served together.
    pub handlers: Vec<Candidate>,
    /// A command that serves the app, instead of our own runner.
    pub serve: Option<Serve>,
    /// A command that is watched to its end, for [`super::WatchedCommand`].
    pub command: Vec<String>,
    /// Program that knows the hidden `__run`; this one, where none is given.
    pub supervisor: Option<PathBuf>,
}

/// A command of the user's own that serves the app, and where it does.
#[derive(Clone, Debug)]
pub struct Serve {
    /// For `sh -c`, in the copy of the tree, with the interpreter's directory first on `PATH`.
    pub command: String,
    /// Where it answers.
    pub address: SocketAddr,
    /// Routes from its description, for a server in another language: nothing in it says hello then. Empty for an app that
    /// tells its own.
    pub routes: Vec<LiveRoute>,
}

/// Copies the tree, starts the app on the copy and waits until it answers.
///
/// # Errors
/// Each variant of [`LaunchError`] says what is missing and what to do next. Where several candidates were tried, the
/// error is that of the first which is not merely absent.
pub async fn launch(options: LaunchOptions) -> Result<RunningApp, LaunchError> {
    let scratch = Scratch::new().map_err(LaunchError::system("making a temporary directory"))?;
    let place = scratch.path();
    let mut copied = prepare(&options.project, &place).map_err(LaunchError::system("copying the project"))?;
    let tries = match &options.serve {
        Some(serve) => {
            link_named(&serve.command, &options.project, &place.join("copy"), &mut copied)
                .map_err(LaunchError::system("linking what --serve names"))?;
            vec![Candidate { module: serve.command.clone(), name: None, factory: false, root: String::new() }]
        }
        None => candidates(&options.project, options.app.as_deref(), &options.env, &options.candidates),
    };
    for (path, text) in &options.stand_ins {
        let file = place.join("copy").join(path);
        if !file.exists() {
            fs::write(&file, text).map_err(LaunchError::system("writing a stand-in"))?;
        }
    }
    let found_none = options.serve.is_none() && options.app.is_none() && options.candidates.is_empty();
    let handler = options.handlers.first().filter(|_| found_none).cloned();
    let tries: Vec<Candidate> = tries.into_iter().chain(handler).collect();
    let (mut worst, mut tried) = (None, Vec::new());
    for candidate in tries {
        match start(&options, &place, &candidate).await {
            Ok(up) => return Ok(RunningApp::new(options, scratch, copied, candidate, up)),
            Err(error) => {
                tried.push(format!("{candidate}: {}", first_line(&error)));
                if !matches!(error, LaunchError::NoApp { .. }) && worst.is_none() {
                    worst = Some(error);
                }
            }
        }
    }
    Err(worst.unwrap_or(LaunchError::NoApp { tried }))
}

/// An app that answers.
pub(crate) struct Up {
    pub(crate) process: Process,
    pub(crate) address: SocketAddr,
    pub(crate) routes: Vec<LiveRoute>,
    pub(crate) framework: String,
    pub(crate) debug: bool,
    pub(crate) testing: bool,
}

/// Starts one candidate.
pub(crate) async fn start(options: &LaunchOptions, place: &Path, candidate: &Candidate) -> Result<Up, LaunchError> {
    wait_until_up(options, spawn(options, place, candidate).await?, candidate).await
}

/// Starts the process of one candidate, of the command that serves, or of the one that is watched.
pub(crate) async fn spawn(
    options: &LaunchOptions,
    place: &Path,
    candidate: &Candidate,
) -> Result<Process, LaunchError> {
    let system = LaunchError::system;
    let nonce = nonce(place).map_err(system("reading randomness"))?;
    let journal = Arc::new(Journal::new(&options.place_prefix));
    let control =
        ControlPort::open(nonce.clone(), Arc::clone(&journal)).await.map_err(system("opening the control port"))?;
    let config = write_config(options, place, candidate, &nonce, control.port).map_err(system("writing settings"))?;
    let layout = Layout {
        runner: &place.join("runner"),
        home: &place.join("home"),
        temporary: &place.join("tmp"),
        config: &config,
    };
    let mut environment = environment(
        std::env::vars_os(),
        &layout,
        options.aws_endpoint,
        options.stub_endpoint,
        &options.credentials,
        &options.env,
    );
    let supervisor = match &options.supervisor {
        Some(path) => path.clone(),
        None => own_program().map_err(system("finding this program"))?,
    };
    let is_own = options.serve.is_some() || !options.command.is_empty();
    if is_own {
        let path = [options.python.path.parent().unwrap_or(Path::new("/")).to_path_buf()];
        let rest = environment.get(&OsString::from("PATH")).cloned().unwrap_or_default();
        let path = std::env::join_paths(path.into_iter().chain(std::env::split_paths(&rest)));
        environment.extend(path.ok().map(|path| ("PATH".into(), path)));
    }
    let program: Vec<OsString> = match &options.serve {
        _ if !options.command.is_empty() => {
            // Tests may have a stand-in of their own for AWS, which knows the addresses of AWS alone.
            environment.retain(|name, _| !name.to_string_lossy().starts_with("AWS_ENDPOINT_URL"));
            options.command.iter().map(OsString::from).collect()
        }
        Some(serve) => vec!["sh".into(), "-c".into(), serve.command.clone().into()],
        None => vec![options.python.path.clone().into(), place.join("runner/stanch_main.py").into_os_string()],
    };
    let start = Start {
        supervisor: &supervisor,
        program: &program,
        directory: &place.join("copy"),
        environment: &environment,
        nonce: &nonce,
    };
    Process::start(&start, control, Arc::clone(&journal)).map_err(system("starting the app's process"))
}

async fn wait_until_up(
    options: &LaunchOptions,
    mut process: Process,
    candidate: &Candidate,
) -> Result<Up, LaunchError> {
    let journal = Arc::clone(&process.journal);
    let described = options.serve.as_ref().filter(|serve| !serve.routes.is_empty());
    let knocking =
        options.serve.as_ref().map(|serve| Knocking(tokio::spawn(knock(serve.address, described.is_some()))));
    let mut knocking = knocking;
    let told = async {
        if let Some(Knocking(knocking)) = knocking.as_mut().filter(|_| described.is_some()) {
            let _answered = knocking.await;
            return;
        }
        loop {
            let changed = journal.changed.notified();
            tokio::pin!(changed);
            changed.as_mut().enable();
            if journal.start(|start| start.failed.is_some() || (start.port.is_some() && start.routes.is_some())) {
                return;
            }
            changed.await;
            // An app that tells without end must not keep the clock beside this from being looked at.
            tokio::task::yield_now().await;
        }
    };
    let ended = tokio::select! {
        () = told => None,
        status = process.wait() => Some(status),
        () = tokio::time::sleep(options.start_timeout) => {
            process.kill().await;
            let refused = refused(&process.journal);
            if let Some(serve) = &options.serve {
                return Err(LaunchError::NoHandshake { address: serve.address, last_words: process.journal.last_words() });
            }
            let place = journal.start(|start| start.hanging_at.clone()).map(|at| Box::new(at.source(&options.place_prefix)));
            return Err(LaunchError::Hang { seconds: options.start_timeout.as_secs(), place, refused });
        }
    };
    drop(knocking);
    if ended.is_some() {
        process.drain().await;
    }
    if let Some(failed) = journal.start(|start| start.failed.clone()) {
        return Err(explain(options, candidate, failed, refused(&process.journal)));
    }
    if let Some(serve) = described.filter(|_| ended.is_none()) {
        let (address, routes) = (serve.address, serve.routes.clone());
        return Ok(Up { address, framework: "server".to_owned(), debug: false, testing: false, routes, process });
    }
    let up = journal.start(|start| Some((start.port?, start.routes.clone()?)));
    let Some((port, routes)) = up.filter(|_| ended.is_none()) else {
        let how = ended.flatten().map_or_else(|| "it is gone".to_owned(), describe_end);
        return Err(LaunchError::Ended { how, last_words: process.journal.last_words() });
    };
    let address = options.serve.as_ref().map_or(SocketAddr::from(([127, 0, 0, 1], port)), |serve| serve.address);
    Ok(Up {
        address,
        framework: routes.framework,
        debug: routes.debug,
        testing: routes.testing,
        routes: routes.routes.into_iter().map(|raw| LiveRoute::new(raw, &options.place_prefix)).collect(),
        process,
    })
}

/// Asks for `/` until something answers, and then on, unless `once`: the app tells its routes at the first request.
async fn knock(address: SocketAddr, once: bool) {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

    loop {
        if let Ok(mut stream) = tokio::net::TcpStream::connect(address).await {
            let request = format!("GET / HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
            let mut answer = [0_u8; 1024];
            if stream.write_all(request.as_bytes()).await.is_ok() {
                let read = tokio::time::timeout(Duration::from_secs(2), stream.read(&mut answer)).await;
                if once && matches!(read, Ok(Ok(_))) {
                    return;
                }
            }
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

/// Knocks until it is dropped.
struct Knocking(tokio::task::JoinHandle<()>);

impl Drop for Knocking {
    fn drop(&mut self) {
        self.0.abort();
    }
}

pub(crate) fn prepare(project: &Path, place: &Path) -> std::io::Result<Copied> {
    for directory in ["home", "tmp"] {
        fs::create_dir_all(place.join(directory))?;
    }
    runner::write_to(&place.join("runner"))?;
    copy_tree(project, &place.join("copy"))
}

fn write_config(
    options: &LaunchOptions,
    place: &Path,
    candidate: &Candidate,
    nonce: &str,
    control: u16,
) -> std::io::Result<PathBuf> {
    let mut ports = options.allow_ports.clone();
    ports.push(options.aws_endpoint.port());
    ports.extend(options.stub_endpoint.map(|stub| stub.port()));
    let original = fs::canonicalize(&options.project)?;
    let handlers: Vec<[&str; 3]> = options
        .handlers
        .iter()
        .filter(|_| options.handlers.first() == Some(candidate))
        .filter_map(|handler| Some([handler.module.as_str(), handler.name.as_deref()?, handler.root.as_str()]))
        .collect();
    let is_ours = options.serve.is_none() && options.command.is_empty();
    let entry = is_ours.then(|| {
        serde_json::json!({
            "module": candidate.module,
            "name": candidate.name,
            "factory": candidate.factory,
            "root": candidate.root,
            "handlers": handlers,
        })
    });
    let config = serde_json::json!({
        "control": control,
        "nonce": nonce,
        "copy": place.join("copy").to_string_lossy(),
        "original": original.to_string_lossy(),
        "home": std::env::home_dir().unwrap_or_default().to_string_lossy(),
        "scratch": place.to_string_lossy(),
        "ports": ports,
        "front": format!("http://{}", options.aws_endpoint),
        "stub": options.stub_endpoint.map(|stub| format!("http://{stub}")),
        "patience": options.start_timeout.as_secs_f64() * 0.8,
        "suite": !options.command.is_empty(),
        "own_loopback": !options.command.is_empty() && options.isolation == Isolation::Namespaces,
        "entry": entry,
    });
    let path = place.join("watch.json");
    fs::write(&path, config.to_string())?;
    Ok(path)
}

/// A secret of this run: 128 bits from the system.
fn nonce(place: &Path) -> std::io::Result<String> {
    use std::io::Read as _;

    let mut random = [0_u8; 32];
    fs::File::open("/dev/urandom")?.read_exact(&mut random)?;
    let digest = Sha256::new().chain_update(random).chain_update(place.as_os_str().as_encoded_bytes()).finalize();
    Ok(digest.iter().take(16).map(|byte| format!("{byte:02x}")).collect())
}

fn refused(journal: &Journal) -> Vec<String> {
    let mut found: Vec<String> = journal
        .take_all()
        .into_iter()
        .filter_map(|event| if let Event::Refused { address, .. } = event { Some(address) } else { None })
        .collect();
    found.dedup();
    found.truncate(5);
    found
}
