use super::CHECK;
use crate::Defect;
use crate::scan::view::{OperationView, Trial};

/// A traceback, or the page of an interactive debugger, stands in an answer.
pub(crate) fn judge(view: &OperationView<'_>) -> Vec<Defect> {
    view.own_trials().find_map(|trial| in_trial(view, trial)).into_iter().collect()
}

fn in_trial(view: &OperationView<'_>, trial: &Trial) -> Option<Defect> {
    let answer = trial.answer()?;
    let text = plain(&String::from_utf8_lossy(&answer.body));
    let (language, last) = last_frame(&text)?;
    let console = text.contains("EVALEX = true");
    let mut defect = view.defect(&CHECK.rule);
    let debugger = if console {
        defect.severity = stanch_findings::Severity::High;
        " It is the page of Werkzeug's debugger with its console switched on: whoever learns or guesses its PIN runs code \
         on the server."
    } else {
        ""
    };
    defect.message = format!(
        "{} answers {} with a traceback of {language}: file paths, source lines, and in some formats the values of local \
         variables, keys among them.{debugger}",
        view.label(),
        answer.status,
    );
    defect.remediation =
        "Log the traceback (`logger.exception(...)`), answer with a fixed message, and never run Flask with \
                          `debug=True` or `FLASK_DEBUG=1` where others reach it."
            .to_owned();
    defect.evidence = view.quote(&text[last..], "");
    defect.reproduce = Some(view.reproduce(trial));
    Some(defect)
}

/// The text as a reader sees it, whether it came as a page or inside JSON.
fn plain(text: &str) -> String {
    let mut plain = text.to_owned();
    for (written, meant) in [
        ("&#34;", "\""),
        ("&quot;", "\""),
        ("\\\"", "\""),
        ("&#39;", "'"),
        ("&lt;", "<"),
        ("&gt;", ">"),
        ("&nbsp;", " "),
        ("<br>", "\n"),
        ("\\n", "\n"),
        ("\\t", "\t"),
        ("&amp;", "&"),
    ] {
        plain = plain.replace(written, meant);
    }
    plain
}

/// Whose traceback it is, and where the frame stands at which it happened: the last one in Python, the first one else.
fn last_frame(text: &str) -> Option<(&'static str, usize)> {
    if text.contains("Traceback (most recent call last)")
        && let Some(at) = text.rfind("File \"")
    {
        return Some(("Python", at));
    }
    // `    at Layer.handle (/srv/app/routes/users.js:12:34)`, `\tat com.example.Users.find(Users.java:31)`
    let is_frame = |line: &str, ends: &[&str]| {
        let call = line.trim_start().strip_prefix("at ").filter(|call| call.len() < 300);
        let place = |call: &str, end: &str| {
            let (_, after) = call.rsplit_once(end)?;
            after.starts_with(|c: char| c.is_ascii_digit()).then_some(())
        };
        call.is_some_and(|call| ends.iter().any(|end| place(call, end).is_some()))
    };
    for (language, ends) in [("JavaScript", &[".js:", ".ts:", ".mjs:", ".cjs:"][..]), ("Java", &[".java:", ".kt:"][..])]
    {
        let frames = text.lines().filter(|line| is_frame(line, ends));
        // One such line may be prose; a traceback has more.
        if let [first, _, ..] = frames.collect::<Vec<_>>()[..] {
            return Some((language, text.find(first)?));
        }
    }
    None
}
