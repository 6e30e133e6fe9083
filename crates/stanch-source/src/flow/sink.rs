use std::collections::BTreeSet;

use stanch_api::AttributeSet;

use super::{Engine, Frame, NodeId};
use crate::facts::SinkKind;
use crate::ir::Span;
use crate::value::{FuncId, Object, Origin, Shape, SourceId, Taint, Trail, Value};

/// Most sinks of one function that wait for its callers.
const PENDING: usize = 64;

/// A way out that a parameter reaches: whether something leaves is for the callers to say.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct PendingSink {
    pub(crate) kind: SinkKind,
    pub(crate) func: FuncId,
    /// What leaves with it: the statement, the call.
    pub(crate) span: Span,
    pub(crate) taint: Taint,
}

impl PendingSink {
    /// Whether this one says all that another would: what the whole of a parameter does, each member of it does.
    fn covers(&self, kind: &SinkKind, at: (FuncId, Span), taint: &Taint) -> bool {
        let below = match (&self.taint.origin, &taint.origin) {
            (Origin::Param { index, path }, Origin::Param { index: other, path: deeper }) => {
                index == other && (path == deeper || self.taint.attributes.is_all() && deeper.starts_with(path))
            }
            _ => false,
        };
        below
            && (self.func, self.span) == at
            && self.kind == *kind
            && self.taint.shape == taint.shape
            && self.taint.nested == taint.nested
            && (self.taint.attributes == taint.attributes || self.taint.attributes.is_all())
    }
}

/// A flow, by its ends.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct FlowKey {
    pub(crate) source: SourceId,
    pub(crate) kind: SinkKind,
    pub(crate) func: FuncId,
    pub(crate) span: Span,
}

/// What was seen of a flow.
#[derive(Clone, Debug)]
pub(crate) struct FlowSeen {
    pub(crate) attributes: AttributeSet,
    pub(crate) nested: bool,
    pub(crate) trail: Trail,
    /// Evaluations in which source and sink meet; the routes that reach these reach the flow.
    pub(crate) meets: BTreeSet<NodeId>,
    /// The tick at which it was first seen, for of several ways the first one is told.
    order: u32,
}

impl FlowSeen {
    /// With what another evaluation saw of the same flow.
    pub(crate) fn join(&mut self, other: Self) {
        self.attributes = self.attributes.union(&other.attributes);
        self.nested |= other.nested;
        self.meets.extend(other.meets);
        if other.order < self.order {
            self.order = other.order;
            self.trail = other.trail;
        }
    }
}

impl Engine {
    /// A value leaves by a sink at `span` of the function.
    pub(crate) fn sink(&mut self, f: &mut Frame, kind: &SinkKind, span: Span, value: &Value) {
        let at = (f.func, span);
        // What is printed on a terminal where the file is run by hand is no log of the service.
        if is_bound(kind, value) || f.by_hand && *kind == SinkKind::Log {
            return;
        }
        for taint in value.flatten() {
            self.sink_taint(f, kind, at, taint);
        }
    }

    pub(crate) fn sink_taint(&mut self, f: &mut Frame, kind: &SinkKind, at: (FuncId, Span), taint: Taint) {
        match taint.origin {
            Origin::Source(source) => self.flow(source, kind, at, &taint),
            Origin::Unknown(_) => {}
            Origin::Param { .. } => {
                if f.sinks.len() < PENDING && !f.sinks.iter().any(|known| known.covers(kind, at, &taint)) {
                    f.sinks.push(PendingSink { kind: kind.clone(), func: at.0, span: at.1, taint });
                }
            }
        }
    }

    /// Records a flow.
    pub(crate) fn flow(&mut self, source: SourceId, kind: &SinkKind, at: (FuncId, Span), taint: &Taint) {
        // Members of a response that hold no item do not make it one.
        let key = FlowKey { source, kind: kind.clone(), func: at.0, span: at.1 };
        let order = self.reach.next_tick();
        let seen = self.reach.doing().flows.entry(key).or_insert_with(|| FlowSeen {
            attributes: AttributeSet::none(),
            nested: false,
            trail: taint.trail.clone(),
            meets: BTreeSet::new(),
            order,
        });
        seen.attributes = seen.attributes.union(&taint.attributes);
        seen.nested |= taint.nested && taint.shape != Shape::Pairs;
    }

    /// The sinks that a callee left to its caller.
    pub(crate) fn pass_sinks(&mut self, f: &mut Frame, span: Span, args: &[Value], sinks: &[PendingSink]) {
        for sink in sinks {
            if !matches!(sink.kind, SinkKind::Write | SinkKind::Expression(_)) {
                for taint in self.instantiate_flat(f, span, args, &sink.taint) {
                    self.sink_taint(f, &sink.kind, (sink.func, sink.span), taint);
                }
                continue;
            }
            let value = self.instantiate_taint(f, span, args, &sink.taint);
            if is_bound(&sink.kind, &value) {
                continue;
            }
            if sink.kind == SinkKind::Write {
                self.attribute_sinks(f, (sink.func, sink.span), &value);
            }
            for taint in value.flatten() {
                self.sink_taint(f, &sink.kind, (sink.func, sink.span), taint);
            }
        }
    }

    pub(crate) fn put_flows(&mut self, flows: std::collections::BTreeMap<FlowKey, FlowSeen>) {
        self.flows = flows;
    }

    pub(crate) fn take_flows(&mut self) -> std::collections::BTreeMap<FlowKey, FlowSeen> {
        std::mem::take(&mut self.flows)
    }
}

/// Whether the value reaches an expression as a condition object: boto3 sends what those hold beside the text.
fn is_bound(kind: &SinkKind, value: &Value) -> bool {
    matches!(kind, SinkKind::Expression(_))
        && value.objects().iter().any(|object| matches!(object, Object::Condition(_)))
}
