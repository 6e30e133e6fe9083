use std::collections::BTreeMap;

use saphyr_parser::{Event, Parser, ScalarStyle};
use serde_json::{Map, Number, Value};

/// Levels of nesting that are read, as many as `serde_json` reads of JSON.
const DEPTH: usize = 128;
/// Values in a document, those that aliases repeat included: a few lines of aliases can stand for billions.
const VALUES: usize = 2_000_000;

/// The first document of a YAML text as a JSON value: mapping keys become text, merge keys (`<<`) are merged, plain
/// scalars are read after the core schema of YAML 1.2.
pub(super) fn parse(text: &str) -> Result<Value, String> {
    let mut parser = Parser::new_from_str(text);
    let mut stack: Vec<Open> = Vec::new();
    let mut anchors: BTreeMap<usize, (Value, usize)> = BTreeMap::new();
    let mut values = 0_usize;
    while let Some(event) = parser.next_event() {
        let (event, _) = event.map_err(|error| error.to_string())?;
        let (done, anchor) = match event {
            Event::Scalar(text, style, anchor, _) => {
                values += 1;
                (scalar(&text, style), anchor)
            }
            Event::Alias(id) => {
                let (value, size) = anchors.get(&id).ok_or("an alias stands for nothing")?;
                values += size;
                if values > VALUES {
                    return Err("its aliases stand for too much".to_owned());
                }
                (value.clone(), 0)
            }
            Event::SequenceStart(anchor, _) => {
                stack.push(Open { anchor, from: values, kind: Kind::List(Vec::new()) });
                values += 1;
                (Value::Null, usize::MAX)
            }
            Event::MappingStart(anchor, _) => {
                stack.push(Open { anchor, from: values, kind: Kind::Map(Map::new(), None) });
                values += 1;
                (Value::Null, usize::MAX)
            }
            Event::SequenceEnd | Event::MappingEnd => {
                let open = stack.pop().ok_or("it closes what it never opened")?;
                let value = open.kind.close();
                if open.anchor != 0 {
                    anchors.insert(open.anchor, (value.clone(), values - open.from));
                    values += values - open.from;
                }
                (value, 0)
            }
            Event::StreamEnd => return Err("it is empty".to_owned()),
            Event::Nothing | Event::StreamStart | Event::DocumentStart(_) | Event::DocumentEnd => continue,
        };
        if stack.len() > DEPTH {
            return Err(format!("it is nested more than {DEPTH} levels deep"));
        }
        if values > VALUES {
            return Err(format!("it holds more than {VALUES} values"));
        }
        if anchor == usize::MAX {
            continue;
        }
        if anchor != 0 {
            anchors.insert(anchor, (done.clone(), 1));
        }
        match stack.last_mut() {
            None => return Ok(done),
            Some(open) => open.kind.add(done),
        }
    }
    Err("it ends too early".to_owned())
}

/// A list or mapping that is not closed yet.
struct Open {
    anchor: usize,
    /// Count of values when it was opened, by which its own size is known.
    from: usize,
    kind: Kind,
}

enum Kind {
    List(Vec<Value>),
    /// With the key whose value is still to come.
    Map(Map<String, Value>, Option<String>),
}

impl Kind {
    fn add(&mut self, value: Value) {
        match self {
            Self::List(list) => list.push(value),
            Self::Map(_, key @ None) => *key = Some(key_text(value)),
            Self::Map(map, key) => match key.take() {
                Some(key) if key == "<<" => merge(map, value),
                Some(key) => {
                    map.insert(key, value);
                }
                None => {}
            },
        }
    }

    fn close(self) -> Value {
        match self {
            Self::List(list) => Value::Array(list),
            Self::Map(map, _) => Value::Object(map),
        }
    }
}

/// Takes over what the mapping does not say itself.
fn merge(map: &mut Map<String, Value>, value: Value) {
    match value {
        Value::Object(other) => {
            for (key, value) in other {
                map.entry(key).or_insert(value);
            }
        }
        Value::Array(list) => list.into_iter().filter(Value::is_object).for_each(|other| merge(map, other)),
        _ => {}
    }
}

fn key_text(value: Value) -> String {
    match value {
        Value::String(text) => text,
        other => other.to_string(),
    }
}

fn scalar(text: &str, style: ScalarStyle) -> Value {
    if style != ScalarStyle::Plain {
        return Value::String(text.to_owned());
    }
    match text {
        "" | "~" | "null" | "Null" | "NULL" => return Value::Null,
        "true" | "True" | "TRUE" => return Value::Bool(true),
        "false" | "False" | "FALSE" => return Value::Bool(false),
        _ => {}
    }
    if let Ok(number) = text.parse::<i64>() {
        return Value::Number(number.into());
    }
    // `1.0`, `-3e4`; not `nan`, `inf` or `infinity`, which Rust reads as numbers too.
    if text.starts_with(|c: char| c.is_ascii_digit() || matches!(c, '-' | '+' | '.'))
        && text.contains(|c: char| c.is_ascii_digit())
        && let Some(number) = text.parse::<f64>().ok().and_then(Number::from_f64)
    {
        return Value::Number(number);
    }
    Value::String(text.to_owned())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::parse;

    #[test]
    fn scalars_anchors_and_merges() {
        let text = "
a: &a {x: 1, y: 'two'}
b:
  <<: *a
  y: 3.5
c: [yes, true, ~, \"1\", 1.0.0, 2024-01-01]
200: *a
";
        let expected = json!({
            "a": {"x": 1, "y": "two"}, "b": {"x": 1, "y": 3.5},
            "c": ["yes", true, null, "1", "1.0.0", "2024-01-01"], "200": {"x": 1, "y": "two"},
        });
        assert_eq!(parse(text), Ok(expected));
    }

    #[test]
    fn a_billion_laughs_and_deep_nesting_are_refused() {
        let mut laughs = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
        for level in 1..12 {
            let uses = format!("*a{}, ", level - 1).repeat(10);
            laughs += &format!("a{level}: &a{level} [{uses}]\n");
        }
        assert!(parse(&laughs).is_err_and(|problem| problem.contains("2000000") || problem.contains("too much")));
        assert!(parse(&"[".repeat(100_000)).is_err());
        assert!(parse("").is_err());
        assert!(parse("a: *b").is_err());
    }
}
