//! Circles on clips that show no lesion: every one of them is false.

use serde::Serialize;

use super::detections::SeenFrame;
use super::page;
use super::table::{aligned, figure, legend};

/// What is counted on a clip without lesions, or on several.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct VideoCounts {
    /// Name of the clip.
    pub name: String,
    /// Frames looked at.
    pub frames: u64,
    /// Circles on them of which the program says that skin surrounds them.
    pub on_skin: u64,
    /// Circles on them of which it says that none does.
    pub off_skin: u64,
    /// Frames without any circle on skin.
    pub quiet_frames: u64,
}

impl VideoCounts {
    /// Nothing counted yet.
    pub fn new(name: &str) -> VideoCounts {
        VideoCounts { name: name.to_owned(), ..VideoCounts::default() }
    }

    /// Counts a frame.
    pub fn add_frame(&mut self, seen: &SeenFrame) {
        let on_skin = seen.circles.iter().filter(|seen| seen.on_skin).count() as u64;
        self.frames += 1;
        self.on_skin += on_skin;
        self.off_skin += seen.circles.len() as u64 - on_skin;
        self.quiet_frames += u64::from(on_skin == 0);
    }

    fn a_frame(&self, count: u64) -> Option<f64> {
        (self.frames > 0).then(|| count as f64 / self.frames as f64)
    }

    fn row(&self) -> Vec<String> {
        let figures = [self.on_skin, self.off_skin, self.quiet_frames].map(|count| figure(self.a_frame(count), 3));
        [vec![self.name.clone(), self.frames.to_string()], figures.to_vec()].concat()
    }
}

/// The outcome over several clips.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct VideosReport {
    /// One a clip, in order.
    pub clips: Vec<VideoCounts>,
    /// All clips together, every frame weighing the same.
    pub all: VideoCounts,
}

/// Headings of the columns, each with what it means.
const COLUMNS: [(&str, &str); 4] = [
    ("frames", "frames looked at"),
    ("on skin", "circles a frame of which the program says that skin surrounds them: all of them false"),
    ("off skin", "circles a frame of which it says that none does"),
    ("quiet", "share of the frames without a circle on skin"),
];

impl VideosReport {
    /// Adds the clips up.
    pub fn new(clips: Vec<VideoCounts>) -> VideosReport {
        let mut all = VideoCounts::new("all");
        for clip in &clips {
            all.frames += clip.frames;
            all.on_skin += clip.on_skin;
            all.off_skin += clip.off_skin;
            all.quiet_frames += clip.quiet_frames;
        }
        VideosReport { clips, all }
    }

    /// The report as text.
    pub fn table(&self) -> String {
        format!("{}\n{}", aligned(&self.rows()), legend(&COLUMNS))
    }

    /// The report as one HTML page. `command`: the command line that led to it.
    pub fn html(&self, command: &str) -> String {
        page::page("Circles on clips without lesions", command, &page::table(&self.rows()))
    }

    fn rows(&self) -> Vec<Vec<String>> {
        let heads = std::iter::once("clip").chain(COLUMNS.iter().map(|column| column.0)).map(str::to_owned);
        let clips = self.clips.iter().chain([&self.all]).map(VideoCounts::row);
        std::iter::once(heads.collect()).chain(clips).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evaluate::matching::SeenCircle;
    use crate::finding::TrackState;
    use crate::geometry::Circle;

    #[test]
    fn circles_are_counted_by_what_the_program_says_of_them() {
        let seen = |on_skin: &[bool]| {
            let circle = |&on_skin: &bool| SeenCircle {
                track: 1,
                place: None,
                circle: Circle { x: 5.0, y: 5.0, r: 2.0 },
                class: "nevus".to_owned(),
                score: 0.5,
                evidence: 0.5,
                on_skin,
                state: TrackState::Confirmed,
            };
            SeenFrame { frame: 0, size: None, circles: on_skin.iter().map(circle).collect(), picture: None }
        };
        let mut clip = VideoCounts::new("hand");
        for frame in [&[true, true, false][..], &[], &[false], &[true]] {
            clip.add_frame(&seen(frame));
        }
        assert_eq!((clip.frames, clip.on_skin, clip.off_skin, clip.quiet_frames), (4, 3, 2, 2));
        let report = VideosReport::new(vec![clip.clone(), clip]);
        assert_eq!((report.all.frames, report.all.on_skin), (8, 6));
        assert!(report.table().contains("0.750") && report.html("x").contains("0.500"), "{}", report.table());
    }
}
