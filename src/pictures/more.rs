//! What a file holds besides its first picture, and what its chunks say of the pixels.

use super::colour::ColourTag;

/// What was found in a file's own structure.
#[derive(Debug, Default, PartialEq)]
pub(super) struct FileStructure {
    /// Further pictures of an animation.
    pub(super) frames: usize,
    /// Further pages.
    pub(super) pages: usize,
    /// Colours, where `image` does not tell them.
    pub(super) colour: Option<ColourTag>,
    /// Whether colours were multiplied by their opacity.
    pub(super) premultiplied: bool,
}

impl FileStructure {
    /// A sentence on the further pictures.
    pub(super) fn note(&self) -> Option<String> {
        match (self.frames, self.pages) {
            (0, 0) => None,
            (1, _) => Some("it is animated: its first picture is looked at, the other is not".to_owned()),
            (0, 1) => Some("it has two pages: the second is not looked at".to_owned()),
            (0, pages) => Some(format!("it has {} pages: the {pages} behind the first are not looked at", pages + 1)),
            (frames, _) => Some(format!("it is animated: {frames} further pictures of it are not looked at")),
        }
    }
}

/// Reads the chunks of a PNG.
pub(super) fn of_png(bytes: &[u8]) -> FileStructure {
    let mut more = FileStructure::default();
    let (mut gamma, mut corners, mut codes, mut is_named) = (None, None, None, false);
    let (mut at, mut animated, mut first_is_part, mut pixels) = (8, 0_usize, false, false);
    while let Some((kind, body)) = chunk(bytes, &mut at) {
        let number = |at: usize| body.get(at..at + 4).map(|four| be32(four) as f32 / 100_000.0);
        match kind {
            b"cICP" => codes = body.get(..2).map(|two| (two[0], two[1])),
            b"iCCP" | b"sRGB" => is_named = true,
            b"gAMA" => gamma = number(0).filter(|gamma| *gamma > 0.0),
            b"cHRM" => corners = [0, 4, 8, 12, 16, 20, 24, 28].map(number).into_iter().collect::<Option<Vec<_>>>(),
            b"acTL" => animated = body.get(..4).map_or(0, |four| be32(four) as usize),
            b"fcTL" => first_is_part |= !pixels,
            b"IDAT" => pixels = true,
            _ => {}
        }
        if pixels {
            break;
        }
    }
    more.frames = animated.saturating_sub(usize::from(first_is_part));
    more.colour = match (codes, is_named, gamma) {
        (Some((primaries, transfer)), ..) => Some(ColourTag::Codes(primaries, transfer)),
        (None, false, gamma) if gamma.is_some() || corners.is_some() => {
            Some(ColourTag::Gamma(gamma.unwrap_or(1.0 / 2.2), corners.and_then(|all| all.try_into().ok())))
        }
        _ => None,
    };
    more
}

fn chunk<'a>(bytes: &'a [u8], at: &mut usize) -> Option<(&'a [u8; 4], &'a [u8])> {
    let length = be32(bytes.get(*at..*at + 4)?) as usize;
    let kind = bytes.get(*at + 4..*at + 8)?.try_into().ok()?;
    let body = bytes.get(*at + 8..(*at + 8).checked_add(length)?)?;
    *at += 12 + length;
    Some((kind, body))
}

/// The PNG without colours that its decoder stumbles over: code points with a matrix, which PNG knows none of, or of another length.
pub(super) fn without_wrong_codes(bytes: &[u8]) -> Option<Vec<u8>> {
    let mut at = 8;
    loop {
        let start = at;
        match chunk(bytes, &mut at)? {
            (b"IDAT", _) => return None,
            (b"cICP", body) if !matches!(body, [_, _, 0, 0 | 1]) => {
                return Some([bytes.get(..start)?, bytes.get(at..)?].concat());
            }
            _ => {}
        }
    }
}

/// Reads the chunks of a WebP.
pub(super) fn of_webp(bytes: &[u8]) -> FileStructure {
    let (mut at, mut pictures) = (12_usize, 0_usize);
    while let Some(head) = bytes.get(at..at + 8) {
        pictures += usize::from(head.starts_with(b"ANMF"));
        let length = head.get(4..8).map_or(0, le32);
        at = at.saturating_add(8 + length + length % 2);
    }
    FileStructure { frames: pictures.saturating_sub(1), ..FileStructure::default() }
}

/// Number of pictures in a GIF.
pub(super) fn pictures_of_gif(bytes: &[u8]) -> usize {
    walk_of_gif(bytes).0
}

/// Whether a GIF ends within one of its blocks. One without the mark of its end, which some writers leave out, is whole.
pub(super) fn is_cut_gif(bytes: &[u8]) -> bool {
    walk_of_gif(bytes).1 > bytes.len()
}

/// Number of pictures in a GIF, and where its last block ends.
fn walk_of_gif(bytes: &[u8]) -> (usize, usize) {
    let table = |flags: u8| if flags & 0x80 == 0 { 0 } else { 3 << ((flags & 7) + 1) };
    let mut at = 13 + bytes.get(10).map_or(0, |&flags| table(flags));
    let mut pictures = 0;
    loop {
        match bytes.get(at) {
            Some(0x21) => at += 2,
            Some(0x2c) => {
                pictures += 1;
                at += 11 + bytes.get(at + 9).map_or(0, |&flags| table(flags));
            }
            _ => return (pictures, at),
        }
        // Blocks of data up to an empty one.
        while let Some(length @ 1..) = bytes.get(at).copied() {
            at += 1 + usize::from(length);
        }
        at += 1;
    }
}

/// Reads the directories of a TIFF.
pub(super) fn of_tiff(bytes: &[u8]) -> FileStructure {
    let mut more = FileStructure::default();
    let Some(tiff) = Tiff::of(bytes) else { return more };
    let mut at = tiff.first();
    let mut seen = Vec::new();
    while let Some(directory) = at.filter(|&at| at > 0 && !seen.contains(&at) && seen.len() < 4096) {
        let tag = |tag| tiff.tag(directory, tag);
        if seen.is_empty() {
            more.premultiplied = tag(338) == Some(1);
        } else if tag(254).is_none_or(|kind| kind & 1 == 0) {
            // Bit 0 marks a smaller copy of another page.
            more.pages += 1;
        }
        seen.push(directory);
        at = tiff.next(directory);
    }
    more
}

/// The JPEGs of the first picture of a TIFF, each with the tables that all share; none where it is coded otherwise.
pub(super) fn jpegs_of_tiff(bytes: &[u8]) -> Vec<Vec<u8>> {
    const JPEG: usize = 7;
    let Some(tiff) = Tiff::of(bytes) else { return Vec::new() };
    let Some(directory) = tiff.first().filter(|&at| tiff.tag(at, 259) == Some(JPEG)) else { return Vec::new() };
    // Strips, else tiles: where they lie and how long they are.
    let all = |tags: [usize; 2]| tags.into_iter().find_map(|tag| tiff.values(directory, tag)).unwrap_or_default();
    let (places, lengths) = (all([273, 324]), all([279, 325]));
    let tables: Vec<u8> = tiff.values(directory, 347).unwrap_or_default().into_iter().map(|byte| byte as u8).collect();
    let tables = tables.strip_suffix(&[0xff, 0xd9]).unwrap_or(&tables);
    let part = |(at, length): (usize, usize)| {
        let data = bytes.get(at..at.checked_add(length)?)?;
        Some(if tables.is_empty() { data.to_vec() } else { [tables, data.get(2..)?].concat() })
    };
    places.into_iter().zip(lengths).filter_map(part).collect()
}

/// A TIFF's numbers and directories.
struct Tiff<'a> {
    bytes: &'a [u8],
    little: bool,
    big: bool,
}

impl<'a> Tiff<'a> {
    fn of(bytes: &'a [u8]) -> Option<Tiff<'a>> {
        let little = bytes.starts_with(b"II");
        let tiff = Tiff { bytes, little, big: false };
        Some(Tiff { big: tiff.number(2, 2)? == 43, ..tiff })
    }

    fn number(&self, at: usize, bytes: usize) -> Option<usize> {
        let digits = self.bytes.get(at..at.checked_add(bytes)?)?;
        let add = |number: usize, &byte: &u8| number << 8 | usize::from(byte);
        Some(if self.little { digits.iter().rev().fold(0, add) } else { digits.iter().fold(0, add) })
    }

    fn first(&self) -> Option<usize> {
        if self.big { self.number(8, 8) } else { self.number(4, 4) }
    }

    /// Bytes of the number of entries, of an entry, and of an offset.
    fn sizes(&self) -> (usize, usize, usize) {
        if self.big { (8, 20, 8) } else { (2, 12, 4) }
    }

    fn next(&self, directory: usize) -> Option<usize> {
        let (count, entry, offset) = self.sizes();
        let entries = self.number(directory, count)?.checked_mul(entry)?;
        self.number(directory.checked_add(count)?.checked_add(entries)?, offset)
    }

    /// All values of a tag with bytes or with whole numbers of 2, 4 or 8 bytes.
    fn values(&self, directory: usize, tag: usize) -> Option<Vec<usize>> {
        let (count, entry, offset) = self.sizes();
        let entries = self.number(directory, count)?.min(4096);
        let at = (0..entries).map(|i| directory + count + i * entry).find(|&at| self.number(at, 2) == Some(tag))?;
        let width = match self.number(at + 2, 2)? {
            1 | 7 => 1,
            3 => 2,
            4 => 4,
            16 => 8,
            _ => return None,
        };
        let many = self.number(at + 4, offset)?;
        let inside = many.checked_mul(width)? <= offset;
        let from = if inside { at + 4 + offset } else { self.number(at + 4 + offset, offset)? };
        // Never more than the file has bytes.
        (0..many.min(self.bytes.len())).map(|i| self.number(from.checked_add(i * width)?, width)).collect()
    }

    /// The first value of a tag with one or two short values or one long value.
    fn tag(&self, directory: usize, tag: usize) -> Option<usize> {
        let (count, entry, offset) = self.sizes();
        let entries = self.number(directory, count)?.min(4096);
        let at = (0..entries).map(|i| directory + count + i * entry).find(|&at| self.number(at, 2) == Some(tag))?;
        let bytes = if self.number(at + 2, 2)? == 3 { 2 } else { 4 };
        self.number(at + 4 + offset, bytes)
    }
}

/// A number of four bytes, the least one first.
pub(super) fn le32(bytes: &[u8]) -> usize {
    bytes.iter().take(4).rev().fold(0, |number, &byte| number << 8 | usize::from(byte))
}

fn be32(bytes: &[u8]) -> u32 {
    bytes.iter().take(4).fold(0, |number, &byte| number << 8 | u32::from(byte))
}
