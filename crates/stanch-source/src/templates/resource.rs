use stanch_api::SourcePlace;

/// A resource of the cloud, as a template or code that calls AWS makes it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Resource {
    /// Where it is made: the line of its type in a template, the call in code.
    pub place: SourcePlace,
    /// Its logical name: `UsersTable`, `aws_dynamodb_table.users`.
    pub name: String,
    /// What it is.
    pub kind: ResourceKind,
}

/// What a resource is, as far as it decides about keys.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ResourceKind {
    /// A DynamoDB table.
    Table(TableResource),
    /// One statement of an IAM policy that allows something to whom the policy is attached.
    Grant(Grant),
    /// A policy of AWS's own that is attached, by its last name: `AmazonDynamoDBFullAccess`.
    ManagedPolicy(String),
    /// Variables of the environment of a function or task, as the service keeps them.
    Environment(Vec<EnvironmentVariable>),
    /// A network (VPC).
    Network,
    /// An endpoint of a network, and the service behind it: `dynamodb`, `s3`.
    Endpoint(Stated<String>),
    /// A machine (EC2), or the template of one.
    Machine(Machine),
}

/// What a template says of a setting.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stated<T> {
    /// Nothing, so the service's own default counts.
    #[default]
    Absent,
    /// This.
    Known(T),
    /// Something that only the deployment knows: a parameter, a condition, a variable.
    Computed,
}

/// Settings of a table.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct TableResource {
    /// The name under which [`crate::SourceFacts::tables`] knows it: its own, or that of the variable that hands it over.
    pub table: String,
    /// Whether it is encrypted with a key of the account (AWS managed or its own) rather than with one that AWS owns.
    pub encrypted: Stated<bool>,
    /// Whether it can be restored to a point in time.
    pub recoverable: Stated<bool>,
    /// What each record of its stream holds; absent without a stream.
    pub stream: Stated<String>,
    /// Whether it has replicas in other regions, which need both images in the stream.
    pub replicated: bool,
}

/// A statement that allows.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Grant {
    /// Actions as they are written: `dynamodb:GetItem`, `dynamodb:*`. Of `NotAction`: those that are not allowed.
    pub actions: Vec<Written>,
    /// Whether it allows everything but its actions (`NotAction`).
    pub inverted: bool,
    /// Resources as they are written.
    pub resources: Vec<Written>,
    /// Keys of its conditions (`dynamodb:LeadingKeys`), sorted; `*` for conditions that cannot be read.
    pub condition_keys: Vec<String>,
    /// Whether its role is one that people who sign in take on themselves: the role's trust names Cognito's identity
    /// pools or another web identity.
    pub end_users: bool,
}

/// A text of a template.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Written {
    /// The text, with references in the template's own notation.
    pub text: String,
    /// Whether the whole of it is a reference.
    pub computed: bool,
    /// Where it stands.
    pub place: SourcePlace,
}

/// A variable of an environment. No value that stands in the template is kept, since it may be a key.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct EnvironmentVariable {
    /// Its name.
    pub name: String,
    /// Where its value comes from.
    pub value: EnvironmentValue,
    /// Where its value stands.
    pub place: SourcePlace,
}

/// Where the value of a variable comes from.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum EnvironmentValue {
    /// It stands in the template.
    Literal,
    /// It is filled in by the deployment: a parameter, a variable, a secret that is resolved; as it is written.
    Reference(String),
    /// It says where a value lies rather than what it is: an ARN, the name of a secret or parameter.
    Pointer,
}

/// Metadata options of a machine.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Machine {
    /// `HttpTokens`: `required` or `optional`.
    pub tokens: Stated<String>,
    /// Whether the metadata service is switched off.
    pub switched_off: bool,
    /// Whether its image asks for version 2 by itself, as Amazon Linux 2023 does.
    pub modern_image: bool,
}
