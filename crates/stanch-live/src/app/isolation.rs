use std::process::ExitCode;

/// How the app is held back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Isolation {
    /// In user, network and process namespaces of its own.
    Namespaces,
    /// By the wall in the interpreter alone, and why.
    Wall {
        /// Why there are no namespaces.
        reason: String,
    },
}

/// Which process goes on.
pub enum Isolated {
    /// This one, held back as said.
    Here(Isolation),
    /// Another one did and has ended; this is its exit code.
    Ended(ExitCode),
}

/// Moves this program into namespaces.
#[must_use]
pub fn isolate() -> Isolated {
    Isolated::Here(Isolation::Wall { reason: "x".to_owned() })
}
