//! Annotated or clean video: H.264 in a fragmented MP4 that stays readable when the run is cut off, with the source's
//! times and its sound.

mod encoder;
mod picture;
mod sound;
mod transcode;
mod writer;

use std::fs::File;
use std::path::{Path, PathBuf};

use ffmpeg_the_third as ffmpeg;
use image::RgbImage;
use serde::{Deserialize, Serialize};

use self::encoder::Choice;
use self::sound::Sound;
use self::writer::Writer;
use super::{Rendered, Sink, SinkError};
use crate::sound::SoundTap;

/// Settings of recorded video.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct VideoSinkSettings {
    /// Name of an FFmpeg encoder (`libx264`, `libopenh264`, `mpeg4`), or `auto` for the first of these that is there.
    pub encoder: String,
    /// How much time libx264 takes to make the file small.
    pub preset: Preset,
    /// Quality of libx264, in `0..=51`: lower is better and larger; 18 is hard to tell from the source.
    pub crf: u8,
    /// Longest time between pictures that can be jumped to, s, in `0.1..=60`.
    pub keyframe_s: f64,
    /// Longest piece that is lost when the process is killed, s (besides what the encoder holds), in `0.1..=60`.
    pub fragment_s: f64,
    /// Encoder threads, in `0..=64`; 0 takes half the cores.
    pub threads: usize,
}

/// Speeds of libx264, from fastest with large files to slowest with small ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[allow(missing_docs)]
pub enum Preset {
    Ultrafast,
    Superfast,
    Veryfast,
    Faster,
    Fast,
    Medium,
    Slow,
    Slower,
    Veryslow,
}

/// Which pictures are recorded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pictures {
    /// With circles and labels.
    Annotated,
    /// As they came from the source.
    Clean,
}

/// What a recording takes over from its source.
#[derive(Clone, Debug, Default)]
pub struct Origin {
    /// The sound that goes into the recording, when there is any (`SourceInfo::sound`).
    pub sound: Option<SoundTap>,
    /// Nominal rate, pictures a second (`SourceInfo::fps`): the length of the only picture of a recording.
    pub fps: Option<f64>,
}

/// A video file.
///
/// The first picture sets the size; odd sides are made even by repeating the last row or column (H.264 at 4:2:0 has no
/// odd ones). Later pictures of other sizes are scaled into the first with black bars. Times are those of the frames,
/// to 1/60000 s; a time that does not grow is moved on by that much. Colours are BT.709, limited range.
///
/// The file is a fragmented MP4: fragments are written and flushed as they fill, so a killed process or a full disk
/// leaves everything before the last fragment readable.
pub struct VideoSink {
    path: PathBuf,
    settings: VideoSinkSettings,
    pictures: Pictures,
    fps: Option<f64>,
    choice: Choice,
    state: State,
    warnings: Vec<String>,
}

enum State {
    /// Waiting for the first picture, which sets the size.
    Empty(Option<Sound>),
    Open(Box<Writer>),
    /// Finished, or failed: what failed once is not tried again.
    Closed,
}

impl VideoSink {
    /// Makes the file (an existing one is overwritten), chooses the encoder and looks for sound to copy.
    ///
    /// # Errors
    /// [`SinkError::Unusable`] when the file cannot be made or no encoder is there.
    pub fn create(
        path: &Path,
        settings: VideoSinkSettings,
        pictures: Pictures,
        origin: &Origin,
    ) -> Result<VideoSink, SinkError> {
        ffmpeg::log::set_level(ffmpeg::log::Level::Quiet);
        let shown = path.display();
        File::create(path).map_err(|error| {
            SinkError::Unusable(format!("{shown} cannot be written: {error}; choose a folder that can be written to"))
        })?;
        let choice = encoder::choose(&settings.encoder).map_err(SinkError::Unusable)?;
        let mut warnings: Vec<String> = choice.note().into_iter().collect();
        let sound = origin.sound.as_ref().and_then(|tap| {
            let (sound, note) = Sound::open(tap, |parameters, base| Writer::takes(path, &settings, (parameters, base)));
            warnings.extend(note);
            sound
        });
        let state = State::Empty(sound);
        Ok(VideoSink { path: path.to_owned(), settings, pictures, fps: origin.fps, choice, state, warnings })
    }

    /// Sentences for the user about what is not as asked: sound left out, another codec than H.264.
    pub fn warnings(&self) -> &[String] {
        &self.warnings
    }

    /// The file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    fn writer(&mut self, picture: &RgbImage) -> Result<Option<&mut Writer>, SinkError> {
        if let State::Empty(sound) = &mut self.state {
            let sound = sound.take().filter(|sound| !sound.is_silent());
            let size = picture::even(picture.dimensions());
            let opened = Writer::open(&self.path, &self.choice, &self.settings, (size, self.fps), sound);
            let writer = opened.map_err(|error| {
                SinkError::Unusable(format!(
                    "{} cannot be recorded at {}x{} px with {}: {error}",
                    self.path.display(),
                    size.0,
                    size.1,
                    self.choice.name()
                ))
            })?;
            self.state = State::Open(Box::new(writer));
        }
        Ok(match &mut self.state {
            State::Open(writer) => Some(writer),
            _ => None,
        })
    }

    fn failed(&self, error: ffmpeg::Error) -> SinkError {
        SinkError::Failed(format!(
            "{} cannot be written further: {error}; what was written before stays readable",
            self.path.display()
        ))
    }
}

impl Sink for VideoSink {
    fn put(&mut self, item: &Rendered) -> Result<(), SinkError> {
        let picture = match self.pictures {
            Pictures::Annotated => item.annotated.as_ref(),
            Pictures::Clean => &item.frame.pixels,
        };
        let result = match self.writer(picture) {
            Ok(Some(writer)) => writer.put(picture, item.frame.pts).map_err(|error| self.failed(error)),
            Ok(None) => Ok(()),
            Err(error) => Err(error),
        };
        if result.is_err() {
            self.state = State::Closed;
        }
        result
    }

    fn finish(&mut self) -> Result<(), SinkError> {
        match std::mem::replace(&mut self.state, State::Closed) {
            State::Open(mut writer) => {
                let finished = writer.finish();
                self.warnings.extend(writer.notes());
                finished.map_err(|error| self.failed(error))
            }
            // A file without pictures is of no use to anybody.
            State::Empty(_) => std::fs::remove_file(&self.path)
                .map_err(|error| SinkError::Failed(format!("{} cannot be removed: {error}", self.path.display()))),
            State::Closed => Ok(()),
        }
    }

    fn warnings(&self) -> Vec<String> {
        self.warnings.clone()
    }
}
