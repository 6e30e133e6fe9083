use crate::project::Project;

#[test]
fn a_rule_is_explained_from_its_page() {
    let project = Project::of(&[]);
    let rules = project.stanch(&["rules", "-f", "json"]).stdout;
    let rules: Vec<serde_json::Value> = serde_json::from_str(&rules).unwrap();
    assert!(!rules.is_empty());
    for rule in rules {
        let id = rule["rule"].as_str().unwrap();
        let ran = project.stanch(&["explain", id]);
        assert_eq!(ran.code, Some(0));
        assert!(ran.stdout.starts_with(&format!("{id}: {}\n", rule["title"].as_str().unwrap())), "{ran}");
        for section in ["What it does", "Why is this bad?", "Use instead", "References"] {
            assert!(ran.stdout.contains(&format!("\n\n{section}\n")), "{id} lacks {section}");
        }
        assert!(!ran.stdout.contains('\u{1b}') && !ran.stdout.contains("```"));
    }
    insta::assert_snapshot!(project.stanch(&["explain", "key-in-respnse"]), @r##"
exit code 2
--- stderr
error: no rule is called `key-in-respnse`
 |
 = help: did you mean `key-in-response`?
"##);
}

#[test]
fn colours_follow_the_option_then_the_environment() {
    let project = Project::of(&[]);
    let explained = |arguments: &[&str], environment: &[(&str, &str)]| {
        let all = [&["explain", "key-in-response"], arguments].concat();
        project.stanch_with(&all, environment, "").stdout.contains('\u{1b}')
    };
    assert!(!explained(&[], &[]));
    assert!(explained(&["--color", "always"], &[]));
    assert!(explained(&[], &[("FORCE_COLOR", "1")]));
    assert!(!explained(&[], &[("FORCE_COLOR", "1"), ("NO_COLOR", "1")]));
    assert!(explained(&["--color", "always"], &[("NO_COLOR", "1")]));
    assert!(!explained(&["--color", "never"], &[("FORCE_COLOR", "1")]));
}

#[test]
fn completions_and_manual_know_every_command() {
    let project = Project::of(&[]);
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        let ran = project.stanch(&["completions", shell]);
        assert!(ran.code == Some(0) && ran.stdout.contains("audit"), "{shell}");
    }
    let manual = project.stanch(&["man"]).stdout;
    assert!(manual.contains(".TH stanch") && manual.contains("Exit codes"));
    assert!(project.stanch(&["man", "audit"]).stdout.contains("min\\-severity"));
    assert_eq!(project.stanch(&["man", "audti"]).code, Some(2));
}
