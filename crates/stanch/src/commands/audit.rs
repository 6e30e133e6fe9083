use stanch_checks::audit::{self, AuditOptions};
use stanch_source::ReadOptions;

use crate::cli::AuditArgs;
use crate::config::{self, Settings};
use crate::project::Project;
use crate::report;
use crate::talk::Talk;

/// `stanch audit [PATHS]`.
pub(crate) fn run(args: &AuditArgs, talk: &Talk) -> anyhow::Result<u8> {
    report::check_outputs(&args.report)?;
    let project = Project::of(&args.paths)?;
    let settings = match args.report.no_config {
        true => Settings::default(),
        false => config::load(&project, args.report.config.as_deref())?,
    };
    if let Some(file) = &settings.file {
        talk.say(&format!("settings: {}", file.display()));
    }
    let read = ReadOptions {
        paths: project.paths.clone(),
        threads: args.threads.map(|threads| usize::from(threads.get())),
        stdin: None,
        secret_names: settings.secret_names.clone(),
    };
    let found = audit::run(&AuditOptions { root: project.root.clone(), read })?;
    report::finish(found, &project, &settings, &args.report, talk)
}
