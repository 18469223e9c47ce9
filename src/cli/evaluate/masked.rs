//! Windows with the mask of their lesion, for `evaluate explanations`: from close-ups with masks, or around the true circles of
//! clips.

use crate::cli::labelled::NamingFlags;
use crate::cli::models::flags::ModelFlags;
use clap::Args;
use std::path::Path;
use std::path::PathBuf;

use image::RgbImage;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use crate::cli::exit::Usage;
use crate::cli::labelled::{CloseupSelection, SelectionRequest, WantedSides, records_of};
use crate::cli::say::note;
use crate::cli::setup::open_source;
use crate::config::Config;
use crate::data::{Content, Item, Row, Side};
use crate::evaluate::scenes::{Clip, clips};
use crate::evaluate::truth_files::read_truth;
use crate::frame::Frame;
use crate::geometry::{Point, Square};
use crate::model::Class;
use crate::pixels::resize::Cutter;
use crate::source::Stop;
use crate::train::photo::TrainingPhoto;
use crate::truth::{TruthFrame, TruthLesion};

/// Shift of the windows of clips where none is asked for: a map that always points at the middle shall not win.
const SCENE_SHIFT: f32 = 0.25;

/// Which windows are looked at.
#[derive(Debug, Args)]
pub(crate) struct WindowFlags {
    /// Close-ups with lesion masks: a manifest.tsv with a column mask, or the folder that it lies in (its validation side); or a
    /// folder of clips, each with its truth beside it as NAME.jsonl.
    pub(crate) data: PathBuf,
    /// What the classes of the data are.
    #[command(flatten)]
    pub(crate) naming: NamingFlags,
    /// Close-ups of these sources only, as named in the manifest.
    #[arg(long, value_name = "SOURCE", value_delimiter = ',')]
    pub(crate) sources: Vec<String>,
    /// Windows looked at, at most: spread evenly over those that there are.
    #[arg(long, value_name = "N", default_value_t = 48)]
    pub(crate) limit: usize,
    /// Of clips, the lesions of every Nth frame.
    #[arg(long, value_name = "N", default_value_t = 25)]
    pub(crate) every: u64,
    /// Move every window off the middle by up to so much of its side, at random but the same every time, so that a map that
    /// always points at the middle does not win (default: 0 for close-ups, 0.25 for clips).
    #[arg(long, value_name = "PART")]
    pub(crate) shift: Option<f32>,
}

/// A window of the network's own size and its mask, row by row.
pub(crate) struct MaskedWindow {
    pub(crate) window: RgbImage,
    pub(crate) mask: Vec<bool>,
}

/// Windows, what they are, and the shift that they were cut with.
pub(crate) struct MaskedWindows {
    pub(crate) windows: Vec<MaskedWindow>,
    pub(crate) what: &'static str,
    pub(crate) shift: f32,
}

impl MaskedWindows {
    /// Those that the arguments ask for, each `side` px.
    pub(crate) fn read(
        flags: &WindowFlags,
        model: &ModelFlags,
        (config, classes): (&Config, &[Class]),
        side: u32,
    ) -> anyhow::Result<MaskedWindows> {
        let of_clips = flags.data.is_dir() && !flags.data.join("manifest.tsv").is_file() && clips(&flags.data).is_ok();
        let shift = flags.shift.unwrap_or(if of_clips { SCENE_SHIFT } else { 0.0 });
        if !(0.0..=0.5).contains(&shift) {
            return Err(Usage(format!("--shift {shift}: the middle of a window moves by 0 to 0.5 of a side")).into());
        }
        if of_clips {
            let windows = of_scenes(flags, config, (shift, side))?;
            return Ok(MaskedWindows { windows, what: "lesions of clips", shift });
        }
        let rows = masked(flags, model, (config, classes))?;
        let mut rng = ChaCha8Rng::seed_from_u64(1);
        let windows = rows.iter().map(|row| of_closeup(row, (shift, side), &mut rng));
        Ok(MaskedWindows { windows: windows.collect::<anyhow::Result<_>>()?, what: "close-ups", shift })
    }
}

/// A place that lies up to `shift` sides off a middle, along either axis.
fn moved(point: Point, by: f32, rng: &mut ChaCha8Rng) -> Point {
    Point { x: point.x + by * rng.random_range(-1.0..=1.0), y: point.y + by * rng.random_range(-1.0..=1.0) }
}

/// The mask of a square: what `inside` says of the middle of every pixel.
fn mask(square: Square, side: u32, inside: impl Fn(f32, f32) -> bool) -> Vec<bool> {
    let step = square.side / side as f32;
    let place = |at: u32, from: f32| from + (at as f32 + 0.5) * step;
    (0..side * side).map(|i| inside(place(i % side, square.x), place(i / side, square.y))).collect()
}

/// The close-ups to look at: those with a mask, evenly spread, none more than asked for.
fn masked(flags: &WindowFlags, model: &ModelFlags, (config, classes): (&Config, &[Class])) -> anyhow::Result<Vec<Row>> {
    let naming = flags.naming.naming(&config.classes)?;
    let record = records_of(model)?;
    let choice = SelectionRequest {
        data: &flags.data,
        classes,
        naming: &naming,
        record: record.as_ref(),
        wanted: WantedSides::HeldOut,
        several: false,
    };
    let CloseupSelection { mut rows, said, left_out } = choice.select()?;
    left_out.iter().for_each(|sentence| note(&format!("{}: {sentence}", flags.data.display())));
    note(&format!("{}: close-ups: {said}", flags.data.display()));
    rows.retain(|row| row.mask.is_some() && (flags.sources.is_empty() || flags.sources.contains(&row.source)));
    if rows.is_empty() {
        let data = flags.data.display();
        return Err(Usage(format!(
            "{data}: no close-up with a mask; a manifest.tsv with a column mask is needed, or a folder of clips with their truth"
        ))
        .into());
    }
    Ok(spread(rows, flags.limit))
}

/// Evenly spread ones, no more than asked for.
fn spread<T>(all: Vec<T>, most: usize) -> Vec<T> {
    let (count, most) = (all.len(), most.max(1));
    if count <= most {
        return all;
    }
    let taken = |i: usize| (i + 1) * most / count > i * most / count;
    all.into_iter().enumerate().filter(|(i, _)| taken(*i)).map(|(_, item)| item).collect()
}

/// A close-up seen as a whole; with a shift, through a window that is small enough to be moved within it.
fn of_closeup(row: &Row, (shift, side): (f32, u32), rng: &mut ChaCha8Rng) -> anyhow::Result<MaskedWindow> {
    let photo = TrainingPhoto::read(&item(row))?;
    let size = photo.size();
    let length = size.short() as f32 / (1.0 + 2.0 * shift);
    let middle = moved(size.centre(), shift * length, rng);
    let square = Square::around(middle, length, size);
    let window = Cutter::new().square(photo.picture(), square, side)?;
    Ok(MaskedWindow { window, mask: mask(square, side, |x, y| photo.mask_at(x, y) >= 0.5) })
}

/// A close-up as training reads it, with its mask.
fn item(row: &Row) -> Item {
    Item {
        path: row.path.clone(),
        mask: row.mask.clone(),
        content: Content::Lesion(0),
        group: row.group.clone(),
        source: row.source.clone(),
        licence: row.licence.clone(),
        side: Side::Development,
    }
}

/// The lesions of every so-manieth frame of every clip.
fn of_scenes(flags: &WindowFlags, config: &Config, cut: (f32, u32)) -> anyhow::Result<Vec<MaskedWindow>> {
    let mut windows = Vec::new();
    let mut rng = ChaCha8Rng::seed_from_u64(1);
    for Clip { video, truth, .. } in clips(&flags.data)? {
        let frames = read_truth(&truth)?;
        each_frame(&video, config, &mut |frame| {
            let of = |truth: &&TruthFrame| truth.frame == frame.index && truth.frame.is_multiple_of(flags.every.max(1));
            for lesion in frames.iter().find(of).iter().flat_map(|truth| &truth.lesions) {
                windows.extend(of_lesion(frame, lesion, (config.scan.radius_sides, cut), &mut rng)?);
            }
            Ok(())
        })?;
    }
    if windows.is_empty() {
        return Err(Usage(format!("{}: no lesion lies within a frame as a whole", flags.data.display())).into());
    }
    Ok(spread(windows, flags.limit))
}

fn each_frame(video: &Path, config: &Config, take: &mut dyn FnMut(&Frame) -> anyhow::Result<()>) -> anyhow::Result<()> {
    let mut source = open_source(&video.to_string_lossy(), config)?;
    while let Some(frame) = source.next_frame(&Stop::default())? {
        take(&frame)?;
    }
    source.stats().notes.iter().for_each(|said| note(said));
    Ok(())
}

/// The window around a lesion as the scan would cut it, but moved; nothing for a lesion that reaches out of the frame.
fn of_lesion(
    frame: &Frame,
    lesion: &TruthLesion,
    (fill, (shift, side)): (f32, (f32, u32)),
    rng: &mut ChaCha8Rng,
) -> anyhow::Result<Option<MaskedWindow>> {
    let size = frame.size();
    let TruthLesion { x, y, r, .. } = *lesion;
    // Drawn in any case, so that a lesion's window does not depend on the others.
    let middle = moved(Point { x, y }, shift * r / fill, rng);
    if x < r || y < r || x + r > size.width as f32 || y + r > size.height as f32 {
        return Ok(None);
    }
    let square = Square::around(middle, r / fill, size);
    let window = Cutter::new().square(&frame.pixels, square, side)?;
    Ok(Some(MaskedWindow { window, mask: mask(square, side, |a, b| (a - x).hypot(b - y) <= r) }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_spread_comes_from_everywhere_and_is_never_too_much() {
        assert_eq!(spread((0..10).collect(), 3), [3, 6, 9]);
        assert_eq!(spread((0..4).collect(), 4), [0, 1, 2, 3]);
        assert_eq!(spread((0..100).collect::<Vec<u32>>(), 48).len(), 48);
    }

    #[test]
    fn a_window_is_moved_off_its_lesion_the_same_way_every_time_and_keeps_it() {
        let frame = Frame { index: 0, pts: std::time::Duration::ZERO, pixels: RgbImage::new(640, 480), file: None };
        let lesion = |x: f32| TruthLesion { id: 0, class: "nevus".into(), x, y: 240.0, r: 31.0 };
        let look = |x: f32, shift: f32| {
            of_lesion(&frame, &lesion(x), (0.31, (shift, 100)), &mut ChaCha8Rng::seed_from_u64(3)).unwrap()
        };
        let (still, shifted) = (look(320.0, 0.0).unwrap(), look(320.0, 0.25).unwrap());
        let area = |window: &MaskedWindow| window.mask.iter().filter(|inside| **inside).count();
        // A circle of 31 of 100 px of the window's side.
        assert!(area(&still).abs_diff(3019) < 60, "{}", area(&still));
        assert!(area(&shifted) > 2400 && shifted.mask != still.mask);
        assert_eq!(look(320.0, 0.25).unwrap().mask, shifted.mask);
        assert!(look(20.0, 0.25).is_none(), "it reaches out of the frame");
    }
}
