//! Text that people make: labels, manifests, boxes, settings.

use std::borrow::Cow;
use std::io;
use std::path::Path;

/// Largest text that is read, bytes: manifests of a million pictures are smaller.
const LARGEST: u64 = 1 << 28;

/// So many bytes tell how a file is encoded.
const FIRST: usize = 1 << 12;

/// Reads a text file of at most 256 MiB: UTF-8, or UTF-16 as some editors and spreadsheets save it. A byte order mark is taken away, and lines end
/// in `\n` whatever they ended in.
///
/// # Errors
/// When it cannot be read, is larger, or is not text; the error says which, where, and what would be right.
pub fn text(path: &Path) -> io::Result<String> {
    text_of(&super::bytes(path, LARGEST)?).map_err(|why| io::Error::new(io::ErrorKind::InvalidData, why))
}

/// The text of bytes that were read elsewhere, by the rules of [`text`].
///
/// # Errors
/// A sentence that goes on from the file's name when they are no text.
pub fn text_of(bytes: &[u8]) -> Result<String, String> {
    let first = bytes.get(..FIRST).unwrap_or(bytes);
    decoded(bytes, Encoding::of(first)?)
}

/// Whether a letter takes no place and is not seen: joiners, marks of direction, soft hyphens, byte order marks.
pub fn is_unseen(letter: char) -> bool {
    matches!(letter, '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

/// A name without the letters that nobody sees: one that looks the same is the same.
pub fn visible(name: &str) -> Cow<'_, str> {
    if name.contains(is_unseen) { Cow::Owned(name.replace(is_unseen, "")) } else { Cow::Borrowed(name) }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Encoding {
    Utf8,
    /// Least significant byte first.
    Utf16Le,
    /// Most significant byte first.
    Utf16Be,
}

impl Encoding {
    /// Tells it by the byte order mark, else by where zeros are: every second byte of plain letters in UTF-16.
    fn of(first: &[u8]) -> Result<Encoding, String> {
        if first.starts_with(&[0xff, 0xfe, 0, 0]) || first.starts_with(&[0, 0, 0xfe, 0xff]) {
            return Err("it is UTF-32; save it as UTF-8".to_owned());
        }
        match first.get(..2) {
            Some([0xff, 0xfe]) => return Ok(Encoding::Utf16Le),
            Some([0xfe, 0xff]) => return Ok(Encoding::Utf16Be),
            _ => {}
        }
        let zeros = |from: usize| first.iter().skip(from).step_by(2).filter(|byte| **byte == 0).count();
        let half = first.len() / 2;
        match (zeros(0), zeros(1)) {
            (0, 0) => Ok(Encoding::Utf8),
            (0, odd) if 2 * odd >= half => Ok(Encoding::Utf16Le),
            (even, 0) if 2 * even >= half => Ok(Encoding::Utf16Be),
            _ => Err("it holds zero bytes, so it is no text; a text file in UTF-8 would do".to_owned()),
        }
    }
}

fn decoded(bytes: &[u8], encoding: Encoding) -> Result<String, String> {
    let text = match encoding {
        Encoding::Utf8 => std::str::from_utf8(bytes).map(str::to_owned).map_err(|error| {
            let good = bytes.get(..error.valid_up_to()).unwrap_or_default();
            let line = good.split(|byte| *byte == b'\n').count();
            let byte = bytes.get(error.valid_up_to()).copied().unwrap_or_default();
            format!("line {line} is not UTF-8 (byte {byte:#04x}), it may be Latin-1 or another old encoding; save it as UTF-8")
        })?,
        Encoding::Utf16Le => sixteen(bytes, u16::from_le_bytes)?,
        Encoding::Utf16Be => sixteen(bytes, u16::from_be_bytes)?,
    };
    if let Some(at) = text.find('\0') {
        let line = text.get(..at).unwrap_or_default().split('\n').count();
        return Err(format!("line {line} holds a zero byte, so it is no text; a text file in UTF-8 would do"));
    }
    let text = text.trim_start_matches('\u{feff}');
    Ok(if text.contains('\r') { text.replace("\r\n", "\n").replace('\r', "\n") } else { text.to_owned() })
}

fn sixteen(bytes: &[u8], number: fn([u8; 2]) -> u16) -> Result<String, String> {
    let (pairs, rest) = bytes.as_chunks::<2>();
    let units = pairs.iter().map(|pair| number(*pair));
    let text: Result<String, _> = char::decode_utf16(units).collect();
    match (text, rest.is_empty()) {
        (Ok(text), true) => Ok(text),
        _ => Err("it begins as UTF-16 and goes on as something else; save it as UTF-8".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn utf16(text: &str, bytes: fn(u16) -> [u8; 2]) -> Vec<u8> {
        text.encode_utf16().flat_map(bytes).collect()
    }

    #[test]
    fn the_same_text_comes_out_of_every_encoding_and_line_ending() {
        let expect = "mélanome\nnævus\n";
        for line_end in ["\n", "\r\n", "\r"] {
            let text = expect.replace('\n', line_end);
            let marked = format!("\u{feff}{text}");
            for bytes in [
                text.clone().into_bytes(),
                marked.clone().into_bytes(),
                utf16(&text, u16::to_le_bytes),
                utf16(&text, u16::to_be_bytes),
                utf16(&marked, u16::to_le_bytes),
                utf16(&marked, u16::to_be_bytes),
            ] {
                assert_eq!(text_of(&bytes).unwrap(), expect, "{bytes:?}");
            }
        }
        assert_eq!(text_of(b"").unwrap(), "");
    }

    #[test]
    fn names_that_look_the_same_are_the_same() {
        for name in
            ["\u{202e}mel", "m\u{200b}el", "me\u{ad}l", "\u{2066}mel\u{2069}", "mel\u{feff}", "\u{200e}mel", "mel"]
        {
            assert_eq!(visible(name), "mel", "{name:?}");
        }
        assert_eq!(visible("mélanome à 黒色腫"), "mélanome à 黒色腫");
    }

    #[test]
    fn what_is_no_text_is_refused_with_the_line() {
        for (bytes, word) in [
            (b"nevus\nm\xe9lanome\n".to_vec(), "line 2"),
            (vec![0; 64], "zero bytes"),
            (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR".to_vec(), "zero bytes"),
            (utf16("a\n", u16::to_le_bytes).into_iter().chain([0xd8]).collect(), "UTF-16"),
            (vec![0xff, 0xfe, 0, 0, b'a', 0, 0, 0], "UTF-32"),
            ([vec![b'a'; FIRST], vec![b'\n', 0]].concat(), "line 2 holds a zero byte"),
        ] {
            let why = text_of(&bytes).unwrap_err();
            assert!(why.contains(word), "{why}");
        }
    }
}
