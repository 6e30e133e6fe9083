use crate::project::Project;

#[test]
fn an_unknown_setting_is_an_error_with_the_nearest_name() {
    let project =
        Project::of(&[("app.py", "x = 1\n"), ("stanch.toml", "min-severity = \"low\"\nfail_onn = \"high\"\n")]);
    insta::assert_snapshot!(project.stanch(&["audit"]), @r##"
exit code 2
--- stderr
error: unknown setting `fail_onn` in stanch.toml
 --> stanch.toml:2:1
  |
2 | fail_onn = "high"
  | ^^^^^^^^ no setting is called so
  |
  = help: did you mean `fail-on`?
"##);
}

#[test]
fn a_value_that_is_not_known_is_drawn_at_its_line() {
    let text = "[project]\nname = \"x\"\n\n[tool.stanch]\nfail-on = \"severe\"\n";
    insta::assert_snapshot!(Project::of(&[("pyproject.toml", text)]).stanch(&["audit"]), @r##"
exit code 2
--- stderr
error: the settings in pyproject.toml cannot be followed: a severity is info, low, medium, high or critical, or never
 --> pyproject.toml:5:11
  |
5 | fail-on = "severe"
  |           ^^^^^^^^ this value is not known
"##);
}

#[test]
fn a_rule_that_does_not_exist_is_an_error_with_the_nearest_name() {
    let project = Project::of(&[(".stanch.toml", "ignore = [\"key-in-respones\"]\n")]);
    insta::assert_snapshot!(project.stanch(&["audit"]), @r##"
exit code 2
--- stderr
error: unknown rule `key-in-respones` in .stanch.toml
 --> .stanch.toml:1:11
  |
1 | ignore = ["key-in-respones"]
  |           ^^^^^^^^^^^^^^^^^ no rule is called so
  |
  = help: did you mean `key-in-response`?
"##);
}

#[test]
fn a_file_that_is_no_toml_is_drawn_where_it_breaks() {
    insta::assert_snapshot!(Project::of(&[("stanch.toml", "select = [\n")]).stanch(&["audit"]), @r##"
exit code 2
--- stderr
error: the settings in stanch.toml cannot be followed: unclosed array, expected `]`
 --> stanch.toml:1:11
  |
1 | select = [
  |           ^ this cannot be read
"##);
}

#[test]
fn the_closest_file_wins_and_can_be_left_out() {
    let project = Project::of(&[
        ("stanch.toml", "fail-on = \"severe\"\n"),
        ("api/pyproject.toml", "[project]\nname = \"x\"\n"),
        ("api/app/.stanch.toml", "fail-on = \"never\"\n"),
        ("api/app/app.py", "x = 1\n"),
    ]);
    assert!(project.stanch(&["audit", "api/app"]).stderr.contains("settings: .stanch.toml"));
    // `pyproject.toml` marks the project's root, so what is above it does not count.
    assert!(!project.stanch(&["audit", "api"]).stderr.contains("settings:"));
    assert!(project.stanch(&["audit"]).stderr.contains("severe"));
    assert!(!project.stanch(&["audit", "--no-config"]).stderr.contains("severe"));
    assert!(
        project
            .stanch(&["audit", "--config", "api/app/.stanch.toml"])
            .stderr
            .contains("settings: api/app/.stanch.toml")
    );
    insta::assert_snapshot!(project.stanch(&["audit", "--config", "api/pyproject.toml"]), @r##"
exit code 2
--- stderr
error: api/pyproject.toml has no [tool.stanch] section
 |
 = help: write the settings there, or give another file
"##);
}
