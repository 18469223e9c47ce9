//! Bits and Huffman codes of a JPEG's coded data.

/// Codes up to this length are found by one look into a table.
const SHORT: u32 = 10;

/// Reads bits up to the next marker, zeros after it.
pub(super) struct BitReader<'a> {
    bytes: &'a [u8],
    /// Index of the first byte that was not taken yet; at the end that of the marker's `FF`.
    at: usize,
    /// The next bits, the first one on top.
    held: u64,
    count: u32,
    /// How many of the bits that were held so far are made up.
    made_up: u64,
}

impl<'a> BitReader<'a> {
    /// Begins at a byte.
    pub(super) fn new(bytes: &'a [u8], at: usize) -> BitReader<'a> {
        BitReader { bytes, at, held: 0, count: 0, made_up: 0 }
    }

    /// At least 32 bits are held afterwards.
    #[inline(always)]
    fn fill(&mut self) {
        if self.count < 32 {
            self.refill();
        }
    }

    #[inline]
    fn refill(&mut self) {
        if let Some(next) = self.bytes.get(self.at..self.at + 4) {
            let word = u32::from_be_bytes([next[0], next[1], next[2], next[3]]);
            // No byte of it is FF.
            if (!word).wrapping_sub(0x0101_0101) & word & 0x8080_8080 == 0 {
                self.held |= u64::from(word) << (32 - self.count);
                self.count += 32;
                self.at += 4;
                return;
            }
        }
        self.refill_slowly();
    }

    /// Byte by byte, as there is an `FF` among the next, or the end.
    #[cold]
    fn refill_slowly(&mut self) {
        while self.count <= 56 {
            let byte = match (self.bytes.get(self.at), self.bytes.get(self.at + 1)) {
                (Some(0xff), Some(0)) => {
                    self.at += 2;
                    0xff
                }
                (Some(0xff), _) | (None, _) => {
                    self.made_up += 8;
                    0
                }
                (Some(&byte), _) => {
                    self.at += 1;
                    byte
                }
            };
            self.held |= u64::from(byte) << (56 - self.count);
            self.count += 8;
        }
    }

    /// The next bits, up to 16 of them.
    #[inline]
    pub(super) fn take(&mut self, count: u32) -> u32 {
        self.fill();
        let value = if count == 0 { 0 } else { (self.held >> (64 - count)) as u32 };
        self.skip(count);
        value
    }

    /// Passes over bits, up to 64 of them.
    pub(super) fn pass(&mut self, mut count: u32) {
        while count > 16 {
            self.take(16);
            count -= 16;
        }
        self.take(count);
    }

    #[inline]
    fn skip(&mut self, count: u32) {
        self.held <<= count;
        self.count -= count;
    }

    /// The next symbol; `None` when there is no such code.
    #[inline]
    pub(super) fn symbol(&mut self, codes: &HuffmanTable) -> Option<u8> {
        self.fill();
        let (length, symbol) = codes.find((self.held >> 48) as u16)?;
        self.skip(length);
        Some(symbol)
    }

    /// The next symbol, and past the value that follows it.
    #[inline(always)]
    pub(super) fn symbol_and_value(&mut self, codes: &HuffmanTable) -> Option<u8> {
        self.fill();
        let (length, symbol) = codes.find((self.held >> 48) as u16)?;
        // 32 bits were held, and no code is longer than 16 and no value longer than 15.
        self.skip(length + u32::from(symbol & 15));
        Some(symbol)
    }

    /// Whether more bits were taken than there are.
    #[inline]
    pub(super) fn over(&self) -> bool {
        self.made_up > u64::from(self.count)
    }

    /// Where the coded data end, and how many whole bytes were left over before it. Zeros before a marker do not count: some
    /// programs fill up with them; where there is no marker they are what was never written.
    pub(super) fn rest(&self) -> (usize, usize) {
        let kept = u64::from(self.count).saturating_sub(self.made_up) / 8;
        // The newest bytes are the lowest bits that are held.
        let held = (0..kept).map(|byte| (self.held << (self.count % 8) >> (56 - 8 * byte)) as u8);
        let (mut bytes, mut zeros) =
            held.fold((0, 0), |(bytes, zeros), byte| (bytes + 1, zeros + usize::from(byte == 0)));
        let mut at = self.at;
        while let Some(&byte) = self.bytes.get(at) {
            // A marker, or the first half of one at the end of the file.
            if byte == 0xff && self.bytes.get(at + 1) != Some(&0) {
                break;
            }
            (bytes, zeros, at) = (bytes + 1, zeros + usize::from(byte == 0), at + 1);
        }
        (at, if at < self.bytes.len() { bytes - zeros } else { bytes })
    }
}

/// A Huffman table.
pub(super) struct HuffmanTable {
    /// Length and symbol by the first bits; length 0 where the code is longer.
    short: Box<[(u8, u8); 1 << SHORT]>,
    /// For each length the first code that is beyond it, in 16 bits.
    beyond: [u32; 17],
    /// For each length what makes an index of a code.
    offset: [i32; 17],
    symbols: Vec<u8>,
}

impl HuffmanTable {
    /// Builds the table from the number of codes of each length and the symbols.
    pub(super) fn new(counts: &[u8; 16], symbols: &[u8]) -> HuffmanTable {
        let mut codes = HuffmanTable {
            short: Box::new([(0, 0); 1 << SHORT]),
            beyond: [0; 17],
            offset: [0; 17],
            symbols: symbols.to_vec(),
        };
        let (mut code, mut index) = (0_u32, 0_usize);
        for (length, &count) in (1_u32..).zip(counts) {
            codes.offset[length as usize] = index as i32 - code as i32;
            for _ in 0..count {
                if let (true, Some(&symbol)) = (length <= SHORT, symbols.get(index)) {
                    let first = (code << (SHORT - length)) as usize;
                    let range = first..first + (1 << (SHORT - length));
                    codes.short.get_mut(range).into_iter().flatten().for_each(|slot| *slot = (length as u8, symbol));
                }
                code += 1;
                index += 1;
            }
            codes.beyond[length as usize] = code << (16 - length);
            code <<= 1;
        }
        codes
    }

    /// Length and symbol of the code at the start of 16 bits.
    #[inline(always)]
    fn find(&self, bits: u16) -> Option<(u32, u8)> {
        let (length, symbol) = self.short[usize::from(bits >> (16 - SHORT))];
        if length > 0 { Some((u32::from(length), symbol)) } else { self.find_long(bits) }
    }

    #[cold]
    fn find_long(&self, bits: u16) -> Option<(u32, u8)> {
        let length = (SHORT + 1..=16).find(|&length| u32::from(bits) < self.beyond[length as usize])?;
        let index = i32::from(bits >> (16 - length)) + self.offset[length as usize];
        Some((length, *self.symbols.get(usize::try_from(index).ok()?)?))
    }
}
