//! Lines of a file, one at a time, none longer than a limit: a file that is no list does not fill the memory.

use std::io::{self, BufRead, ErrorKind, Read};

/// One line of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Line<'a> {
    /// Its number, from 1.
    pub(super) number: u64,
    /// Its text, without the end of the line.
    pub(super) text: &'a [u8],
    /// Whether the end of the line is there; the last line of a program that was killed may have none.
    pub(super) ended: bool,
}

/// Reads lines, each into the memory of the one before.
pub(super) struct Lines<R> {
    file: R,
    longest: usize,
    buffer: Vec<u8>,
    number: u64,
}

impl<R: BufRead> Lines<R> {
    /// `longest`: bytes of the longest line that is read.
    pub(super) fn new(file: R, longest: usize) -> Lines<R> {
        Lines { file, longest, buffer: Vec::new(), number: 0 }
    }

    /// The number of the line that was read last, from 1.
    pub(super) fn number(&self) -> u64 {
        self.number
    }

    /// The next line; `None` at the end of the file.
    ///
    /// # Errors
    /// When the file cannot be read, or the line is longer than the limit.
    pub(super) fn next(&mut self) -> io::Result<Option<Line<'_>>> {
        self.buffer.clear();
        self.number += 1;
        let most = self.longest as u64 + 1;
        if self.file.by_ref().take(most).read_until(b'\n', &mut self.buffer)? == 0 {
            return Ok(None);
        }
        let ended = self.buffer.last() == Some(&b'\n');
        let text = self.buffer.strip_suffix(b"\n").unwrap_or(&self.buffer);
        if text.len() > self.longest {
            let why = format!("it is longer than {} bytes, which no line of a list is", self.longest);
            return Err(io::Error::new(ErrorKind::FileTooLarge, why));
        }
        Ok(Some(Line { number: self.number, text, ended }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(text: &str, longest: usize) -> Result<Vec<(u64, String, bool)>, u64> {
        let mut lines = Lines::new(text.as_bytes(), longest);
        let mut found = Vec::new();
        loop {
            match lines.next() {
                Ok(Some(line)) => {
                    found.push((line.number, String::from_utf8(line.text.to_vec()).unwrap(), line.ended));
                }
                Ok(None) => return Ok(found),
                Err(_) => return Err(lines.number()),
            }
        }
    }

    #[test]
    fn lines_come_with_their_numbers_and_whether_they_ended() {
        let line = |number: u64, text: &str, ended: bool| (number, text.to_owned(), ended);
        assert_eq!(all("", 9), Ok(vec![]));
        assert_eq!(all("a\n\nbc\n", 9), Ok(vec![line(1, "a", true), line(2, "", true), line(3, "bc", true)]));
        assert_eq!(all("a\nbc", 9), Ok(vec![line(1, "a", true), line(2, "bc", false)]));
    }

    #[test]
    fn a_line_beyond_the_limit_is_an_error_and_one_at_the_limit_is_not() {
        assert_eq!(all("abc\nabc", 3).map(|lines| lines.len()), Ok(2));
        assert_eq!(all("abc\nabcd\n", 3), Err(2));
        assert_eq!(all("abcd", 3), Err(1));
    }
}
