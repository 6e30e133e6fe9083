use std::fs::{File, OpenOptions};
use std::io;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use tempfile::TempDir;

/// A temporary directory that goes when its owner goes, at the latest when the next one is made.
///
/// Its name carries the owner's process id for the reader; what tells the living from the dead is a lock on a file in
/// it, since ids come again and mean something else in another process namespace.
#[derive(Debug)]
pub struct Scratch {
    directory: TempDir,
    is_kept: bool,
    _lock: File,
}

impl Scratch {
    /// Makes a directory that only this user can read, after sweeping those of owners that are dead.
    ///
    /// # Errors
    /// When the system's directory for temporary files cannot be written.
    pub fn new() -> io::Result<Self> {
        sweep_stale();
        let prefix = format!("{PREFIX}{}-", std::process::id());
        let directory = tempfile::Builder::new().prefix(&prefix).rand_bytes(8).tempdir()?;
        let lock = OpenOptions::new().write(true).create_new(true).open(directory.path().join(LOCK))?;
        lock.lock()?;
        Ok(Self { directory, is_kept: false, _lock: lock })
    }

    /// Where it is, without symbolic links in the way.
    #[must_use]
    pub fn path(&self) -> PathBuf {
        std::fs::canonicalize(self.directory.path()).unwrap_or_else(|_| self.directory.path().to_path_buf())
    }

    /// Leaves the directory for the user to look at, unlocked but without the lock file by which it would be swept.
    #[must_use]
    pub fn keep(mut self) -> PathBuf {
        self.is_kept = true;
        self.directory.disable_cleanup(true);
        let path = self.directory.path().to_path_buf();
        let kept = path.with_file_name(format!(
            "stanch-kept-{}",
            path.file_name().and_then(|name| name.to_str()).unwrap_or_default().trim_start_matches(PREFIX)
        ));
        if std::fs::rename(&path, &kept).is_ok() { kept } else { path }
    }
}

impl Drop for Scratch {
    /// Takes out everything but the lock, which goes last: what a process that is just being killed still writes would
    /// else leave a directory without one, and that is not swept before it is old.
    fn drop(&mut self) {
        for _ in 0..ROUNDS {
            if self.is_kept || self.empty().is_ok() {
                return;
            }
            std::thread::sleep(BETWEEN);
        }
        self.directory.disable_cleanup(true);
    }
}

impl Scratch {
    fn empty(&self) -> io::Result<()> {
        for entry in std::fs::read_dir(self.directory.path())?.flatten().filter(|entry| entry.file_name() != LOCK) {
            let removed = match entry.file_type()?.is_dir() {
                true => std::fs::remove_dir_all(entry.path()),
                false => std::fs::remove_file(entry.path()),
            };
            removed.or_else(|error| if error.kind() == io::ErrorKind::NotFound { Ok(()) } else { Err(error) })?;
        }
        Ok(())
    }
}

/// How often it is tried to empty a directory, and the time between.
const ROUNDS: u32 = 20;
const BETWEEN: Duration = Duration::from_millis(25);

/// Removes the directories of owners that are dead. What cannot be removed stays; the next start tries again.
pub fn sweep_stale() {
    let Ok(entries) = std::fs::read_dir(std::env::temp_dir()) else { return };
    for entry in entries.flatten() {
        if entry.file_name().to_str().is_some_and(is_ours) && is_stale(&entry.path()) {
            let _ = std::fs::remove_dir_all(entry.path());
        }
    }
}

const PREFIX: &str = "stanch-";
const LOCK: &str = "lock";

/// Time in which a directory without a lock file may be one that is just being made.
const BEING_MADE: Duration = Duration::from_secs(60);

/// `stanch-<process id>-<random>`, and nothing else that begins alike.
fn is_ours(name: &str) -> bool {
    let Some((id, random)) = name.strip_prefix(PREFIX).and_then(|rest| rest.split_once('-')) else { return false };
    id.parse::<u32>().is_ok() && random.len() == 8 && random.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

fn is_stale(path: &Path) -> bool {
    let Ok(metadata) = std::fs::symlink_metadata(path) else { return false };
    if !metadata.is_dir() || metadata.uid() != nix::unistd::geteuid().as_raw() {
        return false;
    }
    match File::open(path.join(LOCK)) {
        Ok(lock) => lock.try_lock().is_ok(),
        Err(_) => metadata.modified().ok().and_then(|time| time.elapsed().ok()).is_some_and(|age| age > BEING_MADE),
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a failure here is a failed test")]
mod tests {
    use super::{Scratch, is_ours, sweep_stale};

    #[test]
    fn a_living_owner_keeps_its_directory_and_a_dead_one_loses_it() {
        let alive = Scratch::new().unwrap();
        let dead = std::env::temp_dir().join("stanch-4194999-deadbeef");
        std::fs::create_dir_all(dead.join("copy")).unwrap();
        std::fs::write(dead.join("lock"), "").unwrap();
        sweep_stale();
        assert!(alive.path().is_dir());
        assert!(!dead.exists());
        let path = alive.path();
        drop(alive);
        assert!(!path.exists());
    }

    #[test]
    fn only_our_names_are_swept() {
        assert!(is_ours("stanch-12-abcdEF09"));
        for other in ["stanch-kept-12-abcdEF09", "stanch-12", "stanch-x-abcdefgh", "stanch-12-abc", "other-12-abcdefgh"]
        {
            assert!(!is_ours(other), "{other}");
        }
    }
}
