//! The way of a frame, from its pixels to the circles listed: a list of steps, each in a file of its name.

use std::sync::Arc;

use super::assess::Quality;
use super::circles::circle;
use super::classify::classify;
use super::consult::consult;
use super::context::look_around;
use super::cover::Faces;
use super::follow::follow;
use super::frame_model::FrameModel;
use super::jobs::Evaluator;
use super::join::{JoinedFrame, Listed, join};
use super::map_skin::map_skin;
use super::memory::Memory;
use super::observe::observe;
use super::propose::propose;
use super::refine::refine;
use super::settings::DetectSettings;
use super::setup::Setup;
use super::windows::LookCounts;
use crate::finding::{Detection, Finding, HeatGrid, Shortfall, WindowCounts};
use crate::frame::Frame;
use crate::model::{Model, ModelError};
use crate::place::PlaceBook;
use crate::quality::FrameLook;
use crate::scan::OperatingPoint;
use crate::scan::map::heat;
use crate::track::Tracker;

/// The search through the frames of one film or picture, and what it keeps between them.
pub(super) struct Search {
    pub(super) setup: Setup,
    memory: Memory,
    tracker: Tracker,
    book: PlaceBook,
    quality: Quality,
    faces: Faces,
}

/// What one frame shows by itself.
pub(super) enum Sight {
    /// This was found in it.
    Assessed(FrameFindings),
    /// It cannot be judged, for this reason.
    NotAssessable(String),
}

/// What is found in one frame, before it is followed through time.
pub(super) struct FrameFindings {
    pub(super) findings: Vec<Finding>,
    counts: WindowCounts,
    heat: HeatGrid,
    shortfall: Shortfall,
}

impl Search {
    /// What a frame shows by itself.
    pub(super) fn see(&mut self, frame: &Arc<Frame>, evaluator: &mut dyn Evaluator) -> Result<Sight, ModelError> {
        if self.setup.fit(frame.size()) {
            self.forget();
            self.book.lose();
        }
        let (setup, memory) = (&self.setup, &mut self.memory);
        let model = &mut FrameModel { frame, evaluator };

        if let Some(reason) = observe(setup, memory, frame) {
            return Ok(Sight::NotAssessable(reason));
        }
        let skin_map = map_skin(setup, memory, model)?;
        let lesions = skin_map.lesions(&setup.settings.skin);
        let proposal = propose(setup, memory, model, &lesions)?;
        let first = classify(setup, memory, model, proposal.windows)?;
        let surroundings = look_around(setup, memory, model, &first.peaks, skin_map)?;
        let refined = refine(setup, memory, model, first.peaks, &surroundings)?;
        let circles = circle(setup, &first.map, refined.peaks, &surroundings);

        let looks = [first.counts, surroundings.counts, refined.counts];
        let sum = |count: fn(&LookCounts) -> u64| looks.iter().map(count).sum();
        let planned = setup.plan.windows();
        let counts = WindowCounts {
            planned,
            coarse: proposal.coarse,
            fine: sum(|looks| looks.fresh),
            reused: sum(|looks| looks.reused),
            skipped: planned.saturating_sub(first.map.windows()).saturating_sub(proposal.capped),
            capped: proposal.capped,
            opinions: 0,
        };
        let shortfall = Shortfall { camera_lost: memory.camera_lost, cut: proposal.cut };
        Ok(Sight::Assessed(FrameFindings { findings: circles.findings, counts, heat: circles.heat, shortfall }))
    }

    /// What is listed for a frame that shows this, given the frames before. `confirm_hits`: findings that confirm a track, 1 for stills.
    pub(super) fn conclude(
        &mut self,
        frame: &Arc<Frame>,
        evaluator: &mut dyn Evaluator,
        sight: Sight,
        confirm_hits: u32,
    ) -> Result<Detection, ModelError> {
        let Search { setup, memory, tracker, book, quality, faces } = self;
        let (seen, not_assessable) = match sight {
            Sight::Assessed(seen) => (seen, None),
            Sight::NotAssessable(reason) => (FrameFindings::nothing(setup), Some(reason)),
        };
        let FrameFindings { findings, counts: mut windows, heat, mut shortfall } = seen;

        follow(setup, tracker, findings, confirm_hits);
        if setup.opinions && not_assessable.is_none() {
            let model = &mut FrameModel { frame, evaluator };
            let consultation = consult(setup, memory, tracker, model, confirm_hits)?;
            windows.opinions = consultation.windows;
            shortfall.cut |= consultation.cut;
        }
        let joined = JoinedFrame { frame, alone: confirm_hits <= 1 };
        let Listed { mut circles, places } = join(setup, memory, tracker, book, joined);
        let step = quality.step(memory, frame, shortfall.camera_lost);
        let look = FrameLook { picture: &frame.pixels, luma_levels: memory.present.luma(), step };
        let hint = quality.assess(setup, frame, &look, &mut circles);

        let faces = match setup.settings.cover_faces {
            true => faces.cover(setup, memory, not_assessable.is_none()),
            false => Vec::new(),
        };

        let conf = setup.point.conf;
        let mask = heat.values.iter().map(|value| *value >= conf && *value > 0.0).collect();
        Ok(Detection { circles, places, windows, heat, mask, not_assessable, shortfall, audit: None, hint, faces })
    }
}

impl FrameFindings {
    /// Those of a frame that was not looked at.
    fn nothing(setup: &Setup) -> FrameFindings {
        let windows = setup.plan.windows();
        let counts = WindowCounts { planned: windows, skipped: windows, ..WindowCounts::default() };
        let heat = heat([], setup.plan.frame);
        FrameFindings { findings: Vec::new(), counts, heat, shortfall: Shortfall::default() }
    }
}

impl Search {
    /// A search with a model at these thresholds.
    pub(super) fn new(settings: DetectSettings, point: OperatingPoint, model: &dyn Model) -> Search {
        let setup = Setup::new(settings, point, model);
        let opinions = setup.opinions.then(|| setup.settings.opinion.clone());
        let tracker = Tracker::new(setup.settings.track.clone(), opinions);
        let book = PlaceBook::new(setup.settings.place.clone());
        Search { setup, memory: Memory::default(), tracker, book, quality: Quality::default(), faces: Faces::default() }
    }

    /// Forgets scores, tracks and places: the next frame has nothing to do with the last. Ids of tracks and numbers of places go on counting.
    pub(super) fn reset(&mut self) {
        self.forget();
        self.book.reset();
    }

    /// Forgets scores and tracks: the next frame shows the same places in another size.
    fn forget(&mut self) {
        (self.memory, self.quality, self.faces) = (Memory::default(), Quality::default(), Faces::default());
        self.tracker.reset();
    }

    /// Changes the evidence from which a window counts as a lesion, `0..=1`, from the next frame on.
    pub(super) fn set_conf(&mut self, conf: f32) {
        self.setup.point.conf = conf.clamp(0.0, 1.0);
    }
}
