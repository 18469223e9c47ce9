//! `lesionscope report`: the page of a session that people open first.

use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use clap::Args;

use crate::cli::exit::{Exit, Usage};
use crate::cli::globals::Globals;
use crate::cli::paths::outputs::Outputs;
use crate::cli::say::{note, say};
use crate::cli::setup::open_source;
use crate::cli::written;
use crate::config::Config;
use crate::report::{self, ListedReport, PictureSource, Reopen};
use crate::session::{ACCOUNT, LIST, OWN};
use crate::source::SourceKind;

/// How long the end of a run may look for pictures of its report, at least.
const AT_END: Duration = Duration::from_secs(30);

/// The part of the time of a run that its report may take.
const PART_OF_RUN: u32 = 10;

/// `report`.
#[derive(Debug, Args)]
pub(crate) struct ReportArgs {
    /// Folders of sessions, such as runs/exp; without one, the newest in the folder of runs.
    #[arg(value_name = "SESSION")]
    sessions: Vec<PathBuf>,
    /// The film or the pictures that the session was made from, for pictures without circles where no clean.mp4 was kept.
    #[arg(long, short, value_name = "SOURCE")]
    source: Option<String>,
    /// Write a page that lists the reports as well.
    #[arg(long, value_name = "FILE.html")]
    out: Option<PathBuf>,
    /// Write the list over a file that exists.
    #[arg(long)]
    exist_ok: bool,
}

/// Runs the command.
pub(crate) fn run(globals: &Globals, args: &ReportArgs, config: &Config) -> anyhow::Result<Exit> {
    let outputs = Outputs::new([("--out", &args.out)], args.exist_ok)?;
    let sessions = match args.sessions.as_slice() {
        [] => vec![newest(Path::new(&config.output.project))?],
        named => named.iter().flat_map(|folder| sessions_of(folder)).collect(),
    };
    if args.source.is_some() && sessions.len() > 1 {
        return Err(Usage("--source belongs to one session; name one".to_owned()).into());
    }
    let named_film = args.source.iter().map(PathBuf::from);
    let read: Vec<PathBuf> =
        sessions.iter().flat_map(|session| OWN.map(|name| session.join(name))).chain(named_film).collect();
    outputs.check_apart(&read)?;
    let mut reports = Vec::new();
    for session in &sessions {
        let source = args.source.as_deref().map(|word| reopen(word, config));
        let written = report::write(session, PictureSource { source, video: config.video.clone(), patience: None })?;
        if !globals.quiet {
            say(&format!("{}: {}", written.path.display(), written.headline))?;
        }
        reports.push(written);
    }
    if let Some(path) = &args.out {
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        written::write(path, &report::list(&reports, folder)?)?;
    }
    Ok(Exit::Done)
}

/// Makes the report of a session that has just ended, where the settings ask for one. It never fails a run: why there is none is said.
/// `source`: the word that the user named the source by; `ran`: how long the run took.
pub(crate) fn at_end(session: &Path, source: &str, config: &Config, ran: Duration) -> Option<ListedReport> {
    if !config.output.report || !session.join(LIST).is_file() {
        return None;
    }
    let source = can_be_read_again(source).then(|| reopen(source, config));
    let patience = Some(AT_END.max(ran / PART_OF_RUN));
    let written = report::write(session, PictureSource { source, video: config.video.clone(), patience });
    written.map_err(|error| note(&format!("there is no report of this session: {:#}", anyhow::Error::from(error)))).ok()
}

/// The sessions of a folder: its takes, the newest first, where it has no list of its own; else itself.
fn sessions_of(folder: &Path) -> Vec<PathBuf> {
    let takes = if folder.join(LIST).is_file() { Vec::new() } else { takes(folder) };
    if takes.is_empty() { vec![folder.to_owned()] } else { takes }
}

/// The folders of the takes of a run, the newest first.
fn takes(run: &Path) -> Vec<PathBuf> {
    let number = |path: &Path| path.file_name()?.to_str()?.strip_prefix("take-")?.parse::<u64>().ok();
    let takes = folders(run).into_iter().filter_map(|path| Some((number(&path)?, path)));
    let mut takes: Vec<(u64, PathBuf)> = takes.filter(|(_, path)| path.join(ACCOUNT).is_file()).collect();
    takes.sort_by(|a, b| b.cmp(a));
    takes.into_iter().map(|(_, path)| path).collect()
}

/// The folders in a folder; a link to one is none.
fn folders(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().filter_map(Result::ok);
    entries.filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_dir())).map(|entry| entry.path()).collect()
}

fn reopen<'a>(word: &'a str, config: &'a Config) -> Reopen<'a> {
    Box::new(move || open_source(word, config))
}

/// Whether a source gives the same pictures a second time.
fn can_be_read_again(word: &str) -> bool {
    match SourceKind::of(word) {
        Ok(SourceKind::Stills(_) | SourceKind::Scene(_)) => true,
        // Neither a pipe nor an address.
        Ok(SourceKind::Video(path)) => Path::new(&path).is_file(),
        Ok(SourceKind::Camera(_)) | Err(_) => false,
    }
}

/// The session of a folder of runs that was written last; takes count as sessions.
fn newest(project: &Path) -> Result<PathBuf, Usage> {
    let runs = folders(project);
    let takes: Vec<PathBuf> = runs.iter().flat_map(|run| folders(run)).collect();
    let dated = |folder: &Path| -> Option<SystemTime> {
        let account = std::fs::metadata(folder.join(ACCOUNT)).ok()?;
        account.modified().ok().filter(|_| folder.join(LIST).is_file())
    };
    let sessions = runs.into_iter().chain(takes).filter_map(|folder| Some((dated(&folder)?, folder)));
    let newest = sessions.max().map(|(_, folder)| folder);
    newest.ok_or_else(|| Usage(format!("{}: there is no session in it; name one, such as runs/exp", project.display())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_session_is_found_and_its_absence_said() {
        let root = tempfile::tempdir().unwrap();
        let refusal = newest(root.path()).unwrap_err().to_string();
        assert!(refusal.contains("there is no session"), "{refusal}");
        for (age_s, name) in [(300, "exp"), (200, "exp2/take-1"), (100, "exp2/take-2"), (0, "other")] {
            let folder = root.path().join(name);
            std::fs::create_dir_all(&folder).unwrap();
            if name != "other" {
                let file = std::fs::File::create(folder.join(ACCOUNT)).unwrap();
                std::fs::write(folder.join(LIST), "").unwrap();
                file.set_modified(SystemTime::now() - Duration::from_secs(age_s)).unwrap();
            }
        }
        assert_eq!(newest(root.path()).unwrap(), root.path().join("exp2/take-2"));
        let run = root.path().join("exp2");
        assert_eq!(takes(&run), ["take-2", "take-1"].map(|take| run.join(take)));
    }

    #[test]
    fn only_what_stays_is_read_again() {
        let root = tempfile::tempdir().unwrap();
        let film = root.path().join("arm.mp4");
        std::fs::write(&film, "").unwrap();
        let film = film.to_str().unwrap();
        for (word, again) in
            [(film, true), ("scene:3", true), ("0", false), ("-", false), ("rtsp://camera/stream", false), ("", false)]
        {
            assert_eq!(can_be_read_again(word), again, "{word:?}");
        }
    }
}
