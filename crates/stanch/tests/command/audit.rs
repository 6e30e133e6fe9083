use crate::project::Project;

const APP: &str = r#"import boto3
from flask import Flask, jsonify

app = Flask(__name__)
users = boto3.resource("dynamodb").Table("users")


def load(user_id):
    return users.get_item(Key={"user_id": user_id})


@app.get("/users/<user_id>")
def show(user_id):
    found = load(user_id)
    return jsonify(found["Item"])


@app.post("/users")
def create():
    users.put_item(Item={"user_id": "1", "api_key": new_key(), "name": "x"})
    return {"created": True}, 201
"#;

#[test]
fn a_leak_is_drawn_with_its_flow() {
    let project = Project::of(&[("app.py", APP)]);
    insta::assert_snapshot!(project.stanch(&["audit"]), @r##"
exit code 1
--- stdout
critical[key-in-response]: A key leaves in a response (likely)
  --> app.py:15:5
   |
 9 |     return users.get_item(Key={"user_id": user_id})
   |     -----------------------------------------------
   |     |      |
   |     |      1. read by `users.get_item(Key={"user_id": user_id})`
   |     2. returned by `load`
...
14 |     found = load(user_id)
   |             ------------- 3. held in `found`
15 |     return jsonify(found["Item"])
   |     ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ 4. sent to the client
   |
   = why: `return jsonify(found["Item"])` sends whole items of table `users` with `api_key`
          in it: `api_key` because its name means an API key. Whoever may call the route can
          take it and act with it.
   = route: GET /users/<user_id>
   = attribute: users.api_key
   = help: Ask `users.get_item` only for what the route needs: ProjectionExpression='#name,
           #user_id', ExpressionAttributeNames={'#name': 'name', '#user_id': 'user_id'}.
   = more: stanch explain key-in-response (fingerprint 25a31ea816a4)

high[missing-authentication]: A route gives or changes items without asking who is calling (likely)
  --> app.py:9:12
   |
 9 |     return users.get_item(Key={"user_id": user_id})
   |            ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ 3. used as a key
...
13 | def show(user_id):
   |     ---- 1. `user_id`, as the client sent it
14 |     found = load(user_id)
   |             ------------- 2. passed by `load(user_id)`
   |
   = why: Nothing on the way to `get_item` asks who is calling, and the client alone says
          which item of table `users` is meant: whoever knows or guesses an id can read an
          item with `api_key`.
   = route: GET /users/<user_id>
   = help: Ask for a credential before the view runs (a `before_request` hook, a decorator, a
           dependency, an authoriser of the gateway), and put who it belongs to into the key
           or the condition of the call. If a gateway in front of the app does that, say so
           in an ignore comment.
   = more: stanch explain missing-authentication (fingerprint 6e03aaecfebd)

note: 2 routes, 1 tables, 1 secret attributes known
note: 1 more below --min-severity low or --min-confidence suspected

2 findings: 2 likely (1 critical, 1 high)
looked at 1 file, 21 lines, 2 routes (2 reached)
score 53 of 100, grade F
  -32 for 1 likely critical: key-in-response
  -15 for 1 likely high: missing-authentication
"##);
    insta::assert_snapshot!(project.stanch(&["audit", "-f", "concise", "--fail-on", "never"]), @r##"
exit code 0
--- stdout
app.py:15:5: critical[key-in-response] A key leaves in a response (likely): GET /users/<user_id>, users.api_key
app.py:9:12: high[missing-authentication] A route gives or changes items without asking who is calling (likely): GET /users/<user_id>
2 findings: 2 likely (1 critical, 1 high)
"##);
}

#[test]
fn the_limit_decides_and_the_filter_does_not() {
    let project = Project::of(&[("app.py", APP)]);
    for (arguments, code) in [
        (&["--fail-on", "critical"][..], 1),
        (&["--fail-on", "low:proven"], 0),
        (&["--fail-on", "never"], 0),
        (&["--min-confidence", "proven"], 1),
        (&["--min-confidence", "proven", "--fail-on", "never"], 0),
    ] {
        let ran = project.stanch(&[&["audit", "-f", "json"], arguments].concat());
        assert_eq!(ran.code, Some(code), "{arguments:?}: {ran}");
    }
    let hidden = project.stanch(&["audit", "--min-confidence", "proven"]);
    assert!(hidden.stdout.contains("more below --min-severity low or --min-confidence proven"), "{hidden}");
}

#[test]
fn an_ignore_comment_suppresses_what_it_names() {
    let ignored = APP.replace(
        "    return jsonify(found[\"Item\"])",
        "    return jsonify(found[\"Item\"])  # stanch: ignore[key-in-response] shown to admins only",
    );
    let settings = ("stanch.toml", "ignore = [\"missing-authentication\"]\n");
    let project = Project::of(&[("app.py", &ignored), settings]);
    let ran = project.stanch(&["audit"]);
    assert_eq!(ran.code, Some(0), "{ran}");
    assert!(ran.stdout.contains("(2 suppressed)") && !ran.stdout.contains("key-in-response]"), "{ran}");
    let verbose = project.stanch(&["audit", "-v"]).stdout;
    assert!(verbose.contains("suppressed by ignore-comment") && verbose.contains("shown to admins only"), "{verbose}");
    let above = APP.replace("    return jsonify", "    # stanch: ignore[key-in-response]\n    return jsonify");
    assert_eq!(Project::of(&[("app.py", &above), settings]).stanch(&["audit"]).code, Some(0));
}

#[test]
fn comments_that_do_nothing_are_told() {
    let text = "x = 1  # stanch: ignore\ny = 1  # stanch: ignore[key-in-respons]\nz = 1  # stanch: ignore[key-in-response]\n\
                w = 1  # stanch: ignore[key-in-response] until=2020-01-01 for now\n";
    insta::assert_snapshot!(Project::of(&[("app.py", text)]).stanch(&["audit"]), @r##"
exit code 0
--- stdout
note: 0 routes, 0 tables, 0 secret attributes known
note: app.py:1: an ignore has to name its rules: `# stanch: ignore[rule] reason`; this one is not followed
note: app.py:2: no rule is called `key-in-respons` (did you mean `key-in-response`?); this ignore is not followed
note: app.py:3: `ignore[key-in-response]` matches no finding of this run; remove it if it stays so
note: app.py:4: `ignore[key-in-response]` expired on 2020-01-01: what it named counts again

no findings
looked at 1 file, 4 lines
score 100 of 100, grade A
"##);
}

#[test]
fn settings_are_followed() {
    let project = Project::of(&[
        ("api/app.py", APP),
        ("stanch.toml", "ignore = [\"key-in-response\", \"missing-authentication\"]\n"),
    ]);
    assert_eq!(project.stanch(&["audit", "-q"]).code, Some(0));
    project.write("stanch.toml", b"select = [\"item-in-response\"]\n");
    assert_eq!(project.stanch(&["audit", "-q"]).code, Some(0));
    project.write("stanch.toml", b"exclude = [\"api/\"]\n");
    let ran = project.stanch(&["audit", "-q"]);
    assert!(ran.code == Some(0) && ran.stdout.contains("3 more in files that the settings exclude"), "{ran}");
    project.write("stanch.toml", b"fail-on = \"never\"\n");
    assert_eq!(project.stanch(&["audit", "-q"]).code, Some(0));
    assert_eq!(project.stanch(&["audit", "-q", "--fail-on", "high"]).code, Some(1));
}

#[test]
fn what_cannot_be_read_is_a_problem_and_the_rest_is_reported() {
    let project = Project::of(&[("app.py", APP), ("broken.py", "def broken(:\n")]);
    let ran = project.stanch(&["audit"]);
    assert_eq!(ran.code, Some(2), "{ran}");
    assert!(ran.stdout.contains("critical[key-in-response]"), "{ran}");
    assert!(ran.stdout.contains("error: broken.py"), "{ran}");
}

#[test]
fn files_get_the_format_of_their_name() {
    let project = Project::of(&[("app.py", APP)]);
    let ran = project
        .stanch(&["audit", "-f", "json", "-o", "a.sarif", "-o", "b.json", "-o", "c.md", "-o", "d.xml", "-o", "e.txt"]);
    let read = |name: &str| std::fs::read_to_string(project.path().join(name)).unwrap();
    assert_eq!(read("b.json"), ran.stdout);
    assert!(read("a.sarif").contains("\"2.1.0\"") && read("c.md").starts_with("### Stanch"));
    assert!(read("d.xml").starts_with("<?xml") && read("e.txt").starts_with("critical["));
    // Neither reports in the project nor the number of threads change the next run.
    assert_eq!(project.stanch(&["audit", "-f", "json", "-j", "1"]).stdout, ran.stdout);
    assert_eq!(project.stanch(&["audit", "-f", "json", "-j", "7"]).stdout, ran.stdout);
}

#[test]
fn paths_count_from_the_root_of_the_project() {
    let project = Project::of(&[("pyproject.toml", ""), ("services/api/app.py", APP)]);
    let ran = project.stanch(&["audit", "services/api", "-f", "concise"]);
    assert!(ran.stdout.starts_with("services/api/app.py:"), "{ran}");
    std::fs::create_dir_all(project.path().join(".git")).unwrap();
    project.write("services/pyproject.toml", b"");
    // Annotations count from the root of the repository, the report from that of the project.
    assert!(project.stanch(&["audit", "services", "-f", "github"]).stdout.contains("file=services/api/app.py,"));
    assert!(project.stanch(&["audit", "services", "-f", "concise"]).stdout.starts_with("api/app.py:"));
}

/// Baselines and code scanning know a finding by its fingerprint alone.
#[test]
fn equal_lines_of_one_function_have_fingerprints_of_their_own() {
    let project = Project::of(&[(
        "app.py",
        r#"import boto3
from flask import Flask, jsonify, request

app = Flask(__name__)
table = boto3.resource("dynamodb").Table("books")


@app.get("/books")
def books():
    if request.args.get("one"):
        return jsonify(table.scan()["Items"])
    return jsonify(table.scan()["Items"])
"#,
    )]);
    let ran = project.stanch(&["audit", "-f", "json", "--fail-on", "never", "--min-severity", "info"]);
    let report: serde_json::Value = serde_json::from_str(&ran.stdout).unwrap();
    let findings = report["findings"].as_array().unwrap().iter().filter(|one| one["rule"] == "item-in-response");
    let fingerprints: Vec<&str> = findings.map(|one| one["fingerprint"].as_str().unwrap()).collect();
    assert_eq!(fingerprints.len(), 2, "{ran}");
    assert_ne!(fingerprints[0], fingerprints[1]);
}
