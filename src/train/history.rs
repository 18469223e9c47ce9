//! The figures of every epoch, and their plot.

use plotters::prelude::*;
use serde::{Deserialize, Serialize};

use super::error::TrainError;
use super::validate::ValidationFigures;

/// One finished epoch.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Epoch {
    /// Number, from 1.
    pub epoch: u32,
    /// Mean training loss.
    pub loss: f32,
    /// Validation figures.
    pub validation: ValidationFigures,
}

/// The history as an SVG picture: training loss above, validation figures below.
pub fn plot(history: &[Epoch]) -> Result<String, TrainError> {
    let mut svg = String::new();
    draw(history, &mut svg).map_err(|e| TrainError::unwritten(format!("the history cannot be drawn: {e}")))?;
    Ok(svg)
}

type HistoryCurve = (&'static str, fn(&ValidationFigures) -> f32, RGBColor);

const CURVES: [HistoryCurve; 4] = [
    ("balanced accuracy", |f| f.balanced_accuracy, RGBColor(0, 114, 178)),
    ("AUC suspicious / other lesions", |f| f.suspicious_auc, RGBColor(213, 94, 0)),
    ("AUC lesion / no lesion", |f| f.lesion_auc, RGBColor(0, 158, 115)),
    ("AUC of the coarse level", |f| f.gate_auc, RGBColor(204, 121, 167)),
];

fn draw(history: &[Epoch], svg: &mut String) -> Result<(), Box<dyn std::error::Error>> {
    let root = SVGBackend::with_string(svg, (800, 700)).into_drawing_area();
    root.fill(&WHITE)?;
    let (upper, lower) = root.split_vertically(300);
    let last = history.last().map_or(1, |e| e.epoch).max(2) as f32;
    let top = history.iter().map(|e| e.loss).fold(0.1f32, f32::max);
    let mut loss = ChartBuilder::on(&upper)
        .caption("training loss", ("sans-serif", 18))
        .margin(12)
        .x_label_area_size(28)
        .y_label_area_size(48)
        .build_cartesian_2d(1f32..last, 0f32..top)?;
    loss.configure_mesh().draw()?;
    loss.draw_series(LineSeries::new(history.iter().map(|e| (e.epoch as f32, e.loss)), BLACK.stroke_width(2)))?;
    let mut figures = ChartBuilder::on(&lower)
        .caption("validation", ("sans-serif", 18))
        .margin(12)
        .x_label_area_size(36)
        .y_label_area_size(48)
        .build_cartesian_2d(1f32..last, 0.4f32..1f32)?;
    figures.configure_mesh().x_desc("epoch").draw()?;
    for (name, value, colour) in CURVES {
        let points = history.iter().map(|e| (e.epoch as f32, value(&e.validation)));
        figures
            .draw_series(LineSeries::new(points, colour.stroke_width(2)))?
            .label(name)
            .legend(move |(x, y)| PathElement::new([(x, y), (x + 18, y)], colour.stroke_width(2)));
    }
    figures
        .configure_series_labels()
        .position(SeriesLabelPosition::LowerRight)
        .background_style(WHITE)
        .border_style(BLACK)
        .draw()?;
    root.present()?;
    drop((loss, figures));
    Ok(())
}
