//! Prints what was read out of a project: `cargo run -p stanch-source --example facts -- PATH [flows|tables|routes|all]`.
#![expect(clippy::print_stdout, reason = "printing is what the example is for")]

use std::path::Path;

use stanch_source::{ReadOptions, SourceFacts, read};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut args = std::env::args().skip(1);
    let path = args.next().unwrap_or_else(|| ".".to_owned());
    let what = args.next().unwrap_or_else(|| "all".to_owned());
    let facts = read(Path::new(&path), &ReadOptions::default())?;
    println!("{} files, {} lines, {} followed", facts.files, facts.lines, facts.lines_followed);
    if what == "all" || what == "routes" {
        routes(&facts);
    }
    if what == "all" || what == "tables" {
        tables(&facts);
    }
    if what == "all" || what == "flows" {
        flows(&facts);
    }
    for file in &facts.unreadable {
        println!("unreadable {}:{:?} {}", file.path, file.line, file.reason);
    }
    Ok(())
}

fn routes(facts: &SourceFacts) {
    for (index, route) in facts.routes.iter().enumerate() {
        let parameters: Vec<String> = route.parameters.iter().map(|p| format!("{:?}:{}", p.location, p.name)).collect();
        println!("route {index} {} {}:{} {}", route.label(), route.view.path, route.view.line, parameters.join(" "));
        for guard in facts.route_guards.get(index).into_iter().flatten() {
            println!("    guard {} {}:{}", guard.kind, guard.place.path, guard.place.line);
        }
    }
    for app in &facts.apps {
        println!("app {:?} {}:{} factory={} root={}", app.kind, app.module, app.name, app.factory, app.root);
    }
    for read in &facts.environment {
        println!("env {} default={:?} required={} {:?}", read.name, read.default, read.required, read.used_as);
    }
}

fn tables(facts: &SourceFacts) {
    for table in &facts.tables {
        println!("table {} key={:?} indexes={:?}", table.name, table.key, table.indexes);
        for (name, attribute) in &table.attributes {
            let reasons: Vec<&str> = attribute.reasons.iter().map(|reason| reason.text.as_str()).collect();
            println!("    {name} {:?} {:?}: {}", attribute.class, attribute.kind, reasons.join("; "));
        }
    }
}

fn flows(facts: &SourceFacts) {
    for flow in &facts.flows {
        let table = flow.source.table.and_then(|table| facts.tables.get(table)).map_or("?", |table| &table.name);
        println!(
            "flow {:?} -> {:?} {}:{} [{}] from {}:{} {} table={table} {:?} nested={} routes={:?} guards={:?}",
            flow.source.kind,
            flow.sink.kind,
            flow.sink.place.path,
            flow.sink.place.line,
            flow.sink.label,
            flow.source.place.path,
            flow.source.place.line,
            flow.source.label,
            flow.attributes,
            flow.nested,
            flow.routes,
            flow.guards,
        );
        for (place, note) in &flow.steps {
            println!("      {}:{} {note}", place.path, place.line);
        }
    }
}
