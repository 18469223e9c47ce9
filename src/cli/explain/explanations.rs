//! The work of `lesionscope explain` on one picture: windows, maps, contact sheets, and how the methods did.

use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::Context;
use image::RgbImage;
use indicatif::ProgressBar;

use super::scan_map::ScanMap;
use crate::counted;
use crate::draw::{self, SheetTile, overlay};
use crate::explain::curves::curves;
use crate::explain::{Explainer, Map, MapChoice, Method, Question};
use crate::finding::HeatGrid;
use crate::frame::Frame;
use crate::geometry::Square;
use crate::model::ClassKind;
use crate::pixels::resize::Cutter;
use crate::sink::{ExplanationFiles, ExplanationRecord, MapRecord};

/// Side of a tile of the contact sheet, px.
const TILE: u32 = 240;
/// Tiles a row.
const COLUMNS: u32 = 5;
/// A method whose two mean scores lie closer together says nothing.
const STILL: f32 = 0.01;
/// Name of the skin map among the maps.
const SKIN_MAP: &str = "skin-map";
/// Opacity of a map where it is strongest: the lesion under it can still be seen.
const OPACITY: f32 = 0.75;

/// A square of a picture that is to be explained.
pub(crate) struct Subject {
    pub(crate) square: Square,
    /// Index of the class; `None`: the one with the highest score of the lesion classes.
    pub(crate) class: Option<usize>,
}

/// What is to be explained in every picture, and how.
pub(crate) struct ExplanationRequest {
    pub(crate) methods: Vec<Method>,
    /// Circles of a picture that are explained, at most.
    pub(crate) max_circles: usize,
    /// The class that the maps are about; `None`: the one that the circle is called.
    pub(crate) class: Option<usize>,
    /// Quantile at which maps get a line, `0..=1`.
    pub(crate) contour: Option<f32>,
}

/// A map that was made and tried on the classifier.
#[derive(Clone, Copy)]
struct MapTrial {
    method: Method,
    /// Mean score while the map's highest places are hidden, and while they alone are shown, `0..=1`.
    hidden: f32,
    shown: f32,
    ms: f64,
}

/// What is made of one subject: its files, and the tiles of its contact sheet.
struct SubjectSheet {
    files: ExplanationFiles,
    /// The window at the size of a tile.
    large: RgbImage,
    tiles: Vec<SheetTile>,
}

/// What stays the same from one picture to the next, and what came of those before.
pub(crate) struct ExplanationRun<'a> {
    explainer: Explainer,
    request: ExplanationRequest,
    /// The folder of the run.
    out: PathBuf,
    /// The name of the source.
    label: String,
    bar: &'a ProgressBar,
    written: Vec<PathBuf>,
    /// What was explained: where, the class, and its score.
    explained: Vec<String>,
    trials: Vec<MapTrial>,
}

/// One probability a class for a window of the classifier's own size.
pub(crate) fn answer(explainer: &Explainer, window: &RgbImage) -> anyhow::Result<Vec<f32>> {
    explainer.answers(std::slice::from_ref(window))?.into_iter().next().context("the classifier did not answer")
}

/// The lesion class with the highest score; 0 without lesion classes.
pub(crate) fn likeliest(explainer: &Explainer, scores: &[f32]) -> usize {
    let lesions =
        explainer.classes().iter().zip(scores).enumerate().filter(|(_, (class, _))| class.kind == ClassKind::Lesion);
    lesions.max_by(|(_, (_, a)), (_, (_, b))| a.total_cmp(b)).map_or(0, |(index, _)| index)
}

impl<'a> ExplanationRun<'a> {
    /// Nothing explained yet. `out`: the folder of the run; `label`: the name of the source.
    pub(crate) fn new(
        explainer: Explainer,
        request: ExplanationRequest,
        out: PathBuf,
        label: String,
        bar: &'a ProgressBar,
    ) -> ExplanationRun<'a> {
        ExplanationRun {
            explainer,
            request,
            out,
            label,
            bar,
            written: Vec::new(),
            explained: Vec::new(),
            trials: Vec::new(),
        }
    }

    /// What explains.
    pub(crate) fn explainer(&self) -> &Explainer {
        &self.explainer
    }

    /// Explains the squares of a picture, or the one in its middle when there are none; `scan`: the scan's map, if it was scanned.
    pub(crate) fn picture(
        &mut self,
        frame: &Frame,
        mut subjects: Vec<Subject>,
        scan: Option<&ScanMap>,
    ) -> anyhow::Result<()> {
        let whole = subjects.is_empty();
        if whole {
            let size = frame.size();
            let square = Square::around(size.centre(), size.short() as f32, size);
            subjects.push(Subject { square, class: None });
        }
        subjects.truncate(self.request.max_circles.max(1));
        let stem = frame.file.as_deref().and_then(Path::file_stem);
        let stem = stem.map_or_else(|| format!("frame-{}", frame.index), |stem| stem.to_string_lossy().into_owned());
        for (n, subject) in subjects.iter().enumerate() {
            let name = if whole { stem.clone() } else { format!("{stem}-circle-{}", n + 1) };
            self.bar.inc_length(self.request.methods.len() as u64);
            self.subject(frame, subject, scan, &name)?;
        }
        Ok(())
    }

    fn subject(&mut self, frame: &Frame, subject: &Subject, scan: Option<&ScanMap>, name: &str) -> anyhow::Result<()> {
        let mut cutter = Cutter::new();
        let side = self.explainer.input_side();
        let window = cutter.square(&frame.pixels, subject.square, side)?;
        let large = cutter.square(&frame.pixels, subject.square, TILE)?;
        let scores = answer(&self.explainer, &window)?;
        let class = self.request.class.or(subject.class).unwrap_or_else(|| likeliest(&self.explainer, &scores));
        let class_name = self.explainer.classes().get(class).map_or(String::new(), |class| class.name.clone());
        let score = scores.get(class).copied().unwrap_or(0.0);

        self.explained.push(format!("{name}: {class_name} {score:.3}"));
        let mut sheet = SubjectSheet { files: ExplanationFiles::create(&self.out, name)?, large, tiles: Vec::new() };
        sheet.files.picture("window", &window)?;
        sheet.add(sheet.large.clone(), &format!("{class_name} {score:.2}"), name.to_owned());
        if let Some(scan) = scan {
            sheet.add_scan(scan, subject.square)?;
        }
        let mut maps = Vec::new();
        for method in self.request.methods.clone() {
            self.bar.set_message(format!("{}, {}", crate::printable(name), method.name()));
            let record = self.map(Question { window: &window, class }, method, &mut sheet)?;
            maps.push(record);
            self.bar.inc(1);
        }
        sheet.files.record(&ExplanationRecord {
            schema: "lesionscope-explanation/1",
            source: self.label.clone(),
            frame: frame.index,
            picture: frame.file.as_deref().and_then(Path::file_name).map(|name| name.to_string_lossy().into_owned()),
            model: self.explainer.stamp(),
            class: class_name,
            score,
            window: (subject.square.x, subject.square.y, subject.square.side),
            maps,
        })?;
        self.written.push(sheet.files.sheet(&draw::sheet(&sheet.tiles, COLUMNS))?.to_owned());
        Ok(())
    }

    /// One map: computed, drawn, written, and tried on the classifier.
    fn map(&mut self, question: Question, method: Method, sheet: &mut SubjectSheet) -> anyhow::Result<MapRecord> {
        let started = Instant::now();
        let map = self.explainer.explain(question, method)?;
        let ms = started.elapsed().as_secs_f64() * 1000.0;
        let shown = self.explainer.laid(&map, method);
        let curves = curves(&self.explainer, question, &shown)?;
        let picture = overlay(
            &sheet.large,
            &grid(&shown.resized(TILE as usize, TILE as usize), method.signed()),
            method.signed(),
            OPACITY,
            self.request.contour,
        );
        sheet.files.picture(method.name(), &picture)?;
        sheet.files.numbers(method.name(), map.rows, map.cols, &map.values)?;
        let (deletion, insertion) = (curves.deleted(), curves.inserted());
        sheet.add(picture, method.name(), format!("hidden {deletion:.2}, shown {insertion:.2}, {ms:.0} ms"));
        self.trials.push(MapTrial { method, hidden: deletion, shown: insertion, ms });
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
    pub(crate) fn summary(&self) -> String {
        let mean = |method: Method| {
            let of = self.trials.iter().filter(|trial| trial.method == method);
            let count = of.clone().count().max(1) as f32;
            let (hidden, shown) = (of.clone().map(|trial| trial.hidden), of.clone().map(|trial| trial.shown));
            let ms = of.map(|trial| trial.ms).sum::<f64>() / f64::from(count);
            MapTrial { method, hidden: hidden.sum::<f32>() / count, shown: shown.sum::<f32>() / count, ms }
        };
        let mut rows: Vec<MapTrial> = self.request.methods.iter().map(|&method| mean(method)).collect();
        let gain = |row: &MapTrial| row.shown - row.hidden;
        rows.sort_by(|a, b| gain(b).total_cmp(&gain(a)));
        let still = rows.iter().all(|row| gain(row).abs() < STILL);
        let mut text = String::new();
        for line in &self.explained {
            text += &format!("{line}\n");
        }
        let squares = counted(self.explained.len(), "explanation");
        text += &format!("\nMeans over {squares}, the largest difference of shown and hidden first:\n\n");
        text += &format!("{:<21} {:>8} {:>6} {:>8}\n", "method", "hidden", "shown", "ms");
        for MapTrial { method, hidden, shown, ms } in rows {
            text += &format!("{:<21} {hidden:>8.3} {shown:>6.3} {ms:>8.1}\n", method.name());
        }
        text += "\nhidden: mean score while the map's highest places are blurred, step by step (low: the score rests on them)\n\
                 shown:  mean score while they come back into a blurred window (high: they are enough for it)\n\n";
        if still && !self.trials.is_empty() {
            text += "The score hardly changes whatever is hidden: none of these maps can be judged by it.\n\n";
        }
        for path in &self.written {
            text += &format!("wrote {}\n", path.display());
        }
        text
    }
}

impl SubjectSheet {
    fn add(&mut self, picture: RgbImage, title: &str, line: String) {
        self.tiles.push(SheetTile { picture, title: title.to_owned(), line });
    }

    /// Adds what the scan's own map is in the square of the subject, and the skin map, of which all is written.
    fn add_scan(&mut self, scan: &ScanMap, square: Square) -> anyhow::Result<()> {
        let name = MapChoice::WindowMap.name();
        let picture = Cutter::new().square(&scan.picture, square, TILE)?;
        self.files.picture(name, &picture)?;
        self.files.numbers(name, scan.grid.rows as usize, scan.grid.cols as usize, &scan.grid.values)?;
        self.add(picture, name, "the scan's own map and mask".to_owned());
        if let Some(skin) = &scan.skin {
            self.files.picture(SKIN_MAP, skin)?;
            self.add(
                Cutter::new().square(skin, square, TILE)?,
                SKIN_MAP,
                "skin green, part blue, lesion red".to_owned(),
            );
        }
        Ok(())
    }
}

/// A map as a grid for drawing.
fn grid(map: &Map, signed: bool) -> HeatGrid {
    let scaled = if signed { map.scaled() } else { map.stretched() };
    HeatGrid { cols: scaled.cols as u32, rows: scaled.rows as u32, values: scaled.values }
}
