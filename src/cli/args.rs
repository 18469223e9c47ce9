//! The command line: commands, flags and their help.

use clap::{Parser, Subcommand};

use super::doctor::DoctorArgs;
use super::evaluate::EvaluateArgs;
use super::explain::ExplainArgs;
use super::globals::Globals;
use super::models::calibrate::CalibrateArgs;
use super::models::export::ExportArgs;
use super::models::import::ImportArgs;
use super::models::train::TrainArgs;
use super::run::demo::DemoArgs;
use super::run::headless::HeadlessArgs;
use super::run::live::LiveArgs;
use super::run::window::{NAME, WindowArgs};
use super::sessions::export_session::ExportSessionArgs;
use super::sessions::forget::ForgetArgs;
use super::sessions::replay::ReplayArgs;
use super::sessions::report::ReportArgs;

/// Circles, on live video and in files, what an image classifier takes for a skin lesion.
///
/// The scores are the model's, never a diagnosis. This is not a medical device.
#[derive(Debug, Parser)]
#[command(name = "lesionscope", version, max_term_width = 110, arg_required_else_help = true, after_help = EXAMPLES)]
pub(super) struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub(super) command: Option<Command>,

    /// What all commands share.
    #[command(flatten)]
    pub(super) globals: Globals,
}

const EXAMPLES: &str = "Examples:
  lesionscope demo                                    a generated scene, to see that everything works
  lesionscope live                                    the first camera, in a window
  lesionscope headless --source arm.mp4               a file, into runs/exp
  lesionscope headless --source arm.mp4 --print-config
Exit codes: 0 done, 1 failed on the way, 2 unusable input, usage or configuration, 130 interrupted";

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
    /// Make the page of a recorded session anew: its places, pictures and scores, for people.
    #[command(after_help = "Examples:
  lesionscope report                                         the newest session in runs
  lesionscope report runs/exp --source arm.mp4               with pictures of the film itself
  lesionscope report runs/* --out sessions.html              several, and a page that lists them")]
    Report(ReportArgs),
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
    /// Draw a recorded session anew, from its film and its list of circles, without asking a network.
    #[command(after_help = "Examples:
  lesionscope replay runs/exp                                      into runs/exp/replay.mp4
  lesionscope replay runs/exp --conf 0.8 --classes melanoma,carcinoma --out sure.mp4
  lesionscope replay runs/exp --live                               in a window, with keys
  lesionscope replay runs/exp --source arm.mp4 --labels all        where there is no clean.mp4")]
    Replay(ReplayArgs),
    /// Write a recorded session in a format that other programs read.
    #[command(after_help = "Examples:
  lesionscope export-session runs/exp --format coco               into runs/exp.coco.json
  lesionscope export-session runs/exp --format csv --out circles.csv
  lesionscope export-session runs/exp/take-2 --format yolo --on-skin-only --state all")]
    ExportSession(ExportSessionArgs),
    /// Remove a recorded session: every file that lesionscope wrote into its folder, and the folder.
    #[command(after_help = "Examples:
  lesionscope forget runs/exp               asks first
  lesionscope forget runs/exp --yes         in scripts
What lesionscope did not write stays, and is named.")]
    Forget(ForgetArgs),
    /// Measure circles against known truth.
    #[command(after_help = "Examples:
  lesionscope evaluate all --data target/data/open --data target/data/open2 --report card.html
  lesionscope evaluate closeups my-closeups --report closeups.html
  lesionscope evaluate scenes --help                         each has its own flags and examples")]
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

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn commands_and_flags_fit_together() {
        Cli::command().debug_assert();
    }

    #[test]
    fn every_command_has_examples() {
        let mut commands: Vec<clap::Command> = Cli::command().get_subcommands().cloned().collect();
        while let Some(command) = commands.pop() {
            commands.extend(command.get_subcommands().cloned());
            let help = command.get_after_help().map(ToString::to_string).unwrap_or_default();
            assert!(command.is_hide_set() || help.contains("Examples:"), "{}", command.get_name());
        }
    }
}
