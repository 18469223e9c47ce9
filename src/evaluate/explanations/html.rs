//! The figures of the methods as one HTML file.

use super::super::page::{escaped, page, table};
use super::report::{COLUMNS, ExplanationsReport};

impl ExplanationsReport {
    /// One HTML page. `command`: the command line that led to it.
    pub fn html(&self, command: &str) -> String {
        let mut body = format!("<p>{}</p>\n", escaped(&self.head()));
        body.push_str(&table(&self.cells()));
        body.push_str("<ul>\n");
        for (name, meaning) in COLUMNS {
            body.push_str(&format!("<li><b>{}</b>: {}</li>\n", escaped(name), escaped(meaning)));
        }
        body.push_str("</ul>\n<h2>Rank correlation of every two methods</h2>\n");
        body.push_str(&self.matrix(&self.agreement.rank));
        body.push_str("<h2>What their highest fifths have in common (intersection over union)</h2>\n");
        body.push_str(&self.matrix(&self.agreement.top));
        page("Explanations", command, &body)
    }

    fn matrix(&self, cells: &[Vec<f32>]) -> String {
        let methods = &self.agreement.methods;
        let mut rows = vec![std::iter::once(String::new()).chain(methods.iter().cloned()).collect::<Vec<String>>()];
        for (name, values) in methods.iter().zip(cells) {
            rows.push(std::iter::once(name.clone()).chain(values.iter().map(|value| format!("{value:.2}"))).collect());
        }
        table(&rows)
    }
}
