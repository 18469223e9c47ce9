//! `lesionscope evaluate photos`: runs the scan over photos and judges its circles against their boxes.

use std::path::PathBuf;

use clap::Args;

use crate::cli::evaluate::scanning::scan_photos;
use crate::cli::exit::{Exit, Usage};
use crate::cli::flags::ScanFlags;
use crate::cli::globals::Globals;
use crate::cli::labelled::held_out;
use crate::cli::paths::inputs;
use crate::cli::paths::outputs::Outputs;
use crate::cli::say::note;
use crate::cli::written::ReportFlags;
use crate::config::Config;
use crate::counted;
use crate::data::Side;
use crate::evaluate::photos::folder::{PhotoFolder, annotations_in, read_photos};
use crate::evaluate::photos::report::PhotosReport;
use crate::pictures::{is_picture, left_out_of};

/// `evaluate photos`.
#[derive(Debug, Args)]
pub(crate) struct PhotosArgs {
    /// boxes.json, COCO annotation file, or folder with one of them; the pictures of a folder without count as free of lesions.
    #[arg(value_name = "DIR|FILE.json", required = true)]
    pub(crate) paths: Vec<PathBuf>,
    /// Boxes whose longer side is smaller are reported apart, px.
    #[arg(long, value_name = "PX", default_value = "16")]
    pub(crate) min_box: u32,
    /// Side that is judged: development or report (default: development; of photos whose side nobody says, all).
    #[arg(long, value_name = "SIDE", value_parser = held_out)]
    pub(crate) split: Option<Side>,
    /// Where the figures go.
    #[command(flatten)]
    pub(crate) written: ReportFlags,
    /// Scan.
    #[command(flatten)]
    pub(crate) scan: ScanFlags,
}

/// Runs the command.
pub(crate) fn run(globals: &Globals, args: &PhotosArgs, config: &Config, outputs: &Outputs) -> anyhow::Result<Exit> {
    let read = |path: &PathBuf| read_photos(path, &is_picture).map_err(|error| Usage(error.to_string()).into());
    let mut folders = args.paths.iter().map(read).collect::<anyhow::Result<Vec<PhotoFolder>>>()?;
    let photos = folders.iter().flat_map(|folder| &folder.photos).map(|photo| photo.path.clone());
    let lists = args.paths.iter().flat_map(|path| [Some(path.clone()), annotations_in(path).ok().flatten()]);
    outputs.check_apart(
        &photos.chain(lists.flatten()).chain(inputs::of_settings(globals, &args.scan.model)).collect::<Vec<_>>(),
    )?;
    let sides: Vec<String> = folders.iter_mut().map(|folder| folder.keep(args.split)).collect();
    if folders.iter().all(|folder| folder.photos.is_empty()) {
        let said = folders.iter().zip(&sides).map(|(folder, said)| format!("{}: {said}", folder.name));
        let said = said.collect::<Vec<_>>().join("; ");
        return Err(Usage(format!("{said}; name another side with --split")).into());
    }
    let (mut judged, mut skipped, mut model) = (Vec::new(), Vec::new(), String::new());
    for (folder, side) in folders.into_iter().zip(sides) {
        let (name, said) = (folder.name, !globals.quiet);
        folder.left_out.iter().filter(|_| said).for_each(|sentence| note(&format!("{name}: {sentence}")));
        let listed = folder.photos.len();
        let found = scan_photos(config, &args.scan.model, &name, folder.photos, &|| {})?;
        if said {
            note(&format!("{name}: {side}"));
            note(&format!("{name}: {} of {}", found.scanned.len(), counted(listed as u64, "photo")));
        }
        model = if found.model.is_empty() { model } else { found.model };
        skipped.extend(found.skipped);
        judged.push((name, found.scanned));
    }
    let folders = args.paths.iter().filter(|path| path.is_dir() && !globals.quiet);
    for sentence in folders.flat_map(|folder| left_out_of(folder)) {
        note(&sentence);
    }
    for why in skipped.iter().filter(|_| !globals.quiet) {
        note(&format!("left out: {why}"));
    }
    if judged.iter().all(|(_, photos)| photos.is_empty()) {
        let first = skipped.first().map(String::as_str).unwrap_or_default();
        return Err(Usage(format!("none of the photos can be judged; {first}")).into());
    }
    let report = PhotosReport::new(&model, args.min_box as f32, &judged, skipped);
    args.written.finish(&report, &report.table(), |command| report.html(command))
}
