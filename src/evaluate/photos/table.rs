//! The tables that an evaluation on photos prints.

use super::report::{PhotosPart, PhotosReport};
use crate::counted;
use crate::evaluate::table::{aligned, figure, legend, recall_at_rates};
use crate::statistics::Interval;

/// Headings of the table of photos with boxes.
const BOXED: [&str; 10] =
    ["with lesions", "photos", "groups", "boxes", "recall", "alarmed", "small", "recall", "false (alarmed)", "double"];

/// Headings of the table of photos without lesions.
const FREE: [&str; 6] = ["without lesions", "photos", "no alarm", "no circle", "alarms a photo", "circles a photo"];

impl PhotosReport {
    /// The report as text: tables, what their columns mean, what was left out.
    pub fn table(&self) -> String {
        let tables: Vec<String> = self.tables().iter().map(|rows| aligned(rows)).collect();
        let mut text = tables.join("\n");
        text.push('\n');
        text.push_str(&legend(&self.legend()));
        let not_assessable = self.parts.last().map_or(0, |part| part.not_assessable);
        if not_assessable > 0 {
            let photos = counted(not_assessable, "photo");
            text.push_str(&format!("\nNot assessable, counted as without circles: {photos}.\n"));
        }
        if !self.skipped.is_empty() {
            text.push_str(&format!("\nLeft out: {}.\n", counted(self.skipped.len(), "photo")));
        }
        text
    }

    /// The tables with their headings: photos with boxes, photos without, recall along the curve.
    pub(super) fn tables(&self) -> Vec<Vec<Vec<String>>> {
        let heads = |heads: &[&str]| vec![heads.iter().map(|head| (*head).to_owned()).collect::<Vec<String>>()];
        let (mut boxed, mut free) = (heads(&BOXED), heads(&FREE));
        for part in &self.parts {
            if part.with_boxes.photos > 0 {
                boxed.push(part.boxed_row());
            }
            if part.free.photos > 0 {
                free.push(part.free_row());
            }
        }
        let curves = self.parts.iter().filter(|part| part.froc.lesions > 0).flat_map(|part| {
            [
                (format!("{}: all circles", part.name), &part.froc),
                (format!("{}: alarmed", part.name), &part.froc_alarmed),
            ]
        });
        let rates = recall_at_rates(&curves.collect::<Vec<_>>(), "photo");
        [boxed, free, rates].into_iter().filter(|rows| rows.len() > 1).collect()
    }

    /// What the columns of the tables mean, of those that are shown.
    pub(super) fn legend(&self) -> Vec<(&'static str, String)> {
        let boxed = [
            (
                "boxes",
                format!("lesions whose box has {} px or more on its longer side; small: all others", self.min_box),
            ),
            ("recall", "share that a circle found (95 %, bootstrap over groups)".to_owned()),
            ("alarmed", "the same of circles not marked as off the skin".to_owned()),
            ("false", "circles a photo that find no box: small moles that nobody boxed count as false, too".to_owned()),
            ("double", "second circles on a box, a photo: not false".to_owned()),
        ];
        let free = [
            (
                "no alarm",
                "share of the photos without an alarmed circle: one not marked as off the skin (95 %, Wilson)"
                    .to_owned(),
            ),
            ("no circle", "share of the photos without any circle".to_owned()),
        ];
        let curve = [(
            "at false circles",
            "highest recall with no more false circles a photo; a lower --conf shows more of the curve".to_owned(),
        )];
        let any = |shown: fn(&PhotosPart) -> bool| self.parts.iter().any(shown);
        let shown = [
            (any(|part| part.with_boxes.photos > 0), boxed.to_vec()),
            (any(|part| part.free.photos > 0), free.to_vec()),
            (any(|part| part.froc.lesions > 0), curve.to_vec()),
        ];
        shown.into_iter().filter(|(shown, _)| *shown).flat_map(|(_, lines)| lines).collect()
    }
}

impl PhotosPart {
    fn boxed_row(&self) -> Vec<String> {
        let PhotosPart { boxes, small_boxes: small, with_boxes, .. } = self;
        let a_photo = |count: usize| figure(share(count, with_boxes.photos), 2);
        vec![
            self.name.clone(),
            with_boxes.photos.to_string(),
            self.groups.to_string(),
            boxes.boxes.to_string(),
            with_interval(share(boxes.found, boxes.boxes), boxes.interval),
            with_interval(share(boxes.alarmed, boxes.boxes), boxes.interval_alarmed),
            small.boxes.to_string(),
            with_interval(share(small.found, small.boxes), small.interval),
            format!("{} ({})", a_photo(with_boxes.false_circles), a_photo(with_boxes.false_alarmed)),
            a_photo(with_boxes.duplicates),
        ]
    }

    fn free_row(&self) -> Vec<String> {
        let free = &self.free;
        vec![
            self.name.clone(),
            free.photos.to_string(),
            with_interval(share(free.without_alarm, free.photos), free.interval_without_alarm),
            with_interval(share(free.without_circle, free.photos), free.interval_without_circle),
            figure(share(free.alarmed, free.photos), 2),
            figure(share(free.circles, free.photos), 2),
        ]
    }
}

/// A count over another; `None` over nothing.
fn share(count: usize, of: usize) -> Option<f64> {
    (of > 0).then(|| count as f64 / of as f64)
}

fn with_interval(share: Option<f64>, interval: Option<Interval>) -> String {
    match (share, interval) {
        (Some(share), Some(Interval { low, high })) => format!("{share:.3} ({low:.3}-{high:.3})"),
        _ => figure(share, 3),
    }
}
