//! Video files of a run or take.

use std::path::Path;

use crate::cli::interrupt;
use crate::cli::run::current::PictureCounts;
use crate::config::Config;
use crate::draw::NOTICE;
use crate::sink::video::{FileTags, Origin, Pictures, VideoSink, move_index_to_front};
use crate::sink::{PictureCount, Session, Sink, SinkError, SpareTimeSink};
use crate::source::SourceInfo;

/// What the video files of a run have in common.
#[derive(Clone)]
pub(crate) struct VideoFiles {
    pub(crate) config: Config,
    pub(crate) info: SourceInfo,
    /// What the files say of themselves.
    pub(crate) tags: FileTags,
}

impl VideoFiles {
    /// Those of a run with the account `opening`.
    pub(crate) fn new(config: &Config, info: &SourceInfo, opening: &Session) -> VideoFiles {
        VideoFiles { config: config.clone(), info: info.clone(), tags: tags(opening) }
    }

    /// The videos that are asked for.
    pub(crate) fn wanted(&self) -> Vec<Pictures> {
        let output = &self.config.output;
        let all = [(output.video, Pictures::Annotated), (output.save_clean, Pictures::Clean)];
        all.into_iter().filter(|(wanted, _)| *wanted).map(|(_, pictures)| pictures).collect()
    }

    /// A video file in a folder. Of a source that does not wait it gets the time that is left, and `counts` what became of its pictures.
    ///
    /// # Errors
    /// When it cannot be written.
    pub(crate) fn sink(
        &self,
        folder: &Path,
        pictures: Pictures,
        counts: &mut PictureCounts,
    ) -> Result<Box<dyn Sink>, SinkError> {
        let name = format!("{}.mp4", pictures.name());
        let SourceInfo { sound, fps, live, .. } = self.info.clone();
        let origin = Origin { sound, fps, live };
        let sink = VideoSink::create(&folder.join(&name), self.config.record.clone(), pictures, &origin)?;
        let sink = Box::new(sink.tagged(self.tags.clone()));
        if !live {
            return Ok(sink);
        }
        let count = PictureCount::default();
        let sink = SpareTimeSink::start(&name, sink, count.clone())?;
        counts.push((name, count));
        Ok(Box::new(sink))
    }
}

/// What the videos of a run say of themselves. Not what was filmed: a path may hold a name, and videos are passed on.
fn tags(session: &Session) -> FileTags {
    let Session { version, model, settings_sha256, .. } = session;
    let networks = [Some(model), model.opinion.as_deref(), model.skin.as_deref()].into_iter().flatten();
    let networks: Vec<String> = networks.map(|model| format!("{} (SHA-256 {})", model.name, model.checksum)).collect();
    FileTags {
        program: format!("lesionscope {version}"),
        comment: format!(
            "{NOTICE}; lesionscope {version}; models: {}; settings: SHA-256 {settings_sha256}",
            networks.join(", ")
        ),
    }
}

/// Puts the indices of finished videos to their fronts, unless the run is asked to end. Gives a sentence for each that stays as it is.
pub(crate) fn indices_to_front(folder: &Path) -> Vec<String> {
    let videos = [Pictures::Annotated, Pictures::Clean].map(|pictures| folder.join(format!("{}.mp4", pictures.name())));
    let there = videos.iter().filter(|video| video.is_file());
    there.filter_map(|video| move_index_to_front(video, &|| !interrupt::happened()).err()).collect()
}
