use crate::flow::{Args, Engine, Frame, Owner};
use crate::ir::Span;
use crate::value::{Object, SiteId, Value};

/// A text in memory that is written to and read back: `io.StringIO()`. Each place that makes one has its own name.
const BUFFER: &str = "io.StringIO()@";

/// The end of the name of what writes rows into a buffer: `csv.writer(buffer)`.
const ROWS: &str = ".rows";

impl Engine {
    /// Calls that make a buffer, write into it and read it.
    pub(super) fn buffer_call(&mut self, f: &mut Frame, text: &str, args: &Args<'_>, span: Span) -> Option<Value> {
        if matches!(text, "io.StringIO" | "io.BytesIO") {
            let name = format!("{BUFFER}{}-{}", f.func.index(), span.start);
            let name = self.program.names.intern(&name);
            let made = Value::object(Object::Ext(name, SiteId::default()));
            self.fill(f, name, &args.first());
            return Some(made);
        }
        if matches!(text, "csv.writer" | "csv.DictWriter") {
            let file = args.first();
            let named = file.objects().iter().find_map(|object| match object {
                Object::Ext(name, _) if self.program.names.text(*name).starts_with(BUFFER) => Some(*name),
                _ => None,
            })?;
            let rows = format!("{}{ROWS}", self.program.names.text(named));
            let rows = self.program.names.intern(&rows);
            return Some(Value::object(Object::Ext(rows, SiteId::default())));
        }
        let (owner, method) = text.strip_prefix(BUFFER)?.rsplit_once('.')?;
        let owner = format!("{BUFFER}{}", owner.strip_suffix(ROWS).unwrap_or(owner));
        let owner = self.program.names.intern(&owner);
        match method {
            "write" | "writelines" | "writerow" | "writerows" => {
                self.fill(f, owner, &args.first());
                Some(Value::default())
            }
            "getvalue" | "read" | "readlines" => {
                let content = self.program.names.intern("content");
                Some(self.heap.get(Owner::Ext(owner), content).unwrap_or_default())
            }
            _ => Some(Value::default()),
        }
    }

    fn fill(&mut self, f: &mut Frame, buffer: crate::ir::Sym, value: &Value) {
        let content = self.program.names.intern("content");
        let written = value.blurred();
        self.store(f, Owner::Ext(buffer), content, &written);
    }
}
