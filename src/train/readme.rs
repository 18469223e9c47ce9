//! `README.md` of a model folder: the model card, every figure of which is filled in by the training command.

use std::fmt::Write as _;

use super::history::Epoch;
use crate::model::own::card::Card;
use crate::model::own::pooling::Pooling;

/// The model card as Markdown.
pub fn model_card(card: &Card, history: &[Epoch]) -> String {
    let mut text = String::new();
    // Writing into a string cannot fail.
    write_card(&mut text, card, history).ok();
    text
}

fn write_card(text: &mut String, card: &Card, history: &[Epoch]) -> std::fmt::Result {
    writeln!(text, "# {}\n", card.name)?;
    writeln!(
        text,
        "A classifier of skin lesions for windows of {0} x {0} px, with a coarse level for",
        card.classifier.side
    )?;
    writeln!(text, "{0} x {0} px. Written by `lesionscope train`; do not edit, train again.\n", card.gate.side)?;
    writeln!(
        text,
        "**Not a medical device.** Its scores say what a window looks like to this model. They are no diagnosis, they"
    )?;
    writeln!(
        text,
        "were never checked in a clinic, and they must not be used to decide about anybody's health. Skin tones, cameras"
    )?;
    writeln!(text, "and clinics that the data lacks will be judged worse than the figures below.\n")?;
    if card.head == Pooling::Attention {
        writeln!(
            text,
            "Its head attends: it learns how much each place of the last feature map counts (gated attention, Ilse et al. 2018)."
        )?;
        writeln!(text, "The weights are a map: `lesionscope explain --method attention`.\n")?;
    }
    writeln!(text, "## Classes\n\n| class | kind | suspicious |\n|---|---|---|")?;
    for class in &card.classes {
        let kind = format!("{:?}", class.kind).to_lowercase();
        writeln!(text, "| {} | {kind} | {} |", class.name, if class.suspicious { "yes" } else { "" })?;
    }
    writeln!(text, "\n## Cost\n\n| network | multiply-adds |\n|---|---|")?;
    writeln!(text, "| classifier, one window | {:.1} million |", card.classifier.multiply_adds() as f64 / 1e6)?;
    writeln!(text, "| coarse level, one window | {:.3} million |", card.gate.multiply_adds() as f64 / 1e6)?;
    writeln!(text, "\n## Training\n\n```\n{}\n```\n", card.training.command)?;
    writeln!(
        text,
        "Seed {}, {} epochs. Images of the training side, with their licences:\n",
        card.training.seed, card.training.epochs
    )?;
    for source in &card.training.data {
        writeln!(text, "- {source}")?;
    }
    match history.last() {
        Some(last) => write_validation(text, last),
        None => Ok(()),
    }
}

fn write_validation(text: &mut String, last: &Epoch) -> std::fmt::Result {
    let Epoch { epoch, validation: v, .. } = last;
    writeln!(
        text,
        "\n## Validation\n\nAfter epoch {epoch}, printed by the command above; groups (patients, lesions) of the validation"
    )?;
    writeln!(text, "side were never trained on. `history.svg` shows every epoch.\n\n| figure | value |\n|---|---|")?;
    writeln!(text, "| balanced accuracy over the lesion classes | {:.3} |", v.balanced_accuracy)?;
    writeln!(text, "| AUC, suspicious against other lesions, all sources pooled | {:.3} |", v.suspicious_auc)?;
    writeln!(text, "| AUC, close-ups against lesion-free windows | {:.4} |", v.lesion_auc)?;
    writeln!(text, "| AUC of the coarse level, the same | {:.4} |", v.gate_auc)?;
    let passes = 100.0 * v.gate_passes;
    writeln!(text, "| lesion-free windows let through where 99.5 % of close-ups are | {passes:.1} % |")?;
    writeln!(
        text,
        "\nThe lesion-free windows are augmented draws from training images (the data has no lesion-free images on the"
    )?;
    writeln!(text, "validation side), so the last three figures flatter; pooled figures hide that sources differ.")?;
    Ok(())
}
