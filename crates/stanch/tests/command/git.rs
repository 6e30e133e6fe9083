//! What `audit` asks git: findings that are new, and keys in old commits.

use std::process::Command;

use crate::project::Project;

const APP: &str = "import boto3\nfrom flask import Flask, jsonify\n\napp = Flask(__name__)\ntable = \
                   boto3.resource(\"dynamodb\").Table(\"users\")\n\n\n@app.get(\"/all\")\ndef everything():\n    return \
                   jsonify(table.scan())\n";

/// Runs git in the project with nothing of this machine's settings.
fn git(project: &Project, arguments: &[&str]) {
    let status = Command::new("git")
        .args(["-c", "user.name=Test", "-c", "user.email=test@example.org", "-c", "init.defaultBranch=main"])
        .args(arguments)
        .current_dir(project.path())
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_CONFIG_SYSTEM", "/dev/null")
        .output()
        .unwrap();
    assert!(status.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&status.stderr));
}

fn committed(files: &[(&str, &str)]) -> Project {
    let project = Project::of(files);
    git(&project, &["init", "-q"]);
    git(&project, &["add", "-A"]);
    git(&project, &["commit", "-q", "-m", "first"]);
    project
}

fn path() -> String {
    std::env::var("PATH").unwrap()
}

#[test]
fn what_the_base_has_does_not_count() {
    let project = committed(&[("app.py", APP)]);
    let path = path();
    let environment = [("PATH", path.as_str())];
    let diff = ["audit", "-f", "concise", "--fail-on", "low", "--diff-base", "HEAD"];
    // The lines move, the defect is the same.
    project.write("app.py", format!("# moved\n\n{APP}").as_bytes());
    let ran = project.stanch_with(&diff, &environment, "");
    assert_eq!(ran.code, Some(0), "{ran}");
    assert!(ran.stdout.contains("suppressed"), "{ran}");
    // A second way out is new, and it alone.
    let second = format!("{APP}\n\n@app.get(\"/again\")\ndef again():\n    return jsonify(table.scan()[\"Items\"])\n");
    project.write("app.py", second.as_bytes());
    let ran = project.stanch_with(&diff, &environment, "");
    assert_eq!(ran.code, Some(1), "{ran}");
    assert!(ran.stdout.contains("app.py:15:") && !ran.stdout.contains("app.py:10:"), "{ran}");
    let status = Command::new("git").args(["status", "--porcelain"]).current_dir(project.path()).output().unwrap();
    assert_eq!(String::from_utf8_lossy(&status.stdout), " M app.py\n", "the repository stays as it is");
    let unknown = project.stanch_with(&["audit", "--diff-base", "no-such-branch"], &environment, "");
    assert_eq!(unknown.code, Some(2), "{unknown}");
    assert!(unknown.stderr.contains("no revision is called `no-such-branch`"), "{unknown}");
    let outside = Project::of(&[("app.py", APP)]).stanch_with(&diff, &environment, "");
    assert_eq!(outside.code, Some(2), "{outside}");
}

#[test]
fn a_key_that_was_taken_out_is_still_in_the_history() {
    let key = "q8Zr7TkVb2Wn5Ls0".repeat(2);
    let settings = format!("DEBUG = False\nSECRET_KEY = '{key}'\n");
    let project = committed(&[("settings.py", settings.as_str())]);
    let path = path();
    let environment = [("PATH", path.as_str())];
    // While it stands in a file, it is reported there and once.
    let ran = project.stanch_with(&["audit", "-f", "concise", "--git-history"], &environment, "");
    assert_eq!(ran.stdout.matches("hardcoded-key").count(), 1, "{ran}");
    assert!(ran.stdout.contains("settings.py:2:"), "{ran}");
    project.write("settings.py", b"import os\n\nSECRET_KEY = os.environ['SECRET_KEY']\n");
    git(&project, &["commit", "-q", "-a", "-m", "second"]);
    let ran = project.stanch_with(&["audit", "-f", "concise", "--git-history"], &environment, "");
    assert_eq!(ran.code, Some(1), "{ran}");
    assert!(ran.stdout.contains("hardcoded-key") && ran.stdout.contains(":settings.py:2"), "{ran}");
    assert!(!ran.stdout.contains(&key), "{ran}");
    let without = project.stanch_with(&["audit", "-f", "concise"], &environment, "");
    assert!(!without.stdout.contains("hardcoded-key"), "{without}");
    // Every format can tell of a place that no file has any more.
    for format in ["text", "json", "sarif", "github", "junit", "markdown"] {
        let ran = project.stanch_with(&["audit", "-f", format, "--git-history"], &environment, "");
        assert!(ran.stdout.contains("hardcoded-key") && !ran.stdout.contains(&key), "{format}: {ran}");
    }
}
