//! The stubbed services as an SDK meets them: raw HTTP requests, answers and what is recorded of them.
#![expect(clippy::unwrap_used, reason = "a test may fail by panicking")]

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;

use serde_json::{Value, json};
use stanch_live::stubs::ServiceStubs;

fn stubs() -> ServiceStubs {
    let values = |name: &str, is_key: bool| format!("<{name}:{is_key}>");
    ServiceStubs::start(SocketAddr::from(([127, 0, 0, 1], 0)), Arc::new(values)).unwrap()
}

/// Status and body of one request; `service` is what the signature names, none for an unsigned request.
fn send(stubs: &ServiceStubs, service: Option<&str>, line: &str, headers: &[&str], body: &str) -> (u16, String) {
    let mut text = format!("{line} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: {}\r\n", body.len());
    if let Some(service) = service {
        text += &format!("Authorization: AWS4-HMAC-SHA256 Credential=id/20260101/eu-west-1/{service}/aws4_request, ");
        text += "SignedHeaders=host, Signature=0\r\n";
    }
    headers.iter().for_each(|header| text += &format!("{header}\r\n"));
    let mut stream = TcpStream::connect(stubs.address()).unwrap();
    stream.write_all(format!("{text}\r\n{body}").as_bytes()).unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).unwrap();
    let answer = String::from_utf8_lossy(&answer).into_owned();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    (head.split(' ').nth(1).unwrap().parse().unwrap(), body.to_owned())
}

fn json_call(stubs: &ServiceStubs, service: Option<&str>, target: &str, body: &Value) -> Value {
    let header = format!("X-Amz-Target: {target}");
    let (status, answer) = send(stubs, service, "POST /", &[&header], &body.to_string());
    assert_eq!(status, 200, "{answer}");
    serde_json::from_str(&answer).unwrap()
}

#[test]
fn objects_are_kept_and_what_is_not_there_is_not_there() {
    let stubs = stubs();
    assert_eq!(send(&stubs, Some("s3"), "PUT /bucket/a%20b/c", &["X-Stanch-Probe: 4"], "hello").0, 200);
    assert_eq!(send(&stubs, Some("s3"), "GET /bucket/a%20b/c", &[], ""), (200, "hello".to_owned()));
    let (status, text) = send(&stubs, Some("s3"), "GET /bucket/none", &[], "");
    assert_eq!(status, 404);
    assert!(text.contains("<Code>NoSuchKey</Code>"));
    let chunks = "5;chunk-signature=0\r\nhello\r\n6\r\n world\r\n0\r\nx-amz-checksum-crc32:AAAAAA==\r\n\r\n";
    send(&stubs, Some("s3"), "PUT /bucket/chunked", &["X-Amz-Decoded-Content-Length: 11"], chunks);
    assert_eq!(send(&stubs, Some("s3"), "GET /bucket/chunked", &[], "").1, "hello world");
    let (_, list) = send(&stubs, Some("s3"), "GET /bucket?list-type=2&prefix=a", &[], "");
    assert!(list.contains("<Key>a b/c</Key>") && list.contains("<KeyCount>1</KeyCount>"));
    stubs.forget_stored();
    assert_eq!(send(&stubs, Some("s3"), "HEAD /bucket/chunked", &[], "").0, 404);
    let calls = stubs.calls_since(0);
    let put = &calls[0];
    assert_eq!(
        (put.probe, put.operation.as_str(), put.resource.as_deref()),
        (Some(4), "PutObject", Some("bucket/a b/c"))
    );
    assert_eq!(put.body.as_ref(), b"hello");
    assert_eq!(stubs.calls_since(stubs.call_count()).len(), 0);
}

#[test]
fn forms_are_answered_in_xml_without_markup_from_the_request() {
    let stubs = stubs();
    let form = ["Content-Type: application/x-www-form-urlencoded"];
    let body = "Action=Subscribe&Version=2010-03-31&TopicArn=a%3C%26b&Message=x";
    let (_, answer) = send(&stubs, None, "POST /", &form, body);
    assert!(answer.contains("<SubscriptionArn>a&lt;&amp;b:"), "{answer}");
    let (_, answer) = send(&stubs, Some("sts"), "POST /", &form, "Action=AssumeRole&RoleArn=r");
    assert!(answer.contains("<SecretAccessKey>&lt;sts:SecretAccessKey:true&gt;</SecretAccessKey>"));
    let (_, answer) = send(&stubs, Some("sns"), "POST /", &form, "Action=%3Cb%3EBold");
    assert!(answer.starts_with("<bBoldResponse>"), "{answer}");
    let named: Vec<_> = stubs.calls_since(0).into_iter().map(|call| (call.service, call.resource)).collect();
    assert_eq!(named[0], ("sns".to_owned(), Some("a<&b".to_owned())));
}

#[test]
fn secrets_and_parameters_come_from_the_caller_until_the_app_stores_its_own() {
    let stubs = stubs();
    let get = |name: &str| {
        json_call(&stubs, Some("secretsmanager"), "secretsmanager.GetSecretValue", &json!({"SecretId": name}))
    };
    let secret: Value = serde_json::from_str(get("db")["SecretString"].as_str().unwrap()).unwrap();
    assert_eq!(secret["password"], "<secretsmanager:db#password:true>");
    let own = json!({"Name": "db", "SecretString": "own"});
    json_call(&stubs, Some("secretsmanager"), "secretsmanager.CreateSecret", &own);
    assert_eq!(get("db")["SecretString"], "own");
    let names = json!({"Names": ["/app/table", "/app/api_key"]});
    let parameters = json_call(&stubs, None, "AmazonSSM.GetParameters", &names);
    assert_eq!(parameters["Parameters"][0]["Value"], "<ssm:/app/table:false>");
    assert_eq!(parameters["Parameters"][1]["Value"], "<ssm:/app/api_key:true>");
}

#[test]
fn what_kms_encrypts_it_decrypts_and_foreign_ciphertexts_pass_through() {
    let stubs = stubs();
    let kms =
        |operation: &str, body: Value| json_call(&stubs, Some("kms"), &format!("TrentService.{operation}"), &body);
    let long = "c2VjcmV0".repeat(20);
    let cipher = kms("Encrypt", json!({"KeyId": "k", "Plaintext": long}))["CiphertextBlob"].clone();
    assert!(!cipher.as_str().unwrap().contains("c2VjcmV0"));
    assert_eq!(kms("Decrypt", json!({"CiphertextBlob": cipher}))["Plaintext"], long);
    assert_eq!(kms("Decrypt", json!({"CiphertextBlob": "cGxhbnRlZA=="}))["Plaintext"], "cGxhbnRlZA==");
}

#[test]
fn a_model_says_nothing_of_its_prompt_and_unknown_services_are_named() {
    let stubs = stubs();
    let (_, answer) = send(&stubs, Some("bedrock"), "POST /model/titan%3A1/invoke", &[], "{\"prompt\": \"canary\"}");
    assert!(answer.contains("outputText") && !answer.contains("canary"));
    assert_eq!(send(&stubs, Some("newthing"), "POST /v1/do", &[], "{}"), (200, "{}".to_owned()));
    send(&stubs, None, "POST /service/Logs/operation/PutLogEvents", &["smithy-protocol: rpc-v2-cbor"], "");
    let called: Vec<_> = stubs.calls_since(0).into_iter().map(|c| (c.service, c.operation, c.resource)).collect();
    assert_eq!(called[0], ("bedrock".to_owned(), "InvokeModel".to_owned(), Some("titan:1".to_owned())));
    assert_eq!((called[1].0.as_str(), called[1].1.as_str()), ("newthing", "POST /v1/do"));
    assert_eq!((called[2].0.as_str(), called[2].1.as_str()), ("Logs", "PutLogEvents"));
}

#[test]
fn the_metadata_services_answer_at_their_addresses_in_both_versions() {
    let stubs = stubs();
    let ask = |line: &str, host: &str| {
        let mut stream = TcpStream::connect(stubs.address()).unwrap();
        stream.write_all(format!("{line} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n").as_bytes()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer.split_once("\r\n\r\n").unwrap().1.to_owned()
    };
    let instance = "169.254.169.254";
    assert!(ask("PUT /latest/api/token", instance).starts_with("token-"));
    let role = ask("GET /latest/meta-data/iam/security-credentials/", instance);
    let given: Value =
        serde_json::from_str(&ask(&format!("GET /latest/meta-data/iam/security-credentials/{role}"), instance))
            .unwrap();
    // What botocore's `InstanceMetadataFetcher` and `ContainerProvider` cannot do without.
    for member in ["AccessKeyId", "SecretAccessKey", "Token", "Expiration"] {
        assert!(given[member].is_string(), "{given}");
    }
    assert_eq!(given["SecretAccessKey"], "<metadata:SecretAccessKey:true>");
    let of_task: Value = serde_json::from_str(&ask("GET /v2/credentials/7", "169.254.170.2")).unwrap();
    assert!(of_task["RoleArn"].is_string() && of_task["Token"].is_string(), "{of_task}");
    let of_pod: Value = serde_json::from_str(&ask("GET /v1/credentials", "169.254.170.23:80")).unwrap();
    assert!(of_pod["SecretAccessKey"].is_string(), "{of_pod}");
    assert!(!ask("GET /latest/meta-data/", "x").contains("iam/"), "another host is no metadata service");
}
