use serde_json::json;
use stanch_checks::registry;

use crate::cli::ListFormat;
use crate::exit;
use crate::talk::Talk;

/// `stanch rules`.
pub(crate) fn run(format: ListFormat) -> anyhow::Result<u8> {
    let text = match format {
        ListFormat::Text => text(),
        ListFormat::Json => json()?,
    };
    Talk::data(&text)?;
    Ok(exit::CLEAN)
}

fn text() -> String {
    let width = registry::rules().map(|rule| rule.id.len()).max().unwrap_or(0);
    let category = registry::rules().map(|rule| rule.category.as_str().len()).max().unwrap_or(0);
    registry::rules()
        .map(|rule| {
            let (severity, area) = (rule.severity.as_str(), rule.category.as_str());
            format!("{:width$}  {severity:8}  {area:category$}  {}\n", rule.id, rule.title)
        })
        .collect()
}

fn json() -> serde_json::Result<String> {
    let rules: Vec<_> = registry::rules()
        .map(|rule| {
            json!({
                "rule": rule.id,
                "title": rule.title,
                "severity": rule.severity,
                "category": rule.category,
                "oracles": rule.oracles,
                "standards": rule.standards,
            })
        })
        .collect();
    Ok(serde_json::to_string_pretty(&rules)? + "\n")
}
