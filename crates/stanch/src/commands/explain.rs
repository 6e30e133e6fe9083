use anstyle::{AnsiColor, Style};
use stanch_checks::registry;
use stanch_findings::Diagnostic;
use stanch_findings::Rule;

use crate::talk::{Talk, Told};
use crate::{config, exit};

/// `stanch explain RULE`.
pub(crate) fn run(rule: &str, talk: &Talk) -> anyhow::Result<u8> {
    let Some(rule) = registry::rule(rule) else {
        let near = config::nearest(rule, registry::rules().map(|rule| rule.id));
        let help = near.map_or_else(|| "`stanch rules` lists all rules".to_owned(), |n| format!("did you mean `{n}`?"));
        return Err(Told(Diagnostic::new(format!("no rule is called `{rule}`")).help(help)).into());
    };
    let style = talk.style();
    Talk::data(&page(rule, style.colour, style.width.min(100)))?;
    Ok(exit::CLEAN)
}

const HEADING: Style = Style::new().bold();
const CODE: Style = AnsiColor::Cyan.on_default();

/// The rule's page for the terminal: headings stand out, code is indented, text is filled.
fn page(rule: &Rule, colour: bool, width: usize) -> String {
    let paint = |style: Style, text: &str| match colour {
        true => format!("{style}{text}{style:#}"),
        false => text.to_owned(),
    };
    let mut page = format!("{}\n", paint(HEADING, &format!("{}: {}", rule.id, rule.title)));
    page.push_str(&format!("{} {}", rule.severity.as_str(), rule.category.as_str()));
    let standards = &rule.standards;
    for (name, ids) in [
        ("", standards.owasp_api),
        ("", standards.owasp_llm),
        ("", standards.cwe),
        ("PCI DSS ", standards.pci_dss),
        ("SOC 2 ", standards.soc2),
    ] {
        page.extend(ids.iter().map(|id| format!(" · {name}{id}")));
    }
    page.push('\n');
    let mut paragraph = String::new();
    let mut code = false;
    for line in rule.page.lines().skip(1).chain([""]) {
        let fence = line.starts_with("```");
        let starts = fence || line.is_empty() || line.starts_with(['#', '-', '|']);
        if !code && starts && !paragraph.is_empty() {
            let indent = if paragraph.starts_with("- ") { "  " } else { "" };
            page.push_str(&inline(&fill(&paragraph, width, indent), &|text| paint(CODE, text)));
            page.push('\n');
            paragraph.clear();
        }
        match line {
            _ if fence => code = !code,
            _ if code => page.push_str(&format!("    {line}").trim_end().to_owned().as_str().replace('\u{1b}', "")),
            "" => {}
            _ if line.starts_with('#') => {
                page.push_str(&format!("\n{}\n", paint(HEADING, line.trim_start_matches(['#', ' ']))));
                continue;
            }
            _ if line.starts_with('|') => page.push_str(line),
            _ => {
                if !paragraph.is_empty() {
                    paragraph.push(' ');
                }
                paragraph.push_str(line.trim());
                continue;
            }
        }
        if (code && !fence) || line.starts_with('|') || (line.is_empty() && !page.ends_with("\n\n")) {
            page.push('\n');
        }
    }
    let end = page.trim_end().len();
    page.truncate(end);
    page.push('\n');
    page
}

/// Breaks between words; lines after the first are indented.
fn fill(text: &str, width: usize, indent: &str) -> String {
    let mut filled = String::new();
    let mut column = 0;
    for word in text.split_whitespace() {
        let length = word.chars().filter(|character| *character != '`').count();
        if column > 0 && column + 1 + length > width {
            filled.push('\n');
            filled.push_str(indent);
            column = indent.len();
        } else if column > 0 {
            filled.push(' ');
            column += 1;
        }
        filled.push_str(word);
        column += length;
    }
    filled
}

/// Paints what stands between backticks; without colours the backticks stay, as they say the same.
fn inline(text: &str, paint: &dyn Fn(&str) -> String) -> String {
    if paint("x") == "x" {
        return text.to_owned();
    }
    text.split('`')
        .enumerate()
        .map(|(index, part)| if index % 2 == 1 { paint(part) } else { part.to_owned() })
        .collect()
}
