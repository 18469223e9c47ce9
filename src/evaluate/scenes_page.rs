//! The report on clips as one HTML file with its plot inside.

use super::page::{escaped, froc, page, plot, table};
use super::report::ScenesReport;
use super::table::{COLUMNS, CONTRAST, PLACE_COLUMNS, TRAIL_COLUMNS, recall_at_rates};

impl ScenesReport {
    /// One HTML page; an error when the plot cannot be drawn. `command`: the command line that led to it.
    pub fn html(&self, command: &str) -> Result<String, String> {
        let [clips, trails, places, parts @ ..] = self.tables();
        let curves = [("all circles", &self.all.froc), ("alarmed circles", &self.all.froc_alarmed)];
        let mut body = table(&clips) + &table(&trails) + &table(&places);
        body.push_str(&plot(|svg| froc(&curves, "frame", svg))?);
        body.push_str(&table(&recall_at_rates(&curves.map(|(name, curve)| (name.to_owned(), curve)), "frame")));
        body.push_str(
            "<p>The curves show recall and false circles as the threshold on the evidence of the circles rises from that of \
             the run; a lower --conf shows more of them. Alarmed circles are those not marked as off the skin.</p>\n",
        );
        parts.iter().filter(|rows| rows.len() > 1).for_each(|rows| body.push_str(&table(rows)));
        body.push_str("<ul>\n");
        for (name, meaning) in COLUMNS.into_iter().chain(TRAIL_COLUMNS).chain(PLACE_COLUMNS).chain([CONTRAST]) {
            body.push_str(&format!("<li><b>{}</b>: {}</li>\n", escaped(name), escaped(meaning)));
        }
        body.push_str("</ul>\n");
        Ok(page("Circles on clips", command, &body))
    }
}
