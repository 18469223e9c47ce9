//! A page with links to the reports of several sessions.

use std::path::{Path, PathBuf};

use minijinja::{Environment, context};
use serde::Serialize;

use super::error::ReportError;
use super::page::policy;
use super::words::shown;

/// A report that was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListedReport {
    /// Its file.
    pub path: PathBuf,
    /// What was found, in one sentence.
    pub headline: String,
    /// What was filmed, in one sentence.
    pub filmed: String,
}

/// A report as the template lists it.
#[derive(Serialize)]
struct Entry<'a> {
    address: String,
    path: String,
    headline: &'a str,
    filmed: &'a str,
}

/// The page that lists reports, for a file in `folder`.
///
/// # Errors
/// When the template has a mistake.
pub fn list(reports: &[ListedReport], folder: &Path) -> Result<String, ReportError> {
    let mut environment = Environment::new();
    environment.add_template("list.html", include_str!("list.html"))?;
    let [style, script] = [include_str!("../page.css"), include_str!("page.js")];
    let reports: Vec<Entry> = reports.iter().map(|report| entry(report, folder)).collect();
    Ok(environment
        .get_template("list.html")?
        .render(context! { policy => policy(style, script), style, script, reports })?)
}

fn entry<'a>(report: &'a ListedReport, folder: &Path) -> Entry<'a> {
    let ListedReport { path, headline, filmed } = report;
    Entry { address: address(path, folder), path: shown(&path.display().to_string()), headline, filmed }
}

/// The address of a file in a page of a folder: from there where it lies below, else from the root.
fn address(path: &Path, folder: &Path) -> String {
    let whole = |path: &Path| path.canonicalize().unwrap_or_else(|_| path.to_owned());
    let (path, folder) = (whole(path), whole(folder));
    match path.strip_prefix(&folder) {
        // A dot before it, so that no name is taken for a scheme.
        Ok(below) => format!("./{}", encoded(below)),
        Err(_) => format!("file://{}", encoded(&path)),
    }
}

/// A path with all bytes escaped that mean something in an address.
fn encoded(path: &Path) -> String {
    let keep = |byte: u8| byte.is_ascii_alphanumeric() || b"/-_.~".contains(&byte);
    let bytes = path.as_os_str().as_encoded_bytes();
    bytes.iter().map(|byte| if keep(*byte) { char::from(*byte).to_string() } else { format!("%{byte:02X}") }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_relative_where_they_can_be_and_escaped() {
        let root = tempfile::tempdir().unwrap();
        let session = root.path().join("a b#1");
        std::fs::create_dir(&session).unwrap();
        let report = session.join("report.html");
        std::fs::write(&report, "").unwrap();
        assert_eq!(address(&report, root.path()), "./a%20b%231/report.html");
        let elsewhere = tempfile::tempdir().unwrap();
        let address = address(&report, elsewhere.path());
        assert!(address.starts_with("file:///") && address.ends_with("/a%20b%231/report.html"), "{address}");
    }
}
