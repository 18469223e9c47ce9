//! Tables as people and spreadsheets write them: a line of headings, cells separated by tabs, semicolons or commas, quoted where they need it.

use std::path::Path;

use super::error::DataError;
use crate::files;

/// A table with headings.
#[derive(Debug)]
pub(super) struct Table {
    /// Headings, trimmed, in lower case.
    headings: Vec<String>,
    /// The lines that are not blank, each with its number in the file, from 1.
    pub(super) lines: Vec<(usize, Vec<String>)>,
}

impl Table {
    /// Reads a file. A quoted cell may hold separators, line ends and, doubled, quotes.
    pub(super) fn read(path: &Path) -> Result<Table, DataError> {
        let text = files::text(path).map_err(|error| DataError::unreadable(path, error))?;
        Table::parse(&text).map_err(|what| DataError::content(path, what))
    }

    fn parse(text: &str) -> Result<Table, String> {
        let first = text.lines().next().unwrap_or_default();
        let separator = ['\t', ';', ','].into_iter().find(|letter| first.contains(*letter)).unwrap_or('\t');
        let mut lines = cells(text, separator)?.into_iter();
        let (_, headings) = lines.next().unwrap_or_default();
        let headings: Vec<String> = headings.into_iter().map(|heading| heading.to_lowercase()).collect();
        let doubled =
            headings.iter().enumerate().find(|(i, heading)| !heading.is_empty() && headings[..*i].contains(heading));
        if let Some((_, heading)) = doubled {
            return Err(format!("line 1 names the column {heading:?} twice"));
        }
        let lines: Vec<(usize, Vec<String>)> =
            lines.filter(|(_, cells)| cells.iter().any(|cell| !cell.is_empty())).collect();
        let more = |cells: &[String]| cells.iter().skip(headings.len()).any(|cell| !cell.is_empty());
        if let Some((number, cells)) = lines.iter().find(|(_, cells)| more(cells)) {
            let (wanted, had) = (headings.len(), cells.len());
            return Err(format!("line {number} has {had} cells, line 1 names {wanted} columns"));
        }
        Ok(Table { headings, lines })
    }

    /// Where the column with this heading is.
    pub(super) fn column(&self, heading: &str) -> Option<usize> {
        self.headings.iter().position(|known| known == heading)
    }

    /// All headings.
    pub(super) fn headings(&self) -> &[String] {
        &self.headings
    }
}

/// The cells of every line, trimmed, with the number of the line that each begins on.
fn cells(text: &str, separator: char) -> Result<Vec<(usize, Vec<String>)>, String> {
    let mut lines = Vec::new();
    let (mut rest, mut number) = (text, 1);
    while !rest.is_empty() {
        let (mut line, begun) = (Vec::new(), number);
        loop {
            let (cell, after) = match rest.strip_prefix('"') {
                Some(quoted) => {
                    let (cell, after) =
                        unquoted(quoted).ok_or_else(|| format!("line {number}: a quoted cell that never ends"))?;
                    number += cell.matches('\n').count();
                    // What stands between the quote and the separator belongs to the cell.
                    let end = after.find([separator, '\n']).unwrap_or(after.len());
                    (cell + &after[..end], &after[end..])
                }
                None => {
                    let end = rest.find([separator, '\n']).unwrap_or(rest.len());
                    (rest[..end].to_owned(), &rest[end..])
                }
            };
            line.push(cell.trim().to_owned());
            match after.strip_prefix(separator) {
                Some(more) => rest = more,
                None => {
                    rest = after.strip_prefix('\n').unwrap_or(after);
                    break;
                }
            }
        }
        number += 1;
        lines.push((begun, line));
    }
    Ok(lines)
}

/// What a quoted cell holds, and what comes after its closing quote.
fn unquoted(text: &str) -> Option<(String, &str)> {
    let (mut cell, mut rest) = (String::new(), text);
    loop {
        let end = rest.find('"')?;
        cell.push_str(&rest[..end]);
        rest = &rest[end + 1..];
        match rest.strip_prefix('"') {
            Some(more) => {
                cell.push('"');
                rest = more;
            }
            None => return Some((cell, rest)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(text: &str) -> Vec<(usize, Vec<String>)> {
        Table::parse(text).unwrap().lines
    }

    #[test]
    fn the_separator_is_that_of_the_headings_and_quotes_hold_anything() {
        let row = |number: usize, cells: &[&str]| (number, cells.iter().map(|c| (*c).to_owned()).collect::<Vec<_>>());
        let expect = vec![row(2, &["a.png", "nevus"]), row(3, &["b, c; \"d\"\te.png", "mel"]), row(6, &["f.png"])];
        for (separator, quoted) in [
            ('\t', "\"b, c; \"\"d\"\"\te.png\""),
            (';', "\"b, c; \"\"d\"\"\te.png\""),
            (',', "\"b, c; \"\"d\"\"\te.png\""),
        ] {
            let s = separator;
            let text = format!("Path{s} Class\na.png{s}nevus\n{quoted}{s} mel \n\n{s}\nf.png\n");
            assert_eq!(rows(&text), expect, "{text}");
        }
        assert_eq!(rows("path,class\n\"two\nlines\",x\ny,z"), [row(2, &["two\nlines", "x"]), row(4, &["y", "z"])]);
        assert!(rows("").is_empty());
    }

    #[test]
    fn what_is_wrong_is_said_with_its_line() {
        for (text, word) in [
            ("path,class\na,b\n\"c,d\n", "line 3"),
            ("path,class\na,b,c\n", "line 2 has 3 cells"),
            ("path,class,Path\n", "\"path\" twice"),
        ] {
            let why = Table::parse(text).unwrap_err();
            assert!(why.contains(word), "{why}");
        }
    }
}
