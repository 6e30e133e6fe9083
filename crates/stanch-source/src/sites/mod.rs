//! Facts about single places: settings, calls of libraries whose arguments decide about safety, calls of DynamoDB
//! operations, and what stands guard before a view. The flow engine hands each place in as it meets it; the lists are
//! put in order at the end.

mod access;
mod branches;
mod calls;
mod facts;
mod guards;
mod identity;
mod process;
mod report;
mod settings;
mod tables;
mod validation;
mod walk;

use std::collections::{BTreeMap, BTreeSet};

use crate::flow::NodeId;
use crate::ir::Span;
use crate::value::{FuncId, SiteId, TableId};

pub use facts::{Constant, LibraryCall, Setting, SettingHolder, SharedIdentity, TableCall};
pub(crate) use report::assemble;
pub(crate) use validation::{Validators, holders};

type At = (FuncId, Span);

/// A call of a library as it was met.
#[derive(Clone, Debug)]
struct CallSeen {
    positional: Vec<Constant>,
    keywords: BTreeMap<String, Constant>,
    /// Whether a dictionary whose keys are not known is spread into it.
    open: bool,
    receiver: SiteId,
}

/// A call of an operation as it was met.
#[derive(Clone, Debug)]
struct TableCallSeen {
    table: Option<TableId>,
    condition: bool,
    return_values: Option<String>,
    attributes: BTreeSet<String>,
    compared: BTreeSet<String>,
    counts: bool,
    /// Evaluations in which it runs.
    nodes: BTreeSet<NodeId>,
}

/// Everything met so far, by place.
#[derive(Debug, Default)]
pub(crate) struct Sites {
    calls: BTreeMap<(At, String), CallSeen>,
    settings: BTreeMap<(At, String), Constant>,
    table_calls: BTreeMap<(At, String), TableCallSeen>,
    /// Evaluations of each function.
    evaluations: BTreeMap<FuncId, BTreeSet<NodeId>>,
}

impl Sites {
    /// There is an evaluation of a function.
    pub(crate) fn evaluates(&mut self, node: NodeId, func: FuncId) {
        self.evaluations.entry(func).or_default().insert(node);
    }

    /// Takes in what another evaluation met.
    pub(crate) fn join(&mut self, other: Self) {
        for (at, call) in other.calls {
            self.calls.entry(at).and_modify(|known| known.meet(&call)).or_insert(call);
        }
        for (at, value) in other.settings {
            let known = self.settings.entry(at).or_insert_with(|| value.clone());
            if *known != value {
                *known = Constant::Unknown;
            }
        }
        for (at, call) in other.table_calls {
            self.table_calls.entry(at).and_modify(|known| known.meet(&call)).or_insert(call);
        }
    }
}
