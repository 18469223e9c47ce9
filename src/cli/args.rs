//! The command line: commands, flags and their help.

use std::path::PathBuf;

use super::calibrate::CalibrateArgs;
use super::classifier::ModelFlags;
use super::evaluate_args::EvaluateArgs;
use super::explain::ExplainArgs;
use super::export::ExportArgs;
use super::import::ImportArgs;
use super::train::TrainArgs;
use super::window::{NAME, WindowArgs};
use clap::{ArgAction, Args, Parser, Subcommand};

/// Circles, on live video and in files, what an image classifier takes for a skin lesion.
///
/// The scores are the model's, never a diagnosis. This is not a medical device.
#[derive(Debug, Parser)]
#[command(name = "lesionscope", version, max_term_width = 110, arg_required_else_help = true, after_help = EXAMPLES)]
pub(super) struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub(super) command: Option<Command>,

    /// Settings laid over the built-in ones; LESIONSCOPE_SECTION_KEY variables and flags go over them.
    #[arg(long, global = true, value_name = "FILE.toml")]
    pub(super) config: Option<PathBuf>,

    /// Print the settings in effect as TOML, and end.
    #[arg(long, global = true)]
    pub(super) print_config: bool,

    /// Tell more; twice: tell all.
    #[arg(short, long, global = true, action = ArgAction::Count, conflicts_with = "quiet")]
    pub(super) verbose: u8,

    /// Tell errors only.
    #[arg(short, long, global = true)]
    pub(super) quiet: bool,
}

const EXAMPLES: &str = "Examples:
  lesionscope demo                                    a generated scene, to see that everything works
  lesionscope live                                    the first camera, in a window
  lesionscope headless --source arm.mp4               a file, into runs/exp
  lesionscope headless --source arm.mp4 --print-config
Exit codes: 0 done, 1 failed, 2 wrong usage or configuration, 130 interrupted";

/// What to do.
#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Show a camera, clip or scene in a window, circles over it.
    #[command(after_help = "Examples:
  lesionscope live                          camera 0
  lesionscope live --source clip.mp4        a file, at its own speed
  lesionscope live --source 2 --record      camera 2, recording from the start
Press ? in the window for its keys.")]
    Live(LiveArgs),
    /// Process a file, camera or pictures into an annotated copy and a list of circles, without a window.
    #[command(after_help = "Examples:
  lesionscope headless --source arm.mp4
  lesionscope headless --source 'shots/*.jpg' --out annotated-shots
  lesionscope headless --source rtsp://camera/stream --frames 900 --save-clean
  lesionscope headless --source arm.mp4 --explain layer-cam
  lesionscope headless --source arm.mp4 --exhaustive --workers 4 --conf 0.7
  lesionscope headless --source arm.mp4 --audit 30           what do the shortcuts miss?")]
    Headless(HeadlessArgs),
    /// Show what the classifier saw: maps over what is circled, by every method, and how far each can be believed.
    #[command(after_help = "Examples:
  lesionscope explain --source arm.jpg                       every method, a sheet a circle, into runs/explain
  lesionscope explain --source arm.mp4 --vid-stride 30 --frames 5 --method layer-cam,occlusion
  lesionscope explain --source closeup.jpg --whole --class melanoma
  lesionscope explain --list                                 the methods, and what each is good for")]
    Explain(ExplainArgs),
    /// Train a classifier on close-ups of lesions.
    Train(TrainArgs),
    /// Fit a model's temperature and operating point on close-ups.
    #[command(after_help = "Examples:
  lesionscope calibrate --model models/mine --data target/data/open
  lesionscope calibrate --model models/mine --data held-out/ --target-sensitivity 0.95")]
    Calibrate(CalibrateArgs),
    /// Make a model folder of your own TensorFlow or ONNX classifier.
    #[command(after_help = "Examples:
  lesionscope import model.keras --labels labels.txt --suspicious melanoma,bcc --out models/mine
  lesionscope import saved_model/ --python tf/bin/python --out models/mine
  lesionscope import model.onnx --input age=0.5 --out models/mine
Needs Python with tensorflow and tf2onnx for all but ONNX files; says what to run where there is none.")]
    Import(ImportArgs),
    /// Write a network as an ONNX file.
    #[command(after_help = "Examples:
  lesionscope export --onnx opinion.onnx
  lesionscope export --model models/small --onnx small.onnx")]
    Export(ExportArgs),
    /// Measure circles against known truth.
    #[command(after_help = "Examples:
  lesionscope evaluate scenes data/scenes --json scenes.json
  lesionscope evaluate photos backs/boxes.json hands-without-lesions --report photos.html
  lesionscope evaluate closeups my-closeups --report closeups.html --predictions answers.csv
  lesionscope evaluate networks models/*/ --data target/data/open
  lesionscope evaluate detections runs/exp/detections.jsonl data/scenes/arm.jsonl")]
    Evaluate(EvaluateArgs),
    /// Process a generated scene into runs/demo: shows that everything works, needs no camera and no file.
    #[command(after_help = "Examples:
  lesionscope demo
  lesionscope demo --frames 60 --out /tmp/demo")]
    Demo(DemoArgs),
    /// Say what works on this machine: cameras, codecs, display, model.
    #[command(after_help = "Examples:
  lesionscope doctor
  lesionscope doctor --json")]
    Doctor(DoctorArgs),
    /// The process of the live window.
    #[command(name = NAME, hide = true)]
    Window(WindowArgs),
}

/// Flags of the scan, shared by the commands that run one.
#[derive(Debug, Default, Args)]
#[command(next_help_heading = "Scan")]
pub(super) struct ScanFlags {
    /// Model.
    #[command(flatten)]
    pub(super) model: ModelFlags,
    /// Evidence, 0 to 1, from which something is circled.
    #[arg(long, value_name = "0..1", allow_negative_numbers = true)]
    pub(super) conf: Option<f64>,
    /// Search for these classes only, as named in the model.
    #[arg(long, value_name = "A,B", value_delimiter = ',')]
    pub(super) classes: Option<Vec<String>>,
    /// Search with windows of this side only, px: the same as --min-size and --max-size together.
    #[arg(long, value_name = "PX", conflicts_with_all = ["min_size", "max_size"])]
    pub(super) window: Option<i64>,
    /// Longest step between neighbouring windows, as a fraction of their side.
    #[arg(long, value_name = "FRACTION", allow_negative_numbers = true)]
    pub(super) stride: Option<f64>,
    /// Ratio of the sides of neighbouring scales.
    #[arg(long, value_name = "RATIO", allow_negative_numbers = true)]
    pub(super) scale_factor: Option<f64>,
    /// Side of the smallest windows, px.
    #[arg(long, value_name = "PX", allow_negative_numbers = true)]
    pub(super) min_size: Option<i64>,
    /// Side of the largest windows, px; 0: the short side of the picture.
    #[arg(long, value_name = "PX", allow_negative_numbers = true)]
    pub(super) max_size: Option<i64>,
    /// Show every window to the classifier: no coarse level, no cache. Slow.
    #[arg(long)]
    pub(super) exhaustive: bool,
    /// Scan every n-th frame exhaustively as well, and say what cascade and cache missed. Slow.
    #[arg(long, value_name = "N", allow_negative_numbers = true)]
    pub(super) audit: Option<i64>,
    /// Time allowed for the search of a frame, ms: where it takes longer, fewer windows are looked at, and the run says so. 0: no limit.
    #[arg(long, value_name = "MS", allow_negative_numbers = true)]
    pub(super) budget_ms: Option<f64>,
    /// Worker threads of the classifier; 0: one a core.
    #[arg(long, value_name = "N", allow_negative_numbers = true)]
    pub(super) workers: Option<i64>,
}

/// Flags of where the pictures come from, shared by `live` and `headless`.
#[derive(Debug, Default, Args)]
#[command(next_help_heading = "Source")]
pub(super) struct SourceFlags {
    /// Look at every n-th picture.
    #[arg(long, value_name = "N", allow_negative_numbers = true)]
    pub(super) vid_stride: Option<i64>,
    /// Look at no more pictures than this a second of the source's time.
    #[arg(long, value_name = "FPS", allow_negative_numbers = true)]
    pub(super) max_fps: Option<f64>,
    /// End after this many pictures.
    #[arg(long, value_name = "N", allow_negative_numbers = true)]
    pub(super) frames: Option<i64>,
}

/// Flags of where the files go.
#[derive(Debug, Default, Args)]
#[command(next_help_heading = "Files")]
pub(super) struct OutputFlags {
    /// Folder of the run folders.
    #[arg(long, value_name = "DIR")]
    pub(super) project: Option<String>,
    /// Name of the run folder within the project, without /; a number is added when it exists.
    #[arg(long)]
    pub(super) name: Option<String>,
    /// The run folder itself, in place of --project and --name; it must not exist.
    #[arg(long, value_name = "DIR", conflicts_with_all = ["project", "name"])]
    pub(super) out: Option<PathBuf>,
    /// Write into a run folder that exists: the results of the run before are removed first; what is read is never written over.
    #[arg(long)]
    pub(super) exist_ok: bool,
    /// Write the video without overlays as well.
    #[arg(long)]
    pub(super) save_clean: bool,
}

/// `live`.
#[derive(Debug, Args)]
pub(super) struct LiveArgs {
    /// Camera number, file, folder, glob, rtsp:// or http:// address, or scene:SEED.
    #[arg(long, short, default_value = "0", value_name = "SOURCE")]
    pub(super) source: String,
    /// Record from the start (the key r does so later).
    #[arg(long)]
    pub(super) record: bool,
    /// Lay over each confirmed circle what its score rests on, by this method (lesionscope explain --list names them), or
    /// window-map, the map that the circles come from; the key m changes it.
    #[arg(long, value_name = "METHOD")]
    pub(super) explain: Option<String>,
    /// Draw a line around the highest places of each map: 0.8 encloses the highest fifth; 0 draws none.
    #[arg(long, value_name = "QUANTILE")]
    pub(super) contour: Option<f64>,
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

/// `headless`.
#[derive(Debug, Args)]
pub(super) struct HeadlessArgs {
    /// Camera number, file, folder, glob, rtsp:// or http:// address, or scene:SEED.
    #[arg(long, short, value_name = "SOURCE", required_unless_present = "print_config")]
    pub(super) source: Option<String>,
    /// Lay over each confirmed circle what its score rests on, by this method (lesionscope explain --list names them), or
    /// window-map, the map that the circles come from.
    #[arg(long, value_name = "METHOD")]
    pub(super) explain: Option<String>,
    /// Draw a line around the highest places of each map: 0.8 encloses the highest fifth; 0 draws none.
    #[arg(long, value_name = "QUANTILE")]
    pub(super) contour: Option<f64>,
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

/// `demo`.
#[derive(Debug, Args)]
pub(super) struct DemoArgs {
    /// End after this many pictures.
    #[arg(long, value_name = "N", default_value = "300")]
    pub(super) frames: i64,
    /// The run folder itself; without it, runs/demo, runs/demo2, ...
    #[arg(long, value_name = "DIR")]
    pub(super) out: Option<PathBuf>,
    /// Write into a run folder that exists, over what is there.
    #[arg(long)]
    pub(super) exist_ok: bool,
    /// Scan.
    #[command(flatten)]
    pub(super) scan: ScanFlags,
}

/// `doctor`.
#[derive(Debug, Args)]
pub(super) struct DoctorArgs {
    /// Model.
    #[command(flatten)]
    pub(super) model: ModelFlags,
    /// Print a JSON array instead of lines.
    #[arg(long)]
    pub(super) json: bool,
}
