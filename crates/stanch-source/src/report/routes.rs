use std::collections::{BTreeMap, BTreeSet};

use stanch_api::{Parameter, ParameterLocation, Route};

use crate::facts::SourceFacts;
use crate::flow::{Engine, NodeId};
use crate::models::{HookKind, rule_parameters};
use crate::value::SiteId;

/// What reaches each evaluation.
pub(crate) struct Reached {
    routes: BTreeMap<NodeId, BTreeSet<usize>>,
    /// Evaluations that a route, a hook, a handler or an import reaches.
    alive: BTreeSet<NodeId>,
    /// Evaluations of views that never answer.
    shadowed: BTreeSet<NodeId>,
}

impl Reached {
    /// The routes by which one of these evaluations is reached.
    pub(crate) fn routes(&self, nodes: &BTreeSet<NodeId>) -> BTreeSet<usize> {
        nodes.iter().flat_map(|node| self.routes.get(node).into_iter().flatten().copied()).collect()
    }

    /// Whether a request, or the start of the app, comes to one of these evaluations.
    pub(super) fn alive(&self, nodes: &BTreeSet<NodeId>) -> bool {
        nodes.iter().any(|node| self.alive.contains(node))
    }

    pub(super) fn only_shadowed(&self, nodes: &BTreeSet<NodeId>) -> bool {
        nodes.iter().all(|node| self.shadowed.contains(node) && !self.alive.contains(node))
    }
}

/// Fills the routes; gives what they reach.
pub(super) fn routes(engine: &Engine, facts: &mut SourceFacts) -> Reached {
    let graph = engine.reach.graph();
    let mut found: Vec<(SiteId, u32, u32, Route, usize)> = Vec::new();
    for (number, view) in engine.routing.views().iter().enumerate() {
        for (prefix, order, app) in engine.routing.ways(view.container) {
            let rule = if prefix.is_empty() {
                stanch_api::join_rules("", &view.rule)
            } else if view.rule.is_empty() {
                prefix
            } else {
                stanch_api::join_rules(&prefix, &view.rule)
            };
            let ir = &engine.program.func(view.func).ir;
            let order = if order == 0 { view.order } else { order };
            let route = Route {
                methods: view.methods.clone(),
                rule: rule.clone(),
                view: engine.program.place(view.func, ir.span),
                view_name: ir.qualified.to_string(),
                parameters: Vec::new(),
            };
            found.push((app, order, view.order, route, number));
        }
    }
    found.sort_by_key(|(app, order, own, ..)| (*app, *order, *own));
    // A rule that an earlier one answers for the same method never runs.
    let mut taken: BTreeSet<(SiteId, String, stanch_api::Method)> = BTreeSet::new();
    found.retain_mut(|(app, _, _, route, _)| {
        let shape = rule_shape(&route.rule);
        route.methods.retain(|method| taken.insert((*app, shape.clone(), *method)));
        !route.methods.is_empty()
    });
    found.sort_by(|a, b| (&a.3.view, &a.3.rule).cmp(&(&b.3.view, &b.3.rule)));
    let mut reach: BTreeMap<NodeId, BTreeSet<usize>> = BTreeMap::new();
    let mut answering: BTreeSet<usize> = BTreeSet::new();
    let hooks: Vec<BTreeSet<NodeId>> = engine.reach.hooks.iter().map(|hook| graph.reached([*hook])).collect();
    for (index, (_, _, _, mut route, number)) in found.into_iter().enumerate() {
        answering.insert(number);
        let mut reached = graph.reached(engine.reach.views.get(number).copied());
        // Hooks of the app, and of the view's own blueprint, run with it.
        let container = engine.routing.views()[number].container;
        for (hook, nodes) in engine.routing.hooks().iter().zip(&hooks) {
            let of_app = engine.routing.containers.get(&hook.container).is_none_or(|container| container.app);
            if (of_app || hook.container == container) && hook.kind != HookKind::Start {
                reached.extend(nodes);
            }
        }
        let mut parameters: BTreeSet<Parameter> = rule_parameters(&route.rule)
            .into_iter()
            .map(|(name, converter)| Parameter { name, location: ParameterLocation::Path, converter })
            .collect();
        for node in &reached {
            reach.entry(*node).or_default().insert(index);
            for parameter in engine.reach.parameters(*node) {
                let known = parameters.iter().any(|p| p.name == parameter.name && p.location == parameter.location);
                if !known && parameter.location != ParameterLocation::Path {
                    parameters.insert(parameter.clone());
                }
            }
        }
        route.parameters = parameters.into_iter().collect();
        facts.routes.push(route);
    }
    let views = engine.reach.views.iter().enumerate();
    let shadowed = views.filter(|(number, _)| !answering.contains(number)).map(|(_, node)| *node);
    let mut alive = graph.reached(engine.reach.others.iter().copied());
    alive.extend(hooks.into_iter().flatten());
    alive.extend(reach.keys());
    Reached { routes: reach, alive, shadowed: graph.reached(shadowed) }
}

/// A rule with its parameters unnamed: two rules of one shape answer the same requests.
fn rule_shape(rule: &str) -> String {
    let mut shape = String::new();
    let mut inside = false;
    let mut word = String::new();
    for c in rule.chars() {
        match c {
            '<' | '{' => {
                inside = true;
                word.clear();
            }
            '>' | '}' => {
                inside = false;
                let kind = word.split(':').next().filter(|_| word.contains(':')).unwrap_or("");
                shape.push('<');
                shape.push_str(if kind == "string" { "" } else { kind });
                shape.push('>');
            }
            _ if inside => word.push(c),
            _ => shape.push(c),
        }
    }
    shape
}
