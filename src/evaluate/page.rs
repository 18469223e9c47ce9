//! What the HTML reports are made of: one file each, with its plots inside.

use plotters::prelude::*;

use super::curve::Froc;
use crate::printable;

/// Colours that stay apart for every eye (Okabe and Ito 2008).
pub(super) const COLOURS: [RGBColor; 6] = [
    RGBColor(0, 0, 0),
    RGBColor(0, 114, 178),
    RGBColor(213, 94, 0),
    RGBColor(0, 158, 115),
    RGBColor(204, 121, 167),
    RGBColor(230, 159, 0),
];

/// Size of a plot, px.
pub(super) const SIZE: (u32, u32) = (460, 460);

/// The style of all pages, those of sessions too.
const STYLE: &str = include_str!("../page.css");

/// What drawing ends in.
pub(super) type DrawResult = Result<(), Box<dyn std::error::Error>>;

/// A whole page. `body` is HTML; title and command are text.
pub(super) fn page(title: &str, command: &str, body: &str) -> String {
    format!(
        "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\"><title>{0}</title>\
         <style>{STYLE}</style></head>\n<body><header><h1>{0}</h1>\n<p class=\"notice\">Scores are the model's, never a diagnosis; \
         this is not a medical device.</p>\n<p><code>{1}</code></p></header>\n<main>{body}</main></body></html>\n",
        escaped(title),
        escaped(command)
    )
}

/// A figure with the plot that `draw` writes as SVG.
pub(super) fn plot(draw: impl FnOnce(&mut String) -> DrawResult) -> Result<String, String> {
    let mut svg = String::new();
    draw(&mut svg).map_err(|e| format!("a plot cannot be drawn: {e}"))?;
    let svg: Vec<_> = svg.lines().map(printable).collect();
    Ok(format!("<figure class=\"plot\">{}</figure>\n", svg.join("\n")))
}

/// A table; the first row holds the headings.
pub(super) fn table(rows: &[Vec<String>]) -> String {
    let line = |(i, row): (usize, &Vec<String>)| {
        let tag = if i == 0 { "th" } else { "td" };
        let cells: String = row.iter().map(|cell| format!("<{tag}>{}</{tag}>", escaped(cell))).collect();
        format!("<tr>{cells}</tr>\n")
    };
    format!("<div class=\"wide\"><table>\n{}</table></div>\n", rows.iter().enumerate().map(line).collect::<String>())
}

/// What could not be read, if anything.
pub(super) fn not_read(skipped: &[String]) -> String {
    if skipped.is_empty() {
        return String::new();
    }
    let lines: String = skipped.iter().map(|why| format!("<li>{}</li>\n", escaped(why))).collect();
    format!("<h2>Not read</h2>\n<ul>\n{lines}</ul>\n")
}

/// Text as HTML.
pub(super) fn escaped(text: &str) -> String {
    printable(text).replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

/// Free-response ROC curves, each with its name, in one plot. `unit`: what false circles are counted by, "picture" or "frame".
pub(super) fn froc(curves: &[(&str, &Froc)], unit: &str, svg: &mut String) -> DrawResult {
    let last = |curve: &Froc| curve.points.last().map_or(0.0, |point| point.false_a_picture);
    let most = curves.iter().map(|(_, curve)| last(curve)).fold(0.1, f64::max);
    let root = SVGBackend::with_string(svg, SIZE).into_drawing_area();
    root.fill(&WHITE)?;
    let mut chart = ChartBuilder::on(&root)
        .caption("free-response ROC", ("sans-serif", 18))
        .margin(10)
        .x_label_area_size(36)
        .y_label_area_size(44)
        .build_cartesian_2d(0f64..most * 1.05, 0f64..1f64)?;
    let heading = format!("false circles a {unit}");
    chart.configure_mesh().light_line_style(TRANSPARENT).x_desc(heading).y_desc("recall").draw()?;
    for ((name, curve), colour) in curves.iter().zip(COLOURS.iter().cycle()) {
        let points = curve.points.iter().map(|point| (point.false_a_picture, point.recall));
        chart
            .draw_series(LineSeries::new(std::iter::once((0.0, 0.0)).chain(points), colour.stroke_width(2)))?
            .label(*name)
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
