use clap::CommandFactory as _;
use clap_complete::Shell;
use stanch_findings::Diagnostic;

use crate::cli::Cli;
use crate::talk::{Talk, Told};
use crate::{config, exit};

/// `stanch completions SHELL`.
pub(crate) fn completions(shell: Shell) -> anyhow::Result<u8> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "stanch", &mut script);
    Talk::data(&String::from_utf8_lossy(&script))?;
    Ok(exit::CLEAN)
}

/// `stanch man [COMMAND]`.
pub(crate) fn manual(command: Option<&str>) -> anyhow::Result<u8> {
    let mut whole = Cli::command();
    whole.build();
    let page =
        match command {
            None => whole,
            Some(name) => whole.find_subcommand(name).cloned().ok_or_else(|| {
                let near = config::nearest(name, whole.get_subcommands().map(clap::Command::get_name));
                let told = Diagnostic::new(format!("no command is called `{name}`"));
                Told(told.help(
                    near.map_or_else(|| "`stanch help` lists them".to_owned(), |n| format!("did you mean `{n}`?")),
                ))
            })?,
        };
    let mut roff = Vec::new();
    clap_mangen::Man::new(page).render(&mut roff)?;
    Talk::data(&String::from_utf8_lossy(&roff))?;
    Ok(exit::CLEAN)
}
