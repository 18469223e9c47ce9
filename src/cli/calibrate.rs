//! `lesionscope calibrate`: temperature and operating point of a model from close-ups, written into its `model.toml`.

use std::path::PathBuf;

use anyhow::Context;
use clap::Args;

use super::args::Cli;
use super::classifier::{Classifier, ModelFlags};
use super::closeups::bar;
use super::evaluate::write;
use super::exit::{Exit, Usage};
use super::inputs::of_closeups;
use super::labelled::{Choice, Chosen, NamingFlags, records_of};
use super::outputs::apart;
use super::say::{note, say};
use crate::config::Config;
use crate::evaluate::closeups::calibrate::{answers, calibrate};
use crate::evaluate::closeups::judge;
use crate::evaluate::closeups::look::Looking;
use crate::evaluate::closeups::report::CloseupsReport;
use crate::files::{self, Lock};
use crate::model::card::Card;

/// Heading of the section of a model card that this command writes.
const SECTION: &str = "## Close-ups\n";

/// `calibrate`.
#[derive(Debug, Args)]
pub(super) struct CalibrateArgs {
    /// Folder of the trained model; its model.toml and README.md are written anew.
    #[arg(long, value_name = "DIR")]
    model: PathBuf,
    /// Close-ups: a folder with one folder a class, or a manifest.tsv. Those that the model was trained on are left out.
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
pub(super) fn run(cli: &Cli, args: &CalibrateArgs, config: &Config) -> anyhow::Result<Exit> {
    let flags = ModelFlags { model: Some(args.model.clone()), ..ModelFlags::default() };
    let classifier = Classifier::load(&flags, &[])?;
    let held = Lock::take(&args.model).map_err(|error| Usage(error.to_string()))?;
    let naming = args.naming.naming(&config.classes)?;
    let record = records_of(&flags)?;
    let (data, classes) = (args.data.as_path(), classifier.model.classes());
    let Chosen { rows, said, left_out } =
        Choice { data, classes, naming: &naming, record: record.as_ref(), all: false }.take()?;
    apart(&["model.toml", "README.md"].map(|name| args.model.join(name)), &of_closeups(&args.data, &rows))?;
    let progress = bar(cli.quiet, 2 * rows.len())?;
    let answered = answers(&rows, &*classifier.model, &|| progress.inc(1))?;
    let file = args.model.join("model.toml");
    let text = files::text(&file).with_context(|| format!("{}: cannot be read", file.display()))?;
    let mut card = Card::parse(&text, &file.display().to_string())?;
    if answered.is_empty() {
        return Err(anyhow::anyhow!("{}: none of its {} close-ups can be judged", args.data.display(), rows.len()));
    }
    if !answered.iter().any(|one| card.classes.get(one.truth).is_some_and(|class| class.suspicious)) {
        note("none of the close-ups is suspicious: the operating point stays as it was");
    }
    card.calibration = calibrate(&answered, &card.classes, card.calibration, args.target_sensitivity);
    write(&file, &toml::to_string_pretty(&card).context("the description could not be written")?)?;

    let classifier = Classifier::load(&flags, &[])?;
    let (judged, skipped) = judge(&rows, &*classifier.model, Looking::default(), &|| progress.inc(1))?;
    progress.finish_and_clear();
    skipped.iter().for_each(|why| note(&format!("left out: {why}")));
    let mut report = CloseupsReport::new(&card.name, &card.classes, &judged, skipped);
    (report.judged_on, report.left_out) = (said, left_out);
    let table = report.table();
    let readme = args.model.join("README.md");
    let old = match files::text(&readme) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => String::new(),
        read => read.with_context(|| format!("{}: cannot be read, and would be lost", readme.display()))?,
    };
    let (before, after) = around_section(&old);
    let command = format!(
        "lesionscope calibrate --model {} --data {} --target-sensitivity {}",
        args.model.display(),
        args.data.display(),
        args.target_sensitivity
    );
    let (temperature, suspicious) = (card.calibration.temperature, card.calibration.suspicious);
    write(
        &readme,
        &format!(
            "{before}\n\n{SECTION}\nWritten by `{command}`: temperature {temperature:.3}; a lesion is called suspicious from a \
             share of {suspicious:.3} of the suspicious classes. Three windows of every close-up, no masks:\n\n```\n{table}```\n{after}"
        ),
    )?;
    drop(held);
    say(&format!(
        "{table}\ntemperature {temperature:.3}, called suspicious from {suspicious:.3}: written into {}\n",
        file.display()
    ))?;
    Ok(Exit::Done)
}

/// What a model card says before and after the section that this command writes, which ends at the next heading of its kind.
fn around_section(card: &str) -> (&str, String) {
    let Some(at) = card.find(SECTION).filter(|&at| at == 0 || card[..at].ends_with('\n')) else {
        return (card.trim_end(), String::new());
    };
    let (before, section) = card.split_at(at);
    let after = section.match_indices("\n## ").next().map_or("", |(end, _)| &section[end + 1..]);
    (before.trim_end(), if after.is_empty() { String::new() } else { format!("\n{after}") })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stands_before_and_after_the_section_stays() {
        assert_eq!(around_section("# Mine\n\nWords.\n"), ("# Mine\n\nWords.", String::new()));
        let card = "# Mine\n\n## Close-ups\n\nold\n\n### more\n\n## Licence\n\nMIT\n";
        assert_eq!(around_section(card), ("# Mine", "\n## Licence\n\nMIT\n".to_owned()));
        assert_eq!(around_section("## Close-ups\nold"), ("", String::new()));
        assert_eq!(around_section("See ## Close-ups\n"), ("See ## Close-ups", String::new()));
    }
}
