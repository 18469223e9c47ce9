//! A video that is being read: picture after picture with its time, and again from where a lost stream comes back.

use std::sync::Arc;
use std::time::{Duration, Instant};

use ffmpeg_the_third as ffmpeg;

use super::address::Address;
use super::clock::Clock;
use super::decode::{DecodeOutcome, VideoDecoder};
use super::early::{self, FilmProgress};
use super::picture::PictureConverter;
use super::retry::Retry;
use super::session::VideoSession;
use super::settings::VideoSettings;
use super::watch::Watch;
use super::why::SourcePlace;
use crate::frame::Frame;
use crate::pictures::{self, Still};
use crate::sound::SoundTap;
use crate::source::{Source, SourceError, SourceInfo, SourceStats, Stop};

/// What is to be opened, and how.
#[derive(Clone)]
pub(super) struct OpenRequest {
    pub(super) address: Address,
    pub(super) place: SourcePlace,
    pub(super) settings: VideoSettings,
    pub(super) watch: Arc<Watch>,
}

/// A video that is being read.
pub(super) struct VideoReader {
    address: Address,
    place: SourcePlace,
    settings: VideoSettings,
    watch: Arc<Watch>,
    decoding: VideoDecoder,
    clock: Clock,
    converter: PictureConverter,
    info: SourceInfo,
    stats: SourceStats,
    /// The first picture is decoded at opening, so that a video without pictures is refused there.
    first: Option<Frame>,
    next_index: u64,
    /// How often it was tried again.
    retry: Retry,
}

impl VideoReader {
    /// Opens it and decodes its first picture.
    pub(super) fn open(opening: OpenRequest) -> Result<VideoReader, SourceError> {
        let OpenRequest { address, place, settings, watch } = opening;
        let session = VideoSession::open(&address, &settings, place, &watch, false)?;
        let mut source = VideoReader {
            info: info(&address, &session),
            clock: Clock::new(&session.facts),
            converter: PictureConverter::new(settings.untagged_matrix),
            decoding: VideoDecoder::new(session),
            settings,
            place,
            stats: SourceStats::default(),
            first: None,
            next_index: 0,
            retry: Retry::new(),
            address,
            watch,
        };
        let still = if matches!(place, SourcePlace::File(_)) { None } else { source.still()? };
        source.info.stills = still.is_some();
        source.first = if still.is_some() { still } else { source.read(&Stop::default())? };
        let first = source.first.as_ref().ok_or_else(|| SourceError::NoPicture { name: source.address.shown() })?;
        source.info.size = Some(first.size());
        source.info.sound = source.decoding.beside.tap().cloned();
        source.info.label = label(&source.info, &source.address);
        Ok(source)
    }

    /// The picture when a server or a pipe hands over one picture file: it is read as those on the disk are.
    fn still(&mut self) -> Result<Option<Frame>, SourceError> {
        let name = self.address.shown();
        let unusable = |why: String| SourceError::Unusable(format!("{name} cannot be read: {why}"));
        let Some(bytes) = self.decoding.lone_picture(&self.watch).map_err(unusable)? else { return Ok(None) };
        let Still { pixels, notes } = pictures::from_bytes(&bytes).map_err(unusable)?;
        let notes = notes.into_iter().map(|note| format!("{}: {note}", self.address.name()));
        self.stats.notes.extend(notes.inspect(|note| tracing::warn!("{note}")));
        (self.info.live, self.info.frames, self.info.fps) = (false, Some(1), Some(1.0));
        Ok(Some(self.number(Duration::ZERO, pixels)))
    }

    /// Decodes, places and converts the next picture.
    fn read(&mut self, stop: &Stop) -> Result<Option<Frame>, SourceError> {
        loop {
            self.watch.alive();
            match self.decoding.next(stop, &self.watch) {
                DecodeOutcome::Picture(mut picture, shape) => {
                    let stamp = picture.timestamp().or(picture.pts());
                    let pts = self.clock.place(stamp, &mut self.decoding, stop, &self.watch);
                    match self.converter.convert(&mut picture, shape) {
                        Ok(pixels) => return Ok(Some(self.number(pts, pixels))),
                        Err(_) => self.decoding.unreadable += 1,
                    }
                }
                DecodeOutcome::Stopped => return Ok(None),
                DecodeOutcome::End(trouble) if self.breaks_at_end(&trouble) => {
                    if !self.reconnect(stop)? {
                        return Ok(None);
                    }
                }
                DecodeOutcome::End(_) => {
                    self.stats.ended_early = self.ended_early();
                    self.decoding.beside.tap().into_iter().for_each(SoundTap::end);
                    return Ok(None);
                }
            }
        }
    }

    /// A sentence when it stopped before its announced end.
    fn ended_early(&self) -> Option<String> {
        let picture_s = 1.0 / self.info.fps.unwrap_or(25.0);
        let (placed_s, unexplained_s) = self.clock.placed_s();
        let reached = FilmProgress {
            seen_s: self.clock.own_last_s() + picture_s,
            latest_s: self.decoding.beside.latest_s(),
            placed_s: placed_s + picture_s,
            unexplained_s,
            wild: self.clock.trouble().is_some(),
            pictures: self.next_index,
            broken: self.decoding.is_broken(),
        };
        early::sentence(&self.address.shown(), self.decoding.facts(), reached)
    }

    fn number(&mut self, pts: Duration, pixels: image::RgbImage) -> Frame {
        let index = self.next_index;
        self.next_index += 1;
        Frame { index, pts, pixels, file: None }
    }

    /// Whether this end is a lost connection.
    fn breaks_at_end(&self, trouble: &Option<ffmpeg::Error>) -> bool {
        self.next_index > 0
            && self.info.live
            && (trouble.is_some() || self.address.is_endless() || self.watch.timed_out())
    }

    /// Opens a lost stream again, trying for `reconnect_s`. `false`: the run is to stop.
    fn reconnect(&mut self, stop: &Stop) -> Result<bool, SourceError> {
        let (lost, patience) = (Instant::now(), seconds(self.settings.reconnect_s));
        self.retry.lost();
        tracing::warn!("{}: the stream was lost; trying again", self.address.shown());
        while lost.elapsed() < patience {
            let until = lost.elapsed() + self.retry.pause();
            while lost.elapsed() < until.min(patience) && !stop.requested() {
                std::thread::sleep(Duration::from_millis(20));
            }
            if stop.requested() {
                return Ok(false);
            }
            self.watch.alive();
            if let Ok(session) = VideoSession::open(&self.address, &self.settings, self.place, &self.watch, true) {
                self.retry.opened();
                self.stats.gaps += 1;
                self.stats.gap_time += lost.elapsed();
                self.clock.reopened(&session.facts, lost.elapsed());
                self.decoding.replace(session);
                return Ok(true);
            }
        }
        let (name, pictures) = (self.address.shown(), self.next_index);
        Err(SourceError::Lost { name, pictures, waited_s: self.settings.reconnect_s })
    }
}

impl Source for VideoReader {
    fn info(&self) -> &SourceInfo {
        &self.info
    }

    fn next_frame(&mut self, stop: &Stop) -> Result<Option<Frame>, SourceError> {
        if stop.requested() {
            return Ok(None);
        }
        self.watch.listen(stop);
        match self.first.take() {
            Some(frame) => {
                // Who wants the sound says so before the first picture is asked for.
                self.decoding.find_sound(stop, &self.watch);
                self.decoding.beside.tap().into_iter().for_each(SoundTap::begin);
                Ok(Some(frame))
            }
            None if self.info.stills => Ok(None),
            None => self.read(stop),
        }
    }

    fn stats(&self) -> SourceStats {
        let name = self.address.name();
        let said = self.decoding.notes().chain(self.converter.notes()).map(|note| format!("{name} {note}"));
        let times = self.clock.trouble().map(|trouble| format!("{name}: {trouble}"));
        let notes = self.stats.notes.iter().cloned().chain(said).chain(times).collect();
        SourceStats { unreadable: self.decoding.unreadable, notes, ..self.stats.clone() }
    }
}

fn info(address: &Address, session: &VideoSession) -> SourceInfo {
    SourceInfo {
        label: address.name(),
        stem: address.stem(),
        live: session.facts.live,
        size: None,
        frames: session.facts.frames.filter(|_| !session.facts.live),
        fps: session.facts.fps,
        sound: None,
        stills: false,
    }
}

fn label(info: &SourceInfo, address: &Address) -> String {
    let size = info.size.unwrap_or_default();
    let rate = info.fps.map_or(String::new(), |fps| format!(" at {} fps", (fps * 100.0).round() / 100.0));
    format!("{}: {size}{rate}", address.name())
}

/// A setting in seconds as a duration; nonsense counts as none.
pub(super) fn seconds(value: f64) -> Duration {
    Duration::try_from_secs_f64(value).unwrap_or_default()
}
