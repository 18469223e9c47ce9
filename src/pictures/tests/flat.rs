//! JPEG files written by hand: one colour all over, any number of components, baseline or progressive.

/// Bits as a JPEG has them.
#[derive(Default)]
struct BitWriter(Vec<bool>);

impl BitWriter {
    fn put(&mut self, value: u32, count: u32) {
        self.0.extend((0..count).rev().map(|bit| value >> bit & 1 == 1));
    }

    /// A DC value's class in 4 bits, and its bits.
    fn difference(&mut self, value: i32) {
        let size = 32 - value.unsigned_abs().leading_zeros();
        self.put(size, 4);
        self.put((if value < 0 { value + (1 << size) - 1 } else { value }) as u32, size);
    }

    fn bytes(mut self) -> Vec<u8> {
        while !self.0.len().is_multiple_of(8) {
            self.0.push(true);
        }
        let bytes = self.0.chunks(8).map(|bits| bits.iter().fold(0, |byte, &bit| byte << 1 | u8::from(bit)));
        bytes.flat_map(|byte| if byte == 0xff { vec![byte, 0] } else { vec![byte] }).collect()
    }
}

/// A picture of one colour, `blocks` blocks of 8x8 px wide.
pub(super) struct Flat<'a> {
    pub(super) samples: &'a [u8],
    pub(super) adobe: Option<u8>,
    pub(super) blocks: u16,
    pub(super) restart: u16,
}

impl Flat<'_> {
    fn segment(out: &mut Vec<u8>, marker: u8, body: &[u8]) {
        out.extend([0xff, marker]);
        out.extend((body.len() as u16 + 2).to_be_bytes());
        out.extend(body);
    }

    fn start(&self, frame: u8) -> Vec<u8> {
        let mut out = vec![0xff, 0xd8];
        if let Some(transform) = self.adobe {
            Self::segment(&mut out, 0xee, &[b"Adobe\0\x64\0\0\0\0", &[transform][..]].concat());
        }
        // A step of 8 makes a DC value one level.
        Self::segment(&mut out, 0xdb, &[&[0][..], &[8; 64]].concat());
        let width = (self.blocks * 8).to_be_bytes();
        let mut head = vec![8, 0, 8, width[0], width[1], self.samples.len() as u8];
        (1..=self.samples.len() as u8).for_each(|name| head.extend([name, 0x11, 0]));
        Self::segment(&mut out, frame, &head);
        // Twelve DC codes of four bits; one AC code of one bit, the end of the block.
        let dc = [&[0, 0, 0, 0, 12][..], &[0; 12], &(0..12).collect::<Vec<u8>>()].concat();
        Self::segment(&mut out, 0xc4, &dc);
        Self::segment(&mut out, 0xc4, &[&[0x10, 1][..], &[0; 15], &[0]].concat());
        if self.restart > 0 {
            Self::segment(&mut out, 0xdd, &self.restart.to_be_bytes());
        }
        out
    }

    fn scan(out: &mut Vec<u8>, names: &[u8], [from, to, bits]: [u8; 3], data: Vec<u8>) {
        let named = names.iter().flat_map(|&name| [name, 0]);
        let head: Vec<u8> = [names.len() as u8].into_iter().chain(named).chain([from, to, bits]).collect();
        Self::segment(out, 0xda, &head);
        out.extend(data);
    }

    fn names(&self) -> Vec<u8> {
        (1..=self.samples.len() as u8).collect()
    }

    pub(super) fn baseline(&self) -> Vec<u8> {
        let mut out = self.start(0xc0);
        let (mut data, mut bits, mut fresh) = (Vec::new(), BitWriter::default(), true);
        for block in 0..self.blocks {
            if self.restart > 0 && block > 0 && block % self.restart == 0 {
                data.extend(std::mem::take(&mut bits).bytes());
                data.extend([0xff, 0xd0 + ((block / self.restart - 1) % 8) as u8]);
                fresh = true;
            }
            for &sample in self.samples {
                bits.difference(if fresh { i32::from(sample) - 128 } else { 0 });
                bits.put(0, 1);
            }
            fresh = false;
        }
        data.extend(bits.bytes());
        Self::scan(&mut out, &self.names(), [0, 63, 0], data);
        out.extend([0xff, 0xd9]);
        out
    }

    /// The high bits of all, their lowest bit, then the (empty) rest of each component.
    pub(super) fn progressive(&self) -> Vec<u8> {
        let mut out = self.start(0xc2);
        let (mut high, mut low) = (BitWriter::default(), BitWriter::default());
        for block in 0..self.blocks {
            for &sample in self.samples {
                let value = i32::from(sample) - 128;
                high.difference(if block == 0 { value >> 1 } else { 0 });
                low.put((value & 1) as u32, 1);
            }
        }
        Self::scan(&mut out, &self.names(), [0, 0, 0x01], high.bytes());
        Self::scan(&mut out, &self.names(), [0, 0, 0x10], low.bytes());
        for name in self.names() {
            let mut ends = BitWriter::default();
            ends.put(0, u32::from(self.blocks).min(32));
            Self::scan(&mut out, &[name], [1, 63, 0], ends.bytes());
        }
        out.extend([0xff, 0xd9]);
        out
    }
}
