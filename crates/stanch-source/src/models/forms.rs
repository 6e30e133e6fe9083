use stanch_api::ParameterLocation;

use crate::flow::Engine;
use crate::ir::{Span, Sym};
use crate::value::{ClassId, FuncId, Key, Object, Value};

/// Classes of the WTForms package and of Flask-WTF whose children are forms (WTForms' documentation of `Form`).
const FORMS: [&str; 5] =
    ["flask_wtf.FlaskForm", "flask_wtf.Form", "wtforms.Form", "wtforms.form.Form", "wtforms.FlaskForm"];

impl Engine {
    fn is_form(&self, class: ClassId) -> bool {
        self.descends(class, |base| FORMS.contains(&base))
    }

    /// A member of a form: of a field, `data` is what the client sent under the field's name; of the form, `data` is
    /// all that it sent.
    pub(crate) fn form_member(
        &mut self,
        at: (FuncId, Span),
        class: ClassId,
        name: Sym,
        member: &Value,
    ) -> Option<Value> {
        if !self.is_form(class) {
            return None;
        }
        let text = self.text(name);
        if &*text == "data" {
            return Some(Value::taint(self.request(at, Some(ParameterLocation::Form), None)));
        }
        let field = member.objects().iter().any(
            |object| matches!(object, Object::Ext(name, _) if self.program.names.text(*name).ends_with("Field()")),
        );
        if !field {
            return None;
        }
        let sent = Value::taint(self.request(at, Some(ParameterLocation::Form), Some(&text)));
        let mut value = member.clone();
        for data in ["data", "raw_data", "object_data"] {
            let data = self.program.names.intern(data);
            value.edit().fields.insert(Key::Name(data), sent.clone());
        }
        Some(value)
    }
}
