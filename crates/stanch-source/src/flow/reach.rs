use std::collections::{BTreeMap, BTreeSet};

use rustc_hash::FxHashSet;
use stanch_api::Parameter;

/// One evaluation: of a function with one kind of arguments, of a module's body, or of an entry. Two routes that share
/// a helper meet in its evaluation; a wrapper around each of two views has one for each.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct NodeId(u32);

/// Which evaluation reaches which, and where each begins.
#[derive(Debug, Default)]
pub(crate) struct Reach {
    count: u32,
    pub(crate) current: NodeId,
    edges: FxHashSet<(NodeId, NodeId)>,
    /// The entry of each view, in the order of registration.
    pub(crate) views: Vec<NodeId>,
    /// The entry of each hook.
    pub(crate) hooks: Vec<NodeId>,
    /// Entries that answer without a route: handlers, module bodies, functions that something unknown may register.
    pub(crate) others: Vec<NodeId>,
    /// Named parameters of the request that an evaluation reads.
    parameters: BTreeMap<NodeId, BTreeSet<Parameter>>,
}

impl Reach {
    /// A new evaluation, not yet reached by any.
    pub(crate) fn begin(&mut self) -> NodeId {
        self.count += 1;
        NodeId(self.count)
    }

    /// The current evaluation runs another.
    pub(crate) fn enter(&mut self, node: NodeId) {
        self.edges.insert((self.current, node));
    }

    pub(crate) fn parameter(&mut self, parameter: Parameter) {
        self.parameters.entry(self.current).or_default().insert(parameter);
    }

    pub(crate) fn parameters(&self, node: NodeId) -> impl Iterator<Item = &Parameter> {
        self.parameters.get(&node).into_iter().flatten()
    }

    /// The graph in a form that is quick to walk.
    pub(crate) fn graph(&self) -> Graph {
        let mut edges: Vec<(NodeId, NodeId)> = self.edges.iter().copied().collect();
        edges.sort_unstable();
        Graph { edges }
    }
}

#[derive(Debug)]
pub(crate) struct Graph {
    edges: Vec<(NodeId, NodeId)>,
}

impl Graph {
    /// Everything that `from` reaches, itself included.
    pub(crate) fn reached(&self, from: impl IntoIterator<Item = NodeId>) -> BTreeSet<NodeId> {
        let mut open: Vec<NodeId> = from.into_iter().collect();
        let mut seen: BTreeSet<NodeId> = open.iter().copied().collect();
        while let Some(next) = open.pop() {
            let start = self.edges.partition_point(|(node, _)| *node < next);
            for (_, callee) in self.edges[start..].iter().take_while(|(node, _)| *node == next) {
                if seen.insert(*callee) {
                    open.push(*callee);
                }
            }
        }
        seen
    }
}
