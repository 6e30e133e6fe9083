//! SARIF as the program writes it, held against the schema of SARIF 2.1.0: which properties each object may have, of what
//! type, and which it must have (OASIS, "Static Analysis Results Interchange Format Version 2.1.0", Errata 01, schema
//! `sarif-schema-2.1.0.json`, whose objects take no other properties).

use serde_json::Value;

use crate::project::Project;

/// Object, its properties with their types, and those it must have (`*`). A type in brackets is that of a list's elements.
const SCHEMA: [(&str, &str); 26] = [
    ("log", "$schema:string version:string* runs:[run]* properties:any"),
    (
        "run",
        "tool:tool* invocations:[invocation] results:[result] originalUriBaseIds:any columnKind:columnKind \
         automationDetails:automation artifacts:[artifact] language:string defaultEncoding:string taxonomies:any \
         versionControlProvenance:any properties:any",
    ),
    ("tool", "driver:component* extensions:[component] properties:any"),
    (
        "component",
        "name:string* version:string semanticVersion:string informationUri:uri rules:[rule] organization:string \
         fullName:string shortDescription:message fullDescription:message supportedTaxonomies:any taxa:any \
         notifications:[rule] guid:string properties:any",
    ),
    (
        "rule",
        "id:string* name:string shortDescription:message fullDescription:message help:message helpUri:uri \
         defaultConfiguration:configuration relationships:any messageStrings:any guid:string properties:any",
    ),
    ("configuration", "enabled:boolean level:level rank:number parameters:any properties:any"),
    ("message", "text:string markdown:string id:string arguments:[string] properties:any"),
    (
        "invocation",
        "executionSuccessful:boolean* exitCode:integer toolExecutionNotifications:[notification] \
         toolConfigurationNotifications:[notification] commandLine:string workingDirectory:artifactLocation \
         exitCodeDescription:string properties:any",
    ),
    ("notification", "message:message* level:level locations:[location] descriptor:any properties:any"),
    ("automation", "id:string description:message guid:string correlationGuid:string properties:any"),
    ("artifact", "location:artifactLocation length:integer mimeType:string contents:any hashes:any properties:any"),
    (
        "result",
        "ruleId:string ruleIndex:integer rule:any kind:kind level:level message:message* locations:[location] \
         relatedLocations:[location] codeFlows:[codeFlow] fixes:[fix] suppressions:[suppression] \
         partialFingerprints:strings fingerprints:strings baselineState:string rank:number guid:string hostedViewerUri:uri \
         webRequest:any webResponse:any attachments:any taxa:any properties:any",
    ),
    (
        "location",
        "id:integer physicalLocation:physical logicalLocations:[logical] message:message annotations:[region] \
         relationships:any properties:any",
    ),
    ("physical", "artifactLocation:artifactLocation region:region contextRegion:region address:any properties:any"),
    ("artifactLocation", "uri:relative uriBaseId:string index:integer description:message properties:any"),
    (
        "region",
        "startLine:positive startColumn:positive endLine:positive endColumn:positive charOffset:integer \
         charLength:integer byteOffset:integer byteLength:integer snippet:content message:message sourceLanguage:string \
         properties:any",
    ),
    ("content", "text:string binary:string rendered:message properties:any"),
    (
        "logical",
        "name:string fullyQualifiedName:string decoratedName:string kind:string index:integer parentIndex:integer \
         properties:any",
    ),
    ("codeFlow", "message:message threadFlows:[threadFlow]* properties:any"),
    (
        "threadFlow",
        "id:string message:message locations:[flowLocation]* initialState:any immutableState:any properties:any",
    ),
    (
        "flowLocation",
        "index:integer location:location executionOrder:integer importance:string kinds:[string] nestingLevel:integer \
         state:any module:string taxa:any properties:any",
    ),
    ("fix", "description:message artifactChanges:[change]* properties:any"),
    ("change", "artifactLocation:artifactLocation* replacements:[replacement]* properties:any"),
    ("replacement", "deletedRegion:region* insertedContent:content properties:any"),
    (
        "suppression",
        "kind:suppressionKind* status:string justification:string location:location guid:string properties:any",
    ),
    ("strings", ""),
];

#[test]
fn the_document_keeps_to_the_schema() {
    let app = include_str!("../../../../examples/leaky-flask-app/fieldbook/accounts.py");
    let settings = "SECRET_KEY = 'q8Zr7TkVb2Wn5Ls0'  # stanch: ignore[hardcoded-key] shown in a test\nx = (\n";
    let template = "Resources:\n  T:\n    Type: AWS::DynamoDB::Table\n";
    let log = "import boto3\nfrom flask import Flask, jsonify\n\napp = Flask(__name__)\ntable = \
               boto3.resource(\"dynamodb\").Table(\"users\")\n\n\n@app.get(\"/\")\ndef all_of_them():\n    found = \
               table.scan()\n    print(found)\n    return jsonify(found)\n";
    let project =
        Project::of(&[("accounts.py", app), ("settings.py", settings), ("t.yaml", template), ("app.py", log)]);
    let ran = project.stanch(&["audit", "-f", "sarif", "--min-severity", "info"]);
    let document: Value = serde_json::from_str(&ran.stdout).unwrap();
    let mut wrong = Vec::new();
    hold("log", &document, "log", &mut wrong);
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert_eq!(document["version"], "2.1.0");
    let results = document["runs"][0]["results"].as_array().unwrap();
    assert!(results.len() > 3, "{ran}");
    // A result names its rule both by id and by its place in the list.
    for result in results {
        let index = usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap();
        assert_eq!(document["runs"][0]["tool"]["driver"]["rules"][index]["id"], result["ruleId"]);
    }
    assert!(results.iter().any(|result| result["codeFlows"].is_array()), "{ran}");
    assert!(results.iter().any(|result| result["suppressions"].is_array()), "{ran}");
}

#[test]
fn the_schema_tells_wrong_from_right() {
    for (kind, text) in [
        ("region", r#"{"startLine": 0}"#),
        ("result", r#"{"ruleId": "x"}"#),
        ("result", r#"{"message": {"text": "x"}, "severity": "high"}"#),
        ("suppression", r#"{"kind": "inside"}"#),
        ("artifactLocation", r#"{"uri": "a b.py"}"#),
    ] {
        let mut wrong = Vec::new();
        hold(kind, &serde_json::from_str(text).unwrap(), kind, &mut wrong);
        assert!(!wrong.is_empty(), "{kind} {text}");
    }
}

/// Notes what is not as its type says.
fn hold(kind: &str, value: &Value, at: &str, wrong: &mut Vec<String>) {
    if let Some(element) = kind.strip_prefix('[').and_then(|kind| kind.strip_suffix(']')) {
        match value.as_array() {
            Some(list) => {
                (0..).zip(list).for_each(|(n, one): (usize, _)| hold(element, one, &format!("{at}[{n}]"), wrong));
            }
            None => wrong.push(format!("{at} is no list")),
        }
        return;
    }
    let one_of = |allowed: &[&str]| value.as_str().is_some_and(|text| allowed.contains(&text));
    let is_uri = |text: &str| !text.is_empty() && !text.contains([' ', '"', '<', '>', '\\', '`']) && text.is_ascii();
    let right = match kind {
        "any" => true,
        "string" => value.is_string(),
        "boolean" => value.is_boolean(),
        "number" => value.is_number(),
        "integer" => value.is_i64() || value.is_u64(),
        "positive" => value.as_u64().is_some_and(|number| number > 0),
        "uri" => value.as_str().is_some_and(|text| is_uri(text) && text.contains(':')),
        "relative" => value.as_str().is_some_and(is_uri),
        "level" => one_of(&["none", "note", "warning", "error"]),
        "kind" => one_of(&["notApplicable", "pass", "fail", "review", "open", "informational"]),
        "columnKind" => one_of(&["utf16CodeUnits", "unicodeCodePoints"]),
        "suppressionKind" => one_of(&["inSource", "external"]),
        "strings" => value.as_object().is_some_and(|map| map.values().all(Value::is_string)),
        _ => return object(kind, value, at, wrong),
    };
    if !right {
        wrong.push(format!("{at} is no {kind}: {value}"));
    }
}

fn object(kind: &str, value: &Value, at: &str, wrong: &mut Vec<String>) {
    // A kind that the table above does not have is a slip in it.
    let (_, properties) = SCHEMA.iter().find(|(name, _)| *name == kind).unwrap();
    let Some(map) = value.as_object() else { return wrong.push(format!("{at} is no object")) };
    let known = |name: &str| {
        properties.split_whitespace().filter_map(|property| property.split_once(':')).find(|(known, _)| *known == name)
    };
    for (name, inner) in map {
        match known(name) {
            Some((_, kind)) => hold(kind.trim_end_matches('*'), inner, &format!("{at}.{name}"), wrong),
            None => wrong.push(format!("{at}.{name} is not in the schema")),
        }
    }
    for (name, kind) in properties.split_whitespace().filter_map(|property| property.split_once(':')) {
        if kind.ends_with('*') && !map.contains_key(name) {
            wrong.push(format!("{at} lacks {name}"));
        }
    }
}
