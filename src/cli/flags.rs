//! Flags that several commands share.

use std::path::PathBuf;

use clap::Args;

use super::models::flags::ModelFlags;
use super::paths::folder::Destination;
use super::setting_flags::{Flag, FlagGroup, SettingFlags};
use crate::config::{OutputSettings, SettingsLayer};
use crate::settings;

/// What a scan searches for, and who searches.
#[derive(Debug)]
pub(crate) enum SearchGroup {}

impl FlagGroup for SearchGroup {
    const HEADING: Option<&'static str> = Some("Scan");
    const FLAGS: &'static [Flag] = &[
        Flag { name: "conf", setting: "scan.conf", value: "0..1" },
        Flag { name: "classes", setting: "scan.classes", value: "A,B" },
        Flag { name: "stride", setting: "scan.stride_sides", value: "SIDES" },
        Flag { name: "scale-factor", setting: "scan.scale_factor", value: "RATIO" },
        Flag { name: "min-size", setting: "scan.min_size_px", value: "PX" },
        Flag { name: "max-size", setting: "scan.max_size_px", value: "PX" },
        Flag { name: "exhaustive", setting: "scan.exhaustive", value: "" },
        Flag { name: "audit", setting: "scan.audit_frames", value: "N" },
        Flag { name: "budget-ms", setting: "run.budget_ms", value: "MS" },
        Flag { name: "workers", setting: "run.workers", value: "N" },
    ];
}

/// Which pictures of a source are looked at.
#[derive(Debug)]
pub(crate) enum PaceGroup {}

impl FlagGroup for PaceGroup {
    const HEADING: Option<&'static str> = Some("Source");
    const FLAGS: &'static [Flag] = &[
        Flag { name: "vid-stride", setting: "run.vid_stride", value: "N" },
        Flag { name: "max-fps", setting: "run.max_fps", value: "FPS" },
        Flag { name: "frames", setting: "run.frames", value: "N" },
    ];
}

/// What is written, and what the run folder is called.
#[derive(Debug)]
pub(crate) enum OutputGroup {}

impl FlagGroup for OutputGroup {
    const HEADING: Option<&'static str> = Some("Files");
    const FLAGS: &'static [Flag] = &[
        Flag { name: "project", setting: "output.project", value: "DIR" },
        Flag { name: "name", setting: "output.name", value: "NAME" },
        Flag { name: "save-clean", setting: "output.save_clean", value: "" },
        Flag { name: "blur-faces", setting: "output.blur_faces", value: "" },
        Flag { name: "no-coach", setting: "coach.silent", value: "" },
        Flag { name: "max-minutes", setting: "record.max_minutes", value: "MINUTES" },
        Flag { name: "segment-minutes", setting: "record.segment_minutes", value: "MINUTES" },
        Flag { name: "max-disk-gb", setting: "record.max_disk_gb", value: "GB" },
    ];
}

/// What is laid over the circles.
#[derive(Debug)]
pub(crate) enum ExplanationGroup {}

impl FlagGroup for ExplanationGroup {
    const HEADING: Option<&'static str> = None;
    const FLAGS: &'static [Flag] =
        &[Flag { name: "explain", setting: "explain.method", value: "METHOD" }, ContourGroup::FLAGS[0]];
}

/// How a recorded session is drawn anew.
#[derive(Debug)]
pub(crate) enum DrawGroup {}

impl FlagGroup for DrawGroup {
    const HEADING: Option<&'static str> = Some("Drawing (as recorded, but for what is said here)");
    const FLAGS: &'static [Flag] = &[
        Flag { name: "labels", setting: "draw.labels", value: "WHICH" },
        Flag { name: "line-width", setting: "draw.line_width_px", value: "PX" },
    ];
}

/// How the maps of `explain` are drawn.
#[derive(Debug)]
pub(crate) enum ContourGroup {}

impl FlagGroup for ContourGroup {
    const HEADING: Option<&'static str> = None;
    const FLAGS: &'static [Flag] = &[Flag { name: "contour", setting: "explain.contour", value: "QUANTILE" }];
}

/// Flags of the scan, shared by the commands that run one.
#[derive(Debug, Args)]
#[command(next_help_heading = "Scan")]
pub(crate) struct ScanFlags {
    /// Model.
    #[command(flatten)]
    pub(crate) model: ModelFlags,
    /// What is searched for.
    #[command(flatten)]
    search: SettingFlags<SearchGroup>,
    /// Search with windows of this side only, px: the same as --min-size and --max-size together.
    #[arg(long, value_name = "PX", conflicts_with_all = ["min-size", "max-size"])]
    window: Option<String>,
}

impl ScanFlags {
    /// The settings that they make.
    pub(crate) fn layers(&self) -> Vec<SettingsLayer> {
        let window = self.window.iter().flat_map(|side| {
            let both = ["scan.min_size_px", "scan.max_size_px"].into_iter().filter_map(settings::named);
            both.map(|setting| SettingsLayer::new("--window", &setting.name, setting.read(side)))
        });
        self.search.layers().iter().cloned().chain(window).collect()
    }
}

/// Flags of every command that runs a source into a folder.
#[derive(Debug, Args)]
pub(crate) struct RunFlags {
    /// Scan.
    #[command(flatten)]
    pub(crate) scan: ScanFlags,
    /// Source.
    #[command(flatten)]
    pace: SettingFlags<PaceGroup>,
    /// Files.
    #[command(flatten)]
    output: SettingFlags<OutputGroup>,
    /// The run folder itself, in place of --project and --name; it must not exist.
    #[arg(long, value_name = "DIR", conflicts_with_all = ["project", "name"], help_heading = "Files")]
    out: Option<PathBuf>,
    /// Write into a run folder that exists: the results of the run before are removed first; what is read is never written over.
    #[arg(long, help_heading = "Files")]
    exist_ok: bool,
    /// Make no report.html at the end.
    #[arg(long, help_heading = "Files")]
    no_report: bool,
}

impl RunFlags {
    /// Where the files go.
    pub(crate) fn destination(&self, output: &OutputSettings) -> Destination {
        Destination::new(self.out.as_deref(), self.exist_ok, output)
    }

    /// The settings that they make.
    pub(crate) fn layers(&self) -> Vec<SettingsLayer> {
        let no_report = self.no_report.then(|| SettingsLayer::new("--no-report", "output.report", false));
        [&self.scan.layers(), self.pace.layers(), self.output.layers(), no_report.as_slice()].concat()
    }
}

#[cfg(test)]
mod tests {
    use clap::{CommandFactory, Parser};

    use super::*;
    use crate::cli::models::train::TrainingGroup;

    /// A command with the flags of a run.
    #[derive(Debug, Parser)]
    struct Trial {
        #[command(flatten)]
        run: RunFlags,
    }

    #[test]
    fn every_flag_is_a_setting() {
        let groups = [
            SearchGroup::FLAGS,
            PaceGroup::FLAGS,
            OutputGroup::FLAGS,
            ExplanationGroup::FLAGS,
            ContourGroup::FLAGS,
            DrawGroup::FLAGS,
            TrainingGroup::FLAGS,
        ];
        for flag in groups.into_iter().flatten() {
            assert!(settings::named(flag.setting).is_some(), "--{}: there is no setting {}", flag.name, flag.setting);
        }
    }

    #[test]
    fn the_help_says_what_the_table_says() {
        let help = Trial::command().term_width(0).render_help().to_string();
        for words in [
            "--workers <N>",
            "Worker threads of the classifier [allowed: 1 to 256 threads, or \"auto\": one a core] [default: auto]",
            "[allowed: 1.05 to 4.0] [default: 1.35]",
        ] {
            assert!(help.contains(words), "{words:?} in {help}");
        }
    }

    #[test]
    fn flags_that_were_given_become_settings_and_no_others() {
        let words = [
            "x",
            "--conf",
            "0.5",
            "--classes",
            "nevus,melanoma",
            "--window",
            "64",
            "--save-clean",
            "--exist-ok",
            "--no-report",
        ];
        let layers = Trial::try_parse_from(words).unwrap().run.layers();
        let wanted = [
            SettingsLayer::new("--conf", "scan.conf", 0.5),
            SettingsLayer::new("--classes", "scan.classes", vec!["nevus", "melanoma"]),
            SettingsLayer::new("--window", "scan.min_size_px", 64),
            SettingsLayer::new("--window", "scan.max_size_px", 64),
            SettingsLayer::new("--save-clean", "output.save_clean", true),
            SettingsLayer::new("--no-report", "output.report", false),
        ];
        assert_eq!(layers, wanted);
    }
}
