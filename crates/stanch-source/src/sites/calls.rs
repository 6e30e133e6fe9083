use std::collections::BTreeMap;

use super::{CallSeen, Constant};
use crate::flow::{Args, Engine, Frame};
use crate::ir::Span;
use crate::value::{Key, Object, SiteId, Value};

/// Calls that are kept, by qualified name.
const CALLS: [&str; 20] = [
    "boto3.Session",
    "boto3.client",
    "boto3.resource",
    "boto3.set_stream_logger",
    "chalice.CORSConfig",
    "fastapi.FastAPI",
    "fastapi.FastAPI().add_middleware",
    "flask.Flask().config.from_mapping",
    "flask.Flask().config.update",
    "flask.Flask().run",
    "flask_cors.CORS",
    "flask_cors.cross_origin",
    "flask_socketio.SocketIO().run",
    "jose.jwt.decode",
    "jwt.decode",
    "jwt.encode",
    "logging.basicConfig",
    "logging.getLogger",
    "logging.getLogger().setLevel",
    "werkzeug.serving.run_simple",
];

/// Methods that are kept whatever their object is, for it often comes out of a function of the app.
const METHODS: [&str; 2] = ["set_cookie", "set_stream_logger"];

/// Calls that make resources of the cloud: constructs of the AWS CDK, and what boto3 does to policies.
const MAKERS: [&str; 2] = ["aws_cdk.", "aws.iam."];

/// Modules that call other hosts, whose `verify` counts.
const CLIENTS: [&str; 3] = ["requests.", "httpx.", "aiohttp."];

/// Deepest nesting of a constant that is told: as deep as the statements of a policy lie in it.
const CONSTANT: usize = 6;

/// Functions that make a digest or a cipher text: what they give back tells nothing of what they were given, and is no
/// longer the password or key itself. Base64 and its like are not among them.
const DIGESTS: [&str; 9] = [
    "encrypt",
    "generate_password_hash",
    "hash_password",
    "hashpw",
    "pbkdf2_hmac",
    "scrypt",
    "sha256_crypt",
    "hash_secret",
    "derive",
];

impl Engine {
    /// Notes a call of a library, if it is one of those that count.
    pub(crate) fn library_site(&mut self, f: &Frame, name: &str, site: SiteId, args: &Args<'_>, span: Span) {
        let last = name.rsplit('.').next().unwrap_or(name);
        let kept = CALLS.binary_search(&name).is_ok()
            || METHODS.contains(&last)
            || MAKERS.iter().any(|maker| name.starts_with(maker))
            || last == "create_table" && name.starts_with("aws.dynamodb.")
            || CLIENTS.iter().any(|module| name.starts_with(module)) && args.keyword(self, "verify").is_some();
        if !kept {
            return;
        }
        let positional: Vec<Constant> = args.positional.iter().map(|value| self.constant(value, 0)).collect();
        let mut keywords = BTreeMap::new();
        for (keyword, value) in crate::flow::named_fields(self, &args.as_dict()) {
            keywords.insert(keyword.to_string(), self.constant(&value, 0));
        }
        let open = args.spread.as_ref().is_some_and(|spread| !spread.taints().is_empty() || !spread.has_fields());
        let call = CallSeen { positional, keywords, open, receiver: site };
        let calls = &mut self.reach.doing().sites.calls;
        calls.entry(((f.func, span), name.to_owned())).and_modify(|known| known.meet(&call)).or_insert(call);
    }

    /// Whether a function makes a digest or a cipher text.
    pub(crate) fn digest(&self, name: &str) -> bool {
        let last = name.rsplit('.').next().unwrap_or(name);
        name.starts_with("hashlib.")
            || name.starts_with("bcrypt.")
            || name.starts_with("argon2.")
            || name.starts_with("hmac.new")
            || name.starts_with("passlib.")
            || name.starts_with("Crypto.")
            || name.starts_with("cryptography.")
            || !name.starts_with("builtins.") && DIGESTS.contains(&last)
    }

    /// What stands in the source of a value.
    pub(super) fn constant(&self, value: &Value, depth: usize) -> Constant {
        let Some(node) = value.node() else { return Constant::Unknown };
        if !node.taints.is_empty() || node.objects.len() > 1 || depth > CONSTANT {
            return Constant::Unknown;
        }
        match node.objects.first() {
            Some(Object::Null) => return Constant::Null,
            Some(Object::Bool(value)) => return Constant::Bool(*value),
            Some(Object::Int(value)) => return Constant::Int(*value),
            Some(Object::Text(text)) => return Constant::Text(self.text(*text).to_string()),
            Some(Object::Ext(name, _)) => return Constant::Name(self.text(*name).to_string()),
            Some(_) => return Constant::Unknown,
            None => {}
        }
        let mut list = Vec::new();
        let mut map = Vec::new();
        for (key, value) in &node.fields {
            let constant = self.constant(value, depth + 1);
            match key {
                Key::At(_) => list.push(constant),
                Key::Name(name) => map.push((self.text(*name).to_string(), constant)),
                Key::Any | Key::Each => {}
            }
        }
        if !node.rest.is_nothing() {
            list.push(self.constant(&node.rest, depth + 1));
        }
        map.sort();
        if map.is_empty() { Constant::List(list) } else { Constant::Map(map) }
    }
}

impl CallSeen {
    /// Two ways to reach one call: only what both agree on is known.
    pub(super) fn meet(&mut self, other: &Self) {
        self.open |= other.open;
        for (own, given) in self.positional.iter_mut().zip(&other.positional) {
            if own != given {
                *own = Constant::Unknown;
            }
        }
        for (name, value) in &other.keywords {
            let known = self.keywords.entry(name.clone()).or_insert(Constant::Unknown);
            if known != value {
                *known = Constant::Unknown;
            }
        }
        for (name, value) in &mut self.keywords {
            if !other.keywords.contains_key(name) {
                *value = Constant::Unknown;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_table_is_sorted() {
        assert!(super::CALLS.is_sorted());
    }
}
