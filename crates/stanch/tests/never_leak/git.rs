//! Keys that stand in a repository and in its history.

use std::process::Command;

use crate::FORMATS;
use crate::keys::Keys;
use crate::watch::Watch;

#[test]
fn audit_of_a_history_and_against_a_revision() {
    let keys = Keys::new();
    let watch = Watch::new(&keys);
    let git = |arguments: &[&str]| {
        let mut command = Command::new("git");
        command.args(["-c", "user.name=a", "-c", "user.email=a@example.com", "-c", "commit.gpgsign=false"]);
        assert!(command.args(arguments).current_dir(watch.path()).output().unwrap().status.success(), "{arguments:?}");
    };
    git(&["init", "-q"]);
    git(&["add", "."]);
    git(&["commit", "-q", "-m", &format!("put {} in", keys.aws_id)]);
    git(&["tag", "before"]);
    watch.write("app.py", "x = 1\n");
    git(&["commit", "-qam", "take them out"]);
    watch.write("late.py", &keys.app());
    for format in FORMATS {
        let everything = ["--min-severity", "info", "--min-confidence", "suspected", "-v", "-f", format];
        assert!(watch.run(&[&["audit", "--git-history"], &everything[..]].concat()) > 0, "{format}");
        assert!(watch.run(&[&["audit", "--diff-base", "before"], &everything[..]].concat()) > 0, "{format}");
    }
    watch.run(&["audit", "--diff-base", &keys.github]);
}
