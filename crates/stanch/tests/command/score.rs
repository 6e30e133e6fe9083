use super::project::Project;

const LEAK: &str = "from flask import Flask, request\n\napp = Flask(__name__)\n\n\n@app.get(\"/boom\")\ndef boom():\n    \
                    try:\n        return {\"n\": int(request.args[\"n\"])}\n    except Exception as error:\n        \
                    return {\"error\": str(error)}, 500\n";

#[test]
fn a_score_below_the_limit_makes_the_run_fail() {
    let project = Project::of(&[("app.py", LEAK)]);
    let code = |limit: &str| project.stanch(&["audit", "-q", "--fail-on", "never", "--fail-below", limit]).code;
    // One likely medium: 93 points, a B.
    assert_eq!(
        [code("93"), code("94"), code("B"), code("A"), code("f")],
        [Some(0), Some(1), Some(0), Some(1), Some(0)]
    );
    for wrong in ["E", "101", "-3", "9.5", "good", ""] {
        assert_eq!(code(wrong), Some(2), "{wrong}");
    }
}

#[test]
fn score_grade_and_deductions_stand_in_the_report() {
    let project = Project::of(&[("app.py", LEAK)]);
    let text = project.stanch(&["audit", "-q"]).stdout;
    assert!(text.contains("score 93 of 100, grade B\n  -7 for 1 likely medium: error-in-response\n"), "{text}");
    // What is left out of the report still counts.
    let json = project.stanch(&["audit", "-q", "-f", "json", "--min-severity", "critical"]).stdout;
    let document: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!((&document["score"], &document["grade"]), (&93.into(), &"B".into()));
    assert_eq!(document["deductions"][0]["rule"], "error-in-response");
    assert_eq!(document["deductions"][0]["points"], 7.0);
}
