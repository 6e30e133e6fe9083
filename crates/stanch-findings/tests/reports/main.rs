//! The formats, seen on one report that has something of everything.
#![expect(clippy::unwrap_used, reason = "a test may stop where something is missing")]

mod sample;

use serde_json::Value;
use stanch_findings::report::text::Style;
use stanch_findings::report::{concise, github, json, junit, markdown, sarif, text};
use stanch_findings::{Diagnostic, Limit, Place, Problem, Severity, Shown};
use stanch_secrets::KnownValues;

fn shown() -> Shown {
    Shown::new(&sample::report(), &sample::source)
}

fn every_format(shown: &Shown) -> Vec<(&'static str, String)> {
    vec![
        ("text", text::render(shown, Style { verbose: true, ..Style::default() })),
        ("coloured", text::render(shown, Style { colour: true, verbose: true, width: 60 })),
        ("concise", concise::render(shown)),
        ("json", json::render(shown.report()).unwrap()),
        ("sarif", sarif::render(shown).unwrap()),
        ("github", github::render(shown)),
        ("junit", junit::render(shown)),
        ("markdown", markdown::render(shown)),
    ]
}

#[test]
fn text_for_people() {
    insta::assert_snapshot!(text::render(&shown(), Style { width: 80, ..Style::default() }), @r##"
critical[key-in-response]: A key leaves in a response (proven)
  --> app.py:15:12
   |
 7 |     found = table.get_item(Key={"user_id": user_id})
   |             ---------------------------------------- 1. table.get_item() returns the whole item
 8 |     return found["Item"]
   |     -------------------- 2. load() hands it on
...
15 |     return jsonify(item)
   |            ^^^^^^^^^^^^^ 3. it becomes the response body
   |
   = why: GET /users/<user_id> answers with the whole item of table
          users, and with it api_key and password_hash: whoever asks for
          a user gets that user's key and can act as them
   = route: GET /users/<user_id>
   = log: stdout
   = attribute: users.api_key, users.password_hash
   = seen: response body: {"api_key": "[api-key #1]", "name": "x"}
   = reproduce: curl -s http://127.0.0.1:$PORT/users/u-1
   = help: Give get_item a ProjectionExpression with the attributes that
           this route needs.
   = fix: ask for the attributes the route needs
          --- app.py
          +++ app.py
          @@ -7,1 +7,1 @@
          -    found = table.get_item(Key={"user_id": user_id})
          +    found = table.get_item(Key={"user_id": user_id}, ProjectionExpression="#n")
   = more: stanch explain key-in-response (fingerprint 3f2a9c0d11e2)

high[hardcoded-key]: A key stands in the source (likely)
 --> app.py:3:11
  |
3 | API_KEY = "[api-key #1]"
  |           ^^^^^^^^^^^^^^
  |
  = why: API_KEY holds a key that everyone with the source can use
  = help: Read it from the environment, and replace the key: it is
          known.
  = more: stanch explain hardcoded-key (fingerprint 77aa9c0d11e2)

error: old.py: not UTF-8 at byte 12
 |
 = help: save it as UTF-8, or exclude it

note: 2 findings below --min-severity low are left out

refused: GET /admin (answered 401 to every request)

2 findings: 1 proven (1 critical), 1 likely (1 high) (1 suppressed)
looked at 1 file, 1,215 lines, 2 routes (1 reached), 12 requests; 1 problem kept it from the rest; isolation: namespaces; seed 1
score 37 of 100, grade F
  -48 for 1 proven critical: key-in-response
  -15 for 1 likely high: hardcoded-key
proven means: a planted value came out of the running app
"##);
}

#[test]
fn one_line_each() {
    insta::assert_snapshot!(concise::render(&shown()), @r##"
app.py:15:12: critical[key-in-response] A key leaves in a response (proven): GET /users/<user_id>, stdout, users.api_key, users.password_hash
app.py:3:11: high[hardcoded-key] A key stands in the source (likely)
old.py: error: not UTF-8 at byte 12 (save it as UTF-8, or exclude it)
2 findings: 1 proven (1 critical), 1 likely (1 high) (1 suppressed)
"##);
}

#[test]
fn annotations() {
    insta::assert_snapshot!(github::render(&shown()), @r##"
::error file=app.py,line=15,endLine=15,col=12,endColumn=25,title=critical[key-in-response] (proven)::A key leaves in a response%0AGET /users/<user_id> answers with the whole item of table users, and with it api_key and password_hash: whoever asks for a user gets that user's key and can act as them%0Aroute: GET /users/<user_id>%0Alog: stdout%0Aattribute: users.api_key, users.password_hash%0AGive get_item a ProjectionExpression with the attributes that this route needs.
::error file=app.py,line=3,endLine=3,col=11,endColumn=43,title=high[hardcoded-key] (likely)::A key stands in the source%0AAPI_KEY holds a key that everyone with the source can use%0ARead it from the environment, and replace the key: it is known.
::error title=stanch could not look at everything::old.py: not UTF-8 at byte 12: save it as UTF-8, or exclude it
2 findings: 1 proven (1 critical), 1 likely (1 high) (1 suppressed)
"##);
}

#[test]
fn junit_fails_what_meets_the_limit() {
    insta::assert_snapshot!(junit::render(&shown()), @r##"
<?xml version="1.0" encoding="UTF-8"?>
<testsuites tests="4" failures="2" errors="1" skipped="1">
  <testsuite name="stanch prove" tests="4" failures="2" errors="1" skipped="1">
    <testcase classname="key-in-response" name="app.py:15:12">
      <failure type="critical" message="A key leaves in a response (critical, proven)">GET /users/&lt;user_id&gt; answers with the whole item of table users, and with it api_key and password_hash: whoever asks for a user gets that user&apos;s key and can act as them
route: GET /users/&lt;user_id&gt;
log: stdout
attribute: users.api_key, users.password_hash
reproduce: curl -s http://127.0.0.1:$PORT/users/u-1
help: Give get_item a ProjectionExpression with the attributes that this route needs.
fingerprint: 3f2a9c0d11e24b57</failure>
    </testcase>
    <testcase classname="hardcoded-key" name="app.py:3:11">
      <failure type="high" message="A key stands in the source (high, likely)">API_KEY holds a key that everyone with the source can use
help: Read it from the environment, and replace the key: it is known.
fingerprint: 77aa9c0d11e24b57</failure>
    </testcase>
    <testcase classname="hardcoded-key" name="app.py:14:17">
      <skipped message="ignore-comment: a test key"/>
    </testcase>
    <testcase classname="stanch" name="old.py">
      <error message="not UTF-8 at byte 12">save it as UTF-8, or exclude it</error>
    </testcase>
  </testsuite>
</testsuites>
"##);
    let lenient = shown().with_limit(Limit::From(Severity::Critical, stanch_findings::Confidence::Proven));
    assert!(junit::render(&lenient).contains("tests=\"4\" failures=\"1\" errors=\"1\" skipped=\"1\""));
}

#[test]
fn markdown_for_a_comment() {
    insta::assert_snapshot!(markdown::render(&shown()), @r##"
### Stanch: 2 findings: 1 proven (1 critical), 1 likely (1 high) (1 suppressed)

looked at 1 file, 1,215 lines, 2 routes (1 reached), 12 requests.

**score 37 of 100, grade F**

- -48 for 1 proven critical: key-in-response
- -15 for 1 likely high: hardcoded-key

| severity | confidence | rule | where |
| --- | --- | --- | --- |
| critical | proven | `key-in-response` | `app.py:15:12` `GET /users/<user_id>` |
| high | likely | `hardcoded-key` | `app.py:3:11` |

<details>
<summary><b>A key leaves in a response</b> (critical, proven): app.py:15:12</summary>

GET /users/&lt;user\_id&gt; answers with the whole item of table users, and with it api\_key and password\_hash: whoever asks for a user gets that user's key and can act as them

1. `app.py:7` `found = table.get_item(Key={"user_id": user_id})`: table.get\_item() returns the whole item
2. `app.py:8` `return found["Item"]`: load() hands it on
3. `app.py:15` `return jsonify(item)`: it becomes the response body

- route: `GET /users/<user_id>`
- log: `stdout`
- attribute: `users.api_key`, `users.password_hash`
- seen in response body: `{"api_key": "[api-key #1]", "name": "x"}`
- reproduce: `curl -s http://127.0.0.1:$PORT/users/u-1`
- help: Give get\_item a ProjectionExpression with the attributes that this route needs.

ask for the attributes the route needs:

```diff
--- app.py
+++ app.py
@@ -7,1 +7,1 @@
-    found = table.get_item(Key={"user_id": user_id})
+    found = table.get_item(Key={"user_id": user_id}, ProjectionExpression="#n")
```

`stanch explain key-in-response`, fingerprint `3f2a9c0d11e24b57`

</details>

<details>
<summary><b>A key stands in the source</b> (high, likely): app.py:3:11</summary>

API\_KEY holds a key that everyone with the source can use

- help: Read it from the environment, and replace the key: it is known.

`stanch explain hardcoded-key`, fingerprint `77aa9c0d11e24b57`

</details>

**Not looked at:**

- `old.py`: not UTF-8 at byte 12 (save it as UTF-8, or exclude it)
"##);
}

#[test]
fn no_format_shows_a_key() {
    let mut report = sample::report();
    let key = sample::key();
    // A key in every text of the report, as if whoever made it had forgotten to mask.
    let finding = &mut report.findings[0];
    finding.message.push_str(&key);
    finding.remediation.push_str(&key);
    finding.flow[0].note.push_str(&key);
    finding.flow[0].place.symbol = Some(key.clone());
    finding.evidence[0].text = format!("api_key={key}");
    finding.reproduce = Some(format!("curl -H 'X-API-Key: {key}' http://127.0.0.1"));
    finding.fix.as_mut().unwrap().diff.push_str(&format!("+API_KEY = \"{key}\"\n"));
    finding.places.push(Place::Attribute { table: key.clone(), name: "a".to_owned() });
    report.coverage[0].note = Some(key.clone());
    report.coverage[1].route = format!("/{key}");
    report.run.notes.push(key.clone());
    report.run.problems.push(Problem { message: key.clone(), place: Some(key.clone()), help: Some(key.clone()) });
    let short = format!("hunter2-{}", &key[..9]);
    let known = KnownValues::new([key.as_str(), &short]);
    for (format, document) in every_format(&Shown::new(&report, &sample::source)) {
        assert!(known.find(document.as_bytes()).is_empty(), "{format} shows a key:\n{document}");
    }
    let diagnostic =
        Diagnostic::new(format!("bad {key}")).at("a.toml", &format!("key = \"{key}\"\n"), &(7..20), "here");
    assert!(known.find(diagnostic.error(Style::default()).as_bytes()).is_empty());
}

#[test]
fn hostile_text_stays_text() {
    let mut report = sample::report();
    let hostile = "x\u{1b}[2J\n::error::forged\r\n</failure><!-- @all #1 | `\u{0}\u{202e}";
    report.findings[0].message = hostile.to_owned();
    report.findings[0].places[1] = Place::Log { stream: hostile.to_owned(), source: None };
    report.findings[0].evidence[0].text = hostile.to_owned();
    report.findings[0].flow[0].note = hostile.to_owned();
    let shown = Shown::new(&report, &sample::source);
    for (format, document) in every_format(&shown) {
        let is_coloured = format == "coloured";
        assert!(is_coloured || !document.contains('\u{1b}'), "{format} passes an escape on");
        assert!(!document.contains("\u{1b}[2J") && !document.contains('\u{0}'), "{format}");
        assert!(!document.lines().any(|line| line.starts_with("::error::forged")), "{format} lets a command through");
    }
    // Inside a code span, which the fence of two backticks shows, Markdown reads nothing.
    let markdown = markdown::render(&shown);
    for line in markdown.lines().filter(|line| !line.contains("``")) {
        assert!(!line.contains("<!--") && !line.contains("@all") && !line.contains("#1 "), "{line}");
    }
    assert!(!junit::render(&shown).contains("<!--"));
}

#[test]
fn sarif_has_what_code_scanning_reads() {
    let document: Value = serde_json::from_str(&sarif::render(&shown().with_prefix("services/api")).unwrap()).unwrap();
    let run = &document["runs"][0];
    let rules = run["tool"]["driver"]["rules"].as_array().unwrap();
    for result in run["results"].as_array().unwrap() {
        let index = usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap();
        assert_eq!(rules[index]["id"], result["ruleId"]);
        assert!(rules[index]["properties"]["security-severity"].as_str().unwrap().parse::<f32>().unwrap() > 0.0);
        let physical = &result["locations"][0]["physicalLocation"];
        assert_eq!(physical["artifactLocation"]["uri"], "services/api/app.py");
        let region = &physical["region"];
        let start = (region["startLine"].as_u64(), region["startColumn"].as_u64());
        assert!((region["endLine"].as_u64(), region["endColumn"].as_u64()) > start);
        assert_eq!(result["partialFingerprints"]["primaryLocationLineHash"].as_str().unwrap().len(), 16);
    }
    let first = &run["results"][0];
    let steps = first["codeFlows"][0]["threadFlows"][0]["locations"].as_array().unwrap();
    assert_eq!(steps.len(), 3);
    assert_eq!(steps[1]["location"]["message"]["text"], "load() hands it on");
    assert_eq!(run["results"][2]["suppressions"][0]["justification"], "a test key");
    assert_eq!(run["invocations"][0]["executionSuccessful"], false);
    // The fix, applied as its replacements say, is the line of the diff.
    let replacement = &first["fixes"][0]["artifactChanges"][0]["replacements"][0];
    let (from, to) = (&replacement["deletedRegion"]["startLine"], &replacement["deletedRegion"]["endLine"]);
    assert_eq!((from.as_u64(), to.as_u64()), (Some(7), Some(8)));
    assert!(replacement["insertedContent"]["text"].as_str().unwrap().ends_with("ProjectionExpression=\"#n\")\n"));
}

#[test]
fn a_patch_with_a_key_in_it_is_not_offered_as_one() {
    let mut report = sample::report();
    report.findings[0].fix.as_mut().unwrap().diff =
        format!("+++ app.py\n@@ -1 +1 @@\n-x\n+API_KEY = \"{}\"\n", sample::key());
    let document: Value = serde_json::from_str(&sarif::render(&Shown::new(&report, &sample::source)).unwrap()).unwrap();
    assert!(document["runs"][0]["results"][0].get("fixes").is_none());
}

#[test]
fn a_finding_without_source_still_has_a_place() {
    let mut report = sample::report();
    report.findings[0].places.remove(0);
    report.findings[0].flow.clear();
    let shown = Shown::new(&report, &sample::source);
    let document: Value = serde_json::from_str(&sarif::render(&shown).unwrap()).unwrap();
    let location = &document["runs"][0]["results"][0]["locations"][0];
    assert_eq!(location["physicalLocation"]["artifactLocation"]["uri"], "users/%3Cuser_id%3E");
    assert!(text::render(&shown, Style::default()).contains("= route: GET /users/<user_id>"));
    assert!(concise::render(&shown).starts_with("GET /users/<user_id>: critical"));
}
