//! The table that an evaluation prints.

use super::curve::{Froc, RATES};
use super::report::{ClipReport, RecallBin, ScenesReport};
use super::tally::Recall;
use crate::counted;

/// Headings of the columns of the first table, each with what it means.
pub(super) const COLUMNS: [(&str, &str); 12] = [
    ("frames", "frames judged"),
    ("lesions", "lesions on those frames, each counted on every frame that holds its centre"),
    ("recall", "share of them that a circle found"),
    ("alarmed", "share that a circle not marked as off the skin found"),
    ("susp.", "share of the melanomas and carcinomas that a circle found"),
    ("called", "share of those that a circle of a suspicious class found"),
    ("false on", "false circles a frame, on the skin"),
    ("false off", "false circles a frame, off the skin"),
    ("flagged", "circles a frame that lie off the skin and say so: not false"),
    ("double", "second circles on a lesion, a frame: not false"),
    ("px (radii)", "median distance of the centres, px and radii of the lesion"),
    ("size", "median of the larger radius over the smaller"),
];

/// Headings of the columns of the second table, each with what it means.
pub(super) const TRAIL_COLUMNS: [(&str, &str); 9] = [
    (
        "precision",
        "share of the circles, but for flagged ones, that are the best circle of a lesion; second circles count against it",
    ),
    ("benign called", "share of the benign lesions found that a circle of a suspicious class found"),
    ("contrast < 5", "share of the lesions of a contrast below 5 that a circle found"),
    (">= 5", "the same of a contrast of 5 and more"),
    ("54 px", "the same of a radius of 54 px and more"),
    ("IDF1", "agreement of tracks and lesions over the whole clip (Ristani et al. 2016)"),
    (
        "switches",
        "times that a lesion's track was another than on the last frame on which it was found, while it stayed in view",
    ),
    ("names", "the same of its name"),
    ("flicker", "gaps of less than five frames in which a lesion in view was not found"),
];

/// And of the third one: places against lesions of a contrast of 5 and more that were in view for half a second.
pub(super) const PLACE_COLUMNS: [(&str, &str); 8] = [
    ("right", "clips in which every lesion of a contrast of 5 and more is one place, and no place was invented"),
    ("distinct", "lesions of a contrast of 5 and more that were in view for half a second"),
    ("places", "places about them"),
    ("invented", "places said to be on skin where no lesion lies in most of their frames"),
    (
        "changes/min",
        "times a minute that such a lesion was found under another place than before, also after it was away",
    ),
    ("place IDF1", "agreement of places and these lesions over the whole clip"),
    ("flicker %", "frames of these lesions in gaps of less than five frames without a place's circle, in percent"),
    ("overstayed", "circles on frames more than half a second after the lesion of their place left"),
];

/// What the table of contrasts is about.
pub(super) const CONTRAST: (&str, &str) = (
    "contrast",
    "difference of the mean colours of the lesion and of the skin around it, CIE76; 2.3 can just be told apart",
);

impl ScenesReport {
    /// The report as text: a table of the clips, recall by class, radius and contrast, and what the columns mean.
    pub fn table(&self) -> String {
        let [clips, trails, places, parts @ ..] = self.tables();
        let mut text = [clips, trails, places].map(|rows| aligned(&rows)).join("\n");
        for rows in parts.into_iter().filter(|rows| rows.len() > 1) {
            text.push('\n');
            text.push_str(&aligned(&rows));
        }
        text.push('\n');
        text.push_str(&legend(&COLUMNS));
        text.push_str(&legend(&TRAIL_COLUMNS));
        text.push_str(&legend(&PLACE_COLUMNS));
        text.push_str(&legend(&[CONTRAST]));
        let (unseen, surplus) = (self.all.unseen_frames, self.all.surplus_frames);
        if unseen + surplus > 0 {
            let unseen = counted(unseen, "frame");
            text.push_str(&format!("\nNot judged: {unseen} without detections, {surplus} without truth.\n"));
        }
        text
    }

    /// The tables with their headings: of the clips, of what becomes of their lesions, of their places, of the classes, of the radii, of the contrasts.
    pub(super) fn tables(&self) -> [Vec<Vec<String>>; 6] {
        let clip_rows = |columns: &[(&str, &str)], row: fn(&ClipReport) -> Vec<String>| -> Vec<Vec<String>> {
            let heads = std::iter::once("clip").chain(columns.iter().map(|c| c.0)).map(str::to_owned);
            let rows = self.clips.iter().chain([&self.all]).map(row);
            std::iter::once(heads.collect()).chain(rows).collect()
        };
        let named = |bin: &RecallBin| {
            bin.to.map_or(format!("{} and above", bin.from), |to| format!("{} to below {to}", bin.from))
        };
        let rows =
            |heading: &str, bins: &[RecallBin]| breakdown(heading, bins.iter().map(|bin| (named(bin), &bin.recall)));
        let classes = self.all.by_class.iter().map(|(name, recall)| (name.clone(), recall));
        [
            clip_rows(&COLUMNS, clip_row),
            clip_rows(&TRAIL_COLUMNS, trail_row),
            clip_rows(&PLACE_COLUMNS, place_row),
            breakdown("class", classes),
            rows("radius, px", &self.all.by_radius),
            rows("contrast", &self.all.by_contrast),
        ]
    }
}

/// What the columns of a table mean, a line each.
pub(super) fn legend<T: std::fmt::Display>(columns: &[(&str, T)]) -> String {
    let width = columns.iter().map(|(name, _)| name.chars().count()).max().unwrap_or(0).max(11);
    columns.iter().map(|(name, meaning)| format!("{name:<width$} {meaning}\n")).collect()
}

/// Recall at the rates of false circles that curves are read at: a heading and one row a curve.
pub(super) fn recall_at_rates(curves: &[(String, &Froc)], unit: &str) -> Vec<Vec<String>> {
    let heads = RATES.iter().map(|rate| format!("{rate} a {unit}"));
    let mut rows = vec![std::iter::once("recall at false circles".to_owned()).chain(heads).collect::<Vec<String>>()];
    for (name, curve) in curves {
        let cells = RATES.iter().map(|&rate| figure(curve.recall_at(rate), 3));
        rows.push(std::iter::once(name.clone()).chain(cells).collect());
    }
    rows
}

fn clip_row(clip: &ClipReport) -> Vec<String> {
    let error = match (clip.position_error_px, clip.position_error_radii) {
        (Some(px), Some(radii)) => format!("{px:.1} ({radii:.2})"),
        _ => "-".to_owned(),
    };
    let figures = [clip.recall, clip.recall_alarmed, clip.suspicious_recall, clip.suspicious_called];
    let counts = [clip.false_on_skin, clip.false_off_skin, clip.flagged_off_skin, clip.duplicates];
    let mut row = vec![clip.name.clone(), clip.frames.to_string(), clip.lesions.lesions.to_string()];
    row.extend(figures.into_iter().chain(counts).map(|v| figure(v, 3)));
    row.push(error);
    row.push(figure(clip.radius_ratio.map(f64::from), 2));
    row
}

fn trail_row(clip: &ClipReport) -> Vec<String> {
    let shares = [
        clip.precision,
        clip.benign_called,
        clip.low_contrast.share(),
        clip.high_contrast.share(),
        clip.large.share(),
        clip.idf1,
    ];
    let counts = [clip.trails.id_switches, clip.trails.name_changes, clip.trails.flicker];
    let cells = shares.map(|share| figure(share, 3)).into_iter().chain(counts.map(|count| count.to_string()));
    std::iter::once(clip.name.clone()).chain(cells).collect()
}

/// Recall of parts of the lesions, the parts without any left out.
fn place_row(clip: &ClipReport) -> Vec<String> {
    let places = &clip.places;
    let counts = [places.lesions, places.places, places.invented].map(|count| count.to_string());
    let figures = [
        figure(places.changes_a_minute(), 2),
        figure(places.idf1(), 3),
        figure(places.flicker().map(|share| 100.0 * share), 2),
        places.overstayed.to_string(),
    ];
    let right = format!("{} of {}", places.right_clips, places.clips);
    [vec![clip.name.clone(), right], counts.to_vec(), figures.to_vec()].concat()
}

fn breakdown<'a>(heading: &str, parts: impl Iterator<Item = (String, &'a Recall)>) -> Vec<Vec<String>> {
    let mut rows = vec![[heading, "lesions", "recall", "alarmed", "called susp."].map(str::to_owned).to_vec()];
    rows.extend(parts.filter(|(_, recall)| recall.lesions > 0).map(|(name, recall)| {
        let shares = [recall.found, recall.alarmed, recall.called_suspicious].map(|count| figure(recall.of(count), 3));
        [vec![name, recall.lesions.to_string()], shares.to_vec()].concat()
    }));
    rows
}

/// A figure with so many decimals, or a dash.
pub(super) fn figure(value: Option<f64>, decimals: usize) -> String {
    value.map_or("-".to_owned(), |v| format!("{v:.decimals$}"))
}

/// Rows as lines: the first column to the left, the others to the right, two blanks between.
pub(super) fn aligned(rows: &[Vec<String>]) -> String {
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let width = |n: usize| rows.iter().filter_map(|row| row.get(n)).map(|cell| cell.chars().count()).max().unwrap_or(0);
    let widths: Vec<usize> = (0..columns).map(width).collect();
    let mut text = String::new();
    for row in rows {
        for (n, (cell, &width)) in row.iter().zip(&widths).enumerate() {
            let padded = if n == 0 { format!("{cell:<width$}") } else { format!("  {cell:>width$}") };
            text.push_str(&padded);
        }
        text.truncate(text.trim_end_matches(' ').len());
        text.push('\n');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::super::tally::Tally;
    use super::*;

    #[test]
    fn columns_line_up_and_nothing_counted_is_a_dash() {
        let empty = ClipReport::new("a clip with a long name", &Tally::default());
        let all = ClipReport::new("all", &Tally::default());
        let table = ScenesReport { clips: vec![empty], all }.table();
        let lines: Vec<&str> = table.lines().take(3).collect();
        assert!(lines.iter().all(|line| line.len() == lines[0].len()), "{table}");
        let cells: Vec<&str> = lines[2].split_whitespace().collect();
        assert_eq!(cells, [["all", "0", "0"].as_slice(), &["-"; 10]].concat());
    }
}
