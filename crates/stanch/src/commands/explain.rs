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
    let mut page = Page { text: String::new(), paragraph: String::new(), colour, width };
    page.line(&page.painted(HEADING, &format!("{}: {}", rule.id, rule.title)));
    page.line(&facts(rule));
    let mut in_code = false;
    for line in rule.page.lines().skip(1) {
        if line.starts_with("```") {
            page.end_paragraph();
            in_code = !in_code;
        } else if in_code {
            page.line(&format!("    {line}"));
        } else if line.starts_with('#') {
            page.end_paragraph();
            page.line("");
            page.line(&page.painted(HEADING, line.trim_start_matches(['#', ' '])));
        } else {
            if line.is_empty() || line.starts_with(['-', '|']) {
                page.end_paragraph();
            }
            page.paragraph.push_str(line.trim());
            page.paragraph.push(' ');
        }
    }
    page.end_paragraph();
    page.text
}

/// Severity, category and what public standards call it.
fn facts(rule: &Rule) -> String {
    let standards = &rule.standards;
    let named = [
        ("", standards.owasp_api),
        ("", standards.owasp_llm),
        ("", standards.cwe),
        ("PCI DSS ", standards.pci_dss),
        ("SOC 2 ", standards.soc2),
    ];
    let ids = named.into_iter().flat_map(|(name, ids)| ids.iter().map(move |id| format!(", {name}{id}")));
    format!("{}, {}{}", rule.severity.as_str(), rule.category.as_str(), ids.collect::<String>())
}

struct Page {
    text: String,
    paragraph: String,
    colour: bool,
    width: usize,
}

impl Page {
    fn line(&mut self, line: &str) {
        self.text.push_str(line.trim_end());
        self.text.push('\n');
    }

    fn painted(&self, style: Style, text: &str) -> String {
        if self.colour { format!("{style}{text}{style:#}") } else { text.to_owned() }
    }

    /// Writes the paragraph with its lines filled; those of a list item are indented.
    fn end_paragraph(&mut self) {
        let paragraph = std::mem::take(&mut self.paragraph);
        let indent = if paragraph.starts_with("- ") { "  " } else { "" };
        let mut filled = String::new();
        let mut column = 0;
        for word in paragraph.split_whitespace() {
            if column > 0 && column + 1 + word.chars().count() > self.width {
                filled.push('\n');
                filled.push_str(indent);
                column = indent.len();
            } else if column > 0 {
                filled.push(' ');
                column += 1;
            }
            filled.push_str(word);
            column += word.chars().count();
        }
        if !filled.is_empty() {
            let code =
                |(index, part): (usize, &str)| if index % 2 == 1 { self.painted(CODE, part) } else { part.into() };
            // Without colours the backticks stay, as they say the same.
            let filled = if self.colour { filled.split('`').enumerate().map(code).collect() } else { filled };
            self.line(&filled);
        }
    }
}
