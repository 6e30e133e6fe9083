//! What the flow engine knows of a value: what taints it, what it can be, and what its members are.

mod object;
mod shape;
mod taint;

use std::collections::BTreeMap;
use std::rc::Rc;

use stanch_api::AttributeSet;

use crate::ir::Sym;

pub(crate) use object::{ClassId, EnvId, FilterId, FuncId, MarkId, ModuleId, Object, SiteId, TableId};
pub(crate) use shape::{Shape, WRITTEN_ATTRIBUTES};
pub(crate) use taint::{Note, Origin, SourceId, Taint, Trail};

/// Most taints, objects and members that are told apart in one value; and how deep members are.
const TAINTS: usize = 12;
const OBJECTS: usize = 12;
const FIELDS: usize = 64;
const DEPTH: usize = 4;
/// Most nodes of one value that are looked at.
const NODES: usize = 160;
/// The same of a sketch.
const SKETCH_DEPTH: usize = 2;
const SKETCH_NODES: usize = 12;

/// A member of a value: an attribute, a dictionary key, an element.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Key {
    At(u16),
    Name(Sym),
    /// A key or an index that is not known.
    Any,
    /// What iteration yields.
    Each,
}

/// An abstract value; the default one is harmless and unknown.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct Value(Option<Rc<Node>>);

#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct Node {
    /// Taints of the whole.
    pub(crate) taints: Vec<Taint>,
    /// What it can be.
    pub(crate) objects: Vec<Object>,
    /// Members that are known by name; each stands in place of what the taints say of it.
    pub(crate) fields: BTreeMap<Key, Value>,
    /// Every other element.
    pub(crate) rest: Value,
}

impl Value {
    pub(crate) fn new(node: Node) -> Self {
        let empty =
            node.taints.is_empty() && node.objects.is_empty() && node.fields.is_empty() && node.rest.is_nothing();
        Self((!empty).then(|| Rc::new(node)))
    }

    pub(crate) fn object(object: Object) -> Self {
        Self::new(Node { objects: vec![object], ..Node::default() })
    }

    pub(crate) fn taint(taint: Taint) -> Self {
        Self::new(Node { taints: vec![taint], ..Node::default() })
    }

    pub(crate) fn of_taints(taints: Vec<Taint>) -> Self {
        Self::new(Node { taints, ..Node::default() })
    }

    pub(crate) fn list(rest: Self) -> Self {
        Self::new(Node { rest, ..Node::default() })
    }

    /// The harmless and unknown value, if there is nothing in this one.
    pub(crate) fn normal(self) -> Self {
        self.0.map(|node| Self::new(Rc::unwrap_or_clone(node))).unwrap_or_default()
    }

    pub(crate) fn with_object(mut self, object: Object) -> Self {
        let node = self.edit();
        if !node.objects.contains(&object) && node.objects.len() < OBJECTS {
            node.objects.push(object);
        }
        self
    }

    /// With the key conditions that another value is.
    pub(crate) fn with_conditions(self, other: &Self) -> Self {
        let conditions = other.objects().iter().filter(|object| matches!(object, Object::Condition(_)));
        conditions.cloned().fold(self, Self::with_object)
    }

    pub(crate) fn is_nothing(&self) -> bool {
        self.0.is_none()
    }

    pub(crate) fn node(&self) -> Option<&Node> {
        self.0.as_deref()
    }

    pub(crate) fn edit(&mut self) -> &mut Node {
        Rc::make_mut(self.0.get_or_insert_default())
    }

    pub(crate) fn objects(&self) -> &[Object] {
        self.0.as_deref().map_or(&[], |node| &node.objects)
    }

    pub(crate) fn taints(&self) -> &[Taint] {
        self.0.as_deref().map_or(&[], |node| &node.taints)
    }

    pub(crate) fn field(&self, key: Key) -> Option<&Self> {
        self.0.as_deref()?.fields.get(&key)
    }

    pub(crate) fn has_fields(&self) -> bool {
        self.0.as_deref().is_some_and(|node| !node.fields.is_empty())
    }

    /// The texts it can be, if it is a literal.
    pub(crate) fn texts(&self) -> impl Iterator<Item = Sym> + '_ {
        self.objects().iter().filter_map(|object| match object {
            Object::Text(sym) => Some(*sym),
            _ => None,
        })
    }

    pub(crate) fn text(&self) -> Option<Sym> {
        self.texts().next()
    }

    /// What either value is.
    pub(crate) fn join(&self, other: &Self) -> Self {
        self.join_to(other, DEPTH)
    }

    fn join_to(&self, other: &Self, depth: usize) -> Self {
        let (Some(a), Some(b)) = (&self.0, &other.0) else {
            return if self.0.is_some() { self.clone() } else { other.clone() };
        };
        if Rc::ptr_eq(a, b) {
            return self.clone();
        }
        let mut node = (**a).clone();
        b.taints.iter().for_each(|taint| add_taint(&mut node.taints, taint.clone()));
        for object in &b.objects {
            if node.objects.len() < OBJECTS && !node.objects.contains(object) {
                node.objects.push(object.clone());
            }
        }
        if depth == 0 {
            let mut all = Vec::new();
            b.fields.values().chain([&b.rest]).for_each(|value| value.collect(&mut all, &mut { NODES }));
            all.into_iter().for_each(|taint| add_taint(&mut node.taints, taint));
            return Self::new(node);
        }
        for (key, value) in &b.fields {
            let full = node.fields.len() >= FIELDS;
            match node.fields.get_mut(key) {
                Some(field) => *field = field.join_to(value, depth - 1),
                None if full => node.rest = node.rest.join_to(value, depth - 1),
                None => {
                    node.fields.insert(*key, value.clone());
                }
            }
        }
        node.rest = node.rest.join_to(&b.rest, depth - 1);
        Self::new(node)
    }

    /// Every taint in it, members included.
    pub(crate) fn flatten(&self) -> Vec<Taint> {
        let mut taints = Vec::new();
        self.collect(&mut taints, &mut { NODES });
        taints
    }

    /// Whether a taint in it, members included, is such a one.
    pub(crate) fn has_taint(&self, is: &impl Fn(&Taint) -> bool) -> bool {
        self.any_taint(is, &mut { NODES })
    }

    fn any_taint(&self, is: &impl Fn(&Taint) -> bool, nodes: &mut usize) -> bool {
        let Some(node) = self.0.as_ref().filter(|_| *nodes > 0) else { return false };
        *nodes -= 1;
        node.taints.iter().any(is) || node.fields.values().chain([&node.rest]).any(|value| value.any_taint(is, nodes))
    }

    fn collect(&self, into: &mut Vec<Taint>, nodes: &mut usize) {
        let Some(node) = self.0.as_ref().filter(|_| *nodes > 0) else { return };
        *nodes -= 1;
        node.taints.iter().for_each(|taint| add_taint(into, taint.clone()));
        node.fields.values().for_each(|value| value.collect(into, nodes));
        node.rest.collect(into, nodes);
    }

    /// The value, cut to a bounded size: what lies too deep keeps its taints and loses its structure. Parts are shared,
    /// so a value that is built of itself again and again would otherwise grow without end.
    pub(crate) fn bounded(self) -> Self {
        if self.fits(DEPTH, &mut { NODES }) { self } else { self.cut(DEPTH, &mut NODES.clone()) }
    }

    /// Cut to little more than its taints, where there is no time for more.
    pub(crate) fn sketched(&self) -> Self {
        if self.fits(SKETCH_DEPTH, &mut { SKETCH_NODES }) {
            return self.clone();
        }
        self.cut(SKETCH_DEPTH, &mut SKETCH_NODES.clone())
    }

    fn fits(&self, depth: usize, nodes: &mut usize) -> bool {
        let Some(node) = &self.0 else { return true };
        if depth == 0 || *nodes == 0 {
            return node.fields.is_empty() && node.rest.is_nothing();
        }
        *nodes -= 1;
        node.fields.values().chain([&node.rest]).all(|value| value.fits(depth - 1, nodes))
    }

    fn cut(&self, depth: usize, nodes: &mut usize) -> Self {
        let Some(node) = &self.0 else { return Self::default() };
        if depth == 0 || *nodes == 0 {
            let mut flat = self.blurred();
            if !node.objects.is_empty() {
                flat.edit().objects.clone_from(&node.objects);
            }
            return flat;
        }
        *nodes -= 1;
        Self::new(Node {
            taints: node.taints.clone(),
            objects: node.objects.clone(),
            fields: node.fields.iter().map(|(key, value)| (*key, value.cut(depth - 1, nodes))).collect(),
            rest: node.rest.cut(depth - 1, nodes),
        })
    }

    /// The value as text or as the result of a call that nothing is known of: its taints, nothing of its structure.
    pub(crate) fn blurred(&self) -> Self {
        Self::new(Node { taints: self.flatten(), ..Node::default() })
    }

    /// Structure and taints without what it is as an object.
    pub(crate) fn without_objects(&self) -> Self {
        let Some(node) = &self.0 else { return Self::default() };
        if node.objects.is_empty() {
            return self.clone();
        }
        Self::new(Node { objects: Vec::new(), ..(**node).clone() })
    }

    /// Only what it is as an object, to the given depth of members: the part that tells contexts of a call apart.
    pub(crate) fn kinds(&self, depth: usize) -> Self {
        let Some(node) = &self.0 else { return Self::default() };
        let mut kinds = Node { objects: node.objects.clone(), ..Node::default() };
        if depth > 0 {
            for (key, value) in &node.fields {
                let value = value.kinds(depth - 1);
                if !value.is_nothing() {
                    kinds.fields.insert(*key, value);
                }
            }
            kinds.rest = node.rest.kinds(depth - 1);
        }
        Self::new(kinds)
    }

    /// Changes each taint, members included; a taint for which `change` gives none goes away.
    pub(crate) fn map_taints(&self, change: &mut impl FnMut(&Taint) -> Option<Taint>) -> Self {
        let Some(node) = &self.0 else { return Self::default() };
        Self::new(Node {
            taints: node.taints.iter().filter_map(&mut *change).collect(),
            objects: node.objects.clone(),
            fields: node.fields.iter().map(|(key, value)| (*key, value.map_taints(change))).collect(),
            rest: node.rest.map_taints(change),
        })
    }

    /// The value after everything but `set` was removed from the item, or from each item, that it holds. Keys of a
    /// dictionary are named by `name`.
    pub(crate) fn narrow(&self, set: &AttributeSet, name: &impl Fn(Sym) -> String) -> Self {
        let Some(node) = &self.0 else { return Self::default() };
        if set.is_all() {
            return self.clone();
        }
        let mut narrow = Node { objects: node.objects.clone(), rest: node.rest.narrow(set, name), ..Node::default() };
        for taint in &node.taints {
            let attributes = taint.attributes.intersection(set);
            if !attributes.is_empty() {
                narrow.taints.push(Taint { attributes: Rc::new(attributes), ..taint.clone() });
            }
        }
        for (key, value) in &node.fields {
            match key {
                Key::Name(sym) if !set.contains(&name(*sym)) => {
                    // A field that is known to be gone hides what the taints would say of it.
                    if !node.taints.is_empty() {
                        narrow.fields.insert(*key, Self::default());
                    }
                }
                Key::Name(_) => {
                    narrow.fields.insert(*key, value.clone());
                }
                Key::At(_) | Key::Any | Key::Each => {
                    narrow.fields.insert(*key, value.narrow(set, name));
                }
            }
        }
        Self::new(narrow)
    }
}

/// Adds a taint, joined with one of the same origin and shape.
pub(crate) fn add_taint(taints: &mut Vec<Taint>, taint: Taint) {
    if let Some(known) = taints.iter_mut().find(|known| known.same_kind(&taint)) {
        if known.attributes != taint.attributes {
            known.attributes = Rc::new(known.attributes.union(&taint.attributes));
        }
        known.nested |= taint.nested;
    } else if taints.len() < TAINTS {
        taints.push(taint);
    }
}
