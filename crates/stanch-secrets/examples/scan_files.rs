//! Lists the keys in the files below the given folders, with names and labels, no key shown.
#![expect(clippy::print_stdout, reason = "an example talks on stdout")]

use std::path::Path;
use std::{env, fs, io};

use stanch_secrets::{Masks, files};

fn main() -> io::Result<()> {
    let mut masks = Masks::new();
    let mut total = 0;
    for root in env::args().skip(1) {
        visit(Path::new(&root), &mut |path, bytes| {
            for secret in files::scan_file(&path.to_string_lossy(), bytes) {
                let label = masks.label(&secret.kind, &String::from_utf8_lossy(&bytes[secret.range.clone()]));
                total += 1;
                println!(
                    "{}:{}:{} {label} {:?} {} {}",
                    path.display(),
                    secret.line,
                    secret.column,
                    secret.confidence,
                    secret.name.unwrap_or_default(),
                    if secret.weak { "weak" } else { "" }
                );
            }
        })?;
    }
    println!("{total} found");
    Ok(())
}

fn visit(path: &Path, file: &mut impl FnMut(&Path, &[u8])) -> io::Result<()> {
    if path.is_symlink() || path.file_name().is_some_and(|name| name == ".git") {
        return Ok(());
    }
    if path.is_dir() {
        let mut entries: Vec<_> = fs::read_dir(path)?.collect::<Result<Vec<_>, _>>()?;
        entries.sort_by_key(std::fs::DirEntry::path);
        for entry in entries {
            visit(&entry.path(), file)?;
        }
    } else if path.is_file() {
        file(path, &fs::read(path)?);
    }
    Ok(())
}
