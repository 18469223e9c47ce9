//! `lesionscope calibrate`: temperature and operating point of a model from close-ups, written into its `model.toml`.

use std::path::{Path, PathBuf};

use anyhow::Context;
use clap::Args;

use crate::cli::exit::Exit;
use crate::cli::globals::Globals;
use crate::cli::labelled::{CloseupSelection, NamingFlags, SelectionRequest, WantedSides, records_of, words};
use crate::cli::models::flags::ModelFlags;
use crate::cli::paths::error::PathError;
use crate::cli::paths::inputs::{of_closeups, of_places};
use crate::cli::paths::outputs::apart;
use crate::cli::progress::closeups_bar;
use crate::cli::say::{note, say};
use crate::cli::written::write;
use crate::config::Config;
use crate::counted;
use crate::data::Naming;
use crate::evaluate::closeups::calibrate::{AnsweredCloseup, answers, calibrate};
use crate::evaluate::closeups::judge;
use crate::evaluate::closeups::look::LookSettings;
use crate::evaluate::closeups::report::CloseupsReport;
use crate::files::{self, Lock};
use crate::model::Class;
use crate::model::own::card::{Calibration, Card};

/// Heading of the section of a model card that this command writes.
const SECTION: &str = "## Close-ups\n";

/// `calibrate`.
#[derive(Debug, Args)]
pub(crate) struct CalibrateArgs {
    /// Folder of the trained model; its model.toml and README.md are written anew.
    #[arg(long, value_name = "DIR")]
    model: PathBuf,
    /// Close-ups: a folder with one folder a class, or a manifest.tsv. What the model was trained on and the report side are left out.
    #[arg(long)]
    data: PathBuf,
    /// What the classes of the data are.
    #[command(flatten)]
    naming: NamingFlags,
    /// Share of the suspicious close-ups that shall be called suspicious, 0 to 1.
    #[arg(long, value_name = "0..1", default_value_t = 0.9)]
    target_sensitivity: f32,
}

/// Runs the command.
pub(crate) fn run(globals: &Globals, args: &CalibrateArgs, config: &Config) -> anyhow::Result<Exit> {
    let flags = ModelFlags { model: Some(args.model.clone()), ..ModelFlags::default() };
    let classifier = flags.load(&[])?;
    let held = Lock::take(&args.model).map_err(PathError::from)?;
    let naming = args.naming.naming(&config.classes)?;
    let record = records_of(&flags)?;
    let (data, classes) = (args.data.as_path(), classifier.model.classes());
    let CloseupSelection { rows, said, left_out } = SelectionRequest {
        data,
        classes,
        naming: &naming,
        record: record.as_ref(),
        wanted: WantedSides::Usual,
        several: false,
    }
    .select()?;
    let written = ["model.toml", "README.md"].map(|name| args.model.join(name));
    let kept = of_places(globals, [&args.model]).into_iter().filter(|file| !written.contains(file));
    apart(&written, &kept.chain(of_closeups(&args.data, &rows)).collect::<Vec<_>>())?;
    let progress = closeups_bar(globals.quiet, 2 * rows.len())?;
    let answered = answers(&rows, &*classifier.model, &|| progress.inc(1))?;
    let file = args.model.join("model.toml");
    let text = files::text(&file).with_context(|| format!("{}: cannot be read", file.display()))?;
    let mut card = Card::parse(&text, &file.display().to_string())?;
    if answered.is_empty() {
        return Err(anyhow::anyhow!("{}: none of its {} close-ups can be judged", args.data.display(), rows.len()));
    }
    let before = card.calibration.suspicious;
    card.calibration = calibrate(&answered, &card.classes, card.calibration, args.target_sensitivity);
    if let Some(few) = few(&answered, &card.classes, args.target_sensitivity) {
        note(&few);
        card.calibration.suspicious = before;
    }
    write(&file, &toml::to_string_pretty(&card).context("the description could not be written")?)?;

    let classifier = flags.load(&[])?;
    let (judged, skipped) = judge(&rows, &*classifier.model, LookSettings::default(), &|| progress.inc(1))?;
    progress.finish_and_clear();
    skipped.iter().for_each(|why| note(&format!("left out: {why}")));
    let mut report = CloseupsReport::new(&card.name, &card.classes, &judged, skipped);
    (report.judged_on, report.left_out) = (said, left_out);
    let table = report.table();
    let written_by = command_line(args, &naming);
    write_into_card(&args.model.join("README.md"), &written_by, card.calibration, &table)?;
    drop(held);
    let Calibration { temperature, suspicious } = card.calibration;
    say(&format!(
        "{table}\ntemperature {temperature:.3}, called suspicious from {suspicious:.3}: written into {}\n",
        file.display()
    ))?;
    Ok(Exit::Done)
}

/// The command that writes the same again.
fn command_line(args: &CalibrateArgs, naming: &Naming) -> String {
    format!(
        "lesionscope calibrate --model {} --data {} --target-sensitivity {}{}",
        args.model.display(),
        args.data.display(),
        args.target_sensitivity,
        words(naming)
    )
}

/// Writes the section on close-ups into a model card; what else it says stays.
fn write_into_card(readme: &Path, command: &str, calibration: Calibration, table: &str) -> anyhow::Result<()> {
    let old = match files::text(readme) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => String::new(),
        read => read.with_context(|| format!("{}: cannot be read, and would be lost", readme.display()))?,
    };
    let OtherSections { before, after } = OtherSections::of(&old);
    let Calibration { temperature, suspicious } = calibration;
    write(
        readme,
        &format!(
            "{before}\n\n{SECTION}\nWritten by `{command}`: temperature {temperature:.3}; a lesion is called suspicious from a \
             share of {suspicious:.3} of the suspicious classes. Three windows of every close-up, no masks:\n\n```\n{table}```\n{after}"
        ),
    )
}

/// Why so few close-ups cannot say from which share of the suspicious classes a lesion is to be called suspicious; `None` where they can.
fn few(answered: &[AnsweredCloseup], classes: &[Class], target: f32) -> Option<String> {
    let suspicious = |one: &&AnsweredCloseup| classes.get(one.truth).is_some_and(|class| class.suspicious);
    let count = answered.iter().filter(suspicious).count();
    // With fewer the lowest of all would be the operating point, whatever the target.
    let needed = (1.0 / (1.0 - target.clamp(0.0, 0.999))).ceil() as usize;
    (count < needed).then(|| {
        format!(
            "{} among {} cannot say where a sensitivity of {target} lies, {needed} would be needed: the operating point stays as it was",
            counted(count, "suspicious close-up"),
            counted(answered.len(), "close-up")
        )
    })
}

/// What a model card says before and after the section that this command writes, which ends at the next heading of its kind.
struct OtherSections<'a> {
    before: &'a str,
    after: String,
}

impl OtherSections<'_> {
    fn of(card: &str) -> OtherSections<'_> {
        let Some(at) = card.find(SECTION).filter(|&at| at == 0 || card[..at].ends_with('\n')) else {
            return OtherSections { before: card.trim_end(), after: String::new() };
        };
        let (before, section) = card.split_at(at);
        let after = section.match_indices("\n## ").next().map_or("", |(end, _)| &section[end + 1..]);
        let after = if after.is_empty() { String::new() } else { format!("\n{after}") };
        OtherSections { before: before.trim_end(), after }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_target_needs_as_many_lesions_as_it_may_miss_one_of() {
        let class = |suspicious| Class { name: "x".to_owned(), kind: crate::model::ClassKind::Lesion, suspicious };
        let classes = [class(false), class(true)];
        let answered = |count: usize| vec![AnsweredCloseup { truth: 1, windows: Vec::new() }; count];
        let said = few(&answered(9), &classes, 0.9).unwrap();
        assert!(
            said.starts_with("9 suspicious close-ups among 9 close-ups cannot say") && said.contains("10 would"),
            "{said}"
        );
        assert_eq!(few(&answered(10), &classes, 0.9), None);
        assert!(few(&[], &classes, 0.5).is_some());
    }

    #[test]
    fn what_stands_before_and_after_the_section_stays() {
        let of = |card: &str| {
            let OtherSections { before, after } = OtherSections::of(card);
            [before.to_owned(), after]
        };
        assert_eq!(
            of("# Mine

Words.
"),
            [
                "# Mine

Words.",
                ""
            ]
        );
        let card = "# Mine

## Close-ups

old

### more

## Licence

MIT
";
        assert_eq!(
            of(card),
            [
                "# Mine",
                "
## Licence

MIT
"
            ]
        );
        assert_eq!(
            of("## Close-ups
old"),
            ["", ""]
        );
        assert_eq!(
            of("See ## Close-ups
"),
            ["See ## Close-ups", ""]
        );
    }
}
