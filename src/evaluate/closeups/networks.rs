//! Several models side by side: what a window costs and what it is worth.

use serde::Serialize;

use super::Task;
use super::report::{CloseupsPart, CloseupsReport};
use crate::counted;
use crate::evaluate::page;
use crate::evaluate::table::{aligned, figure, legend};
use crate::model::own::card::Card;

/// A model, its cost and its figures.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Candidate {
    /// Name of the model.
    pub name: String,
    /// File that its training started from; `None`: random weights.
    pub init: Option<String>,
    /// Side of its windows, px.
    pub side: usize,
    /// Multiplications and additions for a window, millions.
    pub mflop: f64,
    /// Time for a window, ms, one thread.
    pub ms: f64,
    /// Its figures on close-ups.
    pub figures: CloseupsReport,
}

impl Candidate {
    /// The candidate that a card describes.
    pub fn new(card: &Card, ms: f64, figures: CloseupsReport) -> Candidate {
        let mut words = card.training.command.split_whitespace().skip_while(|word| *word != "--init").skip(1);
        let init = words.next().map(|path| path.rsplit('/').next().unwrap_or(path).to_owned());
        let mflop = 2.0 * card.classifier.multiply_adds() as f64 / 1e6;
        Candidate { name: card.name.clone(), init, side: card.classifier.side, mflop, ms, figures }
    }
}

/// Headings of the columns before those of the sources, each with what it means.
const COLUMNS: [(&str, &str); 5] = [
    ("side", "side of a window, px"),
    ("starts from", "file of weights that its training started from"),
    ("MFLOP", "multiplications and additions for a window, millions"),
    ("ms", "median time for a window among twelve, one thread"),
    ("calib.", "expected calibration error of the highest score, all close-ups"),
];

/// The models as one HTML page. `command`: the command line that led to it.
pub fn html(candidates: &[Candidate], command: &str) -> String {
    page::page("Networks", command, &page::table(&rows(candidates)))
}

/// A row for every model; areas under the ROC curve for every source that has positives and negatives of a task.
fn rows(candidates: &[Candidate]) -> Vec<Vec<String>> {
    let mut columns: Vec<(String, Task)> = Vec::new();
    for part in candidates.iter().flat_map(|candidate| &candidate.figures.parts) {
        for task in Task::ALL {
            let column = (part.name.clone(), task);
            if part.of(task).is_some() && !part.name.starts_with("skin type") && !columns.contains(&column) {
                columns.push(column);
            }
        }
    }
    let short = |task: Task| if task == Task::Melanoma { "mel." } else { "susp." };
    let heads = columns.iter().map(|(part, task)| format!("{part} {}", short(*task)));
    let fixed = COLUMNS.iter().map(|(name, _)| (*name).to_owned());
    let mut rows = vec![std::iter::once("model".to_owned()).chain(fixed).chain(heads).collect::<Vec<String>>()];
    for candidate in candidates {
        let part = |name: &str| candidate.figures.parts.iter().find(|part| part.name == name);
        let mut row = vec![candidate.name.clone(), candidate.side.to_string()];
        row.push(candidate.init.clone().unwrap_or_else(|| "random".to_owned()));
        row.push(format!("{:.1}", candidate.mflop));
        row.push(format!("{:.2}", candidate.ms));
        row.push(figure(part("all").and_then(|part| part.calibration_error).map(f64::from), 3));
        row.extend(columns.iter().map(|(name, task)| {
            let area = part(name).and_then(|part: &CloseupsPart| part.of(*task)).map(|found| f64::from(found.auc));
            figure(area, 3)
        }));
        rows.push(row);
    }
    rows
}

/// The models as text.
pub fn table(candidates: &[Candidate]) -> String {
    let rows = rows(candidates);
    let meaning = "area under the ROC curve, melanoma against nevus, and suspicious against benign";
    let mut text = format!("{}\n{}{}", aligned(&rows), legend(&COLUMNS), legend(&[("mel., susp.", meaning)]));
    for Candidate { name, figures, .. } in candidates {
        if !figures.judged_on.is_empty() {
            text.push_str(&format!("\n{name}, close-ups: {}", figures.judged_on));
        }
        if !figures.skipped.is_empty() {
            let images = counted(figures.skipped.len(), "image");
            text.push_str(&format!("\n{name}, not judged: {images} that could not be read"));
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evaluate::closeups::ClassifiedCloseup;
    use crate::model::own::bundled::bundled;

    #[test]
    fn a_row_a_model_and_a_column_a_source() {
        let mut card = bundled().unwrap().card().clone();
        let judged: Vec<ClassifiedCloseup> = ["melanoma", "nevus"]
            .into_iter()
            .map(|class| ClassifiedCloseup {
                path: class.into(),
                class: class.to_owned(),
                truth: card.classes.iter().position(|c| c.name == class),
                group: class.to_owned(),
                source: "clinic".to_owned(),
                skin_type: None,
                scores: card.classes.iter().map(|c| f32::from(u8::from(c.name == class))).collect(),
            })
            .collect();
        let report = CloseupsReport::new("a", &card.classes, &judged, Vec::new());
        card.training.command = "lesionscope train --init some/lite0.pth --seed 1".to_owned();
        let started = Candidate::new(&card, 0.5, report.clone());
        card.training.command = "lesionscope train --seed 1".to_owned();
        let text = table(&[started, Candidate::new(&card, 0.5, report)]);
        let lines: Vec<&str> = text.lines().collect();
        assert!(lines[0].contains("clinic mel.") && lines[0].contains("clinic susp."), "{text}");
        assert!(lines[1].contains("lite0.pth") && lines[2].contains("random") && lines[1].contains("1.000"), "{text}");
    }
}
