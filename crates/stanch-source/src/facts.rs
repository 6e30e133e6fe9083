use std::collections::BTreeSet;

use stanch_api::{AttributeSet, ParameterLocation, Route, SourcePlace, Table};

use crate::sites::{LibraryCall, Setting, SharedIdentity, TableCall};
use crate::templates::resource::Resource;

/// All that was read out of one source tree, each list in a fixed order.
#[derive(Clone, Debug, Default)]
pub struct SourceFacts {
    /// Routes that can answer; a rule that an earlier one shadows is left out.
    pub routes: Vec<Route>,
    /// Tables and what is known of their attributes.
    pub tables: Vec<Table>,
    /// Flows of values from a source to a sink.
    pub flows: Vec<Flow>,
    /// Application objects and factories, most likely entry first.
    pub apps: Vec<AppEntry>,
    /// Environment variables that the code reads.
    pub environment: Vec<EnvironmentRead>,
    /// Values of the app's configuration, sorted by place.
    pub settings: Vec<Setting>,
    /// Calls of libraries whose arguments decide about safety, sorted by place.
    pub library_calls: Vec<LibraryCall>,
    /// Resources of the cloud that templates and code make, sorted by place.
    pub resources: Vec<Resource>,
    /// Whether Python reads the old image of a stream's records (`OldImage`), and whether the new one.
    pub stream_images: (bool, bool),
    /// Calls of DynamoDB operations, sorted by place.
    pub table_calls: Vec<TableCall>,
    /// What stands guard before each route of `routes`, by the same index. Kinds: `login-required` (a decorator,
    /// dependency or authoriser), `credential-read` and `credential-check` (code looks at a credential),
    /// `turns-away` (code answers 401 or 403), `identity` (code uses who the caller is), `identity-unused` (code asks who
    /// the caller is, and nothing depends on it but that there is one), `role` (code speaks of what callers may do).
    pub route_guards: Vec<Vec<Guard>>,
    /// Globals that say who is signed in, sorted by place.
    pub shared_identities: Vec<SharedIdentity>,
    /// Files that could not be read or not wholly parsed. The rest was read all the same.
    pub unreadable: Vec<Unreadable>,
    /// Files read.
    pub files: u64,
    /// Lines in them.
    pub lines: u64,
    /// Lines of the Python files that values were followed through; the others were only parsed, since nothing in them
    /// can reach a request, a table or a key.
    pub lines_followed: u64,
}

impl SourceFacts {
    /// What stands guard before the route of that index.
    pub fn guards_of(&self, route: usize) -> impl Iterator<Item = &Guard> {
        self.route_guards.get(route).into_iter().flatten()
    }
}

/// A value's way from where it comes to where it leaves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Flow {
    /// Where the value comes from.
    pub source: FlowSource,
    /// Where it leaves.
    pub sink: FlowSink,
    /// Steps between and including both ends, in order of execution, each with a note in the app's own names.
    pub steps: Vec<(SourcePlace, String)>,
    /// Of an item: the attributes that still come along. Of a value that becomes a part of a key or of a written item:
    /// the attributes it becomes, where they are known. Of anything else: [`AttributeSet::all`].
    pub attributes: AttributeSet,
    /// Of an item: whether maps and lists inside it come whole, so that keys nested in them come along. Of request input
    /// in a log: whether it stands there as it came, and not as a member of a dictionary or list, which Python prints
    /// with its escapes.
    pub nested: bool,
    /// Indexes into [`SourceFacts::routes`] of the routes by which the sink is reached, sorted; empty for code that no
    /// route is seen to reach.
    pub routes: Vec<usize>,
    /// What stands in the way at the sink or on the path: refused types, comparisons, membership tests.
    pub guards: Vec<Guard>,
}

/// Where a value comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FlowSource {
    /// What it is.
    pub kind: SourceKind,
    /// The call or expression that yields it.
    pub place: SourcePlace,
    /// Index into [`SourceFacts::tables`] of the table it is read from or written to, where that is known.
    pub table: Option<usize>,
    /// The call in the app's own words: `table.get_item`, `request.args.get('api_key')`.
    pub label: String,
    /// The variable that the value is put into where it comes from, if it is.
    pub variable: Option<String>,
}

/// Kinds of values that matter when they get out or in.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SourceKind {
    /// An item, or a list of items, read from a table.
    Item,
    /// Attributes that a write returns (`ReturnValues`), or the item that was just written, handed back.
    WrittenItem,
    /// A whole SDK response, `ResponseMetadata` included, that carries no item.
    SdkResponse,
    /// `LastEvaluatedKey`, or a token made of it.
    PageToken,
    /// An image of a stream record, or another copy of an item.
    StreamImage,
    /// A caught exception, its text or its response.
    Exception,
    /// The text of a traceback.
    Traceback,
    /// Request input; the name of the parameter where one was asked for.
    Request {
        /// The part of the request; none for the request as a whole.
        location: Option<ParameterLocation>,
        /// Name of the parameter.
        name: Option<String>,
    },
    /// The process environment as a whole, or one variable of it.
    Environment {
        /// Name of the variable, none for all of them.
        name: Option<String>,
    },
    /// Credentials of the SDK's session.
    SdkCredentials,
    /// The configuration of the app as a whole, or one value of it.
    Config {
        /// Name of the value, none for all of them.
        name: Option<String>,
    },
    /// A key the app has just made (`uuid4`, `secrets.token_hex`, a signed token).
    GeneratedKey,
    /// A literal in the source.
    Literal,
    /// Text that a language model answered.
    ModelOutput,
}

/// Where a value leaves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FlowSink {
    /// What it is.
    pub kind: SinkKind,
    /// The line where the value leaves the function: the `return`, the call.
    pub place: SourcePlace,
    /// The call in the app's own words: `jsonify(item)`, `logger.info(...)`.
    pub label: String,
}

/// Kinds of ways out, or into something that obeys.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SinkKind {
    /// A part of an HTTP response.
    Response(ResponsePart),
    /// A log record or a print.
    Log,
    /// The text of a DynamoDB expression.
    Expression(ExpressionKind),
    /// A value of `Key`, or of a key condition.
    Key,
    /// The whole item of a write.
    Write,
    /// One attribute that is written, by name.
    Attribute(String),
    /// One side of a comparison for equality.
    Comparison,
    /// A call to another host, by its URL.
    OutgoingUrl,
    /// A call to another host, by what its URL says: path and query string, which the access logs of both sides keep.
    OutgoingQuery,
    /// A call to another host or service, by its payload.
    OutgoingBody,
    /// The prompt of a language model.
    Prompt,
    /// A deserialiser that runs what it reads (`pickle`, `yaml.load`).
    Deserialiser,
}

/// Parts of a response.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(missing_docs, reason = "each is the part it names")]
pub enum ResponsePart {
    Body,
    Header,
    Cookie,
    Redirect,
}

/// Expressions of DynamoDB that are written as text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(missing_docs, reason = "the names are those of the parameters of DynamoDB's API")]
pub enum ExpressionKind {
    KeyCondition,
    Filter,
    Projection,
    Update,
    Condition,
    PartiQl,
    AttributeName,
    TableName,
}

/// Something that stands in the way of a flow.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Guard {
    /// What it does. On the way of a flow: `isinstance`, `conversion`, `fullmatch`, `alphabet`, `length`, `membership`,
    /// `equality`, `schema`, `validation` (a function of that name). Before a route: see [`SourceFacts::route_guards`].
    pub kind: String,
    /// Where it stands.
    pub place: SourcePlace,
}

/// A way to start the app.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct AppEntry {
    /// Framework.
    pub kind: AppKind,
    /// Python module, as it is imported from `root`: `app.main`.
    pub module: String,
    /// Name in the module: of the object, or of the factory.
    pub name: String,
    /// Whether the name is a function that makes the app.
    pub factory: bool,
    /// Directory that the module is imported from, relative to the project root, `` for the root itself.
    pub root: String,
    /// Where it is made.
    pub place: SourcePlace,
}

/// Frameworks whose apps can be started.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(missing_docs, reason = "each is the framework it names")]
pub enum AppKind {
    Flask,
    FastApi,
    Chalice,
    LambdaHandler,
}

/// An environment variable that the code reads.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct EnvironmentRead {
    /// Name of the variable.
    pub name: String,
    /// Value the code falls back on, where it has one that is a literal.
    pub default: Option<String>,
    /// Whether the program fails without it (`os.environ["X"]`).
    pub required: bool,
    /// What the value is used as, in the plan's words: `table`, `endpoint`, `region`, `secret`; none where unknown.
    pub used_as: BTreeSet<String>,
    /// Where it is read.
    pub place: SourcePlace,
}

/// A file that could not be read, or not wholly.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Unreadable {
    /// File, relative to the project root.
    pub path: String,
    /// First line that did not parse, none where the file could not be read at all.
    pub line: Option<u32>,
    /// Why, in words.
    pub reason: String,
}
