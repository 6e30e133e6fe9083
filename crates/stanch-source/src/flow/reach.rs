use std::collections::{BTreeMap, BTreeSet};

use rustc_hash::FxHashSet;
use stanch_api::Parameter;

use super::sink::{FlowKey, FlowSeen};
use super::summary::SummaryKey;
use crate::sites::Sites;
use crate::value::{FuncId, Value};

/// One evaluation: of a function with one kind of arguments, of a module's body, or of an entry. Two routes that share
/// a helper meet in its evaluation; a wrapper around each of two views has one for each.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct NodeId(u32);

/// What an evaluation did beside what its summary says. It goes when the evaluation is done anew.
#[derive(Debug, Default)]
pub(crate) struct Done {
    pub(crate) flows: BTreeMap<FlowKey, FlowSeen>,
    pub(crate) sites: Sites,
    /// Named parameters of the request that it reads.
    pub(crate) parameters: BTreeSet<Parameter>,
    /// Functions that it calls, unless it is a script's.
    pub(crate) called: Vec<FuncId>,
    /// Functions that are defined in it.
    pub(crate) defined: Vec<Value>,
    /// Whether it registers routes or asks for what is registered, which each round does anew.
    pub(crate) registers: bool,
}

#[derive(Debug, Default)]
struct Evaluation {
    /// Of a function; an entry has none.
    key: Option<SummaryKey>,
    callees: Vec<NodeId>,
    done: Done,
    /// The round in which it was last found to hold, and at which tick.
    round: u32,
    held: u32,
    /// The tick at which its summary changed.
    changed: u32,
}

/// Every evaluation: what it did, which other ones it reaches, and where each begins.
#[derive(Debug)]
pub(crate) struct Reach {
    evaluations: Vec<Evaluation>,
    current: NodeId,
    edges: FxHashSet<(NodeId, NodeId)>,
    /// The entry of each view, in the order of registration.
    pub(crate) views: Vec<NodeId>,
    /// The entry of each hook.
    pub(crate) hooks: Vec<NodeId>,
    /// Entries that answer without a route: handlers, module bodies, functions that something unknown may register.
    pub(crate) others: Vec<NodeId>,
    /// Every entry of this round.
    entries: Vec<NodeId>,
    round: u32,
    tick: u32,
}

impl Default for Reach {
    fn default() -> Self {
        Self {
            evaluations: vec![Evaluation::default()],
            current: NodeId::default(),
            edges: FxHashSet::default(),
            views: Vec::new(),
            hooks: Vec::new(),
            others: Vec::new(),
            entries: Vec::new(),
            round: 0,
            tick: 0,
        }
    }
}

impl Reach {
    /// A new round: entries are made anew, and evaluations of functions have to be found to hold, or done again.
    pub(crate) fn restart(&mut self) {
        self.round += 1;
        for entry in std::mem::take(&mut self.entries) {
            self.clear(entry);
        }
        self.views.clear();
        self.hooks.clear();
        self.others.clear();
    }

    /// Whether this is the first round.
    pub(crate) const fn is_first(&self) -> bool {
        self.round == 1
    }

    /// A new entry, which is the current evaluation from now on; gives the one before.
    pub(crate) fn entry(&mut self) -> NodeId {
        let node = self.add(Evaluation::default());
        self.entries.push(node);
        std::mem::replace(&mut self.current, node)
    }

    /// A new evaluation of a function.
    pub(crate) fn function(&mut self, key: SummaryKey) -> NodeId {
        self.add(Evaluation { key: Some(key), ..Evaluation::default() })
    }

    fn add(&mut self, evaluation: Evaluation) -> NodeId {
        let node = NodeId(u32::try_from(self.evaluations.len()).unwrap_or(u32::MAX));
        self.evaluations.push(evaluation);
        node
    }

    pub(crate) const fn current(&self) -> NodeId {
        self.current
    }

    /// Makes another evaluation the current one; gives the one before.
    pub(crate) const fn switch(&mut self, node: NodeId) -> NodeId {
        std::mem::replace(&mut self.current, node)
    }

    /// The current evaluation runs another.
    pub(crate) fn enter(&mut self, node: NodeId) {
        if self.edges.insert((self.current, node)) {
            self.evaluations[self.current.index()].callees.push(node);
        }
    }

    /// What the current evaluation did.
    pub(crate) fn doing(&mut self) -> &mut Done {
        &mut self.evaluations[self.current.index()].done
    }

    pub(crate) fn done(&self, node: NodeId) -> &Done {
        &self.evaluations[node.index()].done
    }

    pub(crate) fn key(&self, node: NodeId) -> Option<&SummaryKey> {
        self.evaluations[node.index()].key.as_ref()
    }

    pub(crate) fn callees(&self, node: NodeId) -> &[NodeId] {
        &self.evaluations[node.index()].callees
    }

    /// Forgets what an evaluation did.
    pub(crate) fn clear(&mut self, node: NodeId) {
        let evaluation = &mut self.evaluations[node.index()];
        for callee in std::mem::take(&mut evaluation.callees) {
            self.edges.remove(&(node, callee));
        }
        evaluation.done = Done::default();
    }

    /// Whether an evaluation was found to hold in this round.
    pub(crate) fn holds(&self, node: NodeId) -> bool {
        self.evaluations[node.index()].round == self.round
    }

    /// An evaluation holds in this round as it is.
    pub(crate) fn hold(&mut self, node: NodeId) {
        let tick = self.next_tick();
        let evaluation = &mut self.evaluations[node.index()];
        evaluation.round = self.round;
        evaluation.held = tick;
    }

    /// The summary of an evaluation is another one than before.
    pub(crate) fn changed(&mut self, node: NodeId) {
        let tick = self.next_tick();
        self.evaluations[node.index()].changed = tick;
    }

    /// Whether a callee changed after it was last found that the caller holds.
    pub(crate) fn outdates(&self, callee: NodeId, caller: NodeId) -> bool {
        self.evaluations[callee.index()].changed > self.evaluations[caller.index()].held
    }

    /// A number for each thing that happens, in order.
    pub(crate) const fn next_tick(&mut self) -> u32 {
        self.tick = self.tick.saturating_add(1);
        self.tick
    }

    /// Takes what all evaluations did that this round's entries reach, in the order in which they were made.
    pub(crate) fn take_done(&mut self) -> Vec<(NodeId, Option<FuncId>, Done)> {
        let live = self.graph().reached(self.entries.iter().copied());
        let taken = live.into_iter().map(|node| {
            let evaluation = &mut self.evaluations[node.index()];
            let mut done = std::mem::take(&mut evaluation.done);
            evaluation.done.parameters = std::mem::take(&mut done.parameters);
            (node, evaluation.key.as_ref().map(|(func, _)| *func), done)
        });
        taken.collect()
    }

    pub(crate) fn parameters(&self, node: NodeId) -> impl Iterator<Item = &Parameter> {
        self.done(node).parameters.iter()
    }

    /// The graph of who reaches whom.
    pub(crate) const fn graph(&self) -> Graph<'_> {
        Graph { reach: self }
    }
}

#[derive(Debug)]
pub(crate) struct Graph<'a> {
    reach: &'a Reach,
}

impl Graph<'_> {
    /// Everything that `from` reaches, itself included.
    pub(crate) fn reached(&self, from: impl IntoIterator<Item = NodeId>) -> BTreeSet<NodeId> {
        let mut open: Vec<NodeId> = from.into_iter().collect();
        let mut seen: BTreeSet<NodeId> = open.iter().copied().collect();
        while let Some(next) = open.pop() {
            open.extend(self.reach.callees(next).iter().filter(|callee| seen.insert(**callee)));
        }
        seen
    }
}

impl NodeId {
    const fn index(self) -> usize {
        self.0 as usize
    }
}
