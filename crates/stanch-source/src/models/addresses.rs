use crate::flow::Engine;
use crate::value::{Object, Value};

impl Engine {
    /// Whether the front of an address names its host whole: `"https://api.example.com/users/{}".format(name)`.
    pub(super) fn has_fixed_host(&self, url: &Value) -> bool {
        let mut fronts = url.objects().iter().peekable();
        fronts.peek().is_some()
            && fronts.all(|object| match object {
                Object::Prefix(front) | Object::Text(front) => {
                    let text = self.text(*front);
                    let front = text.split(['{', '%']).next().unwrap_or_default();
                    let host = front.split_once("://").and_then(|(_, rest)| rest.split_once(['/', '?', '#']));
                    host.is_some_and(|(host, _)| !host.is_empty() && !host.contains('@'))
                }
                _ => false,
            })
    }
}
