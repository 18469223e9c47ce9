//! A recorded session in the window: plays, stops, goes back and forth.

use std::collections::VecDeque;
use std::thread::sleep;
use std::time::{Duration, Instant};

use super::film::{FilmPicture, SessionFilm};
use super::redrawn::Replay;
use crate::cli::interrupt;
use crate::draw::{Scene, View, annotate};
use crate::geometry::Size;
use crate::sink::window::{Action, WindowApart};
use crate::source::Stop;

/// The arrows go so far, s.
const LEAP_S: f64 = 5.0;

/// Pictures kept for going back without reading the film anew; 90 MB at 1280x720.
const KEPT: usize = 32;

/// Speeds that `+` and `-` go through, times that of the film.
const SPEEDS: [f64; 7] = [0.1, 0.25, 0.5, 1.0, 2.0, 4.0, 8.0];
const PLAIN: usize = 3;

/// Longest time between two looks at the keys.
const LOOK: Duration = Duration::from_millis(5);

/// A picture that stands still is shown again after this long: the window may have been uncovered.
const REFRESH: Duration = Duration::from_millis(100);

/// Opens the film of the session from its beginning.
pub(super) type OpenAgain<'a> = &'a dyn Fn() -> anyhow::Result<SessionFilm>;

/// What is played, and how.
pub(super) struct Player<'a> {
    replay: &'a Replay,
    reopen: OpenAgain<'a>,
    film: SessionFilm,
    view: View,
    stop: Stop,
    /// The pictures that were read last, the newest at the end; never empty.
    kept: VecDeque<FilmPicture>,
    /// So many pictures before the newest is the one that is shown.
    back: usize,
    ended: bool,
    playing: bool,
    speed: usize,
    /// When the picture that is shown was due, by the clock.
    due: Instant,
}

impl<'a> Player<'a> {
    /// A player at the first picture, which it has read; `None` for a film without pictures.
    pub(super) fn new(replay: &'a Replay, reopen: OpenAgain<'a>, stop: Stop) -> anyhow::Result<Option<Player<'a>>> {
        let mut film = reopen()?;
        let Some(first) = film.next(&replay.session, &stop)? else { return Ok(None) };
        Ok(Some(Player {
            replay,
            reopen,
            film,
            view: replay.view.clone(),
            stop,
            kept: VecDeque::from([first]),
            back: 0,
            ended: false,
            playing: true,
            speed: PLAIN,
            due: Instant::now(),
        }))
    }

    /// The size of the pictures.
    pub(super) fn size(&self) -> Size {
        self.shown().map_or(Size::square(1), |picture| picture.frame.size())
    }

    /// Plays until the viewer leaves. At the end of the film the last picture stays.
    pub(super) fn run(&mut self, window: &mut WindowApart) -> anyhow::Result<()> {
        let (mut changed, mut drawn) = (true, Instant::now());
        while !interrupt::happened() {
            for action in window.events()? {
                if action == Action::Quit {
                    return Ok(());
                }
                self.act(action)?;
                changed = true;
            }
            if self.playing && Instant::now() >= self.next_due() {
                self.step()?;
                changed = true;
            }
            if (changed || drawn.elapsed() >= REFRESH) && window.is_ready() {
                self.draw(window)?;
                (changed, drawn) = (false, Instant::now());
            }
            sleep(LOOK);
        }
        Ok(())
    }

    fn act(&mut self, action: Action) -> anyhow::Result<()> {
        let draw = &mut self.view.draw;
        match action {
            Action::Pause => self.playing = !(self.playing || self.ended && self.back == 0),
            Action::ToggleCircles => draw.circles = !draw.circles,
            Action::NextLabels => draw.labels = draw.labels.next(),
            Action::ConfUp => self.speed = (self.speed + 1).min(SPEEDS.len() - 1),
            Action::ConfDown => self.speed = self.speed.saturating_sub(1),
            Action::LeapBack => self.go_to(self.time_s() - LEAP_S)?,
            Action::LeapForward => self.go_to(self.time_s() + LEAP_S)?,
            Action::PreviousFrame => {
                self.playing = false;
                match self.back + 1 < self.kept.len() {
                    true => self.back += 1,
                    // Just before the picture that is shown.
                    false => self.go_to(self.time_s() - 1e-6)?,
                }
            }
            Action::NextFrame => {
                self.playing = false;
                self.step()?;
            }
            _ => {}
        }
        self.due = Instant::now();
        Ok(())
    }

    /// Goes one picture on.
    fn step(&mut self) -> anyhow::Result<()> {
        if self.back > 0 {
            self.back -= 1;
        } else if let Some(picture) = self.film.next(&self.replay.session, &self.stop)? {
            if self.kept.len() >= KEPT {
                self.kept.pop_front();
            }
            self.kept.push_back(picture);
        } else {
            (self.ended, self.playing) = (true, false);
        }
        self.due = Instant::now();
        Ok(())
    }

    /// Goes to the last picture that is not later than a time, s; to the first or the last where there is none.
    fn go_to(&mut self, time_s: f64) -> anyhow::Result<()> {
        if self.kept.front().is_some_and(|first| first.frame.pts.as_secs_f64() > time_s) {
            self.film = (self.reopen)()?;
            let Some(first) = self.film.next(&self.replay.session, &self.stop)? else { return Ok(()) };
            (self.kept, self.back, self.ended) = (VecDeque::from([first]), 0, false);
        }
        while self.back > 0 && self.time_s() < time_s {
            self.back -= 1;
        }
        while self.back == 0 && !self.ended && self.time_s() < time_s && !interrupt::happened() {
            let playing = self.playing;
            self.step()?;
            self.playing = playing && !self.ended;
        }
        while self.time_s() > time_s && self.back + 1 < self.kept.len() {
            self.back += 1;
        }
        Ok(())
    }

    fn shown(&self) -> Option<&FilmPicture> {
        self.kept.get(self.kept.len().checked_sub(self.back + 1)?)
    }

    /// The time of the picture that is shown, s.
    fn time_s(&self) -> f64 {
        self.shown().map_or(0.0, |picture| picture.frame.pts.as_secs_f64())
    }

    /// When the next picture is due: as long after this one as the session says.
    fn next_due(&self) -> Instant {
        let frames = &self.replay.session.frames;
        let line = self.shown().and_then(|picture| picture.line);
        let times = line.and_then(|line| Some((frames.get(line)?.time_s, frames.get(line + 1)?.time_s)));
        let lasts = times.map_or(1.0 / 30.0, |(this, next)| next - this).clamp(0.0, LEAP_S);
        let speed = SPEEDS.get(self.speed).copied().unwrap_or(1.0);
        self.due + Duration::from_secs_f64(lasts / speed)
    }

    fn draw(&mut self, window: &mut WindowApart) -> anyhow::Result<()> {
        let frames = &self.replay.session.frames;
        let Some(picture) = self.shown() else { return Ok(()) };
        let detection = self.replay.detection(picture);
        let classes = self.replay.redrawing.classes();
        let length = frames.last().map_or(0.0, |last| last.time_s);
        let speed = SPEEDS.get(self.speed).copied().unwrap_or(1.0);
        let held = if self.playing { "" } else { ", held" };
        let notice = format!("{:.2} of {length:.2} s, {speed} times{held}", self.time_s());
        let view = View { notice: Some(notice), ..self.view.clone() };
        let scene = Scene { frame: &picture.frame, detection: &detection, classes, status: None };
        Ok(window.show(&annotate(&scene, &view, None))?)
    }
}
