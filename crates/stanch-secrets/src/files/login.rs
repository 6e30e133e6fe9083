//! Logins in URLs and on command lines: whether what looks like a password opens anything.

use std::ops::Range;

use crate::assign::Assignment;
use crate::value::is_random;

/// Whether the password in a URL opens nothing: the user's own name again on this machine or inside a network of
/// containers, a guessable word at a host that is reserved for examples, or a few letters for a user called `user`.
pub(super) fn is_default_login(text: &[u8], password: &Range<usize>) -> bool {
    let Some(value) = std::str::from_utf8(&text[password.clone()]).ok().filter(|value| !is_random(value)) else {
        return false;
    };
    let before = &text[password.start.saturating_sub(80)..password.start];
    let user = before.strip_suffix(b":").and_then(|before| before.rsplit(|byte| *byte == b'/').next());
    let host = text[password.end..].strip_prefix(b"@").unwrap_or_default();
    let length = host.iter().take(120).take_while(|byte| byte.is_ascii_alphanumeric() || b".-".contains(byte)).count();
    let host = &host[..length];
    let near = matches!(host, b"127.0.0.1" | b"0.0.0.0") || !host.contains(&b'.');
    let example = [&b"example.com"[..], b"example.org", b"example.net", b"test.com", b".test", b".example"]
        .iter()
        .any(|name| host.ends_with(name));
    // `models://scope:prefix@name`: what no client logs in to.
    if !is_login_scheme(before) {
        return true;
    }
    // `https://user:abc@api.com`
    let sample =
        matches!(user, Some(b"user" | b"username" | b"testuser" | b"usr" | b"USER" | b"USERNAME")) && value.len() <= 4;
    sample || example && !value.bytes().any(|byte| byte.is_ascii_digit()) || near && user == Some(value.as_bytes())
}

/// Whether the URL at the end of this text is of a scheme whose clients log in.
fn is_login_scheme(before: &[u8]) -> bool {
    // By their beginnings: `postgresql+psycopg`, `mongodb+srv`, `rediss`.
    const SCHEMES: &[&str] = &[
        "amqp",
        "arango",
        "bolt",
        "cassandra",
        "clickhouse",
        "cockroach",
        "couch",
        "db2",
        "elastic",
        "ftp",
        "git",
        "hive",
        "http",
        "imap",
        "influx",
        "jdbc",
        "kafka",
        "ldap",
        "maria",
        "memcached",
        "mongo",
        "mqtt",
        "ms",
        "mysql",
        "nats",
        "neo4j",
        "odbc",
        "opensearch",
        "oracle",
        "pg",
        "pop3",
        "postgres",
        "presto",
        "proxy",
        "pulsar",
        "rabbit",
        "rdp",
        "redis",
        "redshift",
        "rtmp",
        "rtsp",
        "s3",
        "sftp",
        "smb",
        "smtp",
        "snowflake",
        "socks",
        "sql",
        "ssh",
        "svn",
        "tcp",
        "teradata",
        "trino",
        "valkey",
        "vertica",
        "vnc",
        "ws",
        "zookeeper",
    ];
    let Some(at) = memchr::memmem::rfind(before, b"://") else { return true };
    let word = |byte: &&u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'.' | b'-');
    let length = before[..at].iter().rev().take_while(word).count();
    let scheme = String::from_utf8_lossy(&before[at - length..at]).to_ascii_lowercase();
    SCHEMES.iter().any(|known| scheme.starts_with(known))
}

/// Whether a guessable password is the user's own name again: `test:test`.
pub(super) fn repeats_user(text: &[u8], password: &Range<usize>) -> bool {
    let value = &text[password.clone()];
    let before = &text[password.start.saturating_sub(80)..password.start];
    let user = before.strip_suffix(b":").and_then(|before| before.strip_suffix(value));
    user.is_some_and(|rest| rest.last().is_none_or(|byte| !byte.is_ascii_alphanumeric()))
        && std::str::from_utf8(value).is_ok_and(|value| !is_random(value))
}

/// Whether a connection string opens nothing: it holds no password, or that of a database on this machine whose name is
/// the user's own.
pub(super) fn is_harmless_url(text: &[u8], found: &Assignment, value: &str) -> bool {
    let Some((scheme, rest)) = value.split_once("://") else { return false };
    if scheme.len() > 20 || scheme.contains(char::is_whitespace) {
        return false;
    }
    let authority = rest.split(['/', '?', '#']).next().unwrap_or(rest);
    let Some((login, _)) = authority.rsplit_once('@') else {
        return !rest.contains(['=', '?']) && !is_random(rest);
    };
    let Some((_, password)) = login.split_once(':') else { return false };
    let end = found.value.start + scheme.len() + 3 + login.len();
    is_default_login(text, &(end - password.len()..end))
}
