//! Names come again and again: what was found out about the last few hundred is kept, in each thread for itself.

use std::cell::RefCell;
use std::rc::Rc;
use std::thread::LocalKey;

use super::{KeyKind, words};

/// Names that are kept; a newer one takes the place of another whose hash ends alike.
const KEPT: usize = 512;

type Memory<T> = RefCell<Vec<Option<(Box<str>, T)>>>;
/// The words of a name.
pub(crate) type KnownWords = Rc<[Rc<str>]>;

thread_local! {
    static KINDS: Memory<Option<KeyKind>> = RefCell::new(vec![None; KEPT]);
    static WORDS: Memory<KnownWords> = RefCell::new(vec![None; KEPT]);
}

/// What `judge` says of the name, or said before.
pub(super) fn recall(name: &str, judge: fn(&str) -> Option<KeyKind>) -> Option<KeyKind> {
    recalled(&KINDS, name, judge)
}

/// As [`words`], kept for names that come again.
pub(crate) fn known_words(name: &str) -> KnownWords {
    recalled(&WORDS, name, |name| words(name).into_iter().map(Rc::from).collect())
}

fn recalled<T: Clone>(memory: &'static LocalKey<Memory<T>>, name: &str, judge: impl Fn(&str) -> T) -> T {
    let hash = name
        .bytes()
        .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
    let place = usize::try_from(hash >> 32).unwrap_or(0) % KEPT;
    let known = |known: &Memory<T>| match &known.borrow()[place] {
        Some((same, kind)) if **same == *name => Some(kind.clone()),
        _ => None,
    };
    // While a thread ends its memory may be gone already.
    if let Ok(Some(kind)) = memory.try_with(known) {
        return kind;
    }
    let kind = judge(name);
    let _ = memory.try_with(|known| known.borrow_mut()[place] = Some((name.into(), kind.clone())));
    kind
}
