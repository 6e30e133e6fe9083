use std::rc::Rc;

use ruff_python_ast::{self as ast, Parameters};
use ruff_text_size::{Ranged as _, TextRange};

use super::{ClassIr, Expr, FunctionIr, Interner, ModuleIr, Param, ParamKind, Span, Stmt, Sym};

/// Deepest nesting that is lowered; what lies deeper is read as an unknown constant. Black wraps code long before.
const DEPTH: u32 = 120;

/// Lowers one parsed file.
pub(crate) fn lower(body: &[ast::Stmt], names: &mut Interner) -> ModuleIr {
    let mut lowering = Lowering {
        names,
        functions: Vec::new(),
        classes: Vec::new(),
        scope: String::new(),
        depth: 0,
        in_function: false,
        generator: false,
        globals: Vec::new(),
        uses: Vec::new(),
    };
    let body = lowering.block(body);
    let globals = std::mem::take(&mut lowering.globals);
    ModuleIr {
        body: Rc::new(FunctionIr { body, globals, ..FunctionIr::default() }),
        functions: lowering.functions,
        classes: lowering.classes,
    }
}

pub(super) struct Lowering<'a> {
    pub(super) names: &'a mut Interner,
    functions: Vec<Rc<FunctionIr>>,
    classes: Vec<Rc<ClassIr>>,
    scope: String,
    depth: u32,
    in_function: bool,
    pub(super) generator: bool,
    pub(super) globals: Vec<Sym>,
    pub(super) uses: Vec<Sym>,
}

pub(super) fn span(range: TextRange) -> Span {
    Span { start: range.start().to_u32(), end: range.end().to_u32() }
}

impl Lowering<'_> {
    pub(super) fn function(&mut self, node: &ast::StmtFunctionDef) -> usize {
        let decorators = node.decorator_list.iter().map(|d| self.expr(&d.expression)).collect();
        let params = self.params(&node.parameters);
        let method = !self.in_function && self.scope.ends_with('.');
        let nested = self.in_function;
        let (outer, length) = (std::mem::replace(&mut self.in_function, true), self.scope.len());
        let qualified: Rc<str> = format!("{}{}", self.scope, node.name).into();
        self.scope.push_str(&node.name);
        self.scope.push_str(".<locals>.");
        let (generator, globals) = (std::mem::take(&mut self.generator), std::mem::take(&mut self.globals));
        let outer_uses = std::mem::take(&mut self.uses);
        let body = self.block(&node.body);
        let uses = self.used(nested, outer_uses);
        self.scope.truncate(length);
        self.in_function = outer;
        let name = self.names.intern(&node.name);
        let function = FunctionIr {
            name,
            qualified,
            span: span(node.name.range()),
            params,
            decorators,
            body,
            method,
            nested,
            generator: std::mem::replace(&mut self.generator, generator),
            globals: std::mem::replace(&mut self.globals, globals),
            uses,
        };
        self.add_function(function)
    }

    pub(super) fn lambda(&mut self, node: &ast::ExprLambda) -> usize {
        let params = node.parameters.as_ref().map_or_else(Vec::new, |p| self.params(p));
        let nested = std::mem::replace(&mut self.in_function, true);
        let generator = self.generator;
        let outer_uses = std::mem::take(&mut self.uses);
        let value = self.expr(&node.body);
        let uses = self.used(true, outer_uses);
        self.generator = generator;
        self.in_function = nested;
        let body = vec![Stmt { span: span(node.body.range()), kind: super::StmtKind::Return(Some(value)) }];
        let qualified = format!("{}<lambda>", self.scope).into();
        let name = self.names.intern("<lambda>");
        self.add_function(FunctionIr {
            name,
            qualified,
            span: span(node.range()),
            params,
            body,
            nested: true,
            uses,
            ..FunctionIr::default()
        })
    }

    /// The names used in the function just read, which its enclosing function then uses too.
    fn used(&mut self, nested: bool, mut outer: Vec<Sym>) -> Vec<Sym> {
        let mut uses = std::mem::take(&mut self.uses);
        if !nested {
            self.uses = outer;
            return Vec::new();
        }
        uses.sort_unstable();
        uses.dedup();
        outer.extend_from_slice(&uses);
        self.uses = outer;
        uses
    }

    fn add_function(&mut self, function: FunctionIr) -> usize {
        self.functions.push(Rc::new(function));
        self.functions.len() - 1
    }

    pub(super) fn class(&mut self, node: &ast::StmtClassDef) -> usize {
        let bases = node
            .arguments
            .iter()
            .flat_map(|arguments| arguments.args.iter())
            .map(|base| self.expr(base))
            .collect::<Vec<Expr>>();
        let decorators = node.decorator_list.iter().map(|d| self.expr(&d.expression)).collect();
        let (outer, length) = (std::mem::replace(&mut self.in_function, false), self.scope.len());
        let qualified: Rc<str> = format!("{}{}", self.scope, node.name).into();
        self.scope.push_str(&node.name);
        self.scope.push('.');
        let body = self.block(&node.body);
        self.scope.truncate(length);
        self.in_function = outer;
        let name = self.names.intern(&node.name);
        let body = Rc::new(FunctionIr {
            name,
            qualified: qualified.clone(),
            span: span(node.name.range()),
            body,
            nested: outer,
            ..FunctionIr::default()
        });
        self.classes.push(Rc::new(ClassIr { name, qualified, bases, decorators, body }));
        self.classes.len() - 1
    }

    fn params(&mut self, node: &Parameters) -> Vec<Param> {
        let mut params = Vec::new();
        for (parameter, kind) in node
            .posonlyargs
            .iter()
            .chain(&node.args)
            .map(|p| (p, ParamKind::Plain))
            .chain(node.kwonlyargs.iter().map(|p| (p, ParamKind::KeywordOnly)))
        {
            let default = parameter.default.as_deref().map(|d| self.expr(d));
            params.push(self.param(&parameter.parameter, kind, default));
        }
        if let Some(parameter) = &node.vararg {
            params.push(self.param(parameter, ParamKind::Positional, None));
        }
        if let Some(parameter) = &node.kwarg {
            params.push(self.param(parameter, ParamKind::Keywords, None));
        }
        params
    }

    fn param(&mut self, node: &ast::Parameter, kind: ParamKind, default: Option<Expr>) -> Param {
        let annotation = node.annotation.as_deref().map(|a| self.expr(a));
        Param { name: self.names.intern(&node.name), kind, default, annotation }
    }

    /// Runs `read` one level deeper, unless that is too deep.
    pub(super) fn deeper<T: Default>(&mut self, read: impl FnOnce(&mut Self) -> T) -> T {
        if self.depth >= DEPTH {
            return T::default();
        }
        self.depth += 1;
        let result = read(self);
        self.depth -= 1;
        result
    }
}
