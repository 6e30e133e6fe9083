//! A report with something of everything, shared by the tests of the formats.

use stanch_api::{Method, SourcePlace};
use stanch_findings::{
    Category, Confidence, Coverage, Evidence, Finding, Fix, FlowStep, Oracle, Place, Problem, Report, RouteStatus,
    Rule, Run, Score, Severity, Standards, Suppressed,
};

static KEY: Rule = Rule {
    id: "key-in-response",
    title: "A key leaves in a response",
    severity: Severity::High,
    category: Category::DataExposure,
    standards: Standards {
        owasp_api: &["API3:2023"],
        owasp_llm: &[],
        cwe: &["CWE-200"],
        pci_dss: &["6.2.4"],
        soc2: &["CC6.1"],
    },
    oracles: &[Oracle::Source, Oracle::Run],
    page: "# key-in-response\n\n## What it does\n\nA key leaves.\n",
};

static HARDCODED: Rule = Rule {
    id: "hardcoded-key",
    title: "A key stands in the source",
    severity: Severity::High,
    category: Category::DataExposure,
    standards: Standards { owasp_api: &[], owasp_llm: &[], cwe: &["CWE-798"], pci_dss: &[], soc2: &[] },
    oracles: &[Oracle::Source],
    page: "# hardcoded-key\n",
};

/// A real-looking key that stands in the sample's source, beside a finding and in another.
pub(crate) fn key() -> String {
    ["wJ4rXUtnFE", "MI7K7MDENG", "bPxRfiCY3k"].concat()
}

/// The sample's only source file.
pub(crate) fn source(path: &str) -> Option<String> {
    (path == "app.py").then(|| {
        format!(
            "from flask import Flask, jsonify\n\nAPI_KEY = \"{}\"\n\n\ndef load(user_id):\n    found = \
             table.get_item(Key={{\"user_id\": user_id}})\n    return found[\"Item\"]\n\n\n@app.get(\"/users/<user_id>\")\n\
             def user(user_id):\n    item = load(user_id)\n    log(api_key=\"hunter2-{}\")\n    return jsonify(item)\n",
            key(),
            &key()[..9]
        )
    })
}

/// The report.
pub(crate) fn report() -> Report {
    let proven = Finding {
        rule: &KEY,
        severity: Severity::Critical,
        confidence: Confidence::Proven,
        message: "GET /users/<user_id> answers with the whole item of table users, and with it api_key and \
                  password_hash: whoever asks for a user gets that user's key and can act as them"
            .to_owned(),
        places: vec![
            Place::Source(place(15, 12, 15, 25)),
            Place::Endpoint { method: Method::Get, route: "/users/<user_id>".to_owned() },
            Place::Log { stream: "stdout".to_owned(), source: None },
            Place::Attribute { table: "users".to_owned(), name: "api_key".to_owned() },
            Place::Attribute { table: "users".to_owned(), name: "password_hash".to_owned() },
        ],
        flow: vec![
            FlowStep { place: place(7, 13, 7, 54), note: "table.get_item() returns the whole item".to_owned() },
            FlowStep { place: place(8, 5, 8, 25), note: "load() hands it on".to_owned() },
            FlowStep { place: place(15, 12, 15, 25), note: "it becomes the response body".to_owned() },
        ],
        evidence: vec![Evidence {
            what: "response body".to_owned(),
            text: r#"{"api_key": "[api-key #1]", "name": "x"}"#.to_owned(),
        }],
        reproduce: Some("curl -s http://127.0.0.1:$PORT/users/u-1".to_owned()),
        fix: Some(Fix {
            title: "ask for the attributes the route needs".to_owned(),
            diff: "--- app.py\n+++ app.py\n@@ -7,1 +7,1 @@\n-    found = table.get_item(Key={\"user_id\": user_id})\n+    \
                   found = table.get_item(Key={\"user_id\": user_id}, ProjectionExpression=\"#n\")\n"
                .to_owned(),
        }),
        remediation: "Give get_item a ProjectionExpression with the attributes that this route needs.".to_owned(),
        suppressed: None,
        fingerprint: "3f2a9c0d11e24b57".to_owned(),
    };
    let likely = Finding {
        rule: &HARDCODED,
        severity: Severity::High,
        confidence: Confidence::Likely,
        message: "API_KEY holds a key that everyone with the source can use".to_owned(),
        places: vec![Place::Source(place(3, 11, 3, 43))],
        flow: Vec::new(),
        evidence: Vec::new(),
        reproduce: None,
        fix: None,
        remediation: "Read it from the environment, and replace the key: it is known.".to_owned(),
        suppressed: None,
        fingerprint: "77aa9c0d11e24b57".to_owned(),
    };
    let suppressed = Finding {
        suppressed: Some(Suppressed { by: "ignore-comment".to_owned(), reason: Some("a test key".to_owned()) }),
        places: vec![Place::Source(place(14, 17, 14, 26))],
        fingerprint: "99aa9c0d11e24b57".to_owned(),
        ..likely.clone()
    };
    let mut report = Report {
        findings: vec![proven, likely, suppressed],
        coverage: vec![
            coverage("/users/<user_id>", RouteStatus::Reached, None),
            coverage("/admin", RouteStatus::Refused, Some("answered 401 to every request")),
        ],
        run: Run {
            command: "prove".to_owned(),
            version: "0.1.0".to_owned(),
            files: 1,
            lines: 1_215,
            requests: 12,
            isolation: Some("namespaces".to_owned()),
            seed: Some(1),
            problems: vec![Problem {
                message: "not UTF-8 at byte 12".to_owned(),
                place: Some("old.py".to_owned()),
                help: Some("save it as UTF-8, or exclude it".to_owned()),
            }],
            notes: vec!["2 findings below --min-severity low are left out".to_owned()],
        },
        score: None,
    };
    report.score = Score::of(&report);
    report
}

fn coverage(route: &str, status: RouteStatus, note: Option<&str>) -> Coverage {
    let note = note.map(str::to_owned);
    Coverage { method: Method::Get, route: route.to_owned(), status, note, requests: 6, tried: Vec::new() }
}

fn place(line: u32, column: u32, end_line: u32, end_column: u32) -> SourcePlace {
    SourcePlace { path: "app.py".to_owned(), line, column, end_line, end_column, symbol: None }
}
