//! One frame in, findings out: plan, cache, coarse level, classifier, peaks, skin context, tracks. No threads, no files, no clock.

mod audit;
mod coarse;
mod effort;
mod jobs;
mod looks;
mod opinions;
mod second;

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::cache::CacheSettings;
use crate::detect::audit::Auditor;
use crate::detect::effort::Effort;
pub use crate::detect::jobs::{Answer, Evaluator, Job, Serial, Worker};
use crate::detect::looks::{Asking, Count, Memory, Searched, Wanted};
use crate::detect::second::{finding, second_round};
use crate::finding::{Detection, Finding, HeatGrid, Shortfall, TrackedCircle, WindowCounts};
use crate::frame::Frame;
use crate::model::{Class, ClassKind, Exclusivity, GateGeometry, ModelError};
use crate::pixels::pyramid::Pyramid;
use crate::scan::ScanSettings;
use crate::scan::crowd::Crowd;
use crate::scan::gate::{Candidate, Candidates, candidates};
use crate::scan::map::{Look, ScoreMap, heat};
use crate::scan::peaks::{Peak, peaks, suppress};
use crate::scan::plan::{Plan, WindowId};
use crate::skin::SkinSettings;
use crate::track::{Naming, OpinionSettings, Step, TrackSettings, Tracker};

/// Settings of all that turns a frame into findings.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DetectSettings {
    /// Windows, cascade and peaks.
    pub scan: ScanSettings,
    /// Scores kept between frames.
    pub cache: CacheSettings,
    /// Findings followed through time.
    pub track: TrackSettings,
    /// Whether a finding is on skin.
    pub skin: SkinSettings,
    /// What the second network is asked.
    pub opinion: OpinionSettings,
}

/// The settings as shipped, of which these are some sections.
const SHIPPED: &str = include_str!("../../config/default.toml");

impl DetectSettings {
    /// The settings as shipped.
    ///
    /// # Errors
    /// None, as tests see to it that what is shipped can be read.
    pub fn shipped() -> Result<DetectSettings, toml::de::Error> {
        let mut all: toml::Table = toml::from_str(SHIPPED)?;
        all.retain(|section, _| ["scan", "cache", "track", "skin", "opinion"].contains(&section));
        all.try_into()
    }
}

/// Owns what lives longer than a frame: the plan, the cache and the tracks. One thread owns it.
pub struct Detector {
    settings: DetectSettings,
    geometry: GateGeometry,
    searched: Searched,
    naming: Naming,
    /// The classes whose circles are wanted.
    wanted: Vec<usize>,
    plan: Plan,
    memory: Memory,
    tracker: Tracker,
    opinions: bool,
    effort: Effort,
    /// Counts what cascade and cache miss, where that is asked for.
    auditor: Option<Box<Auditor>>,
}

impl Detector {
    /// A detector for a model with these classes and this coarse level. Class names in the settings that the model does
    /// not have are passed over: see [`ScanSettings::unknown_classes`].
    pub fn new(settings: DetectSettings, classes: Vec<Class>, gate: GateGeometry) -> Detector {
        let indices = |test: &dyn Fn(&Class) -> bool| {
            classes.iter().enumerate().filter(|(_, class)| test(class)).map(|(index, _)| index).collect()
        };
        let auditor = Auditor::new(&settings, &classes, gate).map(Box::new);
        Detector {
            auditor,
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

    /// A detector that asks the model's second network about its circles, when the settings say so.
    pub fn with_opinions(mut self) -> Detector {
        let opinion = &self.settings.opinion;
        self.opinions = opinion.looks > 0;
        self.tracker = Tracker::new(self.settings.track.clone(), self.opinions.then(|| opinion.clone()));
        self.auditor = self.auditor.map(|auditor| Box::new(auditor.with_opinions()));
        self
    }

    /// A detector for a model whose probabilities belong together in another way than summing to 1.
    pub fn with_exclusivity(mut self, exclusivity: Exclusivity) -> Detector {
        self.searched.exclusivity = exclusivity;
        self.auditor = self.auditor.map(|auditor| Box::new(auditor.with_exclusivity(exclusivity)));
        self
    }

    /// A detector for pictures that are shown as they come: where much of one is new, its coarse level takes a few frames.
    pub fn spread(mut self) -> Detector {
        self.effort = self.effort.spread();
        self
    }

    /// Forgets scores and tracks: the next frame has nothing to do with the last. Ids of tracks go on counting.
    pub fn reset(&mut self) {
        self.memory = Memory::default();
        self.tracker.reset();
    }

    /// Changes the evidence from which a window counts as a lesion, `0..=1`, from the next frame on.
    pub fn set_conf(&mut self, conf: f32) {
        self.settings.scan.conf = conf.clamp(0.0, 1.0);
        self.auditor.iter_mut().for_each(|auditor| auditor.set_conf(conf));
    }

    /// Changes the part of the windows that a film's frame is looked at with, `0..=1`, from the next frame on: of those that the
    /// settings ask for, the first ones of each kind.
    pub fn set_effort(&mut self, effort: f32) {
        self.effort = self.effort.with_part(effort);
    }

    /// The windows planned for the size of the last frame.
    pub fn plan(&self) -> &Plan {
        &self.plan
    }

    /// What a picture that stands alone shows: nothing is reused and every circle is confirmed at once.
    pub fn detect_still(&mut self, frame: &Arc<Frame>, evaluator: &mut dyn Evaluator) -> Result<Detection, ModelError> {
        self.reset();
        let detection = self.scan(frame, evaluator, 1);
        self.reset();
        detection
    }

    /// What the next frame of a film shows. Depends on its pixels, the settings and the frames since the last reset alone.
    ///
    /// Errors: the model failed, or its answers do not fit its geometry.
    pub fn detect(&mut self, frame: &Arc<Frame>, evaluator: &mut dyn Evaluator) -> Result<Detection, ModelError> {
        self.scan(frame, evaluator, self.settings.track.confirm_hits)
    }

    fn scan(&mut self, frame: &Arc<Frame>, evaluator: &mut dyn Evaluator, hits: u32) -> Result<Detection, ModelError> {
        let (seen, obstacle) = match self.see(frame, evaluator)? {
            Ok(seen) => (seen, None),
            Err(reason) => {
                let windows = self.plan.windows();
                let counts = WindowCounts { planned: windows, skipped: windows, ..Default::default() };
                (Seen { counts, heat: heat(std::iter::empty(), frame.size()), ..Seen::default() }, Some(reason))
            }
        };
        let audit = match &mut self.auditor {
            Some(auditor) if hits > 1 && obstacle.is_none() => auditor.audit(frame, evaluator, &seen.findings)?,
            _ => None,
        };
        let Seen { findings, mut counts, heat, mut shortfall } = seen;
        self.follow(findings, hits);
        if self.opinions && obstacle.is_none() {
            let (shown, cut) = self.consult(frame, evaluator, hits)?;
            counts.opinions = shown;
            shortfall.cut |= cut;
        }
        let circles = self.listed();
        Ok(Detection { audit, shortfall, ..self.detection(circles, counts, heat, obstacle) })
    }

    /// What the search finds in a frame, or why the picture cannot be judged.
    fn see(&mut self, frame: &Arc<Frame>, evaluator: &mut dyn Evaluator) -> Result<Result<Seen, String>, ModelError> {
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

    fn follow(&mut self, findings: Vec<Finding>, confirm_hits: u32) {
        let skin = &self.settings.skin;
        let on_skin = |before: Option<bool>, context: f32| skin.decide(before, context);
        let conf = self.settings.scan.conf;
        self.tracker.step(findings, &Step { conf, confirm_hits, on_skin: &on_skin });
    }

    /// The circles of the present frame that are called what is wanted.
    fn listed(&self) -> Vec<TrackedCircle> {
        let mut circles = self.tracker.listed(&self.naming);
        circles.retain(|circle| self.wanted.contains(&circle.class));
        circles
    }

    fn detection(
        &self,
        circles: Vec<TrackedCircle>,
        windows: WindowCounts,
        heat: HeatGrid,
        not_assessable: Option<String>,
    ) -> Detection {
        let conf = self.settings.scan.conf;
        let mask = heat.values.iter().map(|value| *value >= conf && *value > 0.0).collect();
        Detection { circles, windows, heat, mask, not_assessable, ..Detection::default() }
    }
}

/// All windows of the plan.
fn everywhere(plan: &Plan) -> Vec<Candidate> {
    let candidate = |window| Some(Candidate { window, centre: plan.square(window)?.centre() });
    plan.ids().filter_map(candidate).collect()
}

/// What the search found in one frame.
#[derive(Default)]
struct Seen {
    findings: Vec<Finding>,
    counts: WindowCounts,
    heat: HeatGrid,
    shortfall: Shortfall,
}

/// What one frame's looks came to.
struct Looked {
    map: ScoreMap,
    peaks: Vec<Peak>,
    /// The surroundings of each peak's window.
    far: BTreeMap<WindowId, Look>,
    /// Where the classifier saw lesions.
    crowd: Crowd,
}
