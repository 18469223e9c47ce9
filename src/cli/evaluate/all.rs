//! `lesionscope evaluate all`: one card of all that can be measured, development and report side by side.

use std::path::PathBuf;

use clap::{Args, value_parser};

use super::material::{Material, SceneClip};
use crate::cli::evaluate::scanning::{scan_clip, scan_photos};
use crate::cli::exit::{Exit, Usage};
use crate::cli::globals::Globals;
use crate::cli::labelled::{CloseupSelection, NamingFlags, SelectionRequest, WantedSides, records_of};
use crate::cli::models::flags::ModelFlags;
use crate::cli::paths::inputs;
use crate::cli::paths::outputs::Outputs;
use crate::cli::progress::ProgressSign;
use crate::cli::written::ReportFlags;
use crate::config::Config;
use crate::data::{Row, Side};
use crate::evaluate::card::{CardSubject, EvaluationCard, SideMaterial};
use crate::evaluate::closeups::judge;
use crate::evaluate::closeups::look::LookSettings;
use crate::evaluate::photos::folder::PhotoFolder;
use crate::evaluate::scenes::{Clip, evaluate_scenes};
use crate::evaluate::truth_files::read_truth;
use crate::evaluate::videos::VideoCounts;

/// `evaluate all`.
#[derive(Debug, Args)]
pub(crate) struct AllArgs {
    /// Folder of data: with a manifest.tsv, clips with their truth, or clips without lesions, up to three folders deep. May be repeated.
    #[arg(long, value_name = "DIR", required = true)]
    pub(crate) data: Vec<PathBuf>,
    /// Look at every n-th frame of the clips.
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = value_parser!(u64).range(1..=1000))]
    pub(crate) stride: u64,
    /// What the classes of the data are.
    #[command(flatten)]
    pub(crate) naming: NamingFlags,
    /// Where the figures go.
    #[command(flatten)]
    pub(crate) written: ReportFlags,
    /// Model.
    #[command(flatten)]
    pub(crate) model: ModelFlags,
}

/// Runs the command.
pub(crate) fn run(globals: &Globals, args: &AllArgs, config: &Config, outputs: &Outputs) -> anyhow::Result<Exit> {
    if let Some(missing) = args.data.iter().find(|folder| !folder.is_dir()) {
        return Err(Usage(format!("--data {}: there is no such folder", missing.display())).into());
    }
    let mut config = config.clone();
    (config.run.vid_stride, config.run.max_fps, config.run.frames) = (args.stride, None, None);
    let classifier = args.model.load(&[])?;
    let material = Material::find(&args.data)?;
    let mut measuring = Measuring {
        config: &config,
        model: &args.model,
        sign: ProgressSign::new(globals.quiet, 0, "frames, photos and close-ups")?,
        development: SideMaterial::default(),
        report: SideMaterial::default(),
        left_out: Vec::new(),
    };
    let closeups = measuring.closeups(&material.manifests, args, &config)?;
    let clips = material.scenes.iter().map(|scene| &scene.clip).chain(&material.videos);
    let read = clips.flat_map(|clip| [clip.video.clone(), clip.truth.clone()]);
    let photos = material.photos.iter().flat_map(|folder| &folder.photos).map(|photo| photo.path.clone());
    let settings = inputs::of_settings(globals, &args.model).into_iter();
    let files = closeups.iter().map(|row| row.path.clone());
    outputs.check_apart(&read.chain(photos).chain(settings).chain(files).collect::<Vec<_>>())?;
    measuring.announce(&material, closeups.len() as u64)?;
    for scene in &material.scenes {
        measuring.scene(scene)?;
    }
    for clip in &material.videos {
        measuring.video(clip)?;
    }
    for folder in material.photos {
        measuring.photos(folder)?;
    }
    let sign = &measuring.sign;
    let (judged, skipped) = judge(&closeups, &*classifier.model, LookSettings::default(), &|| sign.inc(1))?;
    measuring.left_out.extend(skipped.iter().map(|why| format!("left out: {why}")));
    for closeup in judged {
        let side = closeups.iter().find(|row| row.path == closeup.path).map_or(Side::Report, Row::held_out_side);
        measuring.on(side).closeups.push(closeup);
    }
    let Measuring { development, report, left_out, sign, .. } = measuring;
    drop(sign);
    let model = classifier.stamp.label();
    let subject = CardSubject { model: &model, classes: classifier.model.classes(), stride: args.stride };
    let card = EvaluationCard::new(subject, &development, &report, left_out);
    args.written.finish(&card, &card.table(), |command| Ok(card.html(command)))
}

/// What is measured so far.
struct Measuring<'a> {
    config: &'a Config,
    model: &'a ModelFlags,
    sign: ProgressSign,
    development: SideMaterial,
    report: SideMaterial,
    left_out: Vec<String>,
}

impl Measuring<'_> {
    fn on(&mut self, side: Side) -> &mut SideMaterial {
        match side {
            Side::Report => &mut self.report,
            Side::Train | Side::Development => &mut self.development,
        }
    }

    /// The close-ups of the data that no training uses.
    fn closeups(&mut self, manifests: &[PathBuf], args: &AllArgs, config: &Config) -> anyhow::Result<Vec<Row>> {
        let naming = args.naming.naming(&config.classes)?;
        let record = records_of(self.model)?;
        let classes = self.model.load(&[])?.model.classes().to_vec();
        let mut all = Vec::new();
        for data in manifests {
            let choice = SelectionRequest {
                data,
                classes: &classes,
                naming: &naming,
                record: record.as_ref(),
                wanted: WantedSides::HeldOut,
                several: false,
            };
            match choice.select() {
                Ok(CloseupSelection { rows, said, .. }) => {
                    self.left_out.push(format!("{}: close-ups: {said}", data.display()));
                    all.extend(rows);
                }
                // Data without close-ups have other things.
                Err(why) if why.is::<Usage>() => self.left_out.push(why.to_string()),
                Err(why) => return Err(why),
            }
        }
        Ok(all)
    }

    /// Tells how much there is to do, as far as that is known.
    fn announce(&self, material: &Material, closeups: u64) -> anyhow::Result<()> {
        let stride = self.config.run.vid_stride.max(1);
        let mut frames = 0;
        for scene in &material.scenes {
            frames += (read_truth(&scene.clip.truth)?.len() as u64).div_ceil(stride);
        }
        let photos: usize = material.photos.iter().map(|folder| folder.photos.len()).sum();
        self.sign.set_length(frames + photos as u64 + closeups);
        Ok(())
    }

    fn scene(&mut self, scene: &SceneClip) -> anyhow::Result<()> {
        let (config, model, sign) = (self.config, self.model, &self.sign);
        let clips = std::slice::from_ref(&scene.clip);
        let report = evaluate_scenes(clips, |clip, take| {
            let mut take = |seen| {
                sign.inc(1);
                take(seen);
            };
            scan_clip(config, model, &clip.video, &mut take).map(|_| ())
        })?;
        let side = self.on(scene.clip.side);
        if scene.is_face { &mut side.faces } else { &mut side.clips }.extend(report.clips);
        Ok(())
    }

    fn video(&mut self, clip: &Clip) -> anyhow::Result<()> {
        let mut counts = VideoCounts::new(&clip.name);
        let sign = &self.sign;
        scan_clip(self.config, self.model, &clip.video, &mut |seen| {
            // How many frames there will be is not known before.
            sign.inc_length(1);
            sign.inc(1);
            counts.add_frame(&seen);
        })?;
        self.on(clip.side).videos.push(counts);
        Ok(())
    }

    fn photos(&mut self, folder: PhotoFolder) -> anyhow::Result<()> {
        let sign = &self.sign;
        let found = scan_photos(self.config, self.model, &folder.name, folder.photos, &|| sign.inc(1))?;
        self.left_out.extend(found.skipped.iter().map(|why| format!("left out: {why}")));
        for photo in found.scanned {
            self.on(photo.photo.side.unwrap_or(Side::Development)).add_photo(photo);
        }
        Ok(())
    }
}
