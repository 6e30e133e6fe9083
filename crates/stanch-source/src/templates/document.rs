use saphyr_parser::{Event, Parser, Span, Tag};

/// Deepest nesting and most nodes of a document that is read.
const DEPTH: usize = 64;
const NODES: usize = 200_000;

/// A node of a template: of a YAML or JSON document, of a Terraform file, or of a literal in Python.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Document {
    pub(crate) at: Position,
    pub(crate) content: Content,
}

/// Where a node begins, and ends if it is a text of one line. Lines and columns count from 1.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Position {
    pub(crate) line: u32,
    pub(crate) column: u32,
    pub(crate) end_column: u32,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Content {
    /// A text that stands there; the tag of a short form of CloudFormation stands in front of it: `!Ref Users`.
    Text(String),
    /// What only the tool that deploys it can tell: a call, a condition, a variable; as it is written.
    Computed(String),
    List(Vec<Document>),
    /// In order. A name stands more than once where Terraform repeats a block.
    Map(Vec<(String, Document)>),
}

impl Document {
    pub(crate) const fn new(at: Position, content: Content) -> Self {
        Self { at, content }
    }

    pub(crate) fn get(&self, key: &str) -> Option<&Self> {
        self.all(key).next()
    }

    /// Every value that stands under the name.
    pub(crate) fn all<'d>(&'d self, key: &str) -> impl Iterator<Item = &'d Self> {
        self.pairs().iter().filter(move |(name, _)| name == key).map(|(_, value)| value)
    }

    /// Follows names into maps in maps.
    pub(crate) fn path(&self, keys: &[&str]) -> Option<&Self> {
        keys.iter().try_fold(self, |document, key| document.get(key))
    }

    pub(crate) fn text(&self) -> Option<&str> {
        match &self.content {
            Content::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The text, if it stands there as it will be: no reference, no variable, no call.
    pub(crate) fn literal(&self) -> Option<&str> {
        self.text().filter(|text| !text.starts_with('!') && !text.contains("${"))
    }

    /// A text as it is written, with its references, whichever form they have.
    pub(crate) fn written(&self) -> Option<String> {
        match &self.content {
            Content::Text(text) | Content::Computed(text) => Some(text.clone()),
            Content::Map(pairs) => match &pairs[..] {
                [(name, value)] if name == "Ref" => Some(format!("!Ref {}", value.text()?)),
                [(name, value)] if name.starts_with("Fn::") => {
                    let called = name.trim_start_matches("Fn::");
                    let argument = match &value.content {
                        Content::List(list) => {
                            let parts: Vec<String> = list.iter().filter_map(Self::written).collect();
                            parts.join(if called == "GetAtt" { "." } else { "" })
                        }
                        _ => value.written()?,
                    };
                    Some(format!("!{called} {argument}"))
                }
                _ => None,
            },
            // What `Fn::Join` joins.
            Content::List(list) => Some(list.iter().filter_map(Self::written).collect()),
        }
    }

    /// Whether it is a reference, a call or another thing that only the deployment decides.
    pub(crate) fn is_computed(&self) -> bool {
        match &self.content {
            Content::Computed(_) => true,
            Content::Text(text) => text.starts_with('!') || text.contains("${"),
            Content::Map(pairs) => {
                matches!(&pairs[..], [(name, _)] if name == "Ref" || name.starts_with("Fn::") || name == "Condition")
            }
            Content::List(_) => false,
        }
    }

    pub(crate) fn list(&self) -> &[Self] {
        match &self.content {
            Content::List(list) => list,
            _ => &[],
        }
    }

    /// The elements of a list, or the thing itself: templates let one stand for a list of one.
    pub(crate) fn each(&self) -> &[Self] {
        match &self.content {
            Content::List(list) => list,
            _ => std::slice::from_ref(self),
        }
    }

    pub(crate) fn pairs(&self) -> &[(String, Self)] {
        match &self.content {
            Content::Map(pairs) => pairs,
            _ => &[],
        }
    }
}

/// The first document of a YAML or JSON text; none if it does not parse.
pub(crate) fn parse(text: &str) -> Option<Document> {
    // YAML takes JSON, but no tabs before its tokens.
    let spaced;
    let text = if text.contains('\t') && text.trim_start().starts_with(['{', '[']) {
        spaced = text.replace('\t', " ");
        &spaced
    } else {
        text
    };
    let mut open: Vec<(Document, Option<String>, Option<String>)> = Vec::new();
    let mut nodes = 0;
    for event in Parser::new_from_str(text) {
        let (event, span) = event.ok()?;
        nodes += 1;
        if nodes > NODES || open.len() > DEPTH {
            return None;
        }
        let at = position(span);
        let done = match event {
            Event::Scalar(text, _, _, tag) => Document::new(
                at,
                Content::Text(
                    short_form(tag.as_deref()).map_or_else(|| text.to_string(), |tag| format!("!{tag} {text}")),
                ),
            ),
            Event::Alias(_) => Document::new(at, Content::Computed(String::new())),
            Event::SequenceStart(_, tag) => {
                open.push((Document::new(at, Content::List(Vec::new())), None, short_form(tag.as_deref())));
                continue;
            }
            Event::MappingStart(_, tag) => {
                open.push((Document::new(at, Content::Map(Vec::new())), None, short_form(tag.as_deref())));
                continue;
            }
            Event::SequenceEnd | Event::MappingEnd => {
                let (document, _, tag) = open.pop()?;
                match tag {
                    // `!If [a, b, c]` is `{Fn::If: [a, b, c]}`.
                    Some(tag) => Document::new(document.at, Content::Map(vec![(format!("Fn::{tag}"), document)])),
                    None => document,
                }
            }
            Event::DocumentEnd | Event::StreamEnd => return None,
            _ => continue,
        };
        match open.last_mut() {
            None => return Some(done),
            Some((parent, key, _)) => match &mut parent.content {
                Content::List(list) => list.push(done),
                Content::Map(pairs) => match key.take() {
                    Some(name) => pairs.push((name, done)),
                    None => *key = Some(done.text().unwrap_or_default().to_owned()),
                },
                Content::Text(_) | Content::Computed(_) => return None,
            },
        }
    }
    None
}

/// The name of a local tag (`!Ref`); none for YAML's own.
fn short_form(tag: Option<&Tag>) -> Option<String> {
    tag.filter(|tag| tag.handle == "!" && !tag.suffix.is_empty()).map(|tag| tag.suffix.clone())
}

fn position(span: Span) -> Position {
    let number = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
    let (line, column) = (number(span.start.line()), number(span.start.col()).saturating_add(1));
    let one_line = span.end.line() == span.start.line();
    let end_column = if one_line { number(span.end.col()).saturating_add(1) } else { column };
    Position { line, column, end_column }
}

#[cfg(test)]
mod tests {
    use super::{Content, Document, parse};

    #[test]
    fn short_and_long_forms_are_one() {
        let text = "a: !Ref Users\nb: {Ref: Users}\nc: !If [x, 1, 2]\nd: plain\ne: !GetAtt Key.Arn\n";
        let document = parse(text);
        let get = |key: &str| document.as_ref().and_then(|document| document.get(key));
        assert_eq!(get("a").and_then(Document::written), get("b").and_then(Document::written));
        assert!(["a", "b", "c", "e"].iter().all(|key| get(key).is_some_and(Document::is_computed)));
        let plain = get("d");
        assert_eq!(plain.and_then(Document::literal), Some("plain"));
        assert_eq!(plain.map(|plain| (plain.at.line, plain.at.column, plain.at.end_column)), Some((4, 4, 9)));
    }

    #[test]
    fn json_with_tabs_is_read() {
        let document = parse("{\n\t\"a\": [\n\t\t\"b\"\n\t]\n}\n");
        let content = document.and_then(|document| Some(document.get("a")?.list().first()?.content.clone()));
        assert_eq!(content, Some(Content::Text("b".to_owned())));
    }
}
