//! S3: objects are kept for the run, within limits, and what is not there is not there.

use bytes::Bytes;
use sha2::{Digest, Sha256};

use super::query::element;
use super::{Ask, Reply, Shared};

const XML: &str = "application/xml";

pub(super) fn answer(shared: &Shared, operation: &str, ask: &Ask) -> (Reply, Option<String>) {
    let resource = ask.path.trim_end_matches('/').to_owned();
    let (bucket, key) = resource.split_once('/').unwrap_or((&resource, ""));
    let name = format!("s3:{resource}");
    let upload = element("Bucket", bucket) + &element("Key", key);
    let reply = match operation {
        "PutObject" => {
            let content = content(ask);
            let tag = etag(&content);
            shared.keep(name, content);
            let mut reply = Reply::new(200, XML, Bytes::new());
            reply.headers.push(("etag", tag));
            reply
        }
        "GetObject" | "HeadObject" => match shared.kept(&name) {
            Some(content) => object(operation, content),
            None => missing(operation, key),
        },
        "CopyObject" => {
            let source = ask.header("x-amz-copy-source").unwrap_or_default().trim_start_matches('/');
            let content = shared.kept(&format!("s3:{source}")).unwrap_or_default();
            let tag = element("ETag", &etag(&content));
            shared.keep(name, content);
            xml(&format!("<CopyObjectResult>{tag}<LastModified>2023-11-14T22:13:20Z</LastModified></CopyObjectResult>"))
        }
        "UploadPart" => {
            let mut reply = Reply::new(200, XML, Bytes::new());
            reply.headers.push(("etag", etag(&content(ask))));
            reply
        }
        "CreateMultipartUpload" => {
            let id = element("UploadId", &ask.id());
            xml(&format!("<InitiateMultipartUploadResult>{upload}{id}</InitiateMultipartUploadResult>"))
        }
        "CompleteMultipartUpload" => {
            let tag = element("ETag", "\"stub\"");
            xml(&format!("<CompleteMultipartUploadResult>{upload}{tag}</CompleteMultipartUploadResult>"))
        }
        "DeleteObject" | "DeleteBucket" => {
            shared.lock().kept.remove(&name);
            Reply::new(204, XML, Bytes::new())
        }
        "DeleteObjects" => xml("<DeleteResult></DeleteResult>"),
        "ListObjectsV2" => list(shared, bucket, ask),
        "ListBuckets" => xml("<ListAllMyBucketsResult><Buckets></Buckets></ListAllMyBucketsResult>"),
        "GetBucketLocation" => xml("<LocationConstraint></LocationConstraint>"),
        _ => Reply::new(200, XML, Bytes::new()),
    };
    (reply, Some(resource.clone()).filter(|name| !name.is_empty()))
}

fn xml(text: &str) -> Reply {
    Reply::new(200, XML, text.to_owned())
}

fn object(operation: &str, content: Bytes) -> Reply {
    let tag = etag(&content);
    let body = if operation == "GetObject" { content } else { Bytes::new() };
    let mut reply = Reply::new(200, "binary/octet-stream", body);
    reply.headers.extend([("etag", tag), ("last-modified", "Tue, 14 Nov 2023 22:13:20 GMT".to_owned())]);
    reply
}

fn missing(operation: &str, key: &str) -> Reply {
    let text =
        element("Code", "NoSuchKey") + &element("Message", "The specified key does not exist.") + &element("Key", key);
    let body = if operation == "HeadObject" { String::new() } else { format!("<Error>{text}</Error>") };
    Reply::new(404, XML, body)
}

fn list(shared: &Shared, bucket: &str, ask: &Ask) -> Reply {
    let start = format!("s3:{bucket}/{}", ask.query("prefix").unwrap_or(""));
    let state = shared.lock();
    let found: Vec<(&String, &Bytes)> = state.kept.iter().filter(|(name, _)| name.starts_with(&start)).collect();
    let contents: String = found
        .iter()
        .map(|(name, content)| {
            let key = element("Key", name.split_once('/').map_or("", |(_, key)| key));
            let size = element("Size", &content.len().to_string()) + &element("ETag", &etag(content));
            format!("<Contents>{key}{size}<LastModified>2023-11-14T22:13:20Z</LastModified></Contents>")
        })
        .collect();
    let count = element("KeyCount", &found.len().to_string());
    let head = element("Name", bucket) + &element("IsTruncated", "false") + &count;
    xml(&format!("<ListBucketResult>{head}{contents}</ListBucketResult>"))
}

/// The object itself: SDKs may send it in chunks with a checksum behind (`aws-chunked`).
fn content(ask: &Ask) -> Bytes {
    let chunked = ask.header("content-encoding").is_some_and(|encoding| encoding.contains("aws-chunked"))
        || ask.header("x-amz-decoded-content-length").is_some();
    if !chunked {
        return ask.body.clone();
    }
    let mut content = Vec::new();
    let mut rest = ask.body.as_ref();
    while let Some(end) = rest.windows(2).position(|pair| pair == b"\r\n") {
        let size = std::str::from_utf8(&rest[..end]).ok().and_then(|line| line.split(';').next());
        let Some(size) = size.and_then(|hex| usize::from_str_radix(hex.trim(), 16).ok()) else { break };
        let Some(chunk) = rest.get(end + 2..).and_then(|rest| rest.get(..size)) else { break };
        content.extend_from_slice(chunk);
        rest = rest.get(end + 2 + size + 2..).unwrap_or_default();
        if size == 0 {
            break;
        }
    }
    content.into()
}

fn etag(content: &[u8]) -> String {
    let hex: String = Sha256::digest(content)[..16].iter().map(|byte| format!("{byte:02x}")).collect();
    format!("\"{hex}\"")
}
