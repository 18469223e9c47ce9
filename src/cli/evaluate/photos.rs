//! `lesionscope evaluate photos`: runs the scan over photos and judges its circles against their boxes.

use crate::cli::flags::ScanFlags;
use crate::counted;
use clap::Args;
use std::collections::BTreeMap;
use std::path::PathBuf;

use anyhow::Context;

use crate::cli::globals::Globals;
use crate::cli::written::{write_json, write_page};

use crate::cli::evaluate::judging::scan;
use crate::cli::exit::{Exit, Usage};
use crate::cli::paths::inputs;
use crate::cli::paths::outputs::Outputs;
use crate::cli::say::{note, say};
use crate::cli::setup::Preparation;
use crate::config::Config;
use crate::evaluate::photos::place::{Place, annotations_in, read_place};
use crate::evaluate::photos::report::PhotosReport;
use crate::evaluate::photos::{JudgedPhoto, Photo};
use crate::pictures::{is_picture, left_out_of};
use crate::pipeline::PipelineError;
use crate::source::Stop;
use crate::source::stills::StillsSource;

/// `evaluate photos`.
#[derive(Debug, Args)]
pub(crate) struct PhotosArgs {
    /// boxes.json, COCO annotation file, or folder with one of them; the pictures of a folder without count as free of lesions.
    #[arg(value_name = "DIR|FILE.json", required = true)]
    pub(crate) places: Vec<PathBuf>,
    /// Boxes whose longer side is smaller are reported apart, px.
    #[arg(long, value_name = "PX", default_value = "16")]
    pub(crate) min_box: u32,
    /// Write the figures as JSON as well.
    #[arg(long, value_name = "FILE.json")]
    pub(crate) json: Option<PathBuf>,
    /// Write a page with tables and curves.
    #[arg(long, value_name = "FILE.html")]
    pub(crate) report: Option<PathBuf>,
    /// Scan.
    #[command(flatten)]
    pub(crate) scan: ScanFlags,
}

/// Runs the command.
pub(crate) fn run(
    globals: &Globals,
    args: &PhotosArgs,
    (config, outputs): (&Config, &Outputs),
) -> anyhow::Result<Exit> {
    let read = |place: &PathBuf| read_place(place, &is_picture).map_err(|error| Usage(error.to_string()).into());
    let places = args.places.iter().map(read).collect::<anyhow::Result<Vec<Place>>>()?;
    let photos = places.iter().flat_map(|place| &place.photos).map(|photo| photo.path.clone());
    let lists = args.places.iter().flat_map(|place| [Some(place.clone()), annotations_in(place).ok().flatten()]);
    outputs.check_apart(
        &photos.chain(lists.flatten()).chain(inputs::of_settings(globals, &args.scan.model)).collect::<Vec<_>>(),
    )?;
    let mut run = Run { args, config, model: String::new(), skipped: Vec::new() };
    let mut judged = Vec::new();
    for place in places {
        let name = place.name.clone();
        place.left_out.iter().filter(|_| !globals.quiet).for_each(|sentence| note(&format!("{name}: {sentence}")));
        let listed = place.photos.len();
        let photos = run.place(place)?;
        if !globals.quiet {
            note(&format!("{name}: {} of {}", photos.len(), counted(listed, "photo")));
        }
        judged.push((name, photos));
    }
    let folders = args.places.iter().filter(|place| place.is_dir() && !globals.quiet);
    for sentence in folders.flat_map(|folder| left_out_of(folder)) {
        note(&sentence);
    }
    for why in run.skipped.iter().filter(|_| !globals.quiet) {
        note(&format!("left out: {why}"));
    }
    if judged.iter().all(|(_, photos)| photos.is_empty()) {
        let first = run.skipped.first().map(String::as_str).unwrap_or_default();
        return Err(Usage(format!("none of the photos can be judged; {first}")).into());
    }
    let report = PhotosReport::new(&run.model, args.min_box as f32, &judged, run.skipped);
    if let Some(path) = &args.json {
        write_json(path, &report)?;
    }
    if let Some(path) = &args.report {
        write_page(path, |command| report.html(command))?;
    }
    say(&report.table())?;
    Ok(Exit::Done)
}

/// What all places have in common, and what was left out of them.
struct Run<'a> {
    args: &'a PhotosArgs,
    config: &'a Config,
    model: String,
    skipped: Vec<String>,
}

impl Run<'_> {
    /// Scans the photos of a place; those that there are, that can be read and whose size is the listed one.
    fn place(&mut self, place: Place) -> anyhow::Result<Vec<JudgedPhoto>> {
        let (there, missing): (Vec<Photo>, Vec<Photo>) = place.photos.into_iter().partition(|p| p.path.is_file());
        self.skipped.extend(missing.iter().map(|photo| format!("{}: there is no such picture", photo.path.display())));
        if there.is_empty() {
            return Ok(Vec::new());
        }
        let files: Vec<PathBuf> = there.iter().map(|photo| photo.path.clone()).collect();
        let mut waiting: BTreeMap<PathBuf, Photo> =
            there.into_iter().map(|photo| (photo.path.clone(), photo)).collect();
        let mut config = self.config.clone();
        // Settings of how films are paced would leave photos out.
        (config.run.vid_stride, config.run.max_fps, config.run.frames) = (1, None, None);
        let name = place.name;
        // The pipeline asks its source to end when it ends, so every place has a wish to stop of its own.
        let source = |_: &Config| Ok(Box::new(StillsSource::of(&name, files)) as _);
        let preparation = Preparation::with(config, &self.args.scan.model, Stop::default(), source)?;
        self.model = preparation.scanner.classifier().stamp.label();
        let (mut judged, mut skipped) = (Vec::new(), Vec::new());
        let outcome = scan(preparation, &mut |scanned| {
            let Some(photo) = scanned.file.and_then(|file| waiting.remove(&file)) else { return };
            match JudgedPhoto::new(photo, scanned.size, scanned.seen.circles, scanned.not_assessable) {
                Ok(photo) => judged.push(photo),
                Err(why) => skipped.push(why),
            }
        });
        match outcome.result {
            // No picture could be read: they are told with all others that were left out.
            Err(PipelineError::Source(error)) if error.is_unusable() => {}
            result => result.with_context(|| format!("{name}: the scan failed"))?,
        }
        skipped.extend(waiting.keys().map(|path| format!("{}: cannot be read as a picture", path.display())));
        self.skipped.extend(skipped);
        Ok(judged)
    }
}
