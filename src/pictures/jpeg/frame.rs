//! What a JPEG's frame header says, and what its scans have told so far.

/// A number of two bytes.
pub(super) fn be16(bytes: &[u8]) -> usize {
    bytes.iter().take(2).fold(0, |number, &byte| number << 8 | usize::from(byte))
}

/// One colour component.
pub(super) struct Component {
    /// What scans call it.
    pub(super) name: u8,
    /// Blocks of it in a unit, across and down.
    pub(super) sampling: (usize, usize),
    /// Blocks of it in the picture, across and down.
    blocks: (usize, usize),
    /// Blocks in a row, those of incomplete units included.
    stride: usize,
    /// Of each block, the coefficients that are known not to be zero; kept for progressive pictures only.
    known: Vec<u64>,
    /// Of each coefficient, the lowest bit that was told; 255 when none was.
    told: [u8; 64],
}

impl Component {
    /// The coefficients of a block that are known not to be zero.
    pub(super) fn known(&mut self, (column, row): (usize, usize)) -> Option<&mut u64> {
        self.known.get_mut(row * self.stride + column)
    }
}

/// A picture of several components.
pub(super) struct JpegFrame {
    /// Whether scans refine each other.
    pub(super) progressive: bool,
    /// The colour components.
    pub(super) components: Vec<Component>,
    /// Units in the picture when all components are coded together, across and down.
    units: (usize, usize),
}

impl JpegFrame {
    /// Reads the header's segment.
    pub(super) fn read(body: &[u8], progressive: bool) -> Option<JpegFrame> {
        let (height, width) = (be16(body.get(1..3)?), be16(body.get(3..5)?));
        let listed = body.get(6..6 + 3 * usize::from(*body.get(5)?))?.chunks_exact(3);
        let named: Vec<_> = listed.map(|one| (one[0], (usize::from(one[1] >> 4), usize::from(one[1] & 15)))).collect();
        let most = |side: fn(&(usize, usize)) -> usize| named.iter().map(|(_, each)| side(each)).max().unwrap_or(0);
        let (across, down) = (most(|each| each.0), most(|each| each.1));
        let sound = named.iter().all(|(_, each)| (1..=4).contains(&each.0) && (1..=4).contains(&each.1));
        if !sound || named.is_empty() || width == 0 || height == 0 {
            return None;
        }
        let units = (width.div_ceil(8 * across), height.div_ceil(8 * down));
        let component = |(name, sampling): (u8, (usize, usize))| Component {
            name,
            sampling,
            blocks: ((width * sampling.0).div_ceil(8 * across), (height * sampling.1).div_ceil(8 * down)),
            stride: units.0 * sampling.0,
            known: vec![0; if progressive { units.0 * sampling.0 * units.1 * sampling.1 } else { 0 }],
            told: [255; 64],
        };
        Some(JpegFrame { progressive, components: named.into_iter().map(component).collect(), units })
    }

    /// Units of a scan of these components, across and down.
    pub(super) fn units(&self, mut parts: impl ExactSizeIterator<Item = usize>) -> (usize, usize) {
        match (parts.len(), parts.next().and_then(|part| self.components.get(part))) {
            (1, Some(alone)) => alone.blocks,
            _ => self.units,
        }
    }

    /// Notes that a scan told coefficients of a component down to a bit.
    pub(super) fn told(&mut self, part: usize, (from, to): (usize, usize), low: u8) {
        let component = self.components.get_mut(part);
        component
            .and_then(|component| component.told.get_mut(from..=to))
            .into_iter()
            .flatten()
            .for_each(|bit| *bit = low);
    }

    /// How much of the picture was told in full, percent.
    pub(super) fn finished(&self) -> usize {
        let told: usize = self.components.iter().map(|one| one.told.iter().filter(|&&bit| bit == 0).count()).sum();
        told * 100 / (64 * self.components.len().max(1))
    }
}
