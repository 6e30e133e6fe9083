use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use sha2::{Digest as _, Sha256};

use super::control::ControlPort;
use super::copy::{Copied, copy_tree};
use super::entry::{Candidate, candidates};
use super::environment::{Layout, SdkCredentials, environment};
use super::error::LaunchError;
use super::interpreter::Interpreter;
use super::isolation::Isolation;
use super::journal::Journal;
use super::message::{Failed, LiveRoute};
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
    /// Program that knows the hidden `__run`; this one, where none is given.
    pub supervisor: Option<PathBuf>,
}

/// Copies the tree, starts the app on the copy and waits until it answers.
///
/// # Errors
/// Each variant of [`LaunchError`] says what is missing and what to do next. Where several candidates were tried, the
/// error is that of the first which is not merely absent.
pub async fn launch(options: LaunchOptions) -> Result<RunningApp, LaunchError> {
    let scratch = Scratch::new().map_err(LaunchError::system("making a temporary directory"))?;
    let place = scratch.path();
    let copied = prepare(&options.project, &place).map_err(LaunchError::system("copying the project"))?;
    let tries = candidates(&options.project, options.app.as_deref(), &options.env, &options.candidates);
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
    let environment = environment(
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
    let program: [OsString; 2] =
        [options.python.path.clone().into(), place.join("runner/stanch_main.py").into_os_string()];
    let start = Start {
        supervisor: &supervisor,
        program: &program,
        directory: &place.join("copy"),
        environment: &environment,
        nonce: &nonce,
    };
    let process =
        Process::start(&start, control, Arc::clone(&journal)).map_err(system("starting the app's process"))?;
    wait_until_up(options, process, candidate).await
}

async fn wait_until_up(
    options: &LaunchOptions,
    mut process: Process,
    candidate: &Candidate,
) -> Result<Up, LaunchError> {
    let journal = Arc::clone(&process.journal);
    let told = async {
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
            let place = journal.start(|start| start.hanging_at.clone()).map(|at| Box::new(at.source(&options.place_prefix)));
            return Err(LaunchError::Hang { seconds: options.start_timeout.as_secs(), place, refused });
        }
    };
    if ended.is_some() {
        process.drain().await;
    }
    if let Some(failed) = journal.start(|start| start.failed.clone()) {
        return Err(explain(options, candidate, failed, refused(&process.journal)));
    }
    let up = journal.start(|start| Some((start.port?, start.routes.clone()?)));
    let Some((port, routes)) = up.filter(|_| ended.is_none()) else {
        let how = ended.flatten().map_or_else(|| "it is gone".to_owned(), describe_end);
        return Err(LaunchError::Ended { how, last_words: process.journal.last_words() });
    };
    Ok(Up {
        address: SocketAddr::from(([127, 0, 0, 1], port)),
        framework: routes.framework,
        debug: routes.debug,
        testing: routes.testing,
        routes: routes.routes.into_iter().map(|raw| LiveRoute::new(raw, &options.place_prefix)).collect(),
        process,
    })
}

fn prepare(project: &Path, place: &Path) -> std::io::Result<Copied> {
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
        "entry": {
            "module": candidate.module,
            "name": candidate.name,
            "factory": candidate.factory,
            "root": candidate.root,
        },
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

fn explain(options: &LaunchOptions, candidate: &Candidate, failed: Failed, refused: Vec<String>) -> LaunchError {
    let place = failed.place.map(|place| Box::new(place.source(&options.place_prefix)));
    match (failed.reason.as_str(), failed.name) {
        // The module of the candidate itself is not there.
        ("missing-package", Some(name)) if place.is_none() && candidate.module.split('.').next() == Some(&*name) => {
            LaunchError::NoApp { tried: vec![failed.message] }
        }
        ("missing-package", Some(module)) => {
            let install = format!("{} -m pip install {}", options.python.path.display(), package_of(&module));
            LaunchError::MissingPackage { module, install, place }
        }
        ("missing-variable", Some(name)) => LaunchError::MissingVariable { name, place },
        ("no-app", _) => LaunchError::NoApp { tried: vec![failed.message] },
        _ => LaunchError::Import { message: failed.message, place, trace: failed.trace, refused, unset: failed.unset },
    }
}

/// The name under which `PyPI` has a module, where it is another one.
fn package_of(module: &str) -> String {
    const OTHER: [(&str, &str); 22] = [
        ("MySQLdb", "mysqlclient"),
        ("OpenSSL", "pyOpenSSL"),
        ("PIL", "Pillow"),
        ("attr", "attrs"),
        ("awsgi", "aws-wsgi"),
        ("bs4", "beautifulsoup4"),
        ("cv2", "opencv-python-headless"),
        ("dateutil", "python-dateutil"),
        ("decouple", "python-decouple"),
        ("dotenv", "python-dotenv"),
        ("environ", "django-environ"),
        ("flask_restplus", "flask-restx"),
        ("jose", "python-jose"),
        ("jwt", "PyJWT"),
        ("magic", "python-magic"),
        ("multipart", "python-multipart"),
        ("nacl", "PyNaCl"),
        ("pkg_resources", "'setuptools<81'"),
        ("psycopg2", "psycopg2-binary"),
        ("serverless_wsgi", "serverless-wsgi"),
        ("sklearn", "scikit-learn"),
        ("yaml", "PyYAML"),
    ];
    let top = module.split('.').next().unwrap_or(module);
    OTHER
        .iter()
        .find(|(name, _)| *name == top)
        .map_or_else(|| top.replace('_', "-"), |(_, package)| (*package).to_owned())
}

fn first_line(error: &LaunchError) -> String {
    match error {
        LaunchError::NoApp { tried } => tried.first().cloned().unwrap_or_default(),
        other => other.to_string().lines().next().unwrap_or_default().to_owned(),
    }
}
