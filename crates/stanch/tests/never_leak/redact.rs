//! What `redact` lets through, and what it says of what it is given.

use crate::keys::Keys;
use crate::watch::Watch;

#[test]
fn redact_of_every_kind_of_text() {
    let keys = Keys::new();
    let watch = Watch::new(&keys);
    let Keys { aws_id, aws_secret, github, stripe, password, hex, jwt } = &keys;
    watch.write("keys.txt", &keys.all().join("\n"));
    watch.write("app.log", &format!("GET /?api_key={hex} {aws_id}\n{{\"password\": \"{password}\"}}\n{jwt}\r\n"));
    watch.write("events.txt", &format!("data: {{\"text\": \"the key is {stripe}\"}}\n\ndata: {github}\n\n"));
    watch.write(".env", &format!("AWS_SECRET_ACCESS_KEY={aws_secret}\nDB_PASSWORD='{password}'\n"));
    for file in ["app.log", "events.txt", ".env", "app.py"] {
        assert!(watch.run(&["redact", file, "--known-keys", "keys.txt"]) > 0, "{file}");
    }
    for wrong in [github, stripe, aws_secret] {
        watch.run(&["redact", wrong]);
        watch.run(&["redact", "app.log", "--known-keys", wrong]);
        watch.run(&["redact", "app.log", "--rules", wrong]);
    }
}
