//! The sink that records: a file from its first picture to its end, or to what broke it off.

use std::fs::File;
use std::path::{Path, PathBuf};

use ffmpeg::codec::Parameters;
use ffmpeg_the_third as ffmpeg;
use image::RgbImage;

use super::encoder::{self, EncoderChoice};
use super::picture;
use super::pieces::{FileHead, FileTrack, RecordingError, takes};
use super::settings::VideoSinkSettings;
use super::sound::Sound;
use super::tags::FileTags;
use super::writer::{RecordingFormat, VideoWriter};
use crate::sink::{RenderedFrame, Sink, SinkError};
use crate::sound::{SoundReader, SoundTap};

/// Which pictures are recorded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pictures {
    /// With circles and labels.
    Annotated,
    /// As they came from the source.
    Clean,
}

impl Pictures {
    /// Name of the file, without its ending.
    pub fn name(self) -> &'static str {
        match self {
            Pictures::Annotated => "annotated",
            Pictures::Clean => "clean",
        }
    }

    /// Title of the file.
    fn title(self) -> &'static str {
        match self {
            Pictures::Annotated => "what a classifier takes for lesions, circled",
            Pictures::Clean => "without circles",
        }
    }
}

/// What a recording takes over from its source.
#[derive(Clone, Debug, Default)]
pub struct Origin {
    /// The sound that goes into the recording, when there is any (`SourceInfo::sound`).
    pub sound: Option<SoundTap>,
    /// Nominal rate, pictures a second (`SourceInfo::fps`): the length of the only picture of a recording.
    pub fps: Option<f64>,
    /// Pictures come as time goes by: the encoder holds back few of them.
    pub live: bool,
}

/// A video file.
///
/// The first picture sets the size; odd sides are made even by repeating the last row or column (H.264 at 4:2:0 has no
/// odd ones). Later pictures of other sizes are scaled into the first with black bars. Times are those of the frames,
/// to 1/60000 s; a time that does not grow is moved on by that much. Colours are BT.709, limited range.
///
/// The file is a fragmented MP4 that grows by whole pieces: a killed process or a full disk leaves those that were written readable, with
/// all pictures that came more than a second before (when the source is live) or two.
pub struct VideoSink {
    path: PathBuf,
    settings: VideoSinkSettings,
    pictures: Pictures,
    tags: FileTags,
    fps: Option<f64>,
    live: bool,
    state: RecordingState,
    warnings: Vec<String>,
}

enum RecordingState {
    /// Waiting for the first picture, which sets the size.
    Empty(File, EncoderChoice, Option<SoundReader>),
    Open(Box<VideoWriter>),
    /// Finished, or failed: what failed once is not tried again.
    Closed,
}

impl VideoSink {
    /// Makes the file (an existing one is overwritten), chooses the encoder and listens to the sound from here on.
    ///
    /// # Errors
    /// [`SinkError::Unusable`] when the file cannot be made, [`SinkError::NoEncoder`] when no encoder is there.
    pub fn create(
        path: &Path,
        settings: VideoSinkSettings,
        pictures: Pictures,
        origin: &Origin,
    ) -> Result<VideoSink, SinkError> {
        ffmpeg::log::set_level(ffmpeg::log::Level::Quiet);
        let shown = path.display();
        let file = File::create(path).map_err(|error| {
            SinkError::Unusable(format!("{shown} cannot be written: {error}; choose a folder that can be written to"))
        })?;
        let choice = encoder::choose(&settings.encoder).map_err(SinkError::NoEncoder)?;
        let warnings: Vec<String> = choice.note().into_iter().collect();
        // Listens from here on; how the sound is recorded is decided at the first picture, when it is known whether any has come.
        let state = RecordingState::Empty(file, choice, origin.sound.as_ref().map(SoundTap::reader));
        let Origin { fps, live, .. } = *origin;
        let (path, tags) = (path.to_owned(), FileTags::default());
        Ok(VideoSink { path, settings, pictures, tags, fps, live, state, warnings })
    }

    /// The same, with what the file says of itself.
    #[must_use]
    pub fn tagged(self, tags: FileTags) -> VideoSink {
        VideoSink { tags, ..self }
    }

    /// Sentences for the user about what is not as asked: sound left out, another codec than H.264.
    pub fn warnings(&self) -> &[String] {
        &self.warnings
    }

    /// The file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The first picture sets the size.
    fn begin(&mut self, picture: &RgbImage) -> Result<(), SinkError> {
        if matches!(self.state, RecordingState::Empty(..))
            && let RecordingState::Empty(file, choice, sound) =
                std::mem::replace(&mut self.state, RecordingState::Closed)
        {
            let sound = sound.and_then(|reader| {
                let fits = |parameters: &Parameters, base, packet| {
                    FileTrack::new(parameters.clone(), base).is_ok_and(|track| takes(track, packet))
                };
                let (sound, note) = Sound::open(reader, fits);
                self.warnings.extend(note);
                sound
            });
            let (size, name) = (picture::even(picture.dimensions().into()), choice.name().to_owned());
            let VideoSink { settings, fps, live, .. } = &*self;
            let head = FileHead { title: self.pictures.title(), tags: self.tags.clone() };
            let format = RecordingFormat { choice, settings: settings.clone(), size, fps: *fps, live: *live, head };
            let writer = VideoWriter::open(file, format, sound).map_err(|error| {
                let path = self.path.display();
                SinkError::Unusable(format!("{path} cannot be recorded at {size} px with {name}: {error}"))
            })?;
            self.state = RecordingState::Open(Box::new(writer));
        }
        Ok(())
    }

    /// The sentence for what broke off; a file in which there is nothing goes away.
    fn failed(&self, error: &RecordingError, saved: Option<f64>) -> SinkError {
        let path = self.path.display();
        SinkError::Failed(match saved {
            Some(seconds) => {
                format!("{path} cannot be written further: {error}; its first {seconds:.1} s stay readable")
            }
            None => {
                self.remove_empty();
                format!("{path} cannot be written: {error}; nothing was recorded")
            }
        })
    }

    fn remove_empty(&self) {
        if std::fs::metadata(&self.path).is_ok_and(|data| data.is_file() && data.len() == 0) {
            // What cannot be removed stays, empty.
            std::fs::remove_file(&self.path).ok();
        }
    }

    /// Does something with the recording, if it is open; a failure ends it.
    fn with(&mut self, act: impl FnOnce(&mut VideoWriter) -> Result<(), RecordingError>) -> Result<(), SinkError> {
        let RecordingState::Open(writer) = &mut self.state else { return Ok(()) };
        let Err(error) = act(writer) else { return Ok(()) };
        let saved = writer.saved();
        self.state = RecordingState::Closed;
        Err(self.failed(&error, saved))
    }
}

impl Sink for VideoSink {
    fn put(&mut self, item: &RenderedFrame) -> Result<(), SinkError> {
        let picture = match self.pictures {
            Pictures::Annotated => item.annotated.as_ref(),
            Pictures::Clean => &item.frame.pixels,
        };
        self.begin(picture)?;
        self.with(|writer| writer.put(picture, item.frame.pts))
    }

    fn settle(&mut self) -> Result<(), SinkError> {
        self.with(VideoWriter::settle)
    }

    fn finish(&mut self) -> Result<(), SinkError> {
        match std::mem::replace(&mut self.state, RecordingState::Closed) {
            RecordingState::Open(mut writer) => {
                let finished = writer.finish();
                self.warnings.extend(writer.notes());
                finished.map_err(|error| self.failed(&error, writer.saved()))
            }
            // A file without pictures is of no use to anybody.
            RecordingState::Empty(..) => std::fs::remove_file(&self.path)
                .map_err(|error| SinkError::Failed(format!("{} cannot be removed: {error}", self.path.display()))),
            RecordingState::Closed => Ok(()),
        }
    }

    fn warnings(&self) -> Vec<String> {
        self.warnings.clone()
    }
}
