//! The compact form of a Python file that the flow engine reads: names interned, syntax sugar removed, positions kept
//! as byte ranges. Lowering drops ruff's tree, which is several times larger; nothing behind this module names a ruff
//! crate.

mod expressions;
mod intern;
mod jinja;
mod lower;
mod statements;

use std::rc::Rc;

pub(crate) use intern::{Interner, Sym};
pub(crate) use jinja::lower_template;
pub(crate) use lower::lower;

/// A range of bytes in a file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Span {
    pub(crate) start: u32,
    pub(crate) end: u32,
}

/// A file: its body as a function without parameters, and everything defined in it.
#[derive(Debug)]
pub(crate) struct ModuleIr {
    pub(crate) body: Rc<FunctionIr>,
    pub(crate) functions: Vec<Rc<FunctionIr>>,
    pub(crate) classes: Vec<Rc<ClassIr>>,
}

/// A function, a lambda or the body of a module.
#[derive(Debug, Default)]
pub(crate) struct FunctionIr {
    pub(crate) name: Sym,
    /// Qualified name within the file (`Users.get`), empty for a module body.
    pub(crate) qualified: Rc<str>,
    /// The name in the `def` line.
    pub(crate) span: Span,
    pub(crate) params: Vec<Param>,
    pub(crate) decorators: Vec<Expr>,
    pub(crate) body: Vec<Stmt>,
    /// Whether it stands directly in a class body, so that its first parameter is the instance.
    pub(crate) method: bool,
    /// Whether it stands in a function, so that it sees that function's variables.
    pub(crate) nested: bool,
    pub(crate) generator: bool,
    /// Names declared `global` in it.
    pub(crate) globals: Vec<Sym>,
    /// Of a function in a function: names that it reads, sorted.
    pub(crate) uses: Vec<Sym>,
}

#[derive(Debug)]
pub(crate) struct Param {
    pub(crate) name: Sym,
    pub(crate) kind: ParamKind,
    pub(crate) default: Option<Expr>,
    pub(crate) annotation: Option<Expr>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ParamKind {
    Plain,
    KeywordOnly,
    Positional,
    Keywords,
}

#[derive(Debug)]
pub(crate) struct ClassIr {
    pub(crate) name: Sym,
    pub(crate) qualified: Rc<str>,
    pub(crate) bases: Vec<Expr>,
    pub(crate) decorators: Vec<Expr>,
    pub(crate) body: Rc<FunctionIr>,
}

#[derive(Debug)]
pub(crate) struct Stmt {
    pub(crate) span: Span,
    pub(crate) kind: StmtKind,
}

#[derive(Debug)]
pub(crate) enum StmtKind {
    Expr(Expr),
    Assign {
        targets: Vec<Expr>,
        value: Expr,
    },
    /// `name: type = value`, in a class body the field of a model.
    Annotated {
        target: Expr,
        annotation: Expr,
        value: Option<Expr>,
    },
    Augmented {
        target: Expr,
        add: bool,
        value: Expr,
    },
    Return(Option<Expr>),
    If {
        test: Expr,
        body: Vec<Stmt>,
        orelse: Vec<Stmt>,
    },
    Loop {
        target: Option<Expr>,
        iter: Expr,
        body: Vec<Stmt>,
        orelse: Vec<Stmt>,
    },
    Try {
        body: Vec<Stmt>,
        handlers: Vec<Handler>,
        orelse: Vec<Stmt>,
        finally: Vec<Stmt>,
    },
    With {
        items: Vec<(Expr, Option<Expr>)>,
        body: Vec<Stmt>,
    },
    Match {
        subject: Expr,
        cases: Vec<Case>,
    },
    Raise(Option<Expr>),
    Delete(Vec<Expr>),
    Def(usize),
    Class(usize),
    Import(Vec<(Sym, Option<Sym>)>),
    /// Level of dots, module, names with their aliases; the name `*` imports all.
    From {
        level: u32,
        module: Option<Sym>,
        names: Vec<(Sym, Option<Sym>)>,
    },
    /// Another template stands here.
    Include(Expr),
    /// `break`, `continue`: what follows in the block does not run.
    Leave,
}

#[derive(Debug)]
pub(crate) struct Handler {
    pub(crate) span: Span,
    pub(crate) kind: Option<Expr>,
    pub(crate) name: Option<Sym>,
    pub(crate) body: Vec<Stmt>,
}

#[derive(Debug)]
pub(crate) struct Case {
    /// Names that the pattern binds, each to some part of the subject.
    pub(crate) binds: Vec<Sym>,
    pub(crate) guard: Option<Expr>,
    pub(crate) body: Vec<Stmt>,
}

#[derive(Debug, Default)]
pub(crate) struct Expr {
    pub(crate) span: Span,
    pub(crate) kind: ExprKind,
}

#[derive(Debug, Default)]
pub(crate) enum ExprKind {
    /// A constant of no interest, or what was nested too deeply to be read.
    #[default]
    Other,
    Bool(bool),
    Null,
    Int(i64),
    Str(Sym),
    Name(Sym),
    Attr(Box<Expr>, Sym),
    Index(Box<Expr>, Box<Expr>),
    Slice(Box<Expr>),
    Call(Box<Call>),
    /// Pairs; no key for `**mapping`.
    Dict(Vec<(Option<Expr>, Expr)>),
    /// A list or a set.
    List(Vec<Expr>),
    Tuple(Vec<Expr>),
    Starred(Box<Expr>),
    Format(Vec<Piece>),
    /// `+` and `%` on text build text; every other operator computes.
    Binary {
        op: Operator,
        left: Box<Expr>,
        right: Box<Expr>,
    },
    /// Operands of a comparison, with the operator before each but the first.
    Compare(Box<Expr>, Vec<(Comparison, Expr)>),
    Not(Box<Expr>),
    /// `and`, `or`: one of the operands.
    Either(Vec<Expr>),
    Conditional {
        test: Box<Expr>,
        body: Box<Expr>,
        orelse: Box<Expr>,
    },
    Lambda(usize),
    Comprehension(Box<Comprehension>),
    Yield(Option<Box<Expr>>),
    Named(Box<Expr>, Box<Expr>),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Operator {
    Add,
    Modulo,
    /// `|`, which merges dictionaries.
    Or,
    Other,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Comparison {
    Equal,
    NotEqual,
    In,
    NotIn,
    Other,
}

#[derive(Debug)]
pub(crate) struct Call {
    pub(crate) callee: Expr,
    pub(crate) args: Vec<Expr>,
    /// No name for `**mapping`.
    pub(crate) keywords: Vec<(Option<Sym>, Expr)>,
}

/// A part of a formatted string.
#[derive(Debug)]
pub(crate) enum Piece {
    Text(Sym),
    Value(Expr),
}

#[derive(Debug)]
pub(crate) struct Comprehension {
    /// Key of a dictionary comprehension.
    pub(crate) key: Option<Expr>,
    pub(crate) value: Expr,
    pub(crate) clauses: Vec<Clause>,
}

#[derive(Debug)]
pub(crate) struct Clause {
    pub(crate) target: Expr,
    pub(crate) iter: Expr,
    pub(crate) tests: Vec<Expr>,
}
