/// What a call of a library's function does with its arguments.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Effect {
    /// The result is harmless.
    Clean,
    /// The result is the first argument, as it is.
    Same,
    /// The result is text or the like made of all arguments.
    Text,
    /// A list of the elements of the first argument.
    List,
    /// A list of the elements of the last argument, each passed through the function before it.
    Map,
    /// The elements of the second argument, two by two passed through the first.
    Reduce,
    /// A dictionary of the first argument and the keywords.
    Dict,
    /// The arguments go to a log.
    Log,
    /// The arguments become the body of a response.
    Json,
    /// The first argument becomes a response; further ones its status and headers.
    Response,
    Redirect,
    Abort,
    Flash,
    /// A template is rendered, from a file or from its text.
    Template,
    TemplateText,
    /// An environment variable is read, with a default.
    Environment,
    /// A fresh key.
    Generated,
    /// A traceback as text, and one that is only printed.
    Traceback,
    PrintTraceback,
    /// A call to another host: its first argument is the URL.
    Outgoing,
    /// The second argument is the URL.
    OutgoingSecond,
    Deserialise,
    /// An exception that becomes a response: `HTTPException(status_code, detail)`.
    HttpException,
    /// The result of the function that is passed in.
    Depends,
    /// All that an instance holds.
    Vars,
    /// `getattr(object, name)`.
    Getattr,
    /// `super()`.
    Super,
    /// Credentials of a session.
    Credentials,
    /// What a signed token says, once its signature is checked, is the app's own word. The second argument is the key.
    Claims,
}

use Effect::*;

/// Functions by their qualified names, sorted.
static EFFECTS: &[(&str, Effect)] = &[
    ("aws_lambda_powertools.event_handler.Response", Response),
    ("base64.b64encode", Text),
    ("bcrypt.checkpw", Clean),
    ("boto3.Session().get_credentials", Credentials),
    ("botocore.session.get_session().get_credentials", Credentials),
    ("builtins.all", Clean),
    ("builtins.any", Clean),
    ("builtins.bool", Clean),
    ("builtins.dict", Dict),
    ("builtins.enumerate", Map),
    ("builtins.eval", Deserialise),
    ("builtins.exec", Deserialise),
    ("builtins.filter", Map),
    ("builtins.getattr", Getattr),
    ("builtins.hasattr", Clean),
    ("builtins.hash", Clean),
    ("builtins.id", Clean),
    ("builtins.isinstance", Clean),
    ("builtins.issubclass", Clean),
    ("builtins.iter", Same),
    ("builtins.len", Clean),
    ("builtins.list", List),
    ("builtins.map", Map),
    ("builtins.max", List),
    ("builtins.min", List),
    ("builtins.next", List),
    ("builtins.print", Log),
    ("builtins.range", Clean),
    ("builtins.reversed", List),
    ("builtins.round", Text),
    ("builtins.set", List),
    ("builtins.sorted", List),
    ("builtins.super", Super),
    ("builtins.tuple", Same),
    ("builtins.type", Clean),
    ("builtins.vars", Vars),
    ("chalice.Response", Response),
    ("copy.copy", Same),
    ("copy.deepcopy", Same),
    ("dataclasses.asdict", Same),
    ("fastapi.Depends", Depends),
    ("fastapi.HTTPException", HttpException),
    ("fastapi.Security", Depends),
    ("fastapi.encoders.jsonable_encoder", Same),
    ("fastapi.responses.HTMLResponse", Response),
    ("fastapi.responses.JSONResponse", Response),
    ("fastapi.responses.PlainTextResponse", Response),
    ("fastapi.responses.RedirectResponse", Redirect),
    ("fastapi.responses.Response", Response),
    ("fastapi.responses.StreamingResponse", Response),
    ("flask.Response", Response),
    ("flask.abort", Abort),
    ("flask.flash", Flash),
    ("flask.has_request_context", Clean),
    ("flask.json.dumps", Same),
    ("flask.jsonify", Json),
    ("flask.make_response", Response),
    ("flask.redirect", Redirect),
    ("flask.render_template", Template),
    ("flask.render_template_string", TemplateText),
    ("flask.stream_with_context", Same),
    ("flask.url_for", Text),
    ("flask_jwt_extended.create_access_token", Generated),
    ("flask_jwt_extended.create_refresh_token", Generated),
    ("flask_jwt_extended.decode_token", Clean),
    ("flask_restx.abort", Abort),
    ("functools.partial", Same),
    ("functools.reduce", Reduce),
    ("google.oauth2.id_token.verify_oauth2_token", Clean),
    ("hmac.compare_digest", Clean),
    ("http.client.HTTPConnection", Outgoing),
    ("http.client.HTTPSConnection", Outgoing),
    // What comes out of a signed text is what the app put into it; a wrong signature raises (itsdangerous).
    ("itsdangerous.JSONWebSignatureSerializer().loads", Clean),
    ("itsdangerous.Serializer().loads", Clean),
    ("itsdangerous.Signer().unsign", Clean),
    ("itsdangerous.TimedJSONWebSignatureSerializer().loads", Clean),
    ("itsdangerous.TimedSerializer().loads", Clean),
    ("itsdangerous.TimestampSigner().unsign", Clean),
    ("itsdangerous.URLSafeSerializer().loads", Clean),
    ("itsdangerous.URLSafeTimedSerializer().loads", Clean),
    ("jinja2.Template().render", Text),
    ("jose.jwt.decode", Claims),
    ("jose.jwt.get_unverified_claims", Same),
    ("jose.jwt.get_unverified_header", Clean),
    ("jose.jwt.get_unverified_headers", Clean),
    ("json.dumps", Same),
    ("json.loads", Same),
    ("jwt.decode", Claims),
    ("jwt.encode", Generated),
    ("jwt.get_unverified_header", Clean),
    ("os.environ.get", Environment),
    ("os.environ.setdefault", Environment),
    ("os.getenv", Environment),
    ("pickle.load", Deserialise),
    ("pickle.loads", Deserialise),
    ("pprint.pprint", Log),
    ("requests.delete", Outgoing),
    ("requests.get", Outgoing),
    ("requests.head", Outgoing),
    ("requests.patch", Outgoing),
    ("requests.post", Outgoing),
    ("requests.put", Outgoing),
    ("requests.request", OutgoingSecond),
    ("secrets.token_bytes", Generated),
    ("secrets.token_hex", Generated),
    ("secrets.token_urlsafe", Generated),
    ("simplejson.dumps", Same),
    ("simplejson.loads", Same),
    ("socket.gethostbyname", Outgoing),
    ("sys.exc_info", Traceback),
    ("sys.stderr.write", Log),
    ("sys.stdout.write", Log),
    ("time.sleep", Clean),
    ("traceback.format_exc", Traceback),
    ("traceback.format_exception", Traceback),
    ("traceback.format_stack", Traceback),
    ("traceback.print_exc", PrintTraceback),
    ("traceback.print_exception", PrintTraceback),
    ("urllib.request.urlopen", Outgoing),
    ("uuid.uuid1", Generated),
    ("uuid.uuid4", Generated),
    ("warnings.warn", Log),
    ("werkzeug.security.check_password_hash", Clean),
    ("yaml.load", Deserialise),
    ("yaml.unsafe_load", Deserialise),
];

/// Methods of loggers that write a record.
const LEVELS: [&str; 10] =
    ["critical", "debug", "error", "exception", "fatal", "info", "log", "success", "warn", "warning"];

/// What makes a logger, by the front of the qualified name.
const LOGGERS: [&str; 9] = [
    "logging.",
    "structlog.get_logger().",
    "loguru.logger.",
    "flask.Flask().logger.",
    "chalice.Chalice().log.",
    "aws_lambda_powertools.Logger().",
    "aws_lambda_powertools.logging.Logger().",
    "fastapi.logger.logger.",
    "werkzeug.",
];

/// Objects and modules that call other hosts, by their qualified names.
const CLIENTS: [&str; 9] = [
    "aiohttp.ClientSession()",
    "httpx",
    "httpx.AsyncClient()",
    "httpx.Client()",
    "requests.Session()",
    "requests.session()",
    "requests.sessions.Session()",
    "requests_futures.sessions.FuturesSession()",
    "urllib3.PoolManager()",
];

/// Their methods whose first argument is the URL.
const VERBS: [&str; 7] = ["delete", "get", "head", "options", "patch", "post", "put"];

/// What a library's function does, if it is one that matters.
pub(crate) fn effect(name: &str) -> Option<Effect> {
    if let Ok(index) = EFFECTS.binary_search_by_key(&name, |(name, _)| name) {
        return Some(EFFECTS[index].1);
    }
    let (front, last) = name.rsplit_once('.')?;
    if LEVELS.contains(&last) && LOGGERS.iter().any(|logger| format!("{front}.").starts_with(logger)) {
        return Some(Log);
    }
    // `log.request_logger.warning`: a logger of some library, by its name.
    let owner = front.rsplit('.').next().unwrap_or(front);
    if LEVELS.contains(&last) && owner.ends_with("logger") {
        return Some(Log);
    }
    if CLIENTS.contains(&front) {
        return match last {
            _ if VERBS.contains(&last) => Some(Outgoing),
            "request" | "stream" => Some(OutgoingSecond),
            _ => None,
        };
    }
    None
}

/// Builtins that the tables name, and those whose result holds what their arguments hold.
pub(crate) fn is_builtin(name: &str) -> bool {
    const MORE: [&str; 12] = [
        "BaseException",
        "Exception",
        "KeyError",
        "RuntimeError",
        "TypeError",
        "ValueError",
        "float",
        "int",
        "object",
        "repr",
        "str",
        "zip",
    ];
    MORE.contains(&name)
        || EFFECTS
            .binary_search_by(|(known, _)| {
                let known = known.strip_prefix("builtins.").map_or_else(|| (*known, false), |known| (known, true));
                match known {
                    (known, true) => known.cmp(name),
                    (known, false) if known < "builtins." => std::cmp::Ordering::Less,
                    _ => std::cmp::Ordering::Greater,
                }
            })
            .is_ok()
}

/// Exceptions whose text the framework has written for the client, or that say what is wrong with what it sent.
pub(crate) fn is_harmless_exception(name: &str) -> bool {
    let last = name.rsplit('.').next().unwrap_or(name);
    name.starts_with("werkzeug.exceptions.")
        || matches!(last, "HTTPException" | "ValidationError" | "ValidationException" | "RequestValidationError")
}

#[cfg(test)]
mod tests {
    use super::{EFFECTS, effect, is_builtin};

    #[test]
    fn the_table_is_sorted_and_found() {
        assert!(EFFECTS.windows(2).all(|pair| pair[0].0 < pair[1].0));
        assert!(effect("logging.getLogger().info").is_some() && effect("logging.getLogger").is_none());
        assert!(effect("httpx.AsyncClient().get").is_some() && effect("httpx.AsyncClient().close").is_none());
        assert!(effect("django.utils.log.request_logger.warning").is_some());
        assert!(is_builtin("len") && is_builtin("str") && is_builtin("all") && is_builtin("vars"));
        assert!(!is_builtin("jsonify") && !is_builtin("zebra"));
    }
}
