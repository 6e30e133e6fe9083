use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::time::Duration;

use serde_json::Value;

/// An answer, as it came.
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) bytes: Vec<u8>,
}

impl Answer {
    /// The body.
    pub(crate) fn body(&self) -> &[u8] {
        let end = self.bytes.windows(4).position(|window| window == b"\r\n\r\n");
        end.map_or(&[], |end| &self.bytes[end + 4..])
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(self.body()).into_owned()
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(self.body()).unwrap_or(Value::Null)
    }

    /// The value of a header, by its name in lower case.
    pub(crate) fn header(&self, name: &str) -> Option<String> {
        let head = String::from_utf8_lossy(&self.bytes[..self.bytes.len() - self.body().len()]).into_owned();
        head.lines().find_map(|line| line.strip_prefix(&format!("{name}: ")).map(str::to_owned))
    }

    /// Everything but what differs between any two answers.
    pub(crate) fn comparable(&self) -> String {
        let text = String::from_utf8_lossy(&self.bytes).into_owned();
        let kept = text.lines().filter(|line| !line.starts_with("x-request-id: ") && !line.starts_with("date: "));
        kept.collect::<Vec<_>>().join("\n")
    }
}

/// Sends a well-formed request on a connection of its own.
pub(crate) fn send(address: SocketAddr, method: &str, target: &str, headers: &[(&str, &str)], body: &[u8]) -> Answer {
    let mut request = format!("{method} {target} HTTP/1.1\r\nHost: service\r\nConnection: close\r\n").into_bytes();
    for (name, value) in headers {
        request.extend_from_slice(format!("{name}: {value}\r\n").as_bytes());
    }
    if !body.is_empty() || matches!(method, "PUT" | "POST") {
        request.extend_from_slice(format!("Content-Length: {}\r\n", body.len()).as_bytes());
    }
    request.extend_from_slice(b"\r\n");
    request.extend_from_slice(body);
    exchange(address, &request, false)
}

/// Sends bytes, says that no more come when `ends`, and reads to the end. Status 0 stands for no answer.
pub(crate) fn exchange(address: SocketAddr, request: &[u8], ends: bool) -> Answer {
    let Ok(mut stream) = TcpStream::connect(address) else { return Answer { status: 0, bytes: Vec::new() } };
    stream.set_read_timeout(Some(Duration::from_secs(120))).expect("a timeout");
    // The service may answer and close before it has read everything.
    let _ = stream.write_all(request);
    if ends {
        let _ = stream.shutdown(Shutdown::Write);
    }
    let mut bytes = Vec::new();
    let _ = stream.read_to_end(&mut bytes);
    let status = bytes.get(9..12).and_then(|digits| std::str::from_utf8(digits).ok()?.parse().ok()).unwrap_or(0);
    Answer { status, bytes }
}
