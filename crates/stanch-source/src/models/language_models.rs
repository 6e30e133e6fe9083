use stanch_api::AttributeSet;

use crate::facts::{SinkKind, SourceKind};
use crate::flow::{Args, Engine, Frame};
use crate::ir::Span;
use crate::value::{Shape, Value};

/// Packages whose calls reach a language model, with the methods that carry a prompt (each vendor's own reference).
static PACKAGES: &[(&str, &[&str])] = &[
    ("anthropic.", &["create", "parse", "stream"]),
    ("cohere.", &["chat", "chat_stream", "generate", "generate_stream"]),
    ("google.genai.", &["generate_content", "generate_content_stream", "send_message", "send_message_stream"]),
    ("google.generativeai.", &["generate_content", "generate_content_async", "send_message"]),
    ("groq.", &["create"]),
    (
        "langchain",
        &[
            "abatch", "ainvoke", "apredict", "arun", "astream", "batch", "generate", "invoke", "predict", "run",
            "stream",
        ],
    ),
    ("litellm.", &["acompletion", "completion", "responses", "text_completion"]),
    ("mistralai.", &["complete", "stream"]),
    ("ollama.", &["chat", "generate"]),
    ("openai.", &["acreate", "create", "parse", "stream"]),
];

/// Operations of Bedrock's runtime clients that carry a prompt (boto3's reference of `bedrock-runtime` and
/// `bedrock-agent-runtime`).
static BEDROCK: [&str; 7] = [
    "converse",
    "converse_stream",
    "invoke_agent",
    "invoke_flow",
    "invoke_model",
    "invoke_model_with_response_stream",
    "retrieve_and_generate",
];

/// Whether a call of this qualified name sends its arguments to a language model.
pub(crate) fn is_model_call(name: &str) -> bool {
    let (owner, method) = name.rsplit_once('.').unwrap_or(("", name));
    if let Some(service) = owner.strip_prefix("aws.").and_then(|rest| rest.strip_suffix(".client")) {
        return service.starts_with("bedrock") && BEDROCK.contains(&method);
    }
    let Some((package, methods)) = PACKAGES.iter().find(|(package, _)| name.starts_with(package)) else { return false };
    // LangChain's older models are called themselves: `llm(prompt)`.
    let called = *package == "langchain" && method.ends_with("()") && is_chain(method);
    let other = ["images", "files", "audio", "moderations", "fine_tuning", "batches", "vector_stores", "uploads"];
    called || methods.contains(&method) && !owner.split('.').any(|part| other.contains(&part))
}

fn is_chain(name: &str) -> bool {
    ["Chat", "Chain", "LLM", "OpenAI", "Bedrock", "Anthropic", "Agent"].iter().any(|word| name.contains(word))
}

impl Engine {
    /// A call of a language model: what is handed over is its prompt, what comes back is its answer.
    pub(super) fn model_call(&mut self, f: &mut Frame, args: &Args<'_>, span: Span) -> Value {
        let prompt = args.blurred();
        self.sink(f, &SinkKind::Prompt, span, &prompt);
        let answer = self.begin((f.func, span), SourceKind::ModelOutput, Shape::Opaque, None, AttributeSet::all());
        Value::taint(answer)
    }
}

#[cfg(test)]
mod tests {
    use super::is_model_call;

    #[test]
    fn calls_that_carry_a_prompt() {
        for name in [
            "openai.OpenAI().chat.completions.create",
            "openai.OpenAI().responses.create",
            "openai.ChatCompletion.create",
            "anthropic.Anthropic().messages.create",
            "aws.bedrock-runtime.client.converse",
            "langchain_openai.ChatOpenAI().invoke",
            "langchain.llms.OpenAI()",
        ] {
            assert!(is_model_call(name), "{name}");
        }
        for name in ["openai.OpenAI", "openai.OpenAI().images.create", "aws.s3.client.converse", "langchain.hub.pull"] {
            assert!(!is_model_call(name), "{name}");
        }
    }
}
