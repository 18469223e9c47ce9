//! MOTChallenge, multiple object tracking: a sequence with `gt/gt.txt` and `seqinfo.ini`, as TrackEval and motmetrics read it
//! (<https://motchallenge.net/instructions/>).

use super::file::ExportedFile;
use super::view::ExportView;
use crate::session::SessionError;

/// The class that every evaluation of the MOTChallenge counts: "pedestrian".
const COUNTED: u8 = 1;

/// `gt/gt.txt` with a line a box (frame, id, left, top, width, height, whether it counts, class, visibility), and `seqinfo.ini`. Frames and
/// pixels are counted from 1.
pub(super) fn files(view: &ExportView) -> Result<Vec<ExportedFile>, SessionError> {
    let rate = 1.0 / view.step_s()?;
    let mut text = String::new();
    for (number, frame) in (1_u64..).zip(&view.frames) {
        for circle in &frame.circles {
            let region = circle.region;
            let from_1 = |px: f64| ((px + 1.0) * 10.0).round() / 10.0;
            let (id, left, top) = (circle.id, from_1(region.left), from_1(region.top));
            let (width, height) = (region.width, region.height);
            text += &format!("{number},{id},{left},{top},{width},{height},1,{COUNTED},1\n");
        }
    }
    let size = view.frames.first().and_then(|frame| frame.frame.size).unwrap_or_default();
    let info = format!(
        "[Sequence]\nname=session\nimDir=img1\nframeRate={rate:.3}\nseqLength={}\nimWidth={}\nimHeight={}\nimExt=.png\n",
        view.frames.len(),
        size.width,
        size.height
    );
    Ok(vec![ExportedFile::within("gt/gt.txt", text), ExportedFile::within("seqinfo.ini", info)])
}
