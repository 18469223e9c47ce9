//! The figures of the methods as a table.

use serde::Serialize;

use super::super::table::{aligned, figure, legend};
use super::Figures;
use super::agreement::Agreement;

/// A method with the means of its figures.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct MethodRow {
    /// Name of the method; in brackets: a map that knows nothing of the picture.
    pub method: String,
    /// Maps judged.
    pub maps: usize,
    /// Means; that of the shuffled network over those maps that were compared with it.
    pub figures: Figures,
}

impl MethodRow {
    /// The means of some figures.
    pub fn new(method: &str, all: &[Figures]) -> MethodRow {
        let mean = |value: &dyn Fn(&Figures) -> f32| all.iter().map(value).sum::<f32>() / all.len().max(1) as f32;
        let shuffled: Vec<f32> = all.iter().filter_map(|figures| figures.shuffled).collect();
        let figures = Figures {
            pointing: mean(&|f| f.pointing),
            iou: mean(&|f| f.iou),
            deletion: mean(&|f| f.deletion),
            insertion: mean(&|f| f.insertion),
            road_most: mean(&|f| f.road_most),
            road_least: mean(&|f| f.road_least),
            shuffled: (!shuffled.is_empty()).then(|| shuffled.iter().sum::<f32>() / shuffled.len() as f32),
            ms: mean(&|f| f.ms),
        };
        MethodRow { method: method.to_owned(), maps: all.len(), figures }
    }
}

/// The methods over some windows.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ExplanationsReport {
    /// What was looked at, such as `close-ups`.
    pub what: String,
    /// Windows.
    pub windows: usize,
    /// How far the middle of a window lies from that of the lesion or close-up at most, along a side, in sides of the window.
    pub shift: f32,
    /// Windows whose maps were compared with those of the shuffled network.
    pub shuffled: usize,
    /// One row a method.
    pub rows: Vec<MethodRow>,
    /// What the methods have in common.
    pub agreement: Agreement,
}

/// Columns, each with what it means.
pub(super) const COLUMNS: [(&str, &str); 9] = [
    ("pointing", "share of the maps whose highest place lies on the lesion"),
    ("IoU", "intersection over union of the lesion and as many of the map's highest places"),
    ("hidden", "mean score while the highest places are blurred, step by step (deletion): lower is better"),
    ("shown", "mean score while they come back into a blurred window (insertion): higher is better"),
    (
        "ROAD",
        "mean score with the lowest 20 to 80 % of the places filled in from around them, less that with the highest: higher is better",
    ),
    ("agrees", "mean rank correlation with the maps of the other methods"),
    ("top", "mean intersection over union of its highest fifth with theirs; by chance 0.11"),
    (
        "shuffled",
        "rank correlation with the map of the same network with shuffled weights: high is a map that hardly asks the network",
    ),
    ("ms", "mean time for a map, one thread of a machine that may do other work"),
];

impl ExplanationsReport {
    /// The table and what its columns mean; those whose shown is farthest above their hidden first.
    pub fn table(&self) -> String {
        format!("{}\n\n{}\n{}", self.head(), aligned(&self.cells()), legend(&COLUMNS))
    }

    /// What was looked at.
    pub(super) fn head(&self) -> String {
        let shift = match self.shift {
            shift if shift > 0.0 => {
                format!(", their middles moved by up to {shift} of a side, the same way every time")
            }
            _ => String::new(),
        };
        format!("{} {}{shift}; {} of them for the shuffled network", self.windows, self.what, self.shuffled)
    }

    /// The rows as text, headings first.
    pub(super) fn cells(&self) -> Vec<Vec<String>> {
        let mut sorted: Vec<&MethodRow> = self.rows.iter().collect();
        let gap = |row: &MethodRow| row.figures.insertion - row.figures.deletion;
        sorted.sort_by(|a, b| gap(b).total_cmp(&gap(a)));
        let head = std::iter::once("method").chain(COLUMNS.iter().map(|column| column.0)).map(str::to_owned);
        let mut cells = vec![head.collect::<Vec<String>>()];
        for MethodRow { method, figures, .. } in sorted {
            let road = figures.road_least - figures.road_most;
            let numbers = [figures.pointing, figures.iou, figures.deletion, figures.insertion, road];
            let (rank, top) = self.agreement.with_others(method).unzip();
            let all = numbers.into_iter().map(Some).chain([rank, top, figures.shuffled]);
            let texts = all.map(|value| figure(value.map(f64::from), 3)).chain([format!("{:.0}", figures.ms)]);
            cells.push(std::iter::once(method.clone()).chain(texts).collect());
        }
        cells
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_better_method_comes_first_and_what_was_not_compared_is_a_dash() {
        let figures = |insertion, shuffled| Figures {
            insertion,
            deletion: 0.25,
            road_least: 0.5,
            shuffled,
            ..Figures::default()
        };
        let rows = vec![
            MethodRow::new("worse", &[figures(0.25, None), figures(0.5, None)]),
            MethodRow::new("better", &[figures(0.75, Some(0.5)), figures(0.75, None)]),
        ];
        assert_eq!(rows[1].figures.shuffled, Some(0.5));
        let agreement = Agreement::default();
        let report =
            ExplanationsReport { what: "close-ups".into(), windows: 2, shift: 0.25, shuffled: 1, rows, agreement };
        let table = report.table();
        let line = |n: usize| table.lines().nth(n).unwrap().split_whitespace().collect::<Vec<_>>();
        assert!(line(0).starts_with(&["2", "close-ups,"]) && table.contains("up to 0.25 of a side"), "{table}");
        assert_eq!(line(3), ["better", "0.000", "0.000", "0.250", "0.750", "0.500", "-", "-", "0.500", "0"]);
        assert_eq!((line(4)[0], line(4)[4], line(4)[8]), ("worse", "0.375", "-"));
        let page = report.html("lesionscope evaluate explanations .");
        assert!(page.contains("<td>better</td>") && page.contains("<b>ROAD</b>"), "{page}");
    }
}
