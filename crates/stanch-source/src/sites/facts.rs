use std::collections::BTreeSet;

use stanch_api::SourcePlace;

/// A value that stands in the source.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Constant {
    /// `None`.
    Null,
    /// `True`, `False`.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// A text.
    Text(String),
    /// Something of a library by its qualified name: `logging.DEBUG`.
    Name(String),
    /// A list, tuple or set, in order.
    List(Vec<Self>),
    /// A dictionary with the names of its keys, sorted.
    Map(Vec<(String, Self)>),
    /// What only the running program knows: a variable of the environment, a parameter, one of several values.
    Unknown,
}

impl Constant {
    /// Whether it is `True`.
    #[must_use]
    pub fn is_true(&self) -> bool {
        matches!(self, Self::Bool(true))
    }

    /// Whether it is `False`.
    #[must_use]
    pub fn is_false(&self) -> bool {
        matches!(self, Self::Bool(false))
    }

    /// The text, if it is one.
    #[must_use]
    pub fn text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The texts that it is or holds.
    #[must_use]
    pub fn texts(&self) -> Vec<&str> {
        match self {
            Self::Text(text) => vec![text],
            Self::List(list) => list.iter().flat_map(Self::texts).collect(),
            _ => Vec::new(),
        }
    }

    /// What a dictionary holds under a name.
    #[must_use]
    pub fn member(&self, name: &str) -> Option<&Self> {
        match self {
            Self::Map(pairs) => pairs.iter().find(|(key, _)| key == name).map(|(_, value)| value),
            _ => None,
        }
    }
}

/// A call of a library's function whose arguments decide about safety: the server's start, a client's making, a
/// cookie, a token's decoding.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct LibraryCall {
    /// The call.
    pub place: SourcePlace,
    /// Qualified name, `()` after what is called on the way: `flask.Flask().run`, `boto3.client`.
    pub function: String,
    /// Arguments by position.
    pub positional: Vec<Constant>,
    /// Arguments by name, those of a dictionary that is spread into the call included, sorted.
    pub keywords: Vec<(String, Constant)>,
    /// Of a method: the call that made its object.
    pub receiver: Option<SourcePlace>,
    /// Whether a dictionary whose keys are not known is spread into it.
    pub open: bool,
    /// Whether it runs only when its file is started as a program (`if __name__ == "__main__"`).
    pub under_main: bool,
}

impl LibraryCall {
    /// The argument at a position or with a name.
    #[must_use]
    pub fn argument(&self, position: usize, name: &str) -> Option<&Constant> {
        self.positional.get(position).or_else(|| self.keyword(name))
    }

    /// The argument with a name.
    #[must_use]
    pub fn keyword(&self, name: &str) -> Option<&Constant> {
        self.keywords.iter().find(|(keyword, _)| keyword == name).map(|(_, value)| value)
    }
}

/// A value of the app's configuration.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Setting {
    /// Where it is set.
    pub place: SourcePlace,
    /// Its name, as Flask's configuration knows it: `DEBUG`, `SESSION_COOKIE_SECURE`.
    pub name: String,
    /// What it is set to.
    pub value: Constant,
    /// What holds it.
    pub holder: SettingHolder,
    /// Whether it is set only when its file is started as a program.
    pub under_main: bool,
}

/// What a setting is written into.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum SettingHolder {
    /// The app itself: `app.config["DEBUG"] = …`, `app.debug = …`.
    App,
    /// A class of settings; its name.
    Class(String),
    /// A file of settings.
    Module,
}

/// A call of a DynamoDB operation.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct TableCall {
    /// The call.
    pub place: SourcePlace,
    /// boto3's name of the operation: `put_item`.
    pub operation: String,
    /// Index into [`crate::SourceFacts::tables`], where the table is known.
    pub table: Option<usize>,
    /// Whether a condition stands in the call, or may stand in a dictionary that is spread into it.
    pub condition: bool,
    /// `ReturnValues`, where it is a literal.
    pub return_values: Option<String>,
    /// Of a `put_item`: names of the attributes, as far as the call itself shows them.
    pub attributes: BTreeSet<String>,
    /// Names of the attributes that the condition compares with a value: `owner_id` of `owner_id = :caller`.
    pub compared: BTreeSet<String>,
    /// Whether an update means to make the item that is not there: it counts (`ADD n :one`), or says what an attribute
    /// is at first (`if_not_exists`).
    pub counts: bool,
    /// Indexes into [`crate::SourceFacts::routes`] of the routes that reach the call, sorted.
    pub routes: Vec<usize>,
}

/// A global of the process that says who is signed in: one view sets it, others decide by it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct SharedIdentity {
    /// Where it is set.
    pub place: SourcePlace,
    /// Name of the variable.
    pub name: String,
    /// Where views that do not set it ask for it.
    pub asked: Vec<SourcePlace>,
    /// Indexes of the routes by which it is set.
    pub routes: Vec<usize>,
}
