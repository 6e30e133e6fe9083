use super::interrupt::listen_for_interrupts;

/// How the app is held back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Isolation {
    /// In user, network and process namespaces of its own, together with this program: there is no network but
    /// loopback, and on it the metadata address 169.254.169.254.
    Namespaces,
    /// By the wall in the interpreter alone, and why.
    Wall {
        /// Why there are no namespaces, in words.
        reason: String,
    },
}

/// Which process goes on.
#[derive(Debug)]
pub enum Isolated {
    /// This one, held back as said.
    Here(Isolation),
    /// Another one did, and has ended; this is its exit code, to be returned.
    Ended(u8),
}

/// Moves this program into namespaces by executing it once more, where the system allows it. To be called before any
/// thread is started and before anything is opened; what needs the network comes before it.
///
/// The program that was called stays in front as a thin waiter: it hands SIGINT and SIGTERM on, gives the exit code,
/// and when it is killed, everything behind it is. In the process that goes on, SIGINT and SIGTERM are caught from here
/// on: see [`super::interrupted`].
#[must_use]
pub fn isolate() -> Isolated {
    begin(true)
}

/// As [`isolate`], but stays in the machine's network, whose ports on loopback (`--allow-port`) cannot be reached from
/// another one. What the app may connect to is then for the wall alone to say, and so the result is called.
#[must_use]
pub fn isolate_processes() -> Isolated {
    begin(false)
}

fn begin(own_network: bool) -> Isolated {
    #[cfg(target_os = "linux")]
    let isolated = stages::next(own_network);
    #[cfg(not(target_os = "linux"))]
    let isolated = {
        let _ = own_network;
        Isolated::Here(Isolation::Wall { reason: "this system has no namespaces".to_owned() })
    };
    if let Isolated::Here(isolation) = &isolated {
        let waited_for = matches!(isolation, Isolation::Namespaces) || std::process::id() == 1;
        listen_for_interrupts(!waited_for);
    }
    isolated
}

#[cfg(target_os = "linux")]
mod stages {
    use std::fs;
    use std::io::{self, Write as _};
    use std::os::unix::process::ExitStatusExt as _;
    use std::process::{Command, ExitStatus, Stdio};
    use std::time::{Duration, Instant};

    use nix::sched::{CloneFlags, unshare};
    use nix::sys::prctl::set_pdeathsig;
    use nix::sys::signal::{Signal, kill};
    use nix::unistd::{Pid, getgid, getuid};
    use signal_hook::consts::{SIGCHLD, SIGHUP, SIGINT, SIGTERM};
    use signal_hook::iterator::Signals;

    use super::super::netlink::raise_loopback;
    use super::super::scratch::sweep_stale;
    use super::super::supervise::status_field;
    use super::{Isolated, Isolation};

    /// Tells a new process of this program which stage it is: `<stage>:<process id of its parent>`.
    const STAGE: &str = "STANCH_ISOLATION";

    /// Does the next stage: the program as called tries in a process to be thrown away, then enters, then goes on
    /// inside as process 1. Entering takes a process of its own since it cannot be undone where it fails half-way.
    pub(super) fn next(own_network: bool) -> Isolated {
        let stage = std::env::var(STAGE).unwrap_or_default();
        match stage.split_once(':').unwrap_or_default() {
            ("try", _) => try_out(own_network),
            ("enter", parent) => go_on("inside", parent, || enter(own_network)),
            ("inside", parent) if std::process::id() == 1 => {
                if dies_with(parent) {
                    Isolated::Here(if own_network { Isolation::Namespaces } else { shared_network() })
                } else {
                    Isolated::Ended(COULD_NOT_LOOK)
                }
            }
            _ => match refusal() {
                None => go_on("enter", "", || Ok(())),
                Some(reason) => Isolated::Here(Isolation::Wall { reason }),
            },
        }
    }

    fn shared_network() -> Isolation {
        Isolation::Wall { reason: "the ports that are allowed are the machine's own".to_owned() }
    }

    fn try_out(own_network: bool) -> Isolated {
        let code = match enter(own_network) {
            Ok(()) => 0,
            Err(reason) => {
                let _ = io::stdout().write_all(reason.as_bytes());
                COULD_NOT_LOOK
            }
        };
        Isolated::Ended(code)
    }

    /// Why the system does not let us, if so.
    fn refusal() -> Option<String> {
        let tried = again("try").and_then(|mut command| command.stdin(Stdio::null()).stderr(Stdio::null()).output());
        match tried {
            Ok(output) if output.status.success() => None,
            Ok(output) => Some(String::from_utf8_lossy(&output.stdout).trim().to_owned()),
            Err(error) => Some(error.to_string()),
        }
    }

    /// Prepares, starts the next stage and waits for it. `parent` is the process without which this one shall not be.
    fn go_on(stage: &str, parent: &str, prepare: impl FnOnce() -> Result<(), String>) -> Isolated {
        if !parent.is_empty() && !dies_with(parent) {
            return Isolated::Ended(COULD_NOT_LOOK);
        }
        // Whoever waits for a waiter waits longer: that one knows when all that is inside has gone.
        let patience = if stage == "enter" { PATIENCE * 2 } else { PATIENCE };
        match prepare().map_err(io::Error::other).and_then(|()| run(again(stage)?, patience)) {
            Ok(code) => Isolated::Ended(code),
            Err(error) => {
                let _ = writeln!(io::stderr(), "stanch: namespaces could not be entered: {error}");
                Isolated::Ended(COULD_NOT_LOOK)
            }
        }
    }

    /// The plan's exit code for "could not look".
    const COULD_NOT_LOOK: u8 = 2;

    fn again(stage: &str) -> io::Result<Command> {
        let mut command = Command::new(std::env::current_exe()?);
        command.args(std::env::args_os().skip(1)).env(STAGE, format!("{stage}:{}", std::process::id()));
        Ok(command)
    }

    /// Has the kernel kill this process when its parent dies; false if it is dead already. The parent's id is compared
    /// as `/proc` shows it, since in a new process namespace `getppid` gives 0.
    fn dies_with(parent: &str) -> bool {
        let set = set_pdeathsig(Signal::SIGKILL).is_ok();
        let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
        set && status_field(&status, "PPid:") == Some(parent)
    }

    fn enter(own_network: bool) -> Result<(), String> {
        let (user, group) = (getuid(), getgid());
        let mut flags = CloneFlags::CLONE_NEWUSER | CloneFlags::CLONE_NEWPID;
        if own_network {
            flags |= CloneFlags::CLONE_NEWNET;
        }
        unshare(flags).map_err(|error| format!("the system refuses namespaces: {error}"))?;
        // The same ids inside as outside, so that files keep their owner and the app sees who it is.
        // Without `deny` an ordinary user may not write the second map: user_namespaces(7).
        let maps = [
            ("/proc/self/setgroups", "deny".to_owned()),
            ("/proc/self/uid_map", format!("{user} {user} 1")),
            ("/proc/self/gid_map", format!("{group} {group} 1")),
        ];
        for (path, text) in maps {
            fs::write(path, text).map_err(|error| format!("the system refuses to map the user: {error}"))?;
        }
        if own_network {
            raise_loopback().map_err(|error| format!("the system refuses a network of our own: {error}"))?;
            // So that the metadata service answers on its own port whoever we are; where it may not, the interpreter alone
            // leads there.
            let _ = fs::write("/proc/sys/net/ipv4/ip_unprivileged_port_start", "0");
        }
        Ok(())
    }

    /// Starts the next stage and waits for it, handing signals on; one that does not end on SIGINT or SIGTERM is killed
    /// after a while. All on one thread: a process that has asked for a process namespace can start no other.
    fn run(mut command: Command, patience: Duration) -> io::Result<u8> {
        let mut signals = Signals::new([SIGCHLD, SIGINT, SIGTERM, SIGHUP])?;
        let mut child = command.spawn()?;
        let id = Pid::from_raw(i32::try_from(child.id()).map_err(io::Error::other)?);
        let mut asked: Option<Instant> = None;
        let status = loop {
            if let Some(status) = child.try_wait()? {
                break status;
            }
            let came: Vec<i32> = match asked {
                None => signals.wait().collect(),
                Some(since) => {
                    if since.elapsed() > patience {
                        child.kill()?;
                    }
                    std::thread::sleep(Duration::from_millis(5));
                    signals.pending().collect()
                }
            };
            for signal in came.into_iter().filter(|signal| *signal != SIGCHLD) {
                // A hang-up of the terminal is a reason to end, and the program inside knows two signals only.
                let _ = kill(id, if signal == SIGINT { Signal::SIGINT } else { Signal::SIGTERM });
                asked.get_or_insert_with(Instant::now);
            }
        };
        if asked.is_some() || status.signal().is_some() {
            // It may not have been able to tidy up behind itself; now all that was inside is gone.
            sweep_stale();
        }
        Ok(code_of(status))
    }

    /// Time that the program inside has to end in order.
    const PATIENCE: Duration = Duration::from_secs(5);

    fn code_of(status: ExitStatus) -> u8 {
        let code = status.code().or_else(|| status.signal().map(|signal| 128 + signal));
        code.and_then(|code| u8::try_from(code).ok()).unwrap_or(u8::MAX)
    }
}
