//! The command as its users meet it: the real program, its output and its exit codes.
#![expect(clippy::unwrap_used, reason = "a test may stop where something is missing")]

mod audit;
mod git;
mod project;
mod redact;
mod sarif;
mod score;
mod settings;
mod shell;
mod spec;
mod stdin;

use project::Project;

#[test]
fn nothing_to_look_at_is_not_clean() {
    let project = Project::of(&[("README.md", "no code here\n")]);
    insta::assert_snapshot!(project.stanch(&["audit"]), @r##"
exit code 3
--- stdout
note: 0 routes, 0 tables, 0 secret attributes known

no findings
looked at nothing
--- stderr
warning: nothing to look at: no Python file and no cloud template was found
 |
 = help: give the directory of the app; files that .gitignore names are left out
"##);
    // Every format still gives a whole document.
    for format in ["text", "concise", "json", "sarif", "github", "junit", "markdown"] {
        let ran = project.stanch(&["audit", "-q", "-f", format]);
        assert_eq!(ran.code, Some(3), "{format}");
        assert!(!ran.stdout.is_empty() && ran.stderr.is_empty(), "{format}: {ran}");
    }
}

#[test]
fn a_path_that_does_not_exist_is_a_problem() {
    insta::assert_snapshot!(Project::of(&[]).stanch(&["audit", "src"]), @r##"
exit code 2
--- stderr
error: src cannot be read: it does not exist
 |
 = help: give a file or a directory that exists
"##);
}

#[test]
fn the_format_of_a_file_is_asked_for_before_the_work() {
    let project = Project::of(&[("app.py", "x = 1\n")]);
    insta::assert_snapshot!(project.stanch(&["audit", "-o", "report.html"]), @r##"
exit code 2
--- stderr
error: no format is known for report.html
 |
 = help: end the name with .json, .sarif, .xml (JUnit), .md or .txt
"##);
}

#[test]
fn a_typing_error_in_an_option_is_a_problem_and_not_a_finding() {
    insta::assert_snapshot!(Project::of(&[]).stanch(&["audit", "--fail-on", "severe"]), @r##"
exit code 2
--- stderr
error: invalid value 'severe' for '--fail-on <LIMIT>': a severity is info, low, medium, high or critical, or never

For more information, try '--help'.
"##);
    assert_eq!(Project::of(&[]).stanch(&["audit", "--fial-on", "high"]).code, Some(2));
    assert_eq!(Project::of(&[]).stanch(&[]).code, Some(2));
}
