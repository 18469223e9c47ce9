//! The display matrix: how a stored picture is turned and mirrored to stand upright.

/// One of the eight ways to turn and mirror a picture by right angles: the signs of the display matrix, which maps the
/// stored point `(p, q)` to `(a p + c q, b p + d q)` with `q` downwards (libavutil/display.h).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Orientation {
    a: i32,
    b: i32,
    c: i32,
    d: i32,
}

impl Orientation {
    /// Upright as stored.
    pub(super) const UPRIGHT: Orientation = Orientation { a: 1, b: 0, c: 0, d: 1 };

    /// Reads the 36 bytes of a display matrix: nine native-endian integers, row by row. Angles are rounded to right
    /// angles; what is no such matrix is taken for upright.
    pub(super) fn from_matrix(bytes: &[u8]) -> Orientation {
        let cell = |at: usize| {
            bytes.get(at * 4..at * 4 + 4).and_then(|cell| cell.try_into().ok()).map_or(0, i32::from_ne_bytes)
        };
        let (a, b, c, d) = (cell(0), cell(1), cell(3), cell(4));
        let straight = a.unsigned_abs().saturating_add(d.unsigned_abs());
        let crossed = b.unsigned_abs().saturating_add(c.unsigned_abs());
        if straight.max(crossed) == 0 {
            Orientation::UPRIGHT
        } else if straight >= crossed {
            Orientation { a: sign(a), b: 0, c: 0, d: sign(d) }
        } else {
            Orientation { a: 0, b: sign(b), c: sign(c), d: 0 }
        }
    }

    /// Filters to put before and after the conversion to RGB. `vflip` only turns the order of rows round (negative
    /// strides), so it stands before the conversion, which writes rows in order again.
    pub(super) fn filters(self) -> (&'static str, &'static str) {
        match (self.a, self.b, self.c, self.d) {
            (-1, _, _, -1) => ("vflip,", ",hflip"),
            (-1, _, _, 1) => ("", ",hflip"),
            (1, _, _, -1) => ("vflip,", ""),
            (0, 1, -1, _) => ("", ",transpose=clock"),
            (0, -1, 1, _) => ("", ",transpose=cclock"),
            (0, 1, 1, _) => ("", ",transpose=cclock_flip"),
            (0, -1, -1, _) => ("", ",transpose=clock_flip"),
            _ => ("", ""),
        }
    }
}

fn sign(value: i32) -> i32 {
    if value < 0 { -1 } else { 1 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::geometry::Size;
    use crate::pixels::chain::Chain;
    use ffmpeg_the_third::format::Pixel;
    use ffmpeg_the_third::frame::Video;

    fn matrix(a: i32, b: i32, c: i32, d: i32) -> Vec<u8> {
        [a, b, 0, c, d, 0, 0, 0, 1 << 14].iter().flat_map(|cell| (cell * 65536).to_ne_bytes()).collect()
    }

    /// Every matrix against its own definition, point by point, on a picture with four grey values.
    #[test]
    fn filters_do_what_the_matrix_says() {
        for (a, b, c, d) in [(1, 0, 0, 1), (-1, 0, 0, -1), (-1, 0, 0, 1), (1, 0, 0, -1)].into_iter().chain([
            (0, 1, -1, 0),
            (0, -1, 1, 0),
            (0, 1, 1, 0),
            (0, -1, -1, 0),
        ]) {
            let (before, after) = Orientation::from_matrix(&matrix(a, b, c, d)).filters();
            let mut chain = Chain::new(Pixel::RGB24, Size::square(2), &format!("{before}copy{after}")).unwrap();
            let mut picture = Video::new(Pixel::RGB24, 2, 2);
            let stride = picture.stride(0);
            for (p, q) in [(0, 0), (1, 0), (0, 1), (1, 1)] {
                picture.data_mut(0)[q * stride + p * 3] = (10 + p * 100 + q * 10) as u8;
            }
            let made = chain.run(&mut picture).unwrap();
            for (p, q) in [(0i32, 0i32), (1, 0), (0, 1), (1, 1)] {
                // Around the centre, so that no translation is needed.
                let (x, y) = (2 * p - 1, 2 * q - 1);
                let (u, v) = ((a * x + c * y + 1) / 2, (b * x + d * y + 1) / 2);
                let value = made.data(0)[v as usize * made.stride(0) + u as usize * 3];
                assert_eq!(i32::from(value), 10 + p * 100 + q * 10, "{a} {b} {c} {d} at {p} {q}");
            }
        }
    }

    #[test]
    fn nonsense_is_upright() {
        assert_eq!(Orientation::from_matrix(&[]), Orientation::UPRIGHT);
        assert_eq!(Orientation::from_matrix(&[0; 36]), Orientation::UPRIGHT);
    }
}
