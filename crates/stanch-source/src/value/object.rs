use crate::ir::Sym;

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub(crate) struct $name(pub(crate) u32);

        impl $name {
            pub(crate) fn new(index: usize) -> Self {
                Self(u32::try_from(index).unwrap_or(u32::MAX))
            }

            pub(crate) const fn index(self) -> usize {
                self.0 as usize
            }
        }
    )*};
}

ids! {
    /// A file.
    ModuleId
    /// A function, lambda, class body or module body.
    FuncId
    ClassId
    /// The expression that makes an object; 0 for none.
    SiteId
    TableId
    /// Values that a nested function captured.
    EnvId
    /// An attribute set that a model lets through.
    FilterId
    /// What a decorator does to the function it is put on.
    MarkId
}

/// What a value can be, as far as it matters to the engine.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Object {
    Null,
    Bool(bool),
    Int(i64),
    Text(Sym),
    /// Text of which only the front is known (`'USER#' + name`).
    Prefix(Sym),
    /// The value of an environment variable.
    Variable(Sym),
    Module(ModuleId),
    /// A directory of the project that is imported from.
    Package(Sym),
    /// Something outside the project by its qualified name, and where it was made if it is the result of a call:
    /// `flask.request`, `flask.Flask()`.
    Ext(Sym, SiteId),
    Function(FuncId),
    Closure(FuncId, EnvId),
    /// A function bound to an object.
    Method(FuncId, Box<Self>),
    /// A closure bound to an object: a method that a decorator of the app replaced.
    BoundClosure(Box<Self>, Box<Self>),
    Class(ClassId),
    Instance(ClassId),
    /// The parent side of a class: `super()`.
    Parent(ClassId, Box<Self>),
    /// A DynamoDB table resource, and a member of one.
    Table(TableId),
    TableMember(TableId, Sym),
    /// A function whose result passes a model.
    Filtered(Box<Self>, FilterId),
    /// A decorator.
    Mark(MarkId),
    /// A key condition on an attribute: `Key('id')`, `Attr('id')`.
    Condition(Sym),
}
