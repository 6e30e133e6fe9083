use std::collections::BTreeMap;
use std::rc::Rc;

use stanch_api::{Converter, Method};

use crate::value::{FilterId, FuncId, SiteId, Value};

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Framework {
    #[default]
    Flask,
    FastApi,
    Chalice,
    Lambda,
}

/// What a decorator does.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Mark {
    Route {
        container: SiteId,
        rule: Rc<str>,
        methods: Vec<Method>,
        framework: Framework,
        model: Option<FilterId>,
    },
    /// The result passes a model.
    Model(FilterId),
    Hook {
        kind: HookKind,
        container: SiteId,
        framework: Framework,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum HookKind {
    Before,
    After,
    /// An error handler: for any exception, or for one that the framework or the app itself has worded.
    Error,
    HarmlessError,
    Start,
}

#[derive(Clone, Debug)]
pub(crate) struct Hook {
    pub(crate) kind: HookKind,
    pub(crate) container: SiteId,
    pub(crate) framework: Framework,
    pub(crate) func: FuncId,
    pub(crate) target: Value,
}

/// A function that answers a rule.
#[derive(Clone, Debug, Default)]
pub(crate) struct View {
    pub(crate) container: SiteId,
    pub(crate) rule: Rc<str>,
    pub(crate) methods: Vec<Method>,
    pub(crate) framework: Framework,
    /// The `def` of the view itself, under its decorators.
    pub(crate) func: FuncId,
    pub(crate) target: Value,
    pub(crate) filter: Option<super::Model>,
    /// Place in the order of registration.
    pub(crate) order: u32,
}

/// An app, blueprint, API, namespace or router.
#[derive(Clone, Debug)]
pub(crate) struct Container {
    pub(crate) app: bool,
    pub(crate) framework: Framework,
    pub(crate) prefix: Rc<str>,
    /// A namespace's own name, which is its path if it is given none.
    pub(crate) order: u32,
}

/// A container put into another one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Mount {
    pub(crate) parent: SiteId,
    pub(crate) child: SiteId,
    /// Prefix that takes the place of the child's own, or, for routers, goes in front of it.
    pub(crate) prefix: Option<Rc<str>>,
    pub(crate) order: u32,
}

/// Everything registered.
#[derive(Debug, Default)]
pub(crate) struct Routing {
    pub(crate) containers: BTreeMap<SiteId, Container>,
    pub(crate) mounts: Vec<Mount>,
    views: Vec<View>,
    hooks: Vec<Hook>,
    hooks_taken: usize,
    order: u32,
    /// Whether something was registered that the engine could not make out.
    pub(crate) unknown_mount: bool,
}

impl Routing {
    pub(crate) fn restart(&mut self) {
        *self = Self::default();
    }

    pub(crate) fn next(&mut self) -> u32 {
        self.order += 1;
        self.order
    }

    pub(crate) fn add_container(&mut self, site: SiteId, app: bool, framework: Framework, prefix: &str) {
        let order = self.next();
        self.containers.entry(site).or_insert_with(|| Container { app, framework, prefix: prefix.into(), order });
    }

    pub(crate) fn mount(&mut self, parent: SiteId, child: SiteId, prefix: Option<Rc<str>>) {
        if !self.mounts.iter().any(|m| m.parent == parent && m.child == child && m.prefix == prefix) {
            let order = self.next();
            self.mounts.push(Mount { parent, child, prefix, order });
        }
    }

    pub(crate) fn add_view(&mut self, view: View) {
        let known = self
            .views
            .iter_mut()
            .find(|known| known.func == view.func && known.rule == view.rule && known.container == view.container);
        match known {
            Some(known) => {
                known.target = known.target.join(&view.target);
                known.methods.extend(view.methods);
                known.methods.sort();
                known.methods.dedup();
            }
            None => {
                let order = self.next();
                self.views.push(View { order, ..view });
            }
        }
    }

    pub(crate) fn views(&self) -> &[View] {
        &self.views
    }

    pub(crate) fn add_hook(&mut self, hook: Hook) {
        if !self.hooks.iter().any(|known| known.func == hook.func && known.kind == hook.kind) {
            self.hooks.push(hook);
        }
    }

    pub(crate) fn hooks(&self) -> &[Hook] {
        &self.hooks
    }

    pub(crate) fn take_hooks(&mut self) -> Vec<Hook> {
        let hooks = self.hooks.get(self.hooks_taken..).unwrap_or_default().to_vec();
        self.hooks_taken = self.hooks.len();
        hooks
    }

    /// Every way from a container up to an app: the prefixes joined, the order that counts, and the app.
    pub(crate) fn ways(&self, site: SiteId) -> Vec<(String, u32, SiteId)> {
        let mut ways = Vec::new();
        self.climb(site, String::new(), None, 0, &mut ways);
        ways
    }

    fn climb(
        &self,
        site: SiteId,
        below: String,
        order: Option<u32>,
        depth: u32,
        ways: &mut Vec<(String, u32, SiteId)>,
    ) {
        let Some(container) = self.containers.get(&site) else {
            ways.push((below, order.unwrap_or_default(), site));
            return;
        };
        if container.app || depth > 8 {
            ways.push((stanch_join(&container.prefix, &below), order.unwrap_or_default(), site));
            return;
        }
        let mut mounted = false;
        for mount in self.mounts.iter().filter(|mount| mount.child == site) {
            mounted = true;
            let own = match (&mount.prefix, container.framework) {
                (Some(prefix), Framework::FastApi) => stanch_join(prefix, &container.prefix),
                (Some(prefix), _) => prefix.to_string(),
                (None, _) => container.prefix.to_string(),
            };
            self.climb(mount.parent, stanch_join(&own, &below), Some(mount.order), depth + 1, ways);
        }
        if !mounted && (self.unknown_mount || !self.containers.values().any(|c| c.app)) {
            ways.push((stanch_join(&container.prefix, &below), container.order, site));
        }
    }
}

fn stanch_join(prefix: &str, rule: &str) -> String {
    if rule.is_empty() {
        return prefix.to_owned();
    }
    if prefix.is_empty() { rule.to_owned() } else { stanch_api::join_rules(prefix, rule) }
}

/// Names of the parameters in a rule, with what they let through: `<int:id>`, `{id}`, `{id:path}`.
pub(crate) fn rule_parameters(rule: &str) -> Vec<(String, Converter)> {
    let mut parameters = Vec::new();
    let mut rest = rule;
    while let Some(start) = rest.find(['<', '{']) {
        let close = if rest[start..].starts_with('<') { '>' } else { '}' };
        let Some(length) = rest[start..].find(close) else { break };
        let inner = &rest[start + 1..start + length];
        rest = &rest[start + length + 1..];
        let (kind, name) = match (close, inner.split_once(':')) {
            ('>', Some((kind, name))) => (kind, name),
            ('}', Some((name, kind))) => (kind, name),
            _ => ("", inner),
        };
        let kind = kind.split('(').next().unwrap_or_default();
        let converter = match kind.trim() {
            "" | "string" | "str" => Converter::Text,
            "int" => Converter::Int,
            "float" => Converter::Float,
            "uuid" => Converter::Uuid,
            "path" => Converter::Path,
            _ => Converter::Other,
        };
        parameters.push((name.trim().to_owned(), converter));
    }
    parameters
}

#[cfg(test)]
mod tests {
    use super::rule_parameters;
    use stanch_api::Converter;

    #[test]
    fn parameters_of_both_ways_of_writing() {
        assert_eq!(
            rule_parameters("/a/<int:id>/<name>"),
            [("id".to_owned(), Converter::Int), ("name".to_owned(), Converter::Text)]
        );
        assert_eq!(rule_parameters("/f/{p:path}"), [("p".to_owned(), Converter::Path)]);
        assert!(rule_parameters("/a/<b").is_empty());
    }
}
