//! A card as text and as a page.

use super::sheet::{CardLine, EvaluationCard};
use crate::counted;
use crate::data::Side;
use crate::evaluate::page::{escaped, page, table};
use crate::evaluate::table::aligned;
use crate::statistics::Interval;

/// What stands where nothing could be measured.
const NO_MATERIAL: &str = "no material";

impl EvaluationCard {
    /// The card as text.
    pub fn table(&self) -> String {
        let mut text = aligned(&self.rows());
        text.push('\n');
        self.remarks().iter().for_each(|remark| text.push_str(&format!("{remark}\n")));
        text
    }

    /// The card as one HTML page. `command`: the command line that led to it.
    pub fn html(&self, command: &str) -> String {
        let remarks: String = self.remarks().iter().map(|remark| format!("<p>{}</p>\n", escaped(remark))).collect();
        page(&format!("Card of {}", self.model), command, &(table(&self.rows()) + &remarks))
    }

    fn rows(&self) -> Vec<Vec<String>> {
        let heads = [&self.model, "development (95 %)", "on", "report (95 %)", "on"].map(str::to_owned);
        let line = |line: &CardLine| {
            let sides = [Side::Development, Side::Report].into_iter().flat_map(|side| cells(line, side));
            std::iter::once(line.name.to_owned()).chain(sides).collect()
        };
        std::iter::once(heads.to_vec()).chain(self.lines.iter().map(line)).collect()
    }

    fn remarks(&self) -> Vec<String> {
        let mut remarks = vec![
            "Choices are made on the development side; quote the report side. Intervals: bootstrap over clips, patients or series.".to_owned(),
        ];
        if self.stride > 1 {
            remarks.push(format!(
                "One frame of {} was looked at: figures of tracks and names (IDF1, changes of name) are those of a slower camera.",
                self.stride
            ));
        }
        remarks.extend(self.left_out.iter().cloned());
        remarks
    }
}

/// The figure of a side and what it was measured on.
fn cells(line: &CardLine, side: Side) -> [String; 2] {
    let Some(figure) = line.on(side) else { return [NO_MATERIAL.to_owned(), "-".to_owned()] };
    let interval = figure.interval.map_or(String::new(), |Interval { low, high }| format!(" ({low:.3}-{high:.3})"));
    [format!("{:.3}{interval}", figure.value), counted(figure.count as u64, figure.unit)]
}
