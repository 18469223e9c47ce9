//! Takes: each recording of `live`, and each piece of a run that is written in pieces, is a folder `take-1`, `take-2`, ... with everything in
//! it.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::cli::interrupt;
use crate::cli::run::account::RunAccount;
use crate::cli::run::conclusion::{EndedSession, conclude};
use crate::cli::run::current::{CurrentAccount, PictureCounts};
use crate::cli::run::video::VideoFiles;
use crate::config::Config;
use crate::pipeline::{Outcome, PipelineError};
use crate::sink::video::{Pictures, VideoSinkSettings};
use crate::sink::{JsonlSink, RenderedFrame, Sink, SinkError, Take, TakeAccount, TakeEnd, TakeOpener, TakeRules};

/// What takes are made of.
pub(crate) struct TakeFiles {
    pub(crate) videos: VideoFiles,
    /// Which videos there are.
    pub(crate) pictures: Vec<Pictures>,
    /// Whether there is a list of circles.
    pub(crate) list: bool,
    /// The account of the run.
    pub(crate) account: RunAccount,
}

impl TakeFiles {
    /// Opens takes in the folder of a run.
    pub(crate) fn opener(self, folder: impl Fn() -> anyhow::Result<PathBuf> + Send + 'static) -> TakeOpener {
        Box::new(move |number| {
            let run = folder().map_err(|error| SinkError::Unusable(format!("{error:#}")))?;
            let folder = new_folder(&run, number)?;
            self.open(&folder).inspect_err(|_| discard(&folder))
        })
    }

    fn open(&self, folder: &Path) -> Result<Take, SinkError> {
        let mut counts = PictureCounts::new();
        let video = |pictures: &Pictures| self.videos.sink(folder, *pictures, &mut counts);
        let mut sinks: Vec<Box<dyn Sink>> = self.pictures.iter().map(video).collect::<Result<_, _>>()?;
        if self.list {
            let list = JsonlSink::create(&folder.join("detections.jsonl"), self.account.class_names())?;
            // First: the list has every frame, whatever becomes of the videos.
            sinks.insert(0, Box::new(list));
        }
        let current = CurrentAccount::begin(self.account.clone(), folder.join("session.json"), counts)?;
        let config = self.videos.config.clone();
        let account = Box::new(TakeSession { current, folder: folder.to_owned(), config });
        Ok(Take { folder: folder.to_owned(), sinks, account })
    }
}

/// What the settings say of takes; `strict`: whether one that fails ends the run.
pub(crate) fn rules(record: &VideoSinkSettings, strict: bool) -> TakeRules {
    let longest = record.segment_minutes.map(|minutes| Duration::from_secs_f64(60.0 * minutes));
    let most_bytes = record.max_disk_gb.map(|gb| (gb * 1e9) as u64);
    TakeRules { longest, most_bytes, strict }
}

/// Makes the folder of a take. One that exists is left alone: the next number is taken.
fn new_folder(run: &Path, number: u32) -> Result<PathBuf, SinkError> {
    let mut names = (number..=u32::MAX).map(|number| run.join(format!("take-{number}")));
    let made = names.find_map(|folder| match std::fs::create_dir(&folder) {
        Ok(()) => Some(Ok(folder)),
        Err(error) if error.kind() == ErrorKind::AlreadyExists => None,
        Err(error) => Some(Err(SinkError::Failed(format!("cannot create the folder {}: {error}", folder.display())))),
    });
    made.unwrap_or_else(|| Err(SinkError::Failed(format!("{} has no room for another take", run.display()))))
}

/// Removes what was prepared for a take that did not begin: empty files in a folder of its own.
fn discard(folder: &Path) {
    let entries = std::fs::read_dir(folder).into_iter().flatten().filter_map(Result::ok);
    entries.for_each(|entry| drop(std::fs::remove_file(entry.path())));
    std::fs::remove_dir(folder).ok();
}

/// The account of a take.
struct TakeSession {
    current: CurrentAccount,
    folder: PathBuf,
    config: Config,
}

impl TakeAccount for TakeSession {
    fn put(&mut self, item: &RenderedFrame) {
        self.current.count(item);
    }

    fn end(&mut self, end: TakeEnd) -> Result<Vec<String>, SinkError> {
        self.current.stop();
        let TakeEnd { failure, warnings } = end;
        let result = failure.map_or(Ok(()), |why| Err(PipelineError::Sink(SinkError::Failed(why))));
        let outcome = Outcome { result, warnings, ..Outcome::begun() };
        let mut session = self.current.session(outcome, interrupt::happened());
        let said = session.warnings.len();
        let ran = Duration::from_secs_f64(session.seconds);
        // A take is a part of its source, with times of its own.
        conclude(&mut session, &EndedSession { folder: &self.folder, source: "", config: &self.config, ran })?;
        Ok(session.warnings.split_off(said))
    }
}
