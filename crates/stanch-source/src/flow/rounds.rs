use std::collections::btree_map::Entry;
use std::path::PathBuf;

use super::{Engine, NodeId};
use crate::facts::SourceFacts;
use crate::files::Found;
use crate::models::Routing;
use crate::program::Program;
use crate::read::ReadOptions;
use crate::relevance::Reading;
use crate::value::ModuleId;

/// Rounds over the whole program until what functions store for each other has settled, and of a program in which a
/// round had to stop telling calls apart.
const ROUNDS: usize = 4;
const ROUNDS_OF_MANY: usize = 2;
/// Expressions that a round reads before it stops telling calls apart: a fixed share, which is enough for an app of a
/// thousand functions, and of a larger program as much as reading each function once takes. A program that has used it up gets no more in later
/// rounds: what was told apart until then stays so, and summaries are sketches.
const FUEL: u64 = 300_000;
const FUEL_PER_FUNCTION: u64 = 60;

/// Solves the program and fills the facts.
pub(crate) fn solve(
    program: Program,
    templates: &[Found],
    given: Option<&(PathBuf, Vec<u8>)>,
    options: &ReadOptions,
    facts: &mut SourceFacts,
) {
    let mut engine = Engine::new(program, options.secret_names.clone());
    engine.load_templates(templates, given);
    engine.load_definitions(templates, given, facts);
    engine.reading = crate::relevance::relevant(&mut engine.program);
    let followed = engine.program.modules.iter().zip(&engine.reading).filter(|(_, reading)| **reading != Reading::Left);
    facts.lines_followed = followed.filter_map(|(m, _)| m.lines.as_ref().map(|lines| lines.count(&m.text))).sum();
    for round in 1..=ROUNDS {
        engine.round();
        if engine.heap.stale.is_empty() || engine.fuel == 0 && round >= ROUNDS_OF_MANY {
            break;
        }
    }
    engine.gather();
    facts.unreadable.extend(engine.unread_templates());
    crate::report::assemble(engine, facts);
}

impl Engine {
    fn round(&mut self) {
        self.reach.restart();
        let reach = &self.reach;
        self.heap.stale.retain(|node| reach.key(*node).is_some());
        self.started.clear();
        self.analysed = vec![false; self.program.functions.len()];
        self.unseen = 0;
        self.called.clear();
        self.handlers.clear();
        self.pending.clear();
        self.queued.clear();
        self.finished = 0;
        self.routing.restart();
        self.open.clear();
        self.recursive.clear();
        if self.fuel > 0 || self.reach.is_first() {
            self.fuel = FUEL.max(FUEL_PER_FUNCTION * self.program.functions.len() as u64);
        }
        for index in 0..self.program.modules.len() {
            if self.reading[index] == Reading::Whole {
                self.run_module(ModuleId::new(index));
            }
        }
        // Views may register more, and functions met on the way are looked at when nothing calls them.
        let mut done = 0;
        loop {
            let views = self.routing.views();
            if let Some(view) = views.get(done).cloned() {
                done += 1;
                self.run_view(&view);
                continue;
            }
            let hooks = self.routing.take_hooks();
            if !hooks.is_empty() {
                hooks.into_iter().for_each(|hook| self.run_hook(&hook));
                continue;
            }
            let Some(next) = self.next_unseen() else { break };
            self.run_alone(&next);
        }
    }

    /// Puts together what all evaluations did that count in the end.
    fn gather(&mut self) {
        for (node, func, done) in self.reach.take_done() {
            if let Some(func) = func {
                self.single.evaluates(node, func);
            }
            self.single.join(done.sites);
            for (key, mut seen) in done.flows {
                seen.meets.insert(node);
                match self.flows.entry(key) {
                    Entry::Vacant(entry) => {
                        entry.insert(seen);
                    }
                    Entry::Occupied(mut entry) => entry.get_mut().join(seen),
                }
            }
        }
    }

    /// The current evaluation is another one from here on; gives the one before.
    pub(super) const fn switch(&mut self, node: NodeId) -> NodeId {
        self.heap.reader = node;
        self.reach.switch(node)
    }

    /// An entry begins, and is the current evaluation; gives the one before.
    pub(super) fn enter(&mut self) -> NodeId {
        let before = self.reach.entry();
        self.heap.reader = self.reach.current();
        before
    }

    /// What is registered, for an evaluation that registers more or asks for it.
    pub(crate) fn registry(&mut self) -> &mut Routing {
        self.reach.doing().registers = true;
        &mut self.routing
    }
}
