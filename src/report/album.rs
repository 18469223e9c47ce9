//! The pictures of a page, taken from a film or from stills in one pass.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use image::RgbImage;

use crate::frame::Frame;
use crate::pictures;
use crate::session::{RecordedFrame, RecordedSession};
use crate::sink::PictureNames;
use crate::source::video::{VideoSettings, VideoSource};
use crate::source::{Source, SourceError, Stop};

use super::inline::{InlinePicture, inline};
use super::wanted::{PictureOf, Wanted};

/// How far the time of a picture may be from that of its frame, s, before film and session do not belong together.
const TIME_S: f64 = 0.1;

/// Time stamps of recordings are rounded, s.
const ROUNDED_S: f64 = 0.002;

/// Opens what a session was made from once more.
pub type Reopen<'a> = Box<dyn FnOnce() -> Result<Box<dyn Source>, SourceError> + 'a>;

/// What came of opening a film or stills.
type OpenedFilm = Result<Box<dyn Source>, SourceError>;

/// Where the pictures of a report may come from, besides the session's own folder.
pub struct PictureSource<'a> {
    /// What the session was made from, where the user has named it and it can be read once more. Nothing that a session names is opened.
    pub source: Option<Reopen<'a>>,
    /// How films are read.
    pub video: VideoSettings,
    /// How long may be looked for pictures; `None`: as long as it takes.
    pub patience: Option<Duration>,
}

/// The pictures that were found.
#[derive(Debug, Default)]
pub(super) struct Album {
    pictures: BTreeMap<PictureOf, InlinePicture>,
    /// Where they are from, as a sentence; why there are none or not all.
    pub(super) origin: String,
}

/// How the pictures of a film are paired with the frames of a session.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Pairing {
    /// A recording of the session: both begin together.
    ByTime,
    /// The source itself: the same numbers.
    ByNumber,
}

impl Album {
    /// The picture of something, if it was found.
    pub(super) fn picture(&self, of: PictureOf) -> Option<&InlinePicture> {
        self.pictures.get(&of)
    }

    /// Why a picture is missing.
    pub(super) fn absence(&self) -> String {
        if self.pictures.is_empty() {
            self.origin.clone()
        } else {
            format!("This frame was not found. {}", self.origin)
        }
    }

    /// From the film without circles where there is one, else from the source, else from the film or the stills with circles.
    pub(super) fn collect(session: &RecordedSession, wanted: &Wanted, from: PictureSource) -> Album {
        let until = from.patience.and_then(|patience| Instant::now().checked_add(patience));
        let mut collector = Collector { session, wanted, until, annotated: false, found: BTreeMap::new() };
        let mut failures = Vec::new();
        let film = |name: &str| own_file(&session.folder, name).map(|path| open_film(&path, &from.video));
        let clean = || film("clean.mp4");
        // Faces are covered in the recordings alone.
        let source = from.source.filter(|_| !session.account.covers_faces()).map(|reopen| reopen());
        let attempts: [(&str, Option<OpenedFilm>, Pairing); 3] = [
            ("clean.mp4", clean(), Pairing::ByTime),
            ("the source", source, Pairing::ByNumber),
            ("annotated.mp4", film("annotated.mp4"), Pairing::ByTime),
        ];
        for (name, opened, pairing) in attempts {
            let Some(opened) = opened else { continue };
            collector.annotated = name == "annotated.mp4";
            let read = opened.map_err(|error| error.to_string());
            match read.and_then(|mut source| collector.read(&mut *source, pairing)) {
                Ok(()) => {}
                Err(why) => failures.push(format!("{name}: {why}")),
            }
            if !collector.found.is_empty() {
                return collector.album(name, &failures);
            }
        }
        collector.annotated = true;
        collector.read_stills();
        collector.album("the folder annotated", &failures)
    }
}

/// Takes the wanted parts out of pictures.
struct Collector<'a> {
    session: &'a RecordedSession,
    wanted: &'a Wanted,
    until: Option<Instant>,
    annotated: bool,
    found: BTreeMap<PictureOf, InlinePicture>,
}

impl Collector<'_> {
    /// Goes through a film or stills once, up to the last frame that is wanted.
    fn read(&mut self, source: &mut dyn Source, pairing: Pairing) -> Result<(), String> {
        let stop = Stop::default();
        let mut waiting = self.wanted.keys().copied().peekable();
        let mut began_s = None;
        while let Some(position) = waiting.peek().copied() {
            if self.until.is_some_and(|until| Instant::now() >= until) {
                return Err(
                    "it is long, and there was no time to go through all of it; \"lesionscope report\" takes the time"
                        .to_owned(),
                );
            }
            let Some(picture) = source.next_frame(&stop).map_err(|error| error.to_string())? else { break };
            let Some(wanted) = self.session.frames.get(position) else { break };
            let began_s = *began_s.get_or_insert(picture.pts.as_secs_f64());
            let reached = match pairing {
                Pairing::ByNumber => picture.index >= wanted.frame,
                Pairing::ByTime => picture.pts.as_secs_f64() - began_s >= self.since_start_s(wanted) - ROUNDED_S,
            };
            if reached {
                self.check(&picture, wanted, pairing, began_s)?;
                self.take(position, &picture.pixels);
                waiting.next();
            }
        }
        Ok(())
    }

    /// Time of a frame since the first one of the session, s.
    fn since_start_s(&self, frame: &RecordedFrame) -> f64 {
        frame.time_s - self.session.frames.first().map_or(0.0, |first| first.time_s)
    }

    /// Refuses a picture that is not that of the frame.
    fn check(&self, picture: &Frame, wanted: &RecordedFrame, pairing: Pairing, began_s: f64) -> Result<(), String> {
        let time_s = picture.pts.as_secs_f64();
        let same_size = pairing == Pairing::ByTime || wanted.size.is_none_or(|size| size == picture.size());
        let belongs = same_size
            && match pairing {
                Pairing::ByTime => (time_s - began_s - self.since_start_s(wanted)).abs() <= TIME_S,
                Pairing::ByNumber => {
                    let name = |path: &Path| path.file_name().map(|name| name.to_string_lossy().into_owned());
                    let same_file = wanted
                        .file
                        .as_ref()
                        .is_none_or(|file| picture.file.as_deref().and_then(name) == name(Path::new(file)));
                    picture.index == wanted.frame && same_file && (time_s - wanted.time_s).abs() <= TIME_S
                }
            };
        if belongs {
            Ok(())
        } else {
            Err(format!("it does not belong to this session: frame {} is another one", wanted.frame))
        }
    }

    /// Takes the stills with circles, which lie in a folder of their own.
    fn read_stills(&mut self) {
        let mut names = PictureNames::default();
        for (position, frame) in self.session.frames.iter().enumerate() {
            // The names of all, as each is made different from those before.
            let name = names.name(frame.file.as_deref().map(Path::new), frame.frame);
            if self.wanted.contains_key(&position)
                && let Some(path) = own_file(&self.session.folder.join("annotated"), &name)
                && let Ok(picture) = pictures::read(&path)
            {
                self.take(position, &picture);
            }
        }
    }

    /// Takes what is wanted of one frame.
    fn take(&mut self, position: usize, picture: &RgbImage) {
        for wanted in self.wanted.get(&position).into_iter().flatten() {
            if let Some(cut) = inline(picture, wanted.part, self.annotated) {
                self.found.insert(wanted.of, cut);
            }
        }
    }

    /// What was found, and a sentence on where. `name`: what was looked at last.
    fn album(self, name: &str, failures: &[String]) -> Album {
        let circles = if self.annotated { ", with its circles and labels in them" } else { "" };
        let what = match (self.found.is_empty(), failures.is_empty()) {
            (false, _) => format!("The pictures are from {name}{circles}"),
            (true, true) => {
                "There are no pictures: neither clean.mp4 nor annotated.mp4 lies beside this page".to_owned()
            }
            (true, false) => "There are no pictures".to_owned(),
        };
        let why = if failures.is_empty() { String::new() } else { format!(" ({})", failures.join("; ")) };
        let origin = format!("{what}{why}.");
        Album { pictures: self.found, origin }
    }
}

/// A file of a session; `None` where there is none, or a link that leads out of its folder.
pub(super) fn own_file(folder: &Path, name: &str) -> Option<PathBuf> {
    let path = folder.join(name).canonicalize().ok()?;
    let inside = path.parent() == folder.canonicalize().ok().as_deref();
    (inside && path.is_file()).then_some(path)
}

/// Opens a film by its absolute path, which is never taken for an address.
fn open_film(path: &Path, settings: &VideoSettings) -> OpenedFilm {
    Ok(Box::new(VideoSource::open(&path.to_string_lossy(), settings)?))
}
