//! Where the values of a feature map lie on the picture that it was made from.

/// The middles of what the values of a feature map see, as their kernels have it; rows first, then columns.
///
/// A kernel is seldom centred on an equal share of the picture: zeros on both sides of a stride of 2 put its first middle on the first
/// pixel, zeros on the far side alone, as TensorFlow's "same" adds them, put it beyond the share (Araujo et al. 2019, "Computing
/// receptive fields of convolutional neural networks").
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Lattice {
    /// Middle of the first value, px from the upper and the left edge.
    pub first: [f32; 2],
    /// Distance between neighbouring values, px.
    pub step: [f32; 2],
}

/// How a kernel goes along one axis of a map.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stride {
    /// Places from the first to the last that it sees.
    pub reach: usize,
    /// Places from one result to the next.
    pub step: usize,
    /// Places that were added before the first.
    pub before: usize,
}

impl Lattice {
    /// The pixels themselves.
    pub const PIXELS: Lattice = Lattice { first: [0.5; 2], step: [1.0; 2] };

    /// Of what a kernel makes of a map of this lattice.
    pub fn through(self, along: [Stride; 2]) -> Lattice {
        let ahead = |along: Stride| (along.reach as f32 - 1.0) / 2.0 - along.before as f32;
        Lattice {
            first: [0, 1].map(|axis| self.first[axis] + ahead(along[axis]) * self.step[axis]),
            step: [0, 1].map(|axis| self.step[axis] * along[axis].step as f32),
        }
    }

    /// Between two, for a map that both were added to or laid side by side in; `None` where their steps differ.
    pub fn between(self, other: Lattice) -> Option<Lattice> {
        let middle = |axis: usize| f32::midpoint(self.first[axis], other.first[axis]);
        (self.step == other.step).then(|| Lattice { first: [0, 1].map(middle), ..self })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn through(lattice: Lattice, reach: usize, step: usize, before: usize) -> Lattice {
        lattice.through([Stride { reach, step, before }; 2])
    }

    #[test]
    fn zeros_on_both_sides_keep_the_first_middle_and_zeros_behind_push_it_on() {
        let both = (0..4).fold(Lattice::PIXELS, |lattice, _| through(lattice, 3, 2, 1));
        assert_eq!((both.first, both.step), ([0.5; 2], [16.0; 2]));
        let behind = (0..5).fold(Lattice::PIXELS, |lattice, _| through(lattice, 3, 2, 0));
        assert_eq!((behind.first, behind.step), ([31.5; 2], [32.0; 2]));
        let pooled = through(Lattice::PIXELS, 2, 2, 0);
        assert_eq!(pooled.first, [1.0; 2], "two pixels, and the edge between them is their middle");
    }

    #[test]
    fn a_sum_lies_between_its_summands() {
        let (past, through) = (through(Lattice::PIXELS, 1, 2, 0), through(Lattice::PIXELS, 3, 2, 0));
        assert_eq!(past.between(through).map(|both| both.first), Some([1.0; 2]));
        assert_eq!(past.between(Lattice::PIXELS), None);
    }
}
