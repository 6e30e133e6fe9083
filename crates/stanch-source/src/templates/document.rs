use saphyr_parser::{Event, Parser};

/// Deepest nesting and most nodes of a document that is read.
const DEPTH: usize = 64;
const NODES: usize = 200_000;

/// A YAML or JSON document; tags of CloudFormation's short forms (`!Ref Users`) are kept in the text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Document {
    Text(String),
    List(Vec<Self>),
    Map(Vec<(String, Self)>),
}

impl Document {
    pub(crate) fn get(&self, key: &str) -> Option<&Self> {
        match self {
            Self::Map(pairs) => pairs.iter().find(|(name, _)| name == key).map(|(_, value)| value),
            Self::Text(_) | Self::List(_) => None,
        }
    }

    pub(crate) fn text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            Self::List(_) | Self::Map(_) => None,
        }
    }

    pub(crate) fn list(&self) -> &[Self] {
        match self {
            Self::List(list) => list,
            Self::Text(_) | Self::Map(_) => &[],
        }
    }

    pub(crate) fn pairs(&self) -> &[(String, Self)] {
        match self {
            Self::Map(pairs) => pairs,
            Self::Text(_) | Self::List(_) => &[],
        }
    }
}

/// The first document of a text; none if it does not parse.
pub(crate) fn parse(text: &str) -> Option<Document> {
    let mut open: Vec<(Document, Option<String>)> = Vec::new();
    let mut nodes = 0;
    for event in Parser::new_from_str(text) {
        let (event, _) = event.ok()?;
        nodes += 1;
        if nodes > NODES || open.len() > DEPTH {
            return None;
        }
        let tag = |tag: Option<std::borrow::Cow<'_, saphyr_parser::Tag>>| tag.map(|tag| tag.suffix.clone());
        let done = match event {
            Event::Scalar(text, _, _, own) => match tag(own) {
                Some(own) if own == "Ref" || own == "Sub" => Document::Text(format!("!{own} {text}")),
                _ => Document::Text(text.into_owned()),
            },
            Event::Alias(_) => Document::Text(String::new()),
            Event::SequenceStart(..) => {
                open.push((Document::List(Vec::new()), None));
                continue;
            }
            Event::MappingStart(..) => {
                open.push((Document::Map(Vec::new()), None));
                continue;
            }
            Event::SequenceEnd | Event::MappingEnd => open.pop()?.0,
            Event::DocumentEnd | Event::StreamEnd => return None,
            _ => continue,
        };
        match open.last_mut() {
            None => return Some(done),
            Some((Document::List(list), ..)) => list.push(done),
            Some((Document::Map(pairs), key)) => match key.take() {
                Some(name) => pairs.push((name, done)),
                None => *key = Some(done.text().unwrap_or_default().to_owned()),
            },
            Some((Document::Text(_), ..)) => return None,
        }
    }
    None
}
