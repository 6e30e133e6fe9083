//! A file as an editor holds it: its text comes on stdin.

use crate::project::Project;

const LEAK: &str = "from flask import Blueprint, jsonify\n\nfrom store import everything\n\nbp = Blueprint(\"b\", \
                    __name__)\n\n\n@bp.get(\"/all\")\ndef show():\n    return jsonify(everything())\n";
const STORE: &str = "import boto3\n\nPASSWORD = 'Tr0ub4dor-and-3'\ntable = boto3.resource(\"dynamodb\").Table(\"users\")\n\n\n\
                     def everything():\n    return table.scan()[\"Items\"]\n";
const APP: &str =
    "from flask import Flask\n\nfrom views import bp\n\napp = Flask(__name__)\napp.register_blueprint(bp)\n";

#[test]
fn the_text_of_the_editor_counts_and_the_rest_is_read_from_the_disk() {
    let project = Project::of(&[("app.py", APP), ("store.py", STORE), ("views.py", "# not saved yet\n")]);
    let limited = ["audit", "-f", "concise", "--fail-on", "low", "--stdin-filename", "views.py"];
    let ran = project.stanch_with(&limited, &[], LEAK);
    assert_eq!(ran.code, Some(1), "{ran}");
    assert!(ran.stdout.contains("views.py:10:"), "{ran}");
    // What does not touch the file is not told.
    assert!(!ran.stdout.contains("store.py:3:"), "{ran}");
    let safe = LEAK.replace("jsonify(everything())", "jsonify(count=len(everything()))");
    let ran = project.stanch_with(&["audit", "-f", "concise", "--stdin-filename", "views.py"], &[], &safe);
    assert!(!ran.stdout.contains("in-response"), "{ran}");
}

#[test]
fn a_file_that_is_not_on_the_disk_is_read_too() {
    let project = Project::of(&[("app.py", APP), ("store.py", STORE)]);
    let commented = LEAK.replace("everything())", "everything())  # stanch: ignore[item-in-response] for admins");
    for name in ["views.py", "./views.py"] {
        let ran = project.stanch_with(&["audit", "-f", "text", "--stdin-filename", name], &[], LEAK);
        assert!(ran.stdout.contains("return jsonify(everything())"), "{ran}");
        let ran = project.stanch_with(&["audit", "-f", "concise", "--stdin-filename", name], &[], &commented);
        assert!(!ran.stdout.contains("views.py:10:"), "{ran}");
    }
    let template = "Resources:\n  T:\n    Type: AWS::DynamoDB::Table\n";
    let ran = project.stanch_with(&["audit", "-f", "concise", "--stdin-filename", "t.yaml"], &[], template);
    assert!(ran.stdout.contains("t.yaml:3:11: low[unencrypted-table]"), "{ran}");
}
