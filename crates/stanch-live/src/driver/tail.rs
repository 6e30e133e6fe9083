use std::fs::File;
use std::io;
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use nix::sys::signal::{Signal, killpg};
use nix::unistd::Pid;
use tempfile::NamedTempFile;

/// A command whose output is the log of an API (`docker logs -f api`), written to a file that grows. It is ended with
/// all that it started when this is dropped.
#[derive(Debug)]
pub struct Tail {
    child: Child,
    file: NamedTempFile,
}

impl Tail {
    /// Starts the command by `sh -c`, both of its outputs into one file.
    ///
    /// # Errors
    /// When the file cannot be made or the shell cannot be started.
    pub fn start(command: &str) -> io::Result<Self> {
        let file = NamedTempFile::new()?;
        let output = || File::options().append(true).open(file.path());
        let child = Command::new("sh")
            .args(["-c", command])
            .stdin(Stdio::null())
            .stdout(output()?)
            .stderr(output()?)
            .process_group(0)
            .spawn()?;
        Ok(Self { child, file })
    }

    /// The file.
    #[must_use]
    pub fn path(&self) -> &Path {
        self.file.path()
    }

    /// How it failed, if it ended with another code than 0: `ended with exit status: 127`.
    pub fn failure(&mut self) -> Option<String> {
        let status = self.child.try_wait().ok().flatten().filter(|status| !status.success())?;
        Some(format!("ended with {status}"))
    }
}

impl Drop for Tail {
    fn drop(&mut self) {
        if let Ok(Some(_)) = self.child.try_wait() {
            return;
        }
        if let Ok(group) = i32::try_from(self.child.id()) {
            let _ = killpg(Pid::from_raw(group), Signal::SIGTERM);
        }
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use std::time::{Duration, Instant};

    use super::Tail;

    #[test]
    fn output_grows_in_the_file_and_a_failure_is_told() {
        let tail = Tail::start("echo one; echo two >&2; exec sleep 60").unwrap();
        let start = Instant::now();
        while std::fs::read_to_string(tail.path()).unwrap() != "one\ntwo\n" && start.elapsed() < Duration::from_secs(10)
        {
            std::thread::sleep(Duration::from_millis(5));
        }
        assert_eq!(std::fs::read_to_string(tail.path()).unwrap(), "one\ntwo\n");
        drop(tail);
        let mut wrong = Tail::start("exit 7").unwrap();
        while wrong.failure().is_none() && start.elapsed() < Duration::from_secs(10) {
            std::thread::sleep(Duration::from_millis(5));
        }
        assert_eq!(wrong.failure().unwrap(), "ended with exit status: 7");
    }
}
