//! The report on photos as one HTML file with its plots inside.

use super::report::PhotosReport;
use crate::evaluate::page::{escaped, froc, not_read, page, plot, table};

impl PhotosReport {
    /// One HTML page; an error when a plot cannot be drawn. `command`: the command line that led to it.
    pub fn html(&self, command: &str) -> Result<String, String> {
        let mut body: String = self.tables().iter().map(|rows| table(rows)).collect();
        for part in self.parts.iter().filter(|part| part.froc.lesions > 0) {
            let names = [format!("{}: all circles", part.name), format!("{}: alarmed circles", part.name)];
            let curves: Vec<_> = names.iter().map(String::as_str).zip([&part.froc, &part.froc_alarmed]).collect();
            body.push_str(&plot(|svg| froc(&curves, "photo", svg))?);
        }
        body.push_str("<ul>\n");
        for (name, meaning) in self.legend() {
            body.push_str(&format!("<li><b>{}</b>: {}</li>\n", escaped(name), escaped(&meaning)));
        }
        body.push_str("</ul>\n");
        body.push_str(&not_read(&self.skipped));
        Ok(page(&format!("Circles on photos: {}", self.model), command, &body))
    }
}
