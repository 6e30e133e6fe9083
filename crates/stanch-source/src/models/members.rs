use crate::facts::SourceKind;

/// Members of a model's answer that count or name, and repeat nothing of what was said.
const BOOKKEEPING: [&str; 9] =
    ["created", "finish_reason", "id", "model", "object", "stopReason", "stop_reason", "usage", "usage_metadata"];

/// Whether a member of a sourced value holds nothing of what makes the value matter.
pub(crate) fn is_harmless_member(kind: &SourceKind, name: &str) -> bool {
    match kind {
        SourceKind::ModelOutput => BOOKKEEPING.contains(&name),
        // How the SDK came by its credentials (botocore's `Credentials`).
        SourceKind::SdkCredentials => matches!(name, "method" | "account_id"),
        _ => false,
    }
}
