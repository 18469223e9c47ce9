//! Goes through the coded data of a JPEG without decoding it: are all blocks there?
//!
//! Decoders fill up what is missing with grey. Nothing in the file announces its length, so that only the codes themselves tell.

use super::bits::{BitReader, HuffmanTable};
use super::frame::{JpegFrame, be16};

/// Bytes left over behind the last block that some cameras write; more are a sign that codes were misread.
const CARELESS: usize = 64;

/// What can be wrong with the coded data.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Flaw {
    /// The file ends before its last block; the share of the scan that is there, percent.
    CutOff(usize),
    /// There are codes that do not exist, or too few or too many of them; the share of the scan before, percent.
    Damaged(usize),
    /// So many bytes are left over: the picture may be damaged.
    LeftOver(usize),
}

/// One scan: the components in it, and which of their coefficients it codes.
struct Scan<'a> {
    /// Index into the components and the tables of its DC and AC codes.
    parts: Vec<(usize, Option<&'a HuffmanTable>, Option<&'a HuffmanTable>)>,
    /// First and last coefficient.
    band: (usize, usize),
    /// Whether it refines what earlier scans said.
    refines: bool,
    /// Which bit it tells.
    low: u8,
}

/// Tables and components as the segments so far left them.
#[derive(Default)]
pub(super) struct Walk {
    dc: [Option<HuffmanTable>; 4],
    ac: [Option<HuffmanTable>; 4],
    restart: usize,
    frame: Option<JpegFrame>,
    left_over: usize,
}

impl Walk {
    /// Goes through a file from its first to its last segment. What follows the end of the picture is no part of it.
    /// What is wrong with headers is left to the decoder to say.
    pub(super) fn through(bytes: &[u8]) -> Result<(), Flaw> {
        let mut walk = Walk::default();
        let mut at = 2;
        while let Some((marker, body)) = segment(bytes, &mut at) {
            let is_ok = match marker {
                0xc4 => walk.tables(body),
                0xdd => body.get(..2).map(|two| walk.restart = be16(two)),
                0xc0..=0xc2 => JpegFrame::read(body, marker == 0xc2).map(|frame| walk.frame = Some(frame)),
                0xda => {
                    at = walk.scan(bytes, body, at)?;
                    Some(())
                }
                0xd9 => return walk.ended(),
                _ => Some(()),
            };
            if is_ok.is_none() {
                return Err(Flaw::Damaged(0));
            }
        }
        // Without its end marker a picture is whole when its last scan was the last that is needed.
        match walk.frame.as_ref().map(JpegFrame::finished) {
            Some(100) => walk.ended(),
            Some(percent) => Err(Flaw::CutOff(percent)),
            None => Err(Flaw::CutOff(0)),
        }
    }

    fn ended(&self) -> Result<(), Flaw> {
        match self.left_over {
            0 => Ok(()),
            bytes => Err(Flaw::LeftOver(bytes)),
        }
    }

    /// Huffman tables of one segment.
    fn tables(&mut self, mut body: &[u8]) -> Option<()> {
        while let Some((&kind, rest)) = body.split_first() {
            let counts: [u8; 16] = rest.get(..16)?.try_into().ok()?;
            let symbols = rest.get(16..16 + counts.iter().map(|&count| usize::from(count)).sum::<usize>())?;
            let tables = if kind < 16 { &mut self.dc } else { &mut self.ac };
            *tables.get_mut(usize::from(kind & 15))? = Some(HuffmanTable::new(&counts, symbols));
            body = rest.get(16 + symbols.len()..)?;
        }
        Some(())
    }

    /// One scan; where its coded data end.
    fn scan(&mut self, bytes: &[u8], head: &[u8], start: usize) -> Result<usize, Flaw> {
        let unreadable = Flaw::Damaged(0);
        let Some(mut frame) = self.frame.take() else { return Err(unreadable) };
        let Some(scan) = self.opened(&frame, head) else { return Err(unreadable) };
        let (columns, rows) = frame.units(scan.parts.iter().map(|(part, ..)| *part));
        let whole = (columns * rows).max(1);
        let (mut bits, mut run, mut left_over) = (BitReader::new(bytes, start), 0, self.left_over);
        for unit in 0..columns * rows {
            if self.restart > 0 && unit > 0 && unit % self.restart == 0 {
                let (at, left) = bits.rest();
                left_over += left;
                let number = ((unit / self.restart - 1) % 8) as u8;
                let Some(next) = after_restart(bytes, at, number) else {
                    return Err(flaw(bytes, at, unit * 100 / whole));
                };
                bits = BitReader::new(bytes, next);
                run = 0;
            }
            let read = scan.unit(&mut frame, (unit % columns, unit / columns), &mut bits, &mut run);
            if read.is_none() || bits.over() {
                let (at, _) = bits.rest();
                let percent = unit * 100 / whole;
                return Err(if bits.over() { flaw(bytes, at, percent) } else { Flaw::Damaged(percent) });
            }
        }
        let (at, left) = bits.rest();
        left_over += left;
        if left_over > CARELESS {
            return Err(Flaw::Damaged(100));
        }
        for &(part, ..) in &scan.parts {
            frame.told(part, scan.band, scan.low);
        }
        (self.frame, self.left_over) = (Some(frame), left_over);
        Ok(at)
    }

    fn opened<'a>(&'a self, frame: &JpegFrame, head: &[u8]) -> Option<Scan<'a>> {
        let count = usize::from(*head.first()?);
        let (names, band) = (head.get(1..1 + 2 * count)?, head.get(1 + 2 * count..4 + 2 * count)?);
        let parts = names.chunks_exact(2).map(|pair| {
            let part = frame.components.iter().position(|component| component.name == pair[0])?;
            let table =
                |tables: &'a [Option<HuffmanTable>; 4], at: u8| tables.get(usize::from(at)).and_then(Option::as_ref);
            Some((part, table(&self.dc, pair[1] >> 4), table(&self.ac, pair[1] & 15)))
        });
        let parts = parts.collect::<Option<Vec<_>>>().filter(|parts| !parts.is_empty())?;
        let band = if frame.progressive { band } else { &[0, 63, 0] };
        let (from, to) = (usize::from(band[0]), usize::from(band[1]));
        let sound = from <= to && to < 64 && (!frame.progressive || (from == 0) == (to == 0));
        sound.then_some(Scan { parts, band: (from, to), refines: band[2] >> 4 > 0, low: band[2] & 15 })
    }
}

impl Scan<'_> {
    /// The blocks of one coded unit; `None` at a code that does not exist.
    fn unit(
        &self,
        frame: &mut JpegFrame,
        (column, row): (usize, usize),
        bits: &mut BitReader,
        run: &mut u32,
    ) -> Option<()> {
        let progressive = frame.progressive;
        let alone = self.parts.len() == 1;
        for &(part, dc, ac) in &self.parts {
            let component = frame.components.get_mut(part)?;
            let (across, down) = if alone { (1, 1) } else { component.sampling };
            for block in 0..across * down {
                let at = (column * across + block % across, row * down + block / across);
                match (progressive, self.band.0, self.refines) {
                    (false, ..) => baseline(bits, dc?, ac?)?,
                    (true, 0, false) => {
                        bits.symbol_and_value(dc?)?;
                    }
                    (true, 0, true) => bits.pass(1),
                    (true, _, false) => first(bits, ac?, component.known(at)?, (self.band, run))?,
                    (true, _, true) => refined(bits, ac?, component.known(at)?, (self.band, run))?,
                }
            }
        }
        Some(())
    }
}

#[inline]
fn baseline(bits: &mut BitReader, dc: &HuffmanTable, ac: &HuffmanTable) -> Option<()> {
    bits.symbol_and_value(dc)?;
    let mut at = 1;
    while at < 64 {
        let symbol = bits.symbol_and_value(ac)?;
        if symbol & 15 == 0 && symbol != 0xf0 {
            return Some(());
        }
        at += usize::from(symbol >> 4) + 1;
    }
    // A run of zeros does not end outside of the block.
    (at == 64).then_some(())
}

/// Coefficients `from..=to` as a mask.
fn mask((from, to): (usize, usize)) -> u64 {
    (u64::MAX << from) & (u64::MAX >> (63 - to))
}

/// The first scan of a band of coefficients.
fn first(
    bits: &mut BitReader,
    ac: &HuffmanTable,
    known: &mut u64,
    (band, run): ((usize, usize), &mut u32),
) -> Option<()> {
    if *run > 0 {
        *run -= 1;
        return Some(());
    }
    let mut at = band.0;
    while at <= band.1 {
        let symbol = bits.symbol(ac)?;
        let (zeros, size) = (symbol >> 4, symbol & 15);
        if size == 0 && zeros < 15 {
            *run = (1 << zeros) + bits.take(u32::from(zeros)) - 1;
            return Some(());
        }
        at += usize::from(zeros);
        if size > 0 {
            bits.pass(u32::from(size));
            *known |= 1_u64.checked_shl(at as u32).filter(|_| at <= band.1)?;
        }
        at += 1;
    }
    Some(())
}

/// A scan that tells one more bit of coefficients that are known, and of new ones.
fn refined(
    bits: &mut BitReader,
    ac: &HuffmanTable,
    known: &mut u64,
    (band, run): ((usize, usize), &mut u32),
) -> Option<()> {
    let mut at = band.0;
    while *run == 0 && at <= band.1 {
        let symbol = bits.symbol(ac)?;
        let (mut zeros, size) = (symbol >> 4, symbol & 15);
        if size == 0 && zeros < 15 {
            *run = (1 << zeros) + bits.take(u32::from(zeros));
            break;
        }
        bits.pass(u32::from(size.min(1)));
        while at <= band.1 {
            if *known >> at & 1 == 1 {
                bits.pass(1);
            } else if zeros == 0 {
                break;
            } else {
                zeros -= 1;
            }
            at += 1;
        }
        if size > 0 {
            *known |= 1_u64.checked_shl(at as u32).filter(|_| at <= band.1)?;
        }
        at += 1;
    }
    if *run > 0 {
        *run -= 1;
        if at <= band.1 {
            bits.pass((*known & mask((at, band.1))).count_ones());
        }
    }
    Some(())
}

/// The next marker and what its segment holds, and past it.
pub(super) fn segment<'a>(bytes: &'a [u8], at: &mut usize) -> Option<(u8, &'a [u8])> {
    loop {
        *at += bytes.get(*at..)?.iter().position(|&byte| byte == 0xff)?;
        *at += bytes.get(*at..)?.iter().position(|&byte| byte != 0xff)?;
        let marker = *bytes.get(*at)?;
        *at += 1;
        match marker {
            0 | 1 | 0xd0..=0xd8 => {}
            0xd9 => return Some((marker, &[])),
            _ => {
                let length = be16(bytes.get(*at..*at + 2)?);
                let body = bytes.get(*at + 2..*at + length)?;
                *at += length;
                return Some((marker, body));
            }
        }
    }
}

/// Past the restart marker of this number at a place.
fn after_restart(bytes: &[u8], mut at: usize, number: u8) -> Option<usize> {
    while bytes.get(at) == Some(&0xff) {
        at += 1;
    }
    (*bytes.get(at)? == 0xd0 + number).then_some(at + 1)
}

/// What it is when the data end at a place that is not the end of the scan.
fn flaw(bytes: &[u8], at: usize, percent: usize) -> Flaw {
    if at + 1 >= bytes.len() { Flaw::CutOff(percent) } else { Flaw::Damaged(percent) }
}
