use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use percent_encoding::percent_decode_str;
use serde_json::Value;

/// Follows `$ref` within one document.
pub(super) struct References<'d> {
    root: &'d Value,
    /// Where each reference leads, looked up once: large descriptions use one schema thousands of times.
    known: RefCell<BTreeMap<&'d str, &'d Value>>,
    problems: RefCell<BTreeSet<String>>,
}

/// References from one place to the next that are followed before a circle is assumed.
const HOPS: usize = 32;
/// Problems that are told; a broken description has one for each reference.
const TOLD: usize = 20;

impl<'d> References<'d> {
    pub(super) const fn new(root: &'d Value) -> Self {
        Self { root, known: RefCell::new(BTreeMap::new()), problems: RefCell::new(BTreeSet::new()) }
    }

    /// The value itself, or what its `$ref` leads to; null for one that leads nowhere, elsewhere or in a circle.
    pub(super) fn resolve(&self, value: &'d Value) -> &'d Value {
        let mut value = value;
        for _ in 0..HOPS {
            let Some(reference) = value.get("$ref").and_then(Value::as_str) else { return value };
            if let Some(target) = self.known.borrow().get(reference) {
                value = target;
                continue;
            }
            let Some(pointer) = reference.strip_prefix('#') else {
                self.tell(format!("the reference `{reference}` leads out of the description and was not followed"));
                return &Value::Null;
            };
            let pointer = percent_decode_str(pointer).decode_utf8_lossy();
            let Some(target) = self.root.pointer(&pointer) else {
                self.tell(format!("the reference `{reference}` leads nowhere"));
                return &Value::Null;
            };
            self.known.borrow_mut().insert(reference, target);
            value = target;
        }
        self.tell("a reference leads in a circle".to_owned());
        &Value::Null
    }

    /// Keeps a problem to be told, unless there are too many.
    pub(super) fn tell(&self, mut problem: String) {
        if problem.chars().count() > 200 {
            problem = problem.chars().take(200).chain("…".chars()).collect();
        }
        let mut problems = self.problems.borrow_mut();
        if problems.len() < TOLD {
            problems.insert(problem);
        }
    }

    pub(super) fn problems(self) -> impl Iterator<Item = String> {
        self.problems.into_inner().into_iter()
    }
}
