//! The last steps of a frame: its findings update the tracks, the second network is asked about some of them, and the circles are listed.

use std::sync::Arc;

use super::jobs::Evaluator;
use super::search::{Search, Seen};
use crate::finding::{Detection, HeatGrid, TrackedCircle, WindowCounts};
use crate::frame::Frame;
use crate::model::ModelError;
use crate::scan::map::heat;

impl Search {
    /// The detection of a frame. `seen` is what the search found, or why the picture cannot be judged; the tracks bring what is known of the
    /// frames before.
    pub(super) fn conclude(
        &mut self,
        frame: &Arc<Frame>,
        evaluator: &mut dyn Evaluator,
        (seen, hits): (Result<Seen, String>, u32),
    ) -> Result<Detection, ModelError> {
        let (seen, obstacle) = match seen {
            Ok(seen) => (seen, None),
            Err(reason) => {
                let windows = self.plan.windows();
                let counts = WindowCounts { planned: windows, skipped: windows, ..Default::default() };
                (Seen { counts, heat: heat(std::iter::empty(), frame.size()), ..Seen::default() }, Some(reason))
            }
        };
        let Seen { findings, mut counts, heat, mut shortfall } = seen;
        self.follow(findings, hits);
        if self.opinions && obstacle.is_none() {
            let (shown, cut) = self.consult(frame, evaluator, hits)?;
            counts.opinions = shown;
            shortfall.cut |= cut;
        }
        Ok(Detection { shortfall, ..self.detection(self.listed(), counts, heat, obstacle) })
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
