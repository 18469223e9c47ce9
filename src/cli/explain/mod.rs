//! `lesionscope explain`: what the classifier saw, as maps over what was circled.

pub(crate) mod explanations;
mod prototypes;
mod scan_map;

use std::sync::Arc;

use clap::Args;

use crate::cli::exit::{Exit, Usage};
use crate::cli::explain::explanations::{ExplanationRequest, ExplanationRun, Subject};
use crate::cli::explain::prototypes::prototypes;
use crate::cli::explain::scan_map::ScanMap;
use crate::cli::flags::{ContourGroup, RunFlags};
use crate::cli::globals::Globals;
use crate::cli::progress::ProgressSign;
use crate::cli::run::first_frame::with_first_frame;
use crate::cli::say::{note, say};
use crate::cli::setting_flags::SettingFlags;
use crate::cli::setup::{Preparation, detect_settings};
use crate::config::{Config, SettingsLayer};
use crate::detect::{Detect, Evaluator, Job, JobAnswer, Serial};
use crate::explain::{Explainer, Method};
use crate::finding::TrackedCircle;
use crate::frame::Frame;
use crate::geometry::Square;
use crate::scanner::Scanner;
use crate::source::{Source, SourceError, Stop};

/// `explain`.
#[derive(Debug, Args)]
pub(crate) struct ExplainArgs {
    /// Picture, folder, glob, video file, camera number or scene:SEED.
    #[arg(long, short, value_name = "SOURCE", required_unless_present_any = ["list", "prototype", "print_config"])]
    source: Option<String>,
    /// Methods, or "all"; --list names them.
    #[arg(long, value_name = "A,B", value_delimiter = ',', default_value = "all")]
    method: Vec<String>,
    /// The class that the maps are about; without it, the one that each circle is called.
    #[arg(long)]
    class: Option<String>,
    /// Show what each class (or --class) looks like to the network instead: a gallery of pictures that were changed step by step
    /// until their score was high, starting from plain skin.
    #[arg(long, conflicts_with = "source")]
    prototype: bool,
    /// Circles explained in a picture, at most, the likeliest first.
    #[arg(long, value_name = "N", default_value_t = 4)]
    circles: usize,
    /// Take each picture for a close-up: explain the square in its middle, search for nothing.
    #[arg(long)]
    whole: bool,
    /// How the maps are drawn.
    #[command(flatten)]
    contour: SettingFlags<ContourGroup>,
    /// List the methods and what each is good for.
    #[arg(long)]
    list: bool,
    /// Scan, source, files.
    #[command(flatten)]
    run: RunFlags,
}

impl ExplainArgs {
    /// The settings that the flags make.
    pub(crate) fn layers(&self) -> Vec<SettingsLayer> {
        let name = SettingsLayer::new("lesionscope explain", "output.name", "explain");
        [vec![name], self.contour.layers().to_vec(), self.run.layers()].concat()
    }
}

/// Runs the command.
pub(crate) fn run(globals: &Globals, args: &ExplainArgs, config: Config) -> anyhow::Result<Exit> {
    if args.list {
        let lines = Method::ALL.map(|method| format!("{:<21} {}", method.name(), method.about()));
        say(&lines.join("\n"))?;
        return Ok(Exit::Done);
    }
    if args.prototype {
        return gallery(globals, args, &config);
    }
    methods(&args.method)?;
    let destination = args.run.destination(&config.output);
    destination.check()?;
    let stop = Stop::default();
    let source = args.source.as_deref().unwrap_or_default();
    let Preparation { config, scanner, source, stop, .. } =
        Preparation::new(config, source, &args.run.scan.model, stop)?;
    let explainer = scanner.explainer()?;
    let class = class_index(args.class.as_deref(), &explainer)?;
    let methods = askable(&args.method, &explainer)?;
    let (mut detector, model) = scanner.into_parts();
    let mut evaluator = Serial::new(model);
    let bar = bar(globals.quiet)?;
    let mut source = with_first_frame(source, &stop)?;
    let folder = destination.create()?;
    let label = source.info().label.clone();
    let request = ExplanationRequest { methods, max_circles: args.circles, class, contour: config.explain.contour };
    let mut run = ExplanationRun::new(explainer, request, folder.path().to_owned(), label, &bar);
    each(&mut *source, &config, &stop, |frame| {
        let (subjects, scan) = match args.whole {
            true => (Vec::new(), None),
            false => {
                let detection = detector.detect_still(&frame, &mut evaluator)?;
                let skin = match evaluator.run(&frame, vec![Job::SkinMap])?.pop() {
                    Some(JobAnswer::SkinMap(map)) => map,
                    _ => None,
                };
                let scan = ScanMap::new(&frame, &detection, skin.as_ref(), &config.draw);
                (circled(detection.circles, &frame, config.scan.radius_sides, run.explainer()), Some(scan))
            }
        };
        if subjects.is_empty() && !args.whole {
            tracing::warn!("picture {}: nothing is circled in it, so its middle is explained", frame.index);
        }
        run.picture(&frame, subjects, scan.as_ref())
    })?;
    bar.finish_and_clear();
    if !globals.quiet {
        say(&run.summary())?;
    }
    Ok(Exit::Done)
}

/// `--prototype`.
fn gallery(globals: &Globals, args: &ExplainArgs, config: &Config) -> anyhow::Result<Exit> {
    let destination = args.run.destination(&config.output);
    destination.check()?;
    let scanner = Scanner::new(args.run.scan.model.load(&[])?, detect_settings(config))?;
    let explainer = scanner.explainer()?;
    if let Some(lacks) = explainer.lacks(Method::Sensitivity) {
        return Err(Usage(format!("--prototype {lacks}")).into());
    }
    let class = class_index(args.class.as_deref(), &explainer)?;
    let bar = bar(globals.quiet)?;
    let folder = destination.create()?;
    let gallery = prototypes(&explainer, class, folder.path(), &bar)?;
    bar.finish_and_clear();
    if !globals.quiet {
        say(&format!("wrote {}\n", gallery.display()))?;
    }
    Ok(Exit::Done)
}

/// Hands over the pictures of a source that the settings ask for; of a film without a limit, the first alone.
fn each(
    source: &mut dyn Source,
    config: &Config,
    stop: &Stop,
    mut take: impl FnMut(Arc<Frame>) -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    let most = match config.run.frames {
        None if source.info().stills => u64::MAX,
        frames => frames.unwrap_or(1),
    };
    let (mut at, mut done) = (0u64, 0);
    while let Some(frame) = source.next_frame(stop)? {
        if at.is_multiple_of(config.run.vid_stride.max(1)) {
            take(Arc::new(frame))?;
            done += 1;
        }
        at += 1;
        if done == most {
            break;
        }
    }
    source.stats().notes.iter().for_each(|said| note(said));
    if done == 0 && !stop.requested() {
        return Err(SourceError::Unusable(format!("{}: holds no picture", source.info().label)).into());
    }
    Ok(())
}

/// The methods of a list of names.
pub(crate) fn methods(names: &[String]) -> Result<Vec<Method>, Usage> {
    if names.iter().any(|name| name == "all") {
        return Ok(Method::ALL.to_vec());
    }
    let named = |name: &String| {
        Method::named(name).ok_or_else(|| {
            let known = Method::ALL.map(Method::name).join(", ");
            Usage(format!("--method {name}: there is no such method; there are all, {known}"))
        })
    };
    names.iter().map(named).collect()
}

/// The methods of a list of names, if the classifier can be explained by them; of all, those that it can be explained by, and a
/// word about the others.
pub(crate) fn askable(names: &[String], explainer: &Explainer) -> Result<Vec<Method>, Usage> {
    let wanted = methods(names)?;
    if !names.iter().any(|name| name == "all") {
        let refusal = wanted.iter().find_map(|method| explainer.refusal(*method));
        return refusal.map_or(Ok(wanted), |refusal| Err(Usage(format!("--method {refusal}"))));
    }
    // That most networks do not attend is no news.
    let (able, unable): (Vec<Method>, Vec<Method>) = wanted
        .into_iter()
        .filter(|method| *method != Method::Attention || explainer.lacks(*method).is_none())
        .partition(|method| explainer.lacks(*method).is_none());
    if let Some(refusal) = unable.first().and_then(|method| explainer.refusal(*method)) {
        let names: Vec<&str> = unable.iter().map(|method| method.name()).collect();
        note(&format!("left out: {}; {refusal}", names.join(", ")));
    }
    Ok(able)
}

fn class_index(name: Option<&str>, explainer: &Explainer) -> Result<Option<usize>, Usage> {
    let Some(name) = name else { return Ok(None) };
    let classes = explainer.classes();
    match classes.iter().position(|class| class.name == name) {
        Some(index) => Ok(Some(index)),
        None => {
            let known: Vec<&str> = classes.iter().map(|class| class.name.as_str()).collect();
            Err(Usage(format!("--class {name}: the model has no such class; it has {}", known.join(", "))))
        }
    }
}

/// What is circled in a picture, the likeliest first.
fn circled(mut circles: Vec<TrackedCircle>, frame: &Frame, fill: f32, explainer: &Explainer) -> Vec<Subject> {
    circles.sort_by(|a, b| b.finding.evidence.total_cmp(&a.finding.evidence).then(a.track.cmp(&b.track)));
    let subject = |circle: &TrackedCircle| {
        let place = circle.finding.circle;
        let square = Square::around(place.centre(), place.r / fill, frame.size());
        Subject { square, class: explainer.own_class(circle.class) }
    };
    circles.iter().map(subject).collect()
}

fn bar(quiet: bool) -> anyhow::Result<ProgressSign> {
    ProgressSign::new(quiet, 0, "maps")
}
