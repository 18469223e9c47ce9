//! The report as one HTML file with its plots inside.

use crate::counted;
use plotters::prelude::*;

use super::Task;
use super::report::CloseupsReport;
use crate::evaluate::page::{COLOURS, DrawResult, SIZE, escaped, not_read, page, plot, table};

/// Positives, and negatives, from which a curve is drawn: with fewer it is a staircase of chance.
const FEWEST: usize = 10;
impl CloseupsReport {
    /// One HTML page; an error when a plot cannot be drawn.
    pub fn html(&self, command: &str) -> Result<String, String> {
        let heads = [
            "",
            "images",
            "groups",
            "mel. / nevus",
            "AUC (95 %)",
            "susp. / benign",
            "AUC (95 %)",
            "sens. at 90 % spec.",
        ];
        let heads =
            heads.into_iter().chain(["spec. at 90 % sens.", "balanced acc.", "calib. error"]).map(str::to_owned);
        let mut rows = vec![heads.collect::<Vec<String>>()];
        rows.extend(self.parts.iter().map(|part| part.cells()));
        let mut body = table(&rows);
        body.push_str("<p>Intervals: bootstrap over patients or lesions. Sensitivity and specificity: suspicious against benign.</p>\n");
        for task in Task::ALL {
            body.push_str(&plot(|svg| self.roc(task, svg))?);
        }
        body.push_str(&plot(|svg| self.reliability(svg))?);
        body.push_str("<h2>True class (rows) and the lesion class called (columns)</h2>\n");
        body.push_str(&table(&self.confusion_rows()));
        if self.without_class > 0 {
            let images = counted(self.without_class, "image");
            body.push_str(&format!("<p>Not judged: {images} whose class the model does not have.</p>\n"));
        }
        let judged = if self.judged_on.is_empty() { None } else { Some(format!("Close-ups: {}", self.judged_on)) };
        for sentence in judged.iter().chain(&self.left_out) {
            body.push_str(&format!("<p>{}</p>\n", escaped(sentence)));
        }
        body.push_str(&not_read(&self.skipped));
        Ok(page(&format!("Close-ups: {}", self.model), command, &body))
    }

    fn roc(&self, task: Task, svg: &mut String) -> DrawResult {
        let root = SVGBackend::with_string(svg, SIZE).into_drawing_area();
        root.fill(&WHITE)?;
        let mut chart = ChartBuilder::on(&root)
            .caption(task.name(), ("sans-serif", 18))
            .margin(10)
            .x_label_area_size(36)
            .y_label_area_size(44)
            .build_cartesian_2d(0f32..1f32, 0f32..1f32)?;
        chart.configure_mesh().light_line_style(TRANSPARENT).x_desc("1 - specificity").y_desc("sensitivity").draw()?;
        chart.draw_series(LineSeries::new([(0.0, 0.0), (1.0, 1.0)], RGBColor(190, 190, 190)))?;
        let curves = self.parts.iter().filter_map(|part| Some((part, part.of(task)?)));
        let curves = curves.filter(|(_, found)| found.positives.min(found.negatives) >= FEWEST);
        for ((part, found), colour) in curves.zip(COLOURS.iter().cycle()) {
            chart
                .draw_series(LineSeries::new(found.roc.iter().copied(), colour.stroke_width(2)))?
                .label(format!("{} {:.3}", part.name, found.auc))
                .legend(move |(x, y)| PathElement::new([(x, y), (x + 16, y)], colour.stroke_width(2)));
        }
        chart
            .configure_series_labels()
            .position(SeriesLabelPosition::LowerRight)
            .background_style(WHITE.mix(0.8))
            .border_style(RGBColor(210, 210, 210))
            .draw()?;
        root.present()?;
        Ok(())
    }

    fn reliability(&self, svg: &mut String) -> DrawResult {
        let root = SVGBackend::with_string(svg, SIZE).into_drawing_area();
        root.fill(&WHITE)?;
        let mut chart = ChartBuilder::on(&root)
            .caption("calibration: is the highest score right as often as it says?", ("sans-serif", 15))
            .margin(10)
            .x_label_area_size(36)
            .y_label_area_size(44)
            .build_cartesian_2d(0f32..1f32, 0f32..1f32)?;
        chart.configure_mesh().light_line_style(TRANSPARENT).x_desc("highest score").y_desc("share right").draw()?;
        chart.draw_series(LineSeries::new([(0.0, 0.0), (1.0, 1.0)], RGBColor(190, 190, 190)))?;
        let most = self.calibration.iter().map(|bin| bin.count).max().unwrap_or(1).max(1) as f32;
        let full = self.calibration.iter().filter(|bin| bin.count > 0);
        chart.draw_series(full.map(|bin| {
            // The area of a dot is the number of answers that it stands for.
            let radius = 3.0 + 9.0 * (bin.count as f32 / most).sqrt();
            Circle::new((bin.confidence, bin.right), radius as i32, RGBColor(0, 114, 178).mix(0.7).filled())
        }))?;
        root.present()?;
        Ok(())
    }
}
