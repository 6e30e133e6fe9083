use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::rc::Rc;

use crate::facts::{SourceFacts, Unreadable};
use crate::files::Found;
use crate::flow::{Engine, Frame, Scope};
use crate::ir::{Stmt, Sym, lower_template};
use crate::tables::ELSEWHERE;
use crate::value::Value;

/// Deepest chain of templates that extend and include each other.
const DEPTH: u32 = 6;
/// Endings of files that are Jinja templates in a `templates` directory or out of it.
const ENDINGS: [&str; 7] = [".html", ".htm", ".jinja", ".jinja2", ".j2", ".txt", ".xml"];

/// Jinja templates by their path, each as statements that yield what they print.
#[derive(Debug, Default)]
pub(crate) struct Templates {
    bodies: BTreeMap<String, Rc<Vec<Stmt>>>,
    /// Those that did not parse, each with the line and why. Pages of other template languages (Angular, Vue, Hugo) end
    /// in `.html` too, so one counts as unread only where the app renders it.
    broken: BTreeMap<String, (Option<u32>, String)>,
    /// Names of templates that were rendered, included or extended.
    asked: BTreeSet<Sym>,
    inline: BTreeMap<Sym, Rc<Vec<Stmt>>>,
    depth: u32,
}

/// A file whose text is given rather than read from the disk.
type Given<'g> = Option<&'g (PathBuf, Vec<u8>)>;

impl Engine {
    pub(crate) fn load_templates(&mut self, found: &[Found], given: Given<'_>) {
        for file in found.iter().filter(|file| ENDINGS.iter().any(|ending| file.relative.ends_with(ending))) {
            let Ok(bytes) = file.bytes(given) else { continue };
            let text = String::from_utf8_lossy(&bytes);
            // Without a tag it prints nothing of its context.
            if !text.contains("{{") && !text.contains("{%") {
                continue;
            }
            match lower_template(&text, &file.relative, &mut self.program.names) {
                Ok(body) => {
                    self.templates.bodies.insert(file.relative.clone(), Rc::new(body));
                }
                Err(problem) => {
                    self.templates.broken.insert(file.relative.clone(), problem);
                }
            }
        }
    }

    /// Templates that the app renders, by a name that stands in its code, and that did not parse.
    pub(crate) fn unread_templates(&self) -> Vec<Unreadable> {
        let rendered = |path: &str| {
            self.templates.asked.iter().any(|asked| {
                let name = self.program.names.text(*asked).trim_start_matches('/');
                path.strip_suffix(name).is_some_and(|front| front.is_empty() || front.ends_with('/'))
            })
        };
        let broken = self.templates.broken.iter().filter(|(path, _)| rendered(path));
        broken
            .map(|(path, (line, reason))| Unreadable { path: path.clone(), line: *line, reason: reason.clone() })
            .collect()
    }

    /// Tables and other resources that cloud templates define.
    pub(crate) fn load_definitions(&mut self, found: &[Found], given: Given<'_>, facts: &mut SourceFacts) {
        for file in found {
            if ![".tf", ".yml", ".yaml", ".json"].iter().any(|ending| file.relative.ends_with(ending)) {
                continue;
            }
            let Ok(bytes) = file.bytes(given) else { continue };
            let Ok(text) = String::from_utf8(bytes) else { continue };
            let told = crate::templates::read(&file.relative, &text);
            if !told.resources.is_empty() {
                facts.files += 1;
                facts.lines += text.lines().count() as u64;
            }
            facts.resources.extend(told.resources);
            for table in told.tables {
                let id = self.tables.named(&table.name);
                let (partition, sort) = table.key.map_or((None, None), |(partition, sort)| (Some(partition), sort));
                self.tables.schema(id, None, partition, sort, &table.types, ELSEWHERE);
                for (name, partition, sort) in table.indexes {
                    self.tables.schema(id, Some(&name), Some(partition), sort, &table.types, ELSEWHERE);
                }
            }
        }
    }

    /// What a template prints of its context.
    pub(crate) fn render(&mut self, f: &mut Frame, name: &Value, context: &Value, inline: bool) -> Value {
        let mut printed = Value::default();
        for text in name.texts().collect::<Vec<Sym>>() {
            let body = if inline { self.inline_template(text) } else { self.template(f, text) };
            if let Some(body) = body {
                let part = self.print(f, &body, context);
                printed = printed.join(&part);
            }
        }
        // Text of the client's own that is rendered as a template is printed too.
        if inline { printed.join(&name.blurred()) } else { printed }
    }

    fn print(&mut self, f: &mut Frame, body: &Rc<Vec<Stmt>>, context: &Value) -> Value {
        if self.templates.depth >= DEPTH {
            return Value::default();
        }
        self.templates.depth += 1;
        let mut frame = Frame::new(f.func, f.module, Scope::Function);
        frame.captured = context.clone();
        self.block(&mut frame, body);
        self.templates.depth -= 1;
        f.sinks.append(&mut frame.sinks);
        frame.yields.blurred()
    }

    /// `{% include %}` and `{% extends %}`: the other template, in the same context.
    pub(crate) fn included(&mut self, f: &mut Frame, name: Sym) {
        if self.templates.depth >= DEPTH {
            return;
        }
        if let Some(body) = self.template(f, name) {
            self.templates.depth += 1;
            self.block(f, &body);
            self.templates.depth -= 1;
        }
    }

    fn inline_template(&mut self, text: Sym) -> Option<Rc<Vec<Stmt>>> {
        if let Some(body) = self.templates.inline.get(&text) {
            return Some(body.clone());
        }
        let source = self.text(text);
        let body = Rc::new(lower_template(&source, "<string>", &mut self.program.names).ok()?);
        self.templates.inline.insert(text, body.clone());
        Some(body)
    }

    /// The template of that name that lies closest to the module.
    fn template(&mut self, f: &Frame, name: Sym) -> Option<Rc<Vec<Stmt>>> {
        self.templates.asked.insert(name);
        let name = self.program.names.text(name).trim_start_matches('/');
        let module = &self.program.modules[f.module.index()].path;
        let common = |path: &str| path.split('/').zip(module.split('/')).take_while(|(a, b)| a == b).count();
        let ends = |path: &str| path == name || path.strip_suffix(name).is_some_and(|front| front.ends_with('/'));
        let found = self.templates.bodies.iter().filter(|(path, _)| ends(path));
        found.max_by_key(|(path, _)| (common(path), std::cmp::Reverse(path.len()))).map(|(_, body)| body.clone())
    }
}
