//! `lesionscope explain`: what the classifier saw, as maps over what was circled.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use anyhow::Context;
use clap::Args;
use image::RgbImage;
use indicatif::{ProgressBar, ProgressStyle};

use super::args::{Cli, OutputFlags, ScanFlags, SourceFlags};
use super::exit::{Exit, Usage};
use super::folder::Destination;
use super::interrupt::Interrupt;
use super::say::say;
use super::setup::{Preparation, detect_settings};
use crate::config::Config;
use crate::detect::{Detector, Serial, Worker};
use crate::draw::{Tile, overlay, sheet};
use crate::explain::curves::curves;
use crate::explain::{Explainer, Map, Method, Question};
use crate::finding::HeatGrid;
use crate::frame::Frame;
use crate::geometry::Square;
use crate::model::network::Network;
use crate::model::{ClassKind, Model};
use crate::pixels::resize::Cutter;
use crate::sink::explanation::{ExplanationFiles, ExplanationRecord, MapRecord};
use crate::source::Stop;

/// Side of a tile of the contact sheet, px.
const TILE: u32 = 240;
/// Tiles a row.
const COLUMNS: u32 = 5;
/// Opacity of a map where it is strongest: the lesion under it can still be seen.
const OPACITY: f32 = 0.75;

/// `explain`.
#[derive(Debug, Args)]
pub(super) struct ExplainArgs {
    /// Picture, folder, glob, video file, camera number or scene:SEED.
    #[arg(long, short, value_name = "SOURCE", required_unless_present_any = ["list", "print_config"])]
    source: Option<String>,
    /// Methods, or "all"; --list names them.
    #[arg(long, value_name = "A,B", value_delimiter = ',', default_value = "all")]
    method: Vec<String>,
    /// The class that the maps are about; without it, the one that is called.
    #[arg(long)]
    class: Option<String>,
    /// Circles explained in a picture, at most, the likeliest first.
    #[arg(long, value_name = "N", default_value_t = 4)]
    circles: usize,
    /// Take each picture for a close-up: explain the square in its middle, search for nothing.
    #[arg(long)]
    whole: bool,
    /// List the methods and what each is good for.
    #[arg(long)]
    list: bool,
    /// Scan.
    #[command(flatten)]
    pub(super) scan: ScanFlags,
    /// Source.
    #[command(flatten)]
    pub(super) pace: SourceFlags,
    /// Files.
    #[command(flatten)]
    pub(super) output: OutputFlags,
}

/// A square of a picture that is to be explained.
struct Subject {
    square: Square,
    /// Index of the class; `None`: the one with the highest score of the lesion classes.
    class: Option<usize>,
}

/// What stays the same from one picture to the next.
struct Explaining<'a> {
    explainer: Explainer,
    methods: Vec<Method>,
    out: PathBuf,
    label: String,
    bar: &'a ProgressBar,
    written: Vec<PathBuf>,
    /// Deletion, insertion, milliseconds of every map, by method.
    trust: Vec<(Method, f32, f32, f64)>,
}

/// Runs the command.
pub(super) fn run(cli: &Cli, args: &ExplainArgs, config: Config) -> anyhow::Result<Exit> {
    if args.list {
        let lines = Method::ALL.map(|method| format!("{:<21} {}", method.name(), method.about()));
        say(&lines.join("\n"))?;
        return Ok(Exit::Done);
    }
    let methods = methods(&args.method)?;
    let destination = Destination { out: args.output.out.clone(), exist_ok: args.output.exist_ok };
    destination.check()?;
    let stop = Stop::default();
    let interrupt = Interrupt::install(&stop)?;
    let source = args.source.as_deref().unwrap_or_default();
    let Preparation { config, classifier, mut source, stop } =
        Preparation::new(config, source, &args.scan.model, stop)?;
    let network = classifier.model.namer().ok_or_else(|| {
        Usage("this model only answers: nothing can be asked of its inside, use a model folder".to_owned())
    })?;
    let asked = asked_class(args.class.as_deref(), network)?;
    let mut detector =
        Detector::new(detect_settings(&config), classifier.model.classes().to_vec(), classifier.model.gate_geometry());
    if classifier.model.opinion_side().is_some() {
        detector = detector.with_opinions();
    }
    let bar = bar(cli.quiet)?;
    let mut explaining = Explaining {
        explainer: Explainer::new(network)?,
        methods,
        out: destination.create(&config.output)?,
        label: source.info().label.clone(),
        bar: &bar,
        written: Vec::new(),
        trust: Vec::new(),
    };
    let mut evaluator = Serial(Worker::new(classifier.model.fork()));
    // A film has as many pictures as anybody could wish for: one is explained unless more are asked for.
    let most = match config.run.frames {
        0 if source.info().stills => u64::MAX,
        0 => 1,
        frames => frames,
    };
    let (mut at, mut done) = (0u64, 0);
    while let Some(frame) = source.next_frame(&stop)? {
        at += 1;
        if !(at - 1).is_multiple_of(config.run.vid_stride.max(1)) {
            continue;
        }
        let frame = Arc::new(frame);
        let subjects =
            if args.whole { Vec::new() } else { circled(&mut detector, &frame, &mut evaluator, config.scan.fill)? };
        explaining.picture(&frame, subjects, (args.circles, asked))?;
        done += 1;
        if done == most {
            break;
        }
    }
    bar.finish_and_clear();
    if !cli.quiet {
        say(&explaining.summary())?;
    }
    Ok(if interrupt.happened() { Exit::Interrupted } else { Exit::Done })
}

/// The methods of a list of names.
pub(super) fn methods(names: &[String]) -> Result<Vec<Method>, Usage> {
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

fn asked_class(name: Option<&str>, network: &dyn Model) -> Result<Option<usize>, Usage> {
    let Some(name) = name else { return Ok(None) };
    let classes = network.classes();
    match classes.iter().position(|class| class.name == name) {
        Some(index) => Ok(Some(index)),
        None => {
            let known: Vec<&str> = classes.iter().map(|class| class.name.as_str()).collect();
            Err(Usage(format!("--class {name}: the model has no such class; it has {}", known.join(", "))))
        }
    }
}

/// What is circled in a picture, the likeliest first.
fn circled(
    detector: &mut Detector,
    frame: &Arc<Frame>,
    evaluator: &mut Serial,
    fill: f32,
) -> anyhow::Result<Vec<Subject>> {
    let mut circles = detector.detect_still(frame, evaluator)?.circles;
    circles.sort_by(|a, b| b.finding.evidence.total_cmp(&a.finding.evidence).then(a.track.cmp(&b.track)));
    let (width, height) = frame.size();
    let subject = |circle: &crate::finding::TrackedCircle| {
        let place = circle.finding.circle;
        let square = Square::around((place.x, place.y), place.r / fill, width, height);
        Subject { square, class: Some(circle.class) }
    };
    Ok(circles.iter().map(subject).collect())
}

/// One probability a class for a window of the network's own size.
pub(super) fn answer(network: &Network, window: &RgbImage) -> anyhow::Result<Vec<f32>> {
    let answers = network.clone().classify(std::slice::from_ref(window))?;
    Ok(answers.into_iter().next().context("the network did not answer")?.classes)
}

/// The lesion class with the highest score; 0 without lesion classes.
pub(super) fn likeliest(network: &Network, scores: &[f32]) -> usize {
    let lesions =
        network.classes().iter().zip(scores).enumerate().filter(|(_, (class, _))| class.kind == ClassKind::Lesion);
    lesions.max_by(|(_, (_, a)), (_, (_, b))| a.total_cmp(b)).map_or(0, |(index, _)| index)
}

impl Explaining<'_> {
    /// Explains the squares of a picture, or the one in its middle when there are none.
    fn picture(
        &mut self,
        frame: &Frame,
        mut subjects: Vec<Subject>,
        (most, asked): (usize, Option<usize>),
    ) -> anyhow::Result<()> {
        let (width, height) = frame.size();
        let whole = subjects.is_empty();
        if whole {
            let centre = (width as f32 / 2.0, height as f32 / 2.0);
            subjects
                .push(Subject { square: Square::around(centre, width.min(height) as f32, width, height), class: None });
        }
        subjects.truncate(most.max(1));
        let stem = frame.file.as_deref().and_then(Path::file_stem);
        let stem = stem.map_or_else(|| format!("frame-{}", frame.index), |stem| stem.to_string_lossy().into_owned());
        for (n, subject) in subjects.iter().enumerate() {
            let name = if whole { stem.clone() } else { format!("{stem}-circle-{}", n + 1) };
            self.bar.set_message(name.clone());
            self.bar.inc_length(self.methods.len() as u64);
            self.subject(frame, subject, asked, &name)?;
        }
        Ok(())
    }

    fn subject(&mut self, frame: &Frame, subject: &Subject, asked: Option<usize>, name: &str) -> anyhow::Result<()> {
        let mut cutter = Cutter::new();
        let side = self.explainer.network().input_side();
        let window = cutter.square(&frame.pixels, subject.square, side)?;
        let large = cutter.square(&frame.pixels, subject.square, TILE)?;
        let network = self.explainer.network();
        let scores = answer(network, &window)?;
        let class = asked.or(subject.class).unwrap_or_else(|| likeliest(network, &scores));
        let class_name = network.classes().get(class).map_or(String::new(), |class| class.name.clone());
        let score = scores.get(class).copied().unwrap_or(0.0);

        let files = ExplanationFiles::create(&self.out, name)?;
        let title = format!("{class_name} {score:.2}");
        let mut tiles = vec![Tile { picture: large.clone(), title, line: name.to_owned() }];
        let mut maps = Vec::new();
        for method in self.methods.clone() {
            let record = self.map(Question { window: &window, class }, method, &large, (&files, &mut tiles))?;
            maps.push(record);
            self.bar.inc(1);
        }
        let card = self.explainer.network().card();
        files.record(&ExplanationRecord {
            schema: "lesionscope-explanation/1",
            source: self.label.clone(),
            frame: frame.index,
            model: (card.name.clone(), card.weights.sha256.clone()),
            class: class_name,
            score,
            window: (subject.square.x, subject.square.y, subject.square.side),
            maps,
        })?;
        self.written.push(files.sheet(&sheet(&tiles, COLUMNS))?.to_owned());
        Ok(())
    }

    /// One map: computed, drawn, written, and tried on the classifier.
    fn map(
        &mut self,
        question: Question,
        method: Method,
        large: &RgbImage,
        (files, tiles): (&ExplanationFiles, &mut Vec<Tile>),
    ) -> anyhow::Result<MapRecord> {
        let started = Instant::now();
        let map = self.explainer.explain(question, method)?;
        let ms = started.elapsed().as_secs_f64() * 1000.0;
        let shown = map.smoothed();
        let curves = curves(&mut self.explainer, question, &shown)?;
        let picture = overlay(
            large,
            &grid(&shown.resized(TILE as usize, TILE as usize), method.signed()),
            method.signed(),
            OPACITY,
        );
        files.map(method.name(), &picture, (map.rows, map.cols), &map.values)?;
        let (deletion, insertion) = (curves.deleted(), curves.inserted());
        let line = format!("hidden {deletion:.2}, shown {insertion:.2}, {ms:.0} ms");
        tiles.push(Tile { picture, title: method.name().to_owned(), line });
        self.trust.push((method, deletion, insertion, ms));
        Ok(MapRecord {
            method: method.name(),
            about: method.about(),
            ms,
            deletion,
            insertion,
            deletion_curve: curves.deletion,
            insertion_curve: curves.insertion,
        })
    }

    /// Where the sheets are, and how the methods did.
    fn summary(&self) -> String {
        let mut rows: Vec<(Method, f32, f32, f64)> = Vec::new();
        for &method in &self.methods {
            let of: Vec<_> = self.trust.iter().filter(|(m, ..)| *m == method).collect();
            let mean = |value: &dyn Fn(&(Method, f32, f32, f64)) -> f64| {
                of.iter().map(|row| value(row)).sum::<f64>() / of.len().max(1) as f64
            };
            let (deletion, insertion) = (mean(&|r| f64::from(r.1)) as f32, mean(&|r| f64::from(r.2)) as f32);
            rows.push((method, deletion, insertion, mean(&|r| r.3)));
        }
        rows.sort_by(|a, b| (b.2 - b.1).total_cmp(&(a.2 - a.1)));
        let mut text = format!("{:<21} {:>8} {:>6} {:>8}\n", "method", "hidden", "shown", "ms");
        for (method, deletion, insertion, ms) in rows {
            text += &format!("{:<21} {deletion:>8.3} {insertion:>6.3} {ms:>8.1}\n", method.name());
        }
        text += "\nhidden: mean score while the map's highest places are blurred, step by step (low: the score rests on them)\n\
                 shown:  mean score while they come back into a blurred window (high: they are enough for it)\n\n";
        for path in &self.written {
            text += &format!("wrote {}\n", path.display());
        }
        text
    }
}

/// A map as a grid for drawing.
fn grid(map: &Map, signed: bool) -> HeatGrid {
    let scaled = if signed { map.scaled() } else { map.stretched() };
    HeatGrid { cols: scaled.cols as u32, rows: scaled.rows as u32, values: scaled.values }
}

fn bar(quiet: bool) -> anyhow::Result<ProgressBar> {
    let bar = if quiet { ProgressBar::hidden() } else { ProgressBar::new(0) };
    bar.set_style(
        ProgressStyle::with_template("{wide_bar} {pos}/{len} maps, {eta} left  {msg}").context("progress bar")?,
    );
    Ok(bar)
}
