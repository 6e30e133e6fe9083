//! What pydantic (FastAPI, flask-pydantic) says of each value that it refuses, and a value that it takes instead.
//!
//! Errors stand in a list, each with `loc`, `type` and `ctx`: <https://docs.pydantic.dev/latest/errors/validation_errors/>.
//! Version 1 has other names for the same: `type_error.integer`, `value_error.missing`.

use regex_syntax::hir::{Class, Hir, HirKind};
use serde_json::{Value, json};
use stanch_api::ParameterLocation;
use stanch_live::Response;

use super::operation::{Operation, Values};

/// Most errors of one answer that are followed, and longest text that is made up.
const ERRORS: usize = 64;
const LONGEST: usize = 256;

/// Puts values that are taken into the request, for those that are not; tells whether that changed anything.
pub(super) fn follow(response: &Response, operation: &mut Operation, values: &mut Values) -> bool {
    let Ok(body) = serde_json::from_slice::<Value>(&response.body) else { return false };
    let mut changed = false;
    for error in list(&body).into_iter().flatten().take(ERRORS) {
        changed |= one(error, operation, values).unwrap_or(false);
    }
    changed
}

fn list(body: &Value) -> Option<&Vec<Value>> {
    let is_one = |error: &Value| error.get("loc").is_some_and(Value::is_array) && error.get("type").is_some();
    let lists = [Some(body), body.get("detail"), body.get("errors"), body.pointer("/validation_error/body_params")];
    lists.into_iter().flatten().filter_map(Value::as_array).find(|errors| errors.iter().any(is_one))
}

fn one(error: &Value, operation: &mut Operation, values: &mut Values) -> Option<bool> {
    let path: Vec<&Value> = error.get("loc")?.as_array()?.iter().collect();
    let place = path.first()?.as_str()?;
    let wanted: &[ParameterLocation] = match place {
        "query" => &[ParameterLocation::Query],
        "header" => &[ParameterLocation::Header],
        "cookie" => &[ParameterLocation::Cookie],
        "path" => &[ParameterLocation::Path],
        _ => &[ParameterLocation::Json, ParameterLocation::Form],
    };
    let rest =
        if matches!(place, "body" | "query" | "header" | "cookie" | "path") { path.get(1..)? } else { &path[..] };
    let name = rest.first()?.as_str()?;
    let known = operation.parameters().find(|(location, known, _)| wanted.contains(location) && *known == name);
    let Some((location, ..)) = known else {
        // What is missing and unknown is known from now on; its value comes with the next request.
        return Some(match wanted {
            [ParameterLocation::Query] => operation.confirm(ParameterLocation::Query, name),
            [ParameterLocation::Header] => operation.confirm(ParameterLocation::Header, name),
            [ParameterLocation::Json, _] if rest.len() == 1 => operation.confirm_in_body(name),
            _ => false,
        });
    };
    let mut value = values.get(location, name)?.clone();
    let place = rest.get(1..)?.iter().try_fold(&mut value, |inside, step| step_into(inside, step))?;
    let better = better(error, place)?;
    if *place == better {
        return Some(false);
    }
    *place = better;
    values.set(location, name, value);
    Some(true)
}

/// The part of a value that the next step of a path leads to. A name that is not there is made.
fn step_into<'v>(value: &'v mut Value, step: &Value) -> Option<&'v mut Value> {
    match step {
        Value::Number(number) => value.get_mut(usize::try_from(number.as_u64()?).ok()?),
        Value::String(name) => Some(value.as_object_mut()?.entry(name.clone()).or_insert(Value::Null)),
        _ => None,
    }
}

/// A value that the error says would be taken.
fn better(error: &Value, value: &Value) -> Option<Value> {
    let kind = error.get("type")?.as_str()?;
    let last = kind.rsplit('.').next().unwrap_or(kind);
    let limit =
        |names: &[&str]| names.iter().chain(&["limit_value"]).find_map(|name| error.pointer(&format!("/ctx/{name}")));
    let text = || value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    Some(match last {
        _ if last.starts_with("string_type") || last == "str" => json!(format!("text{}", text().trim_matches('"'))),
        "missing" | "null" | "not_none" => json!("text"),
        "string_too_long" | "max_length" => {
            json!(text().chars().take(length(limit(&["max_length"])?)?).collect::<String>())
        }
        "string_too_short" | "min_length" => {
            let wanted = length(limit(&["min_length"])?)?;
            json!(text().chars().chain("x".chars().cycle().take(LONGEST)).take(wanted).collect::<String>())
        }
        "string_pattern_mismatch" | "regex" => json!(of_pattern(limit(&["pattern"])?.as_str()?)?),
        "literal_error" | "enum" | "const" => allowed(error)?,
        "greater_than" | "not_gt" => whole(limit(&["gt"])?.as_f64()?.floor() + 1.0),
        "less_than" | "not_lt" => whole(limit(&["lt"])?.as_f64()?.ceil() - 1.0),
        "greater_than_equal" | "not_ge" => limit(&["ge"])?.clone(),
        "less_than_equal" | "not_le" => limit(&["le"])?.clone(),
        "multiple_of" => limit(&["multiple_of"])?.clone(),
        "too_short" | "min_items" => json!(vec!["text"; length(limit(&["min_length"])?)?]),
        _ => return of_type(last, error, &text()),
    })
}

fn of_type(kind: &str, error: &Value, text: &str) -> Option<Value> {
    let is = |names: &[&str]| names.iter().any(|name| kind.starts_with(name));
    let says = |words: &str| error.get("msg").and_then(Value::as_str).is_some_and(|said| said.contains(words));
    Some(match () {
        () if is(&["int"]) => json!(7),
        () if is(&["float", "decimal", "finite_number"]) => json!(7.5),
        () if is(&["bool"]) => json!(true),
        () if is(&["list", "tuple", "set"]) => json!(["text"]),
        () if is(&["dict", "model", "mapping", "dataclass"]) => json!({}),
        () if is(&["datetime", "timezone"]) => json!("2020-01-02T03:04:05+00:00"),
        () if is(&["date"]) => json!("2020-01-02"),
        () if is(&["time_"]) => json!("03:04:05"),
        () if is(&["uuid"]) => json!("3f2b8c1e-5d4a-4f6b-9a7c-0e1d2c3b4a59"),
        () if is(&["url"]) => json!("https://example.com/"),
        () if kind == "email" || says("valid email") => json!(format!("{text}@example.com")),
        () => return None,
    })
}

fn length(limit: &Value) -> Option<usize> {
    usize::try_from(limit.as_u64()?).ok().filter(|length| *length <= LONGEST)
}

/// A whole number as JSON writes it: a field of integers refuses `8.0` in version 1.
fn whole(number: f64) -> Value {
    format!("{number:.0}").parse::<i64>().map_or_else(|_| json!(number), |number| json!(number))
}

/// The first of the values that are allowed: `'a', 'b' or 'c'` in version 2, a list in version 1.
fn allowed(error: &Value) -> Option<Value> {
    if let Some(first) = error.pointer("/ctx/enum_values/0").or_else(|| error.pointer("/ctx/permitted/0")) {
        return Some(first.clone());
    }
    let expected = error.pointer("/ctx/expected")?.as_str()?;
    match expected.strip_prefix('\'') {
        Some(rest) => Some(json!(rest.split('\'').next()?)),
        None => serde_json::from_str(expected.split([',', ' ']).next()?).ok(),
    }
}

/// The simplest text that a regular expression takes.
fn of_pattern(pattern: &str) -> Option<String> {
    let mut text = String::new();
    write(&regex_syntax::parse(pattern).ok()?, &mut text)?;
    Some(text)
}

fn write(hir: &Hir, text: &mut String) -> Option<()> {
    if text.len() > LONGEST {
        return None;
    }
    match hir.kind() {
        HirKind::Empty | HirKind::Look(_) => {}
        HirKind::Literal(literal) => text.push_str(std::str::from_utf8(&literal.0).ok()?),
        HirKind::Class(Class::Unicode(class)) => {
            let all = || class.iter().flat_map(|range| [range.start(), range.end()]);
            text.push(all().find(char::is_ascii_alphanumeric).or_else(|| all().next())?);
        }
        HirKind::Class(Class::Bytes(class)) => text.push(char::from(class.iter().next()?.start())),
        HirKind::Repetition(repetition) => {
            // What may be absent is left out; what there must be some of, there are a few of.
            let times = match repetition.max {
                None if repetition.min > 0 => repetition.min.max(3),
                _ => repetition.min,
            };
            for _ in 0..times {
                write(&repetition.sub, text)?;
            }
        }
        HirKind::Capture(capture) => write(&capture.sub, text)?,
        HirKind::Concat(parts) => parts.iter().try_for_each(|part| write(part, text))?,
        HirKind::Alternation(ways) => write(ways.first()?, text)?,
    }
    Some(())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{better, of_pattern};

    #[test]
    fn the_simplest_text_of_a_pattern() {
        for (pattern, text) in [
            ("^password$", "password"),
            ("^(asc|desc)$", "asc"),
            (r"^\d{3}-[A-Z]{2,}$", "000-AAA"),
            (r"^\+?[1-9]\d{1,14}$", "10"),
            ("^[^@]+@x\\.org$", "AAA@x.org"),
        ] {
            assert_eq!(of_pattern(pattern).as_deref(), Some(text), "{pattern}");
        }
        assert_eq!(of_pattern("(a{1000}){1000}"), None);
        assert_eq!(of_pattern("(?<=x)y"), None);
    }

    #[test]
    fn a_value_that_is_taken() {
        for (kind, ctx, was, is) in [
            ("string_type", json!({}), json!(5), json!("text5")),
            ("int_parsing", json!({}), json!("abc"), json!(7)),
            ("string_too_long", json!({"max_length": 2}), json!("abc"), json!("ab")),
            ("string_too_short", json!({"min_length": 5}), json!("abc"), json!("abcxx")),
            ("greater_than", json!({"gt": 10}), json!(7), json!(11)),
            ("enum", json!({"expected": "'b' or 'c'"}), json!("a"), json!("b")),
            ("literal_error", json!({"expected": "1 or 2"}), json!("a"), json!(1)),
            ("value_error.number.not_ge", json!({"limit_value": 18}), json!(7), json!(18)),
            ("type_error.enum", json!({"enum_values": ["x"]}), json!("a"), json!("x")),
            ("type_error.integer", json!({}), json!("a"), json!(7)),
            ("date_from_datetime_parsing", json!({}), json!("a"), json!("2020-01-02")),
        ] {
            let error = json!({"type": kind, "ctx": ctx, "msg": ""});
            assert_eq!(better(&error, &was), Some(is), "{kind}");
        }
    }
}
