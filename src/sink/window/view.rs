//! What is shown in the window, and how the viewer's actions change it. No window needed.

use super::Action;
use crate::draw::View;
use crate::explain::MapChoice;

/// One press changes the threshold by this much.
const CONF_STEP: f32 = 0.05;
/// The threshold stays within these limits, so that it neither circles everything nor nothing for good.
const CONF_LIMITS: (f32, f32) = (0.05, 0.95);
/// One press changes the opacity of the heat by this much.
const OPACITY_STEP: f32 = 0.1;

/// What only the owner of the session can do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Request {
    /// End the session.
    Quit,
    /// Write a snapshot.
    Snapshot,
    /// Start or stop recording.
    Record,
}

/// What the viewer chose so far.
#[derive(Clone, Debug, PartialEq)]
pub struct ViewState {
    /// What is drawn.
    pub view: View,
    /// The threshold on the score, `0.05..=0.95` once changed.
    pub conf: f32,
    /// Whether the picture is held.
    pub paused: bool,
    /// What the key m goes through.
    explanations: Vec<MapChoice>,
    /// Place of the one chosen.
    chosen: usize,
}

impl ViewState {
    /// Starts with the given view and threshold, and the first of the explanations that `m` cycles through.
    pub fn new(view: View, conf: f32, explanations: Vec<MapChoice>) -> ViewState {
        ViewState { view, conf, paused: false, explanations, chosen: 0 }
    }

    /// The explanation chosen.
    pub fn explanation(&self) -> MapChoice {
        self.explanations.get(self.chosen).copied().unwrap_or_default()
    }

    /// Whether the network can be asked about its inside.
    pub fn looks_inside(&self) -> bool {
        self.explanations.iter().any(|shown| shown.method().is_some())
    }

    /// What is to be drawn: the view, with the scan's heat when it is the explanation chosen.
    pub fn shown(&self) -> View {
        let mut view = self.view.clone();
        view.draw.heat |= self.explanation() == MapChoice::WindowMap;
        view
    }

    /// Applies an action; what goes beyond the view is returned for the caller to do.
    pub fn apply(&mut self, action: Action) -> Option<Request> {
        let draw = &mut self.view.draw;
        match action {
            Action::Quit => return Some(Request::Quit),
            Action::Snapshot => return Some(Request::Snapshot),
            Action::Record => return Some(Request::Record),
            Action::Pause => self.paused = !self.paused,
            Action::ToggleHeat => draw.heat = !draw.heat,
            Action::ToggleCircles => draw.circles = !draw.circles,
            Action::NextLabels => draw.labels = draw.labels.next(),
            Action::NextExplanation => self.chosen = (self.chosen + 1) % self.explanations.len().max(1),
            Action::ConfUp => self.conf = stepped(self.conf, CONF_STEP, CONF_LIMITS),
            Action::ConfDown => self.conf = stepped(self.conf, -CONF_STEP, CONF_LIMITS),
            Action::OpacityUp => draw.heat_opacity = stepped(draw.heat_opacity, OPACITY_STEP, (0.0, 1.0)),
            Action::OpacityDown => draw.heat_opacity = stepped(draw.heat_opacity, -OPACITY_STEP, (0.0, 1.0)),
            Action::Help => self.view.help = !self.view.help,
            // What is live is neither before nor behind.
            Action::LeapBack | Action::LeapForward | Action::PreviousFrame | Action::NextFrame => {}
        }
        None
    }
}

/// `value` one step farther, on a multiple of the step so that rounding does not add up, within the limits.
fn stepped(value: f32, step: f32, limits: (f32, f32)) -> f32 {
    let steps = (1.0 / step.abs()).round();
    (((value + step) * steps).round() / steps).clamp(limits.0, limits.1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::draw::{ColourMap, DrawSettings, LabelChoice};
    use crate::explain::Method;

    fn state() -> ViewState {
        let draw = DrawSettings {
            circles: true,
            labels: LabelChoice::OnSkin,
            heat: false,
            mask: false,
            heat_opacity: 0.6,
            colour_map: ColourMap::Inferno,
            line_width_px: None,
        };
        let view = View { draw, contour: None, help: false, notice: None };
        ViewState::new(view, 0.5, vec![MapChoice::Nothing, MapChoice::WindowMap, MapChoice::Method(Method::Cam)])
    }

    #[test]
    fn toggles_come_back_after_two_presses() {
        for action in [Action::Pause, Action::ToggleHeat, Action::ToggleCircles, Action::Help] {
            let mut state = state();
            assert_eq!(state.apply(action), None);
            assert_ne!(state, self::state(), "{action:?} changes nothing");
            state.apply(action);
            assert_eq!(state, self::state(), "{action:?} twice");
        }
    }

    #[test]
    fn steps_stay_in_their_limits_and_on_round_numbers() {
        let mut state = state();
        (0..3).for_each(|_| assert_eq!(state.apply(Action::ConfUp), None));
        assert_eq!(state.conf, 0.65);
        (0..40).for_each(|_| assert_eq!(state.apply(Action::ConfUp), None));
        assert_eq!(state.conf, 0.95);
        (0..40).for_each(|_| assert_eq!(state.apply(Action::ConfDown), None));
        assert_eq!(state.conf, 0.05);
        (0..40).for_each(|_| assert_eq!(state.apply(Action::OpacityUp), None));
        assert_eq!(state.view.draw.heat_opacity, 1.0);
        (0..40).for_each(|_| assert_eq!(state.apply(Action::OpacityDown), None));
        assert_eq!(state.view.draw.heat_opacity, 0.0);
    }

    #[test]
    fn explanations_go_round() {
        let mut state = state();
        let mut seen = Vec::new();
        for _ in 0..4 {
            seen.push((state.explanation(), state.shown().draw.heat));
            state.apply(Action::NextExplanation);
        }
        let cam = MapChoice::Method(Method::Cam);
        assert_eq!(
            seen,
            [(MapChoice::Nothing, false), (MapChoice::WindowMap, true), (cam, false), (MapChoice::Nothing, false)],
            "the window map is the scan's heat"
        );
        state.apply(Action::ToggleHeat);
        assert!(state.shown().draw.heat, "heat can be had with any explanation");
        let mut none = ViewState::new(state.view, 0.5, Vec::new());
        assert_eq!(none.apply(Action::NextExplanation), None);
        assert_eq!(none.explanation(), MapChoice::Nothing);
    }

    #[test]
    fn what_the_view_cannot_do_is_handed_back() {
        let mut state = state();
        assert_eq!(state.apply(Action::Quit), Some(Request::Quit));
        assert_eq!(state.apply(Action::Snapshot), Some(Request::Snapshot));
        assert_eq!(state.apply(Action::Record), Some(Request::Record));
        assert_eq!(state, self::state());
    }
}
