use std::ffi::OsString;
use std::io::{Read as _, Write as _};
use std::os::unix::process::{CommandExt as _, ExitStatusExt as _};
use std::process::{Command, ExitCode, Stdio};

use nix::sys::signal::{Signal, kill, killpg};
use nix::sys::wait::{WaitPidFlag, WaitStatus, waitpid};
use nix::unistd::Pid;

/// Name of the hidden subcommand.
pub const RUN_COMMAND: &str = "__run";

/// Runs the hidden `stanch __run …`, given what stands behind it: the process between `stanch` and the user's app.
///
/// As `__run watch -- PROGRAM …` it stays: it starts the program in a group of its own and, as soon as the program ends
/// or its own standard input does (that is, when `stanch` is gone, however it went), kills the program and all that
/// the program started. As `__run limit -- PROGRAM …` it sets limits and the signal for its parent's death, and
/// becomes the program. `unsafe` hooks between fork and exec are not needed that way.
#[must_use]
pub fn run_child(arguments: &[OsString]) -> ExitCode {
    match arguments {
        [mode, dashes, program @ ..] if dashes == "--" && !program.is_empty() => match mode.to_str() {
            Some("watch") => watch(program),
            Some("limit") => limit(program),
            _ => ExitCode::from(CANNOT_START),
        },
        _ => ExitCode::from(CANNOT_START),
    }
}

/// Exit code of a program that could not be started, as shells have it.
pub(crate) const CANNOT_START: u8 = 126;

/// Most memory that the app may map, in bytes. Far above what a web app uses: it stops an endless list, no honest work.
#[cfg(target_os = "linux")]
const MEMORY: u64 = 8 << 30;
/// Largest file that the app may write, in bytes.
const FILE: u64 = 1 << 30;
/// Processes that the app may have.
const PROCESSES: u64 = 1024;
/// Processes and threads that the user may have beyond those of now: far more, so that an app with too many is ended and
/// told of by the count, and does not go on without the threads that it answers with.
const TASKS: u64 = 8 * PROCESSES;

fn limit(program: &[OsString]) -> ExitCode {
    use nix::sys::resource::{Resource, getrlimit, setrlimit};

    let lower = |resource, to: u64| {
        // A limit that already is lower stays; one that cannot be set is no reason not to start.
        if let Ok((_, hard)) = getrlimit(resource) {
            let to = to.min(hard);
            let _ = setrlimit(resource, to, to);
        }
    };
    lower(Resource::RLIMIT_CORE, 0);
    lower(Resource::RLIMIT_FSIZE, FILE);
    #[cfg(target_os = "linux")]
    {
        lower(Resource::RLIMIT_AS, MEMORY);
        lower(Resource::RLIMIT_NPROC, tasks_of_user().saturating_add(TASKS));
        let parent = nix::unistd::getppid();
        let _ = nix::sys::prctl::set_pdeathsig(Signal::SIGKILL);
        if nix::unistd::getppid() != parent {
            return ExitCode::from(CANNOT_START);
        }
    }
    let Some((name, arguments)) = program.split_first() else { return ExitCode::from(CANNOT_START) };
    let _error = Command::new(name).args(arguments).exec();
    ExitCode::from(CANNOT_START)
}

/// Threads of this user, which is what the limit counts.
#[cfg(target_os = "linux")]
fn tasks_of_user() -> u64 {
    use std::os::unix::fs::MetadataExt as _;

    let user = nix::unistd::getuid().as_raw();
    let Ok(entries) = std::fs::read_dir("/proc") else { return 0 };
    entries
        .flatten()
        .filter(|entry| entry.file_name().to_str().is_some_and(|name| name.bytes().all(|byte| byte.is_ascii_digit())))
        .filter(|entry| entry.metadata().is_ok_and(|metadata| metadata.uid() == user))
        .filter_map(|entry| std::fs::read_dir(entry.path().join("task")).ok())
        .map(|tasks| tasks.count() as u64)
        .sum()
}

fn watch(program: &[OsString]) -> ExitCode {
    // A session of its own: a signal of the terminal reaches `stanch`, which then ends us in order.
    let _ = nix::unistd::setsid();
    #[cfg(target_os = "linux")]
    let _ = nix::sys::prctl::set_child_subreaper(true);
    let Ok(own) = std::env::current_exe() else { return ExitCode::from(CANNOT_START) };
    let child = Command::new(own)
        .args([RUN_COMMAND, "limit", "--"])
        .args(program)
        .stdin(Stdio::null())
        .process_group(0)
        .spawn();
    let Ok(child) = child else { return ExitCode::from(CANNOT_START) };
    let Ok(id) = i32::try_from(child.id()) else { return ExitCode::from(CANNOT_START) };
    let group = Pid::from_raw(id);

    std::thread::spawn(move || {
        let mut end = [0_u8; 64];
        while std::io::stdin().lock().read(&mut end).is_ok_and(|length| length > 0) {}
        let _ = killpg(group, Signal::SIGKILL);
    });
    std::thread::spawn(move || bound(group));
    let code = wait_for(group);
    let _ = killpg(group, Signal::SIGKILL);
    kill_orphans();
    ExitCode::from(code)
}

/// Ends the program when it has started far too many processes: the system's own limit does not hold for root.
fn bound(group: Pid) {
    loop {
        std::thread::sleep(BETWEEN_COUNTS);
        if members(group) > PROCESSES {
            let _ =
                writeln!(std::io::stderr(), "stanch: the app started more than {PROCESSES} processes and was stopped");
            let _ = killpg(group, Signal::SIGKILL);
            return;
        }
    }
}

const BETWEEN_COUNTS: std::time::Duration = std::time::Duration::from_millis(200);

/// Processes of a group, by its id as the namespace of each process has it: proc(5), `NSpgid`.
fn members(group: Pid) -> u64 {
    let Ok(entries) = std::fs::read_dir("/proc") else { return 0 };
    let is_process = |name: &OsString| name.as_encoded_bytes().first().is_some_and(u8::is_ascii_digit);
    let processes: Vec<_> = entries.flatten().filter(|entry| is_process(&entry.file_name())).collect();
    // Mostly there are too few in all, and none has to be looked at.
    if processes.len() as u64 <= PROCESSES {
        return 0;
    }
    let wanted = group.to_string();
    let of_group = |entry: &&std::fs::DirEntry| {
        let status = std::fs::read_to_string(entry.path().join("status"));
        status.is_ok_and(|status| status_field(&status, "NSpgid:") == Some(wanted.as_str()))
    };
    // Beside ours, `/proc` may show namespaces of other runs, whose groups have the same small numbers.
    let namespace = |process: &std::path::Path| std::fs::read_link(process.join("ns/pid")).ok();
    let own = namespace("/proc/self".as_ref());
    processes.iter().filter(of_group).filter(|entry| namespace(&entry.path()) == own).count() as u64
}

/// Waits for the program, reaping what else ends; 128 and the signal for a program that was killed.
fn wait_for(program: Pid) -> u8 {
    loop {
        match waitpid(None, None) {
            Ok(WaitStatus::Exited(id, code)) if id == program => return u8::try_from(code).unwrap_or(u8::MAX),
            Ok(WaitStatus::Signaled(id, signal, _)) if id == program => return 128 + signal as u8,
            Ok(_) | Err(nix::errno::Errno::EINTR) => {}
            Err(_) => return CANNOT_START,
        }
    }
}

/// Kills what the program left behind outside its group. As the subreaper we become the parent of each orphan, so a
/// round over our children, until there are none, finds them all.
fn kill_orphans() {
    for _ in 0..MAX_ROUNDS {
        for child in children() {
            let _ = kill(child, Signal::SIGKILL);
        }
        match waitpid(None, None) {
            Ok(_) | Err(nix::errno::Errno::EINTR) => {}
            Err(_) => return,
        }
        // To look for them takes long when there are many: all that have ended by now go first.
        while matches!(waitpid(None, Some(WaitPidFlag::WNOHANG)), Ok(ended) if ended != WaitStatus::StillAlive) {}
    }
}

const MAX_ROUNDS: usize = 10_000;

/// Our children by `/proc`, which shows the ids of the process namespace it was mounted in: `PPid` is compared with our
/// own id as seen there, and `NSpid` gives the id that `kill` takes.
fn children() -> Vec<Pid> {
    let Some(own) = std::fs::read_link("/proc/self").ok().and_then(|own| own.to_str().map(str::to_owned)) else {
        return Vec::new();
    };
    let Ok(entries) = std::fs::read_dir("/proc") else { return Vec::new() };
    entries
        .flatten()
        .filter_map(|entry| std::fs::read_to_string(entry.path().join("status")).ok())
        .filter(|status| status_field(status, "PPid:") == Some(own.as_str()))
        .filter_map(|status| status_field(&status, "NSpid:").or_else(|| status_field(&status, "Pid:"))?.parse().ok())
        .map(Pid::from_raw)
        .collect()
}

/// The last word of a line of `/proc/<id>/status`.
pub(crate) fn status_field<'a>(status: &'a str, name: &str) -> Option<&'a str> {
    status.lines().find_map(|line| line.strip_prefix(name))?.split_whitespace().next_back()
}

/// How a program ended that was watched, in words.
pub(crate) fn describe_end(status: std::process::ExitStatus) -> String {
    let signal = status.signal().or_else(|| status.code().filter(|code| *code > 128).map(|code| code - 128));
    match (signal.and_then(|number| Signal::try_from(number).ok()), status.code()) {
        (Some(signal), _) => format!("killed by {signal}"),
        (None, Some(code)) => format!("exit code {code}"),
        (None, None) => "it is gone".to_owned(),
    }
}
