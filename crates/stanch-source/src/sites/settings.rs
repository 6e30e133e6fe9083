use super::{Constant, Setting, SettingHolder};
use crate::flow::{Engine, Frame};
use crate::ir::{Expr, ExprKind, Span, Stmt, StmtKind, Sym};
use crate::value::{FuncId, Value};

/// Attributes of Flask's app object that are another name for a setting (Flask's documentation of `Flask.debug`,
/// `Flask.testing`, `Flask.secret_key`).
const ATTRIBUTES: [(&str, &str); 3] = [("debug", "DEBUG"), ("secret_key", "SECRET_KEY"), ("testing", "TESTING")];

impl Engine {
    /// A value is stored into the app or its configuration.
    pub(crate) fn setting_site(&mut self, f: &Frame, owner: Sym, name: Option<Sym>, value: &Value, span: Span) {
        let owner = self.text(owner);
        let Some(name) = name.map(|name| self.text(name)) else { return };
        let name = match &*owner {
            "flask.Flask().config" => name.to_string(),
            // Chalice answers with the traceback too (its documentation of `Chalice.debug`).
            "flask.Flask()" | "chalice.Chalice()" => {
                match ATTRIBUTES.iter().find(|(attribute, _)| *attribute == &*name) {
                    Some((_, setting)) => (*setting).to_owned(),
                    None => return,
                }
            }
            _ => return,
        };
        let value = self.constant(value, 0);
        let known = self.reach.doing().sites.settings.entry(((f.func, span), name)).or_insert_with(|| value.clone());
        if *known != value {
            *known = Constant::Unknown;
        }
    }

    /// Settings that stand as constants in classes and files of settings.
    pub(super) fn written_settings(&self) -> Vec<Setting> {
        let mut settings = Vec::new();
        for class in &self.program.classes {
            let name = self.program.names.text(class.ir.name);
            let of_config = |name: &str| {
                let words = stanch_secrets::names::words(name);
                words.iter().any(|word| matches!(word.as_str(), "config" | "configuration" | "settings" | "setting"))
            };
            let base = class.ir.bases.iter().any(|base| matches!(&base.kind, ExprKind::Name(base) | ExprKind::Attr(_, base) if of_config(self.program.names.text(*base))));
            if of_config(name) || base {
                self.constants(class.body, &class.ir.body.body, &SettingHolder::Class(name.to_owned()), &mut settings);
            }
        }
        for module in &self.program.modules {
            let file = module.path.rsplit('/').next().unwrap_or_default();
            let stem = file.strip_suffix(".py").unwrap_or(file);
            if stem.contains("config") || stem.contains("settings") {
                let body = self.program.func(module.body).ir.clone();
                self.constants(module.body, &body.body, &SettingHolder::Module, &mut settings);
            }
        }
        settings
    }

    fn constants(&self, func: FuncId, body: &[Stmt], holder: &SettingHolder, settings: &mut Vec<Setting>) {
        for stmt in body {
            let (target, value) = match &stmt.kind {
                StmtKind::Assign { targets, value } => (targets.first(), Some(value)),
                StmtKind::Annotated { target, value, .. } => (Some(target), value.as_ref()),
                _ => continue,
            };
            let (Some(Expr { kind: ExprKind::Name(name), .. }), Some(value)) = (target, value) else { continue };
            let name = self.program.names.text(*name);
            // Flask takes what is written in capitals.
            if !name.chars().all(|c| c.is_ascii_uppercase() || c == '_' || c.is_ascii_digit()) {
                continue;
            }
            let value = match &value.kind {
                ExprKind::Bool(value) => Constant::Bool(*value),
                ExprKind::Int(value) => Constant::Int(*value),
                ExprKind::Str(text) => Constant::Text(self.text(*text).to_string()),
                ExprKind::Null => Constant::Null,
                _ => Constant::Unknown,
            };
            settings.push(Setting {
                place: self.program.place(func, stmt.span),
                name: name.to_owned(),
                value,
                holder: holder.clone(),
                under_main: false,
            });
        }
    }
}
