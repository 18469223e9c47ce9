//! WebVTT, subtitles (<https://www.w3.org/TR/webvtt1/>): a cue for every time that a place is in view. Several at once stand one above the other.

use super::file::ExportedFile;
use super::runs::{LesionRun, runs};
use super::view::ExportView;
use crate::printable;
use crate::session::SessionError;

/// A place that is not circled for so long, s, keeps its cue: subtitles that flicker cannot be read.
const BRIDGED_S: f64 = 0.5;

/// One file.
pub(super) fn files(view: &ExportView) -> Result<Vec<ExportedFile>, SessionError> {
    let step = view.step_s()?;
    let mut text = "WEBVTT\n".to_owned();
    for run in runs(view, BRIDGED_S) {
        let (start, end) = run.times();
        text += &format!("\n{} --> {}\n{}\n", clock(start), clock(end + step), words(&run, view));
    }
    Ok(ExportedFile::alone(text))
}

/// `#3 melanoma`; what is no place has no number.
fn words(run: &LesionRun, view: &ExportView) -> String {
    let mut class = view.classes.get(run.class()).copied().unwrap_or_default();
    if view.session.account.places.iter().any(|place| place.place == run.id && place.class.is_none()) {
        class = "undecided";
    }
    let class = printable(class).replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    if run.is_place() { format!("#{} {class}", run.id) } else { format!("{class}, not counted") }
}

/// Hours, minutes, seconds and milliseconds.
fn clock(seconds: f64) -> String {
    let ms = (seconds * 1e3).round().max(0.0) as u64;
    format!("{:02}:{:02}:{:02}.{:03}", ms / 3_600_000, ms / 60_000 % 60, ms / 1000 % 60, ms % 1000)
}

#[cfg(test)]
mod tests {
    use super::clock;

    #[test]
    fn times_are_written_in_full() {
        assert_eq!(clock(0.0), "00:00:00.000");
        assert_eq!(clock(0.0333), "00:00:00.033");
        assert_eq!(clock(59.9996), "00:01:00.000");
        assert_eq!(clock(36_000.5), "10:00:00.500");
        assert_eq!(clock(3_599_999.999), "999:59:59.999");
    }
}
