//! The search through the frames of one film or picture: plan, memory, coarse level, classifier, peaks, tracks.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::effort::Effort;
use super::jobs::Evaluator;
use super::looks::{Asking, Count, Memory, Searched, Wanted};
use super::second::{finding, second_round};
use super::settings::DetectSettings;
use crate::finding::{Finding, HeatGrid, Shortfall, TrackedCircle, WindowCounts};
use crate::frame::Frame;
use crate::model::{Class, ClassKind, Exclusivity, GateGeometry, ModelError};
use crate::pixels::pyramid::Pyramid;
use crate::scan::crowd::Crowd;
use crate::scan::gate::{Candidate, Candidates, candidates};
use crate::scan::map::{Look, ScoreMap, heat};
use crate::scan::peaks::{Peak, peaks, suppress};
use crate::scan::plan::{Plan, WindowId};
use crate::track::{Naming, Step, Tracker};

/// What lives longer than a frame: the plan, the cache and the tracks.
pub(super) struct Search {
    pub(super) settings: DetectSettings,
    geometry: GateGeometry,
    pub(super) searched: Searched,
    naming: Naming,
    /// The classes whose circles are wanted.
    wanted: Vec<usize>,
    pub(super) plan: Plan,
    pub(super) memory: Memory,
    pub(super) tracker: Tracker,
    /// Whether the second network is asked.
    pub(super) opinions: bool,
    pub(super) effort: Effort,
}

impl Search {
    /// A search with a model with these classes and this coarse level.
    pub(super) fn new(settings: DetectSettings, classes: Vec<Class>, gate: GateGeometry) -> Search {
        let indices = |test: &dyn Fn(&Class) -> bool| {
            classes.iter().enumerate().filter(|(_, class)| test(class)).map(|(index, _)| index).collect()
        };
        Search {
            searched: Searched { classes: settings.scan.searched(&classes), ..Searched::default() },
            wanted: settings.scan.wanted(&classes),
            naming: Naming {
                lesions: indices(&|class| class.kind == ClassKind::Lesion),
                suspicious: indices(&|class| class.kind == ClassKind::Lesion && class.suspicious),
                share: settings.opinion.suspicious,
            },
            plan: Plan::new(0, 0, &settings.scan, gate),
            memory: Memory::default(),
            tracker: Tracker::new(settings.track.clone(), None),
            opinions: false,
            effort: Effort::WHOLE,
            geometry: gate,
            settings,
        }
    }

    /// A search that asks the model's second network about its circles, when the settings say so.
    pub(super) fn with_opinions(mut self) -> Search {
        let opinion = &self.settings.opinion;
        self.opinions = opinion.looks > 0;
        self.tracker = Tracker::new(self.settings.track.clone(), self.opinions.then(|| opinion.clone()));
        self
    }

    /// A search with a model whose probabilities need not sum to 1.
    pub(super) fn with_exclusivity(mut self, exclusivity: Exclusivity) -> Search {
        self.searched.exclusivity = exclusivity;
        self
    }

    /// Forgets scores and tracks: the next frame has nothing to do with the last. Ids of tracks go on counting.
    pub(super) fn reset(&mut self) {
        self.memory = Memory::default();
        self.tracker.reset();
    }

    /// Changes the evidence from which a window counts as a lesion, `0..=1`, from the next frame on.
    pub(super) fn set_conf(&mut self, conf: f32) {
        self.settings.scan.conf = conf.clamp(0.0, 1.0);
    }

    /// The circles of the present frame that are called what is wanted.
    pub(super) fn listed(&self) -> Vec<TrackedCircle> {
        let mut circles = self.tracker.listed(&self.naming);
        circles.retain(|circle| self.wanted.contains(&circle.class));
        circles
    }

    /// What is found in a frame, or why the picture cannot be judged.
    pub(super) fn see(
        &mut self,
        frame: &Arc<Frame>,
        evaluator: &mut dyn Evaluator,
    ) -> Result<Result<Seen, String>, ModelError> {
        let (width, height) = frame.size();
        if (width, height) != (self.plan.width, self.plan.height) {
            self.plan = Plan::new(width, height, &self.settings.scan, self.geometry);
            self.reset();
        }
        let picture = Pyramid::of(&frame.pixels);
        let luma = picture.luma();
        let camera_lost = !self.settings.scan.exhaustive && !self.memory.observe(picture);
        if let Some(reason) = self.obstacle(luma) {
            return Ok(Err(reason));
        }
        let (looked, counts, cut) = self.look(frame, evaluator)?;
        let conf = self.settings.scan.conf;
        let findings = looked.peaks.iter().map(|peak| {
            let mut finding = finding(peak, looked.far.get(&peak.window), conf);
            finding.context *= looked.crowd.leaves(&self.plan, peak.window);
            finding
        });
        let shown = looked.map.iter().map(|(_, look)| look).chain(looked.peaks.iter().flat_map(Peak::looks));
        let shortfall = Shortfall { camera_lost, cut };
        Ok(Ok(Seen { findings: findings.collect(), counts, heat: heat(shown, frame.size()), shortfall }))
    }

    /// Why the picture cannot be judged.
    fn obstacle(&self, luma: f32) -> Option<String> {
        if self.plan.levels.is_empty() {
            let (width, height) = (self.plan.width, self.plan.height);
            let side = self.settings.scan.smallest(width.min(height));
            Some(format!("not assessable: {width}x{height} px is too small, the smallest window has {side} px"))
        } else if luma < self.settings.scan.min_luma {
            Some(format!("not assessable: too dark, mean brightness {luma:.0} of 255"))
        } else {
            None
        }
    }

    /// Coarse level, classifier, second round; and whether anything was left out for want of effort.
    fn look(
        &mut self,
        frame: &Arc<Frame>,
        evaluator: &mut dyn Evaluator,
    ) -> Result<(Looked, WindowCounts, bool), ModelError> {
        let (scan, effort) = (&self.settings.scan, self.effort);
        let memory = (!scan.exhaustive).then_some(&mut self.memory);
        let (plan, searched) = (&self.plan, &self.searched);
        let (settings, count) = (&self.settings.cache, Count::default());
        let mut asking = Asking { frame, evaluator, plan, memory, settings, searched, effort, count };
        let Candidates { mut windows, mut capped } = match scan.exhaustive {
            true => Candidates { windows: everywhere(plan), ..Candidates::default() },
            false => candidates(plan, &asking.gate()?, scan, &|candidate| asking.kept(candidate)),
        };
        if !scan.exhaustive {
            let most = effort.of(scan.max_fine as usize);
            let over = windows.len().saturating_sub(most);
            asking.count.cut |= over > 0;
            capped += over as u64;
            windows.truncate(most);
        }
        let wanted = windows.into_iter().filter_map(|candidate| Wanted::planned(plan, candidate));
        let map = ScoreMap::new(plan, asking.classify(wanted.collect())?);
        let found = peaks(plan, &map, self.tracker.threshold(scan.conf), scan);
        let crowd = Crowd::new(plan, found.iter().map(|peak| peak.window));
        let (found, far) = second_round(&mut asking, found, (&crowd, self.settings.skin.leave), scan)?;
        let skipped = plan.windows().saturating_sub(map.len() as u64).saturating_sub(capped);
        let counts = WindowCounts {
            planned: plan.windows(),
            coarse: asking.count.coarse,
            fine: asking.count.fine,
            reused: asking.count.reused,
            skipped,
            capped,
            opinions: 0,
        };
        let cut = asking.count.cut;
        Ok((Looked { map, peaks: suppress(found, scan), far, crowd }, counts, cut))
    }

    /// Updates the tracks with the findings of a frame.
    pub(super) fn follow(&mut self, findings: Vec<Finding>, confirm_hits: u32) {
        let skin = &self.settings.skin;
        let on_skin = |before: Option<bool>, context: f32| skin.decide(before, context);
        let conf = self.settings.scan.conf;
        self.tracker.step(findings, &Step { conf, confirm_hits, on_skin: &on_skin });
    }
}

/// All windows of the plan.
fn everywhere(plan: &Plan) -> Vec<Candidate> {
    let candidate = |window| Some(Candidate { window, centre: plan.square(window)?.centre() });
    plan.ids().filter_map(candidate).collect()
}

/// What the search found in one frame.
#[derive(Default)]
pub(super) struct Seen {
    pub(super) findings: Vec<Finding>,
    pub(super) counts: WindowCounts,
    pub(super) heat: HeatGrid,
    pub(super) shortfall: Shortfall,
}

/// The classifier's looks at one frame, and what follows from them.
struct Looked {
    map: ScoreMap,
    peaks: Vec<Peak>,
    /// The surroundings of each peak's window.
    far: BTreeMap<WindowId, Look>,
    /// Where the classifier saw lesions.
    crowd: Crowd,
}
